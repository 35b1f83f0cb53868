"""The conformance checklist (docs: SPEC section 13), as far as exchanges tell. One test each."""

import hmac

import pytest
from peer_world import (
    ALICE,
    BOB,
    KEY,
    Pair,
    error_of,
    exchange,
    rebuilt,
    signed,
)
from umikey_peer import (
    Initiator,
    LocalError,
    Message,
    Psk,
    RemoteError,
    ReplayGuard,
    Responder,
    SrtpPolicy,
    Stream,
)
from umikey_peer import secret as secret_module
from umikey_peer.header import Header
from umikey_peer.keys import MessageKeys
from umikey_peer.payloads import Err, Id, Kemac, KeyData, Rand, Sp, Timestamp, Ver
from umikey_peer.registry import DataType, Encr, Mac
from umikey_peer.sa import SRTCP_LIMIT, SRTP_LIMIT
from umikey_peer.secret import Secret
from umikey_peer.session import Outcome

NULL = {"encr": Encr.NULL, "mac": Mac.NULL, "allow_null": True}
FIRST = exchange()


def test_item_042_null_only_when_allowed():
    for options in ({"encr": Encr.NULL}, {"mac": Mac.NULL, "encr": Encr.NULL}):
        with pytest.raises(LocalError):
            Pair(**options)
    with pytest.raises(LocalError):
        Pair(mac=Mac.NULL, allow_null=True)  # NULL MAC over encrypted keys
    theirs, _ = Pair(**NULL).run()
    assert error_of(theirs.answer) == 3
    theirs, ours = Pair(**NULL, responder={"allow_null": True}).run()
    assert theirs.ok and ours.ok and not theirs.sa.authenticated
    half = {"encr": Encr.NULL, "allow_null": True}
    theirs, _ = Pair(**half).run()
    assert error_of(theirs.answer) == 4 and theirs.authenticated
    assert Pair(**half, responder={"allow_null": True}).established().me.sa.authenticated


def test_item_042_null_cannot_touch_an_authenticated_bundle():
    pair = Pair(responder={"allow_null": True}).established().later()
    update = Message.decode(pair.me.update(keys=(KeyData(2, b"e" * 16),)))
    forged = KeyData(2, b"e" * 16).encode()
    parts = (*update.payloads[:-1], Kemac(0, forged, 0))
    outcome = pair.srv.handle(Message(update.header, parts).encode())
    assert not outcome.ok and error_of(outcome.answer) == 3


@pytest.mark.parametrize(
    "encr,mac,number", [(9, 1, 4), (4, 1, 4), (255, 1, 4), (1, 7, 3), (1, 3, 3)]
)
def test_item_043_unsupported_algorithms(encr, mac, number):
    pair = Pair()
    octets = pair.me.start()
    message = Message.decode(octets)
    kemac = message.one(Kemac)
    at = len(octets) - 21 - len(kemac.data) - 3
    octets = octets[:at] + bytes([encr]) + octets[at + 1 : -21] + bytes([mac]) + octets[-20:]
    if mac == 1:
        octets = signed(Message.decode(octets))
    outcome = pair.srv.handle(octets)
    assert error_of(outcome.answer) == number and outcome.authenticated == (mac == 1)


