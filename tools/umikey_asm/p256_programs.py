"""The programs of the machine in p256_thumb.s and p256_rv32.s, as umikey/tables/p256_programs.py.

An instruction is four octets: what to do (and above it the factor c of `add`), d, a and b; a
register's octet is 9 times its number, nine being its words.

The comments say F, how much larger than a product's the digits of a number may be. Of the two
factors of a product, F times F is at most 15.
"""

from dataclasses import dataclass

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
R = 2**261

# Registers 0 to 2 are the header
PRIME, ORDER, R2_P, R_P, ONE, R2_N = range(3, 9)
X, Y, Z, X2, Y2, Z2, T0, T1, T2, T3, T4, T5, T6, T7, T8 = range(9, 24)
OPS = (
    "end mul mul_n square square_n add add_carry loop call return_ window comb store read write "
    "scalar"
).split()


@dataclass(frozen=True)
class Label:
    """Where an instruction goes on."""

    name: str


def op(what, d=0, a=0, b=0, c=0, raw=()):
    return what, d, a, b, c, raw


def mul(d, a, b):
    return op("mul", d, a, b)


def square(d, a, times=1):
    return op("square", d, a, times - 1, raw="b")


def add(d, a, b, c=1):
    """d = a + c b"""
    return op("add", d, a, b, c)


def add_carry(d, a, b, c=1):
    """The same with F = 1."""
    return op("add_carry", d, a, b, c)


def copy(d, a):
    return add(d, a, a, 0)


def copies(d, a):
    return [copy(d + i, a + i) for i in range(3)]


def call(name):
    return op("call", Label(name))


def read(d, word):
    return op("read", d, word, raw="a")


def write(word, a, modulus):
    return op("write", word, a, modulus, raw="d")


def store(entry):
    return op("store", 0, X, entry, raw="b")


RETURN = op("return_")
SCALAR = op("scalar", 0, 0, raw="a")
WINDOW = op("window")


def end(registers=0):
    """Leaves the machine; overwrites so many registers, from X on."""
    return op("end", registers, raw="d")


def loop(name):
    return op("loop", Label(name))


# (X, Y, Z) doubled; M = 3 (X + Z^2) (X - Z^2), S = 4 X Y^2
DOUBLE = [
    square(T0, Z),
    add(T1, X, T0, -1),  # F 2
    add(T2, X, T0),  # F 2
    mul(T1, T1, T2),
    add(T1, T1, T1, -4),  # -M, F 3
    add(T2, Y, Y),  # F 2
    mul(Z, T2, Z),
    mul(T2, T2, Y),
    mul(T3, X, T2),  # S / 2
    square(X, T1),
    add_carry(X, X, T3, -4),
    add(T3, X, T3, -2),  # X - S, F 3
    mul(Y, T1, T3),
    square(T2, T2),
    add_carry(Y, Y, T2, -2),
]

# The rest of an addition: H in T1, R in T2, X Z2^2 in X, Y Z2^3 in Y
SUM = [
    square(T0, T1),  # H^2
    mul(T1, T1, T0),  # H^3
    mul(T0, X, T0),  # X H^2
    square(X, T2),
    add(X, X, T1, -1),
    add_carry(X, X, T0, -2),
    add(T0, T0, X, -1),  # F 2
    mul(T2, T2, T0),
    mul(T1, Y, T1),
    add_carry(Y, T2, T1, -1),
    RETURN,
]

# (X, Y, Z) + (X2, Y2, 1), the latter not yet times R
ADD_AFFINE = [
    square(T0, Z),
    mul(X2, X2, R2_P),  # from F 2
    mul(Y2, Y2, R2_P),
    mul(T1, X2, T0),
    add(T1, T1, X, -1),  # F 2
    mul(T2, Y2, Z),
    mul(T2, T2, T0),
    add(T2, T2, Y, -1),  # F 2
    mul(Z, Z, T1),
    *SUM,
]

# (X, Y, Z) + (X2, Y2, Z2)
ADD = [
    square(T0, Z2),
    mul(X, X, T0),
    mul(T0, T0, Z2),
    mul(Y, Y, T0),
    square(T0, Z),
    mul(T1, X2, T0),
    mul(T0, T0, Z),
    mul(T2, Y2, T0),
    add(T1, T1, X, -1),
    add(T2, T2, Y, -1),
    mul(Z, Z, Z2),
    mul(Z, Z, T1),
    *SUM,
]


def powers(x2, x4, x8, x16, x32, a, mul, square):
    """x_i = a^(2^i - 1)"""
    return [
        square(x2, a),
        mul(x2, x2, a),
        square(x4, x2, 2),
        mul(x4, x4, x2),
        square(x8, x4, 4),
        mul(x8, x8, x4),
        square(x16, x8, 8),
        mul(x16, x16, x8),
        square(x32, x16, 16),
        mul(x32, x32, x16),
    ]


# X, Y, Z to x and y at words 0 and 8: T3 = Z^(p - 2)
OUT = [
    *powers(T0, T1, T2, T4, T5, Z, mul, square),
    square(T3, T4, 8),
    mul(T3, T3, T2),
    square(T3, T3, 4),
    mul(T3, T3, T1),
    square(T3, T3, 2),
    mul(T0, T3, T0),  # Z^(2^30 - 1)
    square(T3, T5, 32),
    mul(T3, T3, Z),
    square(T3, T3, 128),
    mul(T3, T3, T5),
    square(T3, T3, 32),
    mul(T3, T3, T5),
    square(T3, T3, 30),
    mul(T3, T3, T0),
    square(T3, T3, 2),
    mul(T3, T3, Z),
    square(T4, T3),
    mul(X, X, T4),
    mul(T4, T4, T3),
    mul(Y, Y, T4),
    mul(X, X, ONE),
    mul(Y, Y, ONE),
    write(0, X, PRIME),
    write(8, Y, PRIME),
]

# (X, Y, Z) = k*Q: k at word 0, Q at word 8. INDEX 63, TOP7 2^31
K_Q = [
    SCALAR,
    read(X, 8),
    read(Y, 16),
    mul(X, X, R2_P),
    mul(Y, Y, R2_P),
    copy(Z, R_P),
    store(0),
    copy(T4, X),
    copy(T8, Y),
    call("double"),
    *copies(X2, X),
    copy(X, T4),
    copy(Y, T8),
    copy(Z, R_P),
    *(step for entry in range(1, 8) for step in (call("add"), store(entry))),
    WINDOW,
    *copies(X, X2),
    loop("next"),
    "next",
    *[call("double")] * 4,
    WINDOW,
    call("add"),
    loop("next"),
    end(),
    "double",
    *DOUBLE,
    RETURN,
    "add",
    *ADD,
]

# (X, Y, Z) = k*G with a table: k at word 0. INDEX, TEETH, COLUMNS, SIZE, TOP7 or TOP8
K_G = [
    SCALAR,
    op("comb", 0, 0, 0, raw="b"),
    mul(X, X2, R2_P),
    mul(Y, Y2, R2_P),
    copy(Z, R_P),
    call("rest"),  # goes there, does not come back
    "column",
    *DOUBLE,
    op("comb", 0, 0, 0, raw="b"),
    call("add"),
    "rest",
    *(step for block in (1, 2, 3) for step in (op("comb", 0, 0, block, raw="b"), call("add"))),
    loop("column"),
    end(),
    "add",
    *ADD_AFFINE,
]

# Two products after another: what K_Q left goes to T5, and comes back to be added; neither K_Q nor
# K_G touches T5 to T7
KEEP = [*copies(T5, X), end()]
TOTAL = [*copies(X2, T5), call("add"), end(), "add", *ADD]

# What K_Q left, and the point at word 8
PLUS = [read(X2, 8), read(Y2, 16), call("add"), end(), "add", *ADD_AFFINE]

# y^2 - x^3 + 3 x - b at word 0, for x, y and b from word 8 on
CHECK = [
    *(read(X + i, 8 + 8 * i) for i in range(3)),
    *(mul(X + i, X + i, R2_P) for i in range(3)),  # from F 2
    square(T0, X),
    add(T0, T0, R_P, -3),  # F 4
    mul(T0, T0, X),
    add(T0, T0, Z),  # F 2
    square(T1, Y),
    add(T1, T1, T0, -1),  # F 3
    mul(T1, T1, ONE),
    write(0, T1, PRIME),
    end(),
]


def mul_n(d, a, b):
    return op("mul_n", d, a, b)


def square_n(d, a, times=1):
    return op("square_n", d, a, times - 1, raw="b")


def inverse_n(d, a, first):
    """d = a^(n - 2); with nine registers from `first` on."""
    x2, x4, x8, x16, x32 = range(first, first + 5)
    steps = powers(x2, x4, x8, x16, x32, a, mul_n, square_n)
    steps += [
        square_n(d, x32, 64),
        mul_n(d, d, x32),
        square_n(d, d, 32),
        mul_n(d, d, x32),
    ]
    # The lower half by sliding windows, with a, a^3, ... a^15
    odd = [a, *range(first, first + 7)]
    twice = first + 7
    steps.append(square_n(twice, a))
    steps += [mul_n(odd[i], odd[i - 1], twice) for i in range(1, 8)]
    low = f"{(N - 2) & (1 << 128) - 1:0128b}"
    at = pending = 0
    while at < 128:
        if low[at] == "0":
            pending += 1
            at += 1
            continue
        digit = low[at : at + 4].rstrip("0")
        steps.append(square_n(d, d, pending + len(digit)))
        steps.append(mul_n(d, d, odd[int(digit, 2) >> 1]))
        pending = 0
        at += len(digit)
    if pending:
        steps.append(square_n(d, d, pending))
    return steps


# (a + b c) d, or (a + b c) / d, of the numbers at words 0, 8, 16, 24
_COMBINE = [
    *(read(X + i, 8 * i) for i in range(4)),
    mul_n(Y, Y, R2_N),  # from F 2
    mul_n(Y, Y, Z),
    add(X, X, Y),  # F 3
    mul_n(X2, X2, R2_N),
]
_COMBINED = [mul_n(X, X, X2), write(0, X, ORDER), end(15)]
TIMES = [*_COMBINE, *_COMBINED]
OVER = [*_COMBINE, *inverse_n(Y2, X2, Z2), copy(X2, Y2), *_COMBINED]

PROGRAMS = {
    "K_Q": K_Q,
    "K_G": K_G,
    "KEEP": KEEP,
    "TOTAL": TOTAL,
    "PLUS": PLUS,
    "CHECK": CHECK,
    "OUT": [*OUT, end(15)],
    "TIMES": TIMES,
    "OVER": OVER,
}


def encode(program) -> bytes:
    places = {}
    at = 0
    for step in program:
        if isinstance(step, str):
            places[step] = at
        else:
            at += 1
    out = bytearray()
    for step in program:
        if isinstance(step, str):
            continue
        what, d, a, b, c, raw = step
        out.append(OPS.index(what) | (c & 15) << 4)
        for name, value in (("d", d), ("a", a), ("b", b)):
            if isinstance(value, Label):
                value = places[value.name]
            elif name not in raw:
                value *= 9
            out.append(value)
    return bytes(out)


def digits(number: int, signed: bool = True) -> bytes:
    out = b""
    for i in range(9):
        digit = number if i == 8 else number & (1 << 29) - 1
        if signed and i < 8 and digit >> 28:
            digit -= 1 << 29
        out += digit.to_bytes(4, "little", signed=True)
        number = number - digit >> 29
    return out


def constants() -> bytes:
    """What stands behind HALF: NINV, ORDER, and the registers 3 to 8."""
    return (
        (pow(-N, -1, 1 << 29)).to_bytes(4, "little")
        + N.to_bytes(32, "little")
        + b"".join(map(digits, (P, N, R * R % P, R % P, 1, R * R % N)))
    )


def source() -> str:
    lines = [
        '"""What the P-256 machine runs, see `_p256_asm.py`: made by tools/umikey_asm/'
        "p256_programs.py.",
        '"""',
        "# ruff: noqa: E501",
    ]
    for name, data in [
        *((name, encode(program)) for name, program in PROGRAMS.items()),
        ("CONSTANTS", constants()),
    ]:
        lines.append(f"{name} = (")
        lines += [f"    {data[i : i + 32]!r}" for i in range(0, len(data), 32)]
        lines.append(")")
    return "\n".join([*lines, ""])
