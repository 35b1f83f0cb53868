"""`umikey-peer serve`."""

from __future__ import annotations

import click
import serial

from . import config
from .cli_certs import (
    CERT_MODES,
    TO_ANSWER,
    cert_options,
    certified,
    check_modes,
    check_trust,
    pass_over,
    prime,
    sign_groups,
)
from .console import emitter
from .credentials import GROUPS, MODES, ConfigError, for_modes, identity, load_psks
from .service import AnswerCache, Service
from .session import Responder
from .transport import PORT
from .transport.loop import Loop
from .transport.tcp import TcpServer, open_tcp
from .transport.uart import BAUD, Line, UartServer
from .transport.udp import UdpServer, open_udp


@click.command(epilog=config.help_text())
@click.option(
    "--config",
    callback=config.load,
    is_eager=True,
    expose_value=False,
    metavar="FILE",
    help="TOML file with these options.",
)
@click.option("--udp", multiple=True, metavar="HOST:PORT", help="UDP address; port 0: any.")
@click.option("--tcp", multiple=True, metavar="HOST:PORT", help="TCP address.")
@click.option(
    "--serial",
    "lines",
    multiple=True,
    metavar="DEVICE[:BAUD]",
    help=f"Serial line with SLIP frames; {BAUD} baud by default.",
)
@click.option("--tcp-prefix", is_flag=True, help="A 16-bit length before each TCP message.")
@click.option("--psk-file", "--key-file", multiple=True, metavar="FILE", help="Pre-shared keys.")
@cert_options
@click.option("--id", "own_id", metavar="ID", help="Who we are; else whom --cert is for, or any.")
@click.option(
    "--mode",
    "modes",
    multiple=True,
    type=click.Choice((*MODES, *CERT_MODES)),
    help="What to answer; once per mode. By default all that there are keys for.",
)
@click.option(
    "--group",
    "groups",
    multiple=True,
    type=click.Choice(list(GROUPS)),
    help="DH groups to answer, once per group; by default oakley5, 1, 2, and p256, p384, p521.",
)
@click.option("--private-numbers", is_flag=True, help="Know DH groups 241 to 243: modp2048...")
@click.option("--allow-null", is_flag=True, help="Accept messages without protection.")
@click.option("--compat-rtsps", is_flag=True, help="Read what RTSPS cameras send.")
@click.option("--compat-minisip", is_flag=True, help="Answer as minisip expects it.")
@click.option("--replace-csb", is_flag=True, help="Let an initiator reuse a CSB ID.")
@click.option(
    "--skew",
    default="300",
    show_default=True,
    metavar="SECONDS|off",
    help="How far clocks may be apart.",
)
@click.option(
    "--startup",
    default="fresh",
    show_default=True,
    type=click.Choice(["fresh", "strict", "off"]),
    help="After a start, refuse messages stamped before it; or all for one skew.",
)
@click.option("--state", metavar="FILE", help="Keep replay cache and counters here over restarts.")
@click.option("--no-retransmission", is_flag=True, help="Do not repeat answers.")
@click.option(
    "--unknown-id",
    default="error",
    type=click.Choice(["error", "silent"]),
    show_default=True,
    help="What unknown identities get.",
)
@click.option("--once", is_flag=True, help="Stop after one exchange.")
@click.option("--count", type=click.IntRange(1), help="Stop after so many exchanges.")
@click.option("--srtp", type=click.IntRange(1), help="Stop only after so many SRTP packets opened.")
@click.option("--timeout", type=float, help="Stop after so many seconds, with exit code 1.")
@click.option("--show-keys", is_flag=True, help="Print keys instead of fingerprints.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line per event.")
@click.pass_context
def serve(ctx, **options) -> int:
    """Answers initiators over UDP, TCP and serial lines, and opens their SRTP packets.

    Without --udp, --tcp or --serial it listens on UDP and TCP port 2269 of this machine.
    """
    pass_over(ctx, options, options["modes"])
    return _Server(options).run()


