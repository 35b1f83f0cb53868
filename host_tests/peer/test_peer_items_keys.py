"""The conformance checklist (docs: SPEC section 13), timestamps, replay and keys. One test each."""

import hmac
import secrets

import pytest
from peer_world import (
    ALICE,
    KEY,
    NOON,
    Clock,
    Pair,
    Random,
    error_of,
    rebuilt,
    signed,
    without,
)
from umikey_peer import (
    Initiator,
    LocalError,
    Message,
    Psk,
    Responder,
    Stream,
)
from umikey_peer.clock import Stamper
from umikey_peer.errors import Refused
from umikey_peer.keys import MESSAGE_AUTH, MESSAGE_ENCR, MESSAGE_SALT, MessageKeys, label, prf
from umikey_peer.payloads import Kemac, KeyData, Rand, Timestamp
from umikey_peer.protect import decrypt, encrypt, iv
from umikey_peer.registry import Encr, Mac
from umikey_peer.secret import Secret


def test_item_021_every_message_has_a_timestamp_of_its_own_and_they_rise():
    clock = Clock()
    for kind in range(4):
        stamper = Stamper(kind, now=clock)
        stamps = [stamper().value for _ in range(5)]
        clock.seconds -= 100  # a clock that is set back
        stamps += [stamper().value for _ in range(5)]
        assert stamps == sorted(set(stamps)) and len(stamps) == 10
    with pytest.raises(LocalError):
        Stamper(2, counter=0xFFFFFFFF)()


def test_item_022_the_responder_reuses_the_initiators_timestamp():
    for kind in range(4):
        pair = Pair()
        pair.me._stamper = Stamper(kind, now=pair.clock)
        octets = pair.me.start()
        answer = pair.srv.handle(octets).answer
        assert Message.decode(answer).one(Timestamp) == Message.decode(octets).one(Timestamp)


@pytest.mark.parametrize("at", [4, 7, 30, 37])
def test_item_023_answers_with_another_csb_id_or_t_are_discarded(at):
    pair = Pair()
    answer = pair.srv.handle(pair.me.start()).answer
    assert Message.decode(answer).payloads[0].value == answer[30:38]
    spoiled = answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]
    assert pair.me.feed(spoiled).kind == "discarded" and pair.me.waiting
    assert pair.me.feed(answer).kind == "established"


def test_item_024_a_stale_timestamp_costs_no_cryptography():
    asked = []

    def lookup(*args):
        asked.append(args)
        return [Psk(KEY, ALICE)]

    for seconds in (-301, 301, -36000, 10**8):
        pair = Pair(responder={"credentials": lookup})
        octets = pair.me.start()
        outcome = pair.later(seconds).srv.handle(octets)
        assert (outcome.kind, outcome.answer) == ("discarded", None) and not asked
    for seconds in (-299, 299):
        pair = Pair(responder={"credentials": lookup})
        octets = pair.me.start()
        assert pair.later(seconds).srv.handle(octets).ok


def test_item_025_replays_are_discarded_and_only_authentic_messages_remembered():
    pair = Pair()
    octets = pair.me.start()
    for end in range(1, 20):
        assert not pair.srv.handle(octets[:-end] + bytes(end)).ok
    assert pair.guard.count == 0
    assert pair.srv.handle(octets).ok and pair.guard.count == 1
    outcome = pair.srv.handle(octets)
    assert (outcome.kind, outcome.answer, outcome.error) == ("discarded", None, None)


def test_item_025_a_counter_must_rise():
    pair = Pair()
    pair.me._stamper = Stamper(2, counter=41)
    old = pair.me.start()
    assert pair.srv.handle(old).ok
    pair.me._stamper = Stamper(2, counter=41)
    same_counter = pair.me.start()
    assert pair.srv.handle(same_counter).kind == "discarded"
    assert pair.srv.handle(pair.me.start()).ok  # 43


