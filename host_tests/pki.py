"""A small PKI for tests, the same in every run: keys from names, signatures by RFC 6979.

`Ca` issues certificates, `credentials` writes a board's credential file (docs/credentials.md), and
`signed` ends a message with SIGN.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass

from craft import NOW
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

CURVES = {8: ec.SECP256R1(), 11: ec.SECP384R1(), 14: ec.SECP521R1()}
HASHES = {8: hashes.SHA256(), 11: hashes.SHA384(), 14: hashes.SHA512()}
TODAY = dt.datetime.fromtimestamp(NOW, dt.UTC)
YEAR = dt.timedelta(days=365)
SIGNS, AGREES = "digital_signature", "key_agreement"


def private(name: str, curve: int = 8) -> ec.EllipticCurvePrivateKey:
    d = int.from_bytes(hashlib.sha512(name.encode()).digest()[:31], "big")
    return ec.derive_private_key(d, CURVES[curve])


def point(key) -> bytes:
    """x || y"""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]


def secret(key) -> bytes:
    n = (key.curve.key_size + 7) // 8
    return key.private_numbers().private_value.to_bytes(n, "big")


def _usage(names) -> x509.KeyUsage:
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in names for name in every})


def san(name: str) -> x509.GeneralName:
    if ":" in name:
        return x509.UniformResourceIdentifier(name)
    return x509.RFC822Name(name)


@dataclass
class Ca:
    """An authority; `above`: the one that certifies it, None for a root."""

    name: str = "Plant CA"
    curve: int = 8
    above: "Ca | None" = None

    def __post_init__(self):
        self.key = private(self.name, self.curve)
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        self.cert = self._sign(
            self.above or self, self.subject, self.key.public_key(),
            (x509.BasicConstraints(True, None), True),
            (_usage(("key_cert_sign", "crl_sign")), True),
        )  # fmt: skip

    def _sign(
        self, issuer, subject, public, *extensions, since=TODAY - YEAR, until=TODAY + 20 * YEAR
    ):
        serial = hashlib.sha256(issuer.name.encode() + subject.public_bytes()).digest()[:8]
        made = x509.CertificateBuilder(
            issuer.subject, subject, public, 1 + int.from_bytes(serial, "big"), since, until
        )
        for extension, critical in extensions:
            made = made.add_extension(extension, critical)
        signed = made.sign(issuer.key, HASHES[issuer.curve], ecdsa_deterministic=True)
        return signed.public_bytes(Encoding.DER)

    def issue(self, name: str, public, usage=(SIGNS, AGREES), more=(), **when) -> bytes:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        extensions = [(x509.SubjectAlternativeName([san(name)]), False), *more]
        if usage is not None:
            extensions.append((_usage(usage), True))
        return self._sign(self, subject, public, *extensions, **when)

    @property
    def anchor(self) -> bytes:
        """Record 4: curve, point, SHA-256 of the Name."""
        name = hashlib.sha256(self.subject.public_bytes()).digest()
        return bytes([self.curve]) + point(self.key) + name


def sha1_signed(der: bytes, ca: Ca) -> bytes:
    """A certificate of `ca`, signed anew with SHA-1 (no library writes one any more).

    Both algorithm identifiers are one octet shorter, which the lengths around them have to say.
    """
    sha2 = bytes.fromhex("300a06082a8648ce3d040302")
    sha1 = bytes.fromhex("300906072a8648ce3d0401")
    tbs = x509.load_der_x509_certificate(der).tbs_certificate_bytes
    body = tbs[4:].replace(sha2, sha1)
    tbs = b"\x30\x82" + len(body).to_bytes(2, "big") + body
    signature = ca.key.sign(tbs, ec.ECDSA(hashes.SHA1()))
    body = tbs + sha1 + b"\3" + bytes([len(signature) + 1, 0]) + signature
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


def _record(kind: int, data: bytes) -> bytes:
    return bytes([kind]) + len(data).to_bytes(2, "big") + data


PADDING = 26  # octets of an extension besides its contents


def padding(n: int):
    """For `Ca.issue`: an extension of n octets that nobody knows, as long names would take them."""
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1")
    return x509.UnrecognizedExtension(oid, bytes(n)), False


def id_of(name: str | bytes) -> tuple[int, bytes]:
    data = name if isinstance(name, bytes) else name.encode()
    return (1 if b":" in data else 0), data


def credentials(name, keys=(), anchors=(), pins=(), others=()) -> bytes:
    """keys: ((private key, curve, ((CERT type, DER), ...)), ...); others: ((name, type, DER), ...)

    anchors: `Ca.anchor`s; pins: of 32 octets.
    """
    kind, data = id_of(name)
    out = b"uMIK\1" + _record(1, bytes([kind]) + data)
    for key, curve, certs in keys:
        out += _record(2, bytes([curve]) + secret(key))
        out += b"".join(_record(3, bytes([t]) + der) for t, der in certs)
    out += b"".join(_record(4, a) for a in anchors) + b"".join(_record(5, p) for p in pins)
    for other, t, der in others:
        kind, data = id_of(other)
        out += _record(6, bytes([kind, len(data)]) + data + bytes([t]) + der)
    return out + hashlib.sha256(out).digest()


def signed(message: bytes, key, curve: int = 8, s_type: int = 2, size: int | None = None) -> bytes:
    """`message`, whose chain ends in SIGN (4), with that payload; `size`: of the DER to declare.

    Signatures are drawn until the DER has the declared length [SPEC 4.5].
    """
    size = size or {8: 71, 11: 103}[curve]
    message += (s_type << 12 | size).to_bytes(2, "big")
    while True:
        der = key.sign(message, ec.ECDSA(HASHES[curve]))
        if len(der) == size:
            return message + der
