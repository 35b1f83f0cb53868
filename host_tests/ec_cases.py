"""Edge cases of curves, for host_tests/device/ec_run.py: (curve, title, op, what comes, arguments).

Each function makes one kind for one curve. What has to come is `ecdsa`'s or `cryptography`'s word,
or stands here with its reason; a signature's outcome by hand is held against OpenSSL's, too.
"""

import random

import ecdsa
from ec_oracle import P256, P384, P521, Curve, Point, der

BAD, POINT, LOCAL = "AuthError", "RemoteError/6", "LocalError"


class Cases(list):
    def __init__(self, c: Curve):
        self.c = c

    def add(self, title: str, op: str, want: bytes | str, *args: bytes) -> None:
        self.append((self.c.number, title, op, want, args))

    def product(self, title: str, k: int, point: Point = None) -> None:
        c = self.c
        args = (c.octets(k),) if point is None else (c.octets(k), c.xy(point))
        want = c.xy(c.times(k, point))
        self.add(title, "base" if point is None else "multiply", want, *args)

    def sum(self, title: str, op: str, want: Point, *args: bytes) -> None:
        self.add(title, op, self.c.xy(want) if want else "none", *args)

    def signature(self, title: str, q: Point, e: bytes, r: int, s: int, good: bool) -> None:
        """r || s where they fit, and DER; OpenSSL thinks the same of it."""
        c = self.c
        want = "ok" if good else BAD
        assert c.verifies(q, e, der(r, s)) == good, title
        if max(r, s) >> 8 * c.size == 0:
            self.add(title, "verify", want, c.xy(q), e, c.octets(r) + c.octets(s))
        if len(der(r, s)) != 2 * c.size:  # which are read as r || s
            self.add(title + ", DER", "verify", want, c.xy(q), e, der(r, s))


def say(k: int) -> str:
    """For titles, which take a board's flash."""
    text = f"{k:x}"
    return text if len(text) < 20 else f"{text[:8]}..{text[-8:]}"


