"""HMAC and plain hashing over a compression function in machine code. See `hmac.py`.

All state is one bytearray of 32-bit words in the core's byte order (little-endian):

    0..15                the block: octet i of the message is at i ^ 3, which makes big-endian words
    16                   octets absorbed so far, and the two flags
    17..17+n             the chaining value, last word first, n = size // 4
    17+n.., 17+2n..      the same after the blocks key ^ ipad and key ^ opad (RFC 2104 section 2)

Keeping the last two, a tag over up to 55 octets costs two compressions, not four. The compression
function is `block(words, first)`: with `first` it sets the initial chaining value, else it absorbs
the block. It may use what follows the chaining value as scratch, and restores it.

No name is imported here: MicroPython's compiler knows `const` and `@micropython.viper` by itself.
"""
# ruff: noqa: F821

from ..errors import LocalError

_STARTED = const(1 << 29)  # a message is open
_KEYED = const(1 << 28)  # the two kept values are valid
_LENGTH = const((1 << 28) - 1)


class Hmac:
    def __init__(self, block, size):
        self.size = size
        self._block = block
        self._c = bytearray(160 if size == 20 else 164)

    @micropython.viper
    def plain(self):
        """Start a message that is hashed without a key; `digest_into` then gives its hash."""
        c = self._c
        self._block(c, 1)
        w = ptr32(c)
        w[16] = _STARTED

    @micropython.viper
    def key(self, buf, start: int, end: int):
        if start < 0 or end < start or end > int(len(buf)):
            raise LocalError("outside the buffer")
        size = int(self.size)
        c = self._c
        p = ptr8(c)
        w = ptr32(c)
        k = ptr8(int(ptr8(buf)) + start)
        n = end - start
        if n > 64:
            self.plain()
            self.update(buf, start, end)
            self.digest_into(c, 68 + size)
            k = ptr8(int(p) + 68 + size)
            n = size
        # First opad, because a hashed key lies where the value for ipad goes.
        to = 17 + (size >> 1)
        pad = 0x2E2E2E2E
        pad += pad
        while True:
            i = 0
            while i < 16:
                w[i + 0] = pad
                i += 1
            i = 0
            while i < n:
                p[i ^ 3] = p[i ^ 3] ^ k[i + 0]
                i += 1
            self._block(c, 1)
            self._block(c, 0)
            i = 0
            while i < size >> 2:
                w[to + i] = w[17 + i]
                i += 1
            if pad == 0x36363636:
                break
            pad = 0x36363636
            to = 17 + (size >> 2)
        w[16] = _KEYED
        self.start()

    @micropython.viper
    def start(self):
        w = ptr32(self._c)
        if not w[16] & _KEYED:
            raise LocalError("no key")
        w[16] = _STARTED | _KEYED | 64
        n = int(self.size) >> 2
        i = n
        while i:
            w[17] = w[17 + n]
            w = ptr32(int(w) + 4)
            i -= 1

    @micropython.viper
    def update(self, buf, start: int, end: int):
        if start < 0 or end < start or end > int(len(buf)):
            raise LocalError("outside the buffer")
        c = self._c
        w = ptr32(c)
        i = w[16]
        if not i & _STARTED:
            raise LocalError("no message")
        n = end - start
        w[16] = i + n
        i &= 63
        p = ptr8(c)
        s = ptr8(int(ptr8(buf)) + start)
        while n:
            if i & 3 or n < 4:
                p[i ^ 3] = s[0]
                s = ptr8(int(s) + 1)
                i += 1
                n -= 1
            else:
                w = ptr32(int(p) + i)
                w[0] = int(s[0]) << 24 | int(s[1]) << 16 | int(s[2]) << 8 | int(s[3])
                s = ptr8(int(s) + 4)
                i += 4
                n -= 4
            if i == 64:
                self._block(c, 0)
                i = 0

    @micropython.viper
    def digest_into(self, out, at: int):
        size = int(self.size)
        if at < 0 or at + size > int(len(out)):
            raise LocalError("outside the buffer")
        c = self._c
        p = ptr8(c)
        w = ptr32(c)
        n = w[16]
        if not n & _STARTED:
            raise LocalError("no message")
        keyed = n & _KEYED
        w[16] = keyed
        n &= _LENGTH
        i = n & 63
        while True:
            p[i ^ 3] = 0x80
            i += 1
            while i & 3:
                p[i ^ 3] = 0
                i += 1
            i >>= 2
            if i > 14:
                while i < 16:
                    w[i + 0] = 0
                    i += 1
                self._block(c, 0)
                i = 0
            while i < 15:
                w[i + 0] = 0
                i += 1
            w[15] = n << 3
            self._block(c, 0)
            if not keyed:
                break
            # The outer hash: the value after key ^ opad, and the inner digest as its block.
            keyed = 0
            n = size >> 2
            i = 0
            while i < n:
                w[i + 0] = w[16 + n - i]
                i += 1
            i = 0
            while i < n:
                w[17 + i] = w[17 + n + n + i]
                i += 1
            n = 64 + size
            i = size
        d = ptr8(int(ptr8(out)) + at)
        p = ptr8(int(p) + 67 + size)
        while size:
            d[0] = p[0]
            d = ptr8(int(d) + 1)
            p = ptr8(int(p) - 1)
            size -= 1

    @micropython.viper
    def wipe(self):
        w = ptr32(self._c)
        i = int(len(self._c)) >> 2
        while i:
            w[0] = 0
            w = ptr32(int(w) + 4)
            i -= 1
