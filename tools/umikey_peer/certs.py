"""Certificates: who may sign or receive what (RFC 3830 sections 4.3.1 and 6.7), and until when.

The rules, all of them a Refused 8 if broken:
- X.509v3 in DER, CERT type 0, 2 (signatures only) or 3 (encryption only), leaf first.
- Every date holds now.
- The leaf is the certificate that we hold of this end, or its key is pinned; or each certificate
  is issued by the next one's subject, and signed with its key, up to one that a trust anchor has
  issued. Nothing but that anchor may follow.
- Signatures are over SHA-2.
- Issuers are CAs by their basicConstraints, within pathLen, and for keyCertSign if they say usages.
- Unknown critical extensions are refused, among them name constraints, policies, and purposes
  (extKeyUsage): none of these is MIKEY.
- The leaf is for the use at hand if it says uses, its key lies on one of our curves, and its
  subjectAltName holds the expected identity: a URI for ID type 1, an rfc822Name for type 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .ec import Curve, of_key, raw
from .errors import Refused
from .payloads import Id
from .payloads_more import Cert

SIGN, AGREE = "digital_signature", "key_agreement"
USAGES = {SIGN: "digitalSignature", AGREE: "keyAgreement"}  # as X.509 calls them
BOTH = (SIGN, AGREE)  # of one key
KINDS = {0: "all uses", 2: "signatures only", 3: "encryption only"}  # CERT types, for people
TYPES = {SIGN: (0, 2), AGREE: (0, 3)}  # CERT types by use (RFC 3830 6.7)
EXPIRED = "a certificate that has expired"
DEPTH = 8  # certificates in a chain
_KNOWN = (x509.BasicConstraints, x509.KeyUsage, x509.SubjectAlternativeName)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A certified key: its curve, x || y, its certificate, and the last Unix second at which that
    and all above it hold."""

    curve: Curve
    point: bytes
    der: bytes
    until: float


def load(der: bytes) -> x509.Certificate:
    """A certificate whose every part is readable; Refused 8."""
    try:
        cert = x509.load_der_x509_certificate(der)
        list(cert.extensions), cert.subject, cert.issuer, cert.signature_hash_algorithm  # noqa: B018
        if cert.public_bytes(Encoding.DER) != der:
            raise ValueError
        return cert
    except Exception:  # the parser has many ways to say no, and octets from outside find all
        raise Refused("a certificate that is none, or of an unknown kind", 8) from None


def pin_of(cert: x509.Certificate) -> bytes:
    """SHA-256 of a certificate's SubjectPublicKeyInfo, 32 octets."""
    key = cert.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(key).digest()


def names(cert: x509.Certificate) -> list[Id]:
    """The identities in subjectAltName, URIs first."""
    san = _extension(cert, x509.SubjectAlternativeName)
    if san is None:
        return []
    uris = [Id(1, v.encode()) for v in san.get_values_for_type(x509.UniformResourceIdentifier)]
    return uris + [Id(0, v.encode()) for v in san.get_values_for_type(x509.RFC822Name)]


def identity(cert: x509.Certificate) -> Id:
    """Whom a certificate is for: its first URI, else its first rfc822Name. Refused 8."""
    found = names(cert)
    if not found:
        raise Refused("a certificate without an identity in subjectAltName", 8)
    return found[0]


def key_of(cert: x509.Certificate):
    try:
        return cert.public_key()
    except Exception:  # unknown key kinds and curves come as several errors
        raise Refused("a certificate with a key that is not supported", 8) from None


def _extension(cert: x509.Certificate, kind):
    try:
        return cert.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def allows(cert: x509.Certificate, use: str) -> bool:
    """Whether a certificate's keyUsage, if it has one, has a bit."""
    usage = _extension(cert, x509.KeyUsage)
    return usage is None or getattr(usage, use)


def is_authority(cert: x509.Certificate) -> bool:
    """Whether a certificate is an authority's: it says so, or says nothing and is its own issuer,
    as roots of old are."""
    basic = _extension(cert, x509.BasicConstraints)
    return basic.ca if basic else cert.subject == cert.issuer


