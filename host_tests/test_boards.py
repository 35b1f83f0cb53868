"""The boards' manifests: each freezes what its core can run, and all of that compiles for it."""

import re

import pytest
from targets import package
from umikey_dev import BOARDS, frozen
from umikey_dev.recipes import RECIPES, recipe
from umikey_dev.source import tree

# The -march= that the ports themselves freeze with in 1.25.0.
MARCH = {
    "ESP32_GENERIC": "xtensawin",
    "RPI_PICO": "armv6m",
    "RPI_PICO2": "armv6m",
    "NUCLEO_F767ZI": "armv7m",
}


@pytest.fixture(scope="module")
def reader():
    return frozen._reader(tree(quiet=True))


@pytest.mark.parametrize("board", MARCH)
def test_real_board(board, reader):
    text = (BOARDS / board / "manifest.py").read_text()
    (native,) = re.findall(r'^include\("../umikey.py", native="(\w+)"\)$', text, re.M)
    assert re.search(r'^include\("\$\(PORT_DIR\)/boards/.*manifest.py"\)$', text, re.M)
    found = reader.ManifestFile(reader.MODE_FREEZE, {"MPY_LIB_DIR": ""})
    found.execute(f"include({str(BOARDS / 'umikey.py')!r}, native={native!r})\n")
    files = {f.target_path: open(f.full_path, "rb").read() for f in found.files()}
    assert "umikey/errors.py" in files
    assert len(package.compiled(files, MARCH[board])) == len(files)


@pytest.mark.parametrize("name", RECIPES)
def test_emulated_board(name):
    files = package.for_target(name)
    assert "umikey/errors.py" in files
    assert set(files) <= set(package.sources())
    assert len(package.compiled(files, recipe(name).march)) == len(files)


@pytest.mark.parametrize("board", sorted(p.name for p in BOARDS.iterdir() if p.is_dir()))
def test_board_is_described(board):
    readme = (BOARDS / board / "README.md").read_text()
    assert readme.startswith("# ")
    assert f"`{board}`" in (BOARDS / "README.md").read_text()
