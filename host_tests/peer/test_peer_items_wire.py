"""The conformance checklist (docs: SPEC section 13), as far as octets alone tell. One test each."""

import pytest
from peer_world import ALICE, KEY, NOON, Pair, error_of, exchange, rebuilt, signed, sp_with, without
from umikey_peer import DecodeError, Message, Psk, SrtpPolicy, Stream
from umikey_peer import extensions as ext
from umikey_peer.clock import Stamper, ticks
from umikey_peer.errors import Refused
from umikey_peer.header import GenericId, Header, SrtpId
from umikey_peer.payloads import (
    Extension,
    Id,
    Kemac,
    KeyData,
    Rand,
    Sp,
    Timestamp,
    Validity,
    Ver,
    decode_key_data,
    encode_key_data,
)
from umikey_peer.payloads_more import Sign
from umikey_peer.policy import TeslaPolicy, read_policy
from umikey_peer.registry import DataType, Encr, Mac, MapType, Prf, TsType

GOOD = bytes.fromhex(exchange()["I_MESSAGE"])


def test_item_001_version_is_1_and_another_is_refused_in_silence():
    pair = Pair()
    octets = pair.me.start()
    assert octets[0] == 1
    outcome = pair.srv.handle(b"\2" + octets[1:])
    assert (outcome.kind, outcome.answer) == ("discarded", None)
    with pytest.raises(DecodeError) as caught:
        Message.decode(b"\2" + octets[1:])
    assert caught.value.number == 12


def test_item_002_big_endian_and_the_chain_of_next_payloads_ends_with_0():
    message = Message(
        Header(0, 0x01020304, cs=(SrtpId(5, 0x0A0B0C0D, 0x01),)),
        (Timestamp(0, bytes(8)), Rand(b"rr"), Kemac(1, b"data", 1, bytes(20))),
    )
    octets = message.encode()
    assert octets[4:8] == b"\1\2\3\4" and octets[10:19] == b"\5\x0a\x0b\x0c\x0d\0\0\0\1"
    assert octets[2] == 5 and octets[19] == 11 and octets[29] == 1 and octets[33] == 0
    assert Message.decode(octets) == message


def test_item_003_sign_has_no_next_payload_and_is_last():
    message = Message(Header(4, 1), (Timestamp(0, bytes(8)), Sign(0, b"sig")))
    octets = message.encode()
    assert octets.endswith(b"\0\3sig") and octets[10] == 4
    assert Message.decode(octets) == message
    with pytest.raises(ValueError):
        Message(Header(4, 1), (Sign(0, b"sig"), Timestamp(0, bytes(8)))).encode()
    with pytest.raises(DecodeError):
        Message.decode(octets + b"\0")


@pytest.mark.parametrize("where", [0, 1])
def test_item_004_kemac_is_last_in_a_psk_message(where):
    pair = Pair()
    message = Message.decode(pair.me.start())
    assert type(message.payloads[-1]) is Kemac
    moved = (*message.payloads[:-1][:where], message.payloads[-1], *message.payloads[:-1][where:])
    outcome = pair.srv.handle(Message(message.header, moved).encode())
    assert not outcome.ok and error_of(outcome.answer) == 12


def test_item_005_truncation_at_every_octet_is_a_clean_error():
    for end in range(len(GOOD)):
        with pytest.raises(DecodeError):
            Message.decode(GOOD[:end])


@pytest.mark.parametrize("at", [39, 58, 83, 106, 116, 119, 150])
def test_item_006_lengths_beyond_the_message_are_refused(at):
    octets = GOOD[:at] + b"\xff" + GOOD[at + 1 :]
    with pytest.raises(DecodeError):
        Message.decode(octets)


def test_item_007_trailing_octets_are_refused_one_00_tolerated_by_option():
    for extra in (b"\0", b"\xff", b"\0\0"):
        with pytest.raises(DecodeError):
            Message.decode(GOOD + extra)
    assert Message.decode(GOOD + b"\0", tolerate_zero=True).raw == GOOD
    for extra in (b"\xff", b"\0\0"):
        with pytest.raises(DecodeError):
            Message.decode(GOOD + extra, tolerate_zero=True)


@pytest.mark.parametrize("number", [18, 19, 20, 24, 27, 99, 241, 255])
def test_item_008_unknown_payload_types_are_error_13_or_12(number):
    with pytest.raises(DecodeError) as caught:
        Message.decode(GOOD[:2] + bytes([number]) + GOOD[3:])
    assert caught.value.number in (12, 13)


