"""CERT, PKE, CHASH and SIGN (checklist items 2, 3, 5, 6, 72, 77)."""

import check
import wire_feed
from umikey import wire, wire_cert
from umikey.buf import Reader
from umikey.errors import LocalError, RemoteError
from umikey.wire import Writer


def payload(name, w, pull, *fields):
    octets = bytes(w.buf[: w.close()])
    check.eq(name, wire_feed.cut(name, pull, octets), fields)
    return octets


def fresh():
    return Writer(bytearray(80))


for func, n in ((0, 20), (1, 16), (2, 32)):
    w = fresh()
    wire_cert.push_chash(w, func, bytes(range(n)))
    payload("item 72: hash function %d" % func, w, wire_cert.pull_chash, func, 2, n)
for cache in range(4):
    w = fresh()
    wire_cert.push_pke(w, cache, 48)
    w.raw(bytes(48))
    payload("PKE, C = %d" % cache, w, wire_cert.pull_pke, cache, 3, 48)
for s_type in range(4):
    w = fresh()
    w.begin(0)
    wire_cert.push_sign(w, s_type, 64)
    check.eq("item 3: linked", w.buf[0], 4)
    w.raw(b"\xff" * 64)
    n = w.close()
    check.eq("item 3: no next payload in SIGN", w.buf[1:4], bytes((s_type << 4, 64, 255)))
    f = wire_feed.cut("item 3: S type %d" % s_type, wire_cert.pull_sign, bytes(w.buf[1:n]))
    check.eq("item 3: S type %d" % s_type, f, (s_type, 2, 64))

check.raises("PKE's 14 bits", LocalError, wire_cert.push_pke, fresh(), 1, 16384)
check.raises("SIGN's 12 bits", LocalError, wire_cert.push_sign, fresh(), 0, 4096)


def bad(name, number, pull, octets):
    e = check.raises(name, RemoteError, pull, Reader(octets, 0, len(octets)))
    check.eq(name + ": number", e and e.number, number)


bad("item 72: hash function 3", 5, wire_cert.pull_chash, b"\0\3" + bytes(40))
bad("item 6: PKE beyond the end", 12, wire_cert.pull_pke, b"\0\x3f\xff" + bytes(40))
bad("item 6: SIGN beyond the end", 12, wire_cert.pull_sign, b"\x0f\xff" + bytes(40))
bad("item 3: SIGN is not the last", 12, wire_cert.pull_sign, b"\0\2ab\0")
wire_feed.error("item 72: stream", wire_feed.over(8, b"\0\3" + bytes(40)), 5)

# A chain of two, a hash, an envelope, a signature: CERT, CERT, CHASH, PKE, SIGN
w = Writer(bytearray(200))
wire.push_hdr(w, 2, 1, 0, b"\1\2\3\4", 0, 1)
wire.push_id(w, 0, b"\x30" + bytes(19), 7)
wire.push_id(w, 1, b"http://example.com/bob.cer", 7)
wire_cert.push_chash(w, 0, bytes(20))
wire_cert.push_pke(w, 1, 16)
w.raw(bytes(16))
wire_cert.push_sign(w, 0, 16)
w.raw(b"\7" * 16)
CHAIN = bytes(w.buf[: w.close()])
LAYOUT = [(0, 0), (7, 10), (7, 34), (8, 64), (2, 86), (4, 105)]
wire_feed.message("items 2, 3, 77: chain of certificates", CHAIN, LAYOUT)
feed = wire_feed.Feed(80, 16)
LAYOUT = [(0, 0), (7, 10), (7, 14), (8, 18), (2, 40), (4, 59)]
wire_feed.message("certificates pass", CHAIN, LAYOUT, feed)
check.eq("item 2: what is held is a chain", feed.stream.hold[10:18], b"\7\0\0\0\x08\1\0\0")

# Two certificates of 2000 octets each, fed from one small buffer: they need not fit into memory.
feed = wire_feed.Feed(80, 16)
stream = feed.stream
head = bytes(wire_feed.over(7, b"\7\0\x07\xd0"))
part = b"\x30" * 50
taken = [0]


def give(octets):
    i = 0
    while i < len(octets):
        i = stream.push(octets, i, len(octets))
        taken[0] += stream.event is not None


give(head)
for _ in range(40):
    give(part)
give(b"\4\0\x07\xd0")
for _ in range(40):
    give(part)
give(b"\0\2ab")
check.eq("item 77: 4 KB through 80 octets", (taken[0], stream.done, stream.n), (4, True, 22))
check.eq("item 77: all of it went by", feed.passed, 4000)
check.done()
