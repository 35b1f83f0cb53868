"""The codec: whatever can be built comes back, and no octets get anything but a DecodeError."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from peer_world import VECTORS
from umikey_peer import DecodeError, Message
from umikey_peer import payloads as p
from umikey_peer import payloads_more as m
from umikey_peer.header import GenericId, Header, SrtpId
from umikey_peer.message import walk
from umikey_peer.payloads import PAYLOADS, decode_key_data, encode_key_data
from umikey_peer.registry import (
    CURVE_FIELD,
    DH_EC_FIELD,
    DH_MODP_LENGTH,
    HASH_LENGTH,
    MAC_LENGTH,
    SALTED,
    TS_LENGTH,
)


def u(bits):
    return st.integers(0, (1 << bits) - 1)


def octets(most, least=0):
    return st.binary(min_size=least, max_size=most)


def sized_by(table):
    """(number, that many octets) by a table of lengths."""
    return st.sampled_from(sorted(table)).flatmap(
        lambda k: st.tuples(st.just(int(k)), st.binary(min_size=table[k], max_size=table[k]))
    )


def points(fields):
    """(number, a point) of a curve, compressed or not."""
    return st.tuples(st.sampled_from(sorted(fields)), st.sampled_from([2, 3, 4, 6, 7])).flatmap(
        lambda pair: st.tuples(
            st.just(pair[0]),
            st.binary(
                min_size=fields[pair[0]] * (1 if pair[1] < 4 else 2),
                max_size=fields[pair[0]] * (1 if pair[1] < 4 else 2),
            ).map(lambda body: bytes([pair[1]]) + body),
        )
    )


validity = st.one_of(
    st.just(p.Validity()),
    octets(255).map(p.Validity.mki),
    st.builds(lambda a, b: p.Validity(2, b"", a, b), octets(255), octets(255)),
)
key_data = st.builds(
    lambda kind, key, salt, v: p.KeyData(kind, key, salt if kind in SALTED else None, v),
    st.sampled_from([0, 1, 2, 3, 4, 5, 6, 7, 15]),
    octets(40),
    octets(20),
    validity,
)
sp = st.builds(p.Sp, u(8), u(8), st.lists(st.tuples(u(8), octets(9)), max_size=5).map(tuple))
dh_values = st.one_of(sized_by(DH_MODP_LENGTH), points(DH_EC_FIELD))
ticket = (u(16), u(8), u(8), u(7), u(12), u(5), octets(20))
payload = st.one_of(
    st.builds(lambda e, d, t: p.Kemac(e, d, *t), u(8), octets(60), sized_by(MAC_LENGTH)),
    sized_by(TS_LENGTH).map(lambda t: p.Timestamp(*t)),
    st.builds(p.Id, u(8), octets(40)),
    sized_by(MAC_LENGTH).map(lambda t: p.Ver(*t)),
    sp,
    octets(255).map(p.Rand),
    st.builds(p.Err, u(8), u(16)),
    st.builds(p.Extension, u(8), octets(40)),
    st.builds(m.Pke, u(2), octets(40)),
    st.builds(lambda g, v, r: m.Dh(*g, v, r), dh_values, validity, u(4)),
    st.builds(m.Cert, u(8), octets(40)),
    sized_by(HASH_LENGTH).map(lambda t: m.Chash(*t)),
    st.builds(lambda role, t: m.TimestampRole(role, *t), u(8), sized_by(TS_LENGTH)),
    st.builds(m.IdRole, u(8), u(8), octets(40)),
    st.builds(m.RandRole, u(8), octets(255)),
    st.builds(m.TicketPolicy, *ticket),
    st.builds(m.Ticket, *ticket, octets(20), octets(20)),
    st.builds(m.Ibake, octets(40)),
    st.builds(m.Esk, octets(40)),
    st.builds(lambda c, a, t, v, r: m.Eccpt(*c, a, t, v, r), points(CURVE_FIELD), u(8), u(16),
              validity, u(4)),
    st.builds(m.Sakke, u(8), u(8), octets(40)),
)  # fmt: skip
srtp_id = st.builds(SrtpId, u(8), u(32), u(32))
generic_id = st.builds(
    GenericId, u(8), u(8), st.booleans(), octets(127).map(tuple), octets(12), octets(255)
)
header = st.one_of(
    st.builds(Header, u(8), u(32), st.booleans(), u(7), st.just(0),
              st.lists(srtp_id, max_size=5).map(tuple)),
    st.builds(Header, u(8), u(32), st.booleans(), u(7), st.just(1), empty_cs=u(8)),
    st.builds(Header, u(8), u(32), st.booleans(), u(7), st.just(2),
              st.lists(generic_id, max_size=3).map(tuple)),
)  # fmt: skip


def ambiguous(kemac):
    """What would mean something else in a message of RFC 4650."""
    return (kemac.encr, kemac.data, kemac.mac_alg) == p.RFC_4650


sign = st.builds(m.Sign, u(4), octets(40))
message = st.builds(
    lambda h, parts, last: Message(h, (*parts, *last)),
    header,
    st.lists(payload, max_size=6),
    st.lists(sign, max_size=1),
).filter(
    lambda built: (
        built.header.data_type not in (7, 8) or not any(map(ambiguous, built.all(p.Kemac)))
    )
)


def test_every_payload_type_has_a_strategy():
    assert len(PAYLOADS) == 24  # 21 above, SIGN, and the nested KEY_DATA and SK


@settings(max_examples=150, deadline=None)
@given(message)
def test_a_message_comes_back_as_it_was(built):
    encoded = built.encode()
    decoded = Message.decode(encoded)
    assert decoded == built and decoded.encode() == encoded == decoded.raw
    spans = list(walk(encoded))
    assert spans[0].start == 0 and spans[-1].end == len(encoded)
    assert all(a.end == b.start for a, b in zip(spans, spans[1:], strict=False))


@settings(max_examples=120, deadline=None)
@given(st.lists(key_data, max_size=5))
def test_key_data_comes_back_as_it_was(keys):
    assert decode_key_data(encode_key_data(tuple(keys))) == tuple(keys)


@settings(max_examples=120, deadline=None)
@given(st.builds(m.Sk, u(4), octets(40), validity))
def test_sk_comes_back_as_it_was(sk):
    from umikey_peer.buffer import Reader

    reader = Reader(sk.encode(), 1)
    assert m.Sk.parse(reader) == sk and not reader.left


@settings(max_examples=120, deadline=None)
@given(message, st.data())
def test_damage_gives_a_message_or_a_decode_error(built, data):
    spoiled = bytearray(built.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        if spoiled:
            at = data.draw(st.integers(0, len(spoiled) - 1))
            spoiled[at] = data.draw(u(8))
    cut = bytes(spoiled[: data.draw(st.integers(0, len(spoiled)))])
    for candidate in (bytes(spoiled), cut):
        only_decode_errors(candidate)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_octets_give_a_message_or_a_decode_error(data):
    only_decode_errors(data)
    only_decode_errors(b"\1\0" + data)
    try:
        assert encode_key_data(decode_key_data(data)) == data
    except DecodeError as error:
        assert error.number == 12


def only_decode_errors(data):
    try:
        decoded = Message.decode(data)
    except DecodeError as error:
        assert error.number in range(16) and 0 <= error.offset <= len(data)
    else:
        assert decoded.encode() == data


def messages(name):
    """Every message in a vector file."""
    found = []

    def visit(value, key=""):
        if isinstance(value, dict):
            for k, v in value.items():
                visit(v, k)
        elif isinstance(value, list):
            for v in value:
                visit(v, key)
        elif key.lower() in ("i_message", "r_message", "message", "msg1", "msg2", "msg3", "msg4"):
            if isinstance(value, str) and value.startswith("01"):
                found.append(bytes.fromhex(value))

    visit(json.loads((VECTORS / name).read_text()))
    return found


FILES = [f.name for f in sorted(VECTORS.glob("*.json")) if not f.name.startswith("17")]
FILES += ["peers/minisip.json"]


@pytest.mark.parametrize("name", [name for name in FILES if messages(name)])
def test_every_message_of_every_mode_decodes_and_encodes_again(name):
    for octets_ in messages(name):
        assert Message.decode(octets_).encode() == octets_


@pytest.mark.parametrize("name", [name for name in FILES if messages(name)])
def test_truncation_of_every_message_is_a_decode_error(name):
    for octets_ in messages(name)[:4]:
        try:
            Message.decode(octets_)
        except DecodeError:
            continue
        for end in range(0, len(octets_) - 1, 1 if len(octets_) < 500 else 7):
            with pytest.raises(DecodeError):
                Message.decode(octets_[:end])


def test_published_messages_decode_and_encode_again(others):
    entries = json.loads((others / "published.json").read_text())["messages"]
    for entry in entries:
        octets_ = bytes.fromhex(entry["hex"])
        decoded = Message.decode(octets_, tolerate_zero=True)
        assert decoded.encode() == decoded.raw and octets_[len(decoded.raw) :] in (b"", b"\0")


def test_a_chain_has_at_most_256_payloads():
    parts = (p.Err(0),) * 256
    assert len(Message.decode(Message(Header(6, 1), parts).encode()).payloads) == 256
    with pytest.raises(DecodeError):
        Message.decode(Message(Header(6, 1), (*parts, p.Err(0))).encode())
    with pytest.raises(DecodeError):
        decode_key_data(encode_key_data((p.KeyData(0, b"k"),) * 257))


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Header(256, 1).encode(0),
        lambda: Header(0, 1 << 32).encode(0),
        lambda: Header(0, 1, prf=128).encode(0),
        lambda: Header(0, 1, map_type=1, cs=(SrtpId(0),)).encode(0),
        lambda: Header(0, 1, cs=(SrtpId(0),) * 256).encode(0),
        lambda: GenericId(1, policies=tuple(range(128))).encode(),
        lambda: p.Kemac(0, b"", 1, b"short").encode(),
        lambda: p.Timestamp(0, b"1234").encode(),
        lambda: p.Ver(2, bytes(20)).encode(),
        lambda: p.Rand(bytes(256)).encode(),
        lambda: p.Id(0, bytes(65536)).encode(),
        lambda: p.KeyData(0, b"k", b"salt").encode(),
        lambda: p.KeyData(1, b"k").encode(),
        lambda: m.Pke(4, b"").encode(),
        lambda: m.Pke(0, bytes(1 << 14)).encode(),
        lambda: m.Sign(16, b"").encode(),
        lambda: m.Sign(0, bytes(4096)).encode(),
        lambda: m.Chash(0, bytes(19)).encode(),
        lambda: m.TicketPolicy(0, 0, 0, 128, 0, 0, b"").encode(),
        lambda: Message(Header(0, 1), (p.KeyData(0, b"k"),)).encode(),
    ],
)
def test_what_does_not_fit_is_a_value_error(bad):
    with pytest.raises(ValueError):
        bad()
