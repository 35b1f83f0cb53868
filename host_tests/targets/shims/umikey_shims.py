"""Gives CPython what MicroPython has besides: `const`, and more in `time` and `asyncio`."""

import builtins
import sys
import time
from importlib.machinery import PathFinder

_WRAP = 1 << 30


def _ticks_diff(end, start):
    return ((end - start + _WRAP // 2) % _WRAP) - _WRAP // 2


def install():
    builtins.const = lambda value: value  # known to MicroPython's compiler without an import
    if hasattr(time, "ticks_ms"):
        return
    time.ticks_us = lambda: time.monotonic_ns() // 1000 % _WRAP
    time.ticks_ms = lambda: time.monotonic_ns() // 1000000 % _WRAP
    time.ticks_add = lambda ticks, delta: (ticks + delta) % _WRAP
    time.ticks_diff = _ticks_diff
    time.sleep_ms = lambda ms: time.sleep(ms / 1000)
    time.sleep_us = lambda us: time.sleep(us / 1000000)
    sys.meta_path.insert(0, _Asyncio)


class _Asyncio:
    """Adds to asyncio once somebody imports it; importing it here would slow every start."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != "asyncio":
            return None
        spec = PathFinder.find_spec(name, path, target)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            module.sleep_ms = lambda ms: module.sleep(ms / 1000)
            module.wait_for_ms = lambda aw, ms: module.wait_for(aw, ms / 1000)

        spec.loader.exec_module = exec_module
        return spec
