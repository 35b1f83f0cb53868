# Powers modulo a DH prime for RISC-V with M (rv32imc): y^x by digits of 3 or 4 bits, 2^x by a comb.
#
# Becomes firmware/umikey/crypto/_asm_dh_rv32.py, see generate.py. What it is given, how numbers are
# represented and why that is correct: see modexp_thumb.s, which this follows. What differs:
#
# - a0 to a3 in place of r0 to r3. Memory at odd addresses is read octet by octet.
# - Strips have six columns, and blocks six digits a[i]: of every number in memory (L for the low, H
#   for the high words of the columns' sums, W for the six b in use) there are as many registers.
#   L0..L5 = s0..s5, H0..H5 = s6..s11, W0..W5 = a2..a7. There is no carry flag: a product and its
#   addition take six instructions.
# - m[k] is needed by columns k + 2 to k + 5 of its own strip.

        .option norelax

# ---- HEADER, the words at a0
        .equ    H_OP, 0
        .equ    H_DIGITS, 4
        .equ    H_WORDS, 8
        .equ    H_LENGTH, 12
        .equ    H_TEETH, 16
        .equ    H_BLOCKS, 20
        .equ    H_COLUMNS, 24
        .equ    H_SIZE, 32

        .equ    OP_WINDOW, 0
        .equ    OP_COMB, 1
        .equ    OP_TEST, 2

# ---- The stack frame
        .equ    NMAX, 72
        .equ    BITS, 29
        .equ    STRIP, 24               # octets of a strip's digits

        .equ    LINK, 0                 # of products
        .equ    LINK2, 4                # of routines that call others
        .equ    LINK3, 80
        .equ    DIGITS, 8
        .equ    OCTETS, 12              # of n digits, 4 n
        .equ    WORDS, 16
        .equ    CTX, 20
        .equ    SRC, 24
        .equ    X, 28
        .equ    OUT, 32
        .equ    FROM, 36
        .equ    ONEHOT, 40
        .equ    ENTRIES, 44
        .equ    ONES, 48
        .equ    DOUBLE, 52
        .equ    COLUMN, 56
        .equ    TABLE, 60
        .equ    SHIFT, 64
        .equ    BLOCKS, 68
        .equ    BITAT, 72
        .equ    FREE, 76

        .equ    A, 92                   # five zeros below b, three above it
        .equ    B, A + 4 * NMAX + 20
        .equ    P, B + 4 * NMAX + 36
        .equ    M, P + 4 * NMAX + 24
        .equ    ONE, M + 4 * NMAX + 24
        .equ    SAVED, ONE + 4 * NMAX
        .equ    FRAME, (SAVED + 52 + 15) & ~15

        .macro  MAC l, h, a, b
        mul     t1, \a, \b
        mulh    t2, \a, \b
        add     \l, \l, t1
        sltu    t1, \l, t1
        add     \h, \h, t2
        add     \h, \h, t1
        .endm

start:  j       main

# ---- t3 blocks of a strip, from a[i] at a0 and behind b at a1. What is computed before depends on
# where the strip begins:
#
# blocks        there are five b in use from the start
# blocks_half   three steps first
# blocks_upper  a0 is at i = k - n + 6, and the five before it meet the highest of b, which ends at a1
        .macro  STEP i, w0, w1, w2, w3, w4, w5
        lw      t0, 4 * \i(a0)
        lw      \w0, -4 * \i - 4(a1)
        MAC     s0, s6, t0, \w0
        MAC     s1, s7, t0, \w1
        MAC     s2, s8, t0, \w2
        MAC     s3, s9, t0, \w3
        MAC     s4, s10, t0, \w4
        MAC     s5, s11, t0, \w5
        .endm

        .macro  PRIME w1, w2, w3, w4, w5
        lw      \w1, -20(a1)
        lw      \w2, -16(a1)
        lw      \w3, -12(a1)
        lw      \w4, -8(a1)
        lw      \w5, -4(a1)
        .endm

