"""HMAC and plain hashing over a compression function in plain Python. See `hmac.py`.

All state is one array of 16-bit halves of big-endian words:

    0..31                the block
    32..32+n             the chaining value, n = size // 2
    32+n.., 32+2n..      the same after the blocks key ^ ipad and key ^ opad (RFC 2104 section 2)

Keeping the last two, a tag over up to 55 octets costs two compressions, not four. The compression
function is `block(halves, first)`: with `first` it sets the initial chaining value, else it absorbs
the block.
"""

from array import array

from ..errors import LocalError


class Hmac:
    def __init__(self, block, size):
        self.size = size
        self._block = block
        self._c = array("H", bytes(64 + 3 * size))
        self._n = -1  # octets absorbed; less than 0 when no message is open
        self._keyed = False

    def plain(self):
        """Start a message that is hashed without a key; `digest_into` then gives its hash."""
        self._keyed = False
        self._n = 0
        self._block(self._c, 1)

    def key(self, buf, start, end):
        if not 0 <= start <= end <= len(buf):
            raise LocalError("outside the buffer")
        c = self._c
        half = self.size >> 1
        n = end - start
        self.plain()
        if n > 64:
            self.update(buf, start, end)
            self._finish()
            # The hashed key waits where the value for ipad goes, so opad comes first.
            for i in range(half):
                c[32 + half + i] = c[32 + i]
        at = 32 + half + half
        for pad in b"\x5c\x36":
            for i in range(32):
                c[i] = pad << 8 | pad
            if n > 64:
                for i in range(half):
                    c[i] ^= c[32 + half + i]
            else:
                for i in range(n):
                    x = buf[start + i]
                    c[i >> 1] ^= x if i & 1 else x << 8
            self._block(c, 1)
            self._block(c, 0)
            for i in range(half):
                c[at + i] = c[32 + i]
            at -= half
        self._keyed = True
        self.start()

    def start(self):
        if not self._keyed:
            raise LocalError("no key")
        c = self._c
        half = self.size >> 1
        for i in range(32, 32 + half):
            c[i] = c[half + i]
        self._n = 64

    def update(self, buf, start, end):
        if not 0 <= start <= end <= len(buf):
            raise LocalError("outside the buffer")
        n = self._n
        if n < 0:
            raise LocalError("no message")
        self._n = n + end - start
        n &= 63
        c = self._c
        while start < end:
            if n & 1:
                c[n >> 1] |= buf[start]
            else:
                c[n >> 1] = buf[start] << 8
            start += 1
            n += 1
            if n == 64:
                self._block(c, 0)
                n = 0

    def _finish(self):
        c = self._c
        n = self._n
        i = (n & 63) >> 1
        if n & 1:
            c[i] |= 0x80
        else:
            c[i] = 0x8000
        i += 1
        if i > 28:
            while i < 32:
                c[i] = 0
                i += 1
            self._block(c, 0)
            i = 0
        while i < 32:
            c[i] = 0
            i += 1
        c[30] = n >> 13
        c[31] = n << 3 & 0xFFFF
        self._block(c, 0)
        self._n = -1

    def digest_into(self, out, at):
        size = self.size
        if not 0 <= at <= len(out) - size:
            raise LocalError("outside the buffer")
        if self._n < 0:
            raise LocalError("no message")
        c = self._c
        self._finish()
        if self._keyed:
            # The outer hash: the value after key ^ opad, and the inner digest as its block.
            for i in range(size >> 1):
                c[i] = c[32 + i]
                c[32 + i] = c[32 + size + i]
            self._n = 64 + size
            self._finish()
        for i in range(size):
            x = c[32 + (i >> 1)]
            out[at + i] = x & 0xFF if i & 1 else x >> 8

    def wipe(self):
        c = self._c
        for i in range(len(c)):
            c[i] = 0
        self._keyed = False
        self._n = -1
