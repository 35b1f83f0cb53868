"""Operations in build/bench.json: what a script prints becomes rows, and figures in the docs."""

import re

import pytest
from umikey_dev import DevError, bench_ops, figures

SAID = """unit instructions
bench dh.gx asm 6144 1000 1408
bench dh.gx int 0 30000 0
bench dh.gx pow 0 90000 2304
bench dh.yx asm 0 4000 2944
"""


def test_rows():
    first, second, other, last = bench_ops.rows("qemu-m3", SAID, ("pow",))
    assert first == {
        "target": "qemu-m3", "op": "dh.gx", "rung": "asm", "table_bytes": 6144,
        "instructions": 1000, "peak_heap": 1408, "pow_ratio": 90,
    }  # fmt: skip
    assert second["pow_ratio"] == 3 and second["peak_heap"] is None
    assert "pow_ratio" not in other and "pow_ratio" not in last
    seconds = bench_ops.rows("unix", SAID.replace("instructions", "us"), ("pow",))
    assert seconds[0]["seconds"] == 0.001 and "instructions" not in seconds[0]
    with pytest.raises(DevError):
        bench_ops.rows("unix", SAID.replace("unit", "units"))


def test_merge_replaces_what_was_measured_anew():
    old = [{"target": "qemu-m3", "mode": "psk"}, *bench_ops.rows("unix", SAID)]
    old += bench_ops.rows("qemu-m3", SAID.replace("1000", "1"))
    found = bench_ops.merge(old, bench_ops.rows("qemu-m3", SAID))
    assert found[:5] == old[:5] and len(found) == 9
    assert found[5]["instructions"] == 1000


def test_figures():
    rows = bench_ops.rows("qemu-m3", SAID, ("pow",))
    text = figures.operations([{"target": "qemu-m3", "mode": "psk"}, *rows])
    assert (
        "| `dh.gx` | qemu-m3 | asm | 6,144 | 1,000 instructions | 90.0 times `pow` | 1,408 |"
        in text
    )
    assert len(text.splitlines()) == 6
    assert len(figures.chief_operations(rows).splitlines()) == 5


@pytest.mark.parametrize("name", bench_ops.GROUPS)
def test_groups(name):
    group = bench_ops.GROUPS[name]
    said = {}
    for script in (group.script, *group.helpers):
        text = (bench_ops.DEVICE / f"{script}.py").read_text()
        said |= dict.fromkeys(re.findall(r'print\("(\w+)", ', text))
    assert {"bench", "unit"} <= set(said)
