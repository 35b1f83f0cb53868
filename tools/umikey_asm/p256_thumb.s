@ Arithmetic for P-256 on ARMv7-M and above: a machine that runs programs of field operations.
@
@ Becomes firmware/umikey/crypto/_asm_p256_thumb.py, see p256_generate.py. One function:
@
@   r0  bytearray, aligned: HEADER, then registers of nine words
@   r1  the program: instructions of four octets, see p256_programs.py
@   r2  the table for k*G
@   r3  bytearray for what goes in and out: numbers of 32 octets, big-endian
@
@ The code may lie at any even address; nothing here is relative to an aligned pc.
@
@ A number is nine digits of 29 bits, from the lowest, in signed words: -2^28 <= digit < 2^28 after
@ a product, and R = 2^261. A sum of nine products of two such digits takes 60 bits, so that SMLAL
@ adds up a column of a product without carries, and sums need not be reduced: the digits' factors
@ (the F in p256_programs.py) may multiply to 15.
@
@ p + 1 = 2^256 - 2^224 + 2^192 + 2^96, so p = -1 mod 2^29, and Montgomery's factor m for a column
@ is the column's own lowest digit: T + m p = T - m + m (p + 1), where the digit vanishes and four
@ products by a power of 2 remain. A product lies between -0.6 p and 0.6 p.
@
@ Columns are computed three at a time (a strip), in blocks of three digits of a: DH's
@ modexp_thumb.s explains the order.
@
@ Constant time: no branch and no address depends on a number or the scalar.

        .syntax unified
        .cpu    cortex-m3
        .thumb

@ ---- HEADER, the words at r0
        .equ    INDEX, 0                @ counts down: which digit of the scalar comes
        .equ    TEETH, 4
        .equ    COLUMNS, 8
        .equ    SIZE, 12                @ entries of a block of the table, 2^(teeth - 1)
        .equ    TOP7, 16                @ or'ed to words 7 and 8 of HALF
        .equ    TOP8, 20
        .equ    EVEN, 24                @ 1: HALF is of n - k
        .equ    VALID, 28               @ 1: 0 < k < n
        .equ    FLAG, 32                @ the last number written, its words or'ed
        .equ    HALF, 36                @ (k - 1) / 2 for odd k, (n - k - 1) / 2 for even k
        .equ    NINV, 72                @ -1 / n mod 2^29
        .equ    ORDER, 76               @ n in words
        .equ    ORDER9, 4 * 36          @ n in digits: register 4
        .equ    X2, 12 * 36
        .equ    Y2, 13 * 36
        .equ    WINDOW, 24 * 36         @ the table for k*Q

@ ---- The stack frame
        .equ    PC, 0
        .equ    BASE, 4
        .equ    NEXT, 8                 @ where the machine goes on
        .equ    RET, 12                 @ where a product returns to
        .equ    APTR, 16
        .equ    BPTR, 20
        .equ    DPTR, 24
        .equ    TABLE, 28
        .equ    IO, 32
        .equ    LINK, 36
        .equ    COUNT, 40
        .equ    PROGRAM, 44
        .equ    KAPPA, 48               @ 1 or -1
        .equ    M, 52
        .equ    D, M + 36
        .equ    FRAME, D + 36 + 4

        .macro  LEA rd, label           @ of a label before this, as a branch target
        mov     \rd, pc
