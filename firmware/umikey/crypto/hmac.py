"""HMAC (RFC 2104) with SHA-1 or SHA-256, and comparing tags in constant time."""

from umikey.errors import LocalError


def Hmac(size):  # noqa: N802 - it is used like the class that it chooses
    """A new HMAC object: SHA-1 for size 20, SHA-256 for 32, else LocalError.

    One object serves many keys and messages, and holds no more than its own state. It has

    size                         octets of a tag
    key(buf, start, end)         take buf[start:end] as the key, and start a message. A key of more
                                 than 64 octets is hashed first, as RFC 2104 section 2 has it.
    start()                      start another message under the same key
    update(buf, start, end)      absorb buf[start:end]; nothing is kept of `buf`
    digest_into(out, at)         write the tag to out[at:at+size]; the message is over
    wipe()                       overwrite the key's state; afterwards only `key` works

    Offsets outside the buffer and calls out of order raise LocalError. Except over the port's own
    `hashlib`, which has to make new objects, nothing of this allocates. A message may have up to
    2^29 - 1 octets.
    """
    from umikey.crypto import pick

    if size == 20:
        name = "sha1"
    elif size == 32:
        name = "sha256"
    else:
        raise LocalError("no hash of that size")
    kind = pick(name)
    if kind == "viper":
        from umikey.crypto._sha1_viper import Hmac as made
        from umikey.crypto._sha1_viper import block

        if size == 32:
            from umikey.crypto._sha256_viper import block
    elif kind == "plain":
        from umikey.crypto._sha1 import Hmac as made
        from umikey.crypto._sha1 import block

        if size == 32:
            from umikey.crypto._sha256 import block
    else:
        import hashlib

        from umikey.crypto._hmac_c import Hmac as made

        block = getattr(hashlib, name)
    return made(block, size)


def equal(a, a_at, b, b_at, n):
    """Whether a[a_at:a_at+n] and b[b_at:b_at+n] are the same octets.

    Looks at all of them, whatever the first ones say: the number of steps depends on n alone.
    """
    differ = 0
    for i in range(n):
        differ |= a[a_at + i] ^ b[b_at + i]
    return differ == 0
