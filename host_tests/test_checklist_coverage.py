"""Every checklist item of docs/spec.md, section 13, has a test that names it.

A test names an item in its function's name (`test_item_007_...`, several: `item_032_033`), a device
script in the label of a check ("item 59: ..."). The map goes to build/checklist.txt.
"""

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent
OUT = ROOT / "build" / "checklist.txt"
REQUIRED = {*range(1, 48), *range(49, 67), *range(100, 105), *range(107, 111), 126, 127}
NAME = re.compile(r"item((?:_\d{3})+)")
LABEL = re.compile(r"\bitem (\d+)\b")


def named(path: Path) -> dict[int, set[str]]:
    """The items that a file's tests name, and the tests."""
    return named_in(path.read_text(), path.relative_to(HERE).as_posix(), "device" in path.parts)


def named_in(source: str, where: str, labels: bool) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}

    def note(number, test):
        found.setdefault(int(number), set()).add(f"{where}::{test}" if test else where)

    tree = ast.parse(source)
    # docstrings promise, and do nothing
    prose = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for match in NAME.finditer(node.name):
                for number in match[1].strip("_").split("_"):
                    note(number, node.name)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and labels:
            if node not in prose:
                for match in LABEL.finditer(node.value):
                    note(match[1], "")
    return found


def collect(files) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for path in files:
        for number, tests in named(path).items():
            found.setdefault(number, set()).update(tests)
    return found


def firmware_tests():
    return [p for p in sorted(HERE.rglob("*.py")) if "peer" not in p.relative_to(HERE).parts]


def peer_tests():
    return sorted((HERE / "peer").rglob("*.py"))


def titles() -> dict[int, str]:
    """What each item says, from the specification."""
    section = (ROOT / "docs" / "spec.md").read_text().split("\n## 13. ")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", section, re.M)
    return {int(number): title for number, title in rows}


@pytest.fixture(scope="module")
def maps():
    firmware, peer = collect(firmware_tests()), collect(peer_tests())
    lines = ["Checklist items of docs/spec.md, section 13, and the tests that name them.", ""]
    for number, title in sorted(titles().items()):
        lines.append(f"{number:3}  {title}")
        for who, found in (("firmware", firmware), ("peer", peer)):
            tests = sorted(found.get(number, ())) or ["-" if number in REQUIRED else "not due yet"]
            lines += [f"     {who + ':':10}{test}" for test in tests]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("\n".join(lines) + "\n")
    return {"firmware": firmware, "peer": peer}


@pytest.mark.parametrize("who", ("firmware", "peer"))
def test_every_item_is_named(maps, who, note):
    missing = sorted(REQUIRED - set(maps[who]))
    assert not missing, f"no test of the {who} names these items: {missing}"
    note(
        "measured",
        f"checklist, {who}: {len(REQUIRED)} items named by tests, {OUT.name} has the map",
    )


def test_there_are_no_items_that_the_specification_does_not_have(maps):
    known = titles()
    assert len(known) == 127
    for found in maps.values():
        assert not {n: tests for n, tests in found.items() if n not in known}


def test_what_counts_as_naming():
    source = '''
"""item 1"""
def test_item_002_003_x(agent):
    "item 4"
def helper_item_005(): ...
check.eq("item 6: %d" % n, 1, 1)
check.ok("items 7 to 9", True)
for name, octets in (("item 10: x", b""),): ...
'''
    assert set(named_in(source, "f", True)) == {2, 3, 6, 10}
    assert set(named_in(source, "f", False)) == {2, 3}


def test_item_126_nothing_is_printed():
    """The package says nothing by itself, so that it cannot say a secret."""
    for path in sorted((ROOT / "firmware" / "umikey").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            called = getattr(getattr(node, "func", None), "id", "")
            assert called != "print", f"{path.name} prints"
