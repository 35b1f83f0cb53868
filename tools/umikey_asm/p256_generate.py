"""Make what P-256 needs in firmware/ from the sources here: `-m umikey_asm.p256_generate`."""

import argparse
import sys
from pathlib import Path

from umikey_asm import generate, p256_programs

CODE = (
    ("p256_thumb.s", "_asm_p256_thumb.py", generate.THUMB, "ARMv7-M and above"),
    ("p256_rv32.s", "_asm_p256_rv32.py", generate.RV32, "RISC-V with multiplication"),
)


def code(source: str, core: generate.Core, where: str) -> str:
    lines = [
        f'"""A machine for arithmetic on P-256, for {where}.',
        "",
        f"Made from tools/umikey_asm/{source} by tools/umikey_asm/p256_generate.py: do not edit.",
        "See `_p256_asm.py` for how it is called.",
        '"""',
        "# ruff: noqa: E501, F821",
        "",
        "",
        f"@micropython.{core.decorator}",
        f"def run({core.arguments}):",
        *generate.words(generate.assemble(core, generate.HERE / source)),
    ]
    return "\n".join([*lines, ""])


def files() -> dict[Path, str]:
    found = {
        generate.CRYPTO / target: code(source, core, where)
        for source, target, core, where in CODE
        if (generate.HERE / source).exists()
    }
    programs = generate.CRYPTO.parent / "tables" / "p256_programs.py"
    return found | {programs: p256_programs.source()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare; write nothing")
    arguments = parser.parse_args()
    wrong = 0
    for path, text in files().items():
        if not arguments.check:
            path.write_text(text)
            print(f"{path.relative_to(generate.ROOT)}: {len(text)} octets of source")
        elif not path.exists() or path.read_text() != text:
            print(f"{path.relative_to(generate.ROOT)} is not what is made", file=sys.stderr)
            wrong = 1
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