blocks_upper:
        PRIME   a3, a4, a5, a6, a7
        lw      t0, -20(a0)
        MAC     s0, s6, t0, a7
        lw      t0, -16(a0)
        MAC     s0, s6, t0, a6
        MAC     s1, s7, t0, a7
        lw      t0, -12(a0)
        MAC     s0, s6, t0, a5
        MAC     s1, s7, t0, a6
        MAC     s2, s8, t0, a7
        lw      t0, -8(a0)
        MAC     s0, s6, t0, a4
        MAC     s1, s7, t0, a5
        MAC     s2, s8, t0, a6
        MAC     s3, s9, t0, a7
        lw      t0, -4(a0)
        MAC     s0, s6, t0, a3
        MAC     s1, s7, t0, a4
        MAC     s2, s8, t0, a5
        MAC     s3, s9, t0, a6
        MAC     s4, s10, t0, a7
        j       1f

blocks_half:
        PRIME   a6, a7, a2, a3, a4
        addi    a0, a0, -12
        addi    a1, a1, -8
        addi    t3, t3, 1
        j       3f

blocks: PRIME   a3, a4, a5, a6, a7
1:      addi    a1, a1, -20
blocks_primed:
        beqz    t3, 4f
2:      STEP    0, a2, a3, a4, a5, a6, a7
        STEP    1, a7, a2, a3, a4, a5, a6
        STEP    2, a6, a7, a2, a3, a4, a5
3:      STEP    3, a5, a6, a7, a2, a3, a4
        STEP    4, a4, a5, a6, a7, a2, a3
        STEP    5, a3, a4, a5, a6, a7, a2
        addi    a0, a0, STRIP
        addi    a1, a1, -STRIP
        addi    t3, t3, -1
        bnez    t3, 2b
4:      ret

# Digit d of the column l:h, and what it carries into the next column. t3: BIAS, t6: 2^29 - 1
        .macro  CARRY d, l, h, nextl, nexth
        and     \d, \l, t6
        sub     \d, \d, t3
        srli    t0, \l, BITS
        slli    t1, \h, 32 - BITS
        or      t0, t0, t1
        srai    t1, \h, BITS
        add     \nextl, \nextl, t0
        sltu    t0, \nextl, t0
        add     \nexth, \nexth, t1
        add     \nexth, \nexth, t0
        .endm

        .macro  CLEAR
        mv      s1, t3
        mv      s2, t3
        mv      s3, t3
        mv      s4, t3
        mv      s5, t3
        li      s7, 0
        li      s8, 0
        li      s9, 0
        li      s10, 0
        li      s11, 0
        .endm

        .macro  CARRY_ON d
        mv      s0, t3
        li      s6, 0
        CARRY   \d, s5, s11, s0, s6
        CLEAR
        .endm

        .macro  STORE                   # the digits at a0
        sw      a2, 0(a0)
        sw      a3, 4(a0)
        sw      a4, 8(a0)
        sw      a5, 12(a0)
        sw      a6, 16(a0)
        sw      a7, 20(a0)
        .endm

        .macro  LOWER
        lui     t3, 1 << (BITS - 13)
        lw      a0, P + 8(sp)
        lw      a1, P + 12(sp)
        lw      ra, P + 16(sp)
        CARRY   a2, s0, s6, s1, s7
        lw      t0, P + 20(sp)
        MAC     s2, s8, a2, a0
        MAC     s3, s9, a2, a1
        MAC     s4, s10, a2, ra
        MAC     s5, s11, a2, t0
        CARRY   a3, s1, s7, s2, s8
        MAC     s3, s9, a3, a0
        MAC     s4, s10, a3, a1
        MAC     s5, s11, a3, ra
        CARRY   a4, s2, s8, s3, s9
        MAC     s4, s10, a4, a0
        MAC     s5, s11, a4, a1
        CARRY   a5, s3, s9, s4, s10
        MAC     s5, s11, a5, a0
        CARRY   a6, s4, s10, s5, s11
        CARRY_ON a7
        addi    a0, sp, M
        add     a0, a0, t5
        STORE
        addi    t5, t5, STRIP
        .endm

        .macro  UPPER
        lui     t3, 1 << (BITS - 13)
        CARRY   a2, s0, s6, s1, s7
        CARRY   a3, s1, s7, s2, s8
        CARRY   a4, s2, s8, s3, s9
        CARRY   a5, s3, s9, s4, s10
        CARRY   a6, s4, s10, s5, s11
        CARRY_ON a7
        addi    a0, sp, A
        add     a0, a0, t5
        STORE
        addi    t5, t5, STRIP
        .endm

        .macro  REDUCE_LOWER            # t4 blocks
        addi    a0, sp, M
        addi    a1, sp, P + STRIP
        add     a1, a1, t5
        mv      t3, t4
        jal     blocks
        LOWER
        addi    t4, t4, 1
        .endm

        .macro  AT_UPPER a, b           # a0 at i = k - n + 6, a1 behind b
        addi    a0, sp, \a + STRIP
        add     a0, a0, t5
        lw      a1, OCTETS(sp)
        add     a1, a1, sp
        addi    a1, a1, \b
        .endm

        .macro  REDUCE_UPPER
        AT_UPPER M, P
        addi    t3, t4, -1
        jal     blocks_upper
        UPPER
        addi    t4, t4, -1
        .endm

        .macro  PREPARE
        sw      ra, LINK(sp)
        lui     t3, 1 << (BITS - 13)
        add     t6, t3, t3
        addi    t6, t6, -1
        li      t4, 0
        li      t5, 0
        mv      s0, t3
        li      s6, 0
        CLEAR
        .endm

