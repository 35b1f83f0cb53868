"""Payloads of RFC 6043, 6267, 6509, extensions and TESLA policies, in the form of `wire`.

What lies inside others is read with a Reader of its own: TP data and initiator data begin with one
octet, the type of their first payload (RFC 6043 6.10); ticket data begins with a THDR (RFC 6043
A.3), and the decrypted IBAKE and ESK data with an ECCPT (`wire_dh`) and an SK (RFC 6267 6.1).
"""

from umikey.errors import LocalError, RemoteError
from umikey.wire import EXTENT, TS_LEN

_TR = const(13)
_IDR = const(14)
_RANDR = const(15)
_TP = const(16)
_TICKET = const(17)
_EXT = const(21)
_IBAKE = const(22)
_SK = const(24)


def _generic_map(b, at, n):
    # GENERIC-ID (RFC 6043 6.1.1): block by block, as far as its lengths have come in
    need = 10
    for _ in range(b[at + 8]):
        need += 3
        if n < need:
            return need
        need += (b[at + need - 1] & 127) + 2
        if n < need:
            return need
        need += (b[at + need - 2] << 8 | b[at + need - 1]) + 1
        if n < need:
            return need
        need += b[at + need - 1]
    return need


def extent(kind, b, at, n):
    """For `wire`: octets from `at` that a TICKET, or the header (kind 0), is known to have.

    n >= 10 are there; a header has a GENERIC-ID map.
    """
    if kind == 0:
        return _generic_map(b, at, n)
    need = 8
    for _ in range(3):  # TP data, ticket data, initiator data: each after its length
        need += 2
        if n < need:
            return need
        need += b[at + need - 2] << 8 | b[at + need - 1]
    return need


EXTENT[1] = extent


def push_generic_id(w, cs_id, prot_type, s, policies, session, spi):
    """One block of a GENERIC-ID map (map type 2, RFC 6043 6.1.1), after `wire.push_hdr`.

    policies: policy numbers, at most 127 octets; session: for SRTP, SSRC (4 octets), with s = 1
    followed by ROC (4) and SEQ (2), or nothing; spi: the SPI or MKI, or nothing. An answer has
    one policy number, session data and an SPI.
    """
    if len(policies) > 127:
        raise LocalError("too many policies")
    w.u8(cs_id)
    w.u8(prot_type)
    w.u8(s << 7 | len(policies))
    w.raw(policies)
    w.u16(len(session))
    w.raw(session)
    w.u8(len(spi))
    w.raw(spi)


def pull_generic_id(r):
    """-> (CS ID, prot type, S, policies_at, policies_n, session_at, session_n, spi_at, spi_n).

    RemoteError(12) for SRTP session data that is neither empty nor as long as S says.
    """
    cs_id = r.u8()
    prot = r.u8()
    n = r.u8()
    s = n >> 7
    n &= 127
    at = r.skip(n)
    d_n = r.u16()
    d = r.skip(d_n)
    if not prot and d_n and d_n != (10 if s else 4):
        raise RemoteError(12, "session data")
    spi_n = r.u8()
    return cs_id, prot, s, at, n, d, d_n, r.skip(spi_n), spi_n


def push_tr(w, role, ts_type, ts):
    """TR (RFC 6043 6.4): role 1 issue, 2 start, 3 end, 4 rekeying interval; ts as in `push_t`."""
    w.begin(_TR)
    w.u8(role)
    w.u8(ts_type)
    w.raw(ts)


def pull_tr(r):
    """-> (TS role, TS type, at, n)."""
    r.np = r.u8()
    role = r.u8()
    ts_type = r.u8()
    if ts_type >= len(TS_LEN):
        raise RemoteError(12, "timestamp type")
    n = TS_LEN[ts_type]
    return role, ts_type, r.skip(n), n


