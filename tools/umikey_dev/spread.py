"""How much the time of a DH power shows of the exponent: instructions over 100 random secrets.

    PYTHONPATH=tools build/venv/bin/python -m umikey_dev.spread     # writes it into SECURITY.md

On the emulated Cortex-M3, in OAKLEY 5 with the 6 KB table, exponents of 256 bits: our rungs and the
built-in `pow`. Half of the exponents are random; of the others, each has another share of ones.
"""

import random

from umikey_dev import REPO, figures, runners

COUNT = 100
CODE = """
import _counter, gc
from umikey import tables
from umikey.crypto import dh
import umikey.tables.oakley5_6k as table
tables.oakley5 = lambda: table.data
asm = dh._asm()
x = bytearray(32)
y = bytearray(192)
out = bytearray(192)
p = int.from_bytes(dh._prime(192), "big")
dh.public(0, bytearray(secrets[:32]), y)
base = int.from_bytes(y, "big")
e = 0
counts = [0] * {count}
def gx():
    dh.public(0, x, out)
def yx():
    dh.shared(0, y, 0, x, out)
def power():
    pow(base, e, p)
def one(rung, op, work):
    global e
    dh._LOADED[:] = [asm if rung == "asm" else None]
    for i in range(-4, {count}):
        for k in range(32):  # a slice would move what is on the heap, and with it the count
            x[k] = secrets[32 * (i % {count}) + k]
        if rung == "pow":
            e = int.from_bytes(x, "big")
        gc.collect()
        _counter.start()
        work()
        n = _counter.stop()
        if i >= 0:
            counts[i] = n  # printing moves what is on the heap, and with it the count
    for n in counts:
        print(rung, op, n)
one("asm", "g^x", gx)
one("asm", "y^x", yx)
one("int", "g^x", gx)
one("int", "y^x", yx)
one("pow", "y^x", power)
"""


def secrets() -> bytes:
    """50 random exponents, and 50 with 1 to 99 of 100 bits set."""
    dice = random.Random(1)
    out = [dice.randbytes(32) for _ in range(COUNT // 2)]
    for i in range(COUNT // 2):
        bits = [dice.random() < (2 * i + 1) / COUNT for _ in range(256)]
        out.append(sum(1 << k for k, bit in enumerate(bits) if bit).to_bytes(32, "big"))
    return b"".join(out)


def measure() -> dict[tuple[str, str], list[int]]:
    """{(rung, power): a count for each secret}."""
    code = f"secrets = {secrets()!r}\n" + CODE.format(count=COUNT)
    with runners().get("qemu-m3").session("frozen", icount=True) as s:
        out = s.run(code, 1200).check()
    found = {}
    for line in out.splitlines():
        rung, op, n = line.split()
        found.setdefault((rung, op), []).append(int(n))
    return found


def table(found: dict[tuple[str, str], list[int]]) -> str:
    """Markdown."""
    lines = ["| code | power | fewest instructions | most | spread |"]
    lines.append("| --- | --- | ---: | ---: | ---: |")
    for (rung, op), counts in found.items():
        low, high = min(counts), max(counts)
        spread = f"{100 * (high - low) / low:.2f} %" if high > low else "0"
        lines.append(f"| {rung} | {op} | {low:,} | {high:,} | {spread} |")
    return "\n".join(lines)


def main() -> None:
    page = REPO / "SECURITY.md"
    page.write_text(figures.fill(page.read_text(), "spread", table(measure())))


if __name__ == "__main__":
    main()
