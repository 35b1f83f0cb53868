"""The options about certificates, and what they mean."""

from __future__ import annotations

import click

from . import pki
from .credentials import GROUPS, ConfigError, identity, unhex
from .errors import MikeyError
from .modes.certified import Certified
from .modes.dhsign import DhSign
from .modes.ecies import Ecies
from .modes.ecmqv import Ecmqv
from .registry import DH_EC_FIELD

CERT_MODES = {mode.mode: mode for mode in (DhSign, Ecies, Ecmqv)}

_OPTIONS = (
    click.option("--cert", metavar="FILE.pem", help="Our certificates, leaf first."),
    click.option("--cert-key", metavar="FILE.pem", help="The private key that goes with --cert."),
    click.option("--anchor", multiple=True, metavar="FILE.pem", help="Authorities that we trust."),
    click.option("--pin", multiple=True, metavar="HEX", help="SHA-256 of a trusted public key."),
    click.option("--knows", multiple=True, metavar="FILE.pem", help="Another end's certificate."),
    click.option(
        "--cert-type",
        default="0",
        type=click.Choice(["0", "2", "3"]),
        help="CERT type of ours: 2 for signatures only, 3 for encryption only.",
    ),
    click.option("--no-cert", is_flag=True, help="Send our identity, no certificates."),
)


def cert_options(command):
    """Adds them to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def certified(options: dict, modes, **more) -> list[Certified]:
    """A credential per mode, none without --cert and --cert-key. `more`: options by mode.
    ConfigError in plain words."""
    wanted = [name for name in modes if name in CERT_MODES]
    files = options["cert"], options["cert_key"]
    if not any(files):
        return []
    if not all(files):
        raise ConfigError(
            "a certificate needs its key, and a key its certificate: give --cert and --cert-key"
        )
    pins = [unhex(text, "the value after --pin") for text in options["pin"]]
    settings = {
        "key": pki.read_key(files[1]),
        "chain": pki.read_certs(files[0]),
        "anchors": [cert for path in options["anchor"] for cert in pki.read_certs(path)],
        "pins": pins,
        "id": identity(options["own_id"]) if options["own_id"] else None,
        "others": [pki.read_certs(path)[0] for path in options["knows"]],
        "cert_type": int(options["cert_type"]),
        "send_cert": not options["no_cert"],
    }
    out = []
    for name in wanted:
        if options["cert_type"] != "0" and name == Ecmqv.mode and len(wanted) > 1:
            continue  # its key does both
        if options["cert_type"] == "3" and name == DhSign.mode and len(wanted) > 1:
            continue
        try:
            out.append(CERT_MODES[name](**settings, **more.get(name, {})))
        except ValueError as error:
            text = str(error).replace("private_numbers", "--private-numbers")
            raise ConfigError(text) from None
        except MikeyError as error:
            raise ConfigError(error.reason) from None
    return out


def sign_groups(names, private_numbers: bool) -> dict:
    """The options of signed DH about groups, by the names that were given."""
    numbers = [int(GROUPS[name]) for name in names]
    options = {"group": numbers[0], "groups": numbers} if numbers else {}
    return {**options, "private_numbers": private_numbers}


def prime(names) -> list[str]:
    """Those groups that DH-HMAC can use, too."""
    return [name for name in names if int(GROUPS[name]) not in DH_EC_FIELD]
