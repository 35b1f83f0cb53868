"""Every kind of message that the firmware and the peer send in the PSK mode.

Each case is an exchange, once begun by the firmware and answered by the peer and once the other way
round, so that both have made each message, and have understood the other's.
"""

import umikey_peer
from craft import ID_I, ID_R, NOW, PSK, SP, TGK, TS, I
from umikey import SRTP, Responder, psk
from umikey.replay import Replay
from umikey_peer import Id, KeyData, ReplayGuard, SrtpPolicy, Stream, Validity
from umikey_peer.clock import Stamper
from umikey_peer.payloads import Extension
from umikey_peer.registry import MapType

SALT = bytes(range(14))
SPAN = bytes(6), b"\0\0\0\0\xff\xff"
URI = (1, ID_I), (1, ID_R)

# In the words of both: ids, streams as (SSRC, policy), keys as (type, key, salt, kv, a, b), ...
CASES = {
    "plain": {},
    "without V": {"v": False},
    "no identities": {"send_ids": False},
    "NAI": {"ids": ((0, b"alice@example.com"), (0, b"bob@example.com"))},
    "octet string": {"ids": ((2, b"\1\2\3"), (2, b"\4\5\6"))},
    "three streams, one without SSRC": {
        "streams": ((0x11111111, {}), (0, {}), (0x33333333, {"tag_len": 4}))
    },
    "no streams": {"streams": ()},
    "AES-CM with 256 bits": {"streams": ((1, {"key_len": 32}),)},
    "tag of 32 bits": {"streams": ((1, {"tag_len": 4}),)},
    "PRF-HMAC-SHA-256": {"prf": 1},
    "AES-CM-256 for KEMAC": {"encr": 3},
    "AES-KW for KEMAC": {"encr": 2, "keys": ((0, bytes(20), b"", 0, b"", b""),)},
    "NTP": {"ts_type": 1},
    "COUNTER": {"ts_type": 2},
    "extensions": {"ext": ((0, b"vendor"), (1, b"mikey;keyp1"), (3, b"\0\3\1\2\3"), (77, b"?"))},
    "long extension": {"ext": ((0, bytes(300)),)},
    "TGK and salt, MKI": {"keys": ((1, TGK, SALT, 1, b"\0\0\0\x2a", b""),)},
    "TEK": {"keys": ((2, TGK, b"", 0, b"", b""),)},
    "TEK and salt, interval": {"keys": ((3, TGK, SALT, 2, *SPAN),)},
    "two keys": {"keys": ((0, TGK, b"", 1, b"\1", b""), (0, bytes(16), b"", 1, b"\2", b""))},
    "NULL": {"encr": 0, "mac": 0, "v": False},
    "NULL, MKI": {
        "encr": 0, "mac": 0, "v": False, "keys": ((1, TGK, SALT, 1, b"\0\0\0\x2a", b""),),
    },
    "NULL, two keys": {
        "encr": 0, "mac": 0, "v": False,
        "keys": ((3, TGK, SALT, 2, *SPAN), (1, bytes(16), SALT, 1, b"\0\0\0\x2a", b"")),
    },
}  # fmt: skip
# What tshark 4.0 does not know, by what it is
UNKNOWN = {
    "SHA-256 MACs": {"prf": 1, "mac": 2},
    "NTP-UTC-32": {"ts_type": 3},
}


def firmware_initiator(case):
    id_i, id_r = case.get("ids", URI)
    streams = tuple(SRTP(ssrc, **named) for ssrc, named in case.get("streams", ((0x5EED, {}),)))
    options = {k: case[k] for k in ("prf", "encr", "mac", "ts_type", "send_ids") if k in case}
    if "keys" in case:
        options["keys"] = tuple(
            (kind, bytearray(key), bytearray(salt) if salt else None, kv, a, b)
            for kind, key, salt, kv, a, b in case["keys"]
        )
    if "ext" in case:
        options["extensions"] = case["ext"]
    if case.get("mac", 1) == 0:
        options["allow_null"] = True
    return psk.Initiator(
        PSK, id_i, id_r, streams, case.get("v", True), now=lambda: NOW, counter=lambda: 7, **options
    )


def firmware_responder(case):
    id_i, id_r = case.get("ids", URI)
    return Responder(
        (psk.Policy(lambda i, r: PSK, allow_null=True),), id_r, id_i, now=lambda: NOW,
        replay=Replay(lambda: NOW, quarantine=0, counters={}), ssrc=lambda cs_id: cs_id,
    )  # fmt: skip


def peer_initiator(case):
    id_i, id_r = (Id(*who) for who in case.get("ids", URI))
    streams = tuple(
        Stream(ssrc, policy=_policy(named)) for ssrc, named in case.get("streams", ((0x5EED, {}),))
    )
    options = {k: case[k] for k in ("prf", "encr", "mac", "send_ids", "map_type") if k in case}
    if "keys" in case:
        options["keys"] = tuple(
            KeyData(kind, key, salt if kind & 1 else None, Validity(kv, a, *_span(kv, a, b)))
            for kind, key, salt, kv, a, b in case["keys"]
        )
    if "ext" in case:
        options["extensions"] = tuple(Extension(kind, data) for kind, data in case["ext"])
    return umikey_peer.Initiator(
        umikey_peer.Psk(PSK), id_i=id_i, id_r=id_r, streams=streams, verify=case.get("v", True),
        allow_null=True, taken={}, now=lambda: NOW,
        stamper=Stamper(case.get("ts_type", 0), lambda: NOW, 6), **options,
    )  # fmt: skip


