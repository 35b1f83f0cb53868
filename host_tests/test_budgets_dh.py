"""What DH costs stays within budgets.toml: powers by rung, and the exchange on the integers."""

import tomllib
from pathlib import Path

import pytest
from umikey_dev import bench_ops, bench_rungs

BUDGETS = tomllib.loads((Path(__file__).parent / "budgets.toml").read_text())["op"]["dh"]
PROMISED = {
    ("qemu-m3", "asm_gx"): 1_900_000,
    ("qemu-m3", "asm_yx"): 6_200_000,
    ("qemu-m3", "int_gx"): 28_000_000,
    ("qemu-m3", "int_yx"): 105_000_000,
    ("qemu-m3", "int_exchange"): 150_000_000,
    ("qemu-m3", "int_heap"): 20_480,
    ("qemu-rv32", "asm_gx"): 5_500_000,
}
RUN = "import bench_dh\nbench_dh.run({rungs}, heap=False, names=('6k',))"


@pytest.mark.parametrize("path", PROMISED, ids=".".join)
def test_budgets_keep_the_promises(path):
    assert BUDGETS[path[0]][path[1]] <= PROMISED[path]
    assert BUDGETS["unix"]["gx_ratio"] >= 4


def powers(target, *rungs):
    """{(rung, op)}: row; g^x with the 6 KB table."""
    rows = bench_ops.measure(target.name, code=RUN.format(rungs=rungs))
    chosen = [r for r in rows if r["op"] == "dh.yx" or r["rung"] == "pow" or r["table_bytes"]]
    return {(r["rung"], r["op"]): r for r in chosen}


@pytest.mark.only("qemu-m3", "qemu-rv32")
def test_powers(target, note):
    found = powers(target, "asm", "int") if target.name == "qemu-m3" else powers(target, "asm")
    limits = [name for name in BUDGETS[target.name] if name.endswith(("_gx", "_yx"))]
    for name in limits:
        rung, op = name.split("_")
        got = found[rung, "dh." + op]["instructions"]
        limit = BUDGETS[target.name][name]
        note("measured", f"{target.name} {name}: {got:,} of {limit:,}")
        assert 500_000 < got <= limit, name


@pytest.mark.only("unix")
def test_faster_than_the_built_in_pow(target, note):
    ratio = powers(target, "int", "pow")["int", "dh.gx"]["pow_ratio"]
    note("measured", f"unix: g^x takes 1/{ratio} of the built-in pow's time")
    assert ratio >= BUDGETS["unix"]["gx_ratio"]


@pytest.mark.only("qemu-m3")
def test_exchange_on_the_integers(target, note):
    limit = BUDGETS["qemu-m3"]["int_exchange"]
    row = bench_rungs.measure(target.name, "initiator")
    note("measured", f"DH-HMAC on integers: {row['instructions']:,} of {limit:,}")
    assert 100_000_000 < row["instructions"] <= limit
    assert bench_rungs.runs_in(target.name, "initiator", BUDGETS["qemu-m3"]["int_heap"])
