"""What the tools need from Debian or Ubuntu: packages, and files of the archive's pool.

The address of the archive is whatever this machine's apt is configured with.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from umikey_dev import DevError, cache
from umikey_dev.console import say, step

BUILD = ("build-essential", "pkg-config")
PACKAGES = {
    "unix": (*BUILD, "libffi-dev", "libmbedtls-dev"),
    "qemu-m3": (*BUILD, "gcc-arm-none-eabi", "libnewlib-arm-none-eabi", "qemu-system-arm"),
    "qemu-m0": (*BUILD, "gcc-arm-none-eabi", "libnewlib-arm-none-eabi", "qemu-system-arm"),
    "qemu-rv32": (
        *BUILD,
        "gcc-riscv64-unknown-elf",
        "picolibc-riscv64-unknown-elf",
        "qemu-system-riscv|qemu-system-misc",
    ),
    "tests": ("tshark",),
    "venv": ("python3-venv",),
}

QUIET = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}


class MissingPackages(DevError):
    def __init__(self, packages: list[str]):
        self.packages = packages
        self.command = f"sudo apt-get install -y {' '.join(packages)}"
        super().__init__(f"Debian packages are missing; this installs them: {self.command}")


def _run(*args: str, env: dict | None = None) -> subprocess.CompletedProcess:
    env = {"PATH": os.defpath, **os.environ, **QUIET, **(env or {})}
    return subprocess.run(args, env=env, capture_output=True, text=True, errors="replace")


def have_apt() -> bool:
    return bool(shutil.which("apt-get") and shutil.which("dpkg-query"))


def _installed(package: str) -> bool:
    found = _run("dpkg-query", "-W", "-f=${Status}", package)
    return found.returncode == 0 and found.stdout == "install ok installed"


def missing(*groups: str) -> list[str]:
    """Package names of `groups` that are not installed; empty where there is no dpkg to ask."""
    if not have_apt():
        return []
    wanted = dict.fromkeys(name for group in groups for name in PACKAGES[group])
    lacking = []
    for name in wanted:
        choices = name.split("|")
        if not any(_installed(choice) for choice in choices):
            lacking.append(name)
    return lacking


def require(*groups: str) -> None:
    """Raise MissingPackages, naming the one command, unless all of `groups` is installed."""
    if lacking := missing(*groups):
        raise MissingPackages([_choose(name) for name in lacking])


def _choose(name: str) -> str:
    """Of `a|b` the first that apt can install; qemu's RISC-V emulator moved between releases."""
    choices = name.split("|")
    for choice in choices:
        policy = _run("apt-cache", "policy", choice).stdout
        if "Candidate:" in policy and "Candidate: (none)" not in policy:
            return choice
    return choices[-1]


def _as_root() -> list[str] | None:
    """The words to put before a command to run it as root without being asked anything."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _run("sudo", "-n", "true").returncode == 0:
        return ["sudo", "-n"]
    return None


def install(*groups: str) -> None:
    """Install what `groups` lack, or raise MissingPackages where that takes a person."""
    lacking = missing(*groups)
    if not lacking:
        return
    root = _as_root()
    if root is None:
        raise MissingPackages([_choose(name) for name in lacking])
    env = ["env", *(f"{k}={v}" for k, v in QUIET.items())]
    with cache.lock("apt"):
        with step("apt-get update"):
            _run(*root, *env, "apt-get", "update")
        packages = [_choose(name) for name in missing(*groups)]
        if not packages:
            return
        with step(f"apt-get install {' '.join(packages)}"):
            done = _run(
                *root, *env, "apt-get", "install", "-y", "--no-install-recommends",
                "-o", "DPkg::Lock::Timeout=300", *packages,
            )  # fmt: skip
    if done.returncode:
        for line in (done.stdout + done.stderr).splitlines()[-15:]:
            say(line)
        raise MissingPackages(packages)


def _archives() -> list[str]:
    """The roots of the Debian or Ubuntu archives that apt uses here."""
    plain = _run("apt-get", "indextargets", "--format", "$(ORIGIN)|$(REPO_URI)").stdout
    uris = [u for o, _, u in (ln.partition("|") for ln in plain.splitlines())
            if o in ("Debian", "Ubuntu", "Raspbian")]  # fmt: skip
    if not uris:  # nothing fetched yet: the configuration alone
        form = "$(COMPONENT)|$(REPO_URI)"
        plain = _run("apt-get", "indextargets", "--no-release-info", "--format", form).stdout
        uris = [u for c, _, u in (ln.partition("|") for ln in plain.splitlines()) if c == "main"]
    return list(dict.fromkeys(uri.rstrip("/") for uri in uris))


def sha256(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def pool_file(folder: str, name: str, want: str) -> Path:
    """The file `name` of the pool folder `folder` (`m/micropython`), its SHA-256 being `want`.

    A file put into the cache's download folder by hand serves as well.
    """
    final = cache.root() / "download" / name
    if final.exists() and sha256(final) == want:
        return final
    with cache.lock(f"download-{name}"):
        if final.exists() and sha256(final) == want:
            return final
        final.parent.mkdir(parents=True, exist_ok=True)
        part = final.with_name(f"{name}.part")
        helper = Path("/usr/lib/apt/apt-helper")
        archives = _archives() if helper.exists() else []
        for uri in archives:
            for component in ("main", "universe"):
                part.unlink(missing_ok=True)
                url = f"{uri}/pool/{component}/{folder}/{name}"
                got = _run(str(helper), "download-file", url, str(part))
                if got.returncode == 0 and part.exists() and sha256(part) == want:
                    part.rename(final)
                    return final
        part.unlink(missing_ok=True)
    raise DevError(
        f"cannot fetch {name} (no network, or this machine's package archive does not carry it); "
        f"put it into {final.parent} by hand (SHA-256 {want[:16]}...)"
    )
