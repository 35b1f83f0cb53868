"""DH-HMAC messages cut at every octet and flipped at every bit, in both roles, at no power's cost;
and what is around the mode: replays, counters, other modes, libmikey."""

import json
import random
from dataclasses import replace

import pytest
from peer_world import (
    ALICE,
    BOB,
    KEY,
    VECTORS,
    DhPair,
    Pair,
    Random,
    error_of,
    refused,
    remade,
    swapped,
    wide,
)
from test_peer_hostile import CUT, FLIPPED, flips, mutate, reaction
from umikey_peer import DhHmac, Initiator, Message, Psk, ReplayGuard, Responder, Stream
from umikey_peer.clock import Stamper
from umikey_peer.payloads import Id, Kemac, KeyData, Rand
from umikey_peer.payloads_more import Dh
from umikey_peer.vectors.dhhmac import LITERAL, DhWorld, resealed

DATA = json.loads((VECTORS / "05_dhhmac_exchange.json").read_text())
EXCHANGES = [e for e in DATA["exchanges"] if "I_MESSAGE" in e]
names = pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda e: e["name"].split(" (")[0])


@names
def test_responder_every_truncation(exchange, powers):
    octets = bytes.fromhex(exchange["I_MESSAGE"])
    responder = DhWorld(exchange, DATA).responder(error_burst=10**6)
    for end in range(len(octets)):
        outcome = responder.handle(octets[:end])
        assert not outcome.ok and reaction(outcome) in CUT, end
    assert powers == []
    assert responder.handle(octets).ok and powers == ["g^x", "y^x"]


@names
def test_responder_every_flipped_bit(exchange, powers):
    octets = bytes.fromhex(exchange["I_MESSAGE"])
    world = DhWorld(exchange, DATA)
    responder = world.responder(error_burst=10**6)
    # without a window the flipped timestamps reach the MAC, too
    responder.replay = guard = ReplayGuard(None, startup="off", now=world.now)
    for bit, spoiled in flips(octets):
        outcome = responder.handle(spoiled)
        assert not outcome.ok and not outcome.authenticated, bit
        assert reaction(outcome) in (*FLIPPED, 6), bit
    assert guard.count == 0 and not responder._records and powers == []
    assert responder.handle(octets).ok


@names
def test_initiator_every_truncation_and_flipped_bit(exchange, powers):
    me = DhWorld(exchange, DATA).initiator()
    me.start()
    answer = bytes.fromhex(exchange["R_MESSAGE"])
    for end in range(len(answer)):
        assert me.feed(answer[:end]).kind == "discarded"
    for bit, spoiled in flips(answer):
        assert me.feed(spoiled).kind in ("discarded", "hint"), bit
        assert me.waiting
    assert powers == ["g^x"]
    assert me.feed(answer).kind == "established"


@pytest.mark.parametrize("rekey", [True, False])
def test_flips_and_truncations_in_an_update_and_its_answer(rekey):
    pair = DhPair(dh={"group": 1}, responder={"error_burst": 10**6}).established()
    update = pair.later().me.update(rekey=rekey)
    before = pair.srv._records[pair.me.sa.csb_id]
    for bit, spoiled in flips(update):
        outcome = pair.srv.handle(spoiled)
        assert not outcome.ok and reaction(outcome) in (*FLIPPED, 6), bit
    for end in range(len(update)):
        assert not pair.srv.handle(update[:end]).ok
    assert pair.srv._records[pair.me.sa.csb_id] == before
    theirs = pair.srv.handle(update)
    for bit, spoiled in flips(theirs.answer):
        assert pair.me.feed(spoiled).kind in ("discarded", "hint"), bit
    for end in range(len(theirs.answer)):
        assert pair.me.feed(theirs.answer[:end]).kind == "discarded"
    assert pair.me.feed(theirs.answer).kind == theirs.kind == "updated"


@pytest.mark.parametrize("resign", [False, True], ids=["as is", "MAC made good"])
def test_mutations_with_a_fixed_seed(resign):
    """Whoever has the key can send nonsense, too: an error, or a key that both sides compute."""
    rnd = random.Random(22)
    pair = DhPair(dh={"group": 1}, responder={"error_burst": 10**9, "compat_minisip": True})
    octets = pair.me.start()
    seeds = [octets, remade(octets, end=LITERAL)]
    for _ in range(1500):
        spoiled = mutate(rnd, rnd.choice(seeds))
        if resign:
            try:
                spoiled = remade(spoiled)
            except Exception:  # noqa: BLE001  (what cannot be signed goes out as it is)
                pass
        outcome = pair.srv.handle(spoiled)
        if outcome.answer and not outcome.ok:
            error_of(outcome.answer)
        pair.me.feed(spoiled)