@pytest.mark.parametrize("number", [2, 4, 7, 9, 11, 19, 26, 27, 200, 241, 255])
def test_item_009_unknown_data_types_are_error_11(number):
    pair = Pair()
    message = Message.decode(pair.me.start())
    header = Header(number, message.header.csb_id, True, cs=message.header.cs)
    outcome = pair.srv.handle(signed(Message(header, message.payloads)))
    assert error_of(outcome.answer) == 11 and not outcome.ok


@pytest.mark.parametrize("number", [2, 5, 111, 112, 127])
def test_item_010_unknown_prf_is_error_2(number):
    pair = Pair()
    octets = pair.me.start()
    outcome = pair.srv.handle(octets[:3] + bytes([0x80 | number]) + octets[4:])
    assert error_of(outcome.answer) == 2
    assert Message.decode(outcome.answer).header.prf == number  # RFC 6043 section 5.4


def test_item_011_csb_ids_are_random_and_do_not_collide():
    taken = {}
    script = [bytes([1, 2, 3, 4])] * 2 + [bytes([5, 6, 7, 8])]
    made = []
    for _ in range(2):
        pair = Pair()
        pair.me._taken = taken
        rest = pair.random
        pair.me._random = lambda n, rest=rest: script.pop(0) if n == 4 else rest(n)
        made.append(Message.decode(pair.me.start()).header.csb_id)
        taken[next(iter(taken))].kept = pair  # keep the owner alive
    assert made == [0x01020304, 0x05060708]
    assert len({Message.decode(Pair(random=lambda n, s=s: bytes([s] * n)).me.start()).header.csb_id
                for s in range(1, 20)}) == 19  # fmt: skip


def test_item_012_the_responder_echoes_csb_id_and_prf():
    for prf in Prf:
        theirs, _ = Pair(prf=prf).run()
        header = Message.decode(theirs.answer).header
        assert (header.csb_id, header.prf, header.v) == (theirs.csb_id, prf, False)


def test_item_013_no_sessions_are_fine_and_entry_i_is_cs_i():
    theirs, ours = Pair(streams=()).run()
    assert theirs.ok and ours.ok and len(theirs.sa) == 0 and len(theirs.sa.keys) == 1
    theirs, _ = Pair(streams=tuple(Stream(i) for i in range(1, 256))).run()
    assert [cs.cs_id for cs in theirs.sa] == list(range(1, 256))
    assert [cs.ssrc for cs in theirs.sa] == list(range(1, 256))


def test_item_014_the_responder_fills_in_zero_ssrcs():
    pair = Pair(streams=(Stream(0), Stream(7), Stream(0)))
    theirs, ours = pair.run()
    chosen = [entry.ssrc for entry in Message.decode(theirs.answer).header.cs]
    assert chosen[1] == 7 and 0 not in chosen and len(set(chosen)) == 3
    assert [cs.ssrc for cs in pair.me.sa] == chosen == [cs.ssrc for cs in theirs.sa]


def test_item_015_policies_are_shared_and_an_unknown_number_is_error_10():
    gcm = SrtpPolicy.aes_gcm()
    pair = Pair(streams=(Stream(1), Stream(2), Stream(3, policy=gcm)))
    message = Message.decode(pair.me.start())
    assert [entry.policy for entry in message.header.cs] == [0, 0, 1]
    assert [sp.policy for sp in message.all(Sp)] == [0, 1]
    header = Header(0, message.header.csb_id, True, cs=(SrtpId(3, 1),))
    outcome = pair.srv.handle(signed(Message(header, message.payloads)))
    assert error_of(outcome.answer) == 10 and outcome.authenticated


def test_item_016_an_empty_map_allows_no_sp():
    for streams in ((), (Stream(1), Stream(2))):
        theirs, ours = Pair(streams=streams, map_type=MapType.EMPTY).run()
        assert theirs.ok and ours.ok and len(theirs.sa) == len(streams)
        assert not Message.decode(theirs.answer).header.cs
        assert theirs.sa.fingerprint() == ours.sa.fingerprint()
    pair = Pair(streams=(), map_type=MapType.EMPTY)
    outcome = pair.srv.handle(rebuilt(pair.me.start(), SrtpPolicy().to_sp()))
    assert error_of(outcome.answer) == 12 and outcome.authenticated


