"""Edge cases of ECDSA, as ec_cases.py has them of points."""

import random

from ec_cases import BAD, Cases, sample, say
from ec_oracle import P521, Curve, Point, der


def forged(c: Curve, big: Point, u1: int, s: int, r: int | None = None):
    """Q, digest, r, s for which verification finds the point `big`, as u1*G + u2*Q."""
    r = big[0] % c.n if r is None else r
    inverse = s * pow(r, -1, c.n) % c.n
    q = c.plus(c.times(inverse, big), c.times(-u1 * inverse % c.n))
    return q, octets(c, u1 * s % c.n), r, s


def octets(c: Curve, e: int) -> bytes:
    """A digest that stands for e, as many octets as the curve's hash gives."""
    return e.to_bytes(c.hash.digest_size, "big")


def draw(c: Curve, rand: random.Random) -> int:
    """A digest as a number; for P-521 it has fewer bits than n."""
    return rand.randrange(1, min(c.n, 1 << 8 * c.hash.digest_size))


def found(c: Curve, rand: random.Random, big: Point, r: int | None = None):
    """The same with a random u1."""
    u1 = rand.randrange(1, c.n)
    return forged(c, big, u1, draw(c, rand) * pow(u1, -1, c.n) % c.n, r)


def values(c: Curve, rand: random.Random, some: int | None) -> Cases:
    """r and s at their limits; sums within verification that are exceptional."""
    cases = Cases(c)
    n, p = c.n, c.p
    d = rand.randrange(2, n)
    q = c.times(d)
    e = c.digest(b"values")
    rs = c.sign(d, e)
    r, s = (int.from_bytes(x, "big") for x in (rs[: c.size], rs[c.size :]))
    cases.signature("as signed", q, e, r, s, True)
    cases.signature("its twin", q, e, r, n - s, True)
    ends = (0, 1, 2, n - 1, n, n + 1, p, p - n, (1 << 8 * c.size) - 1)
    for x in ends:
        cases.signature(f"r = {say(x)}", q, e, x, s, False)
        cases.signature(f"s = {say(x)}", q, e, r, x, False)
    for x in (0, 1, n - 1, n):
        for y in (0, 1, n - 1, n):
            cases.signature(f"r = {say(x)}, s = {say(y)}", q, e, x, y, False)
    cases.signature("r + n", q, e, r + n, s, False)
    cases.signature("s + n", q, e, r, s + n, False)
    cases.signature("n - r", q, e, n - r, s, False)
    cases.signature("r and s changed round", q, e, s, r, False)
    # s = 1 and its like are as right as others, for a key that goes with them: s k = e + r d
    for s in (1, 2, n - 1):
        k, e = rand.randrange(1, n), draw(c, rand)
        r = c.times(k)[0] % n
        own = c.times((s * k - e) * pow(r, -1, n))
        cases.signature(f"a right s = {say(s)}", own, octets(c, e), r, s, True)
        if s < 3:  # with n the same modulo n, and no longer
            cases.signature(f"a right s = {say(s)}, and n", own, octets(c, e), r, s + c.n, False)
    # x of the point found: the least, and at and above n, where r is x - n
    low, above, top = c.at(1), c.at(n + 1), c.at(p - 1, -1)
    for title, big in ((f"x = {say(low[0])}", low), (f"x = n + {say(above[0] - n)}", above),
                       ("x near p", top), ("x near n", c.at(n - 1, -1))):  # fmt: skip
        made = found(c, rand, big)
        assert made[2] == big[0] % n
        cases.signature("found: " + title, *made, True)
    # r + n is compared where it is below p, and never modulo p
    cases.signature("r + n - p = x", *found(c, rand, low, low[0] + p - n), False)
    cases.signature("r = x - n + 1", *found(c, rand, above, above[0] - n + 1), False)
    # u1 = 0: the digest is 0, or n; then the other factors at their limits
    any_point = c.times(rand.randrange(1, n))
    q0, e0, r0, s0 = forged(c, any_point, 0, rand.randrange(1, n))
    cases.signature("u1 = 0", q0, e0, r0, s0, True)
    cases.signature("u1 = 0, other s", q0, e0, r0, (s0 + 1) % n, False)
    if c is not P521:
        cases.signature("u1 = 0, the digest n", q0, c.octets(n), r0, s0, True)
        cases.signature("a digest of ones", q0, b"\xff" * c.size, r0, s0, False)
    for u1, u2 in ((1, 1), (1, n - 1), (n - 1, 1), (n - 1, n - 1), (2, 1), (1, 2), (n // 2, 1),
                   (rand.randrange(1, n), 1), (1, rand.randrange(1, n))):  # fmt: skip
        y = None
        while y is None:  # an x that fits, and a point with it
            r = draw(c, rand) * u2 * pow(u1, -1, n) % n
            y = c.root(c.square(r))
        made = forged(c, (r, y), u1, r * pow(u2, -1, n) % n)
        cases.signature(f"u1 = {say(u1)}, u2 = {say(u2)}", *made, True)
    for i in range(2):
        made = same(c, rand)
        cases.signature(f"u1 G = u2 Q, {i}", *made, True)
        cases.signature(f"other Q, {i}", c.minus(made[0]), *made[1:], False)
    cases += infinity(c, rand)
    # keys that are no secret
    for k in (1, 2, 3, n - 1, n - 2, n // 2 + 1):
        e = c.digest(c.octets(k))
        rs = c.sign(k, e)
        r, s = (int.from_bytes(x, "big") for x in (rs[: c.size], rs[c.size :]))
        cases.signature(f"the key {say(k)}", c.times(k), e, r, s, True)
        cases.signature(f"the key -{say(k)}", c.times(n - k), e, r, s, False)
        cases.add(f"with the key {say(k)}", "sign", rs, c.octets(k), e)
    # the nonces 1, n - 1, 2, (n + 1) / 2
    for k in (1, n - 1, 2, n // 2 + 1):
        e = c.digest(b"nonce")
        r = c.times(k)[0] % n
        s = pow(k, -1, n) * (int.from_bytes(e, "big") + r * d) % n
        cases.signature(f"the nonce {say(k)}", q, e, r, s, True)
    return cases


def same(c: Curve, rand: random.Random):
    """u1*G = u2*Q, so that their sum is a doubling."""
    u1 = rand.randrange(1, c.n)
    made = forged(c, c.times(2 * u1), u1, draw(c, rand) * pow(u1, -1, c.n) % c.n)
    assert c.times(made[2] * pow(made[3], -1, c.n), made[0]) == c.times(u1)
    return made


def infinity(c: Curve, rand: random.Random) -> Cases:
    """u1*G = -u2*Q: the sum has no x, so no r is right, small ones neither."""
    cases = Cases(c)
    n = c.n
    for r in (1, c.at(0)[0] + 2, c.g[0] % n, n - 1):
        e, s = draw(c, rand), rand.randrange(1, n)
        u1, u2 = (x * pow(s, -1, n) % n for x in (e, r))
        q = c.times(-u1 * pow(u2, -1, n) % n)
        assert c.plus(c.times(u1), c.times(u2, q)) is None
        cases.signature(f"u1 G = -u2 Q, r = {say(r)}", q, octets(c, e), r, s, False)
    return cases


def length(n: int) -> bytes:
    return bytes([n]) if n < 128 else b"\x81" + bytes([n])


def tlv(body: bytes, tag: int = 0x30) -> bytes:
    return bytes([tag]) + length(len(body)) + body


def encodings(c: Curve, rand: random.Random, some: int | None) -> Cases:
    """DER (X.690) and what is not: only its one form of two positive INTEGERs is a signature."""
    cases = Cases(c)
    e = c.digest(b"DER")
    d = rand.randrange(2, c.n)
    while True:  # r with its highest bit set, which the sign needs an octet for; s without
        rs = c.sign(d, e)
        r, s = (int.from_bytes(x, "big") for x in (rs[: c.size], rs[c.size :]))
        if c is P521 or r >> 8 * c.size - 1 and not s >> 8 * c.size - 1 and s >> 8 * c.size - 9:
            break
        d += 1
    q = c.times(d)
    ir = tlv(r.to_bytes(r.bit_length() // 8 + 1, "big"), 2)
    is_ = tlv(s.to_bytes(s.bit_length() // 8 + 1, "big"), 2)
    vr, vs = ir[2:], is_[2:]
    body = ir + is_
    good = tlv(body)
    assert good == der(r, s)
    n = len(body)
    bad = {
        # lengths in other forms than the shortest (10.1)
        "length in one octet more": b"\x30\x81" * (n < 128) + b"\x30\x82\0" * (n > 127)
        + bytes([n]) + body,
        "length in two octets": b"\x30\x82\0" + bytes([n]) + body,
        "length in four octets": b"\x30\x84\0\0\0" + bytes([n]) + body,
        "length in 126 octets": b"\x30\xfe" + bytes(125) + bytes([n]) + body,
        "length ff": b"\x30\xff" + body,
        "indefinite": b"\x30\x80" + body + b"\0\0",
        "indefinite, no end": b"\x30\x80" + body,
        "r's length in two octets": tlv(b"\2\x81" + bytes([len(vr)]) + vr + is_),
        "s's length in two octets": tlv(ir + b"\2\x81" + bytes([len(vs)]) + vs),
        "r's length in three": tlv(b"\2\x82\0" + bytes([len(vr)]) + vr + is_),
        "r's length indefinite": tlv(b"\2\x80" + vr + b"\0\0" + is_),
        # integers not in their shortest form (8.3.2), negative ones, and none
        "r with a zero in front": tlv(tlv(b"\0" + vr, 2) + is_),
        "s with a zero in front": tlv(ir + tlv(b"\0" + vs, 2)),
        "both with zeros": tlv(tlv(bytes(3) + vr, 2) + tlv(bytes(3) + vs, 2)),
        "s with ff in front": tlv(ir + tlv(b"\xff" + vs, 2)),
        "r's negative": tlv(tlv(signed(-r), 2) + is_),
        "s's negative": tlv(ir + tlv(signed(-s), 2)),
        "r - n": tlv(tlv(signed(r - c.n), 2) + is_),
        "s - n": tlv(ir + tlv(signed(s - c.n), 2)),
        "r empty": tlv(b"\2\0" + is_),
        "s empty": tlv(ir + b"\2\0"),
        "both empty": tlv(b"\2\0\2\0"),
        "r one octet, zero": tlv(b"\2\1\0" + is_),
        "s one octet, zero": tlv(ir + b"\2\1\0"),
        "s with an octet behind, in it": tlv(ir + tlv(vs + b"\0", 2)),
        "r much too long": tlv(tlv(b"\1" + bytes(c.size + 1) + vr, 2)[:120] + is_),
        # more, or less
        "an octet behind": good + b"\0",
        "octets behind": good + b"\5\0",
        "itself again": good + good,
        "an octet in front": b"\0" + good,
        "NULL within": tlv(body + b"\5\0"),
        "a zero within, not counted": good[:-n] + body + b"\0\0",
        "a third integer": tlv(body + b"\2\1\1"),
        "r alone": tlv(ir),
        "no integers": b"\x30\0",
        "integers without the SEQUENCE": body,
        "a SEQUENCE of it": tlv(good),
        "length one less": tlv(body)[: -n - 1] + bytes([n - 1]) + body,
        "length one more": tlv(body)[: -n - 1] + bytes([n + 1]) + body,
        "length 0": b"\x30\0" + body,
        "r's length one less": tlv(b"\2" + bytes([len(vr) - 1]) + vr + is_),
        "r's length one more": tlv(b"\2" + bytes([len(vr) + 1]) + vr + is_),
        "s's length one less": tlv(ir + b"\2" + bytes([len(vs) - 1]) + vs),
        "s's length one more": tlv(ir + b"\2" + bytes([len(vs) + 1]) + vs),
        "r's length takes s in": tlv(b"\2" + bytes([len(vr) + len(is_)]) + vr + is_),
        "r's length 7f": tlv(b"\2\x7f" + vr + is_),
        "s's length 7f": tlv(ir + b"\2\x7f" + vs),
        "s and r": tlv(is_ + ir),
        # nothing, and the two octets that any length is read from
        "nothing": b"",
        "zeros": bytes(len(good)),
        "ones": b"\xff" * len(good),
    }  # fmt: skip
    for tag in (0x31, 0x10, 0x24, 0x70, 0xB0, 0x02, 0x04, 0):
        bad[f"tag {tag:02x} for the SEQUENCE"] = bytes([tag]) + good[1:]
    for tag in (0x01, 0x03, 0x04, 0x0A, 0x22, 0x42, 0x82, 0x30, 0):
        bad[f"tag {tag:02x} for r"] = tlv(bytes([tag]) + ir[1:] + is_)
        bad[f"tag {tag:02x} for s"] = tlv(ir + bytes([tag]) + is_[1:])
    if vr[0] == 0:  # of P-521's no r has its highest bit set
        bad["r without its zero"] = tlv(tlv(vr[1:], 2) + is_)
    for i in sorted({*range(9), n // 2, len(vr) + 3, len(vr) + 5, len(good) - 2, len(good) - 1}):
        bad[f"{i} octets of it"] = good[:i]
        fits = len(good[:i]) - len(good) + n
        if 0 <= fits < 128 and len(good) - n == 2:
            bad[f"{i} octets, and the length of them"] = b"\x30" + bytes([fits]) + good[2:i]
    if n > 127:
        for first in (0, 1, 0x7F, 0x80, 0x82, 0x83, 0xC1, 0xFF):
            bad[f"length after {first:02x}"] = good[:1] + bytes([first]) + good[2:]
    cases.add("as it should be", "verify", "ok", c.xy(q), e, good)
    for title, octets in bad.items():
        assert not c.verifies(q, e, octets), title
        cases.add(title, "verify", BAD, c.xy(q), e, octets)
    kept = Cases(c)
    kept += [cases[0], *sample(cases[1:], some, rand)]
    return kept + lengths(c, rand)


def lengths(c: Curve, rand: random.Random) -> Cases:
    """Around 128 octets, where the form of a length changes, which only P-521 has."""
    cases = Cases(c)
    for bits in (480, 488, 496, 504) if c is P521 else ():
        q, e, r, s = forged(c, c.at(1 << bits - 1), 1, rand.randrange(1 << 488, 1 << 489))
        body = tlv(r.to_bytes(bits // 8 + 1, "big"), 2) + tlv(s.to_bytes(62, "big"), 2)
        n = bytes([len(body)])
        for head in (b"\x30" + n, b"\x30\x81" + n, b"\x30\x82\0" + n, b"\x30\x80"):
            if len(head + body) == 2 * c.size:
                continue  # which is read as r || s
            want = c.verifies(q, e, head + body)
            assert want == (head + body == der(r, s))
            title = f"{head.hex()}, {len(body)} octets"
            cases.add(title, "verify", "ok" if want else BAD, c.xy(q), e, head + body)
    return cases


def signed(x: int) -> bytes:
    """Two's complement, in as few octets as it takes."""
    return x.to_bytes((x if x >= 0 else ~x).bit_length() // 8 + 1, "big", signed=True)