# ---- a <- a * b / R
product:
        PREPARE
1:      addi    a0, sp, A
        addi    a1, sp, B + STRIP
        add     a1, a1, t5
        addi    t3, t4, 1
        jal     blocks
        REDUCE_LOWER
        lw      t0, OCTETS(sp)
        bne     t5, t0, 1b
        li      t5, 0
2:      AT_UPPER A, B
        addi    t3, t4, -1
        jal     blocks_upper
        REDUCE_UPPER
        bnez    t4, 2b
        lw      ra, LINK(sp)
        ret

# ---- a <- a * a / R: b becomes 2 a. The steps of a strip end before i = k / 2, which is a multiple of
# six for even strips, and three more for odd ones.
square_end:                             # what is left, from i = k / 2
        lw      t0, 0(a0)
        MAC     s0, s6, t0, t0
        MAC     s1, s7, t0, a3
        MAC     s2, s8, t0, a4
        MAC     s3, s9, t0, a5
        MAC     s4, s10, t0, a6
        MAC     s5, s11, t0, a7
        lw      t0, 4(a0)
        MAC     s2, s8, t0, t0
        MAC     s3, s9, t0, a4
        MAC     s4, s10, t0, a5
        MAC     s5, s11, t0, a6
        lw      t0, 8(a0)
        MAC     s4, s10, t0, t0
        MAC     s5, s11, t0, a5
        ret

square: addi    a0, sp, A
        addi    a1, sp, B
        lw      a2, DIGITS(sp)
1:      lw      t0, 0(a0)
        lw      t1, 4(a0)
        add     t0, t0, t0
        add     t1, t1, t1
        sw      t0, 0(a1)
        sw      t1, 4(a1)
        addi    a0, a0, 8
        addi    a1, a1, 8
        addi    a2, a2, -2
        bnez    a2, 1b
        PREPARE
2:      addi    a0, sp, A
        addi    a1, sp, B + STRIP
        add     a1, a1, t5
        srli    t3, t4, 1
        andi    t0, t4, 1
        beqz    t0, 3f
        jal     blocks_half
        j       4f
3:      jal     blocks
4:      jal     square_end
        REDUCE_LOWER
        lw      t0, OCTETS(sp)
        bne     t5, t0, 2b
        li      t5, 0
5:      AT_UPPER A, B
        srli    t3, t4, 1
        andi    t0, t4, 1
        beqz    t0, 6f
        addi    a0, a0, -12             # from i = k - n + 3; only i - 1 has met any b before
        addi    a1, a1, 12
        PRIME   a3, a4, a5, a6, a7
        addi    a1, a1, -20
        lw      t0, -4(a0)
        MAC     s0, s6, t0, a3
        jal     blocks_primed
        j       7f
6:      addi    t3, t3, -1
        jal     blocks_upper
