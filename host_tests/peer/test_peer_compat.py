"""What other implementations do differently, and only when asked for (SPEC section 14)."""

import base64
import json

import pytest
from peer_world import ALICE, KEY, VECTORS, Pair, error_of, rebuilt, sp_with
from umikey_peer import KeyData, Message, SrtpPolicy, Stream
from umikey_peer.errors import Refused
from umikey_peer.inputs import find
from umikey_peer.payloads import Id, Kemac, Rand, Sp, Timestamp, decode_key_data
from umikey_peer.registry import Encr, Kv, Mac

NULL = {"encr": Encr.NULL, "mac": Mac.NULL, "allow_null": True}
CAMERA = {"allow_null": True, "compat_rtsps": True}


def test_a24_a_tag_length_in_the_place_of_the_key_length():
    for length, tag in ((10, 10), (4, 4)):
        sp = Sp(0, 0, ((0, b"\1"), (1, b"\x10"), (2, b"\1"), (3, bytes([length]))))
        policy = SrtpPolicy.from_sp(sp, compat_rtsps=True)
        assert (policy.srtp_tag_length, policy.srtp_auth_key_length) == (tag, 20)
        with pytest.raises(Refused):
            SrtpPolicy.from_sp(sp)
    both = Sp(0, 0, ((3, b"\x0a"), (11, b"\x0a")))
    with pytest.raises(Refused):
        SrtpPolicy.from_sp(both, compat_rtsps=True)
    octets = Pair(**NULL, compat_rtsps=True).me.start()
    assert dict(Message.decode(octets).one(Sp).params)[3] == b"\x14"


def test_a25_a26_a27_key_and_salt_as_one_tek_with_an_mki():
    pair = Pair(**NULL, compat_rtsps=True, streams=(Stream(7),), responder=CAMERA)
    octets = pair.me.start()
    message = Message.decode(octets)
    key = decode_key_data(message.one(Kemac).data)[0]
    assert (key.kind, len(key.key), key.validity.kv, len(key.validity.spi)) == (2, 30, Kv.SPI, 4)
    # GStreamer stops at anything but these
    assert [type(p) for p in message.payloads] == [Timestamp, Rand, Sp, Kemac]
    outcome = pair.srv.handle(octets)
    assert outcome.sa[0].tek + outcome.sa[0].salt == key.key and outcome.sa[0].mki
    assert pair.me.feed(outcome.answer).ok
    strict = Pair(**NULL, keys=(KeyData(2, b"t" * 16),), responder={"allow_null": True})
    outcome = strict.srv.handle(octets)
    assert error_of(outcome.answer) == 12 and "30" in outcome.reason


def test_a28_one_octet_00_after_the_message_is_no_way_around_the_replay_check():
    pair = Pair(responder={"compat_rtsps": True})
    octets = pair.me.start()
    assert pair.srv.handle(octets + b"\0").ok
    assert pair.srv.handle(octets).kind == pair.srv.handle(octets + b"\0").kind == "discarded"
    assert not pair.srv.handle(octets + b"\0\0").ok


def test_a_missing_rand_is_tolerated_for_a_tek_only():
    options = {**NULL, "streams": (Stream(7),)}
    pair = Pair(**options, keys=(KeyData(2, b"t" * 30),), compat_rtsps=True, responder=CAMERA)
    message = Message.decode(pair.me.start())
    parts = tuple(part for part in message.payloads if type(part) is not Rand)
    octets = Message(message.header, parts).encode()
    assert pair.srv.handle(octets).sa[0].tek == b"t" * 16
    pair = Pair(**options, keys=(KeyData(0, b"t" * 16),), responder=CAMERA)
    message = Message.decode(pair.me.start())
    parts = tuple(part for part in message.payloads if type(part) is not Rand)
    assert error_of(pair.srv.handle(Message(message.header, parts).encode()).answer) == 12


def test_a5_minisip_leaves_the_identities_out_of_v():
    for initiator, responder, ok in (
        (True, True, True), (False, True, False), (True, False, True), (False, False, True)
    ):  # fmt: skip
        pair = Pair(compat_minisip=initiator, responder={"compat_minisip": responder})
        outcome = pair.srv.handle(pair.me.start())
        assert outcome.ok and pair.me.feed(outcome.answer).ok == ok


def test_one_tek_for_two_streams_with_one_ssrc_is_refused():
    streams = (Stream(7), Stream(7))
    assert Pair(streams=streams).run()[0].ok  # their TEKs differ
    with pytest.raises(Refused):
        Pair(streams=streams, keys=(KeyData(2, b"t" * 16),)).me.start()


def test_a_policy_that_protects_nothing_is_refused():
    pair = Pair()
    octets = pair.me.start()
    nothing = rebuilt(octets, sp_with(rebuilt(octets, sp_with(octets, 7, b"\0")), 10, b"\0"))
    assert error_of(pair.srv.handle(nothing).answer) == 10
    only_encrypted = rebuilt(octets, sp_with(octets, 10, b"\0"))
    assert pair.srv.handle(only_encrypted).ok


def test_sp_without_parameters_as_in_rfc_4567():
    pair = Pair()
    octets = pair.me.start()
    outcome = pair.srv.handle(rebuilt(octets, Sp(0, 0)))
    assert outcome.ok and outcome.sa[0].policy == SrtpPolicy()


def test_the_messages_in_rfc_4567_read_as_they_should():
    text = (VECTORS / "13_transport.json").read_text()
    offer = json.loads(text)["rfc4567_example_offer"]["base64"]
    message = Message.decode(find(f"a=key-mgmt:mikey {offer}".encode())[0][1])
    assert message.one(Id) == Id(0, b"donald@duck.com") and len(message.one(Kemac).data) == 36
    assert base64.b64encode(message.encode()).decode() == offer


def test_two_keys_for_one_identity_ease_a_change_of_keys():
    from umikey_peer import Psk

    pair = Pair(responder={"credentials": [Psk(b"the new key 1234", ALICE), Psk(KEY, ALICE)]})
    theirs, ours = pair.run()
    assert theirs.ok and ours.ok
