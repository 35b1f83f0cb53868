"""What mip installs is what there is."""

import json

import pytest
from umikey_dev import package


def test_package_json_is_current():
    assert (package.FIRMWARE / "package.json").read_text() == package.package_json(), (
        "run: PYTHONPATH=tools python -m umikey_dev.package"
    )
    assert (package.FIRMWARE / "manifest.py").read_text() == package.manifest()


def test_package_json_lists_every_file():
    listed = json.loads(package.package_json())
    assert [name for name, _ in listed["urls"]] == package.files()
    assert "umikey/modes/psk.py" in package.files()
    assert listed["version"].count(".") == 2


@pytest.mark.only("unix")
def test_mip_installs_it(target, tmp_path):
    """What package.json names, laid out as mip does, imports on MicroPython."""
    for name, source in json.loads(package.package_json())["urls"]:
        to = tmp_path / "lib" / name
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes((package.FIRMWARE / source).read_bytes())
    with target.session(load="source") as s:
        there = str(tmp_path / "lib")
        code = f"import sys\nsys.path[:] = [{there!r}]\nimport umikey\n"
        code += "print(umikey.psk, umikey.__file__)"
        assert str(tmp_path) in s.run(code, 20).check()
