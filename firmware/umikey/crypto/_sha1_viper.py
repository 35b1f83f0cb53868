"""HMAC and plain hashing over machine code, and SHA-1's compression function. See `hmac.py`.

All state is one bytearray of 32-bit words in the core's byte order (little-endian):

    0..15                the block: octet i of the message is at i ^ 3, which makes big-endian words
    16                   1 in its first octet: the two kept values are valid
    17..17+n             the chaining value, last word first, n = size // 4
    17+n.., 17+2n..      the same after the blocks key ^ ipad and key ^ opad (RFC 2104 section 2)

Keeping the last two, a tag over up to 55 octets costs two compressions, not four. A compression
function is `block(words, first)`: with `first` it sets the initial chaining value, else it absorbs
the block. SHA-256's is in `_sha256_viper.py`; SHA-1's is here because it is always needed and a
module costs heap.

No secret decides a branch or an address. What the compiler knows by itself, `const` and
`@micropython.viper`, is not imported.
"""
# ruff: noqa: F821

import umikey.errors as errors

# What ends a message (FIPS 180-4 5.1.1); zeros serve in other places too
_PAD = (
    b"\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
)


class Hmac:
    def __init__(self, block, size):
        self.size = size
        self._block = block
        self._c = bytearray(68 + 3 * size)
        self._n = -1  # octets absorbed, the key's block too; -1: no message is open

    def plain(self):
        """Start a message that is hashed without a key; `digest_into` then gives its hash."""
        self._c[64] = 0
        self._block(self._c, 1)
        self._n = 0

    def key(self, buf, start, end):
        if not 0 <= start <= end <= len(buf):
            raise errors.LocalError("outside the buffer")
        size = self.size
        c = self._c
        n = end - start
        if n > 64:
            self.plain()
            self.update(buf, start, end)
            start = 68 + size
            self.digest_into(c, start)
            buf = c
            n = size
        # First opad, because a hashed key lies where the value for ipad goes.
        block = self._block
        for at in (2, 1):
            block(c, 1)
            pad = 0x5C if at == 2 else 0x36
            _put(c, block, 0, buf, start, n, pad)
            _put(c, block, n, _PAD, 1, 64 - n, pad)
            _copy(c, 68 + at * size, c, 68, 1, size)
        c[64] = 1
        self.start()

    def start(self):
        c = self._c
        if not c[64]:
            raise errors.LocalError("no key")
        _copy(c, 68, c, 68 + self.size, 1, self.size)
        self._n = 64

    def update(self, buf, start, end):
        if not 0 <= start <= end <= len(buf):
            raise errors.LocalError("outside the buffer")
        n = self._n
        if n < 0:
            raise errors.LocalError("no message")
        self._n = n + end - start
        _put(self._c, self._block, n & 63, buf, start, end - start, 0)

    def digest_into(self, out, at):
        size = self.size
        if not 0 <= at <= len(out) - size:
            raise errors.LocalError("outside the buffer")
        n = self._n
        if n < 0:
            raise errors.LocalError("no message")
        self._n = -1
        c = self._c
        block = self._block
        keyed = c[64]
        while True:
            i = n & 63
            _put(c, block, i, _PAD, 0, (55 - i & 63) + 5, 0)
            c[60] = n << 3 & 255
            c[61] = n >> 5 & 255
            c[62] = n >> 13 & 255
            c[63] = n >> 21
            block(c, 0)
            _copy(out, at, c, 67 + size, -1, size)
            if not keyed:
                break
            # The outer hash: the value after key ^ opad, and the inner digest as its block.
            keyed = 0
            _copy(c, 68, c, 68 + 2 * size, 1, size)
            _put(c, block, 0, out, at, size, 0)
            n = 64 + size

    def wipe(self):
        c = self._c
        _copy(c, 0, _PAD, 1, 0, len(c))
        self._n = -1


@micropython.viper
def _put(c, block, i: int, s: ptr8, at: int, n: int, pad: int):
    """The block's octets from i on become s[at:at+n] ^ pad; a full block is absorbed."""
    p = ptr8(c)
    s = ptr8(int(s) + at)
    while n:
        p[i ^ 3] = s[0] ^ pad
        s = ptr8(int(s) + 1)
        n -= 1
        i += 1
        if i == 64:
            block(c, 0)
            i = 0


@micropython.viper
def _copy(to: ptr8, at: int, s: ptr8, i: int, step: int, n: int):
    """to[at:at+n] = n octets of s from i on; step 1: forwards, -1: backwards, 0: all the same."""
    to = ptr8(int(to) + at)
    s = ptr8(int(s) + i)
    while n:
        to[0] = s[0]
        to = ptr8(int(to) + 1)
        s = ptr8(int(s) + step)
        n -= 1


@micropython.viper
def block(c: ptr32, x: int):
    """SHA-1's compression function (FIPS 180-4 section 6.1.3).

    The message schedule is the block itself, 16 words used in a circle. A loop of 80 steps:
    unrolled it takes half the time, and twice the flash.

    Written for what the emitter makes of it on 32-bit cores: `c` and `x` live in registers,
    `c[number]` below 32 is one instruction, a right operand that is a register or a number is
    cheapest. Only what was just read from memory is shifted right: on x64 too it has 32 bits.
    """
    if x:
        x = 0x6745
        c[21] = (x << 16) + 0x2301
        x = 0xEFCD
        c[20] = (x << 16) + 0xAB89
        x = 0x98BA
        c[19] = (x << 16) + 0xDCFE
        x = 0x1032
        c[18] = (x << 16) + 0x5476
        x = 0xC3D2
        c[17] = (x << 16) + 0xE1F0
        return
    w = c
    i = 0
    a = c[21]
    b = c[20]
    d = c[19]
    e = c[18]
    f = c[17]
    k = 0
    while i < 80:
        w = ptr32(int(c) + ((i & 15) << 2))
        if i > 15:
            x = c[(i + 13) & 15] ^ c[(i + 8) & 15] ^ c[(i + 2) & 15] ^ w[0]
            w[0] = x
            w[0] = int(uint(w[0]) >> 31) + x + x
        # f + K; K in two halves, since a number of 31 bits would be an object
        if i < 20:
            x = 0x5A82
            x = (x << 16) + 0x7999 + (((c[18] ^ c[19]) & c[20]) ^ c[18])
        elif i < 40:
            x = 0x6ED9
            x = (x << 16) + 0xEBA1 + (c[18] ^ c[19] ^ c[20])
        elif i < 60:
            x = 0x8F1B
            x = (x << 16) + 0xBCDC + (c[18] & c[19])
            x = ((c[18] ^ c[19]) & c[20]) + x
        else:
            x = 0xCA62
            x = (x << 16) + 0xC1D6 + (c[18] ^ c[19] ^ c[20])
        x = x + c[17] + w[0]
        k = c[21] << 5
        x = int(uint(c[21]) >> 27) + x + k
        c[17] = c[18]
        c[18] = c[19]
        k = c[20] << 30
        c[19] = int(uint(c[20]) >> 2) + k
        c[20] = c[21]
        c[21] = x
        i += 1
    c[21] = c[21] + a
    c[20] = c[20] + b
    c[19] = c[19] + d
    c[18] = c[18] + e
    c[17] = c[17] + f
