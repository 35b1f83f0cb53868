"""What DH powers cost here: `bench <op> <rung> <table_bytes> <instructions> <peak_heap>` lines.

`dh.gx` is 2^x, `dh.yx` is y^x, with an exponent of 256 bits in OAKLEY 5; the rungs are `asm`, `int`
and `pow`, the built-in function on the same numbers. Instructions on an emulator that counts them,
microseconds elsewhere: see `_cost.py`.

    import bench_dh
    bench_dh.run()                     # or with the names of the rungs wanted, heap=False for speed
"""

import sys

import _cost
import umikey.tables as tables
from umikey.crypto import dh

TABLES = ("1k5", "3k", "6k", "12k", "24k")

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


def installed(names):
    for name in names:
        try:
            full = "umikey.tables.oakley5_" + name
            yield __import__(full, None, None, ("data",)).data
        except (ImportError, MemoryError):
            pass


def run(rungs=("asm", "int", "pow"), heap=True, names=TABLES):
    _cost.unit()
    found = dh._asm()
    chosen = tables.oakley5
    dh.public(0, x, y)
    for rung in rungs:
        if rung == "pow":
            _cost.line("dh.gx", rung, 0, builtin(b"\2"), heap)
            _cost.line("dh.yx", rung, 0, builtin(y), heap)
            continue
        if rung == "asm" and found is None:
            continue
        dh._LOADED[:] = [found if rung == "asm" else None]
        tables.oakley5 = lambda: None
        _cost.line("dh.gx", rung, 0, public, heap)
        _cost.line("dh.yx", rung, 0, shared, heap)
        for data in installed(names):
            tables.oakley5 = lambda data=data: data
            _cost.line("dh.gx", rung, len(data), public, heap)
    tables.oakley5 = chosen
    dh._LOADED[:] = [found]


if __name__ == "__main__":
    run(sys.argv[1:] or ("asm", "int", "pow"))
