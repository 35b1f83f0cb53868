"""Randomness fails closed, whatever the source does."""

import check
from umikey.crypto.rng import fill
from umikey.errors import LocalError, NoEntropy

try:
    from os import urandom
except ImportError:
    urandom = None

buf = bytearray(40)
turn = [0]


def good(n):
    """Different every time; n is what was asked for."""
    turn[0] += 1
    return bytes((i * 37 + turn[0] * 11) & 255 for i in range(n))


def is_refused(what, source, n=16):
    before = bytes(buf)
    check.raises(what, NoEntropy, fill, buf, 4, 4 + n, source)
    check.eq(what + ": nothing written", buf, before)


fill(buf, 4, 20, good)
check.eq("a source's octets", buf[4:20], bytes((i * 37 + 11) & 255 for i in range(16)))
check.eq("and nothing else", buf[:4] + buf[20:], bytes(24))
fill(buf, 4, 20, lambda n: bytearray(good(n)))
fill(buf, 4, 20, lambda n: memoryview(good(n)))
check.eq("bytearray and memoryview", buf[4], 33)
fill(buf, 0, 0, good)
check.eq("no octets", buf[4], 33)

is_refused("too few", lambda n: good(n - 1))
is_refused("too many", lambda n: good(n + 1))
is_refused("none", lambda n: b"")
is_refused("None", lambda n: None)
is_refused("a string", lambda n: "x" * n)
is_refused("a list", lambda n: [7] * n)
is_refused("a number", lambda n: 7)
is_refused("zeros", lambda n: bytes(n))
is_refused("four zeros", lambda n: bytes(n), 4)
is_refused("ValueError", lambda n: int("x"))
is_refused("KeyError", lambda n: {}[n])
is_refused("not a function", 7)

fill(buf, 4, 7, lambda n: bytes(n))
check.eq("three zeros can happen", buf[4:7], bytes(3))


def stuck(n):
    return bytes((i * 5 + 3) & 255 for i in range(n))


fill(buf, 4, 20, stuck)
is_refused("the same again", stuck)
is_refused("and again", stuck)
fill(buf, 4, 11, stuck)
fill(buf, 4, 11, stuck)
check.eq("seven octets may repeat", buf[4:11], stuck(7))
is_refused("the same as the last long ones", stuck)
fill(buf, 4, 20, good)
fill(buf, 4, 20, stuck)
check.eq("not the call before", buf[4:20], stuck(16))
fill(buf, 4, 12, stuck)
is_refused("eight octets again", stuck, 8)

for start, end in ((-1, 4), (5, 4), (0, 41), (41, 41)):
    check.raises("offsets %d %d" % (start, end), LocalError, fill, buf, start, end, good)

if urandom:
    fill(buf, 0, 40)
    first = bytes(buf)
    fill(buf, 0, 40)
    check.ok("os.urandom", first != buf)
else:
    is_refused("no os.urandom", None)
check.done()
