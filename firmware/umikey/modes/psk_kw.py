"""AES-KW-128 for the key data of PSK messages (RFC 3830 4.2.3): loaded when it is used."""

from umikey.crypto import aes_kw
from umikey.errors import RemoteError


def _keys(kdf, psk):
    # key encryption key, and the 64-bit salt that serves as initial value
    kek = bytearray(16)
    iv = bytearray(8)
    kdf.derive(4, 255, psk, kek, 0, 16)
    kdf.derive(6, 255, psk, iv, 0, 8)
    return kek, iv


def wrap(kdf, psk, buf, at, n):
    """Replace buf[at:at+n] (a multiple of 8, 16 and more) by the wrapped n + 8 octets."""
    kek, iv = _keys(kdf, psk)
    buf[at : at + n + 8] = aes_kw.wrap(kek, iv, buf[at : at + n])


def unwrap(kdf, psk, buf, at, n):
    """The inverse; -> octets of key data. RemoteError(4) for a length that cannot be, AuthError."""
    if n & 7 or n < 24:
        raise RemoteError(4, "key wrap of %d octets" % n)
    kek, iv = _keys(kdf, psk)
    buf[at : at + n - 8] = aes_kw.unwrap(kek, iv, buf[at : at + n])
    return n - 8
