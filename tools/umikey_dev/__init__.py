"""Developer tools of umikey: fetch and build MicroPython, measure size, heap and speed.

Run from a checkout, `python -m umikey_dev --help` with `PYTHONPATH=tools`; never installed.
"""

from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
FIRMWARE = REPO / "firmware"
BOARDS = REPO / "boards"


class DevError(Exception):
    """Something the reader can act on; shown as one line, without a traceback."""
