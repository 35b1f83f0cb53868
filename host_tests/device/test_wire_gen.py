"""Contents of General Extensions, TESLA policies (checklist items 66, 108-110, 112's list)."""

from binascii import unhexlify

import check
import wire_feed
from umikey import wire, wire_ext
from umikey.buf import Reader
from umikey.errors import RemoteError
from umikey.wire import Writer

# name, extension as in host_tests/vectors/12_payloads.json, contents
for name, octets, items in (
    ("Vendor ID", "000000114578616d706c6556656e646f722f312e30", [(0, b"ExampleVendor/1.0")]),
    ("SDP IDs, one", "000100056d696b6579", [(0, b"mikey")]),
    (
        "SDP IDs, three",
        "000100116d696b65793b6b657970313b6b65797032",
        [(0, b"mikey"), (0, b"keyp1"), (0, b"keyp2")],
    ),
    ("item 66: I-Key", "000200046ff10538", [(0, b"\x6f\xf1\x05\x38")]),
    (
        "item 109: Key IDs",
        "0003000f000311223301040001000202020003",
        [(0, b"\x11\x22\x33"), (1, b"\0\1\0\2"), (2, b"\0\3")],
    ),
    ("CSB_ID", "000400040badcafe", [(0, b"\x0b\xad\xca\xfe")]),
    ("item 110: OMA", "0005000902b7bfca585f37aaf5", [(2, b"\xb7\xbf\xca\x58\x5f\x37\xaa\xf5")]),
    ("item 108: unknown type", "00f0000301ff02", [(0, b"\1\xff\2")]),
    ("item 108: unknown and empty", "00f00000", [(0, b"")]),
    ("item 109: no Key ID", "00030000", []),
    ("item 109: empty Key ID", "000300020900", [(9, b"")]),
):
    octets = unhexlify(octets)
    wire_feed.message(name, wire_feed.over(21, octets), [(0, 0), (21, 10)])
    kind, at, n = wire_feed.cut(name, wire.pull_id, octets)
    r = Reader(octets, at, at + n)
    found = wire_ext.pull_ext(r, kind)
    check.eq(name, [(what, octets[i : i + k]) for what, i, k in found], items)
    check.eq(name + ": all of it", r.at, len(octets))
    w = Writer(bytearray(40))
    wire_ext.push_ext(w, kind, items)
    check.eq(name + " again", w.buf[: w.close()], octets)


def bad(name, number, f, octets, *args):
    e = check.raises(name, RemoteError, f, Reader(octets, 0, len(octets)), *args)
    check.eq(name + ": number", e and e.number, number)


for name, kind, octets in (
    ("no SDP ID", 1, b""),
    ("empty SDP ID", 1, b"mikey;;keyp1"),
    ("SDP IDs end with ;", 1, b"mikey;"),
    ("item 66: empty I-Key", 2, b""),
    ("item 109: Key ID beyond the end", 3, b"\0\3\x11\x22"),
    ("item 109: half a Key ID", 3, b"\0\1\x11\2"),
    ("CSB_ID of 3", 4, b"abc"),
    ("CSB_ID of 5", 4, b"abcde"),
    ("item 110: OMA without subtype", 5, b""),
):
    bad(name, 12, wire_ext.pull_ext, octets, kind)

# the TESLA policy of host_tests/vectors/12_payloads.json
TESLA = unhexlify(
    "010100020200a0030100040200500508e57a8ec0800000000604000001f407020002080400001c200908e57a8ec0"
    "80000000"
)
w = Writer(bytearray(60))
wire.push_sp(w, 3, 1, TESLA)
SP = bytes(w.buf[: w.close()])
check.eq("item 66: SP", wire_feed.cut("item 66: SP", wire.pull_sp, SP), (3, 1, 5, 50))
r = Reader(SP, 5, 55)
got = wire_ext.pull_tesla(r)
check.eq("item 66: TESLA", got, [None, 0, 160, 0, 80, 21, 500, 2, 7200, 47])
w = Writer(bytearray(60))
at = (2, 5, 9, 12, 16, 26, 32, 36, 42)
items = [(what + 1, TESLA[i : i + TESLA[i - 1]]) for what, i in enumerate(at)]
wire_ext.push_tesla(w, items)
check.eq("item 66: TESLA again", w.buf[: w.close()], TESLA)
got = wire_ext.pull_tesla(Reader(b"", 0, 0))
check.eq("item 66: defaults", got[1:6], [0, 160, 0, 80, None])
for name, octets in (
    ("type 0", b"\0\1\0"),
    ("type 10", b"\x0a\1\0"),
    ("twice", b"\1\1\0\1\1\0"),
    ("PRF 1", b"\1\1\1"),
    ("MAC 1", b"\3\1\1"),
    ("MAC of 0 bits", b"\4\1\0"),
    ("MAC of 161 bits", b"\4\1\xa1"),
    ("start of 4 octets", b"\5\4\0\0\0\0"),
    ("time of 9 octets", b"\x09\x09" + bytes(9)),
    ("length 0", b"\6\0"),
    ("length 9", b"\6\x09" + bytes(9)),
):
    bad("item 66: TESLA " + name, 10, wire_ext.pull_tesla, octets)
bad("item 66: TESLA beyond the end", 12, wire_ext.pull_tesla, b"\1\2\0")
check.done()
