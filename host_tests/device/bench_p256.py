"""What P-256 costs here: `bench <operation> <rung> <instructions> <heap allocated>` lines.

Instructions on an emulator that counts them, microseconds elsewhere; the first line has the unit.
Checks and conversions are counted, importing is not.
"""

import gc

import _counter
import umikey.crypto._p256_int as plain
from micropython import mem_current
from umikey.crypto import ecdsa, p256

k = bytearray((i * 73 + 41) & 255 for i in range(32))
digest = bytearray((i * 91 + 7) & 255 for i in range(32))
point = bytearray(64)
out = bytearray(64)
der = bytearray(71)
sig = bytearray(64)


def base():
    p256.base(k, out)


def multiply():
    p256.multiply(k, point, 0, out)


def sign():
    ecdsa.sign(k, digest, sig, 0, 64)


def sign_der():
    ecdsa.sign(k, digest, der)


def verify():
    ecdsa.verify(point, digest, sig)


def bench(name, rung, work):
    work()
    gc.collect()
    before = mem_current()
    _counter.start()
    work()
    n = _counter.stop()
    print("bench", name, rung, n, mem_current() - before)


print("unit", _counter.UNIT)
best = p256._rung()
p256.base(k, point)
for rung, module in (("asm", best), ("int", plain)):
    if rung == "asm" and best is plain:
        continue
    p256._LOADED[:] = [module]
    for name, work in (
        ("p256.kG", base),
        ("p256.kQ", multiply),
        ("p256.sign", sign),
        ("p256.sign-der", sign_der),
        ("p256.verify", verify),
    ):
        bench(name, rung, work)