def test_item_026_a_full_cache_forgets_nothing_that_could_be_replayed():
    pair = Pair()
    pair.guard.capacity = 3
    messages = []
    for _ in range(5):
        messages.append(pair.me.start())
        assert pair.srv.handle(messages[-1]).ok
        pair.later(1)
    assert pair.guard.count == 3
    for message in messages:
        assert pair.srv.handle(message).kind == "discarded"
    # what was stamped before the oldest remembered message is refused, however new it is here
    pair.me._stamper = Stamper(now=lambda: NOON - 10)
    assert "before" in pair.srv.handle(pair.me.start()).reason


@pytest.mark.parametrize("startup,early,fresh", [("off", 1, 1), ("fresh", 0, 1), ("strict", 0, 0)])
def test_item_026_after_a_restart(startup, early, fresh):
    pair = Pair(startup=startup)
    pair.clock.seconds = NOON - 10
    before = pair.me.start()
    pair.clock.seconds = NOON
    assert pair.srv.handle(before).ok == bool(early)
    assert pair.later(1).srv.handle(pair.me.start()).ok == bool(fresh)
    assert pair.later(301).srv.handle(pair.me.start()).ok


def test_item_026_a_saved_cache_needs_no_waiting():
    pair = Pair().established()
    seen = pair.guard.dump()
    again = Pair(startup="strict")
    octets = again.me.start()  # the same randomness and clock: the same message
    assert not again.srv.handle(octets).ok
    again.guard.load(seen)
    assert again.srv.handle(octets).reason == "this message was accepted before"
    assert again.later(1).srv.handle(again.me.start()).ok
    for broken in ({}, {"floor": "x", "seen": {}, "counters": {}}, {"floor": 1, "seen": 2}):
        with pytest.raises(ValueError):
            again.guard.load(broken)


def test_item_027_rand_has_16_octets_and_1_to_255_are_accepted():
    pair = Pair()
    rands = {Message.decode(pair.me.start()).one(Rand).data for _ in range(5)}
    assert len(rands) == 5 and {len(rand) for rand in rands} == {16}
    for length in (1, 15, 16, 255):
        assert Pair(rand=bytes(length)).established()
    pair = Pair(rand=b"")
    assert error_of(pair.srv.handle(pair.me.start()).answer) == 12


def test_item_028_missing_rand_is_error_12():
    pair = Pair()
    outcome = pair.srv.handle(without(pair.me.start(), Rand))
    assert error_of(outcome.answer) == 12 and not outcome.ok


def test_item_029_a_rand_in_an_update_is_refused():
    pair = Pair().established()
    update = pair.later().me.update()
    assert Message.decode(update).one(Rand) is None
    assert Message.decode(update).header.csb_id == pair.me.sa.csb_id
    spoiled = rebuilt(update, Rand(b"R" * 16), rand=b"R" * 16)
    outcome = pair.srv.handle(spoiled)
    assert error_of(outcome.answer) == 12 and outcome.authenticated
    assert pair.srv.handle(update).kind == "updated"


def test_item_029_a_taken_csb_id_may_be_reused_on_request():
    for options, kind in (({}, "refused"), ({"replace_csb": True}, "established")):
        pair = Pair(csb_id=7, responder=options).established().later()
        assert pair.srv.handle(pair.me.start()).kind == kind


def test_item_030_group_members_get_the_same_keys():
    keys = (KeyData(0, b"g" * 16),)
    prints = set()
    for _ in range(3):
        pair = Pair(csb_id=5, rand=b"r" * 16, keys=keys, streams=(Stream(1), Stream(2)))
        prints.add(pair.established().me.sa.fingerprint())
    assert len(prints) == 1


def test_item_031_randomness_comes_from_the_system_and_a_broken_source_stops_us():
    import inspect

    for engine in (Initiator, Responder):
        assert inspect.signature(engine).parameters["random"].default is secrets.token_bytes
    for broken in (lambda n: bytes(n), lambda n: b"x"):
        with pytest.raises(LocalError):
            Pair(random=broken).me.start()


