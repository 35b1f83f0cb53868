"""The options about certificates, what they mean, and what they cannot mean together.

What cannot work is found here, before the first message: the other end's refusal would say less.
"""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.core import ParameterSource

from . import pki
from .certs import AGREE, KINDS, SIGN, TYPES, USAGES, allows, is_authority, names
from .credentials import GROUPS, MODES, ConfigError, identity, unhex
from .errors import MikeyError
from .modes.certified import Certified
from .modes.dhsign import DhSign
from .modes.ecies import Ecies
from .modes.ecmqv import Ecmqv
from .payloads import Id
from .registry import DH_EC_FIELD

CERT_MODES = {mode.mode: mode for mode in (DhSign, Ecies, Ecmqv)}
# What our own certificate has to allow.
TO_ANSWER = {DhSign.mode: (SIGN,), Ecies.mode: (AGREE,), Ecmqv.mode: (AGREE,)}
TO_BEGIN = {DhSign.mode: (SIGN,), Ecies.mode: (SIGN,), Ecmqv.mode: (SIGN, AGREE)}

_OPTIONS = (
    click.option("--cert", metavar="FILE.pem", help="Our certificates, leaf first."),
    click.option(
        "--cert-key", metavar="FILE.key.pem", help="The private key that goes with --cert."
    ),
    click.option("--anchor", multiple=True, metavar="FILE.pem", help="Authorities that we trust."),
    click.option("--pin", multiple=True, metavar="HEX", help="SHA-256 of a trusted public key."),
    click.option(
        "--knows",
        multiple=True,
        metavar="FILE.pem",
        help=(
            "Another end's certificate: to begin with its key (ecies, one-pass ecmqv), "
            "or if it sends none."
        ),
    ),
    click.option(
        "--cert-type",
        default="0",
        show_default=True,
        type=click.Choice([str(kind) for kind in KINDS]),
        help=f"CERT type of ours: {', '.join(f'{k} {what}' for k, what in KINDS.items())}.",
    ),
    click.option("--no-cert", is_flag=True, help="Send our identity, no certificates."),
)
ONLY_WITH_CERT = {
    "anchor": "--anchor", "pin": "--pin", "knows": "--knows", "no_cert": "--no-cert"
}  # fmt: skip
NEEDS_CERT = "is for certificates: give --cert FILE.pem and --cert-key FILE.key.pem, too"


def cert_options(command):
    """Adds them to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def is_given(ctx: click.Context, name: str) -> bool:
    """Whether an option stands on the command line: without effect, it is a misunderstanding."""
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


def pass_over(ctx: click.Context, options: dict, listed: Iterable[str]) -> None:
    """Empties what a configuration file says for modes that are not `listed`: it is there for other
    runs, while on the command line it would be a misunderstanding."""
    unused = [] if options["cert"] or options["cert_key"] else [*ONLY_WITH_CERT]
    if listed and not any(name in CERT_MODES for name in listed):
        unused = ["cert", "cert_key", *ONLY_WITH_CERT]
    if listed and not any(name in MODES for name in listed):
        unused.append("psk_file")
    if listed and MODES[0] not in listed:
        unused.append("allow_null")
    for name in unused:
        if options[name] and not is_given(ctx, name):
            options[name] = type(options[name])()


def certified(
    options: dict, wanted: Iterable[str], listed: Iterable[str], uses: dict, **more
) -> list[Certified]:
    """A credential per mode of `wanted`, none without --cert and --cert-key. Our certificate has
    to allow `uses` in the modes that are `listed`, others are left out. `more`: options by mode.
    ConfigError in plain words."""
    files = options["cert"], options["cert_key"]
    if not any(files):
        for name, option in ONLY_WITH_CERT.items():
            if options[name]:
                raise ConfigError(f"{option} {NEEDS_CERT}")
        return []
    if not any(name in CERT_MODES for name in wanted):
        raise ConfigError(f"--cert is for {_all(CERT_MODES)}: --mode lists none of them")
    if not all(files):
        raise ConfigError(
            "a certificate needs its key, and a key its certificate: give --cert and --cert-key"
        )
    key, chain = pki.read_key(files[1]), pki.read_certs(files[0])
    if key.public_key() != chain[0].public_key():
        raise ConfigError(
            f"{files[1]} is not the key of {files[0]}, whose first one has to be ours"
        )
    who = _own(options["own_id"], chain[0], files[0])
    settings = {
        "key": key,
        "chain": chain,
        "anchors": [cert for path in options["anchor"] for cert in _authorities(path)],
        "pins": [_pin(text) for text in options["pin"]],
        "id": who,
        "others": [other_end(path) for path in options["knows"]],
        "cert_type": int(options["cert_type"]),
        "send_cert": not options["no_cert"],
    }
    out, why = [], []
    for name in (name for name in wanted if name in CERT_MODES):
        unfit = _unfit(name, uses[name], settings["cert_type"], chain[0], files[0])
        if unfit and name in listed:
            raise ConfigError(unfit)
        if unfit:
            why.append(unfit)
            continue
        try:
            out.append(CERT_MODES[name](**settings, **more.get(name, {})))
        except ValueError as error:
            text = str(error).replace("private_numbers", "--private-numbers")
            raise ConfigError(text) from None
        except MikeyError as error:
            raise ConfigError(error.reason) from None
    if not out:
        raise ConfigError(f"{files[0]} serves no mode: {'; '.join(why)}")
    return out


def _all(modes: Iterable[str]) -> str:
    *most, last = modes
    return f"{', '.join(most)} and {last}"


def _own(text: str | None, leaf, path: str) -> Id:
    """Who we are, whom our certificate has to name."""
    found = names(leaf)
    if not found:
        raise ConfigError(f"{path} names nobody in its subjectAltName: nobody could ask for us")
    who = identity(text) if text else found[0]
    if who not in found:
        every = ", ".join(str(one) for one in found)
        raise ConfigError(
            f"{path} is for {every}, not for --id {text}: leave out --id, "
            f"or give the certificate of {text}"
        )
    return who


def _pin(text: str) -> bytes:
    pin = unhex(text, "the value after --pin")
    if len(pin) != 32:
        raise ConfigError(f"--pin is a SHA-256 of 64 hex digits, as keygen prints it, not {text!r}")
    return pin


def _unfit(name: str, uses: Iterable[str], kind: int, leaf, path: str) -> str:
    """Why our certificate cannot serve a mode; empty if it can."""
    if name == Ecmqv.mode and kind:
        return f"{name} signs and agrees with one key: it needs --cert-type 0, {KINDS[0]}"
    for use in uses:
        if kind not in TYPES[use]:
            return f"{name} does not work with --cert-type {kind}, {KINDS[kind]}"
        if not allows(leaf, use):
            return f"{name} needs {USAGES[use]}, which the keyUsage of {path} does not allow"
    return ""


def _authorities(path: str) -> list:
    """The certificates of a file for `--anchor`. ConfigError if one is not an authority's."""
    found = pki.read_certs(path)
    if not all(is_authority(cert) for cert in found):
        raise ConfigError(
            f"{path} is no authority's certificate, as --anchor wants it; "
            "to trust only who is named in it, give it with --knows"
        )
    return found


