"""Feeds an engine hostile messages and watches it; afterwards it has to work as before."""

import time
from collections import Counter

from craft import CSB, ID_I, ID_R, NOW, PSK, RAND, TGK, TS
from fuzz_messages import Messages
from umikey import SRTP, Responder, psk
from umikey.errors import LocalError, UmikeyError
from umikey.replay import Replay
from umikey_peer import Message
from umikey_peer.keys import prf

LIFE = 50  # messages for one engine
SLOW = 1.0  # seconds of processor time for one message; it takes about a thousandth
AUTHENTIC = "with the right MAC"
TEK = bytes.fromhex("2ad01c6401")  # label of the first crypto session's (RFC 3830 4.1.3)


class Found(AssertionError):
    """Something that must not be; the text has all that is needed to see it again."""


def responder():
    replay = Replay(lambda: NOW, size=2 * LIFE, quarantine=0, counters={})
    return Responder(
        (psk.Policy(lambda i, r: PSK),), ID_R.decode(), ID_I.decode(), now=lambda: NOW,
        random=lambda n: bytes(range(1, n + 1)), replay=replay, errors=1 << 40,
    )  # fmt: skip


def initiator():
    me = psk.Initiator(
        PSK, ID_I.decode(), ID_R.decode(), (SRTP(0x11111111),), csb_id=CSB, rand=RAND,
        keys=((0, bytearray(TGK), None, 0, None, None),),
    )  # fmt: skip
    me.start(bytearray(256), TS)
    return me


class Run:
    """`count` messages for one role from one seed; `seen` counts the outcomes."""

    def __init__(self, role, seed, count):
        self.role = role
        self.messages = Messages(role, seed)
        self.count = count
        self.seen = Counter()
        self.slowest = 0.0
        self.buf = bytearray(4096)

    def go(self):
        """-> (outcomes, seconds of the slowest); Found at the first that must not be."""
        make = responder if self.role == "responder" else initiator
        for first in range(0, self.count, LIFE):
            engine = make()
            for k in range(first, min(first + LIFE, self.count)):
                message = self.messages.next()
                try:
                    outcome = self.one(engine, message)
                except Exception as e:
                    raise Found(
                        f"{self.role}, message {k}, {message.how}: {type(e).__name__}: {e}\n"
                        f"{message.octets.hex()}"
                    ) from e
                self.seen[outcome] += 1
                if self.role == "initiator" and outcome == "accepted":
                    engine = make()  # that one has its keys and hears no more
                else:
                    engine.reset()
            self.still_works(engine)
        return self.seen, self.slowest

    def one(self, engine, message):
        """What the engine made of one message: "accepted", "waits" or "Exception/number"."""
        began = time.process_time()
        outcome, end = self.feed(engine, message.octets)
        said = b""
        if self.role == "responder":
            said = bytes(self.buf[: engine.answer(self.buf)])
            self.seen[AUTHENTIC] += engine.authentic
        took = time.process_time() - began
        self.slowest = max(self.slowest, took)
        assert took < SLOW, f"{took} s"
        if outcome == "accepted":
            heard = message.octets[:end]
            assert message.sealed or heard in self.messages.known, "accepted without its MAC"
            self.sane(engine.sa)
        if said:
            answer = Message.decode(said)  # by the peer, which shares no code with the engine
            assert said[1] == (1 if outcome == "accepted" else 6), "not the kind of answer"
            assert answer.header.csb_id == int.from_bytes(message.octets[4:8], "big")
        return outcome

    def feed(self, engine, octets):
        at = 0
        done = False
        try:
            for end in self.messages.cuts(len(octets)):
                done = engine.feed(octets, at, end)
                at = end
                if done and self.role == "initiator":
                    break  # a caller knows that it has its answer
            if not done and self.role == "responder":
                engine.eof()
        except UmikeyError as e:
            assert not isinstance(e, LocalError), "blames the caller"
            return f"{type(e).__name__}/{e.number}", at
        return ("accepted" if done else "waits"), at

    def sane(self, sa):
        for cs in sa:
            assert len(cs.tek) in (16, 24, 32) and len(cs.salt) in (12, 14), (
                "keys of a wrong length"
            )
        assert sa.fingerprint()

    def still_works(self, engine):
        valid, csb = self.messages.valid()
        try:
            assert engine.feed(valid, 0, len(valid)), "not done"
            assert engine.sa[0].tek == prf(0, TGK, TEK + csb + RAND, 16), "other keys"
        except Exception as e:
            raise Found(f"{self.role}, the valid message at the end of a life: {e!r}") from e
