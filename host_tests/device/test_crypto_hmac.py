"""HMAC-SHA-1 and HMAC-SHA-256 against RFC 2202 section 3 and RFC 4231, and in every cut."""

import _force
import check
from umikey.crypto.hmac import Hmac

LONG_KEY = b"Test Using Larger Than Block-Size Key - Hash Key First"
LONG_BOTH = b"Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data"
LONG_256 = (
    b"This is a test using a larger than block-size key and a larger than block-size data. "
    b"The key needs to be hashed before being used by the HMAC algorithm."
)
KEY25 = bytes(range(1, 26))

# size, key, data, tag
CASES = (
    (20, b"\x0b" * 20, b"Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
    (20, b"Jefe", b"what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
    (20, b"\xaa" * 20, b"\xdd" * 50, "125d7342b9ac11cd91a39af48aa17b4f63f175d3"),
    (20, KEY25, b"\xcd" * 50, "4c9007f4026250c6bc8414f9bf50c86c2d7235da"),
    (20, b"\x0c" * 20, b"Test With Truncation", "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"),
    (20, b"\xaa" * 80, LONG_KEY, "aa4ae5e15272d00e95705637ce8a3b55ed402112"),
    (20, b"\xaa" * 80, LONG_BOTH, "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"),
    (
        32, b"\x0b" * 20, b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        32, b"Jefe", b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        32, b"\xaa" * 20, b"\xdd" * 50,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
    (
        32, KEY25, b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    (
        32, b"\xaa" * 131, LONG_KEY,
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        32, b"\xaa" * 131, LONG_256,
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
)  # fmt: skip


def run(size, kind):
    out = bytearray(size + 2)
    h = Hmac(size)
    check.eq("size", h.size, size)
    number = 0
    for case_size, key, data, tag in CASES:
        if case_size != size:
            continue
        number += 1
        last = data
        what = "HMAC %d %s case %d" % (size, kind, number)
        want = b"\0" + bytes.fromhex(tag) + b"\0"
        h.key(key, 0, len(key))
        h.update(data, 0, len(data))
        h.digest_into(out, 1)
        check.eq(what, out, want)
        # Again under the same key, the message in two pieces out of a larger buffer.
        padded = bytearray(b"?" + data + b"?")
        cut = 1 + len(data) // 3
        h.start()
        h.update(padded, 1, cut)
        h.update(padded, cut, cut)
        h.update(padded, cut, len(data) + 1)
        h.digest_into(out, 1)
        check.eq(what + " again", out, want)
        # The key out of a larger buffer.
        padded = bytearray(b"?" + key + b"?")
        h.key(padded, 1, len(key) + 1)
        h.update(data, 0, len(data))
        h.digest_into(out, 1)
        check.eq(what + " once more", out, want)
    # A message that was begun and given up leaves no trace.
    h.start()
    h.update(LONG_KEY, 0, 50)
    h.start()
    h.update(last, 0, len(last))
    h.digest_into(out, 1)
    check.eq("HMAC %d %s given up" % (size, kind), out, want)
    h.wipe()


for kind in _force.kinds("sha1"):
    _force.use(kind)
    run(20, kind)
for kind in _force.kinds("sha256"):
    _force.use(kind)
    run(32, kind)
check.done()
