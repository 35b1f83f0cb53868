"""How each target is built: port, board, make variables, and the compiler behind it."""

import platform
from dataclasses import dataclass
from pathlib import Path

from umikey_dev import BOARDS, DevError

# The heap that the qemu port's boards get unless asked otherwise: that port's own default.
QEMU_HEAP = 143360

# The unix port emits native code for these machines only.
_HOST_MARCH = {"x86_64": "x64", "i386": "x86", "i686": "x86", "armv7l": "armv7m"}


@dataclass(frozen=True)
class Recipe:
    target: str
    port: str
    compiler: str
    artifact: str  # what make leaves in the build folder
    board: str  # folder in boards/
    march: str  # mpy-cross -march=, or "" where no native code can run
    flags: tuple[str, ...] = ()

    @property
    def board_dir(self) -> Path:
        return BOARDS / self.board

    def make_vars(self, heap: int | None) -> list[str]:
        if self.port == "unix":  # whose Makefile leaves freezing native code to the user
            native = [f"MPY_CROSS_FLAGS=-march={self.march}"] if self.march else []
            return [*self.flags, *native]
        board = [f"BOARD={self.board}", f"BOARD_DIR={self.board_dir}"]
        return [*board, *self.flags, f"MICROPY_HEAP_SIZE={heap or QEMU_HEAP}"]


def _qemu(target: str, compiler: str, board: str, march: str) -> Recipe:
    return Recipe(target, "qemu", f"{compiler}-gcc", "firmware.elf", board, march)


RECIPES = {
    "unix": Recipe(
        "unix", "unix", "gcc", "micropython", "UMIKEY_UNIX",
        _HOST_MARCH.get(platform.machine(), ""),
        ("MICROPY_SSL_MBEDTLS=1", "MICROPY_PY_BTREE=0"),
    ),
    "qemu-m3": _qemu("qemu-m3", "arm-none-eabi", "UMIKEY_MPS2_AN385", "armv7m"),
    "qemu-m0": _qemu("qemu-m0", "arm-none-eabi", "UMIKEY_MICROBIT", ""),
    "qemu-rv32": _qemu("qemu-rv32", "riscv64-unknown-elf", "UMIKEY_VIRT_RV32", "rv32imc"),
}  # fmt: skip


def recipe(target: str) -> Recipe:
    try:
        return RECIPES[target]
    except KeyError:
        raise DevError(f"no target {target!r}; there are: {', '.join(RECIPES)}") from None
