"""The test vectors, computed anew on every target: what `make vectors` does, file by file."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from driver import open_agent
from umikey_dev import vectors

ROOT = Path(__file__).parents[1]
VECTORS = ROOT / "host_tests" / "vectors"
# Other projects' messages: read where they are, because they are not ours to hand on.
PEERS = Path(os.environ.get("UMIKEY_PEERS", ROOT / "../shared/vectors/peers"))
OTHERS = ("published.json", "prf_sha256_streamwide.json")
FILES = sorted(path.relative_to(VECTORS).as_posix() for path in VECTORS.rglob("*.json"))
# All of it where it is quick, and on the board that everything is measured on; elsewhere these:
SAMPLE = ("01_prf.json", "04_psk_exchange.json", "17_negative.json")
WHOLE = ("cpython", "unix", "qemu-m3")


class Tally(vectors.Tally):
    """One that remembers why something was left out."""

    def __init__(self):
        super().__init__()
        self.reasons = []

    def skip(self, name, why):
        super().skip(name, why)
        self.reasons.append(f"{name}: {why}")


class Opened:
    """An agent as a context manager, as `check_files` wants it."""

    def __init__(self, target):
        self.target = target

    def __enter__(self):
        self.session, agent = open_agent(self.target)
        return agent

    def __exit__(self, *exc):
        self.session.close()


def check(path, target, tmp_path, note):
    (tmp_path / path.name).write_bytes(path.read_bytes())
    tally = Tally()
    for _ in vectors.check_files(tmp_path, tally, lambda: Opened(target)):
        pass
    assert not tally.failed, tally
    if not tally.passed:
        pytest.skip("; ".join(tally.reasons))
    for reason in tally.reasons:
        note("part_skipped", reason)


@pytest.mark.only(*WHOLE)
@pytest.mark.parametrize("name", FILES)
def test_vectors(target, name, tmp_path, note):
    check(VECTORS / name, target, tmp_path, note)


@pytest.mark.only("qemu-m0", "qemu-rv32")
@pytest.mark.parametrize("name", SAMPLE)
def test_sample_of_vectors(target, name, tmp_path, note):
    check(VECTORS / name, target, tmp_path, note)
    if name == SAMPLE[0]:
        note("part_skipped", f"{target.name}: vectors, {len(SAMPLE)} of {len(FILES)} files")


@pytest.mark.only("cpython", "unix")
@pytest.mark.parametrize("name", OTHERS)
def test_other_projects(target, name, tmp_path, note):
    if not (PEERS / name).exists():
        pytest.skip(f"published messages of other projects: {PEERS} is absent (UMIKEY_PEERS)")
    check(PEERS / name, target, tmp_path, note)


@pytest.mark.only("cpython")
@pytest.mark.parametrize(
    ("name", "place"),
    (
        ("01_prf.json", ("cases", 0, "outkey")),
        ("04_psk_exchange.json", ("exchanges", 0, "R_MESSAGE")),
        ("12_payloads.json", ("payloads", 0, "hex")),
    ),
)
def test_a_wrong_vector_is_noticed(target, name, place, tmp_path):
    """The command ends with its count, and fails, when one hex digit is another."""
    d = json.loads((VECTORS / name).read_text())
    *path, last = place
    inner = d
    for step in path:
        inner = inner[step]
    text = inner[last]
    inner[last] = text[:-1] + ("0" if text[-1] != "0" else "1")
    if name.startswith("12"):
        inner[last] = text + "00"  # an octet too many; the contents are anybody's
    (tmp_path / name).write_text(json.dumps(d))
    result = CliRunner().invoke(vectors.main, ["--dir", str(tmp_path), "--target", target.name])
    assert result.exit_code == 1, result.output
    passed, failed, _ = (int(part.split()[0]) for part in result.stdout.split("\n")[-2].split(", "))
    assert passed and failed, result.output


@pytest.mark.only("cpython")
def test_right_vectors_are_no_failure(target, tmp_path):
    (tmp_path / "01_prf.json").write_bytes((VECTORS / "01_prf.json").read_bytes())
    result = CliRunner().invoke(vectors.main, ["--dir", str(tmp_path), "--target", target.name])
    assert result.exit_code == 0, result.output
    assert result.stdout.split("\n")[-2].endswith(" 0 failed, 0 skipped")
