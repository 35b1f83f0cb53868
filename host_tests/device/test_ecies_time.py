"""A bad point takes as long as a wrong tag, in an envelope that does not open, but for a little.

What is left is how the point's check ends, before the multiplication, as SECURITY.md says; and what
allocating takes, which depends on where the last ones left the heap.
"""

import gc

import check
import umikey.crypto._p256_int as plain
from umikey.crypto import ecies, p256
from umikey.errors import AuthError

try:
    import _counter
except ImportError:
    _counter = None

LEFT = 50  # one in so many instructions
KEY = bytearray(range(1, 33))
point = bytearray(64)
sealed = bytearray(1 + 64 + 16 + 20)
out = bytearray(16)
text = None


def open():
    global text
    try:
        ecies.open(8, KEY, sealed, 0, len(sealed), out)
        text = None
    except AuthError as e:
        text = e.args


def count(at, flip, size=1):
    """Instructions of `open` with octets of the envelope changed."""
    good = bytes(sealed)
    for i in range(at, at + size):
        sealed[i] = flip if size > 1 else sealed[i] ^ flip
    n = 0
    for _ in range(5):  # the first warm up
        gc.collect()
        _counter.start()
        open()
        n = _counter.stop()
    sealed[:] = good
    return n


if _counter is None or _counter.UNIT != "instructions":
    check.skip("constant time", "no instruction counter")
elif p256._rung() is plain:
    check.skip("constant time", "no assembler for this core")
else:
    p256.base(KEY, point)
    ecies.seal(8, point, 0, bytes(16), sealed, 0, lambda n: bytes(range(7, 7 + n)))
    open()
    check.eq("as it was sealed", text, None)
    want = count(len(sealed) - 1, 1)
    print("ECIES, a wrong tag:", want, "instructions")
    check.ok("it counts", want > 1000000)
    said = text
    check.ok("it says so", said)
    for what, at, flip, size in (
        ("the tag's first octet", len(sealed) - 20, 128, 1),
        ("what is sealed", 70, 1, 1),
        ("y", 64, 1, 1),
        ("x", 32, 1, 1),
        ("x above p", 1, 255, 32),
        ("x and y zero", 1, 0, 64),
    ):
        n = count(at, flip, size)
        check.ok("%s: %d and %d" % (what, n, want), LEFT * abs(n - want) <= want)
        check.eq(what, text, said)
        print("ECIES,", what + ":", n - want, "more instructions")
check.done()
