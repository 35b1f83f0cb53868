"""The conformance checklist (docs: SPEC section 13), items 79 to 84 and 105: DH-HMAC."""

from dataclasses import replace

import pytest
from peer_world import ALICE, BOB, KEY, DhPair, error_of, kinds, refused, remade, swapped, wide
from umikey_peer import DhHmac, LocalError, Message, Stream, Validity, dh
from umikey_peer.payloads import Id, Kemac, KeyData, Rand, Sp, Timestamp
from umikey_peer.payloads_more import Dh
from umikey_peer.registry import DhGroup, KeyType
from umikey_peer.vectors.dhhmac import DhWorld

P = dh.group(0).p


def test_item_079_groups():
    octets = DhPair().me.start()
    value = Message.decode(octets).one(Dh)
    assert value.group == DhGroup.OAKLEY_5 and len(value.value) == 192  # the mandatory one
    for group, length in ((0, 192), (1, 96), (2, 128)):
        pair = DhPair(dh={"group": group}).established()
        assert len(pair.me.sa.keys[0].key) == length
    for group, length in ((241, 256), (242, 384), (243, 512)):
        private = {"group": group, "private_numbers": True}
        pair = DhPair(dh=private, srv_dh={"private_numbers": True}).established()
        assert len(pair.me.sa.keys[0].key) == length
        pair = DhPair(dh=private)
        refused(pair, pair.me.start(), 6)
        with pytest.raises(ValueError):
            DhHmac(KEY, group=group)
        with pytest.raises(ValueError):
            DhHmac(KEY, groups=(0, group))
    pair = DhPair(srv_dh={"groups": (0,)}, dh={"group": 1})
    refused(pair, pair.me.start(), 6)
    with pytest.raises(ValueError):
        DhHmac(KEY, group=77)


def test_item_079_groups_that_we_do_not_have():
    pair = DhPair()
    octets = pair.me.start()
    at = octets.index(Message.decode(octets).one(Dh).value) - 1
    for group in (19, 240, 244):  # nobody knows how long their values are, so no MAC is found
        spoiled = octets[:at] + bytes([group]) + octets[at + 1 :]
        refused(pair, spoiled, 6, authentic=False)
    for group, point in ((10, b"\4" + bytes(64)), (13, b"\2" + bytes(48))):  # the ECC draft's
        refused(pair, remade(octets, swapped(Dh, Dh(group, point))), 6)


BAD = {"0": 0, "1": 1, "p-1": P - 1, "p": P, "p+1": P + 1, "all ones": (1 << 1536) - 1}


@pytest.mark.parametrize("y", BAD.values(), ids=BAD)
def test_item_080_values_that_are_refused(y, powers):
    pair = DhPair()
    octets = pair.me.start()
    outcome = refused(pair, remade(octets, swapped(Dh, Dh(0, wide(y)))), 6)
    assert powers == ["g^x"]  # the initiator's: the responder has computed nothing
    assert pair.me.feed(outcome.answer).kind == "failed" and pair.me.error.number == 6
    pair = DhPair()
    octets = pair.me.start()
    answer = pair.srv.handle(octets).answer
    rand = Message.decode(octets).one(Rand).data
    del powers[:]
    bad = pair.me.feed(remade(answer, swapped(Dh, Dh(0, wide(y))), rand=rand))
    assert (bad.kind, bad.error) == ("discarded", 6) and powers == []
    assert pair.me.feed(answer).kind == "established"


EDGE = {"2": 2, "3": 3, "p-2": P - 2, "one leading zero": 1 << 1527, "many": 1 << 1400}


@pytest.mark.parametrize("y", EDGE.values(), ids=EDGE)
def test_item_080_values_at_the_edge_are_accepted(y):
    pair = DhPair()
    octets = remade(pair.me.start(), swapped(Dh, Dh(0, wide(y))))
    outcome = pair.srv.handle(octets)
    assert outcome.ok and Message.decode(outcome.answer).all(Dh)[1].value == wide(y)


@pytest.mark.parametrize("length", [0, 1, 95, 96, 128, 191, 193, 256, 384])
def test_item_080_values_that_are_too_short_or_too_long(length):
    """Their length is implicit: what follows is then read from the wrong place."""
    pair = DhPair()
    octets = pair.me.start()
    outcome = pair.srv.handle(remade(octets, swapped(Dh, Dh(0, b"\5" * length))))
    assert not outcome.ok and error_of(outcome.answer) in (3, 6, 12, 13)
    assert pair.srv.handle(octets).ok


