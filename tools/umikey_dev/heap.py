"""The smallest heap that a script finishes in, and what importing a module costs.

    from umikey_dev.heap import min_heap
    min_heap("qemu-m3", "exchange", {"exchange": path, "data": path}, 4096, 65536)

Everything is frozen, the script too, so that the heap holds nothing but what it makes; imports
count.
"""

from collections.abc import Mapping
from pathlib import Path

from umikey_dev import DevError, frozen, runners
from umikey_dev.build import HEAP_STEP, variant
from umikey_dev.console import step as progress
from umikey_dev.recipes import QEMU_HEAP, recipe
from umikey_dev.source import tree

# A heap is taken for large enough if so many sizes above it do as well: what fits also depends on
# how the pieces happen to fall, and a program may run in a heap, and not in one that is larger.
ABOVE = 16


def min_heap(
    target: str,
    script: str,
    modules: Mapping[str, Path],
    lo: int = 2048,
    hi: int = QEMU_HEAP,
    step: int = 64,
    expect: str = "",
    timeout: float = 60,
    quiet: bool = True,
) -> int:
    """The smallest multiple of `step` between `lo` and `hi` in which `import script` succeeds.

    `modules`, name -> path, has the script itself among what is frozen with it. A run succeeds if
    nothing is raised and `expect` is in its output. `hi` must do and `lo` must not.
    """
    if step % HEAP_STEP or script not in modules:
        raise ValueError(f"step is a multiple of {HEAP_STEP}, and script one of the modules")
    # Read once: an edit half-way must not change what is being measured.
    files = frozen.collect(recipe(target), tree(quiet=True), None, modules)
    tried: dict[int, str] = {}

    def failure(heap: int) -> str:
        return _failure(target, script, files, heap, expect, timeout)

    def enough(heap: int) -> bool:
        if heap not in tried:
            tried[heap] = failure(heap)
        return not tried[heap]

    lo, hi = lo // step, -(-hi // step)
    with progress(f"smallest heap for {script} on {target}", quiet) as detail:
        if not enough(hi * step):
            raise DevError(f"{script} fails even with a heap of {hi * step}: {tried[hi * step]}")
        if enough(lo * step):
            raise DevError(f"{script} does with a heap of {lo * step}; start lower")
        top = hi
        while hi - lo > 1:
            middle = (lo + hi) // 2
            detail(f"{middle * step}")
            if enough(middle * step):
                hi = middle
            else:
                lo = middle
        while bad := [n for n in range(hi + 1, min(hi + ABOVE, top) + 1) if not enough(n * step)]:
            hi = bad[-1] + 1
            while not enough(hi * step):
                hi += 1
    if failure(hi * step):
        raise DevError(f"{script} did with a heap of {hi * step}, and then did not: not repeatable")
    return hi * step


def _failure(
    target: str, script: str, files: list[frozen.File], heap: int, expect: str, timeout: float
) -> str:
    """Why `script` does not finish in `heap`, or ""."""
    targets = runners()
    program = variant(target, files, None if target == "unix" else heap, quiet=True)
    try:
        with targets.get(target).session("frozen", heap=heap, program=program) as s:
            result = s.run(f"import {script}", timeout)
    except (targets.TargetError, TimeoutError) as e:
        return str(e) or "it hangs"
    if result.error:
        return result.error.strip().splitlines()[-1]
    return "" if expect in result.stdout else f"it said {result.stdout!r}"


def import_costs(target: str, names: list[str]) -> dict[str, dict]:
    """For each module: the heap in use that importing it adds, after a collection.

    `all` counts what it imports in turn, `own` does not; `imports` are those others. A module that
    the target cannot import has only `error`.
    """
    costs = {}
    with runners().get(target).session("frozen") as s:

        def ask(before: list[str], name: str) -> dict:
            result = s.run(_IMPORT.format(before=before, name=name))
            if result.error:
                return {"error": result.error.strip().splitlines()[-1]}
            grown, *loaded = result.stdout.split()
            return {"grown": int(grown), "loaded": loaded}

        for name in names:
            whole = ask([], name)
            if "error" in whole:
                costs[name] = whole
                continue
            others = [m for m in whole["loaded"] if m != name]
            own = ask(others, name)
            costs[name] = {"all": whole["grown"], "own": own.get("grown"), "imports": others}
    return costs


def import_heap(target: str, names: list[str]) -> int | None:
    """The heap in use that importing all these modules adds, after a collection; None where the
    target has no way to import one (sockets, say)."""
    with runners().get(target).session("frozen") as s:
        result = s.run(_IMPORT_ALL.format(names=" ".join(names)))
    return None if result.error else int(result.stdout)


_IMPORT_ALL = """
import gc
x = None
b = 0
names = {names!r}
gc.collect()
b = gc.mem_alloc()
for x in names.split():
    __import__(x)
x = None
gc.collect()
print(gc.mem_alloc() - b)
"""


# The names are kept as one string each, and the loop's variables exist beforehand, so that what is
# measured is the import alone.
_IMPORT = """
import gc, sys
x = None
b = 0
for x in {before!r}:
    __import__(x)
x = {name!r}
gc.collect()
b = gc.mem_alloc()
__import__(x)
gc.collect()
b = gc.mem_alloc() - b
print(b, *[m for m in sys.modules if m.startswith("umikey")])
"""
