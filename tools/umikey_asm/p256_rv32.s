# Arithmetic for P-256 on RISC-V with M (rv32imc): a machine that runs programs of field operations.
#
# Becomes firmware/umikey/crypto/_asm_p256_rv32.py, see p256_generate.py. What it is given, how
# numbers are represented and why that is correct: see p256_thumb.s, which this follows. What
# differs:
#
# - a0 to a3 in place of r0 to r3. The program and the table may lie at odd addresses: octets, and
#   aligned words around the entries.
# - There are registers for all digits of a (x18 to x26) and b (x9 to x17), so a product goes column
#   by column. There is no carry flag: a product of digits and its addition take six instructions.
# - s0 is the base, s11 the program counter, t5 and t6 where d is and 2^28 in a product.

        .option norelax
        .altmacro

        .equ    INDEX, 0
        .equ    TEETH, 4
        .equ    COLUMNS, 8
        .equ    SIZE, 12
        .equ    TOP7, 16
        .equ    TOP8, 20
        .equ    EVEN, 24
        .equ    VALID, 28
        .equ    FLAG, 32
        .equ    HALF, 36
        .equ    NINV, 72
        .equ    ORDER, 76
        .equ    ORDER9, 4 * 36
        .equ    X2, 12 * 36
        .equ    Y2, 13 * 36
        .equ    WINDOW, 24 * 36

        .equ    TABLE, 0
        .equ    IO, 4
        .equ    LINK, 8
        .equ    COUNT, 12
        .equ    PROGRAM, 16
        .equ    KAPPA, 20
        .equ    DPTR, 24
        .equ    M, 28
        .equ    SAVED, M + 36
        .equ    FRAME, (SAVED + 52 + 15) & ~15

        .macro  EACH what, first, count, from, step
        .set    I, 0
        .rept   \count
        .set    J, \first + I
        .set    O, \from + \step * I
        \what   %J, %O
        .set    I, I + 1
        .endr
        .endm

        addi    sp, sp, -FRAME
        sw      ra, SAVED(sp)
        .macro  SAVE r, o
        sw      x\r, SAVED + \o(sp)
        .endm
        .macro  RESTORE r, o
        lw      x\r, SAVED + \o(sp)
        .endm
        SAVE    8, 4
        SAVE    9, 8
        EACH    SAVE, 18, 10, 12, 4
        mv      s0, a0
        mv      s11, a1
        sw      a1, PROGRAM(sp)
        sw      a2, TABLE(sp)
        sw      a3, IO(sp)
        j       next

# ---- Products, with the column in t3:t4

        .macro  MAC a, b
        mul     t0, x\a, x\b
        mulh    t1, x\a, x\b
        add     t3, t3, t0
        sltu    t0, t3, t0
        add     t4, t4, t1
        add     t4, t4, t0
        .endm

        .macro  COLUMN k
        .set    I, 0
        .rept   9
        .set    A, 18 + I
        .set    B, 9 + \k - I
        .if     (\k - I >= 0) && (\k - I <= 8)
        MAC     %A, %B
        .endif
        .set    I, I + 1
        .endr
        .endm

# t3:t4 += m[i] 2^s
        .macro  PLUS i, s
        .if     (\i >= 0) && (\i <= 8)
        lw      t0, M + 4 * (\i)(sp)
        slli    t1, t0, \s
        srai    t0, t0, 32 - \s
        add     t3, t3, t1
        sltu    t1, t3, t1
        add     t4, t4, t0
        add     t4, t4, t1
        .endif
        .endm

        .macro  MINUS i, s
        .if     (\i >= 0) && (\i <= 8)
        lw      t0, M + 4 * (\i)(sp)
        slli    t1, t0, \s
        srai    t0, t0, 32 - \s
        sltu    t2, t3, t1
        sub     t3, t3, t1
        sub     t4, t4, t0
        sub     t4, t4, t2
        .endif
        .endm

# The column's digit to t0, and what it carries into the next
        .macro  DIGIT
        slli    t0, t3, 3
        srai    t0, t0, 3
        add     t3, t3, t6
        sltu    t1, t3, t6
        add     t4, t4, t1
        SHIFT
        .endm

        .macro  SHIFT
        srli    t3, t3, 29
        slli    t1, t4, 3
        or      t3, t3, t1
        srai    t4, t4, 29
        .endm

