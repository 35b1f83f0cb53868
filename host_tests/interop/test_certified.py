"""Every mode with certificates between board and desktop peer, both ways, message by message.

The two were written apart: what they agree on, keys and updates, is what the RFCs say.
"""

import craft
import pki
import pytest
from craft import NOW
from driver import key_word
from umikey_peer import DhSign, Ecies, Ecmqv, Initiator, ReplayGuard, Responder, Stream

BOARD, DESK = "sip:cam7@plant.example", "sip:nvr@plant.example"
ROOT = pki.Ca()
BETWEEN = pki.Ca("Hall 3", above=ROOT)
CURVES = (8, 11)
KEYS = {(who, c): pki.private(f"{who} {c}", c) for who in (BOARD, DESK) for c in CURVES}
CERTS = {at: BETWEEN.issue(at[0], key.public_key()) for at, key in KEYS.items()}
STREAMS = (Stream(ssrc=0x11223344), Stream(ssrc=0x55667788))
WORDS = "11223344/0/,55667788/0/"
TGK = bytes(range(48, 64))

# name: the peer's class and options, the board's
CASES = {
    "dhsign": (DhSign, {}, {}),
    "dhsign-group-p384": (DhSign, {"group": 13}, {"group": 13}),
    "dhsign-group-oakley5": (DhSign, {"group": 0}, {"group": 0}),
    "ecies": (Ecies, {}, {}),
    "ecies-kept-for-csb": (Ecies, {"cache": 1}, {"cache": 1}),
    "ecies-kept": (Ecies, {"cache": 2, "chash": 2}, {"cache": 2, "chash": 2}),
    "ecies-without-chash": (Ecies, {"chash": None}, {"chash": b""}),
    "ecmqv": (Ecmqv, {}, {}),
    "ecmqv-tgk-of-48": (Ecmqv, {"tgk_length": 48}, {"tgk_len": 48}),
    "ecmqv-one-pass": (Ecmqv, {"one_pass": True}, {"one_pass": 1}),
}
cases = pytest.mark.parametrize("case", CASES)


class Clock:
    seconds = NOW

    def __call__(self):
        return self.seconds

    def ts(self) -> bytes:
        return (self.seconds + 2208988800).to_bytes(4, "big") + bytes(4)


pytestmark = pytest.mark.usefixtures("roomy")


def board(curve=8, chain=True) -> bytes:
    """The board's credential file."""
    certs = [(0, CERTS[BOARD, curve])] + ([(0, BETWEEN.cert)] if chain else [])
    knows = ((DESK, 0, CERTS[DESK, curve]),)
    keys = ((KEYS[BOARD, curve], curve, certs),)
    return pki.credentials(BOARD, keys, (ROOT.anchor, BETWEEN.anchor), others=knows)


def desk(case, curve=8, **more):
    """The peer's credential."""
    kind, options, _ = CASES[case]
    own = {"key": KEYS[DESK, curve], "chain": [CERTS[DESK, curve], BETWEEN.cert]}
    own |= {"anchors": ROOT.cert, "id": DESK, "others": {BOARD: CERTS[BOARD, curve]}}
    return kind(**own | options | more)


def mode(case) -> str:
    return CASES[case][0].mode.replace("-", "").lower()


class FromBoard:
    """The board is the initiator."""

    who = "me"

    def __init__(self, agent, case, curve=8, **more):
        self.agent, self.case, self.clock = agent, case, Clock()
        guard = ReplayGuard(startup="off", now=self.clock)
        credential = desk(case, curve)
        self.desk = Responder([credential], id_r=DESK, replay=guard, now=self.clock)
        words = {"cs": WORDS, "idr": DESK.encode(), "now": NOW, "csb": craft.CSB}
        if mode(case) == "ecies":
            words["keys"] = key_word(0, TGK)
        words |= CASES[case][2] | more
        agent.call("certified", mode=mode(case), cred=board(curve), **words)

    def exchange(self, ask="start", **words):
        offer = bytes.fromhex(self.agent.call(ask, ts=self.clock.ts(), **words))
        theirs = self.desk.handle(offer)
        assert theirs.ok, theirs.reason
        assert self.agent.call("feed", m=theirs.answer, chunk=29) == "True"
        return theirs.sa

    def update(self, rekey):
        self.clock.seconds += 1
        if mode(self.case) == "ecies":
            return self.exchange("update", keys=key_word(0, TGK[::-1]) if rekey else "-")
        return self.exchange("update", fresh=rekey)


