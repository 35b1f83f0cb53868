"""Waiting, once for all transports and both forms.

A transport is a generator: it does what can be done without waiting and yields how many
milliseconds there is nothing to do unless something comes in; -ms: that long, whatever comes in.
`drive` waits for it, `adrive` lets other tasks run meanwhile.
"""

from umikey.errors import LocalError

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


def polls(per_ms):
    """A ticks_ms for boards without a clock: `per_ms` calls are taken for a millisecond."""
    n = 0

    def ticks():
        nonlocal n
        n += 1
        return n // per_ms

    return ticks


def since(now, then):
    """Milliseconds from `then` to `now`, readings of a ticks_ms. Modulo 2^30: fits every port's."""
    return (now - then) & 0x3FFFFFFF


def nap(ms):
    """Wait a millisecond, or less; not at all where there is no clock."""
    if ms and sleep_ms:
        sleep_ms(1)


def drive(steps, wait):
    """Run a transport to its end; wait: function of milliseconds."""
    try:
        for ms in steps:
            wait(ms)
    finally:
        steps.close()  # its socket must not stay open when we are interrupted


async def adrive(steps, most=10):
    """The same for asyncio, looking every `most` milliseconds; LocalError where there is none."""
    try:
        import asyncio
    except ImportError:
        raise LocalError("this port has no asyncio: use the blocking form") from None
    a_sleep = getattr(asyncio, "sleep_ms", None)
    try:
        for ms in steps:
            ms = -ms if ms < 0 else min(ms, most)
            await (a_sleep(ms) if a_sleep else asyncio.sleep(ms / 1000))
    finally:
        steps.close()
