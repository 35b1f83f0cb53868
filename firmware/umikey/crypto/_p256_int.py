"""P-256 on MicroPython's built-in integers, and what other curves share with it. See `p256.py`.

Every scalar takes the same operations: k or n - k, whichever is odd, in signed odd digits, so that
there is always something to add. Points are (X, Y, Z) for x = X / Z^2, y = Y / Z^3, and each
product begins with a random Z, each inversion with a random factor, so that what the integers work
on cannot be foreseen. What remains: they do not run in constant time, memory is taken and given
back, and nothing of what they leave on the heap can be overwritten.

A product costs 5,000 instructions on a Cortex-M3, its remainder 9,000: few of the latter is what
the formulas are chosen for.
"""

import umikey.errors as errors
from umikey.crypto.blind import noise
from umikey.crypto.p256 import G, N, P, _table

_p = int.from_bytes(P, "big")
_n = int.from_bytes(N, "big")


def _noise(k):
    """A number of 64 bits that nobody can know."""
    return int.from_bytes(noise(k), "big") | 1


def _inverse(a, m):
    """1 / a mod m, 0 for 0. Euclid's, so in a time that depends on a."""
    b = m
    u = 1
    v = 0
    while a:
        q, r = divmod(b, a)
        b = a
        a = r
        v, u = u, v - q * u
    return v % m if b == 1 else 0


def _double(p, point, times):
    x, y, z = point
    y <<= 1  # 2 Y throughout, so that no factor below but one has more than 256 bits
    while times:
        times -= 1
        t = z * z % p
        m = (x + t) * 3 * (x - t) % p
        z = z * y % p
        y = y * y % p
        t = x * y % p
        x = (m * m - (t << 1)) % p
        y = ((m * (t - x) << 1) - y * y) % p
    return x, (y + p if y & 1 else y) >> 1, z


def _add(p, point, qx, qy):
    """The sum of `point` and the point (qx, qy), both any; z = 0 is infinity."""
    x, y, z = point
    if not z:
        return qx, qy, 1
    zz = z * z % p
    h = qx * zz % p - x
    r = qy * (z * zz % p) % p - y
    if not h:
        return (1, 1, 0) if r else _double(p, point, 1)
    z = z * h % p
    zz = h * h % p
    x = x * zz % p
    h = h * zz % p
    zz = (r * r - h - (x << 1)) % p
    return zz, (r * (x - zz) - y * h) % p, z


def _double_add(p, point, qx, qy):
    """2 point + (qx, qy) as point + (point + (qx, qy)), whose Z are made the same: Meloni 2007.

    One product less than a doubling and a sum. y of the sum within is not needed.
    """
    x, y, z = point
    zz = z * z % p
    h = qx * zz % p - x
    r = qy * (z * zz % p) % p - y
    zz = h * h % p
    t = x * zz % p
    h3 = h * zz % p
    y = y * h3 % p
    k = (r * r - h3 - (t << 1)) % p - t
    if not (z and k and h):
        return _add(p, _double(p, point, 1), qx, qy)
    z = z * h % p * k % p
    r = (r * k + (y << 1)) % p
    zz = k * k % p
    t = t * zz % p
    k = k * zz % p
    x = (r * r - k - (t << 1)) % p
    return x, (r * (x - t) - y * k) % p, z


def _affine(p, point):
    """x and y of `point`, which is not infinity."""
    x, y, z = point
    z = _inverse(z, p)
    t = z * z % p
    return x * t % p, y * z % p * t % p


def _halve(k, n):
    """(k - 1) / 2 for odd k, else (n - k - 1) / 2, and whether it was even. n: octets, like k."""
    even = k[-1] & 1 ^ 1
    half = bytearray(len(k))
    borrow = 0
    for i in range(len(k) - 1, -1, -1):
        borrow += k[i] if not even else n[i] - k[i]
        half[i] = borrow & 255
        borrow >>= 8
    for i in range(len(k) - 1, 0, -1):
        half[i] = half[i] >> 1 | (half[i - 1] & 1) << 7
    half[0] >>= 1
    return half, even


