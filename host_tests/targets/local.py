"""Targets that are programs on this machine: CPython with shims, and MicroPython's unix port.

Each run is a process of its own in a folder of the session's.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from umikey_dev import FIRMWARE, DevError
from umikey_dev.build import firmware
from umikey_dev.recipes import recipe

from targets import package, pty
from targets.base import Session, Target, TargetError, Unavailable, read_some, source_of
from targets.package import device_files

SHIMS = Path(__file__).resolve().parent / "shims"


class LocalSession(Session):
    def __init__(self, command: list[str], env: dict[str, str], uart: bool):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="umikey-"))
        self._command = command
        self._env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", **env}
        self._process = None
        self._errors = None
        self._slave = None
        if uart:
            self.uart_fd, self._slave, path = pty.open_raw()
            self._env["UMIKEY_UART"] = path

    def add(self, name: str, data: bytes) -> None:
        path = self.folder / "lib" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def start(self, code: str | Path) -> None:
        self._stop()
        self._begin()
        main = self.folder / "main.py"
        main.write_text(source_of(code))
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [*self._command, str(main)],
            env={k: v.replace("{lib}", str(self.folder / "lib")) for k, v in self._env.items()},
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
        )

    def _send(self, data: bytes) -> None:
        self._process.stdin.write(data)

    def _output(self, deadline: float) -> bytes | None:
        return read_some(self._process.stdout.fileno(), deadline) or None

    def _error(self, deadline: float) -> str:
        code = self._process.wait(max(0.1, deadline - time.monotonic()))
        self._errors.seek(0)
        text = self._errors.read().decode(errors="replace")
        if code < 0:
            raise TargetError(f"killed by {signal.Signals(-code).name}: {text}")
        return text if code else ""

    def _abandon(self) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._errors.close()
            self._process = None

    def close(self) -> None:
        self._stop()
        if self._pty:
            self._pty.close()
            self._pty = None
        if self.uart_fd is not None:
            os.close(self.uart_fd)
            os.close(self._slave)
            self.uart_fd = None
        shutil.rmtree(self.folder, ignore_errors=True)


class CPythonTarget(Target):
    """The firmware's source under CPython; frozen means the same there."""

    name = "cpython"
    loads = ("source", "frozen")

    def check(self) -> None:
        pass  # we are running on it

    def _open(self, load: str, files: dict[str, Path], options: dict) -> Session:
        path = os.pathsep.join(["{lib}", str(SHIMS), str(FIRMWARE)])
        env = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
        session = LocalSession([sys.executable, "-u"], env, options["uart"])
        for name, source in device_files(files, options, "host").items():
            session.add(f"{name.replace('.', '/')}.py", source.read_bytes())
        return session


class UnixTarget(Target):
    name = "unix"

    def check(self) -> None:
        try:
            firmware("unix", False)
        except DevError as e:
            raise Unavailable(str(e)) from None

    def _open(self, load: str, files: dict[str, Path], options: dict) -> Session:
        files = device_files(files, options, "host")
        freeze, files = (files, {}) if options["freeze"] else ({}, files)
        program = options["program"] or firmware(
            "unix", None if load == "frozen" else False, None, freeze
        )
        command = [str(program)]
        if options["heap"]:
            command += ["-X", f"heapsize={options['heap']}"]
        own = {"source": [str(FIRMWARE)], "mpy": [], "frozen": []}[load]
        env = {"MICROPYPATH": ":".join(["{lib}", *own, ".frozen"])}
        session = LocalSession(command, env, options["uart"])
        modules = {
            f"{name.replace('.', '/')}.py": source.read_bytes() for name, source in files.items()
        }
        if load == "mpy":
            ours = package.for_target("unix")
            session.left_out = tuple(sorted(set(package.sources()) - set(ours)))
            modules = package.compiled(modules | ours, recipe("unix").march)
        for name, data in modules.items():
            session.add(name, data)
        return session
