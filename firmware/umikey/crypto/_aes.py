"""AES-128 and AES-256 (FIPS 197), the forward cipher, in plain Python. See `aes.py`.

All state is one bytearray, laid out as in `_aes_viper.py`:

    0..15    room for a block of `ctr`'s keystream
    16..31   the block, by rows: octet i of the cipher's input is at 16 + 4 * (i & 3) + (i >> 2)
    32       the number of rounds; 0 once wiped
    36..     the round keys, 16 octets each, by rows as well

Timing: tables are indexed by secrets, in the interpreter's own work too: where data or flash is
cached, the time can tell an observer something about the key. The number of steps is the same for
all data.

`ctr` works as well with the `Aes` over the port's `cryptolib`, whose `_k` is the room alone.
"""

from struct import pack_into

import umikey.errors as errors

SBOX = (
    b"\x63\x7c\x77\x7b\xf2\x6b\x6f\xc5\x30\x01\x67\x2b\xfe\xd7\xab\x76"
    b"\xca\x82\xc9\x7d\xfa\x59\x47\xf0\xad\xd4\xa2\xaf\x9c\xa4\x72\xc0"
    b"\xb7\xfd\x93\x26\x36\x3f\xf7\xcc\x34\xa5\xe5\xf1\x71\xd8\x31\x15"
    b"\x04\xc7\x23\xc3\x18\x96\x05\x9a\x07\x12\x80\xe2\xeb\x27\xb2\x75"
    b"\x09\x83\x2c\x1a\x1b\x6e\x5a\xa0\x52\x3b\xd6\xb3\x29\xe3\x2f\x84"
    b"\x53\xd1\x00\xed\x20\xfc\xb1\x5b\x6a\xcb\xbe\x39\x4a\x4c\x58\xcf"
    b"\xd0\xef\xaa\xfb\x43\x4d\x33\x85\x45\xf9\x02\x7f\x50\x3c\x9f\xa8"
    b"\x51\xa3\x40\x8f\x92\x9d\x38\xf5\xbc\xb6\xda\x21\x10\xff\xf3\xd2"
    b"\xcd\x0c\x13\xec\x5f\x97\x44\x17\xc4\xa7\x7e\x3d\x64\x5d\x19\x73"
    b"\x60\x81\x4f\xdc\x22\x2a\x90\x88\x46\xee\xb8\x14\xde\x5e\x0b\xdb"
    b"\xe0\x32\x3a\x0a\x49\x06\x24\x5c\xc2\xd3\xac\x62\x91\x95\xe4\x79"
    b"\xe7\xc8\x37\x6d\x8d\xd5\x4e\xa9\x6c\x56\xf4\xea\x65\x7a\xae\x08"
    b"\xba\x78\x25\x2e\x1c\xa6\xb4\xc6\xe8\xdd\x74\x1f\x4b\xbd\x8b\x8a"
    b"\x70\x3e\xb5\x66\x48\x03\xf6\x0e\x61\x35\x57\xb9\x86\xc1\x1d\x9e"
    b"\xe1\xf8\x98\x11\x69\xd9\x8e\x94\x9b\x1e\x87\xe9\xce\x55\x28\xdf"
    b"\x8c\xa1\x89\x0d\xbf\xe6\x42\x68\x41\x99\x2d\x0f\xb0\x54\xbb\x16"
)

_DOUBLE = (
    b"\x00\x02\x04\x06\x08\x0a\x0c\x0e\x10\x12\x14\x16\x18\x1a\x1c\x1e"
    b"\x20\x22\x24\x26\x28\x2a\x2c\x2e\x30\x32\x34\x36\x38\x3a\x3c\x3e"
    b"\x40\x42\x44\x46\x48\x4a\x4c\x4e\x50\x52\x54\x56\x58\x5a\x5c\x5e"
    b"\x60\x62\x64\x66\x68\x6a\x6c\x6e\x70\x72\x74\x76\x78\x7a\x7c\x7e"
    b"\x80\x82\x84\x86\x88\x8a\x8c\x8e\x90\x92\x94\x96\x98\x9a\x9c\x9e"
    b"\xa0\xa2\xa4\xa6\xa8\xaa\xac\xae\xb0\xb2\xb4\xb6\xb8\xba\xbc\xbe"
    b"\xc0\xc2\xc4\xc6\xc8\xca\xcc\xce\xd0\xd2\xd4\xd6\xd8\xda\xdc\xde"
    b"\xe0\xe2\xe4\xe6\xe8\xea\xec\xee\xf0\xf2\xf4\xf6\xf8\xfa\xfc\xfe"
    b"\x1b\x19\x1f\x1d\x13\x11\x17\x15\x0b\x09\x0f\x0d\x03\x01\x07\x05"
    b"\x3b\x39\x3f\x3d\x33\x31\x37\x35\x2b\x29\x2f\x2d\x23\x21\x27\x25"
    b"\x5b\x59\x5f\x5d\x53\x51\x57\x55\x4b\x49\x4f\x4d\x43\x41\x47\x45"
    b"\x7b\x79\x7f\x7d\x73\x71\x77\x75\x6b\x69\x6f\x6d\x63\x61\x67\x65"
    b"\x9b\x99\x9f\x9d\x93\x91\x97\x95\x8b\x89\x8f\x8d\x83\x81\x87\x85"
    b"\xbb\xb9\xbf\xbd\xb3\xb1\xb7\xb5\xab\xa9\xaf\xad\xa3\xa1\xa7\xa5"
    b"\xdb\xd9\xdf\xdd\xd3\xd1\xd7\xd5\xcb\xc9\xcf\xcd\xc3\xc1\xc7\xc5"
    b"\xfb\xf9\xff\xfd\xf3\xf1\xf7\xf5\xeb\xe9\xef\xed\xe3\xe1\xe7\xe5"
)


