"""ECDSA and ECGDSA signatures [SPEC 9.1].

A key is a bytearray of the curve's SIZE, 0 < d < n; its point is d*G for ECDSA, (1/d)*G for
ECGDSA. A digest is what the hash gave: of more octets than SIZE the first ones count. A signature
is r || s, twice SIZE, or DER's SEQUENCE of two INTEGERs (RFC 3279 2.2.3).

Nonces are those of RFC 6979 with HMAC over the curve's hash, and with `random` its section 3.6: 32
fresh octets go into the seed, so that neither a repeated nor a foreseen random value gives the key
away.
"""

from struct import pack_into

import umikey.errors as errors
from umikey.crypto import Hmac, ec, equal

Hmac(32)  # loads it now, where `umikey.__getattr__` clears up behind it


def size(curve):
    """Octets of a DER signature as a SIGN payload declares it [SPEC 4.5]."""
    n = ec.curve(curve).SIZE
    return 2 * n + 7 if n < 60 else 139


def sign(key, digest, out, at=0, n=None, random=None, gdsa=False, curve=8, work=None):
    """Write a signature of `digest` to out[at:at+n]: r || s where n is twice the curve's SIZE, DER
    where it is `size(curve)`, the default.

    DER varies in length, but a SIGN payload's length is under its signature [4.5]. Of ECDSA's two
    signatures for a nonce, (r, s) and (r, n - s), one has the declared length but for one nonce in
    64 on P-256; then, and for every second nonce of ECGDSA, another is drawn. `random` is as in
    `rng.fill`, True for the port's own. work: a bytearray of 257 octets or more to work in, for
    P-256; its contents are overwritten.
    """
    c = ec.curve(curve)
    width = c.SIZE
    raw = 2 * width
    if n is None:
        n = size(curve)
    if n not in (raw, size(curve)) or at < 0 or at + n > len(out) or len(key) != width:
        raise errors.LocalError("outside the buffer, or no length of a signature")
    combine = c.combine
    zero = bytes(width)
    if equal(key, 0, zero, 0, width):  # as after `Credentials.close`
        raise errors.LocalError("the private key is zero: closed?")
    one = bytes(width - 1) + b"\1"
    less = c.N[: width - 1] + bytes([c.N[width - 1] - 1])  # n - 1, which is -1
    e = _number(digest, width)
    h = c.HASH
    # V || 0 or 1 || key || digest mod n || fresh octets; K, s, r || y
    total = 2 * h + 33 + 5 * width
    work = memoryview(work if work and len(work) >= total else bytearray(total))[:total]
    v = work[:h]
    fresh = h + 1 + 2 * width
    mac_key = work[fresh + 32 : fresh + 32 + h]
    for i in range(h):
        work[i] = 1
    work[h] = 0
    for i in range(h):
        mac_key[i] = 0
    work[h + 1 : h + 1 + width] = key
    combine(e, zero, zero, one, False, work, h + 1 + width)
    end = fresh
    if random:
        from umikey.crypto.rng import fill

        fill(work, fresh, fresh + 32, None if random is True else random)
        end += 32
    if gdsa:
        combine(zero, e, less, one, False, e)
    mac = Hmac(h)
    mac.key(mac_key, 0, h)
    seed = work[:end]
    _update(mac, mac_key, v, seed)
    work[h] = 1
    _update(mac, mac_key, v, seed)
    work[h] = 0
    seed = work[: h + 1]
    at_s = fresh + 32 + h
    s = work[at_s : at_s + width]
    point = work[at_s + width :]
    r = point[:width]
    k = v
    while True:
        mac.start()
        mac.update(v, 0, h)
        mac.digest_into(v, 0)
        if width != h:
            k = _nonce(mac, v, h, width)
        try:
            c.base(k, point)
        except errors.LocalError:  # not below n: once in 2^32 times
            _update(mac, mac_key, v, seed)
            continue
        combine(r, zero, zero, one, False, point)
        if gdsa:
            combine(e, k, r, key, False, s)
        else:
            combine(e, r, key, k, True, s)
            if n != raw and _der_size(r, s) != n:
                combine(zero, s, less, one, False, s)
        if n == raw:
            out[at : at + width] = r
            out[at + width : at + n] = s
            break
        if _der_size(r, s) == n:
            _der(out, at, r, s, n)
            break
        _update(mac, mac_key, v, seed)
    mac.wipe()
    for secret in (work, k):
        pack_into("%ds" % len(secret), secret, 0, b"")


