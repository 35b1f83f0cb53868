"""SHA-256's compression function (FIPS 180-4 section 6.2.2) in machine code.

Layout and ways of writing: `_sha1_viper.py`. Few ports have the emitter but no `hashlib.sha256`, so
this is rather small than fast. No secret decides a branch or an address.
"""
# ruff: noqa: F821

_K = (
    b"\x42\x8a\x2f\x98\x71\x37\x44\x91\xb5\xc0\xfb\xcf\xe9\xb5\xdb\xa5"
    b"\x39\x56\xc2\x5b\x59\xf1\x11\xf1\x92\x3f\x82\xa4\xab\x1c\x5e\xd5"
    b"\xd8\x07\xaa\x98\x12\x83\x5b\x01\x24\x31\x85\xbe\x55\x0c\x7d\xc3"
    b"\x72\xbe\x5d\x74\x80\xde\xb1\xfe\x9b\xdc\x06\xa7\xc1\x9b\xf1\x74"
    b"\xe4\x9b\x69\xc1\xef\xbe\x47\x86\x0f\xc1\x9d\xc6\x24\x0c\xa1\xcc"
    b"\x2d\xe9\x2c\x6f\x4a\x74\x84\xaa\x5c\xb0\xa9\xdc\x76\xf9\x88\xda"
    b"\x98\x3e\x51\x52\xa8\x31\xc6\x6d\xb0\x03\x27\xc8\xbf\x59\x7f\xc7"
    b"\xc6\xe0\x0b\xf3\xd5\xa7\x91\x47\x06\xca\x63\x51\x14\x29\x29\x67"
    b"\x27\xb7\x0a\x85\x2e\x1b\x21\x38\x4d\x2c\x6d\xfc\x53\x38\x0d\x13"
    b"\x65\x0a\x73\x54\x76\x6a\x0a\xbb\x81\xc2\xc9\x2e\x92\x72\x2c\x85"
    b"\xa2\xbf\xe8\xa1\xa8\x1a\x66\x4b\xc2\x4b\x8b\x70\xc7\x6c\x51\xa3"
    b"\xd1\x92\xe8\x19\xd6\x99\x06\x24\xf4\x0e\x35\x85\x10\x6a\xa0\x70"
    b"\x19\xa4\xc1\x16\x1e\x37\x6c\x08\x27\x48\x77\x4c\x34\xb0\xbc\xb5"
    b"\x39\x1c\x0c\xb3\x4e\xd8\xaa\x4a\x5b\x9c\xca\x4f\x68\x2e\x6f\xf3"
    b"\x74\x8f\x82\xee\x78\xa5\x63\x6f\x84\xc8\x78\x14\x8c\xc7\x02\x08"
    b"\x90\xbe\xff\xfa\xa4\x50\x6c\xeb\xbe\xf9\xa3\xf7\xc6\x71\x78\xf2"
)


@micropython.viper
def block(c: ptr32, x: int):
    if x:
        x = 0x6A09
        c[24] = (x << 16) + 0xE667
        x = 0xBB67
        c[23] = (x << 16) + 0xAE85
        x = 0x3C6E
        c[22] = (x << 16) + 0xF372
        x = 0xA54F
        c[21] = (x << 16) + 0xF53A
        x = 0x510E
        c[20] = (x << 16) + 0x527F
        x = 0x9B05
        c[19] = (x << 16) + 0x688C
        x = 0x1F83
        c[18] = (x << 16) + 0xD9AB
        x = 0x5BE0
        c[17] = (x << 16) + 0xCD19
        return
    a = c[24]
    b = c[23]
    cc = c[22]
    d = c[21]
    e = c[20]
    f = c[19]
    g = c[18]
    h = c[17]
    k = ptr8(_K)
    i = 0
    while i < 64:
        j = i & 15
        if i > 15:
            # The schedule is the block itself, in a circle: sigma1 of w[i - 2], sigma0 of w[i - 15]
            y = c[(i + 14) & 15]
            x = y << 15
            x = (y << 13) ^ x
            x = int(uint(y) >> 17) ^ x
            x = int(uint(y) >> 19) ^ x
            x = int(uint(y) >> 10) ^ x
            x = c[(i + 9) & 15] + x
            c[j + 0] = c[j + 0] + x
            y = c[(i + 1) & 15]
            x = y << 25
            x = (y << 14) ^ x
            x = int(uint(y) >> 7) ^ x
            x = int(uint(y) >> 18) ^ x
            x = int(uint(y) >> 3) ^ x
            c[j + 0] = c[j + 0] + x
        # T1 = Sigma1(e) + Ch(e, f, g) + h + w + K
        x = c[20] << 26
        x = (c[20] << 21) ^ x
        x = (c[20] << 7) ^ x
        x = int(uint(c[20]) >> 6) ^ x
        x = int(uint(c[20]) >> 11) ^ x
        x = int(uint(c[20]) >> 25) ^ x
        x = (((c[18] ^ c[19]) & c[20]) ^ c[18]) + x
        x = c[j + 0] + x + c[17]
        x = (int(k[0]) << 24) + x
        x = (int(k[1]) << 16) + x
        x = (int(k[2]) << 8) + x
        x = int(k[3]) + x
        y = x
        c[17] = c[18]
        c[18] = c[19]
        c[19] = c[20]
        c[20] = c[21] + x
        # T2 = Sigma0(a) + Maj(a, b, c)
        x = c[24] << 30
        x = (c[24] << 19) ^ x
        x = (c[24] << 10) ^ x
        x = int(uint(c[24]) >> 2) ^ x
        x = int(uint(c[24]) >> 13) ^ x
        x = int(uint(c[24]) >> 22) ^ x
        x = (c[22] & c[23]) + x
        x = ((c[22] ^ c[23]) & c[24]) + x + y
        c[21] = c[22]
        c[22] = c[23]
        c[23] = c[24]
        c[24] = x
        k = ptr8(int(k) + 4)
        i += 1
    c[24] = c[24] + a
    c[23] = c[23] + b
    c[22] = c[22] + cc
    c[21] = c[21] + d
    c[20] = c[20] + e
    c[19] = c[19] + f
    c[18] = c[18] + g
    c[17] = c[17] + h