class Aes:
    def __init__(self, key, work=None):
        n = len(key)
        if n not in (16, 32):
            raise errors.LocalError("an AES key has 16 or 32 octets")
        size = 148 + 4 * n  # 36 + 16 * (rounds + 1), rounds = n / 4 + 6
        self._k = k = work if work and len(work) >= size else bytearray(size)
        k[32] = (n >> 2) + 6
        for i in range(n):
            k[36 + (i & 16) + ((i & 3) << 2) + ((i & 15) >> 2)] = key[i]
        # FIPS 197 section 5.2, a word at a time: octets a, b, c, d
        at = 23 + n  # the last word of the key
        a = k[at]
        b = k[at + 4]
        c = k[at + 8]
        d = k[at + 12]
        rcon = 1
        at = 36
        for i in range(28 + 3 * (n >> 2)):
            j = i % (n >> 2)
            if j == 0:
                x = a
                a = SBOX[b] ^ rcon
                b = SBOX[c]
                c = SBOX[d]
                d = SBOX[x]
                rcon = _DOUBLE[rcon]
            elif n == 32 and j == 4:
                a = SBOX[a]
                b = SBOX[b]
                c = SBOX[c]
                d = SBOX[d]
            a ^= k[at]
            b ^= k[at + 4]
            c ^= k[at + 8]
            d ^= k[at + 12]
            k[at + n] = a
            k[at + n + 4] = b
            k[at + n + 8] = c
            k[at + n + 12] = d
            at += 13 if i & 3 == 3 else 1

    def encrypt(self, src, dst):
        k = self._k
        left = k[32]
        if not left or len(src) != 16 or len(dst) < 16:
            raise errors.LocalError("wiped, or not a block")
        for i in range(16):
            j = (i & 3) << 2 | i >> 2
            k[16 + j] = src[i] ^ k[36 + j]
        at = 52
        sbox = SBOX
        double = _DOUBLE
        while True:
            # SubBytes and ShiftRows
            for i in range(16, 20):
                k[i] = sbox[k[i]]
            x = k[20]
            k[20] = sbox[k[21]]
            k[21] = sbox[k[22]]
            k[22] = sbox[k[23]]
            k[23] = sbox[x]
            x = k[24]
            k[24] = sbox[k[26]]
            k[26] = sbox[x]
            x = k[25]
            k[25] = sbox[k[27]]
            k[27] = sbox[x]
            x = k[31]
            k[31] = sbox[k[30]]
            k[30] = sbox[k[29]]
            k[29] = sbox[k[28]]
            k[28] = sbox[x]
            left -= 1
            if not left:
                break
            # MixColumns, AddRoundKey: an octet becomes it + its column + 2 * (it + the next) + key
            for i in range(16, 20):
                a = k[i]
                b = k[i + 4]
                c = k[i + 8]
                d = k[i + 12]
                x = a ^ b ^ c ^ d
                k[i] = a ^ x ^ double[a ^ b] ^ k[at]
                k[i + 4] = b ^ x ^ double[b ^ c] ^ k[at + 4]
                k[i + 8] = c ^ x ^ double[c ^ d] ^ k[at + 8]
                k[i + 12] = d ^ x ^ double[d ^ a] ^ k[at + 12]
                at += 1
            at += 12
        for i in range(16):
            j = (i & 3) << 2 | i >> 2
            dst[i] = k[16 + j] ^ k[at + j]

    def wipe(self):
        k = self._k
        pack_into("276s" if k[32] == 14 else "212s", k, 0, b"")  # C fills up with zeros


def add(k, iv, buf, at, n):
    """buf[at:at+n] ^= the block of keystream k, and the counter iv moves on."""
    for i in range(min(16, n)):
        buf[at + i] ^= k[i]
    i = 15
    while i >= 0:
        x = iv[i] + 1 & 255
        iv[i] = x
        if x:
            break
        i -= 1


def ctr(aes, iv, buf, start, end):
    if not 0 <= start <= end <= len(buf) or len(iv) != 16:
        raise errors.LocalError("outside the buffer")
    room = aes._k
    while start < end:
        aes.encrypt(iv, room)
        add(room, iv, buf, start, end - start)
        start += 16


def cm(key, iv, buf, start, end, work=None):
    aes = Aes(key, work)
    ctr(aes, iv, buf, start, end)
    aes.wipe()
