"""Messages with the right signature over senseless contents, to engines of every certified mode.

Who holds a certificate may send anything: only defined errors come of it, no key without what the
mode asks for, and afterwards the engine works as before. UMIKEY_FUZZ_CERTIFIED=<n> makes n
messages for each role, UMIKEY_FUZZ_SEED=<n> others.
"""

import os
import random
import time
from collections import Counter

import craft
import pki
import pytest
from craft import ID_I, ID_R, NOW, PSK, SP, TS, I
from fuzz_messages import Messages
from signed_steps import (
    BOB,
    CA,
    CERT_I,
    CRED_I,
    CRED_R,
    DHSIGN,
    ECIES,
    ENV,
    KEY_I,
    KEY_R,
    MQV,
    MQV1,
    XI,
    XR,
    cert,
    dh,
    eccpt,
    envelope,
    message,
    mqv_offer,
    offer,
    public,
    reply,
    sealed,
)
from umikey import SRTP, Credentials, Responder
from umikey.errors import LocalError, UmikeyError
from umikey.modes import dhsign, ecies, ecmqv
from umikey.replay import Replay
from umikey_peer import Message

pytestmark = pytest.mark.only("cpython")

COUNT = int(os.environ.get("UMIKEY_FUZZ_CERTIFIED", 1000))
SEED = int(os.environ.get("UMIKEY_FUZZ_SEED", 1))
SLOW = 2.0  # seconds of processor time; on integers a signature takes about a hundredth
BETWEEN = pki.Ca("Between", above=CA)
SIGN = 2 + 71  # octets of SIGN on P-256

# Of 100 messages to that role at least so many each
REACHED = {
    "responder": {"accepted": 3, "RemoteError/12": 10, "RemoteError/8": 1, "RemoteError/6": 1,
                  "RemoteError/13": 1, "RemoteError/10": 1},
    "initiator": {"accepted": 10, "RemoteError/12": 10, "RemoteError/None": 2,
                  "AuthError/0": 2},
}  # fmt: skip


class Signed(Messages):
    """Damaged I_MESSAGEs of all the modes, signed again by their sender."""

    def __init__(self, seed):
        self.r = random.Random(f"signed {seed}")
        pke = envelope(ENV)
        head = [cert(CERT_I), craft.identity(ID_R), craft.policy(SP)]
        chain = [cert(BETWEEN.issue(ID_I.decode(), KEY_I.public_key())), cert(BETWEEN.cert)]
        sha1 = (8, b"\0" + bytes(20))
        kemac = (1, b"\1" + bytes.fromhex("0010") + bytes(16) + b"\1" + bytes(20))
        pke = (2, len(pke).to_bytes(2, "big") + pke)
        self.lists = [
            (DHSIGN, [*head, dh(public(XI))]),
            (DHSIGN, [*chain, craft.identity(ID_R), craft.policy(SP), dh(public(XI))]),
            (DHSIGN, [*head, craft.extension(0, bytes(100)), dh(public(XI))]),
            (ECIES, [*head, kemac, sha1, pke]),
            (MQV, [*head, eccpt(public(XI))]),
            (MQV1, [*head, eccpt(public(XI))]),
        ]
        whole = [offer(), offer(certs=(chain[0], chain[1])), sealed(), sealed(cache=1),
                 mqv_offer(), mqv_offer(one_pass=True)]  # fmt: skip
        self.bases = [(m[:-SIGN],) for m in whole]

    @staticmethod
    def _sealed(body):
        return pki.signed(body, KEY_I)

    def next(self):
        r = self.r
        how = []
        if r.random() < 0.5:
            body = bytearray(r.choice(self.bases)[0])
        else:
            body = bytearray(self._payloads(how)[:-SIGN])
        if not how or r.random() < 0.3:
            for _ in range(r.choice((1, 1, 2))):
                damage = r.choice(self.DAMAGE)
                damage(self, body)
                how.append(damage.__name__)
        signed = r.random() < 0.95
        return self._sealed(bytes(body)) if signed else bytes(body), " ".join(how)

    def _payloads(self, how):
        """Well-made payloads in senseless order, number and combination."""
        r = self.r
        kind, payloads = r.choice(self.lists)
        payloads = list(payloads)
        for _ in range(r.choice((1, 1, 2, 3))):
            at = r.randrange(len(payloads) + 1)
            what = r.choice(("again", "other", "none", "moved", "contents", "noise"))
            how.append(what)
            if what == "again" and payloads:
                payloads.insert(at, r.choice(payloads))
            elif what == "other":
                payloads.insert(at, r.choice(r.choice(self.lists)[1]))
            elif what == "none" and payloads:
                payloads.pop(at - 1)
            elif what == "moved":
                r.shuffle(payloads)
            elif what == "noise":
                data = r.randbytes(r.choice((0, 1, 5, 64, 65, 300)))
                payloads.insert(at, (r.choice((1, 2, 3, 4, 6, 7, 8, 10, 21, 25)), data))
            elif payloads:
                number, data = payloads[at - 1]
                data = bytearray(data)
                r.choice((self.flip, self.extreme, self.cut, self.remove))(data)
                payloads[at - 1] = number, bytes(data)
        rand = r.random() < 0.9
        ts = TS[:6] + r.randbytes(2)
        return message(kind, payloads, rand=rand, ts=ts, v=r.randrange(2), csb=r.randbytes(4))


