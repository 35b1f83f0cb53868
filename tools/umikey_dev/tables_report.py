"""Writes docs/tables.md's tables and docs/tables.svg: what each table for 2^x and P-256 buys.

    python tools/gen_tables.py --report               # measures on qemu-m3
    PYTHONPATH=tools python -m umikey_dev.tables_report   # from what was recorded

What was measured is recorded in docs/tables.json, from which the table and the plot follow.
"""

import json
import sys

from umikey_dev import REPO, bench_ops, figures

PAGE = REPO / "docs" / "tables.md"
PLOT = REPO / "docs" / "tables.svg"
RECORD = REPO / "docs" / "tables.json"
RUNGS = {"asm": "inline assembler", "int": "built-in integers"}
MAC = 5  # instructions of ARMv6-M to multiply two 16-bit digits and add
WIDE, HIGH = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 44, 52
LOW, TOP_M, KB = 0.5, 200, 24  # the plot's ends: millions (logarithmic), and KB


def measure() -> dict:
    """{rung: {octets of table: instructions}} of 2^x on qemu-m3; `pow` is the built-in function."""
    code = "import bench_dh\nbench_dh.run(heap=False)"
    found = {}
    for row in bench_ops.measure("qemu-m3", code=code):
        if row["op"] == "dh.gx":
            found.setdefault(row["rung"], {})[str(row["table_bytes"])] = row["instructions"]
    code = "import bench_dh\nbench_dh.run(('int', 'pow'), heap=False, names=('6k',))"
    found["m0"] = {
        f"{row['op']} {row['rung']} {row['table_bytes']}": row["instructions"]
        for row in bench_ops.measure("qemu-m0", code=code)
    }
    found["p256"] = p256()
    return found


def p256() -> dict:
    """The same for P-256 by operation and rung: {"kG asm": {octets of table: instructions}}."""
    found = {}
    code = "import bench_p256\nbench_p256.by_table()"
    for row in bench_ops.measure("qemu-m3", "p256", code):
        key = f"{row['op'].removeprefix('p256.')} {row['rung']}"
        found.setdefault(key, {})[str(row["table_bytes"])] = row["instructions"]
    return found


def curve(record: dict) -> str:
    """Markdown, a row for each operation on P-256 and rung."""
    what = {"kG": "k G", "sign": "signing", "verify": "verifying"}
    head = ("operation", "code", "no table", "`p256_4k`", "`p256_8k`", "`p256_odd`")
    lines = ["| " + " | ".join(head) + " |", "| --- | --- | ---: | ---: | ---: | ---: |"]
    for key, costs in record["p256"].items():
        op, rung = key.split()
        row = [costs["0"], costs.get("4096"), costs.get("8192"), None]
        if (op, rung) == ("verify", "int"):  # as large as the other, and for this alone
            row[1], row[3] = None, row[1]
        row = [f"{n:,}" if n else "-" for n in row]
        lines.append("| " + " | ".join((what[op], RUNGS[rung], *row)) + " |")
    return "\n".join(lines)


