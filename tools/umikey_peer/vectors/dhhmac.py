"""Whole DH-HMAC exchanges (RFC 4650), ours and libmikey's."""

from __future__ import annotations

from .. import dh
from ..clock import resolve, unix
from ..extensions import sdp_ids
from ..initiator import Initiator, Stream
from ..keys import TEK, MessageKeys, derive, label
from ..message import Message
from ..modes.dhhmac import DhHmac
from ..payloads import Id, Kemac, Payload, Rand, Timestamp
from ..payloads_more import Dh
from ..protect import seal
from ..registry import Encr, Mac
from ..replay import ReplayGuard
from ..session import Responder
from . import Case, Check, certified
from .basic import session_keys, xor_of_p
from .psk import ALICE, BOB, SSRC_2, STREAMS, World, layout

LITERAL = Kemac(2, b"", 0, bytes(20))  # as RFC 4650 4.2 prints it


class DhWorld(World):
    """The surroundings of a DH-HMAC exchange, its exponents among the randomness."""

    def __init__(self, exchange: dict, shared: dict):
        super().__init__({**shared, **exchange, "key_data_plaintext": ""})
        self.x_i, self.x_r = (bytes.fromhex(exchange[name]) for name in ("xi", "xr"))
        self.group = exchange.get("dh_group", 0)

    def responder(self, **options) -> Responder:
        options.setdefault("random", lambda count: self.x_r)
        return Responder(
            [DhHmac(self.psk, ALICE)],
            id_r=BOB,
            replay=ReplayGuard(startup="off", now=self.now),
            choose_ssrc=lambda cs_id: SSRC_2,
            now=self.now,
            **options,
        )

    def initiator(self, message: Message | None = None, **options) -> Initiator:
        """One that draws the recorded values: CSB ID, RAND, exponent, in this order."""
        self._script = [self.csb.to_bytes(4, "big"), self.rand, self.x_i]
        options.setdefault("extensions", (sdp_ids("mikey"),))
        return Initiator(
            DhHmac(self.psk, group=self.group),
            id_i=ALICE,
            id_r=BOB,
            streams=STREAMS,
            taken={},
            random=self.random,
            now=self.now,
            **options,
        )


def exchange_file(data: dict, check: Check) -> None:
    """05_dhhmac_exchange.json."""
    first = data["exchanges"][0]
    for exchange in data["exchanges"]:
        whole = "I_MESSAGE" in exchange
        run = _exchange if whole else _leading_zero
        shared = {**data, "psk": first["psk"]}
        check.run(exchange["name"], exchange, lambda c, run=run, s=shared: run(c, s))


def resealed(octets: bytes, auth: bytes, *change: Payload, end: Kemac | None = None) -> bytes:
    """A DH-HMAC message with payloads replaced by type, another KEMAC perhaps, and a good MAC."""
    message = Message.decode(octets)
    new = {type(payload): payload for payload in change}
    parts = [new.get(type(payload), payload) for payload in message.payloads[:-1]]
    return seal(message.header, parts, end or message.payloads[-1], auth)


def _exchange(case: Case, shared: dict) -> None:
    case.note("name", "psk", "xi", "xr", "dh_group")
    world = DhWorld(case.data, shared)
    literal = "literal" in case.data["name"]
    keys = MessageKeys.derive(0, world.psk, world.csb, world.rand, Encr.NULL, Mac.HMAC_SHA_1_160)
    case.expect("auth_key", bytes(keys.auth))
    group = dh.group(world.group)
    ours, theirs = dh.Private(group, world.x_i), dh.Private(group, world.x_r)
    case.expect("g^xi", ours.public())
    case.expect("g^xr", theirs.public())
    tgk = ours.shared(case.octets("g^xr"))
    case.expect("TGK", tgk)
    case.same("TGK of the responder", theirs.shared(case.octets("g^xi")), tgk.hex())
    me = world.initiator()
    sent = me.start()
    if literal:
        sent = resealed(sent, bytes(keys.auth), end=LITERAL)
    case.expect("I_MESSAGE", sent)
    case.expect("I_mac", sent[-20:])
    layout(case, "I_layout", sent)
    outcome = world.responder().handle(case.octets("I_MESSAGE"))
    case.same("accepted", outcome.kind, "established")
    case.expect("R_MESSAGE", outcome.answer)
    case.expect("R_mac", outcome.answer[-20:])
    layout(case, "R_layout", outcome.answer)
    case.same("finished", me.feed(case.octets("R_MESSAGE")).kind, "established")
    case.same("same keys", me.sa.fingerprint(), outcome.sa.fingerprint())
    case.same("the key", me.sa.keys[0].key, tgk.hex())
    session_keys(case, "derived", 0, tgk, world.csb, world.rand)
    for cs, entry in zip(me.sa, case.data["derived"], strict=True):
        case.same("TEK", cs.tek, entry["TEK"])
        case.same("salt", cs.salt, entry["salt"])
    # libmikey takes the last block's length modulo 32: a full block becomes an empty key
    blocks = [tgk[i : i + 32] for i in range(0, len(tgk) - 32, 32)] + [b""]
    text = label(TEK, 1, world.csb, world.rand)
    case.expect("minisip_quirk_TEK_cs1", xor_of_p(0, blocks, text, 16))


