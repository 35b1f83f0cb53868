"""ECDSA and ECGDSA: RFC 6979's values, both encodings, and what does not verify."""

import check
from umikey.crypto import ecdsa, p256
from umikey.errors import AuthError, LocalError, NoEntropy, RemoteError


def octets(s):
    s = s.replace(" ", "")
    return bytearray(int(s[i : i + 2], 16) for i in range(0, len(s), 2))


# RFC 6979 A.2.5, SHA-256 of "sample" and of "test"
KEY = octets("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
POINT = octets(
    "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
)
SAMPLE = octets("AF2BDBE1AA9B6EC1E2ADE1D694F41FC71A831D0268E9891562113D8A62ADD1BF")
SAMPLE_RS = octets(
    "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
)
TEST = octets("9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08")
TEST_RS = octets(
    "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
    "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083"
)
N = int.from_bytes(p256.N, "big")


def der(rs, lead=False):
    """DER by other means than the module's."""
    body = b""
    for i in (0, 32):
        x = bytes(rs[i : i + 32])
        while len(x) > 1 and not x[0] and x[1] < 128:
            x = x[1:]
        if x[0] > 127:
            x = b"\0" + x
        if lead:
            x = b"\0" + x
        body += b"\2" + bytes((len(x),)) + x
    return b"\x30" + bytes((len(body),)) + body


def refuse(name, sig, digest=SAMPLE, point=POINT, **how):
    check.raises(name, AuthError, lambda: ecdsa.verify(point, digest, sig, **how))


def vectors(kind):
    out = bytearray(b"\xaa" * 66)
    for digest, rs in ((SAMPLE, SAMPLE_RS), (TEST, TEST_RS)):
        ecdsa.sign(KEY, digest, out, 1, 64)
        check.eq(kind + " RFC 6979", out, b"\xaa" + rs + b"\xaa")
        ecdsa.verify(POINT, digest, rs)
        ecdsa.verify(POINT, digest, b"\1" + der(rs) + b"\1", 1, len(der(rs)))
        refuse(kind + " other digest", rs, digest[1:])
        # (r, n - s) is a signature as well
        s = (N - int.from_bytes(rs[32:], "big")).to_bytes(32, "big")
        ecdsa.verify(POINT, digest, rs[:32] + s)
    # The leftmost 32 octets of a longer digest
    ecdsa.verify(POINT, SAMPLE + b"more", SAMPLE_RS)
    check.eq(kind + " the key stays", KEY[:2], b"\xc9\xaf")


def fixed_length(kind, rounds):
    sig = bytearray(75)
    for i in range(rounds):
        digest = bytes((i, 1, 2)) * 7
        ecdsa.sign(KEY, digest, sig, 2)
        ecdsa.verify(POINT, digest, sig, 2, 71)
        check.eq(kind + " length", sig[:4], b"\0\0\x30\x45")
        check.eq(kind + " behind", sig[73:], b"\0\0")


def random(n):
    global state
    state += 1
    return bytes((state * 77 + i * 31) & 255 for i in range(n))


def hedged(kind):
    a = bytearray(64)
    b = bytearray(64)
    ecdsa.sign(KEY, SAMPLE, a, 0, 64, random)
    ecdsa.sign(KEY, SAMPLE, b, 0, 64, random)
    check.ok(kind + " differ", a[:32] != b[:32] and a[:32] != SAMPLE_RS[:32])
    ecdsa.verify(POINT, SAMPLE, a)
    ecdsa.verify(POINT, SAMPLE, b)
    check.raises("zeros", NoEntropy, lambda: ecdsa.sign(KEY, SAMPLE, a, 0, 64, bytes))


def ecgdsa(kind):
    inverse = bytearray(32)
    point = bytearray(64)
    p256.combine(octets("00" * 31 + "01"), bytes(32), bytes(32), KEY, True, inverse)
    p256.base(inverse, point)
    sig = bytearray(71)
    for n in (64, 71):
        ecdsa.sign(KEY, SAMPLE, sig, 0, n, None, True)
        ecdsa.verify(point, SAMPLE, sig, 0, n, True)
        refuse(kind + " as ECDSA", sig, n=n)
        refuse(kind + " ECGDSA, wrong digest", sig, TEST, point, n=n, gdsa=True)
    # By the formula of SPEC 9.1: x(e/r G + s/r Q) = r
    r = int.from_bytes(sig[5:37], "big") if sig[3] == 33 else int.from_bytes(sig[4:36], "big")
    check.ok(kind + " r", 0 < r < N)


def malformed(kind):
    rs = SAMPLE_RS
    good = der(rs)
    for i in range(0, len(good), 5):
        bad = bytearray(good)
        bad[i] ^= 1 << (i & 7)
        refuse("%s bit in octet %d" % (kind, i), bad)
    for i in range(0, 72, 3):
        refuse("%s %d octets" % (kind, i), good[:i])
    refuse(kind + " one more", good + b"\0")
    refuse(kind + " not the shortest", der(rs, True))
    body = good[2:]
    refuse(kind + " long form", b"\x30\x81" + bytes((len(body),)) + body)
    refuse(kind + " indefinite", b"\x30\x80" + body + b"\0\0")
    refuse(kind + " negative", b"\x30\x06\2\1\xff\2\1\1")
    refuse(kind + " empty integer", b"\x30\x06\2\0\2\2\1\1")
    zero = bytes(32)
    for name, r, s in (
        ("r = 0", zero, rs[32:]),
        ("s = 0", rs[:32], zero),
        ("r = n", p256.N, rs[32:]),
        ("s = n", rs[:32], p256.N),
        ("ones", b"\xff" * 32, b"\xff" * 32),
        ("ones", bytes(31) + b"\1", bytes(31) + b"\1"),
    ):
        refuse(kind + " " + name, bytes(r) + bytes(s))
        refuse(kind + " DER " + name, der(bytes(r) + bytes(s)))
    off = bytearray(POINT)
    off[63] ^= 1
    check.raises("off the curve", RemoteError, lambda: ecdsa.verify(off, SAMPLE, rs))
    refuse(kind + " another's", rs, SAMPLE, p256.G)


def local(kind):
    out = bytearray(71)
    for n in (0, 63, 65, 70, 72):
        check.raises("length %d" % n, LocalError, lambda n=n: ecdsa.sign(KEY, SAMPLE, out, 0, n))
    check.raises("outside", LocalError, lambda: ecdsa.sign(KEY, SAMPLE, out, 1, 71))
    check.raises("outside", LocalError, lambda: ecdsa.sign(KEY, SAMPLE, out, -1, 64))
    check.raises("key", LocalError, lambda: ecdsa.sign(KEY[1:], SAMPLE, out))
    check.raises("outside", LocalError, lambda: ecdsa.verify(POINT, SAMPLE, out, 70, 8))


state = 0
import umikey.crypto._p256_int as plain  # noqa: E402

best = p256._rung()
for kind, module in (("asm", best), ("int", plain)):
    if kind == "asm" and best is plain:
        continue
    p256._LOADED[:] = [module]
    vectors(kind)
    fixed_length(kind, 12 if kind == "asm" else 3)
    hedged(kind)
    ecgdsa(kind)
    if module is best:
        malformed(kind)
        local(kind)
check.done()
