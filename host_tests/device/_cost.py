"""What an operation costs: `bench <op> <rung> <octets of table> <cost> <peak_heap>` lines.

Instructions on an emulator that counts them, microseconds elsewhere, the best of some runs, because
other programs take their share. peak_heap: the smallest free heap in which the call succeeds, found
by filling the rest, or 0.
"""

import gc

import _counter

GRAIN = 128
TIMES = 15


def unit():
    print("unit", _counter.UNIT)


def count(work):
    work()
    work()
    best = 0
    for _ in range(1 if _counter.UNIT == "instructions" else TIMES):
        gc.collect()
        _counter.start()
        work()
        n = _counter.stop()
        if not best or n < best:
            best = n
    return best


def least(work):
    """The smallest free heap in which `work` succeeds, 0 where it cannot be found."""
    if not hasattr(gc, "mem_free"):
        return 0
    low = 0
    high = None
    while high is None or high - low > GRAIN:
        room = 16384 if high is None else (low + high) // 2
        gc.collect()
        fill = []
        size = 8192
        while size >= GRAIN:
            try:
                while gc.mem_free() - size >= room:
                    fill.append(bytearray(size))
            except MemoryError:
                pass
            size //= 2
        try:
            work()
            passed = True
        except MemoryError:
            passed = False
        fill = None
        gc.collect()
        if passed:
            high = room
        elif high is None:
            return 0
        else:
            low = room
    return high


def line(op, rung, octets, work, heap):
    n = count(work)
    print("bench", op, rung, octets, n, least(work) if heap else 0)
