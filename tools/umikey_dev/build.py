"""Build MicroPython for a target with chosen modules frozen, or find it in the cache.

    from umikey_dev.build import firmware
    elf = firmware("qemu-m3", heap=16384)

One tree per target is built in full, without anything frozen. A variant (other frozen files,
another heap) starts from a copy of it and compiles two files, or one, and links: about a second.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from umikey_dev import DevError, cache, debian, frozen
from umikey_dev.console import step
from umikey_dev.recipes import QEMU_HEAP, Recipe, recipe
from umikey_dev.source import PINNED, SUPPORTED, tree

# Raise it when a change here makes earlier entries of the cache wrong.
RECIPE_VERSION = 1
HEAP_STEP = 16  # a block of the garbage collector
KEEP_TREES = 8  # of 10 MB each


class BuildFailed(DevError):
    def __init__(self, what: str, log: Path):
        tail = log.read_text(errors="replace").splitlines()[-30:]
        super().__init__("\n".join([*tail, f"building {what} failed; the whole log: {log}"]))


def firmware(
    target: str,
    manifest: Path | bool | None = None,
    heap: int | None = None,
    modules: Mapping[str, Path] | None = None,
    quiet: bool = False,
) -> Path:
    """The path of the firmware (or the unix program) for `target`.

    `manifest`: None freezes what the board's own manifest names, umikey; False freezes nothing of
    ours; a path is a manifest to use instead. `modules` freezes further files, name -> path.
    `heap` is for the emulated boards; the unix port takes its heap at run time.
    """
    how = recipe(target)
    if how.port == "unix":
        heap = None
        if manifest is False and not modules and (found := on_path()):
            return found
    elif heap is not None and (heap < 1024 or heap % HEAP_STEP):
        raise DevError(f"a heap is 1024 bytes or more and a multiple of {HEAP_STEP}, not {heap}")
    debian.require(target)
    return variant(target, frozen.collect(how, tree(quiet=quiet), manifest, modules), heap, quiet)


def variant(
    target: str, files: list[frozen.File], heap: int | None = None, quiet: bool = False
) -> Path:
    """The firmware of `target` with exactly `files` frozen; see `firmware`."""
    how = recipe(target)
    key = _key(how, files)
    name = f"{target}-{cache.digest(key, heap)}"

    def make(part: Path) -> None:
        detail = f"heap {heap or QEMU_HEAP}" if how.port == "qemu" else "unix"
        if heap is None:
            start, stale = _base(how, quiet), _FROZEN
        else:  # there will be other heaps with the same files, so keep these compiled
            start, stale = _tree(how, key, files, quiet), ()
        with step(f"building {target}: {len(files)} modules frozen, {detail}", quiet):
            _finish(how, start, stale, files, heap, part, name)
            shutil.move(part / "tree" / how.artifact, part / how.artifact)
            contents = {"target": target, "heap": heap, "frozen": [f.path for f in files]}
            (part / "contents.json").write_text(json.dumps(contents, indent=1) + "\n")
            shutil.rmtree(part / "tree")
            shutil.rmtree(part / "frozen", ignore_errors=True)
        cache.prune("firmware")

    return cache.entry("firmware", name, make) / how.artifact


def on_path() -> Path | None:
    """A `micropython` on PATH of a release that we support, or None."""
    found = shutil.which("micropython")
    if not found:
        return None
    ask = "import sys; print('.'.join(str(n) for n in sys.implementation.version[:3]))"
    answer = subprocess.run([found, "-c", ask], capture_output=True, text=True)
    return Path(found) if answer.stdout.strip() in SUPPORTED else None


def mpy_cross(quiet: bool = False) -> Path:
    """mpy-cross of the very release that the firmware is built from."""

    def make(part: Path) -> None:
        source = tree(quiet=quiet)
        with step(f"building mpy-cross {PINNED.version}", quiet):
            work = part / "tree"
            _run_make(source / "mpy-cross", [f"BUILD={work}"], "mpy-cross")
            shutil.move(work / "mpy-cross", part / "mpy-cross")
            shutil.rmtree(work)

    key = cache.digest(RECIPE_VERSION, PINNED.name, _compiler("gcc"))
    return cache.entry("mpy-cross", key, make) / "mpy-cross"


def _key(how: Recipe, files: list[frozen.File]) -> str:
    return cache.digest(_base_key(how), *(x for f in files for x in (f.path, f.opt, f.data)))


def _base_key(how: Recipe) -> str:
    """The hash of all that goes into a target's tree except what is frozen and the heap."""
    board = sorted(how.board_dir.glob("mpconfig*"))
    return cache.digest(
        RECIPE_VERSION, PINNED.name, how, _compiler(how.compiler), *(p.read_bytes() for p in board)
    )


