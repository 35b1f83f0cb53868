"""A MIKEY responder on a serial line: one message per SLIP frame; see `uart`."""

from .server import Answers
from .uart import Line, clock
from .wait import Waiter, adrive, drive


class _Ear:
    # what the line gives to the responder; `out`: what is to be written
    def __init__(self, answers):
        self._answers = answers
        self.begin = answers.begin
        self.out = []

    def hear(self, buf, i, end):
        self._answers.hear(buf, i, end)
        self._take()

    def over(self):
        self._answers.over()
        self._take()

    def _take(self):
        if self._answers.answer:
            self.out.append(self._answers.answer)
            self._answers.answer = None


def _steps(answers, stream, limit):
    ear = _Ear(answers)
    line = Line(stream, ear, limit)
    while True:
        left = answers.left_ms()
        if not left:
            return
        if not line.read():
            yield left
            continue
        while ear.out:
            yield from line.write(ear.out.pop(0))
        answers.tell()


def serve(responder, stream, limit=4096, polls_per_ms=10, **opt):
    """Answer frames, for ever or `once` (then returns the SA). See `transport.serve`.

    limit, polls_per_ms: see `uart.connect`; other options: see `server.Answers`.
    """
    clock(opt, polls_per_ms)
    answers = Answers(responder, **opt)
    drive(_steps(answers, stream, limit), Waiter(1))
    return answers.first


async def aserve(responder, stream, limit=4096, polls_per_ms=10, **opt):
    """`serve` for asyncio."""
    clock(opt, polls_per_ms)
    answers = Answers(responder, **opt)
    await adrive(_steps(answers, stream, limit), 1)
    return answers.first
