"""What certificates have to be in an update and in ECMQV, and where KEMAC may stand."""

import pki
import pytest
from cert_world import ALICE, BOB, CA, CERT_I, KEYS, SIMPLE, CertPair, load, name, resigned
from peer_world import DhPair, Pair, error_of, swapped
from umikey_peer import DhSign, Ecies, Ecmqv, LocalError, Message
from umikey_peer.payloads import Kemac
from umikey_peer.payloads_more import Cert, Dh, Eccpt, Pke

simple = pytest.mark.parametrize("case", SIMPLE, ids=name)
DAY = pki.dt.timedelta(days=1)
SECONDS = DAY.total_seconds() + 5


def _soon(who, role):
    """A certificate that ends tomorrow."""
    return CA.issue(who, KEYS[role].public_key(), until=pki.TODAY + DAY)


@simple
def test_a_responders_certificate_is_looked_at_again_in_an_update(case):
    """DH-SIGN and two passes remember it from the answer, the others hold it."""
    cert = _soon(BOB, "r")
    pair = CertPair(case, {"others": {BOB: cert}}, {"chain": cert}).established()
    assert pair.update()[1].ok and pair.update(rekey=False)[1].ok
    pair.srv.accept = lambda policy: False
    assert pair.update()[1].kind == "failed"  # the keys of this one are not in use
    pair.srv.accept = None
    assert pair.update(rekey=False)[1].ok
    pair.clock.seconds += SECONDS
    for rekey in (False, True):  # nothing without keys may follow keys that nobody answered
        keys = pair.me.sa.fingerprint()
        if case[0] is Ecies or case[1].get("one_pass"):
            with pytest.raises(LocalError, match="the responder's certificate: .*expired"):
                pair.me.update(rekey=rekey)
            continue
        theirs, ours = pair.update(rekey=rekey)
        assert theirs.ok and not Message.decode(theirs.answer).all(Cert)
        assert ours.kind == "discarded" and ours.error == 8 and "expired" in ours.reason
        assert pair.me.sa.fingerprint() == keys


@simple
def test_an_initiators_certificate_is_looked_at_again_in_an_update(case):
    own = {"chain": _soon(ALICE, "i")}
    pair = CertPair(case, own).established()
    assert pair.update()[0].ok
    pair.clock.seconds += SECONDS
    outcome = pair.refused(pair.me.update(), 8)
    assert "expired" in outcome.reason


@simple
def test_a_certificate_that_is_held_is_trusted_when_it_is_sent(case):
    """Exactly this one, for this name and use, until it ends, whatever is sent above it."""
    yours = {"anchors": (), "others": {ALICE: CERT_I}}
    pair = CertPair(case, {"anchors": ()}, yours).established()
    assert pair.update()[1].ok
    chain = [load(CERT_I), load(CA.issue("sip:eve@example.com", KEYS["other"].public_key()))]
    CertPair(case, {"anchors": (), "chain": chain}, yours).established()
    again = _soon(ALICE, "i")
    unfit = (3, CERT_I) if case[0] is not Ecmqv else (2, CERT_I)
    for others in ({ALICE: again}, {BOB: CERT_I}, {ALICE: unfit}, {}):
        pair = CertPair(case, theirs={"anchors": (), "others": others})
        assert "not trusted" in pair.refused(pair.me.start(), 8).reason
    short = _soon(ALICE, "i")
    pair = CertPair(case, {"chain": short}, {"anchors": (), "others": {ALICE: short}})
    pair.clock.seconds += SECONDS
    assert "expired" in pair.refused(pair.me.start(), 8).reason


def test_the_chain_ends_with_its_first_certificate_that_does():
    below = pki.Ca("Hall 4", above=CA)
    below.cert = CA._sign(
        CA, below.subject, below.key.public_key(),
        (pki.x509.BasicConstraints(True, None), True), until=pki.TODAY + DAY,
    )  # fmt: skip
    chain = [load(below.issue(BOB, KEYS["r"].public_key())), load(below.cert)]
    pair = CertPair(theirs={"chain": chain}).established()
    pair.clock.seconds += SECONDS
    assert pair.update()[1].error == 8


def test_an_error_under_a_certificate_that_has_ended_is_a_hint():
    for case in (SIMPLE[0], SIMPLE[2]):
        cert = _soon(BOB, "r")
        pair = CertPair(case, {"others": {}}, {"chain": cert}).established()
        pair.srv.accept = lambda policy: False
        assert pair.update()[1].kind == "failed"
        pair.clock.seconds += SECONDS
        assert pair.update()[1].kind == "hint"


ECMQV = pytest.mark.parametrize("case", SIMPLE[2:], ids=name)


@ECMQV
def test_ecmqv_signs_and_agrees_with_one_key(case):
    pki_uses = {
        (pki.SIGNS,): False, (pki.AGREES,): False, (pki.SIGNS, pki.AGREES): True, None: True
    }  # fmt: skip
    for usage, good in pki_uses.items():
        cert = CA.issue(ALICE, KEYS["i"].public_key(), usage=usage)
        pair = CertPair(case)
        octets = resigned(pair.me.start(), swapped(Cert, Cert(0, cert)))
        if good:
            assert pair.srv.handle(octets).ok, usage
        else:
            assert "keyUsage" in pair.refused(octets, 8).reason
        mine = CertPair(case, {"chain": cert})
        if good:
            mine.established()
        else:
            with pytest.raises(LocalError, match="keyUsage"):
                mine.me.start()


@ECMQV
def test_ecmqv_stays_with_its_passes(case):
    """One pass and two are two modes: an update is in the CSB's (SPEC 5.3)."""
    pair = CertPair(case).established()
    assert pair.update()[1].ok and pair.update(rekey=False)[1].ok
    keys = pair.me.sa.fingerprint()
    mine = pair.mine.one_pass
    pair.mine.one_pass = not mine
    for rekey in (False, True):
        pair.clock.seconds += 1
        outcome = pair.refused(pair.me.update(rekey=rekey), 12)
        assert "another mode" in outcome.reason and outcome.authenticated
        assert pair.me.feed(outcome.answer).kind == "failed"
    pair.mine.one_pass = mine
    theirs, ours = pair.update(rekey=False)
    assert theirs.ok and ours.ok and ours.sa.fingerprint() == keys


def test_ecmqv_takes_no_signed_error_of_a_key_that_only_agrees():
    for usage, kind in (((pki.AGREES,), "hint"), ((pki.SIGNS, pki.AGREES), "failed")):
        cert = CA.issue(BOB, KEYS["r"].public_key(), usage=usage)
        pair = CertPair((Ecmqv, {}), {"others": {}}, {"chain": cert}).established()
        pair.srv.accept = lambda policy: False
        assert pair.update()[1].kind == kind


@pytest.mark.parametrize("case", [SIMPLE[0], *SIMPLE[2:]], ids=name)
def test_kemac_does_not_belong_where_keys_are_agreed(case):
    pair = CertPair(case)
    octets = pair.me.start()
    kind = Dh if case[0] is DhSign else Eccpt
    point = Message.decode(octets).one(kind)
    kemac = Message.decode(CertPair((Ecies, {})).me.start()).one(Kemac)
    for parts in ([point, kemac], [kemac, point], [point, Kemac(0, b"", 0)]):
        pair.refused(resigned(octets, swapped(kind, parts)), 12)
    assert pair.srv.handle(octets).ok
    # nor does it in an answer, whoever has signed it
    pair = CertPair(case)
    answer = pair.srv.handle(pair.me.start()).answer
    if case[0] is DhSign:
        changed = resigned(answer, lambda parts: [*parts, kemac], KEYS["r"])
        assert pair.me.feed(changed).kind == "discarded" and pair.me.waiting
    assert pair.me.feed(answer).ok


def test_a_message_has_one_kemac():
    pair = CertPair((Ecies, {}))
    octets = pair.me.start()
    kemac = Message.decode(octets).one(Kemac)
    pke = Message.decode(octets).one(Pke)
    for parts in ([kemac, kemac], [kemac, Kemac(1, b"", 1, bytes(20))]):
        pair.refused(resigned(octets, swapped(Kemac, parts)), 12)
    pair.refused(resigned(octets, swapped(Pke, [pke, kemac])), 12)
    assert pair.srv.handle(octets).ok
    for pair in (Pair(), DhPair()):
        octets = pair.me.start()
        message = Message.decode(octets)
        two = Message(message.header, (*message.payloads, message.one(Kemac))).encode()
        outcome = pair.srv.handle(two)
        assert error_of(outcome.answer) == 12 and not outcome.authenticated
        assert pair.srv.handle(octets).ok


def test_an_update_of_an_envelope_may_bring_no_kemac():
    """It needs a new envelope key for V alone (RFC 3830 4.5)."""
    pair = CertPair((Ecies, {})).established()
    keys = pair.me.sa.fingerprint()
    octets = resigned(pair.me.update(rekey=False), swapped(Kemac, []))
    outcome = pair.srv.handle(octets)
    assert outcome.ok and outcome.sa.fingerprint() == keys
    first = CertPair((Ecies, {}))
    first.refused(resigned(first.me.start(), swapped(Kemac, [])), 12)


def test_what_certificates_are_signed_with_and_for():
    """SHA-1 is none to believe one by; a critical extKeyUsage has no purpose that is MIKEY's."""
    ours = CA.issue(ALICE, KEYS["i"].public_key())
    purposes = pki.x509.ExtendedKeyUsage([pki.x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH])
    for der, good in (
        (ours, True),
        (pki.sha1_signed(ours, CA), False),
        (CA.issue(ALICE, KEYS["i"].public_key(), more=((purposes, False),)), True),
        (CA.issue(ALICE, KEYS["i"].public_key(), more=((purposes, True),)), False),
    ):
        pair = CertPair(SIMPLE[0], {"chain": der})
        if good:
            pair.established()
        else:
            pair.refused(pair.me.start(), 8)