# t3:t4 += m[i] n[j]
        .macro  ORDERS i, j
        .if     (\j >= 0) && (\j <= 8)
        lw      t0, M + 4 * \i(sp)
        lw      t1, ORDER9 + 4 * (\j)(s0)
        mul     t2, t0, t1
        mulh    t0, t0, t1
        add     t3, t3, t2
        sltu    t2, t3, t2
        add     t4, t4, t0
        add     t4, t4, t2
        .endif
        .endm

        .macro  LOAD r, o
        lw      x\r, \o(t0)
        .endm
        .macro  LOAD1 r, o
        lw      x\r, \o(t1)
        .endm

        .macro  OPERANDS
        mv      t5, a0
        mv      t0, a1
        mv      t1, a2
        EACH    LOAD, 18, 9, 0, 4
        EACH    LOAD1, 9, 9, 0, 4
        lui     t6, 1 << 16
        li      t3, 0
        li      t4, 0
        .endm

        .macro  COLUMN_P k
        COLUMN  \k
        PLUS    \k - 3, 9
        PLUS    \k - 6, 18
        MINUS   \k - 7, 21
        PLUS    \k - 8, 24
        DIGIT
        .if     \k <= 8
        sw      t0, M + 4 * \k(sp)
        .else
        sw      t0, 4 * (\k - 9)(t5)
        .endif
        .endm

mul_p:  OPERANDS
        .irp    k, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
        COLUMN_P \k
        .endr
        sw      t3, 32(t5)
        ret

        .macro  COLUMN_N k
        COLUMN  \k
        .irp    i, 0, 1, 2, 3, 4, 5, 6, 7, 8
        .if     (\i < \k)
        ORDERS  \i, \k - \i
        .endif
        .endr
        .if     \k <= 8
        lw      t0, NINV(s0)
        mul     t0, t0, t3
        slli    t0, t0, 3
        srai    t0, t0, 3
        sw      t0, M + 4 * \k(sp)
        ORDERS  \k, 0
        SHIFT
        .else
        DIGIT
        sw      t0, 4 * (\k - 9)(t5)
        .endif
        .endm

mul_n:  OPERANDS
        .irp    k, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
        COLUMN_N \k
        .endr
        sw      t3, 32(t5)
        ret

# ---- The machine. Operations find d at a0, a at a1, b at a2, and their octets in t5, t6, t2.
next:
        lbu     t0, 0(s11)
        lbu     t5, 1(s11)
        lbu     t6, 2(s11)
        lbu     t2, 3(s11)
        addi    s11, s11, 4
        slli    a0, t5, 2
        slli    a1, t6, 2
        slli    a2, t2, 2
        add     a0, a0, s0
        add     a1, a1, s0
        add     a2, a2, s0
        andi    t1, t0, 15
        slli    t1, t1, 2
        .option push
        .option norvc
        auipc   t3, 0
        add     t3, t3, t1
        jr      12(t3)
        j       done
        j       op_mul_p
        j       op_mul_n
        j       op_square_p
        j       op_square_n
        j       op_add
        j       op_add_carry
        j       op_loop
        j       op_call
        j       op_return
        j       op_window
        j       op_comb
        j       op_store
        j       op_read
        j       op_write
        j       op_scalar
        .option pop

op_mul_p:
        jal     mul_p
        j       next

op_mul_n:
        jal     mul_n
        j       next

op_square_p:
        sw      a0, DPTR(sp)
1:      sw      t2, COUNT(sp)
        mv      a2, a1
        jal     mul_p
        lw      a0, DPTR(sp)
        mv      a1, a0
        lw      t2, COUNT(sp)
        addi    t2, t2, -1
        bgez    t2, 1b
        j       next

op_square_n:
        sw      a0, DPTR(sp)
1:      sw      t2, COUNT(sp)
        mv      a2, a1
        jal     mul_n
        lw      a0, DPTR(sp)
        mv      a1, a0
        lw      t2, COUNT(sp)
        addi    t2, t2, -1
        bgez    t2, 1b
        j       next