@pytest.mark.parametrize(
    "block",
    [
        GenericId(1),
        GenericId(255, 1, True, tuple(range(127)), bytes(10), bytes(255)),
        GenericId(7, 0, False, (3,), bytes(4), b"\1"),
    ],
)
def test_item_017_generic_id_maps(block):
    header = Header(14, 5, map_type=MapType.GENERIC_ID, cs=(block, GenericId(2)))
    octets = Message(header).encode()
    assert Message.decode(octets).header == header
    assert octets[12] == (0x80 if block.s else 0) | len(block.policies)
    pair = Pair(streams=(Stream(5), Stream(6)), map_type=MapType.GENERIC_ID)
    theirs, ours = pair.run()
    assert [cs.ssrc for cs in theirs.sa] == [5, 6] == [cs.ssrc for cs in ours.sa]
    assert all(len(e.policies) == 1 and e.spi for e in Message.decode(theirs.answer).header.cs)


@pytest.mark.parametrize("kind", [TsType.NTP_UTC, TsType.NTP, TsType.COUNTER, TsType.NTP_UTC_32])
def test_item_018_timestamp_types(kind):
    pair = Pair()
    pair.me._stamper = Stamper(kind, now=pair.clock)
    theirs, ours = pair.run()
    assert theirs.ok and ours.ok
    assert Message.decode(theirs.answer).one(Timestamp).kind == kind


def test_item_019_a_counter_has_leading_zeros_in_the_iv():
    assert Timestamp(2, b"\1\2\3\4").octets8 == b"\0\0\0\0\1\2\3\4"
    assert Timestamp(3, b"\1\2\3\4").octets8 == b"\1\2\3\4\0\0\0\0"


def test_item_020_the_ntp_era_ends_in_2036():
    last = 2085978495.0  # 2036-02-07 06:28:15 UTC
    for sender, receiver in ((last, last + 2), (last + 2, last), (last + 2, last + 2)):
        pair = Pair()
        pair.clock.seconds = sender
        octets = pair.me.start()
        pair.clock.seconds = receiver
        assert pair.srv.handle(octets).ok
    assert ticks(last + 1) == 1 << 64
    pair = Pair()
    pair.clock.seconds = last
    pair.established()
    update = pair.later(5).me.update()
    assert pair.srv.handle(update).kind == "updated"


def test_item_053_identity_types_nai_and_uri():
    assert Id.of("alice@example.com").kind == 0 and Id.of(ALICE).kind == 1
    for kind, data in ((0, b"alice@example.com"), (1, b"sip:a@b"), (2, b"\0\xff")):
        credentials = [Psk(KEY, Id(kind, data))]
        theirs, ours = Pair(id_i=Id(kind, data), responder={"credentials": credentials}).run()
        assert theirs.ok and theirs.sa.id_i == Id(kind, data)


def test_item_054_several_key_data_payloads():
    keys = tuple(KeyData(0, bytes([i]) * 16, validity=Validity.mki(bytes([i]))) for i in (1, 2, 3))
    assert decode_key_data(encode_key_data(keys)) == keys
    theirs, _ = Pair(keys=keys).run()
    assert [key.mki for key in theirs.sa[0].keys] == [b"\1", b"\2", b"\3"]
    assert len({bytes(key.tek) for cs in theirs.sa for key in cs.keys}) == 6


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 4, 5])
def test_item_055_key_types(kind):
    salt = b"s" * 14 if kind in (1, 3, 5) else None
    theirs, ours = Pair(keys=(KeyData(kind, b"k" * 16, salt),)).run()
    cs = theirs.sa[0]
    assert (cs.tek == b"k" * 16) is (kind in (2, 3))
    assert salt is None or cs.salt == salt
    assert ours.sa.fingerprint() == theirs.sa.fingerprint()


@pytest.mark.parametrize("kind", [6, 7, 15])
def test_item_055_other_key_types_are_no_session_keys(kind):
    theirs, _ = Pair(keys=(), streams=()).run()
    pair = Pair(keys=(KeyData(0, b"k" * 16),))
    octets = pair.me.start()
    plain = KeyData(kind, b"k" * 16).encode()
    message = Message.decode(octets)
    data = bytes(a ^ b ^ c for a, b, c in zip(
        message.one(Kemac).data, KeyData(0, b"k" * 16).encode(), plain, strict=True
    ))  # fmt: skip
    outcome = pair.srv.handle(rebuilt(octets, Kemac(1, data, 1, bytes(20))))
    assert error_of(outcome.answer) == 12


