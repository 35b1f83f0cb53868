"""SHA-1 and SHA-256 (FIPS 180-4), streaming."""

from umikey.crypto import Hmac


def Sha(size):  # noqa: N802 - it is used like a class
    """A new hash object: SHA-1 for size 20, SHA-256 for 32, else LocalError.

    It has `size`, `update(buf, start, end)` and `digest_into(out, at)`, as `Hmac` has them. After
    `digest_into`, `plain()` begins the next message.
    """
    h = Hmac(size)
    h.plain()
    return h
