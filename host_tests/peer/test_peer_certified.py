"""Two peers with each other in the modes with certificates, and what must not work."""

import datetime as dt
from dataclasses import replace

import pki
import pytest
from cert_world import (
    ALICE,
    BOB,
    CA,
    CERT_I,
    CERT_R,
    KEYS,
    MODES,
    SIMPLE,
    CertPair,
    load,
    name,
    resigned,
)
from cryptography import x509
from peer_world import STREAMS, swapped
from umikey_peer import DhSign, Ecies, Ecmqv, Id, LocalError, Message, ec
from umikey_peer.certs import pin_of
from umikey_peer.payloads import Err, Rand, Sp
from umikey_peer.payloads_more import Cert, Dh, Eccpt, Sign

every = pytest.mark.parametrize("case", MODES, ids=name)
simple = pytest.mark.parametrize("case", SIMPLE, ids=name)
dhsign = pytest.mark.parametrize("case", SIMPLE[:1], ids=name)


@every
def test_both_ends_get_the_same_keys(case):
    pair = CertPair(case).established()
    theirs, ours = pair.update()
    assert theirs.kind == ours.kind == "updated", theirs.reason
    fresh = pair.me.sa.fingerprint()
    assert fresh == theirs.sa.fingerprint()
    theirs, ours = pair.update(rekey=False)
    assert theirs.ok and ours.ok
    assert pair.me.sa.fingerprint() == theirs.sa.fingerprint() == fresh


@pytest.mark.parametrize("curve", [8, 11, 14])
@simple
def test_keys_on_every_curve(case, curve):
    keys = [pki.private(f"{role} {curve}", curve) for role in "ir"]
    certs = [CA.issue(who, k.public_key()) for who, k in zip((ALICE, BOB), keys, strict=True)]
    own = {"key": keys[0], "chain": certs[0], "others": {BOB: certs[1]}}
    CertPair(case, own, {"key": keys[1], "chain": certs[1]}).established()


@simple
def test_item_077_a_chain_with_an_authority_in_between(case):
    below = pki.Ca("Hall 3", above=CA)
    own = {"chain": [load(below.issue(ALICE, KEYS["i"].public_key())), load(below.cert)]}
    pair = CertPair(case, own).established()
    parts = Message.decode(CertPair(case, own).me.start()).all(Cert)
    assert len(parts) == 2 and ALICE.encode() in parts[0].data
    octets = CertPair(case, own).me.start()
    mixed = resigned(octets, swapped(Cert, [parts[1], parts[0]]))
    fresh = CertPair(case, own)
    assert fresh.srv.handle(mixed).error == 8
    assert pair.me.sa


@simple
def test_a_pinned_key_needs_no_authority(case):
    pin = pin_of(load(CERT_I))
    pins = [pin_of(load(CERT_R))]
    CertPair(case, {"anchors": (), "pins": pins}, {"anchors": (), "pins": [pin]}).established()


@simple
def test_identities_in_the_place_of_certificates(case):
    own, theirs = {"send_cert": False}, {"send_cert": False, "others": {ALICE: CERT_I}}
    pair = CertPair(case, own, theirs)
    octets = pair.me.start()
    assert not Message.decode(octets).all(Cert)
    outcome = pair.srv.handle(octets)
    assert outcome.ok and pair.me.feed(outcome.answer).ok


def _when(days):
    return pki.TODAY + dt.timedelta(days=days)


