"""The payloads of the PSK mode on the wire: one push_/pull_ pair each (RFC 3830 section 6).

push_x(w, ...) appends to a `buf.Writer`, which links the payloads by itself. pull_x(r) reads from a
`buf.Reader` placed at the payload's first octet, moves `r.np` on to the type of the next payload,
and returns the fields in the order of the RFC. All data fields come back as indexes into `r.buf`,
so that nothing is copied: `(at, n)` is buf[at:at+n]. Malformed input raises RemoteError.

`wire_dh`, `wire_cert` and `wire_ext` hold the payloads of the other modes in the same form.
"""

from umikey.errors import LocalError, RemoteError

# Payload types, RFC 3830 6.1. The names with an underscore cost no memory on the board.
_KEMAC = const(1)
_T = const(5)
_ID = const(6)
_V = const(9)
_SP = const(10)
_RAND = const(11)
_ERR = const(12)
_KEYDATA = const(20)
_EXT = const(21)

TS_LEN = b"\x08\x08\x04\x04"  # octets of a timestamp by type (RFC 3830 6.6, RFC 6043 6.4)
MAC_LEN = b"\x00\x14\x20"  # octets of a tag by MAC/Auth alg (RFC 3830 6.2, RFC 6043 6.2)
HASH_LEN = b"\x14\x10\x20"  # octets of a hash: SHA-1, MD5 (RFC 3830 6.8), SHA-256 (RFC 6043 6.7)
EXTENT = [None, None]  # how far payloads reach: wire_dh's and wire_ext's part, for `stream`


def push_hdr(w, data_type, v, prf, csb_id, n_cs, map_type):
    """Common header (RFC 3830 6.1) up to the map info, which the caller appends (`push_srtp_id`).

    csb_id: 4 octets; v: 1 asks for a response; n_cs: number of crypto sessions, 0..255.
    """
    w.u8(1)
    w.u8(data_type)
    w.slot = w.n
    w.u8(0)
    w.u8(v << 7 | prf)
    w.raw(csb_id)
    w.u8(n_cs)
    w.u8(map_type)


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


def push_srtp_id(w, policy_no, ssrc, roc):
    """One SRTP-ID map entry (RFC 3830 6.1.1); ssrc and roc: 4 octets each."""
    w.u8(policy_no)
    w.raw(ssrc)
    w.raw(roc)


def pull_srtp_id(r):
    """-> (policy_no, ssrc_at, roc_at)."""
    return r.u8(), r.skip(4), r.skip(4)


def push_t(w, ts_type, ts):
    """Timestamp (6.6); ts: the 8 octets of NTP(-UTC), or 4 of COUNTER and NTP-UTC-32."""
    w.begin(_T)
    w.u8(ts_type)
    w.raw(ts)


def pull_t(r):
    """-> (TS type, at, n)."""
    r.np = r.u8()
    ts_type = r.u8()
    if ts_type >= len(TS_LEN):
        raise RemoteError(12, "timestamp type")
    n = TS_LEN[ts_type]
    return ts_type, r.skip(n), n


def push_rand(w, rand):
    """RAND (6.11); 1..255 octets."""
    w.begin(_RAND)
    w.u8(len(rand))
    w.raw(rand)


def pull_rand(r):
    """-> (at, n)."""
    r.np = r.u8()
    n = r.u8()
    return r.skip(n), n


def push_id(w, id_type, data, kind=_ID):
    """ID (6.7), and what has its form: CERT (kind 7) and General Extension (kind 21)."""
    w.begin(kind)
    w.u8(id_type)
    w.u16(len(data))
    w.raw(data)


def pull_id(r):
    """ID, CERT or General Extension -> (type, at, n)."""
    r.np = r.u8()
    kind = r.u8()
    n = r.u16()
    return kind, r.skip(n), n


def push_sp(w, policy_no, prot_type, params):
    """Security Policy (6.10); params: the whole list of {type, length, value}."""
    w.begin(_SP)
    w.u8(policy_no)
    w.u8(prot_type)
    w.u16(len(params))
    w.raw(params)


def pull_sp(r):
    """-> (policy_no, prot type, at, n)."""
    r.np = r.u8()
    no = r.u8()
    prot = r.u8()
    n = r.u16()
    return no, prot, r.skip(n), n


def push_kemac(w, encr_alg, n):
    """Opens a KEMAC (6.2): the caller appends n octets of encr data, then the MAC alg and the MAC.

    LocalError where the whole would exceed 65535 octets with the longest MAC (6.13).
    """
    if n > 65535 - 37:
        raise LocalError("too many keys for one KEMAC")
    w.begin(_KEMAC)
    w.u8(encr_alg)
    w.u16(n)


def kemac_tag(b, at, i):
    """Octets of the MAC of the KEMAC at b[at:], whose MAC alg is b[i]; b[0:] is the message.

    RFC 4650 4.2 numbers the algorithms in its own way: in its messages (data types 7 and 8), Encr
    alg 2 without data is NULL, and MAC alg 0 is then HMAC-SHA-1.
    """
    alg = b[i]
    if alg >= len(MAC_LEN):
        raise RemoteError(3)
    n = MAC_LEN[alg]
    if not alg and i == at + 4 and b[at + 1] == 2 and 7 <= b[1] <= 8:
        n = 20
    if i + 1 + n - at > 65535:
        raise RemoteError(12, "KEMAC too long")
    return n


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


def push_key(w, kind, key, salt, kv, a, b):
    """Key data sub-payload (6.13), kind 0 TGK, 1 TGK+SALT, 2 TEK, 3 TEK+SALT, with its KV (6.14).

    Kinds 4 and 5 are GTGK (RFC 6043 6.2.1), 6 MPK, 7 K_PR (RFC 6267 6.1.3), 15 private (a nonce).
    kv 0: always valid; 1: a is the SPI/MKI; 2: valid from a to b (for SRTP 6 octets each).
    """
    w.begin(_KEYDATA)
    w.u8(kind << 4 | kv)
    w.u16(len(key))
    w.raw(key)
    if kind in (1, 3, 5):
        w.u16(len(salt))
        w.raw(salt)
    if kv:
        w.u8(len(a))
        w.raw(a)
    if kv == 2:
        w.u8(len(b))
        w.raw(b)


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


def pull_v(r):
    """-> (auth alg, at, n)."""
    r.np = r.u8()
    alg = r.u8()
    if alg >= len(MAC_LEN):
        raise RemoteError(3)
    return alg, r.skip(MAC_LEN[alg]), MAC_LEN[alg]


def push_err(w, number):
    """Error (6.12)."""
    w.begin(_ERR)
    w.u8(number)
    w.u16(0)


def pull_err(r):
    """-> error number; the reserved octets are ignored."""
    r.np = r.u8()
    number = r.u8()
    r.skip(2)
    return number
