"""Which implementation of each primitive runs on this port.

Three exist of SHA-1, SHA-256 and AES, and `pick` takes the first that is there:

- the port's own C: `hashlib.sha1`, `hashlib.sha256`, `cryptolib.aes`;
- `_*_viper.py`: machine code of MicroPython's viper emitter, on little-endian cores that have one;
- the rest: plain Python for ports without an emitter. It allocates nothing either, and makes no
  integer of 30 bits or more, which would be a heap object on a 32-bit port.

`hmac`, `hash`, `aes`, `aes_kw` and `rng` are what the rest of umikey imports; they behave alike
whatever is behind them. Importing this package does no work. HMAC's front door is in here, because
every exchange needs it and a module costs heap.
"""

import umikey.errors as errors


def pick(name):
    """How `name` ("sha1", "sha256" or "aes") runs here: "hashlib", "cryptolib", "viper" or "plain".

    "viper" means that its modules have been imported and work.
    """
    import sys

    try:
        if name == "aes":
            import cryptolib as c
        else:
            import hashlib as c
        if hasattr(c, name):
            return "cryptolib" if name == "aes" else "hashlib"
    except ImportError:
        pass
    # The architecture of native code in .mpy files; 0 is a build without an emitter.
    if getattr(sys.implementation, "_mpy", 0) >> 10 and sys.byteorder == "little":
        try:
            if name == "aes":
                import umikey.crypto._aes_viper as _aes_viper  # noqa: F401
            elif name == "sha1":
                import umikey.crypto._sha1_viper as _sha1_viper  # noqa: F401
            else:
                import umikey.crypto._sha1_viper as _sha1_viper  # noqa: F401
                import umikey.crypto._sha256_viper as _sha256_viper  # noqa: F401
            return "viper"
        except (ImportError, SyntaxError, ValueError, AttributeError):
            pass
    return "plain"


def Hmac(size):  # noqa: N802 - it is used like the class that it chooses
    """A new HMAC object: SHA-1 for size 20, SHA-256 for 32, SHA-384, SHA-512; else LocalError.

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
    if size == 20:
        name = "sha1"
    elif size == 32:
        name = "sha256"
    elif size in (48, 64):
        from umikey.crypto._sha512 import Hmac as made
        from umikey.crypto.hash import Sha

        return made(Sha(size))
    else:
        raise errors.LocalError("no hash of that size")
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


def cipher():
    """The module that has AES on this port; `cm` in it runs AES-CM once. For more: `aes`."""
    kind = pick("aes")
    if kind == "viper":
        import umikey.crypto._aes_viper as m
    elif kind == "plain":
        import umikey.crypto._aes as m
    else:
        import umikey.crypto._aes_c as m
    return m


def capabilities():
    """What was found on this port, as a dict.

    "sha1", "sha256", "aes": as `pick` says; "urandom": whether `os.urandom` is there; "native": the
    number of the architecture that native code in .mpy files has to be for, 0 for none.
    """
    from umikey.crypto.found import found

    return found()
