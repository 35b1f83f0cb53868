"""Building MicroPython: the cache, the choice of what is frozen, and the bisection of the heap."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from umikey_dev import REPO, DevError, build, cache, debian, frozen
from umikey_dev.heap import import_costs, min_heap
from umikey_dev.recipes import recipe
from umikey_dev.source import tree

NEEDS_5000 = "x = bytearray(5000)\nprint('fine')\n"


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("UMIKEY_CACHE", str(tmp_path))
    return tmp_path


def test_where_the_cache_is(monkeypatch, tmp_path):
    for name in ("UMIKEY_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert cache.root() == Path.home() / ".cache" / "umikey"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.root() == tmp_path / "umikey"
    monkeypatch.setenv("UMIKEY_CACHE", str(tmp_path / "own"))
    assert cache.root() == tmp_path / "own"


def test_an_empty_environment_has_a_cache():
    code = "from umikey_dev import cache; print(cache.root())"
    done = subprocess.run(
        ["env", "-i", f"PYTHONPATH={REPO / 'tools'}", sys.executable, "-c", code],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip().endswith("/.cache/umikey")


def test_one_of_two_builders_builds(own_cache):
    made = []

    def make(part):
        made.append(part)
        time.sleep(0.2)
        (part / "result").write_text("done")

    threads = [threading.Thread(target=cache.entry, args=("kind", "x", make)) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(made) == 1
    assert (own_cache / "kind" / "x" / "result").read_text() == "done"


def test_a_failed_build_leaves_no_entry(own_cache):
    def fail(part):
        (part / "half").write_text("")
        raise DevError("no")

    with pytest.raises(DevError):
        cache.entry("kind", "x", fail)
    assert not (own_cache / "kind" / "x").exists()
    cache.entry("kind", "x", lambda part: None)
    assert [p.name for p in (own_cache / "kind").iterdir()] == ["x"]


def test_old_entries_go(own_cache):
    for name in "abcd":
        cache.entry("kind", name, lambda part: None)
    long_ago = time.time() - 2 * cache.KEEP_DAYS * 86400
    os.utime(own_cache / "kind" / "a", (long_ago, long_ago))
    cache.prune("kind")
    assert sorted(p.name for p in (own_cache / "kind").iterdir()) == ["b", "c", "d"]


def test_names_depend_on_where_parts_end():
    assert cache.digest("ab", "c") != cache.digest("a", "bc") != cache.digest("abc")


def test_missing_packages_are_one_command():
    assert str(debian.MissingPackages(["a", "b"])).endswith("sudo apt-get install -y a b")


def test_a_micropython_on_path_serves(tmp_path, monkeypatch):
    for version, used in (("1.26.1", True), ("1.19.1", False)):
        program = tmp_path / "micropython"
        program.write_text(f"#!/bin/sh\necho {version}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        assert (build.on_path() == program) == used
        if used:
            assert build.firmware("unix", False) == program


@pytest.mark.only("qemu-m3", "qemu-m0", "qemu-rv32")
def test_firmware_is_found_again(target):
    first = build.firmware(target.name, heap=20480, quiet=True)
    started = time.monotonic()
    assert build.firmware(target.name, heap=20480, quiet=True) == first
    assert time.monotonic() - started < 2
    assert build.firmware(target.name, heap=20496, quiet=True) != first


@pytest.mark.only("qemu-m3")
def test_what_is_frozen(target, tmp_path):
    how, source = recipe(target.name), tree(quiet=True)
    extra = tmp_path / "any_name.py"
    extra.write_text("x = 1\n")
    manifest = tmp_path / "manifest.py"
    manifest.write_text(f"module('any_name.py', base_path={str(tmp_path)!r})\n")

    def paths(*args):
        return [f.path for f in frozen.collect(how, source, *args)]

    assert "umikey/errors.py" in paths(None)
    assert paths(False) == []
    assert paths(False, {"probe": extra}) == ["probe.py"]
    assert paths(manifest) == ["any_name.py"]
    assert {"umikey/errors.py", "probe.py"} <= set(paths(None, {"probe": extra}))


@pytest.mark.only("qemu-m3")
def test_a_failed_build_says_why(target, tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text("def :\n")
    with pytest.raises(DevError, match=r"(?s)bad.py.*SyntaxError.*the whole log: /"):
        build.firmware(target.name, False, modules={"bad": bad}, quiet=True)


def test_heaps_that_cannot_be():
    for heap in (512, 20001):
        with pytest.raises(DevError, match="multiple of 16"):
            build.firmware("qemu-m3", heap=heap)


@pytest.mark.only("qemu-m3", "unix")
def test_smallest_heap(target, tmp_path):
    script = tmp_path / "need.py"
    script.write_text(NEEDS_5000)
    found = min_heap(target.name, "need", {"need": script}, 2048, 16384, 256, "fine")
    assert 5120 < found < 8192
    with pytest.raises(DevError, match="fails even with"):
        min_heap(target.name, "need", {"need": script}, 2048, 4096, 256, "fine")
    with pytest.raises(DevError, match="start lower"):
        min_heap(target.name, "need", {"need": script}, 12288, 16384, 256, "fine")


@pytest.mark.only("qemu-m3")
def test_what_an_import_costs(target):
    names = ["umikey.errors", "umikey.none"]
    costs = import_costs(target.name, names)
    assert costs == import_costs(target.name, names)
    assert 0 < costs["umikey.errors"]["own"] < costs["umikey.errors"]["all"] < 4096
    assert costs["umikey.errors"]["imports"] == ["umikey"]
    assert "ImportError" in costs["umikey.none"]["error"]
