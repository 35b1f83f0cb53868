"""One thread that waits for all sockets and lines of a server."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable

TURN = 0.5  # seconds at most between two calls of `every_turn`


class Loop:
    """Calls back when something can be read. `stop()` may be called from anywhere."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._running = False
        self._ticks: list[Callable[[float], None]] = []
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self.add(self._woken, lambda: self._woken.recv(64))

    def add(self, fileobj, callback: Callable[[], object]) -> None:
        """Watches a socket or a file descriptor."""
        self._selector.register(fileobj, selectors.EVENT_READ, callback)

    def remove(self, fileobj) -> None:
        """Forgets it; nothing happens if it is not watched."""
        try:
            self._selector.unregister(fileobj)
        except (KeyError, ValueError):
            pass

    def every_turn(self, callback: Callable[[float], None]) -> None:
        """Calls `callback(monotonic seconds)` at least every half second."""
        self._ticks.append(callback)

    def run(self, timeout: float | None = None) -> bool:
        """Runs until `stop()`; False when `timeout` seconds have passed instead."""
        self._running = True
        end = None if timeout is None else time.monotonic() + timeout
        while self._running:
            here = time.monotonic()
            if end is not None and here >= end:
                return False
            wait = TURN if end is None else min(TURN, end - here)
            for key, _ in self._selector.select(wait):
                if self._running:
                    key.data()
            for tick in self._ticks:
                tick(time.monotonic())
        return True

    def stop(self) -> None:
        """Makes `run()` return."""
        self._running = False
        self._waker.send(b"\0")

    def close(self) -> None:
        """Gives everything back."""
        self._selector.close()
        self._woken.close()
        self._waker.close()
