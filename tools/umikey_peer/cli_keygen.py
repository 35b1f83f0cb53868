"""`umikey-peer keygen`."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click
from cryptography.x509.oid import NameOID

from . import boardfile, ec, pki
from .certs import KINDS, is_authority, pin_of
from .cli_certs import is_given, other_end
from .credentials import ConfigError, identity, write_psk
from .modes.certified import Certified
from .payloads import Id
from .tree import fingerprint

PSK_ONLY = {"id_i": "--id-i", "id_r": "--id-r", "length": "--length"}
ID_ONLY = {
    "board": "--board", "knows": "--knows", "cert_type": "--cert-type", "days": "--days"
}  # fmt: skip
CA_ONLY = {"own_id": "--id", "intermediate": "--intermediate", "curve": "--curve", **ID_ONLY}


class _Keygen(click.Command):
    """FILE is there or not, depending on the options: each use has its own line."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "[OPTIONS] FILE")
        for words in ("--ca DIR [OPTIONS]", "--ca DIR --id ID [OPTIONS] FILE"):
            formatter.write_usage(ctx.command_path, words, " " * len("Usage: "))


@click.command(cls=_Keygen)
@click.argument("path", metavar="FILE", required=False)
@click.option("--id-i", default="", help="Identity of the initiator: sip:..., or user@host.")
@click.option("--id-r", default="", help="Identity of the responder.")
@click.option("--name", default="", help="A name for people: of the key, with --ca of a new CA.")
@click.option(
    "--length",
    default=16,
    type=click.IntRange(16, 256),
    help="Octets of the pre-shared key.",
    show_default=True,
)
@click.option(
    "--ca", metavar="DIR", help="Authority (CA) in this folder; made if there is none, else used."
)
@click.option("--intermediate", is_flag=True, help="A new CA gets one below it, which certifies.")
@click.option(
    "--id", "own_id", metavar="ID", help="Certify a new key for this identity: sip:..., user@host."
)
@click.option(
    "--curve",
    default="p256",
    show_default=True,
    type=click.Choice(list(pki.CURVES)),
    help="Curve of the certified key, and of a new CA.",
)
@click.option(
    "--cert-type",
    default="0",
    show_default=True,
    type=click.Choice([str(kind) for kind in KINDS]),
    help=f"CERT type: {', '.join(f'{k} {what}' for k, what in KINDS.items())}.",
)
@click.option(
    "--days",
    default=1825,
    show_default=True,
    type=click.IntRange(1, 36500),
    help="How long the certificate holds.",
)
@click.option("--board", metavar="FILE", help="Write the board's credential file, too.")
@click.option(
    "--knows",
    multiple=True,
    metavar="FILE.pem",
    help="With --board: another end's certificate, as ECIES and one-pass ECMQV need it.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Replace a certified key and a board's file; never a CA or a pre-shared key.",
)
@click.pass_context
def keygen(ctx, path, id_i, id_r, name, length, ca, **more) -> None:
    """Makes a pre-shared key in a new FILE that only you can read.

    With --ca DIR: makes an authority, and with --id a certified key: FILE.key.pem, and FILE.pem
    with its certificates.
    """
    given = {name for name in ctx.params if is_given(ctx, name)}
    if ca:
        _refuse(given, PSK_ONLY, "is for pre-shared keys, not for certificates: leave out {}")
        _certify(path, name, Path(ca), given=given, **more)
        return
    _refuse(given, CA_ONLY, "is for certificates, which need an authority: give --ca DIR")
    if not path:
        raise ConfigError("give the FILE of the key")
    key = os.urandom(length)
    write_psk(path, key, id_i, id_r, name)
    click.echo(f"{path}: a key of {fingerprint(key)}")


def _refuse(given: set[str], options: dict[str, str], why: str) -> None:
    """An option without effect is a misunderstanding: better told than passed over."""
    for name, option in options.items():
        if name in given:
            raise ConfigError(f"{option} {why.format(option)}")


