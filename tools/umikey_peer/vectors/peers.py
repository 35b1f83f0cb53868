"""What other implementations produced: minisip, GStreamer, published messages."""

from __future__ import annotations

import re

from ..clock import resolve, unix
from ..initiator import Initiator, Stream
from ..inputs import find
from ..keys import AUTH, ENCR, MessageKeys, derive, prf
from ..message import Message
from ..modes.psk import Psk
from ..payloads import Kemac, KeyData, Rand, Timestamp, decode_key_data
from ..registry import DataType, KeyType
from ..replay import ReplayGuard
from ..session import Responder
from . import Case, Check, Skip

OTHERS = ("published.json", "prf_sha256_streamwide.json")  # other projects' files, not copied


def minisip_file(data: dict, check: Check) -> None:
    """peers/minisip.json: the exchanges of libmikey with pre-shared keys."""
    for entry in data["vectors"]:
        check.run(entry["name"], entry, _minisip)


def _minisip(case: Case) -> None:
    if case.take("mode") != "psk":
        raise Skip(f"mode {case.data['mode']} is not there yet")
    case.note("name")
    case.expect("prf_fixed", 1)
    case.expect("peers_agree", True)
    options = case.take("initiator_opts")
    options = dict(zip(options[::2], options[1::2], strict=True))
    ours = case.take("responder_opts")
    initiator = case.child(case.take("initiator"), "initiator")
    responder = case.child(case.take("responder"), "responder")
    final = case.child(case.take("initiator_final"), "initiator_final")
    psk = initiator.octets("psk_or_envkey")
    case.same("PSK", options["--psk"], psk.hex())
    case.same("responder's PSK", ours, ["--psk", psk.hex()])
    initiator.expect("role", "initiator")
    responder.expect("role", "responder")
    final.expect("role", "initiator-after-response")
    for inner in (initiator, responder):
        inner.expect("mode", "psk")
        inner.expect("prf_fixed", 1)
    for inner in (responder, final):
        inner.expect("auth_ok", True)
    octets = initiator.octets("i_message")
    message = Message.decode(octets)
    case.same("i_message encoded again", message.encode(), octets.hex())
    case.same("CSB ID", message.header.csb_id, int(options["--csb"], 16))
    tgk = _keys(case, message, octets, psk, (initiator, responder, final))
    if "--tgk" in options:
        case.same("TGK", tgk, options["--tgk"])
    if "--tgklen" in options:
        case.same("TGK length", len(tgk), int(options["--tgklen"]))
    case.same("#CS", message.header.n_cs, int(options.get("--ncs", "1")))
    for option, value in (
        ("--enc", message.one(Kemac).encr),
        ("--mac", message.one(Kemac).mac_alg),
    ):
        case.same(option, int(options.get(option, "1")), int(value))
    _answer(case, message, psk, tgk, responder.octets("r_message"))
    for inner in (initiator, responder, final):
        inner.done()


def _keys(case: Case, message: Message, octets: bytes, psk: bytes, sides) -> bytes:
    """Our responder accepts the message and has the keys of all three records; the TGK."""
    header, kemac = message.header, message.one(Kemac)
    rand, stamp = message.one(Rand).data, message.one(Timestamp)
    moment = unix(resolve(stamp, int.from_bytes(stamp.value, "big")))
    null = kemac.mac_alg == 0
    outcome = Responder(
        [Psk(psk)],
        allow_null=null,
        compat_minisip=True,
        replay=ReplayGuard(startup="off", now=lambda: moment),
        now=lambda: moment,
    ).handle(octets)
    case.same("i_message accepted", outcome.ok, True)
    tgk = outcome.sa.keys[0].key
    keys = MessageKeys.derive(header.prf, psk, header.csb_id, rand, 1, 1)
    for side in sides:
        side.expect("csb_id", header.csb_id)
        side.expect("n_cs", header.n_cs)
        side.expect("rand", rand)
        side.expect("tgk", tgk)
        side.expect("psk_or_envkey", psk)
        side.expect("transp_encr_key", bytes(keys.encr))
        side.expect("transp_salt", bytes(keys.salt))
        side.expect("transp_auth_key", bytes(keys.auth))
        entries = side.take("cs")
        side.same("sessions", len(entries), len(outcome.sa))
        for cs, entry in zip(outcome.sa, entries, strict=True):
            inner = side.child(entry, f"CS {cs.cs_id}")
            inner.expect("cs_id", cs.cs_id)
            inner.expect("tek", cs.tek)
            inner.expect("salt", cs.salt)
            for field, constant, length in (("encr", ENCR, 16), ("auth", AUTH, 20)):
                inner.expect(
                    field,
                    derive(header.prf, tgk, constant, cs.cs_id, header.csb_id, rand, length),
                )
            inner.done()
    return tgk


