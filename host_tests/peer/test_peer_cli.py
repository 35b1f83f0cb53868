"""The `umikey-peer` command: in this process, and as real processes on this machine."""

import json
import os
import pty
import socket
import stat
import subprocess
import sys
import time
import tomllib

import pytest
from click.testing import CliRunner
from peer_world import ALICE, BOB, KEY, ROOT, exchange
from umikey_peer import Initiator, Psk, Stream
from umikey_peer.cli import main
from umikey_peer.credentials import ConfigError, load_psks, write_psk
from umikey_peer.transport.uart import Line, UartClient
from umikey_peer.transport.udp import UdpClient

FIRST = exchange()


def run(*arguments, text=None):
    result = CliRunner().invoke(main, list(arguments), input=text)
    if not isinstance(result.exception, SystemExit | None):
        raise result.exception
    return result


def fails(result, code, *words):
    """One line that begins with the program's name, and no traceback."""
    assert result.exit_code == code, result.output
    line = result.stderr.strip()
    assert line.startswith("umikey-peer: ") and "\n" not in line and "Traceback" not in line
    for word in words:
        assert word in line, line


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "cam7.key"
    write_psk(path, KEY, ALICE, BOB)
    return str(path)


def test_keygen_makes_a_private_file_and_never_overwrites(tmp_path):
    path = tmp_path / "k"
    result = run("keygen", str(path), "--id-i", ALICE, "--id-r", 'q"uo\\te', "--length", "32")
    assert result.exit_code == 0 and stat.S_IMODE(path.stat().st_mode) == 0o600
    entry = tomllib.loads(path.read_text())["psk"][0]
    assert entry["id_i"] == ALICE and entry["id_r"] == 'q"uo\\te' and len(entry["key"]) == 64
    assert entry["key"] not in result.output and "fingerprint" in result.output
    fails(run("keygen", str(path)), 2, "exists")
    fails(run("keygen", str(tmp_path / "no" / "k")), 2, "cannot write")
    fails(run("keygen", str(tmp_path / "x"), "--length", "3"), 2, "16")


def test_key_files(tmp_path):
    path = tmp_path / "k"

    def write(text, mode=0o600):
        path.write_text(text)
        path.chmod(mode)
        return path

    assert bytes(load_psks(write("# a comment\n" + KEY.hex() + "\n"))[0].key) == KEY
    psks = load_psks(write(f'[[psk]]\nkey = "{KEY.hex(" ")}"\nid_i = "hex:00ff"\nname = "n"\n'))
    assert psks[0].id_i.data == b"\0\xff" and psks[0].name == "n" and bytes(psks[0].key) == KEY
    for text, reason in (
        ("", "no [[psk]]"), ("hello", "neither hex nor TOML"), ("012", "even number"),
        ("[[psk]]\n", "no key"), ('[[psk]]\nkey = "xx"\n', "even number"),
        ('[[psk]]\nkey = "00"\nkee = "1"\n', "unknown kee"), ("[[psk]]\nkey = 5\n", "string"),
        ("psk = 5\n", "no [[psk]]"), ("psk = [5]\n", "string"),
    ):  # fmt: skip
        with pytest.raises(ConfigError) as caught:
            load_psks(write(text))
        assert reason in str(caught.value), text
    for mode in (0o640, 0o604, 0o666):
        with pytest.raises(ConfigError) as caught:
            load_psks(write(KEY.hex(), mode))
        assert "chmod 600" in str(caught.value)
    path.write_bytes(b"\xff\xfe")
    path.chmod(0o600)
    with pytest.raises(ConfigError):
        load_psks(path)
    with pytest.raises(ConfigError):
        load_psks(tmp_path)


def test_decode_shows_a_tree(tmp_path, key_file):
    for arguments, text in (
        ([FIRST["I_MESSAGE"]], None),
        (["-"], FIRST["I_base64"]),
        ([], FIRST["I_base64"]),
    ):
        result = run("decode", *arguments, text=text)
        assert result.exit_code == 0 and "CSB ID: 1a2b3c4d" in result.output
    psk = ["--psk", FIRST["psk"]]
    result = run("decode", FIRST["I_MESSAGE"], *psk)
    assert "MAC: correct" in result.output and "fingerprint" in result.output
    assert "357c443482e163a8edc5780d68d50dc8" not in result.output
    result = run("decode", FIRST["I_MESSAGE"], *psk, "--show-keys")
    assert "357c443482e163a8edc5780d68d50dc8" in result.output
    result = run("decode", FIRST["I_MESSAGE"], "--key-file", key_file)
    assert "MAC: wrong" in result.output
    both = tmp_path / "both"
    both.write_text(f"{FIRST['I_MESSAGE']}\n{FIRST['R_MESSAGE']}\n")
    result = run("decode", "-f", str(both), *psk, "--json")
    assert "V: correct" in result.output.splitlines()[1]
    assert json.loads(result.output.splitlines()[0])["children"][0]["text"] == "HDR"


