"""SHA-384 and SHA-512 (FIPS 180-4 6.4), and HMAC over them: for the curves beyond P-256.

Plain Python on integers of 64 bits, which a board keeps in its heap: a block takes a Cortex-M3
millions of instructions. What these hashes serve, arithmetic on P-384 and P-521, takes a hundred
times that.
"""

from struct import pack_into

import umikey.errors as errors

_M = 0xFFFFFFFFFFFFFFFF
# The first 64 bits of the fractions of the cube roots of the first 80 primes, and what SHA-384
# starts with: of the square roots of the 9th to the 16th; SHA-512: of the first eight. In octets:
# eighty integers would lie scattered over the heap, and leave no large block in it.
_K = bytearray(640)


def _root(n, degree):
    # the fraction of n's root of that degree, 64 bits of it
    low = 0
    high = 1 << 72
    n <<= 64 * degree
    while high - low > 1:
        middle = (low + high) >> 1
        if middle**degree > n:
            high = middle
        else:
            low = middle
    return low & _M


def _primes(count):
    out = []
    n = 2
    while len(out) < count:
        if all([n % p for p in out]):
            out.append(n)
        n += 1
    return out


class Sha:
    """See `hash.Sha`; size 48 or 64."""

    def __init__(self, size):
        self.size = size
        if not _K[0]:
            for i, p in enumerate(_primes(80)):
                _K[8 * i : 8 * i + 8] = _root(p, 3).to_bytes(8, "big")
        primes = _primes(16)
        self._first = [_root(p, 2) for p in (primes[8:] if size == 48 else primes[:8])]
        self._b = bytearray(128)
        self.plain()

    def plain(self):
        self._h = list(self._first)
        self._n = 0

    def update(self, buf, start, end):
        if not 0 <= start <= end <= len(buf) or self._n < 0:
            raise errors.LocalError("outside the buffer, or no message")
        b = self._b
        n = self._n
        for i in range(start, end):
            b[n & 127] = buf[i]
            n += 1
            if not n & 127:
                self._block()
        self._n = n

    def digest_into(self, out, at):
        if not 0 <= at <= len(out) - self.size or self._n < 0:
            raise errors.LocalError("outside the buffer, or no message")
        n = self._n
        self.update(b"\x80", 0, 1)
        self.update(bytes(-(n + 17) & 127), 0, -(n + 17) & 127)
        self.update((8 * n).to_bytes(16, "big"), 0, 16)
        for i in range(self.size // 8):
            out[at + 8 * i : at + 8 * i + 8] = self._h[i].to_bytes(8, "big")
        self._n = -1

    def wipe(self):
        self._h = None
        self._n = -1
        pack_into("128s", self._b, 0, b"")

    def _block(self):
        w = [int.from_bytes(self._b[i : i + 8], "big") for i in range(0, 128, 8)]
        a, b, c, d, e, f, g, h = self._h
        for i in range(80):
            if i > 15:
                x = w[i - 15 & 15]
                y = w[i - 2 & 15]
                x = _turn(x, 1) ^ _turn(x, 8) ^ x >> 7
                y = _turn(y, 19) ^ _turn(y, 61) ^ y >> 6
                w[i & 15] = w[i & 15] + x + w[i - 7 & 15] + y & _M
            x = _turn(e, 14) ^ _turn(e, 18) ^ _turn(e, 41)
            x += h + (e & f ^ (e ^ _M) & g) + w[i & 15]
            x += int.from_bytes(_K[8 * i : 8 * i + 8], "big")
            y = (_turn(a, 28) ^ _turn(a, 34) ^ _turn(a, 39)) + (a & b ^ a & c ^ b & c)
            h = g
            g = f
            f = e
            e = d + x & _M
            d = c
            c = b
            b = a
            a = x + y & _M
        new = (a, b, c, d, e, f, g, h)
        self._h = [self._h[i] + new[i] & _M for i in range(8)]


def _turn(x, n):
    return x >> n | x << 64 - n & _M


class Hmac:
    """See `Hmac` in the package; over any hash object `sha` with blocks of 128 octets."""

    def __init__(self, sha):
        self.size = sha.size
        self._sha = sha
        self._k = None

    def key(self, buf, start, end):
        if not 0 <= start <= end <= len(buf):
            raise errors.LocalError("outside the buffer")
        k = bytearray(128)
        if end - start > 128:
            self._sha.plain()
            self._sha.update(buf, start, end)
            self._sha.digest_into(k, 0)
        else:
            k[: end - start] = memoryview(buf)[start:end]
        self._k = k
        self.start()

    def start(self):
        self._pad(0x36)

    def update(self, buf, start, end):
        self._sha.update(buf, start, end)

    def digest_into(self, out, at):
        inner = bytearray(self.size)
        self._sha.digest_into(inner, 0)
        self._pad(0x5C)
        self._sha.update(inner, 0, self.size)
        self._sha.digest_into(out, at)

    def wipe(self):
        if self._k:
            pack_into("128s", self._k, 0, b"")
        self._k = None

    def _pad(self, x):
        if self._k is None:
            raise errors.LocalError("no key")
        block = bytearray([k ^ x for k in self._k])
        self._sha.plain()
        self._sha.update(block, 0, 128)
        pack_into("128s", block, 0, b"")
