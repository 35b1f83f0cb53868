"""AES-128 and AES-256 (FIPS 197), the forward cipher, in machine code. See `aes.py`.

All state is one bytearray:

    0..15    room for a block of `ctr`'s keystream
    16..31   the block, by rows: octet i of the cipher's input is at 16 + 4 * (i & 3) + (i >> 2)
    32       the number of rounds; 0 once wiped
    36..     the round keys, 16 octets each, by rows as well

By rows, ShiftRows is in the addresses, and MixColumns works on four columns at once: each row is
one 32-bit word whose four octets are doubled together.

Timing: on a core without a data cache (Cortex-M0 to M33) the time does not depend on the data. The
S-box is indexed by secrets, so where data or flash is cached, the time of a lookup can tell an
observer something about the key.

No name is imported here: MicroPython's compiler knows `@micropython.viper` by itself.
"""
# ruff: noqa: F821

from umikey.errors import LocalError

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


@micropython.viper
def _expand(p: ptr8, key: ptr8, nk: int, sb: ptr8):
    """Fill p from a key of nk words, 4 or 8 (FIPS 197 section 5.2). nk = 0: overwrite all of p."""
    if not nk:
        i = 36 + ((int(p[32]) + 1) << 4)
        while i:
            i -= 1
            p[i + 0] = 0
        return
    p[32] = nk + 6
    p = ptr8(int(p) + 36)
    i = 0
    while i < nk << 2:
        p[(i & 16) + ((i & 3) << 2) + ((i & 15) >> 2)] = key[i + 0]
        i += 1
    i = (nk << 2) - 13  # the last word of the key
    a = int(p[i + 0])
    b = int(p[i + 4])
    c = int(p[i + 8])
    d = int(p[i + 12])
    new = ptr8(int(p) + (nk << 2))
    rcon = 1
    left = 28 + nk + (nk << 1)  # 4 * (rounds + 1) - nk = 3 * nk + 28
    i = 0
    while left:
        if i == 0:
            x = a
            a = int(sb[b + 0]) ^ rcon
            b = int(sb[c + 0])
            c = int(sb[d + 0])
            d = int(sb[x + 0])
            rcon = (rcon << 1) ^ ((rcon >> 7) * 0x11B)
        elif i == 4:
            a = int(sb[a + 0])
            b = int(sb[b + 0])
            c = int(sb[c + 0])
            d = int(sb[d + 0])
        a ^= int(p[0])
        b ^= int(p[4])
        c ^= int(p[8])
        d ^= int(p[12])
        new[0] = a
        new[4] = b
        new[8] = c
        new[12] = d
        left -= 1
        i += 1
        x = 1 if i & 3 else 13  # to the next column, or over the other rows of this round's key
        if i == nk:
            i = 0
        p = ptr8(int(p) + x)
        new = ptr8(int(new) + x)


