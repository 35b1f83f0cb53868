"""ECDSA and ECGDSA signatures with P-256 [SPEC 9.1].

A key is a bytearray of 32 octets, 0 < d < n; its point is d*G for ECDSA, (1/d)*G for ECGDSA. A
digest is what the hash gave: of more than 32 octets the first 32 count. A signature is r || s, 64
octets, or DER's SEQUENCE of two INTEGERs (RFC 3279 2.2.3).

Nonces are those of RFC 6979 with HMAC-SHA-256, and with `random` its section 3.6: 32 fresh octets
go into the seed, so that neither a repeated nor a foreseen random value gives the key away.
"""

from struct import pack_into

from umikey.crypto import p256
from umikey.errors import AuthError, LocalError

_ONE = bytes(31) + b"\1"
_ZERO = bytes(32)
_LESS = p256.N[:31] + b"\x50"  # n - 1, which is -1


def size(curve):
    """Octets of a DER signature as a SIGN payload declares it [SPEC 4.5]."""
    return 71


def sign(key, digest, out, at=0, n=71, random=None, gdsa=False, curve=8, work=None):
    """Write a signature of `digest` to out[at:at+n]; n = 64 is r || s, n = 71 is DER.

    DER varies between 70 and 72 octets, but a SIGN payload's length is under its signature [4.5].
    Of ECDSA's two signatures for a nonce, (r, s) and (r, n - s), one has 71 octets but for one
    nonce in 64; then, and for every second nonce of ECGDSA, another is drawn. `random` is as in
    `rng.fill`, True for the port's own. work: a bytearray of 257 octets or more to work in; its
    contents are overwritten.
    """
    if n not in (64, 71) or at < 0 or at + n > len(out) or len(key) != 32:
        raise LocalError("outside the buffer, or no length of a signature")
    combine = p256.combine
    e = _number(digest)
    # V || 0 or 1 || key || digest mod n || fresh octets; K. An Hmac takes whole buffers quickest.
    work = memoryview(work if work and len(work) > 256 else bytearray(257))[:257]
    secrets = work[:161]
    v = work[:32]
    mac_key = work[129:161]
    secrets[:32] = b"\1" * 32
    secrets[33:65] = key
    combine(e, _ZERO, _ZERO, _ONE, False, secrets, 65)
    end = 97
    if random:
        from umikey.crypto.rng import fill

        fill(secrets, 97, 129, None if random is True else random)
        end = 129
    if gdsa:
        combine(_ZERO, e, _LESS, _ONE, False, e)
    from umikey.crypto.hmac import Hmac

    mac = Hmac(32)
    seed = work[:end]
    _update(mac, mac_key, v, seed)
    secrets[32] = 1
    _update(mac, mac_key, v, seed)
    secrets[32] = 0
    seed = work[:33]
    s = work[161:193]
    point = work[193:]
    r = work[193:225]
    while True:
        mac.start()
        mac.update(v, 0, 32)
        mac.digest_into(v, 0)
        try:
            p256.base(v, point)
        except LocalError:  # not below n: once in 2^32 times
            _update(mac, mac_key, v, seed)
            continue
        combine(r, _ZERO, _ZERO, _ONE, False, point)
        if gdsa:
            combine(e, v, r, key, False, s)
        else:
            combine(e, r, key, v, True, s)
            if n == 71 and not (r[0] ^ s[0]) & 128:
                combine(_ZERO, s, _LESS, _ONE, False, s)
        if n == 64:
            out[at : at + 32] = r
            out[at + 32 : at + 64] = s
            break
        # 71 octets: one number has its highest bit set, and a zero octet in front; and the other is
        # not so small that an octet is missing.
        if (r[0] ^ s[0]) & 128 and (r[0] or r[1] > 127) and (s[0] or s[1] > 127):
            _der(out, at, r, s)
            break
        _update(mac, mac_key, v, seed)
    mac.wipe()
    pack_into("257s", work, 0, b"")


def verify(point, digest, sig, at=0, n=None, gdsa=False, curve=8):
    """AuthError unless sig[at:at+n], DER or r || s, is a signature of `digest` by point's key.

    point: x || y, 64 octets; RemoteError(6) if it is not on the curve.
    """
    if n is None:
        n = len(sig) - at
    if at < 0 or n < 0 or at + n > len(sig):
        raise LocalError("outside the buffer")
    r = bytearray(32)
    s = bytearray(32)
    if n == 64:
        r[:] = memoryview(sig)[at : at + 32]
        s[:] = memoryview(sig)[at + 32 : at + 64]
    else:
        if n < 8 or n > 72 or sig[at] != 48 or sig[at + 1] != n - 2:
            raise AuthError("a malformed signature")
        end = at + n
        if _integer(sig, _integer(sig, at + 2, end, r), end, s) != end:
            raise AuthError("a malformed signature")
    for x in (r, s):
        if not _ZERO < bytes(x) < p256.N:
            raise AuthError("a malformed signature")
    combine = p256.combine
    u1 = _number(digest)
    u2 = bytearray(32)
    if gdsa:
        combine(_ONE, _ZERO, _ZERO, r, True, u2)
        combine(_ZERO, u1, u2, _ONE, False, u1)
        combine(_ZERO, s, u2, _ONE, False, u2)
    else:
        combine(_ONE, _ZERO, _ZERO, s, True, u2)
        combine(_ZERO, u1, u2, _ONE, False, u1)
        combine(_ZERO, r, u2, _ONE, False, u2)
    total = bytearray(64)
    if p256.double_multiply(u1, u2, point, 0, total):
        combine(memoryview(total)[:32], _ZERO, _ZERO, _ONE, False, total)
        if total[:32] == r:
            return
    raise AuthError("the signature is not by this key")


def _number(digest):
    e = bytearray(32)
    n = min(32, len(digest))
    e[32 - n :] = memoryview(digest)[:n]
    return e


def _update(mac, mac_key, v, seed):
    """K and V from seed, which begins with V; `mac` then has the key K."""
    mac.key(mac_key, 0, 32)
    mac.update(seed, 0, len(seed))
    mac.digest_into(mac_key, 0)
    mac.key(mac_key, 0, 32)
    mac.update(v, 0, 32)
    mac.digest_into(v, 0)


def _der(out, at, r, s):
    out[at] = 48
    out[at + 1] = 69
    at += 2
    for x in (r, s):
        out[at] = 2
        out[at + 1] = 32 + (x[0] >> 7)
        at += 2
        out[at] = 0
        at += x[0] >> 7
        out[at : at + 32] = x
        at += 32


def _integer(sig, at, end, out):
    """Where the INTEGER at sig[at] ends, whose value is in `out` then; it has to be positive."""
    if at + 3 <= end and sig[at] == 2:
        n = sig[at + 1]
        at += 2
        if 0 < n <= 33 and at + n <= end and sig[at] < 128:
            if not sig[at] and n > 1:
                if sig[at + 1] < 128:
                    n = 99  # not the shortest form
                at += 1
                n -= 1
            if n <= 32:
                out[32 - n :] = memoryview(sig)[at : at + n]
                return at + n
    raise AuthError("a malformed signature")
