"""What DH powers cost here: `bench <op> <rung> <table_bytes> <instructions> <peak_heap>` lines.

`dh.gx` is 2^x, `dh.yx` is y^x, with an exponent of 256 bits in OAKLEY 5; the rungs are `asm`, `int`
and `pow`, the built-in function on the same numbers. Instructions on an emulator that counts them,
microseconds elsewhere, the best of some runs, because other programs take their share. peak_heap:
the smallest free heap in which the call succeeds, found by filling the rest.

    import bench_dh
    bench_dh.run()                     # or with the names of the rungs wanted, heap=False for speed
"""

import gc
import sys

import _counter
import umikey.tables as tables
from umikey.crypto import dh

TABLES = ("1k5", "3k", "6k", "12k", "24k")
GRAIN = 128
TIMES = 15

x = bytearray((i * 73 + 41) & 255 for i in range(32))
y = bytearray(192)
out = bytearray(192)


def public():
    dh.public(0, x, out)


def shared():
    dh.shared(0, y, 0, x, out)


def builtin(base):
    exponent = int.from_bytes(x, "big")
    p = int.from_bytes(dh._prime(192), "big")
    base = int.from_bytes(base, "big")
    return lambda: pow(base, exponent, p)


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


def installed(names):
    for name in names:
        try:
            full = "umikey.tables.oakley5_" + name
            yield __import__(full, None, None, ("data",)).data
        except (ImportError, MemoryError):
            pass


def run(rungs=("asm", "int", "pow"), heap=True, names=TABLES):
    print("unit", _counter.UNIT)
    found = dh._asm()
    chosen = tables.oakley5
    dh.public(0, x, y)
    for rung in rungs:
        if rung == "pow":
            line("dh.gx", rung, 0, builtin(b"\2"), heap)
            line("dh.yx", rung, 0, builtin(y), heap)
            continue
        if rung == "asm" and found is None:
            continue
        dh._LOADED[:] = [found if rung == "asm" else None]
        tables.oakley5 = lambda: None
        line("dh.gx", rung, 0, public, heap)
        line("dh.yx", rung, 0, shared, heap)
        for data in installed(names):
            tables.oakley5 = lambda data=data: data
            line("dh.gx", rung, len(data), public, heap)
    tables.oakley5 = chosen
    dh._LOADED[:] = [found]


if __name__ == "__main__":
    run(sys.argv[1:] or ("asm", "int", "pow"))