def _nonce(mac, v, h, width):
    # RFC 6979 3.2 h: V after V until there are enough bits, of which the first count
    out = bytearray(width)
    done = 0
    while True:
        n = min(h, width - done)
        out[done : done + n] = v[:n]
        done += n
        if done == width:
            break
        mac.start()
        mac.update(v, 0, h)
        mac.digest_into(v, 0)
    if width == 66:  # 521 bits
        for i in range(65, 0, -1):
            out[i] = out[i] >> 7 | out[i - 1] << 1 & 255
        out[0] >>= 7
    return out


def verify(point, digest, sig, at=0, n=None, gdsa=False, curve=8):
    """AuthError unless sig[at:at+n], DER or r || s, is a signature of `digest` by point's key.

    point: x || y; RemoteError(6) if it is not on the curve.
    """
    c = ec.curve(curve)
    width = c.SIZE
    if n is None:
        n = len(sig) - at
    if at < 0 or n < 0 or at + n > len(sig):
        raise errors.LocalError("outside the buffer")
    r = bytearray(width)
    s = bytearray(width)
    if n == 2 * width:
        r[:] = memoryview(sig)[at : at + width]
        s[:] = memoryview(sig)[at + width : at + n]
    else:
        end = at + n
        long = n > 130  # a length of two octets
        at += 3 if long else 2
        if n < 8 or n > 2 * width + 9 or sig[end - n] != 48 or sig[at - 1] != end - at:
            raise errors.AuthError("a malformed signature")
        if long and sig[at - 2] != 0x81 or sig[at - 1] > 127 and not long:
            raise errors.AuthError("a malformed signature")
        if _integer(sig, _integer(sig, at, end, r), end, s) != end:
            raise errors.AuthError("a malformed signature")
    zero = bytes(width)
    for x in (r, s):
        if not zero < bytes(x) < c.N:
            raise errors.AuthError("a malformed signature")
    combine = c.combine
    one = zero[1:] + b"\1"
    u1 = _number(digest, width)
    u2 = bytearray(width)
    if gdsa:
        combine(one, zero, zero, r, True, u2)
        combine(zero, u1, u2, one, False, u1)
        combine(zero, s, u2, one, False, u2)
    else:
        combine(one, zero, zero, s, True, u2)
        combine(zero, u1, u2, one, False, u1)
        combine(zero, r, u2, one, False, u2)
    total = bytearray(2 * width)
    if c.double_multiply(u1, u2, point, 0, total):
        combine(memoryview(total)[:width], zero, zero, one, False, total)
        if total[:width] == r:
            return
    raise errors.AuthError("the signature is not by this key")


def _number(digest, width):
    e = bytearray(width)
    n = min(width, len(digest))
    e[width - n :] = memoryview(digest)[:n]
    return e


def _update(mac, mac_key, v, seed):
    """K and V from seed, which begins with V; `mac` has the key K, before and after."""
    n = len(v)
    mac.start()
    mac.update(seed, 0, len(seed))
    mac.digest_into(mac_key, 0)
    mac.key(mac_key, 0, n)
    mac.update(v, 0, n)
    mac.digest_into(v, 0)


def _length(x):
    # octets of the INTEGER x
    i = 0
    n = len(x)
    while i < n - 1 and not x[i]:
        i += 1
    return n - i + (x[i] >> 7)


def _der_size(r, s):
    n = _length(r) + _length(s) + 4
    return n + 2 if n < 128 else n + 3


def _der(out, at, r, s, n):
    out[at] = 48
    at += 1
    if n > 130:
        out[at] = 0x81
        at += 1
        n -= 1
    out[at] = n - 2
    at += 1
    for x in (r, s):
        m = _length(x)
        out[at] = 2
        out[at + 1] = m
        at += 2
        i = len(x) - m
        for k in range(m):
            out[at + k] = x[i + k] if i + k >= 0 else 0
        at += m


def _integer(sig, at, end, out):
    """Where the INTEGER at sig[at] ends, whose value is in `out` then; it has to be positive."""
    width = len(out)
    if at + 3 <= end and sig[at] == 2:
        n = sig[at + 1]
        at += 2
        if 0 < n <= width + 1 and at + n <= end and sig[at] < 128:
            if not sig[at] and n > 1:
                if sig[at + 1] < 128:
                    n = 199  # not the shortest form
                at += 1
                n -= 1
            if n <= width:
                out[width - n :] = memoryview(sig)[at : at + n]
                return at + n
    raise errors.AuthError("a malformed signature")
