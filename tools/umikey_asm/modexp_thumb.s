@ Powers modulo a DH prime for ARMv7-M and above: y^x by digits of 3 or 4 bits, 2^x by a comb.
@
@ Becomes firmware/umikey/crypto/_asm_dh_thumb.py, see generate.py. One function:
@
@   r0  bytearray, aligned: eight words (see HEADER), then the prime and R^2 mod p, big-endian.
@       For OP_WINDOW it goes on to 7 or 15 numbers in all, which become the powers of y.
@   r1  y, big-endian; or the table; or, for OP_TEST, pairs of numbers
@   r2  the exponent, big-endian
@   r3  the result, big-endian
@
@ The code may lie at any even address; nothing here is relative to an aligned pc.
@
@ Numbers
@ -------
@ A number is n digits of 29 bits, from the lowest, in signed words: -2^28 <= digit <= 2^28. A sum of
@ 2n products of two such digits stays within 64 bits, so the products of a column are added up with
@ SMLAL alone, and carries are dealt with once a column. n is a multiple of 6: n = 54 for 1536 bits.
@ R = 2^(29 n) is more than 2^14 p, so sums and small multiples of numbers need no reduction.
@
@ p = -1 mod 2^64 in all groups. Montgomery's factor m for a column is therefore the column's own
@ lowest digit, and with P = p + 1, whose two lowest digits are 0, T + m p = T - m + m P: the digit
@ vanishes without being computed.
@
@ The result of a product lies between -p/2 and p/2 but for one part in 2^28: m is signed, too. n is
@ such that its highest digit is 0, and so is that of P.
@
@ Products
@ --------
@ Column k of a * b is the sum of a[i] b[k - i]. Three columns are computed at once (a strip), in
@ blocks of three a[i]: nine products, for which three a and three b are loaded, while two b stay
@ from the block before:
@
@               column k      column k + 1    column k + 2
@   a0 = a[i]    a0 b0         a0 b1           a0 b2            b0 = b[k - i], b1 = b[k - i + 1] ...
@   a1           a1 b-1        a1 b0           a1 b1
@   a2           a2 b-2        a2 b-1          a2 b0
@
@ Eleven instructions for nine products. The blocks stand in a row in the code (`blocks`) and are
@ entered where as many are left as the strip needs; the triangles at either end of it are separate.
@
@ Constant time: no branch and no address depends on a digit, a product or the exponent.

        .syntax unified
        .cpu    cortex-m3
        .thumb

@ ---- HEADER, the words at r0
        .equ    H_OP, 0                 @ OP_WINDOW, OP_COMB, OP_TEST
        .equ    H_DIGITS, 4             @ n
        .equ    H_WORDS, 8              @ 32-bit words of a number
        .equ    H_LENGTH, 12            @ octets of the exponent; OP_TEST: how many pairs
        .equ    H_TEETH, 16             @ OP_COMB: as tools/gen_tables.py; OP_WINDOW: bits of a digit;
                                        @ OP_TEST: 1 = squares
        .equ    H_BLOCKS, 20            @ OP_COMB
        .equ    H_COLUMNS, 24           @ OP_COMB; OP_WINDOW: digits of the exponent
        .equ    H_SIZE, 32

        .equ    OP_WINDOW, 0
        .equ    OP_COMB, 1
        .equ    OP_TEST, 2

@ ---- The stack frame
        .equ    NMAX, 72                @ digits; 2048 bits
        .equ    BLOCK, 42               @ octets of code
        .equ    BITS, 29
        .equ    BIAS, 1 << 28           @ half a digit, added before cutting off signed digits

        .equ    APTR, 0                 @ while multiplying: where the strip's a[i] begin
        .equ    BPTR, 4                 @ behind its b
        .equ    ENTRY, 8                @ where the blocks of m * P, and of a * b, are entered
        .equ    SITE1, 12               @ where they return to after a * b
        .equ    SITE2, 16               @ after m * P
        .equ    RET, 20
        .equ    SITEQ0, 24              @ of squares, even and odd; m * P: SITE2 and SITE1
        .equ    ENTRYQ, 28
        .equ    SITEQ1, 32
        .equ    LINK, 36
        .equ    ATOP, 40                @ where APTR ends
        .equ    BTOP, 44                @ where BPTR ends in the lower half
        .equ    CTX, 48                 @ the arguments
        .equ    SRC, 52
        .equ    X, 56
        .equ    OUT, 60
        .equ    DIGITS, 64              @ n
        .equ    WORDS, 68
        .equ    LINK2, 72               @ of routines that call others
        .equ    LINK3, 136
        .equ    AT, 76                  @ select: where it is in the table, and in M
        .equ    FROM, 84
        .equ    ONEHOT, 88
        .equ    COUNT, 92
        .equ    LEFT, 96
        .equ    EIGHTS, 100             @ entries, and the missing one for 0, in eights
        .equ    ONES, 104               @ how many digits of ONE there are
        .equ    DOUBLE, 108
        .equ    COLUMN, 112             @ the powers
        .equ    TABLE, 116
        .equ    SHIFT, 120
        .equ    BLOCKS, 124
        .equ    BITAT, 128
        .equ    FREE, 132

        .equ    A, 144                  @ two zeros below a and b, four above b, three above P
        .equ    B, A + 4 * NMAX + 8
        .equ    P, B + 4 * NMAX + 16
        .equ    M, P + 4 * NMAX + 12
        .equ    ONE, M + 4 * NMAX
        .equ    FRAME, (ONE + 4 * NMAX + 7) & ~7

