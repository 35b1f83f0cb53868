"""Checklist items 42 to 127 of docs/spec.md, section 13, for PSK exchanges, on every target."""

import hashlib
import hmac

import craft
import pytest
from craft import ID_I, ID_R, PSK, SP, TGK, TS, I
from driver import Heard, Refused, error_number, key_word
from psk_steps import feeds, hears, initiator, responder

SP2 = bytes.fromhex("000101010110020101030114070101080101 0a01010b0104".replace(" ", ""))


def test_item_042_null_only_if_allowed(agent):
    plain = I(encr=0, mac=0)
    assert hears(agent, plain.encode()).outcome in ("silent", 0, 3, 4)
    assert hears(agent, plain.encode(), null=1).what == "ok"
    assert hears(agent, plain.but(mac=1).encode()).outcome == 4
    with pytest.raises(Refused, match="LocalError"):
        initiator(agent, encr=0, mac=0)
    with pytest.raises(Refused, match="LocalError"):
        initiator(agent, mac=0)
    assert initiator(agent, encr=0, mac=0, allow_null=1, v=0) == plain.but(v=0).encode()


def test_item_043_unsupported_algorithms(agent):
    assert hears(agent, I(encr=9).encode()).outcome == 4
    assert hears(agent, I(mac=7).encode()).outcome == 3


def test_item_044_mac_covers_the_message(agent):
    m = initiator(agent)
    key = craft.mikey_key("2d22ac75", 20)
    assert m[-20:] == hmac.new(key, m[:-20], hashlib.sha1).digest()
    assert m == I().encode()


def test_item_046_v_covers_identities_and_t(agent):
    initiator(agent)
    assert feeds(agent, craft.response(tail=ID_R + ID_I + TS)) == "AuthError/0"
    assert feeds(agent, craft.response(tail=b"")) == "AuthError/0"
    assert feeds(agent, craft.response(tail=ID_I + ID_R)) == "AuthError/0"
    assert feeds(agent, craft.response(idr=b"sip:mallory@example.com")) == "AuthError/0"
    assert feeds(agent, craft.response(idr=ID_R)) == "keys"
    answer = hears(agent, I().encode()).answer
    body = answer[:-20]
    key = craft.mikey_key("2d22ac75", 20)
    assert answer[-20:] == hmac.new(key, body + ID_I + ID_R + TS, hashlib.sha1).digest()


def test_item_047_answer_only_if_asked(agent):
    assert hears(agent, I(v=0).encode()) == Heard("ok", b"")
    assert hears(agent, I(v=1).encode()).answer[:2] == b"\1\1"
    initiator(agent, v=0)
    assert agent.keys("me").sessions[0].tek


def test_item_049_answer_only_after_success(agent):
    m = I().encode()
    for wrong in (m[:-1] + bytes([m[-1] ^ 1]), I(encr=9).encode(), I(sps=((SP, 0, 9),)).encode()):
        heard = hears(agent, wrong)
        assert not heard.answer or heard.answer[1] == 6


def test_item_050_no_state_before_authentication(agent):
    if agent.target == "cpython":
        pytest.skip("CPython does not count its heap")
    m = I().encode()
    responder(agent)
    used = []
    for i in range(5):
        agent.hear(m[:-1] + bytes([(m[-1] + 1 + i) & 255]))
        with pytest.raises(Refused, match="LocalError"):
            agent.keys("srv")
        used.append(int(agent.call("mem")))
    assert max(used[1:]) <= used[0] + 128, used
    assert agent.hear(m).what == "ok"


def test_item_051_identities_from_context(agent):
    m = initiator(agent, send_ids=0)
    assert m == I(ids=()).encode()
    heard = hears(agent, m, idi=ID_I)
    assert heard.answer == craft.response()
    assert feeds(agent, heard.answer) == "keys"


def test_item_052_idr(agent):
    assert ID_R in initiator(agent)
    heard = hears(agent, I(ids=(ID_I, b"sip:carol@example.com")).encode())
    assert heard.outcome in ("silent", 7)


def test_item_053_nai_and_uri(agent):
    for kind, who in ((0, b"alice@example.com"), (1, ID_I), (2, b"\0\xff\x10")):
        assert hears(agent, I(ids=(who, ID_R), id_type=kind).encode()).what == "ok"


