"""AES-128 and AES-256 (FIPS 197), the forward cipher, in machine code. See `aes.py`.

All state is one bytearray:

    0..15    a round's octets between its two halves; room for a block of keystream
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
def expand(p: ptr8, key: ptr8, nk: int, sb: ptr8):
    """Fill p from a key of nk words, 4 or 8 (FIPS 197 section 5.2). nk = 0: overwrite all of p."""
    i = 0
    if not nk:
        i = 36 + ((int(p[32]) + 1) << 4)
        while i:
            i -= 1
            p[i + 0] = 0
        return
    p[32] = nk + 6
    p = ptr8(int(p) + 36)
    while i < nk << 2:
        p[(i & 16) + ((i & 3) << 2) + ((i & 15) >> 2)] = key[i + 0]
        i += 1
    rcon = 1
    i = nk
    while i < (nk << 2) + 28:  # 4 * (rounds + 1)
        # Word i, down the rows: the one before it (every nk-th time changed) XOR the one nk before
        j = i - 1
        key = ptr8(int(p) + ((j >> 2) << 4) + (j & 3))
        new = ptr8(int(p) + ((i >> 2) << 4) + (i & 3))
        old = ptr8(int(new) - (nk << 2))
        first = i & (nk - 1)
        j = 0
        while j < 16:
            x = int(key[j + 0])
            if not first:
                x = int(key[(j + 4) & 12])
            if not first & 3:
                x = int(sb[x + 0])
            new[j + 0] = x ^ int(old[j + 0])
            j += 4
        if not first:
            new[0] = int(new[0]) ^ rcon
            rcon = (rcon << 1) ^ ((rcon >> 7) * 0x11B)
        i += 1


@micropython.viper
def cipher(p: ptr8, x: int, sb: ptr8, src: ptr8, dst: ptr8):
    """dst[0:16] = the cipher of src[0:16] (FIPS 197 section 5.1). x: 0; here to be a register."""
    i = 0
    while i < 16:
        x = ((i & 3) << 2) + (i >> 2)
        p[x + 16] = int(src[i + 0]) ^ int(p[x + 36])
        i += 1
    n = int(p[32])
    w = ptr32(p)
    k = ptr32(int(p) + 52)
    m = 0x7F7F
    m = (m << 16) + 0x7F7F
    while n:
        n -= 1
        # SubBytes and ShiftRows, from 16.. to 0..
        i = 0
        while i < 4:
            q = ptr8(int(p) + i)
            q[0] = sb[q[16]]
            q[4] = sb[p[((i + 1) & 3) + 20]]
            q[8] = sb[p[(i ^ 2) + 24]]
            q[12] = sb[p[((i + 3) & 3) + 28]]
            i += 1
        # MixColumns, but in the last round, and AddRoundKey, from 0.. to 16..: row i becomes
        # itself + all four + 2 * (row i + row i+1) + key
        t = w[0] ^ w[1] ^ w[2] ^ w[3]
        i = 0
        while i < 4:
            y = w[i + 0]
            if n:
                x = w[(i + 1) & 3] ^ y
                y = ((x & m) << 1) ^ t ^ y
                y = ((x >> 7) & 0x01010101) * 27 ^ y
            w[i + 4] = y ^ k[i + 0]
            i += 1
        k = ptr32(int(k) + 16)
    i = 0
    while i < 16:
        dst[i + 0] = p[((i & 3) << 2) + (i >> 2) + 16]
        i += 1


@micropython.viper
def add(k: ptr8, iv: ptr8, buf: ptr8, at: int, n: int):
    """buf[at:at+n] ^= the block of keystream k, and the counter iv moves on."""
    buf = ptr8(int(buf) + at)
    if n > 16:
        n = 16
    while n:
        buf[0] = int(buf[0]) ^ int(k[0])
        buf = ptr8(int(buf) + 1)
        k = ptr8(int(k) + 1)
        n -= 1
    n = 16
    while n:
        n -= 1
        x = int(iv[n + 0]) + 1
        iv[n + 0] = x
        if x < 256:
            break


def crypt(work, iv, buf, start, end):
    """Counter mode with the round keys in `work`; `aes.ctr` says how."""
    while start < end:
        cipher(work, 0, SBOX, iv, work)
        add(work, iv, buf, start, end - start)
        start += 16


def cm(key, iv, buf, start, end, work=None):
    """Counter mode under `key` from beginning to end; see `aes`."""
    n = len(key)
    if not work or len(work) < 148 + 4 * n:
        work = bytearray(148 + 4 * n)  # 36 + 16 * (rounds + 1), rounds = n / 4 + 6
    expand(work, key, n >> 2, SBOX)
    crypt(work, iv, buf, start, end)
    expand(work, SBOX, 0, SBOX)
