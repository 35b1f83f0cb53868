"""Reading messages for people: the tree, where messages are found, keys that open them."""

import base64
import json
import struct

import pytest
from peer_world import ALICE, BOB, KEY, VECTORS, DhPair, Pair, exchange, remade
from umikey_peer import KeyData, Message, Psk, Stream, Validity
from umikey_peer import extensions as ext
from umikey_peer.credentials import ConfigError
from umikey_peer.inputs import find
from umikey_peer.tree import fingerprint, read
from umikey_peer.unlock import Unlocker
from umikey_peer.vectors.dhhmac import LITERAL

GOOD = bytes.fromhex(exchange()["I_MESSAGE"])
TRANSPORT = json.loads((VECTORS / "13_transport.json").read_text())


def lines(root):
    return [node.text for _, node in root.lines()]


def all_octets():
    """Everything in the vectors that could be a message."""
    for path in sorted(VECTORS.glob("*.json")):
        for word in path.read_text().split('"'):
            if word.startswith("01") and len(word) > 20:
                try:
                    yield bytes.fromhex(word)
                except ValueError:
                    pass


def test_the_tree_names_every_field_with_its_offset():
    root = read(GOOD)
    flat = {node.text: node for _, node in root.lines()}
    assert flat["CSB ID: 1a2b3c4d"].start == 4
    assert flat['identity: "sip:alice@example.com"'].start == 58
    assert flat["MAC: " + GOOD[-20:].hex()].end == len(GOOD)
    assert "TS value: e57a8ec080000000 (2022-01-01 08:26:40.500000 UTC)" in flat
    assert "means: AES-CM-128 HMAC-SHA-1, tag 10" in flat
    assert not any(node.bad for node in flat.values())


def test_the_offsets_of_every_message_add_up():
    for octets in all_octets():
        root = read(octets)
        for part in root.children:
            children = [node for node in part.children if node.start >= 0]
            if children and not part.bad:
                assert children[0].start == part.start and children[-1].end == part.end


def test_a_malformed_message_is_shown_up_to_the_error():
    for end in range(len(GOOD)):
        root = read(GOOD[:end])
        bad = [node for node in root.children if node.bad]
        assert len(bad) == 1 and "not understood" in bad[0].text and bad[0].start <= end
    texts = lines(read(GOOD[:100]))
    assert any("ID needs 4 more octets (error 12)" in text for text in texts)
    assert "RAND: 4dbdd0524f215c4b74b175776e8dfb6e" in texts
    assert "rest:" in lines(read(GOOD + b"\xff"))[-1]
    assert "tolerated" in lines(read(GOOD + b"\0", tolerate_zero=True))[-1]


def test_private_and_unknown_numbers_have_names():
    texts = lines(read(b"\1\xf5\0\x7f" + bytes(6)))
    assert "data type: private 245 (245)" in texts
    assert "unknown" in lines(read(b"\1\x30\0\x05" + bytes(6)))[5]


def test_keys_show_as_fingerprints_unless_asked_for():
    key = KeyData(1, b"TGK of 16 octets", b"salt 14 octets", Validity.mki(b"\7"))
    pair = Pair(keys=(key,), encr=0, mac=0, allow_null=True)
    octets = pair.me.start()
    hidden, shown = lines(read(octets)), lines(read(octets, show_keys=True))
    assert key.key.hex() not in " ".join(hidden) and key.key.hex() in " ".join(shown)
    assert f"key: {fingerprint(key.key)}" in hidden and "SPI/MKI: 07" in hidden


def test_extensions_are_explained():
    extensions = (
        ext.key_ids((0, b"\1"), (9, b"\2")), ext.oma_bcast(2, b"x"), ext.tesla_key(b"T" * 20),
        ext.sdp_ids("mikey"),
    )  # fmt: skip
    texts = lines(read(Pair(extensions=extensions).me.start()))
    assert "MBMS key domain: 01" in texts and "key ID 9: 02" in texts and "STKM" in texts
    assert 'data: "mikey"' in texts and (b"T" * 20).hex() not in " ".join(texts)