def test_decode_of_what_is_malformed():
    result = run("decode", FIRST["I_MESSAGE"][:200])
    assert result.exit_code == 1 and "not understood" in result.output
    assert "RAND: 4dbdd0524f215c4b74b175776e8dfb6e" in result.output
    fails(run("decode", "xyz"), 2, "neither hex")
    fails(run("decode", "0102a"), 2, "hex digits")
    fails(run("decode", "-f", "/no/such/file"), 2, "/no/such/file")
    fails(run("decode", "01", "-f", "x"), 2, "not both")
    fails(run("decode", FIRST["I_MESSAGE"], "--psk", "zz"), 2, "--psk")
    fails(run("decode", "-f", "/"), 2, "directory")


def test_errors_are_one_line(tmp_path, key_file):
    fails(run("serve"), 2, "--psk-file")
    fails(run("serve", "--no-such"), 2, "--no-such")
    fails(run("serve", "--psk-file", "/none"), 2, "no key file /none")
    fails(run("serve", "--psk-file", key_file, "--udp", "127.0.0.1:x"), 2, "port")
    fails(run("serve", "--psk-file", key_file, "--udp", "127.0.0.1:70000"), 2, "port")
    fails(run("serve", "--psk-file", key_file, "--udp", "no.such.host.invalid:0"), 2, "no host")
    fails(run("serve", "--psk-file", key_file, "--serial", "/dev/none"), 2, "no such device")
    fails(run("serve", "--psk-file", key_file, "--skew", "soon"), 2, "skew")
    fails(run("initiate", "127.0.0.1"), 2, "no key")
    fails(run("initiate", "127.0.0.1", "--mac", "null", "--encr", "null"), 2, "--allow-null")
    fails(run("initiate", "127.0.0.1", "--psk-file", key_file, "--ssrc", "xyz"), 2, "SSRC")
    fails(run("initiate", "serial:/dev/none", "--psk-file", key_file), 2, "no such device")
    fails(run("initiate", "no.such.host.invalid", "--psk-file", key_file), 2, "no host")
    fails(run("initiate", "127.0.0.1:1", "--psk-file", key_file, "--wait", "0.2"), 1, "no answer")
    fails(run("initiate", "tcp:127.0.0.1:1", "--psk-file", key_file), 1, "refused")
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as taken:
            taken.bind(("127.0.0.1", 0))
            if kind == socket.SOCK_STREAM:
                taken.listen()
            place = f"127.0.0.1:{taken.getsockname()[1]}"
            option = "--udp" if kind == socket.SOCK_DGRAM else "--tcp"
            fails(run("serve", "--psk-file", key_file, option, place), 2, "another program")


def test_configuration_files(tmp_path, key_file):
    path = tmp_path / "peer.toml"

    def serve(text, *more):
        path.write_text(text)
        place = ("--udp", "127.0.0.1:0", "--timeout", "0.1")
        return run("serve", "--config", str(path), *place, *more)

    keys = 'psk-file = "cam7.key"\n'
    good = serve(keys + 'to = "sip:x@y"\n[serve]\njson = true\n[initiate]\nssrc = ["1"]\n')
    assert good.exit_code == 0 and json.loads(good.output)["event"] == "ready"
    fails(serve("x = ["), 2, "no TOML")
    fails(serve("nonsense = 1"), 2, "unknown setting 'nonsense'")
    fails(serve("[serve]\nssrc = ['1']"), 2, "unknown setting 'ssrc'")
    fails(serve("[surve]\n"), 2, "[surve]")
    fails(serve(keys + '[serve]\nstartup = "maybe"'), 2, "maybe")
    fails(serve(keys + "[serve]\ncount = 0"), 2, "0")
    fails(serve("[serve]\nudp = 5"), 2, "list of strings")
    fails(serve("[serve]\njson = 'yes'"), 2, "true or false")
    fails(serve("[serve]\nskew = true"), 2, "string or a number")
    fails(run("serve", "--config", "/none.toml"), 2, "no configuration /none.toml")
    shown = run("serve", "--help").output
    example = shown[shown.index("# umikey-peer.toml") :]
    assert tomllib.loads(example)["serve"]["udp"] == ["0.0.0.0:2269"]