7:      jal     square_end
        REDUCE_UPPER
        bnez    t4, 5b
        lw      ra, LINK(sp)
        ret

# ---- Numbers in and out

# t0 <- the word at a0, octet by octet; a0 moves on
        .macro  OCTETS4 o0, o1, o2, o3
        lbu     t0, \o0(a0)
        lbu     t1, \o1(a0)
        lbu     t2, \o2(a0)
        lbu     t3, \o3(a0)
        slli    t1, t1, 8
        slli    t2, t2, 16
        slli    t3, t3, 24
        or      t0, t0, t1
        or      t2, t2, t3
        or      t0, t0, t2
        addi    a0, a0, 4
        .endm

# Big-endian number at a0 -> words in M, and zeros behind them. a0 is then behind the number.
load_be:
        lw      a1, WORDS(sp)
        slli    a2, a1, 2
        add     a2, a2, sp
        addi    a2, a2, M
        mv      a3, a2
1:      OCTETS4 3, 2, 1, 0
        addi    a3, a3, -4
        sw      t0, 0(a3)
        addi    a1, a1, -1
        bnez    a1, 1b
zeros:  sw      zero, 0(a2)             # six of them at a2
        sw      zero, 4(a2)
        sw      zero, 8(a2)
        sw      zero, 12(a2)
        sw      zero, 16(a2)
        sw      zero, 20(a2)
        ret

# The same for a little-endian number
load_le:
        lw      a1, WORDS(sp)
        addi    a2, sp, M
1:      OCTETS4 0, 1, 2, 3
        sw      t0, 0(a2)
        addi    a2, a2, 4
        addi    a1, a1, -1
        bnez    a1, 1b
        j       zeros

# The words in M -> n digits at a3. They begin at bit a1 of the first (0 to 31), and are shifted up by
# a2, 0 or 1.
unpack: li      a1, 0
        li      a2, 0
unpack_from:
        addi    a0, sp, M
        lw      a4, DIGITS(sp)
        lui     a5, 1 << (BITS - 13)    # BIAS
        li      a6, 0                   # the carry
        li      t6, 31
        lw      t0, 0(a0)
1:      lw      t1, 4(a0)
        srl     t2, t0, a1
        sub     t3, t6, a1
        slli    t4, t1, 1
        sll     t4, t4, t3
        or      t2, t2, t4
        slli    t2, t2, 32 - BITS
        srli    t2, t2, 32 - BITS
        sll     t2, t2, a2
        add     t3, t2, a5
        srli    t3, t3, BITS            # carried on, not looking at what comes in: the digit after
        slli    t4, t3, BITS            # the number's last bit remains 0
        sub     t2, t2, t4
        add     t2, t2, a6
        mv      a6, t3
        sw      t2, 0(a3)
        addi    a3, a3, 4
        addi    a1, a1, -(32 - BITS)
        bltz    a1, 2f                  # the next digit begins in the same word
        mv      t0, t1
        addi    a0, a0, 4
        j       3f
2:      addi    a1, a1, 32
3:      addi    a4, a4, -1
        bnez    a4, 1b
        ret

# a, made to lie between 0 and p -> words at a2, which is then behind them. a stays.
pack:   lw      a1, DIGITS(sp)          # its sign: what the carries of all digits come to
        addi    a0, sp, A
        li      t0, 0
1:      lw      t1, 0(a0)
        srai    t0, t0, BITS
        add     t0, t0, t1
        addi    a0, a0, 4
        addi    a1, a1, -1
        bnez    a1, 1b
        srai    t6, t0, 31              # -1 for a negative number: p = P - 1 is added
        mv      a7, t6
        lw      a1, WORDS(sp)
        addi    a0, sp, A
        addi    a3, sp, P
        li      a4, 0                   # a4:a5, the number from the next word on
        li      a5, 0
        li      a6, 0                   # where in it the next digit begins
