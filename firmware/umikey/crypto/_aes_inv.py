"""AES's inverse cipher (FIPS 197 section 5.3) in plain Python, over our own `Aes`'s round keys.

Only unwrapping a key needs it (`aes_kw.py`), so it is apart, and there is no faster form. Layout
and timing: see `_aes.py`.
"""

import umikey.errors as errors

_INVERSE = (
    b"\x52\x09\x6a\xd5\x30\x36\xa5\x38\xbf\x40\xa3\x9e\x81\xf3\xd7\xfb"
    b"\x7c\xe3\x39\x82\x9b\x2f\xff\x87\x34\x8e\x43\x44\xc4\xde\xe9\xcb"
    b"\x54\x7b\x94\x32\xa6\xc2\x23\x3d\xee\x4c\x95\x0b\x42\xfa\xc3\x4e"
    b"\x08\x2e\xa1\x66\x28\xd9\x24\xb2\x76\x5b\xa2\x49\x6d\x8b\xd1\x25"
    b"\x72\xf8\xf6\x64\x86\x68\x98\x16\xd4\xa4\x5c\xcc\x5d\x65\xb6\x92"
    b"\x6c\x70\x48\x50\xfd\xed\xb9\xda\x5e\x15\x46\x57\xa7\x8d\x9d\x84"
    b"\x90\xd8\xab\x00\x8c\xbc\xd3\x0a\xf7\xe4\x58\x05\xb8\xb3\x45\x06"
    b"\xd0\x2c\x1e\x8f\xca\x3f\x0f\x02\xc1\xaf\xbd\x03\x01\x13\x8a\x6b"
    b"\x3a\x91\x11\x41\x4f\x67\xdc\xea\x97\xf2\xcf\xce\xf0\xb4\xe6\x73"
    b"\x96\xac\x74\x22\xe7\xad\x35\x85\xe2\xf9\x37\xe8\x1c\x75\xdf\x6e"
    b"\x47\xf1\x1a\x71\x1d\x29\xc5\x89\x6f\xb7\x62\x0e\xaa\x18\xbe\x1b"
    b"\xfc\x56\x3e\x4b\xc6\xd2\x79\x20\x9a\xdb\xc0\xfe\x78\xcd\x5a\xf4"
    b"\x1f\xdd\xa8\x33\x88\x07\xc7\x31\xb1\x12\x10\x59\x27\x80\xec\x5f"
    b"\x60\x51\x7f\xa9\x19\xb5\x4a\x0d\x2d\xe5\x7a\x9f\x93\xc9\x9c\xef"
    b"\xa0\xe0\x3b\x4d\xae\x2a\xf5\xb0\xc8\xeb\xbb\x3c\x83\x53\x99\x61"
    b"\x17\x2b\x04\x7e\xba\x77\xd6\x26\xe1\x69\x14\x63\x55\x21\x0c\x7d"
)


def _double(x):
    return x << 1 ^ (x >> 7) * 0x11B


def decrypt(aes, buf):
    """Put the inverse cipher of the block buf, 16 octets, in its place. aes: one of our own."""
    k = aes._k
    left = k[32]
    if not left or len(buf) != 16:
        raise errors.LocalError("wiped, or not a block")
    at = 36 + 16 * left
    for i in range(16):
        j = (i & 3) << 2 | i >> 2
        k[16 + j] = buf[i] ^ k[at + j]
    while True:
        # InvShiftRows: row r moves r to the right; then InvSubBytes and AddRoundKey
        at -= 16
        for r in range(1, 4):
            for _ in range(r):
                x = k[19 + 4 * r]
                for i in range(19 + 4 * r, 16 + 4 * r, -1):
                    k[i] = k[i - 1]
                k[16 + 4 * r] = x
        for i in range(16):
            k[16 + i] = _INVERSE[k[16 + i]] ^ k[at + i]
        left -= 1
        if not left:
            break
        # InvMixColumns = MixColumns after adding 4 * (it + the next but one) to every octet
        for i in range(16, 20):
            a = k[i]
            b = k[i + 4]
            c = k[i + 8]
            d = k[i + 12]
            x = _double(_double(a ^ c))
            a ^= x
            c ^= x
            x = _double(_double(b ^ d))
            b ^= x
            d ^= x
            x = a ^ b ^ c ^ d
            k[i] = a ^ x ^ _double(a ^ b)
            k[i + 4] = b ^ x ^ _double(b ^ c)
            k[i + 8] = c ^ x ^ _double(c ^ d)
            k[i + 12] = d ^ x ^ _double(d ^ a)
    for i in range(16):
        buf[i] = k[16 + ((i & 3) << 2 | i >> 2)]
