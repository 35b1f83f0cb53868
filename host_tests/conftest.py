"""Options and fixtures for tests that run on targets.

A test that takes `target` runs once for every `--target`, one that takes `load` too in the form
asked for with `--load`: frozen unless told otherwise, or every form if marked `every_load`. Write
the options with a `=`: pytest takes a word of its own for a path, before it has read this file. A
target that cannot be used is a skip with its reason; where CI=true, an emulator that is missing is
a failure, because there it would hide that nothing was tested.
"""

import collections
import os
import sys
from pathlib import Path

import pytest
import targets
from driver import open_agent

SHIMS = Path(__file__).parent / "targets" / "shims"

# Tests may import the firmware into this process, too.
sys.path.append(str(SHIMS))
import umikey_shims  # noqa: E402

umikey_shims.install()

# Scripts for targets, not for pytest: it would import them, and so run them, while it collects.
collect_ignore = ["device"]


def pytest_addoption(parser):
    group = parser.getgroup("targets")
    group.addoption(
        "--target",
        action="append",
        choices=[*targets.known(), "all"],
        help="run on this target (repeatable; default: all but `board`)",
    )
    group.addoption(
        "--load",
        action="append",
        choices=[*targets.LOADS, "all"],
        help="how umikey gets onto the target (repeatable; default: what each test asks for)",
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "only(*names): the targets that a test is for")
    config.addinivalue_line("markers", "every_load: run in each form: source, mpy and frozen")


def pytest_generate_tests(metafunc):
    if "target" in metafunc.fixturenames:
        names = _chosen(metafunc)
        if not names:
            reason = f"a test for other targets than {', '.join(_asked(metafunc))}"
            names = [pytest.param(None, marks=pytest.mark.skip(reason=reason), id="none")]
        # by module: all tests of a file on one target, then on the next, so that a file can keep
        # one machine open; an emulated board keeps a core busy even while it waits
        metafunc.parametrize("target", names, indirect=True, scope="module")
    if "load" in metafunc.fixturenames:
        forms = metafunc.config.getoption("--load")
        if forms and "all" not in forms:
            forms = list(dict.fromkeys(forms))
        elif forms or metafunc.definition.get_closest_marker("every_load"):
            forms = list(targets.LOADS)
        else:
            forms = ["frozen"]
        metafunc.parametrize("load", forms, indirect=True, scope="module")


def _asked(metafunc) -> list[str]:
    asked = metafunc.config.getoption("--target") or []
    if "all" in asked:
        return list(targets.known())
    if asked:
        return list(dict.fromkeys(asked))
    return [n for n in targets.known() if n != "board" or "UMIKEY_BOARD" in os.environ]


def _chosen(metafunc) -> list[str]:
    only = metafunc.definition.get_closest_marker("only")
    return [n for n in _asked(metafunc) if not only or n in only.args]


_found = {}


def _get(name: str):
    """The target, or why not; asked once, because the first time may take a build."""
    if name not in _found:
        try:
            _found[name] = targets.get(name)
        except targets.Unavailable as e:
            _found[name] = str(e)
    return _found[name]


@pytest.fixture(scope="module")
def target(request):
    found = _get(request.param)
    if isinstance(found, str):
        reason = f"{request.param}: {found}"
        if os.environ.get("CI") == "true" and request.param.startswith("qemu-"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def load(request, target):
    if request.param not in target.loads:
        pytest.skip(f"{target.name} has no {request.param} form")
    return request.param


class OneAtATime:
    """Keeps the last thing opened, by a key, and closes it when another is asked for."""

    def __init__(self):
        self._key = self._thing = None

    def get(self, key, make):
        if key != self._key:
            self.close()
            self._thing = make()
            self._key = key
        return self._thing

    def close(self):
        if self._key is not None:
            self._key = None
            self._thing.close()


@pytest.fixture(scope="module")
def kept():
    """A place for the session, or the agent, that the tests of a file share."""
    place = OneAtATime()
    yield place
    place.close()


@pytest.fixture
def agent(target, kept):
    """The agent on `target`: one for all tests of a file, which set up their own engines."""
    return kept.get(("agent", target.name), lambda: open_agent(target)[1])


@pytest.fixture
def roomy(target):
    """For tests whose programs need more memory than the smallest board has."""
    if target.name == "qemu-m0":
        pytest.skip("certificates do not fit beside the tests on the smallest board")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """What a target says it cannot do, a real board no icount say, is a skip like any other."""
    try:
        return (yield)
    except targets.Unavailable as e:
        pytest.skip(str(e))


@pytest.fixture
def note(request):
    """note("part_skipped", why) or note("measured", what): the summary at the end has it."""
    return lambda kind, text: request.node.user_properties.append((kind, text))


def pytest_terminal_summary(terminalreporter):
    notes = [note for r in terminalreporter.stats.get("passed", ()) for note in r.user_properties]
    if measured := [text for kind, text in notes if kind == "measured"]:
        terminalreporter.section("measured")
        for text in measured:
            terminalreporter.write_line(text)
    reasons = collections.Counter(text for kind, text in notes if kind == "part_skipped")
    for report in terminalreporter.stats.get("skipped", ()):
        detail = report.longrepr
        reason = detail[2] if isinstance(detail, tuple) else str(detail)
        reasons[reason.removeprefix("Skipped: ")] += 1
    if reasons:
        terminalreporter.section("skipped, and why")
        for reason, count in reasons.most_common():
            terminalreporter.write_line(f"{count:5}  {reason}")
