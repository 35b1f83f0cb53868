"""Developer tools of umikey: fetch and build MicroPython, measure size, heap and speed.

Run from a checkout, `python -m umikey_dev --help` with `PYTHONPATH=tools`; never installed.
"""

import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
FIRMWARE = REPO / "firmware"
BOARDS = REPO / "boards"


class DevError(Exception):
    """Something the reader can act on; shown as one line, without a traceback."""


def runners():
    """The package that runs scripts on targets; it lives with the tests."""
    path = str(REPO / "host_tests")
    if path not in sys.path:
        sys.path.insert(0, path)
    import targets

    return targets
