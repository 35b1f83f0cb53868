"""Checklist items of docs/spec.md, section 13, for the modes with certificates, on every target.

What comes in is made here, octet by octet, with `cryptography`; what goes out is read here.
"""

import hmac

import craft
import pki
import pytest
from craft import ID_I, ID_R, TS, I
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from driver import Refused, error_number
from psk_steps import feeds
from signed_steps import (
    ALICE,
    BOB,
    CA,
    CERT_I,
    CERT_R,
    DAY,
    ENV,
    KEY_I,
    KEY_R,
    LATER,
    MALLORY,
    XI,
    XR,
    agrees,
    cert,
    envelope,
    hears,
    mqv_offer,
    offer,
    public,
    reply,
    sealed,
    starts,
    tek_of,
    verifies,
)

pytestmark = pytest.mark.usefixtures("roomy")


# DH-SIGN over curves, and certificates


def test_item_119_groups(agent):
    """Groups 10 and 13: the TGK is the x coordinate alone."""
    m = starts(agent)
    assert m[: m.index(CERT_I)] == offer()[: m.index(CERT_I)]
    assert public(XI) in m and verifies(m, KEY_I)
    heard = hears(agent, m)
    assert heard.what == "ok" and feeds(agent, heard.answer) == "keys" and agrees(agent)
    tgk = XI.exchange(ec.ECDH(), XR.public_key())
    assert agent.keys("me").sessions[0].tek == tek_of(tgk)
    xi, xr = pki.private("xi", 11), pki.private("xr", 11)
    m = starts(agent, x=xi, group=13)
    heard = hears(agent, m, x=xr)
    assert feeds(agent, heard.answer) == "keys" and agrees(agent)
    assert agent.keys("me").sessions[0].tek == tek_of(xi.exchange(ec.ECDH(), xr.public_key()))


def test_item_119_oakley_with_ecdsa(agent):
    m = starts(agent, group=1)
    heard = hears(agent, m, groups=b"\1")
    assert feeds(agent, heard.answer) == "keys" and agrees(agent)


def bad_points() -> dict[str, bytes]:
    good = public(XI)
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    return {
        "off the curve": good[:-1] + bytes([good[-1] ^ 1]),
        "x = p": b"\4" + p.to_bytes(32, "big") + good[33:],
        "zeros": b"\4" + bytes(64),
        "hybrid of the other parity": bytes([6 + (good[-1] & 1 ^ 1)]) + good[1:],
    }


@pytest.mark.parametrize("what", bad_points())
def test_item_119_invalid_points(agent, what):
    point = bad_points()[what]
    assert hears(agent, offer(point)).outcome == 6
    starts(agent)
    assert feeds(agent, reply(dhr=point)) == "RemoteError/6"


def test_item_119_forms_and_groups(agent):
    for form in (2, 6 + pki.point(XI)[-1] % 2):
        assert hears(agent, offer(public(XI, form))).what == "ok", form
    assert hears(agent, offer(b"\5" + public(XI)[1:])).outcome == 6
    assert hears(agent, offer(bytes(65))).outcome == 6  # infinity has no octets here
    # a binary curve (B-163, group 4), an unknown group, one that is not accepted
    assert hears(agent, offer(b"\4" + bytes(42), group=4)).outcome == 6
    assert hears(agent, offer(group=77)).outcome == 6
    assert hears(agent, offer(), groups=b"\x0d").outcome == 6


def test_item_120_signatures(agent):
    good = offer()
    assert hears(agent, good).what == "ok"
    r, s = decode_dss_signature(good[-71:])
    head = good[:-73]
    for m in (head + b"\x20\x46" + good[-71:-1], head + b"\x20\x00", head + b"\x20\x08" + good[-8:],
              good[:-1] + bytes([good[-1] ^ 1]), head + b"\x20\x47" + bytes(71)):  # fmt: skip
        assert hears(agent, m).what in ("AuthError/0",), m[-80:].hex()
    assert hears(agent, good[:-1]).outcome == 12
    assert hears(agent, good + b"\0").outcome == 12
    for s_type in (0, 1):  # RSA's, by a key on a curve
        assert hears(agent, head + bytes([s_type << 4, 71]) + good[-71:]).outcome == 8
    assert hears(agent, head + b"\x50\x47" + good[-71:]).outcome in (8, 12)
    # fixed width: SIGN's length is signed too, so it is another signature
    m = head + b"\x20\x40"
    r, s = decode_dss_signature(KEY_I.sign(m, ec.ECDSA(pki.HASHES[8])))
    assert hears(agent, m + r.to_bytes(32, "big") + s.to_bytes(32, "big")).what == "ok"