def _answer(case: Case, message: Message, psk: bytes, tgk: bytes, answer: bytes) -> None:
    """libmikey's answer: refused by the rules, accepted when its quirk is asked for."""
    decoded = Message.decode(answer)
    case.same("r_message encoded again", decoded.encode(), answer.hex())
    header, kemac = message.header, message.one(Kemac)
    for compat, kind in ((False, "discarded"), (True, "established")):
        me = Initiator(
            Psk(psk),
            streams=tuple(Stream(entry.ssrc) for entry in header.cs),
            keys=(KeyData(KeyType.TGK, tgk),),
            prf=header.prf,
            encr=kemac.encr,
            mac=kemac.mac_alg,
            allow_null=kemac.mac_alg == 0,
            compat_minisip=compat,
            csb_id=header.csb_id,
            rand=message.one(Rand).data,
            stamper=lambda: message.one(Timestamp),
        )
        me.start()
        outcome = me.feed(answer)
        case.same(f"r_message with compat_minisip={compat}", outcome.kind, kind)
        if compat:
            teks = [cs.tek.hex() for cs in outcome.sa]
            case.same("keys", teks, [cs["tek"] for cs in case.data["initiator_final"]["cs"]])


def gstreamer_file(data: dict, check: Check) -> None:
    """peers/gstreamer.json: captured between GStreamer's RTSP client and server."""
    for capture in data["captures"]:
        for i, entry in enumerate(capture["mikey"], 1):
            name = f"{capture['profile']} {capture['transport']} message {i}"
            check.run(name, entry, _gstreamer)


def _gstreamer(case: Case) -> None:
    case.note("dir", "where")
    octets = case.octets("hex")
    found = find(case.take("line").encode())
    case.same("line", [o.hex() for _, o in found], [case.data["hex"]])
    message = Message.decode(octets)
    case.same("encoded again", message.encode(), octets.hex())
    moment = unix(int.from_bytes(message.one(Timestamp).value, "big"))

    def handle(**options):
        guard = ReplayGuard(startup="off", now=lambda: moment)
        return Responder(replay=guard, now=lambda: moment, **options).handle(octets)

    case.same("refused by default", handle().ok, False)
    outcome = handle(allow_null=True, compat_rtsps=True)
    case.same("accepted", outcome.ok, True)
    cs = outcome.sa[0]
    case.expect("srtp_master_key", cs.tek)
    case.expect("srtp_master_salt", cs.salt)
    parsed = case.child(case.take("parsed"), "parsed")
    header, kemac = message.header, message.one(Kemac)
    key = decode_key_data(kemac.data)[0]
    for field, value in (
        ("version", octets[0]), ("type", header.data_type), ("V", int(header.v)),
        ("prf", header.prf), ("csb", f"{header.csb_id:08x}"), ("n_cs", header.n_cs),
        ("reserialized_equal", True),
    ):  # fmt: skip
        if field in parsed.data:
            parsed.expect(field, value)
    details = {
        5: {}, 10: {}, 11: {"rand": message.one(Rand).data.hex()},
        1: {
            "enc": int(kemac.encr), "mac": int(kemac.mac_alg),
            "keys": [
                {"type": key.kind, "kv": int(key.validity.kv), "key": key.key.hex(), "salt": ""}
            ],
        },
    }  # fmt: skip
    payloads = [{"t": int(p.number), **details[p.number]} for p in message.payloads]
    parsed.expect("payloads", payloads)
    for place in (parsed, case):
        if "caps" in place.data:
            caps = re.search(r"srtp-key=\(buffer\)([0-9a-f]*)", place.take("caps"))
            place.same("caps", caps.group(1), (cs.tek + cs.salt).hex())
        if "reserialized_equal" in place.data:
            place.expect("reserialized_equal", True)
    parsed.done()


def published_file(data: dict, check: Check) -> None:
    """peers/published.json: messages of other projects, without their keys."""
    for entry in data["messages"]:
        check.run(entry["source"], entry, _published)


def _published(case: Case) -> None:
    case.note("source", "license", "params")
    octets = case.octets("hex")
    message = Message.decode(octets, tolerate_zero=True)
    encoded = message.encode()
    if encoded != octets:
        case.same("encoded again, with the 00 that follows", encoded + b"\0", octets.hex())
    if message.header.data_type != DataType.PSK_INIT or message.one(Timestamp) is None:
        return  # SAKKE, or a fragment made for a parser's test
    outcome = Responder(
        allow_null=True, compat_rtsps=True, replay=ReplayGuard(None, startup="off")
    ).handle(octets)
    case.same("accepted over a protected channel", outcome.reason, "")
    key = decode_key_data(message.one(Kemac).data)[0].key
    case.same("TEK and salt", outcome.sa[0].tek + outcome.sa[0].salt, key.hex())


def streamwide_file(data: list, check: Check) -> None:
    """peers/prf_sha256_streamwide.json: PRF-HMAC-SHA-256 of another implementation."""
    for entry in data:
        check.run(entry["name"], entry, _streamwide)


def _streamwide(case: Case) -> None:
    case.note("name", "source")
    case.expect("prf", ["sha256"])
    length = len(case.data["out"]) // 2
    case.expect("out", prf(1, case.octets("inkey"), case.octets("label"), length))


FILES = {
    "minisip.json": minisip_file,
    "gstreamer.json": gstreamer_file,
    "published.json": published_file,
    "prf_sha256_streamwide.json": streamwide_file,
}