def test_item_044_045_any_flipped_bit_is_noticed():
    octets = bytes.fromhex(FIRST["I_MESSAGE"])
    now = lambda: Message.decode(octets) and 3850014400.5 - 2208988800  # noqa: E731
    for bit in range(8 * len(octets)):
        spoiled = bytearray(octets)
        spoiled[bit // 8] ^= 128 >> bit % 8
        srv = Responder(
            [Psk(bytes.fromhex(FIRST["psk"]), ALICE)],
            id_r=BOB,
            replay=ReplayGuard(None, startup="off"),
            now=now,
        )
        outcome = srv.handle(bytes(spoiled))
        assert not outcome.ok and not outcome.authenticated, bit
        if outcome.answer:
            assert error_of(outcome.answer) in (0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13), bit


def test_item_046_v_covers_message_identities_and_time():
    pair = Pair()
    octets = pair.me.start()
    answer = pair.srv.handle(octets).answer
    rand, stamp = Message.decode(octets).one(Rand).data, Message.decode(octets).one(Timestamp)
    keys = MessageKeys.derive(0, KEY, Message.decode(octets).header.csb_id, rand, 1, 1)
    a, b, auth = ALICE.encode(), BOB.encode(), bytes(keys.auth)
    covered = answer[:-20]
    assert answer[-20:] == hmac.digest(auth, covered + a + b + stamp.value, "sha1")
    for tail in (b + a + stamp.value, a + b, stamp.value, b"", stamp.value + a + b):
        wrong = covered + hmac.digest(auth, covered + tail, "sha1")
        assert pair.me.feed(wrong).kind == "discarded"
    for bit in range(8 * len(answer)):
        spoiled = bytearray(answer)
        spoiled[bit // 8] ^= 128 >> bit % 8
        assert pair.me.feed(bytes(spoiled)).kind in ("discarded", "hint")
    assert pair.me.feed(answer).kind == "established"


def test_item_047_an_answer_only_if_asked_for():
    theirs, ours = Pair(verify=False).run()
    assert theirs.ok and theirs.answer is None and ours is None
    theirs, ours = Pair(verify=True).run()
    assert theirs.answer and ours.ok


def test_item_049_050_nothing_is_kept_of_a_message_that_fails():
    pair = Pair()
    octets = pair.me.start()
    bad_policy = rebuilt(octets, Sp(0, 0, ((0, b"\x4d"),)))
    for message in (octets[:-1] + b"x", bad_policy, octets[:-30]):
        outcome = pair.srv.handle(message)
        assert not outcome.ok and outcome.sa is None
        assert not pair.srv._records and not pair.guard.count
    assert pair.srv.handle(octets).ok


def test_item_051_identities_may_come_from_the_surroundings():
    pair = Pair(send_ids=False)
    octets = pair.me.start()
    assert not Message.decode(octets).all(Id)
    outcome = pair.srv.handle(octets, id_i=Id.of(ALICE), id_r=Id.of(BOB))
    assert not Message.decode(outcome.answer).all(Id)
    assert pair.me.feed(outcome.answer).ok
    pair = Pair(send_ids=False)
    stranger = pair.srv.handle(pair.me.start(), id_i=Id.of("sip:eve@example.com"))
    assert error_of(stranger.answer) == 7


def test_item_051_a_key_can_belong_to_an_address():
    keys = [
        Psk(b"other key, other key", ALICE, peer="192.0.2.9"),
        Psk(KEY, ALICE, peer="192.0.2.1"),
    ]
    for peer, ok in (("192.0.2.1:5000", True), ("192.0.2.9:5000", False), ("192.0.2.5:1", False)):
        pair = Pair(send_ids=False, responder={"credentials": keys})
        assert pair.srv.handle(pair.me.start(), peer=peer).ok == ok


def test_item_052_a_foreign_idr_is_refused():
    pair = Pair(id_r="sip:carol@example.com")
    octets = pair.me.start()
    assert [i.data for i in Message.decode(octets).all(Id)][1] == b"sip:carol@example.com"
    outcome = pair.srv.handle(octets)
    assert error_of(outcome.answer) == 7 and not outcome.ok
    pair = Pair(id_i="sip:eve@example.com")
    assert error_of(pair.srv.handle(pair.me.start()).answer) == 7
    pair = Pair(id_i="sip:eve@example.com", responder={"unknown_id": "silent"})
    assert pair.srv.handle(pair.me.start()).answer is None


def test_item_052_a_single_id_that_is_ours_is_idr():
    pair = Pair(id_i=None, responder={"credentials": [Psk(KEY)]})
    theirs, ours = pair.run()
    assert theirs.ok and ours.ok and theirs.sa.id_i is None and theirs.sa.id_r == Id.of(BOB)


def test_item_058_keys_travel_encrypted():
    pair = Pair(keys=(KeyData(1, b"TGK, 16 octets!!", b"salt, 14 octet"),))
    octets = pair.me.start()
    assert b"TGK" not in octets and b"salt" not in octets


def test_item_100_error_messages():
    pair = Pair()
    octets = pair.me.start()
    outcome = pair.srv.handle(octets[:-1] + bytes([octets[-1] ^ 1]))
    sent, error = Message.decode(octets), Message.decode(outcome.answer)
    assert error.header == Header(6, sent.header.csb_id, cs=sent.header.cs)
    assert error.payloads == (sent.one(Timestamp), Err(0))
    outcome = pair.srv.handle(rebuilt(octets, Sp(0, 0, ((0, b"\x4d"),))))
    error = Message.decode(outcome.answer)
    assert [type(part) for part in error.payloads] == [Timestamp, Err, Sp, Ver]
    assert pair.me.feed(outcome.answer).kind == "failed" and not pair.me.waiting
    assert isinstance(pair.me.error, RemoteError) and pair.me.error.number == 10
    assert pair.me.error.policies == (SrtpPolicy().to_sp(0),)


def test_item_100_the_long_v_form_of_an_error_is_understood():
    pair = Pair()
    message = Message.decode(pair.me.start())
    rand, stamp = message.one(Rand).data, message.one(Timestamp)
    auth = bytes(MessageKeys.derive(0, KEY, message.header.csb_id, rand, 1, 1).auth)
    draft = Message(Header(6, message.header.csb_id), (stamp, Err(4), Ver(1, bytes(20)))).encode()
    covered = draft[:-20]
    long = covered + ALICE.encode() + BOB.encode() + stamp.value
    assert pair.me.feed(covered + hmac.digest(auth, long, "sha1")).kind == "failed"


def test_item_101_an_unauthenticated_error_is_a_hint_only():
    pair = Pair()
    octets = pair.me.start()
    csb = Message.decode(octets).header.csb_id
    forged = Message(Header(6, csb), (Message.decode(octets).one(Timestamp), Err(0)))
    fake = (*forged.payloads, Ver(1, bytes(20)))
    for message in (forged, Message(Header(6, csb), (Err(2),)), Message(Header(6, csb), fake)):
        assert pair.me.feed(message.encode()).kind == "hint"
    assert pair.me.waiting and pair.me.hints == [0, 2, 0]
    assert pair.me.feed(pair.srv.handle(octets).answer).ok
    other = Message(Header(6, csb ^ 1), (Err(0),)).encode()
    pair.me.start()
    assert pair.me.feed(other).kind == "discarded"


def test_item_101_unauthenticated_errors_are_rate_limited():
    pair = Pair(responder={"error_burst": 5, "error_rate": 2.0})
    octets = pair.me.start()
    bad = octets[:-1] + bytes([octets[-1] ^ 1])
    assert sum(pair.srv.handle(bad).answer is not None for _ in range(50)) == 5
    pair.later(2)
    assert sum(pair.srv.handle(bad).answer is not None for _ in range(50)) == 4
    good = rebuilt(octets, Sp(0, 0, ((0, b"\x4d"),)))
    assert pair.srv.handle(good).answer  # an authentic peer is told in any case


def test_item_102_errors_and_answers_are_never_answered():
    pair = Pair()
    message = Message.decode(pair.me.start())
    for number in (1, 3, 5, 6, 8, 10, 13, 15, 18, 21, 23, 25):
        header = Header(number, 1, True)
        for parts in (message.payloads, (), (Err(12),)):
            outcome = pair.srv.handle(Message(header, parts).encode())
            assert outcome.answer is None and not outcome.ok
        assert pair.srv.handle(Message(header).encode()[:-1] + b"\x63").answer is None
    failed = pair.srv.handle(pair.me.start()[:-1] + b"!")
    assert not failed.authenticated and Message.decode(failed.answer).one(Ver) is None


def test_item_103_an_update_keeps_csb_id_and_rand():
    pair = Pair().established()
    first, rand = pair.me.sa, pair.me._bundle.rand
    outcome = pair.srv.handle(pair.later().me.update())
    assert outcome.kind == "updated" and pair.me.feed(outcome.answer).kind == "updated"
    second = pair.me.sa
    assert second.csb_id == first.csb_id and second.updates == 1 == outcome.sa.updates
    assert second.fingerprint() == outcome.sa.fingerprint() != first.fingerprint()
    assert pair.me._bundle.rand == rand
    for i in range(2, 5):
        outcome = pair.srv.handle(pair.later().me.update())
        assert outcome.sa.updates == i and pair.me.feed(outcome.answer).ok


def test_item_103_an_older_update_cannot_bring_an_old_key_back():
    pair = Pair().established()
    held_back = pair.later().me.update()
    newer = pair.later().me.update()
    assert pair.srv.handle(newer).kind == "updated"
    assert pair.srv.handle(held_back).kind == "discarded"


def test_item_103_a_failed_update_changes_nothing():
    pair = Pair().established().later()
    before = pair.me.sa.fingerprint()
    update = pair.me.update(add=(Stream(5),))
    bad = rebuilt(update, Sp(0, 0, ((0, b"\x4d"),)), rand=pair.me._bundle.rand)
    outcome = pair.srv.handle(bad)
    assert error_of(outcome.answer) == 10
    assert pair.me.feed(outcome.answer).kind == "failed"
    assert pair.me.sa.fingerprint() == before and len(pair.me.sa) == 2
    outcome = pair.srv.handle(pair.later().me.update(rekey=False))
    assert outcome.sa.fingerprint() == before and len(outcome.sa) == 2


def test_item_103_only_the_holder_of_the_key_can_update():
    pair = Pair().established().later()
    thief = Initiator(Psk(b"another key 1234"), id_i=ALICE, id_r=BOB, now=pair.clock, taken={})
    thief.start()
    thief._bundle = pair.me._bundle
    outcome = pair.srv.handle(thief.update())
    assert error_of(outcome.answer) == 0 and not outcome.ok
    thief._id_i = Id.of("sip:eve@example.com")
    assert error_of(pair.srv.handle(thief.update()).answer) == 12


def test_item_104_an_update_adds_sessions_and_keeps_the_keys():
    pair = Pair().established().later()
    old = [(cs.tek, cs.salt, cs.ssrc) for cs in pair.me.sa]
    update = pair.me.update(rekey=False, add=(Stream(0x33333333),))
    assert not Message.decode(update).one(Kemac).data and not Message.decode(update).all(Sp)
    outcome = pair.srv.handle(update)
    assert pair.me.feed(outcome.answer).kind == "updated"
    assert [(cs.tek, cs.salt, cs.ssrc) for cs in outcome.sa][:2] == old
    assert outcome.sa[2].ssrc == 0x33333333 and len(outcome.sa) == 3
    assert outcome.sa.fingerprint() == pair.me.sa.fingerprint()
    new_policy = Stream(4, policy=SrtpPolicy.aes_cm(tag_length=4))
    outcome = pair.srv.handle(pair.later().me.update(add=(new_policy,)))
    assert pair.me.feed(outcome.answer).ok and outcome.sa[3].policy.srtp_tag_length == 4


def test_item_107_rekeying_is_due_before_srtps_limits():
    cs = Pair().established().me.sa[0]
    assert not cs.rekey_due(1 << 40)
    assert cs.rekey_due(SRTP_LIMIT - 1) and cs.rekey_due(0, SRTCP_LIMIT - 1)
    from umikey_peer import Validity

    key = KeyData(0, b"k" * 16, validity=Validity.interval(100, 199))
    cs = Pair(keys=(key,)).established().me.sa[0]
    assert cs.rekey_due(95) and not cs.rekey_due(50)


def test_item_126_keys_are_wiped_on_close():
    pair = Pair().established()
    sa = pair.me.sa
    key = sa[0].keys[0].tek
    pair.me.close()
    assert sa.closed and bytes(key._octets) == bytes(16) and not sa.keys
    with pytest.raises(LocalError):
        sa[0].tek  # noqa: B018
    with pytest.raises(LocalError):
        Pair().me.sa  # noqa: B018
    assert "closed" in repr(sa)


def test_item_126_secrets_do_not_show_in_repr_or_events():
    from umikey_peer.service import association, event_of
    from umikey_peer.tree import read

    tgk, salt = b"TGK16octetsTGK16", b"SALT14octetsXX"
    pair = Pair(keys=(KeyData(1, tgk, salt),), **NULL, responder={"allow_null": True})
    octets = pair.me.start()
    theirs = pair.srv.handle(octets)
    pair.me.feed(theirs.answer)
    message = Message.decode(octets)
    things = [
        pair.me,
        pair.srv,
        theirs,
        theirs.sa,
        message,
        message.payloads,
        Psk(KEY),
        Secret(tgk),
    ]
    things += [theirs.sa.keys, theirs.sa[0], theirs.sa[0].keys, pair.srv._records, pair.me._bundle]
    things += [association(theirs.sa), event_of(theirs, "a", "b")]
    things += [[node.text for _, node in read(octets).lines()]]
    secrets = [tgk, salt, KEY] + [octets for cs in theirs.sa for octets in (cs.tek, cs.salt)]
    for thing in things:
        text = repr(thing)
        for secret in secrets:
            assert secret.hex() not in text and repr(secret)[2:-1] not in text, type(thing)
    assert association(theirs.sa, True)["crypto_sessions"][0]["tek"] == theirs.sa[0].tek.hex()


def test_item_127_tags_are_compared_in_constant_time(monkeypatch):
    compared = []
    real = secret_module.constant_time.bytes_eq

    class Watched:
        @staticmethod
        def bytes_eq(a, b):
            compared.append((a, b))
            return real(a, b)

    monkeypatch.setattr(secret_module, "constant_time", Watched)
    pair = Pair()
    octets = pair.me.start()
    theirs = pair.srv.handle(octets)
    assert (octets[-20:], octets[-20:]) in compared
    pair.me.feed(theirs.answer)
    assert (theirs.answer[-20:], theirs.answer[-20:]) in compared
    assert Secret(b"a") == Secret(b"a") != Secret(b"b") and len(compared) >= 4
    assert isinstance(theirs, Outcome) and DataType(theirs.answer[1]) == 1
