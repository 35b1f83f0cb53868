"""What `mip` installs and what a manifest freezes: firmware/package.json, firmware/manifest.py.

python -m umikey_dev.package          # write them; a test checks that they are current

The tables for public-key arithmetic are packages of their own, firmware/umikey/tables/<name>.json:
from a file system they are loaded into the heap, so that who has little of it leaves them out.
"""

import json
import re
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"
TABLES = "umikey/tables/"
_TABLE = re.compile(TABLES + r"(oakley5_\w+|p256_\d+k|p256_odd)\.py")


def version() -> str:
    """`umikey.__version__`, read without importing."""
    text = (FIRMWARE / "umikey" / "__init__.py").read_text()
    return re.search(r'^__version__ = "(.+)"$', text, re.M).group(1)


def files() -> list[str]:
    """Every source file of the package, relative to firmware/."""
    return sorted(p.relative_to(FIRMWARE).as_posix() for p in FIRMWARE.glob("umikey/**/*.py"))


def tables() -> list[str]:
    """Those of `files` that are tables: the code runs without them, slower."""
    return [name for name in files() if _TABLE.fullmatch(name)]


def _package(pairs: list[tuple[str, str]]) -> str:
    """For `mip.install`: where each file goes, and its address relative to the package's own."""
    urls = ",\n".join(f"  {json.dumps(pair)}" for pair in pairs)
    return f'{{\n "urls": [\n{urls}\n ],\n "deps": [],\n "version": "{version()}"\n}}\n'


def package_json() -> str:
    """Everything but the tables."""
    left_out = tables()
    return _package([(name, name) for name in files() if name not in left_out])


def table_packages() -> dict[str, str]:
    """Relative to firmware/: a package for each table, beside it, and its text."""
    return {
        name.removesuffix(".py") + ".json": _package([(name, name.removeprefix(TABLES))])
        for name in tables()
    }


def manifest() -> str:
    """For a board's own manifest: include("<checkout>/firmware/manifest.py")."""
    return (
        "# ruff: noqa: F821\n"
        "# Freezes umikey. Boards whose core has no native code emitter: boards/umikey.py has the\n"
        "# choice; this one is for Cortex-M3 and above, RISC-V excepted.\n"
        f'metadata(version="{version()}", description="MIKEY key management, RFC 3830")\n'
        'include("../boards/umikey.py", native="thumb2")\n'
    )


def main() -> None:
    (FIRMWARE / "package.json").write_text(package_json())
    for name, text in table_packages().items():
        (FIRMWARE / name).write_text(text)
    (FIRMWARE / "manifest.py").write_text(manifest())


if __name__ == "__main__":
    main()