2:      lw      t0, 0(a0)
        lw      t1, 0(a3)
        addi    a0, a0, 4
        addi    a3, a3, 4
        add     t0, t0, a7
        li      a7, 0
        and     t1, t1, t6
        add     t0, t0, t1
        sll     t1, t0, a6
        srai    t0, t0, 1
        li      t2, 31
        sub     t2, t2, a6
        sra     t0, t0, t2
        add     a4, a4, t1
        sltu    t1, a4, t1
        add     a5, a5, t0
        add     a5, a5, t1
        addi    a6, a6, -(32 - BITS)
        bgez    a6, 3f
        addi    a6, a6, 32              # not a word yet
        j       2b
3:      sw      a4, 0(a2)
        addi    a2, a2, 4
        mv      a4, a5
        srai    a5, a5, 31
        addi    a1, a1, -1
        bnez    a1, 2b
        ret

# a -> OUT, big-endian, which is then behind it
store_be:
        sw      ra, LINK2(sp)
        addi    a2, sp, M
        jal     pack
        lw      a0, OUT(sp)
        lw      a1, WORDS(sp)
1:      addi    a2, a2, -4
        lw      t0, 0(a2)
        sb      t0, 3(a0)
        srli    t0, t0, 8
        sb      t0, 2(a0)
        srli    t0, t0, 8
        sb      t0, 1(a0)
        srli    t0, t0, 8
        sb      t0, 0(a0)
        addi    a0, a0, 4
        addi    a1, a1, -1
        bnez    a1, 1b
        sw      a0, OUT(sp)
        lw      ra, LINK2(sp)
        ret

# b <- 2^a4, a4 < 1024
b_is_power:
        lw      a1, DIGITS(sp)
        addi    a0, sp, B
1:      addi    t0, a4, -BITS           # -1 for a4 < BITS and a4 >= 0, which is the only digit not 0
        not     t1, a4
        and     t0, t0, t1
        srai    t0, t0, 31
        li      t1, 1
        sll     t1, t1, a4
        and     t1, t1, t0
        sw      t1, 0(a0)
        addi    a0, a0, 4
        addi    a4, a4, -BITS
        addi    a1, a1, -1
        bnez    a1, 1b
        ret

a_to_b: addi    a0, sp, A
        addi    a1, sp, B
copy:   lw      a2, DIGITS(sp)
1:      lw      t0, 0(a0)
        sw      t0, 0(a1)
        addi    a0, a0, 4
        addi    a1, a1, 4
        addi    a2, a2, -1
        bnez    a2, 1b
        ret

b_to_a: addi    a0, sp, B
        addi    a1, sp, A
        j       copy

# ---- Selecting from a table
#
# a0: entries 1, 2, ... of a number each, at any address; a1: which, or 0; a2: 0, or 1 to shift it up
# by one bit. b <- it, and for 0 b <- ONE, shifted as well. All words of all entries are read, ten at
# a time.
        .macro  TAKE at, s
        lw      t0, \at(a0)
        and     t0, t0, t1
        or      \s, \s, t0
        .endm

select: sw      ra, LINK2(sp)
        sw      a2, DOUBLE(sp)
        li      t0, 1
        sll     t0, t0, a1
        sw      t0, ONEHOT(sp)
        sw      a0, FROM(sp)
        andi    a5, a0, -4
        addi    a3, sp, M
        lw      a4, WORDS(sp)
        slli    a6, a4, 2
        addi    a4, a4, 1
1:      mv      a0, a5
        lw      a1, ONEHOT(sp)
        lw      a2, ENTRIES(sp)
        li      s0, 0
        li      s1, 0
        li      s2, 0
        li      s3, 0
        li      s4, 0
        li      s5, 0
        li      s6, 0
        li      s7, 0
        li      s8, 0
        li      s9, 0