def test_item_054_several_keys(agent):
    a, b = bytes(range(16)), bytes(range(16, 32))
    keys = craft.key_data(a, 0, b"", 1, b"\1\x01", np=20) + craft.key_data(b, 0, b"", 1, b"\1\x02")
    m = I(keys=keys).encode()
    hears(agent, m)
    assert agent.keys("srv").sessions[0].mki == b"\1"
    both = ",".join((key_word(0, a, b"", 1, b"\1"), key_word(0, b, b"", 1, b"\2")))
    agent.call("initiator", psk=PSK, idi=ID_I, idr=ID_R, cs="11111111/0/", keys=both,
               csb=craft.CSB, rand=craft.RAND)  # fmt: skip
    assert bytes.fromhex(agent.call("start", ts=TS)) == m


def test_item_055_key_types(agent):
    salt = bytes(range(14))
    for kind in (0, 1, 2, 3):
        assert hears(agent, I(keys=craft.key_data(TGK, kind, salt)).encode()).what == "ok"
        cs = agent.keys("srv").sessions[0]
        assert (cs.tek == TGK) == bool(kind & 2) and (cs.salt == salt) == bool(kind & 1)
    for kind in (4, 5, 6, 7, 15):
        assert hears(agent, I(keys=craft.key_data(TGK, kind, salt)).encode()).outcome == 12


def test_item_056_key_validity(agent):
    span = bytes(6) + b"\6" + b"\0\0\0\0\xff\xff"
    hears(agent, I(keys=craft.key_data(TGK, 0, b"", 2, b"\6" + span)).encode())
    assert agent.keys("srv").sessions[0].valid == (bytes(6), b"\0\0\0\0\xff\xff")
    assert hears(agent, I(keys=craft.key_data(TGK, 0, b"", 3)).encode()).outcome == 12


def test_item_057_kemac_length_limit(agent):
    m = I(keys=craft.key_data(bytes(600))).encode()
    assert hears(agent, m).outcome == 12  # longer than this end holds, and it says so
    if not agent.small:
        assert hears(agent, m, limit=1024).what == "ok"


def test_item_058_no_key_in_clear(agent):
    m = initiator(agent)
    assert TGK not in m and PSK not in m


def test_item_060_key_length_is_the_tek_length(agent):
    sp = SP.replace(b"\1\1\x10", b"\1\1\x20")
    assert hears(agent, I(sps=((sp, 0, 0),)).encode()).what == "ok"
    assert len(agent.keys("srv").sessions[0].tek) == 32


def test_item_061_unsupported_policies(agent):
    assert hears(agent, I(sps=((SP, 0, 9),)).encode()).outcome == 9
    heard = hears(agent, I(sps=((b"\0\1\x4d", 0, 0),)).encode())
    assert heard.outcome == 10
    assert b"\0\0\0" + bytes([len(SP)]) + SP in heard.answer, "with our own policy"


def test_item_062_policy_numbers_distinct(agent):
    assert hears(agent, I(sps=((SP, 0, 0), (SP2, 0, 0))).encode()).outcome == 10


def test_item_066_tesla_policy_only_when_authenticated(agent):
    tesla = (bytes.fromhex("0101000202 00a0".replace(" ", "")), 1, 1)
    key = craft.extension(2, bytes(range(20)))
    m = I(sps=((SP, 0, 0), tesla), before_sp=(key,)).encode()
    assert hears(agent, m).what == "ok"
    assert hears(agent, m[:-1] + bytes([m[-1] ^ 1])).outcome == 0


def test_item_100_error_message_format(agent):
    heard = hears(agent, I(encr=9).encode())
    head = bytes.fromhex("01060500") + craft.CSB + b"\1\0" + b"\0\x11\x11\x11\x11\0\0\0\0"
    body = head + b"\x0c\0" + TS + b"\x09\4\0\0" + b"\0\1"
    assert heard.answer == craft.seal(body)


def test_item_101_unauthenticated_error_is_a_hint(agent):
    initiator(agent)
    error = craft.response(data_type=6, extra=((craft.ERR, b"\0\0\0"),), v=False)
    assert feeds(agent, error) == "waits"
    assert feeds(agent, craft.response()) == "keys"


def test_item_100_authenticated_error_ends_it(agent):
    initiator(agent)
    error = craft.response(data_type=6, extra=((craft.ERR, b"\x0a\0\0"),))
    assert feeds(agent, error) == "RemoteError/10"


def test_item_102_no_answer_to_an_error(agent):
    for v in (True, False):
        error = craft.response(data_type=6, extra=((craft.ERR, b"\0\0\0"),), v=v)
        assert hears(agent, error).outcome == "silent"
    assert hears(agent, craft.response()).outcome == "silent"
    m = I().encode()
    answer = hears(agent, m[:-1] + bytes([m[-1] ^ 1])).answer
    assert error_number(answer) == 0 and answer[-4:] == b"\0\0\0\0", "no V for a stranger"


