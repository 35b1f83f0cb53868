"""The vectors, and that the check of them notices any change."""

import copy
import json
import random
import re
import shutil
import subprocess
import sys

import pytest
from peer_world import VECTORS
from umikey_peer import vectors as checker
from umikey_peer.vectors import Check, basic, dhhmac, hostile, peers, psk

FILES = {**basic.FILES, **psk.FILES, **dhhmac.FILES, **hostile.FILES}
FILES |= {f"peers/{name}": check for name, check in peers.FILES.items()}


def test_all_vectors_pass(vectors):
    results = checker.run(vectors)
    assert [str(r) for r in results if r.status == "failed"] == []
    assert sum(r.status == "passed" for r in results) >= 159


def test_messages_and_values_of_other_projects_pass(others, monkeypatch, vectors):
    monkeypatch.setenv("UMIKEY_PEERS", str(others))
    results = checker.run(vectors)
    assert [str(r) for r in results if r.status == "failed"] == []
    assert sum(r.file == "peers/published.json" for r in results) == 10
    assert sum(r.file == "peers/prf_sha256_streamwide.json" for r in results) == 5


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from leaves(inner, (*path, i))
    else:
        yield path, value


def is_output(name, path):
    """Whether a leaf is something that the peer has to compute."""
    if path[-1] == "decrypted_buffers":  # a statement of who captured it
        return False
    if name.startswith("17"):
        return path[-1] in ("message", "psk") and path[1:2] != () and not _later(path)
    if name == "peers/minisip.json":
        # without a MAC nothing ties the timestamp down
        return path[1] < 14 and ("message" not in str(path[-1]) or path[1] >= 12)
    if name.startswith("16"):
        return path[1] < 3  # the curves are not there yet
    return True


def _later(path):
    data = json.loads((VECTORS / "17_negative.json").read_text())
    return len(path) > 1 and data["cases"][path[1]]["name"].startswith("DHSIGN")


@pytest.mark.parametrize("name", [name for name in FILES if (VECTORS / name).exists()])
def test_a_changed_digit_anywhere_is_noticed(name):
    rnd = random.Random(name)
    data = json.loads((VECTORS / name).read_text())
    hexes = re.compile("([0-9a-f]{2})+")
    found = [
        (path, value)
        for path, value in leaves(data)
        if isinstance(value, int) or isinstance(value, str) and hexes.fullmatch(value)
    ]
    found = [(path, value) for path, value in found if is_output(name, path)]
    for path, value in rnd.sample(found, min(25, len(found))):
        spoiled = copy.deepcopy(data)
        place = spoiled
        for step in path[:-1]:
            place = place[step]
        if isinstance(value, bool):
            place[path[-1]] = not value
        elif isinstance(value, int):
            place[path[-1]] = value + 1
        else:
            at = rnd.randrange(len(value))
            digit = rnd.choice([c for c in "0123456789abcdef" if c != value[at]])
            place[path[-1]] = value[:at] + digit + value[at + 1 :]
        check = Check(name)
        try:
            FILES[name](spoiled, check)
        except (KeyError, ValueError, TypeError):
            continue
        assert any(r.status == "failed" for r in check.results), path


def test_a_field_that_nobody_reads_is_noticed():
    data = json.loads((VECTORS / "03_kemac_cipher.json").read_text())
    data["cases"][0]["new"] = "00"
    check = Check("x")
    basic.cipher_file(data, check)
    assert [r.status for r in check.results].count("failed") == 1


def test_the_program_can_be_called(capsys, vectors, tmp_path):
    """`make vectors TARGET=peer` does."""
    assert checker.main([str(vectors)]) == 0
    assert re.fullmatch(
        r"\d+ passed, 0 failed, \d+ skipped", capsys.readouterr().out.splitlines()[-1]
    )
    assert checker.main([str(tmp_path)]) == checker.main([]) == 2


def test_the_command_prints_its_figures_last(tmp_path, vectors):
    for name in ("01_prf.json", "05_dhhmac_exchange.json"):
        shutil.copy(vectors / name, tmp_path)
    command = [sys.executable, "-m", "umikey_peer.vectors", str(tmp_path)]
    env = {"PYTHONPATH": str(vectors.parent.parent / "tools"), "PATH": "/usr/bin:/bin"}
    run = subprocess.run(command, capture_output=True, text=True, env=env)
    assert run.returncode == 0
    assert run.stdout.splitlines()[-1] == "37 passed, 0 failed, 4 skipped"
    text = (tmp_path / "01_prf.json").read_text()
    (tmp_path / "01_prf.json").write_text(text.replace("3c554b63", "3c554b64", 1))
    run = subprocess.run(command, capture_output=True, text=True, env=env)
    assert run.returncode == 1 and "FAILED 01_prf.json: case 0" in run.stdout
    assert run.stdout.splitlines()[-1] == "36 passed, 1 failed, 4 skipped"
    run = subprocess.run([*command[:-1], str(tmp_path / "none")], capture_output=True, env=env)
    assert run.returncode == 2
    (tmp_path / "01_prf.json").write_text("{")
    run = subprocess.run(command, capture_output=True, text=True, env=env)
    assert run.returncode == 1 and "Traceback" not in run.stderr