def _odd(p, x, y, count):
    """Q, 3Q, 5Q ..., affine.

    Q, and 2Q by turns the sum and what it is added to, have one Z in common (co-Z arithmetic,
    Meloni 2007), so that a sum takes seven products. No sum is of a point with itself.
    """
    odd = [(x, y)]
    # 2Q, and Q with 2Q's Z = 2 y
    d, e, z = _double(p, (x, y, 1), 1)
    a = z * z % p
    x = x * a % p
    y = y * z % p * a % p
    while len(odd) < count:
        h = x - d
        r = y - e
        a = h * h % p
        d = d * a % p
        a = x * a % p
        e = e * (a - d) % p
        x = (r * r - d - a) % p
        y = (r * (d - x) - e) % p
        z = z * h % p
        odd.append((x, y, h))
    # 1 / Z of the last; Z of each is h times that of the one before
    z = _inverse(z, p)
    while count > 1:
        count -= 1
        x, y, h = odd[count]
        a = z * z % p
        odd[count] = x * a % p, y * z % p * a % p
        z = z * h % p
    return odd


def _window(p, order, k, qx, qy):
    """k*Q by digits of 5 bits, -31, -29, ... 31; 52 of them for P-256. order: n, in octets."""
    half, even = _halve(k, order)
    odd = _odd(p, qx, qy, 16)
    # k = sum of (2 digit - 31) 32^i, the digits being those of (k - 1) / 2 + 2^(5 count - 1).
    bits = 8 * len(k) - (7 if order[0] == 1 else 0)  # P-521
    point = None
    if bits % 5 == 1:
        # The first digit is 1, with the second one an odd number: twice another one, and Q or -Q.
        i = bits - 6
        digit = _digit(half, i)
        x, y = odd[digit >> 1]
        point = _blind(p, k, x, p - y if even else y)
        point = _double_add(p, point, qx, qy if digit & 1 != even else p - qy)
    else:
        i = bits + -bits % 5
        half = bytearray(1) + half
        half[len(k) - (i - 1 >> 3)] |= 1 << (i - 1 & 7)
    while i:
        i -= 5
        digit = _digit(half, i)
        x, y = odd[digit - 16 if digit > 15 else 15 - digit]
        if (digit < 16) != even:
            y = p - y
        point = _double_add(p, _double(p, point, 4), x, y) if point else _blind(p, k, x, y)
    return point


def _digit(k, i):
    # bits i to i + 4
    o = len(k) - 1 - (i >> 3)
    i &= 7
    return (k[o] | k[o - 1] << 8 if i > 3 else k[o]) >> i & 31


def _comb(k, table):
    """k*G with a table: see tools/gen_tables_p256.py. In X, Y, Z^2, Z^3: one product less a sum."""
    p = _p
    size = len(table) >> 8  # entries of a block
    teeth = 1
    while size >> teeth:
        teeth += 1
    columns = (255 + 4 * teeth) // (4 * teeth)
    half, even = _halve(k, N)
    # One more octet or two in front: the highest of 4 * teeth * columns bits is set, too.
    half = bytearray(2) + half
    bit = 4 * teeth * columns - 1
    half[33 - (bit >> 3)] |= 1 << (bit & 7)
    x = y = zz = zzz = 0  # infinity
    for c in range(columns - 1, -1, -1):
        if zz:
            r = y << 1
            h = r * r % p
            t = x * h % p
            hh = (x + zz) * 3 * (x - zz) % p
            zz = zz * h % p
            h = r * h % p
            zzz = zzz * h % p
            x = (hh * hh - (t << 1)) % p
            y = (hh * (t - x) - y * h) % p
        for j in range(4):
            bit = c + columns * (teeth * j + teeth)
            digit = 0
            for _ in range(teeth):
                bit -= columns
                digit = digit << 1 | half[33 - (bit >> 3)] >> (bit & 7) & 1
            at = digit - size if digit >= size else size - 1 - digit
            at = at + size * j << 6
            qx, qy = _entry(table, at)
            if (digit < size) != even:
                qy = p - qy
            if not zz:
                x, y, zzz = _blind(p, k, qx, qy)
                zz = zzz * zzz % p
                zzz = zz * zzz % p
                continue
            h = qx * zz % p - x
            r = qy * zzz % p - y
            if not h:
                x, y, r = _add(p, (x, y, zzz * _inverse(zz, p) % p), qx, qy)
                zz = r * r % p
                zzz = zz * r % p
                continue
            hh = h * h % p
            zz = zz * hh % p
            x = x * hh % p
            h = h * hh % p
            zzz = zzz * h % p
            hh = (r * r - h - (x << 1)) % p
            y = (r * (x - hh) - y * h) % p
            x = hh
    zzz = _inverse(zzz, p)
    zz = zz * zzz % p  # 1 / Z
    return x * (zz * zz % p) % p, y * zzz % p, 1


