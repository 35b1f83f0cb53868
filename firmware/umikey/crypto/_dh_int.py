"""Powers modulo p on MicroPython's built-in integers. See `dh.py`.

Not the built-in `pow(y, x, p)`, which multiplies for the ones among the exponent's bits alone. Here
every exponent of one length takes the same operations: digits of 4 bits (3 where memory is short),
or the comb of `umikey.tables`, and for a zero digit a multiplication by a number 1 + k p as long as
the others.

The modulus is m = p r, r = 2^31 + 1. The second digit of m (of 16 bits) is then zero, so that the
built-in division, which guesses a digit of the quotient by the first one, guesses right: 197,000
instructions for OAKLEY 5 on a Cortex-M3 in place of 229,000 to 260,000, and hardly depending on the
numbers. And it blinds: the first factor gets a random multiple of p
added, which makes all that follows random modulo r.

What remains: the integers do not run in constant time, memory is taken and given back, and nothing
of what they leave on the heap can be overwritten.
"""

from umikey.crypto.blind import noise
from umikey.tables import shape


def _square(a, n, m):
    """a^(2^n) mod m. The built-in `pow` leaves less behind for the garbage collector."""
    try:
        return pow(a, 1 << n, m)
    except TypeError:  # this port has no third argument
        pass
    while n:
        a = a * a % m
        n -= 1
    return a


def _comb(x, table, one, m):
    """2^x with a table: see tools/gen_tables.py."""
    teeth, blocks, columns = shape(table)
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
            b = int.from_bytes(table[o : o + 192], "little")
            if not digit:
                b = one
            if j:
                a = a * b % m
            elif a is None:
                k = 0
                for u in range(free - 1, i - 1, -1):
                    k = k << 1 | x[31 - (u >> 3)] >> (u & 7) & 1
                # A division by as many digits whatever the shift.
                a = ((b + one - 1 << k) + (m << 2048)) % m
            else:
                a = a * a % m * (b << (x[31 - (i >> 3)] >> (i & 7) & 1)) % m
            at += (192 << teeth) - 192
    return a


def _window(x, y, one, m, bits):
    """y^x mod m by digits of so many bits, kept in 2^bits numbers."""
    powers = [one, y]
    for _ in range((1 << bits) - 2):
        # What % makes keeps room for the product; a sum takes what it needs.
        powers.append(powers[-1] * y % m + 0)
    n = 8 * len(x)
    at = n % bits or bits
    a = powers[x[0] >> 8 - at]
    while at < n:
        digit = 0
        for i in range(at, at + bits):
            digit = digit << 1 | x[i >> 3] >> (7 - i & 7) & 1
        at += bits
        a = _square(a, bits, m) * powers[digit] % m
    return a


def power(prime, y, x, table, out):
    """out[:] = y^x mod p, or 2^x for None. All big-endian; `table` as in umikey.tables, or None."""
    n = len(prime)
    p = int.from_bytes(prime, "big")
    m = p * ((1 << 31) + 1)
    salt = noise(x)
    one = p * ((int.from_bytes(salt[:4], "big") >> 2) + 1) + 1
    if table:
        a = _comb(x, table, one, m)
    elif y is None:
        # Eight squarings, then a shift by the next eight bits. m << 256 makes the division as long
        # for every shift.
        a = one - 1 + (1 << x[0])
        for i in range(1, len(x)):
            a = ((_square(a, 8, m) << x[i]) + (m << 256)) % m
    else:
        a = int.from_bytes(y, "big") + p * ((int.from_bytes(salt[4:8], "big") >> 2) + 1)
        try:
            a = _window(x, a, one, m, 4)
        except MemoryError:  # half as many numbers, and a twentieth slower
            a = _window(x, a, one, m, 3)
    out[:] = (a % p).to_bytes(n, "big")
