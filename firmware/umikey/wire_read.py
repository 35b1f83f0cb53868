"""Taking the PSK mode's payloads apart (RFC 3830 section 6), and what only answers consist of.

pull_x(r) reads from a `Reader` placed at the payload's first octet, moves `r.np` on to the type of
the next payload, and returns the fields in the order of the RFC. All data fields come back as
indexes into `r.buf`, so that nothing is copied: `(at, n)` is buf[at:at+n]. Malformed input raises
RemoteError.
"""

from umikey.buf import Reader, pull_kemac  # noqa: F401
from umikey.errors import RemoteError
from umikey.wire import MAC_LEN, TS_LEN

_V = const(9)
_ERR = const(12)


def pull_hdr(r):
    """-> (data type, V, PRF func, csb_at, #CS, map type, map_at, map_n); the map is passed over."""
    if r.u8() != 1:
        raise RemoteError(12, "MIKEY version")
    data_type = r.u8()
    r.np = r.u8()
    v = r.u8()
    csb_at = r.skip(4)
    n_cs = r.u8()
    map_type = r.u8()
    at = r.at
    if map_type == 0:
        r.skip(9 * n_cs)
    elif map_type == 2:
        for _ in range(n_cs):  # GENERIC-ID blocks, RFC 6043 6.1.1: read them with wire_ext
            r.skip(2)
            r.skip(r.u8() & 127)
            r.skip(r.u16())
            r.skip(r.u8())
    elif map_type != 1:
        raise RemoteError(12, "CS ID map type")
    return data_type, v >> 7, v & 127, csb_at, n_cs, map_type, at, r.at - at


def pull_srtp_id(r):
    """-> (policy_no, ssrc_at, roc_at)."""
    return r.u8(), r.skip(4), r.skip(4)


def pull_t(r):
    """-> (TS type, at, n)."""
    r.np = r.u8()
    ts_type = r.u8()
    if ts_type >= len(TS_LEN):
        raise RemoteError(12, "timestamp type")
    n = TS_LEN[ts_type]
    return ts_type, r.skip(n), n


def pull_id(r):
    """ID, CERT or General Extension -> (type, at, n)."""
    r.np = r.u8()
    kind = r.u8()
    n = r.u16()
    return kind, r.skip(n), n


def pull_sp(r):
    """-> (policy_no, prot type, at, n)."""
    r.np = r.u8()
    no = r.u8()
    prot = r.u8()
    n = r.u16()
    return no, prot, r.skip(n), n


def pull_v(r):
    """-> (auth alg, at, n)."""
    r.np = r.u8()
    alg = r.u8()
    if alg >= len(MAC_LEN):
        raise RemoteError(3)
    return alg, r.skip(MAC_LEN[alg]), MAC_LEN[alg]


def pull_err(r):
    """-> error number; the reserved octets are ignored."""
    r.np = r.u8()
    number = r.u8()
    r.skip(2)
    return number


def pull_rand(r):
    """-> (at, n)."""
    r.np = r.u8()
    n = r.u8()
    return r.skip(n), n


def pull_key(r):
    """-> (type, key_at, key_n, salt_at, salt_n, kv, a_at, a_n, b_at, b_n); salt_n 0: no salt."""
    r.np = r.u8()
    kind = r.u8()
    kv = kind & 15
    kind >>= 4
    if 7 < kind < 15 or kv > 2:
        raise RemoteError(12, "key data type")
    n = r.u16()
    at = r.skip(n)
    salt_at = salt_n = a = a_n = b = b_n = 0
    if kind in (1, 3, 5):
        salt_n = r.u16()
        salt_at = r.skip(salt_n)
    if kv:
        a_n = r.u8()
        a = r.skip(a_n)
    if kv == 2:
        b_n = r.u8()
        b = r.skip(b_n)
    return kind, at, n, salt_at, salt_n, kv, a, a_n, b, b_n


def push_v(w, auth_alg):
    """Verification (6.9); the caller appends the tag."""
    w.begin(_V)
    w.u8(auth_alg)


def push_err(w, number):
    """Error (6.12)."""
    w.begin(_ERR)
    w.u8(number)
    w.u16(0)
