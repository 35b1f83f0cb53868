"""A MIKEY responder over UDP (RFC 5197 section 6): one message per datagram."""

import socket

from umikey.transport.net import Waiter, explain, later, listen
from umikey.transport.server import Answers
from umikey.transport.wait import adrive, drive


def _steps(answers, host, port, size, waiter):
    sock = listen(host, port, socket.SOCK_DGRAM)
    try:
        waiter.watch(sock)
        errors = 0
        while True:
            left = answers.left_ms()
            if not left:
                return
            if not waiter.ready():
                yield left
                continue
            try:
                data, who = sock.recvfrom(size)
            except OSError as e:
                if later(e):
                    yield left
                    continue
                # what became of an answer, or a network that is away for a while; not for ever
                errors += 1
                if errors > 100:
                    raise explain(e, "%s:%d" % (host, port)) from None
                yield -50
                continue
            errors = 0
            answers.begin()
            answers.hear(data, 0, len(data), who)
            answers.over(who)
            answer = answers.take()
            if answer:
                try:
                    sock.sendto(answer, who)
                except OSError:
                    pass  # it will ask again
            answers.tell(who)
            yield 0
    finally:
        sock.close()


def serve(responder, host="0.0.0.0", port=2269, size=1472, **opt):
    """Answer datagrams, for ever or `once` (then returns the SA). See `transport.serve`.

    size: octets of the longest datagram that is read whole; other options: see `server.Answers`.
    TransportError if the address cannot be used.
    """
    answers = Answers(responder, **opt)
    waiter = Waiter()
    drive(_steps(answers, host, port, size, waiter), waiter.wait)
    return answers.first


async def aserve(responder, host="0.0.0.0", port=2269, size=1472, **opt):
    """`serve` for asyncio."""
    answers = Answers(responder, **opt)
    await adrive(_steps(answers, host, port, size, Waiter()))
    return answers.first
