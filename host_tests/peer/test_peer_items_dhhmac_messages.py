"""The conformance checklist (docs: SPEC section 13), items 85 to 91: DH-HMAC messages."""

from dataclasses import replace

import pytest
from peer_world import ALICE, BOB, KEY, DhPair, error_of, kinds, refused, remade, swapped, wide
from umikey_peer import DecodeError, DhHmac, Initiator, LocalError, Message, Psk, dh
from umikey_peer import payloads_more as more
from umikey_peer.extensions import sdp_ids, vendor_id
from umikey_peer.payloads import Err, Extension, Id, Kemac, Rand, Sp, Timestamp, Ver
from umikey_peer.payloads_more import Dh
from umikey_peer.registry import DataType, Mac
from umikey_peer.vectors.dhhmac import LITERAL

P = dh.group(0).p


def test_item_085_data_types_and_kemac():
    pair = DhPair()
    octets = pair.me.start()
    answer = pair.srv.handle(octets).answer
    for message, kind in ((octets, 7), (answer, 8)):
        kemac = Message.decode(message).payloads[-1]
        assert message[1] == kind and (kemac.encr, kemac.data, kemac.mac_alg) == (0, b"", 1)
        assert message[-25:-20] == b"\0\0\0\0\1" and len(kemac.mac) == 20
    pair = DhPair(prf=1, mac=Mac.HMAC_SHA_256_256)
    octets = pair.me.start()
    answer = pair.srv.handle(octets).answer
    assert octets[-36:-32] == answer[-36:-32] == b"\0\0\0\2" and pair.me.feed(answer).ok


@pytest.mark.parametrize(
    "end,number",
    [
        (Kemac(1, b"", 1, bytes(20)), 4),
        (Kemac(2, b"", 1, bytes(20)), 4),  # AES key wrap "SHALL not be applied"
        (Kemac(9, b"", 1, bytes(20)), 4),
        (Kemac(0, b"key", 1, bytes(20)), 12),
        (Kemac(0, b"", 0), 3),
        (Kemac(1, b"", 0), 3),
    ],
)
def test_item_085_another_kemac_is_refused(end, number):
    for options in ({}, {"allow_null": True}):
        pair = DhPair(responder=options)
        refused(pair, remade(pair.me.start(), end=end), number, authentic=end.mac_alg != 0)
    with pytest.raises(LocalError):
        DhPair(mac=Mac.NULL, encr=0, allow_null=True)


def test_item_085_kemac_is_the_last_payload():
    pair = DhPair()
    octets = pair.me.start()
    message = Message.decode(octets)
    parts = message.payloads
    for wrong in ((*parts[:-2], parts[-1], parts[-2]), parts[:-1], (*parts, parts[-1])):
        refused(pair, Message(message.header, wrong).encode(), 12, authentic=False)
    assert pair.srv.handle(octets).ok


def test_item_086_the_printed_numbers_of_rfc_4650():
    pair = DhPair()
    octets = pair.me.start()
    rand = Message.decode(octets).one(Rand).data
    literal = remade(octets, end=LITERAL)
    assert literal[-25:-20] == b"\0\2\0\0\0"
    theirs = pair.srv.handle(literal)
    assert theirs.ok and theirs.answer[-25:-20] == b"\0\2\0\0\0"  # in the numbers of the question
    assert pair.me.feed(theirs.answer[:-1] + b"?").kind == "discarded"
    assert pair.me.feed(theirs.answer).ok
    plain = remade(theirs.answer, end=Kemac(0, b"", 1, bytes(20)), rand=rand)
    assert plain != theirs.answer and pair.me.sa.fingerprint() == theirs.sa.fingerprint()
    # an error has the numbers of RFC 3830, since it is no message of RFC 4650's own
    pair = DhPair()
    bad = remade(pair.me.start(), swapped(Dh, Dh(0, wide(1))), end=LITERAL)
    outcome = refused(pair, bad, 6)
    assert outcome.answer[-25:-20] == b"\0\0\0\0\1"
    assert pair.me.feed(outcome.answer).kind == "failed"


def test_item_086_only_there_and_only_together():
    octets = DhPair().me.start()
    literal = remade(octets, end=LITERAL)
    for head, number in ((b"\0\0\0\0", 12), (b"\1\0\0\0", 12), (b"\2\0\1\0", 3), (b"\2\0\0\1", 0)):
        pair = DhPair()
        outcome = pair.srv.handle(literal[:-24] + head + literal[-20:])
        assert error_of(outcome.answer) == number and not outcome.authenticated
    for data_type in (0, 4, 6):  # elsewhere 0 is the NULL MAC, and 20 octets are too many
        with pytest.raises(DecodeError, match="20 octets after"):
            Message.decode(literal[:1] + bytes([data_type]) + literal[2:])
    for header, kemac in ((0, LITERAL), (7, replace(LITERAL, mac=b""))):
        with pytest.raises(ValueError, match="4650"):
            Message(replace(Message.decode(octets).header, data_type=header), (kemac,)).encode()


