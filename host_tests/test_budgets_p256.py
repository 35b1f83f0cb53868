"""What P-256 costs stays within budgets.toml: k*G, k*Q, signing and verifying, by rung."""

import tomllib
from pathlib import Path

import pytest
from umikey_dev import bench_ops

BUDGETS = tomllib.loads((Path(__file__).parent / "budgets.toml").read_text())["op"]["p256"]
PROMISED = {
    "asm_kG": 850_000,
    "asm_kQ": 2_300_000,
    "asm_sign": 1_400_000,
    "asm_verify": 3_200_000,
    "int_kG": 9_500_000,
    "int_kQ": 42_000_000,
    "int_sign": 11_000_000,
    "int_verify": 46_000_000,
}
RUN = "import bench_p256\nbench_p256.run({rungs}, heap=False)"


@pytest.mark.parametrize("name", PROMISED)
def test_budgets_keep_the_promises(name):
    assert BUDGETS["qemu-m3"][name] <= PROMISED[name]


@pytest.mark.only("qemu-m3", "qemu-rv32", "qemu-m0")
def test_operations(target, note):
    limits = BUDGETS[target.name]
    rungs = tuple(sorted({name.split("_")[0] for name in limits}))
    rows = bench_ops.measure(target.name, "p256", RUN.format(rungs=rungs))
    found = {(r["rung"], r["op"]): r["instructions"] for r in rows}
    assert len(found) == len(limits)
    for name, limit in limits.items():
        rung, op = name.split("_")
        got = found[rung, "p256." + op]
        note("measured", f"{target.name} {name}: {got:,} of {limit:,}")
        assert 200_000 < got <= limit, name


@pytest.mark.only("qemu-m3")
def test_faster_than_python_ecdsa(target, note):
    code = RUN.format(rungs=("int", "python-ecdsa"))
    rows = bench_ops.measure(target.name, "p256", code)
    ratio = next(r["python-ecdsa_ratio"] for r in rows if "python-ecdsa_ratio" in r)
    note("measured", f"{target.name}: k*Q on integers takes 1/{ratio} of python-ecdsa's")
    assert ratio > 1.2
