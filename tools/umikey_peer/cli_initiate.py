"""`umikey-peer initiate`."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable
from functools import partial

import click
from rich.console import Console

from . import certs, config
from .cli_certs import (
    CERT_MODES,
    NEEDS_CERT,
    ONLY_WITH_CERT,
    TO_BEGIN,
    cert_options,
    certified,
    check_known,
    check_trust,
    is_given,
    sign_groups,
)
from .cli_serve import open_line
from .clock import Stamper
from .console import emitter
from .credentials import GROUPS, MODES, ConfigError, for_modes, identity, load_psks, unhex
from .extensions import sdp_ids
from .initiator import Initiator, Stream
from .modes.certified import Certified
from .policy import SrtpPolicy
from .registry import Encr, Mac, Prf, TsType
from .service import event_of
from .transport.client import NoAnswer, Patience
from .transport.tcp import TcpClient
from .transport.uart import UartClient
from .transport.udp import UdpClient

POLICIES = {
    "aes-128": SrtpPolicy(),
    "aes-128-32": SrtpPolicy.aes_cm(tag_length=4),
    "aes-256": SrtpPolicy.aes_cm(32),
    "aes-128-gcm": SrtpPolicy.aes_gcm(16),
    "aes-256-gcm": SrtpPolicy.aes_gcm(32),
}
ENCR = {
    "aes-128": Encr.AES_CM_128, "aes-256": Encr.AES_CM_256, "aes-kw": Encr.AES_KW_128,
    "null": Encr.NULL,
}  # fmt: skip
MAC = {"sha1": Mac.HMAC_SHA_1_160, "sha256": Mac.HMAC_SHA_256_256, "null": Mac.NULL}
PRF = {"sha1": Prf.MIKEY_1, "sha256": Prf.HMAC_SHA_256}


def _choice(names: Iterable[str]) -> click.Choice:
    return click.Choice(list(names))


@click.command()
@click.argument("target")
@click.option(
    "--config",
    callback=config.load,
    is_eager=True,
    expose_value=False,
    metavar="FILE",
    help="TOML file with these options; see serve --help.",
)
@click.option("--psk-file", "--key-file", metavar="FILE", help="The pre-shared key.")
@cert_options
@click.option(
    "--id",
    "own_id",
    metavar="ID",
    help="Who we are; else whom --cert is for, or the id_i of the key.",
)
@click.option("--to", metavar="ID", help="Who shall answer; else the id_r of the key.")
@click.option(
    "--mode",
    type=_choice((*MODES, *CERT_MODES)),
    help="By default psk, with --cert and no --psk-file dhsign.",
)
@click.option(
    "--group", type=_choice(GROUPS), help="DH group; by default oakley5, with dhsign p256."
)
@click.option("--one-pass", is_flag=True, help="ECMQV with the other end's certificate alone.")
@click.option(
    "--cache",
    default="0",
    type=click.Choice(["0", "1", "2"]),
    help="ECIES: keep the envelope key for updates; 2 for those of this CSB only.",
)
@click.option("--private-numbers", is_flag=True, help="Know DH groups 241 to 243: modp2048...")
@click.option(
    "--ssrc",
    multiple=True,
    metavar="HEX",
    help="A stream to key, 0 if the responder chooses its SSRC; once per stream.",
)
@click.option("--policy", default="aes-128", show_default=True, type=_choice(POLICIES))
@click.option("--mki", default="", metavar="HEX", help="Give the key this SPI/MKI.")
@click.option("--prf", default="sha1", show_default=True, type=_choice(PRF))
@click.option("--encr", default="aes-128", show_default=True, type=_choice(ENCR))
@click.option("--mac", default="sha1", show_default=True, type=_choice(MAC))
@click.option(
    "--counter",
    type=click.IntRange(1, 0xFFFFFFFF),
    help="Use this COUNTER as timestamp; it must rise from message to message.",
)
@click.option("--no-verify", is_flag=True, help="Ask for no answer.")
@click.option("--no-ids", is_flag=True, help="Leave the identities out of the message.")
@click.option(
    "--sdp-id",
    "sdp",
    multiple=True,
    metavar="NAME",
    help="List this key management protocol of an SDP offer; once per protocol.",
)
@click.option("--rekey", default=0, type=click.IntRange(0, 1000), help="Then re-key so often.")
@click.option(
    "--update", default=0, type=click.IntRange(0, 1000), help="Then update without a new key."
)
@click.option("--allow-null", is_flag=True, help="Permit null for --encr and --mac.")
@click.option("--compat-rtsps", is_flag=True, help="Write what RTSPS cameras read.")
@click.option("--compat-minisip", is_flag=True, help="Accept what minisip answers.")
@click.option("--tcp-prefix", is_flag=True, help="A 16-bit length before each TCP message.")
@click.option("--wait", default=5.0, show_default=True, help="Seconds to wait for an answer.")
@click.option("--attempts", default=1, show_default=True, type=click.IntRange(1, 100))
@click.option("--show-keys", is_flag=True, help="Print keys instead of fingerprints.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line per event.")
@click.pass_context
def initiate(ctx, target, **options) -> None:
    """Begins an exchange with TARGET and prints what was agreed.

    \b
    TARGET is HOST[:PORT] or udp://HOST[:PORT] for UDP, port 2269 by default,
              tcp://HOST[:PORT], or serial:DEVICE[:BAUD] for SLIP on a serial line.
    """
    emit = emitter(options["as_json"])
    options["mode"] = _mode(ctx, options)
    me = _initiator(options)
    transport, client = _client(target, options["tcp_prefix"])
    patience = Patience(total=options["wait"], attempts=options["attempts"])
    extensions = _extensions(options)
    steps = [me.start]
    for rekey, count in ((True, options["rekey"]), (False, options["update"])):
        steps += [partial(me.update, rekey=rekey, extensions=extensions)] * count
    try:
        for begin in steps:
            with _spinner(target, options["as_json"]):
                outcome = client.exchange(me, patience, begin)
            emit(event_of(outcome, target, transport, options["show_keys"]))
            if not outcome.ok:
                raise me.error
    except socket.gaierror:
        raise ConfigError(f"there is no host {target!r}") from None
    except NoAnswer as error:
        raise NoAnswer(f"{target}: {error.reason}") from None
    except OSError as error:
        raise OSError(f"{target}: {error.strerror or error}") from None
    finally:
        client.close()


def _spinner(target: str, as_json: bool):
    console = Console(stderr=True, quiet=as_json or not sys.stderr.isatty())
    return console.status(f"waiting for {target}")


def _extensions(options: dict) -> tuple:
    return (sdp_ids(*options["sdp"]),) if options["sdp"] else ()


def _mode(ctx: click.Context, options: dict) -> str:
    """The mode that is meant. ConfigError where that is not clear, and for what it would ignore."""
    by_certificate = options["cert"] or options["cert_key"]
    mode = options["mode"]
    if mode is None and by_certificate and options["psk_file"]:
        every = ", ".join((*MODES, *CERT_MODES))
        raise ConfigError(f"a pre-shared key and a certificate: say which --mode, of {every}")
    mode = mode or ("dhsign" if by_certificate else "psk")
    others = ("psk_file",) if mode in CERT_MODES else ("cert", "cert_key", *ONLY_WITH_CERT)
    for name in others:
        if is_given(ctx, name):
            option = f"--{name.replace('_', '-')}"
            if options["mode"] is None:
                raise ConfigError(f"{option} {NEEDS_CERT}")
            modes = ", ".join(MODES if mode in CERT_MODES else CERT_MODES)
            raise ConfigError(f"{option} is not for --mode {mode}, but for {modes}")
    for name, of in (("one_pass", "ecmqv"), ("cache", "ecies")):
        if mode != of and is_given(ctx, name):
            raise ConfigError(f"--{name.replace('_', '-')} is for --mode {of}, not for {mode}")
    return mode


def _certified(options: dict) -> Certified:
    """Our credential, in a mode with certificates. ConfigError if it cannot work."""
    mode = options["mode"]
    group = [options["group"]] if options["group"] else []
    more = {
        "dhsign": sign_groups(group, options["private_numbers"]),
        "ecies": {"cache": int(options["cache"])},
        "ecmqv": {"one_pass": options["one_pass"]},
    }
    found = certified(options, (mode,), (mode,), TO_BEGIN, **more)
    if not found:
        raise ConfigError(f"no certificate for {mode}: give --cert FILE.pem and --cert-key")
    _check_name(found[0], options["cert"])
    if not options["to"]:
        raise ConfigError("who shall answer? Certificates need a name: give --to ID")
    to = identity(options["to"])
    if mode == "ecies" or (mode == "ecmqv" and options["one_pass"]):
        check_known(found[0], to)
    else:
        check_trust(found[0], to)
    return found[0]


def _check_name(credential: Certified, path: str) -> None:
    """ConfigError if the other end would take us for another: the certificate stands in IDi's
    place, and its first name is who we are."""
    first = certs.identity(credential.chain[0])
    if credential.send_cert and credential.id != first:
        raise ConfigError(
            f"{path} is taken for {first}, its first name, not for --id {credential.id}: "
            "leave out --id, or send no certificate with --no-cert"
        )


def _initiator(options: dict) -> Initiator:
    psk = _certified(options) if options["mode"] in CERT_MODES else None
    agrees = options["mode"] == "dhhmac"
    if psk:
        pass
    elif options["psk_file"]:
        psks = load_psks(options["psk_file"])
        who = identity(options["own_id"]) if options["own_id"] else None
        psks = [p for p in psks if who is None or p.id_i in (None, who)] or psks[:1]
        psk = for_modes(
            psks[:1],
            (options["mode"],),
            (options["group"] or "oakley5",),
            options["private_numbers"],
        )[0]
        if agrees and not (options["to"] or psk.id_r or options["compat_minisip"]):
            raise ConfigError("DH-HMAC has to name the responder: give --to ID")
        if agrees and options["mac"] == "null":
            raise ConfigError("DH-HMAC needs a MAC")
    elif options["mac"] != "null" or agrees:
        raise ConfigError("no key: give --psk-file FILE, or make one with umikey-peer keygen")
    elif not options["allow_null"]:
        raise ConfigError("no protection at all needs --allow-null")
    policy = POLICIES[options["policy"]]
    streams = tuple(Stream(_ssrc(text), policy=policy) for text in options["ssrc"] or ("0",))
    counter = options["counter"]
    stamper = Stamper(TsType.COUNTER, counter=counter - 1) if counter else Stamper()
    return Initiator(
        psk,
        id_i=identity(options["own_id"]) if options["own_id"] else None,
        id_r=identity(options["to"]) if options["to"] else None,
        streams=streams,
        mki=unhex(options["mki"], "the value after --mki") if options["mki"] else b"",
        extensions=_extensions(options),
        verify=not options["no_verify"],
        send_ids=not options["no_ids"],
        prf=PRF[options["prf"]],
        encr=ENCR[options["encr"]],
        mac=MAC[options["mac"]],
        allow_null=options["allow_null"],
        compat_rtsps=options["compat_rtsps"],
        compat_minisip=options["compat_minisip"],
        stamper=stamper,
    )


def _ssrc(text: str) -> int:
    try:
        ssrc = int(text, 16)
    except ValueError:
        ssrc = -1
    if not 0 <= ssrc < 1 << 32:
        raise ConfigError(f"an SSRC has up to 8 hex digits, not {text!r}")
    return ssrc


def _client(target: str, prefix: bool):
    kind, _, rest = target.partition(":")
    if kind in ("udp", "tcp", "serial"):
        rest = rest.removeprefix("//")  # as boards and RFC 3986 write it
        if not rest:
            raise ConfigError(f"{target!r} names no place")
    elif "://" in target:
        raise ConfigError(f"{target!r} is no target: expected udp://, tcp:// or serial:")
    else:
        kind, rest = "udp", target
    if kind == "serial":
        return kind, UartClient(open_line(rest))
    host, port = config.address(rest.removesuffix("/"))
    if kind == "tcp":
        return kind, TcpClient(host, port, prefix)
    try:
        return kind, UdpClient(host, port)
    except socket.gaierror:
        raise ConfigError(f"there is no host {host!r}") from None
