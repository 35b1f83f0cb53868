"""The number of instructions does not depend on the scalar, in the assembler: 100 of each.

Of the machine's programs to the digit. Whole operations allocate, and what that takes depends on
where the last ones left the heap: by two instructions on the emulated RISC-V, by none on the M3.
"""

import gc

import check
import umikey.crypto._p256_int as plain
from umikey.crypto import ecdsa, p256

try:
    import _counter
except ImportError:
    _counter = None

ROUNDS = 100
k = bytearray(32)
digest = bytearray(32)
point = bytearray(64)
out = bytearray(64)


def base():
    p256.base(k, out)


def multiply():
    p256.multiply(k, point, 0, out)


def combine():
    p256.combine(digest, k, out_k, k, True, result)


def sign():
    ecdsa.sign(k, digest, out, 0, 64)


out_k = bytearray(32)
result = bytearray(32)


def programs():
    memory[:] = fresh
    memory[0] = 63
    memory[19] = 128
    io[:32] = k
    io[32:96] = point
    _counter.start()
    asm.run(memory, code.K_Q, None, io)
    asm.run(memory, code.OUT, None, io)
    return _counter.stop()


def modulo():
    memory[:] = fresh
    io[:32] = k
    io[32:64] = digest
    io[64:96] = out_k
    io[96:] = k
    _counter.start()
    asm.run(memory, code.OVER, None, io)
    return _counter.stop()


def count(work):
    gc.collect()
    _counter.start()
    work()
    return _counter.stop()


def secret(i):
    """Octets all alike, few bits, and mixtures."""
    if i < 8:
        for j in range(32):
            k[j] = 0x11 * i
        k[0] &= 0x7F
        k[31] |= 1
        k[15] += i
    elif i < 40:
        k[:] = bytes(32)
        k[i - 8] = 1 + i * 5 & 255
        k[31 - (i - 8) // 2] |= 3 + i
    else:
        a = i
        for j in range(32):
            a = (a * 1103 + 12345) & 0xFFFFF
            k[j] = a >> 7 & 255
        k[0] &= 0xFE
    for j in range(32):
        digest[j] = k[31 - j] ^ 0x55
        out_k[j] = k[j] ^ digest[0]


if _counter is None or _counter.UNIT != "instructions":
    check.skip("constant time", "no instruction counter")
elif p256._rung() is plain:
    check.skip("constant time", "no assembler for this core")
else:
    secret(77)
    p256.base(k, point)
    import umikey.crypto._p256_asm as asm
    import umikey.tables.p256_programs as code

    fresh = bytes(asm._memory())
    memory = bytearray(len(fresh))
    io = bytearray(128)
    for name, work in (("k*Q", programs), ("mod n", modulo)):
        want = 0
        for i in range(-3, ROUNDS):  # the first warm up
            secret(i & 63 if i < 0 else i)
            work()  # where names are found is remembered, and `secret` has looked up others
            n = work()
            if i <= 0:
                want = n
            check.eq("the program of %s, %d" % (name, i), n, want)
    for name, work in (("k*G", base), ("k*Q", multiply), ("mod n", combine), ("sign", sign)):
        low = high = 0
        for i in range(-3, ROUNDS):  # the first warm up
            secret(i & 63 if i < 0 else i)
            count(work)
            n = count(work)
            if i <= 0:
                low = high = n
            low = min(low, n)
            high = max(high, n)
        check.ok("%s: %d and %d" % (name, low, high), high - low <= 2)
        print(name, low, "instructions")
check.done()
