"""The payloads of the PSK mode on the wire: one push_/pull_ pair each (RFC 3830 section 6).

push_x(w, ...) appends to a `Writer`, which links the payloads by itself. pull_x(r) reads from a
`Reader` placed at the payload's first octet, moves `r.np` on to the type of the next payload,
and returns the fields in the order of the RFC. All data fields come back as indexes into `r.buf`,
so that nothing is copied: `(at, n)` is buf[at:at+n]. Malformed input raises RemoteError.

`wire_answer` has the halves that an initiator with a pre-shared key does not need, and `wire_dh`,
`wire_cert` and `wire_ext` the payloads of the other modes, in the same form.
"""

import umikey.errors as errors

# Payload types, RFC 3830 6.1. The names with an underscore cost no memory on the board.
_KEMAC = const(1)
_T = const(5)
_ID = const(6)
_SP = const(10)
_RAND = const(11)
_KEYDATA = const(20)

TS_LEN = b"\x08\x08\x04\x04"  # octets of a timestamp by type (RFC 3830 6.6, RFC 6043 6.4)
MAC_LEN = b"\x00\x14\x20"  # octets of a tag by MAC/Auth alg (RFC 3830 6.2, RFC 6043 6.2)
HASH_LEN = b"\x14\x10\x20"  # octets of a hash: SHA-1, MD5 (RFC 3830 6.8), SHA-256 (RFC 6043 6.7)
EXTENT = [None, None]  # how far payloads reach: wire_dh's and wire_ext's part, for `stream`


class Writer:
    """Builds a message in `buf` from index 0. Past its end it only counts: `close()` says how much.

    `slot` is the index of the `next payload` octet that the next `begin` fills in (RFC 3830 6).
    """

    def __init__(self, buf):
        self.buf = buf
        self.n = 0
        self.slot = -1

    def u8(self, v):
        """Append one octet; LocalError if v needs more (MicroPython would cut it in silence)."""
        if v >> 8:
            raise errors.LocalError("too large for its field")
        if self.n < len(self.buf):
            self.buf[self.n] = v
        self.n += 1

    def u16(self, v):
        self.u8(v >> 8)
        self.u8(v & 255)

    def raw(self, data):
        """Append all octets of `data`."""
        n = self.n
        self.n = n + len(data)
        if self.n <= len(self.buf):
            self.buf[n : self.n] = data

    def begin(self, kind):
        """Start a payload of type `kind`: links it to the one before, its own next payload is 0."""
        if 0 <= self.slot < len(self.buf):
            self.buf[self.slot] = kind
        self.slot = self.n
        self.u8(0)

    def close(self):
        """Octets written; BufferTooSmall if they did not fit."""
        if self.n > len(self.buf):
            raise errors.BufferTooSmall(self.n)
        return self.n


class Reader:
    """Reads `buf[at:end]`; RemoteError(12) at the first octet that is not there.

    `np` is the type of the payload that comes next; every pull_ function of `wire` moves it on.
    """

    def __init__(self, buf, at, end):
        self.buf = buf
        self.at = at
        self.end = end
        self.np = 0

    def u8(self):
        return self.buf[self.skip(1)]

    def u16(self):
        at = self.skip(2)
        return self.buf[at] << 8 | self.buf[at + 1]

    def skip(self, n):
        """Pass over n octets; returns the index of the first."""
        at = self.at
        if n > self.end - at:
            raise errors.RemoteError(12, "truncated")
        self.at = at + n
        return at


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
        raise errors.RemoteError(12, "MIKEY version")
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
        raise errors.RemoteError(12, "CS ID map type")
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
        raise errors.RemoteError(12, "timestamp type")
    n = TS_LEN[ts_type]
    return ts_type, r.skip(n), n


def push_rand(w, rand):
    """RAND (6.11); 1..255 octets."""
    w.begin(_RAND)
    w.u8(len(rand))
    w.raw(rand)


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
        raise errors.LocalError("too many keys for one KEMAC")
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
        raise errors.RemoteError(3)
    n = MAC_LEN[alg]
    if not alg and i == at + 4 and b[at + 1] == 2 and 7 <= b[1] <= 8:
        n = 20
    if i + 1 + n - at > 65535:
        raise errors.RemoteError(12, "KEMAC too long")
    return n


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


def pull_v(r):
    """-> (auth alg, at, n)."""
    r.np = r.u8()
    alg = r.u8()
    if alg >= len(MAC_LEN):
        raise errors.RemoteError(3)
    return alg, r.skip(MAC_LEN[alg]), MAC_LEN[alg]


def pull_err(r):
    """-> error number; the reserved octets are ignored."""
    r.np = r.u8()
    number = r.u8()
    r.skip(2)
    return number


def __getattr__(name):
    import umikey.wire_answer as more

    return getattr(more, name)
