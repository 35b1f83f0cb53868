"""HMAC and plain hashing over the port's `hashlib`. See `hmac.py`.

Its objects cannot be copied and end with `digest`, so every message starts with the whole key
block. `update` allocates nothing: octets are collected in a block that is passed on when it is
full; a buffer that is absorbed whole, from the first octet to the last, goes straight in.
"""

from ..errors import LocalError


class Hmac:
    def __init__(self, new, size):
        self.size = size
        self._new = new
        self._h = None  # the open message
        self._k = None  # key ^ ipad (RFC 2104 section 2), 64 octets
        self._o = None  # key ^ opad
        self._b = bytearray(64)
        self._n = 0  # octets in it

    def plain(self):
        """Start a message that is hashed without a key; `digest_into` then gives its hash."""
        self._k = None
        self._h = self._new()
        self._n = 0

    def key(self, buf, start, end):
        if not 0 <= start <= end <= len(buf):
            raise LocalError("outside the buffer")
        size = end - start
        inner = bytearray(64)
        outer = bytearray(64)
        if size > 64:
            self.plain()
            self.update(buf, start, end)
            self.digest_into(inner, 0)
        else:
            for i in range(size):
                inner[i] = buf[start + i]
        for i in range(64):
            outer[i] = inner[i] ^ 0x5C
            inner[i] ^= 0x36
        self.wipe()
        self._k = inner
        self._o = outer
        self.start()

    def start(self):
        if self._k is None:
            raise LocalError("no key")
        self._h = self._new(self._k)
        self._n = 0

    def update(self, buf, start, end):
        if not 0 <= start <= end <= len(buf):
            raise LocalError("outside the buffer")
        if self._h is None:
            raise LocalError("no message")
        n = self._n
        if n == start == 0 and end == len(buf):
            self._h.update(buf)
            return
        block = self._b
        while start < end:
            block[n] = buf[start]
            start += 1
            n += 1
            if n == 64:
                self._h.update(block)
                n = 0
        self._n = n

    def digest_into(self, out, at):
        if not 0 <= at <= len(out) - self.size:
            raise LocalError("outside the buffer")
        h = self._h
        if h is None:
            raise LocalError("no message")
        h.update(memoryview(self._b)[: self._n])
        self._h = None
        tag = h.digest()
        if self._k is not None:
            h = self._new(self._o)
            h.update(tag)
            tag = h.digest()
        for i in range(self.size):
            out[at + i] = tag[i]

    def wipe(self):
        for block in (self._b, self._k, self._o):
            if block is not None:
                for i in range(64):
                    block[i] = 0
        self._h = self._k = self._o = None
