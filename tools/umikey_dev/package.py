"""What `mip` installs and what a manifest freezes: firmware/package.json, firmware/manifest.py.

python -m umikey_dev.package          # write both; a test checks that they are current
"""

import json
import re
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"


def version() -> str:
    """`umikey.__version__`, read without importing."""
    text = (FIRMWARE / "umikey" / "__init__.py").read_text()
    return re.search(r'^__version__ = "(.+)"$', text, re.M).group(1)


def files() -> list[str]:
    """Every source file of the package, relative to firmware/."""
    return sorted(p.relative_to(FIRMWARE).as_posix() for p in FIRMWARE.glob("umikey/**/*.py"))


def package_json() -> str:
    """For `mip.install`; the addresses are relative to package.json itself."""
    urls = ",\n".join(f"  {json.dumps([name, name])}" for name in files())
    return f'{{\n "urls": [\n{urls}\n ],\n "deps": [],\n "version": "{version()}"\n}}\n'


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
    (FIRMWARE / "manifest.py").write_text(manifest())


if __name__ == "__main__":
    main()