def _entry(table, at):
    x = int.from_bytes(table[at : at + 32], "little")
    return x, int.from_bytes(table[at + 32 : at + 64], "little")


def _naf(k, width):
    """k in odd digits below 2^(width - 1), of `width` only one that is not 0; 128 is the sign."""
    bits = 8 * len(k) + 1
    out = bytearray(bits)
    k = bytes(2) + k
    carry = i = 0
    while i < bits:
        o = len(k) - 1 - (i >> 3)
        digit = ((k[o] | k[o - 1] << 8) >> (i & 7) & (1 << width) - 1) + carry
        if not digit & 1:
            i += 1
            continue
        carry = digit >> width - 1
        out[i] = (1 << width) + 128 - digit if carry else digit
        i += width
    return out


def _sum(p, terms):
    """The sum of u*Q for each (u's digits; Q, 3Q, 5Q ... or a table of them) of `terms`.

    For what is no secret: all in the same doublings, as fast as it goes.
    """
    point = 1, 1, 0
    times = 0
    for i in range(len(terms[0][0]) - 1, -1, -1):
        times += 1
        for digits, odd in terms:
            digit = digits[i]
            if digit:
                at = (digit & 127) >> 1
                x, y = odd[at] if isinstance(odd, list) else _entry(odd, at << 6)
                if digit > 127:
                    y = p - y
                if times:
                    point = _double_add(p, _double(p, point, times - 1), x, y)
                    times = 0
                else:
                    point = _add(p, point, x, y)
    return _double(p, point, times)


def _blind(p, k, x, y):
    """The point (x, y) with a random Z."""
    z = _noise(k)
    zz = z * z
    return x * zz % p, y * z % p * zz % p, z


def _product(k, point):
    if len(k) != 32 or not bytes(32) < bytes(k) < N:
        raise errors.LocalError("a scalar is between 0 and n")
    if point is None:
        table = _table()
        if table:
            return _comb(k, table)
        point = G
    return _window(_p, N, k, *_numbers(point))


def _numbers(point):
    return int.from_bytes(point[:32], "big"), int.from_bytes(point[32:], "big")


def _write(point, out):
    """False, and nothing written, for infinity."""
    if not point[2]:
        return False
    x, y = _affine(_p, point)
    out[:32] = x.to_bytes(32, "big")
    out[32:] = y.to_bytes(32, "big")
    return True


def product(k, point, out):
    """out[:] = k*Q, or k*G for None."""
    _write(_product(k, point), out)


def total(u1, u2, point, out):
    """out[:] = u1*G + u2*Q, or False for infinity."""
    table = _table(("odd",))
    g = (_naf(u1, 8), table) if table else (_naf(u1, 5), _odd(_p, *_numbers(G), 8))
    q = _odd(_p, *_numbers(point), 8)
    return _write(_sum(_p, ((_naf(u2, 5), q), g)), out)


def on_curve(point, b):
    """Is y^2 = x^3 - 3 x + b for x || y below p?"""
    x, y = _numbers(point)
    return (y * y - (x * x - 3) * x - int.from_bytes(b, "big")) % _p == 0


def plus(u, point, other, out):
    """out[:] = u*Q + P, or False for infinity."""
    return _write(_add(_p, _product(u, point), *_numbers(other)), out)


def combine(a, b, c, d, invert, out):
    """out[:] = (a + b c) d, or (a + b c) / d, mod n."""
    a, b, c, d = (int.from_bytes(x, "big") for x in (a, b, c, d))
    if invert:
        z = _noise(out)
        d = z * _inverse(d * z % _n, _n)
    out[:] = ((a + b * c) % _n * d % _n).to_bytes(32, "big")
