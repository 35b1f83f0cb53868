"""The `umikey-peer` command."""

from __future__ import annotations

import json
import sys

import click

from .credentials import ConfigError, identity, load_psks
from .replay import ReplayGuard
from .service import AnswerCache, Service
from .session import Responder
from .transport.loop import Loop
from .transport.udp import UdpServer


@click.group()
def main() -> None:
    """MIKEY (RFC 3830) on the desktop."""


@main.command()
@click.option("--udp")
@click.option("--psk-file")
@click.option("--id")
@click.option("--json", "as_json", is_flag=True)
@click.option("--once", is_flag=True)
@click.option("--startup", default="fresh")
@click.option("--skew", default=300.0)
@click.option("--show-keys", is_flag=True)
def serve(udp, psk_file, id, as_json, once, startup, skew, show_keys):
    """Answers."""
    host, _, port = udp.rpartition(":")
    try:
        keys = load_psks(psk_file)
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    loop = Loop()

    def emit(event):
        print(json.dumps(event), flush=True)
        if once and service.exchanges:
            loop.stop()

    responder = Responder(
        keys, id_r=identity(id) if id else None, replay=ReplayGuard(skew, startup=startup)
    )
    service = Service(responder, emit, AnswerCache(), show_keys)
    server = UdpServer(loop, service, host, int(port))
    emit({"event": "ready", "udp": list(server.address)})
    loop.run()
