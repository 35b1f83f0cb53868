"""The codec's scripts in device/, on every target and in every form."""

from pathlib import Path

import pytest

DEVICE = Path(__file__).parent / "device"
SCRIPTS = sorted(path.stem for path in DEVICE.glob("test_wire_*.py"))


@pytest.mark.every_load
def test_scripts(target, load):
    files = {module: DEVICE / f"{module}.py" for module in ("check", "wire_feed")}
    with target.session(load=load, files=files) as session:
        for name in SCRIPTS:
            out = session.run(DEVICE / f"{name}.py").check()
            assert " 0 failed" in out, f"{name}: {out}"


@pytest.mark.only("qemu-m0")
def test_scripts_in_12_kilobytes(target):
    """Library frozen, scripts in flash, and about the heap of a board with 16 KB of RAM."""
    files = {module: DEVICE / f"{module}.py" for module in ("check", "wire_feed", *SCRIPTS)}
    with target.session(files=files, heap=12288, load="frozen") as session:
        for name in SCRIPTS:
            out = session.run(f"import {name}").check()
            assert " 0 failed" in out, f"{name}: {out}"
