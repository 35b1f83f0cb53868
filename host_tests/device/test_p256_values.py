"""k*G and k*Q of every rung against known values; what P-256 accepts and refuses."""

import check
from umikey.crypto import p256
from umikey.errors import LocalError, RemoteError


def octets(s):
    s = s.replace(" ", "")
    return bytearray(int(s[i : i + 2], 16) for i in range(0, len(s), 2))


# RFC 5903 8.1
I = octets("C88F01F5 10D9AC3F 70A292DA A2316DE5 44E9AAB8 AFE84049 C62A9C57 862D1433")  # noqa: E741
GI = octets(
    "DAD0B653 94221CF9 B051E1FE CA5787D0 98DFE637 FC90B9EF 945D0C37 72581180"
    "5271A046 1CDB8252 D61F1C45 6FA3E59A B1F45B33 ACCF5F58 389E0577 B8990BB3"
)
R = octets("C6EF9C5D 78AE012A 011164AC B397CE20 88685D8F 06BF9BE0 B283AB46 476BEE53")
GR = octets(
    "D12DFB52 89C8D4F8 1208B702 70398C34 2296970A 0BCCB74C 736FC755 4494BF63"
    "56FBF3CA 366CC23E 8157854C 13C58D6A AC23F046 ADA30F83 53E74F33 039872AB"
)
GIR = octets(
    "D6840F6B 42F6EDAF D13116E0 E1256520 2FEF8E9E CE7DCE03 812464D0 4B9442DE"
    "522BDE0A F0D8585B 8DEF9C18 3B5AE38F 50235206 A8674ECB 5D98EDB2 0EB153A2"
)
# 2G, 3G
G2 = octets(
    "7CF27B188D034F7E8A52380304B51AC3C08969E277F21B35A60B48FC47669978"
    "07775510DB8ED040293D9AC69F7430DBBA7DADE63CE982299E04B79D227873D1"
)
G3 = octets(
    "5ECBE4D1A6330A44C8F7EF951D4BF165E6C6B721EFADA985FB41661BC6E7FD6C"
    "8734640C4998FF7E374B06CE1A64A2ECD82AB036384FB83D9A79B127A27D5032"
)
P = int.from_bytes(p256.P, "big")
N = int.from_bytes(p256.N, "big")


def scalar(k):
    return bytearray(k.to_bytes(32, "big"))


def negative(point):
    return point[:32] + (P - int.from_bytes(point[32:], "big")).to_bytes(32, "big")


def base(k):
    out = bytearray(b"\xaa" * 66)
    p256.base(k, out, 1)
    check.eq("around", out[0] + out[65], 0x154)
    return out[1:65]


def multiply(k, point):
    out = bytearray(b"\xaa" * 66)
    kept = bytes(k)
    p256.multiply(k, b"\1" + point, 1, out, 1)
    check.eq("around", out[0] + out[65], 0x154)
    check.eq("the scalar stays", k, kept)
    return out[1:65]


def values(kind):
    check.eq(kind + " iG", base(I), GI)
    check.eq(kind + " rG", base(R), GR)
    check.eq(kind + " i(rG)", multiply(I, GR), GIR)
    check.eq(kind + " r(iG)", multiply(R, GI), GIR)
    point = bytes(p256.G)
    for k, want in ((1, point), (2, G2), (3, G3)):
        check.eq("%s %d G" % (kind, k), base(scalar(k)), want)
        check.eq("%s %d Q" % (kind, k), multiply(scalar(k), point), want)
        check.eq("%s -%d G" % (kind, k), base(scalar(N - k)), negative(want))
        check.eq("%s -%d Q" % (kind, k), multiply(scalar(N - k), point), negative(want))
    # The last addition is of a point to itself, or to another form of itself.
    for k in (4, 8, 16, 17, 30, 31, 32, 33, 62, 63, 64, 1 << 128, 1 << 255, N >> 1):
        a = base(scalar(k))
        check.eq("%s %x" % (kind, k), multiply(scalar(k), point), a)
        check.eq("%s -%x" % (kind, k), multiply(scalar(N - k), point), negative(a))
        check.eq("%s -%x G" % (kind, k), base(scalar(N - k)), negative(a))
    totals(kind, point)


