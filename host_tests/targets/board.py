"""A real board on a serial port, with umikey installed or frozen on it beforehand.

The port is `$UMIKEY_BOARD`, or the only USB serial port that there is.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from targets.base import Session, Target, TargetError, Unavailable, source_of
from targets.repl import RawRepl


class BoardTarget(Target):
    name = "board"
    loads = ("frozen",)

    def check(self) -> None:
        _port()

    def _open(self, load: str, files: dict[str, Path], options: dict) -> Session:
        if options["heap"] or options["uart"] or options["icount"] is not None:
            raise Unavailable("a real board has no heap=, icount= or uart=")
        port = _port()
        for name, path in files.items():
            words = ["-m", "mpremote", "connect", port, "cp", str(path), f":{name}.py"]
            done = subprocess.run([sys.executable, *words], capture_output=True, text=True)
            if done.returncode:
                raise TargetError(f"mpremote cp {path}: {done.stdout}{done.stderr}")
        return BoardSession(port)


def _port() -> str:
    if own := os.environ.get("UMIKEY_BOARD"):
        return own
    from serial.tools.list_ports import comports

    ports = [p.device for p in comports() if p.vid is not None]
    if len(ports) != 1:
        raise Unavailable(
            f"{len(ports) or 'no'} USB serial ports; UMIKEY_BOARD names the one to use"
        )
    return ports[0]


class BoardSession(Session):
    def __init__(self, port: str):
        import serial

        super().__init__()
        self._serial = serial.Serial(port, 115200)
        fd = self._serial.fileno()
        self._repl = RawRepl(fd, fd)
        self._repl.interrupt()

    def start(self, code: str | Path) -> None:
        self._repl.reset()
        self._begin()
        self._repl.begin(source_of(code))

    def _send(self, data: bytes) -> None:
        self._repl.send(data)

    def _output(self, deadline: float) -> bytes | None:
        return self._repl.output(deadline)

    def _error(self, deadline: float) -> str:
        return self._repl.end(deadline)

    def _abandon(self) -> None:
        self._repl.interrupt()

    def close(self) -> None:
        if self._serial.is_open:
            try:
                self._repl.interrupt(timeout=2)
                self._repl.send(b"\x02")
                time.sleep(0.05)
            except (TargetError, TimeoutError):
                pass
            self._serial.close()
