"""The certificate reader and the credential file against damaged and hostile octets, on CPython."""

import datetime as dt
import random

import pki
import pytest
from craft import NOW
from cryptography.x509 import load_der_x509_certificate

NAME = "sip:alice@example.com"
CA = pki.Ca()
MIDDLE = pki.Ca("Plant CA 2", above=CA)
KEY = pki.private("alice")
LEAF = MIDDLE.issue(NAME, KEY.public_key())
CHAIN = (LEAF, MIDDLE.cert)

pytestmark = pytest.mark.only("cpython")


@pytest.fixture
def umikey(target):
    import umikey

    return umikey


def anchors():
    a = CA.anchor
    return ((a[0], a[1:-32], a[-32:]),)


def read(umikey, certs, chunk=1 << 16, size=None, **options):
    """A Chain that has read `certs`."""
    chain = umikey.x509.Chain(options.pop("anchors", anchors()), **options)
    for der in certs:
        chain.begin(len(der) if size is None else size)
        for i in range(0, len(der), chunk):
            chain.update(der, i, min(i + chunk, len(der)))
    return chain


def judged(umikey, certs, **options):
    """-> None for a chain that holds; else the number and text of the one error there may be."""
    try:
        read(umikey, certs, **options).verify(NOW)
    except umikey.errors.RemoteError as e:
        assert e.number == 8
        return str(e)
    return None


def test_a_chain_in_any_pieces(umikey):
    for chunk in (1, 2, 7, 32, 1 << 16):
        chain = read(umikey, CHAIN, chunk)
        chain.verify(NOW)
        assert (chain.leaf.curve, bytes(chain.point)) == (8, pki.point(KEY))
        assert chain.is_for(1, NAME.encode()) and not chain.is_for(0, NAME.encode())
        assert chain.identity == (1, NAME.encode())
    chain.reset()
    assert chain.identity is None and not chain.is_for(1, NAME.encode())


def test_every_truncation(umikey):
    for n in range(len(LEAF)):
        assert judged(umikey, (LEAF[:n],)), n
        with pytest.raises(umikey.errors.RemoteError):
            read(umikey, (LEAF[:n],), size=len(LEAF)).verify(NOW)


def test_every_flipped_bit_of_what_is_signed(umikey):
    """Nothing altered is believed; the signature itself has more than one form, so up to it."""
    signed = len(load_der_x509_certificate(LEAF).tbs_certificate_bytes) + 4
    for at in range(signed):
        for bit in (0, 3, 7):
            bad = bytearray(LEAF)
            bad[at] ^= 1 << bit
            assert judged(umikey, (bytes(bad), MIDDLE.cert)), (at, bit)


def test_lengths_that_der_does_not_have(umikey):
    for at in range(len(LEAF)):
        for length in (
            b"\x80",
            b"\x81\x05",
            b"\x82\x00\x20",
            b"\x83\x01\x00\x00",
            b"\x84" + b"\xff" * 4,
        ):
            bad = LEAF[:at] + length + LEAF[at + 1 :]
            assert judged(umikey, (bad, MIDDLE.cert)), (at, length)
    deep = b""
    for _ in range(60):
        deep = (
            b"\x30"
            + (bytes([len(deep)]) if len(deep) < 128 else b"\x81" + bytes([len(deep)]))
            + deep
        )
    assert judged(umikey, (deep,))
    assert judged(umikey, (b"\x30\x82\xff\xff" + bytes(2000),))


def test_mutations(umikey):
    """Thousands of damaged chains: one kind of error, and no chain that was not signed."""
    draw = random.Random(8)
    for _ in range(3000):
        certs = [bytearray(c) for c in CHAIN]
        for _ in range(draw.randrange(1, 4)):
            c = draw.choice(certs)
            at = draw.randrange(len(c))
            kind = draw.randrange(4)
            if kind == 0:
                c[at] = draw.randrange(256)
            elif kind == 1:
                del c[at : at + draw.randrange(1, 9)]
            elif kind == 2:
                c[at:at] = draw.randbytes(draw.randrange(1, 9))
            else:
                c[at : at + 4] = b"\x30\x82\xff\xf0"
        if [bytes(c) for c in certs] != list(CHAIN):
            refused = judged(umikey, [bytes(c) for c in certs])
            spki = load_der_x509_certificate(LEAF).public_key()
            assert refused or spki == KEY.public_key()


@pytest.mark.parametrize(
    "bad, good",
    [
        (b"490101000000Z", b"491301000000Z"), (b"490101000000Z", b"490132000000Z"),
        (b"490101000000Z", b"490101240000Z"),
    ],
)  # fmt: skip
def test_dates_that_there_are_not(umikey, bad, good):
    until = dt.datetime(2049, 1, 1, tzinfo=dt.UTC)
    der = CA.issue(NAME, KEY.public_key(), until=until)
    assert bad in der and judged(umikey, (der,)) is None
    assert "date" in judged(umikey, (der.replace(bad, good),))


def test_pins_and_trust(umikey):
    """A pinned key needs no authority; its dates count."""
    import hashlib

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    spki = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pin = hashlib.sha256(spki).digest()
    assert judged(umikey, (LEAF,), anchors=(), pins=(pin,)) is None
    assert judged(umikey, (LEAF,), anchors=(), pins=(bytes(32),))
    old = MIDDLE.issue(NAME, KEY.public_key(), until=pki.TODAY - pki.YEAR / 2)
    assert "expired" in judged(umikey, (old,), anchors=(), pins=(pin,))


FILE = pki.credentials(NAME, ((KEY, 8, ((0, LEAF), (0, MIDDLE.cert))),), (CA.anchor,), (bytes(32),))


def test_credentials(umikey, tmp_path):
    path = tmp_path / "board.cred"
    path.write_bytes(FILE)
    for cred in (umikey.Credentials(FILE), umikey.credentials.load(str(path))):
        assert cred.id == (1, NAME.encode())
        key = cred.keys[0]
        assert bytes(key.d) == pki.secret(KEY)
        assert [bytes(der) for _, der in key.certs] == [LEAF, MIDDLE.cert]
        assert pki.secret(KEY).hex() not in repr(cred) + repr(key)
        cred.close()
        assert not any(key.d)
    with pytest.raises(umikey.errors.LocalError):
        umikey.credentials.load(str(tmp_path / "none"))


def test_damaged_credentials(umikey):
    def refused(data):
        with pytest.raises(umikey.errors.LocalError):
            umikey.Credentials(data)

    for n in range(len(FILE)):
        refused(FILE[:n])
        refused(FILE[:n] + bytes([FILE[n] ^ 4]) + FILE[n + 1 :])
    refused(FILE + b"\0")
