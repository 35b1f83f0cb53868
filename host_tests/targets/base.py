"""What every target and every session has in common."""

import os
import select
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LOADS = ("source", "mpy", "frozen")
DEVICE = Path(__file__).resolve().parents[1] / "device"


class Unavailable(Exception):
    """The target cannot be used here, or not in the way asked for; the text says why."""


class TargetError(Exception):
    """The target broke down: it died, or stopped talking. Not an exception in the script."""


@dataclass(frozen=True)
class Result:
    stdout: str
    error: str  # the traceback, or ""
    seconds: float

    def check(self) -> str:
        """The output, or AssertionError with everything there is to see."""
        assert not self.error, f"{self.error}\n--- output ---\n{self.stdout}"
        return self.stdout


class Target(ABC):
    name: str
    loads: tuple[str, ...] = LOADS

    @abstractmethod
    def check(self) -> None:
        """Raise Unavailable unless the target can be used here."""

    @abstractmethod
    def _open(self, load: str, files: dict[str, Path], options: dict) -> "Session":
        """Open a session; `options` are heap and what follows it."""

    def session(
        self,
        load: str | None = None,
        files: Mapping[str, Path] | None = None,
        heap: int | None = None,
        icount: bool | int | None = None,
        uart: bool = False,
        freeze: bool = False,
        program: Path | None = None,
    ) -> "Session":
        """A fresh machine; use it in a `with` statement.

        `load` is how umikey gets there: source unless told otherwise, or what the target has.
        `files` are further modules, name -> path of the .py file. `heap` is in bytes. With `icount`
        an emulator counts instructions; a number is QEMU's shift, where it has to be another.
        With `freeze` the files are frozen into the firmware as well, so that the heap holds nothing
        but what the script makes. `program` is a firmware, or a unix program, to run in place of
        the one that would be built.
        """
        load = load or self.loads[0]
        if load not in LOADS:
            raise ValueError(f"load is one of {', '.join(LOADS)}, not {load!r}")
        if load not in self.loads:
            raise Unavailable(f"{self.name} has no {load} form")
        files = {name: Path(path) for name, path in (files or {}).items()}
        if freeze and load != "frozen":
            raise ValueError("freeze goes with load='frozen'")
        options = {
            "heap": heap,
            "icount": icount,
            "uart": uart,
            "freeze": freeze,
            "program": program,
        }
        return self._open(load, files, options)


class Session(ABC):
    """A running target. `start` begins a script, `finish` waits for its end; `run` does both."""

    uart_fd: int | None = None
    left_out: tuple[str, ...] = ()  # umikey's files that this target cannot take in this form
    version: str = ""

    def __init__(self) -> None:
        self._lines = bytearray()
        self._started = 0.0
        self._ended = True
        self._pty = None

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def start(self, code: str | Path) -> None: ...

    @abstractmethod
    def _send(self, data: bytes) -> None: ...

    @abstractmethod
    def _output(self, deadline: float) -> bytes | None:
        """More of the script's output, or None once it has ended; TimeoutError at `deadline`."""

    @abstractmethod
    def _error(self, deadline: float) -> str:
        """The traceback that ended the script, or ""."""

    def _abandon(self) -> None:
        """Give up the script that is running; the session can start another."""
        self.close()

    def run(self, code: str | Path, timeout: float = 60) -> Result:
        """Run `code`, or the script in a file, to its end. TimeoutError carries the output."""
        self.start(code)
        return self.finish(timeout)

    def send_line(self, text: str) -> None:
        self._send(text.encode() + b"\n")

    def read_line(self, timeout: float = 10) -> str | None:
        """The next line of output without its end, or None when the script has ended."""
        deadline = time.monotonic() + timeout
        while (end := self._lines.find(b"\n")) < 0:
            more = self._more(deadline)
            if more is None:
                break
            self._lines += more
        if end < 0 and not self._lines:
            return None
        end = end if end >= 0 else len(self._lines)
        line = bytes(self._lines[:end])
        del self._lines[: end + 1]
        return _text(line)

    def finish(self, timeout: float = 60) -> Result:
        """Wait for the script's end; the output is what read_line has not taken."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                more = self._more(deadline)
            except TimeoutError:
                seen = _text(bytes(self._lines))
                self._abandon()
                raise TimeoutError(f"no end after {timeout} s; so far: {seen}") from None
            if more is None:
                break
            self._lines += more
        error = self._error(deadline)
        out, self._lines = _text(bytes(self._lines)), bytearray()
        return Result(out, error, time.monotonic() - self._started)

    def _more(self, deadline: float) -> bytes | None:
        if self._ended:
            return None
        more = self._output(deadline)
        self._ended = more is None
        return more

    @property
    def uart_path(self) -> str:
        """The second serial line as a terminal device that another program can open."""
        from targets.pty import Pty

        if self.uart_fd is None:
            raise ValueError("the session was opened without uart=True")
        if self._pty is None:
            self._pty = Pty(self.uart_fd)
        return self._pty.path

    def _begin(self) -> None:
        self._lines = bytearray()
        self._started = time.monotonic()
        self._ended = False


def source_of(code: str | Path) -> str:
    return code.read_text() if isinstance(code, Path) else code


def _text(data: bytes) -> str:
    return data.decode(errors="replace").replace("\r\n", "\n").rstrip("\r")


def wait_readable(fd: int, deadline: float) -> None:
    """Return once `fd` has something to read; TimeoutError at `deadline`."""
    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLHUP)
    if not poll.poll(max(0, deadline - time.monotonic()) * 1000):
        raise TimeoutError


def read_some(fd: int, deadline: float) -> bytes:
    """What there is to read, b"" at the end; a terminal whose other side closed has ended too."""
    wait_readable(fd, deadline)
    try:
        return os.read(fd, 65536)
    except OSError:
        return b""