def test_item_120_hash_by_curve(agent):
    """A P-384 key signs with SHA-384, and its length is 103."""
    key = pki.private("alice", 11)
    der = CA.issue(ALICE, key.public_key())
    cred = pki.credentials(ALICE, ((key, 11, ((0, der),)),), (CA.anchor,))
    m = starts(agent, cred=cred)
    key.public_key().verify(m[-103:], m[:-103], ec.ECDSA(pki.HASHES[11]))
    assert hears(agent, m, curves=b"\x08\x0b").what == "ok"
    assert hears(agent, m).outcome == 8  # not a curve that this end takes


def test_item_076_cert_types(agent):
    assert hears(agent, offer(certs=(cert(CERT_I, 2),))).what == "ok"
    assert hears(agent, offer(certs=(cert(CERT_I, 3),))).outcome == 8  # for encryption only
    for kind in (1, 4, 241):
        assert hears(agent, offer(certs=(cert(CERT_I, kind),))).outcome == 8


def test_item_077_chains(agent):
    middle = pki.Ca("Plant CA 2", above=CA)
    lower = pki.Ca("Plant CA 3", above=middle)
    two = (middle.issue(ALICE, KEY_I.public_key()), middle.cert)
    three = (lower.issue(ALICE, KEY_I.public_key()), lower.cert, middle.cert)
    assert hears(agent, offer(certs=two)).what == "ok"
    assert hears(agent, offer(certs=three), limit=2048).what == "ok"
    assert hears(agent, offer(certs=two[:1])).outcome == 8
    assert hears(agent, offer(certs=two[::-1])).outcome == 8
    assert hears(agent, offer(certs=(*two, MALLORY.cert))).outcome == 8
    starts(agent)
    back = (middle.issue(BOB, KEY_R.public_key()), middle.cert)
    assert feeds(agent, reply(certs=back)) == "keys"


def bad_certificates(name: str, key) -> dict[str, tuple]:
    """What is wrong: the chain, and who signs the message."""
    public_key = key.public_key()
    middle = pki.Ca("Not a CA")
    middle.cert = CA.issue("sip:leaf@example.com", middle.key.public_key())
    middle.subject = type(CA.subject)(
        [type(next(iter(CA.subject)))(next(iter(CA.subject)).oid, "sip:leaf@example.com")]
    )
    other = pki.private("other")
    p521 = pki.private(name, 14)
    good = CA.issue(name, public_key)
    return {
        "wrong CA": ((MALLORY.issue(name, public_key),), key),
        "same name, other key": ((pki.Ca("Plant CA", 11).issue(name, public_key),), key),
        "expired": ((CA.issue(name, public_key, until=pki.TODAY - DAY),), key),
        "not yet valid": ((CA.issue(name, public_key, since=pki.TODAY + DAY),), key),
        "wrong usage": ((CA.issue(name, public_key, usage=("key_encipherment",)),), key),
        "by a leaf": ((middle.issue(name, public_key), middle.cert), key),
        "key of another curve": ((CA.issue(name, p521.public_key()),), p521),
        "a bit flipped": ((good[:60] + bytes([good[60] ^ 1]) + good[61:],), key),
        "signature flipped": ((good[:-1] + bytes([good[-1] ^ 1]),), key),
        "cut": ((good[:-1],), key),
        "an octet more": ((good + b"\0",), key),
        "no certificate": ((b"\x30\x03\x02\x01\x01",), key),
        "somebody else's key": ((CA.issue(name, other.public_key()),), key),
    }


@pytest.mark.parametrize("what", bad_certificates(ALICE, KEY_I))
def test_item_078_certificates(agent, what):
    want = "AuthError/0" if what == "somebody else's key" else "RemoteError/8"
    chain, key = bad_certificates(ALICE, KEY_I)[what]
    signer = KEY_I if what == "key of another curve" else key
    heard = hears(agent, offer(certs=chain, key=signer))
    assert heard.what == want
    chain, key = bad_certificates(BOB, KEY_R)[what]
    signer = KEY_R if what == "key of another curve" else key
    starts(agent)
    assert feeds(agent, reply(certs=chain, key=signer)) == want


