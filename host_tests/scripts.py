"""Runs the scripts in `device/` that test by themselves, and reads what they say."""

import re
from dataclasses import dataclass
from pathlib import Path

DEVICE = Path(__file__).parent / "device"
_COUNT = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped")


@dataclass(frozen=True)
class Count:
    """What a script said: the numbers of its last line, what it skipped, what it measured."""

    passed: int
    failed: int
    skipped: int
    skips: tuple[str, ...]
    measured: tuple[str, ...]
    out: str


def helpers() -> dict[str, Path]:
    """What scripts may import beside umikey, for a session's `files`: all but scripts.

    Counters and serial lines come with the session's own options.
    """
    others = ("agent", "hostile_loop", "_counter_", "_uart_", "test_", "bench_")
    return {p.stem: p for p in DEVICE.glob("*.py") if not p.name.startswith(others)}


def names(pattern: str = "test_*") -> list[str]:
    """The scripts that test something, by name."""
    return sorted(path.stem for path in DEVICE.glob(f"{pattern}.py"))


def counts(name: str) -> bool:
    """Does the script count instructions, where it can?"""
    return "import _counter" in (DEVICE / f"{name}.py").read_text()


def read(out: str) -> Count:
    """The output of a script that ended; AssertionError where the last line is not a count."""
    lines = out.strip().splitlines()
    last = _COUNT.fullmatch(lines[-1]) if lines else None
    assert last, f"no count at the end of: {out!r}"
    skips = tuple(line[5:] for line in lines if line.startswith("skip "))
    measured = tuple(line[9:] for line in lines if line.startswith("measured "))
    passed, failed, skipped = map(int, last.groups())
    assert skipped == len(skips), out
    return Count(passed, failed, skipped, skips, measured, out)


def run(session, name: str, timeout: float = 120) -> Count:
    """Run one script, which must pass; a script that could do nothing at all has 0 `passed`."""
    count = read(session.run(DEVICE / f"{name}.py", timeout).check())
    assert not count.failed, count.out
    assert count.passed or count.skipped, f"{name} checks nothing"
    return count
