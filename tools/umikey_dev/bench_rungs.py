"""One DH-HMAC exchange on the built-in integers, on a core that would take its assembler.

What an exchange costs on cores without a widening multiply, counted where counting is exact. The
rung is forced beforehand, in the program; all else is as in `bench`.
"""

import tempfile
from pathlib import Path

from umikey_dev import bench, frozen, runners
from umikey_dev.build import variant
from umikey_dev.heap import min_heap
from umikey_dev.recipes import recipe
from umikey_dev.source import tree

FORCE = "from umikey.crypto import dh\ndh._LOADED[:] = [None]\n"
DONE = "heap ok True"


def script(folder: Path, role: str) -> Path:
    """The smallest program for `role`, on the built-in integers."""
    path = bench.heap_file(folder, role, 32, "dhhmac")
    path.write_text(FORCE + path.read_text())
    return path


def measure(target: str, role: str, heap: int | None = None) -> dict:
    """The row; `heap`: of the machine that counts, where another than usual."""
    with tempfile.TemporaryDirectory() as name:
        files = {
            "bench_exchange": bench.DEVICE / "bench_exchange.py",
            "bench_data": bench.data_file(Path(name), "dhhmac", role),
        }
        options = {"files": files, "icount": True, "heap": heap, "freeze": True}
        with runners().get(target).session("frozen", **options) as s:
            out = s.run(FORCE + "import bench_exchange\nprint('rung', dh.rung(0))", 300).check()
    words = out.split()
    assert words[-1] == "int", out
    _, count, peak, used, sent, got, fingerprint = words[words.index("bench") :][:7]
    return {
        "target": target, "mode": "dhhmac", "role": role, "rung": "int",
        "peak_heap": int(peak), "allocated": int(used), "min_heap": None,
        "bytes_out": int(sent), "bytes_in": int(got), "fingerprint": fingerprint,
        "instructions": int(count),
    }  # fmt: skip


def least(target: str, role: str) -> int:
    """The smallest heap in which the exchange comes to its end."""
    with tempfile.TemporaryDirectory() as name:
        path = script(Path(name), role)
        return min_heap(target, "exchange", {"exchange": path}, 4096, 65536, expect=DONE)


def runs_in(target: str, role: str, heap: int) -> bool:
    """Does it come to its end in a heap of that size?"""
    with tempfile.TemporaryDirectory() as name:
        modules = {"exchange": script(Path(name), role)}
        files = frozen.collect(recipe(target), tree(quiet=True), None, modules)
    program = variant(target, files, heap, quiet=True)
    with runners().get(target).session("frozen", heap=heap, program=program) as s:
        return DONE in s.run("import exchange", 120).stdout
