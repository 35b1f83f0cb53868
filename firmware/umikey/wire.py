"""Messages on the wire (RFC 3830 section 6): writing the PSK mode's payloads, delimiting all.

push_x(w, ...) appends a payload to a `Writer`, which links the payloads by itself. Each has a
pull_x(r) in `wire_read`; an initiator with a pre-shared key does without. `wire_dh`, `wire_cert`
and `wire_ext` have both for the payloads of the other modes.

`Stream` is the push parser: octets in any chunking -> complete payloads, in bounded memory, without
allocation. The octets of a message go into one `hold` of fixed size, given by the engine. Payloads
that need not be kept (extensions, certificates) can be passed through: their head stays in `hold`,
with its length set to 0, and their data goes by (`owner.passing`), so that a message may be longer
than `hold`. When the last payload is complete, `hold[:n]` is a well-formed chain for `extent` to
walk along and for the pull_ functions.

MIKEY payloads have no common length field (RFC 3830 6): a type that is not known here ends the
message with error 13 (RFC 4738 3.5). DH and ECCPT are known once a mode has imported `wire_dh`,
TICKET and the GENERIC-ID map with `wire_ext`: what nobody here can use does not get to load code.
"""

import umikey.errors as errors

# Payload types, RFC 3830 6.1. The names with an underscore cost no memory on the board.
_KEMAC = const(1)
_T = const(5)
_ID = const(6)
_CERT = const(7)
_SP = const(10)
_RAND = const(11)
_KEYDATA = const(20)
_EXT = const(21)

TS_LEN = b"\x08\x08\x04\x04"  # octets of a timestamp by type (RFC 3830 6.6, RFC 6043 6.4)
MAC_LEN = b"\x00\x14\x20"  # octets of a tag by MAC/Auth alg (RFC 3830 6.2, RFC 6043 6.2)
HASH_LEN = b"\x14\x10\x20"  # octets of a hash: SHA-1, MD5 (RFC 3830 6.8), SHA-256 (RFC 6043 6.7)
EXTENT = [None, None]  # how far payloads reach: wire_dh's and wire_ext's part


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


def push_srtp_id(w, policy_no, ssrc, roc):
    """One SRTP-ID map entry (RFC 3830 6.1.1); ssrc and roc: 4 octets each."""
    w.u8(policy_no)
    w.raw(ssrc)
    w.raw(roc)


def push_t(w, ts_type, ts):
    """Timestamp (6.6); ts: the 8 octets of NTP(-UTC), or 4 of COUNTER and NTP-UTC-32."""
    w.begin(_T)
    w.u8(ts_type)
    w.raw(ts)


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


def push_sp(w, policy_no, prot_type, params):
    """Security Policy (6.10); params: the whole list of {type, length, value}."""
    w.begin(_SP)
    w.u8(policy_no)
    w.u8(prot_type)
    w.u16(len(params))
    w.raw(params)


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


# By payload type (0: the common header): octets up to and including what tells the length ...
_HEAD = b"\x0a\4\3\3\2\2\4\4\2\2\5\2\4\3\5\3\x0a\x0a\0\0\0\4\3\3\0\3\5"
# ... and how: 0 fixed, 1 last octet, 2 last two octets, 3 their low 14 bits, 4 their low 12 bits,
# 5 by timestamp type, 6 by hash, 7 by MAC, 8 KEMAC, 9 header, 10 `wire_dh`, 11 `wire_ext`
_RULE = b"\x09\x08\3\x0a\4\5\2\2\6\7\2\1\0\5\2\1\2\x0b\0\0\0\2\2\2\0\x0a\2"


def extent(kind, b, at, n):
    """Octets from `at` that the payload of type `kind` is known to have, when n of them are there.

    Equal to n: it is complete. RemoteError for what cannot be delimited.
    """
    head = _HEAD[kind] if kind < len(_HEAD) else 0
    if not head:
        raise errors.RemoteError(13, "unknown payload type")
    if n < head:
        return head
    last = b[at + head - 1]
    rule = _RULE[kind]
    if rule == 1:
        return head + last
    if 5 <= rule <= 7:
        sizes = TS_LEN if rule == 5 else HASH_LEN if rule == 6 else MAC_LEN
        if last >= len(sizes):
            raise errors.RemoteError(b"\x0c\5\3"[rule - 5], "type %d" % last)
        return head + sizes[last]
    if rule == 9:
        if b[at] != 1:
            raise errors.RemoteError(12, "MIKEY version")
        if last == 0:
            return head + 9 * b[at + 8]
        if last == 2 and EXTENT[1]:
            return EXTENT[1](0, b, at, n)
        if last > 1:
            raise errors.RemoteError(12, "CS ID map type")
        return head
    size = b[at + head - 2] << 8 | last
    if rule == 3:
        size &= 0x3FFF
    elif rule == 4:
        size &= 0x0FFF
    elif rule == 8:
        head += size + 1
        if n < head:
            return head
        return head + kemac_tag(b, at, at + head - 1)
    elif rule >= 10:
        more = EXTENT[rule - 10]
        if more is None:
            raise errors.RemoteError(13, "payload %d" % kind)
        return more(kind, b, at, n)
    elif rule == 0:
        size = 0
    return head + size


class Stream:
    """One message at a time. `owner` has `keeps(kind, size)` and `passing(buf, i, end)`.

    After `push`, `event` is the type of the payload just completed (0: header, None: more octets
    are needed), which stands in hold[at:n]; `done` is True once it was the last.
    """

    def __init__(self, hold, owner):
        self.hold = hold
        self.owner = owner
        self.reset()

    def reset(self):
        self.n = 0  # octets held
        self.at = 0  # where the payload in hand begins
        self.kind = 0  # its type
        self.next = 0  # type of the one to come
        self.skip = 0  # octets still to pass through
        self.event = None
        self.done = False
        self.covered = 0  # hold[:covered] is in the owner's MAC already

    def push(self, buf, i, end):
        """Take buf[i:end] up to the end of a payload; returns the index of the first not taken."""
        hold = self.hold
        if self.event is not None:
            self.at = self.n
            self.kind = self.next
            self.event = None
        while True:
            if self.skip:
                k = end - i
                if k > self.skip:
                    k = self.skip
                if k:
                    self.owner.passing(buf, i, i + k)
                self.skip -= k
                if self.skip:
                    return end
                i += k
            n = self.n
            need = self.at + extent(self.kind, hold, self.at, n - self.at)
            if need == n:
                break
            if need > len(hold):
                raise errors.RemoteError(12, "longer than this end can take")
            while n < need:
                if i == end:
                    self.n = n
                    return i
                hold[n] = buf[i]
                n += 1
                i += 1
            self.n = n
            if (self.kind == _EXT or self.kind == _CERT) and n == self.at + 4:
                size = hold[n - 2] << 8 | hold[n - 1]
                if (size or self.kind == _CERT) and not self.owner.keeps(self.kind, size):
                    hold[n - 2] = hold[n - 1] = 0
                    self.skip = size
        self.event = self.kind
        self.next = hold[2 if self.kind == 0 else self.at]
        self.done = self.next == 0 or self.kind == 4  # SIGN has no next payload and is the last
        return i


def __getattr__(name):
    if name == "__path__":  # CPython asks for it
        raise AttributeError(name)
    import umikey.wire_read as more

    return getattr(more, name)
