"""Reading and rewriting messages with the firmware's codec, for tests on CPython.

`parse` feeds a message to `stream.Stream` in any chunking; `again` takes one payload apart with its
pull_ function and puts it together with its push_ function.
"""

from umikey import wire, wire_cert, wire_dh, wire_ext
from umikey.buf import Reader
from umikey.errors import RemoteError
from umikey.stream import Stream
from umikey.wire import Writer

HDR, KEMAC, PKE, DH, SIGN, T, ID, CERT, CHASH, V, SP, RAND, ERR = range(13)
TR, IDR, RANDR, TP, TICKET = range(13, 18)
KEY, EXT, IBAKE, ESK, SK, ECCPT, SAKKE = range(20, 27)

PULL = {
    HDR: wire.pull_hdr,
    KEMAC: wire.pull_kemac,
    PKE: wire_cert.pull_pke,
    DH: wire_dh.pull_dh,
    SIGN: wire_cert.pull_sign,
    T: wire.pull_t,
    ID: wire.pull_id,
    CERT: wire.pull_id,
    CHASH: wire_cert.pull_chash,
    V: wire.pull_v,
    SP: wire.pull_sp,
    RAND: wire.pull_rand,
    ERR: wire.pull_err,
    TR: wire_ext.pull_tr,
    IDR: wire_ext.pull_idr,
    RANDR: wire_ext.pull_randr,
    TP: wire_ext.pull_tp,
    TICKET: wire_ext.pull_tp,
    KEY: wire.pull_key,
    EXT: wire.pull_id,
    IBAKE: wire_ext.pull_ibake,
    ESK: wire_ext.pull_ibake,
    SK: wire_ext.pull_sk,
    ECCPT: wire_dh.pull_eccpt,
    SAKKE: wire_ext.pull_idr,
}


class Owner:
    """For a Stream: holds extensions and certificates up to `limit` octets, collects the rest."""

    def __init__(self, limit=65535):
        self.limit = limit
        self.passed = bytearray()

    def keeps(self, kind, size):
        return size <= self.limit

    def passing(self, buf, i, end):
        self.passed += buf[i:end]


class Parsed:
    """What a Stream made of octets: events [(type, offset in hold)], `error` number or None."""

    def __init__(self, octets, chunks, hold=65536, limit=65535):
        self.owner = Owner(limit)
        self.stream = stream = Stream(bytearray(hold), self.owner)
        self.events = []
        self.error = None
        self.taken = 0
        at = 0
        try:
            for size in chunks:
                chunk = bytes(octets[at : at + size])
                at += size
                i = 0
                while i < len(chunk) and not stream.done:
                    was, i = i, stream.push(chunk, i, len(chunk))
                    assert i > was, "no progress"
                    self.taken += i - was
                    if stream.event is not None:
                        self.events.append((stream.event, stream.at))
        except RemoteError as e:
            self.error = (e.number, str(e))

    @property
    def done(self):
        return self.stream.done and self.error is None

    def payloads(self):
        """[(type, start, end)] in hold."""
        ends = [at for _, at in self.events[1:]] + [self.stream.n]
        return [(kind, at, end) for (kind, at), end in zip(self.events, ends, strict=True)]


def chunked(n, size):
    """n octets in chunks of `size`, 0 for one chunk."""
    return [size] * (-(-n // size)) if size else [n]


def reader(octets, at, end, kind):
    r = Reader(octets, at, end)
    r.np = kind
    return r


def again(kind, octets, at, end):
    """The payload octets[at:end], pulled and pushed; AssertionError if pull stops elsewhere."""
    r = reader(octets, at, end, kind)
    w = Writer(bytearray(end - at))
    fields = PULL[kind](r)
    assert r.at == end, f"payload {kind}: pull_ stopped at {r.at}, not {end}"

    def cut(i, n):
        return bytes(octets[i : i + n])

    _push(kind, w, fields, cut, octets)
    n = w.close()
    if kind == SIGN:
        assert r.np == 0
    else:
        link = 2 if kind == HDR else 0
        assert r.np == octets[at + link]
        w.buf[link] = r.np
    return bytes(w.buf[:n])


def _push(kind, w, f, cut, octets):
    if kind == HDR:
        wire.push_hdr(w, f[0], f[1], f[2], cut(f[3], 4), f[4], f[5])
        r = Reader(octets, f[6], f[6] + f[7])
        for _ in range(f[4] if f[5] != 1 else 0):
            if f[5] == 0:
                no, ssrc, roc = wire.pull_srtp_id(r)
                wire.push_srtp_id(w, no, cut(ssrc, 4), cut(roc, 4))
            else:
                g = wire_ext.pull_generic_id(r)
                parts = cut(*g[3:5]), cut(*g[5:7]), cut(*g[7:9])
                wire_ext.push_generic_id(w, *g[:3], *parts)
        assert r.at == r.end
    elif kind == KEMAC:
        wire.push_kemac(w, f[0], f[2])
        w.raw(cut(f[1], f[2]))
        w.u8(f[3])
        w.raw(cut(f[4], f[5]))
    elif kind == PKE:
        wire_cert.push_pke(w, f[0], f[2])
        w.raw(cut(f[1], f[2]))
    elif kind == SIGN:
        wire_cert.push_sign(w, f[0], f[2])
        w.raw(cut(f[1], f[2]))
    elif kind == DH:
        wire_dh.push_dh(w, f[0], cut(*f[1:3]), f[3], cut(*f[4:6]), cut(*f[6:8]))
    elif kind == ECCPT:
        wire_dh.push_eccpt(w, f[0], cut(*f[1:3]), *f[3:6], cut(*f[6:8]), cut(*f[8:10]))
    elif kind == T:
        wire.push_t(w, f[0], cut(*f[1:]))
    elif kind in (ID, CERT, EXT):
        wire.push_id(w, f[0], cut(*f[1:]), kind)
    elif kind == CHASH:
        wire_cert.push_chash(w, f[0], cut(*f[1:]))
    elif kind == V:
        wire.push_v(w, f[0])
        w.raw(cut(*f[1:]))
    elif kind == SP:
        wire.push_sp(w, f[0], f[1], cut(*f[2:]))
    elif kind == RAND:
        wire.push_rand(w, cut(*f))
    elif kind == ERR:
        wire.push_err(w, f)
    elif kind == TR:
        wire_ext.push_tr(w, f[0], f[1], cut(*f[2:]))
    elif kind in (IDR, SAKKE):
        wire_ext.push_idr(w, f[0], f[1], cut(*f[2:]), kind)
    elif kind == RANDR:
        wire_ext.push_randr(w, f[0], cut(*f[1:]))
    elif kind == TP:
        wire_ext.push_tp(w, *f[:5], cut(*f[5:7]))
    elif kind == TICKET:
        wire_ext.push_tp(w, *f[:5], cut(*f[5:7]), cut(*f[7:9]), cut(*f[9:11]))
    elif kind == KEY:
        wire.push_key(w, f[0], cut(*f[1:3]), cut(*f[3:5]), f[5], cut(*f[6:8]), cut(*f[8:10]))
    elif kind in (IBAKE, ESK):
        wire_ext.push_ibake(w, cut(*f), kind)
    elif kind == SK:
        wire_ext.push_sk(w, f[0], cut(*f[1:3]), f[3], cut(*f[4:6]), cut(*f[6:8]))
