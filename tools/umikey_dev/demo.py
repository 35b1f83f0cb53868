"""`make demo`: a desktop peer, and MicroPython clients that agree on SRTP keys with it.

Every client is the same program, `device/demo_board.py`: on the unix port over UDP, on emulated
boards over a UART with SLIP. The peer is the program `umikey-peer` in a process of its own.
"""

import json
import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table

from umikey_dev import DevError, runners

BOARD = Path(__file__).parent / "device" / "demo_board.py"
TARGETS = ("unix", "qemu-m3")
MODES = {
    "psk": "PSK", "dhhmac": "DH-HMAC",
    "dhsign": "DH-SIGN P-256", "ecies": "ECIES", "ecmqv": "ECMQV", "ecmqv1": "ECMQV one-pass",
}  # fmt: skip
SHARED_KEY = ("psk", "dhhmac")
ID_I, ID_R = "sip:cam7@plant.example", "sip:nvr@plant.example"


@dataclass
class Outcome:
    """One exchange, as both ends saw it."""

    mode: str
    target: str
    over: str
    error: str = ""
    board: str = ""  # fingerprints
    peer: str = ""
    sent: int = 0
    got: int = 0
    cost: str = ""
    heap: int = 0
    srtp: str = ""
    events: list = field(default_factory=list)

    @property
    def good(self) -> bool:
        return bool(not self.error and self.board and self.board == self.peer and self.srtp)


class Peer:
    """`umikey-peer serve` in a process of its own, its events read as they come."""

    def __init__(self, credentials: list[str], *words: str):
        command = [sys.executable, "-m", "umikey_peer", "serve", *credentials]
        self._process = subprocess.Popen(
            [*command, "--id", ID_R, "--json", "--once", "--srtp", "1", "--timeout", "90", *words],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def event(self, *kinds: str) -> dict:
        """The next event of one of these kinds; DevError if the peer ends before."""
        seen = []
        for line in self._process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                seen.append(line.strip())
                continue
            if event.get("event") in kinds:
                return event
            seen.append(json.dumps(event))
        raise DevError("the peer ended: " + "; ".join(seen[-3:]))

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *how) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


def credentials(mode: str, folder: Path) -> tuple[list[str], str]:
    """-> how `umikey-peer serve` is told who it is, and what the board is told, in hex."""
    if mode in SHARED_KEY:
        key = secrets.token_hex(16)
        file = folder / "psk"
        file.touch(0o600)
        file.write_text(key + "\n")
        return ["--psk-file", str(file)], key
    peer, board = folder / "peer", folder / "board"
    for file, who, more in (
        (peer, ID_R, ()),
        (board, ID_I, ("--board", str(folder / "board.cred"), "--knows", f"{peer}.pem")),
    ):
        words = ("--ca", str(folder / "ca"), "--id", who, *more, str(file))
        made = subprocess.run(
            [sys.executable, "-m", "umikey_peer", "keygen", *words], capture_output=True, text=True
        )
        if made.returncode:
            raise DevError(made.stderr.strip() or made.stdout.strip())
    words = ["--cert", f"{peer}.pem", "--cert-key", f"{peer}.key.pem"]
    words += ["--anchor", str(folder / "ca" / "ca.pem")]
    return words, (folder / "board.cred").read_bytes().hex()


def exchange(mode: str, name: str) -> Outcome:
    """Run the client for `mode` on target `name` against a fresh peer."""
    targets = runners()
    uart = name.startswith("qemu-")
    out = Outcome(mode, name, "UART" if uart else "UDP")
    try:
        target = targets.get(name)
        files = {"demo_board": BOARD}
        with (
            tempfile.TemporaryDirectory() as folder,
            target.session("frozen", files=files, uart=uart, icount=True) as s,
        ):
            words = ("--serial", s.uart_path) if uart else ("--udp", "127.0.0.1:0")
            ours, key = credentials(mode, Path(folder))
            with Peer(ours, *words) as peer:
                ready = peer.event("ready")
                where = "uart" if uart else "udp://{}:{}".format(*ready["udp"][0])
                s.start("import demo_board")
                seed = secrets.token_hex(768)
                s.send_line(f"{mode} {where} {int(time.time())} {seed} {key} {ID_I} {ID_R}")
                _board_said(out, s)
                event = peer.event("established")
                out.peer = event["fingerprint"]
                event = peer.event("srtp")
                if event.get("ok"):
                    out.srtp = bytes.fromhex(event["payload_hex"]).decode()
    except (DevError, targets.Unavailable, targets.TargetError, TimeoutError, OSError) as e:
        out.error = str(e) or type(e).__name__
    return out


def _board_said(out: Outcome, session) -> None:
    while (line := session.read_line(120)) is not None:
        if line.startswith("demo "):
            _, out.board, sent, got, cost, heap, unit = line.split()
            out.sent, out.got, out.heap = int(sent), int(got), int(heap)
            out.cost = f"{int(cost):,} {'instr.' if unit != 'us' else 'µs'}"
            return
    raise DevError(session.finish(5).error.strip().splitlines()[-1])


def table(outcomes: list[Outcome]) -> Table:
    """What both ends say, side by side."""
    out = Table(title="Keys agreed between MicroPython and the desktop peer", box=box.SIMPLE_HEAD)
    columns = ("mode", "board", "over", "keys on the board", "keys at the peer", "", "octets",
               "cost", "heap", "SRTP packet")  # fmt: skip
    for name in columns:
        right = name in ("octets", "cost", "heap")
        out.add_column(name, justify="right" if right else "left", no_wrap=True)
    for o in outcomes:
        row = [MODES[o.mode], o.target, o.over]
        if o.error:
            out.add_row(*row, "[red]failed, see below[/]")
            continue
        agree = "[green]agree[/]" if o.board == o.peer else "[red]DIFFER[/]"
        packet = "opened by libsrtp" if o.srtp else "[red]not opened[/]"
        heap = f"{o.heap:,}"
        out.add_row(*row, o.board, o.peer, agree, f"{o.sent} + {o.got}", o.cost, heap, packet)
    return out


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--target", "names", multiple=True, help=f"default: {', '.join(TARGETS)}")
def main(names: tuple[str, ...]) -> None:
    """Agree on SRTP keys between MicroPython clients and the desktop peer, and use them."""
    console = Console(width=None if sys.stdout.isatty() else 150)
    outcomes = []
    for mode in MODES:
        for name in names or TARGETS:
            console.print(f"{MODES[mode]}: a client on {name}, and umikey-peer beside it ...")
            outcomes.append(exchange(mode, name))
    console.print(table(outcomes))
    for o in outcomes:
        if o.error:
            text = f"{MODES[o.mode]} on {o.target}: {o.error}"
            console.print(text, style="red", markup=False)
    console.print(
        "Keys are shown as fingerprints. Octets: sent + received. Cost: `start` and `feed`, "
        "without the waiting.\nHeap: at its highest, with the demo's own program, transport and "
        "counters; `make bench` finds the smallest that does."
    )
    sys.exit(0 if all(o.good for o in outcomes) else 1)


if __name__ == "__main__":
    main()
