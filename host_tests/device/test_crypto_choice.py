"""What `capabilities` says is what was chosen, and is what this port can do."""

import sys

import check
from umikey.crypto import capabilities, pick
from umikey.crypto.aes import Aes
from umikey.crypto.hmac import Hmac

found = capabilities()
check.eq("keys", sorted(found), ["aes", "native", "sha1", "sha256", "urandom"])
check.eq("native", found["native"], getattr(sys.implementation, "_mpy", 0) >> 10)
for name in ("sha1", "sha256", "aes"):
    check.eq(name, found[name], pick(name))
    try:
        c = hasattr(__import__("cryptolib" if name == "aes" else "hashlib"), name)
    except ImportError:
        c = False
    if c:
        want = "cryptolib" if name == "aes" else "hashlib"
    else:
        want = "viper" if found["native"] else "plain"
    check.eq(name + ": C, then viper, then plain", found[name], want)

# The `Aes` over cryptolib has no round keys of its own, HMAC over hashlib no chaining values.
check.eq("aes in use", len(Aes(bytes(16))._k) == 16, found["aes"] == "cryptolib")
check.eq("sha1 in use", hasattr(Hmac(20), "_new"), found["sha1"] == "hashlib")
check.eq("sha256 in use", hasattr(Hmac(32), "_new"), found["sha256"] == "hashlib")
check.done()
