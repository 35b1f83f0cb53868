"""Checklist items of docs/spec.md, section 13, for DH-HMAC (RFC 4650), on every target.

The group is OAKLEY 1, the smallest, except where another matters: the modes treat all alike, and
device/test_dh_*.py have the arithmetic of each.
"""

import json
from pathlib import Path

import craft
import pytest
from craft import ID_I, ID_R, NOW, PSK, TS, I
from driver import Refused, error_number
from psk_steps import feeds

VECTORS = Path(__file__).parent / "vectors"
GROUPS = {
    g["dh_group"]: int(g["p"], 16)
    for g in json.loads((VECTORS / "16_groups.json").read_text())["groups"]
    if g["type"] == "modp"
}
XI, XR = bytes(range(1, 33)), bytes(range(101, 133))
LATER = b"\xe5\x7a\x8e\xc1" + bytes(4)


def public(x: bytes, group: int = 1, base: int = 2) -> bytes:
    p = GROUPS[group]
    return pow(base, int.from_bytes(x, "big"), p).to_bytes((p.bit_length() + 7) // 8, "big")


def dh(value: bytes, group: int = 1) -> tuple[int, bytes]:
    return 3, bytes([group]) + value + b"\0"


def offer(value: bytes | None = None, group: int = 1, **changes) -> bytes:
    """An I_MESSAGE; `value` is DHi, by default the right one for XI."""
    extra = (dh(public(XI, group) if value is None else value, group),)
    plain = {"data_type": 7, "extra": extra, "keys": b"", "encr": 0}
    return I(**(plain | changes)).encode()


def reply(
    dhr=None, dhi=None, ids=(ID_R, ID_I), data_type=8, ts=TS, group=1, kemac=b"\0\0\0\1", more=()
):
    """An R_MESSAGE with a right MAC."""
    values = [public(XR) if dhr is None else dhr, public(XI) if dhi is None else dhi]
    payloads = [(craft.T, b"\0" + ts)]
    payloads += [craft.identity(i) for i in ids]
    payloads += [dh(v, group) for v in values if v]
    payloads += [*more, (craft.KEMAC, kemac)]
    return craft.seal(craft.chain(I(data_type=data_type, v=0).header(), payloads))


def responder(agent, **options):
    agent.call("responder", **({"psk": PSK, "idr": ID_R, "now": NOW, "dh": b"\0\1\2", "x": XR,
                                "limit": 1024} | options))  # fmt: skip


def hears(agent, message, **options):
    responder(agent, **options)
    return agent.hear(message)


def initiator(agent, **options):
    defaults = {"mode": "dhhmac", "group": 1, "psk": PSK, "cs": "11111111/0/", "csb": craft.CSB,
                "rand": craft.RAND, "idi": ID_I, "idr": ID_R, "x": XI}  # fmt: skip
    agent.call("initiator", **(defaults | options))
    return bytes.fromhex(agent.call("start", ts=TS))


def test_item_079_groups(agent):
    for group in (0,) if agent.small else (0, 1, 2):
        m = initiator(agent, group=group)
        assert m == offer(group=group)
        assert feeds(agent, hears(agent, m).answer) == "keys"
        assert agent.keys("me") == agent.keys("srv")
    assert hears(agent, offer(group=1), dh=b"\0").outcome == 6
    assert hears(agent, offer(bytes(96), group=99)).outcome in (6, 12)


def test_item_080_public_values(agent):
    p = GROUPS[1]
    for y in (0, 1, p - 1, p, p + 1, (1 << 768) - 1):
        assert hears(agent, offer(y.to_bytes(96, "big"))).outcome == 6, hex(y)[:9]
        initiator(agent)
        assert feeds(agent, reply(dhr=y.to_bytes(96, "big"))) == "RemoteError/6"
    assert hears(agent, offer((2).to_bytes(96, "big"))).what == "ok"
    for n in (95, 97):
        assert hears(agent, offer(bytes(n))).outcome in ("silent", 3, 6, 12, 13)


def test_item_081_tgk_is_padded(agent):
    """A secret that begins with a zero octet: found by trying exponents."""
    y = int.from_bytes(public(XI), "big")
    k = next(k for k in range(1 << 16) if public(k.to_bytes(32, "big"), 1, y)[0] == 0 and k > 1)
    m = initiator(agent)
    heard = hears(agent, m, x=k.to_bytes(32, "big"))
    assert feeds(agent, heard.answer) == "keys"
    tgk = public(k.to_bytes(32, "big"), 1, y)
    label = bytes.fromhex("2ad01c6401") + craft.CSB + craft.RAND
    tek = craft.peer_prf(0, tgk, label, 16)
    assert agent.keys("me").sessions[0].tek == agent.keys("srv").sessions[0].tek == tek


def test_item_082_what_the_answer_contains(agent):
    assert hears(agent, offer()).answer == reply()
    initiator(agent)
    assert feeds(agent, reply(dhi=public(XR))) == "RemoteError/12"
    assert feeds(agent, reply(dhi=b"")) == "RemoteError/12"
    assert feeds(agent, reply(ids=(ID_R,))) == "AuthError/0"
    assert feeds(agent, reply(ids=(ID_I,))) == "keys"


def test_item_083_fresh_exponents(agent):
    seen = {initiator(agent, x="-", seed=seed)[-120:-30] for seed in (50, 60, 70)}
    assert len(seen) == 3


def test_item_085_data_types_and_kemac(agent):
    m = initiator(agent)
    assert m[1] == 7 and m[-25:-20] == b"\0\0\0\0\1"
    answer = hears(agent, m).answer
    assert answer[1] == 8 and answer[-25:-20] == b"\0\0\0\0\1"
    data = offer(keys=craft.key_data())
    assert hears(agent, data).outcome == 12
    assert hears(agent, offer(encr=1)).outcome == 4


def test_item_086_literal_code_points_of_rfc_4650(agent):
    literal = I(data_type=7, extra=(dh(public(XI)),), keys=b"", encr=2, mac=0).encode()
    assert hears(agent, craft.seal(literal)).what == "ok"
    initiator(agent)
    assert feeds(agent, reply(kemac=b"\2\0\0\0")) == "keys"
    assert hears(agent, craft.seal(I(encr=2, mac=0, keys=b"").encode())).outcome != "accepted"


def test_item_087_identities_are_mandatory(agent):
    assert hears(agent, offer(ids=(ID_I,))).outcome in (7, 12)
    with pytest.raises(Refused, match="LocalError"):
        initiator(agent, idr="-")
    initiator(agent)
    assert feeds(agent, reply(ids=())) == "AuthError/0"


def test_item_088_payloads_of_table_4_1_b(agent):
    for kind, body in ((craft.V, b"\0"), (craft.ERR, b"\0\0\0"), (8, b"\0" + bytes(20))):
        m = offer(before_sp=((kind, body),))
        assert hears(agent, m).outcome in (12, 13), kind
    assert hears(agent, offer(extra=(dh(public(XI)), dh(public(XI))))).outcome == 12


def test_item_089_sdp_ids(agent):
    m = initiator(agent, ext="1/" + b"mikey".hex())
    assert m == offer(before_sp=(craft.extension(1, b"mikey"),))
    assert hears(agent, m).what == "ok"


def test_item_090_failure_is_an_error_message(agent):
    m = offer()
    bad = m[:-1] + bytes([m[-1] ^ 1])
    assert error_number(hears(agent, bad).answer) == 0
    error = hears(agent, offer(extra=())).answer
    assert error_number(error) == 12
    assert error == craft.seal(error[:-20]) and error[-25:-20] == b"\0\0\0\0\1", "MAC in a KEMAC"
    initiator(agent)
    said = [(craft.T, b"\0" + TS), (craft.ERR, b"\6\0\0"), (craft.KEMAC, b"\0\0\0\1")]
    m = craft.seal(craft.chain(I(data_type=6, v=0).header(), said))
    assert feeds(agent, m[:-1] + bytes([m[-1] ^ 1])) == "waits"
    assert feeds(agent, m) == "RemoteError/6"


def test_item_091_mac_before_the_second_power(agent):
    """With a wrong MAC, a DH value that would give error 6 gives error 0: it was not looked at."""
    m = offer(bytes(96))
    assert hears(agent, m).outcome == 6
    assert hears(agent, m[:-1] + bytes([m[-1] ^ 1])).outcome == 0
    initiator(agent)
    m = reply(dhr=bytes(96))
    assert feeds(agent, m[:-1] + bytes([m[-1] ^ 1])) == "AuthError/0"


def test_item_048_v_means_nothing(agent):
    for v in (0, 1):
        assert hears(agent, offer(v=v)).answer[1] == 8


def test_item_105_updates(agent):
    m = initiator(agent)
    responder(agent)
    assert feeds(agent, agent.hear(m).answer) == "keys"
    old = agent.keys("me")
    m = bytes.fromhex(agent.call("update", fresh=1, ts=LATER, cs="11111111/0/,22222222/0/"))
    heard = agent.hear(m)
    assert heard.what == "ok" and feeds(agent, heard.answer) == "keys"
    new = agent.keys("me")
    assert new == agent.keys("srv") and new.sessions[1].ssrc == 0x22222222
    assert new.sessions[0] == old.sessions[0]  # the same exponents, which are fixed here
    last = b"\xe5\x7a\x8e\xc2" + bytes(4)
    m = bytes.fromhex(agent.call("update", fresh=0, ts=last))
    assert len(m) < 170, "no DH value"
    heard = agent.hear(m)
    assert heard.what == "ok" and len(heard.answer) < 170
    assert feeds(agent, heard.answer) == "keys" and agent.keys("me") == new


def test_item_105_updates_stay_in_their_mode(agent):
    responder(agent)
    assert agent.hear(offer()).what == "ok"
    psk = I(rand=None, ts=LATER, sps=(), keys=craft.key_data(bytes(range(16)))).encode()
    assert agent.hear(psk).outcome == 12


def test_both_modes_on_one_responder(agent):
    responder(agent)
    assert agent.hear(I().encode()).what == "ok"
    assert agent.hear(offer(csb=b"abcd", ts=LATER)).what == "ok"
    agent.call("responder", psk=PSK, idr=ID_R, now=NOW, limit=1024)
    assert agent.hear(offer()).outcome in (11, 13)


def test_flipped_bits_of_both_messages(agent):
    """Who flips a bit gets nothing: every 7th, 5th or 211th one, by the target's speed."""
    step = {"cpython": 7, "unix": 5}.get(agent.target, 211)
    m = offer()
    responder(agent)
    for bit in range(0, 8 * len(m), step):
        bad = bytearray(m)
        bad[bit // 8] ^= 1 << bit % 8
        assert agent.hear(bytes(bad)).what != "ok", bit
    initiator(agent)
    m = reply()
    for bit in range(0, 8 * len(m), step):
        bad = bytearray(m)
        bad[bit // 8] ^= 1 << bit % 8
        if bit // 8 != 3:  # the V bit and PRF of an answer
            assert feeds(agent, bytes(bad)) not in ("keys",), bit
