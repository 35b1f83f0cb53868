"""The conformance checklist (docs: SPEC section 13), as far as octets alone tell. One test each."""

import pytest
from peer_world import NOON, Pair, error_of, exchange, rebuilt, signed, without
from umikey_peer import DecodeError, Message, SrtpPolicy, Stream
from umikey_peer.clock import Stamper, ticks
from umikey_peer.header import GenericId, Header, SrtpId
from umikey_peer.payloads import (
    Id,
    Kemac,
    Rand,
    Sp,
    Timestamp,
)
from umikey_peer.payloads_more import Sign
from umikey_peer.registry import DataType, MapType, Prf, TsType

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
