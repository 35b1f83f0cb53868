"""`equal` gives the right answer, and takes as long for every wrong one."""

import gc

import check
from umikey.crypto.hmac import equal

try:
    import _counter
except ImportError:
    _counter = None

a = bytearray(range(24))
b = bytearray(range(24))
check.ok("same", equal(a, 0, b, 0, 24))
check.ok("same object", equal(a, 3, a, 3, 20))
check.ok("no octets", equal(a, 0, b, 9, 0))
check.ok("bytes", equal(bytes(a), 2, b, 2, 20))
check.ok("memoryview", equal(memoryview(a), 2, b, 2, 20))
for at in range(24):
    for bit in (0x01, 0x80):
        b[at] ^= bit
        check.ok("differs at %d" % at, not equal(a, 0, b, 0, 24))
        check.ok("differs outside", equal(a, 0, b, 0, at))
        check.ok("differs outside", equal(a, at + 1, b, at + 1, 23 - at))
        b[at] ^= bit
check.ok("two that cancel", not equal(b"\x01\x01", 0, b"\x00\x00", 0, 2))
b = bytearray(b"??") + a
check.ok("other offset", equal(a, 0, b, 2, 24))
check.ok("wrong offset", not equal(a, 0, b, 1, 24))


def measure(x, y):
    gc.collect()
    _counter.start()
    equal(x, 0, y, 0, 20)
    return _counter.stop()


if _counter is None or _counter.UNIT != "instructions":
    check.skip("constant time", "no instruction counter")
else:
    # All counts first: whatever runs between two of them changes the interpreter's lookup cache.
    counts = [0] * 25
    b = bytearray(a)
    for i in range(25):
        for at in range(20):  # the first three warm up; then one octet, then all, then none
            b[at] = a[at] ^ (0xFF if i == 3 + at or i == 23 else 0)
        counts[i] = measure(a, b)
    for at in range(20):
        check.eq("instructions, differs at %d" % at, counts[3 + at], counts[23])
    # That they are the same is no secret: it takes a few instructions less to say so.
    check.ok("instructions, the same", 0 <= counts[23] - counts[24] <= 16)
check.done()
