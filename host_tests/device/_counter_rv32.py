# ruff: noqa: F821
"""How many instructions a piece of code takes on the emulated RISC-V core (`-icount shift=0`).

As `_counter_m3.py`; here the core counts by itself. The 32 bits that are read are enough for 4294
million instructions.
"""

import _counter
import micropython

UNIT = "instructions"

_begin = bytearray(4)
_overhead = 0


@micropython.asm_rv32
def _mark(a0):
    csrrs(a1, zero, 0xB02)  # minstret
    sw(a1, 0(a0))
    li(a0, 0)  # what is left there comes back as an integer, and a large one is allocated


@micropython.asm_rv32
def _since(a0) -> uint:
    csrrs(a1, zero, 0xB02)
    lw(a2, 0(a0))
    sub(a0, a1, a2)


def start():
    _mark(_begin)


def stop():
    return _since(_begin) - _overhead


def _empty():
    _counter.start()
    return _counter.stop()


for _ in range(3):  # the first warm up; called as users call them
    _overhead = 0
    _overhead = _empty()
