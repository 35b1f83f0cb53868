"""SHA-256's compression function (FIPS 180-4 section 6.2.2) in plain Python. Layout: `_sha1.py`.

No secret decides a branch or an index, and no integer reaches 30 bits.
"""
# ruff: noqa: E741

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


def block(c, first):
    if first:
        b = (
            b"\x6a\x09\xe6\x67\xbb\x67\xae\x85\x3c\x6e\xf3\x72\xa5\x4f\xf5\x3a"
            b"\x51\x0e\x52\x7f\x9b\x05\x68\x8c\x1f\x83\xd9\xab\x5b\xe0\xcd\x19"
        )
        for i in range(16):
            c[32 + i] = b[2 * i] << 8 | b[2 * i + 1]
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
    fh = c[42]
    fl = c[43]
    gh = c[44]
    gl = c[45]
    hh = c[46]
    hl = c[47]
    for i in range(64):
        j = (i & 15) << 1
        if i >= 16:
            # The schedule is the block itself, in a circle: sigma1 of w[i - 2], sigma0 of w[i - 15]
            h = c[j + 28 & 31]
            l = c[j + 29 & 31]
            x = (l >> 1 | (h & 1) << 15) ^ (l >> 3 | h << 13) ^ h >> 10
            l = (h >> 1 | (l & 1) << 15) ^ (h >> 3 | l << 13) ^ (l >> 10 | h << 6)
            h = (x & 0xFFFF) + c[j] + c[j + 18 & 31]
            l = (l & 0xFFFF) + c[j + 1] + c[j + 19 & 31]
            x = c[j + 2 & 31]
            y = c[j + 3 & 31]
            h += ((x >> 7 | y << 9) ^ (y >> 2 | x << 14) ^ x >> 3) & 0xFFFF
            l += ((y >> 7 | x << 9) ^ (x >> 2 | y << 14) ^ (y >> 3 | x << 13)) & 0xFFFF
            c[j] = h + (l >> 16) & 0xFFFF
            c[j + 1] = l & 0xFFFF
        k = i << 2
        # T1 = h + Sigma1(e) + Ch(e, f, g) + K + w
        l = ((el >> 6 | eh << 10) ^ (el >> 11 | eh << 5) ^ (eh >> 9 | el << 7)) & 0xFFFF
        l += hl + (gl ^ el & (fl ^ gl)) + (_K[k + 2] << 8 | _K[k + 3]) + c[j + 1]
        h = ((eh >> 6 | el << 10) ^ (eh >> 11 | el << 5) ^ (el >> 9 | eh << 7)) & 0xFFFF
        h += hh + (gh ^ eh & (fh ^ gh)) + (_K[k] << 8 | _K[k + 1]) + c[j] + (l >> 16)
        l &= 0xFFFF
        hh = gh
        hl = gl
        gh = fh
        gl = fl
        fh = eh
        fl = el
        el = dl + l
        eh = dh + h + (el >> 16) & 0xFFFF
        el &= 0xFFFF
        # T2 = Sigma0(a) + Maj(a, b, c)
        l += ((al >> 2 | ah << 14) ^ (al >> 13 | ah << 3) ^ (ah >> 6 | al << 10)) & 0xFFFF
        l += al & bl | cl & (al | bl)
        h += ((ah >> 2 | al << 14) ^ (ah >> 13 | al << 3) ^ (al >> 6 | ah << 10)) & 0xFFFF
        h += (ah & bh | ch & (ah | bh)) + (l >> 16)
        dh = ch
        dl = cl
        ch = bh
        cl = bl
        bh = ah
        bl = al
        ah = h & 0xFFFF
        al = l & 0xFFFF
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
    l = c[43] + fl
    c[42] = c[42] + fh + (l >> 16) & 0xFFFF
    c[43] = l & 0xFFFF
    l = c[45] + gl
    c[44] = c[44] + gh + (l >> 16) & 0xFFFF
    c[45] = l & 0xFFFF
    l = c[47] + hl
    c[46] = c[46] + hh + (l >> 16) & 0xFFFF
    c[47] = l & 0xFFFF
