"""The scripts in device/ that test by themselves, each on every target.

Frozen, which is the form that a board has; EVERY_FORM as source and .mpy too: those whose outcome
depends on how native code got there, and the codec's.
"""

import json

import pytest
import scripts

# These have drivers of their own, in more forms or with more to set up.
ELSEWHERE = {
    "test_dh_*": "test_device_dh.py",
    "test_transport_*": "interop/test_device_transport.py",
    "test_clock": "interop/test_device_transport.py",
    "test_store": "interop/test_device_transport.py",
}
OTHERS = {name for pattern in ELSEWHERE for name in scripts.names(pattern)}
SCRIPTS = [name for name in scripts.names() if name not in OTHERS]
EVERY_FORM = [
    *scripts.names("test_wire_*"),
    "test_crypto_agree",
    "test_crypto_choice",
    "test_crypto_hmac",
]


def perform(target, load, name, kept, note):
    icount = True if scripts.counts(name) else None
    session = kept.get(
        (target.name, load, icount),
        lambda: target.session(load=load, files=scripts.helpers(), icount=icount),
    )
    count = scripts.run(session, name)
    if not count.passed:
        pytest.skip(f"{target.name}: {'; '.join(count.skips)}")
    for reason in count.skips:
        note("part_skipped", f"{target.name}: {reason}")
    for line in count.measured:
        note("measured", f"{target.name}, {load}: {line}")


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name not in EVERY_FORM])
def test_script(target, load, name, kept, note):
    perform(target, load, name, kept, note)


@pytest.mark.every_load
@pytest.mark.parametrize("name", EVERY_FORM)
def test_script_in_every_form(target, load, name, kept, note):
    perform(target, load, name, kept, note)


@pytest.mark.only("qemu-m0")
@pytest.mark.parametrize("name", scripts.names("test_wire_*"))
def test_codec_on_a_small_heap(target, name):
    """Library frozen, scripts in flash, and about the heap of a board with 16 KB of RAM."""
    files = scripts.helpers() | {n: scripts.DEVICE / f"{n}.py" for n in scripts.names()}
    with target.session(files=files, heap=12800, load="frozen") as session:
        count = scripts.read(session.run(f"import {name}").check())
    assert count.passed and not count.failed, count.out


def test_every_script_has_a_driver():
    here = scripts.DEVICE.parent
    for pattern, driver in ELSEWHERE.items():
        text = (here / driver).read_text()
        assert scripts.names(pattern) and pattern in text, f"{driver} does not run {pattern}"


def test_what_a_script_says_is_believed():
    for out in (
        "",
        "3 passed",
        "1 passed, 0 failed, 1 skipped",
        "1 passed, 0 failed, 0 skipped\nx",
    ):
        with pytest.raises(AssertionError):
            scripts.read(out)
    count = scripts.read("skip a: b\n4 passed, 2 failed, 1 skipped\n")
    assert (count.passed, count.failed, count.skips) == (4, 2, ("a: b",))


class Says:
    """A session whose script ends with `out`."""

    def __init__(self, out):
        self.out = out

    def run(self, *_):
        return self

    def check(self):
        return self.out


@pytest.mark.parametrize(
    "out", ("FAIL x\n9 passed, 1 failed, 0 skipped", "0 passed, 0 failed, 0 skipped")
)
def test_a_failure_in_a_script_is_one_here(out):
    with pytest.raises(AssertionError):
        scripts.run(Says(out), "test_wire_psk")


def test_the_exchange_that_scripts_use_is_a_vector():
    import sys

    sys.path.append(str(scripts.DEVICE))
    import psk_pair

    with open(scripts.DEVICE.parent / "vectors" / "04_psk_exchange.json") as f:
        first = json.load(f)["exchanges"][0]
    assert psk_pair.FIRST["i"].hex() == first["I_MESSAGE"]
    assert psk_pair.FIRST["r"].hex() == first["R_MESSAGE"]