class FromDesk:
    """The peer is the initiator."""

    who = "srv"

    def __init__(self, agent, case, curve=8, **more):
        self.agent, self.case, self.clock = agent, case, Clock()
        self.desk = Initiator(
            desk(case, curve), id_r=BOARD, streams=STREAMS, now=self.clock, taken={}
        )
        agent.call("responder", cred=board(curve), modes=mode(case), idr=BOARD.encode(), now=NOW,
                   limit=2048, **more)  # fmt: skip

    def exchange(self, ask="start", **words):
        heard = self.agent.hear(getattr(self.desk, ask)(**words), 31)
        assert heard.what == "ok"
        ours = self.desk.feed(heard.answer)
        assert ours.ok, ours.reason
        return self.desk.sa

    def update(self, rekey):
        self.clock.seconds += 1
        self.agent.call("clock", now=self.clock.seconds)
        return self.exchange("update", rekey=rekey)


def same(way, sa):
    """One SA at both ends: every session's key and salt."""
    keys = way.agent.keys(way.who)
    assert keys.fingerprint == sa.fingerprint()
    ours = [(cs.ssrc, cs.tek, cs.salt) for cs in keys.sessions]
    assert ours == [(cs.ssrc, bytes(cs.tek), bytes(cs.salt)) for cs in sa]
    return keys


ways = pytest.mark.parametrize("way", (FromBoard, FromDesk))


@ways
@cases
def test_keys_and_updates(agent, way, case):
    pair = way(agent, case)
    first = same(pair, pair.exchange())
    fresh = same(pair, pair.update(rekey=True))
    assert fresh.sessions[0].tek != first.sessions[0].tek
    again = same(pair, pair.update(rekey=False))
    assert again.fingerprint == fresh.fingerprint


@ways
@pytest.mark.parametrize("case", ("dhsign", "ecies", "ecmqv", "ecmqv-one-pass"))
def test_keys_on_p384(agent, way, case):
    more = {} if way is FromBoard and case == "ecies" else {"curves": b"\x08\x0b"}
    pair = way(agent, case, curve=11, **more)
    same(pair, pair.exchange())


@ways
@pytest.mark.parametrize("case", ("dhsign", "ecies", "ecmqv"))
def test_identities_in_the_place_of_certificates(agent, way, case):
    """`send_cert` of the board, `cert` of its responder: either side has the other's on file."""
    more = {"send_cert": 0} if way is FromBoard else {"cert": 0}
    if mode(case) == "ecmqv" and way is FromDesk:
        pytest.skip("an ECMQV answer has its certificate under V")
    pair = way(agent, case, **more)
    same(pair, pair.exchange())


@ways
@cases
def test_a_flipped_bit_in_either_message(agent, way, case):
    """Nobody has keys afterwards, and the honest exchange goes on as if nothing had been."""
    pair = way(agent, case)
    if way is FromBoard:
        offer = bytearray.fromhex(agent.call("start", ts=pair.clock.ts()))
        offer[-1] ^= 1
        theirs = pair.desk.handle(bytes(offer))
        assert not theirs.ok and theirs.sa is None
        offer[-1] ^= 1
        answer = bytearray(pair.desk.handle(bytes(offer)).answer)
        answer[-1] ^= 1
        with pytest.raises(Exception, match="AuthError|RemoteError"):
            agent.call("feed", m=bytes(answer))
        answer[-1] ^= 1
        agent.call("reset")
        assert agent.call("feed", m=bytes(answer)) == "True"
    else:
        offer = bytearray(pair.desk.start())
        offer[-1] ^= 1
        assert agent.hear(bytes(offer)).what.startswith("AuthError")
        offer[-1] ^= 1
        answer = bytearray(agent.hear(bytes(offer)).answer)
        answer[-1] ^= 1
        assert not pair.desk.feed(bytes(answer)).ok
        answer[-1] ^= 1
        assert pair.desk.feed(bytes(answer)).ok