def signed_by(cert: x509.Certificate, key) -> bool:
    """Whether a certificate's signature is by `key`."""
    try:
        algorithm = cert.signature_hash_algorithm
        if algorithm is None or algorithm.digest_size < 28:
            return False  # MD5 and SHA-1, with which two certificates can be made to have one hash
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(cert.signature, cert.tbs_certificate_bytes, ec.ECDSA(algorithm))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(cert.signature, cert.tbs_certificate_bytes, padding.PKCS1v15(), algorithm)
        else:
            return False
        return True
    except Exception:  # InvalidSignature, and what keys say about algorithms not their own
        return False


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom we believe: `anchors`, certificates whose names and keys count (their dates and
    signatures do not), and `pins` (see `pin_of`). `others`: certificates of other ends by
    identity, trusted as they stand except for their dates, whether they are sent or not."""

    anchors: tuple[x509.Certificate, ...] = ()
    pins: frozenset[bytes] = frozenset()
    others: tuple[tuple[Id, Cert], ...] = ()

    def known(self, who: Id | None) -> Cert | None:
        """The certificate that we hold for an identity."""
        return next((cert for other, cert in self.others if other == who), None)

    def leaf(
        self, payloads: Sequence[Cert], who: Id | None, use: str | Sequence[str], now: float
    ) -> Leaf:
        """The key of `who`, by the certificates of a message or, if it has none, by the one that
        we hold. `use`: one or several. Refused 8."""
        uses = [use] if isinstance(use, str) else use
        if not payloads:
            known = self.known(who)
            if known is None:
                raise Refused(f"no certificate of {who or 'an unnamed sender'}", 8)
            payloads = [known]
        if len(payloads) > DEPTH:
            raise Refused(f"{len(payloads)} certificates in a chain", 8)
        for payload in payloads:
            if payload.kind not in (0, 2, 3):
                raise Refused(f"certificates of type {payload.kind} are not supported", 8)
        allowed = [kind for kind in KINDS if all(kind in TYPES[use] for use in uses)]
        if payloads[0].kind not in allowed:
            raise Refused("a certificate for something else, by its CERT type", 8)
        held = any(
            other == who and cert.data == payloads[0].data and cert.kind in allowed
            for other, cert in self.others
        )
        # what else is sent with a certificate that we hold vouches for nothing
        chain = [load(payload.data) for payload in (payloads[:1] if held else payloads)]
        for cert in chain:
            _check_dates(cert, now)
            _check_critical(cert)
        key = key_of(chain[0])
        if not held and not (self.pins and pin_of(chain[0]) in self.pins):
            self._check_chain(chain)
        curve = of_key(key)
        if curve is None:
            raise Refused("a certificate with a key that is not on a supported curve", 8)
        if not all(allows(chain[0], use) for use in uses):
            raise Refused("a certificate for something else, by its keyUsage", 8)
        if who is None or who not in names(chain[0]):
            raise Refused(f"a certificate that is not of {who or 'anybody'}", 8)
        until = min(cert.not_valid_after_utc.timestamp() for cert in chain)
        return Leaf(curve, raw(key), payloads[0].data, until)

    def _check_chain(self, chain: list[x509.Certificate]) -> None:
        for i, cert in enumerate(chain):
            above = chain[i + 1 :]
            for anchor in self.anchors:
                if anchor.subject == cert.issuer and signed_by(cert, key_of(anchor)):
                    if [c.subject for c in above] not in ([], [anchor.subject]):
                        raise Refused("more certificates than a chain has", 8)
                    return
            if not above:
                raise Refused("a certificate of an authority that is not trusted here", 8)
            issuer = above[0]
            if issuer.subject != cert.issuer:
                raise Refused("certificates that are no chain", 8)
            basic = _extension(issuer, x509.BasicConstraints)
            if basic is None or not basic.ca or not allows(issuer, "key_cert_sign"):
                raise Refused("the issuer of a certificate is no authority", 8)
            if basic.path_length is not None and basic.path_length < i:
                raise Refused("a chain that is longer than an authority allows", 8)
            if not signed_by(cert, key_of(issuer)):
                raise Refused("the signature of a certificate does not verify", 8)


def current(leaf: Leaf, now: float) -> Leaf:
    """A key that was good when an exchange began, for an update of it; Refused 8 once its
    certificate has ended."""
    if int(now) > leaf.until:
        raise Refused(EXPIRED, 8)
    return leaf


def _check_dates(cert: x509.Certificate, now: float) -> None:
    moment = datetime.fromtimestamp(int(now), UTC)
    if moment < cert.not_valid_before_utc:
        raise Refused("a certificate that is not valid yet", 8)
    if moment > cert.not_valid_after_utc:
        raise Refused(EXPIRED, 8)


def _check_critical(cert: x509.Certificate) -> None:
    for extension in cert.extensions:
        if extension.critical and not isinstance(extension.value, _KNOWN):
            raise Refused(f"an unknown critical extension {extension.oid.dotted_string}", 8)


def read(source) -> list[x509.Certificate]:
    """Certificates of a `cryptography` object, of PEM or DER octets, or of a list of these."""
    if isinstance(source, x509.Certificate):
        return [source]
    if isinstance(source, str):
        source = source.encode()
    if isinstance(source, bytes):
        if b"-----BEGIN" in source:
            return x509.load_pem_x509_certificates(source)
        return [x509.load_der_x509_certificate(source)]
    return [cert for one in source for cert in read(one)]


def trust(anchors=(), pins: Iterable[bytes | str] = (), others=None) -> Trust:
    """See `Trust`. Anchors as `read` takes them; pins of 32 octets or in hex; `others`:
    {identity: certificate, or (CERT type, certificate)}, or a list of certificates."""
    held: list[tuple[Id, Cert]] = []
    if others is None:
        others = {}
    if isinstance(others, dict):
        for who, value in others.items():
            kind, value = value if isinstance(value, tuple) else (0, value)
            held.append((Id.of(who), Cert(kind, read(value)[0].public_bytes(Encoding.DER))))
    else:
        for cert in read(others):
            held += [(who, Cert(0, cert.public_bytes(Encoding.DER))) for who in names(cert)]
    all_pins = frozenset(bytes.fromhex(p) if isinstance(p, str) else bytes(p) for p in pins)
    if any(len(p) != 32 for p in all_pins):
        raise ValueError("a pin is the SHA-256 of a SubjectPublicKeyInfo: 32 octets")
    return Trust(tuple(read(anchors)), all_pins, tuple(held))
