"""DH-HMAC through the command, as real processes on this machine."""

import json
import subprocess
import sys

import pytest
from peer_world import ALICE, BOB, KEY, ROOT, DhPair
from test_peer_cli import fails, run
from umikey_peer.credentials import ConfigError, for_modes, load_psks, write_psk

PEER = [sys.executable, "-m", "umikey_peer"]
ENV = {"PYTHONPATH": str(ROOT / "tools"), "PATH": "/usr/bin:/bin"}


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "cam7.key"
    write_psk(path, KEY, ALICE, BOB)
    return str(path)


@pytest.fixture
def server(key_file):
    """Starts `serve` on a free port; gives its port and a function that reads an event."""
    started = []

    def start(*words):
        command = [*PEER, "serve", "--psk-file", key_file, "--udp", "127.0.0.1:0", "--json"]
        process = subprocess.Popen(
            [*command, "--timeout", "60", *words], env=ENV, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        port = json.loads(process.stdout.readline())["udp"][0][1]
        return port, lambda: json.loads(process.stdout.readline())

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def events(result):
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def test_serve_answers_both_modes_with_one_key_file(server, key_file):
    port, event = server("--show-keys")
    to = ["initiate", f"127.0.0.1:{port}", "--psk-file", key_file, "--json", "--show-keys"]
    for words, count in (
        ([], 1),
        (["--mode", "dhhmac"], 1),
        (["--mode", "dhhmac", "--group", "oakley2", "--no-ids", "--mki", "2a"], 1),
        (["--mode", "dhhmac", "--group", "oakley1", "--prf", "sha256", "--mac", "sha256"], 1),
        (["--mode", "dhhmac", "--ssrc", "1", "--ssrc", "0", "--rekey", "2", "--update", "1"], 4),
        (["--mode", "dhhmac", "--no-verify", "--sdp-id", "mikey", "--policy", "aes-256-gcm"], 1),
    ):
        result = run(*to, *words)
        assert result.exit_code == 0, result.output
        ours = events(result)
        assert len(ours) == count
        theirs = [event() for _ in ours]
        assert {e["mode"] for e in ours + theirs} == {words[1] if words else "psk"}
        assert [e["fingerprint"] for e in ours] == [e["fingerprint"] for e in theirs]
        assert [e["crypto_sessions"] for e in ours] == [e["crypto_sessions"] for e in theirs]
        assert theirs[0]["id_i"] == ALICE and theirs[0]["authenticated"]
    fingerprints = [e["fingerprint"] for e in events(run(*to, "--mode", "dhhmac", "--update", "2"))]
    assert len(fingerprints) == 3 and len(set(fingerprints)) == 1


def test_modes_and_groups_can_be_limited(server, key_file, tmp_path):
    config = tmp_path / "peer.toml"
    config.write_text('[serve]\nmode = ["dhhmac"]\ngroup = ["oakley5", "modp2048"]\n')
    port, event = server("--config", str(config), "--private-numbers")
    to = ["initiate", f"127.0.0.1:{port}", "--psk-file", key_file, "--wait", "0.3", "--json"]
    assert run(*to, "--mode", "dhhmac").exit_code == 0 and event()["event"] == "established"
    private = ["--mode", "dhhmac", "--group", "modp2048"]
    assert run(*to, *private, "--private-numbers").exit_code == 0
    assert event()["event"] == "established"
    fails(run(*to, "--mode", "dhhmac", "--group", "oakley1"), 1, "DH group not supported")
    refused = event()
    assert (refused["event"], refused["error"], refused["authenticated"]) == ("refused", 6, True)
    fails(run(*to), 1, "no answer")
    assert event()["error"] == 11


def test_what_cannot_be_is_told_in_one_line(key_file, tmp_path):
    bare = tmp_path / "bare"
    write_psk(bare, KEY)
    for words, text in (
        (["--psk-file", str(bare)], "--to"),
        (["--psk-file", key_file, "--mac", "null", "--allow-null"], "MAC"),
        (["--psk-file", key_file, "--group", "modp3072"], "--private-numbers"),
        (["--psk-file", key_file, "--group", "oakley3"], "oakley3"),
        (["--mac", "null", "--allow-null"], "no key"),
    ):
        fails(run("initiate", "127.0.0.1", "--mode", "dhhmac", *words), 2, text)
    for words, text in (
        (["--group", "modp2048"], "--private-numbers"),
        (["--mode", "rsa"], "rsa"),
        (["--mode", "dhhmac", "--allow-null"], "--allow-null"),
    ):
        fails(run("serve", "--psk-file", key_file, *words), 2, text)
    psks = load_psks(key_file)
    assert [c.mode for c in for_modes(psks, ("psk", "dhhmac"))] == ["psk", "dhhmac"]
    assert for_modes(psks, ("dhhmac",), ("oakley2",))[0].groups == (2,)
    with pytest.raises(ConfigError):
        for_modes(psks, ("dhhmac",), ("modp4096",))


def test_decode_checks_the_mac(key_file):
    pair = DhPair()
    octets = pair.me.start()
    both = octets.hex() + "\n" + pair.srv.handle(octets).answer.hex() + "\n"
    result = run("decode", "--psk-file", key_file, text=both)
    assert result.exit_code == 0
    assert f"MAC: correct with the key of {ALICE}" in result.output
    assert result.output.rstrip().endswith("MAC: correct")
    assert "group: OAKLEY-5 (0)" in result.output
    result = run("decode", "--psk", "00ff", text=both)
    assert result.output.count("MAC: wrong with every key given") == 2
