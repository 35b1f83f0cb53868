"""SHA-1's compression function (FIPS 180-4 section 6.1.3) in machine code.

The layout is that of `_hmac_viper.py`. The message schedule is the block itself, 16 words used in a
circle, expanded in place when the circle closes. The five variables are a window that slides over
the chaining value and the 16 words behind it, so that none ever moves: a step writes one word in
front (the new a) and rotates one (the new c). The ten kept words in its way wait in local variables.

Written for the code that the emitter makes of it on 32-bit cores: `c` and `x` live in registers,
`c[number]` below 32 is one instruction, a right operand that is a register or a number is cheapest.
Shifted right is only what was just read from memory, which makes it 32 bits wide on x64 as well.

No secret decides a branch or an address, so its time does not depend on the data.
"""
# ruff: noqa: F821


@micropython.viper
def block(c: ptr32, x: int):
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
            n = 2 + turn + turn
            c[1] = c[17]
            c[2] = c[18]
            c[3] = c[19]
            c[4] = c[20]
            c[5] = c[21]
            c = base
            x = c[0] ^ c[2] ^ c[8] ^ c[13]
            c[0] = x
            c[0] = int(uint(c[0]) >> 31) + x + x
            x = c[1] ^ c[3] ^ c[9] ^ c[14]
            c[1] = x
            c[1] = int(uint(c[1]) >> 31) + x + x
            x = c[2] ^ c[4] ^ c[10] ^ c[15]
            c[2] = x
            c[2] = int(uint(c[2]) >> 31) + x + x
            x = c[3] ^ c[5] ^ c[11] ^ c[0]
            c[3] = x
            c[3] = int(uint(c[3]) >> 31) + x + x
            x = c[4] ^ c[6] ^ c[12] ^ c[1]
            c[4] = x
            c[4] = int(uint(c[4]) >> 31) + x + x
            x = c[5] ^ c[7] ^ c[13] ^ c[2]
            c[5] = x
            c[5] = int(uint(c[5]) >> 31) + x + x
            x = c[6] ^ c[8] ^ c[14] ^ c[3]
            c[6] = x
            c[6] = int(uint(c[6]) >> 31) + x + x
            x = c[7] ^ c[9] ^ c[15] ^ c[4]
            c[7] = x
            c[7] = int(uint(c[7]) >> 31) + x + x
            x = c[8] ^ c[10] ^ c[0] ^ c[5]
            c[8] = x
            c[8] = int(uint(c[8]) >> 31) + x + x
            x = c[9] ^ c[11] ^ c[1] ^ c[6]
            c[9] = x
            c[9] = int(uint(c[9]) >> 31) + x + x
            x = c[10] ^ c[12] ^ c[2] ^ c[7]
            c[10] = x
            c[10] = int(uint(c[10]) >> 31) + x + x
            x = c[11] ^ c[13] ^ c[3] ^ c[8]
            c[11] = x
            c[11] = int(uint(c[11]) >> 31) + x + x
            x = c[12] ^ c[14] ^ c[4] ^ c[9]
            c[12] = x
            c[12] = int(uint(c[12]) >> 31) + x + x
            x = c[13] ^ c[15] ^ c[5] ^ c[10]
            c[13] = x
            c[13] = int(uint(c[13]) >> 31) + x + x
            x = c[14] ^ c[0] ^ c[6] ^ c[11]
            c[14] = x
            c[14] = int(uint(c[14]) >> 31) + x + x
            x = c[15] ^ c[1] ^ c[7] ^ c[12]
            c[15] = x
            c[15] = int(uint(c[15]) >> 31) + x + x
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
