"""AES key wrap (RFC 3394) with the initial value that the caller gives (RFC 3830 4.2.3: a salt)."""

from umikey.crypto import pick
from umikey.crypto.aes import Aes
from umikey.errors import AuthError, LocalError


def wrap(kek, iv8, plain):
    """Wrap `plain`, n >= 2 times 8 octets, under kek (16 or 32 octets): 8 octets more, as bytes.

    iv8: the 8 octets that `unwrap` will check. LocalError for other lengths. RFC 3394 2.2.1.
    """
    n = len(plain) >> 3
    if n < 2 or len(plain) & 7 or len(iv8) != 8:
        raise LocalError("key wrap takes 16 octets or more, a multiple of 8")
    out = bytearray(8)
    out[:] = iv8
    out.extend(plain)
    aes = Aes(kek)
    block = bytearray(16)
    for t in range(1, 6 * n + 1):
        at = 8 * ((t - 1) % n + 1)
        for i in range(8):
            block[i] = out[i]
            block[8 + i] = out[at + i]
        aes.encrypt(block, block)
        for i in range(8):
            out[i] = block[i]
            out[at + i] = block[8 + i]
        _count(out, t)
    aes.wipe()
    return bytes(out)


def unwrap(kek, iv8, wrapped):
    """What was wrapped, as a bytearray of 8 octets less; RFC 3394 2.2.2.

    AuthError if it was not wrapped under kek (16 or 32 octets) with the initial value iv8, and for
    a length that no key wrap has. All of iv8 is compared, whatever its first octets say.
    """
    n = (len(wrapped) >> 3) - 1
    if len(iv8) != 8:
        raise LocalError("the initial value has 8 octets")
    if n < 2 or len(wrapped) & 7:
        raise AuthError("not a wrapped key")
    a = bytearray(wrapped)
    block = bytearray(16)
    if pick("aes") == "cryptolib":
        import cryptolib

        aes = None
        inverse = cryptolib.aes(kek, 1)
    else:
        from umikey.crypto._aes_inv import decrypt

        aes = Aes(kek)
    for t in range(6 * n, 0, -1):
        at = 8 * ((t - 1) % n + 1)
        _count(a, t)
        for i in range(8):
            block[i] = a[i]
            block[8 + i] = a[at + i]
        if aes:
            decrypt(aes, block)
        else:
            inverse.decrypt(block, block)
        for i in range(8):
            a[i] = block[i]
            a[at + i] = block[8 + i]
    if aes:
        aes.wipe()
    differ = 0
    for i in range(8):
        differ |= a[i] ^ iv8[i]
    out = a[8:]
    for buf in (a, block) if not differ else (a, block, out):
        for i in range(len(buf)):
            buf[i] = 0
    if differ:
        raise AuthError("the wrapped key does not verify")
    return out


def _count(a, t):
    """XOR the number of the step, 64 bits, to the first 8 octets of a."""
    i = 7
    while t:
        a[i] ^= t & 255
        t >>= 8
        i -= 1
