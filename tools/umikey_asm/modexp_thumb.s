@ Powers modulo a DH prime for ARMv7-M and above: y^x by digits of 4 bits, 2^x by a comb.
@
@ Becomes firmware/umikey/crypto/_asm_dh_thumb.py, see generate.py. One function:
@
@   r0  bytearray, aligned: eight words (see HEADER), then the prime and R^2 mod p, big-endian.
@       For OP_WINDOW it goes on to 15 numbers in all, which become the powers of y.
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
@ The result of a product lies between -p/2 and p/2 but for one part in 2^28: m is signed, too.
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
@ entered where as many are left as the strip needs. Where a strip is not a multiple of three, it runs
@ into zeros beside the numbers.
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
        .equ    H_TEETH, 16             @ OP_COMB: as tools/gen_tables.py; OP_TEST: 1 = squares
        .equ    H_BLOCKS, 20
        .equ    H_COLUMNS, 24
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
        .equ    SITE1, 8                @ where the blocks return to
        .equ    ENTRY, 12               @ where the blocks of a product are entered
        .equ    SITE2, 16
        .equ    RET, 20
        .equ    SITEQ0, 24              @ of squares
        .equ    ENTRYQ, 28
        .equ    SITEQ1, 32
        .equ    LINK, 36
        .equ    ATOP, 40                @ behind a
        .equ    BTOP, 44                @ three digits behind b
        .equ    CTX, 48                 @ the arguments
        .equ    SRC, 52
        .equ    X, 56
        .equ    OUT, 60
        .equ    DIGITS, 64              @ n
        .equ    WORDS, 68
        .equ    LINK2, 72               @ of routines that call others
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

        .equ    A, 140                  @ two zeros below a and b, four above b, three above P
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
@ to go afterwards, r3 where to enter
        .macro  INTO_BLOCKS
        ldmdb.w r1!, {r5, r6}
        str     r2, [sp, #RET]
        bx      r3
        .endm

@ Strip of m * P; site: SITE1 or SITE2, on either side of ENTRY
        .macro  REDUCE site, lower
        ldrd    r0, r1, [sp, #APTR]
        .ifc    \site, SITE1
        ldrd    r2, r3, [sp, #SITE1]
        .else
        ldrd    r3, r2, [sp, #ENTRY]
        .endif
        add.w   r0, r0, #(M - A)
        addw    r1, r1, #(P - B)
        .if     \lower                  @ one block less than a * b has
        add.w   r3, r3, #BLOCK
        .endif
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
        CARRY   r2, r8, r9, r10, r11
        ldr     r7, [sp, #P + 8]
        smlal   r12, lr, r2, r7
        CARRY   r3, r10, r11, r12, lr
        CARRY_ON r4
        ldr     r1, [sp, #BPTR]
        addw    r0, r1, #(M - B - 12)
        stmia   r0!, {r2, r3, r4}
        add.w   r1, r1, #12
        str     r1, [sp, #BPTR]
        ldr     r3, [sp, #ENTRY]
        sub.w   r3, r3, #BLOCK
        str     r3, [sp, #ENTRY]
        .endm

        .macro  LOWER_AGAIN label
        ldr     r2, [sp, #BTOP]
        cmp     r1, r2
        bne.w   \label
        .endm

@ End of a strip in the upper half: its digits are the result's, and replace a[k - n], which is no
@ longer needed
        .macro  UPPER
        CARRY   r2, r8, r9, r10, r11
        CARRY   r3, r10, r11, r12, lr
        CARRY_ON r4
        ldr     r0, [sp, #APTR]
        stmia   r0!, {r2, r3, r4}
        str     r0, [sp, #APTR]
        ldr     r3, [sp, #ENTRY]
        add.w   r3, r3, #BLOCK
        str     r3, [sp, #ENTRY]
        .endm

        .macro  UPPER_AGAIN label
        ldr     r2, [sp, #ATOP]
        cmp     r0, r2
        bne.w   \label
        .endm

@ Between the halves: the same number of blocks again
        .macro  TURN site1, site2
        LEA     r2, \site1
        str     r2, [sp, #SITE1]
        LEA     r2, \site2
        str     r2, [sp, #SITE2]
        ldr     r3, [sp, #ENTRY]
        add.w   r3, r3, #BLOCK
        str     r3, [sp, #ENTRY]
        .endm

@ What products and squares begin with
prepare:
        mov     r7, lr
        add.w   r2, sp, #A
        str     r2, [sp, #APTR]
        ldr     r0, [sp, #DIGITS]
        add.w   r2, r2, r0, lsl #2
        str     r2, [sp, #ATOP]
        add.w   r2, sp, #(B + 12)
        str     r2, [sp, #BPTR]
        add.w   r2, r2, r0, lsl #2
        str     r2, [sp, #BTOP]
        LEA     r3, blocks_end
        str     r3, [sp, #ENTRYQ]
        sub.w   r3, r3, #BLOCK
        str     r3, [sp, #ENTRY]
        mov.w   r8, #BIAS
        mov.w   r9, #0
        CLEAR
        bx      r7

@ ---- a <- a * b / R
        .macro  PRODUCT_STRIP
        ldmia.w sp, {r0, r1, r2, r3}
        INTO_BLOCKS
        .endm

product_upper:
        PRODUCT_STRIP
product_upper_1:
        REDUCE  SITE2, 0
product_upper_2:
        UPPER
        UPPER_AGAIN product_upper
        ldr.w   pc, [sp, #LINK]

product_lower:
        PRODUCT_STRIP
product_lower_1:
        REDUCE  SITE2, 1
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
@ in pairs. Those for odd k begin one digit lower, at a zero or at zeros beyond b.
        .macro  SQUARE_EVEN
        ldrd    r0, r1, [sp, #APTR]
        ldrd    r2, r3, [sp, #SITEQ0]
        INTO_BLOCKS
        .endm

        .macro  END_EVEN
        ldrd    r2, r3, [r0]
        smlal   r10, r11, r2, r5
        smlal   r12, lr, r2, r6
        smlal   r8, r9, r2, r2
        smlal   r12, lr, r3, r3
        .endm

        .macro  SQUARE_ODD
        ldrd    r0, r1, [sp, #APTR]
        ldrd    r3, r2, [sp, #ENTRYQ]
        sub.w   r0, r0, #4
        add.w   r1, r1, #4
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
        SQUARE_EVEN
square_upper_even:
        END_EVEN
        REDUCE  SITE2, 0
square_upper_even_2:
        UPPER
        SQUARE_ODD
square_upper_odd:
        END_ODD
        REDUCE  SITE1, 0
square_upper_odd_2:
        UPPER
        MOVE_ENTRYQ BLOCK
        UPPER_AGAIN square_upper
        ldr.w   pc, [sp, #LINK]

square_lower:
        SQUARE_EVEN
square_lower_even:
        END_EVEN
        REDUCE  SITE2, 1
square_lower_even_2:
        LOWER
        MOVE_ENTRYQ -BLOCK
        SQUARE_ODD
square_lower_odd:
        END_ODD
        REDUCE  SITE1, 1
square_lower_odd_2:
        LOWER
        LOWER_AGAIN square_lower
        TURN    square_upper_odd_2, square_upper_even_2
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
        add.w   r12, r12, #H_SIZE
        str     r12, [sp, #SRC]
        str     r12, [sp, #TABLE]
        movs    r0, #15
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
        movs    r0, #2
        str     r0, [sp, #EIGHTS]
        ldr     r0, [sp, #DIGITS]
        str     r0, [sp, #ONES]
        movs    r0, #0                  @ the first digit
        str     r0, [sp, #COLUMN]
        bl      nibble
        bl      b_to_a
        b.n     5f
4:      bl      square
        bl      square
        bl      square
        bl      square
        bl      nibble
        bl      product
5:      ldr     r0, [sp, #COLUMN]
        adds    r0, r0, #1
        str     r0, [sp, #COLUMN]
        ldr     r1, [sp, #CTX]
        ldr     r1, [r1, #H_LENGTH]
        cmp     r0, r1, lsl #1
        bne.n   4b
        movs    r4, #0
        bl      b_is_power
        bl      product
        bl      store_be
        ldr     r4, [sp, #SRC]          @ overwrite the powers of y
        ldr     r5, [sp, #WORDS]
        rsb     r5, r5, r5, lsl #4
        add.w   r5, r4, r5, lsl #2
        bl      wipe_from
        b.w     done

@ b <- y^digit, digit COLUMN of the exponent
nibble: ldr     r2, [sp, #COLUMN]
        ldr     r0, [sp, #X]
        lsrs    r3, r2, #1
        ldrb    r1, [r0, r3]
        ands    r2, r2, #1              @ the upper four bits first
        eor     r2, r2, #1
        lsls    r2, r2, #2
        lsrs    r1, r1, r2
        and     r1, r1, #15
        movs    r2, #0
        ldr     r0, [sp, #SRC]
        b.w     select

@ ---- 2^x by the comb of tools/gen_tables.py

@ r1 <- bit r1 of the exponent, which has 32 octets
bit:    ldr     r2, [sp, #X]
        lsrs    r3, r1, #3
        rsb     r3, r3, #31
        ldrb    r2, [r2, r3]
        ands    r1, r1, #7
        lsrs    r2, r2, r1
        and     r1, r2, #1
        bx      lr

comb:   addw    r0, sp, #ONE
        movs    r1, #1
        str     r1, [r0]
        movs    r1, #3
        str     r1, [sp, #ONES]
        ldr     r0, [sp, #CTX]
        ldr     r1, [r0, #H_TEETH]
        movs    r2, #1
        lsls    r2, r2, r1
        lsrs    r2, r2, #3
        str     r2, [sp, #EIGHTS]
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
        ldr     r1, [sp, #COLUMN]
        bl      bit
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
        movs    r7, #0
1:      mov     r1, r6
        bl      bit
        add     r7, r1, r7, lsl #1
        subs    r6, r6, r5
        subs    r4, r4, #1
        bne.n   1b
        mov     r1, r7
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
        movs    r7, #0                  @ by 2 to the power of the bits that no column takes
        ldr     r6, [sp, #FREE]
1:      subs    r6, r6, #1
        mov     r1, r6
        bl      bit
        add     r7, r1, r7, lsl #1
        ldr     r3, [sp, #COLUMN]
        cmp     r6, r3
        bne.n   1b
        str     r7, [sp, #SHIFT]
        ubfx    r4, r7, #0, #10
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
