"""P-384 and P-521 (FIPS 186-4 D.1.2) on the built-in integers, blinded as P-256 is there.

An object has the interface of the module `p256`; see `ec.curve`.
"""

import umikey.errors as errors
from umikey.crypto._p256_int import (
    _add,
    _affine,
    _inverse,
    _naf,
    _noise,
    _odd,
    _sum,
    _window,
)

_P384 = (
    # p, n, b, G
    (
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00"
        b"\xff\xff\xff\xff"
    ),
    (
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
        b"\xff\xff\xc7\x63\x4d\x81\xf4\x37\x2d\xdf\x58\x1a\x0d\xb2\x48\xb0\xa7\x7a\xec\xec\x19\x6a"
        b"\xcc\xc5\x29\x73"
    ),
    (
        b"\xb3\x31\x2f\xa7\xe2\x3e\xe7\xe4\x98\x8e\x05\x6b\xe3\xf8\x2d\x19\x18\x1d\x9c\x6e\xfe\x81"
        b"\x41\x12\x03\x14\x08\x8f\x50\x13\x87\x5a\xc6\x56\x39\x8d\x8a\x2e\xd1\x9d\x2a\x85\xc8\xed"
        b"\xd3\xec\x2a\xef"
    ),
    (
        b"\xaa\x87\xca\x22\xbe\x8b\x05\x37\x8e\xb1\xc7\x1e\xf3\x20\xad\x74\x6e\x1d\x3b\x62\x8b\xa7"
        b"\x9b\x98\x59\xf7\x41\xe0\x82\x54\x2a\x38\x55\x02\xf2\x5d\xbf\x55\x29\x6c\x3a\x54\x5e\x38"
        b"\x72\x76\x0a\xb7\x36\x17\xde\x4a\x96\x26\x2c\x6f\x5d\x9e\x98\xbf\x92\x92\xdc\x29\xf8\xf4"
        b"\x1d\xbd\x28\x9a\x14\x7c\xe9\xda\x31\x13\xb5\xf0\xb8\xc0\x0a\x60\xb1\xce\x1d\x7e\x81\x9d"
        b"\x7a\x43\x1d\x7c\x90\xea\x0e\x5f"
    ),
)
_P521 = (
    # p, n, b, G
    (
        b"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    ),
    (
        b"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfa\x51\x86\x87\x83\xbf\x2f\x96\x6b\x7f\xcc"
        b"\x01\x48\xf7\x09\xa5\xd0\x3b\xb5\xc9\xb8\x89\x9c\x47\xae\xbb\x6f\xb7\x1e\x91\x38\x64\x09"
    ),
    (
        b"\x00\x51\x95\x3e\xb9\x61\x8e\x1c\x9a\x1f\x92\x9a\x21\xa0\xb6\x85\x40\xee\xa2\xda\x72\x5b"
        b"\x99\xb3\x15\xf3\xb8\xb4\x89\x91\x8e\xf1\x09\xe1\x56\x19\x39\x51\xec\x7e\x93\x7b\x16\x52"
        b"\xc0\xbd\x3b\xb1\xbf\x07\x35\x73\xdf\x88\x3d\x2c\x34\xf1\xef\x45\x1f\xd4\x6b\x50\x3f\x00"
    ),
    (
        b"\x00\xc6\x85\x8e\x06\xb7\x04\x04\xe9\xcd\x9e\x3e\xcb\x66\x23\x95\xb4\x42\x9c\x64\x81\x39"
        b"\x05\x3f\xb5\x21\xf8\x28\xaf\x60\x6b\x4d\x3d\xba\xa1\x4b\x5e\x77\xef\xe7\x59\x28\xfe\x1d"
        b"\xc1\x27\xa2\xff\xa8\xde\x33\x48\xb3\xc1\x85\x6a\x42\x9b\xf9\x7e\x7e\x31\xc2\xe5\xbd\x66"
        b"\x01\x18\x39\x29\x6a\x78\x9a\x3b\xc0\x04\x5c\x8a\x5f\xb4\x2c\x7d\x1b\xd9\x98\xf5\x44\x49"
        b"\x57\x9b\x44\x68\x17\xaf\xbd\x17\x27\x3e\x66\x2c\x97\xee\x72\x99\x5e\xf4\x26\x40\xc5\x50"
        b"\xb9\x01\x3f\xad\x07\x61\x35\x3c\x70\x86\xa2\x72\xc2\x40\x88\xbe\x94\x76\x9f\xd1\x66\x50"
    ),
)


class Curve:
    """ID, SIZE, HASH, P, N, B, G as in `p256`; points are x || y, scalars SIZE octets."""

    def __init__(self, number):
        self.ID = number
        self.SIZE = 48 if number == 11 else 66
        self.HASH = 48 if number == 11 else 64
        self.P, self.N, self.B, self.G = _P384 if number == 11 else _P521
        self._p = int.from_bytes(self.P, "big")
        self._n = int.from_bytes(self.N, "big")

    def _rung(self):
        return self

    def _view(self, buf, at, n):
        if at < 0 or at + n > len(buf):
            raise errors.LocalError("outside the buffer")
        return memoryview(buf)[at : at + n]

    def _numbers(self, buf, at):
        # x and y of buf[at:], checked
        n = self.SIZE
        view = bytes(self._view(buf, at, 2 * n))
        x = int.from_bytes(view[:n], "big")
        y = int.from_bytes(view[n:], "big")
        b = int.from_bytes(self.B, "big")
        if x >= self._p or y >= self._p or (y * y - (x * x - 3) * x - b) % self._p:
            raise errors.RemoteError(6)
        return x, y

    def _product(self, k, x, y):
        if len(k) != self.SIZE or not bytes(self.SIZE) < bytes(k) < self.N:
            raise errors.LocalError("a scalar is between 0 and n")
        return _window(self._p, self.N, k, x, y)

    def _write(self, point, out, at):
        if not point[2]:
            return False
        n = self.SIZE
        x, y = _affine(self._p, point)
        view = self._view(out, at, 2 * n)
        view[:n] = x.to_bytes(n, "big")
        view[n:] = y.to_bytes(n, "big")
        return True

    def base(self, k, out, at=0):
        """out[at:] = k*G."""
        x, y = self._numbers(self.G, 0)
        self._write(self._product(k, x, y), out, at)

    def multiply(self, k, point, at, out, out_at=0):
        """out[out_at:] = k*Q, Q = point[at:]. RemoteError(6) as `check` has it."""
        x, y = self._numbers(point, at)
        self._write(self._product(k, x, y), out, out_at)

    def check(self, point, at=0):
        """RemoteError(6) unless point[at:] are coordinates below p of a point on the curve."""
        self._numbers(point, at)

    def double_multiply(self, u1, u2, point, at, out, out_at=0):
        """out[out_at:] = u1*G + u2*Q, for values that are no secret; False for infinity."""
        p = self._p
        terms = [
            (_naf(u, 5), _odd(p, *self._numbers(q, q_at), 8))
            for q, q_at, u in ((point, at, u2), (self.G, 0, u1))
        ]
        return self._write(_sum(p, terms), out, out_at)

    def add_multiple(self, p, p_at, u, q, q_at, out, out_at=0):
        """out[out_at:] = P + u*Q, for values that are no secret; False for infinity."""
        px, py = self._numbers(p, p_at)
        x, y = self._numbers(q, q_at)
        return self._write(_add(self._p, self._product(u, x, y), px, py), out, out_at)

    def combine(self, a, b, c, d, invert, out, at=0):
        """out[at:] = (a + b c) d mod n, or (a + b c) / d; 0 where n divides that d."""
        a, b, c, d = (int.from_bytes(x, "big") for x in (a, b, c, d))
        n = self._n
        if invert:
            z = _noise(self.N)
            d = z * _inverse(d * z % n, n)
        size = self.SIZE
        self._view(out, at, size)[:] = ((a + b * c) % n * d % n).to_bytes(size, "big")
