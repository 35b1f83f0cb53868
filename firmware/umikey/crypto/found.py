"""The report behind `umikey.capabilities`, loaded when somebody asks."""

import sys

from umikey.crypto import pick


def found():
    """See `umikey.crypto.capabilities`."""
    try:
        import os

        urandom = hasattr(os, "urandom")
    except ImportError:
        urandom = False
    said = {name: pick(name) for name in ("sha1", "sha256", "aes")}
    said["urandom"] = urandom
    said["native"] = getattr(sys.implementation, "_mpy", 0) >> 10
    return said
