"""`serve` and `initiate` with certificates: what cannot work is told before the first message."""

import json
import tomllib

import pytest
from cert_world import ALICE, BOB
from cryptography import x509
from test_peer_cli import Peer, fails, run
from umikey_peer import Psk, Stream, config, pki
from umikey_peer.credentials import identity
from umikey_peer.initiator import Initiator
from umikey_peer.transport.client import NoAnswer, Patience, exchange

NVR = ("--cert", "nvr.pem", "--cert-key", "nvr.key.pem")
CAM = ("--cert", "cam.pem", "--cert-key", "cam.key.pem")
ANCHOR = ("--anchor", "plant/ca.pem")
PSK = ("--psk-file", "k.key")
TO = ("--to", BOB)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An authority, two ends and one of another authority, keys of one use, a pre-shared key."""
    folder = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for ca, who, name, *more in (
            ("plant", BOB, "nvr"),
            ("plant", ALICE, "cam"),
            ("else", BOB, "stranger"),
            ("plant", BOB, "signs", "--cert-type", "2"),
            ("plant", BOB, "agrees", "--cert-type", "3"),
        ):
            assert run("keygen", "--ca", ca, "--id", who, name, *more).exit_code == 0
        assert run("keygen", "k.key", "--id-i", ALICE, "--id-r", BOB).exit_code == 0
    return folder


@pytest.fixture(autouse=True)
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)


def serve(*words):
    return run("serve", "--udp", "127.0.0.1:0", "--timeout", "0.1", "--json", *words)


def starts(result):
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["event"] == "ready"


def refuses(*words, says):
    """One line at the start: no word of being ready."""
    result = serve(*words)
    fails(result, 2, *says)
    assert "ready" not in result.stdout


def test_serve_with_certificates_trusts_somebody():
    refuses(*NVR, says=("nobody is trusted", "--anchor"))
    refuses(*NVR, *PSK, says=("nobody is trusted", "--anchor"))
    starts(serve(*NVR, *ANCHOR))
    starts(serve(*NVR, "--knows", "cam.pem"))
    starts(serve(*NVR, "--pin", "00" * 32))
    refuses(*NVR, "--pin", "00", says=("--pin", "64 hex digits"))
    refuses(*NVR, "--anchor", "nvr.pem", says=("nvr.pem", "no authority", "--knows"))
    refuses(*NVR, "--knows", "plant/ca.pem", says=("plant/ca.pem", "--knows"))


@pytest.mark.parametrize(
    "words, says",
    [
        (("--mode", "dhsign", *PSK), ("--mode dhsign", "--cert")),
        (("--mode", "psk", "--mode", "ecies", *PSK), ("--mode ecies", "--cert")),
        (("--mode", "psk", *NVR, *ANCHOR), ("--mode psk", "--psk-file")),
        (("--mode", "dhsign", "--mode", "dhhmac", *NVR, *ANCHOR), ("dhhmac", "--psk-file")),
        (("--mode", "psk", *PSK, *NVR, *ANCHOR), ("--cert", "ecmqv", "--mode lists none")),
        (("--mode", "dhsign", *PSK, *NVR, *ANCHOR), ("--psk-file", "--mode lists none")),
        (("--mode", "dhhmac", "--group", "p256", *PSK), ("dhhmac", "--group")),
    ],
)
def test_serve_has_keys_for_its_modes_and_modes_for_its_keys(words, says):
    refuses(*words, says=says)


def test_serve_ignores_nothing_about_certificates():
    for words in (ANCHOR, ("--pin", "00" * 32), ("--knows", "cam.pem"), ("--no-cert",)):
        refuses(*PSK, *words, says=(words[0], "--cert FILE.pem"))
    starts(serve(*PSK, *NVR, *ANCHOR))
    starts(serve("--mode", "psk", "--allow-null"))


def test_serve_passes_over_what_a_configuration_has_for_other_modes(folder):
    psk, cert = 'psk-file = "k.key"', 'cert = "nvr.pem"\ncert-key = "nvr.key.pem"'
    anchor = 'anchor = ["plant/ca.pem"]'
    null = "[serve]\nallow-null = true"
    path = folder / "both.toml"
    both = ("--config", "both.toml")
    path.write_text("\n".join((psk, cert, anchor, null)))
    every = ("psk", "dhhmac", "dhsign", "ecies", "ecmqv")
    for mode in every:
        starts(serve(*both, "--mode", mode))
    starts(serve(*both))
    path.write_text("\n".join((psk, cert, anchor, 'mode = ["dhsign"]')))
    for mode in every:  # the file's mode gives way, too
        starts(serve(*both, "--mode", mode))
    starts(serve(*both))
    path.write_text("\n".join((psk, anchor, "[serve]", "no-cert = true")))
    starts(serve(*both))
    path.write_text('psk-file = "gone.key"\n' + cert + "\n" + anchor)
    starts(serve(*both, "--mode", "dhsign"))
    # what stands on the command line is meant
    path.write_text("\n".join((psk, cert, anchor, null)))
    for words, says in (
        (("--mode", "dhsign", *PSK), ("--psk-file", "--mode lists none")),
        (("--mode", "dhsign", "--allow-null"), ("--allow-null", "--mode psk")),
        (("--mode", "psk", *NVR), ("--cert", "--mode lists none")),
        (("--mode", "psk", *NVR[:2]), ("--cert", "--mode lists none")),
        (("--mode", "psk", "--mode", "dhhmac", "--no-cert"), ("--no-cert", "--cert FILE.pem")),
    ):
        refuses(*both, *words, says=says)


def test_serve_is_who_its_certificate_names():
    refuses(*NVR, *ANCHOR, "--id", ALICE, says=("nvr.pem", BOB, ALICE, "--id"))
    starts(serve(*NVR, *ANCHOR, "--id", BOB))
    words = ("--cert", "nvr.pem", "--cert-key", "cam.key.pem", *ANCHOR)
    refuses(*words, says=("cam.key.pem is not the key of nvr.pem",))
    refuses("--cert", "plant/ca.pem", "--cert-key", "plant/ca.key.pem", says=("names nobody",))


def test_a_certificate_serves_the_modes_that_it_allows():
    for name, kind, good, bad in (("signs", "2", "dhsign", "ecies"), ("agrees", "3", "ecies", "x")):
        files = ("--cert", f"{name}.pem", "--cert-key", f"{name}.key.pem", *ANCHOR)
        bad = "dhsign" if bad == "x" else bad
        starts(serve(*files))
        starts(serve(*files, "--cert-type", kind, "--mode", good))
        refuses(*files, "--mode", bad, says=(bad, "keyUsage", f"{name}.pem"))
        words = {"2": "signatures only", "3": "encryption only"}[kind]
        refuses(*files, "--mode", bad, "--cert-type", kind, says=(f"--cert-type {kind}, {words}",))
        refuses(*files, "--mode", "ecmqv", "--cert-type", kind, says=("--cert-type 0, all uses",))
        other = {"2": "3", "3": "2"}[kind]
        refuses(*files, "--cert-type", other, says=("keyUsage",))


def test_cert_types_have_the_same_names_everywhere():
    for command in ("serve", "initiate", "keygen"):
        text = " ".join(run(command, "--help").output.split())
        assert "CERT type" in text
        assert "0 all uses, 2 signatures only, 3 encryption only" in text
    described = (config.Path(__file__).parents[2] / "docs/credentials.md").read_text()
    assert "0 all uses, 2 signatures only, 3 encryption only" in described


def test_serve_can_keep_its_state(folder):
    for place in ("missing/state", "nvr.pem/state"):
        refuses(*PSK, "--state", place, says=("cannot write", place, "--state"))
    refuses(*PSK, "--state", "plant", says=("plant",))
    (folder / "kept").mkdir()
    starts(serve(*PSK, "--state", "kept/state"))
    assert not list((folder / "kept").iterdir())  # nothing was remembered yet


def test_the_sample_configuration_is_one(folder, monkeypatch):
    """Exactly what the help prints."""
    shown = run("serve", "--help").output
    text = shown[shown.index("# umikey-peer.toml") :]
    table = tomllib.loads(text)
    place = folder / "sample"
    (place / "plant").mkdir(parents=True)
    monkeypatch.chdir(place)
    (place / "umikey-peer.toml").write_text(text)
    to, who = table["initiate"]["to"], table["id"]
    assert run("keygen", "keys.toml", "--id-i", to, "--id-r", who).exit_code == 0
    assert run("keygen", "--ca", "plant", "--id", who, "nvr").exit_code == 0
    monkeypatch.chdir(folder)  # paths are relative to the file
    config_file = ("--config", "sample/umikey-peer.toml")
    refused = serve(*config_file)
    fails(refused, 2, "/dev/ttyACM0")  # all but the serial line of this machine
    (place / "umikey-peer.toml").write_text(text.replace('serial = ["/dev', '# serial = ["/dev'))
    starts(serve(*config_file, "--tcp", "127.0.0.1:0"))
    with Peer(*config_file, "--udp", "127.0.0.1:0", "--tcp", "127.0.0.1:0", "--id", who) as peer:
        target = f"udp://127.0.0.1:{peer.ready['udp'][0][1]}"
        ids = ("--id", to, "--to", who)
        result = run("initiate", target, *config_file, *ids, "--json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.output)["crypto_sessions"][0]["ssrc"] == "11223344"


def begin(*words, target="127.0.0.1:1"):
    return run("initiate", target, "--wait", "0.3", "--json", *words)


@pytest.mark.parametrize(
    "words, says",
    [
        ((*CAM, *TO), ("nobody vouches for", BOB, "--anchor")),
        ((*CAM, *TO, "--mode", "ecmqv"), ("nobody vouches for", BOB, "--anchor")),
        ((*CAM, *TO, "--knows", "cam.pem"), ("nobody vouches for", BOB, "--anchor")),
        ((*CAM, *TO, "--anchor", "nvr.pem"), ("nvr.pem", "no authority")),
        ((*CAM, *ANCHOR), ("--to ID",)),
        ((*CAM, *ANCHOR, *TO, "--id", BOB), ("cam.pem", ALICE, "--id")),
        ((*CAM, *ANCHOR, *TO, *PSK), ("--mode", "psk, dhhmac, dhsign, ecies, ecmqv")),
        ((*CAM, *ANCHOR, *TO, "--mode", "psk"), ("--cert", "--mode psk", "dhsign")),
        ((*PSK, *TO, "--mode", "dhsign"), ("--psk-file", "--mode dhsign", "dhhmac")),
        ((*ANCHOR, *TO), ("--anchor", "--cert FILE.pem")),
        ((*ANCHOR, *TO, "--mode", "dhsign"), ("--anchor", "--cert FILE.pem")),
        ((*TO, "--mode", "dhsign"), ("no certificate", "--cert FILE.pem")),
        ((*CAM, *ANCHOR, *TO, "--mode", "ecies"), (BOB, "--knows FILE.pem")),
        ((*CAM, *ANCHOR, *TO, "--mode", "ecies", "--knows", "cam.pem"), (ALICE, "--knows FILE")),
        ((*CAM, *ANCHOR, *TO, "--mode", "ecmqv", "--one-pass"), (BOB, "--knows FILE.pem")),
        ((*CAM, *ANCHOR, *TO, "--one-pass"), ("--one-pass", "ecmqv")),
        ((*PSK, "--cache", "1"), ("--cache", "ecies")),
    ],
)
def test_initiate_says_what_is_missing(words, says):
    fails(begin(*words), 2, *says)


def test_a_certificate_begins_what_it_allows():
    for name, mode, why in (("agrees", "dhsign", "digital"), ("signs", "ecmqv", "keyAgree")):
        files = ("--cert", f"{name}.pem", "--cert-key", f"{name}.key.pem", *ANCHOR)
        fails(begin(*files, "--to", ALICE, "--mode", mode), 2, why, f"{name}.pem")


def test_who_begins_is_whom_the_certificate_names_first(folder):
    """A message with a certificate has no IDi; who answers is asked for by any of its names."""
    authority = pki.Authority.load("plant")
    key = pki.new_key(8)
    found = [pki.san(identity(who)) for who in ("ops@plant.example", BOB, "sip:second@a")]
    names = x509.SubjectAlternativeName([name for one in found for name in one])
    cert = authority.issue(identity(BOB), key.public_key(), 0, 9)[0]
    made = x509.CertificateBuilder(
        cert.issuer, cert.subject, key.public_key(), cert.serial_number,
        cert.not_valid_before_utc, cert.not_valid_after_utc,
    ).add_extension(names, False).sign(authority.key, cert.signature_hash_algorithm)  # fmt: skip
    (folder / "two.pem").write_bytes(pki.pem(made))
    (folder / "two.key.pem").write_bytes(pki.pem_key(key))
    (folder / "two.key.pem").chmod(0o600)
    two = ("--cert", "two.pem", "--cert-key", "two.key.pem", *ANCHOR, "--knows", "cam.pem")
    to = ("--to", ALICE)
    for second in ("sip:second@a", "ops@plant.example"):
        for mode in ("dhsign", "ecies", "ecmqv"):
            result = begin(*two, *to, "--id", second, "--mode", mode)
            fails(result, 2, "two.pem", f"taken for {BOB}", f"--id {second}", "--no-cert")
        starts(serve(*two, "--id", second))
    with Peer("--udp", "127.0.0.1:0", *CAM, *ANCHOR, "--knows", "two.pem") as peer:
        target = f"127.0.0.1:{peer.ready['udp'][0][1]}"
        for words in ((), ("--id", BOB), ("--id", "sip:second@a", "--no-cert")):
            result = begin(*two, *to, *words, "--wait", "5", target=target)
            assert result.exit_code == 0, result.output
    with Peer("--udp", "127.0.0.1:0", *two, "--id", "sip:second@a") as peer:
        target = f"127.0.0.1:{peer.ready['udp'][0][1]}"
        words = (*CAM, *ANCHOR, "--to", "sip:second@a", "--wait", "5")
        result = begin(*words, target=target)
        assert result.exit_code == 0, result.output


def test_targets_have_schemes_or_not(folder):
    with Peer("--udp", "udp://127.0.0.1:0", "--tcp", "tcp://127.0.0.1:0", *PSK, *NVR, *ANCHOR) as p:
        udp, tcp = p.ready["udp"][0][1], p.ready["tcp"][0][1]
        for target in (
            f"127.0.0.1:{udp}", f"udp:127.0.0.1:{udp}", f"udp://127.0.0.1:{udp}",
            f"udp://127.0.0.1:{udp}/", f"tcp:127.0.0.1:{tcp}", f"tcp://127.0.0.1:{tcp}",
        ):  # fmt: skip
            result = begin(*PSK, "--wait", "5", target=target)
            assert result.exit_code == 0, result.output
            assert json.loads(result.output)["transport"] == ("tcp" if "tcp" in target else "udp")
        # --cert alone chooses the mode, and one server answers both kinds of keys
        shown = begin(*CAM, *ANCHOR, *TO, "--wait", "5", target=f"udp://127.0.0.1:{udp}")
        assert json.loads(shown.output)["mode"] == "dhsign"
    fails(begin(*PSK, target="http://127.0.0.1"), 2, "http://127.0.0.1", "udp://")
    for target in ("tcp:", "tcp://", "udp://", "serial:"):
        fails(begin(*PSK, target=target), 2, target)


def test_an_answer_that_is_refused_is_no_silence():
    stranger = ("--cert", "stranger.pem", "--cert-key", "stranger.key.pem")
    with Peer("--udp", "127.0.0.1:0", "--tcp", "127.0.0.1:0", *stranger, *ANCHOR) as peer:
        for kind in ("udp", "tcp"):
            target = f"{kind}://127.0.0.1:{peer.ready[kind][0][1]}"
            result = begin(*CAM, *ANCHOR, *TO, "--wait", "1", target=target)
            fails(result, 1, "an answer came and was refused", "authority", target)


def test_what_is_no_answer_is_not_called_one():
    me = Initiator(Psk(bytes(16)), id_i=ALICE, id_r=BOB, streams=(Stream(7),))
    other = Initiator(Psk(bytes(16)), id_i=ALICE, id_r=BOB, streams=(Stream(7),))
    patience = Patience(total=0.05)
    for octets, text in ((b"noise", "something else came"), (other.start(), "something else came")):
        waiting = iter([octets])
        with pytest.raises(NoAnswer) as caught:
            exchange(me, lambda _: None, lambda _, w=waiting: next(w, None), patience)
        assert text in caught.value.reason and "was refused" not in caught.value.reason


def test_keygen_makes_what_the_checks_expect():
    root = pki.read_certs("plant/ca.pem")[0]
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
