"""MIKEY over UDP: one message per datagram (RFC 5197 section 6)."""

from __future__ import annotations

import socket

from ..service import Service
from .loop import Loop

DATAGRAM = 65535  # octets that a read takes
BATCH = 64  # datagrams per turn, so that a flood starves nobody else


class UdpServer:
    """Answers datagrams on `host`, `port` (0: any free one). OSError if it cannot be bound."""

    def __init__(self, loop: Loop, service: Service, host: str, port: int):
        family, _, _, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE
        )[0]
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.bind(address)
        except OSError:
            self._socket.close()
            raise
        self._socket.setblocking(False)
        self._loop, self._service = loop, service
        loop.add(self._socket, self._readable)

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
