"""Make the inline assembler in firmware/ from the sources here: `python -m umikey_asm.generate`.

MicroPython's inline assemblers lack most of what these routines are made of, UMULL for one. So they
stand in GNU assembly beside this file, are assembled by binutils, and go into Python functions of
`data(2, ...)` words. The Python is checked in; host_tests/test_asm_generated.py makes it again.
"""

import argparse
import shutil
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CRYPTO = ROOT / "firmware" / "umikey" / "crypto"
WIDTH = 100


class NoTool(Exception):
    """binutils for the architecture are not installed."""


@dataclass(frozen=True)
class Core:
    prefix: str
    as_flags: tuple[str, ...]
    ld_flags: tuple[str, ...]
    decorator: str
    arguments: str


THUMB = Core("arm-none-eabi-", ("-mthumb",), (), "asm_thumb", "r0, r1, r2, r3")
RV32 = Core(
    "riscv64-unknown-elf-",
    ("-march=rv32imc", "-mabi=ilp32"),
    ("-m", "elf32lriscv", "--no-relax"),
    "asm_rv32",
    "a0, a1, a2, a3",
)


@dataclass(frozen=True)
class Module:
    source: str
    target: str
    core: Core
    doc: str
    digit_bits: int  # of the numbers, and of what their count is a multiple
    digit_step: int

    @property
    def path(self) -> Path:
        return CRYPTO / self.target


MODULES = (
    Module(
        "modexp_thumb.s",
        "_asm_dh_thumb.py",
        THUMB,
        "Powers modulo a DH prime for ARMv7-M and above, of 2048 bits at most.",
        29,
        6,
    ),
    Module(
        "modexp_rv32.s",
        "_asm_dh_rv32.py",
        RV32,
        "Powers modulo a DH prime for RISC-V with M, of 2048 bits at most.",
        29,
        6,
    ),
)


def assemble(core: Core, source: Path) -> bytes:
    """The machine code of a source file's .text, which may not refer to anything outside."""
    if not shutil.which(core.prefix + "as"):
        raise NoTool(f"{core.prefix}as is not installed")
    with tempfile.TemporaryDirectory() as folder:
        parts = [str(Path(folder, name)) for name in ("a.o", "a.elf", "a.bin")]
        for words in (
            ["as", *core.as_flags, "-o", parts[0], str(source)],
            ["ld", *core.ld_flags, "-e", "0", "-Ttext", "0", "-o", parts[1], parts[0]],
            ["objcopy", "-O", "binary", "-j", ".text", *parts[1:]],
        ):
            subprocess.run([core.prefix + words[0], *words[1:]], check=True)
        return Path(parts[2]).read_bytes()


def words(code: bytes) -> list[str]:
    """`code` as lines of data(2, ...)."""
    lines = []
    line = "    data(2"
    for (word,) in struct.iter_unpack("<H", code):
        if len(line) + len(f", {word})") > WIDTH:
            lines.append(line + ")")
            line = "    data(2"
        line += f", {word}"
    return [*lines, line + ")"]


def oakley5() -> int:
    sys.path.insert(0, str(ROOT / "tools"))
    import gen_tables

    return gen_tables.oakley5()


def python(module: Module) -> str:
    code = assemble(module.core, HERE / module.source)
    digits = digit_count(module, 192)
    p = oakley5()
    r2 = pow(2, 2 * module.digit_bits * digits, p)
    numbers = p.to_bytes(192, "big") + r2.to_bytes(192, "big")
    lines = [
        f'"""{module.doc}',
        "",
        f"Made from tools/umikey_asm/{module.source} by tools/umikey_asm/generate.py: do not edit.",
        "See `_dh_asm.py` for how it is called.",
        '"""',
        "# ruff: noqa: E501, F821",
        "# fmt: off",
        "",
        f"BITS = const({module.digit_bits})",
        f"STEP = const({module.digit_step})",
        "",
        "",
        f"@micropython.{module.core.decorator}",
        f"def run({module.core.arguments}):",
        *words(code),
        "",
        "",
        f"# p and R^2 mod p, R = 2^{module.digit_bits * digits}",
        "OAKLEY5 = (",
        *(f"    {numbers[i : i + 32]!r}" for i in range(0, 384, 32)),
        ")",
    ]
    return "\n".join([*lines, ""])


def digit_count(module: Module, octets: int) -> int:
    """How many digits a number of the group has, the highest being 0; as in `_dh_asm.py`."""
    digits = -(-octets * 8 // module.digit_bits) + 1
    return -(-digits // module.digit_step) * module.digit_step


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare; write nothing")
    arguments = parser.parse_args()
    status = 0
    for module in MODULES:
        text = python(module)
        if not arguments.check:
            module.path.write_text(text)
            print(f"{module.path.relative_to(ROOT)}: {text.count('data(2')} lines of words")
        elif not module.path.exists() or module.path.read_text() != text:
            print(f"{module.path.relative_to(ROOT)} is not what {module.source} makes")
            status = 1
    return status


if __name__ == "__main__":
    raise SystemExit(main())
