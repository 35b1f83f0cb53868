"""HMAC and plain hashing in machine code, and SHA-1's compression function. See `hmac.py`.

All state is one bytearray of 32-bit words in the core's byte order (little-endian):

    0..15                the block: octet i of the message is at i ^ 3, which makes big-endian words
    16                   octets absorbed so far, and the two flags
    17..17+n             the chaining value, last word first, n = size // 4
    17+n.., 17+2n..      the same after the blocks key ^ ipad and key ^ opad (RFC 2104 section 2)

Keeping the last two, a tag over up to 55 octets costs two compressions, not four. A compression
function is `block(words, first)`: with `first` it sets the initial chaining value, else it absorbs
the block. It may use what follows the chaining value as scratch, and restores it. SHA-256's is in
`_sha256_viper.py`; SHA-1's is here because it is always needed and a module costs heap.

No secret decides a branch or an address. What the compiler knows by itself, `const` and
`@micropython.viper`, is not imported.
"""
# ruff: noqa: F821

from umikey.errors import LocalError

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


@micropython.viper
def block(c: ptr32, x: int):
    """SHA-1's compression function (FIPS 180-4 section 6.1.3).

    The message schedule is the block itself, 16 words used in a circle, which are expanded in place
    when the circle closes, and once more behind it, where they are read round the corner. The five
    variables are a window that slides over the chaining value and the 16 words behind it, so that
    none ever moves: a step writes one word in front (the new a) and rotates one (the new c). The
    eleven kept words in the way wait in locals.

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
    base = c
    a = c[21]
    b = c[20]
    d = c[19]
    e = c[18]
    f = c[17]
    octets = c[16]
    i0 = c[22]
    i1 = c[23]
    i2 = c[24]
    i3 = c[25]
    i4 = c[26]
    o0 = c[27]
    o1 = c[28]
    o2 = c[29]
    o3 = c[30]
    o4 = c[31]
    turn = 0  # steps 0-15, 16-19, 20-31, 32-39, 40-47, 48-59, 60-63, 64-79
    n = 16
    k = 0
    while turn < 8:
        if turn & 1:
            c = base
            n = 8
            while n:
                x = c[0] ^ c[2] ^ c[8] ^ c[13]
                c[0] = x
                x = int(uint(c[0]) >> 31) + x + x
                c[0] = x
                c[16] = x
                x = c[1] ^ c[3] ^ c[9] ^ c[14]
                c[1] = x
                x = int(uint(c[1]) >> 31) + x + x
                c[1] = x
                c[17] = x
                c = ptr32(int(c) + 8)
                n -= 1
            c[1] = c[17]
            c[2] = c[18]
            c[3] = c[19]
            c[4] = c[20]
            c[5] = c[21]
            c = base
            n = 2 + turn + turn
        elif turn == 0:
            k = 0x5A82
            k = (k << 16) + 0x7999
        elif turn == 2:
            k = 0x6ED9
            k = (k << 16) + 0xEBA1
            n = 12
        elif turn == 4:
            k = 0x8F1B
            k = (k << 16) + 0xBCDC
            n = 8
        else:
            k = 0xCA62
            k = (k << 16) + 0xC1D6
            n = 4
        if turn < 2:
            while n:
                x = c[21] << 5
                x = int(uint(c[21]) >> 27) + x
                c[22] = (((c[18] ^ c[19]) & c[20]) ^ c[18]) + x + k + c[17] + c[0]
                x = c[20] << 30
                c[20] = int(uint(c[20]) >> 2) + x
                x = c[22] << 5
                x = int(uint(c[22]) >> 27) + x
                c[23] = (((c[19] ^ c[20]) & c[21]) ^ c[19]) + x + k + c[18] + c[1]
                x = c[21] << 30
                c[21] = int(uint(c[21]) >> 2) + x
                c = ptr32(int(c) + 8)
                n -= 2
        elif turn & 6 == 4:
            while n:
                x = c[21] << 5
                x = int(uint(c[21]) >> 27) + x
                x = (c[18] & c[19]) + x
                c[22] = ((c[18] ^ c[19]) & c[20]) + x + k + c[17] + c[0]
                x = c[20] << 30
                c[20] = int(uint(c[20]) >> 2) + x
                x = c[22] << 5
                x = int(uint(c[22]) >> 27) + x
                x = (c[19] & c[20]) + x
                c[23] = ((c[19] ^ c[20]) & c[21]) + x + k + c[18] + c[1]
                x = c[21] << 30
                c[21] = int(uint(c[21]) >> 2) + x
                c = ptr32(int(c) + 8)
                n -= 2
        else:
            while n:
                x = c[21] << 5
                x = int(uint(c[21]) >> 27) + x
                c[22] = (c[18] ^ c[19] ^ c[20]) + x + k + c[17] + c[0]
                x = c[20] << 30
                c[20] = int(uint(c[20]) >> 2) + x
                x = c[22] << 5
                x = int(uint(c[22]) >> 27) + x
                c[23] = (c[19] ^ c[20] ^ c[21]) + x + k + c[18] + c[1]
                x = c[21] << 30
                c[21] = int(uint(c[21]) >> 2) + x
                c = ptr32(int(c) + 8)
                n -= 2
        turn += 1
    x = c[17] + f
    f = c[18] + e
    e = c[19] + d
    d = c[20] + b
    b = c[21] + a
    c = base
    c[16] = octets
    c[17] = x
    c[18] = f
    c[19] = e
    c[20] = d
    c[21] = b
    c[22] = i0
    c[23] = i1
    c[24] = i2
    c[25] = i3
    c[26] = i4
    c[27] = o0
    c[28] = o1
    c[29] = o2
    c[30] = o3
    c[31] = o4
