"""Make the fixed-base tables of P-256 in firmware/umikey/tables: `python tools/gen_tables_p256.py`.

They serve k*G for odd k, written as k = sum of s_i 2^i, 0 <= i < L, where every s_i is 1 or -1:
bit i of (k + 2^L - 1) / 2 says which. A table has 4 blocks of t teeth and d = ceil(256 / 4t)
columns, L = 4 t d. Digit (j, c) are the t signs s_i with i = c + d (t j + u), u < t. Of a digit and
its negative only the one with s = 1 in its highest tooth has an entry, so a block has 2^(t-1):

    entry e of block j    2^(d t j) (2^(d (t-1)) + sum of (1 or -1 by bit u of e) 2^(d u)) G

as x and y, 32 octets each, little-endian. Everything follows from the length.

The table "odd" is for verification on the built-in integers: G, 3G, 5G ... 127G in the same form.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "firmware" / "umikey" / "tables"
BLOCKS = 4
TEETH = {"4k": 5, "8k": 6}
ODD = 4096  # octets

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def add(a, b):
    """The sum of two points, neither of them infinity nor the other's negative."""
    if a == b:
        slope = 3 * (a[0] * a[0] - 1) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def table(teeth: int) -> bytes:
    columns = -(-256 // (BLOCKS * teeth))
    powers = [G]  # 2^i G
    while len(powers) < BLOCKS * teeth * columns:
        powers.append(add(powers[-1], powers[-1]))
    out = bytearray()
    for j in range(BLOCKS):
        tooth = [powers[columns * (teeth * j + u)] for u in range(teeth)]
        for e in range(1 << (teeth - 1)):
            point = tooth[-1]
            for u in range(teeth - 1):
                x, y = tooth[u]
                point = add(point, (x, y if e >> u & 1 else P - y))
            out += point[0].to_bytes(32, "little") + point[1].to_bytes(32, "little")
    return bytes(out)


def odd() -> bytes:
    """G, 3G, 5G ... 127G."""
    point = G
    twice = add(G, G)
    out = bytearray()
    while len(out) < ODD:
        out += point[0].to_bytes(32, "little") + point[1].to_bytes(32, "little")
        point = add(point, twice)
    return bytes(out)


def source(what: str, data: bytes) -> str:
    """The module that holds the table."""
    lines = [
        f'"""{what} on P-256, {len(data)} octets. Made by tools/gen_tables_p256.py.',
        '"""',
        "# ruff: noqa: E501",
        "data = (",
    ]
    lines += [f"    {data[i : i + 64]!r}" for i in range(0, len(data), 64)]
    return "\n".join([*lines, ")", ""])


def files() -> dict[Path, str]:
    out = {
        FOLDER / f"p256_{name}.py": source(f"k*G in {BLOCKS} blocks of {teeth} teeth", table(teeth))
        for name, teeth in TEETH.items()
    }
    return out | {FOLDER / "p256_odd.py": source("G, 3G ... 127G", odd())}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare; write nothing")
    arguments = parser.parse_args()
    wrong = 0
    for path, text in files().items():
        if not arguments.check:
            path.write_text(text)
            print(f"{path.relative_to(ROOT)}: {len(text)} octets of source")
        elif not path.exists() or path.read_text() != text:
            print(f"{path.relative_to(ROOT)} is not what the generator makes", file=sys.stderr)
            wrong = 1
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