def test_mutations_of_an_answer_under_a_good_mac():
    rnd = random.Random(23)
    for _ in range(30):
        pair = DhPair(dh={"group": 1}, random=Random(rnd.randbytes(4)))
        octets = pair.me.start()
        rand, answer = Message.decode(octets).one(Rand).data, pair.srv.handle(octets).answer
        for _ in range(50):
            spoiled = mutate(rnd, answer)
            try:
                spoiled = remade(spoiled, rand=rand)
            except Exception:  # noqa: BLE001  (what cannot be signed goes out as it is)
                pass
            before = Message.decode(answer).all(Dh)
            if pair.me.feed(spoiled).ok:
                # whoever has the key may choose another DHr, but not another DHi
                values = [replace(v, reserved=0) for v in Message.decode(spoiled).all(Dh)]
                assert values[1] == before[1] and len(values) == 2
                break


def test_a_message_is_good_for_one_exchange():
    pair = DhPair()
    octets = pair.me.start()
    first = pair.srv.handle(octets)
    assert first.ok and pair.srv.handle(octets).kind == "discarded"
    assert pair.me.feed(octets).kind == "discarded"  # reflected
    fixed = {"csb_id": 5, "rand": b"r" * 16, "streams": (Stream(7),)}
    pairs = [DhPair(random=Random(seed), **fixed) for seed in (b"one", b"two")]
    answers = [pair.srv.handle(pair.me.start()).answer for pair in pairs]
    assert (
        pairs[0].me.feed(answers[1]).reason == "the DHi of the response is not the one that we sent"
    )
    assert pairs[0].me.feed(answers[0]).ok
    late = DhPair()
    octets = late.me.start()
    late.later(301)
    assert late.srv.handle(octets).kind == "discarded"


def test_counters_rise_over_both_modes():
    pair = DhPair(stamper=Stamper(2, counter=6)).established()
    assert Message.decode(pair.me.update()).payloads[0].value == bytes([0, 0, 0, 8])
    options = {"id_i": ALICE, "id_r": BOB, "streams": (Stream(7),), "taken": {}}
    counters = iter((7, 8))
    for credential in (Psk(KEY), DhHmac(KEY)):
        old = Initiator(credential, stamper=Stamper(2, counter=6), **options)
        assert pair.srv.handle(old.start()).kind == "discarded"
        new = Initiator(credential, stamper=Stamper(2, counter=next(counters)), **options)
        assert pair.srv.handle(new.start()).ok


def test_item_048_the_v_flag_is_ignored():
    for verify in (True, False):
        pair = DhPair(verify=verify)
        octets = pair.me.start()
        assert octets[3] >> 7 == verify and pair.me.waiting
        theirs = pair.srv.handle(octets)
        assert theirs.answer[3] >> 7 == 0 and pair.me.feed(theirs.answer).ok
        update = pair.later().me.update(verify=not verify)
        assert pair.me.waiting and pair.me.feed(pair.srv.handle(update).answer).ok


def test_item_011_a_mode_that_is_not_wanted_is_no_data_type():
    for credentials, psk, dhhmac in (
        ([Psk(KEY, ALICE)], None, 11),
        ([DhHmac(KEY, ALICE)], 11, None),
        ([DhHmac(KEY, ALICE), Psk(KEY, ALICE)], None, None),
    ):
        for kind, number in ((Pair, psk), (DhPair, dhhmac)):
            pair = kind(responder={"credentials": credentials})
            outcome = pair.srv.handle(pair.me.start())
            assert outcome.error == number and outcome.ok == (number is None)
    keys = {Id.of(ALICE): [Psk(KEY, ALICE), DhHmac(KEY, ALICE)]}
    for kind in (Pair, DhPair):
        pair = kind(responder={"credentials": lambda id_i, id_r, origin: keys.get(id_i, [])})
        pair.established()
        outcome = pair.srv.handle(pair.later().me.update())
        assert outcome.kind == "updated" and pair.me.feed(outcome.answer).ok


def test_a_csb_is_updated_by_its_own_mode():
    pair = DhPair().established().later()
    thief = Initiator(Psk(KEY), id_i=ALICE, id_r=BOB, now=pair.clock, taken={})
    thief._bundle = pair.me._bundle
    outcome = pair.srv.handle(thief.update(keys=(KeyData(0, b"k" * 16),)))
    assert error_of(outcome.answer) == 12 and not outcome.authenticated
    # nor can it be begun a second time, in this mode or the other
    for credential in (Psk(KEY), DhHmac(KEY)):
        twin = Initiator(
            credential, id_i=ALICE, id_r=BOB, now=pair.clock, taken={}, csb_id=pair.me.sa.csb_id
        )
        outcome = pair.srv.handle(twin.start())
        assert error_of(outcome.answer) == 12 and outcome.authenticated


