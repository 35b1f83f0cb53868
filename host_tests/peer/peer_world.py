"""Two sides with a clock and randomness of their own, for tests without a network."""

import hashlib
import hmac
import json
import os
from dataclasses import replace
from pathlib import Path

from umikey_peer import DhHmac, Initiator, Message, Psk, ReplayGuard, Responder, Stream
from umikey_peer.keys import MessageKeys
from umikey_peer.payloads import Err, Kemac, Rand, Sp
from umikey_peer.protect import MAC_HASH, seal

VECTORS = Path(__file__).parent.parent / "vectors"
ROOT = VECTORS.parent.parent
PEERS = Path(os.environ.get("UMIKEY_PEERS", ROOT / "../shared/vectors/peers"))

ALICE, BOB = "sip:alice@example.com", "sip:bob@example.com"
KEY = bytes(range(16))
NOON = 1_700_000_000.0  # Unix seconds
STREAMS = (Stream(ssrc=0x11111111), Stream())


class Clock:
    """Stands still until told otherwise."""

    def __init__(self, seconds=NOON):
        self.seconds = seconds

    def __call__(self):
        return self.seconds


class Random:
    """Octets that repeat from run to run."""

    def __init__(self, seed=b"seed"):
        self.state = seed

    def __call__(self, count):
        out = b""
        while len(out) < count:
            self.state = hashlib.sha256(self.state).digest()
            out += self.state
        return out[:count]


class Pair:
    """An initiator and a responder that share KEY."""

    def __init__(self, streams=STREAMS, responder=None, skew=300.0, startup="off", **options):
        self.clock = Clock()
        self.random = Random()
        self.guard = ReplayGuard(skew, startup=startup, now=self.clock)
        options = {"id_i": ALICE, "id_r": BOB, "streams": streams, **options}
        options.setdefault("random", self.random)
        credential = options.pop("credential", Psk(KEY))
        self.me = Initiator(credential, now=self.clock, taken={}, **options)
        settings = {"id_r": BOB, "replay": self.guard, "now": self.clock, "random": self.random}
        settings |= responder or {}
        credentials = settings.pop("credentials", [Psk(KEY, ALICE)])
        self.srv = Responder(credentials, **settings)

    def run(self):
        """A whole exchange; the responder's outcome and the initiator's."""
        theirs = self.srv.handle(self.me.start())
        ours = self.me.feed(theirs.answer) if theirs.answer else None
        return theirs, ours

    def established(self):
        theirs, _ = self.run()
        assert theirs.ok, theirs.reason
        assert self.me.sa.fingerprint() == theirs.sa.fingerprint()
        return self

    def later(self, seconds=1.0):
        self.clock.seconds += seconds
        return self


class DhPair(Pair):
    """The same with DH-HMAC; `dh`: options of the initiator's credential, `srv_dh`: of the
    responder's."""

    def __init__(self, dh=None, srv_dh=None, responder=None, **options):
        own = DhHmac(KEY, **(dh or {}))
        theirs = [Psk(KEY, ALICE), DhHmac(KEY, ALICE, **(srv_dh or {}))]
        settings = {"credentials": theirs, **(responder or {})}
        super().__init__(credential=own, responder=settings, **options)


def remade(octets, change=lambda parts: parts, header=None, end=None, key=KEY, rand=None):
    """A DH-HMAC message with what comes before KEMAC changed by a function, its MAC made good.
    `rand`: that of the CSB, for a message without RAND."""
    message = Message.decode(octets)
    header, end = header or message.header, end or message.one(Kemac)
    rand = message.one(Rand).data if rand is None else rand
    keys = MessageKeys.derive(message.header.prf, key, message.header.csb_id, rand, 0, end.alg)
    return seal(header, change(list(message.payloads[:-1])), end, bytes(keys.auth))


def swapped(kind, new):
    """A change for `remade`: the first payload of a type replaced, by several or by nothing."""
    new = new if isinstance(new, list | tuple) else [new]

    def change(parts):
        at = next(i for i, part in enumerate(parts) if type(part) is kind)
        return [*parts[:at], *new, *parts[at + 1 :]]

    return change


def kinds(octets):
    """The types of a message's payloads."""
    return [type(payload) for payload in Message.decode(octets).payloads]


def wide(value, length=192):
    """A DH value."""
    return value.to_bytes(length, "big")


def refused(pair, octets, number, authentic=True):
    """The responder says this error; an authentic one ends the initiator's exchange."""
    outcome = pair.srv.handle(octets)
    assert not outcome.ok and error_of(outcome.answer) == number, outcome
    assert outcome.authenticated == authentic
    assert type(Message.decode(outcome.answer).payloads[-1]) is (Kemac if authentic else Err)
    assert not pair.srv._records and not pair.guard.count
    return outcome


def exchange():
    """The first exchange of the vectors."""
    return json.loads((VECTORS / "04_psk_exchange.json").read_text())["exchanges"][0]


def rebuilt(octets, *change, header=None, key=KEY, rand=None):
    """A PSK message with payloads replaced (by type) or added before KEMAC, its MAC made good."""
    message = Message.decode(octets)
    parts = list(message.payloads)
    for new in change:
        places = [i for i, part in enumerate(parts) if type(part) is type(new)]
        if places:
            parts[places[0]] = new
        else:
            parts.insert(len(parts) - 1, new)
    return signed(
        replace(message, header=header or message.header, payloads=tuple(parts)), key, rand
    )


def without(octets, kind, key=KEY, rand=None):
    """A PSK message without its payloads of a type, its MAC made good."""
    message = Message.decode(octets)
    parts = tuple(part for part in message.payloads if type(part) is not kind)
    rand = rand if rand is not None else message.one(Rand).data
    return signed(replace(message, payloads=parts), key, rand)


def signed(message, key=KEY, rand=None):
    kemac = message.one(Kemac)
    rand = message.one(Rand).data if rand is None else rand
    keys = MessageKeys.derive(
        message.header.prf, key, message.header.csb_id, rand, kemac.encr, kemac.mac_alg
    )
    octets = message.encode()
    if not kemac.mac:
        return octets
    covered = octets[: -len(kemac.mac)]
    return covered + hmac.digest(bytes(keys.auth), covered, MAC_HASH[kemac.mac_alg])


def error_of(answer):
    """The number in an Error message."""
    message = Message.decode(answer)
    assert message.header.data_type == 6
    return message.one(Err).error


def sp_with(octets, kind, value):
    """The SP payload of a message with a parameter changed."""
    sp = Message.decode(octets).one(Sp)
    return replace(sp, params=tuple((k, value if k == kind else v) for k, v in sp.params))
