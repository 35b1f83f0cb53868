"""Checklist items 1 to 36 of docs/spec.md, section 13, for PSK exchanges, on every target.

The messages are made by `craft`, not by the firmware; the firmware's own come out of `start`.
Codec items are in device/test_wire_*.py, cryptographic ones in device/test_crypto_*.py.
"""

import craft
from craft import ID_I, ID_R, NOW, PSK, SP, TGK, TS, I
from driver import Heard
from psk_steps import feeds, hears, initiator, responder

SP2 = bytes.fromhex("000101010110020101030114070101080101 0a01010b0104".replace(" ", ""))


def test_item_001_version(agent):
    assert initiator(agent)[0] == 1
    assert hears(agent, I(version=2).encode()).outcome in ("silent", 12, 13)


def test_item_004_kemac_last(agent):
    assert initiator(agent)[-45] == 0  # KEMAC's own next payload octet
    wrong = bytearray(I().encode())
    at = len(wrong) - 21 - 20 - 4
    wrong[at] = craft.EXT
    wrong += b"\0\0\0\0"
    assert hears(agent, bytes(wrong)).outcome in ("silent", 12, 13)


def test_item_005_truncated_everywhere(agent):
    m = I().encode()
    responder(agent)
    for n in range(0, len(m), 1 if not agent.small else 7):
        heard = agent.hear(m[:n])
        assert heard.outcome in ("silent", 12, 13), n
        assert heard.what == "RemoteError/12", n


def test_item_006_length_beyond_the_buffer(agent):
    m = bytearray(I().encode())
    at = m.index(ID_I) - 2
    m[at : at + 2] = b"\xff\xff"
    assert hears(agent, bytes(m)).outcome in ("silent", 12, 13)


def test_item_007_trailing_octets(agent):
    m = I().encode()
    assert hears(agent, m + b"\0").outcome in ("silent", 12, 13)
    assert hears(agent, m + b"\xff").outcome in ("silent", 12, 13)
    assert hears(agent, m + b"\0", zero=1).what == "ok"
    assert hears(agent, m + b"\0\0", zero=1).outcome in ("silent", 12, 13)


def test_item_008_unknown_payload(agent):
    for kind in (18, 27, 99, 255):
        m = I(before_sp=((kind, b"\1\0\0"),)).encode()
        assert hears(agent, m).outcome in (12, 13), kind


def test_item_009_unknown_data_type(agent):
    for data_type in (2, 9, 27, 200, 255):
        assert hears(agent, I(data_type=data_type).encode()).outcome in (11, 13), data_type


def test_item_010_unknown_prf(agent):
    assert hears(agent, I(prf=5).encode()).outcome == 2
    assert hears(agent, I(prf=127).encode()).outcome == 2


def test_item_011_csb_id_random(agent):
    seen = set()
    for seed in (50, 60, 60, 70):
        agent.call("initiator", psk=PSK, idi=ID_I, idr=ID_R, cs="1/0/", now=NOW, seed=seed)
        seen.add(bytes.fromhex(agent.call("start"))[4:8])
    assert len(seen) == 3  # it comes from the source of randomness, and only from it


def test_item_012_echo_of_csb_id_and_prf(agent):
    for prf in (0, 1):
        answer = hears(agent, I(prf=prf).encode()).answer
        assert answer[:2] == b"\1\1" and answer[4:8] == craft.CSB and answer[3] == prf
        initiator(agent, prf=prf)
        other = bytes([answer[0], answer[1], answer[2], 1 - prf]) + answer[4:]
        assert feeds(agent, other) != "keys"
        assert feeds(agent, answer) == "keys"


def test_item_013_no_cs_and_cs_ids(agent):
    assert hears(agent, I(cs=()).encode()).what == "ok"
    assert agent.keys("srv").sessions == ()
    hears(agent, I(cs=((0, 5, 0), (0, 6, 7), (0, 8, 0))).encode())
    sessions = agent.keys("srv").sessions
    assert [(s.cs_id, s.ssrc) for s in sessions] == [(1, 5), (2, 6), (3, 8)]


def test_item_014_ssrc_filled_by_the_responder(agent):
    m = initiator(agent, cs="11111111/0/,0/0/")
    heard = hears(agent, m, ssrc="0/22222222")
    assert heard.answer[20:23] == bytes.fromhex("222222")
    assert feeds(agent, heard.answer) == "keys"
    assert [s.ssrc for s in agent.keys("me").sessions] == [0x11111111, 0x22222222]
    assert agent.keys("me") == agent.keys("srv")
    own = hears(agent, m).answer[19:28]
    assert own[1:5] != bytes(4), "an SSRC must be chosen where none is given"


def test_item_014_ssrc_must_not_change(agent):
    initiator(agent)
    assert feeds(agent, craft.response(cs=((0, 0x11111112, 0),))) == "RemoteError/12"


def test_item_015_policy_numbers(agent):
    assert hears(agent, I(cs=((0, 5, 0), (0, 6, 0))).encode()).what == "ok"
    assert hears(agent, I(cs=((3, 5, 0),)).encode()).outcome == 10
    two = I(cs=((0, 5, 0), (1, 6, 0)), sps=((SP, 0, 0), (SP2, 1, 0)))
    assert hears(agent, two.encode()).what == "ok"


def test_item_016_empty_map(agent):
    m = I(cs=(), map_type=1)
    assert hears(agent, m.but(sps=()).encode()).what == "ok"
    assert hears(agent, m.encode()).outcome == 12