start:  b.w     main

@ ---- The blocks: c0 = r8:r9, c1 = r10:r11, c2 = r12:lr; a = r2, r3, r4; b = r5, r6, r7
        .rept   NMAX / 3
        ldmia.n r0!, {r2, r3, r4}
        smlal   r12, lr, r2, r6
        smlal   r10, r11, r2, r5
        smlal   r12, lr, r3, r5
        ldmdb.w r1!, {r5, r6, r7}
        smlal   r8, r9, r2, r7
        smlal   r10, r11, r3, r7
        smlal   r12, lr, r4, r7
        smlal   r8, r9, r3, r6
        smlal   r10, r11, r4, r6
        smlal   r8, r9, r4, r5
        .endr
blocks_end:
        ldr.w   pc, [sp, #RET]

@ The address of `label`, which stands before this, as a branch target
        .macro  LEA rd, label
        mov     \rd, pc
77:     subw    \rd, \rd, #(77b + 2 - \label - 1)
        .endm

@ The two b that the first block of a strip takes over, then into the blocks: r1 behind b, r2 where
@ to enter, r3 where to go afterwards
        .macro  PRIME
        ldmdb.w r1!, {r5, r6}
        .endm

        .macro  INTO_BLOCKS
        str     r3, [sp, #RET]
        bx      r2
        .endm

@ Strip of m * P. In the upper half, i = k - n + 2 meets the highest digit of P but one, and is the
@ first to meet any.
        .macro  REDUCE_LOWER site
        ldmia.w sp, {r0, r1, r2}
        ldr     r3, [sp, #\site]
        add.w   r0, r0, #(M - A)
        addw    r1, r1, #(P - B)
        PRIME
        INTO_BLOCKS
        .endm

        .macro  REDUCE_UPPER site
        ldmia.w sp, {r0, r1, r2}
        ldr     r3, [sp, #\site]
        add.w   r0, r0, #(M - A)
        addw    r1, r1, #(P - B)
        ldr     r4, [r0, #-4]
        PRIME
        smlal   r8, r9, r4, r5
        INTO_BLOCKS
        .endm

@ Digit rd of the column in lo:hi, and what it carries into the next column
        .macro  CARRY rd, lo, hi, nextlo, nexthi
        ubfx    \rd, \lo, #0, #BITS
        sub.w   \rd, \rd, #BIAS
        lsr.w   \lo, \lo, #BITS
        orr.w   \lo, \lo, \hi, lsl #(32 - BITS)
        adds.w  \nextlo, \nextlo, \lo
        adc.w   \nexthi, \nexthi, \hi, asr #BITS
        .endm

@ The same for the last column of a strip, and the columns of the next strip
        .macro  CARRY_ON rd
        ubfx    \rd, r12, #0, #BITS
        sub.w   \rd, \rd, #BIAS
        lsr.w   r8, r12, #BITS
        orr.w   r8, r8, lr, lsl #(32 - BITS)
        asr.w   r9, lr, #BITS
        adds.w  r8, r8, #BIAS
        adc.w   r9, r9, #0
        CLEAR
        .endm

        .macro  CLEAR
        mov.w   r10, #BIAS
        mov.w   r11, #0
        mov.w   r12, #BIAS
        mov.w   lr, #0
        .endm

@ End of a strip in the lower half: its digits are m, and m[k] P[2] belongs into column k + 2
        .macro  LOWER
        CARRY   r5, r8, r9, r10, r11
        ldr     r4, [sp, #P + 8]
        smlal   r12, lr, r5, r4
        CARRY   r6, r10, r11, r12, lr
        CARRY_ON r7
        ldrd    r1, r2, [sp, #BPTR]
        addw    r0, r1, #(M - B - 12)
        stmia   r0!, {r5, r6, r7}
        add.w   r1, r1, #12
        sub.w   r2, r2, #BLOCK
        strd    r1, r2, [sp, #BPTR]
        .endm

        .macro  LOWER_AGAIN label
        ldr     r2, [sp, #BTOP]
        cmp     r1, r2
        bne.w   \label
        .endm

@ End of a strip in the upper half: its digits are the result's, and replace a[k - n], which is no
@ longer needed. APTR is three digits ahead.
        .macro  UPPER
        CARRY   r5, r8, r9, r10, r11
        CARRY   r6, r10, r11, r12, lr
        CARRY_ON r7
        ldmia.w sp, {r0, r1, r2}
        strd    r5, r6, [r0, #-12]
        str     r7, [r0, #-4]
        add.w   r0, r0, #12
        add.w   r2, r2, #BLOCK
        stmia.w sp, {r0, r1, r2}
        .endm

        .macro  UPPER_AGAIN label
        ldr     r2, [sp, #ATOP]
        cmp     r0, r2
        bne.w   \label
        .endm

@ Between the halves. From here on the blocks of a strip begin with i = k - n + 3.
        .macro  TURN site1, site2
        LEA     r2, \site1
        str     r2, [sp, #SITE1]
        LEA     r2, \site2
        str     r2, [sp, #SITE2]
        add.w   r0, sp, #(A + 12)
        ldr     r1, [sp, #BTOP]
        sub.w   r1, r1, #12
        ldr     r2, [sp, #ENTRY]
        add.w   r2, r2, #BLOCK
        stmia.w sp, {r0, r1, r2}
        .endm

@ What products and squares begin with
prepare:
        mov     r7, lr
        add.w   r2, sp, #A
        str     r2, [sp, #APTR]
        ldr     r0, [sp, #DIGITS]
        add.w   r2, r2, r0, lsl #2
        add.w   r2, r2, #12
        str     r2, [sp, #ATOP]
        add.w   r2, sp, #(B + 12)
        str     r2, [sp, #BPTR]
        add.w   r2, r2, r0, lsl #2
        str     r2, [sp, #BTOP]
        LEA     r3, blocks_end
        str     r3, [sp, #ENTRYQ]
        str     r3, [sp, #ENTRY]
        mov.w   r8, #BIAS
        mov.w   r9, #0
        CLEAR
        bx      r7

@ ---- a <- a * b / R
product_upper:
        ldmia.w sp, {r0, r1, r2, r3}
        PRIME
        ldrd    r4, r7, [r0, #-8]
        smlal   r8, r9, r4, r6
        smlal   r8, r9, r7, r5
        smlal   r10, r11, r7, r6
        INTO_BLOCKS
product_upper_1:
        REDUCE_UPPER SITE2
product_upper_2:
        UPPER
        UPPER_AGAIN product_upper
        ldr.w   pc, [sp, #LINK]

product_lower:
        ldmia.w sp, {r0, r1, r2, r3}
        PRIME
        INTO_BLOCKS
product_lower_1:
        ldmia.n r0!, {r2, r3, r4}       @ the triangle at b[0]
        ldr     r7, [r1, #-4]
        smlal   r10, r11, r2, r5
        smlal   r12, lr, r2, r6
        smlal   r12, lr, r3, r5
        smlal   r8, r9, r2, r7
        smlal   r10, r11, r3, r7
        smlal   r12, lr, r4, r7
        REDUCE_LOWER SITE2
product_lower_2:
        LOWER
        LOWER_AGAIN product_lower
        TURN    product_upper_1, product_upper_2
        b.w     product_upper

product:
        str.w   lr, [sp, #LINK]
        bl      prepare
        LEA     r2, product_lower_1
        str     r2, [sp, #SITE1]
        LEA     r2, product_lower_2
        str     r2, [sp, #SITE2]
        b.w     product_lower

@ ---- a <- a * a / R
@
@ b becomes 2 a, and column k takes a[i] b[k - i] for i < k - i, and a[k / 2] squared. The last block
@ of a strip ends before i = k / 2; what is left depends on k being even or odd, so that strips come
@ in pairs. Those for odd k begin one digit lower in the lower half, at a zero, and in the upper half
@ with i = k - n + 2, beside a zero above b.
        .macro  END_EVEN
        ldrd    r2, r3, [r0]
        smlal   r10, r11, r2, r5
        smlal   r12, lr, r2, r6
        smlal   r8, r9, r2, r2
        smlal   r12, lr, r3, r3
        .endm

        .macro  SQUARE_ODD
        ldrd    r0, r1, [sp, #APTR]
        ldrd    r2, r3, [sp, #ENTRYQ]
        sub.w   r0, r0, #4
        add.w   r1, r1, #4
        PRIME
        INTO_BLOCKS
        .endm

        .macro  END_ODD
        ldr     r2, [r0]
        smlal   r12, lr, r2, r6
        smlal   r10, r11, r2, r2
        .endm

        .macro  MOVE_ENTRYQ by
        ldr     r3, [sp, #ENTRYQ]
        add.w   r3, r3, #\by
        str     r3, [sp, #ENTRYQ]
        .endm

square_upper:
        ldrd    r0, r1, [sp, #APTR]
        ldrd    r3, r2, [sp, #SITEQ0]
        PRIME
        ldr     r4, [r0, #-4]
        smlal   r8, r9, r4, r5
        INTO_BLOCKS
square_upper_even:
        END_EVEN
        REDUCE_UPPER SITE2
square_upper_even_2:
        UPPER
        SQUARE_ODD
square_upper_odd:
        END_ODD
        REDUCE_UPPER SITE1
square_upper_odd_2:
        UPPER
        MOVE_ENTRYQ BLOCK
        UPPER_AGAIN square_upper
        ldr.w   pc, [sp, #LINK]

square_lower:
        ldrd    r0, r1, [sp, #APTR]
        ldrd    r3, r2, [sp, #SITEQ0]
        PRIME
        INTO_BLOCKS
square_lower_even:
        END_EVEN
        REDUCE_LOWER SITE2
square_lower_even_2:
        LOWER
        MOVE_ENTRYQ -BLOCK
        SQUARE_ODD
square_lower_odd:
        END_ODD
        REDUCE_LOWER SITE1
square_lower_odd_2:
        LOWER
        LOWER_AGAIN square_lower
        TURN    square_upper_odd_2, square_upper_even_2
        MOVE_ENTRYQ BLOCK
        LEA     r2, square_upper_even
        str     r2, [sp, #SITEQ0]
        LEA     r2, square_upper_odd
        str     r2, [sp, #SITEQ1]
        b.w     square_upper

square: str.w   lr, [sp, #LINK]
        add.w   r0, sp, #A
        addw    r1, sp, #B
        ldr     r8, [sp, #DIGITS]
1:      ldmia   r0!, {r2, r3, r4, r5, r6, r7}
        adds    r2, r2, r2
        adds    r3, r3, r3
        adds    r4, r4, r4
        adds    r5, r5, r5
        adds    r6, r6, r6
        adds    r7, r7, r7
        stmia   r1!, {r2, r3, r4, r5, r6, r7}
        subs.w  r8, r8, #6
        bne.n   1b
        bl      prepare
        LEA     r2, square_lower_even
        str     r2, [sp, #SITEQ0]
        LEA     r2, square_lower_odd
        str     r2, [sp, #SITEQ1]
        LEA     r2, square_lower_odd_2
        str     r2, [sp, #SITE1]
        LEA     r2, square_lower_even_2
        str     r2, [sp, #SITE2]
        b.w     square_lower

@ ---- Numbers in and out

@ Big-endian number at r0 -> words in M, and zeros behind them. r0 is then behind the number.
load_be:
        ldr     r1, [sp, #WORDS]
        addw    r2, sp, #M
        add.w   r2, r2, r1, lsl #2
        mov     r3, r2
1:      ldr     r4, [r0], #4
        rev     r4, r4
        str     r4, [r3, #-4]!
        subs    r1, r1, #1
        bne.n   1b
zeros:  movs    r3, #0                  @ six of them at r2
        movs    r4, #0
        movs    r5, #0
        stmia   r2!, {r3, r4, r5}
        stmia   r2!, {r3, r4, r5}
        bx      lr

@ The same for a little-endian number
load_le:
        ldr     r1, [sp, #WORDS]
        addw    r2, sp, #M
1:      ldr     r3, [r0], #4
        str     r3, [r2], #4
        subs    r1, r1, #1
        bne.n   1b
        b.n     zeros

@ The words in M -> n digits at r3
unpack: addw    r0, sp, #(M - 4)
        movs    r1, #32
        movs    r2, #32

@ Bits from r2 on of the words at r0 (1 <= r2 <= 32) -> n digits at r3. They begin at bit r1, which
@ is r2 or r2 - 1: the way through the code follows r2, so r1 may be secret.
unpack_from:
        ldr     r4, [r0], #4
        rsb     r5, r1, #32
        movs    r6, #0                  @ the carry
        ldr     r7, [sp, #DIGITS]
1:      ldr     r8, [r0], #4
        lsr     r9, r4, r1
        lsl     r10, r8, r5
        orr     r9, r9, r10
        sbfx    r10, r9, #0, #BITS
        add     r10, r10, r6
        ubfx    r6, r9, #(BITS - 1), #1
        str     r10, [r3], #4
        mov     r4, r8
        sub.w   r1, r1, #(32 - BITS)
        add.w   r5, r5, #(32 - BITS)
        subs    r2, r2, #(32 - BITS)
        bgt.n   2f
        add.w   r1, r1, #32             @ the next digit begins in the same word
        sub.w   r5, r5, #32
        adds    r2, r2, #32
        subs    r0, r0, #4
        ldr     r4, [r0, #-4]
2:      subs    r7, r7, #1
        bne.n   1b
        bx      lr

@ a, made to lie between 0 and p -> words at r12, which is then behind them. a stays.
pack:   ldr     r1, [sp, #DIGITS]       @ its sign: what the carries of all digits come to
        add.w   r0, sp, #A
        mov.w   r8, #0
1:      ldmia   r0!, {r2, r3, r4, r5, r6, r7}
        add     r8, r2, r8, asr #BITS
        add     r8, r3, r8, asr #BITS
        add     r8, r4, r8, asr #BITS
        add     r8, r5, r8, asr #BITS
        add     r8, r6, r8, asr #BITS
        add     r8, r7, r8, asr #BITS
        subs    r1, r1, #6
        bne.n   1b
        asr     r8, r8, #31             @ -1 for a negative number: p = P - 1 is added
        mov     r7, r8
        ldr     r1, [sp, #WORDS]
        add.w   r0, sp, #A
        addw    r9, sp, #P
        movs    r2, #0                  @ r2:r3, the number from the next word on
        movs    r3, #0
        movs    r4, #0                  @ where in it the next digit begins
        movs    r5, #32
2:      ldr     r6, [r0], #4
        ldr     r10, [r9], #4
        add     r6, r6, r7
        movs    r7, #0
        and     r10, r10, r8
        add     r6, r6, r10
        lsl     r10, r6, r4
        asr     r6, r6, r5
        adds    r2, r2, r10
        adcs    r3, r3, r6
        add.w   r5, r5, #(32 - BITS)
        subs    r4, r4, #(32 - BITS)
        bpl.n   3f
        adds    r4, r4, #32             @ not a word yet
        subs    r5, r5, #32
        b.n     2b
3:      str     r2, [r12], #4
        mov     r2, r3
        asr     r3, r3, #31
        subs    r1, r1, #1
        bne.n   2b
        bx      lr

@ a -> OUT, big-endian, which is then behind it
store_be:
        str.w   lr, [sp, #LINK2]
        addw    r12, sp, #M
        bl      pack
        ldr     r0, [sp, #OUT]
        ldr     r1, [sp, #WORDS]
1:      ldr     r2, [r12, #-4]!
        rev     r2, r2
        str     r2, [r0], #4
        subs    r1, r1, #1
        bne.n   1b
        str     r0, [sp, #OUT]
        ldr.w   pc, [sp, #LINK2]

@ b <- 2^r4, r4 < 1024
b_is_power:
        ldr     r1, [sp, #DIGITS]
        addw    r0, sp, #B
1:      sub.w   r2, r4, #BITS           @ -1 for r4 < BITS and r4 >= 0, which is the only digit not 0
        bic     r2, r2, r4
        asr     r2, r2, #31
        and     r3, r4, #31
        movs    r5, #1
        lsls    r5, r5, r3
        ands    r5, r5, r2
        str     r5, [r0], #4
        subs    r4, r4, #BITS
        subs    r1, r1, #1
        bne.n   1b
        bx      lr

@ b <- a, and a <- b
a_to_b: add.w   r0, sp, #A
        addw    r1, sp, #B
copy:   ldr     r8, [sp, #DIGITS]
1:      ldmia   r0!, {r2, r3, r4, r5, r6, r7}
        stmia   r1!, {r2, r3, r4, r5, r6, r7}
        subs.w  r8, r8, #6
        bne.n   1b
        bx      lr

b_to_a: addw    r0, sp, #B
        add.w   r1, sp, #A
        b.n     copy

@ ---- Selecting from a table
@
@ r0: entries 1, 2, ... of a number each, at any address; r1: which, or 0; r2: 0, or 1 to shift it up
@ by one bit. b <- it, and for 0 b <- ONE, shifted as well.
@
@ All words of all entries are read, from aligned addresses, multiplied by 0 or 1 and added up, five
@ at a time.
        .macro  TAKE bit
        ldmia.w r0!, {r2, r3, r4, r5, r6}
        ubfx    r7, r1, #\bit, #1
        mla     r8, r2, r7, r8
        mla     r9, r3, r7, r9
        mla     r10, r4, r7, r10
        mla     r11, r5, r7, r11
        mla     r12, r6, r7, r12
        add     r0, r0, lr
        .endm

select: str.w   lr, [sp, #LINK2]
        str     r2, [sp, #DOUBLE]
        movs    r3, #1
        lsls    r3, r3, r1
        str     r3, [sp, #ONEHOT]
        str     r0, [sp, #FROM]
        bic     r0, r0, #3
        addw    r3, sp, #M
        ldr     r4, [sp, #WORDS]
        lsl     lr, r4, #2
        sub.w   lr, lr, #20
        adds    r4, r4, #1
1:      strd    r0, r3, [sp, #AT]
        str     r4, [sp, #COUNT]
        mov.w   r8, #0
        mov.w   r9, #0
        mov.w   r10, #0
        mov.w   r11, #0
        mov.w   r12, #0
        ldr     r1, [sp, #ONEHOT]
        ldr     r2, [sp, #EIGHTS]
        str     r2, [sp, #LEFT]
        b.n     3f                      @ bit 0 stands for no entry
2:      TAKE    0
3:      TAKE    1
        TAKE    2
        TAKE    3
        TAKE    4
        TAKE    5
        TAKE    6
        TAKE    7
        lsr     r1, r1, #8
        ldr     r2, [sp, #LEFT]
        subs    r2, r2, #1
        str     r2, [sp, #LEFT]
        bne.w   2b
        ldrd    r0, r3, [sp, #AT]
        stmia   r3!, {r8, r9, r10, r11, r12}
        adds    r0, r0, #20
        ldr     r4, [sp, #COUNT]
        subs    r4, r4, #5
        bgt.w   1b
        ldr     r6, [sp, #FROM]         @ the number begins at this bit
        ands    r6, r6, #3
        lsls    r6, r6, #3
        mov.w   r3, #-1
        lsls    r3, r3, r6
        addw    r2, sp, #M              @ cut off what comes before and after it
        ldr     r7, [r2]
        ands    r7, r7, r3
        str     r7, [r2]
        ldr     r1, [sp, #WORDS]
        add.w   r2, r2, r1, lsl #2
        ldr     r7, [r2]
        bics    r7, r7, r3
        str     r7, [r2], #4
        bl      zeros
        addw    r0, sp, #M
        mov     r2, r6
        cbnz    r2, 4f
        subs    r0, r0, #4
        movs    r2, #32
4:      ldr     r3, [sp, #DOUBLE]
        subs    r1, r2, r3
        addw    r3, sp, #B
        bl      unpack_from
        ldr     r8, [sp, #ONEHOT]
        and     r8, r8, #1
        ldr     r0, [sp, #DOUBLE]
        lsl     r8, r8, r0
        addw    r0, sp, #B
        addw    r1, sp, #ONE
        ldr     r9, [sp, #ONES]
5:      ldmia   r1!, {r5, r6, r7}
        ldmia.w r0, {r2, r3, r4}
        mla     r2, r5, r8, r2
        mla     r3, r6, r8, r3
        mla     r4, r7, r8, r4
        stmia   r0!, {r2, r3, r4}
        subs.w  r9, r9, #3
        bne.n   5b
        ldr.w   pc, [sp, #LINK2]

@ ---- y^x by digits of 4 bits
window: ldr     r0, [sp, #CTX]          @ R mod p = R^2 / R, which is 1 in Montgomery's form
        adds    r0, r0, #H_SIZE
        ldr     r1, [sp, #WORDS]
        add.w   r0, r0, r1, lsl #2
        bl      load_be
        add.w   r3, sp, #A
        bl      unpack
        movs    r4, #0
        bl      b_is_power
        bl      product
        add.w   r0, sp, #A
        addw    r1, sp, #ONE
        bl      copy
        ldr     r0, [sp, #CTX]          @ y R
        adds    r0, r0, #H_SIZE
        ldr     r1, [sp, #WORDS]
        add.w   r0, r0, r1, lsl #2
        bl      load_be
        addw    r3, sp, #B
        bl      unpack
        ldr     r0, [sp, #SRC]
        bl      load_be
        add.w   r3, sp, #A
        bl      unpack
        bl      product
        bl      a_to_b
        ldr     r12, [sp, #CTX]         @ and its powers
        ldr     r1, [r12, #H_TEETH]
        add.w   r12, r12, #H_SIZE
        str     r12, [sp, #SRC]
        str     r12, [sp, #TABLE]
        bl      entries
        ldr     r1, [sp, #DIGITS]
        str     r1, [sp, #ONES]
        b.n     2f
1:      str     r0, [sp, #COLUMN]
        bl      product
        b.n     3f
2:      str     r0, [sp, #COLUMN]
3:      ldr     r12, [sp, #TABLE]
        bl      pack
        str.w   r12, [sp, #TABLE]
        ldr     r0, [sp, #COLUMN]
        subs    r0, r0, #1
        bne.n   1b
        ldr     r0, [sp, #CTX]          @ the digits of the exponent from the highest
        ldr     r0, [r0, #H_COLUMNS]
        subs    r0, r0, #1
        str     r0, [sp, #COLUMN]
        bl      digit
        bl      b_to_a
        b.n     6f
4:      subs    r0, r0, #1
        str     r0, [sp, #COLUMN]
        ldr     r0, [sp, #CTX]
        ldr     r0, [r0, #H_TEETH]
5:      str     r0, [sp, #SHIFT]
        bl      square
        ldr     r0, [sp, #SHIFT]
        subs    r0, r0, #1
        bne.n   5b
        bl      digit
        bl      product
6:      ldr     r0, [sp, #COLUMN]
        cmp     r0, #0
        bne.n   4b
        movs    r4, #0
        bl      b_is_power
        bl      product
        bl      store_be
        ldr     r4, [sp, #SRC]          @ overwrite the powers of y
        ldr     r5, [sp, #TABLE]
        bl      wipe_from
        b.w     done

@ b <- y^digit, digit COLUMN of the exponent
digit:  str.w   lr, [sp, #LINK3]
        ldr     r0, [sp, #CTX]
        ldr     r4, [r0, #H_TEETH]
        movs    r5, #1
        ldr     r6, [sp, #COLUMN]
        muls    r6, r4, r6
        adds    r6, r6, r4
        subs    r6, r6, #1
        bl      gather
        movs    r2, #0
        ldr     r0, [sp, #SRC]
        ldr.w   lr, [sp, #LINK3]
        b.w     select

@ What select has to know of a table with digits of r1 bits. r0 <- entries
entries:
        movs    r0, #1
        lsls    r0, r0, r1
        lsrs    r1, r0, #3
        str     r1, [sp, #EIGHTS]
        subs    r0, r0, #1
        bx      lr

@ r1 <- r4 bits of the exponent, from bit r6 down in steps of r5; those above it are 0
gather: movs    r1, #0
        ldr     r0, [sp, #CTX]
        ldr     r7, [r0, #H_LENGTH]
        subs    r7, r7, #1
        ldr     r0, [sp, #X]
1:      lsls    r1, r1, #1
        lsrs    r3, r6, #3
        subs    r3, r7, r3
        bmi.n   2f
        ldrb    r2, [r0, r3]
        and     r3, r6, #7
        lsrs    r2, r2, r3
        and     r2, r2, #1
        adds    r1, r1, r2
2:      subs    r6, r6, r5
        subs    r4, r4, #1
        bne.n   1b
        bx      lr

@ ---- 2^x by the comb of tools/gen_tables.py

comb:   addw    r0, sp, #ONE
        movs    r1, #1
        str     r1, [r0]
        movs    r1, #3
        str     r1, [sp, #ONES]
        ldr     r4, [sp, #CTX]
        ldr     r1, [r4, #H_TEETH]
        bl      entries
        mov     r0, r4
        ldr     r1, [r0, #H_TEETH]
        ldr     r2, [r0, #H_BLOCKS]
        ldr     r3, [r0, #H_COLUMNS]
        muls    r2, r1, r2
        muls    r2, r3, r2
        rsb     r2, r2, #256
        str     r2, [sp, #FREE]
        subs    r3, r3, #1
        b.n     comb_column_first

comb_column:
        str     r3, [sp, #COLUMN]
        bl      square
        ldr     r6, [sp, #COLUMN]
        movs    r4, #1
        bl      gather
        b.n     1f
comb_column_first:
        str     r3, [sp, #COLUMN]
        movs    r1, #0
1:      str     r1, [sp, #SHIFT]
        ldr     r0, [sp, #CTX]
        ldr     r1, [r0, #H_BLOCKS]
        str     r1, [sp, #BLOCKS]
        ldr     r2, [r0, #H_COLUMNS]    @ the column's bit of the tooth below the first
        ldr     r3, [sp, #COLUMN]
        subs    r3, r3, r2
        ldr     r2, [sp, #FREE]
        adds    r3, r3, r2
        str     r3, [sp, #BITAT]
        ldr     r1, [sp, #SRC]
        ldr     r2, [sp, #WORDS]
        add.w   r1, r1, r2, lsl #2
        str     r1, [sp, #TABLE]

comb_block:
        ldr     r0, [sp, #CTX]          @ gather the digit
        ldr     r4, [r0, #H_TEETH]
        ldr     r5, [r0, #H_COLUMNS]
        ldr     r6, [sp, #BITAT]
        mla     r6, r4, r5, r6
        str     r6, [sp, #BITAT]
        bl      gather
        ldr     r0, [sp, #TABLE]
        ldr     r2, [sp, #SHIFT]
        bl      select
        ldr     r0, [sp, #CTX]          @ the first block of the first column begins
        ldr     r1, [r0, #H_COLUMNS]
        ldr     r2, [r0, #H_BLOCKS]
        ldr     r3, [sp, #COLUMN]
        ldr     r4, [sp, #BLOCKS]
        adds    r3, r3, #1
        subs    r1, r1, r3
        subs    r2, r2, r4
        orrs    r1, r1, r2
        beq.n   comb_first
        bl      product
2:      movs    r0, #0
        str     r0, [sp, #SHIFT]
        ldr     r1, [sp, #EIGHTS]
        lsls    r1, r1, #3
        subs    r1, r1, #1
        ldr     r2, [sp, #WORDS]
        muls    r1, r2, r1
        ldr     r0, [sp, #TABLE]
        add.w   r0, r0, r1, lsl #2
        str     r0, [sp, #TABLE]
        ldr     r4, [sp, #BLOCKS]
        subs    r4, r4, #1
        str     r4, [sp, #BLOCKS]
        bne.n   comb_block
        ldr     r3, [sp, #COLUMN]
        subs    r3, r3, #1
        bpl.n   comb_column
        ldr     r0, [sp, #SRC]
        bl      load_le
        addw    r3, sp, #B
        bl      unpack
        bl      product
        bl      store_be
        b.n     done

comb_first:
        bl      b_to_a
        ldr     r6, [sp, #FREE]         @ by 2 to the power of the bits that no column takes
        ldr     r3, [sp, #COLUMN]
        subs    r4, r6, r3
        subs    r6, r6, #1
        movs    r5, #1
        bl      gather
        str     r1, [sp, #SHIFT]
        ubfx    r4, r1, #0, #10
        bl      b_is_power
        bl      product
        ldr     r2, [sp, #FREE]         @ there are more than ten
        ldr     r3, [sp, #COLUMN]
        subs    r2, r2, r3
        cmp     r2, #10
        ble.n   2b
        ldr     r4, [sp, #SHIFT]
        and     r4, r4, #1024
        bl      b_is_power
        bl      product
        b.n     2b

@ ---- Products or squares of given numbers, divided by R
test:   ldr     r0, [sp, #SRC]
        bl      load_be
        str     r0, [sp, #SRC]
        add.w   r3, sp, #A
        bl      unpack
        ldr     r0, [sp, #SRC]
        bl      load_be
        str     r0, [sp, #SRC]
        addw    r3, sp, #B
        bl      unpack
        ldr     r0, [sp, #CTX]
        ldr     r0, [r0, #H_TEETH]
        cbz     r0, 1f
        bl      square
        b.n     2f
1:      bl      product
2:      bl      store_be
        ldr     r0, [sp, #CTX]
        ldr     r1, [r0, #H_LENGTH]
        subs    r1, r1, #1
        str     r1, [r0, #H_LENGTH]
        bne.n   test
        b.n     done

@ ---- The frame: zeros, before and after
main:   push.w  {r8, r9, r10, r11}
        subw    sp, sp, #FRAME
        bl      wipe
        strd    r0, r1, [sp, #CTX]
        strd    r2, r3, [sp, #X]
        ldrd    r2, r3, [r0, #H_DIGITS]
        strd    r2, r3, [sp, #DIGITS]
        adds    r0, r0, #H_SIZE
        bl      load_be
        addw    r3, sp, #P
        bl      unpack
        ldr     r1, [sp, #P]            @ P = p + 1
        adds    r1, r1, #1
        str     r1, [sp, #P]
        ldr     r0, [sp, #CTX]
        ldr     r0, [r0, #H_OP]
        cmp     r0, #OP_COMB
        beq.w   comb
        blt.w   window
        b.w     test
done:   bl      wipe
        addw    sp, sp, #FRAME
        pop.w   {r8, r9, r10, r11}
        movs    r0, #0
        b.n     end

wipe:   mov     r4, sp
        addw    r5, sp, #FRAME
wipe_from:
        movs    r6, #0
        movs    r7, #0
1:      stmia   r4!, {r6, r7}
        cmp     r4, r5
        bne.n   1b
        bx      lr
end:
