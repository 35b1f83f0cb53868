"""MIKEY-ECIES between two peers: envelopes, CHASH, C bits (items 67 to 75 and 121)."""

import hashlib
from dataclasses import replace

import pki
import pytest
from cert_world import ALICE, BOB, CA, CERT_R, KEYS, CertPair, resigned
from peer_world import STREAMS, error_of, swapped
from umikey_peer import Ecies, Initiator, LocalError, Message, Psk, ec
from umikey_peer.payloads import Kemac, Ver
from umikey_peer.payloads_more import Cert, Chash, Pke


def test_ecies_errors_end_with_v_once_the_envelope_is_open():
    pair = CertPair((Ecies, {}), responder={"accept": lambda policy: False})
    outcome = pair.srv.handle(pair.me.start())
    assert type(Message.decode(outcome.answer).payloads[-1]) is Ver
    assert pair.me.feed(outcome.answer).kind == "failed"


def test_item_121_an_envelope_that_does_not_open_is_one_error():
    pair = CertPair((Ecies, {}))
    octets = pair.me.start()
    message = Message.decode(octets)
    pke, kemac = message.one(Pke), message.one(Kemac)
    texts = set()
    bad = [pke.data[:i] + bytes([pke.data[i] ^ 1]) + pke.data[i + 1 :] for i in (0, 1, 64, 65, -1)]
    bad += [b"", b"\4", pke.data[:-1], pke.data + bytes(16), b"\2" + pke.data[1:]]
    for data in bad:
        outcome = pair.refused(resigned(octets, swapped(Pke, Pke(0, data))), 0)
        texts.add(outcome.reason)
        assert not outcome.authenticated
    changed = replace(kemac, data=kemac.data[:-1] + bytes([kemac.data[-1] ^ 1]))
    texts.add(pair.refused(resigned(octets, swapped(Kemac, changed)), 0).reason)
    assert len(texts) == 1
    assert pair.srv.handle(octets).ok


def test_item_069_the_signature_comes_before_the_envelope(monkeypatch):
    pair = CertPair((Ecies, {}))
    octets = pair.me.start()
    calls = []
    real = ec.unseal
    monkeypatch.setattr(ec, "unseal", lambda *args: calls.append(1) or real(*args))
    assert pair.srv.handle(octets[:-1] + bytes([octets[-1] ^ 1])).error == 0
    assert not calls
    assert pair.srv.handle(octets).ok and calls


def test_item_067_068_kemac_alone_and_idi_is_the_signer():
    """The MAC of KEMAC does not depend on what stands beside it; IDi inside it has to fit."""
    pair = CertPair((Ecies, {}))
    octets = pair.me.start()
    moved = resigned(octets, lambda parts: [p for p in parts if type(p) is not Chash])
    assert CertPair((Ecies, {})).srv.handle(moved).ok
    pair = CertPair((Ecies, {}))
    octets = pair.me.start()
    eve = pki.private("eve")
    cert = CA.issue("sip:eve@example.com", eve.public_key())
    stolen = resigned(octets, swapped(Cert, Cert(0, cert)), key=eve)
    outcome = pair.refused(stolen, 0)
    assert "somebody else" in outcome.reason


def test_item_072_chash_chooses_the_certificate():
    pair = CertPair((Ecies, {}))
    second = CA.issue(BOB, KEYS["other"].public_key())
    more = Ecies(KEYS["other"], second, CA.cert, id=BOB)
    pair.srv._credentials = (more, pair.credential)
    octets = pair.me.start()
    assert pair.srv.handle(octets).ok
    unknown = Chash(0, bytes(20))
    pair = CertPair((Ecies, {}))
    octets = pair.me.start()
    pair.refused(resigned(octets, swapped(Chash, unknown)), 8)
    pair.refused(resigned(octets, swapped(Chash, Chash(1, bytes(16)))), 5)
    chash = Message.decode(octets).one(Chash)
    assert chash.data == hashlib.sha1(CERT_R).digest()
    at = octets.index(chash.data) - 1
    assert pair.srv.handle(octets[:at] + b"\7" + octets[at + 1 :]).error == 5
    assert pair.srv.handle(octets).ok


