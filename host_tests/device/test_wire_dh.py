"""DH and ECCPT payloads (checklist items 2, 5, 6, 56, 79, 119, 123)."""

from binascii import unhexlify

import check
import wire_feed
from umikey import wire_dh
from umikey.buf import Reader
from umikey.errors import RemoteError
from umikey.wire import Writer

# host_tests/vectors/05_dhhmac_exchange.json, OAKLEY 1, from the SP payload on
DHHMAC = wire_feed.over(
    10,
    unhexlify(
        "030000001e00010101011002010103011404010e0501000701010801010a01010b010a010122580c870bce7d"
        "ae6cf21f530a56db63bcd2e935de0bd4885fb32f559541fbe193126d627d0297e5a4ea857f110c9b90ac957d"
        "cefa1470d2c23fab4a4d7571db82df9e21821975d3cd191f7edee91e144f0ee10e1d54f25009ec28ab2798e6"
        "79000000000001250cdb86c7e2e4981293155ed61af8e2cc48b1c3"
    ),
)
wire_feed.message("item 2: DHHMAC", DHHMAC, [(0, 0), (10, 10), (3, 45), (1, 144)])


def dh(name, group, first, n, kv=0, a=b"", b=b""):
    value = bytes((first,)) + bytes(n - 1)
    w = Writer(bytearray(n + 20))
    w.begin(0)  # a payload before it, to be linked
    wire_dh.push_dh(w, group, value, kv, a, b)
    size = w.close()
    check.eq(name + ": linked", w.buf[0], 3)
    got = wire_feed.cut(name, wire_dh.pull_dh, bytes(w.buf[1:size]))
    at = n + 3 if not kv else n + 4
    end = at + len(a) + 1
    want = (group, 2, n, kv) + ((at, len(a)) if kv else (0, 0)) + ((end, len(b)) if b else (0, 0))
    check.eq(name, got, want)
    check.eq(name + ": length", wire_dh.value_len(group, first), n)


dh("item 79: OAKLEY 5", 0, 0, 192)
dh("item 79: OAKLEY 1", 1, 255, 96)
dh("item 79: OAKLEY 2", 2, 1, 128)
for group, n in enumerate((49, 43, 43, 43, 57, 61, 61, 65, 73, 73, 97, 105, 105, 133, 145, 145)):
    check.eq("group %d" % (group + 3), wire_dh.value_len(group + 3, 4), n)
dh("item 119: P-256", 10, 4, 65)
dh("item 119: P-384", 13, 4, 97)
dh("hybrid point", 10, 7, 65)
dh("compressed point", 10, 2, 33)
dh("MODP 2048", 241, 9, 256)
check.eq("MODP 3072", wire_dh.value_len(242, 1), 384)
check.eq("MODP 4096", wire_dh.value_len(243, 1), 512)
dh("item 56: KV SPI", 10, 4, 65, 1, b"\0\0\0\x2a")
dh("item 56: KV interval 6+6", 1, 4, 96, 2, bytes(6), b"\0\0\xff\xff\xff\xff")

INTERVAL = b"\0\x0a\3" + bytes(32) + b"\xf2\1a\2bc"  # reserved bits set: to be ignored
wire_feed.message("item 56: stream", wire_feed.over(3, INTERVAL), [(0, 0), (3, 10)])
check.eq("reserved bits", wire_feed.cut("KV", wire_dh.pull_dh, INTERVAL)[3:], (2, 37, 1, 39, 2))


def bad(name, number, payload, kind=3):
    octets = wire_feed.over(kind, payload)
    wire_feed.error(name + ", stream", octets, number)
    r = Reader(octets, 10, len(octets))
    pull = wire_dh.pull_dh if kind == 3 else wire_dh.pull_eccpt
    e = check.raises(name, RemoteError, pull, r)
    check.eq(name + ": number", e and e.number, number)


for group in (19, 100, 240, 244, 255):
    bad("item 79: group %d" % group, 6, bytes((0, group, 4)) + bytes(9))
for form in (0, 1, 5, 8, 255):
    bad("item 119: point form %d" % form, 6, bytes((0, 10, form)) + bytes(99))
bad("KV 3", 12, b"\0\x0a\2" + bytes(32) + b"\3" + bytes(20))
bad("ECCPT with KV 9", 12, b"\0\x08\2" + bytes(33) + b"\1\0\x10\x09" + bytes(9), 25)
for curve in (0, 17, 239, 240, 241, 254, 255):
    bad("item 123: curve %d" % curve, 6, bytes((0, curve, 4)) + bytes(99), 25)

# host_tests/vectors/12_payloads.json
ECCPT = unhexlify(
    "000804f61794189e0c7ba300488e4214914f44d1438ac7f19d985a1580f7250e361adc3b3d0c883c6c8d34df5961"
    "438d7dcb96c6837c62081586f577a7643bb8cef0990001001000"
)
wire_feed.message("item 123: stream", wire_feed.over(25, ECCPT), [(0, 0), (25, 10)])
f = wire_feed.cut("item 123: P-256", wire_dh.pull_eccpt, ECCPT)
check.eq("item 123: P-256", f, (8, 2, 65, 1, 16, 0, 0, 0, 0, 0))
w = Writer(bytearray(90))
wire_dh.push_eccpt(w, 8, ECCPT[2:67], 1, 16, 0, b"", b"")
check.eq("item 123: again", w.buf[: w.close()], ECCPT)
for curve, first, n in ((1, 4, 49), (5, 4, 57), (11, 4, 97), (14, 4, 133), (8, 3, 33), (2, 2, 22)):
    w = Writer(bytearray(160))
    wire_dh.push_eccpt(w, curve, bytes((first,)) + bytes(n - 1), 2, 255, 1, b"k", b"")
    octets = bytes(w.buf[: w.close()])
    f = wire_feed.cut("item 123: curve %d" % curve, wire_dh.pull_eccpt, octets)
    pad = -(n + 2) & 3
    check.eq("item 123: curve %d" % curve, f, (curve, 2, n, 2, 255, 1, n + pad + 7, 1, 0, 0))
    check.eq("item 123: a whole number of words", (2 + n + pad) % 4, 0)
check.done()