op_add:
        slli    t0, t0, 24
        srai    t0, t0, 28
        .irp    i, 0, 1, 2, 3, 4, 5, 6, 7, 8
        lw      t1, 4 * \i(a1)
        lw      t2, 4 * \i(a2)
        mul     t2, t2, t0
        add     t1, t1, t2
        sw      t1, 4 * \i(a0)
        .endr
        j       next

op_add_carry:
        slli    t0, t0, 24
        srai    t0, t0, 28
        lui     t6, 1 << 16
        li      t3, 0
        .irp    i, 0, 1, 2, 3, 4, 5, 6, 7, 8
        lw      t1, 4 * \i(a1)
        lw      t2, 4 * \i(a2)
        mul     t2, t2, t0
        add     t1, t1, t2
        add     t1, t1, t3
        .if     \i < 8
        add     t3, t1, t6
        srai    t3, t3, 29
        slli    t1, t1, 3
        srai    t1, t1, 3
        .endif
        sw      t1, 4 * \i(a0)
        .endr
        j       next

op_loop:
        lw      t0, INDEX(s0)
        addi    t0, t0, -1
        sw      t0, INDEX(s0)
        bgez    t0, jump
        j       next
op_call:
        sw      s11, LINK(sp)
jump:   lw      s11, PROGRAM(sp)
        slli    t5, t5, 2
        add     s11, s11, t5
        j       next

op_return:
        lw      s11, LINK(sp)
        j       next

# Nine digits at a0 from the eight words x18 to x25, by a1 (1 or -1)
        .macro  SPLIT i, lo, hi
        .set    S, (29 * \i) % 32
        .if     S
        srli    t0, x\lo, S
        .else
        mv      t0, x\lo
        .endif
        .if     (S > 3) && (\i < 8)
        slli    t1, x\hi, 32 - S
        or      t0, t0, t1
        .endif
        slli    t0, t0, 3
        srli    t0, t0, 3
        mul     t0, t0, a1
        sw      t0, 4 * \i(a0)
        .endm
digits: SPLIT   0, 18, 19
        SPLIT   1, 18, 19
        SPLIT   2, 19, 20
        SPLIT   3, 20, 21
        SPLIT   4, 21, 22
        SPLIT   5, 22, 23
        SPLIT   6, 23, 24
        SPLIT   7, 24, 25
        SPLIT   8, 25, 25
        ret

# t0 with its octets the other way round
        .macro  REVERSE
        slli    t1, t0, 24
        srli    t2, t0, 24
        or      t1, t1, t2
        srli    t2, t0, 8
        and     t2, t2, t3
        or      t1, t1, t2
        and     t2, t0, t3
        slli    t2, t2, 8
        or      t0, t1, t2
        .endm

        .macro  MASK                    # t3 = 0xff00, and what it needs of it
        lui     t3, 16
        addi    t3, t3, -256
        .endm

        .macro  SWAPPED r, o            # the octets 8 to 15 and 16 to 23 change places, too
        lw      t0, \o(a1)
        slli    t1, t0, 24
        srli    t2, t0, 24
        or      t1, t1, t2
        srli    t2, t0, 8
        and     t2, t2, t3
        or      t1, t1, t2
        and     t0, t0, t3
        slli    t0, t0, 8
        or      x\r, t1, t0
        .endm

# x18 to x25 = the words of 32 octets at word t6 of what goes in, big-endian
words:  lw      a1, IO(sp)
        slli    t6, t6, 2
        add     a1, a1, t6
        MASK
        EACH    SWAPPED, 18, 8, 28, -4
        ret

op_read:
        jal     words
        li      a1, 1
        jal     digits
        j       next

        .macro  PLAIN from, to
        srai    t0, x\from, 29
        slli    x\from, x\from, 3
        srli    x\from, x\from, 3
        add     x\to, x\to, t0
        .endm

        .macro  PLAINS
        .set    I, 18
        .rept   8
        .set    J, I + 1
        PLAIN   %I, %J
        .set    I, I + 1
        .endr
        .endm

        .macro  MODULUS r, o
        lw      t0, \o(a2)
        and     t0, t0, t3
        add     x\r, x\r, t0
        .endm

        .macro  WORD w, lo, hi
        srli    t0, x\lo, 3 * \w
        slli    t1, x\hi, 29 - 3 * \w
        or      t0, t0, t1
        or      t4, t4, t0
        REVERSE
        sw      t0, 28 - 4 * \w(a0)
        .endm