def peer_responder(case):
    id_i, id_r = (Id(*who) for who in case.get("ids", URI))
    return umikey_peer.Responder(
        [umikey_peer.Psk(PSK, id_i)], id_r=id_r, allow_null=True, now=lambda: NOW,
        replay=ReplayGuard(None, startup="off", now=lambda: NOW),
    )  # fmt: skip


def _policy(named):
    return SrtpPolicy.aes_cm(named.get("key_len", 16), named.get("tag_len", 10))


def _span(kv, a, b):
    return (a, b) if kv == 2 else (b"", b"")


def firmware_says(write, *args, **options):
    buf = bytearray(1024)
    return bytes(buf[: write(buf, *args, **options)])


def exchange(case):
    """{"I_MESSAGE of the firmware": octets, ...}, all four, or two where no answer is wanted."""
    out = {}
    me, srv = firmware_initiator(case), peer_responder(case)
    out["I_MESSAGE of the firmware"] = offer = firmware_says(me.start)
    id_i, id_r = (Id(*who) for who in case.get("ids", URI))
    heard = srv.handle(offer, id_i=id_i, id_r=id_r)
    assert heard.ok, heard.reason
    if heard.answer:
        out["R_MESSAGE of the peer"] = heard.answer
        assert me.feed(heard.answer)
    assert me.sa.fingerprint() == heard.sa.fingerprint()
    me, srv = peer_initiator(case), firmware_responder(case)
    out["I_MESSAGE of the peer"] = offer = me.start()
    assert srv.feed(offer)
    if answer := firmware_says(srv.answer):
        out["R_MESSAGE of the firmware"] = answer
        assert me.feed(answer).kind == "established"
    assert me.sa.fingerprint() == srv.sa.fingerprint()
    return out


def updates():
    """A new key, then one more session without a key, by either side."""
    more = KeyData(0, bytes(range(16)))
    me, srv = firmware_initiator({}), peer_responder({})
    assert me.feed(srv.handle(firmware_says(me.start)).answer)
    new = ((0, bytearray(16), None, 0, None, None),)
    out = {}
    for name, message in (
        ("with a key", lambda: firmware_says(me.update, None, new)),
        ("with a stream", lambda: firmware_says(me.update, (SRTP(0x5EED), SRTP(7)))),
    ):
        out[f"update {name}, of the firmware"] = offer = message()
        out[f"update {name}, answer of the peer"] = answer = srv.handle(offer).answer
        assert me.feed(answer)
    me, srv = peer_initiator({}), firmware_responder({})
    assert srv.feed(me.start())
    assert me.feed(firmware_says(srv.answer)).ok
    for name, options in (
        ("with a key", {"keys": (more,)}),
        ("with a stream", {"rekey": False, "add": (Stream(7),)}),
    ):
        out[f"update {name}, of the peer"] = offer = me.update(**options)
        srv.reset()
        assert srv.feed(offer)
        out[f"update {name}, answer of the firmware"] = answer = firmware_says(srv.answer)
        assert me.feed(answer).ok
    return out


def errors():
    """Errors with V, with policies, and without either, by either side."""
    m = I(ts=TS).encode()
    causes = {
        "4, with V": I(encr=9).encode(),
        "10, with V and SP": I(sps=((b"\0\1\x4d", 0, 0),)).encode(),
        "9, with V and SP": I(sps=((SP, 0, 9),)).encode(),
        "0, plain": m[:-1] + bytes([m[-1] ^ 1]),
        "11, plain": I(data_type=200).encode(),
    }
    out = {}
    for name, message in causes.items():
        srv = firmware_responder({})
        try:
            srv.feed(message)
        except Exception:
            out[f"Error {name}, of the firmware"] = firmware_says(srv.answer)
        out[f"Error {name}, of the peer"] = peer_responder({}).handle(message).answer
    return out


def generic_id():
    """Only the peer sends this map."""
    return {"GENERIC-ID map of the peer": peer_initiator({"map_type": MapType.GENERIC_ID}).start()}


def empty_map():
    return {"Empty map of the peer": peer_initiator({"map_type": MapType.EMPTY}).start()}


def known() -> dict[str, bytes]:
    """All that tshark has to show, by name."""
    out = {
        f"{name}: {what}": m for name, case in CASES.items() for what, m in exchange(case).items()
    }
    return out | updates() | errors() | empty_map()


def unknown() -> dict[str, dict[str, bytes]]:
    """What tshark 4.0 does not know: name -> messages."""
    return {name: exchange(case) for name, case in UNKNOWN.items()} | {"GENERIC-ID": generic_id()}