2:      srli    a1, a1, 1               # bit 0 stands for no entry
        andi    t1, a1, 1
        neg     t1, t1
        TAKE    0, s0
        TAKE    4, s1
        TAKE    8, s2
        TAKE    12, s3
        TAKE    16, s4
        TAKE    20, s5
        TAKE    24, s6
        TAKE    28, s7
        TAKE    32, s8
        TAKE    36, s9
        add     a0, a0, a6
        addi    a2, a2, -1
        bnez    a2, 2b
        sw      s0, 0(a3)
        sw      s1, 4(a3)
        sw      s2, 8(a3)
        sw      s3, 12(a3)
        sw      s4, 16(a3)
        sw      s5, 20(a3)
        sw      s6, 24(a3)
        sw      s7, 28(a3)
        sw      s8, 32(a3)
        sw      s9, 36(a3)
        addi    a3, a3, 40
        addi    a5, a5, 40
        addi    a4, a4, -10
        bgtz    a4, 1b
        lw      t0, FROM(sp)            # the number begins at this bit
        andi    t0, t0, 3
        slli    a1, t0, 3
        li      t0, -1
        sll     t0, t0, a1
        not     t0, t0
        lw      a2, WORDS(sp)           # cut off what follows it
        slli    a2, a2, 2
        add     a2, a2, sp
        addi    a2, a2, M
        lw      t1, 0(a2)
        and     t1, t1, t0
        sw      t1, 0(a2)
        addi    a2, a2, 4
        jal     zeros
        lw      a2, DOUBLE(sp)
        addi    a3, sp, B
        jal     unpack_from
        lw      t0, ONEHOT(sp)
        andi    t0, t0, 1
        lw      t1, DOUBLE(sp)
        sll     t0, t0, t1
        addi    a0, sp, B
        addi    a1, sp, ONE
        lw      a2, ONES(sp)
3:      lw      t1, 0(a1)
        lw      t2, 0(a0)
        mul     t1, t1, t0
        add     t2, t2, t1
        sw      t2, 0(a0)
        addi    a0, a0, 4
        addi    a1, a1, 4
        addi    a2, a2, -1
        bnez    a2, 3b
        lw      ra, LINK2(sp)
        ret

# a0 <- the second number in the header's memory, R^2 mod p
r2:     lw      a0, CTX(sp)
        lw      a1, WORDS(sp)
        slli    a1, a1, 2
        add     a0, a0, a1
        addi    a0, a0, H_SIZE
        j       load_be

# ---- y^x by digits of 4 bits
window: jal     r2                      # R mod p = R^2 / R, which is 1 in Montgomery's form
        addi    a3, sp, A
        jal     unpack
        li      a4, 0
        jal     b_is_power
        jal     product
        addi    a0, sp, A
        addi    a1, sp, ONE
        jal     copy
        jal     r2                      # y R
        addi    a3, sp, B
        jal     unpack
        lw      a0, SRC(sp)
        jal     load_be
        addi    a3, sp, A
        jal     unpack
        jal     product
        jal     a_to_b
        lw      a2, CTX(sp)             # and its powers
        lw      a1, H_TEETH(a2)
        addi    a2, a2, H_SIZE
        sw      a2, SRC(sp)
        sw      a2, TABLE(sp)
        jal     entries
        lw      a1, DIGITS(sp)
        sw      a1, ONES(sp)
        j       2f
1:      sw      a0, COLUMN(sp)
        jal     product
        lw      a0, COLUMN(sp)
2:      sw      a0, COLUMN(sp)
        lw      a2, TABLE(sp)
        jal     pack
        sw      a2, TABLE(sp)
        lw      a0, COLUMN(sp)
        addi    a0, a0, -1
        bnez    a0, 1b
        lw      a0, CTX(sp)             # the digits of the exponent from the highest
        lw      a0, H_COLUMNS(a0)
        addi    a0, a0, -1
        sw      a0, COLUMN(sp)
        jal     digit
        jal     b_to_a
        j       5f
3:      addi    a0, a0, -1
        sw      a0, COLUMN(sp)
        lw      a0, CTX(sp)
        lw      a0, H_TEETH(a0)
4:      sw      a0, SHIFT(sp)
        jal     square
        lw      a0, SHIFT(sp)
        addi    a0, a0, -1
        bnez    a0, 4b
        jal     digit
        jal     product
5:      lw      a0, COLUMN(sp)
        bnez    a0, 3b
        li      a4, 0
        jal     b_is_power
        jal     product
        jal     store_be
        lw      a0, SRC(sp)             # overwrite the powers of y
        lw      a1, TABLE(sp)
        jal     wipe_from
        j       done

