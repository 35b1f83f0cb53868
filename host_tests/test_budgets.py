"""What an exchange costs stays within budgets.toml: heap, instructions, octets, code.

A smallest heap is held by one run in a heap of the budget's size; it is searched for only where
sizes are compared with each other.
"""

import re
import tomllib
from pathlib import Path

import pytest
import scripts
from craft import ID_I, NOW, I
from psk_steps import initiator, responder
from umikey_dev import bench, frozen, size
from umikey_dev.build import variant
from umikey_dev.heap import min_heap
from umikey_dev.recipes import recipe
from umikey_dev.source import tree

BUDGETS = tomllib.loads((Path(__file__).parent / "budgets.toml").read_text())
PSK = BUDGETS["psk"]
PROMISED = {
    ("message", "i_message"): 170,
    ("message", "r_message_without_id"): 55,
    ("mpy", "initiator"): 24576,
    ("qemu-m3", "initiator", "min_heap"): 10240,
    ("qemu-m3", "initiator", "chunk_spread"): 64,
    ("qemu-m3", "initiator", "instructions"): 2_500_000,
}
PROMISED_EXCHANGES = {  # the initiator's on qemu-m3: smallest heap, instructions
    "dhhmac": (16_384, 12_000_000),
    "dhsign-ec": (24_576, 16_000_000),
    "dhsign-chain": (24_576, 16_000_000),
    "ecies": (24_576, 14_000_000),
    "ecmqv": (24_576, 14_000_000),
    "ecmqv-onepass": (24_576, 14_000_000),
}
EMULATED = ("qemu-m3", "qemu-m0", "qemu-rv32")
STEP = 64
emulated = pytest.mark.only(*EMULATED)
roles = pytest.mark.parametrize("role", ("initiator", "responder"))
modes = pytest.mark.parametrize("mode", [name for name in BUDGETS if name != "op"])


@pytest.fixture
def within(note):
    """within(what, got, limit): got is not above it; both are in the summary."""

    def judge(what, got, limit):
        note("measured", f"{what}: {got:,} of {limit:,}")
        assert got <= limit, f"{what}: {got} is over the budget of {limit}, see budgets.toml"

    return judge


@pytest.mark.parametrize("path", PROMISED, ids=".".join)
def test_budgets_keep_the_promises(path):
    limit = PSK
    for name in path:
        limit = limit[name]
    assert limit <= PROMISED[path]


@pytest.mark.parametrize("mode", PROMISED_EXCHANGES)
def test_budgets_keep_the_promises_of_exchanges(mode):
    heap, instructions = PROMISED_EXCHANGES[mode]
    limits = BUDGETS[mode]["qemu-m3"]["initiator"]
    assert limits["min_heap"] <= heap and limits["instructions"] <= instructions


def limit_of(mode, target, role, what):
    """That budget; a target that a mode has none for is skipped."""
    if target.name not in BUDGETS[mode]:
        pytest.skip(f"{target.name}: {mode} has no budgets there")
    return BUDGETS[mode][target.name][role][what]


def runs_in(target, mode, role, chunk, heap, folder):
    """Does the smallest program of `role` come to its end with so much heap?"""
    import targets

    script = {"exchange": bench.heap_file(folder, role, chunk, mode)}
    files = frozen.collect(recipe(target.name), tree(quiet=True), None, script)
    program = variant(target.name, files, heap, quiet=True)
    try:
        with target.session("frozen", heap=heap, program=program) as s:
            return "heap ok True" in s.run("import exchange", 60).stdout
    except (targets.TargetError, TimeoutError):
        return False


@emulated
@modes
@roles
def test_smallest_heap(target, mode, role, tmp_path, note):
    limit = limit_of(mode, target, role, "min_heap")
    for heap in (limit, *(limit + n * STEP for n in (1, 2, 4, 8, 16))):  # how pieces fall differs
        assert runs_in(target, mode, role, 32, heap, tmp_path), f"it does not run in {heap} octets"
    note("measured", f"{target.name} {mode} {role} runs in a heap of {limit}")


@pytest.mark.only("qemu-m3")
def test_chunks_need_the_same_heap(target, tmp_path, note):
    """The smallest heap for octets one by one, and then only the sizes next to it."""
    budget = PSK["qemu-m3"]["initiator"]
    script = {"exchange": bench.heap_file(tmp_path, "initiator", 1)}
    limit = budget["min_heap"]
    least = min_heap(
        target.name, "exchange", script, limit - 24 * STEP, limit, STEP, "heap ok True"
    )  # fmt: skip
    found = {1: least}
    for chunk in (16, 64, 0):
        for heap in range(least + STEP, least - 3 * STEP, -STEP):
            if not runs_in(target, "psk", "initiator", chunk, heap, tmp_path):
                break
            found[chunk] = heap
        assert chunk in found, f"chunks of {chunk or 'any size'} need more than {least + STEP}"
    note("measured", f"{target.name}: smallest heap by chunk {found} (0: the whole)")
    assert max(found.values()) - min(found.values()) <= budget["chunk_spread"], found


@emulated
@modes
@roles
def test_instructions(target, mode, role, within):
    limit = limit_of(mode, target, role, "instructions")
    row = bench.measure(target.name, role, heap=False, mode=mode)
    within(f"{target.name} {mode} {role}, instructions", row["instructions"], limit)
    assert row["instructions"] > 500_000, "the counter did not count"


@emulated
def test_what_the_last_feed_allocates(target, within):
    with target.session("frozen", files=scripts.helpers()) as s:
        count = scripts.run(s, "test_psk_alloc")
    for role in ("initiator", "responder"):
        line = next(m for m in count.measured if m.startswith(role))
        got = int(re.search(r"allocates (\d+)", line)[1])
        within(f"{target.name} psk {role}, last feed", got, PSK[target.name][role]["last_feed"])


def test_message_sizes(agent, within):
    limits = PSK["message"]
    within(f"{agent.target}: I_MESSAGE", len(initiator(agent)), limits["i_message"])
    responder(agent, idi=ID_I, now=NOW)
    answer = agent.hear(I(ids=()).encode()).answer
    within(f"{agent.target}: R_MESSAGE without ID", len(answer), limits["r_message_without_id"])
    assert len(answer) > 40


@pytest.mark.only("qemu-m3")
def test_code(target, within):
    """The .mpy files of all that is imported by the end of an exchange."""
    needs = size.played(target.name, size.modes()[0])
    files = frozen.collect(recipe(target.name), tree(quiet=True), None)
    ours = {size._module(f.path): f for f in files if f.path.startswith("umikey/")}
    lengths = size.mpy_lengths(target.name, ours)
    for role, modules in zip(("initiator", "responder"), needs, strict=True):
        got = sum(lengths[name] for name in modules)
        within(f"psk {role}, .mpy", got, PSK["mpy"][role])
    assert "umikey.responder" not in needs[0], "an initiator must not pull in the responder"