def test_item_078_wrong_name(agent):
    eve = CA.issue("sip:eve@example.com", KEY_I.public_key())
    assert hears(agent, offer(certs=(eve,)), allow=ID_I).what == "AuthError/0"
    assert hears(agent, offer(certs=(eve,), ids=(ID_I, ID_R))).outcome == 8
    eve = CA.issue("sip:eve@example.com", KEY_R.public_key())
    starts(agent)
    assert feeds(agent, reply(certs=(eve,))) == "RemoteError/8"
    assert hears(agent, offer(ids=(b"sip:carol@example.com",))).outcome == 7


def test_item_078_no_certificate(agent):
    """An identity alone is enough where the credentials know its certificate."""
    assert hears(agent, offer(certs=(), ids=(ID_I, ID_R))).outcome == 8
    knows = pki.credentials(BOB, ((KEY_R, 8, ((0, CERT_R),)),), others=((ALICE, 0, CERT_I),))
    assert hears(agent, offer(certs=(), ids=(ID_I, ID_R)), cred=knows).what == "ok"
    m = starts(agent, send_cert=0)
    assert CERT_I not in m and craft.identity(ID_I)[1] in m
    assert feeds(agent, hears(agent, m, cred=knows, cert=0).answer) == "keys"


def test_dhsign_answer(agent):
    m = offer()
    heard = hears(agent, m)
    want = reply()
    assert heard.answer[:-71] == want[:-71] and verifies(heard.answer, KEY_R)
    starts(agent)
    assert feeds(agent, reply(dhi=public(XR))) == "RemoteError/12"
    assert feeds(agent, reply(dhi=b"")) == "RemoteError/12"
    assert feeds(agent, reply(ids=(ID_R,))) == "AuthError/0"
    assert feeds(agent, reply(key=KEY_I)) == "AuthError/0"
    assert feeds(agent, reply(ts=LATER)) == "RemoteError/None"
    assert feeds(agent, reply()) == "keys"


def test_dhsign_update(agent):
    m = starts(agent)
    heard = hears(agent, m)
    assert feeds(agent, heard.answer) == "keys"
    old = agent.keys("me")
    for fresh, ts in ((0, LATER), (1, LATER[:3] + b"\xc2" + bytes(4))):
        m = bytes.fromhex(agent.call("update", ts=ts, fresh=fresh))
        assert CERT_I not in m
        heard = agent.hear(m)
        assert heard.what == "ok" and CERT_R not in heard.answer
        assert feeds(agent, heard.answer) == "keys" and agrees(agent)
        assert (agent.keys("me") == old) is (not fresh) or fresh
    assert agent.hear(m).outcome == "silent"


def test_dhsign_errors_are_signed(agent):
    """An authentic offer that is refused gets a signed Error, which the initiator believes."""
    knows = pki.credentials(ALICE, ((KEY_I, 8, ((0, CERT_I),)),), others=((BOB, 0, CERT_R),))
    m = starts(agent, cred=knows)
    heard = hears(agent, m, groups=b"\x0d")
    assert error_number(heard.answer) == 6 and verifies(heard.answer, KEY_R)


def test_dhsign_replay(agent):
    """Another signature of the same octets, or the twin (r, n - s), is the same message."""
    m = offer()
    assert hears(agent, m).what == "ok"
    assert agent.hear(m).outcome == "silent"
    again = pki.signed(m[:-73], KEY_I)
    assert again != m and agent.hear(again).what == "ReplayError/None"


# ECIES


def test_item_121_ecies(agent):
    m = starts(agent, "ecies", x=None, env=ENV)
    assert verifies(m, KEY_I)
    heard = hears(agent, m, modes="ecies", x=None)
    assert heard.what == "ok" and feeds(agent, heard.answer) == "keys" and agrees(agent)
    heard = hears(agent, sealed(), modes="ecies", x=None)
    assert heard.what == "ok"
    assert agent.keys("srv").sessions[0].tek == tek_of(craft.TGK)
    tail = ID_I + ID_R + TS
    assert heard.answer == craft.seal(heard.answer[:-20], tail, psk=ENV)