def test_item_081_the_key_has_the_length_of_the_prime():
    for group, length in ((0, 192), (1, 96), (2, 128)):
        pair = DhPair(dh={"group": group, "exponent": lambda: b"\1"}, streams=())
        small = Dh(group, wide(4, length))
        pair.srv._credentials[1].exponent = lambda: b"\3"
        outcome = pair.srv.handle(remade(pair.me.start(), swapped(Dh, small)))
        assert outcome.sa.keys == (KeyData(KeyType.TGK, wide(64, length)),)


def test_item_081_leading_zero():
    import json

    from peer_world import VECTORS

    data = json.loads((VECTORS / "05_dhhmac_exchange.json").read_text())
    entry = data["exchanges"][4]
    world = DhWorld(entry, {**data, "psk": KEY.hex()})
    me = world.initiator()
    outcome = world.responder().handle(me.start())
    assert me.feed(outcome.answer).ok
    for sa in (me.sa, outcome.sa):
        assert sa.keys[0].key[:1] == b"\0" and sa[0].tek.hex() == entry["TEK_cs1"]


def test_item_082_the_response_has_dhr_dhi_and_idi():
    pair = DhPair()
    octets = pair.me.start()
    answer = pair.srv.handle(octets).answer
    assert kinds(octets) == [Timestamp, Rand, Id, Id, Sp, Dh, Kemac]
    assert kinds(answer) == [Timestamp, Id, Id, Dh, Dh, Kemac]
    sent, message = Message.decode(octets), Message.decode(answer)
    assert message.all(Id) == [Id.of(BOB), Id.of(ALICE)]
    assert message.all(Dh)[1] == sent.one(Dh) != message.all(Dh)[0]
    assert message.one(Timestamp) == sent.one(Timestamp)
    rand = sent.one(Rand).data
    dh_r, dh_i = message.all(Dh)
    other = Dh(0, dh.Private(dh.group(0), b"\x55").public())
    for wrong in (
        [dh_r], [dh_i], [], [dh_i, dh_r], [dh_r, dh_r], [dh_i, dh_i], [dh_r, other],
        [dh_r, dh_i, dh_i], [Dh(2, bytes(127) + b"\5"), dh_i],
        [dh_r, replace(dh_i, validity=Validity.mki(b"\1"))],
        [replace(dh_r, validity=Validity.mki(b"\1")), dh_i],
    ):  # fmt: skip

        def change(parts, wrong=wrong):
            return [part for part in parts if type(part) is not Dh] + wrong

        assert pair.me.feed(remade(answer, change, rand=rand)).kind == "discarded"
    assert pair.me.waiting and pair.me.feed(answer).kind == "established"


def test_item_082_the_validity_of_the_key_is_the_initiators():
    mki, other = Validity.mki(b"\0\0\0\7"), Validity.mki(b"\0\0\0\x08")
    pair = DhPair(mki=mki.spi)
    octets = pair.me.start()
    theirs = pair.srv.handle(octets)
    rand = Message.decode(octets).one(Rand).data
    assert [v.validity for v in Message.decode(theirs.answer).all(Dh)] == [mki, mki]
    dh_r = Message.decode(theirs.answer).all(Dh)[0]
    wrong = remade(theirs.answer, swapped(Dh, replace(dh_r, validity=other)), rand=rand)
    assert pair.me.feed(wrong).kind == "discarded"
    agreed = remade(theirs.answer, swapped(Dh, replace(dh_r, validity=Validity())), rand=rand)
    assert pair.me.feed(agreed).kind == "established"
    assert pair.me.sa[0].mki == theirs.sa[0].mki == mki.spi
    interval = Validity.interval(5, 900)
    pair = DhPair(validity=interval).established()
    assert pair.me.sa[1].interval == (5, 900)
    with pytest.raises(Exception, match="rising"):
        DhPair(validity=Validity.interval(9, 5)).me.start()
    pair = DhPair()
    octets = pair.me.start()
    back = replace(Message.decode(octets).one(Dh), validity=Validity.interval(9, 5))
    refused(pair, remade(octets, swapped(Dh, back)), 12)


def test_item_083_fresh_exponents_each_time_and_none_afterwards(monkeypatch):
    made = []
    real = dh.Private.__init__

    def init(self, group, octets):
        real(self, group, octets)
        made.append((self, octets))

    monkeypatch.setattr(dh.Private, "__init__", init)
    pair = DhPair().established()
    outcome = pair.srv.handle(pair.later().me.update())
    assert pair.me.feed(outcome.answer).ok
    assert len(made) == 4 == len({octets for _, octets in made})
    assert all(len(octets) == 32 for _, octets in made)
    assert all(bytes(private._exponent._octets) == bytes(32) for private, _ in made)
    # given up, answered with an error, closed: gone as well
    pair.later().me.update()
    pair.later().me.update()
    assert bytes(made[4][0]._exponent._octets) == bytes(32) != bytes(made[5][0]._exponent._octets)
    pair.me.close()
    assert bytes(made[5][0]._exponent._octets) == bytes(32)
    pair = DhPair(dh={"group": 1}, srv_dh={"groups": (0,)})
    assert pair.me.feed(pair.srv.handle(pair.me.start()).answer).kind == "failed"
    assert bytes(made[6][0]._exponent._octets) == bytes(32) and len(made) == 7


def test_item_083_a_broken_random_source_stops_the_responder():
    pair = DhPair(responder={"random": lambda count: bytes(count)}, streams=(Stream(7),))
    outcome = pair.srv.handle(pair.me.start())
    assert not outcome.ok and outcome.answer is None and "random" in outcome.reason


def test_item_084_no_group_keys():
    for keys in ((KeyData(KeyType.GTGK, b"g" * 16),), (KeyData(KeyType.TGK, b"k" * 16),), ()):
        with pytest.raises(LocalError, match="group"):
            DhPair(keys=keys)
    pair = DhPair().established()
    with pytest.raises(LocalError, match="group"):
        pair.me.update(keys=(KeyData(KeyType.GTGK, b"g" * 16),))
    octets = DhPair().me.start()
    key = KeyData(KeyType.GTGK, b"g" * 16).encode()
    refused(DhPair(), remade(octets, end=Kemac(0, key, 1, bytes(20))), 12)


def test_item_105_dh_values_in_the_answer_iff_in_the_question():
    pair = DhPair().established()
    rand, first = pair.me._bundle.rand, pair.me.sa.fingerprint()
    for rekey, values in ((True, 1), (False, 0), (True, 1)):
        before = pair.me.sa.fingerprint()
        octets = pair.later().me.update(rekey=rekey)
        outcome = pair.srv.handle(octets)
        expected = [Timestamp, Id, Id] + [Dh] * values + [Kemac]
        assert kinds(octets) == expected and outcome.kind == "updated"
        assert kinds(outcome.answer) == [Timestamp, Id, Id] + [Dh] * 2 * values + [Kemac]
        sent = Message.decode(octets).one(Dh)
        if rekey:
            assert Message.decode(outcome.answer).all(Dh)[1] == sent
            one = remade(outcome.answer, lambda p: [x for x in p if type(x) is not Dh], rand=rand)
        else:
            extra = Dh(0, wide(5))
            one = remade(outcome.answer, lambda p, e=extra: [*p, e, e], rand=rand)
        assert pair.me.feed(one).kind == "discarded"
        assert pair.me.feed(outcome.answer).kind == "updated"
        assert pair.me.sa.fingerprint() == outcome.sa.fingerprint()
        assert (pair.me.sa.fingerprint() == before) == (not rekey)
    assert pair.me.sa.updates == 3 and pair.me.sa.fingerprint() != first
    assert pair.me._bundle.rand == rand


def test_item_105_updates_without_a_key_change_the_rest():
    pair = DhPair(mki=b"\1").established().later()
    old = [(cs.tek, cs.salt, cs.ssrc) for cs in pair.me.sa]
    outcome = pair.srv.handle(pair.me.update(rekey=False, add=(Stream(0x33333333),)))
    assert pair.me.feed(outcome.answer).ok and len(pair.me.sa) == 3
    assert [(cs.tek, cs.salt, cs.ssrc) for cs in pair.me.sa][:2] == old
    assert pair.me.sa.fingerprint() == outcome.sa.fingerprint()
    outcome = pair.srv.handle(pair.later().me.update(validity=Validity.mki(b"\2")))
    assert pair.me.feed(outcome.answer).ok and outcome.sa[0].mki == b"\2" == pair.me.sa[2].mki
    for streams in ((Stream(7),), ()):
        initial = DhPair(streams=streams)
        refused(initial, remade(initial.me.start(), swapped(Dh, [])), 12)


def test_item_105_an_update_of_another_group():
    pair = DhPair().established().later()
    pair.me._credential.group = 2
    outcome = pair.srv.handle(pair.me.update())
    assert pair.me.feed(outcome.answer).ok and len(outcome.sa.keys[0].key) == 128