def test_item_087_identities():
    octets = DhPair().me.start()
    assert Message.decode(octets).all(Id) == [Id.of(ALICE), Id.of(BOB)]

    def ids(*identities):
        def change(parts):
            return [*parts[:2], *map(Id.of, identities), *parts[4:]]

        return remade(octets, change)

    refused(DhPair(), ids(), 12, authentic=False)
    refused(DhPair(), ids(ALICE, ALICE, BOB), 12, authentic=False)
    refused(DhPair(), ids(ALICE), 7)  # a single one is IDr
    refused(DhPair(), ids(BOB, ALICE), 7, authentic=False)
    refused(DhPair(), ids(ALICE, "sip:carol@example.com"), 7)
    outcome = DhPair().srv.handle(ids(BOB))
    assert outcome.ok and outcome.sa.id_i == Id.of(ALICE)  # from the key
    anyone = {"credentials": [DhHmac(KEY)]}
    refused(DhPair(responder=anyone), ids(BOB), 7)  # the answer could not name it
    outcome = DhPair(responder=anyone).srv.handle(ids(BOB), id_i=Id.of(ALICE))
    assert outcome.ok and Message.decode(outcome.answer).all(Id)[1] == Id.of(ALICE)
    with pytest.raises(LocalError, match="id_r"):
        Initiator(DhHmac(KEY), id_i=ALICE).start()


def test_item_087_identities_in_the_response():
    pair = DhPair(send_ids=False)
    octets = pair.me.start()
    assert Message.decode(octets).all(Id) == [Id.of(BOB)]
    answer = pair.srv.handle(octets).answer
    rand = Message.decode(octets).one(Rand).data

    def ids(*identities):
        def change(parts):
            return [parts[0], *map(Id.of, identities), *parts[3:]]

        return remade(answer, change, rand=rand)

    for wrong in ((), (BOB,), (ALICE, BOB), (BOB, BOB), ("sip:eve@x", ALICE), (BOB, ALICE, ALICE)):
        assert pair.me.feed(ids(*wrong)).kind == "discarded", wrong
    assert pair.me.feed(ids(ALICE)).ok  # [IDr]
    assert pair.me.sa.id_i == Id.of(ALICE) and pair.me.sa.id_r == Id.of(BOB)
    nobody = DhPair(id_i=None, responder={"credentials": [DhHmac(KEY, ALICE)]}).established()
    assert nobody.me.sa.id_i == Id.of(ALICE)  # the responder told it


def test_item_088_only_the_payloads_of_table_4_1_b():
    point = b"\4" + bytes(64)
    foreign = [
        more.Pke(0, b"x"), more.Cert(0, b"x"), more.Chash(0, bytes(20)), Ver(1, bytes(20)), Err(12),
        more.TimestampRole(1, 0, bytes(8)), more.IdRole(1, 1, b"x"), more.RandRole(1, bytes(16)),
        more.TicketPolicy(1, 1, 1, 0, 0, 0, b""), more.Ibake(b"x"), more.Esk(b"x"),
        more.Eccpt(8, point, 1, 16), more.Sakke(1, 1, b"x"),
    ]  # fmt: skip
    pair = DhPair(responder={"error_burst": 100})
    octets = pair.me.start()
    for payload in foreign:
        refused(pair, remade(octets, lambda p, new=payload: [*p, new]), 12, authentic=False)
    parts = Message.decode(octets).payloads
    signed = Message(Message.decode(octets).header, (*parts, more.Sign(0, b"x"))).encode()
    refused(pair, signed, 12, authentic=False)
    unknown = bytearray(octets)
    unknown[2] = 99
    refused(pair, bytes(unknown), 13, authentic=False)
    answer = pair.srv.handle(octets).answer
    rand = Message.decode(octets).one(Rand).data
    for payload in (*foreign, Rand(bytes(16)), Sp(5, 0)):  # the figure's R_MESSAGE has these not
        bad = remade(answer, lambda p, new=payload: [*p, new], rand=rand)
        assert pair.me.feed(bad).kind == "discarded"
    extended = remade(answer, lambda p: [*p, vendor_id(b"v")], rand=rand)
    assert pair.me.feed(extended).ok


