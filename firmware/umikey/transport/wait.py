"""Waiting, once for all transports and both forms.

A transport is a generator: it does what can be done without waiting and yields how many
milliseconds there is nothing to do unless something comes in. `drive` waits for it, `adrive` lets
other tasks run meanwhile.
"""

from micropython import const

from ..errors import LocalError

_NAP = const(10)  # milliseconds between two looks at a line that cannot wake us

try:
    from time import sleep_ms, ticks_ms
except ImportError:  # CPython, or a board without a clock
    try:
        from time import monotonic, sleep

        def ticks_ms():
            return int(monotonic() * 1000)

        def sleep_ms(ms):
            sleep(ms / 1000)

    except ImportError:
        ticks_ms = sleep_ms = None


class Polls:
    """Time for boards without a clock: `per_ms` calls are taken for a millisecond."""

    def __init__(self, per_ms):
        self._per_ms = per_ms
        self._n = 0

    def __call__(self):
        self._n += 1
        return self._n // self._per_ms


def since(now, then):
    """Milliseconds from `then` to `now`, readings of a ticks_ms. Modulo 2^30: fits every port's."""
    return (now - then) & 0x3FFFFFFF


class Waiter:
    """Waits for a socket in the port's `select.poll`; for a serial line, which cannot wake us
    everywhere, by naps of `nap` milliseconds; not at all where there is no clock.
    """

    def __init__(self, nap=_NAP):
        self._nap = nap
        self._poll = None

    def watch(self, what, flags=1):
        """Wait for `what` from now on; flags: 1 for reading (POLLIN), 4 for writing (POLLOUT)."""
        try:
            from select import poll
        except ImportError:
            return  # naps will do
        self._poll = poll()
        self._poll.register(what, flags)

    def ready(self):
        """Is there anything to do? True where we cannot know."""
        return self._poll is None or bool(self._poll.poll(0))

    def wait(self, ms):
        """Wait for at most `ms` milliseconds; -ms: that long, whatever comes in."""
        if self._poll and ms >= 0:
            self._poll.poll(ms)
        elif sleep_ms:
            sleep_ms(-ms if ms < 0 else min(ms, self._nap))


def drive(steps, waiter):
    """Run a transport to its end."""
    try:
        for ms in steps:
            waiter.wait(ms)
    finally:
        steps.close()  # its socket must not stay open when we are interrupted


async def adrive(steps, nap=_NAP):
    """The same for asyncio, looking every `nap` milliseconds; LocalError where there is none."""
    try:
        import asyncio
    except ImportError:
        raise LocalError("this port has no asyncio: use the blocking form") from None
    a_sleep = getattr(asyncio, "sleep_ms", None)
    try:
        for ms in steps:
            ms = -ms if ms < 0 else min(ms, nap)
            await (a_sleep(ms) if a_sleep else asyncio.sleep(ms / 1000))
    finally:
        steps.close()