def test_help_and_version():
    for command in ((), ("serve",), ("initiate",), ("decode",), ("keygen",)):
        result = run(*command, "--help")
        assert result.exit_code == 0 and "Usage" in result.output
    assert "0.1.0" in run("--version").output


class Peer:
    """`umikey-peer serve` as a process; `events` are read from its output."""

    def __init__(self, *arguments, **options):
        env = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "umikey_peer", "serve", "--json", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, **options,
        )  # fmt: skip
        self.ready = self.event()

    def event(self):
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(5)
        self.process.stdout.close()
        self.process.stderr.close()


def test_serve_and_initiate_as_processes(key_file):
    with Peer("--udp", "127.0.0.1:0", "--tcp", "127.0.0.1:0", "--psk-file", key_file) as peer:
        udp, tcp = peer.ready["udp"][0][1], peer.ready["tcp"][0][1]
        for target, more in (
            (f"127.0.0.1:{udp}", ["--ssrc", "11223344", "--ssrc", "0", "--rekey", "2"]),
            (f"tcp:127.0.0.1:{tcp}", ["--prf", "sha256", "--encr", "aes-256", "--mac", "sha256"]),
            (
                f"udp:127.0.0.1:{udp}",
                ["--encr", "aes-kw", "--policy", "aes-256-gcm", "--mki", "2a"],
            ),
            (f"udp:127.0.0.1:{udp}", ["--counter", "7", "--no-verify"]),
        ):
            result = run("initiate", target, "--psk-file", key_file, "--json", *more)
            assert result.exit_code == 0, result.output
            for line in result.output.splitlines():
                ours, theirs = json.loads(line), peer.event()
                assert ours["fingerprint"] == theirs["fingerprint"]
                assert ours["event"] == theirs["event"] and "tek" not in line
        shown = run("initiate", f"127.0.0.1:{udp}", "--psk-file", key_file)
        assert "key fingerprint" in shown.output and peer.event()["fingerprint"] in shown.output
        shown = run("initiate", f"127.0.0.1:{udp}", "--psk-file", key_file, "--show-keys", "--json")
        assert len(json.loads(shown.output)["crypto_sessions"][0]["tek"]) == 32
        peer.event()
        refused = run("initiate", f"127.0.0.1:{udp}", "--psk-file", key_file, "--to", "sip:x@y")
        fails(refused, 1, "identity not supported")


def test_once_and_srtp_and_state(tmp_path, key_file):
    pylibsrtp = pytest.importorskip("pylibsrtp")
    from umikey_peer.srtp import export

    state = tmp_path / "state.json"
    options = ["--udp", "127.0.0.1:0", "--psk-file", key_file, "--state", str(state)]
    with Peer(*options, "--once", "--srtp", "1", "--timeout", "20") as peer:
        way = UdpClient("127.0.0.1", peer.ready["udp"][0][1])
        me = Initiator(Psk(KEY), id_i=ALICE, id_r=BOB, streams=(Stream(7),))
        octets = me.start()
        way.send(octets)
        assert me.feed(way.receive(3)).ok
        assert peer.event()["event"] == "established"
        session = pylibsrtp.Session(policy=export(me.sa[0], outbound=True))
        way.send(session.protect(b"\x80" + bytes(10) + b"\7" + b"payload"))
        event = peer.event()
        assert event["ok"] and event["payload_hex"] == b"payload".hex()
        assert peer.process.wait(5) == 0
        way.close()
    assert json.loads(state.read_text())["seen"]
    with Peer(*options, "--startup", "strict") as peer:  # what is saved makes waiting needless
        way = UdpClient("127.0.0.1", peer.ready["udp"][0][1])
        way.send(octets)
        assert peer.event()["reason"] == "this message was accepted before"
        way.close()
    state.write_text("{}")
    fails(run("serve", *options), 2, "replay state")
    with Peer(*options[:4], "--once", "--timeout", "0.3") as peer:
        assert peer.process.wait(5) == 1
        assert "0 exchanges" in peer.process.stderr.read()