def smallest(record: dict) -> str:
    """The Cortex-M0's rows: measured on the integers, and what 16-bit products would take at least.

    A step is a product and Montgomery's reduction, of 96 digits each; y^x has 256 squarings, which
    need half the products for the first part, and 77 multiplications.
    """
    full = 96 * 96
    macs = 256 * ((full + 96) // 2 + full) + 77 * 2 * full
    rows = [("y^x, built-in `pow`", "dh.yx pow 0"), ("y^x, ours", "dh.yx int 0"),
            ("g^x, built-in `pow`", "dh.gx pow 0"), ("g^x, ours, no table", "dh.gx int 0"),
            ("g^x, ours, 6 KB", "dh.gx int 6144")]  # fmt: skip
    lines = ["| on qemu-m0 | instructions |", "| --- | ---: |"]
    lines += [f"| {name} | {record['m0'][key]:,} |" for name, key in rows]
    least = macs * MAC
    ratio = record["m0"]["dh.yx int 0"] / least
    lines.append(f"| y^x, of 16-bit products, estimated, at least | {least:,} |")
    lines += [
        "",
        f"Estimated: {macs:,} products with {MAC} instructions each (two loads, MULS, ADDS,",
    ]
    lines += [f"ADCS), by which y^x would take at best 1/{ratio:.1f} of what it does."]
    return "\n".join(lines)


def table(record: dict) -> str:
    """Markdown, a row for each size."""
    head = ["table", "octets of flash"]
    for name in RUNGS.values():
        head += [name, "as fast as `pow`"]
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    builtin = record["pow"]["0"]
    for octets in record["asm"]:
        row = [label(int(octets)), f"{int(octets):,}"]
        for rung in RUNGS:
            cost = record[rung][octets]
            row += [f"{cost:,}", f"{builtin / cost:.1f} times"]
        lines.append("| " + " | ".join(row) + " |")
    lines.append(f"| built-in `pow` | 0 | - | - | {builtin:,} | 1.0 times |")
    return "\n".join(lines)


def label(octets: int) -> str:
    """What the table is called."""
    return f"{round(octets / 500) / 2:g} KB" if octets else "none"


def svg(record: dict) -> str:
    """The plot: KB of table against millions of instructions, on a logarithmic scale."""
    from math import log

    def x(octets: float) -> float:
        return round(LEFT + (WIDE - LEFT - RIGHT) * octets / (KB * 1024), 1)

    def y(count: float) -> float:
        part = log(count / 1e6 / LOW) / log(TOP_M / LOW)
        return round(HIGH - BOTTOM - (HIGH - TOP - BOTTOM) * part, 1)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" role="img" '
        'font-family="sans-serif" font-size="12">',
        "<title>Instructions of 2^x in OAKLEY 5 on a Cortex-M3, by size of table</title>",
        "<style>",
        "text{fill:#222}.g{stroke:#ccc}.a{stroke:#222}.asm{stroke:#0b62a4;fill:#0b62a4}"
        ".int{stroke:#b3500b;fill:#b3500b}.pow{stroke:#666}path{fill:none!important;stroke-width:2}",
        "@media (prefers-color-scheme:dark){text{fill:#ddd}.g{stroke:#444}.a{stroke:#ddd}"
        ".asm{stroke:#6cb6ff;fill:#6cb6ff}.int{stroke:#ffa657;fill:#ffa657}.pow{stroke:#999}}",
        "text.asm,text.int{stroke:none}",
        "</style>",
        f'<text x="{LEFT}" y="20" font-size="14">2^x in OAKLEY 5, 256-bit x, Cortex-M3</text>',
    ]
    for million in (0.5, 1, 2, 5, 10, 20, 50, 100, 200):
        at = y(million * 1e6)
        out.append(f'<line class="g" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{at}" y2="{at}"/>')
        out.append(f'<text x="{LEFT - 6}" y="{at + 4}" text-anchor="end">{million:g}</text>')
    base = HIGH - BOTTOM
    for kb in (0, 1.5, 3, 6, 12, 18, 24):
        at = x(kb * 1024)
        out.append(f'<line class="a" x1="{at}" x2="{at}" y1="{base}" y2="{base + 5}"/>')
        out.append(f'<text x="{at}" y="{base + 19}" text-anchor="middle">{kb:g}</text>')
    out += [
        f'<line class="a" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{base}" y2="{base}"/>',
        f'<line class="a" x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{base}"/>',
        f'<text x="{(LEFT + WIDE - RIGHT) / 2}" y="{HIGH - 12}" text-anchor="middle">'
        "table in flash, KB</text>",
        f'<text transform="translate(16 {(TOP + base) / 2}) rotate(-90)" text-anchor="middle">'
        "million instructions</text>",
    ]
    at = y(record["pow"]["0"])
    out.append(
        f'<line class="pow" stroke-dasharray="6 4" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{at}" '
        f'y2="{at}"/>'
    )
    out.append(f'<text x="{WIDE - RIGHT}" y="{at - 6}" text-anchor="end">built-in pow</text>')
    for rung, name in RUNGS.items():
        points = [(x(int(o)), y(n)) for o, n in record[rung].items()]
        line = " L".join(f"{a} {b}" for a, b in points)
        out.append(f'<path class="{rung}" d="M{line}"/>')
        out += [f'<circle class="{rung}" cx="{a}" cy="{b}" r="4"/>' for a, b in points]
        end = points[-1][1] - 10
        out.append(
            f'<text class="{rung}" x="{WIDE - RIGHT}" y="{end}" text-anchor="end">{name}</text>'
        )
    return "\n".join([*out, "</svg>", ""])


def write(record: dict) -> None:
    """The record, and what follows from it."""
    RECORD.write_text(json.dumps(record, indent=1) + "\n")
    PLOT.write_text(svg(record))
    page = figures.fill(PAGE.read_text(), "tables", table(record))
    page = figures.fill(page, "m0", smallest(record))
    PAGE.write_text(figures.fill(page, "p256", curve(record)))


def main() -> None:
    write(measure() if sys.argv[1:] == ["--measure"] else json.loads(RECORD.read_text()))


if __name__ == "__main__":
    main()
