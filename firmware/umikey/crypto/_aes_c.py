"""AES over the port's `cryptolib`, which has ECB everywhere and CTR nearly nowhere. See `aes.py`.

What leaks depends on the port: table lookups of mbedTLS or axTLS, or an accelerator.
"""

import sys

from cryptolib import aes

import umikey.errors as errors

# Counter mode by machine code, where this port can.
try:
    if not getattr(sys.implementation, "_mpy", 0) >> 10 or sys.byteorder != "little":
        raise ImportError
    from umikey.crypto._aes_viper import add
except (ImportError, SyntaxError, ValueError, AttributeError):
    from umikey.crypto._aes import add


class Aes:
    def __init__(self, key, work=None):
        if len(key) not in (16, 32):
            raise errors.LocalError("an AES key has 16 or 32 octets")
        self._k = bytearray(16)  # room for a block of `ctr`'s keystream
        self._c = aes(key, 1)

    def encrypt(self, src, dst):
        if self._c is None or len(src) != 16 or len(dst) < 16:
            raise errors.LocalError("wiped, or not a block")
        self._c.encrypt(src, dst)

    def wipe(self):
        """The C object's round keys cannot be reached: they stay until the heap is used again."""
        self._c = None
        for i in range(16):
            self._k[i] = 0


def ctr(aes, iv, buf, start, end):
    if not 0 <= start <= end <= len(buf) or len(iv) != 16:
        raise errors.LocalError("outside the buffer")
    room = aes._k
    while start < end:
        aes.encrypt(iv, room)
        add(room, iv, buf, start, end - start)
        start += 16


def cm(key, iv, buf, start, end, work=None):
    aes = Aes(key)
    ctr(aes, iv, buf, start, end)
    aes.wipe()
