"""How many instructions a piece of code takes on the emulated micro:bit (`-icount shift=7`).

As `_counter_m3.py`; here an instruction lasts 2.048 ticks of a 16 MHz timer of 32 bits, which is
enough for 2097 million instructions.
"""

import _counter
from machine import mem32
from micropython import const

UNIT = "instructions"

_START = const(0x40008000)
_CLEAR = const(0x4000800C)
_CAPTURE = const(0x40008040)
_BITMODE = const(0x40008508)
_PRESCALER = const(0x40008510)
_CC = const(0x40008540)

mem32[_BITMODE] = 3
mem32[_PRESCALER] = 0
mem32[_START] = 1
_overhead = 0


def start():
    mem32[_CLEAR] = 1


def stop():
    mem32[_CAPTURE] = 1
    ticks = mem32[_CC]
    if ticks < 0:  # mem32 is signed
        ticks += 1 << 32
    return ticks // 256 * 125 + (ticks % 256 * 125 + 128) // 256 - _overhead


def _empty():
    _counter.start()
    return _counter.stop()


for _ in range(3):  # the first warm up; called as users call them
    _overhead = 0
    _overhead = _empty()