def _established(agent):
    m = initiator(agent)
    responder(agent)
    assert feeds(agent, agent.hear(m).answer) == "keys"
    return agent.keys("me")


def test_item_103_update_with_a_new_key(agent):
    old = _established(agent)
    later = b"\xe5\x7a\x8e\xc1" + bytes(4)
    new = bytes(range(16))
    m = bytes.fromhex(agent.call("update", keys=key_word(0, new), ts=later))
    assert m == I(ts=later, rand=None, sps=(), keys=craft.key_data(new)).encode()
    heard = agent.hear(m)
    assert feeds(agent, heard.answer) == "keys"
    assert agent.keys("me") == agent.keys("srv") != old


def test_item_103_updates_in_order(agent):
    """An update that was held back must not bring older keys back."""
    _established(agent)
    first, second = b"\xe5\x7a\x8e\xc1" + bytes(4), b"\xe5\x7a\x8e\xc2" + bytes(4)
    m = [
        I(ts=ts, rand=None, sps=(), keys=craft.key_data(key)).encode()
        for ts, key in ((first, bytes(range(16))), (second, bytes(range(1, 17))))
    ]
    assert agent.hear(m[1]).what == "ok"
    keys = agent.keys("srv")
    assert agent.hear(m[0]) == Heard("ReplayError/None", b"")
    agent.call("reset", who="srv")
    assert agent.keys("srv") == keys


def test_item_029_csb_id_in_use(agent):
    """A new exchange with the CSB ID of another one: it cannot be told from a wrong update."""
    responder(agent)
    assert agent.hear(I().encode()).what == "ok"
    other = I(rand=bytes(range(16)), ts=b"\xe5\x7a\x8e\xc1" + bytes(4)).encode()
    assert agent.hear(other).outcome == 12


def test_item_104_update_adds_a_session(agent):
    old = _established(agent)
    later = b"\xe5\x7a\x8e\xc1" + bytes(4)
    m = bytes.fromhex(agent.call("update", cs="11111111/0/,33333333/0/", ts=later))
    assert feeds(agent, agent.hear(m).answer) == "keys"
    new = agent.keys("srv")
    assert new == agent.keys("me")
    assert new.sessions[0] == old.sessions[0] and new.sessions[1].ssrc == 0x33333333
    assert hears(agent, m).outcome == 12, "a responder that does not know the CSB says so"


def test_item_107_limits_of_a_key(agent):
    """SRTP packets stop at the end of the key's validity (RFC 3830 9.2)."""
    if agent.small:
        pytest.skip("srtp.py is not for the smallest board")
    span = b"\6" + bytes(6) + b"\6" + b"\0\0\0\0\0\5"
    hears(agent, I(keys=craft.key_data(TGK, 0, b"", 2, span)).encode())
    packet = bytes.fromhex("80600005000000001111111161")
    assert agent.call("protect", who="srv", packet=packet)
    with pytest.raises(Refused, match="used up"):
        agent.call("protect", who="srv", packet=packet[:3] + b"\6" + packet[4:])


def test_item_108_extensions(agent):
    for kind, data in ((0, b"vendor"), (1, b"mikey"), (77, b"who knows"), (0, bytes(300))):
        m = I(before_sp=(craft.extension(kind, data),)).encode()
        assert hears(agent, m).what == "ok", kind
        at = m.index(data)
        assert hears(agent, m[:at] + b"\x55" + m[at + 1 :]).outcome == 0, "covered by the MAC"
    assert (
        initiator(agent, ext="1/" + b"mikey".hex())
        == I(before_sp=(craft.extension(1, b"mikey"),)).encode()
    )


def test_item_110_oma_extension_needs_integrity(agent):
    oma = craft.extension(5, b"\2abc")
    assert hears(agent, I(before_sp=(oma,)).encode()).what == "ok"
    assert hears(agent, I(before_sp=(oma,), encr=0, mac=0).encode(), null=1).outcome == 12


def test_item_127_any_bit_of_v(agent):
    """Constant time is shown by device/test_crypto_*; here: every bit of the tag counts."""
    initiator(agent)
    good = craft.response()
    for bit in range(0, 160, 1 if not agent.small else 16):
        bad = bytearray(good)
        bad[len(good) - 20 + bit // 8] ^= 1 << bit % 8
        assert feeds(agent, bytes(bad)) == "AuthError/0"
    assert feeds(agent, good) == "keys"