BAD = {
    "wrong CA": lambda: pki.Ca("Elsewhere").issue(ALICE, KEYS["i"].public_key()),
    "the CA's name, another key": lambda: replace(CA, curve=11).issue(
        ALICE, KEYS["i"].public_key()
    ),
    "expired": lambda: CA.issue(ALICE, KEYS["i"].public_key(), until=_when(-1)),
    "not yet valid": lambda: CA.issue(ALICE, KEYS["i"].public_key(), since=_when(1)),
    "wrong usage": lambda: CA.issue(ALICE, KEYS["i"].public_key(), usage=("crl_sign",)),
    "wrong name": lambda: CA.issue("sip:mallory@example.com", KEYS["i"].public_key()),
    "unknown critical extension": lambda: CA.issue(
        ALICE,
        KEYS["i"].public_key(),
        more=[(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"), True)],
    ),
    "no certificate": lambda: b"\x30\x03\2\1\1",
    "octets after it": lambda: CERT_I + b"\0",
    "flipped": lambda: CERT_I[:-3] + bytes([CERT_I[-3] ^ 1]) + CERT_I[-2:],
}


@simple
@pytest.mark.parametrize("what", BAD)
def test_item_078_certificates_that_are_refused(case, what):
    pair = CertPair(case)
    good = pair.me.start()
    bad = swapped(Cert, [Cert(0, BAD[what]()), Id.of(ALICE)])
    outcome = pair.refused(resigned(good, bad), 8)
    assert not outcome.authenticated and pair.guard.count == 0
    assert pair.srv.handle(good).ok


@pytest.mark.parametrize("case", [SIMPLE[0], SIMPLE[2]], ids=name)
@pytest.mark.parametrize("what", ["expired", "wrong CA", "wrong name"])
def test_the_initiator_refuses_them_as_well(case, what):
    issue = {
        "expired": lambda: CA.issue(BOB, KEYS["r"].public_key(), until=_when(-1)),
        "wrong CA": lambda: pki.Ca("Elsewhere").issue(BOB, KEYS["r"].public_key()),
        "wrong name": lambda: CA.issue("sip:eve@example.com", KEYS["r"].public_key()),
    }[what]
    pair = CertPair(case, theirs={"chain": issue()})
    outcome = pair.srv.handle(pair.me.start())
    assert outcome.ok
    got = pair.me.feed(outcome.answer)
    assert got.kind == "discarded" and got.error == 8 and pair.me.waiting


@simple
def test_a_swapped_certificate_does_not_fit_the_signature(case):
    other = CA.issue(ALICE, KEYS["other"].public_key())
    pair = CertPair(case)
    octets = resigned(pair.me.start(), swapped(Cert, Cert(0, other)))
    outcome = pair.refused(octets, 0)
    assert not outcome.authenticated


@simple
def test_item_076_cert_types_say_what_a_key_is_for(case):
    mode, _ = case
    signs, agrees = (2, 3) if mode is not Ecmqv else (3, 2)
    pair = CertPair(case)
    octets = pair.me.start()
    if mode is not Ecmqv:
        other = CertPair(case)
        good = resigned(octets, swapped(Cert, Cert(signs, CERT_I)))
        assert other.srv.handle(good).ok
    pair.refused(resigned(octets, swapped(Cert, Cert(agrees, CERT_I))), 8)
    for kind in (1, 4, 241):
        pair.refused(resigned(octets, swapped(Cert, Cert(kind, CERT_I))), 8)


def test_item_076_a_type_2_certificate_is_not_encrypted_to():
    with pytest.raises(LocalError):
        CertPair((Ecies, {}), {"others": {BOB: (2, CERT_R)}}).me.start()
    CertPair((Ecies, {}), {"others": {BOB: (3, CERT_R)}}).established()


@simple
def test_item_120_signatures(case):
    pair = CertPair(case)
    octets = pair.me.start()
    sign = Message.decode(octets).payloads[-1]
    assert sign.kind == 2 and len(sign.data) == 71
    covered = octets[: -len(sign.data)]
    flipped = octets[:-1] + bytes([octets[-1] ^ 1])
    pair.refused(flipped, 0)
    short = covered[:-1] + bytes([70]) + sign.data[:-1]
    pair.refused(short, 0)
    pair.refused(covered[:-2] + b"\x20\0", 0)
    for kind in (0, 1, 5):
        pair.refused(covered[:-2] + (kind << 12 | 71).to_bytes(2, "big") + sign.data, 8)
    assert pair.srv.handle(octets[:-1]).sa is None
    assert pair.srv.handle(octets).ok


@simple
def test_item_120_raw_signatures_and_ecgdsa_are_understood(case):
    curve = ec.CURVES[8]
    octets = CertPair(case).me.start()
    head = octets[:-73]
    r, s = ec._numbers(curve, ec.draw(KEYS["i"], head + b"\x20\x40"))
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert CertPair(case).srv.handle(head + b"\x20\x40" + raw).ok
    # ECGDSA's public key is d^-1 * G, so the key pair has to be made for it
    d = KEYS["i"].private_numbers().private_value
    inverse = pow(d, -1, curve.order)
    cert = CA.issue(ALICE, ec.private_key(curve, inverse).public_key())
    message = Message.decode(octets)
    parts = swapped(Cert, Cert(0, cert))(list(message.payloads[:-1]))
    draft = Message(message.header, (*parts, Sign(3, bytes(64)))).encode()[:-64]
    k = 12345
    r = int.from_bytes(ec.raw(ec.private_key(curve, k))[:32], "big") % curve.order
    s = (k * r - curve.digest(draft)) * d % curve.order
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert CertPair(case).srv.handle(draft + signature).ok
    as_ecdsa = draft[:-2] + b"\x20\x40" + signature
    assert CertPair(case).srv.handle(as_ecdsa).error == 0


@dhsign
def test_item_119_bad_points_and_groups(case):
    pair = CertPair(case)
    octets = pair.me.start()
    good = Message.decode(octets).one(Dh)
    off = good.value[:-1] + bytes([good.value[-1] ^ 1])
    for value in (off, b"\4" + bytes(64), b"\4" + b"\xff" * 64, b"\2" + b"\xff" * 32):
        outcome = pair.refused(resigned(octets, swapped(Dh, replace(good, value=value))), 6)
        assert outcome.authenticated
        assert type(Message.decode(outcome.answer).payloads[-1]) is Sign
    for group, length in ((11, 73), (7, 57), (3, 49)):
        bad = Dh(group, b"\4" + bytes(length - 1))
        pair.refused(resigned(octets, swapped(Dh, bad)), 6)
    packed = bytes([2 | good.value[-1] & 1]) + good.value[1:33]
    assert CertPair(case).srv.handle(resigned(octets, swapped(Dh, replace(good, value=packed)))).ok


@pytest.mark.parametrize("case", SIMPLE[2:], ids=name)
def test_item_122_123_bad_eccpt(case):
    pair = CertPair(case)
    octets = pair.me.start()
    good = Message.decode(octets).one(Eccpt)
    off = good.point[:-1] + bytes([good.point[-1] ^ 1])

    def with_(**change):
        return resigned(octets, swapped(Eccpt, replace(good, **change)))

    pair.refused(with_(point=off), 6)
    pair.refused(with_(point=b"\4" + bytes(64)), 6)
    pair.refused(with_(curve=11, point=b"\4" + bytes(96)), 6)
    pair.refused(with_(curve=9, point=b"\4" + bytes(72)), 6)
    pair.refused(with_(auth_alg=0), 3)
    pair.refused(with_(auth_alg=9), 3)
    for length in (0, 15, 256, 65535):
        pair.refused(with_(tgk_length=length), 12)
    at = octets.index(good.point) + len(good.point)
    assert octets[at] == 0
    padded = octets[:at] + b"\1" + octets[at + 1 :]
    outcome = pair.srv.handle(padded)
    assert outcome.error == 12 and not outcome.ok
    assert pair.srv.handle(octets).ok


def test_item_122_errors_to_a_known_certificate_are_authentic():
    """No MQV secret is computed on the error path: the Error ends with SIGN."""
    for case in (SIMPLE[0], *SIMPLE[2:]):
        pair = CertPair(case, streams=STREAMS, responder={"accept": lambda policy: False})
        outcome = pair.srv.handle(pair.me.start())
        message = Message.decode(outcome.answer)
        assert outcome.error == 10 and message.one(Sp) and message.one(Err)
        assert type(message.payloads[-1]) is Sign
        got = pair.me.feed(outcome.answer)
        assert got.kind == "failed" and got.error == 10
        stranger = CertPair(case, {"others": {}}) if not case[1] else None
        if stranger:
            octets = stranger.me.start()
            outcome = pair.srv.handle(octets)
            assert stranger.me.feed(outcome.answer).kind == "hint"


@simple
def test_replays_and_old_updates(case):
    pair = CertPair(case).established()
    pair.clock.seconds += 1
    first = pair.me.update()
    pair.clock.seconds += 1
    second = pair.me.update()
    assert pair.srv.handle(second).ok
    outcome = pair.srv.handle(first)
    assert outcome.answer is None and not outcome.ok
    assert pair.srv.handle(second).answer is None


@simple
def test_updates_without_a_csb_and_doubled_csb_ids(case):
    pair = CertPair(case).established()
    pair.clock.seconds += 1
    octets = pair.me.update()
    stranger = CertPair(case)
    stranger.clock.seconds = pair.clock.seconds
    stranger.refused(octets, 12)
    rand = Rand(bytes(range(16)))
    message = Message.decode(octets)
    again = resigned(octets, lambda parts: [parts[0], rand, *parts[1:]])
    assert message.one(Rand) is None
    assert pair.srv.handle(again).error in (8, 12)


def test_what_credentials_refuse():
    with pytest.raises(ValueError):
        DhSign(KEYS["i"], CERT_R)
    with pytest.raises(ValueError):
        DhSign(KEYS["i"], ())
    with pytest.raises(ValueError):
        DhSign(KEYS["i"], CERT_I, group=11)
    with pytest.raises(ValueError):
        DhSign(KEYS["i"], CERT_I, cert_type=3)
    with pytest.raises(ValueError):
        Ecmqv(KEYS["i"], CERT_I, tgk_length=15)
    with pytest.raises(ValueError):
        Ecies(KEYS["i"], CERT_I, pins=[b"short"])
    with pytest.raises(LocalError):
        CertPair((Ecies, {}), {"others": {}}).me.start()
    with pytest.raises(LocalError):
        CertPair((Ecmqv, {"one_pass": True}), {"others": {}}).me.start()
    assert "Key" not in repr(DhSign(KEYS["i"], CERT_I))


@every
def test_item_123_numbers_on_the_wire(case):
    mode, options = case
    octets = CertPair(case).me.start()
    kind = {DhSign: 4, Ecies: 2, Ecmqv: 243 if options.get("one_pass") else 241}[mode]
    assert octets[1] == kind
    point = Message.decode(octets).one(Eccpt)
    assert (point is not None) == (mode is Ecmqv)
    if point:
        assert point.curve == 8 and point.point[0] == 4


@pytest.mark.parametrize("case", SIMPLE[:1] + SIMPLE[2:], ids=name)
def test_item_119_the_tgk_is_as_long_as_the_field(case):
    """A coordinate that begins with a zero octet keeps it."""
    if case[0] is DhSign:
        for group, size in ((10, 32), (13, 48), (16, 66)):
            pair = CertPair((DhSign, {"group": group})).established()
            assert len(pair.me.sa.keys[0].key) == size
    else:
        pair = CertPair(case).established()
        assert len(pair.me.sa.keys[0].key) == 16


class _Plain(pki.Ca):
    """No authority, for what its certificate says."""

    extensions = ()

    def __post_init__(self):
        super().__post_init__()
        made = self.above._sign(self.above, self.subject, self.key.public_key(), *self.extensions)
        self.cert = made


class _NoCa(_Plain):
    extensions = ((x509.BasicConstraints(False, None), True),)


class _NoSign(_Plain):
    extensions = (
        (x509.BasicConstraints(True, None), True),
        (pki._usage(("crl_sign",)), True),
    )


class _Short(_Plain):
    extensions = ((x509.BasicConstraints(True, 0), True),)


@dhsign
@pytest.mark.parametrize("kind", [_Plain, _NoCa, _NoSign, _Short])
def test_item_078_authorities_that_are_none(case, kind):
    above = kind("Hall", above=CA)
    chain = [above.cert]
    if kind is _Short:  # may issue for ends, not for authorities
        below = pki.Ca("Corner", above=above)
        good = CertPair(case, {"chain": [above.issue(ALICE, KEYS["i"].public_key()), above.cert]})
        assert good.srv.handle(good.me.start()).ok
        above, chain = below, [below.cert, above.cert]
    pair = CertPair(case, {"chain": [above.issue(ALICE, KEYS["i"].public_key()), *chain]})
    pair.refused(pair.me.start(), 8)


@dhsign
def test_item_119_hybrid_points_have_the_right_parity(case):
    octets = CertPair(case).me.start()
    good = Message.decode(octets).one(Dh)
    parity = good.value[-1] & 1
    for first, number in ((6 | parity, None), (6 | parity ^ 1, 6)):
        value = bytes([first]) + good.value[1:]
        changed = resigned(octets, swapped(Dh, replace(good, value=value)))
        assert CertPair(case).srv.handle(changed).error == number
