"""Whole pre-shared key exchanges, updates, errors and hostile messages."""

from __future__ import annotations

import base64
import hmac
from dataclasses import replace

from ..clock import Stamper, unix
from ..extensions import sdp_ids
from ..header import Header, SrtpId
from ..initiator import Initiator, Stream
from ..keys import HASHES, MessageKeys
from ..message import Message, walk
from ..modes.psk import Psk
from ..payloads import (
    Extension,
    Id,
    Kemac,
    KeyData,
    Rand,
    Sp,
    Timestamp,
    Validity,
    decode_key_data,
    encode_key_data,
)
from ..protect import MAC_HASH, iv
from ..registry import DataType, Encr, KeyType, PayloadType
from ..replay import ReplayGuard
from ..session import Responder
from . import Case, Check
from .basic import session_keys

ALICE, BOB = "sip:alice@example.com", "sip:bob@example.com"
SSRC_1, SSRC_2, SSRC_3 = 0x11111111, 0x22222222, 0x33333333
STREAMS = (Stream(SSRC_1), Stream(0))
MKI = bytes.fromhex("0000002a")


class World:
    """The surroundings of an exchange: a clock that stands, and randomness from a list."""

    def __init__(self, exchange: dict):
        self.psk = bytes.fromhex(exchange["psk"])
        stamp = bytes.fromhex(exchange["TS"])
        counter = len(stamp) == 4
        # the counter exchange has no time of day: any will do
        self.time = unix(int.from_bytes(stamp, "big")) if not counter else 0.0
        self.stamper = Stamper(2, counter=int.from_bytes(stamp, "big") - 1) if counter else None
        self.csb = int(exchange["csb_id"], 16)
        self.rand = bytes.fromhex(exchange["RAND"])
        self.keys = decode_key_data(bytes.fromhex(exchange["key_data_plaintext"]))

    def now(self) -> float:
        return self.time

    def random(self, count: int) -> bytes:
        octets = self._script.pop(0)
        if len(octets) != count:
            raise ValueError(f"{count} random octets wanted, the exchange used {len(octets)}")
        return octets

    def responder(self, **options) -> Responder:
        return Responder(
            [Psk(self.psk, ALICE)],
            id_r=BOB,
            replay=ReplayGuard(startup="off", now=self.now),
            choose_ssrc=lambda cs_id: SSRC_2,
            now=self.now,
            **options,
        )

    def initiator(self, message: Message, **options) -> Initiator:
        """One that has the options of a recorded message, and draws the recorded values."""
        key = self.keys[0]
        self._script = [self.csb.to_bytes(4, "big"), self.rand]
        if key.kind == KeyType.TGK_SALT:
            self._script += [key.key, key.salt]
            options["mki"] = MKI
        else:
            options["keys"] = self.keys
        kemac = message.one(Kemac)
        return Initiator(
            Psk(self.psk),
            id_i=ALICE,
            id_r=BOB,
            streams=STREAMS,
            verify=message.header.v,
            send_ids=bool(message.all(Id)),
            prf=message.header.prf,
            encr=kemac.encr,
            mac=kemac.mac_alg,
            extensions=(sdp_ids("mikey"),) if message.all(Extension) else (),
            stamper=self.stamper,
            taken={},
            random=self.random,
            now=self.now,
            **options,
        )


def exchange_file(data: dict, check: Check) -> None:
    """04_psk_exchange.json."""
    first = data["exchanges"][0]
    for exchange in data["exchanges"]:
        check.run(exchange["name"], exchange, _exchange)
    check.run("NULL encryption and MAC, one TEK", data["null_null_tek"], _null_null)
    check.run("update with a new TGK", data["update_rekey"], lambda c: _rekey(c, first))
    add = data["update_add_cs_no_key"]
    check.run("update that adds a CS", add, lambda c: _add_cs(c, first))
    for name, number, spoil in (("error_with_V", 10, True), ("error_auth_failure_plain", 0, False)):
        entry = data[name] if isinstance(data[name], dict) else {"message": data[name]}
        check.run(name, entry, lambda c, n=number, s=spoil: _error(c, first, n, s))


