"""umikey's own files, in the form that a session asked for."""

import subprocess
import tempfile
from functools import cache as memo
from pathlib import Path

from umikey_dev import FIRMWARE, cache, frozen
from umikey_dev.build import mpy_cross
from umikey_dev.recipes import recipe
from umikey_dev.source import tree

from targets.base import DEVICE, TargetError


def sources() -> dict[str, bytes]:
    """Every .py file of the package: umikey/session.py -> contents."""
    found = sorted((FIRMWARE / "umikey").rglob("*.py"))
    return {path.relative_to(FIRMWARE).as_posix(): path.read_bytes() for path in found}


def for_target(target: str) -> dict[str, bytes]:
    """The files that the target's board manifest freezes: those that its core can run."""
    files = frozen.collect(recipe(target), tree(quiet=True), None)
    return {f.path: f.data for f in files if f.path.startswith("umikey/")}


def device_files(files: dict[str, Path], options: dict, kind: str) -> dict[str, Path]:
    """`files` and the helpers that go with the session's options, for one kind of target."""
    helpers = {}
    if options["icount"] is not None:
        helpers["_counter"] = DEVICE / f"_counter_{kind}.py"
    if options["uart"]:
        helpers["_uart"] = DEVICE / f"_uart_{kind}.py"
    return {**helpers, **files}


def compiled(files: dict[str, bytes], march: str) -> dict[str, bytes]:
    """`files` as .mpy for the core `march`, none for bytecode alone."""
    return {f"{path[:-3]}.mpy": compile_one(path, data, march) for path, data in files.items()}


@memo
def compile_one(path: str, data: bytes, march: str) -> bytes:
    cross = mpy_cross(quiet=True)
    key = cache.digest(cross.parent.name, path, data, march)

    def make(part: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "in.py")
            source.write_bytes(data)
            words = [str(cross), "-O3", "-s", path, "-o", str(part / "out.mpy"), str(source)]
            if march:
                words.insert(1, f"-march={march}")
            done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            raise TargetError(f"mpy-cross refuses {path}: {done.stderr.strip()}")

    return (cache.entry("mpy", key, make) / "out.mpy").read_bytes()