def push_idr(w, role, id_type, data, kind=_IDR):
    """IDR (RFC 6043 6.6), and SAKKE (kind 26, RFC 6509 4.2) with SAKKE params and ID scheme.

    role: 1 initiator, 2 responder, 3 KMS, 4 PSK, 5 application, 6 and 7 the initiator's and the
    responder's KMS (RFC 6509 4.4).
    """
    w.begin(kind)
    w.u8(role)
    w.u8(id_type)
    w.u16(len(data))
    w.raw(data)


def pull_idr(r):
    """IDR -> (ID role, ID type, at, n); SAKKE -> (SAKKE params, ID scheme, at, n)."""
    r.np = r.u8()
    role = r.u8()
    id_type = r.u8()
    n = r.u16()
    return role, id_type, r.skip(n), n


def push_randr(w, role, rand):
    """RANDR (RFC 6043 6.8): role 1 initiator, 2 responder, 3 KMS; rand: 1..255 octets."""
    w.begin(_RANDR)
    w.u8(role)
    w.u8(len(rand))
    w.raw(rand)


def pull_randr(r):
    """-> (RAND role, at, n)."""
    r.np = r.u8()
    role = r.u8()
    n = r.u8()
    return role, r.skip(n), n


def push_tp(w, ticket_type, subtype, version, prf, flags, tp, ticket=None, initiator=b""):
    """TP, or TICKET where there is ticket data (RFC 6043 6.10).

    ticket_type: 1 MIKEY base (subtype 1, version 1), 2 3GPP base; prf: 7 bits; flags: 12 bits, D
    (0x800) down to O (1); tp, ticket, initiator: octets of the three data fields.
    """
    w.begin(_TP if ticket is None else _TICKET)
    w.u16(ticket_type)
    w.u8(subtype)
    w.u8(version)
    w.u8(prf << 1 | flags >> 11)
    w.u16((flags & 0x7FF) << 5)
    w.u16(len(tp))
    w.raw(tp)
    if ticket is not None:
        w.u16(len(ticket))
        w.raw(ticket)
        w.u16(len(initiator))
        w.raw(initiator)


def pull_tp(r):
    """TP or TICKET, whichever `r.np` says.

    -> (ticket type, subtype, version, PRF, flags, at, n, ticket_at, ticket_n, initiator_at,
    initiator_n); the last four are 0 for TP. The reserved bits are ignored.
    """
    kind = r.np
    r.np = r.u8()
    ticket_type = r.u16()
    subtype = r.u8()
    version = r.u8()
    prf = r.u8()
    flags = (prf & 1) << 11 | r.u16() >> 5
    n = r.u16()
    at = r.skip(n)
    t = t_n = i = i_n = 0
    if kind == _TICKET:
        t_n = r.u16()
        t = r.skip(t_n)
        i_n = r.u16()
        i = r.skip(i_n)
    return ticket_type, subtype, version, prf >> 1, flags, at, n, t, t_n, i, i_n


def push_ibake(w, data, kind=_IBAKE):
    """IBAKE, or ESK (kind 23): IBE-encrypted data (RFC 6267 6.1.1, 6.1.2)."""
    w.begin(kind)
    w.u16(len(data))
    w.raw(data)


def pull_ibake(r):
    """IBAKE, ESK, or THDR (RFC 6043 A.3) -> (at, n)."""
    r.np = r.u8()
    n = r.u16()
    return r.skip(n), n


def push_sk(w, kind, key, kv, a, b):
    """SK, inside ESK only (RFC 6267 6.1.5): kind 1; kv, a, b: see `wire_dh.push_kv`."""
    from umikey.wire_dh import push_kv

    w.begin(_SK)
    w.u8(kind << 4 | kv)
    w.u16(len(key))
    w.raw(key)
    push_kv(w, kv, a, b)


def pull_sk(r):
    """-> (type, at, n, kv, a_at, a_n, b_at, b_n)."""
    from umikey.wire_dh import pull_kv

    r.np = r.u8()
    kv = r.u8()
    kind = kv >> 4
    kv &= 15
    n = r.u16()
    at = r.skip(n)
    return (kind, at, n, kv) + pull_kv(r, kv)


