"""Powers modulo p on MicroPython's built-in integers. See `dh.py`.

Not the built-in `pow(y, x, p)`, which multiplies for the ones among the exponent's bits alone. Here
every exponent of one length takes as many squarings and multiplications: digits of 5 bits (fewer
where memory is short), or the comb of `umikey.tables`, and for a zero digit a multiplication by a
number 1 + k p as long as the others.

The modulus is m = p r, r = 2^31 + 1. The second digit of m (of 16 bits) is then zero, so that the
built-in division, which guesses a digit of the quotient by the first one, guesses right: 197,000
instructions for OAKLEY 5 on a Cortex-M3 in place of 229,000 to 260,000, and hardly depending on the
numbers. And it blinds: the first factor gets a random multiple of p added, which makes all that
follows random modulo r.

What remains: the integers do not run in constant time, memory is taken and given back, and nothing
of what they leave on the heap can be overwritten.
"""

import gc

from umikey.crypto.blind import noise
from umikey.tables import shape

_SPARE = const(3072)  # octets for what passes through one multiplication, in pieces


def _modulus(p, n):
    """(m, bits of half of it, mask for them, 2^-half mod m), for `_step`."""
    m = p * ((1 << 31) + 1)
    half = 4 * n + 16
    low = (1 << half) - 1
    a = (1 << 31) - 1  # 1/m modulo 2^62, as p = -1 modulo 2^64
    bits = 62
    while bits < half:  # Newton's iteration
        bits = min(2 * bits, half)
        a = a * (2 - (m & (1 << bits) - 1) * a) & (1 << bits) - 1
    return m, half, low, m - (m * a >> half)


def _step(a, n, b, f):
    """a^(2^n) b mod m, each square and the product times 2^-half; b None: the squares alone.

    2^-half is half of Montgomery's reduction, a division does the other half. With a = h 2^half + l
    the square is h (a + l) 2^half + l^2: three quarters of a product.
    """
    m, half, low, r = f
    for _ in range(n):
        c = a & low
        a = (a >> half) * (a + c)
        c = c * c
        a = (a + (c >> half) + (c & low) * r) % m
    if b is not None:
        c = None
        a = a * b
        a = ((a >> half) + (a & low) * r) % m
    return a


def _filling():
    """What fills the small holes of the heap, to be kept while large numbers come and go; or None.

    The allocator begins each search at the first hole of one block. With many before the large
    numbers, searches take a tenth of a power's time. Where memory is short they are short too.
    """
    gc.collect()
    if hasattr(gc, "mem_free") and gc.mem_free() > 49152:
        return list(zip(range(100)))  # tuples of one block each
    return None


def _comb(x, table, add, f):
    """2^x with a table: see tools/gen_tables.py. add: a multiple of p, added to all entries."""
    teeth, blocks, columns = shape(table)
    m = f[0]
    kept = _filling()  # noqa: F841
    entries = memoryview(table)
    free = 256 - columns * teeth * blocks
    if len(x) < 32:
        x = bytearray(32 - len(x)) + x
    a = None
    for i in range(columns - 1, -1, -1):
        at = 0
        bit = free + i - columns
        for j in range(blocks):
            bit += columns * teeth
            digit = 0
            k = bit
            for _ in range(teeth):
                digit = digit << 1 | x[31 - (k >> 3)] >> (k & 7) & 1
                k -= columns
            o = at + (digit or 1) * 192
            # As long for every entry, and one for none.
            b = int.from_bytes(entries[o : o + 192], "little") + add
            if not digit:
                b = add + 1
            if j:
                a = _step(a, 0, b, f)
            elif a is None:
                k = 0
                for u in range(free - 1, i - 1, -1):
                    k = k << 1 | x[31 - (u >> 3)] >> (u & 7) & 1
                # A division by as many digits whatever the shift.
                a = ((b << k) + (m << free)) % m
                for _ in range(2 * blocks):
                    a = (a << f[1]) % m
            else:
                a = _step(a, 1, b << (x[31 - (i >> 3)] >> (i & 7) & 1), f)
            at += (192 << teeth) - 192
    for _ in range(blocks + 1):
        a = _step(a, 0, 1, f)
    return a


def _window(x, powers, f, bits):
    """y^x mod m by digits of so many bits, with 1 and the odd powers below 2^bits in memory.

    powers: [1, y], to which the others are added.

    For a digit d 2^z, d odd, z of its squarings come after the multiplication by y^d; for a zero
    digit that is one by 1, and all squarings come before.
    """
    m, half, _, _ = f
    # What % makes keeps room for the product; a sum takes what it needs.
    for i in range(2):
        powers[i] = (powers[i] << half) % m + 0
    y = _step(powers[1], 1, None, f)
    for _ in range((1 << bits - 1) - 1):
        powers.append(_step(powers[-1], 0, y, f) + 0)
    y = None
    kept = _filling()  # noqa: F841
    for i in range(len(powers)):
        powers[i] += 0  # close together
    a = powers[0]
    n = 8 * len(x)
    at = after = 0
    while at < n:
        digit = 0
        end = at + ((n - at) % bits or bits)
        before = after + end - at
        after = 0
        while at < end:
            digit = digit << 1 | x[at >> 3] >> (7 - at & 7) & 1
            at += 1
        while digit and not digit & 1:
            digit >>= 1
            after += 1
        b = powers[digit + 1 >> 1]
        a = b if at == 1 else _step(a, before - after, b, f)  # so begin 256 bits
    return _step(a, after, 1, f)


def power(prime, y, x, table, out):
    """out[:] = y^x mod p, or 2^x for None. All big-endian; `table` as in umikey.tables, or None."""
    n = len(prime)
    f = _modulus(int.from_bytes(prime, "big"), n)
    salt = noise(x)

    def blinded(i, a):
        k = (int.from_bytes(salt[i : i + 4], "big") >> 2) + 1
        return int.from_bytes(prime, "big") * k + a

    if table:
        a = _comb(x, table, blinded(0, 0), f)
    elif y is None:
        # Eight squarings, then a shift by the next eight bits. m << 256 makes the division as long
        # for every shift.
        m, half, _, _ = f
        a = (blinded(0, 1 << x[0]) << half) % m
        for i in range(1, len(x)):
            a = ((_step(a, 8, None, f) << x[i]) + (m << 256)) % m
        a = _step(a, 0, 1, f)
    else:
        bits = 5
        gc.collect()
        # Not by trying alone: an attempt that fails leaves the heap in pieces.
        free = gc.mem_free() if hasattr(gc, "mem_free") else 1 << 20
        while bits > 2 and free < (n + 32 << bits - 1) + _SPARE:
            bits -= 1
        while True:
            try:
                a = _window(x, [blinded(0, 1), blinded(4, int.from_bytes(y, "big"))], f, bits)
                break
            except MemoryError:  # half as many numbers
                if bits == 2:
                    raise
            bits -= 1
    out[:] = (a % int.from_bytes(prime, "big")).to_bytes(n, "big")