@pytest.mark.parametrize("func,size", [(0, 20), (1, 32)])
@pytest.mark.parametrize("length", [1, 16, 31, 32, 33, 64, 192])
def test_item_032_033_prf_by_the_formula(func, size, length):
    inkey = Random()(length)
    for out in (1, 14, 16, size, size + 1, 3 * size):
        want = 0
        for start in range(0, length, 32):
            s, a, p = inkey[start : start + 32], b"label", b""
            for _ in range(-(-out // size)):
                a = hmac.digest(s, a, ("sha1", "sha256")[func])
                p += hmac.digest(s, a + b"label", ("sha1", "sha256")[func])
            want ^= int.from_bytes(p[:out], "big")
        assert prf(func, inkey, b"label", out) == want.to_bytes(out, "big")
    with pytest.raises(ValueError):
        prf(func, b"", b"label", 16)
    with pytest.raises(Refused):
        prf(2, b"key", b"label", 16)


def test_item_034_labels():
    assert label(0x2AD01C64, 3, 0x1A2B3C4D, b"RR").hex() == "2ad01c64031a2b3c4d5252"
    assert label(MESSAGE_ENCR, 0xFF, 1, b"").hex() == "150533e1ff00000001"


def test_item_035_constants_are_the_decimals_of_e():
    from umikey_peer.keys import AUTH, ENCR, SALT, TEK

    e = "718281828459045235360287471352662497757247093699959574966967627724076630353547594571"
    chunks = [int(e[i : i + 9]) for i in range(0, 81, 9)]
    known = [TEK, AUTH, ENCR, SALT, MESSAGE_ENCR, MESSAGE_AUTH, MESSAGE_SALT]
    assert all(constant in chunks for constant in known) and len(set(known)) == 7


def test_item_036_a_salt_in_the_key_data_is_preferred():
    salted, _ = Pair(keys=(KeyData(1, b"k" * 16, b"s" * 14),)).run()
    plain, _ = Pair(keys=(KeyData(0, b"k" * 16),)).run()
    assert {cs.salt for cs in salted.sa} == {b"s" * 14}
    assert len({cs.salt for cs in plain.sa}) == 2
    assert [cs.tek for cs in salted.sa] == [cs.tek for cs in plain.sa]


def test_item_037_038_message_key_lengths():
    for mac, size in ((Mac.HMAC_SHA_1_160, 20), (Mac.HMAC_SHA_256_256, 32)):
        for encr, key, salt in ((1, 16, 14), (2, 16, 8), (3, 32, 14)):
            keys = MessageKeys.derive(0, KEY, 1, b"rand", encr, mac)
            assert (len(keys.auth), len(keys.encr), len(keys.salt)) == (size, key, salt)


def test_item_039_040_aes_cm():
    salt, stamp = bytes(range(14)), Timestamp(0, b"\xff" * 8)
    start = iv(salt, 0x01020304, stamp)
    assert start.hex() == "0001" + "03010701" + "f9f8f7f6f5f4f3f2" + "0000"
    for encr, length in ((Encr.AES_CM_128, 16), (Encr.AES_CM_256, 32)):
        keys = MessageKeys(Secret(bytes(length)), Secret(salt), Secret(b""))
        data = encrypt(encr, keys, 1, stamp, b"plain")
        assert decrypt(encr, keys, 1, stamp, data) == b"plain" != data


@pytest.mark.parametrize("mki", [b"", b"\1", b"\0\0\0\1"])
def test_item_041_aes_key_wrap(mki):
    pair = Pair(encr=Encr.AES_KW_128, mki=mki).established()
    assert pair.me.sa[0].mki == mki
    pair = Pair(encr=Encr.AES_KW_128)
    with pytest.raises(Refused):
        Pair(encr=Encr.AES_KW_128, keys=(KeyData(0, b"k" * 17),)).me.start()
    message = Message.decode(pair.me.start())
    kemac = message.one(Kemac)
    for data in (kemac.data[:-8], kemac.data[:-1], bytes(24), b"\0" * 8):
        parts = (*message.payloads[:-1], Kemac(2, data, 1, bytes(20)))
        outcome = pair.srv.handle(signed(Message(message.header, parts)))
        assert not outcome.ok and error_of(outcome.answer) in (0, 12)