def _exchange(case: Case) -> None:
    case.note("name", "note")
    world = World(case.data)
    case.note("psk", "csb_id", "RAND", "TS", "IDi", "IDr")
    case.same("IDi", case.data["IDi"], ALICE)
    case.same("IDr", case.data["IDr"], BOB)
    octets = case.octets("I_MESSAGE")
    message = Message.decode(octets)
    me = world.initiator(message)
    sent = me.start()
    case.expect("I_MESSAGE", sent)
    case.expect("key_data_plaintext", encode_key_data(world.keys))
    _inner(case, world, message)
    layout(case, "I_layout", sent)
    tag = message.one(Kemac).mac
    case.expect("I_mac_input_len", len(sent) - len(tag))
    case.expect("I_mac", tag)
    case.expect("I_base64", base64.b64encode(sent).decode())
    outcome = world.responder().handle(octets)
    case.same("accepted", outcome.ok, True)
    case.same("answered", outcome.answer is not None, "R_MESSAGE" in case.data)
    if outcome.answer:
        _response(case, world, me, message, outcome.answer)
    else:
        case.same("initiator ready", me.sa.fingerprint(), outcome.sa.fingerprint())
    case.same("same keys", me.sa.fingerprint(), outcome.sa.fingerprint())
    case.same("same SSRCs", [cs.ssrc for cs in outcome.sa], [SSRC_1, SSRC_2])
    if "derived" in case.data:
        key = world.keys[0]
        func = message.header.prf
        session_keys(case, "derived", func, key.key, world.csb, world.rand)
        for cs, entry in zip(outcome.sa, case.data["derived"], strict=True):
            case.same("TEK", cs.tek, entry["TEK"])
            case.same("salt", cs.salt, key.salt.hex() if key.salt else entry["salt"])


def _inner(case: Case, world: World, message: Message) -> None:
    """The keys and the encryption inside KEMAC."""
    kemac, stamp = message.one(Kemac), message.one(Timestamp)
    keys = MessageKeys.derive(
        message.header.prf, world.psk, world.csb, world.rand, kemac.encr, kemac.mac_alg
    )
    case.expect("encr_key", bytes(keys.encr))
    case.expect("salt_key", bytes(keys.salt))
    case.expect("auth_key", bytes(keys.auth))
    case.expect("IV", iv(bytes(keys.salt), world.csb, stamp))
    case.expect("encr_data", kemac.data)


def layout(case: Case, key: str, octets: bytes) -> None:
    """The parts of a message: name, number, offset and octets of each."""
    names = {Header: "HDR", PayloadType.EXT: "EXT"}
    spans = list(walk(octets))
    entries = case.take(key)
    case.same(f"{key} length", len(entries), len(spans))
    for span, entry in zip(spans, entries, strict=True):
        inner = case.child(entry, f"{key} {entry.get('payload')}")
        if isinstance(span.part, Header):
            inner.expect("payload", names[Header])
        else:
            number = span.part.number
            inner.expect("payload", names.get(number, PayloadType(number).name))
            inner.expect("type", int(number))
        inner.expect("offset", span.start)
        inner.expect("hex", octets[span.start : span.end])
        inner.done()


def _response(case: Case, world: World, me: Initiator, message: Message, answer: bytes) -> None:
    case.expect("R_MESSAGE", answer)
    case.expect("R_base64", base64.b64encode(answer).decode())
    layout(case, "R_layout", answer)
    alg = message.one(Kemac).mac_alg
    tag = case.octets("V")
    covered = answer[: len(answer) - len(tag)]
    stamp = message.one(Timestamp).value
    case.expect("V_input", covered + ALICE.encode() + BOB.encode() + stamp)
    case.expect("V", answer[len(covered) :])
    auth = bytes.fromhex(case.data["auth_key"])
    case.expect("minisip_quirk_V(msg||T only)", hmac.digest(auth, covered + stamp, MAC_HASH[alg]))
    case.same("finished", me.feed(answer).kind, "established")


def _null_null(case: Case) -> None:
    case.note("note")
    tek, salt = "6ca54aca092c5b969991a65381810026", "d1f5549fbe85a027769e1d648b79"
    params = ((0, 1), (1, 16), (2, 1), (3, 10), (7, 1), (8, 1), (10, 1))
    built = Message(
        Header(DataType.PSK_INIT, 0x1A2B3C4D, cs=(SrtpId(0, 0x12345678),)),
        (
            Timestamp(0, bytes.fromhex("e57a8ec080000000")),
            Rand(bytes.fromhex("4dbdd0524f215c4b74b175776e8dfb6e")),
            Sp(0, 0, tuple((kind, bytes([value])) for kind, value in params)),
            Kemac(
                Encr.NULL,
                encode_key_data((KeyData(KeyType.TEK, bytes.fromhex(tek + salt)),)),
                0,
            ),
        ),
    )
    octets = case.octets("I_MESSAGE")
    case.expect("I_MESSAGE", built.encode())
    case.expect("base64", base64.b64encode(octets).decode())
    layout(case, "layout", octets)
    now = lambda: unix(0xE57A8EC080000000)  # noqa: E731
    for options, accepted in (
        ({"allow_null": True, "compat_rtsps": True}, True),
        ({"compat_rtsps": True}, False),
    ):
        guard = ReplayGuard(startup="off", now=now)
        outcome = Responder(replay=guard, now=now, **options).handle(octets)
        case.same(f"accepted with {options}", outcome.ok, accepted)
        if accepted:
            cs = outcome.sa[0]
            case.same("TEK", cs.tek, tek)
            case.same("salt", cs.salt, salt)
            case.same("tag length", cs.policy.srtp_tag_length, 10)