op_write:
        lw      a0, IO(sp)
        slli    t5, t5, 2
        add     a0, a0, t5
        mv      t0, a1
        EACH    LOAD, 18, 9, 0, 4
        PLAINS
        srai    t3, x26, 31
        EACH    MODULUS, 18, 9, 0, 4
        PLAINS
        MASK
        li      t4, 0
        WORD    0, 18, 19
        WORD    1, 19, 20
        WORD    2, 20, 21
        WORD    3, 21, 22
        WORD    4, 22, 23
        WORD    5, 23, 24
        WORD    6, 24, 25
        WORD    7, 25, 26
        sw      t4, FLAG(s0)
        j       next

        .macro  ANY r, o
        or      t0, t0, x\r
        .endm
        .macro  LESS r, o               # x9 to x16 = n - k, with t3 borrowed
        .set    K, \r - 9 + 18
        lw      t0, ORDER + \o(s0)
        SUBTRACT \r, %K
        .endm
        .macro  SUBTRACT r, k
        sltu    t1, t0, x\k
        sub     t2, t0, x\k
        sltu    t4, t2, t3
        sub     x\r, t2, t3
        or      t3, t1, t4
        .endm
        .macro  EITHER r, o             # x18 to x25 = x9 to x16 where t4 is -1
        .set    K, \r - 9 + 18
        EITHER2 \r, %K
        .endm
        .macro  EITHER2 r, k
        xor     t0, x\r, x\k
        and     t0, t0, t4
        xor     x\k, x\k, t0
        .endm
        .macro  HALVE r, o
        .set    K, \r + 1
        HALVE2  \r, %K, \o
        .endm
        .macro  HALVE2 r, k, o
        srli    t0, x\r, 1
        slli    t1, x\k, 31
        or      t0, t0, t1
        sw      t0, HALF + \o(s0)
        .endm

op_scalar:
        jal     words
        li      t0, 0
        EACH    ANY, 18, 8, 0, 0
        seqz    t5, t0                  # k = 0
        li      t3, 0
        EACH    LESS, 9, 8, 0, 4
        li      t0, 0
        EACH    ANY, 9, 8, 0, 0
        seqz    t0, t0                  # k = n
        or      t0, t0, t5
        or      t0, t0, t3              # k > n
        xori    t0, t0, 1
        sw      t0, VALID(s0)
        andi    t0, x18, 1
        xori    t0, t0, 1
        sw      t0, EVEN(s0)
        neg     t4, t0
        EACH    EITHER, 9, 8, 0, 0
        EACH    HALVE, 18, 7, 0, 4
        srli    t0, x25, 1
        lw      t1, TOP7(s0)
        or      t0, t0, t1
        sw      t0, HALF + 28(s0)
        lw      t1, TOP8(s0)
        sw      t1, HALF + 32(s0)
        j       next

        .macro  COPY r, o
        lw      t0, \o(a1)
        sw      t0, \o(a0)
        .endm

op_store:
        li      t0, 108
        mul     t2, t2, t0
        addi    a0, s0, WINDOW
        add     a0, a0, t2
        EACH    COPY, 0, 27, 0, 4
        j       next

# t5 = which entry, KAPPA = 1 or -1: for a digit t5 whose highest bit is t0 and mask below it t1
        .macro  CHOOSE
        addi    t2, t0, -1
        xor     t5, t5, t2
        and     t5, t5, t1
        lw      t2, EVEN(s0)
        xor     t0, t0, t2
        slli    t0, t0, 1
        addi    t0, t0, -1
        sw      t0, KAPPA(sp)
        .endm

        .macro  ZERO r, o
        li      x\r, 0
        .endm
        .macro  TAKE r, o
        lw      t0, \o(a1)
        and     t0, t0, t1
        or      x\r, x\r, t0
        .endm
        .macro  PUT r, o
        sw      x\r, \o(a0)
        .endm
        .macro  SIGN r, o
        mul     x\r, x\r, a2
        .endm

# x18 to x26 = nine words of entry t5 of the window's table
        .macro  SCAN at
        EACH    ZERO, 18, 9, 0, 0
        addi    a1, s0, WINDOW + 36 * \at
        li      t3, 0
        li      t4, 8
