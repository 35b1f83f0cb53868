"""MIKEY over UDP: one message per datagram (RFC 5197 section 6). The server is in `udp_server`."""

import socket

from umikey.transport.client import Exchange
from umikey.transport.net import Waiter, later, look_up
from umikey.transport.wait import adrive, drive


def __getattr__(name):
    if name in ("serve", "aserve"):  # a client does not carry the server
        import umikey.transport.udp_server as udp_server

        return getattr(udp_server, name)
    raise AttributeError(name)


def _receive(sock, size):
    # a datagram, or None. Not by readinto, which on MicroPython reads on into the next one.
    try:
        return sock.recv(size)
    except OSError as e:
        if later(e):
            return None
        raise


def _steps(x, host, port, size, waiter):
    sock, address = look_up(host, port, socket.SOCK_DGRAM)
    try:
        # a connected socket hears its peer alone, and learns that a port is closed
        connected = False
        waiter.watch(sock)
        while True:
            if x.due():
                for _ in range(2):  # the first call may report what became of an earlier one
                    try:
                        if not connected:
                            sock.connect(address)
                            connected = True
                        sock.send(x.message)
                        x.trouble(None)
                        if x.engine.state == "done":
                            return  # no answer was asked for
                        break
                    except OSError as e:
                        x.trouble(e)
            data = None
            if connected and waiter.ready():  # recv takes `size` octets of heap even for nothing
                try:
                    data = _receive(sock, size)
                except OSError as e:
                    x.trouble(e)
            if data is None:
                yield x.wait_ms()
            elif data:
                if x.hear(data, 0, len(data)):
                    return
                x.over()
    finally:
        sock.close()


def connect(engine, host, port, size=1472, **opt):
    """One exchange over UDP; returns the SA. See `transport.connect`.

    size: octets of the longest datagram that can be received. A refused or unreachable port is
    tried again until the time is up: it may be a server that restarts, or nobody at all (ICMP is
    not authenticated).
    """
    x = Exchange(engine, "%s:%d" % (host, port), **opt)
    waiter = Waiter()
    drive(_steps(x, host, port, size, waiter), waiter.wait)
    return engine.sa


async def aconnect(engine, host, port, size=1472, **opt):
    """`connect` for asyncio."""
    x = Exchange(engine, "%s:%d" % (host, port), **opt)
    await adrive(_steps(x, host, port, size, Waiter()))
    return engine.sa
