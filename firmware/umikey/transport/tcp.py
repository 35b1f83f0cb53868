"""MIKEY over TCP: one exchange per connection. The server is in `tcp_server`.

RFC 5197 section 6 leaves the framing open. A MIKEY message tells by itself where it ends, so the
octets are fed as they come; `prefixed` puts its length (16 bits) before it (SPEC A45).
"""

import socket

from umikey.transport.client import Exchange
from umikey.transport.net import Waiter, later, look_up, receive
from umikey.transport.wait import adrive, drive, since


def __getattr__(name):
    if name in ("serve", "aserve"):  # a client does not carry the server
        import umikey.transport.tcp_server as tcp_server

        return getattr(tcp_server, name)
    raise AttributeError(name)


def push(sock, data, prefixed, late):
    """Send all octets (a generator, see `wait`); False when it got late. OSError."""
    if prefixed:
        n = len(data)
        data = memoryview(bytes((n >> 8, n & 255)) + bytes(data))
    i = 0
    while i < len(data):
        yield 100  # the first time: until the connection stands
        try:
            i += sock.send(data[i:])
        except OSError as e:
            if not later(e, True):
                raise
        if late():
            return False
    return True


def pull(sock, buf, prefixed, late, hear):
    """Receive one message (a generator): hear(buf, 0, n) takes octets and is True when it has all.

    Returns False when it got late, or the connection or the stated length ended before. OSError.
    """
    left = 2 if prefixed else len(buf)
    head = prefixed
    got = 0
    while left and not late():
        n = receive(sock, buf if left >= len(buf) else memoryview(buf)[:left])
        if n is None:
            yield 100
            continue
        if not n:
            return False
        if head:
            for i in range(n):
                got = got << 8 | buf[i]
            left -= n
            if not left:
                left = got
                head = False
            continue
        if prefixed:
            left -= n
        if hear(buf, 0, n):
            return True
        yield 0
    return False


def _attempt(x, sock, address, prefixed, size, waiter):
    # True: done
    try:
        sock.connect(address)
    except OSError as e:
        if not later(e):
            raise
    waiter.watch(sock, 4)

    def late():
        return since(x.ticks(), x.began) >= x.timeout

    if not (yield from push(sock, x.message, prefixed, late)):
        return False
    if x.engine.state == "done":
        return True  # no answer was asked for
    waiter.watch(sock)
    if (yield from pull(sock, bytearray(size), prefixed, late, x.hear)):
        return True
    x.over()
    return False


def _steps(x, host, port, prefixed, size, waiter):
    while True:
        x.due()  # every turn is an attempt of its own
        sock, address = look_up(host, port, socket.SOCK_STREAM)
        try:
            if (yield from _attempt(x, sock, address, prefixed, size, waiter)):
                return
        except OSError as e:
            x.trouble(e)
        finally:
            sock.close()
        x.message = None  # this attempt is over
        if x.attempts:
            yield -200  # another one, not at once


def _options(opt, host, port):
    opt["retry_ms"] = 1 << 29  # TCP repeats by itself
    return "%s:%d" % (host, port)


def connect(engine, host, port=2269, prefixed=False, size=128, **opt):
    """One exchange over a TCP connection of its own; returns the SA. See `transport.connect`.

    timeout_ms covers connecting and the answer; size: octets read at a time. A refused connection,
    or one that ends without an answer, ends the attempt.
    """
    x = Exchange(engine, _options(opt, host, port), **opt)
    waiter = Waiter()
    drive(_steps(x, host, port, prefixed, size, waiter), waiter.wait)
    return engine.sa


async def aconnect(engine, host, port=2269, prefixed=False, size=128, **opt):
    """`connect` for asyncio."""
    x = Exchange(engine, _options(opt, host, port), **opt)
    await adrive(_steps(x, host, port, prefixed, size, Waiter()))
    return engine.sa