def test_serve_on_a_serial_line(key_file):
    master, slave = pty.openpty()
    try:
        with Peer("--serial", os.ttyname(slave), "--psk-file", key_file, "--once") as peer:
            os.close(slave)
            assert peer.ready["serial"]
            os.write(master, b"noise from a board\r\n")
            way = UartClient(Line(master))
            me = Initiator(Psk(KEY), id_i=ALICE, id_r=BOB, streams=(Stream(7),))
            assert way.exchange(me).ok
            events = [peer.event()]
            while events[-1]["event"] == "discarded":
                events.append(peer.event())
            assert events[-1]["fingerprint"] == me.sa.fingerprint()
            assert peer.process.wait(5) == 0
    finally:
        os.close(master)


def test_output_for_people_is_no_place_for_control_characters(key_file):
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tools"), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "umikey_peer", "serve", "--psk-file", key_file, "--once"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [*command, "--udp", f"127.0.0.1:{port}"], stdout=subprocess.PIPE, text=True, env=env
    )
    assert f"listening on UDP 127.0.0.1 port {port}" in process.stdout.readline()
    way = UdpClient("127.0.0.1", port)
    evil = Initiator(Psk(KEY), id_i="sip:\x1b[31m[bold]evil", id_r=BOB, streams=(Stream(1),))
    way.send(evil.start())
    me = Initiator(Psk(KEY), id_i=ALICE, id_r=BOB, streams=(Stream(7),))
    assert way.exchange(me).ok
    way.close()
    output, _ = process.communicate(timeout=5)
    assert "\x1b" not in output and "refused" in output and me.sa.fingerprint() in output
    assert process.returncode == 0


def test_a_closed_pipe_ends_the_program_quietly():
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}
    command = f"{sys.executable} -m umikey_peer decode {FIRST['I_MESSAGE']} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=env)
    assert "Traceback" not in done.stderr and done.stdout.count("\n") == 1


def memory(pid):
    """Octets of a process that are in memory."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def flood(count, key_file, log, limit_megabytes):
    """Sends so many mutated messages to a real server, with a true exchange now and then."""
    import random

    from test_peer_hostile import mutate

    rnd = random.Random(2269)
    with open(log, "w") as output:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        env = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}
        options = ["serve", "--json", "--udp", f"127.0.0.1:{port}", "--psk-file", key_file]
        process = subprocess.Popen(
            [sys.executable, "-m", "umikey_peer", *options, "--skew", "off"], stdout=output, env=env
        )
    try:
        way = UdpClient("127.0.0.1", port)

        def probe_server():
            me = Initiator(Psk(KEY), id_i=ALICE, id_r=BOB, streams=(Stream(7), Stream()))
            octets = me.start()
            for _ in range(20):
                way.send(octets)
                end = time.monotonic() + 1
                while time.monotonic() < end:
                    answer = way.receive(0.5)
                    if answer and me.feed(answer).ok:
                        return octets, me
            raise AssertionError("the server does not answer any more")

        octets, me = probe_server()
        seeds = [octets, me.update(rekey=False), me.update(), octets[:40], bytes(60)]
        seeds += [bytes.fromhex(FIRST["I_MESSAGE"]), bytes.fromhex(FIRST["R_MESSAGE"])]
        before = None
        for i in range(count):
            way.send(mutate(rnd, rnd.choice(seeds)))
            if i % 100 == 99:
                probe_server()  # also keeps the socket's buffer from overflowing
            if i == min(count // 4, 5000):
                before = memory(process.pid)
        probe_server()
        assert process.poll() is None
        grown = memory(process.pid) - before
        assert grown < limit_megabytes << 20, f"{grown >> 10} KiB more after {count} messages"
        way.close()
    finally:
        process.terminate()
        process.wait(5)
    with open(log) as lines:
        kinds = [json.loads(line)["event"] for line in lines]
    # every message was looked at, not dropped by the socket
    assert len(kinds) > count and kinds.count("established") > count // 100


def test_a_server_survives_mutated_messages(key_file, tmp_path):
    flood(2000, key_file, tmp_path / "log", 16)


@pytest.mark.slow
def test_a_server_survives_100000_mutated_messages(key_file, tmp_path):
    flood(100_000, key_file, tmp_path / "log", 16)
