"""More of the PSK mode's payloads: what a responder reads and an initiator does not; see `wire`."""

from umikey.errors import RemoteError
from umikey.wire import kemac_tag

_V = const(9)
_ERR = const(12)


def pull_rand(r):
    """-> (at, n)."""
    r.np = r.u8()
    n = r.u8()
    return r.skip(n), n


def pull_kemac(r):
    """-> (encr alg, at, n, MAC alg, mac_at, mac_n); MAC alg 0 with 20 octets: see `kemac_tag`."""
    start = r.at
    r.np = r.u8()
    encr = r.u8()
    n = r.u16()
    at = r.skip(n)
    alg = r.u8()
    n_mac = kemac_tag(r.buf, start, r.at - 1)
    return encr, at, n, alg, r.skip(n_mac), n_mac


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
