"""MIKEY over TCP: one exchange per connection (RFC 5197 section 6 leaves the framing open).

A message tells by itself where it ends: its chain of payloads ends with Next payload 0. As an
option every message has its length (16 bits) before it.
"""

from __future__ import annotations

import select
import socket
import time

from ..errors import DecodeError, Truncated
from ..initiator import Initiator
from ..message import MAX_MESSAGE, walk
from ..service import Service
from ..session import Outcome
from .client import DEFAULT, Patience, exchange
from .loop import Loop

MAX_CONNECTIONS = 64
CONNECTION_SECONDS = 10.0  # for a whole message to come


class Framer:
    """Cuts one message out of a stream. `prefix`: a 16-bit length comes first."""

    def __init__(self, prefix: bool = False):
        self._prefix = prefix
        self._octets = b""
        self._needed = 1

    def feed(self, octets: bytes) -> bytes | None:
        """The message once it is complete, or what is surely no message; None: more is needed."""
        self._octets += octets
        data = self._octets
        if self._prefix:
            if len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
                return None
            return data[2:]
        if len(data) < self._needed and len(data) <= MAX_MESSAGE:
            return None
        try:
            for _ in walk(data):
                pass
        except Truncated as missing:
            if missing.needed <= MAX_MESSAGE:
                # Not looked at again before there are so many octets: this keeps the work linear.
                self._needed = missing.needed
                return None
        except DecodeError:
            pass
        return data


def framed(message: bytes, prefix: bool) -> bytes:
    """A message as it goes into the stream."""
    return len(message).to_bytes(2, "big") + message if prefix else message


def open_tcp(host: str, port: int) -> socket.socket:
    """A listening socket; `port` 0 is any free one. OSError if it fails."""
    family, _, _, _, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(MAX_CONNECTIONS)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


class _Connection:
    def __init__(self, connection: socket.socket, sender: str, prefix: bool):
        self.socket, self.sender = connection, sender
        self.framer = Framer(prefix)
        self.end = time.monotonic() + CONNECTION_SECONDS


class TcpServer:
    """Accepts connections on a listening socket, answers one message on each and closes it."""

    def __init__(self, loop: Loop, service: Service, listener: socket.socket, prefix: bool = False):
        self._listener, self._loop, self._service = listener, loop, service
        self._prefix = prefix
        self._connections: set[_Connection] = set()
        loop.add(listener, self._accept)
        loop.every_turn(self._expire)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._listener.getsockname()[:2]

    def _accept(self) -> None:
        try:
            accepted, sender = self._listener.accept()
        except OSError:
            return
        if len(self._connections) >= MAX_CONNECTIONS:
            accepted.close()
            return
        accepted.setblocking(False)
        connection = _Connection(accepted, f"{sender[0]}:{sender[1]}", self._prefix)
        self._connections.add(connection)
        self._loop.add(accepted, lambda: self._readable(connection))

    def _readable(self, connection: _Connection) -> None:
        try:
            octets = connection.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            octets = b""
        message = connection.framer.feed(octets) if octets else b""
        if message is None:
            return
        if message:
            answer = self._service.receive(message, connection.sender, "tcp")
            if answer:
                self._send(connection.socket, framed(answer, self._prefix))
        self._drop(connection)

    @staticmethod
    def _send(to: socket.socket, octets: bytes) -> None:
        try:
            # An answer is far smaller than a socket's buffer: this does not block in practice.
            to.settimeout(1.0)
            to.sendall(octets)
        except OSError:
            pass

    def _drop(self, connection: _Connection) -> None:
        self._connections.discard(connection)
        self._loop.remove(connection.socket)
        connection.socket.close()

    def _expire(self, here: float) -> None:
        for connection in [c for c in self._connections if c.end < here]:
            self._drop(connection)

    def close(self) -> None:
        """Stops listening and drops all connections."""
        for connection in list(self._connections):
            self._drop(connection)
        self._loop.remove(self._listener)
        self._listener.close()


class TcpClient:
    """A way to a responder: one connection per exchange."""

    def __init__(self, host: str, port: int, prefix: bool = False):
        self._address, self._prefix = (host, port), prefix
        self._socket: socket.socket | None = None
        self._framer = Framer(prefix)

    def exchange(self, me: Initiator, patience: Patience = DEFAULT, begin=None) -> Outcome:
        """One exchange, see `client.exchange`. OSError if there is no connection."""
        try:
            return exchange(me, self.send, self.receive, patience, begin, retransmit=False)
        finally:
            self.close()

    def send(self, octets: bytes) -> None:
        """Sends a message over a new connection."""
        self.close()
        self._socket = socket.create_connection(self._address, timeout=5.0)
        self._framer = Framer(self._prefix)
        self._socket.sendall(framed(octets, self._prefix))

    def receive(self, seconds: float) -> bytes | None:
        """The answer, or None after so many seconds; EOFError once the connection is closed."""
        end = time.monotonic() + seconds
        while self._socket:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                return None
            octets = self._socket.recv(65536)
            if not octets:
                break
            message = self._framer.feed(octets)
            if message is not None:
                return message
        raise EOFError

    def close(self) -> None:
        """Closes the connection, if there is one."""
        if self._socket:
            self._socket.close()
            self._socket = None
