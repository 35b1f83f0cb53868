"""The code in README.md and in docs, run as it stands but for the addresses in it."""

import os
import re
import subprocess
import sys

import pytest
from peer_program import ID_R, listening, run
from umikey_dev import REPO

README = (REPO / "README.md").read_text()
CREDENTIALS = (REPO / "docs" / "credentials.md").read_text()
DESIGN = (REPO / "docs" / "design.md").read_text()
ADDRESS = '"udp://192.0.2.10"'
KEY = '"000102030405060708090a0b0c0d0e0f"'
SAY = "\nprint(sa.fingerprint())\n"

on_boards = pytest.mark.only("unix", "cpython")


def blocks(text):
    return re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)


def commands(text, name):
    """The command lines `umikey-peer <name> ...` of a page."""
    return re.findall(rf"^ +(umikey-peer {name} .*)$", text, re.M)


def words(command, folder, *more):
    """What follows `umikey-peer serve`; files are in `folder`."""
    out = []
    for word in command.split()[2:]:
        out.append(word if word.startswith("--") else folder / word)
    return (*out, *more, "--udp", "127.0.0.1:0")


def with_values(code, **values):
    for old, new in values.items():
        old = globals()[old]
        assert code.count(old) == 1, f"{old} is not in the example"
        code = code.replace(old, repr(new))
    return code + SAY


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Where the pages' commands were run."""
    folder = tmp_path_factory.mktemp("docs")
    made = commands(README, "keygen")
    assert set(commands(CREDENTIALS, "keygen")) >= set(made[1:]), "the two pages differ"
    for command in dict.fromkeys(made + commands(CREDENTIALS, "keygen")):
        run(folder, command)
    return folder


@on_boards
def test_readme_with_the_key_that_keygen_made(target, load, world):
    key = re.search(r'^key = "(\w+)"$', (world / "cam7.key").read_text(), re.M)[1]
    assert len(key) == 32 and 'line `key = "…"`' in README
    asked = words(commands(README, "serve")[0], world)
    with listening(*asked) as peer, target.session(load=load) as s:
        out = s.run(with_values(blocks(README)[0], ADDRESS=peer.udp, KEY=key), 30).check()
        assert out.strip() == peer.wait_for("established")["fingerprint"]


@on_boards
@pytest.mark.parametrize("page", (README, CREDENTIALS), ids=("readme", "credentials"))
def test_certificates(target, load, world, page):
    code = next(b for b in blocks(page) if "dhsign" in b)
    asked = words(commands(README, "serve")[1], world)
    assert commands(README, "serve")[1] in CREDENTIALS
    with listening(*asked) as peer, target.session(load=load) as s:
        (s.folder / "cam7.cred").write_bytes((world / "cam7.cred").read_bytes())
        out = s.run(with_values(code, ADDRESS=peer.udp), 60).check()
        assert out.strip() == peer.wait_for("established")["fingerprint"]


@on_boards
def test_a_board_file_with_several_keys(target, load, world):
    """docs/credentials.md: what keygen does not write; the board signs and opens an envelope."""
    code = next(b for b in blocks(CREDENTIALS) if "boardfile.write" in b)
    if not (world / "cam8.cred").exists():
        env = os.environ | {"PYTHONPATH": str(REPO / "tools")}
        subprocess.run([sys.executable, "-c", code], cwd=world, env=env, check=True)
    own = words(commands(README, "serve")[1], world)
    board = f"""
import umikey
from umikey import SRTP, credentials, ecies
cred = credentials.load("cam8.cred")
print([key.certs[0][0] for key in cred.keys], len(cred.pins), len(cred.others), len(cred.anchors))
me = ecies.Initiator(cred, {ID_R!r}, (SRTP(ssrc=1),))
ecies.Policy(cred)
sa = umikey.connect({{where!r}}, me)
"""
    with listening(*own) as peer, target.session(load=load) as s:
        (s.folder / "cam8.cred").write_bytes((world / "cam8.cred").read_bytes())
        said = s.run(board.format(where=peer.udp) + SAY, 60).check().splitlines()
        assert said == ["[2, 3] 1 1 1", peer.wait_for("established")["fingerprint"]]


@on_boards
def test_engines_without_io(target, load):
    """docs/design.md: what one engine writes, the other one is fed."""
    initiator, responder, transport = blocks(DESIGN)
    start, finish = initiator.split("...", 1)
    assert "aconnect(" in transport
    code = f"PSK = bytes(16)\nlookup_psk = lambda id_i, id_r: PSK\n{start}\nk = n\n{responder}"
    code += f"k = n\n{finish}\nprint(done, key == srv.sa[0].tek, len(key), len(salt))"
    with target.session(load=load) as s:
        assert s.run(code, 30).check().split() == ["True", "True", "16", "14"]
