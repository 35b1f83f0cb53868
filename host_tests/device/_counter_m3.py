"""How many instructions a piece of code takes on the emulated Cortex-M3 (`-icount shift=7`).

    import _counter
    _counter.start(); work(); n = _counter.stop()

Nothing is allocated between the two. For counts that repeat to the digit: run the work once before,
collect garbage before `start`, reuse the inputs.

An instruction lasts 128 ns of virtual time, 3.2 ticks of the 25 MHz timer, which counts down and
wraps after 335 million instructions; a second timer, 256 times slower, counts the wraps.
"""

import _counter
from machine import mem32
from micropython import const

UNIT = "instructions"

_CTRL = const(0x40000000)
_VALUE = const(0x40000004)
_RELOAD = const(0x40000008)
_SLOW_LOAD = const(0x40002000)
_SLOW_VALUE = const(0x40002004)
_SLOW_CTRL = const(0x40002008)
_TOP = const(0x3FFFFFFF)  # the largest that a reading can be without becoming a heap object

mem32[_RELOAD] = _TOP
mem32[_CTRL] = 1
mem32[_SLOW_CTRL] = 0xCA  # enabled, periodic, divided by 256, 32 bits
_overhead = 0


def start():
    mem32[_SLOW_LOAD] = _TOP
    mem32[_VALUE] = _TOP


def stop():
    ticks = _TOP - mem32[_VALUE]
    slow = (_TOP - mem32[_SLOW_VALUE]) * 256
    ticks += slow - ticks + (1 << 29) >> 30 << 30
    return ticks // 16 * 5 + (ticks % 16 * 5 + 8) // 16 - _overhead


def _empty():
    _counter.start()
    return _counter.stop()


for _ in range(3):  # the first warm up; called as users call them
    _overhead = 0
    _overhead = _empty()
