"""P-256 on MicroPython's built-in integers, and what other curves share with it. See `p256.py`.

Every scalar takes the same operations: k or n - k, whichever is odd, in signed odd digits, so that
there is always something to add. Points are (X, Y, Z) for x = X / Z^2, y = Y / Z^3, and each
product begins with a random Z, each inversion with a random factor, so that what the integers work
on cannot be foreseen. What remains: they do not run in constant time, memory is taken and given
back, and nothing of what they leave on the heap can be overwritten.

A product costs 5,000 instructions on a Cortex-M3, its remainder 9,000: few of the latter is what
the formulas are chosen for.
"""

from umikey.crypto.blind import noise
from umikey.crypto.p256 import G, N, P, _table
from umikey.errors import LocalError

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
    while times:
        times -= 1
        t = z * z % p
        m = (x + t) * 3 * (x - t) % p
        t = y << 1
        z = z * t % p
        y = y * t % p
        t = x * y % p << 1
        x = (m * m - (t << 1)) % p
        y = (m * (t - x) - (y * y << 1)) % p
    return x, y, z


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


def _affine(p, points):
    """x and y of all `points`, none of them infinity, for one inversion."""
    products = []
    a = 1
    for point in points:
        products.append(a)
        a = a * point[2] % p
    a = _inverse(a, p)
    for i in range(len(points) - 1, -1, -1):
        x, y, z = points[i]
        r = products[i] * a % p
        a = a * z % p
        z = r * r % p
        points[i] = x * z % p, r * y % p * z % p


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
    # 2Q, and Q with 2Q's Z = 2 y
    z = y + y
    d, e, _ = _double(p, (x, y, 1), 1)
    a = z * z % p
    x = x * a % p
    y = a * a % p >> 1
    if a * a % p & 1:
        y += p + 1 >> 1
    odd = [(x, y, z)]
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
        odd.append((x, y, z))
    _affine(p, odd)
    return odd


def _window(p, order, k, qx, qy):
    """k*Q by digits of 5 bits, -31, -29, ... 31; 52 of them for P-256. order: n, in octets."""
    half, even = _halve(k, order)
    odd = _odd(p, qx, qy, 16)
    point = None
    # k = sum of (2 digit - 31) 32^i, the digits being those of (k - 1) / 2 + 2^(5 count - 1).
    bits = 8 * len(k) - (7 if order[0] == 1 else 0)  # P-521
    bits += -bits % 5
    half = bytearray(2) + half
    top = len(half) - 1
    half[top - (bits - 1 >> 3)] |= 1 << (bits - 1 & 7)
    for i in range(bits - 5, -1, -5):
        o = top - (i >> 3)
        digit = (half[o] | half[o - 1] << 8) >> (i & 7) & 31
        x, y = odd[digit - 16 if digit > 15 else 15 - digit]
        if (digit < 16) != even:
            y = p - y
        point = _add(p, _double(p, point, 5), x, y) if point else _blind(p, k, x, y)
    return point


def _comb(k, table):
    """k*G with a table: see tools/gen_tables_p256.py."""
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
    point = None
    for c in range(columns - 1, -1, -1):
        if point:
            point = _double(p, point, 1)
        for j in range(4):
            bit = c + columns * (teeth * j + teeth)
            digit = 0
            for _ in range(teeth):
                bit -= columns
                digit = digit << 1 | half[33 - (bit >> 3)] >> (bit & 7) & 1
            at = digit - size if digit >= size else size - 1 - digit
            at = at + size * j << 6
            x = int.from_bytes(table[at : at + 32], "little")
            y = int.from_bytes(table[at + 32 : at + 64], "little")
            if (digit < size) != even:
                y = p - y
            point = _add(p, point, x, y) if point else _blind(p, k, x, y)
    return point


def _blind(p, k, x, y):
    """The point (x, y) with a random Z."""
    z = _noise(k)
    zz = z * z
    return x * zz % p, y * z % p * zz % p, z


def _product(k, point):
    if len(k) != 32 or not bytes(32) < bytes(k) < N:
        raise LocalError("a scalar is between 0 and n")
    if point is None:
        table = _table()
        if table:
            return _comb(k, table)
        point = G
    x = int.from_bytes(point[:32], "big")
    return _window(_p, N, k, x, int.from_bytes(point[32:], "big"))


def _write(point, out):
    point = [point]
    _affine(_p, point)
    out[:32] = point[0][0].to_bytes(32, "big")
    out[32:] = point[0][1].to_bytes(32, "big")


def product(k, point, out):
    """out[:] = k*Q, or k*G for None."""
    _write(_product(k, point), out)


def total(u1, u2, point, out):
    """out[:] = u1*G + u2*Q, or False for infinity."""
    total = _product(u2, point)
    if bytes(u1) != bytes(32):
        other = [_product(u1, None)]
        _affine(_p, other)
        total = _add(_p, total, other[0][0], other[0][1])
    if not total[2]:
        return False
    _write(total, out)
    return True


def on_curve(point, b):
    """Is y^2 = x^3 - 3 x + b for x || y below p?"""
    x = int.from_bytes(point[:32], "big")
    y = int.from_bytes(point[32:], "big")
    return (y * y - (x * x - 3) * x - int.from_bytes(b, "big")) % _p == 0


def plus(u, point, other, out):
    """out[:] = u*Q + P, or False for infinity."""
    x = int.from_bytes(other[:32], "big")
    total = _add(_p, _product(u, point), x, int.from_bytes(other[32:], "big"))
    if not total[2]:
        return False
    _write(total, out)
    return True


def combine(a, b, c, d, invert, out):
    """out[:] = (a + b c) d, or (a + b c) / d, mod n."""
    a, b, c, d = (int.from_bytes(x, "big") for x in (a, b, c, d))
    if invert:
        z = _noise(out)
        d = z * _inverse(d * z % _n, _n)
    out[:] = ((a + b * c) % _n * d % _n).to_bytes(32, "big")