class Answers(Messages):
    """Damaged answers; those of DH-SIGN are signed again."""

    def __init__(self, seed, answers):
        self.r = random.Random(f"answers {seed}")
        self.bases = [(m,) for m in answers]

    @staticmethod
    def _sealed(body):
        return body

    def next(self, mode, answer):
        r = self.r
        sign = mode == "dhsign" and r.random() < 0.7
        body = bytearray(answer[:-SIGN] if sign else answer)
        how = []
        for _ in range(r.choice((0, 1, 1, 2))):
            damage = r.choice(self.DAMAGE)
            damage(self, body)
            how.append(damage.__name__)
        return pki.signed(bytes(body), KEY_R) if sign else bytes(body), " ".join(how)


def responder():
    cred = Credentials(bytearray(CRED_R))
    policy = ecies.Policy(cred)
    policies = [dhsign.Policy(cred, exponent=pki.secret(XR)), policy, ecmqv.Policy(cred),
                ecies.Cached(policy, lambda i, r: PSK)]  # fmt: skip
    replay = Replay(lambda: NOW, size=400, quarantine=0, counters={})
    return Responder(policies, BOB, now=lambda: NOW, limit=2048, replay=replay, errors=1 << 40)


def fed(engine, cuts, octets):
    """-> (what came of it, seconds)"""
    began = time.process_time()
    at = 0
    done = False
    try:
        for end in cuts:
            done = engine.feed(octets, at, end)
            at = end
            if done and not isinstance(engine, Responder):
                break  # a caller knows that it has its answer
        if not done:
            engine.eof()
        what = "accepted" if done else "waits"
    except UmikeyError as e:
        assert not isinstance(e, LocalError), "blames the caller"
        what = f"{type(e).__name__}/{e.number}"
    return what, time.process_time() - began


def reached(role, seen, slowest, note):
    counts = ", ".join(f"{name} {n}" for name, n in seen.most_common())
    note("measured", f"{seen.total()} signed senseless messages to the {role}: {counts}")
    assert slowest < SLOW, slowest
    for outcome, of_100 in REACHED[role].items():
        assert seen[outcome] >= of_100 * seen.total() / 100, (role, outcome, seen)


def test_to_the_responder(note):
    made = Signed(SEED)
    seen, slowest = Counter(), 0.0
    srv = responder()
    buf = bytearray(4096)
    for k in range(COUNT):
        m, how = made.next()
        srv.reset()
        try:
            what, took = fed(srv, made.cuts(len(m)), m)
            said = bytes(buf[: srv.answer(buf)])
            if said:
                kind = Message.decode(said).header.data_type
                assert (kind == 6) == (what != "accepted"), "not the kind of answer"
        except Exception as e:
            raise AssertionError(f"message {k}, {how}: {e!r}\n{m.hex()}") from e
        if what == "accepted":
            assert all(len(cs.tek) in (16, 24, 32) for cs in srv.sa) and srv.authentic
        seen[what] += 1
        slowest = max(slowest, took)
        if k % 50 == 49:
            srv.reset()
            csb = made.r.randbytes(4)
            assert srv.feed(I(csb=csb).encode()), "the engine does not work any more"
            srv = responder()
    reached("responder", seen, slowest, note)


def test_to_the_initiator(note):
    cred = Credentials(bytearray(CRED_I))
    modes = {"dhsign": (dhsign, {}), "ecies": (ecies, {}), "ecmqv": (ecmqv, {}),
             "onepass": (ecmqv, {"one_pass": True})}  # fmt: skip
    seen, slowest = Counter(), 0.0
    buf = bytearray(4096)
    answers = {}
    made = Answers(SEED, [reply()])
    for k in range(COUNT):
        mode = list(modes)[k % 4]
        if mode not in answers:  # an initiator lives until it has its keys
            module, more = modes[mode]
            me = module.Initiator(cred, BOB, (SRTP(7),), now=lambda: NOW, **more)
            n = me.start(buf)
            srv = responder()
            assert srv.feed(buf, 0, n)
            answers[mode] = me, bytes(buf[: srv.answer(buf)]), bytes(srv.sa[0].tek)
        me, good, tek = answers[mode]
        m, how = made.next(mode, good)
        try:
            what, took = fed(me, made.cuts(len(m)), m)
            if what == "accepted":
                assert me.sa[0].tek == tek, "other keys"
                del answers[mode]
            else:
                me.reset()
        except Exception as e:
            raise AssertionError(f"{mode}, answer {k}, {how}: {e!r}\n{m.hex()}") from e
        seen[what] += 1
        slowest = max(slowest, took)
    for me, good, _ in answers.values():
        assert me.feed(good), "the right answer does not count any more"
    reached("initiator", seen, slowest, note)
