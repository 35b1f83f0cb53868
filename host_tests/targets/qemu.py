"""Emulated boards: QEMU running MicroPython's qemu port, spoken to through its raw REPL.

Files reach the board as a ROMFS image that QEMU's loader puts into memory. The second serial line
is a second UART, except on the micro:bit, which has one: there MIKEY shares it, in SLIP frames.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from umikey_dev import DevError
from umikey_dev.build import firmware
from umikey_dev.debian import PACKAGES
from umikey_dev.recipes import recipe

from targets import package, romfs
from targets.base import Session, Target, TargetError, Unavailable, source_of
from targets.mux import Mux
from targets.repl import RawRepl

ROM = "/rom"


@dataclass(frozen=True)
class Machine:
    program: str
    words: tuple[str, ...]
    kind: str  # of the device helpers: _uart_<kind>.py
    rom: int  # where the ROMFS image lies
    room: int  # and how large it may be
    shift: int  # -icount shift=, as _counter_<kind>.py takes it
    uart: tuple[str, ...]  # the words for a second UART; none where there is one alone


MACHINES = {
    "qemu-m3": Machine(
        "qemu-system-arm", ("-machine", "mps2-an385"), "m3", 0x21000000, 1 << 24, 7,
        ("-serial", "chardev:uart"),
    ),
    "qemu-m0": Machine(
        "qemu-system-arm",
        ("-machine", "microbit", "-global", "nrf51-soc.flash-size=2097152",
         "-global", "nrf51-soc.sram-size=262144"),
        "m0", 0x80000, 0x180000, 7, (),
    ),
    "qemu-rv32": Machine(
        "qemu-system-riscv32", ("-machine", "virt", "-bios", "none"),
        "rv32", 0x84000000, 1 << 24, 0,
        ("-device", "pci-serial,chardev=uart"),
    ),
}  # fmt: skip


class QemuTarget(Target):
    def __init__(self, name: str):
        self.name = name
        self.machine = MACHINES[name]

    def check(self) -> None:
        if not shutil.which(self.machine.program):
            raise Unavailable(
                f"{self.machine.program} is not installed ({PACKAGES[self.name][-1]})"
            )
        try:
            firmware(self.name, False)
        except DevError as e:
            raise Unavailable(str(e)) from None

    def _open(self, load: str, files: dict[str, Path], options: dict) -> Session:
        files = package.device_files(files, options, self.machine.kind)
        freeze, files = (files, {}) if options["freeze"] else ({}, files)
        elf = options["program"] or firmware(
            self.name, None if load == "frozen" else False, options["heap"], freeze
        )
        march = recipe(self.name).march
        modules = {
            f"{name.replace('.', '/')}.py": path.read_bytes() for name, path in files.items()
        }
        left_out: set[str] = set()
        if load == "source":
            modules |= package.sources()
        else:
            if load == "mpy":
                ours = package.for_target(self.name)
                left_out = set(package.sources()) - set(ours)
                modules |= ours
            modules = package.compiled(modules, march)
        rom = romfs.image(modules) if modules else b""
        session = QemuSession(self.machine, elf, rom, options)
        session.left_out = tuple(sorted(left_out))
        return session


class QemuSession(Session):
    def __init__(self, machine: Machine, elf: Path, rom: bytes, options: dict):
        super().__init__()
        if len(rom) > machine.room:
            raise ValueError(f"{len(rom)} octets of files; the board has room for {machine.room}")
        self._machine = machine
        self._elf = elf
        self._rom = rom
        self._options = options
        self._closing: list = []
        self._process = None
        self._fresh = False
        self._boot()

    def _boot(self) -> None:
        m = self._machine
        self._folder = Path(tempfile.mkdtemp(prefix="umikey-"))
        (self._folder / "rom").write_bytes(self._rom)
        ours, its = _pair()
        self._monitor, its_monitor = socket.socketpair()
        passed = [its, its_monitor]
        words = [
            m.program, *m.words, "-display", "none", "-semihosting",
            "-kernel", str(self._elf),
            "-chardev", f"socket,id=repl,fd={its.fileno()}", "-serial", "chardev:repl",
            "-chardev", f"socket,id=monitor,fd={its_monitor.fileno()}", "-mon", "chardev=monitor",
        ]  # fmt: skip
        if self._rom:
            at = f"addr={m.rom:#x},force-raw=on"
            words += ["-device", f"loader,file={self._folder / 'rom'},{at}"]
        if (shift := self._options["icount"]) is not None:
            words += ["-icount", f"shift={m.shift if shift is True else shift}"]
        line = ours
        self._closing = [ours, self._monitor]
        if self._options["uart"]:
            if m.uart:
                uart, its_uart = _pair()
                passed.append(its_uart)
                words += ["-chardev", f"socket,id=uart,fd={its_uart.fileno()}", *m.uart]
                self._closing.append(uart)
            else:
                mux = Mux(ours)
                self._closing.append(mux)
                line, uart = mux.text, mux.frames
            self.uart_fd = uart.fileno()
        log = (self._folder / "log").open("wb")
        self._process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            pass_fds=[s.fileno() for s in passed], preexec_fn=_dies_with_us(),
        )  # fmt: skip
        log.close()
        for s in passed:
            s.close()
        self._repl = RawRepl(line.fileno(), line.fileno())
        try:
            self._repl.boot(self._wake)
        except TargetError as e:
            said = (self._folder / "log").read_text(errors="replace").strip()
            self.close()
            raise TargetError(f"{m.program} did not start: {said or e}") from None
        self._fresh = True

    def _wake(self) -> None:
        """Make QEMU look at its serial lines again.

        It looked once while the board had not yet enabled its receiver, and would only look again
        after a second; any event does it, an empty line on its monitor for one.
        """
        self._monitor.sendall(b"\n")

    def start(self, code: str | Path) -> None:
        if self._process is None:  # a script that did not end took the machine with it
            self._boot()
        if not self._fresh:
            self._repl.reset()
        self._fresh = False
        self._prepare()
        self._begin()
        self._repl.begin(source_of(code))

    def _prepare(self) -> None:
        """Mount the files; nothing is done, and no heap is used, where there are none."""
        lines = []
        if self._rom:
            at = f"uctypes.bytearray_at({self._machine.rom:#x},{len(self._rom)})"
            lines += [
                "import sys,vfs,uctypes",
                f"vfs.mount(vfs.VfsRom({at}),'{ROM}')",
                f"sys.path.append('{ROM}')",
                "del sys,vfs,uctypes",
            ]
        if self._options["uart"]:
            lines += ["import _uart", "_uart.open()", "del _uart"]
        if not lines:
            return
        self._repl.begin("\n".join(lines))
        deadline = time.monotonic() + 20
        self._repl.rest(deadline)
        if error := self._repl.end(deadline):
            raise TargetError(f"the files could not be mounted: {error}")
        if self._options["uart"]:
            self._wake()

    def _send(self, data: bytes) -> None:
        self._repl.send(data)

    def _output(self, deadline: float) -> bytes | None:
        return self._repl.output(deadline)

    def _error(self, deadline: float) -> str:
        return self._repl.end(deadline)

    def close(self) -> None:
        if self._process is None:
            return
        if self._pty:
            self._pty.close()
            self._pty = None
        self._process.kill()
        self._process.wait()
        self._process = None
        self.uart_fd = None
        for item in reversed(self._closing):  # the mux ends by itself, its line being closed
            item.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _pair() -> tuple[socket.socket, socket.socket]:
    """Two connected sockets, of TCP: QEMU sends octet by octet, and a pair of local sockets takes
    fewer than 300 such messages before its emulated nRF51 UART has to wait, which it does for ever.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        its, _ = server.accept()
    for s in (ours, its):
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return ours, its


def _dies_with_us():
    """For the child: be killed when we are, lest an emulator spins for ever.

    The kernel watches the thread that started the child, so only where that is the main one.
    """
    if threading.current_thread() is not threading.main_thread():
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(1, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return ask
