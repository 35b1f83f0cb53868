"""What other implementations produced: minisip, GStreamer, published messages."""

from __future__ import annotations

import re

from ..clock import unix
from ..initiator import Initiator, Stream
from ..inputs import find
from ..keys import AUTH, ENCR, SALT, TEK, MessageKeys, derive, prf
from ..message import Message
from ..modes.psk import Psk
from ..payloads import Kemac, KeyData, Rand, Timestamp, decode_key_data
from ..payloads_more import Dh
from ..registry import DataType, KeyType
from ..replay import ReplayGuard
from ..session import Responder
from . import Case, Check, Skip, dhhmac

OTHERS = ("published.json", "prf_sha256_streamwide.json")  # other projects' files, not copied


def minisip_file(data: dict, check: Check) -> None:
    """peers/minisip.json: the exchanges of libmikey with pre-shared keys."""
    for entry in data["vectors"]:
        check.run(entry["name"], entry, _minisip)


def _minisip(case: Case) -> None:
    mode = case.take("mode")
    if mode not in ("psk", "dhhmac"):
        raise Skip(f"mode {mode} is not there yet")
    case.note("name")
    case.expect("prf_fixed", 1)
    case.expect("peers_agree", True)
    options = case.take("initiator_opts")
    options = dict(zip(options[::2], options[1::2], strict=True))
    ours = case.take("responder_opts")
    initiator = case.child(case.take("initiator"), "initiator")
    responder = case.child(case.take("responder"), "responder")
    final = case.child(case.take("initiator_final"), "initiator_final")
    sides = (initiator, responder, final)
    psk = initiator.octets("psk_or_envkey")
    case.same("PSK", options["--psk"], psk.hex())
    case.same("responder's PSK", ours, ["--psk", psk.hex()])
    initiator.expect("role", "initiator")
    responder.expect("role", "responder")
    final.expect("role", "initiator-after-response")
    for inner in (initiator, responder):
        inner.expect("mode", mode)
        inner.expect("prf_fixed", 1)
    for inner in (responder, final):
        inner.expect("auth_ok", True)
    messages = []
    for inner, key in ((initiator, "i_message"), (responder, "r_message")):
        messages.append(Message.decode(inner.octets(key)))
        case.same(f"{key} encoded again", messages[-1].encode(), inner.data[key])
    message, answer = messages
    case.same("CSB ID", message.header.csb_id, int(options["--csb"], 16))
    case.same("#CS", message.header.n_cs, int(options.get("--ncs", "1")))
    if mode == "psk":
        tgk = _transported(case, message, answer, psk, options)
        agreed = sides
    else:
        case.same("--group", int(options["--group"]), int(message.one(Dh).group))
        tgk = dhhmac.minisip(case, message, answer, sides)
        # what its initiator has before the answer is no key, but it derives from it all the same
        _side(initiator, message, psk, bytes.fromhex(initiator.data["tgk"]))
        agreed = sides[1:]
    for side in agreed:
        _side(side, message, psk, tgk)
    for side in sides:
        side.done()


def _side(side: Case, message: Message, psk: bytes, tgk: bytes) -> None:
    """The record of one side: everything derives from its PSK and TGK."""
    header, rand = message.header, message.one(Rand).data
    keys = MessageKeys.derive(header.prf, psk, header.csb_id, rand, 1, 1)
    side.expect("csb_id", header.csb_id)
    side.expect("n_cs", header.n_cs)
    side.expect("rand", rand)
    side.expect("tgk", tgk)
    side.expect("psk_or_envkey", psk)
    side.expect("transp_encr_key", bytes(keys.encr))
    side.expect("transp_salt", bytes(keys.salt))
    side.expect("transp_auth_key", bytes(keys.auth))
    entries = side.take("cs")
    side.same("sessions", len(entries), header.n_cs)
    for i, entry in enumerate(entries, 1):
        inner = side.child(entry, f"CS {i}")
        inner.expect("cs_id", i)
        for field, constant, length in (
            ("tek", TEK, 16), ("salt", SALT, 14), ("encr", ENCR, 16), ("auth", AUTH, 20)
        ):  # fmt: skip
            got = derive(header.prf, tgk, constant, i, header.csb_id, rand, length)
            inner.expect(field, got)
        inner.done()


def _transported(case: Case, message: Message, answer: Message, psk: bytes, options: dict) -> bytes:
    """Our responder accepts a PSK message, our initiator its answer; the TGK."""
    header, kemac = message.header, message.one(Kemac)
    for option, value in (("--enc", kemac.encr), ("--mac", kemac.mac_alg)):
        case.same(option, int(options.get(option, "1")), int(value))
    null = kemac.mac_alg == 0
    responder = dhhmac.responder_of([Psk(psk)], message, allow_null=null, compat_minisip=True)
    outcome = responder.handle(message.raw)
    case.same("i_message accepted", outcome.ok, True)
    tgk = outcome.sa.keys[0].key
    if "--tgk" in options:
        case.same("TGK", tgk, options["--tgk"])
    if "--tgklen" in options:
        case.same("TGK length", len(tgk), int(options["--tgklen"]))
    keys = [(cs["tek"], cs["salt"]) for cs in case.data["initiator_final"]["cs"]]
    case.same("our keys", [(cs.tek.hex(), cs.salt.hex()) for cs in outcome.sa], keys)
    # refused by the rules, accepted when libmikey's quirk is asked for
    for compat, kind in ((False, "discarded"), (True, "established")):
        me = Initiator(
            Psk(psk),
            streams=tuple(Stream(entry.ssrc) for entry in header.cs),
            keys=(KeyData(KeyType.TGK, tgk),),
            prf=header.prf,
            encr=kemac.encr,
            mac=kemac.mac_alg,
            allow_null=null,
            compat_minisip=compat,
            csb_id=header.csb_id,
            rand=message.one(Rand).data,
            stamper=lambda: message.one(Timestamp),
        )
        me.start()
        outcome = me.feed(answer.raw)
        case.same(f"r_message with compat_minisip={compat}", outcome.kind, kind)
        if compat:
            case.same("keys", [cs.tek.hex() for cs in outcome.sa], [tek for tek, _ in keys])
    return tgk


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
