"""What single operations of the public-key arithmetic cost: rows with `op` in build/bench.json.

    python -m umikey_dev.bench_ops [--target qemu-m3] [--group dh]

A group of operations is a script in host_tests/device, which prints one line for each

    bench <op> <rung> <octets of table> <cost> <free heap that it needs, or 0>

in instructions, or in microseconds where its `unit us` line says so. The rung is what computes
(`asm`, `int`), or another program that a user would take instead and that the others are compared
with, on the same core in the same run: `pow` is the built-in function, `python-ecdsa` the package
of that name. To add a group, add its script to GROUPS.
"""

import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import click
from rich.table import Table

from umikey_dev import REPO, DevError, python_ecdsa, runners
from umikey_dev.console import show, step

DEVICE = REPO / "host_tests" / "device"
OUT = REPO / "build" / "bench.json"


@dataclass(frozen=True)
class Group:
    """Operations that one script measures."""

    script: str  # in host_tests/device, without .py
    code: str  # what runs it
    targets: tuple[str, ...] = ("qemu-m3", "qemu-rv32", "unix")
    others: tuple[str, ...] = ()  # rungs that are not ours: each row says how it compares
    helpers: tuple[str, ...] = ("_cost",)  # further files of host_tests/device that it imports
    made: dict[str, Callable[[], str]] = field(default_factory=dict)  # and modules made for it


GROUPS = {
    "dh": Group("bench_dh", "import bench_dh\nbench_dh.run()", others=("pow",)),
    "p256": Group(
        "bench_p256",
        "import bench_p256\nbench_p256.run()",
        ("qemu-m3", "qemu-m0", "qemu-rv32", "unix"),
        others=("python-ecdsa",),
        made={"python_ecdsa": python_ecdsa.source},
    ),
}


def measure(target: str, group: str = "dh", code: str = "") -> list[dict]:
    """The rows of `group` on `target`; `code` in place of the group's own, to measure less."""
    how = GROUPS[group]
    files = {name: DEVICE / f"{name}.py" for name in (how.script, *how.helpers)}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in how.made.items():
            files[name] = Path(folder) / f"{name}.py"
            files[name].write_text(text())
        options = {"files": files, "icount": True, "freeze": True}
        with runners().get(target).session("frozen", **options) as s:
            out = s.run(code or how.code, 900).check()
    return rows(target, out, how.others)


def rows(target: str, out: str, others: Iterable[str] = ()) -> list[dict]:
    """What a script printed, as rows; each of ours has `<other>_ratio`: how often it fits in."""
    words = [line.split() for line in out.splitlines()]
    units = [w[1] for w in words if w[:1] == ["unit"]]
    if units not in (["instructions"], ["us"]):
        raise DevError(f"the script names no unit: {out!r}")
    found = []
    for w in words:
        if w[:1] != ["bench"]:
            continue
        _, op, rung, octets, cost, heap = w
        row = {"target": target, "op": op, "rung": rung, "table_bytes": int(octets)}
        if units == ["us"]:
            row["seconds"] = int(cost) / 1e6
        else:
            row["instructions"] = int(cost)
        row["peak_heap"] = int(heap) or None
        found.append(row)
    for row in found:
        for other in found:
            if other["op"] == row["op"] and other["rung"] in others and row["rung"] not in others:
                row[f"{other['rung']}_ratio"] = round(cost_of(other) / cost_of(row), 2)
    return found


def cost_of(row: dict) -> float:
    """Instructions, or seconds."""
    return row["instructions"] if "instructions" in row else row["seconds"]


def measure_all(targets: Iterable[str] = (), groups: Iterable[str] = ()) -> list[dict]:
    """Every group on each of its targets, or on those of them that are named."""
    wanted = tuple(targets)
    found = []
    for name in tuple(groups) or GROUPS:
        for target in GROUPS[name].targets:
            if not wanted or target in wanted:
                with step(f"{name} operations on {target}"):
                    found += measure(target, name)
    return found


def merge(old: list[dict], new: list[dict]) -> list[dict]:
    """`old` with what was measured anew replaced: a target's operation, or all its exchanges."""
    fresh = {(r["target"], r.get("op")) for r in new}
    return [r for r in old if (r["target"], r.get("op")) not in fresh] + new


def table(found: list[dict]) -> Table:
    """For people."""
    out = Table(title="Single operations, as build/bench.json has them")
    for name in ("op", "target", "rung", "table", "cost", "free heap needed", "against others"):
        out.add_column(name, justify="left" if name in ("op", "target", "rung") else "right")
    for r in found:
        ratios = [f"{k.removesuffix('_ratio')} / {v}" for k, v in r.items() if k.endswith("_ratio")]
        heap = f"{r['peak_heap']:,}" if r["peak_heap"] else "-"
        size = f"{r['table_bytes']:,}"
        out.add_row(r["op"], r["target"], r["rung"], size, cost_text(r), heap, ", ".join(ratios))
    return out


def cost_text(row: dict) -> str:
    """A row's cost with its unit."""
    if "instructions" in row:
        return f"{row['instructions']:,} instructions"
    return f"{1e3 * row['seconds']:.2f} ms"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--target", "targets", multiple=True, help="Only these.")
@click.option("--group", "groups", multiple=True, type=click.Choice(list(GROUPS)))
def main(targets: tuple[str, ...], groups: tuple[str, ...]) -> None:
    """Measure single operations and put them into build/bench.json, in place of older ones."""
    found = measure_all(targets, groups)
    old = json.loads(OUT.read_text()) if OUT.exists() else []
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(merge(old, found), indent=1) + "\n")
    show(table(found))


if __name__ == "__main__":
    main()
