"""The prime curves of MIKEY (draft-ietf-msec-mikey-ecc-03 sections 2 and 3, RFC 6267 table 5).

Points travel as SEC 1 octets and are x || y here, `2 * size` octets, always checked. ECDH and
ECDSA are OpenSSL's, through `cryptography`; MQV and ECGDSA are computed on the points of `ecdsa`,
whose time depends on the numbers.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

import ecdsa.curves as points
import ecdsa.ellipticcurve
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from .errors import AuthError, LocalError, Refused
from .registry import CURVE_NAMES, DH_EC_FIELD

ECDSA, ECGDSA = 2, 3  # S types


@dataclass(frozen=True, slots=True)
class Curve:
    """`number`: ECC curve (RFC 6267), 8 bits; its DH-Group is 2 higher. `size`: octets of a
    coordinate. `der`: octets that a signature is declared to have (SPEC 4.5)."""

    number: int
    size: int
    der: int
    hash: hashes.HashAlgorithm
    openssl: ec.EllipticCurve
    points: points.Curve

    @property
    def group(self) -> int:
        return self.number + 2

    @property
    def name(self) -> str:
        return CURVE_NAMES[self.number]

    @property
    def order(self) -> int:
        return self.points.order

    def digest(self, octets: bytes) -> int:
        """The hash of a message as the number that a signature is about."""
        raw = hashlib.new(self.hash.name, octets).digest()
        return int.from_bytes(raw, "big") >> max(0, 8 * len(raw) - self.order.bit_length())


CURVES = {
    curve.number: curve
    for curve in (
        Curve(1, 24, 55, hashes.SHA1(), ec.SECP192R1(), points.NIST192p),
        Curve(5, 28, 63, hashes.SHA224(), ec.SECP224R1(), points.NIST224p),
        Curve(8, 32, 71, hashes.SHA256(), ec.SECP256R1(), points.NIST256p),
        Curve(11, 48, 103, hashes.SHA384(), ec.SECP384R1(), points.NIST384p),
        Curve(14, 66, 138, hashes.SHA512(), ec.SECP521R1(), points.NIST521p),
    )
}
_BY_NAME = {curve.openssl.name: curve for curve in CURVES.values()}


def curve(number: int) -> Curve:
    """The curve of an ECC curve number. Refused 6 for binary and unknown ones."""
    if number not in CURVES:
        kind = "binary curve " if number in CURVE_NAMES else "elliptic curve "
        text = kind + CURVE_NAMES.get(number, str(number))
        raise Refused(f"{text} is not supported", 6)
    return CURVES[number]


def of_group(group: int) -> Curve:
    """The curve of a DH-Group 3 to 18; Refused 6."""
    if group not in DH_EC_FIELD:
        raise Refused(f"DH group {group} is not supported", 6)
    return curve(group - 2)


def of_key(key) -> Curve | None:
    """The curve of a public or private key of `cryptography`; None if it is none of ours."""
    if not isinstance(key, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey):
        return None
    return _BY_NAME.get(key.curve.name)


def decode(of: Curve, octets: bytes) -> bytes:
    """SEC 1 octets -> x || y. Uncompressed, compressed, or hybrid with the right parity; Refused 6
    for what is no point of the curve, infinity included."""
    first = octets[0] if octets else 0
    if len(octets) != (1 + of.size if first in (2, 3) else 1 + 2 * of.size):
        raise Refused("a point of another length", 6)
    if first in (6, 7):
        if octets[-1] & 1 != first & 1:
            raise Refused("a hybrid point with the wrong parity", 6)
        octets = b"\4" + octets[1:]
    try:
        return raw(ec.EllipticCurvePublicKey.from_encoded_point(of.openssl, octets))
    except (ValueError, UnsupportedAlgorithm):
        raise Refused(f"these octets are no point of {of.name}", 6) from None


def raw(key) -> bytes:
    """x || y of a key of `cryptography`."""
    public = key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else key
    numbers, size = public.public_numbers(), (public.curve.key_size + 7) // 8
    return numbers.x.to_bytes(size, "big") + numbers.y.to_bytes(size, "big")


def public_key(of: Curve, point: bytes) -> ec.EllipticCurvePublicKey:
    """x || y, checked, as a key."""
    return ec.EllipticCurvePublicKey.from_encoded_point(of.openssl, b"\4" + point)


def private_key(of: Curve, d: int) -> ec.EllipticCurvePrivateKey:
    """A secret number, 1 to order - 1. LocalError otherwise."""
    if not 0 < d < of.order:
        raise LocalError("a secret outside of the curve's order")
    return ec.derive_private_key(d, of.openssl)


def fresh(of: Curve, random: Callable[[int], bytes]) -> ec.EllipticCurvePrivateKey:
    """A new key: 64 bits more than the order has are drawn, so that none is likelier."""
    number = int.from_bytes(random(of.size + 8), "big")
    return private_key(of, number % (of.order - 1) + 1)


def shared(key: ec.EllipticCurvePrivateKey, of: Curve, point: bytes) -> bytes:
    """The x coordinate of d * Q, `size` octets."""
    return key.exchange(ec.ECDH(), public_key(of, point))


def x963(size: int, z: bytes, length: int) -> bytes:
    """ANSI X9.63's KDF with SHA-1 (`size` 20) or SHA-256 (32), without SharedInfo."""
    hash_func = {20: hashlib.sha1, 32: hashlib.sha256}[size]
    count = -(-length // size)
    blocks = (hash_func(z + i.to_bytes(4, "big")).digest() for i in range(1, count + 1))
    return b"".join(blocks)[:length]


def _point(of: Curve, octets: bytes):
    x, y = (int.from_bytes(octets[i : i + of.size], "big") for i in (0, of.size))
    return ecdsa.ellipticcurve.PointJacobi(of.points.curve, x, y, 1, of.order)


def _half(of: Curve, x: int) -> int:
    """avf: the lower half of a coordinate, its top bit set (SEC 1 3.4)."""
    bits = (of.order.bit_length() + 1) // 2
    return x % (1 << bits) + (1 << bits)


def mqv(of: Curve, ds: int, de: int, qe: bytes, qs_other: bytes, qe_other: bytes) -> bytes:
    """MQV (SEC 1 3.4): the x coordinate, `size` octets. `ds`, `de`: our static and ephemeral
    secrets, `qe` the point of `de`; the other's two points. Refused 6 for a result at infinity."""
    x = int.from_bytes(qe[: of.size], "big")
    x_other = int.from_bytes(qe_other[: of.size], "big")
    s = (de + _half(of, x) * ds) % of.order
    total = _point(of, qe_other) + _point(of, qs_other) * _half(of, x_other)
    if total == ecdsa.ellipticcurve.INFINITY or s == 0:
        raise Refused("MQV gives the point at infinity", 6)
    product = total * s
    if product == ecdsa.ellipticcurve.INFINITY:
        raise Refused("MQV gives the point at infinity", 6)
    return int(product.x()).to_bytes(of.size, "big")


def _numbers(of: Curve, signature: bytes) -> tuple[int, int]:
    """(r, s) of a DER SEQUENCE, or of r || s in fixed lengths. AuthError."""
    try:
        r, s = decode_dss_signature(signature)
        if encode_dss_signature(r, s) != signature:
            raise ValueError
    except (ValueError, TypeError, OverflowError):
        if len(signature) != 2 * of.size:
            raise AuthError("the signature is malformed") from None
        r = int.from_bytes(signature[: of.size], "big")
        s = int.from_bytes(signature[of.size :], "big")
    if not (0 < r < of.order and 0 < s < of.order):
        raise AuthError("the signature is malformed")
    return r, s


def verify(of: Curve, point: bytes, octets: bytes, s_type: int, signature: bytes) -> None:
    """AuthError unless the owner of `point` has signed `octets`, with the curve's hash. `s_type`:
    2 ECDSA or 3 ECGDSA; Refused 8 for others, which need another kind of key."""
    if s_type not in (ECDSA, ECGDSA):
        raise Refused(f"S type {s_type} does not go with a key on {of.name}", 8)
    r, s = _numbers(of, signature)
    if s_type == ECGDSA:
        n, inverse = of.order, pow(r, -1, of.order)
        base = of.points.generator * (inverse * of.digest(octets) % n)
        total = base + _point(of, point) * (inverse * s % n)
        good = total != ecdsa.ellipticcurve.INFINITY and total.x() % n == r
    else:
        try:
            public_key(of, point).verify(encode_dss_signature(r, s), octets, ec.ECDSA(of.hash))
            good = True
        except (InvalidSignature, UnsupportedAlgorithm):
            good = False
    if not good:
        raise AuthError("the signature does not verify")


def draw(key: ec.EllipticCurvePrivateKey, octets: bytes, attempt: int = 0) -> bytes:
    """An ECDSA signature in DER, under a random nonce."""
    return key.sign(octets, ec.ECDSA(of_key(key).hash))


def deterministic(key: ec.EllipticCurvePrivateKey, octets: bytes, attempt: int = 0) -> bytes:
    """The same under the nonce of RFC 6979; further attempts by its 3.6 with one octet more."""
    of = of_key(key)
    extra = bytes([attempt]) if attempt else b""
    hash_func = getattr(hashlib, of.hash.name)
    signer = ecdsa.SigningKey.from_secret_exponent(
        key.private_numbers().private_value, of.points, hash_func
    )
    encode = ecdsa.util.sigencode_der
    return signer.sign_deterministic(octets, hash_func, encode, extra)


def sign(key: ec.EllipticCurvePrivateKey, octets: bytes, one: Callable = draw) -> bytes:
    """A signature of just the length that was declared: drawn until one has it (SPEC 4.5)."""
    wanted = of_key(key).der
    for attempt in range(10_000):
        signature = one(key, octets, attempt)
        if len(signature) == wanted:
            return signature
    raise LocalError("the random source does not work")


# ECIES (draft section 4, SEC 1 5.1): R || EM || D. Cipher, key length and block by the field.
_NO = "the envelope does not open"


def _cipher(of: Curve) -> tuple[str, int, int]:
    if of.size == 24:
        return "3des", 24, 8
    return "aes", (16 if of.size <= 36 else 32), 16


def _cbc(name: str, key: bytes, block: int):
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    algorithm = TripleDES(key) if name == "3des" else algorithms.AES(key)
    return Cipher(algorithm, modes.CBC(bytes(block)))


def envelope_lengths(of: Curve) -> tuple[int, int]:
    """(octets of an envelope key that fits whole blocks, octets of its PKE data)."""
    name, key, block = _cipher(of)
    length = 32 if key == 32 else 16
    return length, 1 + 2 * of.size + length + 20


def seal(
    of: Curve, point: bytes, plain: bytes, ephemeral: ec.EllipticCurvePrivateKey, kdf: int = 20,
    pad: bool = False,
) -> bytes:  # fmt: skip
    """PKE data for `plain`, to the owner of `point`. Whole blocks, or `pad` (PKCS#7)."""
    name, length, block = _cipher(of)
    if pad:
        count = block - len(plain) % block
        plain += bytes([count]) * count
    if not plain or len(plain) % block:
        raise LocalError(f"an envelope key is a multiple of {block} octets")
    keys = x963(kdf, shared(ephemeral, of, point), length + 20)
    encryptor = _cbc(name, keys[:length], block).encryptor()
    em = encryptor.update(plain) + encryptor.finalize()
    return b"\4" + raw(ephemeral) + em + hmac.digest(keys[length:], em, "sha1")


def unseal(of: Curve, key: ec.EllipticCurvePrivateKey, data: bytes, kdf: int = 20) -> bytes:
    """The reverse. AuthError, always the same, for whatever does not open; the MAC comes before
    the decryption, and a bad point costs the same product as a good one."""
    name, length, block = _cipher(of)
    size = 1 + of.size if data[:1] in (b"\2", b"\3") else 1 + 2 * of.size
    head, em, tag = data[:size], data[size:-20], data[-20:]
    good = len(data) >= size + block + 20 and not len(em) % block
    try:
        point = decode(of, head)
    except Refused:
        good, point = False, raw(key)
    keys = x963(kdf, shared(key, of, point), length + 20)
    if not (hmac.compare_digest(hmac.digest(keys[length:], em, "sha1"), tag) and good):
        raise AuthError(_NO)
    decryptor = _cbc(name, keys[:length], block).decryptor()
    plain = decryptor.update(em) + decryptor.finalize()
    # a whole block of PKCS#7 padding and nothing less: 16 or 32 octets need no other
    if len(plain) > block and plain.endswith(bytes([block]) * block):
        plain = plain[:-block]
    return plain