def _base(how: Recipe, quiet: bool) -> Path:
    """The tree of a target with nothing frozen."""

    def make(part: Path) -> None:
        mpy_cross(quiet)
        with step(f"building MicroPython {PINNED.version} for {how.target}", quiet):
            listing = part / "empty.py"
            listing.write_text("")
            _make(how, part / "tree", listing, None, f"{how.target}-base")

    return cache.entry("base", f"{how.target}-{_base_key(how)}", make) / "tree"


def _tree(how: Recipe, key: str, files: list[frozen.File], quiet: bool) -> Path:
    """The tree of a target with `files` frozen, from which only the heap can still vary."""

    def make(part: Path) -> None:
        base = _base(how, quiet)
        with step(f"building {how.target}: {len(files)} modules frozen", quiet):
            _finish(how, base, _FROZEN, files, None, part, f"{how.target}-{key}")
        cache.prune("tree", newest=KEEP_TREES)

    return cache.entry("tree", f"{how.target}-{key}", make) / "tree"


# What depends on the frozen files; main.o, which has the heap, is always made anew.
_FROZEN = ("frozen_content.c", "frozen_content.o")


def _finish(
    how: Recipe,
    start: Path,
    stale: tuple[str, ...],
    files: list[frozen.File],
    heap: int | None,
    part: Path,
    name: str,
) -> None:
    """Make part/tree from a copy of `start`, without the `stale` objects of that."""
    work = part / "tree"
    shutil.copytree(start, work)
    for item in (how.artifact, "main.o", *stale):
        (work / item).unlink(missing_ok=True)
    listing = frozen.write(files, part / "frozen") if stale else part
    # What is as it was: the version always, the frozen files where they are not stale.
    kept = ["genhdr/mpversion.h", *(() if stale else _FROZEN)]
    _make(how, work, listing, heap, name, *(f"--old-file={work / item}" for item in kept))


def _make(
    how: Recipe, build: Path, manifest: Path, heap: int | None, name: str, *more: str
) -> None:
    words = [f"BUILD={build}", f"FROZEN_MANIFEST={manifest}", "MICROPY_MPYCROSS_DEPENDENCY="]
    words += [f"MICROPY_MPYCROSS={mpy_cross(quiet=True)}", *how.make_vars(heap), *more]
    _run_make(tree(quiet=True) / "ports" / how.port, words, name)


def _run_make(folder: Path, words: list[str], name: str) -> None:
    """make in `folder`, in a clean environment: the caller's CFLAGS or MAKEFLAGS are not ours."""
    env = {k: os.environ[k] for k in ("PATH", "HOME", "TMPDIR") if k in os.environ}
    env = {"PATH": os.defpath, **env, "LC_ALL": "C", "PYTHONDONTWRITEBYTECODE": "1"}
    log = cache.root() / "log" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    jobs = os.environ.get("UMIKEY_JOBS") or os.cpu_count() or 1
    command = ["make", f"-j{jobs}", f"PYTHON={sys.executable}", *words]
    with log.open("w") as out:
        done = subprocess.run(
            command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    if done.returncode:
        raise BuildFailed(name, log)
    log.unlink()


def _compiler(name: str) -> str:
    """The compiler's own description, which is part of every key."""
    try:
        done = subprocess.run([name, "-v"], capture_output=True, text=True)
    except FileNotFoundError:
        raise DevError(f"{name} is not installed; `python -m umikey_dev setup` does it") from None
    return done.stderr