def _established(first: dict) -> tuple[World, Initiator, Responder]:
    """Both sides after the first exchange."""
    world = World(first)
    octets = bytes.fromhex(first["I_MESSAGE"])
    me, responder = world.initiator(Message.decode(octets)), world.responder()
    if me.feed(responder.handle(me.start()).answer).kind != "established":
        raise ValueError("the first exchange fails")
    return world, me, responder


def _rekey(case: Case, first: dict) -> None:
    world, me, responder = _established(first)
    world.time = unix(int(case.take("ts"), 16))
    tgk = case.octets("tgk")
    octets = me.update(keys=(KeyData(KeyType.TGK, tgk, validity=Validity.mki(UPDATE_MKI)),))
    case.expect("message", octets)
    layout(case, "layout", octets)
    outcome = responder.handle(case.octets("message"))
    case.same("accepted", outcome.kind, "updated")
    case.same("finished", me.feed(outcome.answer or b"").kind, "updated")
    case.same("same keys", me.sa.fingerprint(), outcome.sa.fingerprint())
    derived = case.data["derived_uses_original_RAND"]
    session_keys(case, "derived_uses_original_RAND", 0, tgk, world.csb, world.rand)
    for cs, entry in zip(outcome.sa, derived, strict=True):
        case.same("TEK", cs.tek, entry["TEK"])
        case.same("salt", cs.salt, entry["salt"])


UPDATE_MKI = bytes.fromhex("0000002b")


def _add_cs(case: Case, first: dict) -> None:
    world, me, responder = _established(first)
    world.time = unix(0xE57A8ED080000000)
    before = [(cs.tek, cs.salt, cs.ssrc) for cs in me.sa]
    octets = me.update(rekey=False, add=(Stream(SSRC_3),), verify=False)
    case.expect("message", octets)
    layout(case, "layout", octets)
    outcome = responder.handle(case.octets("message"))
    case.same("accepted", outcome.kind, "updated")
    case.same("no answer", outcome.answer, None)
    now = [(cs.tek, cs.salt, cs.ssrc) for cs in outcome.sa]
    case.same("the old keys stay", now[:2] == before, True)
    case.same("three sessions", [cs.ssrc for cs in outcome.sa], [SSRC_1, SSRC_2, SSRC_3])
    case.same("same keys", me.sa.fingerprint(), outcome.sa.fingerprint())


def _error(case: Case, first: dict, number: int, authentic: bool) -> None:
    """The error that a spoiled first message gets: an odd cipher under a good MAC, or a bad MAC."""
    case.note("note")
    world = World(first)
    octets = bytearray.fromhex(first["I_MESSAGE"])
    if authentic:
        message = Message.decode(bytes(octets))
        sp = replace(message.one(Sp), params=((0, b"\x4d"), *message.one(Sp).params[1:]))
        parts = tuple(sp if isinstance(p, Sp) else p for p in message.payloads)
        octets = bytearray(replace(message, payloads=parts).encode())
        octets[-20:] = hmac.digest(bytes.fromhex(first["auth_key"]), octets[:-20], HASHES[0])
    else:
        octets[-1] ^= 1
    outcome = world.responder().handle(bytes(octets))
    case.same("error", outcome.error, number)
    case.expect("message", outcome.answer)
    layout(case, "layout", outcome.answer)
    if authentic:
        case.expect("mac_input", outcome.answer[:-20])
    me = world.initiator(Message.decode(bytes.fromhex(first["I_MESSAGE"])))
    me.start()
    case.same("initiator", me.feed(outcome.answer).kind, "failed" if authentic else "hint")


FILES = {"04_psk_exchange.json": exchange_file}
