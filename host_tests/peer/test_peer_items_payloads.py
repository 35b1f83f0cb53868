"""The conformance checklist (docs: SPEC section 13), keys, policies, extensions. One test each."""

import pytest
from peer_world import ALICE, KEY, Pair, error_of, rebuilt, signed, sp_with
from umikey_peer import DecodeError, Message, Psk, SrtpPolicy, Stream
from umikey_peer import extensions as ext
from umikey_peer.errors import Refused
from umikey_peer.payloads import (
    Extension,
    Id,
    Kemac,
    KeyData,
    Sp,
    Validity,
    Ver,
    decode_key_data,
    encode_key_data,
)
from umikey_peer.policy import TeslaPolicy, read_policy
from umikey_peer.registry import Encr, Mac


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
