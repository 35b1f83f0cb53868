"""What `crypto.dh` accepts and refuses, and where it writes."""

import check
from umikey.crypto import dh
from umikey.errors import LocalError, RemoteError

X = bytearray(b"\x01\x02\x03\x04\x05\x06\x07\x08")
# 2^X in OAKLEY 1, and a value whose X-th power begins with a zero octet
PUBLIC = (
    "f040f1fa90b12f42735a70540e95ccbff61c1c58c829f58babe31adad9236a16bed18796b212a577bebf3500"
    "952c6630d923cacde37a702feddd3a56f85678796648b45fa379a942f560b47a364c8711bcb6848e49d84607"
    "d82a519530fa9cbf"
)
ZERO_Y = (
    "7274a101f574a681309f6fc6d88ea7a94a41c6e5da945b72ea861e0b9f019cd22027feb9bc4e3997b040ac12"
    "97b375de319443e4934da165af8a9f72a2e5002a824ed1f2cefa46754646d1a96f32806b53653dd15a2ee9b0"
    "8dc592c2a8ee1318"
)
ZERO_SECRET = (
    "0006a2537bf0e89e4b9de312e5862fe18519efb24c824a7de47b58708cc9960de28cd3f1c4768bc1b06e0547"
    "2e1842638358e5ad23372621c07c192713a6e29978d6ecb752ee9a5593dafc824532a81d963646248e5e6bbe"
    "5a5f165e535377d3"
)


def octets(s):
    return bytes(int(s[i : i + 2], 16) for i in range(0, len(s), 2))


def number(group, below):
    """The prime of the group less `below`, big-endian; it ends in 64 ones."""
    p = dh._prime(dh.size(group))
    p[-1] -= below
    return p


for group, n in ((0, 192), (1, 96), (2, 128), (241, 256), (242, 384), (243, 512)):
    check.eq("size", dh.size(group), n)
    check.ok("rung", dh.rung(group) in ("asm", "int"))
for group in (3, 4, 5, 240, 244, 255, 256, -1, 65536):
    e = check.raises("group %d" % group, RemoteError, dh.size, group)
    check.eq("number", e and e.number, 6)
    check.raises("public", RemoteError, dh.public, group, X, bytearray(512))
    check.raises("shared", RemoteError, dh.shared, group, bytes(512), 0, X, bytearray(512))

out = bytearray(b"\xaa" * 100)
dh.public(1, X, out)
check.eq("public", out, octets(PUBLIC) + b"\xaa" * 4)
out = bytearray(b"\xaa" * 100)
dh.public(1, X, out, 3)
check.eq("public at 3", out, b"\xaa" * 3 + octets(PUBLIC) + b"\xaa")
check.eq("the exponent stays", X, b"\x01\x02\x03\x04\x05\x06\x07\x08")
out = bytearray(b"\xaa" * 100)
dh.shared(1, b"\xff" + octets(ZERO_Y) + b"\xff", 1, X, out, 2)
check.eq("a leading zero stays", out, b"\xaa" * 2 + octets(ZERO_SECRET) + b"\xaa" * 2)
check.eq("and is one", out[2], 0)

for at in (-1, 5, 100):
    check.raises("out at %d" % at, LocalError, dh.public, 1, X, out, at)
    check.raises("y at %d" % at, LocalError, dh.shared, 1, bytes(100), at, X, out)
check.raises("short y", LocalError, dh.shared, 1, bytes(95), 0, X, out)
check.raises("no exponent", LocalError, dh.public, 1, bytearray(0), out)
check.raises("long exponent", LocalError, dh.public, 1, bytearray(97), out)

one = bytearray(96)
one[95] = 1
refused = [bytes(96), one, number(1, 1), number(1, 0), b"\xff" * 96]
big = number(1, 0)
big[84] += 1
refused.append(big)
for y in refused:
    out = bytearray(96)
    name = "y = " + check._show(bytes(y[:2] + y[-2:]))
    e = check.raises(name, RemoteError, dh.shared, 1, y, 0, X, out)
    check.eq("number", e and e.number, 6)
    check.eq("nothing written", out, bytes(96))

# The smallest and the largest that are accepted: 2^x, and (p - 2)^x = 2^x for an even x.
two = bytearray(96)
two[95] = 2
for y in (two, number(1, 2)):
    out = bytearray(96)
    dh.shared(1, y, 0, X, out)
    check.eq("2^x", out, octets(PUBLIC))
check.done()
