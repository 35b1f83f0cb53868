"""Choose the implementation behind umikey's crypto, for tests; nothing on a board imports this.

for kind in _force.kinds("sha1"):  # "sha1", "sha256" or "aes": what this port has of it
    _force.use(kind)               # from now on; objects made before keep what they have
    from umikey.crypto.hmac import Hmac
"""

import sys

import umikey.crypto as crypto

_pick = crypto.pick


def kinds(name):
    """The names that `use` takes here for `name`, C first."""
    found = []
    if _pick(name) in ("hashlib", "cryptolib"):
        found.append(_pick(name))
    if getattr(sys.implementation, "_mpy", 0) >> 10:
        try:
            __import__("umikey.crypto._%s_viper" % name)
            found.append("viper")
        except ImportError:
            pass
    return found + ["plain"]


def use(kind):
    crypto.pick = lambda name: kind
    if "umikey.crypto.aes" in sys.modules:
        del sys.modules["umikey.crypto.aes"]
