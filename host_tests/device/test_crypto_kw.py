"""AES key wrap: RFC 3394 section 4, our KEMAC vector, and everything that must not unwrap."""

import _force
import check
from umikey.crypto.aes_kw import unwrap, wrap
from umikey.errors import AuthError, LocalError

K128 = "000102030405060708090a0b0c0d0e0f"
K256 = K128 + "101112131415161718191a1b1c1d1e1f"
DATA = "00112233445566778899aabbccddeeff"
A6 = "a6" * 8

# kek, initial value, key, wrapped: RFC 3394 4.1, 4.3, 4.6; 03_kemac_cipher.json
CASES = (
    (K128, A6, DATA, "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"),
    (K256, A6, DATA, "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"),
    (
        K256, A6, DATA + K128,
        "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
    ),
    (
        "e068ddfcfcf47e215476c9b3c5cc1f1c", "828d1f721ad11001",
        "000000141ebba4000680a66fcbf5418f581c1affc60c2ef7",
        "e46aed0929b63cfb7ed5e58a3f5bf33365275338af7e8a6a5764694af4740cb2",
    ),
)  # fmt: skip


def run(kind):
    number = 0
    for case in CASES:
        number += 1
        what = "KW %s %d" % (kind, number)
        kek, iv, plain, wrapped = [bytes.fromhex(x) for x in case]
        got = wrap(kek, iv, plain)
        check.eq(what, got, wrapped)
        check.ok(what + " type", isinstance(got, bytes))
        got = unwrap(kek, iv, wrapped)
        check.eq(what + " unwrap", got, plain)
        check.ok(what + " unwrap type", isinstance(got, bytearray))
        if kind == "plain" and number > 1:
            continue
        for at in (0, 7, 8, len(wrapped) - 1):
            bad = bytearray(wrapped)
            bad[at] ^= 0x80
            check.raises(what + " changed", AuthError, unwrap, kek, iv, bad)
        bad = bytearray(iv)
        bad[7] ^= 1
        check.raises(what + " other iv", AuthError, unwrap, kek, bad, wrapped)
        check.raises(what + " short", AuthError, unwrap, kek, iv, wrapped[:-8])
    for n in (0, 8, 15, 16, 17, 23, 25):
        check.raises("length %d" % n, AuthError, unwrap, kek, iv, bytes(n))
    for n in (0, 8, 15, 17):
        check.raises("wrap of %d" % n, LocalError, wrap, kek, iv, bytes(n))
    check.raises("wrap, short iv", LocalError, wrap, kek, b"", plain)
    check.raises("unwrap, short iv", LocalError, unwrap, kek, b"", wrapped)
    check.raises("wrap, short kek", LocalError, wrap, kek[:15], iv, plain)


for kind in _force.kinds("aes"):
    _force.use(kind)
    import umikey.crypto.aes_kw as kw

    kw.pick = lambda name: kind  # noqa: B023
    from umikey.crypto.aes import Aes

    kw.Aes = Aes
    run(kind)
check.done()
