"""In place of an instruction counter on CPython and the unix port: microseconds.

Of use as a ratio within one run.
"""

import time

UNIT = "us"
_begin = 0


def start():
    global _begin
    _begin = time.ticks_us()


def stop():
    return time.ticks_diff(time.ticks_us(), _begin)