def _leading_zero(case: Case, shared: dict) -> None:
    """The secret begins with a zero octet, which is a part of the TGK."""
    case.note("name", "xi", "xr")
    world = DhWorld(case.data, shared)
    me, responder = world.initiator(), world.responder()
    outcome = responder.handle(me.start())
    case.same("finished", me.feed(outcome.answer).kind, "established")
    tgk = me.sa.keys[0].key
    case.expect("TGK(192 octets)", tgk)
    case.same("begins with", tgk[0], 0)
    case.expect("TEK_cs1", me.sa[0].tek)
    case.same("TEK of the responder", outcome.sa[0].tek, case.data["TEK_cs1"])
    stripped = derive(0, tgk.lstrip(b"\0"), TEK, 1, world.csb, world.rand, 16)
    case.expect("TEK_cs1_if_zeros_stripped(wrong)", stripped)


def negative(name: str, world: DhWorld) -> bytes:
    """The message of a DHHMAC case in 17_negative.json, built again."""
    me = world.initiator(extensions=())
    message = Message.decode(me.start())
    auth = bytes(
        MessageKeys.derive(
            0, world.psk, world.csb, world.rand, Encr.NULL, message.one(Kemac).alg
        ).auth
    )
    if name == "DHHMAC without IDr":
        idr = message.all(Id)[1]
        parts = [payload for payload in message.payloads[:-1] if payload is not idr]
        return seal(message.header, parts, message.payloads[-1], auth)
    p = dh.group(0).p
    values = {"0": 0, "1": 1, "p-1": p - 1, "p": p}
    value = values[name.removeprefix("DHHMAC with DHi = ").removesuffix(", valid MAC")]
    return resealed(message.raw, auth, Dh(0, value.to_bytes(192, "big")))


def minisip(case: Case, message: Message, answer: Message, sides: tuple[Case, Case, Case]) -> bytes:
    """The DH side of an exchange in peers/minisip.json; the TGK.

    libmikey names nobody, and its answer has a T of its own: refused by the rules, accepted with
    `compat_minisip`."""
    initiator, responder, final = sides
    psk, number = initiator.octets("psk_or_envkey"), message.one(Dh).group
    group = dh.group(number)
    x_i, x_r = (bytes.fromhex(side.take("dh_priv")) for side in (initiator, responder))
    ours, theirs = dh.Private(group, x_i), dh.Private(group, x_r)
    for side, own, other in (
        (initiator, ours, None),
        (responder, theirs, ours),
        (final, ours, theirs),
    ):
        side.expect("dh_group", number)
        side.expect("dh_pub", own.public())
        if other:
            side.expect("dh_peer_pub", other.public())
    final.expect("dh_priv", x_i.hex().upper())
    case.same("DHi", message.one(Dh).value, ours.public().hex())
    case.same("DHr, DHi", [v.value for v in answer.all(Dh)], [theirs.public(), ours.public()])
    tgk = ours.shared(theirs.public())
    for compat in (False, True):
        credential = DhHmac(psk, exponent=lambda: x_r)
        outcome = responder_of([credential], message, compat_minisip=compat).handle(message.raw)
        case.same(f"i_message with compat_minisip={compat}", outcome.ok, compat)
        me = Initiator(
            DhHmac(psk, group=number, exponent=lambda: x_i),
            id_r=None if compat else BOB,
            streams=tuple(Stream(entry.ssrc) for entry in message.header.cs),
            compat_minisip=compat,
            csb_id=message.header.csb_id,
            rand=message.one(Rand).data,
            stamper=lambda: message.one(Timestamp),
        )
        me.start()
        kind = me.feed(answer.raw).kind
        case.same(
            f"r_message with compat_minisip={compat}", kind, ("discarded", "established")[compat]
        )
        if compat:
            case.same("TGK", [s.keys[0].key for s in (outcome.sa, me.sa)], [tgk, tgk])
            case.same(
                "T of our own", Message.decode(outcome.answer).payloads[:1], message.payloads[:1]
            )
            case.same("DH values", Message.decode(outcome.answer).all(Dh), answer.all(Dh))
    return tgk


def responder_of(credentials: list, message: Message, **options) -> Responder:
    """A responder that lives when a message was made."""
    stamp = message.one(Timestamp)
    moment = unix(resolve(stamp, int.from_bytes(stamp.value, "big")))
    guard = ReplayGuard(startup="off", now=lambda: moment)
    return Responder(credentials, replay=guard, now=lambda: moment, **options)


def groups_file(data: dict, check: Check) -> None:
    """16_groups.json, as far as we have the groups."""
    for entry in data["groups"]:
        modp = entry["type"] == "modp"
        check.run(entry["name"], entry, _group if modp else certified.curve_of)


def _group(case: Case) -> None:
    case.note("type")
    group = dh.group(case.take("dh_group"))
    case.expect("name", group.number.name.replace("_", " "))
    case.expect("p", f"{group.p:x}")
    case.expect("g", dh.GENERATOR)
    case.expect("len", group.length)


FILES = {"05_dhhmac_exchange.json": exchange_file, "16_groups.json": groups_file}
