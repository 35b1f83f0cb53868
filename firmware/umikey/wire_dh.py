"""Diffie-Hellman payloads: DH (RFC 3830 6.4) and ECCPT (RFC 6267 6.1.4), in the form of `wire`.

Elliptic-curve groups have two numbers: DH-Group 3..18 in a DH payload (draft-ietf-msec-mikey-ecc-03
section 3), ECC curve 1..16 in ECCPT (RFC 6267 table 5, IANA). They run in the same order, so that
DH-Group = ECC curve + 2. Groups 241..243 are private: MODP 2048, 3072 and 4096 (RFC 3526).
"""

from umikey.errors import RemoteError
from umikey.wire import EXTENT

_DH = const(3)
_ECCPT = const(25)

_MODP = b"\x18\x0c\x10"  # octets / 8 of groups 0 OAKLEY 5, 1 OAKLEY 1, 2 OAKLEY 2
# Octets of a coordinate on the curves 1..16
_FIELD = b"\x18\x15\x15\x15\x1c\x1e\x1e\x20\x24\x24\x30\x34\x34\x42\x48\x48"


def point_len(curve, first):
    """Octets of a point on ECC curve `curve` whose first octet, its form, is `first`.

    Forms (SEC 1 2.3.3): 2, 3 compressed, 4 uncompressed, 6, 7 hybrid. RemoteError(6) for any other
    and for unknown curves.
    """
    if 1 <= curve <= 16:
        n = _FIELD[curve - 1]
        if first == 4 or first == 6 or first == 7:
            return 1 + 2 * n
        if first == 2 or first == 3:
            return 1 + n
    raise RemoteError(6)


def value_len(group, first):
    """Octets of a public value of DH-Group `group`, of which `first` is the first."""
    if group < 3:
        return _MODP[group] << 3
    if 241 <= group <= 243:
        return (group - 239) << 7
    return point_len(group - 2, first)


def extent(kind, b, at, n):
    """For `stream`: octets from `at` that a DH (3) or ECCPT (25) is known to have, given n >= 3."""
    if kind == _DH:
        need = 3 + value_len(b[at + 1], b[at + 2])
    else:
        need = 2 + point_len(b[at + 1], b[at + 2])
        need += (-need & 3) + 4
    if n < need:
        return need
    kv = b[at + need - 1] & 15
    if kv > 2:
        raise RemoteError(12, "KV")
    for _ in range(kv):  # SPI, or valid from and valid to: each after its length
        need += 1
        if n < need:
            return need
        need += b[at + need - 1]
    return need


EXTENT[0] = extent


def push_kv(w, kv, a, b):
    """The KV data (RFC 3830 6.14) that follows the octet with KV.

    kv 0: nothing; 1: a is the SPI/MKI; 2: valid from a to b (for SRTP 6 octets each).
    """
    if kv:
        w.u8(len(a))
        w.raw(a)
    if kv == 2:
        w.u8(len(b))
        w.raw(b)


def pull_kv(r, kv):
    """-> (a_at, a_n, b_at, b_n)."""
    if kv > 2:
        raise RemoteError(12, "KV")
    a = a_n = b = b_n = 0
    if kv:
        a_n = r.u8()
        a = r.skip(a_n)
    if kv == 2:
        b_n = r.u8()
        b = r.skip(b_n)
    return a, a_n, b, b_n


def push_dh(w, group, value, kv, a, b):
    """DH (RFC 3830 6.4).

    value: as long as the group's prime, or a point as in SEC 1 2.3.3; kv, a, b: see `push_kv`.
    """
    w.begin(_DH)
    w.u8(group)
    w.raw(value)
    w.u8(kv)
    push_kv(w, kv, a, b)


def pull_dh(r):
    """-> (DH-Group, at, n, kv, a_at, a_n, b_at, b_n); RemoteError(6): unknown group or form."""
    r.np = r.u8()
    group = r.u8()
    at = r.skip(1)
    r.at = at
    n = value_len(group, r.buf[at])
    r.skip(n)
    kv = r.u8() & 15
    return (group, at, n, kv) + pull_kv(r, kv)


def push_eccpt(w, curve, point, auth_alg, tgk_len, kv, a, b):
    """ECCPT (RFC 6267 6.1.4): zeros after the point up to a 32-bit boundary of the payload.

    tgk_len: octets of the TGK; kv, a, b: see `push_kv`.
    """
    w.begin(_ECCPT)
    w.u8(curve)
    w.raw(point)
    for _ in range(-(len(point) + 2) & 3):
        w.u8(0)
    w.u8(auth_alg)
    w.u16(tgk_len)
    w.u8(kv)
    push_kv(w, kv, a, b)


def pull_eccpt(r):
    """-> (ECC curve, at, n, Auth alg, TGK len, kv, a_at, a_n, b_at, b_n).

    RemoteError(6) for an unknown curve or form of the point, (12) for padding that is not zero.
    """
    r.np = r.u8()
    curve = r.u8()
    at = r.skip(1)
    r.at = at
    n = point_len(curve, r.buf[at])
    r.skip(n)
    for _ in range(-(n + 2) & 3):
        if r.u8():
            raise RemoteError(12, "padding")
    alg = r.u8()
    tgk_len = r.u16()
    kv = r.u8() & 15
    return (curve, at, n, alg, tgk_len, kv) + pull_kv(r, kv)
