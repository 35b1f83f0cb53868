"""Make build/venv, the virtual environment that everything else runs in.

Runs on a bare python3: standard library only.
"""

import hashlib
import importlib.util
import subprocess
import sys
import venv
from pathlib import Path

from umikey_dev import REPO, DevError, debian
from umikey_dev.console import fail, step

VENV = REPO / "build" / "venv"


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036
        fail(f"Python 3.11 or later is needed; this is {sys.version.split()[0]} ({sys.executable})")
    try:
        environment()
    except DevError as e:
        fail(str(e))


def environment() -> Path:
    """The environment's python, with `.[test]` installed; made or renewed where that is due."""
    python = VENV / "bin" / "python"
    stamp = VENV / ".installed"
    want = hashlib.sha256((REPO / "pyproject.toml").read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == want:
        return python
    if not python.exists():
        # Debian splits this part of Python's library off, into python3-venv.
        if not importlib.util.find_spec("ensurepip"):
            debian.install("venv")
        with step(f"creating {VENV.relative_to(REPO)}"):
            venv.create(VENV, clear=True, with_pip=True)
    with step("installing the desktop peer and the test tools into it"):
        words = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        done = subprocess.run(
            [*words, "-e", f"{REPO}[test]"], capture_output=True, text=True, errors="replace"
        )
    if done.returncode:
        tail = (done.stdout + done.stderr).strip().splitlines()[-10:]
        raise DevError("\n".join([*tail, "pip could not install them (is there a network?)"]))
    stamp.write_text(want)
    return python


if __name__ == "__main__":
    main()