def test_item_018_ntp_and_ntp_utc(agent):
    for ts_type in (0, 1):
        heard = hears(agent, I(ts_type=ts_type).encode())
        assert heard.what == "ok" and heard.answer[20] == ts_type


def test_item_019_counter(agent):
    m = initiator(agent, ts_type=2, ts=b"\0\0\0\7")
    assert m == I(ts_type=2, ts=b"\0\0\0\7").encode()
    heard = hears(agent, m)
    assert feeds(agent, heard.answer) == "keys" and agent.keys("me") == agent.keys("srv")
    assert agent.hear(m).outcome == "silent"
    assert agent.hear(I(ts_type=2, ts=b"\0\0\0\6", csb=b"abcd").encode()).outcome == "silent"
    assert agent.hear(I(ts_type=2, ts=b"\0\0\0\x08", csb=b"abcd").encode()).what == "ok"


def test_item_020_era_wrap_of_2036(agent):
    before, after = (1 << 32) - 10, 5  # NTP seconds on either side of 2036-02-07 06:28:16 UTC
    wrap = (1 << 32) - 2208988800  # the same moment in Unix seconds
    m = I(ts=after.to_bytes(4, "big") + bytes(4)).encode()
    assert hears(agent, m, now=wrap - 10).what == "ok"
    m = I(ts=before.to_bytes(4, "big") + bytes(4)).encode()
    assert hears(agent, m, now=wrap + 5).what == "ok"
    agent.call("initiator", psk=PSK, idi=ID_I, idr=ID_R, cs="1/0/", now=wrap + 5)
    assert bytes.fromhex(agent.call("start"))[21:25] == after.to_bytes(4, "big")


def test_item_021_unique_timestamps(agent):
    agent.call("initiator", psk=PSK, idi=ID_I, idr=ID_R, cs="1/0/", now=NOW)
    stamps = {bytes.fromhex(agent.call("start"))[21:29] for _ in range(5)}
    assert len(stamps) == 5


def test_item_022_responder_reuses_the_timestamp(agent):
    assert hears(agent, I().encode()).answer[19:29] == b"\x06\0" + TS


def test_item_023_foreign_answers(agent):
    initiator(agent)
    assert feeds(agent, craft.response(csb=b"\0\0\0\1")) == "RemoteError/None"
    assert feeds(agent, craft.response(ts=bytes(8))) == "RemoteError/None"
    assert feeds(agent, craft.response()) == "keys"


def test_item_024_out_of_the_window(agent):
    for now in (NOW - 301, NOW + 301, NOW + 365 * 86400):
        assert hears(agent, I().encode(), now=now) == Heard("ReplayError/None", b"")
    spoilt = I().encode()[:-1] + b"\0"  # before the MAC is even looked at
    assert hears(agent, spoilt, now=NOW + 301).what == "ReplayError/None"
    for now in (NOW - 299, NOW + 299):
        assert hears(agent, I().encode(), now=now).what == "ok"


def test_item_025_replay(agent):
    m = I().encode()
    responder(agent)
    assert agent.hear(m[:-1] + bytes([m[-1] ^ 1])).outcome == 0  # not authentic: not remembered
    assert agent.hear(m).what == "ok"
    assert agent.hear(m) == Heard("ReplayError/None", b"")


def test_item_027_rand(agent):
    assert len(initiator(agent, rand="-").split(TS)[1]) > 0
    agent.call("initiator", psk=PSK, idi=ID_I, idr=ID_R, cs="1/0/", now=NOW)
    m = bytes.fromhex(agent.call("start"))
    assert m[29:31] == b"\x06\x10", "RAND of 16 octets"
    for n in (1, 255):
        rand = bytes(range(1, n + 1))
        assert hears(agent, I(rand=rand).encode()).what == "ok", n


def test_item_028_missing_rand(agent):
    assert hears(agent, I(rand=None).encode()).outcome == 12


def test_item_029_rand_in_an_update(agent):
    responder(agent)
    assert agent.hear(I().encode()).what == "ok"
    later = (int.from_bytes(TS, "big") + 1).to_bytes(8, "big")
    assert agent.hear(I(ts=later).encode()).outcome == 12


def test_item_030_same_keys_for_all_members(agent):
    m = I(v=0).encode()
    hears(agent, m)
    first = agent.keys("srv")
    hears(agent, m, idr=ID_R)
    assert agent.keys("srv") == first


def test_item_031_random_from_the_source(agent):
    agent.call("initiator", psk=PSK, idi=ID_I, idr=ID_R, cs="1/0/", now=NOW, seed=0)
    m = bytes.fromhex(agent.call("start"))
    draws = [
        bytes((k * 37 + i * 11 + 1) & 255 for i in range(n)) for k, n in ((1, 4), (2, 16), (3, 16))
    ]
    assert m[4:8] == draws[0] and m[31:47] == draws[1], "CSB ID, RAND, TGK, in this order"
    ts = TS[:4] + bytes(4)
    keys = craft.key_data(draws[2])
    got = I(csb=draws[0], rand=draws[1], keys=keys, cs=((0, 1, 0),), ts=ts).encode()
    assert m == got


def test_item_036_salt_of_the_key_data_wins(agent):
    salt = bytes(range(14))
    hears(agent, I(keys=craft.key_data(TGK, 1, salt)).encode())
    assert agent.keys("srv").sessions[0].salt == salt
    hears(agent, I().encode())
    assert agent.keys("srv").sessions[0].salt != salt