def push_ext(w, kind, items):
    """A General Extension (RFC 3830 6.15) from its (type, octets) pairs: what `pull_ext` returns.

    kind 1 SDP IDs (RFC 4567): one pair per KMPID; 3 Key ID (RFC 4563 4): one per sub-payload, type
    0 MBMS domain, 1 MSK, 2 MTK; 5 OMA BCAST (RFC 5410 3): one, type 1 LTKM, 2 STKM, 3 LTKM
    reporting, 4 parental control; 0 Vendor ID, 2 TESLA I-Key (RFC 4442 4.4), 4 CSB_ID (4 octets,
    RFC 4738 3.9.3) and any other: one. Where a kind has no types, they are not looked at.
    """
    w.begin(_EXT)
    w.u8(kind)
    at = w.n
    w.u16(0)
    for what, data in items:
        if kind == 1 and w.n > at + 2:
            w.u8(0x3B)
        if kind == 3 or kind == 5:
            w.u8(what)
        if kind == 3:
            w.u8(len(data))
        w.raw(data)
    n = w.n
    w.n = at
    w.u16(n - at - 2)
    w.n = n


def pull_ext(r, kind):
    """The contents of an extension of type `kind`, over whose data r is placed -> [(type, at, n)].

    See `push_ext`; the type is 0 where a kind has none. RemoteError(12) for what cannot be of this
    kind. Unknown kinds are to be ignored (SPEC 7) and come back whole. TESLA I-Key and OMA BCAST
    count only in a message with a MAC or signature (RFC 4442 5.3, RFC 5410 5).
    """
    out = []
    at = r.at
    if kind == 1:
        for i in range(at, r.end + 1):
            if i == r.end or r.buf[i] == 0x3B:
                if i == at:
                    raise RemoteError(12, "SDP IDs")
                out.append((0, at, i - at))
                at = i + 1
        r.at = r.end
    elif kind == 3:
        while r.at < r.end:
            what = r.u8()
            n = r.u8()
            out.append((what, r.skip(n), n))
    else:
        what = r.u8() if kind == 5 else 0
        n = r.end - r.at
        if kind == 4 and n != 4 or kind == 2 and not n:
            raise RemoteError(12, "CSB_ID" if kind == 4 else "TESLA I-Key")
        out.append((what, r.skip(n), n))
    return out


def push_tesla(w, items):
    """Parameters of a TESLA policy (RFC 4442 4.2), to go into `wire.push_sp` with prot type 1.

    items: (type, octets) pairs; `pull_tesla` tells the types.
    """
    for what, data in items:
        w.u8(what)
        w.u8(len(data))
        w.raw(data)


def pull_tesla(r):
    """A TESLA policy's parameters (RFC 4442 4.2), over which r is placed -> list, index = type.

    1 PRF (0 HMAC-SHA1), 2 bits of f' (160), 3 MAC (0 HMAC-SHA1), 4 bits of the MAC (80), 6 interval
    in ms, 7 disclosure delay in intervals, 8 length of the key chain: integers; 5 start of the
    session, 9 the receiver's time: indexes of 8 octets of NTP-UTC. Where absent, 1..4 have the
    default in brackets, the others are None. RemoteError(10) for values that cannot be taken.
    The policy counts only in a message with a MAC or signature (RFC 4442 5.3).
    """
    out = [None, 0, 160, 0, 80, None, None, None, None, None]
    seen = 1
    while r.at < r.end:
        what = r.u8()
        n = r.u8()
        at = r.skip(n)
        if what > 9 or seen >> what & 1 or not 1 <= n <= 8 or (n != 8 and what in (5, 9)):
            raise RemoteError(10, "TESLA parameter %d" % what)
        seen |= 1 << what
        v = at
        if what != 5 and what != 9:
            v = 0
            for i in range(at, at + n):
                v = v << 8 | r.buf[i]
        out[what] = v
    if out[1] or out[3] or not 1 <= out[2] <= 160 or not 1 <= out[4] <= 160:
        raise RemoteError(10, "TESLA parameters")
    return out
