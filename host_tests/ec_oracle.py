"""Curves as `ecdsa` (pure Python) and `cryptography` (OpenSSL) have them: what the tests of the
board's curves go by. Nothing here is from firmware/.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import ecdsa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from ecdsa import ellipticcurve as maths

Point = tuple[int, int] | None  # None is infinity


@dataclass(eq=False)
class Curve:
    number: int  # MIKEY's
    size: int  # octets of a coordinate
    lib: ecdsa.curves.Curve
    ossl: ec.EllipticCurve
    hash: hashes.HashAlgorithm

    @cached_property
    def p(self) -> int:
        return self.lib.curve.p()

    @cached_property
    def n(self) -> int:
        return self.lib.order

    @cached_property
    def b(self) -> int:
        return self.lib.curve.b()

    @cached_property
    def g(self) -> Point:
        return self.lib.generator.x(), self.lib.generator.y()

    def octets(self, x: int) -> bytes:
        return x.to_bytes(self.size, "big")

    def xy(self, point: Point) -> bytes:
        return self.octets(point[0]) + self.octets(point[1])

    def point(self, xy: bytes) -> Point:
        return int.from_bytes(xy[: self.size], "big"), int.from_bytes(xy[self.size :], "big")

    def times(self, k: int, point: Point = None) -> Point:
        """k*point, k*G for None."""
        if point is None:
            found = self.lib.generator * (k % self.n)
        else:
            found = maths.PointJacobi(self.lib.curve, *point, 1, self.n) * (k % self.n)
        return None if found == maths.INFINITY else (found.x(), found.y())

    def plus(self, a: Point, b: Point) -> Point:
        """By the affine formulas of the text book, which have no exceptions left."""
        if a is None or b is None:
            return a or b
        found = maths.Point(self.lib.curve, *a) + maths.Point(self.lib.curve, *b)
        return None if found == maths.INFINITY else (found.x(), found.y())

    def minus(self, point: Point) -> Point:
        return point[0], self.p - point[1]

    def square(self, x: int) -> int:
        """y^2 where x is the first coordinate."""
        return (x**3 - 3 * x + self.b) % self.p

    def root(self, a: int) -> int | None:
        """Of the two the even one, or None; p is 3 mod 4 on all of these."""
        y = pow(a, (self.p + 1) // 4, self.p)
        return (y if y % 2 == 0 else self.p - y) if y * y % self.p == a % self.p else None

    def at(self, x: int, step: int = 1) -> Point:
        """The point with x, or with the next one that has a point, by steps."""
        while (y := self.root(self.square(x))) is None:
            x += step
        return x, y

    def low_y(self) -> Point:
        """The point with the smallest y whose cubic for x has one root: gcd(x^p - x, cubic)."""
        y = 1
        while True:
            d = (self.b - y * y) % self.p  # x^3 - 3 x + d
            power = [0, 1, 0]
            for bit in bin(self.p)[3:]:
                power = self._times(power, power, d)
                if bit == "1":
                    power = self._times(power, [0, 1, 0], d)
            power[1] = (power[1] - 1) % self.p
            rest, other = [d, self.p - 3, 0, 1], power
            while any(other):
                rest, other = other, self._remainder(rest, other)
            while not rest[-1]:
                rest = rest[:-1]
            if len(rest) == 2:
                x = -rest[0] * pow(rest[1], -1, self.p) % self.p
                assert (y * y - self.square(x)) % self.p == 0
                return x, y
            y += 1

    def _times(self, a: list[int], b: list[int], d: int) -> list[int]:
        out = [0] * 5
        for i, x in enumerate(a):
            for j, y in enumerate(b):
                out[i + j] += x * y
        for i in (4, 3):  # x^3 = 3 x - d
            out[i - 2] += 3 * out[i]
            out[i - 3] -= d * out[i]
        return [x % self.p for x in out[:3]]

    def _remainder(self, a: list[int], b: list[int]) -> list[int]:
        a, b = list(a), list(b)
        while not b[-1]:
            b.pop()
        while len(a) >= len(b):
            k = a[-1] * pow(b[-1], -1, self.p)
            for i in range(len(b)):
                at = len(a) - len(b) + i
                a[at] = (a[at] - k * b[i]) % self.p
            a.pop()
        return a

    def private(self, k: int) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(k, self.ossl)

    def public(self, point: Point) -> ec.EllipticCurvePublicKey:
        return ec.EllipticCurvePublicNumbers(*point, self.ossl).public_key()

    def shared(self, k: int, point: Point) -> bytes:
        """x of k*point, by OpenSSL."""
        return self.private(k).exchange(ec.ECDH(), self.public(point))

    def prehashed(self, digest: bytes, deterministic: bool | None = None) -> ec.ECDSA:
        of = {20: hashes.SHA1(), 28: hashes.SHA224(), 32: hashes.SHA256()}
        of |= {48: hashes.SHA384(), 64: hashes.SHA512()}
        return ec.ECDSA(utils.Prehashed(of[len(digest)]), deterministic_signing=deterministic)

    def sign(self, k: int, digest: bytes) -> bytes:
        """r || s by RFC 6979."""
        der = self.private(k).sign(digest, self.prehashed(digest, True))
        return b"".join(map(self.octets, utils.decode_dss_signature(der)))

    def verifies(self, point: Point, digest: bytes, der: bytes) -> bool:
        try:
            self.public(point).verify(der, digest, self.prehashed(digest))
        except InvalidSignature:
            return False
        return True

    def digest(self, data: bytes) -> bytes:
        return hashlib.new(self.hash.name, data).digest()


P256 = Curve(8, 32, ecdsa.NIST256p, ec.SECP256R1(), hashes.SHA256())
P384 = Curve(11, 48, ecdsa.NIST384p, ec.SECP384R1(), hashes.SHA384())
P521 = Curve(14, 66, ecdsa.NIST521p, ec.SECP521R1(), hashes.SHA512())
CURVES = (P256, P384, P521)


def der(r: int, s: int) -> bytes:
    return utils.encode_dss_signature(r, s)
