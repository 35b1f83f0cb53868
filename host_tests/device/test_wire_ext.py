"""GENERIC-ID maps, tickets, IBE payloads (checklist items 2, 5, 6, 17)."""

from binascii import unhexlify

import check
import wire_feed
from umikey import wire, wire_ext
from umikey.buf import Reader
from umikey.errors import LocalError, RemoteError
from umikey.wire import Writer


def payload(name, kind, w, pull, *fields):
    """The payload in w: through the stream, cut, pulled -> its octets."""
    octets = bytes(w.buf[: w.close()])
    wire_feed.message(name, wire_feed.over(kind, octets), [(0, 0), (kind, 10)])
    check.eq(name, wire_feed.cut(name, pull, octets, kind), fields)
    return octets


def fresh():
    return Writer(bytearray(80))


w = fresh()
wire_ext.push_tr(w, 3, 3, b"\xe5\x7a\x8e\xc0")
got = payload("TR", 13, w, wire_ext.pull_tr, 3, 3, 3, 4)
check.eq("TR of the vectors", got, unhexlify("000303e57a8ec0"))
w = fresh()
wire_ext.push_idr(w, 1, 1, b"sip:alice@example.com")
got = payload("IDR", 14, w, wire_ext.pull_idr, 1, 1, 5, 21)
check.eq("IDR of the vectors", got[:5], b"\0\1\1\0\x15")
w = fresh()
wire_ext.push_idr(w, 1, 1, b"\xde\xad\xbe\xef", 26)
got = payload("SAKKE", 26, w, wire_ext.pull_idr, 1, 1, 5, 4)
check.eq("SAKKE of the vectors", got, unhexlify("0001010004deadbeef"))
w = fresh()
wire_ext.push_randr(w, 2, bytes(16))
payload("RANDR", 15, w, wire_ext.pull_randr, 2, 3, 16)

# MIKEY base ticket (RFC 6043 A): flags D, F, H and O; TP data begins with a payload's type
FLAGS = 0x800 | 0x200 | 0x080 | 0x001
TP = b"\x0d" + unhexlify("000303e57a8ec0")
w = fresh()
wire_ext.push_tp(w, 1, 1, 1, 1, FLAGS, TP)
got = payload("TP", 16, w, wire_ext.pull_tp, 1, 1, 1, 1, FLAGS, 10, 8, 0, 0, 0, 0)
check.eq("TP's bits", got[:10], unhexlify("000001010103502000") + b"\x08")
r = Reader(got, 10, 18)
r.np = r.u8()
check.eq("TP data", (r.np, wire_ext.pull_tr(r), r.at, r.np), (13, (3, 3, 14, 4), 18, 0))
w = fresh()
wire_ext.push_tp(w, 2, 9, 8, 127, 0xFFF, b"", b"ticket", b"initiator")
got = payload("TICKET", 17, w, wire_ext.pull_tp, 2, 9, 8, 127, 0xFFF, 10, 0, 12, 6, 20, 9)
check.eq("TICKET's bits", got[3:8], b"\x09\x08\xff\xff\xe0")
w = fresh()
wire_ext.push_tp(w, 1, 1, 1, 0, 0, TP, b"")
payload("TICKET without data", 17, w, wire_ext.pull_tp, 1, 1, 1, 0, 0, 10, 8, 20, 0, 22, 0)

for kind in (22, 23):
    w = fresh()
    wire_ext.push_ibake(w, b"secret", kind)
    payload("IBAKE, ESK %d" % kind, kind, w, wire_ext.pull_ibake, 3, 6)
w = fresh()
wire_ext.push_sk(w, 1, bytes(16), 2, b"ab", b"cde")
got = bytes(w.buf[: w.close()])
f = wire_feed.cut("SK", wire_ext.pull_sk, got)
check.eq("SK", f, (1, 4, 16, 2, 21, 2, 24, 3))
wire_feed.error("SK outside ESK", wire_feed.over(24, got), 13)


def bad(name, number, kind, octets):
    wire_feed.error(name, wire_feed.over(kind, octets), number)


bad("timestamp type 4", 12, 13, b"\0\1\4" + bytes(9))
bad("item 6: IDR beyond the hold", 12, 14, b"\0\1\1\xff\xff" + bytes(9))
bad("item 6: TP data beyond the hold", 12, 17, bytes(8) + b"\xff\xff" + bytes(9))
bad("item 6: ticket data beyond the hold", 12, 17, bytes(10) + b"\xff\xff" + bytes(9))
bad("item 6: initiator data beyond the hold", 12, 17, bytes(12) + b"\xff\xff" + bytes(9))
e = check.raises("KV 5 in SK", RemoteError, wire_ext.pull_sk, Reader(b"\0\x15\0\0\0", 0, 5))
check.eq("KV 5 in SK: number", e and e.number, 12)

# GENERIC-ID (RFC 6043 6.1.1): host_tests/vectors/12_payloads.json, then three blocks
HDR = unhexlify("010e00811a2b3c4d010201008100000a11111111000000000007040000002a")
wire_feed.message("item 17: HDR with one block", HDR, [(0, 0)])
f = wire_feed.cut("item 17: HDR", wire.pull_hdr, HDR)
check.eq("item 17: HDR", f, (14, 1, 1, 4, 1, 2, 10, 21))
block = HDR[10:]
f = wire_feed.cut("item 17: block", wire_ext.pull_generic_id, block)
check.eq("item 17: S, #P", f, (1, 0, 1, 3, 1, 6, 10, 17, 4))
w = Writer(bytearray(90))
wire.push_hdr(w, 14, 1, 1, b"\x1a\x2b\x3c\x4d", 3, 2)
wire_ext.push_generic_id(w, 1, 0, 1, b"\0", block[6:16], block[17:])
check.eq("item 17: block again", w.buf[10:31], block)
wire_ext.push_generic_id(w, 200, 0, 0, b"", b"", b"")
wire_ext.push_generic_id(w, 7, 0, 0, b"\1\2\3", b"SSRC", b"")
HDR = bytes(w.buf[: w.close()])
wire_feed.message("item 17: three blocks", HDR, [(0, 0)])
r = Reader(HDR, 31, len(HDR))
check.eq(
    "item 17: no policy, no data", wire_ext.pull_generic_id(r), (200, 0, 0, 34, 0, 36, 0, 37, 0)
)
check.eq("item 17: third", wire_ext.pull_generic_id(r), (7, 0, 0, 40, 3, 45, 4, 50, 0))
check.eq("item 17: end of the map", r.at, r.end)
for name, octets in (
    ("S without ROC and SEQ", b"\1\0\x80\0\4SSRC\0"),
    ("ROC without S", b"\1\0\0\0\x0a" + bytes(11)),
    ("policies beyond the end", b"\1\0\x7f" + bytes(9)),
    ("session data beyond the end", b"\1\0\0\xff\xff" + bytes(9)),
    ("SPI beyond the end", b"\1\0\0\0\0\xff" + bytes(9)),
):
    r = Reader(octets, 0, len(octets))
    e = check.raises("item 17: " + name, RemoteError, wire_ext.pull_generic_id, r)
    check.eq("item 17: number", e and e.number, 12)
check.raises(
    "item 17: policies", LocalError, wire_ext.push_generic_id, w, 1, 0, 0, bytes(128), b"", b""
)
check.done()
