"""HMAC and plain hashing in plain Python, and SHA-1's compression function. See `hmac.py`.

All state is one array of 16-bit halves of big-endian words, because an integer of 30 bits and more
is a heap object on a 32-bit port:

    0..31                the block
    32..32+n             the chaining value, n = size // 2
    32+n.., 32+2n..      the same after the blocks key ^ ipad and key ^ opad (RFC 2104 section 2)

Keeping the last two, a tag over up to 55 octets costs two compressions, not four. A compression
function is `block(halves, first)`: with `first` it sets the initial chaining value, else it absorbs
the block. SHA-256's is in `_sha256.py`; SHA-1's is here because it is always needed and a module
costs heap.

No secret decides a branch or an index, and the number of steps depends on lengths alone.
"""
# ruff: noqa: E741

from array import array
from struct import pack_into

import umikey.errors as errors


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
            raise errors.LocalError("outside the buffer")
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
            raise errors.LocalError("no key")
        c = self._c
        half = self.size >> 1
        for i in range(32, 32 + half):
            c[i] = c[half + i]
        self._n = 64

    def update(self, buf, start, end):
        if not 0 <= start <= end <= len(buf):
            raise errors.LocalError("outside the buffer")
        n = self._n
        if n < 0:
            raise errors.LocalError("no message")
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
            raise errors.LocalError("outside the buffer")
        if self._n < 0:
            raise errors.LocalError("no message")
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
        pack_into("124s" if self.size == 20 else "160s", self._c, 0, b"")  # C fills up with zeros
        self._keyed = False
        self._n = -1


def block(c, first):
    """SHA-1's compression function (FIPS 180-4 section 6.1.3)."""
    if first:
        h = b"\x67\x45\x23\x01\xef\xcd\xab\x89\x98\xba\xdc\xfe\x10\x32\x54\x76\xc3\xd2\xe1\xf0"
        for i in range(10):
            c[32 + i] = h[2 * i] << 8 | h[2 * i + 1]
        return
    ah = c[32]
    al = c[33]
    bh = c[34]
    bl = c[35]
    ch = c[36]
    cl = c[37]
    dh = c[38]
    dl = c[39]
    eh = c[40]
    el = c[41]
    for i in range(80):
        j = (i & 15) << 1
        if i >= 16:
            # The schedule is the block itself, in a circle.
            h = c[j] ^ c[j + 4 & 31] ^ c[j + 16 & 31] ^ c[j + 26 & 31]
            l = c[j + 1] ^ c[j + 5 & 31] ^ c[j + 17 & 31] ^ c[j + 27 & 31]
            c[j] = (h << 1 | l >> 15) & 0xFFFF
            c[j + 1] = (l << 1 | h >> 15) & 0xFFFF
        # a <<< 5: what leaves the low half above is carried into the high half with the sum.
        l = (al << 5) + (ah >> 11) + el + c[j + 1]
        h = (ah << 5) + eh + c[j]
        if i < 40:
            if i < 20:
                l += (dl ^ bl & (cl ^ dl)) + 0x7999
                h += (dh ^ bh & (ch ^ dh)) + 0x5A82
            else:
                l += (bl ^ cl ^ dl) + 0xEBA1
                h += (bh ^ ch ^ dh) + 0x6ED9
        elif i < 60:
            l += (bl & cl | dl & (bl | cl)) + 0xBCDC
            h += (bh & ch | dh & (bh | ch)) + 0x8F1B
        else:
            l += (bl ^ cl ^ dl) + 0xC1D6
            h += (bh ^ ch ^ dh) + 0xCA62
        el = dl
        eh = dh
        dl = cl
        dh = ch
        cl = bl >> 2 | (bh & 3) << 14
        ch = bh >> 2 | (bl & 3) << 14
        bl = al
        bh = ah
        al = l & 0xFFFF
        ah = h + (l >> 16) & 0xFFFF
    l = c[33] + al
    c[32] = c[32] + ah + (l >> 16) & 0xFFFF
    c[33] = l & 0xFFFF
    l = c[35] + bl
    c[34] = c[34] + bh + (l >> 16) & 0xFFFF
    c[35] = l & 0xFFFF
    l = c[37] + cl
    c[36] = c[36] + ch + (l >> 16) & 0xFFFF
    c[37] = l & 0xFFFF
    l = c[39] + dl
    c[38] = c[38] + dh + (l >> 16) & 0xFFFF
    c[39] = l & 0xFFFF
    l = c[41] + el
    c[40] = c[40] + eh + (l >> 16) & 0xFFFF
    c[41] = l & 0xFFFF
