"""The scripts in device/ about transports, clock and storage, on every target and in every form."""

from pathlib import Path

import pytest

DEVICE = Path(__file__).parents[1] / "device"
SCRIPTS = sorted(path.stem for path in DEVICE.glob("test_transport_*.py"))
SCRIPTS += ["test_clock", "test_store"]


@pytest.mark.every_load
@pytest.mark.parametrize("name", SCRIPTS)
def test_script(target, load, name):
    with target.session(load=load, files={"check": DEVICE / "check.py"}) as session:
        out = session.run(DEVICE / f"{name}.py").check()
    assert " 0 failed" in out, out
    if not target.name.startswith("qemu"):  # those have no sockets, and say so
        assert " 0 skipped" in out, out
