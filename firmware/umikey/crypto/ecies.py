"""ECIES of SEC 1 5.1 as MIKEY uses it (draft-ietf-msec-mikey-ecc-03 4) [SPEC 9.3].

R || EM || D: R is a fresh point, uncompressed; EM the plaintext under AES-CBC with a zero IV (128
bits with curves up to 283, else 256; the draft's 3DES goes with curves that are not here); D its
HMAC-SHA-1. Both keys are X9.63's of Z, the x coordinate of the shared point. There is no padding,
so a plaintext is whole blocks.
"""

import umikey.errors as errors
from umikey.crypto import Hmac, ec, equal, pick
from umikey.crypto.aes import Aes
from umikey.crypto.x963 import x963

_BLOCK = const(16)
_TAG = const(20)


def seal(curve, point, at, plain, out, out_at, random=None, kdf=20):
    """Write `plain`, 16 or 32 octets, for the owner of point[at:] (x || y). -> octets written

    curve: ECC curve of the point; random: as in `rng.fill`; kdf: octets of X9.63's hash.
    """
    c = ec.curve(curve)
    n = len(plain)
    size = c.SIZE
    if not n or n % _BLOCK:
        raise errors.LocalError("ECIES takes whole blocks")
    end = out_at + 1 + 2 * size + n + _TAG
    if end > len(out):
        raise errors.LocalError("outside the buffer")
    k = ec.draw(c, random)
    out[out_at] = 4
    em = end - n - _TAG
    keys = b""
    try:
        c.base(k, out, out_at + 1)
        keys = _keys(c, k, point, at, kdf)
        aes = Aes(memoryview(keys)[:-_TAG])
        block = bytearray(_BLOCK)
        for i in range(0, n, _BLOCK):
            for j in range(_BLOCK):
                block[j] ^= plain[i + j]
            aes.encrypt(block, block)
            out[em + i : em + i + _BLOCK] = block
        aes.wipe()
        _mac(keys, out, em, em + n, out, em + n)
    finally:
        _wipe(k)
        _wipe(keys)
    return end - out_at


def open(curve, d, buf, at, n, out, kdf=20, work=None):
    """out[:m] = what buf[at:at+n] seals for our key d. -> m

    work: for the cipher, see `aes.Aes`.
    AuthError, one and the same, for whatever does not open. A point that is none takes the work of
    a wrong tag; only lengths, which anyone can see, are refused at once.
    """
    c = ec.curve(curve)
    size = c.SIZE
    point = bytearray(2 * size)
    r = 1 + (size if n and buf[at] in (2, 3) else 2 * size)
    m = n - r - _TAG
    if m < _BLOCK or m % _BLOCK or m > len(out):
        raise errors.AuthError("the envelope does not open")
    bad = False
    try:
        ec.decode(curve, buf, at, r, point)
    except errors.RemoteError:
        point[:] = c.G
        bad = True
    keys = _keys(c, d, point, 0, kdf)
    try:
        tag = bytearray(_TAG)
        _mac(keys, buf, at + r, at + r + m, tag, 0)
        if not equal(tag, 0, buf, at + r + m, _TAG) or bad:
            raise errors.AuthError("the envelope does not open")
        block = bytearray(_BLOCK)
        decrypt, wipe = _inverse(memoryview(keys)[:-_TAG], work)
        for i in range(0, m, _BLOCK):
            for j in range(_BLOCK):
                block[j] = buf[at + r + i + j]
            decrypt(block)
            for j in range(_BLOCK):
                out[i + j] = block[j] ^ (buf[at + r + i + j - _BLOCK] if i else 0)
        wipe()
        _wipe(block)
    finally:
        _wipe(keys)
    # a full block of PKCS #7 padding is no part of the key [SPEC 9.3]
    if m > _BLOCK and bytes(memoryview(out)[m - _BLOCK : m]) == b"\x10" * _BLOCK:
        m -= _BLOCK
    return m


def _keys(c, k, point, at, kdf):
    # -> the cipher's key, then the MAC's of 20 octets
    size = c.SIZE
    shared = bytearray(2 * size)
    c.multiply(k, point, at, shared)
    keys = bytearray((32 if size > 36 else 16) + _TAG)
    x963(kdf, memoryview(shared)[:size], keys)
    _wipe(shared)
    return keys


def _mac(keys, buf, start, end, out, at):
    mac = Hmac(20)
    mac.key(keys, len(keys) - _TAG, len(keys))
    mac.update(buf, start, end)
    mac.digest_into(out, at)
    mac.wipe()


def _inverse(key, work):
    # -> functions that decrypt a block in place, and that forget the key
    if pick("aes") == "cryptolib":
        import cryptolib

        aes = cryptolib.aes(bytes(key), 1)
        return (lambda block: aes.decrypt(block, block)), (lambda: None)
    from umikey.crypto._aes_inv import decrypt

    aes = Aes(key, work)
    return (lambda block: decrypt(aes, block)), aes.wipe


def _wipe(secret):
    for i in range(len(secret)):
        secret[i] = 0
