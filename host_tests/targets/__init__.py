"""Run a script on any target: CPython, the unix port, an emulated board, a real one.

    import targets

    t = targets.get("qemu-m3")                  # raises Unavailable(reason)
    with t.session(load="frozen", files={"probe": path}) as s:
        out = s.run("import probe", timeout=60)  # -> Result(stdout, error, seconds)
        s.start("import agent")                  # or a conversation in lines
        s.send_line("go"); s.read_line(10); s.finish()

Every run and start begins with a fresh interpreter. `load` says how umikey gets there: `frozen` in
the firmware, `source` or `mpy` as files. A script that reads lines uses `sys.stdin.readline()`,
because `input()` echoes on a board. With `uart=True` the script's `import _uart; _uart.open()` is a
second serial line, whose other end is `s.uart_fd` (or, as a terminal device, `s.uart_path`); with
`icount=True` an emulator counts instructions and `import _counter` reads them.
"""

from targets.base import LOADS, Result, Session, Target, TargetError, Unavailable
from targets.board import BoardTarget
from targets.local import CPythonTarget, UnixTarget
from targets.qemu import QemuTarget

__all__ = [
    "LOADS",
    "Result",
    "Session",
    "Target",
    "TargetError",
    "Unavailable",
    "get",
    "known",
]

_TARGETS = {
    t.name: t
    for t in (
        CPythonTarget(),
        UnixTarget(),
        QemuTarget("qemu-m3"),
        QemuTarget("qemu-m0"),
        QemuTarget("qemu-rv32"),
        BoardTarget(),
    )
}


def known() -> tuple[str, ...]:
    """The names of all targets, available here or not."""
    return tuple(_TARGETS)


def get(name: str) -> Target:
    """The target `name`, ready to use; Unavailable says why it is not."""
    if name not in _TARGETS:
        raise ValueError(f"no target {name!r}; there are: {', '.join(_TARGETS)}")
    target = _TARGETS[name]
    target.check()
    return target