def totals(kind, point):
    out = bytearray(64)
    both = p256.double_multiply
    check.ok(kind + " sum", both(scalar(1), scalar(2), point, 0, out))
    check.eq(kind + " G + 2G", out, G3)
    check.ok(kind + " sum", both(scalar(0), scalar(3), point, 0, out))
    check.eq(kind + " 3G", out, G3)
    check.ok(kind + " same", both(scalar(1), scalar(1), point, 0, out))
    check.eq(kind + " G + G", out, G2)
    check.ok(kind + " same", both(scalar(2), scalar(1), G2, 0, out))
    check.eq(kind + " 2G + 2G", out, base(scalar(4)))
    out = bytearray(64)
    check.ok(kind + " infinity", not both(scalar(N - 2), scalar(1), G2, 0, out))
    check.ok(kind + " infinity", not both(I, R, negative(base(combined(I, R))), 0, out))
    check.eq(kind + " nothing written", out, bytes(64))
    check.ok(kind + " sum", both(I, R, GR, 0, out))
    check.eq(kind + " iG + r(rG)", out, base(scalar((number(I) + number(R) ** 2) % N)))


def number(x):
    return int.from_bytes(x, "big")


def combined(u1, u2):
    """The k for which u1 G + u2 (k G) is infinity, negated."""
    out = bytearray(32)
    p256.combine(u1, scalar(0), scalar(0), u2, True, out)
    return out


def combinations(kind):
    for a, b, c, d in (
        (0, 0, 0, 1),
        (1, 2, 3, 4),
        (N - 1, N - 1, N - 1, N - 1),
        (N, N + 1, (1 << 256) - 1, N + 5),
        ((1 << 256) - 1, (1 << 256) - 1, (1 << 256) - 1, (1 << 256) - 1),
        (number(I), number(R), number(GI[:32]), number(GR[:32])),
    ):
        for invert in (False, True):
            out = bytearray(34)
            p256.combine(scalar(a), scalar(b), scalar(c), scalar(d), invert, out, 1)
            got = number(out[1:33])
            want = (a + b * c) % N
            if invert:
                got = got * d % N if got < N else -1
            else:
                want = want * d % N
            check.eq("%s (%d + %d %d) %d %r" % (kind, a, b, c, d, invert), got, want)
    out = bytearray(b"\1" * 32)
    p256.combine(I, I, I, scalar(N), True, out)
    check.eq(kind + " 1 / 0", out, bytes(32))


def refused(kind):
    out = bytearray(64)
    point = bytes(p256.G)
    x = number(point[:32])
    y = number(point[32:])
    for name, bad in (
        ("zeros", bytes(64)),
        ("off the curve", point[:63] + b"\xf4"),
        ("x = p", p256.P + point[32:]),
        ("y = p", point[:32] + p256.P),
        ("x + p", (x + P & (1 << 256) - 1).to_bytes(32, "big") + point[32:]),
        # x = 5 is on the curve, so x = p + 5 would be
        ("x = p + 5", (P + 5).to_bytes(32, "big") + Y5),
        ("ones", b"\xff" * 64),
        ("a twist's point", (x + 4).to_bytes(32, "big") + y.to_bytes(32, "big")),
    ):
        for work in (
            lambda bad=bad: p256.check(bad),
            lambda bad=bad: p256.multiply(I, bad, 0, out),
            lambda bad=bad: p256.double_multiply(I, I, bad, 0, out),
        ):
            e = check.raises(kind + " " + name, RemoteError, work)
            check.eq("number", e and e.number, 6)
    p256.check((5).to_bytes(32, "big") + Y5)
    for name, k in (
        ("0", scalar(0)),
        ("n", scalar(N)),
        ("n + 1", scalar(N + 1)),
        ("ones", bytearray(b"\xff" * 32)),
        ("short", bytearray(31)),
        ("long", bytearray(33)),
    ):
        check.raises(kind + " " + name, LocalError, p256.base, k, out)
        check.raises(kind + " " + name, LocalError, p256.multiply, k, point, 0, out)
    for at in (-1, 1, 64):
        check.raises("out at %d" % at, LocalError, p256.base, I, out, at)
        check.raises("point at %d" % at, LocalError, p256.multiply, I, point, at, out)
        check.raises("out at %d" % at, LocalError, p256.multiply, I, point, 0, out, at)
    check.eq(kind + " nothing written", out, bytes(64))


Y5 = octets("459243B9AA581806FE913BCE99817ADE11CA503C64D9A3C533415C083248FBCC")
kinds = (("asm", p256._rung()),)
import umikey.crypto._p256_int as plain  # noqa: E402

if kinds[0][1] is plain:
    kinds = ()
for kind, module in kinds + (("int", plain),):
    p256._LOADED[:] = [module]
    values(kind)
    combinations(kind)
    refused(kind)
p256._table = plain._table = lambda names=None: None
for kind, module in kinds + (("int", plain),):
    module._table = plain._table
    p256._LOADED[:] = [module]
    check.eq(kind + " without a table", base(I), GI)
    out = bytearray(64)
    check.ok(kind + " sum without a table", p256.double_multiply(I, R, GR, 0, out))
    want = base(scalar((number(I) + number(R) ** 2) % N))
    check.eq(kind + " iG + r(rG) without a table", out, want)
check.done()