@micropython.viper
def _cipher(p: ptr8, x: int, sb: ptr8, src: ptr8, dst: ptr8):
    """dst[0:16] = the cipher of src[0:16] (FIPS 197 section 5.1). x: 0; here to be a register."""
    n = 4
    while n:
        p[16] = src[0]
        p[20] = src[1]
        p[24] = src[2]
        p[28] = src[3]
        p = ptr8(int(p) + 1)
        src = ptr8(int(src) + 4)
        n -= 1
    p = ptr8(int(p) - 4)
    n = int(p[32])
    k = ptr32(int(p) + 36)
    m = 0x7F7F
    m = (m << 16) + 0x7F7F
    ptr32(p)[4] = ptr32(p)[4] ^ k[0]
    ptr32(p)[5] = ptr32(p)[5] ^ k[1]
    ptr32(p)[6] = ptr32(p)[6] ^ k[2]
    ptr32(p)[7] = ptr32(p)[7] ^ k[3]
    while True:
        # SubBytes and ShiftRows
        p[16] = sb[p[16]]
        p[17] = sb[p[17]]
        p[18] = sb[p[18]]
        p[19] = sb[p[19]]
        x = int(p[20])
        p[20] = sb[p[21]]
        p[21] = sb[p[22]]
        p[22] = sb[p[23]]
        p[23] = sb[x + 0]
        x = int(p[24])
        p[24] = sb[p[26]]
        p[26] = sb[x + 0]
        x = int(p[25])
        p[25] = sb[p[27]]
        p[27] = sb[x + 0]
        x = int(p[31])
        p[31] = sb[p[30]]
        p[30] = sb[p[29]]
        p[29] = sb[p[28]]
        p[28] = sb[x + 0]
        k = ptr32(int(k) + 16)
        n -= 1
        if not n:
            break
        # MixColumns, AddRoundKey: row i becomes itself + all four + 2 * (row i + row i+1) + key
        y = ptr32(p)[4]
        t = ptr32(p)[5] ^ ptr32(p)[6] ^ ptr32(p)[7] ^ y
        x = ptr32(p)[5] ^ y
        z = ((x >> 7) & 0x01010101) * 27
        ptr32(p)[4] = ((x & m) << 1) ^ z ^ t ^ ptr32(p)[4] ^ k[0]
        x = ptr32(p)[5] ^ ptr32(p)[6]
        z = ((x >> 7) & 0x01010101) * 27
        ptr32(p)[5] = ((x & m) << 1) ^ z ^ t ^ ptr32(p)[5] ^ k[1]
        x = ptr32(p)[6] ^ ptr32(p)[7]
        z = ((x >> 7) & 0x01010101) * 27
        ptr32(p)[6] = ((x & m) << 1) ^ z ^ t ^ ptr32(p)[6] ^ k[2]
        x = ptr32(p)[7] ^ y
        z = ((x >> 7) & 0x01010101) * 27
        ptr32(p)[7] = ((x & m) << 1) ^ z ^ t ^ ptr32(p)[7] ^ k[3]
    ptr32(p)[4] = ptr32(p)[4] ^ k[0]
    ptr32(p)[5] = ptr32(p)[5] ^ k[1]
    ptr32(p)[6] = ptr32(p)[6] ^ k[2]
    ptr32(p)[7] = ptr32(p)[7] ^ k[3]
    n = 4
    while n:
        dst[0] = p[16]
        dst[1] = p[20]
        dst[2] = p[24]
        dst[3] = p[28]
        p = ptr8(int(p) + 1)
        dst = ptr8(int(dst) + 4)
        n -= 1


class Aes:
    def __init__(self, key, work=None):
        n = len(key)
        if n != 16 and n != 32:
            raise LocalError("an AES key has 16 or 32 octets")
        size = 148 + 4 * n  # 36 + 16 * (rounds + 1), rounds = n / 4 + 6
        self._k = work if work and len(work) >= size else bytearray(size)
        _expand(self._k, key, n >> 2, SBOX)

    def encrypt(self, src, dst):
        k = self._k
        if not k[32] or len(src) != 16 or len(dst) < 16:
            raise LocalError("wiped, or not a block")
        _cipher(k, 0, SBOX, src, dst)

    def wipe(self):
        _expand(self._k, SBOX, 0, SBOX)


@micropython.viper
def ctr(aes, iv, buf, start: int, end: int):
    if start < 0 or end < start or end > int(len(buf)) or int(len(iv)) != 16:
        raise LocalError("outside the buffer")
    room = aes._k
    own = int(len(room)) > 16
    if own:
        k = ptr8(room)
        if not k[32]:
            raise LocalError("wiped")
    s = ptr8(int(ptr8(buf)) + start)
    n = end - start
    while n:
        if own:
            _cipher(room, 0, SBOX, iv, room)
        else:
            aes.encrypt(iv, room)
        k = ptr8(room)
        i = 16 if n > 16 else n
        n -= i
        while i:
            s[0] = s[0] ^ k[0]
            s = ptr8(int(s) + 1)
            k = ptr8(int(k) + 1)
            i -= 1
        k = ptr8(iv)
        i = 16
        while i:
            i -= 1
            x = int(k[i + 0]) + 1
            k[i + 0] = x
            if x < 256:
                break
