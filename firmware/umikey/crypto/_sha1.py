"""SHA-1's compression function (FIPS 180-4 section 6.1.3) in plain Python. Layout: `_hmac.py`.

Words are pairs of 16-bit halves, high then low, because an integer of 30 bits and more is a heap
object on a 32-bit port: nothing is allocated here. No secret decides a branch or an index.
"""
# ruff: noqa: E741


def block(c, first):
    if first:
        b = b"\x67\x45\x23\x01\xef\xcd\xab\x89\x98\xba\xdc\xfe\x10\x32\x54\x76\xc3\xd2\xe1\xf0"
        for i in range(10):
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
        if i < 20:
            l += (dl ^ bl & (cl ^ dl)) + 0x7999
            h += (dh ^ bh & (ch ^ dh)) + 0x5A82
        elif 40 <= i < 60:
            l += (bl & cl | dl & (bl | cl)) + 0xBCDC
            h += (bh & ch | dh & (bh | ch)) + 0x8F1B
        elif i < 40:
            l += (bl ^ cl ^ dl) + 0xEBA1
            h += (bh ^ ch ^ dh) + 0x6ED9
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
