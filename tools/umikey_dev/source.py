"""MicroPython's source: Debian's source package, pinned, unpacked once into the cache."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from umikey_dev import DevError, cache, debian
from umikey_dev.console import step

# Releases that a `micropython` found on PATH may have, and that the firmware is known to run on.
SUPPORTED = ("1.25.0", "1.26.1")


@dataclass(frozen=True)
class Source:
    version: str
    folder: str  # in the archive's pool
    files: tuple[tuple[str, str], ...]  # name, SHA-256; the .dsc first

    @property
    def name(self) -> str:
        return f"{self.version}-{cache.digest(*(h for _, h in self.files))[:12]}"


PINNED = Source(
    version="1.25.0",
    folder="m/micropython",
    files=(
        (
            "micropython_1.25.0+ds-1.dsc",
            "8c7c406be88a6f3bc19e694eb0bbc5841112243fdf2b5a296e000d8fdc5f3c34",
        ),
        (
            "micropython_1.25.0+ds.orig.tar.xz",
            "7b25be99a502f070b2de81dafc08da7051d992325d6e67daa9045a918fffdbea",
        ),
        (
            "micropython_1.25.0+ds-1.debian.tar.xz",
            "87cd89f7900c86b963885dabe25acf3e5348815993f1500278ad8f6464465af4",
        ),
    ),
)


def tree(source: Source = PINNED, quiet: bool = False) -> Path:
    """The unpacked source with Debian's patches applied and its debian/ folder beside it.

    Building takes the version from debian/changelog, so the folder has to stay.
    """

    def unpack(part: Path) -> None:
        with step(f"fetching MicroPython {source.version}", quiet):
            files = [debian.pool_file(source.folder, name, want) for name, want in source.files]
        with step(f"unpacking MicroPython {source.version}", quiet):
            env = {"PATH": os.defpath, **os.environ, "LC_ALL": "C"}
            done = subprocess.run(
                ["dpkg-source", "--no-check", "-x", str(files[0]), str(part / "micropython")],
                env=env, capture_output=True, text=True,
            )  # fmt: skip
        if done.returncode:
            raise DevError(f"dpkg-source failed: {done.stderr.strip()}")

    return cache.entry("source", source.name, unpack) / "micropython"