77:     subw    \rd, \rd, #(77b + 2 - \label - 1)
        .endm

        push.w  {r8-r11}
        sub     sp, #FRAME
        str     r1, [sp, #PC]
        str     r1, [sp, #PROGRAM]
        str     r0, [sp, #BASE]
        str     r2, [sp, #TABLE]
        str     r3, [sp, #IO]
        b.w     start

@ ---- Products

@ Column \c (0 r8:r9, 1 r10:r11, 2 r12:lr) += x y, or = where nothing is in it yet
        .macro  ACC c, x, y
        .if     \c == 0
        .if     F0
        smlal   r8, r9, \x, \y
        .else
        smull   r8, r9, \x, \y
        .set    F0, 1
        .endif
        .elseif \c == 1
        .if     F1
        smlal   r10, r11, \x, \y
        .else
        smull   r10, r11, \x, \y
        .set    F1, 1
        .endif
        .else
        .if     F2
        smlal   r12, lr, \x, \y
        .else
        smull   r12, lr, \x, \y
        .set    F2, 1
        .endif
        .endif
        .endm

@ Products of a[i], a[i + 1], a[i + 2] in columns k, k + 1, k + 2
        .macro  BLOCK k, i
        .set    J, \k - (\i)
        ldmia   r0!, {r2, r3, r4}
        .if     J <= 6
        ACC     2, r2, r6
        ACC     1, r2, r5
        ACC     2, r3, r5
        .endif
        .if     J == 0
        ldr     r7, [r1, #-4]!
        .elseif J == 9
        ldmdb   r1!, {r5, r6}
        .else
        ldmdb   r1!, {r5, r6, r7}
        .endif
        .if     J <= 8
        ACC     0, r2, r7
        ACC     1, r3, r7
        ACC     2, r4, r7
        .endif
        .if     J > 0
        ACC     0, r3, r6
        ACC     1, r4, r6
        ACC     0, r4, r5
        .endif
        .endm

@ All products of columns k to k + 2, with a at r0 and b at r1
        .macro  BLOCKS k, last
        .if     \k < 6
        add.w   r1, r1, #4 * (\k + 3)
        .else
        add.w   r1, r1, #36
        .endif
        .if     \k > 9
        add.w   r0, r0, #4 * (\k - 9)
        .set    I, \k - 9
        .else
        .set    I, 0
        .endif
        .if     \k - I <= 6
        ldmdb   r1!, {r5, r6}
        .endif
        .rept   3
        .if     I <= \last
        .set    K, \k
        BLOCK   K, I
        .endif
        .set    I, I + 3
        .endr
        .endm

        .macro  STRIP k
        ldrd    r0, r1, [sp, #APTR]
        .if     \k < 6
        BLOCKS  \k, \k
        .else
        BLOCKS  \k, 6
        .endif
        .endm

@ Digits of the three columns to r2, r3, r4, and what they carry on to r8:r9
        .macro  DIGITS
        sbfx    r2, r8, #0, #29
        lsrs.w  r8, r8, #29             @ C: the digit is negative, and carries one more
        orr.w   r8, r8, r9, lsl #3
        adcs.w  r10, r10, r8
        adc.w   r11, r11, r9, asr #29
        sbfx    r3, r10, #0, #29
        lsrs.w  r10, r10, #29
        orr.w   r10, r10, r11, lsl #3
        adcs.w  r12, r12, r10
        adc.w   lr, lr, r11, asr #29
        sbfx    r4, r12, #0, #29
        mov.w   r9, #0
        lsrs.w  r12, r12, #29
        orr.w   r8, r12, lr, lsl #3
        adcs.w  r8, r8, r9
        adc.w   r9, r9, lr, asr #29
        .set    F0, 1
        .set    F1, 0
        .set    F2, 0
        .endm

        .macro  KEEP at
        add.w   r7, sp, #\at
        stmia.w r7, {r2, r3, r4}
        .endm

@ The last three digits, and all to where they belong
        .macro  FINISH
        lsrs.w  r12, r8, #29
        orr.w   r12, r12, r9, lsl #3
        adcs.w  r10, r10, r12
        adc.w   r11, r11, r9, asr #29
        sbfx    r8, r8, #0, #29
        sbfx    r9, r10, #0, #29
        lsrs.w  r12, r10, #29
        orr.w   r12, r12, r11, lsl #3
        adc.w   r12, r12, #0
        add.w   r7, sp, #D
        ldmia.w r7, {r2-r7}
        ldr     r0, [sp, #DPTR]
        stmia.w r0, {r2-r9, r12}
        ldr.w   pc, [sp, #RET]
        .endm

        .macro  NINE                    @ m[k - 3], of which r2, r3, r4 are the digits, by 2^9
        mov.w   r5, #1 << 9
        ACC     0, r2, r5
        ACC     1, r3, r5
        ACC     2, r4, r5
        .endm

mul_p:
        .set    F0, 0
        .set    F1, 0
        .set    F2, 0
        STRIP   0
        DIGITS
        KEEP    M
        NINE
        STRIP   3
        DIGITS
        KEEP    M + 12
        NINE
        add.w   r7, sp, #M
        ldmia.w r7, {r2, r3, r4}        @ m[0], m[1], m[2]
        mov.w   r5, #1 << 18
        ACC     0, r2, r5
        ACC     1, r3, r5
        ACC     2, r4, r5
        lsl.w   r5, r5, #3
        rsb.w   r5, r5, #0
        ACC     1, r2, r5
        ACC     2, r3, r5
        mov.w   r5, #1 << 24
        ACC     2, r2, r5
        STRIP   6
        DIGITS
        KEEP    M + 24
        NINE
        add.w   r7, sp, #M + 4
        ldmia.w r7, {r2, r3, r4, r6, r7}  @ m[1] to m[5]
        mov.w   r5, #1 << 18
        ACC     0, r4, r5
        ACC     1, r6, r5
        ACC     2, r7, r5
        lsl.w   r5, r5, #3
        rsb.w   r5, r5, #0
        ACC     0, r3, r5
        ACC     1, r4, r5
        ACC     2, r6, r5
        mov.w   r5, #1 << 24
        ACC     0, r2, r5
        ACC     1, r3, r5
        ACC     2, r4, r5
        STRIP   9
        DIGITS
        KEEP    D
        add.w   r7, sp, #M + 16
        ldmia.w r7, {r2, r3, r4, r6, r7}  @ m[4] to m[8]
        mov.w   r5, #1 << 18
        ACC     0, r4, r5
        ACC     1, r6, r5
        ACC     2, r7, r5
        lsl.w   r5, r5, #3
        rsb.w   r5, r5, #0
        ACC     0, r3, r5
        ACC     1, r4, r5
        ACC     2, r6, r5
        mov.w   r5, #1 << 24
        ACC     0, r2, r5
        ACC     1, r3, r5
        ACC     2, r4, r5
        STRIP   12
        DIGITS
        KEEP    D + 12
        ldrd    r2, r3, [sp, #M + 28]   @ m[7], m[8]
        mov.w   r5, #1 << 24
        ACC     0, r2, r5
        ACC     1, r3, r5
        lsr.w   r5, r5, #3
        rsb.w   r5, r5, #0
        ACC     0, r3, r5
        STRIP   15
        FINISH

@ The same modulo n, whose digits have no pattern: m[i] n as a second product, and the m of the
@ strip as they come
        .macro  ORDERS k, last
        .if     \last >= 0
        ldr     r1, [sp, #BASE]
        add.w   r0, sp, #M
        add.w   r1, r1, #ORDER9
        BLOCKS  \k, \last
        .endif
        .endm

        .macro  LOWER k
        STRIP   \k
        ORDERS  \k, \k - 3
        ldr     r0, [sp, #BASE]
        add.w   r1, r0, #ORDER9
        ldmia.w r1, {r5, r6, r7}
        ldr.w   r0, [r0, #NINV]
        mul     r2, r8, r0
        sbfx    r2, r2, #0, #29
        smlal   r8, r9, r2, r5
        smlal   r10, r11, r2, r6
        smlal   r12, lr, r2, r7
        lsr.w   r8, r8, #29
        orr.w   r8, r8, r9, lsl #3
        adds.w  r10, r10, r8
        adc.w   r11, r11, r9, asr #29
        mul     r3, r10, r0
        sbfx    r3, r3, #0, #29
        smlal   r10, r11, r3, r5
        smlal   r12, lr, r3, r6
        lsr.w   r10, r10, #29
        orr.w   r10, r10, r11, lsl #3
        adds.w  r12, r12, r10
        adc.w   lr, lr, r11, asr #29
        mul     r4, r12, r0
        sbfx    r4, r4, #0, #29
        smlal   r12, lr, r4, r5
        lsr.w   r8, r12, #29
        orr.w   r8, r8, lr, lsl #3
        asr.w   r9, lr, #29
        .set    F0, 1
        .set    F1, 0
        .set    F2, 0
        KEEP    M + 4 * \k
        .endm

mul_n:
        .set    F0, 0
        .set    F1, 0
        .set    F2, 0
        LOWER   0
        LOWER   3
        LOWER   6
        STRIP   9
        ORDERS  9, 6
        DIGITS
        KEEP    D
        STRIP   12
        ORDERS  12, 6
        DIGITS
        KEEP    D + 12
        STRIP   15
        ORDERS  15, 6
        FINISH

@ ---- The machine. Operations find d at r0, a at r1, b at r2, the base at r4, op at r5.
next:
        ldrd    r3, r4, [sp, #PC]
        ldr     r5, [r3], #4
        str     r3, [sp, #PC]
        ubfx    r0, r5, #8, #8
        ubfx    r1, r5, #16, #8
        lsr.w   r2, r5, #24
        add.w   r0, r4, r0, lsl #2
        add.w   r1, r4, r1, lsl #2
        add.w   r2, r4, r2, lsl #2
        and.w   r6, r5, #15
        tbh     [pc, r6, lsl #1]
ops:
        .hword  (done - ops) / 2
        .hword  (op_mul_p - ops) / 2
        .hword  (op_mul_n - ops) / 2
        .hword  (op_square_p - ops) / 2
        .hword  (op_square_n - ops) / 2
        .hword  (op_add - ops) / 2
        .hword  (op_add_carry - ops) / 2
        .hword  (op_loop - ops) / 2
        .hword  (op_call - ops) / 2
        .hword  (op_return - ops) / 2
        .hword  (op_window - ops) / 2
        .hword  (op_comb - ops) / 2
        .hword  (op_store - ops) / 2
        .hword  (op_read - ops) / 2
        .hword  (op_write - ops) / 2
        .hword  (op_scalar - ops) / 2

start:
        LEA     r4, next
        str     r4, [sp, #NEXT]
        str     r4, [sp, #RET]
        b       next

op_mul_p:                               @ d = a b / R mod p
        str     r0, [sp, #DPTR]
        strd    r1, r2, [sp, #APTR]
        b.w     mul_p

op_mul_n:
        str     r0, [sp, #DPTR]
        strd    r1, r2, [sp, #APTR]
        b.w     mul_n

square_more:
        ldr     r1, [sp, #DPTR]
        strd    r1, r1, [sp, #APTR]
        ldr     r0, [sp, #COUNT]
        subs    r0, #1
        str     r0, [sp, #COUNT]
        itt     eq
        ldreq   r0, [sp, #NEXT]
        streq   r0, [sp, #RET]
        b.w     mul_p

op_square_p:                            @ d = a^(2^(b + 1)), with R as for b products
        str     r0, [sp, #DPTR]
        strd    r1, r1, [sp, #APTR]
        lsrs.w  r2, r5, #24
        beq.w   mul_p
        str     r2, [sp, #COUNT]
        LEA     r3, square_more
        str     r3, [sp, #RET]
        b.w     mul_p

square_more_n:
        ldr     r1, [sp, #DPTR]
        strd    r1, r1, [sp, #APTR]
        ldr     r0, [sp, #COUNT]
        subs    r0, #1
        str     r0, [sp, #COUNT]
        itt     eq
        ldreq   r0, [sp, #NEXT]
        streq   r0, [sp, #RET]
        b.w     mul_n

op_square_n:
        str     r0, [sp, #DPTR]
        strd    r1, r1, [sp, #APTR]
        lsrs.w  r2, r5, #24
        beq.w   mul_n
        str     r2, [sp, #COUNT]
        LEA     r3, square_more_n
        str     r3, [sp, #RET]
        b.w     mul_n

op_add:                                 @ d = a + c b, c = op >> 4 as a signed number of four bits
        sxtb    r3, r5
        asr.w   r3, r3, #4
        ldmia   r1!, {r4-r8}
        ldmia   r2!, {r9-r12, lr}
        mla     r4, r9, r3, r4
        mla     r5, r10, r3, r5
        mla     r6, r11, r3, r6
        mla     r7, r12, r3, r7
        mla     r8, lr, r3, r8
        stmia   r0!, {r4-r8}
        ldmia.w r1, {r4-r7}
        ldmia.w r2, {r8-r11}
        mla     r4, r8, r3, r4
        mla     r5, r9, r3, r5
        mla     r6, r10, r3, r6
        mla     r7, r11, r3, r7
        stmia.w r0, {r4-r7}
        b       next

        .macro  CARRY from, to
        asrs.w  r12, \from, #29
        adc.w   \to, \to, r12
        sbfx    \from, \from, #0, #29
        .endm

op_add_carry:                           @ the same, and the digits as after a product
        sxtb    r3, r5
        asr.w   r3, r3, #4
        ldmia   r1!, {r4-r8}
        ldmia   r2!, {r9-r12, lr}
        mla     r4, r9, r3, r4
        mla     r5, r10, r3, r5
        mla     r6, r11, r3, r6
        mla     r7, r12, r3, r7
        mla     r8, lr, r3, r8
        CARRY   r4, r5
        CARRY   r5, r6
        CARRY   r6, r7
        CARRY   r7, r8
        asrs.w  lr, r8, #29
        adc.w   lr, lr, #0
        sbfx    r8, r8, #0, #29
        stmia   r0!, {r4-r8}
        ldmia.w r1, {r4-r7}
        ldmia.w r2, {r8-r11}
        mla     r4, r8, r3, r4
        mla     r5, r9, r3, r5
        mla     r6, r10, r3, r6
        mla     r7, r11, r3, r7
        add.w   r4, r4, lr
        CARRY   r4, r5
        CARRY   r5, r6
        CARRY   r6, r7
        stmia.w r0, {r4-r7}
        b       next

op_loop:                                @ INDEX -= 1; on with instruction d while it is >= 0
        ldr     r3, [r4, #INDEX]
        subs    r3, #1
        str     r3, [r4, #INDEX]
        bmi     next
jump:   ubfx    r0, r5, #8, #8
        ldr     r3, [sp, #PROGRAM]
        add.w   r3, r3, r0, lsl #2
        str     r3, [sp, #PC]
        b       next

op_call:                                @ instruction d
        str     r3, [sp, #LINK]
        b       jump

op_return:
        ldr     r3, [sp, #LINK]
        str     r3, [sp, #PC]
        b       next

@ Nine digits at r0 from the eight words r4 to r11, by r1 (1 or -1)
digits:
        .macro  DIGIT i, lo, hi
        .set    S, 29 * \i % 32
        .if     S <= 3
        ubfx    r12, \lo, #S, #29
        .else
        lsr.w   r12, \lo, #S
        .ifnb   \hi
        orr.w   r12, r12, \hi, lsl #(32 - S)
        bic.w   r12, r12, #0xe0000000
        .endif
        .endif
        mul     r12, r12, r1
        str.w   r12, [r0, #4 * \i]
        .endm
        DIGIT   0, r4
        DIGIT   1, r4, r5
        DIGIT   2, r5, r6
        DIGIT   3, r6, r7
        DIGIT   4, r7, r8
        DIGIT   5, r8, r9
        DIGIT   6, r9, r10
        DIGIT   7, r10, r11
        DIGIT   8, r11
        bx      lr

@ r4 to r11 = the words of 32 octets at r1, big-endian
words:
        ldr     r4, [r1, #28]
        ldr     r5, [r1, #24]
        ldr     r6, [r1, #20]
        ldr     r7, [r1, #16]
        ldr.w   r8, [r1, #12]
        ldr.w   r9, [r1, #8]
        ldr.w   r10, [r1, #4]
        ldr.w   r11, [r1]
        rev     r4, r4
        rev     r5, r5
        rev     r6, r6
        rev     r7, r7
        rev.w   r8, r8
        rev.w   r9, r9
        rev.w   r10, r10
        rev.w   r11, r11
        bx      lr

op_read:                                @ d = the number at word a of what goes in
        sub.w   r1, r1, r4
        ldr     r3, [sp, #IO]
        add     r1, r3
        bl      words
        mov.w   r1, #1
        bl      digits
        b.w     next

op_write:                               @ word d of what goes out = a mod b, for -b < a < b
        sub.w   r0, r0, r4
        ldr     r3, [sp, #IO]
        add     r0, r3
        str     r0, [sp, #DPTR]
        ldmia.w r1, {r4-r12}
        .macro  PLAIN from, to
        add.w   \to, \to, \from, asr #29
        bic.w   \from, \from, #0xe0000000
        .endm
        .macro  PLAINS
        PLAIN   r4, r5
        PLAIN   r5, r6
        PLAIN   r6, r7
        PLAIN   r7, r8
        PLAIN   r8, r9
        PLAIN   r9, r10
        PLAIN   r10, r11
        PLAIN   r11, r12
        .endm
        PLAINS
        lsr.w   r3, r12, #31            @ 1 if negative
        .macro  MODULUS i, to
        ldr     r0, [r2, #4 * \i]
        mla     \to, r0, r3, \to
        .endm
        MODULUS 0, r4
        MODULUS 1, r5
        MODULUS 2, r6
        MODULUS 3, r7
        MODULUS 4, r8
        MODULUS 5, r9
        MODULUS 6, r10
        MODULUS 7, r11
        MODULUS 8, r12
        PLAINS
        ldr     r0, [sp, #DPTR]
        mov.w   r2, #0
        .macro  WORD w, lo, hi
        .if     \w == 0
        orr.w   r3, \lo, \hi, lsl #29
        .else
        lsr.w   r3, \lo, #(3 * \w)
        orr.w   r3, r3, \hi, lsl #(29 - 3 * \w)
        .endif
        orr.w   r2, r2, r3
        rev     r3, r3
        str     r3, [r0, #(28 - 4 * \w)]
        .endm
        WORD    0, r4, r5
        WORD    1, r5, r6
        WORD    2, r6, r7
        WORD    3, r7, r8
        WORD    4, r8, r9
        WORD    5, r9, r10
        WORD    6, r10, r11
        WORD    7, r11, r12
        ldr     r4, [sp, #BASE]
        str     r2, [r4, #FLAG]
        b.w     next

op_scalar:                              @ HALF, EVEN and VALID of the number at word a
        sub.w   r1, r1, r4
        ldr     r3, [sp, #IO]
        add     r1, r3
        bl      words
        orr.w   r0, r4, r5
        orr.w   r0, r0, r6
        orr.w   r0, r0, r7
        orr.w   r0, r0, r8
        orr.w   r0, r0, r9
        orr.w   r0, r0, r10
        orr.w   r0, r0, r11             @ 0: k = 0
        add.w   r1, sp, #M
        stmia.w r1, {r4-r11}
        ldr     r12, [sp, #BASE]
        .macro  LESS i, r, op
        ldr.w   r3, [r12, #ORDER + 4 * \i]
        \op     \r, r3, \r
        .endm
        LESS    0, r4, subs.w
        LESS    1, r5, sbcs.w
        LESS    2, r6, sbcs.w
        LESS    3, r7, sbcs.w
        LESS    4, r8, sbcs.w
        LESS    5, r9, sbcs.w
        LESS    6, r10, sbcs.w
        LESS    7, r11, sbcs.w
        sbc.w   r2, r2, r2              @ -1: k > n
        orr.w   r3, r4, r5
        orr.w   r3, r3, r6
        orr.w   r3, r3, r7
        orr.w   r3, r3, r8
        orr.w   r3, r3, r9
        orr.w   r3, r3, r10
        orr.w   r3, r3, r11             @ 0: k = n
        clz     r0, r0
        clz     r3, r3
        orr.w   r0, r0, r3
        lsr.w   r0, r0, #5              @ 1: k = 0 or k = n
        orr.w   r0, r0, r2
        and.w   r0, r0, #1
        eor.w   r0, r0, #1
        str.w   r0, [r12, #VALID]
        ldr     r3, [r1]
        and.w   r3, r3, #1
        eor.w   r3, r3, #1
        str.w   r3, [r12, #EVEN]
        rsb.w   r3, r3, #0
        .macro  EITHER i, r
        ldr     r2, [r1, #4 * \i]
        eor.w   \r, \r, r2
        and.w   \r, \r, r3
        eor.w   \r, \r, r2
        .endm
        EITHER  0, r4
        EITHER  1, r5
        EITHER  2, r6
        EITHER  3, r7
        EITHER  4, r8
        EITHER  5, r9
        EITHER  6, r10
        EITHER  7, r11
        lsrs.w  r11, r11, #1
        rrxs    r10, r10
        rrxs    r9, r9
        rrxs    r8, r8
        rrxs    r7, r7
        rrxs    r6, r6
        rrxs    r5, r5
        rrxs    r4, r4
        ldrd    r2, r3, [r12, #TOP7]
        orr.w   r11, r11, r2
        add.w   r1, r12, #HALF
        stmia   r1!, {r4-r11}
        str     r3, [r1]
        b.w     next

op_store:                               @ entry b of the table for k*Q = three registers from a
        lsr.w   r2, r5, #24
        mov.w   r3, #108
        mla     r0, r2, r3, r4
        addw    r0, r0, #WINDOW
        ldmia   r1!, {r4-r12}
        stmia   r0!, {r4-r12}
        ldmia   r1!, {r4-r12}
        stmia   r0!, {r4-r12}
        ldmia   r1!, {r4-r12}
        stmia   r0!, {r4-r12}
        b.w     next

@ r3 = which entry, KAPPA = 1 or -1: for a digit r3 whose highest bit is r0 and mask below it r2
        .macro  CHOOSE
        sub.w   r1, r0, #1              @ -1: a negative digit
        eor.w   r3, r3, r1
        and.w   r3, r3, r2
        ldr     r2, [r4, #EVEN]
        eor.w   r0, r0, r2              @ 0: negative
        lsl.w   r0, r0, #1
        sub.w   r0, r0, #1
        str     r0, [sp, #KAPPA]
        .endm

op_window:                              @ X2, Y2, Z2 = the entry for digit INDEX of the scalar
        ldr     r0, [r4, #INDEX]
        lsr.w   r1, r0, #3
        add.w   r1, r4, r1, lsl #2
        ldr.w   r3, [r1, #HALF]
        and.w   r0, r0, #7
        lsl.w   r0, r0, #2
        lsr.w   r3, r3, r0
        ubfx    r0, r3, #3, #1
        mov.w   r2, #7
        CHOOSE
        str     r3, [sp, #COUNT]
        mov     r0, r4
        .macro  SCAN9 at
        addw    r1, r0, #WINDOW + 36 * \at
        ldr.w   lr, [sp, #COUNT]
        mov.w   r0, #0
        .irp    r, r4, r5, r6, r7, r8, r9, r10, r11, r12
        mov.w   \r, #0
        .endr
78:     eor.w   r3, r0, lr
        clz     r3, r3
        lsr.w   r3, r3, #5              @ 1 for this entry, else 0
        .set    O, 0
        .irp    r, r4, r5, r6, r7, r8, r9, r10, r11, r12
        ldr.w   r2, [r1, #O]
        mla     \r, r2, r3, \r
        .set    O, O + 4
        .endr
        add.w   r1, r1, #108
        adds    r0, #1
        cmp     r0, #8
        bne     78b
        .endm
        SCAN9   0
        ldr     r0, [sp, #BASE]
        add.w   r1, r0, #X2
        stmia.w r1, {r4-r12}
        SCAN9   1
        ldr     r0, [sp, #KAPPA]
        .irp    r, r4, r5, r6, r7, r8, r9, r10, r11, r12
        mul     \r, \r, r0
        .endr
        ldr     r0, [sp, #BASE]
        add.w   r1, r0, #Y2
        stmia.w r1, {r4-r12}
        SCAN9   2
        ldr     r0, [sp, #BASE]
        add.w   r1, r0, #Y2 + 36
        stmia.w r1, {r4-r12}
        b.w     next

op_comb:                                @ X2, Y2 = the entry for column INDEX of block b, not times R
        lsr.w   r8, r5, #24
        ldrd    r0, r5, [r4, #INDEX]    @ and TEETH
        ldrd    r6, r2, [r4, #COLUMNS]  @ and SIZE
        add.w   r1, r8, #1
        mul     r1, r1, r5
        mla     r1, r1, r6, r0          @ behind the highest bit
        mov.w   r3, #0
79:     sub.w   r1, r1, r6
        lsr.w   r7, r1, #5
        add.w   r7, r4, r7, lsl #2
        ldr.w   r7, [r7, #HALF]
        and.w   r0, r1, #31
        lsr.w   r7, r7, r0
        and.w   r7, r7, #1
        orr.w   r3, r7, r3, lsl #1
        subs    r5, #1
        bne     79b
        mul     r8, r8, r2
        ldr     r1, [sp, #TABLE]
        add.w   r8, r1, r8, lsl #6
        str.w   r8, [sp, #APTR]
        str     r2, [sp, #BPTR]
        ldr     r0, [r4, #TEETH]
        sub.w   r0, r0, #1
        lsr.w   r0, r3, r0
        sub.w   r2, r2, #1
        CHOOSE
        str     r3, [sp, #COUNT]
        .macro  SCAN8 at
        ldrd    r1, lr, [sp, #APTR]
        ldr.w   r12, [sp, #COUNT]
        mov.w   r0, #0
        .irp    r, r4, r5, r6, r7, r8, r9, r10, r11
        mov.w   \r, #0
        .endr
78:     eor.w   r3, r0, r12
        clz     r3, r3
        lsr.w   r3, r3, #5
        .set    O, 32 * \at
        .irp    r, r4, r5, r6, r7, r8, r9, r10, r11
        ldr.w   r2, [r1, #O]
        mla     \r, r2, r3, \r
        .set    O, O + 4
        .endr
        add.w   r1, r1, #64
        adds    r0, #1
        cmp     r0, lr
        bne     78b
        .endm
        SCAN8   0
        ldr     r0, [sp, #BASE]
        add.w   r0, r0, #X2
        mov.w   r1, #1
        bl      digits
        SCAN8   1
        ldr     r0, [sp, #BASE]
        add.w   r0, r0, #Y2
        ldr     r1, [sp, #KAPPA]
        bl      digits
        b.w     next

done:                                   @ nothing secret stays in the frame and in d registers from 9
        ubfx    r2, r5, #8, #8
        add     r0, sp, #M
        add.w   r1, r4, #HALF
        add.w   r3, r4, #9 * 36
        .irp    r, r4, r5, r6, r7, r8, r9, r10, r11, r12
        mov.w   \r, #0
        .endr
        stmia.w r0!, {r4-r12}
        stmia.w r0!, {r4-r12}
        str     r4, [sp, #KAPPA]
        str     r4, [sp, #COUNT]
        cbz     r2, 81f
        stmia.w r1, {r4-r12}
80:     stmia.w r3!, {r4-r12}
        subs    r2, #1
        bne     80b
81:     add     sp, #FRAME
        pop.w   {r8-r11}
        mov.w   r0, #0