def test_only_the_holder_of_the_key_can_update_and_only_forwards():
    pair = DhPair().established()
    held_back, newer = pair.later().me.update(), pair.later().me.update()
    foreign = remade(newer, key=b"another key 1234", rand=pair.me._bundle.rand)
    assert error_of(pair.srv.handle(foreign).answer) == 0
    assert pair.srv.handle(newer).kind == "updated"
    assert pair.srv.handle(held_back).kind == "discarded"


def test_two_holders_may_use_one_csb_id():
    keys = [DhHmac(KEY, ALICE), DhHmac(b"the key of carol", "sip:carol@example.com")]
    pair = DhPair(responder={"credentials": keys}, csb_id=5).established()
    carol = Initiator(keys[1], id_r=BOB, now=pair.clock, taken={}, csb_id=5, streams=(Stream(1),))
    outcome = pair.srv.handle(carol.start())
    assert carol.feed(outcome.answer).ok
    for me in (pair.later().me, carol):
        outcome = pair.srv.handle(me.update())
        assert me.feed(outcome.answer).kind == "updated"
        assert me.sa.fingerprint() == outcome.sa.fingerprint()


def test_the_answer_of_someone_else_is_not_taken():
    """The same key on both sides of a third party: only identities tell the answers apart."""
    pair = DhPair(id_r=BOB)
    octets = pair.me.start()
    other = Responder(
        [DhHmac(KEY, "sip:eve@example.com")], id_r=BOB, now=pair.clock, replay=pair.guard
    )
    outcome = other.handle(remade(octets, swapped(Id, Id.of("sip:eve@example.com"))))
    assert outcome.ok and pair.me.feed(outcome.answer).kind == "discarded"


def test_dh_values_of_our_own_do_not_come_back():
    pair = DhPair()
    octets = pair.me.start()
    pair.srv._credentials[1].exponent = lambda: bytes(pair.me._exchange._private._exponent)
    answer = pair.srv.handle(octets).answer
    values = Message.decode(answer).all(Dh)
    assert values[0].value == values[1].value and pair.me.feed(answer).kind == "discarded"


@pytest.mark.parametrize("compat", [True, False])
def test_libmikeys_messages_without_identities(compat):
    pair = DhPair(
        id_i=None,
        id_r=None,
        compat_minisip=True,
        responder={"compat_minisip": compat, "id_r": None},
    )
    octets = pair.me.start()
    assert not Message.decode(octets).all(Id)
    outcome = pair.srv.handle(octets)
    assert outcome.ok == compat and (compat or error_of(outcome.answer) == 12)
    if compat:
        assert not Message.decode(outcome.answer).all(Id) and pair.me.feed(outcome.answer).ok


def test_compat_minisip_takes_nothing_away_from_other_peers():
    pair = DhPair(compat_minisip=True, responder={"compat_minisip": True}).established()
    assert pair.me.sa.id_r == Id.of(BOB) and pair.me.sa.id_i == Id.of(ALICE)
    pair = DhPair(compat_minisip=True)
    octets = pair.me.start()
    keys = [DhHmac(KEY, ALICE)]
    wrong = Responder(keys, id_r=BOB, now=pair.clock, replay=pair.guard).handle(octets).answer
    auth = bytes(pair.me._exchange._keys.auth)
    assert pair.me.feed(resealed(wrong, auth, Id.of("sip:eve@x"))).kind == "discarded"
    assert pair.me.feed(wrong).ok


def test_an_error_says_six_for_every_bad_value_and_nothing_else():
    seen = set()
    for y in (0, 1):
        pair = DhPair()
        octets = remade(pair.me.start(), swapped(Dh, Dh(0, wide(y))))
        seen.add(refused(pair, octets, 6).answer[-25:-20])
    assert seen == {b"\0\0\0\0\1"} and isinstance(Message.decode(octets).payloads[-1], Kemac)


@pytest.mark.parametrize("map_type", [0, 1, 2])
def test_item_014_016_017_every_map_of_sessions(map_type):
    streams = (Stream(0x11111111), Stream(0 if map_type == 0 else 7))
    pair = DhPair(map_type=map_type, streams=streams, mki=b"\0\0\0\1")
    theirs, ours = pair.run()
    assert ours.ok and len(pair.me.sa) == 2
    assert [cs.ssrc for cs in pair.me.sa] == [cs.ssrc for cs in theirs.sa]
    assert map_type == 1 or all(cs.ssrc for cs in pair.me.sa)
    assert pair.me.sa.fingerprint() == theirs.sa.fingerprint()
    assert Message.decode(theirs.answer).header.map_type == map_type
    outcome = pair.srv.handle(pair.later().me.update())
    assert pair.me.feed(outcome.answer).kind == "updated"