# b <- y^digit, digit COLUMN of the exponent
digit:  sw      ra, LINK3(sp)
        lw      a0, CTX(sp)
        lw      a4, H_TEETH(a0)
        li      a5, 1
        lw      a6, COLUMN(sp)
        mul     a6, a6, a4
        add     a6, a6, a4
        addi    a6, a6, -1
        jal     gather
        li      a2, 0
        lw      a0, SRC(sp)
        lw      ra, LINK3(sp)
        j       select

# a0, ENTRIES <- entries of a table with digits of a1 bits
entries:
        li      a0, 1
        sll     a0, a0, a1
        addi    a0, a0, -1
        sw      a0, ENTRIES(sp)
        ret

# a1 <- a4 bits of the exponent, from bit a6 down in steps of a5; those above it are 0
gather: li      a1, 0
        lw      a0, CTX(sp)
        lw      t2, H_LENGTH(a0)
        addi    t2, t2, -1
        lw      a0, X(sp)
1:      slli    a1, a1, 1
        srli    t0, a6, 3
        sub     t0, t2, t0
        bltz    t0, 2f
        add     t0, t0, a0
        lbu     t0, 0(t0)
        andi    t1, a6, 7
        srl     t0, t0, t1
        andi    t0, t0, 1
        add     a1, a1, t0
2:      sub     a6, a6, a5
        addi    a4, a4, -1
        bnez    a4, 1b
        ret

# ---- 2^x by the comb of tools/gen_tables.py

comb:   li      t0, 1
        sw      t0, ONE(sp)
        sw      t0, ONES(sp)
        lw      a3, CTX(sp)
        lw      a1, H_TEETH(a3)
        jal     entries
        mv      a0, a3
        lw      a2, H_BLOCKS(a0)
        lw      a3, H_COLUMNS(a0)
        mul     a2, a2, a1
        mul     a2, a2, a3
        li      t0, 256
        sub     t0, t0, a2
        sw      t0, FREE(sp)
        addi    a3, a3, -1
        li      a1, 0
        j       2f

1:      sw      a3, COLUMN(sp)
        jal     square
        lw      a6, COLUMN(sp)
        mv      a3, a6
        li      a4, 1
        jal     gather
2:      sw      a3, COLUMN(sp)
        sw      a1, SHIFT(sp)
        lw      a0, CTX(sp)
        lw      a1, H_BLOCKS(a0)
        sw      a1, BLOCKS(sp)
        lw      a2, H_COLUMNS(a0)       # the column's bit of the tooth below the first
        lw      t0, FREE(sp)
        sub     a3, a3, a2
        add     a3, a3, t0
        sw      a3, BITAT(sp)
        lw      a1, SRC(sp)
        lw      a2, WORDS(sp)
        slli    a2, a2, 2
        add     a1, a1, a2
        sw      a1, TABLE(sp)

3:      lw      a0, CTX(sp)             # gather the digit
        lw      a4, H_TEETH(a0)
        lw      a5, H_COLUMNS(a0)
        lw      a6, BITAT(sp)
        mul     t0, a4, a5
        add     a6, a6, t0
        sw      a6, BITAT(sp)
        jal     gather
        lw      a0, TABLE(sp)
        lw      a2, SHIFT(sp)
        jal     select
        lw      a0, CTX(sp)             # the first block of the first column begins
        lw      a1, H_COLUMNS(a0)
        lw      a2, H_BLOCKS(a0)
        lw      a3, COLUMN(sp)
        lw      a4, BLOCKS(sp)
        sub     a1, a1, a3
        addi    a1, a1, -1
        sub     a2, a2, a4
        or      a1, a1, a2
        beqz    a1, comb_first
        jal     product
4:      sw      zero, SHIFT(sp)
        lw      a1, ENTRIES(sp)
        lw      a2, WORDS(sp)
        mul     a1, a1, a2
        slli    a1, a1, 2
        lw      a0, TABLE(sp)
        add     a0, a0, a1
        sw      a0, TABLE(sp)
        lw      a4, BLOCKS(sp)
        addi    a4, a4, -1
        sw      a4, BLOCKS(sp)
        bnez    a4, 3b
        lw      a3, COLUMN(sp)
        addi    a3, a3, -1
        bgez    a3, 1b
        lw      a0, SRC(sp)
        jal     load_le
        addi    a3, sp, B
        jal     unpack
        jal     product
        jal     store_be
        j       done

