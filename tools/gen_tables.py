"""Make the fixed-base tables in firmware/umikey/tables: `python tools/gen_tables.py`.

A table serves 2^x mod p, p the prime of OAKLEY 5 (RFC 2412 E.5), for exponents of up to 256 bits,
by the comb of Lim and Lee with `teeth` t, `blocks` v and `columns` d. The generator being 2, the
lowest f = 256 - d t v bits of x need no table: bit i < d - 1 is a doubling in column i, and those
from d - 1 on, eleven at most, say by which power of 2 the first column is multiplied. Above them,
bit f + i + d (j t + u), for i < d, j < v, u < t, is bit u of the digit that selects from block j in
column i. The power takes d - 1 squarings and d v - 1 multiplications by entries.

A table is one `bytes` constant of 192-octet little-endian numbers:

    the first            R^(K + 1) mod p, R = 2^1566: what the Thumb code multiplies by at the end,
                         where its Montgomery products have left a factor R^-K
    t, v blocks          entries 1 .. 2^t - 1 of block 0, then of block 1, ...

Everything follows from the length; see `shape` in umikey.tables.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "firmware" / "umikey" / "tables"
OCTETS = 192
EXPONENT = 256
FIRST = 10  # bits that the first column can take beyond its own
R_BITS = 29 * 54  # of the Montgomery factor in umikey_asm/modexp_thumb.s


@dataclass(frozen=True)
class Shape:
    name: str
    teeth: int
    blocks: int

    @property
    def columns(self) -> int:
        return -(-(EXPONENT - FIRST) // (self.teeth * self.blocks + 1))

    @property
    def free(self) -> int:
        """How many of the lowest bits are doublings."""
        return EXPONENT - self.columns * self.teeth * self.blocks

    @property
    def octets(self) -> int:
        return OCTETS * (1 + self.blocks * ((1 << self.teeth) - 1))


SHAPES = (
    Shape("1k5", 3, 1),
    Shape("3k", 4, 1),
    Shape("6k", 5, 1),
    Shape("12k", 5, 2),
    Shape("24k", 5, 4),
)


def pi_bits(k: int) -> int:
    """floor(2^k pi), by Machin's formula."""
    guard = 64

    def arctan(n: int) -> int:
        term = (1 << k + guard) // n
        total, divisor, sign = term, 1, 1
        while term:
            term //= n * n
            divisor += 2
            sign = -sign
            total += sign * (term // divisor)
        return total

    return 4 * (4 * arctan(5) - arctan(239)) >> guard


def oakley5() -> int:
    return 2**1536 - 2**1472 - 1 + 2**64 * (pi_bits(1406) + 741804)


def table(shape: Shape) -> bytes:
    p = oakley5()
    d = shape.columns
    # The factor R^-left that the products so far have left: the first column is multiplied by one
    # power of 2, or two where 2^1023 is not enough.
    left = 1 if shape.free - d + 1 <= 10 else 2
    for i in range(d):
        left = 2 * left + 1 + shape.blocks if i else left + shape.blocks - 1
    numbers = [pow(2, R_BITS * (left + 1), p)]
    for j in range(shape.blocks):
        for digit in range(1, 1 << shape.teeth):
            bits = (u for u in range(shape.teeth) if digit >> u & 1)
            exponent = sum(1 << shape.free + d * (j * shape.teeth + u) for u in bits)
            numbers.append(pow(2, exponent, p))
    return b"".join(n.to_bytes(OCTETS, "little") for n in numbers)


def source(shape: Shape) -> str:
    """The module that holds the table."""
    data = table(shape)
    lines = [
        f'"""2^x in OAKLEY 5: {shape.octets} octets, {shape.teeth} teeth, {shape.blocks} blocks, '
        f"{shape.columns} columns. Made by tools/gen_tables.py.",
        '"""',
        "# ruff: noqa: E501",
        "# fmt: off",
        "data = (",
    ]
    lines += [f"    {data[i : i + 64]!r}" for i in range(0, len(data), 64)]
    return "\n".join([*lines, ")", ""])


def files() -> dict[Path, str]:
    return {FOLDER / f"oakley5_{shape.name}.py": source(shape) for shape in SHAPES}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare; write nothing")
    parser.add_argument(
        "--report",
        action="store_true",
        help="measure every size on qemu-m3, and write the table and the plot in docs/ instead",
    )
    arguments = parser.parse_args()
    if arguments.report:
        sys.path.insert(0, str(ROOT / "tools"))
        from umikey_dev import tables_report

        tables_report.write(tables_report.measure())
        return 0
    wrong = [
        path
        for path, text in files().items()
        if arguments.check and (not path.exists() or path.read_text() != text)
    ]
    for path in wrong:
        print(f"{path.relative_to(ROOT)} is not what the generator makes", file=sys.stderr)
    if not arguments.check:
        for path, text in files().items():
            path.write_text(text)
            print(f"{path.relative_to(ROOT)}: {len(text)} octets of source")
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
