"""Two sides with certificates, for tests."""

import pki
from cryptography import x509
from peer_world import ALICE, BOB, STREAMS, Clock, Random, error_of
from umikey_peer import DhSign, Ecies, Ecmqv, Initiator, Message, ReplayGuard, Responder, ec
from umikey_peer.payloads_more import Sign

CA = pki.Ca()
KEYS = {role: pki.private(f"peer {role}") for role in ("i", "r", "other")}
CERT_I = CA.issue(ALICE, KEYS["i"].public_key())
CERT_R = CA.issue(BOB, KEYS["r"].public_key())

MODES = [
    (DhSign, {}),
    (DhSign, {"group": 13}),
    (DhSign, {"group": 16}),
    (DhSign, {"group": 0}),
    (Ecies, {}),
    (Ecies, {"cache": 1}),
    (Ecies, {"cache": 2, "chash": 2}),
    (Ecmqv, {}),
    (Ecmqv, {"tgk_length": 48}),
    (Ecmqv, {"one_pass": True}),
    (Ecmqv, {"one_pass": True, "chash": None}),
]
SIMPLE = [(DhSign, {}), (Ecies, {}), (Ecmqv, {}), (Ecmqv, {"one_pass": True})]


def name(case):
    mode, options = case
    return "-".join([mode.mode, *(f"{k}{v}" for k, v in options.items())])


class CertPair:
    """An initiator and a responder with certificates of one authority."""

    def __init__(self, case=(DhSign, {}), own=None, theirs=None, responder=None, **options):
        mode, settings = case
        mine = {"chain": CERT_I, "anchors": CA.cert, "others": {BOB: CERT_R}, "id": ALICE}
        mine |= {"key": KEYS["i"], **settings, **(own or {})}
        yours = {"key": KEYS["r"], "chain": CERT_R, "anchors": CA.cert, "id": BOB}
        yours |= theirs or {}
        self.clock, self.random = Clock(pki.NOW), Random()
        self.guard = ReplayGuard(startup="off", now=self.clock)
        self.credential, self.mine = mode(**yours), mode(**mine)
        settings = {"random": self.random, "now": self.clock, "taken": {}, "streams": STREAMS}
        self.me = Initiator(self.mine, id_r=BOB, **{**settings, **options})
        credentials = [self.credential]
        self.srv = Responder(
            credentials, id_r=BOB, replay=self.guard, now=self.clock, **(responder or {})
        )

    def run(self):
        theirs = self.srv.handle(self.me.start())
        return theirs, self.me.feed(theirs.answer) if theirs.answer else None

    def established(self):
        theirs, ours = self.run()
        assert theirs.ok, theirs.reason
        assert ours.ok, ours.reason
        assert self.me.sa.fingerprint() == theirs.sa.fingerprint()
        return self

    def update(self, **options):
        self.clock.seconds += 1
        theirs = self.srv.handle(self.me.update(**options))
        return theirs, self.me.feed(theirs.answer) if theirs.answer else None

    def refused(self, octets, number):
        """The responder says this error and remembers nothing."""
        before = dict(self.srv._records)
        outcome = self.srv.handle(octets)
        assert not outcome.ok and outcome.error == number, outcome
        assert outcome.sa is None and error_of(outcome.answer) == number
        assert dict(self.srv._records) == before
        return outcome


def resigned(octets, change=lambda parts: parts, key=None, header=None):
    """A signed message with what comes before SIGN changed by a function, and signed again."""
    message = Message.decode(octets)
    key = key or KEYS["i"]
    of = ec.of_key(key)
    parts = (*change(list(message.payloads[:-1])), Sign(2, bytes(of.der)))
    draft = Message(header or message.header, parts).encode()[: -of.der]
    return draft + ec.sign(key, draft)


def load(der):
    return x509.load_der_x509_certificate(der)
