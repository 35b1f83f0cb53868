"""A MIKEY responder over TCP: one exchange per connection, one connection at a time; see `tcp`."""

import socket

import umikey.transport.wait as wait
from umikey.transport.net import Waiter, explain, later, listen
from umikey.transport.server import Answers
from umikey.transport.tcp import pull, push
from umikey.transport.wait import adrive, drive


def _serve_one(answers, sock, who, prefixed, buf, timeout_ms, waiter):
    began = wait.ticks_ms()

    def late():
        return wait.since(wait.ticks_ms(), began) >= timeout_ms

    def hear(buf, i, end):
        return answers.hear(buf, i, end, who)

    sock.setblocking(False)
    waiter.watch(sock)
    answers.begin()
    yield from pull(sock, buf, prefixed, late, hear)
    answers.over(who)
    answer = answers.take()
    if answer:
        waiter.watch(sock, 4)
        yield from push(sock, answer, prefixed, late)


def _steps(answers, host, port, prefixed, size, timeout_ms, waiter):
    listener = listen(host, port, socket.SOCK_STREAM)
    try:
        buf = bytearray(size)
        waiter.watch(listener)
        errors = 0
        while True:
            left = answers.left_ms()
            if not left:
                return
            if not waiter.ready():
                yield left
                continue
            try:
                sock, who = listener.accept()
            except OSError as e:
                if later(e):
                    yield left
                    continue
                errors += 1
                if errors > 100:
                    raise explain(e, "%s:%d" % (host, port)) from None
                yield -50
                continue
            errors = 0
            try:
                yield from _serve_one(answers, sock, who, prefixed, buf, timeout_ms, waiter)
            except OSError:
                pass  # the caller went away
            finally:
                sock.close()
            answers.tell(who)
            waiter.watch(listener)
    finally:
        listener.close()


def serve(responder, host="0.0.0.0", port=2269, prefixed=False, size=128, timeout_ms=3000, **opt):
    """Answer connections, for ever or `once` (then returns the SA). See `transport.serve`.

    timeout_ms: what a connection may take in all, lest a slow or silent one keep the others out;
    size: octets read at a time; other options: see `server.Answers` (nobody asks again over TCP, so
    linger_ms is 0). TransportError if the address cannot be used.
    """
    opt["linger_ms"] = 0
    answers = Answers(responder, **opt)
    waiter = Waiter()
    drive(_steps(answers, host, port, prefixed, size, timeout_ms, waiter), waiter.wait)
    return answers.first


async def aserve(
    responder, host="0.0.0.0", port=2269, prefixed=False, size=128, timeout_ms=3000, **opt
):
    """`serve` for asyncio."""
    opt["linger_ms"] = 0
    answers = Answers(responder, **opt)
    await adrive(_steps(answers, host, port, prefixed, size, timeout_ms, Waiter()))
    return answers.first
