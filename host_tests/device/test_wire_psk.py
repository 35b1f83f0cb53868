"""Messages of the PSK mode through the codec (checklist items 2, 5, 7, 9, 13, 18, 53, 108)."""

from binascii import unhexlify

import check
import wire_feed
from umikey import wire
from umikey.buf import Reader
from umikey.wire import Writer

# host_tests/vectors/04_psk_exchange.json, first exchange
I_MESSAGE = unhexlify(
    "010005801a2b3c4d02000011111111000000000000000000000000000b00e57a8ec08000000006104dbdd0524f21"
    "5c4b74b175776e8dfb6e060100157369703a616c696365406578616d706c652e636f6d150100137369703a626f62"
    "406578616d706c652e636f6d0a0100056d696b6579010000001e00010101011002010103011404010e0501000701"
    "010801010a01010b010a00010029b7c3281a8727e0ec827110adb7a3ad701e083f769ee939a3c990e4215515219b"
    "8d24f3611260ddccd4011f8794daa385a2daf3053b139c5ac66d86b130cb"
)
R_MESSAGE = unhexlify(
    "010105001a2b3c4d02000011111111000000000022222222000000000600e57a8ec080000000090100137369703a"
    "626f62406578616d706c652e636f6d000192daead4b9b65a62744182470f5d0be9a24427d6"
)
ERROR = unhexlify(
    "010605001a2b3c4d02000011111111000000000022222222000000000c00e57a8ec0800000000a0a000009000000"
    "1e00010101011002010103011404010e0501000701010801010a01010b010a00019a55fb8af62a269458f5ceec67"
    "c5f3600bc1a58e"
)

wire_feed.message(
    "item 2: I_MESSAGE",
    I_MESSAGE,
    [(0, 0), (5, 28), (11, 38), (6, 56), (6, 81), (21, 104), (10, 113), (1, 148)],
)
wire_feed.message("item 2: R_MESSAGE", R_MESSAGE, [(0, 0), (5, 28), (6, 38), (9, 61)])
feed = wire_feed.message("Error", ERROR, [(0, 0), (5, 28), (12, 38), (10, 42), (9, 77)])
# the literal DHHMAC form has 20 octets after MAC alg 0, and no other message has (RFC 4650 4.2)
literal = b"\1\7\1\0\1\2\3\4\0\1" + b"\0\2\0\0\0" + bytes(20)
wire_feed.message("MAC alg 0 of DHHMAC", literal, [(0, 0), (1, 10)])
check.eq("item 7: next octets are left", feed.run(I_MESSAGE + b"\0\0", 300, 216), 214)
check.eq("MAC alg 0 of PSK", feed.run(b"\1\0" + literal[2:], 99, 35), 15)


def rebuilt():
    w = Writer(bytearray(len(I_MESSAGE)))
    r = Reader(I_MESSAGE, 0, len(I_MESSAGE))

    def part(i, n):
        return I_MESSAGE[i : i + n]

    f = wire.pull_hdr(r)
    check.eq("item 2: HDR", f, (0, 1, 0, 4, 2, 0, 10, 18))
    wire.push_hdr(w, f[0], f[1], f[2], part(4, 4), f[4], f[5])
    m = Reader(I_MESSAGE, f[6], f[6] + f[7])
    for i in range(2):
        no, ssrc, roc = wire.pull_srtp_id(m)
        check.eq("item 13: entry of CS ID %d" % (i + 1), (no, ssrc), (0, 11 + 9 * i))
        wire.push_srtp_id(w, no, part(ssrc, 4), part(roc, 4))
    f = wire.pull_t(r)
    check.eq("item 18: T", f, (0, 30, 8))
    wire.push_t(w, 0, part(30, 8))
    wire.push_rand(w, part(*wire.pull_rand(r)))
    for _ in range(2):
        f = wire.pull_id(r)
        check.eq("item 53: URI", f[0], 1)
        wire.push_id(w, 1, part(f[1], f[2]))
    check.eq("item 108: extension", r.np, 21)
    f = wire.pull_id(r)
    wire.push_id(w, f[0], part(f[1], f[2]), 21)
    f = wire.pull_sp(r)
    wire.push_sp(w, f[0], f[1], part(f[2], f[3]))
    f = wire.pull_kemac(r)
    wire.push_kemac(w, f[0], f[2])
    w.raw(part(f[1], f[2]))
    w.u8(f[3])
    w.raw(part(f[4], f[5]))
    check.eq("item 2: the chain ends", (r.np, r.at), (0, len(I_MESSAGE)))
    check.eq("item 2: I_MESSAGE again", w.buf[: w.close()], I_MESSAGE)


rebuilt()
check.eq("item 9: any data type is read", feed.run(b"\1\xc8" + R_MESSAGE[2:], 9, 83), 83)
check.done()