comb_first:
        jal     b_to_a
        lw      a6, FREE(sp)            # by 2 to the power of the bits that no column takes
        lw      a4, COLUMN(sp)
        sub     a4, a6, a4
        addi    a6, a6, -1
        li      a5, 1
        jal     gather
        sw      a1, SHIFT(sp)
        andi    a4, a1, 1023
        jal     b_is_power
        jal     product
        lw      a0, FREE(sp)            # there are more than ten
        lw      a1, COLUMN(sp)
        sub     a0, a0, a1
        li      a1, 10
        ble     a0, a1, 4b
        lw      a4, SHIFT(sp)
        andi    a4, a4, 1024
        jal     b_is_power
        jal     product
        j       4b

# ---- Products or squares of given numbers, divided by R
test:   lw      a0, SRC(sp)
        jal     load_be
        sw      a0, SRC(sp)
        addi    a3, sp, A
        jal     unpack
        lw      a0, SRC(sp)
        jal     load_be
        sw      a0, SRC(sp)
        addi    a3, sp, B
        jal     unpack
        lw      a0, CTX(sp)
        lw      a0, H_TEETH(a0)
        beqz    a0, 1f
        jal     square
        j       2f
1:      jal     product
2:      jal     store_be
        lw      a0, CTX(sp)
        lw      a1, H_LENGTH(a0)
        addi    a1, a1, -1
        sw      a1, H_LENGTH(a0)
        bnez    a1, test
        j       done

# ---- The frame: zeros, before and after
main:   addi    sp, sp, -FRAME
        sw      ra, SAVED(sp)
        sw      s0, SAVED + 4(sp)
        sw      s1, SAVED + 8(sp)
        sw      s2, SAVED + 12(sp)
        sw      s3, SAVED + 16(sp)
        sw      s4, SAVED + 20(sp)
        sw      s5, SAVED + 24(sp)
        sw      s6, SAVED + 28(sp)
        sw      s7, SAVED + 32(sp)
        sw      s8, SAVED + 36(sp)
        sw      s9, SAVED + 40(sp)
        sw      s10, SAVED + 44(sp)
        sw      s11, SAVED + 48(sp)
        mv      a4, a0
        mv      a5, a1
        jal     wipe
        sw      a4, CTX(sp)
        sw      a5, SRC(sp)
        sw      a2, X(sp)
        sw      a3, OUT(sp)
        lw      a0, H_DIGITS(a4)
        sw      a0, DIGITS(sp)
        slli    a0, a0, 2
        sw      a0, OCTETS(sp)
        lw      a0, H_WORDS(a4)
        sw      a0, WORDS(sp)
        addi    a0, a4, H_SIZE
        jal     load_be
        addi    a3, sp, P
        jal     unpack
        lw      a1, P(sp)               # P = p + 1
        addi    a1, a1, 1
        sw      a1, P(sp)
        lw      a0, CTX(sp)
        lw      a0, H_OP(a0)
        li      a1, OP_COMB
        beqz    a0, 1f
        beq     a0, a1, 2f
        j       test
1:      j       window
2:      j       comb
done:   jal     wipe
        lw      ra, SAVED(sp)
        lw      s0, SAVED + 4(sp)
        lw      s1, SAVED + 8(sp)
        lw      s2, SAVED + 12(sp)
        lw      s3, SAVED + 16(sp)
        lw      s4, SAVED + 20(sp)
        lw      s5, SAVED + 24(sp)
        lw      s6, SAVED + 28(sp)
        lw      s7, SAVED + 32(sp)
        lw      s8, SAVED + 36(sp)
        lw      s9, SAVED + 40(sp)
        lw      s10, SAVED + 44(sp)
        lw      s11, SAVED + 48(sp)
        addi    sp, sp, FRAME
        li      a0, 0
        j       end

wipe:   mv      a0, sp
        addi    a1, sp, SAVED
wipe_from:
        sw      zero, 0(a0)
        addi    a0, a0, 4
        bne     a0, a1, wipe_from
        ret
end:
