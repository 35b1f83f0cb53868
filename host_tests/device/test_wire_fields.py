"""Single payloads of the PSK mode, good and bad (checklist items 5, 6, 8, 13, 16, 18, 53-57)."""

from binascii import unhexlify

import check
import wire_feed
from umikey import wire
from umikey.buf import Reader
from umikey.errors import BufferTooSmall, LocalError, RemoteError
from umikey.wire import Writer


def chain(name, octets, pull, *fields):
    check.eq(name, wire_feed.cut(name, pull, octets), fields)


chain("item 53: NAI", b"\0\0\0\3a@b", wire.pull_id, 0, 4, 3)
chain("item 53: byte string", b"\0\2\0\3\0\xff\x10", wire.pull_id, 2, 4, 3)
chain("item 18: NTP", b"\0\1" + bytes(8), wire.pull_t, 1, 2, 8)
chain("T COUNTER", b"\0\2\0\0\0\7", wire.pull_t, 2, 2, 4)
chain("T NTP-UTC-32", b"\0\3\xe5\x7a\x8e\xc0", wire.pull_t, 3, 2, 4)
chain("V with SHA-256", b"\0\2" + bytes(32), wire.pull_v, 2, 2, 32)
chain("V NULL", b"\0\0", wire.pull_v, 0, 2, 0)
check.eq("ERR", wire_feed.cut("ERR", wire.pull_err, b"\0\x0a\0\0"), 10)
chain("item 13: no CS", b"\1\0\0\0\x12\x34\x56\x78\0\0", wire.pull_hdr, 0, 0, 0, 4, 0, 0, 10, 0)
chain("item 16: empty map", b"\1\0\0\x80\1\2\3\4\7\1", wire.pull_hdr, 0, 1, 0, 4, 7, 1, 10, 0)


def key(name, octets, *fields):
    octets = unhexlify(octets)
    f = wire_feed.cut(name, wire.pull_key, octets)
    check.eq(name, (f[0], f[2], f[4], f[5], f[7], f[9]), fields)
    w = Writer(bytearray(60))
    parts = [octets[f[i] : f[i] + f[i + 1]] for i in (1, 3, 6, 8)]
    wire.push_key(w, f[0], parts[0], parts[1], f[5], parts[2], parts[3])
    check.eq(name + " again", w.buf[: w.close()], octets)


TGK = "0010357c443482e163a8edc5780d68d50dc8"
SALT = "000ed1f5549fbe85a027769e1d648b79"
key("item 55: TGK, item 56: KV null", "0000" + TGK, 0, 16, 0, 0, 0, 0)
key("item 55: TGK+SALT, item 56: KV SPI", "0011" + TGK + SALT + "040000002a", 1, 16, 14, 1, 4, 0)
key("item 55: TEK", "0020" + TGK, 2, 16, 0, 0, 0, 0)
span = "06000000000000060000ffffffff"
key("item 55: TEK+SALT, item 56: KV interval 6+6", "0032" + TGK + SALT + span, 3, 16, 14, 2, 6, 6)
key("GTGK", "00410010" + TGK[4:] + "0107", 4, 16, 0, 1, 1, 0)
key("K_PR has no salt", "0070" + TGK, 7, 16, 0, 0, 0, 0)
key("private type 15", "00f0" + TGK, 15, 16, 0, 0, 0, 0)

TWO = unhexlify("1400" + TGK + "0021" + TGK + "0101")
r = Reader(TWO, 0, len(TWO))
check.eq("item 54: first of two keys", (wire.pull_key(r)[0], r.np), (0, 20))
check.eq("item 54: second of two keys", (wire.pull_key(r)[0], r.np, r.at), (2, 0, 42))


def pull(name, number, f, octets):
    e = check.raises(name, RemoteError, f, Reader(octets, 0, len(octets)))
    check.eq(name + ": number", e and e.number, number)


pull("item 6: ID beyond the end", 12, wire.pull_id, b"\0\0\xff\xff" + bytes(9))
pull("item 6: RAND beyond the end", 12, wire.pull_rand, b"\0\xff" + bytes(9))
pull("item 6: KEMAC beyond the end", 12, wire.pull_kemac, b"\0\1\xff\xff" + bytes(9))
pull("item 6: map beyond the end", 12, wire.pull_hdr, b"\1\0\5\0\1\2\3\4\xff\0" + bytes(9))
pull("key data type 9", 12, wire.pull_key, b"\0\x90\0\0")
pull("KV 3", 12, wire.pull_key, b"\0\3\0\0")
pull("MAC alg 7", 3, wire.pull_kemac, b"\0\1\0\0\7" + bytes(20))
wire_feed.error("version 2", b"\2" + bytes(9), 12)
wire_feed.error("item 8: payload type 99", wire_feed.over(99, bytes(9)), 13)
wire_feed.error("item 8: key data in clear", wire_feed.over(20, bytes(9)), 13)
wire_feed.error("map type 3", b"\1\0\5\0\1\2\3\4\0\3" + bytes(9), 12)
wire_feed.error("timestamp type 4", wire_feed.over(5, b"\0\4" + bytes(9)), 12)
wire_feed.error("Auth alg 3", wire_feed.over(9, b"\0\3" + bytes(9)), 3)
wire_feed.error("MAC alg 3", wire_feed.over(1, b"\0\1\0\0\3" + bytes(9)), 3)
wire_feed.error("item 6: longer than the hold", wire_feed.over(6, b"\0\0\xff\xff" + bytes(9)), 12)

w = Writer(bytearray(8))
check.raises("item 57: KEMAC's length", LocalError, wire.push_kemac, w, 1, 65499)
check.raises("RAND of 256 octets", LocalError, wire.push_rand, w, bytes(256))
wire.push_id(w, 1, bytes(214))
e = check.raises("buffer too small", BufferTooSmall, w.close)
check.ok("buffer too small: by how much", e.needed >= 218)
check.done()