def other_end(path: str):
    """The certificate of another end, for `--knows`. ConfigError."""
    cert = pki.read_certs(path)[0]
    if not names(cert):
        what = "an authority's certificate" if is_authority(cert) else "a certificate for nobody"
        raise ConfigError(f"{path} is {what}: --knows takes the certificate of another end")
    return cert


def check_trust(credential: Certified, who: Id | None = None) -> None:
    """ConfigError if there is nobody, or not `who`, that a credential would believe."""
    trust = credential.trust
    if trust.anchors or trust.pins or (trust.known(who) if who else trust.others):
        return
    give = "give the authority's certificate with --anchor ca.pem"
    if who:
        raise ConfigError(f"nobody vouches for {who}: {give}, or its key with --pin")
    raise ConfigError(f"nobody is trusted: {give}, or --pin or --knows")


def check_known(credential: Certified, who: Id) -> None:
    """ConfigError without the certificate of `who`, for modes that begin with its key."""
    trust = credential.trust
    if trust.known(who):
        return
    held = ", ".join(dict.fromkeys(str(other) for other, _ in trust.others))
    only = f", not only that of {held}" if held else ""
    raise ConfigError(
        f"{credential.mode} begins with the key of {who}: "
        f"give its certificate with --knows FILE.pem{only}"
    )


def check_modes(options: dict, listed: Iterable[str], has_psks: bool, has_null: bool) -> None:
    """ConfigError unless there is something to answer with in every mode that is listed, and a
    mode for every key."""
    for name in listed:
        if name in CERT_MODES and not (options["cert"] or options["cert_key"]):
            raise ConfigError(f"--mode {name} needs a certificate: give --cert and --cert-key")
        if name in MODES and not has_psks and not (has_null and name == MODES[0]):
            raise ConfigError(f"--mode {name} needs a pre-shared key: give --psk-file FILE")
    if listed and has_psks and not any(name in MODES for name in listed):
        raise ConfigError(f"--psk-file is for {_all(MODES)}: --mode lists none of them")


def sign_groups(names, private_numbers: bool) -> dict:
    """The options of signed DH about groups, by the names that were given."""
    numbers = [int(GROUPS[name]) for name in names]
    options = {"group": numbers[0], "groups": numbers} if numbers else {}
    return {**options, "private_numbers": private_numbers}


def prime(names) -> list[str]:
    """Those groups that DH-HMAC can use, too."""
    return [name for name in names if int(GROUPS[name]) not in DH_EC_FIELD]
