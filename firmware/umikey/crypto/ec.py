"""Elliptic curves by their MIKEY number, and points as they travel (SEC 1 2.3)."""

from umikey.crypto import p256
from umikey.crypto.rng import fill
from umikey.errors import RemoteError

_MADE = {8: p256}
_PRIME = (1, 5)  # P-192, P-224


def curve(number):
    """What computes on ECC curve `number` (IANA): 8 P-256, 11 P-384, 14 P-521.

    It has the interface of `p256`. RemoteError(6) for others; it says so of binary curves.
    """
    if number not in _MADE:
        if number not in (11, 14):
            binary = 1 <= number <= 16 and number not in _PRIME
            what = "a binary curve" if binary else "a curve that is not supported"
            raise RemoteError(6, what)
        from umikey.crypto._curve_int import Curve

        _MADE[number] = Curve(number)
    return _MADE[number]


def decode(number, buf, at, n, out, out_at=0):
    """out[out_at:] = x || y of the point whose octets are buf[at:at+n].

    Uncompressed (4), hybrid (6, 7) or compressed (2, 3). RemoteError(6) unless it is on the curve.
    """
    c = curve(number)
    size = c.SIZE
    if n < 1 or at + n > len(buf):
        raise RemoteError(6)
    form = buf[at]
    if n == 1 + size and form in (2, 3):
        p = int.from_bytes(c.P, "big")
        x = int.from_bytes(buf[at + 1 : at + n], "big")
        if x >= p:
            raise RemoteError(6)
        # p = 3 mod 4: a root of a is a^((p + 1) / 4)
        y = _power((x * x - 3) * x + int.from_bytes(c.B, "big"), (p + 1) >> 2, p)
        if y & 1 != form & 1:
            y = p - y
        out[out_at : out_at + size] = buf[at + 1 : at + n]
        out[out_at + size : out_at + 2 * size] = y.to_bytes(size, "big")
    elif n == 1 + 2 * size and form in (4, 6, 7):
        if form != 4 and form & 1 != buf[at + n - 1] & 1:
            raise RemoteError(6)
        for i in range(2 * size):
            out[out_at + i] = buf[at + 1 + i]
    else:
        raise RemoteError(6)
    c.check(out, out_at)


def draw(c, random=None):
    """A fresh secret for the curve `c`, 0 < k < n, in a bytearray. `random`: as in `rng.fill`."""
    k = bytearray(c.SIZE)
    mask = 1 if c.N[0] == 1 else 255  # P-521 has 521 bits
    while True:
        fill(k, 0, len(k), random)
        k[0] &= mask
        if any(k) and bytes(k) < c.N:
            return k


def _power(a, e, p):
    out = 1
    for i in range(521, -1, -1):
        out = out * out % p
        if e >> i & 1:
            out = out * a % p
    return out
