"""Elliptic-curve MQV (SEC 1 3.4, ANSI X9.63 5.10) [SPEC 9.4]."""

import umikey.errors as errors


def agree(c, ds, de, qe, static, static_at, fresh, fresh_at, out):
    """out[:] = x of h s (Qe' + avf(Qe') Qs'), s = de + avf(Qe) ds mod n; h is 1.

    c: the curve (`ec.curve`); ds, de: our static and ephemeral secrets; qe: our ephemeral point,
    x || y; static, fresh: the other end's points, x || y from static_at and fresh_at. In one pass
    the end that draws no fresh key gives its static one twice, and the other takes it twice.
    RemoteError(6) for points that are none, and where the result is infinity. The secrets are not
    overwritten here.
    """
    size = c.SIZE
    u = bytearray(size)
    s = bytearray(size)
    one = bytearray(size)
    one[size - 1] = 1
    _avf(c, qe, 0, u)
    c.combine(de, u, ds, one, False, s)
    point = bytearray(2 * size)
    _avf(c, fresh, fresh_at, u)
    try:
        if not c.add_multiple(fresh, fresh_at, u, static, static_at, point):
            raise errors.RemoteError(6, "MQV: infinity")
        c.multiply(s, point, 0, point)
    except errors.LocalError:  # s is 0
        raise errors.RemoteError(6, "MQV: infinity") from None
    finally:
        for i in range(size):
            s[i] = 0
    for i in range(size):
        out[i] = point[i]
    for i in range(2 * size):
        point[i] = 0


def _avf(c, point, at, out):
    # x mod 2^f + 2^f, f half the bits of n, rounded up (SEC 1 3.4)
    size = c.SIZE
    bits = 8 * size - (7 if c.N[0] == 1 else 0)  # P-521's n has 521
    f = (bits + 1) >> 1
    n = f >> 3
    for i in range(size):
        out[i] = point[at + i] if i >= size - n else 0
    rest = f & 7
    top = size - n - 1
    out[top] = point[at + top] & (1 << rest) - 1 | 1 << rest
