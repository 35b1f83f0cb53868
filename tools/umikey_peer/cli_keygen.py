"""`umikey-peer keygen`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from . import boardfile, pki
from .certs import names, pin_of
from .credentials import ConfigError, identity, write_psk
from .modes.certified import Certified
from .tree import fingerprint


@click.command()
@click.argument("path", metavar="FILE", required=False)
@click.option("--id-i", default="", help="Identity of the initiator: sip:..., or user@host.")
@click.option("--id-r", default="", help="Identity of the responder.")
@click.option("--name", default="", help="A name for people; of the authority with --ca.")
@click.option(
    "--length",
    default=16,
    type=click.IntRange(16, 256),
    help="Octets of the pre-shared key.",
    show_default=True,
)
@click.option("--ca", metavar="DIR", help="Authority in this folder; made if it is not there.")
@click.option("--intermediate", is_flag=True, help="A new authority gets one below it.")
@click.option("--id", "own_id", metavar="ID", help="Certify a new key for this identity.")
@click.option(
    "--curve", default="p256", show_default=True, type=click.Choice(list(pki.CURVES)), help="Curve."
)
@click.option(
    "--cert-type",
    default="0",
    show_default=True,
    type=click.Choice(["0", "2", "3"]),
    help="0: all uses, 2: signatures only, 3: key agreement only.",
)
@click.option("--days", default=1825, show_default=True, type=click.IntRange(1, 36500))
@click.option("--board", metavar="FILE", help="Write the board's credential file, too.")
@click.option(
    "--knows",
    multiple=True,
    metavar="FILE.pem",
    help="Another end's certificate for the board, as ECIES and one-pass ECMQV need it.",
)
@click.option("--force", is_flag=True, help="Replace files that exist; pre-shared keys never.")
def keygen(path, id_i, id_r, name, length, ca, intermediate, own_id, curve, **more) -> None:
    """Makes a pre-shared key in a new FILE that only you can read.

    With --ca DIR: makes an authority, and with --id a certified key: FILE.key.pem, and FILE.pem
    with its certificates.
    """
    if ca:
        _certify(path, name, ca, intermediate, own_id, pki.CURVES[curve], **more)
        return
    if own_id or more["board"] or more["knows"] or intermediate:
        raise ConfigError("certificates need an authority: give --ca DIR")
    if not path:
        raise ConfigError("give the FILE of the key")
    key = os.urandom(length)
    write_psk(path, key, id_i, id_r, name)
    click.echo(f"{path}: a key of {fingerprint(key)}")


def _certify(path, name, ca, intermediate, own_id, curve, cert_type, days, board, knows, force):
    if bool(path) != bool(own_id) or (board and not own_id):
        raise ConfigError("a certified key needs FILE and --id ID")
    folder = Path(ca)
    if not (folder / "ca.pem").exists():
        root = pki.Authority.new(name or "umikey CA", curve)
        root.save(folder, "ca", force)
        click.echo(f"{folder / 'ca.pem'}: a new authority")
        if intermediate:
            root.below(f"{name or 'umikey CA'} 1").save(folder, "sub", force)
            click.echo(f"{folder / 'sub.pem'}: a new authority below it")
    if not own_id:
        return
    authority = pki.Authority.load(folder)
    key = pki.new_key(curve)
    try:
        chain = authority.issue(identity(own_id), key.public_key(), int(cert_type), days)
    except ValueError as error:
        raise ConfigError(f"{own_id}: {error}") from None
    files = [Path(f"{path}.key.pem"), Path(f"{path}.pem"), *([Path(board)] if board else [])]
    for file in files:
        if file.exists() and not force:
            raise ConfigError(f"{file} exists; --force replaces it")
    others = [pki.read_certs(file)[0] for file in knows]
    boardfile.write_private(files[0], pki.pem_key(key), force)
    boardfile.write_private(files[1], b"".join(map(pki.pem, chain)), force, 0o644)
    click.echo(f"{files[1]}: {names(chain[0])[0]}, key {pin_of(chain[0]).hex()}")
    if board:
        held = Certified(key, chain, authority.root, others=others, cert_type=int(cert_type))
        boardfile.write(board, held, force)
        click.echo(f"{board}: credentials for the board; keep them secret")
