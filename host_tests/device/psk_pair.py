"""An exchange as octets and as engines, for scripts.

FIRST is the first of host_tests/vectors/04_psk_exchange.json (a host test compares them). `extend`
makes another from it, with extensions that are too long to be held.
"""

from binascii import unhexlify

_PARAMS = unhexlify("00010101011002010103011404010e0501000701010801010a01010b010a")
_KEY = unhexlify("357c443482e163a8edc5780d68d50dc8")
_SALT = unhexlify("d1f5549fbe85a027769e1d648b79")
FIRST = {
    "psk": unhexlify("51bacbc30e3fa7ece363c27e9ffc7b52"),
    "id_i": "sip:alice@example.com",
    "id_r": "sip:bob@example.com",
    "csb": unhexlify("1a2b3c4d"),
    "rand": unhexlify("4dbdd0524f215c4b74b175776e8dfb6e"),
    "ts": unhexlify("e57a8ec080000000"),
    "now": 1641025600,
    "streams": ((0x11111111, 0, _PARAMS), (0, 0, _PARAMS)),
    "ssrc": (0, 0x22222222),  # the responder's choice for each stream
    "keys": ((1, _KEY, _SALT, 1, b"\0\0\0\x2a", b""),),
    "opt": {"extensions": ((1, b"mikey"),)},
    "i": unhexlify(
        "010005801a2b3c4d02000011111111000000000000000000000000000b00e57a8ec08000000006104dbdd052"
        "4f215c4b74b175776e8dfb6e060100157369703a616c696365406578616d706c652e636f6d15010013736970"
        "3a626f62406578616d706c652e636f6d0a0100056d696b6579010000001e0001010101100201010301140401"
        "0e0501000701010801010a01010b010a00010029b7c3281a8727e0ec827110adb7a3ad701e083f769ee939a3"
        "c990e4215515219b8d24f3611260ddccd4011f8794daa385a2daf3053b139c5ac66d86b130cb"
    ),
    "r": unhexlify(
        "010105001a2b3c4d02000011111111000000000022222222000000000600e57a8ec080000000090100137369"
        "703a626f62406578616d706c652e636f6d000192daead4b9b65a62744182470f5d0be9a24427d6"
    ),
}


def initiator(x=FIRST):
    """An initiator that has sent x["i"] and waits for x["r"]."""
    from umikey import SRTP, psk

    streams = [SRTP(ssrc, roc, params) for ssrc, roc, params in x["streams"]]
    keys = [
        (kind, bytearray(key), bytearray(salt) if salt else None, kv, a, b)
        for kind, key, salt, kv, a, b in x["keys"]
    ]
    me = psk.Initiator(
        x["psk"], x["id_i"], x["id_r"], tuple(streams), True,
        csb_id=x["csb"], rand=x["rand"], keys=tuple(keys), **x["opt"]
    )  # fmt: skip
    buf = bytearray(len(x["i"]))
    n = me.start(buf, x["ts"])
    if buf[:n] != x["i"]:
        raise ValueError("not the I_MESSAGE that it should be")
    return me


def responder(x=FIRST, window=300):
    """A responder that has heard nothing yet; window: of its replay cache, in seconds."""
    from umikey import Responder, psk
    from umikey.replay import Replay

    def now():
        return x["now"]

    return Responder(
        (psk.Policy(lambda i, r: x["psk"]),), x["id_r"], x["id_i"], now=now, limit=320,
        errors=1 << 20, replay=Replay(now, window, size=4, quarantine=0, counters={}),
        ssrc=lambda cs_id: x["ssrc"][cs_id - 1],
    )  # fmt: skip


def extend(n, x=FIRST):
    """The same exchange, both messages with a vendor extension of n octets."""
    from umikey import SRTP, psk
    from umikey.kdf import Kdf

    data = bytes([i & 255 for i in range(n)])
    x = dict(x)
    x["opt"] = {"extensions": ((0, data),)}
    me = psk.Initiator(
        x["psk"], x["id_i"], x["id_r"], tuple([SRTP(*s) for s in x["streams"]]), True,
        csb_id=x["csb"], rand=x["rand"], keys=x["keys"], **x["opt"]
    )  # fmt: skip
    buf = bytearray(len(x["i"]) + n)
    x["i"] = bytes(buf[: me.start(buf, x["ts"])])
    r = x["r"]  # HDR, T, IDr, V: the extension goes before V, and the MAC is made anew
    r = r[:38] + b"\x15" + r[39:-22] + b"\x09\0" + bytes((n >> 8, n & 255)) + data + b"\0\1"
    kdf = Kdf(20, 20, x["csb"], x["rand"])
    kdf.auth(x["psk"])
    kdf.begin()
    for part in (r, x["id_i"].encode(), x["id_r"].encode(), x["ts"]):
        kdf.mac.update(part, 0, len(part))
    tag = bytearray(20)
    kdf.mac.digest_into(tag, 0)
    x["r"] = r + bytes(tag)
    return x
