"""Writes the figures into README.md and docs/figures.md, from build/bench.json and build/size.json.

    make bench size
    PYTHONPATH=tools build/venv/bin/python -m umikey_dev.figures

What stands between `<!-- NAME -->` and `<!-- end -->` in those files is written here, by no hand.
"""

import json
import re
from pathlib import Path

from umikey_dev import bench, bench_ops

ROOT = Path(__file__).resolve().parents[2]
OTHERS = {"pow": "`pow`", "python-ecdsa": "python-ecdsa"}
PAGES = (ROOT / "README.md", ROOT / "docs" / "figures.md")


def _table(head: tuple, rows: list[tuple]) -> str:
    out = ["| " + " | ".join(map(str, row)) + " |" for row in (head, *rows)]
    right = " | ".join("---" if i < 3 else "---:" for i in range(len(head)))
    return "\n".join([out[0], f"| {right} |", *out[1:]])


def _place(row: dict) -> tuple[int, int]:
    return bench.MODES.index(row["mode"]), bench.TARGETS.index(row["target"])


def exchanges(measured: list[dict]) -> str:
    """A row for each mode, target and role."""
    head = ("target", "role", "code", "cost", "peak heap", "allocated", "smallest heap",
            "octets out", "in")  # fmt: skip
    rows = []
    for r in sorted((r for r in measured if "op" not in r), key=_place):
        cost = (
            f"{r['instructions']:,} instructions"
            if "instructions" in r
            else f"{1e3 * r['seconds']:.2f} ms"
        )
        least = f"{r['min_heap']:,}" if r["min_heap"] else "-"
        rows.append((r["target"], f"{r['mode']}, {r['role']}", r["rung"], cost,
                     f"{r['peak_heap']:,}", f"{r['allocated']:,}", least, r["bytes_out"],
                     r["bytes_in"]))  # fmt: skip
    return _table(head, rows)


def chief_exchanges(measured: list[dict]) -> str:
    """The same on the emulated Cortex-M3 alone, for the first page."""
    return exchanges([r for r in measured if r["target"] == "qemu-m3"])


def heap(measured: list[dict]) -> str:
    """In words, the smallest heaps on the emulated Cortex-M3 in whole KB; "" where they were not
    measured."""
    rows = [r for r in measured if r["target"] == "qemu-m3" and "op" not in r]
    least = [r for r in rows if r["min_heap"]]
    if not rows or least != rows:
        return ""

    def span(role: str, psk: bool) -> str:
        found = [round(r["min_heap"] / 1024) for r in least
                 if r["role"] == role and (r["mode"] == "psk") == psk]  # fmt: skip
        return f"{min(found)} KB" if psk else f"{min(found)} to {max(found)} KB"

    return (
        f"On an emulated Cortex-M3, frozen, with its imports counted, an initiator takes about "
        f"{span('initiator', True)} of heap with a\npre-shared key and {span('initiator', False)} "
        f"with Diffie-Hellman or certificates, a responder {span('responder', True)}\n"
        f"and {span('responder', False)}."
    )


def operations(measured: list[dict]) -> str:
    """A row for each operation, target, rung and table."""
    head = ("operation", "target", "code", "table", "cost", "against", "free heap needed")
    rows = []
    for r in measured:
        if "op" not in r:
            continue
        ratio = "-"
        for other, name in OTHERS.items():
            if f"{other}_ratio" in r:
                ratio = f"{r[f'{other}_ratio']:.1f} times {name}"
        size = f"{r['table_bytes']:,}" if r["table_bytes"] else "-"
        heap = f"{r['peak_heap']:,}" if r["peak_heap"] else "-"
        rows.append((f"`{r['op']}`", r["target"], r["rung"], size, bench_ops.cost_text(r), ratio,
                     heap))  # fmt: skip
    return _table(head, rows)


def chief_operations(measured: list[dict]) -> str:
    """The same with the table of 6 KB alone, for the first page."""
    chosen = [r for r in measured if r.get("op") != "dh.gx" or r["rung"] == "pow"
              or 4096 < r["table_bytes"] <= 8192]  # fmt: skip
    chosen = [r for r in chosen if r["target"] in ("qemu-m3", "unix")]
    return operations(chosen)


def sizes(size: dict) -> str:
    """Flash for each use, on the emulated Cortex-M3."""
    head = ("what a program imports", "target", "modules", ".mpy octets", "flash, frozen",
            "heap to import")  # fmt: skip
    rows = [
        (
            use,
            target,
            len(u["modules"]),
            f"{u['mpy']:,}",
            f"{u['flash']:,}",
            f"{u['import']:,}" if u.get("import") else "-",
        )
        for target, s in size["targets"].items()
        for use, u in sorted(s["uses"].items())
    ]
    return _table(head, rows)


def fill(text: str, name: str, table: str) -> str:
    """`text` with `table` between the marks for `name`, where it has them."""
    return re.sub(
        rf"(<!-- {name} -->\n).*?(<!-- end -->)",
        lambda m: f"{m[1]}\n{table}\n\n{m[2]}",
        text,
        flags=re.S,
    )


def main() -> None:
    tables = {}
    for name, source, render in (
        ("heap", "bench", heap),
        ("bench", "bench", exchanges),
        ("chief-bench", "bench", chief_exchanges),
        ("operations", "bench", operations),
        ("chief-operations", "bench", chief_operations),
        ("size", "size", sizes),
    ):
        path = ROOT / "build" / f"{source}.json"
        if not path.exists():
            raise SystemExit(f"no {path.relative_to(ROOT)}: run make {source} first")
        tables[name] = render(json.loads(path.read_text()))
    for page in PAGES:
        text = page.read_text()
        for name, table in tables.items():
            if table:
                text = fill(text, name, table)
        page.write_text(text)


if __name__ == "__main__":
    main()
