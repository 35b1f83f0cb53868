"""firmware/examples, run as they are but for the addresses at their top."""

import re
import socket
import time

import pytest
from peer_program import ID_I, Program, initiate, listening, run, serve
from umikey_dev import FIRMWARE, REPO

EXAMPLES = FIRMWARE / "examples"
PRINT = re.compile(r"[0-9a-f]{4}(?:-[0-9a-f]{4}){3}")

pytestmark = pytest.mark.only("unix", "cpython")


def source(name, **values):
    """The example's text with other values in its `NAME = value` lines."""
    text = (EXAMPLES / name).read_text()
    for key, value in values.items():
        text, n = re.subn(rf"^{key} = .*$", f"{key} = {value!r}", text, flags=re.M)
        assert n == 1, f"{name} has no {key}"
    return text


def fingerprints(text):
    return PRINT.findall(text)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_form(path):
    text = path.read_text()
    assert re.fullmatch(r"\d\d_\w+\.py", path.name)
    assert len(text.splitlines()) < 40
    assert "mpremote run " + path.name in text and re.search("[Pp]rints? ", text)


def test_01_udp_client(target, load, tmp_path):
    with serve(tmp_path, "--udp", "127.0.0.1:0") as peer, target.session(load=load) as s:
        out = s.run(source("01_udp_client.py", PEER=peer.udp), 30).check()
        assert fingerprints(out) == [peer.wait_for("established")["fingerprint"]]
        assert "16 octets" in out and "14" in out
    with target.session(load=load) as s:
        out = s.run(source("01_udp_client.py", PEER=f"udp://127.0.0.1:{free_port()}"), 30).check()
        assert "no keys: " in out and "connection refused" in out


def test_02_udp_responder(target, load, tmp_path):
    port = free_port()
    with target.session(load=load) as s:
        s.start(source("02_udp_responder.py", ADDRESS=f"udp://127.0.0.1:{port}", ONCE=True))
        assert "listening" in s.read_line()
        with initiate(tmp_path, f"127.0.0.1:{port}", "--wait", 0.4, key=bytes(16)) as peer:
            assert peer.finish() != 0
        assert "refused: MAC does not verify" in s.read_line()
        with initiate(tmp_path, f"127.0.0.1:{port}", "--attempts", 3) as peer:
            fingerprint = peer.wait_for("established")["fingerprint"]
        assert s.read_line() == f"keys with sip:cam7@plant.example fingerprint {fingerprint}"


def test_03_asyncio_client(target, load, tmp_path):
    with serve(tmp_path, "--tcp", "127.0.0.1:0") as peer, target.session(load=load) as s:
        code = source("03_asyncio_client.py").replace("tcp://127.0.0.1:2269", peer.tcp, 1)
        out = s.run(code, 30).check()
        peer.wait_for("updated", count=2)
        assert fingerprints(out) == peer.fingerprints()
        assert int(out.split()[-2]) > 20


def test_04_uart_client(target, load, tmp_path):
    with (
        target.session(load=load, uart=True) as s,
        serve(tmp_path, "--serial", s.uart_path) as peer,
    ):
        text = source("04_uart_client.py")
        text = text.replace("UART = 1", "import os\nUART = os.getenv('UMIKEY_UART')", 1)
        out = s.run(text, 30).check()
        assert fingerprints(out) == [peer.wait_for("established")["fingerprint"]]


def test_05_two_boards(target, load):
    port = free_port()
    with target.session(load=load) as one, target.session(load=load) as other:
        other.start(source("05_two_boards.py", LISTEN=f"udp://127.0.0.1:{port}"))
        time.sleep(0.3)
        out = one.run(source("05_two_boards.py", INITIATOR=f"udp://127.0.0.1:{port}"), 30).check()
        assert other.finish().check() == out
        assert len(fingerprints(out)) == 1 and out.count("key of 16 octets") == 2


def test_06_counter_no_clock(target, load, tmp_path):
    with serve(tmp_path, "--udp", "127.0.0.1:0") as peer, target.session(load=load) as s:
        code = source("06_counter_no_clock.py", PEER=peer.udp)
        first = s.run(code, 30).check()
        again = s.run(code, 30).check()
        peer.wait_for("established", count=4)
        assert fingerprints(first + again) == peer.fingerprints()
    counters = [int(n) for n in re.findall(r"counter (\d+)", first + again)]
    assert counters == [1, 2, 65, 66]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder in which docs/credentials.md's commands were run."""
    folder = tmp_path_factory.mktemp("world")
    page = (REPO / "docs" / "credentials.md").read_text()
    for command in re.findall(r"^    (umikey-peer keygen .*)$", page, re.M):
        run(folder, command)
    return folder


def certified(folder):
    """The desktop's words about itself."""
    own = ("--cert", folder / "nvr.pem", "--cert-key", folder / "nvr.key.pem")
    return *own, "--anchor", folder / "plant-ca" / "ca.pem"


def test_07_dhhmac_client(target, load, tmp_path):
    with serve(tmp_path, "--udp", "127.0.0.1:0") as peer, target.session(load=load) as s:
        out = s.run(source("07_dhhmac_client.py", PEER=peer.udp), 60).check()
        assert fingerprints(out) == [peer.wait_for("established")["fingerprint"]]


@pytest.mark.parametrize("name", ("08_ecies_client.py", "09_ecmqv_onepass_client.py"))
def test_08_09_client_with_certificate(target, load, world, name):
    own = certified(world)
    with listening(*own, "--udp", "127.0.0.1:0") as peer, target.session(load=load) as s:
        (s.folder / "cam7.cred").write_bytes((world / "cam7.cred").read_bytes())
        out = s.run(source(name, PEER=peer.udp), 60).check()
        said = peer.wait_for("established")
    assert fingerprints(out) == [said["fingerprint"]]
    assert said["mode"].lower().replace("-", "").startswith(name.split("_")[1])


@pytest.mark.parametrize("words", ("dhsign", "ecies", "ecmqv", "ecmqv --one-pass"))
def test_10_certified_responder(target, load, world, words):
    port = free_port()
    with target.session(load=load) as s:
        (s.folder / "cam7.cred").write_bytes((world / "cam7.cred").read_bytes())
        s.start(source("10_certified_responder.py", ADDRESS=f"udp://127.0.0.1:{port}", ONCE=True))
        assert "listening" in s.read_line(20)
        knows = ("--knows", world / "cam7.pem", "--to", ID_I, "--ssrc", "11223344")
        asked = (*certified(world), *knows, "--attempts", 4, "--mode", *words.split())
        with Program("initiate", f"127.0.0.1:{port}", *asked) as peer:
            fingerprint = peer.wait_for("established")["fingerprint"]
        assert s.read_line(20) == f"keys with sip:nvr@plant.example fingerprint {fingerprint}"
        assert (s.folder / "umikey-mark0").exists()
