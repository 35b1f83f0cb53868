"""MIKEY over UDP: one message per datagram (RFC 5197 section 6)."""

from __future__ import annotations

import select
import socket

from ..initiator import Initiator
from ..service import Service
from ..session import Outcome
from .client import DEFAULT, Patience, exchange
from .loop import Loop

DATAGRAM = 65535  # octets that a read takes
BATCH = 64  # datagrams per turn, so that a flood starves nobody else


def open_udp(host: str, port: int) -> socket.socket:
    """A bound socket; `port` 0 is any free one, an empty host any address. OSError if it fails."""
    family, _, _, _, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE
    )[0]
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


class UdpServer:
    """Answers datagrams that come to a bound socket."""

    def __init__(self, loop: Loop, service: Service, bound: socket.socket):
        self._socket, self._loop, self._service = bound, loop, service
        loop.add(bound, self._readable)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._socket.getsockname()[:2]

    def _readable(self) -> None:
        for _ in range(BATCH):
            try:
                octets, sender = self._socket.recvfrom(DATAGRAM)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error about an earlier answer
            answer = self._service.receive(octets, f"{sender[0]}:{sender[1]}", "udp")
            if answer:
                try:
                    self._socket.sendto(answer, sender)
                except OSError:
                    pass  # it will ask again if it still wants to know

    def close(self) -> None:
        """Stops listening."""
        self._loop.remove(self._socket)
        self._socket.close()


class UdpClient:
    """A way to a responder: keeps one socket, so that updates and SRTP come from one port."""

    def __init__(self, host: str, port: int):
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        self._socket = socket.socket(family, kind, proto)
        self._socket.connect(address)

    def exchange(self, me: Initiator, patience: Patience = DEFAULT, begin=None) -> Outcome:
        """One exchange, see `client.exchange`. OSError if the network refuses to send."""
        return exchange(me, self.send, self.receive, patience, begin)

    def send(self, octets: bytes) -> None:
        """Sends a datagram. A closed port shows as ConnectionRefusedError on a later call; it may
        open in a moment, so that is no reason to stop."""
        try:
            self._socket.send(octets)
        except ConnectionRefusedError:
            self._socket.send(octets)

    def receive(self, seconds: float) -> bytes | None:
        """The next datagram, or None after so many seconds."""
        if select.select([self._socket], [], [], seconds)[0]:
            try:
                return self._socket.recv(DATAGRAM)
            except ConnectionRefusedError:
                return None
        return None

    def close(self) -> None:
        """Gives the socket back."""
        self._socket.close()
