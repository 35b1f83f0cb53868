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
    exchange = {"target": "qemu-m3", "mode": "ecies"}
    again = bench_ops.merge(found, [exchange])
    assert again == [*found[1:], exchange]


def test_figures():
    rows = bench_ops.rows("qemu-m3", SAID, ("pow",))
    text = figures.operations([{"target": "qemu-m3", "mode": "psk"}, *rows])
    assert (
        "| `dh.gx` | qemu-m3 | asm | 6,144 | 1,000 instructions | 90.0 times `pow` | 1,408 |"
        in text
    )
    assert len(text.splitlines()) == 6
    assert len(figures.chief_operations(rows).splitlines()) == 5


def test_heap_in_words():
    least = {("psk", 0): 8192, ("psk", 1): 13504, ("dhhmac", 0): 13248, ("ecies", 0): 21952,
             ("dhhmac", 1): 20096, ("ecmqv", 1): 29824}  # fmt: skip
    rows = [
        {"target": "qemu-m3", "mode": mode, "role": ("initiator", "responder")[i], "min_heap": n}
        for (mode, i), n in least.items()
    ]
    rows += [{"target": "unix", "mode": "psk", "role": "initiator", "min_heap": None}]
    text = figures.heap(bench_ops.rows("qemu-m3", SAID) + rows).replace("\n", " ")
    assert "an initiator takes about 8 KB of heap with a pre-shared key and 13 to 21 KB" in text
    assert text.endswith("a responder 13 KB and 20 to 29 KB.")
    assert not figures.heap([*rows, rows[0] | {"min_heap": None}])


def test_exchanges_are_in_order():
    row = {"role": "initiator", "rung": "c", "seconds": 1, "peak_heap": 1, "allocated": 1}
    row |= {"min_heap": None, "bytes_out": 1, "bytes_in": 1}
    at = [("ecies", "unix"), ("psk", "unix"), ("ecies", "qemu-m3"), ("psk", "qemu-m3")]
    rows = [row | {"mode": mode, "target": target} for mode, target in at]
    lines = figures.exchanges(rows).splitlines()[2:]
    assert [tuple(line.split(" | ")[:2]) for line in lines] == [
        ("| qemu-m3", "psk, initiator"), ("| unix", "psk, initiator"),
        ("| qemu-m3", "ecies, initiator"), ("| unix", "ecies, initiator"),
    ]  # fmt: skip
    assert len(figures.chief_exchanges(rows).splitlines()) == 4


@pytest.mark.parametrize("name", bench_ops.GROUPS)
def test_groups(name):
    group = bench_ops.GROUPS[name]
    said = {}
    for script in (group.script, *group.helpers):
        text = (bench_ops.DEVICE / f"{script}.py").read_text()
        said |= dict.fromkeys(re.findall(r'print\("(\w+)", ', text))
    assert {"bench", "unit"} <= set(said)
