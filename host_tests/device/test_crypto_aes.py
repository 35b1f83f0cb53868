"""AES and its counter mode against FIPS 197, SP 800-38A, RFC 3711 and our own KEMAC vectors."""

import _force
import check

KEY128 = "2b7e151628aed2a6abf7158809cf4f3c"
KEY256 = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
PLAIN = (
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)

# key, block, its cipher: FIPS 197 appendix B, C.1 and C.3, SP 800-38A F.1.1 and F.1.5
BLOCKS = (
    (KEY128, "3243f6a8885a308d313198a2e0370734", "3925841d02dc09fbdc118597196a0b32"),
    (
        "000102030405060708090a0b0c0d0e0f",
        "00112233445566778899aabbccddeeff",
        "69c4e0d86a7b0430d8cdb78070b4c55a",
    ),
    (
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "00112233445566778899aabbccddeeff",
        "8ea2b7ca516745bfeafc49904b496089",
    ),
    (KEY128, PLAIN[:32], "3ad77bb40d7a3660a89ecaf32466ef97"),
    (KEY256, PLAIN[:32], "f3eed1bdb5d2a03c064b5a7e3db181f8"),
)

# key, IV, plaintext, ciphertext, the IV afterwards
STREAMS = (
    (  # SP 800-38A F.5.1
        KEY128,
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        PLAIN,
        "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
        "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee",
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdff03",
    ),
    (  # SP 800-38A F.5.5
        KEY256,
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        PLAIN,
        "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
        "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6",
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdff03",
    ),
    (  # RFC 3711 B.2, the first blocks
        KEY128,
        "f0f1f2f3f4f5f6f7f8f9fafbfcfd0000",
        "00" * 48,
        "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab"
        "41e95b3bb0a2e8dd477901e4fca894c0",
        "f0f1f2f3f4f5f6f7f8f9fafbfcfd0003",
    ),
    (  # the IV goes round: all ones, then all zeros
        KEY128,
        "ff" * 16,
        "00" * 33,
        "8af2860142f786f409307c1a3f7eaaac7df76b0c1ab899b33e42f047b91b546f57",
        "00" * 15 + "02",
    ),
    (  # 03_kemac_cipher.json: NTP-UTC
        "e068ddfcfcf47e215476c9b3c5cc1f1c",
        "828d0559269cf57b5447792f410d0000",
        "00000010357c443482e163a8edc5780d68d50dc8",
        "b7d2281a8727e0ec827110adb7a3ad701e083f76",
        "828d0559269cf57b5447792f410d0002",
    ),
    (  # COUNTER
        "e068ddfcfcf47e215476c9b3c5cc1f1c",
        "828d0559269c1001da87f92f410a0000",
        "00000010357c443482e163a8edc5780d68d50dc8",
        "5fec9026c8419426ee97e3bb212b4b1de3ac95e7",
        "828d0559269c1001da87f92f410a0002",
    ),
    (  # NTP-UTC-32
        "e068ddfcfcf47e215476c9b3c5cc1f1c",
        "828d0559269cf57b5447f92f410d0000",
        "00000010357c443482e163a8edc5780d68d50dc8",
        "01e7bfb3d159a8d19ff8f84686154dcc67653132",
        "828d0559269cf57b5447f92f410d0002",
    ),
    (  # AES-CM-256
        "dfcabb54d7084b793f0f41ed0a91a885c81bf8c3323df10dcf83fef3e794818f",
        "84a41e1914a66d73bac35242d0730000",
        "00110010357c443482e163a8edc5780d68d50dc8000ed1f5549fbe85a027769e1d648b79040000002a",
        "38443b20fadfdd46897bb04bfdb4869c2bfd42da62fe7bc7807f2b118cb36b01df72a1544168cc0c3b",
        "84a41e1914a66d73bac35242d0730003",
    ),
)


def run(kind):
    from umikey.crypto.aes import Aes, ctr

    unhex = bytes.fromhex
    number = 0
    for key, block, want in BLOCKS:
        number += 1
        what = "AES %s block %d" % (kind, number)
        aes = Aes(unhex(key))
        out = bytearray(16)
        aes.encrypt(unhex(block), out)
        check.eq(what, out, unhex(want))
        out = bytearray(unhex(block))
        aes.encrypt(out, out)
        check.eq(what + " in place", out, unhex(want))
        aes.wipe()
    aes = Aes(memoryview(bytearray(unhex(key))))
    aes.encrypt(unhex(block), out)
    check.eq("AES %s key as memoryview" % kind, out, unhex(want))
    number = 0
    for key, iv, plain, want, after in STREAMS:
        number += 1
        what = "AES-CM %s %d" % (kind, number)
        aes = Aes(bytearray(unhex(key)))
        n = len(plain) // 2
        for lead in (0, 1, 3) if kind != "plain" else (1,):
            count = bytearray(unhex(iv))
            buf = bytearray(b"#" * lead + unhex(plain) + b"#")
            ctr(aes, count, buf, lead, lead + n)
            check.eq(what, buf, b"#" * lead + unhex(want) + b"#")
            check.eq(what + " iv", count, unhex(after))
        # Cut at a block, as one keystream.
        count = bytearray(unhex(iv))
        buf = bytearray(unhex(plain))
        ctr(aes, count, buf, 0, 0)
        ctr(aes, count, buf, 0, 16)
        ctr(aes, count, buf, 16, n)
        check.eq(what + " cut", buf, unhex(want))


for kind in _force.kinds("aes"):
    _force.use(kind)
    run(kind)
check.done()