def scalars(c: Curve) -> list[int]:
    """Where additions within a product meet their own point, or nearly so.

    The last ones: all digits of the comb with 4, 5 and 6 teeth together reach n more than once, and
    there the last sum is of a point with itself.
    """
    n = c.n
    found = [*range(1, 35), 62, 63, 64, 65, 127, 128, 129, 255, 256, 257, 992, 1023, 1025]
    found += [(n + i) // 2 for i in (-3, -1, 1, 3)] + [n // 3, n // 31, n // 32, n // 33]
    found += [1 << (c.n.bit_length() - i) for i in (1, 2, 5, 6, 7, 8, 17, 64, 128)]
    found += [(1 << c.n.bit_length() - 1) - 1, (1 << c.n.bit_length() - 1) + 1]
    found += [int("10000" * 110, 2) % (1 << c.n.bit_length() - 1)]
    found += [doubled(c, teeth) for teeth in ((4, 5, 6) if c is P256 else ())]
    return [k for k in found for k in (k, n - k)]


def doubled(c: Curve, teeth: int) -> int:
    """The k whose comb ends with the sum of twice the same point.

    Its digits are signs of all powers of two below `top`; those of the last entry have the value e,
    those of all before it k - e, which is to be e modulo n.
    """
    columns = (255 + 4 * teeth) // (4 * teeth)
    top = 4 * teeth * columns
    last = [columns * (3 * teeth + i) for i in range(teeth)]
    for signs in range(1 << teeth):
        e = sum((1 << bit) * (1 if signs >> i & 1 else -1) for i, bit in enumerate(last))
        k = 2 * e % c.n
        half = (k - 1) // 2 + (1 << top - 1)
        if k & 1 and all(half >> bit & 1 == signs >> i & 1 for i, bit in enumerate(last)):
            return k
    raise AssertionError("no such k")


def products(c: Curve, rand: random.Random, some: int | None) -> Cases:
    cases = Cases(c)
    other = c.times(rand.randrange(1, c.n))
    found = scalars(c)
    for k in sample(found[:-6], some, rand) + found[-6:]:
        cases.product(f"k = {say(k)}", k)
        cases.product(f"k = {say(k)}", k, other)
    for k in (0, c.n, c.n + 1, (1 << 8 * c.size) - 1):
        cases.add(f"k = {say(k)}", "base", LOCAL, c.octets(k))
        cases.add(f"k = {say(k)}", "multiply", LOCAL, c.octets(k), c.xy(other))
    for k in (bytes(c.size - 1) + b"\1\1", c.octets(1)[1:], b"", bytes(3) + c.octets(5)):
        cases.add(f"k of {len(k)} octets", "base", LOCAL, k)
        cases.add(f"k of {len(k)} octets", "multiply", LOCAL, k, c.xy(other))
    return cases


def multiples(c: Curve) -> list[int]:
    """Scalars whose joint digits meet, in sums with small multiples of G."""
    n = c.n
    high = c.n.bit_length() - 1
    return [1, 2, 3, 4, 15, 16, 17, 31, 33, 1 << 64, 1 << high, (1 << high) + 1, n // 2, n // 2 + 1,
            n - 1, n - 2, n - 3, n - 16]  # fmt: skip


def sums(c: Curve, rand: random.Random, some: int | None) -> Cases:
    """u1*G + u2*Q, and P + u*Q, where points coincide or cancel."""
    cases = Cases(c)
    n = c.n
    some_q = rand.randrange(2, n)
    many = multiples(c)
    triples = [(u1, u2, q) for q in (1, n - 1, 2, n - 2, 3, (n + 1) // 2, 17, 1 << 128, some_q)
               for u1 in (0, *many) for u2 in many]  # fmt: skip
    must = [(1, 1, 1), (1, 1, n - 1), (n - 1, 1, 1), (2, 1, 2), (n - 2, 1, 2), (0, 1, some_q),
            (0, n - 1, 1), (n - some_q, 1, some_q), (some_q, 1, some_q)]  # fmt: skip
    for _ in range(2):  # u1*G = u2*Q, u1*G = -u2*Q, with nothing small in it
        u1, u2 = rand.randrange(1, n), rand.randrange(1, n)
        same = u1 * pow(u2, -1, n) % n
        must += [(u1, u2, same), (u1, u2, n - same)]
    for u1, u2, q in must + sample(triples, some, rand):
        want = c.plus(c.times(u1), c.times(u2 * q))
        title = f"{say(u1)} G + {say(u2)} ({say(q)} G)"
        cases.sum(title, "sum", want, c.octets(u1), c.octets(u2), c.xy(c.times(q)))
    pairs = ((1, 1), (2, 1), (n - 1, 1), (1, some_q), (n - 1, some_q), (3, some_q), (some_q, 1),
             (some_q, n - 1), (n // 2 + 1, 2), (some_q, some_q))  # fmt: skip
    must = [(s, u, q) for u, q in pairs for s in (u * q % n, -u * q % n)]  # P = u*Q, P = -u*Q
    must += [(some_q, 2, n - some_q), (some_q, n - 2, some_q), (1, n // 2, 2), (1, some_q, 1)]
    triples = [(p, u, q) for q in (1, n - 1, 3, some_q) for p in (*many, some_q) for u in many]
    for p, u, q in must + sample(triples, some, rand):
        want = c.plus(c.times(p), c.times(u * q))
        args = c.xy(c.times(p)), c.octets(u), c.xy(c.times(q))
        cases.sum(f"{say(p)} G + {say(u)} ({say(q)} G)", "plus", want, *args)
    one, g = c.octets(1), c.xy(c.g)
    for u in (0, n, n + 1):
        cases.add(f"u = {say(u)}", "plus", LOCAL, g, c.octets(u), g)
    off = g[:-1] + bytes([g[-1] ^ 1])
    cases.add("P off the curve", "plus", POINT, off, one, g)
    cases.add("Q off the curve", "plus", POINT, g, one, off)
    cases.add("both off the curve", "plus", POINT, off, one, off)
    return cases


def bad_points(c: Curve) -> dict[str, bytes]:
    """x || y that is no point of the curve, each for the reason that is its name."""
    x, y = c.g
    p = c.p
    o = c.octets
    low, (high_x, high_y) = c.at(0), c.low_y()
    no_root = next(i for i in range(1, 99) if c.root(c.square(i)) is None)
    # a point of order 3 on y^2 = x^3 - 3 x + b', which differs only in what no formula uses
    for x3 in range(2, 99):
        b3 = (9 - 3 * x3**4 + 18 * x3**2) * pow(12 * x3, -1, p)
        if y3 := c.root(x3**3 - 3 * x3 + b3):
            break
    found = {
        "y + 1": o(x) + o(y + 1),
        "x - 1": o(x - 1) + o(y),
        "x and y changed round": o(y) + o(x),
        "x = p for 0": o(p) + o(low[1]),
        "x = p + its least": o(p + c.at(1)[0]) + o(c.at(1)[1]),
        "y = p + its least": o(high_x) + o(p + high_y),
        "y = p": o(x) + o(p),
        "both p": o(p) + o(p),
        "x = 0": bytes(c.size) + o(y),
        "y = 0, of order 2 elsewhere": o(x) + bytes(c.size),
        "zeros": bytes(2 * c.size),
        "ones": b"\xff" * 2 * c.size,
        "x alone ones": b"\xff" * c.size + o(y),
        "y alone ones": o(x) + b"\xff" * c.size,
        "of the twist": o(no_root) + o(c.root(-c.square(no_root))),
        "of order 3 elsewhere": o(x3) + o(y3),
        "the coordinates of -x": o(p - x) + o(y),
    }
    others = {P256: (ecdsa.SECP256k1, ecdsa.BRAINPOOLP256r1), P384: (ecdsa.BRAINPOOLP384r1,),
              P521: (ecdsa.BRAINPOOLP512r1,)}[c]  # fmt: skip
    for other in others:
        point = other.generator
        found["G of " + other.name] = o(point.x()) + o(point.y())
    return found


def points(c: Curve, rand: random.Random, some: int | None) -> Cases:
    """x || y, and points as they travel, judged by `ecdsa`."""
    cases = Cases(c)
    k = c.octets(rand.randrange(2, c.n))
    good = c.times(rand.randrange(2, c.n))
    bad = bad_points(c)
    fine = {"G": c.g, "x = 0": c.at(0), "the least x but 0": c.at(1), "the least y": c.low_y(),
            "-G": c.minus(c.g), "2G": c.times(2),
            "x near p": c.at(c.p - 1, -1), "any": good}  # fmt: skip
    for title, point in fine.items():
        cases.add(title, "check", "ok", c.xy(point))
        cases.product(title, int.from_bytes(k, "big"), point)
        for form in (2, 3, 4, 6, 7):
            xy = c.xy(point) if form > 3 else c.xy(point)[: c.size]
            sent(cases, f"{title} in form {form}", bytes([form]) + xy)
    digest = c.digest(b"points")
    for title, xy in bad.items():
        cases.add(title, "check", POINT, xy)
        cases.add(title, "multiply", POINT, k, xy)
        cases.add(title, "sum", POINT, k, k, xy)
        cases.add(title, "verify", POINT, xy, digest, k + k)
        for form in (4, 6, 7):
            sent(cases, f"{title} in form {form}", bytes([form]) + xy)
        for form in (2, 3):
            sent(cases, f"{title} in form {form}", bytes([form]) + xy[: c.size])
    xy = c.xy(good)
    size = c.size
    for title, octets in (
        ("nothing", b""),
        ("infinity", b"\0"),
        ("infinity at length", bytes(1 + 2 * size)),
        ("infinity at a compressed length", bytes(1 + size)),
        ("only a form", b"\4"),
        ("no form", xy),
        ("one short", b"\4" + xy[:-1]),
        ("one long", b"\4" + xy + b"\0"),
        ("x alone", b"\4" + xy[:size]),
        ("x alone, hybrid", b"\6" + xy[:size]),
        ("compressed with y", bytes([2 + xy[-1] % 2]) + xy),
        ("compressed, one short", b"\2" + xy[: size - 1]),
        ("compressed, one long", b"\2" + xy[:size] + b"\0"),
        ("an octet in front", b"\4\0" + xy),
        *((f"form {i}", bytes([i]) + xy) for i in (0, 1, 2, 3, 5, 8, 0x84, 0xFF)),
        *((f"form {i}, compressed", bytes([i]) + xy[:size]) for i in (0, 1, 4, 5, 8, 0x82)),
    ):
        sent(cases, title, octets)
    return cases


def sent(cases: Cases, title: str, octets: bytes) -> None:
    forms = ("uncompressed", "compressed", "hybrid")
    try:
        key = ecdsa.VerifyingKey.from_string(octets, cases.c.lib, valid_encodings=forms)
        want = key.to_string("raw")
    except ecdsa.errors.MalformedPointError:
        want = POINT
    cases.add(title, "decode", want, octets)


def sample(many: list, some: int | None, rand: random.Random) -> list:
    return many if some is None or some >= len(many) else rand.sample(many, some)