def _certify(
    path, name, folder, given, intermediate, own_id, curve, cert_type, days, board, knows, force
):  # fmt: skip
    if not own_id:
        _refuse(given, ID_ONLY, "is for a certified key: give --id ID and its FILE")
        if path:
            raise ConfigError("whom is the certificate for? Give --id ID")
    elif not path:
        raise ConfigError("give the FILE of the certified key")
    if knows and not board:
        raise ConfigError("--knows is for the board's file: give --board FILE, too")
    who = _who(own_id) if own_id else None
    old = pki.Authority.there(folder)
    if old and force and not who:
        raise ConfigError(f"the authority in {folder} is there already, and is never replaced")
    if old:
        authority = pki.Authority.load(folder)
        _check_same(authority, folder, name, intermediate, curve if not who else None, given)
    else:
        root = authority = pki.Authority.new(name or "umikey CA", pki.CURVES[curve])
        if intermediate:
            authority = root.below(f"{name or 'umikey CA'} 1")
    files = _files(path, board, folder, force) if who else []
    others = [other_end(file) for file in knows]
    if not old:
        boardfile.check_place(folder / "ca.pem")
    key = pki.new_key(pki.CURVES[curve])
    chain = authority.issue(who, key.public_key(), int(cert_type), days) if who else ()
    credentials = b""
    if board:
        try:
            held = Certified(key, chain, authority.root, others=others, cert_type=int(cert_type))
            credentials = boardfile.octets(held)
        except ValueError as error:
            raise ConfigError(f"no file for the board: {error}") from None
    # All that can go wrong has been looked at: what follows writes.
    if not old:
        root.save(folder)
        click.echo(f"{folder / 'ca.pem'}: a new authority")
        if intermediate:
            authority.save(folder, "sub")
            click.echo(f"{folder / 'sub.pem'}: a new authority below it")
    elif not who:
        click.echo(f"{folder / 'ca.pem'}: this authority is there already; nothing was done")
    if not who:
        return
    boardfile.write_private(files[0], pki.pem_key(key), force)
    boardfile.write_private(files[1], b"".join(map(pki.pem, chain)), force, 0o644)
    click.echo(f"{files[1]}: {who}, key {pin_of(chain[0]).hex()}")
    if board:
        boardfile.write_private(board, credentials, force)
        click.echo(f"{board}: credentials for the board; keep them secret")


def _who(text: str) -> Id:
    """An identity that a certificate can name. A bare word is a slip: as a NAI it would name a
    user of no host, and no other end would ask for it."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+|[!-9;-?A-~]+@[!-9;-?A-~]+", text):
        raise ConfigError(
            f"{text!r} is no identity for a certificate: give a URI or user@host, "
            "such as sip:cam7@plant.example"
        )
    who = identity(text)
    try:
        pki.san(who)
    except ValueError as error:
        raise ConfigError(f"{text}: {error}") from None
    return who


def _check_same(authority, folder, name, intermediate, curve, given) -> None:
    """ConfigError unless what is asked of an authority is what is there. `curve`: None if it is
    meant for another key."""
    but = f"the authority in {folder} is there already"
    found = authority.root.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    is_name = found[0].value if found else ""
    if "name" in given and name != is_name:
        raise ConfigError(f"{but}, its name is {is_name!r}: leave out --name")
    if intermediate and not authority.above:
        raise ConfigError(f"{but}, and has none below it: leave out --intermediate")
    if curve and "curve" in given:
        found = ec.of_key(authority.root.public_key())
        if found is None or found.number != pki.CURVES[curve]:
            where = found.name if found else "another kind of key"
            raise ConfigError(f"{but}, with a key on {where}: leave out --curve")


def _files(path: str, board: str | None, folder: Path, force: bool) -> list[Path]:
    """The files to write, all of them allowed. ConfigError."""
    files = [Path(f"{path}.key.pem"), Path(f"{path}.pem")]
    half = Path(path).name in ("ca", "sub") and any(file.exists() for file in files)
    if half or _holds_authority(files[1]):
        raise ConfigError(
            f"{path}.pem is an authority's, which is never replaced: name another FILE"
        )
    if board:
        files.append(Path(board))
    kept = [(folder / name).resolve() for name in pki.FILES]
    for i, file in enumerate(files):
        if file.resolve() in [*kept, *(other.resolve() for other in files[:i])]:
            raise ConfigError(f"{file} is the place of another key or certificate")
        if file.exists() and not force:
            raise ConfigError(f"{file} exists; --force replaces it")
        boardfile.check_place(file)
    if board and Path(board).exists() and not boardfile.is_one(board):
        raise ConfigError(f"{board} is no board's file: --force does not replace it")
    return files


def _holds_authority(path: Path) -> bool:
    try:
        return path.exists() and is_authority(pki.read_certs(path)[0])
    except ConfigError:
        return False
