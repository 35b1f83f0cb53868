"""The modular arithmetic for DH: device/test_dh_*.py on every target and in every form."""

from pathlib import Path

import pytest

DEVICE = Path(__file__).parent / "device"
SCRIPTS = sorted(path.stem for path in DEVICE.glob("test_dh_*.py"))


@pytest.mark.every_load
@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts(target, load, script):
    with target.session(load=load, files={"check": DEVICE / "check.py"}) as session:
        out = session.run(DEVICE / f"{script}.py", timeout=300).check()
    assert " 0 failed" in out, out
