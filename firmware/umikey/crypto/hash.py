"""SHA-1, SHA-256, SHA-384 and SHA-512 (FIPS 180-4), streaming."""

from umikey.crypto import Hmac, pick


def Sha(size):  # noqa: N802 - it is used like a class
    """A new hash object: SHA-1 for size 20, SHA-256 for 32, SHA-384, SHA-512; else LocalError.

    It has `size`, `update(buf, start, end)` and `digest_into(out, at)`, as `Hmac` has them. After
    `digest_into`, `plain()` begins the next message.
    """
    name = "sha1" if size == 20 else "sha256" if size == 32 else None
    if name and pick(name) == "hashlib":
        import hashlib

        from umikey.crypto._sha_c import Sha as plain

        return plain(getattr(hashlib, name), size)
    if size in (48, 64):
        return _large(size)
    h = Hmac(size)
    h.plain()
    return h


def _large(size):
    try:
        import hashlib

        new = hashlib.sha384 if size == 48 else hashlib.sha512
        from umikey.crypto._sha_c import Sha as plain

        return plain(new, size)
    except (ImportError, AttributeError):
        from umikey.crypto._sha512 import Sha as plain

        return plain(size)
