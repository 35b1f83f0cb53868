"""P-256 on a machine in assembler. See `p256.py` and tools/umikey_asm/p256_*.

Every scalar takes the same instructions, whatever it is: signed odd digits, so that there is always
something to add; tables are read whole. The formulas know no exceptions. Where a sum is of a point
and itself, or infinity, Z becomes 0 and stays so, and the built-in integers compute it again: that
takes a scalar that nobody draws, or values of a signature, which are no secret.
"""

import sys
from struct import pack_into

import umikey.errors as errors
import umikey.tables.p256_programs as programs
from umikey.crypto.p256 import G, _table

_core = getattr(sys.implementation, "_mpy", 0) >> 10
if 5 <= _core <= 8:  # ARMv7-M and above
    from umikey.crypto._asm_p256_thumb import run
elif _core == 11:
    from umikey.crypto._asm_p256_rv32 import run
else:
    raise ImportError("no machine code for this core")


# The registers and what goes in and out, made once: a small heap has no such block later.
_REGISTERS = bytearray(36 * 48)
_IO = bytearray(128)


def _memory():
    pack_into("1728s", _REGISTERS, 0, b"")
    _REGISTERS[72:324] = programs.CONSTANTS
    return _REGISTERS


def _forget():
    pack_into("1728s", _REGISTERS, 0, b"")
    pack_into("128s", _IO, 0, b"")


def _product(memory, io, table):
    """(X, Y, Z) = k*Q of the k and Q in io, or k*G with a table."""
    memory[1] = memory[2] = memory[3] = 0  # a product before this one has left -1
    if table:
        size = len(table) >> 8
        teeth = 1
        while size >> teeth:
            teeth += 1
        columns = (255 + 4 * teeth) // (4 * teeth)
        top = 4 * teeth * columns - 1  # the highest bit is one
        memory[0] = columns - 1
        memory[19] = memory[20] = memory[21] = 0
        memory[4] = teeth
        memory[8] = columns
        memory[12] = size
        memory[top - 96 >> 3] = 1 << (top & 7)
        run(memory, programs.K_G, table, io)
    else:
        memory[0] = 63
        memory[19] = 128
        run(memory, programs.K_Q, None, io)
    if not memory[28]:
        _forget()
        raise errors.LocalError("a scalar is between 0 and n")


def _start(k, point):
    table = None
    if point is None:
        table = _table()
        if not table:
            point = G
    if len(k) != 32:
        raise errors.LocalError("a scalar is between 0 and n")
    io = _IO
    io[:32] = k
    if not table:
        io[32:96] = point
    memory = _memory()
    _product(memory, io, table)
    return memory, io


def _finish(memory, io, out):
    """False where Z is 0."""
    run(memory, programs.OUT, None, io)
    found = memory[32] | memory[33] | memory[34] | memory[35]
    if found:
        out[:] = memoryview(io)[:64]
    _forget()
    return found != 0


def product(k, point, out):
    """out[:] = k*Q, or k*G for None."""
    memory, io = _start(k, point)
    if not _finish(memory, io, out):
        from umikey.crypto._p256_int import product

        product(k, point, out)


def total(u1, u2, point, out):
    """out[:] = u1*G + u2*Q, or False for infinity."""
    memory, io = _start(u2, point)
    if bytes(u1) != bytes(32):
        run(memory, programs.KEEP, None, io)
        table = _table()
        io[:32] = u1
        if not table:
            io[32:96] = G
        _product(memory, io, table)
        run(memory, programs.TOTAL, None, io)
    if _finish(memory, io, out):
        return True
    from umikey.crypto._p256_int import total

    return total(u1, u2, point, out)


def on_curve(point, b):
    """Is y^2 = x^3 - 3 x + b for x || y below p?"""
    io = _IO
    io[32:96] = point
    io[96:] = b
    run(_memory(), programs.CHECK, None, io)
    for i in range(32):
        if io[i]:
            return False
    return True


def plus(u, point, other, out):
    """out[:] = u*Q + P, or False for infinity."""
    memory, io = _start(u, point)
    io[32:96] = other
    run(memory, programs.PLUS, None, io)
    if _finish(memory, io, out):
        return True
    from umikey.crypto._p256_int import plus

    return plus(u, point, other, out)


def combine(a, b, c, d, invert, out):
    """out[:] = (a + b c) d, or (a + b c) / d, mod n."""
    io = _IO
    io[:32] = a
    io[32:64] = b
    io[64:96] = c
    io[96:] = d
    run(_memory(), programs.OVER if invert else programs.TIMES, None, io)
    out[:] = memoryview(io)[:32]
    _forget()
