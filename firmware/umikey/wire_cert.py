"""Payloads around certificates, in the form of `wire`: PKE, SIGN, CHASH (RFC 3830 6.3, 6.5, 6.8).

CERT (7) has ID's form: `wire.push_id(w, cert_type, data, 7)` and `wire.pull_id`; types 0 X.509v3, 1
its URL, 2 for signatures only, 3 for encryption only (6.7). A chain is one CERT per certificate.
"""

import umikey.errors as errors
from umikey.wire import HASH_LEN

_PKE = const(2)
_SIGN = const(4)
_CHASH = const(8)


def push_chash(w, func, digest):
    """CHASH (6.8): func 0 SHA-1, 1 MD5, 2 SHA-256; digest: of the whole DER certificate."""
    w.begin(_CHASH)
    w.u8(func)
    w.raw(digest)


def pull_chash(r):
    """-> (hash func, at, n); RemoteError(5) for an unknown function."""
    r.np = r.u8()
    func = r.u8()
    if func >= len(HASH_LEN):
        raise errors.RemoteError(5)
    return func, r.skip(HASH_LEN[func]), HASH_LEN[func]


def push_pke(w, cache, n):
    """Opens a PKE (6.3): the caller appends n octets, the encrypted envelope key; n < 16384.

    cache: the envelope key may be kept: 0 no, 1 yes, 2 for this CSB only.
    """
    if n >> 14:
        raise errors.LocalError("too long for a PKE")
    w.begin(_PKE)
    w.u16(cache << 14 | n)


def pull_pke(r):
    """-> (C, at, n)."""
    r.np = r.u8()
    n = r.u16()
    cache = n >> 14
    n &= 0x3FFF
    return cache, r.skip(n), n


def push_sign(w, s_type, n):
    """Opens SIGN (6.5), always the last: the caller appends the signature of n octets; n < 4096.

    s_type: 0 RSASSA-PKCS1-v1_5, 1 RSASSA-PSS, 2 ECDSA (in a SAKKE message: ECCSI), 3 ECGDSA. The
    signature covers the message up to and with these two octets.
    """
    if n >> 12:
        raise errors.LocalError("too long for a SIGN")
    w.begin(_SIGN)
    w.n -= 1  # the one payload without a next payload
    w.slot = -1
    w.u16(s_type << 12 | n)


def pull_sign(r):
    """-> (S type, at, n); RemoteError(12) for anything after it."""
    r.np = 0
    n = r.u16()
    s_type = n >> 12
    n &= 0x0FFF
    at = r.skip(n)
    if r.at != r.end:
        raise errors.RemoteError(12, "SIGN is not the last payload")
    return s_type, at, n
