"""The firmware's codec against every message and payload of the vectors."""

import json
from pathlib import Path

import pytest
from umikey import wire, wire_ext
from umikey.buf import Reader
from umikey.errors import RemoteError
from umikey.policy import find
from umikey.wire import Writer
from wire_again import EXT, HDR, ID, KEMAC, KEY, PULL, SIGN, Parsed, again, chunked, reader

VECTORS = Path(__file__).parent / "vectors"
EXCHANGES = "04 05 06 07 08 09 10 11 14".split()
CHUNKS = (1, 2, 3, 7, 16, 64, 0)
TYPES = {
    "HDR": 0, "SP": 10, "EXT": 21, "ERR": 12, "CHASH": 8, "CERT": 7, "ID": 6, "T": 5, "TR": 13,
    "IDR": 14, "RANDR": 15, "Key": 20, "ECCPT": 25, "SAKKE": 26,
}  # fmt: skip


def _load(number):
    (path,) = VECTORS.glob(f"{number}_*.json")
    return json.loads(path.read_text())


def _layouts(value, where):
    """Every recorded layout below `value` -> (name, [(type, offset, octets)], sibling texts)."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key.endswith("layout"):
                parts = [(p.get("type", 0), p["offset"], bytes.fromhex(p["hex"])) for p in one]
                texts = [v for v in value.values() if isinstance(v, str)]
                yield f"{where}.{key}", parts, texts
            else:
                yield from _layouts(one, f"{where}.{key}")
    elif isinstance(value, list):
        for i, one in enumerate(value):
            yield from _layouts(one, f"{where}[{i}]")


MESSAGES = {
    name: (parts, texts)
    for number in EXCHANGES
    for name, parts, texts in _layouts(_load(number), number)
}
PAYLOADS = {p["payload"]: bytes.fromhex(p["hex"]) for p in _load("12")["payloads"]}

each_message = pytest.mark.parametrize("name", MESSAGES)
each_payload = pytest.mark.parametrize("name", PAYLOADS)


def test_messages_were_found():
    """The layouts are of the messages that stand beside them, and no file was missed."""
    assert {name.split(".")[0].split("[")[0] for name in MESSAGES} == set(EXCHANGES) - {"09"}
    for parts, texts in MESSAGES.values():
        assert b"".join(octets for _, _, octets in parts).hex() in texts
    assert len(MESSAGES) >= 40


@each_message
def test_item_2_layout_in_every_chunk_size(name):
    parts, _ = MESSAGES[name]
    message = b"".join(octets for _, _, octets in parts)
    want = [(kind, offset) for kind, offset, _ in parts]
    for size in CHUNKS:
        got = Parsed(message, chunked(len(message), size))
        assert got.done and got.events == want, size
        assert got.taken == len(message)
        assert got.stream.hold[: got.stream.n] == message
    assert all(kind != SIGN for kind, _ in want[:-1])  # item 3


@each_message
def test_items_3_7_octets_after_the_end_are_not_taken(name):
    message = b"".join(octets for _, _, octets in MESSAGES[name][0])
    got = Parsed(message + b"\0\xff", [len(message) + 2])
    assert got.done and got.taken == len(message)


@each_message
def test_item_5_every_truncation_is_incomplete(name):
    """The stream waits at every octet but the last, and every pull_ of a cut payload says so."""
    parts, _ = MESSAGES[name]
    message = b"".join(octets for _, _, octets in parts)
    got = Parsed(message[:-1], chunked(len(message) - 1, 1))
    assert not got.done and got.error is None
    for kind, at, octets in parts:
        for end in range(at, at + len(octets)):
            with pytest.raises(RemoteError):
                PULL[kind](reader(message, at, end, kind))


@each_message
def test_item_2_pull_and_push_again(name):
    parts, _ = MESSAGES[name]
    message = b"".join(octets for _, _, octets in parts)
    for kind, at, octets in parts:
        assert again(kind, message, at, at + len(octets)) == octets, kind
        if kind == EXT:
            _extension_again(octets)


@each_message
def test_item_108_passing_through_leaves_a_chain(name):
    """With long data passed by, what is held is still a well-formed chain, and nothing is lost."""
    parts, _ = MESSAGES[name]
    message = b"".join(octets for _, _, octets in parts)
    for size in (1, 5, 0):
        got = Parsed(message, chunked(len(message), size), limit=4)
        assert got.done and [kind for kind, _ in got.events] == [kind for kind, _, _ in parts]
        passed = 0
        for kind, at, end in got.payloads():
            again(kind, got.stream.hold, at, end)
            if kind in (7, 21) and end - at == 4:
                passed += 1
        long = [octets[4:] for kind, _, octets in parts if kind in (7, 21) and len(octets) > 8]
        assert got.owner.passed == b"".join(long) and passed >= len(long)


def _link(kind, octets):
    """`octets` behind a header that names it."""
    return bytes((1, 0, kind, 0, 1, 2, 3, 4, 0, 1)) + octets


def _extension_again(octets):
    r = Reader(octets, 0, len(octets))
    kind, at, n = wire.pull_id(r)
    items = wire_ext.pull_ext(Reader(octets, at, at + n), kind)
    w = Writer(bytearray(len(octets)))
    wire_ext.push_ext(w, kind, [(what, octets[i : i + k]) for what, i, k in items])
    assert w.buf[: w.close()][1:] == octets[1:]
    return [(what, octets[i : i + k]) for what, i, k in items]


@each_payload
def test_items_5_6_stand_alone_payload(name):
    octets = PAYLOADS[name]
    kind = TYPES[name.split()[0]]
    for size in CHUNKS:
        if kind == KEY:  # never in clear (RFC 3830 6.13): a stream refuses it
            got = Parsed(_link(kind, octets), [99])
            assert got.error[0] == 13
            continue
        whole = octets if kind == HDR else _link(kind, octets)
        got = Parsed(whole, chunked(len(whole), size))
        assert got.done and got.stream.n == len(whole)
        assert len(got.events) == (1 if kind == HDR else 2)
        for end in range(len(whole)):
            assert not Parsed(whole[:end], chunked(end, size)).done
    for end in range(len(octets)):
        with pytest.raises(RemoteError):
            PULL[kind](reader(octets, 0, end, kind))
    assert again(kind, octets, 0, len(octets)) == octets


CONTENTS = {
    "EXT Vendor ID": [(0, b"ExampleVendor/1.0")],
    "EXT SDP IDs 'mikey'": [(0, b"mikey")],
    "EXT SDP IDs 'mikey;keyp1;keyp2'": [(0, b"mikey"), (0, b"keyp1"), (0, b"keyp2")],
    "EXT TESLA initial key": [(0, bytes.fromhex("6ff105382753ede55253d8ac11991c97f864907a"))],
    "EXT Key ID: MBMS domain/MSK/MTK ids (RFC 4563)": [
        (0, b"\x11\x22\x33"), (1, b"\0\1\0\2"), (2, b"\0\3"),
    ],
    "EXT CSB_ID (RFC 4738)": [(0, bytes.fromhex("0badcafe"))],
    "EXT OMA BCAST STKM subtype 2 (RFC 5410)": [(2, bytes.fromhex("b7bfca585f37aaf5"))],
}  # fmt: skip


@pytest.mark.parametrize("name", CONTENTS)
def test_items_66_109_110_contents_of_extensions(name):
    assert _extension_again(PAYLOADS[name]) == CONTENTS[name]


def test_item_66_tesla_policy():
    octets = PAYLOADS["SP TESLA (RFC 4442, prot type 1)"]
    no, prot, at, n = wire.pull_sp(Reader(octets, 0, len(octets)))
    assert (no, prot) == (3, 1)
    got = wire_ext.pull_tesla(Reader(octets, at, at + n))
    assert got[1:5] == [0, 160, 0, 80] and got[6:9] == [500, 2, 7200]
    assert octets[got[5] :][:8].hex() == "e57a8ec080000000" == octets[got[9] :][:8].hex()
    w = Writer(bytearray(n))
    places = [(what, *find(octets, what, at)) for what in range(1, 10)]
    wire_ext.push_tesla(w, [(what, octets[i : i + k]) for what, i, k in places])
    assert w.buf == octets[at : at + n]


def test_item_17_generic_id():
    octets = PAYLOADS["HDR TRANSFER_INIT with GENERIC-ID map, S=1, #P=1"]
    f = wire.pull_hdr(Reader(octets, 0, len(octets)))
    assert (f[0], f[1], f[2], f[4], f[5]) == (14, 1, 1, 1, 2)
    g = wire_ext.pull_generic_id(Reader(octets, f[6], f[6] + f[7]))
    assert g == (1, 0, 1, f[6] + 3, 1, f[6] + 6, 10, f[6] + 17, 4)


def _plaintexts(value):
    if isinstance(value, dict):
        for key, one in value.items():
            if "plaintext" in key and isinstance(one, str):
                yield bytes.fromhex(one)
            else:
                yield from _plaintexts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _plaintexts(one)


WITH_ID = ("06", "08", "10")  # there the encrypted data begins with an ID (RFC 3830 6.2)


def _keys_again(octets, kind=KEY):
    """The chain of sub-payloads in decrypted key data -> {(key type, KV)}."""
    found = set()
    at = 0
    while kind:
        r = reader(octets, at, len(octets), kind)
        fields = PULL[kind](r)
        assert again(kind, octets, at, r.at) == octets[at : r.at]
        if kind == KEY:
            found.add((fields[0], fields[5]))
        kind, at = r.np, r.at
    assert at == len(octets)
    return found


def test_items_54_55_56_key_data_of_all_exchanges():
    found = set()
    for number in EXCHANGES:
        for octets in _plaintexts(_load(number)):
            found |= _keys_again(octets, ID if number in WITH_ID else KEY)
    assert {(0, 0), (1, 1), (3, 2)} <= found


def test_items_55_58_key_data_in_clear_under_null():
    """The unprotected mode, and what cameras and GStreamer send (RFC 5197 3.4)."""
    found = set()
    for octets in [b"".join(o for _, _, o in MESSAGES["04.null_null_tek.layout"][0]), *_peers()]:
        for kind, at, end in Parsed(octets, [len(octets)]).payloads():
            if kind == KEMAC and octets[at + 1] == 0:
                _, i, n, *_ = wire.pull_kemac(Reader(octets, at, end))
                found |= _keys_again(octets[i : i + n]) if n else set()
    assert (2, 0) in found


def test_item_8_unknown_payload_types():
    known = {kind for kind in PULL if kind not in (HDR, KEY, 24)}
    for kind in range(1, 256):
        got = Parsed(_link(kind, b"\0" * 600), [610])
        assert (kind in known) == (got.error is None or got.error[0] != 13), kind


def test_item_57_kemac_length_limit():
    from umikey.errors import LocalError

    with pytest.raises(LocalError):
        wire.push_kemac(Writer(bytearray(8)), 1, 65535)
    octets = b"\0\1\xff\xff" + b"\0" * 65535 + b"\1" + b"\0" * 20
    with pytest.raises(RemoteError):
        wire.pull_kemac(Reader(octets, 0, len(octets)))


def test_item_86_literal_rfc_4650_numbers():
    """MAC alg 0 has 20 octets in DHHMAC messages with Encr alg 2 and no data, nowhere else."""
    (one,) = [n for n, (p, _) in MESSAGES.items() if n == "05.exchanges[1].I_layout"]
    message = b"".join(octets for _, _, octets in MESSAGES[one][0])
    assert Parsed(message, [len(message)]).stream.n == len(message)
    other = b"\1\0" + message[2:]  # the same as a PSK message: NULL MAC, 20 octets too many
    assert Parsed(other, [len(message)]).stream.n == len(message) - 20


@pytest.mark.parametrize("case", _load("17")["cases"], ids=lambda c: c["name"].replace(" ", "-"))
def test_items_5_6_malformed_messages(case):
    """Whatever the engine says later: the codec ends with a result or a RemoteError."""
    message = bytes.fromhex(case["message"])
    results = set()
    for size in CHUNKS:
        got = Parsed(message, chunked(len(message), size))
        results.add((got.done, got.error, tuple(got.events)))
    assert len(results) == 1


def test_item_2_examples_of_rfc_4567_and_peers():
    messages = list(_peers())
    assert len(messages) > 20
    for octets in messages:
        got = Parsed(octets, chunked(len(octets), 7))
        assert got.done and len(octets) - got.taken <= 1  # one stray 00 (SPEC A28)
        for kind, at, end in got.payloads():
            assert again(kind, octets, at, end) == octets[at:end]


def _peers():
    for path in [VECTORS / "13_transport.json", *sorted((VECTORS / "peers").glob("*.json"))]:
        yield from _hex_messages(json.loads(path.read_text()))


def _hex_messages(value):
    if isinstance(value, dict):
        for key, one in value.items():
            if isinstance(one, str) and (key == "hex" or key.endswith("_message")):
                yield bytes.fromhex(one)
            else:
                yield from _hex_messages(one)
    elif isinstance(value, list):
        for one in value:
            yield from _hex_messages(one)
