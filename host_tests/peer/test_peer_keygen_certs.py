"""`keygen --ca`, board files, and the certificate modes of `serve` and `initiate`."""

import hashlib
import stat

import pki as tests_pki
import pytest
from cert_world import ALICE, BOB, CA, CERT_I, CERT_R, KEYS, load
from click.testing import CliRunner
from umikey_peer import Ecies, Id, Initiator, Responder, Stream, boardfile, pki
from umikey_peer.certs import pin_of
from umikey_peer.cli import main
from umikey_peer.credentials import ConfigError
from umikey_peer.modes.certified import Certified
from umikey_peer.tree import read


def run(*words):
    runner = CliRunner()
    try:
        result = runner.invoke(main, [str(word) for word in words])
    except SystemExit as stop:
        return stop.code, ""
    return result.exit_code, result.output


def test_a_board_file_is_what_its_description_says(tmp_path):
    pin = pin_of(load(CERT_R))
    held = Certified(KEYS["i"], CERT_I, load(CA.cert), [pin], ALICE, others={BOB: CERT_R})
    keys = ((KEYS["i"], 8, ((0, CERT_I),)),)
    wanted = tests_pki.credentials(ALICE, keys, (CA.anchor,), (pin,), ((BOB, 0, CERT_R),))
    assert boardfile.octets(held) == wanted
    path = tmp_path / "board.cred"
    boardfile.write(path, held)
    assert path.read_bytes() == wanted and stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ConfigError):
        boardfile.write(path, held)
    boardfile.write(path, held, force=True)
    assert [p.name for p in tmp_path.iterdir()] == ["board.cred"]


def test_an_authority_and_what_it_issues(tmp_path):
    plant = tmp_path / "plant"
    code, out = run("keygen", tmp_path / "nvr", "--ca", plant, "--intermediate", "--id", BOB)
    assert code == 0, out
    files = ("--board", tmp_path / "cam.cred", "--knows", tmp_path / "nvr.pem")
    code, more = run("keygen", tmp_path / "cam", "--ca", plant, "--id", ALICE, *files)
    assert code == 0, more
    for path in (*tmp_path.glob("*.key.pem"), *plant.glob("*.key.pem"), tmp_path / "cam.cred"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for name in ("nvr", "cam"):
        key = pki.read_key(tmp_path / f"{name}.key.pem")
        d = key.private_numbers().private_value
        assert f"{d:x}" not in out + more and "PRIVATE" not in out + more
        assert len(pki.read_certs(tmp_path / f"{name}.pem")) == 2
    before = (tmp_path / "cam.key.pem").read_bytes()
    code, _ = run("keygen", tmp_path / "cam", "--ca", plant, "--id", ALICE)
    assert code == 2 and (tmp_path / "cam.key.pem").read_bytes() == before
    code, _ = run("keygen", tmp_path / "cam", "--ca", plant, "--id", ALICE, "--force")
    assert code == 0 and (tmp_path / "cam.key.pem").read_bytes() != before
    data = (tmp_path / "cam.cred").read_bytes()
    assert data[:5] == b"uMIK\1" and hashlib.sha256(data[:-32]).digest() == data[-32:]


def test_what_keygen_made_keys_an_exchange(tmp_path):
    root = pki.Authority.new("Plant")
    below = root.below("Hall")
    keys = [pki.new_key(8), pki.new_key(11)]
    chains = [below.issue(who, k.public_key()) for who, k in zip((ALICE, BOB), keys, strict=True)]
    me = Initiator(
        Ecies(keys[0], chains[0], root.cert, others=[chains[1][0]]), id_r=BOB, streams=(Stream(),)
    )
    srv = Responder([Ecies(keys[1], chains[1], root.cert)], id_r=BOB)
    outcome = srv.handle(me.start())
    assert outcome.ok and me.feed(outcome.answer).ok, outcome.reason
    assert me.sa.fingerprint() == outcome.sa.fingerprint()
    texts = [node.text for _, node in read(me.start()).lines()]
    assert any("identities" in text and ALICE in text for text in texts)
    assert any(text.startswith("key on P-256") for text in texts)
    assert any(text.startswith("valid: ") for text in texts)


@pytest.mark.parametrize(
    "words",
    [
        ("keygen",),
        ("keygen", "x", "--id", ALICE),
        ("keygen", "x", "--ca", "DIR"),
        ("keygen", "--ca", "DIR", "--id", ALICE),
        ("keygen", "x", "--ca", "DIR", "--id", "hex:00ff"),
        ("serve", "--cert", "nothing.pem"),
        ("serve", "--cert", "nothing.pem", "--cert-key", "nothing.key.pem"),
        ("initiate", "127.0.0.1", "--mode", "dhsign"),
    ],
)
def test_what_cannot_work_is_one_line(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    code, _ = run(*words)
    assert code == 2


def test_a_board_is_whom_its_certificate_names_first():
    """Its messages have the certificate in IDi's place, and only one name can be IDi."""
    key, der = _named("ops@plant.example", "sip:cam@a", "sip:cam@b")
    boardfile.octets(Ecies(key, der, id="sip:cam@a"))
    for other in ("sip:cam@b", "ops@plant.example"):
        with pytest.raises(ValueError, match="take the board for sip:cam@a"):
            boardfile.octets(Ecies(key, der, id=other))


def _named(*found):
    """A certificate with several names."""
    key, ca = tests_pki.private("cam"), tests_pki.Ca()
    names = tests_pki.x509.SubjectAlternativeName([tests_pki.san(name) for name in found])
    return key, ca._sign(ca, ca.subject, key.public_key(), (names, False))


def test_a_board_file_has_no_names_that_boards_cannot_read():
    """Their reader of certificates has 128 octets for all names, two more for each among them."""
    first = "sip:" + "a" * 117 + "@b.de"
    second = "sip:" + "a" * 55 + "@b.de", "ops" + "a" * 52 + "@b.de"
    assert len(first) == 126 and sum(map(len, second)) == 124
    mine = KEYS["i"], CERT_I
    for good, bad in (((first,), (first + "x",)), (second, (second[0], second[1] + "x"))):
        key, der = _named(*good)
        assert der in boardfile.octets(Ecies(key, der))
        assert der in boardfile.octets(Ecies(*mine, others=[load(der)]))
        key, der = _named(*bad)
        for held in (Ecies(key, der), Ecies(*mine, others=[load(der)])):
            with pytest.raises(ValueError, match="boards h"):
                boardfile.octets(held)
    for bad in ("sip:a b", ""):
        with pytest.raises(ValueError, match="name"):
            boardfile.octets(Ecies(*mine, others=[load(_named("sip:a", bad)[1])]))
    for who in (b"", bytes(127)):
        with pytest.raises(ValueError, match="boards hold 1 to 126"):
            boardfile.octets(Ecies(mine[0], id=Id(2, who)))


def test_keygen_writes_nothing_for_a_board_that_cannot_hold_its_name(tmp_path):
    files = ("--board", tmp_path / "cam.cred")
    for who, good in (("sip:" + "a" * 117 + "@b.de", True), ("sip:" + "a" * 118 + "@b.de", False)):
        words = ("keygen", tmp_path / "cam", "--ca", tmp_path / "ca", "--id", who, *files)
        code, out = run(*words, "--force")
        assert code == (0 if good else 2), out
        if good:
            before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before
    code, _ = run(*words[:3], tmp_path / "new", *words[4:])
    assert code == 2 and not (tmp_path / "new").exists()
