"""Calls the machine code for powers modulo a DH prime. See `dh.py` and tools/umikey_asm/."""

from umikey.tables import shape


def power(core, n, fill_prime, y, x, table, out, work=None):
    """out[:] = y^x mod p, or 2^x for None. All big-endian; `table` as in umikey.tables, or None.

    core: the module `_asm_dh_thumb` or `_asm_dh_rv32`. n: octets of p, which fill_prime(p, at, n)
    writes. Without a table it takes 40 octets and 15 numbers of heap, or 7, which costs a twentieth
    more time; with one, 32 octets and two numbers. `work`: a bytearray of zeros, used if it is that
    large. Nothing secret is left in it.
    """
    if table:  # one of these frames after the other: they are in the heap
        work = _comb(core, n, table, work)
        y = table
    else:
        work = _window(core, n, len(x), work)
        if y is None:  # behind p and R^2
            work[31 + 3 * n] = 2
            y = memoryview(work)[32 + 2 * n :]
    if n == 192:
        work[32:416] = core.OAKLEY5
    else:
        _constants(core, n, fill_prime, work)
    _short(work, 12, len(x))
    core.run(work, y, x, out)  # overwrites the powers of y


def _comb(core, n, table, work):
    memory = _memory(core, 1, n, 32 + 2 * n, work)
    i = 16
    for v in shape(table):
        memory[i] = v
        i += 4
    return memory


def _window(core, n, length, work):
    bits = 4
    try:
        memory = _memory(core, 0, n, 40 + (7 if work else 15) * n, work)
    except MemoryError:
        memory = _memory(core, 0, n, 40 + 7 * n, work)
    if len(memory) < 40 + 15 * n:
        bits = 3
    memory[16] = bits
    _short(memory, 24, (8 * length + bits - 1) // bits)
    return memory


def _constants(core, n, fill_prime, memory):
    # p, and R^2 mod p
    fill_prime(memory, 32, n)
    r2 = (1 << 2 * core.BITS * memory[4]) % int.from_bytes(memory[32 : 32 + n], "big")
    memory[32 + n : 32 + 2 * n] = r2.to_bytes(n, "big")


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
    # The highest digit stays 0.
    memory[4] = ((n * 8 - 1) // core.BITS + 1 + core.STEP) // core.STEP * core.STEP
    memory[8] = n // 4
    return memory


def _short(memory, at, value):
    memory[at] = value & 255
    memory[at + 1] = value >> 8