def test_item_056_key_validity():
    for validity in (Validity(), Validity.mki(b"\0\0\0\x2a"), Validity.interval(1, 0xFFFFFFFFFFFF)):
        key = KeyData(0, b"k" * 16, validity=validity)
        assert decode_key_data(encode_key_data((key,))) == (key,)
    assert len(Validity.interval(0, 1).encode()) == 14
    theirs, ours = Pair(keys=(KeyData(0, b"k" * 16, validity=Validity.interval(3, 9)),)).run()
    assert theirs.sa[0].interval == (3, 9) == ours.sa[0].interval
    for start, end in ((b"\1", b"\2"), (bytes(6), bytes(5)), (b"\0\0\0\0\0\2", bytes(6))):
        key = KeyData(0, b"k" * 16, validity=Validity(2, b"", start, end))
        assert Pair(streams=(), keys=(key,)).run()[0].ok  # without SRTP any form will do
        with pytest.raises(Refused):
            Pair(keys=(key,)).run()


def test_item_057_kemac_has_at_most_2_to_the_16_octets():
    assert len(Kemac(1, bytes(65510), 1, bytes(20)).encode()) == 65535
    with pytest.raises(ValueError):
        Kemac(1, bytes(65512), 1, bytes(20)).encode()
    with pytest.raises(ValueError):
        Kemac(1, bytes(65536), 0).encode()


def test_item_059_policy_parameters_and_defaults():
    assert read_policy(Sp(0, 0)) == SrtpPolicy()
    for octets in (b"\x10", b"\0\x10", bytes(7) + b"\x10"):
        assert read_policy(Sp(0, 0, ((1, octets),))) == SrtpPolicy()
    policy = SrtpPolicy.aes_cm(32, 4)
    assert read_policy(policy.to_sp(9)) == policy
    for params in (
        ((1, b"\x10"), (1, b"\x10")),
        ((1, b""),),
        ((1, bytes(8) + b"\x10"),),
        ((99, b"\1"),),
    ):
        with pytest.raises(Refused) as caught:
            read_policy(Sp(0, 0, params))
        assert caught.value.number == 10


@pytest.mark.parametrize("length", [16, 24, 32])
def test_item_060_the_session_key_length_is_the_tek_length(length):
    theirs, _ = Pair(streams=(Stream(1, policy=SrtpPolicy.aes_cm(length)),)).run()
    assert len(theirs.sa[0].tek) == length


def test_item_061_unsupported_protocol_and_value():
    pair = Pair()
    octets = pair.me.start()
    sp = Message.decode(octets).one(Sp)
    outcome = pair.srv.handle(rebuilt(octets, Sp(sp.policy, 9, sp.params)))
    assert error_of(outcome.answer) == 9 and Message.decode(outcome.answer).all(Sp)
    outcome = pair.srv.handle(rebuilt(octets, sp_with(octets, 0, b"\x4d")))
    assert error_of(outcome.answer) == 10
    assert Message.decode(outcome.answer).all(Sp) == [SrtpPolicy().to_sp(0)]
    assert Message.decode(outcome.answer).one(Ver)


@pytest.mark.parametrize(
    "kind,value",
    [(0, 3), (0, 7), (1, 15), (1, 33), (2, 5), (3, 10), (4, 13), (5, 1), (6, 3), (6, 1 << 25)]
    + [(7, 2), (8, 2), (9, 1), (10, 2), (11, 0), (11, 21), (12, 1), (13, 1 << 16), (14, 9)]
    + [(15, 2), (15, 0), (16, 19), (18, 21), (19, 0), (20, 16)],
)
def test_item_061_each_impossible_value_is_error_10(kind, value):
    with pytest.raises(Refused) as caught:
        SrtpPolicy.of({kind: value})
    assert caught.value.number == 10


def test_item_062_policy_numbers_are_distinct():
    pair = Pair()
    message = Message.decode(pair.me.start())
    doubled = (*message.payloads[:-1], message.one(Sp), message.payloads[-1])
    outcome = pair.srv.handle(signed(Message(message.header, doubled)))
    assert error_of(outcome.answer) == 10