def test_item_073_074_075_c_bits():
    for cache in (0, 1, 2):
        pair = CertPair((Ecies, {"cache": cache})).established()
        held = pair.me._bundle.held
        assert bool(held.secret) == bool(cache)
        pair.clock.seconds += 1
        octets = pair.me.update()
        assert octets[1] == (0 if cache else 2)
        assert pair.srv.handle(octets).ok
        if not cache:
            continue
        # a public-key update of this CSB is refused now
        other = CertPair((Ecies, {})).established()
        other.clock.seconds = pair.clock.seconds + 1
        pair.clock.seconds += 1
        message = Message.decode(other.me.update())
        header = replace(message.header, csb_id=Message.decode(octets).header.csb_id)
        pair.refused(resigned(message.raw, header=header), 12)
        # another CSB under the same key: with C = 1 only
        key = Psk(bytes(held.secret), ALICE, BOB)
        me = Initiator(key, streams=STREAMS, now=pair.clock, taken={})
        outcome = pair.srv.handle(me.start())
        assert outcome.ok == (cache == 1)
        if cache == 2:
            assert outcome.error == 7
    octets = CertPair((Ecies, {})).me.start()
    pke = Message.decode(octets).one(Pke)
    CertPair((Ecies, {})).refused(resigned(octets, swapped(Pke, replace(pke, cache=3))), 12)


def _stands_on(pair):
    """An initiator of another CSB under the envelope key that a pair has kept."""
    key = Psk(bytes(pair.me._bundle.held.secret), ALICE, BOB)
    return Initiator(key, streams=STREAMS, now=pair.clock, taken={})


@pytest.mark.parametrize("cache", [1, 2])
def test_a_kept_envelope_key_ends_with_the_certificate_that_vouched_for_it(cache):
    day = pki.dt.timedelta(days=1)
    short = CA.issue(ALICE, KEYS["i"].public_key(), until=pki.TODAY + day)
    pair = CertPair((Ecies, {"cache": cache}), {"chain": short}).established()
    others = [_stands_on(pair), _stands_on(pair)]
    if cache == 1:
        assert others[0].feed(pair.srv.handle(others[0].start()).answer).ok
    pair.clock.seconds += day.total_seconds() - 1
    assert pair.update()[0].ok  # the last second counts
    pair.clock.seconds += 1
    late = [pair.me.update(rekey=False), pair.me.update()]
    if cache == 1:
        late += [others[0].update(), others[1].start()]
    for octets in late:
        outcome = pair.refused(octets, 8)
        assert "expired" in outcome.reason and outcome.authenticated


@pytest.mark.parametrize("cache", [1, 2])
def test_an_initiator_sends_no_keys_to_a_certificate_that_has_ended(cache):
    day = pki.dt.timedelta(days=1)
    short = CA.issue(BOB, KEYS["r"].public_key(), until=pki.TODAY + day)
    own, theirs = {"others": {BOB: short}}, {"chain": short}
    pair = CertPair((Ecies, {"cache": cache}), own, theirs).established()
    pair.clock.seconds += day.total_seconds() - 1
    assert pair.update()[1].ok
    pair.clock.seconds += 1
    with pytest.raises(LocalError, match="the responder's certificate: .*expired"):
        pair.me.update()


def test_a_kept_envelope_key_is_forgotten_with_the_csb_that_brought_it():
    pair = CertPair((Ecies, {"cache": 1}))
    theirs, _ = pair.run()
    kept = pair.srv._records[theirs.csb_id][0].credential
    other, late = _stands_on(pair), _stands_on(pair)
    second = pair.srv.handle(other.start())
    assert second.ok
    theirs.sa.close()
    assert any(kept.key._octets)  # the other one lives on it
    second.sa.close()
    assert not any(kept.key._octets)
    assert error_of(pair.srv.handle(late.start()).answer) == 7
    # and at once where there is no other
    pair = CertPair((Ecies, {"cache": 1}))
    theirs, _ = pair.run()
    kept, late = pair.srv._records[theirs.csb_id][0].credential, _stands_on(pair)
    theirs.sa.close()
    assert not any(kept.key._octets)
    assert error_of(pair.srv.handle(late.start()).answer) == 7
