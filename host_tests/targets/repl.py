"""MicroPython's raw REPL over a pair of file descriptors, with raw-paste flow control."""

import os
import time
from collections.abc import Callable

from targets.base import TargetError, read_some

CTRL_A, CTRL_C, CTRL_D = b"\x01", b"\x03", b"\x04"
PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
PASTE = b"\x05A\x01"


class RawRepl:
    def __init__(self, rfd: int, wfd: int):
        self._rfd = rfd
        self._wfd = wfd
        self._seen = bytearray()

    def boot(self, wake: Callable[[], None], timeout: float = 20) -> None:
        """From switching on to the raw REPL; `wake` makes the board's first input arrive."""
        deadline = time.monotonic() + timeout
        self._until(b">>> ", deadline)
        self.send(CTRL_A)
        wake()
        self._until(PROMPT, deadline)

    def interrupt(self, timeout: float = 20) -> None:
        """From whatever a board is doing to the raw REPL."""
        self.send(b"\r" + CTRL_C + CTRL_C + b"\r" + CTRL_A)
        self._until(PROMPT, time.monotonic() + timeout)

    def reset(self, timeout: float = 20) -> None:
        """A fresh interpreter, by a soft reset."""
        deadline = time.monotonic() + timeout
        self.send(CTRL_D)
        self._until(b"soft reboot\r\n", deadline)
        self._until(PROMPT, deadline)

    def send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._wfd, view) :]

    def begin(self, source: str, timeout: float = 60) -> None:
        """Send `source` and return once it has been compiled; its output follows."""
        deadline = time.monotonic() + timeout
        data = source.encode()
        self.send(PASTE)
        if self._take(2, deadline) != b"R\x01":
            raise TargetError("the target does not know raw paste")
        window = int.from_bytes(self._take(2, deadline), "little")
        left = window
        at = 0
        while at < len(data):
            while not left or self._seen:
                sign = self._take(1, deadline)
                if sign == CTRL_D:  # it gave up reading: out of memory, or not Python
                    self.send(CTRL_D)
                    return
                left += window
            size = min(left, len(data) - at)
            self.send(data[at : at + size])
            at += size
            left -= size
        self.send(CTRL_D)
        while (sign := self._take(1, deadline)) == b"\x01":
            pass
        if sign != CTRL_D:
            raise TargetError(f"no end of raw paste, but {sign!r}")

    def output(self, deadline: float) -> bytes | None:
        """More of what comes before the next ctrl-D, or None once that has been reached."""
        if not self._seen:
            self._more(deadline)
        end = self._seen.find(CTRL_D)
        if end == 0:
            del self._seen[:1]
            return None
        chunk = bytes(self._seen[:end] if end > 0 else self._seen)
        del self._seen[: len(chunk)]
        return chunk

    def rest(self, deadline: float) -> bytes:
        """All that comes before the next ctrl-D."""
        whole = b""
        while (more := self.output(deadline)) is not None:
            whole += more
        return whole

    def end(self, deadline: float) -> str:
        """After the output: the traceback, or "", and the prompt again."""
        error = self.rest(deadline)
        self._until(b">", deadline)
        return error.decode(errors="replace").replace("\r\n", "\n")

    def _more(self, deadline: float) -> None:
        data = read_some(self._rfd, deadline)
        if not data:
            raise TargetError(f"the target stopped; its last words: {bytes(self._seen)!r}")
        self._seen += data

    def _take(self, size: int, deadline: float) -> bytes:
        while len(self._seen) < size:
            self._more(deadline)
        data = bytes(self._seen[:size])
        del self._seen[:size]
        return data

    def _until(self, token: bytes, deadline: float) -> None:
        try:
            while (at := self._seen.find(token)) < 0:
                self._more(deadline)
        except TimeoutError:
            raise TargetError(f"waited for {token!r}, got {bytes(self._seen[-200:])!r}") from None
        del self._seen[: at + len(token)]
