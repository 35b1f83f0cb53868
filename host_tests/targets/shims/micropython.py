"""What the firmware uses of MicroPython's `micropython`, for CPython.

There are no `native`, `viper` and `asm_*` on purpose: a file that needs one cannot be imported, and
its portable sibling is used.
"""

import gc


def const(value):
    return value


def opt_level(level=None):
    return 0


def heap_lock():
    gc.disable()


def heap_unlock():
    gc.enable()
    return 0


def mem_current():
    return 0


def mem_total():
    return 0


def mem_peak():
    return 0
