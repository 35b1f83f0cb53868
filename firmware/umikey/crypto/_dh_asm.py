"""Calls the machine code for powers modulo a DH prime. See `dh.py` and tools/umikey_asm/."""

from umikey.tables import shape


def power(core, prime, y, x, table, out, work=None):
    """out[:] = y^x mod p, or 2^x for None. All big-endian; `table` as in umikey.tables, or None.

    core: the module `_asm_dh_thumb` or `_asm_dh_rv32`. Takes 40 octets and 15 numbers of heap, or
    one number with a table, if `work` is not that: a bytearray of zeros.
    """
    n = len(prime)
    if table:
        memory = _memory(core, 1, prime, n, work)
        for i, v in enumerate(shape(table)):
            memory[16 + 4 * i] = v
        y = table
        if len(x) < 32:
            x = bytearray(32 - len(x)) + x
    else:
        memory = _memory(core, 0, prime, 15 * n + 8, work)
        if n == 192:
            memory[224:416] = core.R2
        else:
            r2 = (1 << 2 * core.BITS * memory[4]) % int.from_bytes(prime, "big")
            memory[32 + n : 32 + 2 * n] = r2.to_bytes(n, "big")
        if y is None:
            y = bytearray(n)
            y[n - 1] = 2
    _short(memory, 12, len(x))
    core.run(memory, y, x, out)  # leaves zeros in `memory`


def products(core, prime, pairs, square, out):
    """For tests: out = a * b / R mod p for each pair of numbers, or a * a / R."""
    n = len(prime)
    memory = _memory(core, 2, prime, n, None)
    _short(memory, 12, len(pairs) // (2 * n))
    memory[16] = square
    core.run(memory, pairs, 0, out)


def _memory(core, op, prime, room, work):
    n = len(prime)
    if work and len(work) >= 32 + room:
        memory = work
        for i in range(32):
            memory[i] = 0
    else:
        memory = bytearray(32 + room)
    memory[0] = op
    digits = (n * 8 + 15 + core.BITS) // core.BITS
    memory[4] = (digits + core.STEP - 1) // core.STEP * core.STEP
    memory[8] = n // 4
    memory[32 : 32 + n] = prime
    return memory


def _short(memory, at, value):
    memory[at] = value & 255
    memory[at + 1] = value >> 8
