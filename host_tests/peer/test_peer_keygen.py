"""What `keygen --ca` refuses: authorities stay, nothing is ignored, nothing is half written."""

import pytest
from cert_world import ALICE, BOB
from test_peer_cli import fails, run
from umikey_peer import pki
from umikey_peer.cli_keygen import keygen


@pytest.fixture
def plant(tmp_path, monkeypatch):
    """An authority, and an end that it has certified."""
    monkeypatch.chdir(tmp_path)
    assert run("keygen", "--ca", "plant", "--id", BOB, "nvr").exit_code == 0
    return tmp_path / "plant"


def files(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def refuses(folder, *words, says=()):
    """One line, and no file is changed or made."""
    before = files(folder)
    fails(run("keygen", *words), 2, *says)
    assert files(folder) == before


@pytest.mark.parametrize("gone", ["ca.pem", "ca.key.pem"])
def test_half_an_authority_is_never_replaced(plant, tmp_path, gone):
    (plant / gone).unlink()
    for words in ((), ("--id", ALICE, "cam")):
        for force in ((), ("--force",)):
            refuses(tmp_path, "--ca", "plant", *words, *force, says=(f"no {gone}", "put that back"))


def test_an_authority_is_never_replaced(plant, tmp_path):
    refuses(tmp_path, "--ca", "plant", "--force", says=("never replaced",))
    assert run("keygen", "--ca", "other", "--intermediate").exit_code == 0
    for name in ("plant/ca", "other/ca", "other/sub"):
        refuses(tmp_path, "--ca", "plant", "--id", ALICE, name, "--force", says=("never replaced",))
    (tmp_path / "other/ca.pem").unlink()
    refuses(tmp_path, "--ca", "plant", "--id", ALICE, "other/ca", "--force", says=("authority",))
    for name in ("plant/ca.key.pem", "nvr.key.pem", "cam.pem"):
        words = ("--ca", "plant", "--id", ALICE, "cam", "--board", name, "--force")
        refuses(tmp_path, *words, says=(name,))
    (plant / "ca.key.pem").unlink()
    (tmp_path / "nvr.key.pem").rename(plant / "ca.key.pem")
    refuses(tmp_path, "--ca", "plant", "--id", ALICE, "cam", says=("is not the key of",))
    assert "never a CA" in " ".join(run("keygen", "--help").output.split())


def test_a_root_key_may_be_kept_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("keygen", "--ca", "plant", "--intermediate").exit_code == 0
    (tmp_path / "plant/ca.key.pem").unlink()
    assert run("keygen", "--ca", "plant", "--id", ALICE, "cam").exit_code == 0
    assert len(pki.read_certs("cam.pem")) == 2
    (tmp_path / "plant/sub.key.pem").unlink()
    refuses(tmp_path, "--ca", "plant", "--id", BOB, "nvr", says=("no sub.key.pem",))


def test_what_an_authority_is_cannot_be_asked_otherwise(plant, tmp_path):
    there = ("--ca", "plant")
    refuses(tmp_path, *there, "--name", "Hall", says=("'umikey CA'", "--name"))
    refuses(tmp_path, *there, "--curve", "p384", says=("P-256", "--curve"))
    for more in ((), ("--id", ALICE, "cam")):
        refuses(tmp_path, *there, "--intermediate", *more, says=("--intermediate",))
    same = run("keygen", *there, "--name", "umikey CA", "--curve", "p256")
    assert same.exit_code == 0 and "nothing was done" in same.output
    # with --id, the curve is that of the key to be certified
    assert run("keygen", *there, "--curve", "p384", "--id", ALICE, "cam").exit_code == 0
    assert pki.read_key("cam.key.pem").curve.name == "secp384r1"
    below = ("--ca", "deep", "--intermediate", "--name", "Hall")
    assert run("keygen", *below).exit_code == run("keygen", *below).exit_code == 0


def test_options_without_effect_are_errors(plant, tmp_path):
    cam = ("--ca", "plant", "--id", ALICE, "cam")
    refuses(tmp_path, *cam, "--knows", "nvr.pem", says=("--knows", "--board FILE"))
    refuses(tmp_path, *cam, "--length", "32", says=("--length", "pre-shared"))
    refuses(tmp_path, *cam, "--id-i", ALICE, says=("--id-i", "pre-shared"))
    refuses(tmp_path, "--ca", "plant", "--days", "9", says=("--days", "--id"))
    refuses(tmp_path, "--ca", "plant", "--board", "x", says=("--board", "--id"))
    refuses(tmp_path, "--ca", "plant", "cam", says=("--id",))
    refuses(tmp_path, "--ca", "plant", "--id", ALICE, says=("FILE",))
    refuses(tmp_path, "cam", "--curve", "p384", says=("--curve", "--ca"))
    refuses(tmp_path, "cam", "--knows", "nvr.pem", says=("--knows", "--ca"))


def test_nothing_is_written_before_all_can_be(plant, tmp_path):
    cam = ("--ca", "new", "--id", ALICE, "cam", "--knows", "nvr.pem")
    (tmp_path / "old.cred").write_bytes(b"uMIK\1")
    refuses(tmp_path, *cam, "--board", "old.cred", says=("old.cred exists", "--force"))
    refuses(tmp_path, *cam, "--board", "nvr.pem/cam.cred", says=("cannot write nvr.pem/cam.cred",))
    refuses(tmp_path, *cam, "--board", "plant", "--force", says=("plant", "folder"))
    refuses(tmp_path, *cam, "--board", "nvr.pem", "--force", says=("no board's file",))
    for knows, why in (("nvr.key.pem", "private key"), ("plant/ca.pem", "authority's"), ("x", "x")):
        words = (*cam, "--board", "cam.cred", "--knows", knows)
        refuses(tmp_path, *words, says=(knows, why))
    assert run("keygen", *cam, "--board", "old.cred", "--force").exit_code == 0
    assert len((tmp_path / "old.cred").read_bytes()) > 500


@pytest.mark.parametrize("who", ["cam7", "cam7.plant.example", "@", "cam7@", "sip:", "a b@c", ":x"])
def test_a_certificate_is_for_an_identity_that_is_one(tmp_path, monkeypatch, who):
    monkeypatch.chdir(tmp_path)
    refuses(tmp_path, "--ca", "plant", "--id", who, "cam", says=("sip:cam7@plant.example",))


@pytest.mark.parametrize(
    "who", ["sip:cam7", "urn:uuid:1", "cam7@plant.example", "tel:+12025550142"]
)
def test_identities_for_certificates(tmp_path, monkeypatch, who):
    monkeypatch.chdir(tmp_path)
    assert run("keygen", "--ca", "plant", "--id", who, "cam").exit_code == 0


def test_the_usage_says_when_file_is_needed():
    lines = run("keygen", "--help").output.split("\n\n")[0].splitlines()
    assert [line.split("keygen ")[1] for line in lines] == [
        "[OPTIONS] FILE", "--ca DIR [OPTIONS]", "--ca DIR --id ID [OPTIONS] FILE"
    ]  # fmt: skip
    assert keygen.name == "keygen"


def test_a_certificate_in_the_place_of_its_key(plant, tmp_path):
    words = ("serve", "--anchor", "plant/ca.pem", "--cert")
    fails(run(*words, "nvr.pem", "--cert-key", "nvr.pem"), 2, "is a certificate", "nvr.key.pem")
    fails(run(*words, "nvr.key.pem", "--cert-key", "nvr.key.pem"), 2, "it is a private key")