def test_item_121_envelopes_that_do_not_open(agent):
    """One text and one number, whatever is wrong with it."""
    n = len(envelope(ENV))
    bad = [envelope(ENV, flip=i) for i in (1, 40, 64, 65, 80, 81, n - 1)]
    bad += [b"", b"\4", envelope(ENV)[:-1], envelope(ENV) + b"\0", bytes(n), envelope(ENV, KEY_I)]
    seen = set()
    for pke in bad:
        heard = hears(agent, sealed(pke=pke), modes="ecies", x=None)
        seen.add(heard.what)
        with pytest.raises(Refused):
            agent.keys("srv")
    assert seen == {"AuthError/0"}


def test_item_067_mac_of_the_kemac(agent):
    m = sealed()
    at = m.index(envelope(ENV)) - 3 - 22 - 20  # in the KEMAC's MAC
    for flip in (at, at - 30):
        forged = m[:flip] + bytes([m[flip] ^ 1]) + m[flip + 1 : -73]
        heard = hears(agent, pki.signed(forged, KEY_I), modes="ecies", x=None)
        assert heard.what == "AuthError/0", flip
    assert hears(agent, sealed(mac=0, encr=0), modes="ecies", x=None).outcome == 3
    assert hears(agent, sealed(mac=2), modes="ecies", x=None).what == "ok"


def test_item_068_identity_under_the_envelope(agent):
    heard = hears(agent, sealed(who=b"sip:eve@example.com"), modes="ecies", x=None)
    assert heard.what == "AuthError/0"


def test_item_069_signature_first(agent):
    m = sealed(pke=envelope(ENV, flip=70))
    heard = hears(agent, m[:-1] + bytes([m[-1] ^ 1]), modes="ecies", x=None)
    assert heard.what == "AuthError/0"
    text = agent.call("said") if False else ""
    assert text == ""


def test_item_072_chash(agent):
    old = CA.issue(BOB, pki.private("old bob").public_key())
    two = pki.credentials(
        BOB, ((pki.private("old bob"), 8, ((0, old),)), (KEY_R, 8, ((0, CERT_R),))), (CA.anchor,)
    )
    for chash in ("sha1", "sha256"):
        assert hears(agent, sealed(chash=chash), two, "ecies", None).what == "ok"
    assert hears(agent, sealed(chash="md5"), two, "ecies", None).outcome == 5
    assert hears(agent, sealed(chash=None), two, "ecies", None).what == "AuthError/0"
    only = pki.credentials(BOB, ((pki.private("old bob"), 8, ((0, old),)),), (CA.anchor,))
    assert hears(agent, sealed(), only, "ecies", None).outcome == 8


def kept_update(agent, csb=craft.CSB, ts=LATER):
    """A PSK update under the envelope key."""
    return I(psk=ENV, rand=None, ts=ts, csb=csb, keys=craft.key_data(bytes(16))).encode()


def test_item_073_cache_bits(agent):
    for cache, what in ((0, "AuthError/0"), (1, "ok"), (2, "ok")):
        assert hears(agent, sealed(cache=cache), modes="ecies", x=None).what == "ok"
        assert agent.hear(kept_update(agent)).what == what, cache
    assert hears(agent, sealed(cache=3), modes="ecies", x=None).outcome == 12


def test_item_074_updates_under_the_kept_key(agent):
    for cache, kind in ((0, 2), (1, 0), (2, 0)):
        m = starts(agent, "ecies", x=None, cache=cache)
        heard = hears(agent, m, modes="ecies", x=None)
        assert feeds(agent, heard.answer) == "keys"
        m = bytes.fromhex(agent.call("update", keys=pki_key(), ts=LATER))
        assert m[1] == kind
        heard = agent.hear(m)
        assert heard.what == "ok" and feeds(agent, heard.answer) == "keys" and agrees(agent)
    # kept, so an update in public-key mode is refused
    assert hears(agent, sealed(cache=1), modes="ecies", x=None).what == "ok"
    assert agent.hear(sealed(cache=1, rand=False, ts=LATER)).outcome == 12


def pki_key() -> str:
    from driver import key_word

    return key_word(0, bytes(range(16)))


def test_item_075_other_csbs(agent):
    other = I(psk=ENV, csb=b"wxyz", ts=LATER).encode()
    for cache, what in ((1, "ok"), (2, "AuthError/0")):
        assert hears(agent, sealed(cache=cache), modes="ecies", x=None).what == "ok"
        assert agent.hear(other).what == what


# ECMQV