def test_item_063_aes_gcm():
    for length in (16, 32):
        policy = SrtpPolicy.aes_gcm(length)
        values = {kind: int.from_bytes(value, "big") for kind, value in policy.params()}
        assert values[0] == 6 and values[1] == length and values[4] == 12 and values[5] == 0
        assert values[20] == 16 and not values.keys() & {2, 3, 11}
        theirs, _ = Pair(streams=(Stream(1, policy=policy),)).run()
        assert (len(theirs.sa[0].tek), len(theirs.sa[0].salt)) == (length, 12)
    for bad in ({5: 1}, {1: 24}, {4: 14}, {20: 8}, {2: 1}, {3: 20}, {11: 10}):
        with pytest.raises(Refused):
            SrtpPolicy.of({0: 6, 4: 12, 20: 16, **bad})


def test_item_064_rcc_parameters():
    policy = SrtpPolicy.of({2: 1, 14: 2, 13: 100, 18: 14})
    assert (policy.srtp_auth, policy.srtcp_auth, policy.rcc_rate) == (2, 1, 100)
    assert (policy.srtp_tag_length, policy.srtcp_tag_length) == (14, 10)
    assert read_policy(policy.to_sp()) == policy
    assert SrtpPolicy.of({2: 2, 11: 14}).srtp_auth == 2
    assert SrtpPolicy.of({3: 20, 16: 20, 11: 4, 18: 10}).srtp_tag_length == 10
    with pytest.raises(Refused):
        SrtpPolicy.of({14: 2, 13: 0})
    with pytest.raises(Refused):
        SrtpPolicy.of({15: 2})  # never for SRTCP


def test_item_065_rccm3_needs_a_tag_of_4():
    assert SrtpPolicy.of({14: 4, 18: 4}).srtp_tag_length == 4
    for bad in ({14: 4}, {14: 4, 18: 10}, {2: 4, 11: 14}):
        with pytest.raises(Refused):
            SrtpPolicy.of(bad)


def test_item_066_tesla_only_when_authenticated():
    policy = TeslaPolicy(start=1 << 32, interval=500, delay=2, chain_length=100)
    key = ext.tesla_key(b"t" * 20)
    theirs, ours = Pair(streams=(Stream(1, policy=policy),), extensions=(key,)).run()
    assert theirs.ok and theirs.sa[0].policy == policy and theirs.sa.extensions == (key,)
    null = {"encr": Encr.NULL, "mac": Mac.NULL, "allow_null": True}
    for options in ({"streams": (Stream(1, policy=policy),)}, {"extensions": (key,)}):
        theirs, _ = Pair(**options, **null, responder={"allow_null": True}).run()
        assert error_of(theirs.answer) == 3
    assert "t" * 20 not in repr(key)


def test_item_108_extensions_are_covered_by_the_mac_and_unknown_ones_ignored():
    pair = Pair(extensions=(ext.vendor_id(b"Vendor"), Extension(200, b"??"), ext.sdp_ids("mikey")))
    octets = pair.me.start()
    at = octets.index(b"Vendor")
    assert pair.srv.handle(octets[:at] + b"v" + octets[at + 1 :]).error == 0
    assert pair.srv.handle(octets).ok


def test_item_109_key_ids():
    extension = ext.key_ids((0, b"abc"), (1, b"defg"), (2, b""))
    assert ext.read_key_ids(extension) == ((0, b"abc"), (1, b"defg"), (2, b""))
    for broken in (b"\0", b"\0\2a"):
        with pytest.raises(DecodeError):
            ext.read_key_ids(Extension(3, broken))


def test_item_110_oma_bcast_needs_integrity():
    extension = ext.oma_bcast(2, b"data")
    assert ext.read_oma_bcast(extension) == (2, b"data")
    assert Pair(extensions=(extension,)).run()[0].ok
    null = {"encr": Encr.NULL, "mac": Mac.NULL, "allow_null": True, "extensions": (extension,)}
    theirs, _ = Pair(**null, responder={"allow_null": True}).run()
    assert error_of(theirs.answer) == 3 and not theirs.ok


def test_the_responder_takes_payloads_in_any_order_before_kemac():
    pair = Pair()
    message = Message.decode(pair.me.start())
    parts = (*reversed([p for p in message.payloads[:-1] if type(p) is not Id]),)
    ids = tuple(message.all(Id))
    assert pair.srv.handle(signed(Message(message.header, (*parts, *ids, message.payloads[-1])))).ok


def test_without_t_is_error_12():
    pair = Pair()
    outcome = pair.srv.handle(without(pair.me.start(), Timestamp))
    assert error_of(outcome.answer) == 12
    assert Message.decode(outcome.answer).one(Timestamp).kind == 0
    assert DataType(outcome.answer[1]) == DataType.ERROR
    assert NOON == pair.clock()
