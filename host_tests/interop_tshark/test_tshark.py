"""Wireshark's dissector reads every kind of message that we send for the PSK mode.

All messages go through tshark in one capture. It must show the header and every payload, each with
the octets that it has, and no mark of anything malformed.
"""

import os
import re

import pytest
import tshark_messages
import tshark_tool
from craft import ID_I, ID_R, SP, TGK, TS

VERSION = tshark_tool.version()
# Known by number only: the payload is shown whole, with one of these names.
NO_NAME = (
    "CS ID map type: Unknown (1)",
    "PRF func: Unknown (1)",
    "Encr alg: Unknown (3)",
    "Extension type: Unknown (3)",
    "Extension type: Unknown (77)",
    "General Extension (EXT) Type: Unknown",
)


@pytest.fixture(scope="module", autouse=True)
def tshark():
    if VERSION is None:
        reason = "tshark is not installed: what Wireshark makes of our messages was not tested"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)


@pytest.fixture(scope="module")
def known(tshark, tmp_path_factory):
    messages = tshark_messages.known()
    shown = tshark_tool.dissect(list(messages.values()), tmp_path_factory.mktemp("tshark"))
    return {name: (m, s) for (name, m), s in zip(messages.items(), shown, strict=True)}


@pytest.fixture(scope="module")
def unknown(tshark, tmp_path_factory):
    messages = {
        f"{kind}: {name}": m
        for kind, named in tshark_messages.unknown().items()
        for name, m in named.items()
    }
    shown = tshark_tool.dissect(list(messages.values()), tmp_path_factory.mktemp("tshark"))
    return {name: (m, s) for (name, m), s in zip(messages.items(), shown, strict=True)}


def problems(shown, layout):
    """What is not as it should be, for people; empty where tshark shows all of the message."""
    if shown.mikey is None:
        return ["not seen as MIKEY"]
    found = list(shown.others)
    if "MIKEY" not in shown.summary:
        found.append(f"dissected in part: {shown.summary}")
    tree = [(f.name, f.at, f.size) for f in shown.payloads()]
    if tree != layout or shown.mikey.size != sum(size for _, _, size in layout):
        found.append(f"payloads {tree}, not {layout}")
    for text in shown.mikey.texts:
        if "Unknown" in text and not text.endswith(NO_NAME):
            found.append(text)
        if re.search("malformed|invalid|truncated", text, re.IGNORECASE):
            found.append(text)
    return found


def test_every_message_is_shown_whole(known, note):
    for name, (message, shown) in known.items():
        assert not problems(shown, tshark_tool.layout(message)), name
    note("measured", f"tshark {VERSION[0]}.{VERSION[1]} shows {len(known)} of our messages whole")
    assert len(known) > 80


@pytest.mark.parametrize("kind", [*tshark_messages.UNKNOWN, "GENERIC-ID"])
def test_what_tshark_does_not_know(unknown, kind):
    """The declared list: tshark 4.0 fails on each of these."""
    if VERSION != (4, 0):
        pytest.skip(f"tshark {VERSION[0]}.{VERSION[1]} may know more than 4.0 does")
    asked = {name: both for name, both in unknown.items() if name.startswith(kind)}
    assert asked
    for name, (message, shown) in asked.items():
        assert problems(shown, tshark_tool.layout(message)), f"tshark knows it: {name}"


def test_what_is_shown_of_a_message(known):
    for maker in ("firmware", "peer"):
        m, shown = known[f"three streams, one without SSRC: I_MESSAGE of the {maker}"]
        tree = shown.mikey
        assert tree.one("type") == "0" and tree.one("v.set") == "1"
        assert int(tree.one("csb_id"), 16) == int.from_bytes(m[4:8], "big")
        assert tree.one("cs_count") == "3" and tree.one("cs_id_map_type") == "0"
        ssrcs = [int(f.show, 16) for f in tree.all("srtp_id.ssrc")]
        assert ssrcs == [0x11111111, 0, 0x33333333]
        assert [f.show for f in tree.all("srtp_id.policy_no")] == ["0", "0", "1"]
        assert [f.show for f in tree.all("id.data")] == [ID_I.decode(), ID_R.decode()]
        assert [f.show for f in tree.all("sp.auth_tag_len")] == ["10", "4"]
        assert tree.one("rand.data").replace(":", "") in m.hex()
        assert tree.one("kemac.encr_alg") == "1" and tree.one("kemac.mac_alg") == "1"
        assert tree.one("kemac.mac").replace(":", "") == m[-20:].hex()
        assert tree.one("t.ts_type") == "0" and "2022" in tree.one("t.ntp")


def test_what_is_shown_of_an_answer(known):
    for maker in ("firmware", "peer"):
        m, shown = known[f"three streams, one without SSRC: R_MESSAGE of the {maker}"]
        tree = shown.mikey
        assert tree.one("type") == "1" and tree.one("v.set") == "0"
        assert tree.one("v.ver_data").replace(":", "") == m[-20:].hex()
        assert all(int(f.show, 16) for f in tree.all("srtp_id.ssrc"))


def test_what_is_shown_of_an_error(known):
    for maker in ("firmware", "peer"):
        _, shown = known[f"Error 10, with V and SP, of the {maker}"]
        tree = shown.mikey
        assert tree.one("type") == "6" and tree.one("err.no") == "10"
        assert tree.one("v.auth_alg") == "1" and tree.one("sp.encr_alg") == "1"
        _, shown = known[f"Error 0, plain, of the {maker}"]
        assert shown.mikey.one("err.no") == "0" and not shown.mikey.all("v")


def test_what_is_shown_of_keys_in_clear(known):
    for maker in ("firmware", "peer"):
        _, shown = known[f"NULL, MKI: I_MESSAGE of the {maker}"]
        tree = shown.mikey
        assert tree.one("key.type") == "1" and tree.one("key.kv") == "1"
        assert tree.one("key.kv.spi").replace(":", "") == "0000002a"
        assert tree.one("key.salt").replace(":", "") == tshark_messages.SALT.hex()
        _, shown = known[f"NULL, two keys: I_MESSAGE of the {maker}"]
        tree = shown.mikey  # of several keys tshark 4.0 reads the first
        assert tree.all("key.type")[0].show == "3" and tree.all("key.kv")[0].show == "2"
        assert tree.all("key.data")[0].show.replace(":", "") == TGK.hex()


def test_a_bad_message_has_a_problem(tmp_path):
    """What `problems` is for: each of these differs from a good one in one thing."""
    good = tshark_messages.exchange({})["I_MESSAGE of the firmware"]
    wrong = (
        good[:-1],  # a MAC too short
        good[:3] + bytes([good[3]]) + good[4:9] + b"\7" + good[10:],  # a map type that is not
        good.replace(ID_I, ID_I[:-1], 1),  # an identity shorter than its length says
        good.replace(TS[:4], b"", 1),
        good + b"\0" * 4,
        good.replace(SP, SP[:-1] + b"", 1),
    )
    right, *others = tshark_tool.dissect([good, *wrong], tmp_path)
    layout = tshark_tool.layout(good)
    assert not problems(right, layout)
    for message, shown in zip(wrong, others, strict=True):
        assert problems(shown, layout), message.hex()
