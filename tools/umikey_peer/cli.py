"""The `umikey-peer` command: `serve`, `initiate`, `decode`, `keygen`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from . import __version__
from .cli_initiate import initiate
from .cli_keygen import keygen
from .cli_serve import serve
from .console import print_tree, tree_json
from .credentials import ConfigError, load_psks, unhex
from .errors import DecodeError, MikeyError
from .inputs import find
from .message import Message
from .modes.psk import Psk
from .tree import read
from .unlock import Unlocker


class Command(click.Group):
    """A group whose errors are one line: exit code 2 for what the user gave us, 1 for the rest."""

    def main(self, *args, **kwargs):
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
        except click.ClickException as error:
            _fail(error.format_message(), 2)
        except ConfigError as error:
            _fail(str(error), 2)
        except MikeyError as error:
            _fail(error.reason, 1)
        except BrokenPipeError:
            # Nobody reads us any more; Python would complain once more when it flushes.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except OSError as error:
            _fail(error.strerror or str(error), 1)
        except (click.Abort, KeyboardInterrupt):
            _fail("stopped", 1)
        sys.exit(code if isinstance(code, int) else 0)


def _fail(text: str, code: int) -> None:
    click.echo(f"umikey-peer: {' '.join(text.split())}", err=True)
    sys.exit(code)


@click.group(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="umikey-peer")
def main() -> None:
    """MIKEY (RFC 3830) on the desktop: key exchange for SRTP and others with boards and servers.

    \b
    umikey-peer keygen cam7.key --id-i sip:cam7@plant.example
    umikey-peer keygen cam7 --ca plant --id sip:cam7@plant.example --board cam7.cred
    umikey-peer serve --psk-file cam7.key
    umikey-peer initiate 192.0.2.10 --psk-file cam7.key --ssrc 11223344
    umikey-peer initiate 192.0.2.10 --psk-file cam7.key --ssrc 11223344 --mode dhhmac
    umikey-peer decode AQAFgBorPE0CAAAR...
    """


@main.command()
@click.argument("text", required=False)
@click.option("-f", "--file", "path", help="Read this file: text, octets, or a pcap capture.")
@click.option("--psk-file", "--key-file", help="Keys to verify and decrypt with.")
@click.option("--psk", help="A key in hex; other users can see it while this runs.")
@click.option("--rand", help="RAND in hex, for updates of a CSB whose beginning is not there.")
@click.option("--tolerate-zero", is_flag=True, help="Accept one octet 00 after the message.")
@click.option("--show-keys", is_flag=True, help="Print keys instead of fingerprints.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line per message.")
def decode(text, path, psk_file, psk, rand, tolerate_zero, show_keys, as_json) -> int:
    """Shows messages as a tree: offset of each field, name, value.

    TEXT is hex, base64, an SDP `a=key-mgmt:` line, or an RTSP KeyMgmt header; without it, standard
    input or a file is read. Malformed messages are shown as far as they go, with exit code 1.
    """
    psks = load_psks(psk_file) if psk_file else []
    if psk:
        psks.append(Psk(unhex(psk, "the key after --psk")))
    unlocker = Unlocker(psks, unhex(rand, "the value after --rand") if rand else b"", show_keys)
    failed = False
    for i, (what, octets) in enumerate(find(_input(text, path))):
        root = read(octets, tolerate_zero, show_keys)
        root.text += f" from {what}"
        try:
            message = Message.decode(octets, tolerate_zero)
        except DecodeError:
            failed = True
        else:
            if psks:
                root.children += unlocker.nodes(message)
        if as_json:
            print(json.dumps(tree_json(root)))
        else:
            if i:
                print()
            print_tree(root)
    return int(failed)


def _input(text: str | None, path: str | None) -> bytes:
    if text and path:
        raise ConfigError("give a message or a file, not both")
    if path:
        try:
            return Path(path).read_bytes()
        except OSError as error:
            raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    if text and text != "-":
        return text.encode("utf-8", "replace")
    if text is None and sys.stdin.isatty():
        raise ConfigError("nothing to decode: give a message, a file with -f, or standard input")
    return sys.stdin.buffer.read()


main.add_command(serve)
main.add_command(initiate)
main.add_command(keygen)