class _Server:
    """A running `serve`."""

    def __init__(self, options: dict):
        self._options = options
        self._emit = emitter(options["as_json"])
        self._loop = Loop()
        self._wanted = options["count"] or (1 if options["once"] else None)
        self._lost: str | None = None
        credentials = _credentials(options)
        state = options["state"]
        guard = config.replay_guard(options["skew"], options["startup"], state)
        responder = Responder(
            credentials,
            id_r=identity(options["own_id"]) if options["own_id"] else None,
            allow_null=options["allow_null"],
            compat_rtsps=options["compat_rtsps"],
            compat_minisip=options["compat_minisip"],
            replace_csb=options["replace_csb"],
            unknown_id=options["unknown_id"],
            replay=guard,
        )
        self._service = Service(
            responder,
            self._on_event,
            None if options["no_retransmission"] else AnswerCache(),
            options["show_keys"],
            (lambda: config.save_state(guard, state)) if state else (lambda: None),
        )
        self._servers: list = []

    def run(self) -> int:
        """Serves until told to stop; the exit code."""
        try:
            self._open()
            finished = self._loop.run(self._options["timeout"])
        except KeyboardInterrupt:
            return 0
        finally:
            for server in self._servers:
                server.close()
            self._loop.close()
        if self._lost:
            raise OSError(f"the serial line {self._lost} is gone")
        if not finished and (self._wanted or self._options["srtp"]):
            raise TimeoutError(
                f"{self._service.exchanges} exchanges and {self._service.packets} SRTP packets "
                f"in {self._options['timeout']:g} s, expected more"
            )
        return 0

    def _open(self) -> None:
        options = self._options
        udp, tcp, lines = options["udp"], options["tcp"], options["lines"]
        if not (udp or tcp or lines):
            udp = tcp = (f":{PORT}",)
        ready: dict = {"event": "ready"}
        for text in udp:
            bound = config.bind(open_udp, "UDP", "--udp", text)
            server = UdpServer(self._loop, self._service, bound)
            self._servers.append(server)
            ready.setdefault("udp", []).append(list(server.address))
        for text in tcp:
            bound = config.bind(open_tcp, "TCP", "--tcp", text)
            server = TcpServer(self._loop, self._service, bound, options["tcp_prefix"])
            self._servers.append(server)
            ready.setdefault("tcp", []).append(list(server.address))
        for device in lines:
            line = open_line(device)
            gone = lambda name=line.name: self._on_gone(name)  # noqa: E731
            self._servers.append(UartServer(self._loop, self._service, line, gone))
            ready.setdefault("serial", []).append(line.name)
        self._emit(ready)

    def _on_event(self, event: dict) -> None:
        self._emit(event)
        enough = self._wanted is None or self._service.exchanges >= self._wanted
        packets = self._options["srtp"]
        if packets:
            enough = enough and self._service.packets >= packets
        if enough and (self._wanted or packets):
            self._loop.stop()

    def _on_gone(self, name: str) -> None:
        self._emit({"event": "closed", "transport": "serial", "peer": name})
        if len(self._servers) == 1:
            self._lost = name
            self._loop.stop()


def _credentials(options: dict) -> list:
    """What we answer with. ConfigError for what would be without effect, or without any key."""
    psks = [psk for path in options["psk_file"] for psk in load_psks(path)]
    groups, private, listed = options["groups"], options["private_numbers"], options["modes"]
    if listed and "psk" not in listed and options["allow_null"]:
        raise ConfigError("--allow-null is a kind of --mode psk")
    check_modes(options, listed, bool(psks), options["allow_null"])
    modes = listed or (*MODES, *CERT_MODES)
    more = {"dhsign": sign_groups(groups, private)}
    by_certificate = certified(options, modes, listed, TO_ANSWER, **more)
    if by_certificate:
        check_trust(by_certificate[0])
    if not (psks or by_certificate or options["allow_null"]):
        raise ConfigError(
            "no keys: give --psk-file FILE, or --cert and --cert-key; umikey-peer keygen makes them"
        )
    if groups and not prime(groups):
        if "dhhmac" in listed:
            raise ConfigError("--mode dhhmac has no curves: add a --group such as oakley5")
        modes = [mode for mode in modes if mode != "dhhmac"]
    return for_modes(psks, modes, prime(groups), private) + by_certificate


def open_line(device: str) -> Line:
    """A serial line; ConfigError in plain words when there is none."""
    try:
        return Line(device)
    except (serial.SerialException, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        if getattr(error, "errno", None) == 2:
            reason = "there is no such device"
        raise ConfigError(f"cannot open the serial line {device}: {reason}") from None
