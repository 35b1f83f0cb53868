"""Diffie-Hellman in the prime groups of MIKEY (RFC 3830 sections 4.2.7 and 6.4, RFC 2412 app. E).

All groups have the generator 2. Values and secrets are unsigned, big-endian, and as long as the
prime: leading zeros stay.

Two ways to compute a power, by group and by what the machine has; `backend()` says which:

- OpenSSL, through `cryptography`: constant time. For OAKLEY 5 and the private groups, whose primes
  OpenSSL knows. It would spend 50 ms on testing the primes of OAKLEY 1 and 2 each time, and
  `cryptography` has announced that it will drop this kind of DH.
- Python's `pow`, blinded: its time depends on the numbers, so each power works on numbers that
  are random. That hides a secret, it does not make the time constant.
"""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from .errors import LocalError, Refused
from .registry import DH_MODP_LENGTH, DhGroup
from .secret import Secret

try:
    from cryptography.hazmat.primitives.asymmetric import dh as openssl
except ImportError:  # announced
    openssl = None

GENERATOR = 2
EXPONENT_LENGTH = 32  # octets: 256 bits, for every group (SPEC 4.6)
STANDARD = (DhGroup.OAKLEY_5, DhGroup.OAKLEY_1, DhGroup.OAKLEY_2)
PRIVATE = (DhGroup.MODP_2048, DhGroup.MODP_3072, DhGroup.MODP_4096)  # of this project, 241 to 243
OPENSSL_KNOWS = (DhGroup.OAKLEY_5, *PRIVATE)

# The primes are 2^n - 2^(n-64) - 1 + 2^64 * (floor(2^(n-130) pi) + this); RFC 2412 E.1, E.2, E.5,
# RFC 3526 sections 3, 4, 5.
_OFFSETS = {
    DhGroup.OAKLEY_1: 149686, DhGroup.OAKLEY_2: 129093, DhGroup.OAKLEY_5: 741804,
    DhGroup.MODP_2048: 124476, DhGroup.MODP_3072: 1690314, DhGroup.MODP_4096: 240904,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """A group: its DH-Group `number`, 8 bits, the prime `p`, the `length` of values in octets."""

    number: DhGroup
    p: int
    length: int

    def check(self, value: bytes) -> int:
        """The number of a public value of `length` octets. Refused 6 unless 1 < y < p-1: the
        rest lies in subgroups of one or two elements, or is no group element at all."""
        y = int.from_bytes(value, "big")
        if len(value) != self.length or not 1 < y < self.p - 1:
            raise Refused("a DH value outside of 2 to p-2", 6)
        return y


@cache
def group(number: int) -> Group:
    """The group of a DH-Group number; Refused 6 if there is no such prime group."""
    if number not in _OFFSETS:
        raise Refused(f"DH group {number} is not supported", 6)
    length = DH_MODP_LENGTH[number]
    bits = 8 * length
    middle = _pi(bits - 130) + _OFFSETS[number]
    p = (1 << bits) - (1 << (bits - 64)) - 1 + (middle << 64)
    return Group(DhGroup(number), p, length)


def _pi(bits: int) -> int:
    """floor(2^bits * pi), by Machin's formula with 64 bits to spare."""
    one = 1 << (bits + 64)

    def arctan_of_inverse(n: int) -> int:
        power = total = one // n
        k = 1
        while power:
            power //= -n * n
            k += 2
            total += power // k
        return total

    return 4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239)) >> 64


def fresh_exponent(random: Callable[[int], bytes]) -> bytes:
    """256 bits from a source (n) -> n octets. LocalError if it is plainly broken."""
    octets = random(EXPONENT_LENGTH)
    if len(octets) != EXPONENT_LENGTH or len(set(octets)) < 4:
        raise LocalError("the random source does not work")
    return octets


class Private:
    """A secret exponent: for one exchange, then `wipe()`d.

    `octets`: the exponent, not 0. They are kept in memory that can be overwritten; the integers
    that the arithmetic makes of them are Python's, and only collected.
    """

    __slots__ = ("group", "_exponent")

    def __init__(self, of: Group, octets: bytes):
        if not any(octets):
            raise LocalError("an exponent of zero")
        self.group = of
        self._exponent = Secret(octets)

    def public(self) -> bytes:
        """g^x, `group.length` octets."""
        return self._power(GENERATOR)

    def shared(self, value: bytes) -> bytes:
        """y^x for the other side's public value, `group.length` octets. Refused 6 if it is bad."""
        return self._power(self.group.check(value))

    def _power(self, base: int) -> bytes:
        x = int.from_bytes(bytes(self._exponent), "big")
        return (_openssl if _works(self.group) else _blinded)(self.group, base, x)

    def wipe(self) -> None:
        """Overwrites the exponent; a power of it is a LocalError afterwards."""
        self._exponent.wipe()


def backend(number: int) -> str:
    """What computes powers in a group: "openssl" or "python"."""
    return "openssl" if _works(group(number)) else "python"


@cache
def _works(of: Group) -> bool:
    """Whether OpenSSL can be used for a group: tried once, with numbers that are no secret."""
    if openssl is None or of.number not in OPENSSL_KNOWS:
        return False
    x = (1 << 255) - 19
    try:
        return _openssl(of, 3, x) == pow(3, x, of.p).to_bytes(of.length, "big")
    except Exception:  # noqa: BLE001  (whatever it minds, there is another way)
        return False


def _openssl(of: Group, base: int, x: int) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it will go some day: see above
        numbers = openssl.DHParameterNumbers(of.p, GENERATOR)
        # A private key is imported with its public value, which is just what is wanted here;
        # nobody looks at it, so any element will do.
        public = openssl.DHPublicNumbers(GENERATOR, numbers)
        key = openssl.DHPrivateNumbers(x, public).private_key()
        return key.exchange(openssl.DHPublicNumbers(base, numbers).public_key())


def _blinded(of: Group, base: int, x: int) -> bytes:
    """base^x as base^a * base^(x-a) with a random a, each modulo a random multiple of p and with
    a random representative of the base."""
    factor = secrets.randbits(64) | 1 << 63 | 1
    modulus = of.p * factor
    base += of.p * secrets.randbelow(factor)
    a = secrets.randbelow(x)
    power = pow(base, a, modulus) * pow(base, x - a, modulus) % of.p
    return power.to_bytes(of.length, "big")