def test_item_089_sdp_ids_where_asked():
    names = ("mikey", "keyp1")
    pair = DhPair(extensions=(sdp_ids(*names),))
    octets = pair.me.start()
    assert kinds(octets) == [Timestamp, Rand, Id, Id, Extension, Sp, Dh, Kemac]
    for offered, ok in (
        (names, True), (("mikey",), False), (("keyp1", "mikey"), False), ((), True)
    ):  # fmt: skip
        srv = DhPair(extensions=(sdp_ids(*names),)).srv
        outcome = srv.handle(octets, sdp_ids=offered)
        assert outcome.ok == ok
        if not ok:
            assert error_of(outcome.answer) == 12 and outcome.authenticated
    bare = DhPair()
    outcome = bare.srv.handle(bare.me.start(), sdp_ids=("mikey",))
    assert not outcome.ok and "SDP" in outcome.reason
    for wrong in ([sdp_ids("mikey"), sdp_ids("mikey")], [Extension(1, b"mikey;")]):
        outcome = DhPair().srv.handle(remade(octets, swapped(Extension, wrong)), sdp_ids=["mikey"])
        assert error_of(outcome.answer) == 12
    update = pair.established().later().me.update(extensions=(sdp_ids("mikey"),))
    assert pair.srv.handle(update, sdp_ids=("mikey",)).kind == "updated"
    with_psk = Psk(KEY, ALICE)
    srv = DhPair(responder={"credentials": [with_psk]}).srv
    message = Initiator(with_psk, id_r=BOB, now=pair.clock, taken={}).start()
    assert error_of(srv.handle(message, sdp_ids=("mikey",)).answer) == 12


def test_item_090_failures_get_an_error_message():
    pair = DhPair()
    octets = pair.me.start()
    for spoiled, number in (
        (octets[:-1] + bytes([octets[-1] ^ 1]), 0),
        (octets[:200], 12),
        (octets + b"\xff", 12),
        (octets[:3] + b"\x85" + octets[4:], 2),
        (octets[:-21] + b"\7" + octets[-20:], 3),
    ):
        outcome = refused(pair, spoiled, number, authentic=False)
        message = Message.decode(outcome.answer)
        assert message.header.data_type == DataType.ERROR
        assert message.header.csb_id == Message.decode(octets).header.csb_id
        assert [type(p) for p in message.payloads] == [Timestamp, Err]
        assert pair.me.feed(outcome.answer).kind == "hint" and pair.me.waiting
    assert pair.me.feed(pair.srv.handle(octets).answer).ok


def test_item_090_authentic_errors_end_with_kemac():
    pair = DhPair()
    octets = pair.me.start()
    bad = remade(octets, swapped(Sp, Sp(0, 0, ((0, b"\x4d"),))))
    outcome = refused(pair, bad, 10)
    assert kinds(outcome.answer) == [Timestamp, Err, Sp, Kemac]  # V is not in table 4.1.b
    message, rand = Message.decode(outcome.answer), Message.decode(octets).one(Rand).data
    for at in range(8 * len(outcome.answer)):
        spoiled = bytearray(outcome.answer)
        spoiled[at // 8] ^= 128 >> at % 8
        assert pair.me.feed(bytes(spoiled)).kind in ("discarded", "hint")
    # with V, as RFC 3830 has it, it is understood, too
    blank = Message(message.header, (*message.payloads[:-1], Ver(1, bytes(20)))).encode()
    assert pair.me.feed(blank).kind == "hint"
    in_v = remade(outcome.answer, lambda parts: parts, end=Ver(1, bytes(20)), rand=rand)
    assert kinds(in_v)[-1] is Ver and pair.me.feed(in_v).kind == "failed"
    assert pair.me.error.number == 10 and not pair.me.waiting
    pair = DhPair()
    assert (
        pair.me.feed(refused(pair, remade(pair.me.start(), swapped(Dh, [])), 12).answer).error == 12
    )


def test_item_091_the_mac_comes_before_the_second_exponentiation(powers):
    pair = DhPair()
    octets = pair.me.start()
    assert powers == ["g^x"]
    for at in (0, 5, 30, 60, 200, len(octets) - 1):
        spoiled = octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]
        assert not pair.srv.handle(spoiled).ok
    stranger = DhPair(id_i="sip:eve@example.com")
    stranger.srv.handle(stranger.me.start())
    assert powers == ["g^x", "g^x"]  # one of each initiator, none of the responders
    del powers[:]
    answer = pair.srv.handle(octets).answer
    assert powers == ["g^x", "y^x"]
    for at in (0, 5, 30, 60, 200, 400, len(answer) - 1):
        spoiled = answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]
        assert not pair.me.feed(spoiled).ok
    assert powers == ["g^x", "y^x"]
    assert pair.me.feed(answer).ok and powers == ["g^x", "y^x", "y^x"]
    assert pair.srv.handle(octets).kind == "discarded" and len(powers) == 3  # a replay


def test_item_091_nor_does_anything_else_that_is_refused(powers):
    pair = DhPair()
    octets = pair.me.start()
    for change in (swapped(Sp, Sp(0, 0, ((0, b"\x4d"),))), swapped(Sp, Sp(9, 0))):
        refused(pair, remade(octets, change), 10)
    refused(DhPair(), remade(octets, swapped(Sp, Sp(0, 9))), 9)
    refused(DhPair(responder={"accept": lambda policy: False}), octets, 10)
    assert powers == ["g^x"]
