"""Which implementation of each primitive runs on this port.

Three exist of SHA-1, SHA-256 and AES, and `pick` takes the first that is there:

- the port's own C: `hashlib.sha1`, `hashlib.sha256`, `cryptolib.aes`;
- `_*_viper.py`: machine code of MicroPython's viper emitter, on little-endian cores that have one;
- the rest: plain Python for ports without an emitter. It allocates nothing either, and makes no
  integer of 30 bits or more, which would be a heap object on a 32-bit port.

`hmac`, `hash`, `aes`, `aes_kw` and `rng` are what the rest of umikey imports; they behave alike
whatever is behind them. Importing this package does no work.
"""


def pick(name):
    """How `name` ("sha1", "sha256" or "aes") runs here: "hashlib", "cryptolib", "viper" or "plain".

    "viper" means that its modules have been imported and work.
    """
    import sys

    try:
        if name == "aes":
            import cryptolib as c
        else:
            import hashlib as c
        if hasattr(c, name):
            return "cryptolib" if name == "aes" else "hashlib"
    except ImportError:
        pass
    # The architecture of native code in .mpy files; 0 is a build without an emitter.
    if getattr(sys.implementation, "_mpy", 0) >> 10 and sys.byteorder == "little":
        try:
            if name == "aes":
                import umikey.crypto._aes_viper as _aes_viper  # noqa: F401
            elif name == "sha1":
                import umikey.crypto._sha1_viper as _sha1_viper  # noqa: F401
            else:
                import umikey.crypto._sha1_viper as _sha1_viper  # noqa: F401
                import umikey.crypto._sha256_viper as _sha256_viper  # noqa: F401
            return "viper"
        except (ImportError, SyntaxError, ValueError, AttributeError):
            pass
    return "plain"


def capabilities():
    """What was found on this port, as a dict.

    "sha1", "sha256", "aes": as `pick` says; "urandom": whether `os.urandom` is there; "native": the
    number of the architecture that native code in .mpy files has to be for, 0 for none.
    """
    import sys

    try:
        import os

        urandom = hasattr(os, "urandom")
    except ImportError:
        urandom = False
    found = {name: pick(name) for name in ("sha1", "sha256", "aes")}
    found["urandom"] = urandom
    found["native"] = getattr(sys.implementation, "_mpy", 0) >> 10
    return found
