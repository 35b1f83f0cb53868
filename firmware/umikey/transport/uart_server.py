"""A MIKEY responder on a serial line: one message per SLIP frame; see `uart`."""

from umikey.transport.server import Answers
from umikey.transport.uart import Line, clock
from umikey.transport.wait import adrive, drive, nap


def _steps(answers, stream, limit):
    line = Line(stream, answers, limit)
    while True:
        left = answers.left_ms()
        if not left:
            return
        if not line.read():
            yield left
            continue
        answer = answers.take()
        if answer:
            yield from line.write(answer)
        answers.tell()


def serve(responder, stream, limit=4096, polls_per_ms=10, **opt):
    """Answer frames, for ever or `once` (then returns the SA). See `transport.serve`.

    limit, polls_per_ms: see `uart.connect`; other options: see `server.Answers`.
    """
    clock(opt, polls_per_ms)
    answers = Answers(responder, **opt)
    drive(_steps(answers, stream, limit), nap)
    return answers.first


async def aserve(responder, stream, limit=4096, polls_per_ms=10, **opt):
    """`serve` for asyncio."""
    clock(opt, polls_per_ms)
    answers = Answers(responder, **opt)
    await adrive(_steps(answers, stream, limit), 1)
    return answers.first
