"""The curve P-256 (secp256r1): k*G, k*Q, and arithmetic modulo its order.

A point is x || y, 64 octets, big-endian; infinity has no such form and is never a result. A scalar
is a bytearray of 32 octets, big-endian, 0 < k < n, else LocalError. What runs is chosen here:
inline assembler where the core multiplies 32 bits by 32 into 64 ("asm": the same instructions for
every scalar), else the built-in integers ("int": see `_p256_int.py` for what leaks). With a table
from `umikey.tables`, `base` is four times as fast as without.
"""

import umikey.errors as errors

_LOADED = []  # the module that computes, once it has been asked for

ID = const(8)  # its number as an ECC curve
SIZE = const(32)  # octets of a coordinate, and of a scalar
HASH = const(32)  # octets of the hash that signatures go with
P = b"\xff\xff\xff\xff\0\0\0\1" + bytes(12) + b"\xff" * 12
N = (
    b"\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"
    b"\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51"
)
G = (
    b"\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2"
    b"\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96"
    b"\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16"
    b"\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5"
)
B = (
    b"\x5a\xc6\x35\xd8\xaa\x3a\x93\xe7\xb3\xeb\xbd\x55\x76\x98\x86\xbc"
    b"\x65\x1d\x06\xb0\xcc\x53\xb0\xf6\x3b\xce\x3c\x3e\x27\xd2\x60\x4b"
)


def base(k, out, at=0):
    """out[at:at+64] = k*G."""
    _rung().product(k, None, _view(out, at))


def multiply(k, point, at, out, out_at=0):
    """out[out_at:out_at+64] = k*Q, Q = point[at:at+64]. RemoteError(6) as `check` has it."""
    check(point, at)
    _rung().product(k, bytes(_view(point, at)), _view(out, out_at))


def check(point, at=0):
    """RemoteError(6) unless point[at:at+64] are coordinates below p of a point on the curve."""
    point = bytes(_view(point, at))
    # As many octets each, so that their order as numbers is their order as octets.
    if not (point[:32] < P and point[32:] < P and _rung().on_curve(point, B)):
        raise errors.RemoteError(6)


def double_multiply(u1, u2, point, at, out, out_at=0):
    """out[out_at:out_at+64] = u1*G + u2*Q, for values that are no secret; u1 may be 0.

    False, and nothing written, where the sum is infinity. RemoteError(6) as `check` has it.
    """
    check(point, at)
    return _rung().total(u1, u2, bytes(_view(point, at)), _view(out, out_at))


def add_multiple(p, p_at, u, q, q_at, out, out_at=0):
    """out[out_at:out_at+64] = P + u*Q, for values that are no secret.

    False, and nothing written, where the sum is infinity. RemoteError(6) as `check` has it.
    """
    check(p, p_at)
    check(q, q_at)
    p = bytes(_view(p, p_at))
    return _rung().plus(u, bytes(_view(q, q_at)), p, _view(out, out_at))


def combine(a, b, c, d, invert, out, at=0):
    """out[at:at+32] = (a + b c) d mod n, or (a + b c) / d; all of 32 octets, big-endian.

    They may be any numbers of 32 octets; for a d that n divides, the quotient is 0.
    """
    _rung().combine(a, b, c, d, invert, _view(out, at, 32))


def _view(buf, at, n=64):
    if at < 0 or at + n > len(buf):
        raise errors.LocalError("outside the buffer")
    return memoryview(buf)[at : at + n]


def _table(names=("8k", "4k")):
    """The largest table for k*G that is installed, or None; "odd": that of G, 3G ... 127G."""
    for name in names:
        try:  # written out: a name that is put together stays in the heap for ever
            if name == "8k":
                from umikey.tables.p256_8k import data
            elif name == "4k":
                from umikey.tables.p256_4k import data
            else:
                from umikey.tables.p256_odd import data
            return data
        except (ImportError, MemoryError):
            pass
    return None


def _rung():
    """The module that computes here."""
    if not _LOADED:
        try:
            import umikey.crypto._p256_asm as found
        except (ImportError, SyntaxError, ValueError):
            import umikey.crypto._p256_int as found
        _LOADED.append(found)
    return _LOADED[0]
