"""`umikey-peer initiate`."""

from __future__ import annotations

import socket
import sys
from functools import partial

import click
from rich.console import Console

from . import config
from .cli_certs import CERT_MODES, cert_options, certified, sign_groups
from .cli_serve import open_line
from .clock import Stamper
from .console import emitter
from .credentials import GROUPS, MODES, ConfigError, for_modes, identity, load_psks, unhex
from .extensions import sdp_ids
from .initiator import Initiator, Stream
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


def _choice(names: dict) -> click.Choice:
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
@click.option("--id", "own_id", metavar="ID", help="Who we are; else the id_i of the key.")
@click.option("--to", metavar="ID", help="Who shall answer; else the id_r of the key.")
@click.option("--mode", default="psk", show_default=True, type=click.Choice((*MODES, *CERT_MODES)))
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
def initiate(target, **options) -> None:
    """Begins an exchange with TARGET and prints what was agreed.

    \b
    TARGET is HOST[:PORT] or udp:HOST[:PORT] for UDP, port 2269 by default,
              tcp:HOST[:PORT], or serial:DEVICE[:BAUD] for SLIP on a serial line.
    """
    emit = emitter(options["as_json"])
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


def _initiator(options: dict) -> Initiator:
    psk = None
    if options["mode"] in CERT_MODES:
        group = [options["group"]] if options["group"] else []
        more = {
            "dhsign": sign_groups(group, options["private_numbers"]),
            "ecies": {"cache": int(options["cache"])},
            "ecmqv": {"one_pass": options["one_pass"]},
        }
        found = certified(options, (options["mode"],), **more)
        if not found:
            raise ConfigError("no certificate: give --cert FILE and --cert-key FILE")
        if not options["to"]:
            raise ConfigError("who shall answer? Certificates need a name: give --to ID")
        psk = found[0]
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
    if kind == "serial" and rest:
        return "serial", UartClient(open_line(rest))
    if kind == "tcp" and rest:
        return "tcp", TcpClient(*config.address(rest), prefix)
    host, port = config.address(rest if kind == "udp" and rest else target)
    try:
        return "udp", UdpClient(host, port)
    except socket.gaierror:
        raise ConfigError(f"there is no host {host!r}") from None
