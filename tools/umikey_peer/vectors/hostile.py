"""Malformed and hostile messages: what comes back, and that the good one still works after."""

from __future__ import annotations

import hmac

from ..extensions import sdp_ids
from ..header import Header
from ..keys import HASHES, MessageKeys
from ..message import Message
from ..payloads import Err, Id, Kemac
from ..registry import DataType
from . import Case, Check, certified, dhhmac
from .psk import ALICE, BOB, World


def negative_file(data: dict, check: Check) -> None:
    """17_negative.json. Each message is built again from the good one, then tried."""
    for entry in data["cases"]:
        check.run(entry["name"], entry, lambda c: _negative(c, data["psk"]))


EXPONENTS = {
    "xi": "c23ad7fa074f3aff053298a4eb2612080c876b8ee83aeff93ad29e439b587a86",
    "xr": "bd96767a231fee4d30d40e2999aaaa627899e7a887ce09ea2524123b6543a70d",
}
FIRST = {
    "csb_id": "1a2b3c4d",
    "RAND": "4dbdd0524f215c4b74b175776e8dfb6e",
    "TS": "e57a8ec080000000",
    "key_data_plaintext": "00110010357c443482e163a8edc5780d68d50dc8"
    "000ed1f5549fbe85a027769e1d648b79040000002a",
}


def _put(at: int, value: bytes, mac: bool = False):
    """A recipe: the first message with octets replaced, and its MAC made good again or not."""

    def build(good: bytes, world: World) -> bytes:
        octets = good[:at] + value + good[at + len(value) :]
        return _signed(octets, world) if mac else octets

    return build


def _signed(octets: bytes, world: World) -> bytes:
    """The message with its MAC made good, under its own PRF as far as that is known."""
    keys = MessageKeys.derive(0, world.psk, world.csb, world.rand, 1, 1)
    return octets[:-20] + hmac.digest(bytes(keys.auth), octets[:-20], HASHES[0])


def _answer(good: bytes, world: World) -> bytes:
    return world.responder().handle(good).answer


def _swapped(good: bytes, world: World) -> bytes:
    covered = _answer(good, world)[:-20]
    keys = MessageKeys.derive(0, world.psk, world.csb, world.rand, 1, 1)
    wrong = covered + BOB.encode() + ALICE.encode() + bytes.fromhex(FIRST["TS"])
    return covered + hmac.digest(bytes(keys.auth), wrong, HASHES[0])


# How the hostile messages come from the good one (offsets as in its layout).
RECIPES = {
    "empty": lambda good, world: b"",
    "HDR only 9 octets": lambda good, world: good[:9],
    **{
        f"truncated to {n}": lambda good, world, n=n: good[:n]
        for n in (10, 19, 27, 28, 40, 60, 100, 213)
    },
    "version 2": _put(0, b"\2"),
    "data type 200 (valid MAC)": _put(1, b"\xc8", mac=True),
    "PRF func 5": _put(3, b"\x85", mac=True),
    "first next payload 99": _put(2, b"\x63"),
    "trailing 00": lambda good, world: good + b"\0",
    "trailing ff": lambda good, world: good + b"\xff",
    **{
        f"bit flip at octet {at}": lambda good, world, at=at, bit=bit: (
            good[:at] + bytes([good[at] ^ bit]) + good[at + 1 :]
        )
        for at, bit in ((4, 1), (8, 1), (12, 1), (30, 1), (60, 1), (174, 1), (213, 1))
    },
    "timestamp 10 h in the past, MAC and encryption not redone": _put(32, b"\0"),
    "exact replay of exchanges[0].I_MESSAGE after it was accepted": _put(0, b""),
    "encr alg 9": _put(149, b"\x09", mac=True),
    "encr alg 2 (KW) on 41 octets": _put(149, b"\x02", mac=True),
    "MAC alg 7": _put(193, b"\x07"),
    "MAC alg 0, MAC stripped": lambda good, world: good[:193] + b"\0",
    "SP prot type 9": _put(115, b"\x09", mac=True),
    "SRTP encr alg 77": _put(120, b"\x4d", mac=True),
    "SP TLV length beyond payload": _put(119, b"\xff", mac=True),
    "R_MESSAGE with other CSB ID": lambda good, world: _with(
        _answer(good, world), 4, 8, b"\0\0\0\1"
    ),
    "R_MESSAGE with other T": lambda good, world: _with(_answer(good, world), 30, 38, bytes(8)),
    "V computed with swapped identities": _swapped,
    "own I_MESSAGE reflected": lambda good, world: good,
}


def _with(octets: bytes, start: int, end: int, value: bytes) -> bytes:
    return octets[:start] + value + octets[end:]


def _negative(case: Case, psk: str) -> None:
    if case.data["name"].startswith("DHSIGN"):
        certified.negative(case)
        return
    case.note("name", "expect")
    if case.data["name"].startswith("DHHMAC"):
        _negative_dh(case, psk)
        return
    world = World({**FIRST, "psk": psk})
    octets, accept = case.octets("message"), case.take("accept")
    probe = Message(
        Header(0, 0, v=True), (Id.of(ALICE), sdp_ids("mikey"), Kemac(1, b"", 1, bytes(20)))
    )
    me, responder = world.initiator(probe), world.responder()
    good = me.start()
    built = RECIPES.get(case.data["name"])
    if built:
        case.same("message", octets, built(good, world).hex())
    if case.take("to") == "initiator":
        outcome = me.feed(octets)
        case.same("reaction", outcome.kind, "discarded")
        case.same("reaction", "silent" in accept, True)
        case.same("still waiting", me.waiting, True)
        case.same("the true answer", me.feed(responder.handle(good).answer).kind, "established")
        return
    replay = octets == good
    if replay:
        case.same("first time", responder.handle(good).ok, True)
    outcome = responder.handle(octets)
    reaction = "silent" if outcome.answer is None else _number(outcome.answer)
    if reaction not in accept:
        case.same("reaction", reaction, accept)
    case.same("refused", outcome.ok, False)
    if not replay:
        case.same("the true message", responder.handle(good).ok, True)


def _negative_dh(case: Case, psk: str) -> None:
    """A DH-HMAC message under a good MAC that is refused all the same, the error authentic."""
    world = dhhmac.DhWorld({**EXPONENTS, "psk": psk}, FIRST)
    octets, accept = case.octets("message"), case.take("accept")
    case.same("to", case.take("to"), "responder")
    case.same("message", octets, dhhmac.negative(case.data["name"], world).hex())
    responder = world.responder()
    outcome = responder.handle(octets)
    case.same("refused", outcome.ok, False)
    if _number(outcome.answer) not in accept:
        case.same("reaction", _number(outcome.answer), accept)
    me = world.initiator()
    good = me.start()
    case.same("the initiator understands", me.feed(outcome.answer).kind, "failed")
    case.same("the true message", responder.handle(good).ok, True)


def _number(answer: bytes) -> int:
    message = Message.decode(answer)
    if message.header.data_type != DataType.ERROR:
        return -1
    return message.one(Err).error


FILES = {"17_negative.json": negative_file}