@pytest.mark.parametrize(
    "text,what",
    [
        (GOOD.hex(), "hex"),
        (GOOD.hex().upper(), "hex"),
        (GOOD.hex(" "), "hex"),
        (GOOD.hex(":"), "hex"),
        ("\n".join(GOOD.hex()[i : i + 60] for i in range(0, len(GOOD) * 2, 60)), "hex"),
        (base64.b64encode(GOOD).decode(), "base64"),
        (base64.encodebytes(GOOD).decode(), "base64"),
        (TRANSPORT["sdp"], "SDP key-mgmt"),
        ("v=0\r\n" + TRANSPORT["sdp"] + "\r\nm=audio 1 RTP/SAVP 0", "SDP key-mgmt"),
        (TRANSPORT["rtsp_header"], "RTSP KeyMgmt"),
        (TRANSPORT["rtsp2_transport_param"], "RTSP 2.0 Transport"),
    ],
)
def test_messages_are_found_in_text(text, what):
    assert find(text.encode()) == [(what, GOOD)]


def test_several_messages_are_found():
    answer = exchange()["R_MESSAGE"]
    assert [o for _, o in find(f"{GOOD.hex()}\n{answer}\n".encode())] == [
        GOOD,
        bytes.fromhex(answer),
    ]
    two = f"a=key-mgmt:mikey {base64.b64encode(GOOD).decode()}\n" * 2
    assert len(find(two.encode())) == 2
    assert find(GOOD) == [("octets", GOOD)]


@pytest.mark.parametrize(
    "text,reason",
    [(b"", "nothing"), (b"hello", "neither"), (b"012", "one is missing"), (b"\xff\xfe", "no text"),
     (b"AQAF!", "neither"), (b"AQAFg", "base64"), (b"\x0a\x0d\x0d\x0a", "pcapng")],
)  # fmt: skip
def test_what_is_no_message_is_told_in_one_line(text, reason):
    with pytest.raises(ConfigError) as caught:
        find(text)
    assert reason in str(caught.value) and "\n" not in str(caught.value)


def udp4(payload, source=5000, destination=2269, fragment=0):
    udp = struct.pack(">HHHH", source, destination, 8 + len(payload), 0) + payload
    head = struct.pack(">BBHHHBBH8x", 0x45, 0, 20 + len(udp), 0, fragment, 64, 17, 0)
    return head + udp


def udp6(payload):
    udp = struct.pack(">HHHH", 2269, 5000, 8 + len(payload), 0) + payload
    return struct.pack(">IHBB32x", 6 << 28, len(udp), 17, 64) + udp


def capture(packets, link=101, order="<", magic=0xA1B2C3D4):
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    for packet in packets:
        out += struct.pack(order + "IIII", 0, 0, len(packet), len(packet)) + packet
    return out


@pytest.mark.parametrize("order", "<>")
def test_captures(order):
    packets = [udp4(GOOD), udp4(b"other", 53, 53), udp6(b"\1six"), udp4(GOOD, fragment=1), b"short"]
    found = find(capture(packets, order=order))
    assert [octets for _, octets in found] == [GOOD, b"\1six"]
    assert found[0][0] == "packet 1, UDP 5000 -> 2269"
    ethernet = [bytes(12) + b"\x08\x00" + udp4(GOOD), bytes(12) + b"\x81\0\0\0\x08\0" + udp4(GOOD)]
    assert len(find(capture(ethernet, link=1, order=order))) == 2
    for broken in (capture([b"x"]), capture([], link=77), capture([])[:10]):
        with pytest.raises(ConfigError):
            find(broken)
    whole = capture(packets)
    for end in range(24, len(whole)):
        try:
            find(whole[:end])
        except ConfigError:
            pass