1:      xor     t1, t3, t5
        seqz    t1, t1
        neg     t1, t1
        EACH    TAKE, 18, 9, 0, 4
        addi    a1, a1, 108
        addi    t3, t3, 1
        bne     t3, t4, 1b
        addi    a0, s0, X2 + 36 * \at
        .endm

op_window:
        lw      t0, INDEX(s0)
        srli    t1, t0, 3
        slli    t1, t1, 2
        add     t1, t1, s0
        lw      t5, HALF(t1)
        andi    t0, t0, 7
        slli    t0, t0, 2
        srl     t5, t5, t0
        srli    t0, t5, 3
        andi    t0, t0, 1
        li      t1, 7
        CHOOSE
        SCAN    0
        EACH    PUT, 18, 9, 0, 4
        SCAN    1
        lw      a2, KAPPA(sp)
        EACH    SIGN, 18, 9, 0, 0
        EACH    PUT, 18, 9, 0, 4
        SCAN    2
        EACH    PUT, 18, 9, 0, 4
        j       next

        .macro  ALIGN r, o              # the word that begins t3 bits behind x\r
        .set    K, \r + 1
        ALIGN2  \r, %K
        .endm
        .macro  ALIGN2 r, k
        srl     x\r, x\r, t3
        sll     t0, x\k, t4
        slli    t0, t0, 1
        or      x\r, x\r, t0
        .endm

# x18 to x25 = eight words of entry t5 of the block at a3, t2 entries
        .macro  SCAN_FLASH at
        EACH    ZERO, 18, 9, 0, 0
        andi    a1, a3, -4
        addi    a1, a1, 32 * \at
        li      t3, 0
1:      xor     t1, t3, t5
        seqz    t1, t1
        neg     t1, t1
        EACH    TAKE, 18, 9, 0, 4
        addi    a1, a1, 64
        addi    t3, t3, 1
        bne     t3, t2, 1b
        andi    t3, a3, 3
        slli    t3, t3, 3
        li      t4, 31
        sub     t4, t4, t3
        EACH    ALIGN, 18, 8, 0, 0
        .endm

op_comb:
        lw      t0, INDEX(s0)
        lw      a4, TEETH(s0)
        lw      a5, COLUMNS(s0)
        lw      a6, SIZE(s0)
        addi    t1, t2, 1
        mul     t1, t1, a4
        mul     t1, t1, a5
        add     t1, t1, t0
        li      t5, 0
        mv      t6, a4
1:      sub     t1, t1, a5
        srli    t3, t1, 5
        slli    t3, t3, 2
        add     t3, t3, s0
        lw      t3, HALF(t3)
        andi    t4, t1, 31
        srl     t3, t3, t4
        andi    t3, t3, 1
        slli    t5, t5, 1
        or      t5, t5, t3
        addi    t6, t6, -1
        bnez    t6, 1b
        mul     t2, t2, a6
        slli    t2, t2, 6
        lw      a3, TABLE(sp)
        add     a3, a3, t2
        addi    a4, a4, -1
        srl     t0, t5, a4
        addi    t1, a6, -1
        CHOOSE
        mv      t2, a6
        SCAN_FLASH 0
        addi    a0, s0, X2
        li      a1, 1
        jal     digits
        SCAN_FLASH 1
        addi    a0, s0, Y2
        lw      a1, KAPPA(sp)
        jal     digits
        j       next

done:                                   # nothing secret stays in the frame and in d registers from 9
        .macro  CLEAR r, o
        sw      x0, \o(a1)
        .endm
        addi    a1, sp, KAPPA
        EACH    CLEAR, 0, 11, 0, 4
        beqz    t5, 2f
        addi    a1, s0, HALF
        EACH    CLEAR, 0, 9, 0, 4
        addi    a1, s0, 9 * 36
1:      EACH    CLEAR, 0, 9, 0, 4
        addi    a1, a1, 36
        addi    t5, t5, -1
        bnez    t5, 1b
2:      RESTORE 8, 4
        RESTORE 9, 8
        EACH    RESTORE, 18, 10, 12, 4
        lw      ra, SAVED(sp)
        addi    sp, sp, FRAME
        li      a0, 0
