"""Calls the machine code for powers modulo a DH prime. See `dh.py` and tools/umikey_asm/."""

from umikey.tables import shape


def power(core, n, fill_prime, y, x, table, out, work=None):
    """out[:] = y^x mod p, or 2^x for None. All big-endian; `table` as in umikey.tables, or None.

    core: the module `_asm_dh_thumb` or `_asm_dh_rv32`. n: octets of p, which fill_prime(p, at, n)
    writes. Takes 40 octets and 15 numbers of heap, or 32 and one number with a table, unless `work`
    is that much: a bytearray of zeros. Nothing secret is left in it.
    """
    if table:
        memory = _memory(core, 1, n, 32 + n, work)
        for i, v in enumerate(shape(table)):
            memory[16 + 4 * i] = v
        y = table
        if len(x) < 32:
            x = bytearray(32 - len(x)) + x
    else:
        memory = _memory(core, 0, n, 40 + 15 * n, work)
        if y is None:  # behind p and R^2
            memory[31 + 3 * n] = 2
            y = memoryview(memory)[32 + 2 * n :]
    fill_prime(memory, 32, n)
    if not table:
        if n == 192:
            memory[224:416] = core.R2
        else:
            r2 = (1 << 2 * core.BITS * memory[4]) % int.from_bytes(memory[32 : 32 + n], "big")
            memory[32 + n : 32 + 2 * n] = r2.to_bytes(n, "big")
    _short(memory, 12, len(x))
    core.run(memory, y, x, out)  # overwrites the powers of y


def products(core, n, fill_prime, pairs, square, out):
    """For tests: out = a * b / R mod p for each pair of numbers, or a * a / R."""
    memory = _memory(core, 2, n, 32 + n, None)
    fill_prime(memory, 32, n)
    _short(memory, 12, len(pairs) // (2 * n))
    memory[16] = square
    core.run(memory, pairs, 0, out)


def _memory(core, op, n, room, work):
    memory = work if work and len(work) >= room else bytearray(room)
    memory[0] = op
    digits = (n * 8 + 15 + core.BITS) // core.BITS
    memory[4] = (digits + core.STEP - 1) // core.STEP * core.STEP
    memory[8] = n // 4
    return memory


def _short(memory, at, value):
    memory[at] = value & 255
    memory[at + 1] = value >> 8