def mqv_of(own, fresh, other, other_fresh) -> bytes:
    """x of h * s * (Qe' + avf(Qe') Qs') by python-ecdsa [SPEC 9.4]."""
    from ecdsa.curves import NIST256p
    from ecdsa.ellipticcurve import Point

    n = NIST256p.order

    def on_curve(key):
        numbers = key.public_key().public_numbers()
        return Point(NIST256p.curve, numbers.x, numbers.y, n)

    def avf(p):
        return p.x() % (1 << 128) + (1 << 128)

    d, e = (k.private_numbers().private_value for k in (own, fresh))
    s = (e + avf(on_curve(fresh)) * d) % n
    theirs = on_curve(other_fresh)
    return (s * (theirs + avf(theirs) * on_curve(other))).x().to_bytes(32, "big")


def x963(z: bytes, n: int) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF

    return X963KDF(hashes.SHA1(), n, None).derive(z)


def test_item_122_two_passes(agent):
    m = starts(agent, "ecmqv")
    assert verifies(m, KEY_I) and m[: m.index(CERT_I)] == mqv_offer()[: m.index(CERT_I)]
    heard = hears(agent, m, modes="ecmqv")
    assert heard.what == "ok" and feeds(agent, heard.answer) == "keys" and agrees(agent)
    k = x963(mqv_of(KEY_I, XI, KEY_R, XR), 36)
    assert agent.keys("me").sessions[0].tek == tek_of(k[:16])
    tag = hmac.new(k[16:], heard.answer[:-20] + ID_I + ID_R + TS, "sha1").digest()
    assert heard.answer[-20:] == tag
    starts(agent, "ecmqv")
    for at in (-1, -60, -100, 60):
        forged = bytearray(heard.answer)
        forged[at] ^= 1
        assert feeds(agent, bytes(forged)) not in ("keys", "waits"), at
    assert feeds(agent, heard.answer) == "keys"


def test_item_122_one_pass(agent):
    m = starts(agent, "ecmqv", one_pass=1)
    heard = hears(agent, m, modes="ecmqv")
    assert heard.what == "ok" and feeds(agent, heard.answer) == "keys" and agrees(agent)
    k = x963(mqv_of(KEY_I, XI, KEY_R, KEY_R), 36)
    assert agent.keys("me").sessions[0].tek == tek_of(k[:16])
    tag = hmac.new(k[16:], heard.answer[:-20] + ID_I + ID_R + TS, "sha1").digest()
    assert heard.answer[-20:] == tag


def test_item_122_errors_are_signed(agent):
    """No secret is computed for an Error: it ends with SIGN."""
    heard = hears(agent, mqv_offer(public(pki.private("x", 11)), curve=11), modes="ecmqv")
    assert error_number(heard.answer) == 6 and verifies(heard.answer, KEY_R)


def test_item_122_parameters(agent):
    for changes, want in (({"alg": 0}, 3), ({"alg": 7}, 3), ({"tgk": 15}, 12), ({"tgk": 256}, 12)):
        assert hears(agent, mqv_offer(**changes), modes="ecmqv").outcome == want, changes
    assert hears(agent, mqv_offer(alg=2, tgk=255), modes="ecmqv").what == "ok"
    for point in bad_points().values():
        assert hears(agent, mqv_offer(point), modes="ecmqv").outcome == 6


def test_item_122_update(agent):
    for one_pass in (0, 1):
        m = starts(agent, "ecmqv", one_pass=one_pass)
        assert feeds(agent, hears(agent, m, modes="ecmqv").answer) == "keys"
        for fresh, ts in ((0, LATER), (1, LATER[:3] + b"\xc2" + bytes(4))):
            m = bytes.fromhex(agent.call("update", ts=ts, fresh=fresh))
            heard = agent.hear(m)
            assert heard.what == "ok" and feeds(agent, heard.answer) == "keys" and agrees(agent)


def test_item_123_eccpt(agent):
    point = public(XI)
    assert hears(agent, mqv_offer(pad=b"\0"), modes="ecmqv").what == "ok"
    assert hears(agent, mqv_offer(pad=b"\1"), modes="ecmqv").outcome == 12
    for pad in (b"", b"\0\0"):
        assert hears(agent, mqv_offer(pad=pad), modes="ecmqv").outcome not in ("accepted",)
    # the draft's number of P-256 (7) is K-233 at IANA, a binary curve
    assert hears(agent, mqv_offer(b"\4" + bytes(60), curve=7), modes="ecmqv").outcome == 6
    assert hears(agent, mqv_offer(point, curve=99), modes="ecmqv").outcome == 6