def test_keys_verify_and_open_a_whole_exchange():
    pair = Pair(mki=b"\0\0\0\1")
    octets = [pair.me.start()]
    octets.append(pair.srv.handle(octets[0]).answer)
    pair.me.feed(octets[1])
    octets.append(pair.later().me.update(add=(Stream(5),)))
    octets.append(pair.srv.handle(octets[2]).answer)
    bad = pair.srv.handle(octets[0][:-1] + b"!" if octets[0][-1:] != b"!" else b"?").answer

    def texts(psks, rand=b"", start=0):
        unlocker = Unlocker(psks, rand)
        return [
            [node.text for top in unlocker.nodes(Message.decode(m)) for _, node in top.lines()]
            for m in octets[start:]
        ]

    right = texts([Psk(b"other"), Psk(KEY, ALICE, BOB)])
    assert [t[0] for t in right] == [
        f"MAC: correct with the key of {ALICE}", "V: correct",
        f"MAC: correct with the key of {ALICE}", "V: correct",
    ]  # fmt: skip
    assert any(text.startswith("key: 16 octets, fingerprint") for text in right[0])
    assert "SPI/MKI: 00000001" in right[0]
    assert all("wrong" in t[0] for t in texts([Psk(b"other")]))
    assert "--rand" in texts([Psk(KEY)], start=2)[0][0]
    assert "correct" in texts([Psk(KEY)], pair.me._bundle.rand, 2)[0][0]
    assert bad is None or Unlocker([Psk(KEY)]).nodes(Message.decode(bad))[0].text


def test_the_unlocker_survives_every_vector_message():
    unlocker = Unlocker([Psk(KEY)], b"rand")
    count = 0
    for octets in all_octets():
        try:
            message = Message.decode(octets)
        except Exception:  # noqa: BLE001
            continue
        assert unlocker.nodes(message)
        count += 1
    assert count > 50


@pytest.mark.parametrize("literal", [False, True])
def test_keys_verify_a_whole_dh_hmac_exchange(literal):
    pair = DhPair(mki=b"\0\0\0\1", dh={"group": 1})
    octets = [pair.me.start()]
    if literal:
        octets[0] = remade(octets[0], end=LITERAL)
    octets.append(pair.srv.handle(octets[0]).answer)
    pair.me.feed(octets[1])
    octets.append(pair.later().me.update(rekey=False))
    octets.append(pair.srv.handle(octets[2]).answer)
    stranger = DhPair(dh={"group": 2}, srv_dh={"groups": (0,)}, csb_id=9)
    octets.append(stranger.me.start())
    octets.append(stranger.srv.handle(octets[4]).answer)  # an authentic Error message
    for psks, word in (([Psk(b"other"), Psk(KEY, ALICE)], "correct"), ([Psk(b"other")], "wrong")):
        unlocker = Unlocker(psks)
        for message in octets:
            nodes = unlocker.nodes(Message.decode(message))
            assert len(nodes) == 1 and nodes[0].text.startswith(f"MAC: {word}"), nodes
            assert nodes[0].bad == (word == "wrong")
    assert "--rand" in Unlocker([Psk(KEY)]).nodes(Message.decode(octets[1]))[0].text
    assert (
        "correct"
        in Unlocker([Psk(KEY)], pair.me._bundle.rand).nodes(Message.decode(octets[3]))[0].text
    )
    spoiled = Message.decode(octets[1][:-1] + bytes([octets[1][-1] ^ 1]))
    assert "wrong" in Unlocker([Psk(KEY)], pair.me._bundle.rand).nodes(spoiled)[0].text
    texts = lines(read(octets[0]))
    assert "group: OAKLEY-1 (1)" in texts and "SPI/MKI: 00000001" in texts
    assert ("encryption: NULL in RFC 4650 (2)" in texts) == literal
    assert "group: MODP-2048 (241)" in lines(read(b"\1\7\3\0" + bytes(6) + b"\0\xf1" + bytes(257)))
    assert "group: P-256 (10)" in lines(read(b"\1\4\3\0" + bytes(6) + b"\0\x0a\4" + bytes(65)))
