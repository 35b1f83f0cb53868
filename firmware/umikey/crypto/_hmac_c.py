"""HMAC and plain hashing over the port's `hashlib`. See `hmac.py`.

Its objects cannot be copied and end with `digest`, so every message starts with the whole key
block. `update` allocates nothing: octets are collected in a block that is passed on when it is
full; a buffer that is absorbed whole, from the first octet to the last, goes straight in.

`pack_into` is how C copies and clears octets here, without a new object.
"""

from struct import pack_into

import umikey.errors as errors


class Hmac:
    def __init__(self, new, size):
        self.size = size
        self._new = new
        self._h = None  # the open message
        self._i = bytearray(64)  # key ^ ipad (RFC 2104 section 2)
        self._o = bytearray(64)  # key ^ opad
        self._b = bytearray(64)
        self._n = 0  # octets in it
        self._keyed = False

    def plain(self):
        """Start a message that is hashed without a key; `digest_into` then gives its hash."""
        self._keyed = False
        self._h = self._new()
        self._n = 0

    def key(self, buf, start, end):
        if not 0 <= start <= end <= len(buf):
            raise errors.LocalError("outside the buffer")
        n = end - start
        inner = self._i
        outer = self._o
        if n > 64:
            self.plain()
            self.update(buf, start, end)
            self.digest_into(self._b, 0)
            buf = self._b
            start = 0
            n = self.size
        pack_into("64s", inner, 0, b"6" * 64)  # 0x36
        pack_into("64s", outer, 0, b"\\" * 64)  # 0x5c
        for i in range(n):
            x = buf[start + i]
            inner[i] ^= x
            outer[i] ^= x
        self._keyed = True
        self.start()

    def start(self):
        if not self._keyed:
            raise errors.LocalError("no key")
        self._h = self._new(self._i)
        self._n = 0

    def update(self, buf, start, end):
        if not 0 <= start <= end <= len(buf):
            raise errors.LocalError("outside the buffer")
        h = self._h
        if h is None:
            raise errors.LocalError("no message")
        n = self._n
        if n == start == 0 and end == len(buf):
            h.update(buf)
            return
        block = self._b
        for i in range(start, end):
            block[n] = buf[i]
            n += 1
            if n == 64:
                h.update(block)
                n = 0
        self._n = n

    def digest_into(self, out, at):
        size = self.size
        if not 0 <= at <= len(out) - size:
            raise errors.LocalError("outside the buffer")
        h = self._h
        if h is None:
            raise errors.LocalError("no message")
        if self._n:
            h.update(memoryview(self._b)[: self._n])
        self._h = None
        tag = h.digest()
        if self._keyed:
            h = self._new(self._o)
            h.update(tag)
            tag = h.digest()
        pack_into("20s" if size == 20 else "32s", out, at, tag)

    def wipe(self):
        for block in (self._i, self._o, self._b):
            pack_into("64s", block, 0, b"")
        self._h = None
        self._keyed = False
