"""Checklist items 26 and 32 to 41 of docs/spec.md, section 13, and 45, for PSK on every target.

What is derived and encrypted is compared with the vectors, a few of each kind; test_vectors.py has
them all. Constants and labels are spelt out here once more.
"""

import json
from pathlib import Path

import pytest
from craft import CSB, ID_I, NOW, PSK, RAND, TGK, TS, I, key_data
from driver import Heard, octets
from psk_steps import feeds, hears, initiator, responder

VECTORS = Path(__file__).parent / "vectors"
PRF = json.loads((VECTORS / "01_prf.json").read_text())["cases"]
CIPHER = json.loads((VECTORS / "03_kemac_cipher.json").read_text())["cases"]
KEYS = json.loads((VECTORS / "02_keys.json").read_text())
CONSTANTS = {  # RFC 3830 4.1.3 and 4.1.4, by the number that the firmware's table gives them
    0: "2ad01c64", 1: "1b5c7973", 2: "15798cef", 3: "39a2c14b",
    4: "150533e1", 5: "2d22ac75", 6: "29b88916",
}  # fmt: skip
LONG = {1, 16, 32, 33, 192}  # octets of inkey that the item names


def later(seconds):
    return (int.from_bytes(TS[:4], "big") + seconds).to_bytes(4, "big") + TS[4:]


def test_item_026_full_replay_cache(agent):
    """When there is no room to remember a message, it is refused until the oldest has passed."""
    responder(agent, size=2)
    for n in (1, 2):
        assert agent.hear(I(csb=bytes([n] * 4), ts=later(n)).encode()).what == "ok"
    third = I(csb=b"abcd", ts=later(3)).encode()
    assert agent.hear(third) == Heard("ReplayError/None", b"")
    agent.call("clock", now=NOW + 290)
    assert agent.hear(third) == Heard("ReplayError/None", b"")
    agent.call("clock", now=NOW + 302)  # the first is 301 s old
    assert agent.hear(third).what == "ok"


def test_item_026_after_a_restart(agent):
    """What was accepted before is not known: nothing is accepted for one window."""
    m = I().encode()
    responder(agent, now=NOW - 200, quarantine=300)
    assert agent.hear(m) == Heard("ReplayError/None", b"")
    agent.call("clock", now=NOW + 99)
    assert agent.hear(m) == Heard("ReplayError/None", b"")
    agent.call("clock", now=NOW + 100)
    assert agent.hear(m).what == "ok"


@pytest.mark.parametrize("func", (0, 1))
def test_item_032_033_prf(agent, func):
    cases = [c for c in PRF if c["prf_func"] == func and len(c["inkey"]) // 2 in LONG]
    assert {len(c["inkey"]) // 2 for c in cases} == LONG
    assert {c["outkey_len"] for c in cases} >= {4, 14, 16, 20, 21, 30, 32, 46}
    for c in cases:
        args = {"key": octets(c["inkey"]), "label": octets(c["label"]), "n": c["outkey_len"]}
        assert agent.call("prf", f=func, **args) == c["outkey"]


def derive(agent, what, cs, key, n, func=0):
    csb, rand = octets(KEYS["csb_id"]), octets(KEYS["RAND"])
    answer = agent.call("derive", f=func, csb=csb, rand=rand, what=what, cs=cs, key=key, n=n)
    return answer.split(" ")


def test_item_034_labels(agent):
    for what, constant in CONSTANTS.items():
        for cs in (1, 2, 254) if what < 4 else (255,):
            label, _ = derive(agent, what, cs, TGK, 16)
            assert label == constant + f"{cs:02x}" + KEYS["csb_id"] + KEYS["RAND"]


def test_item_035_keys_of_a_crypto_session(agent):
    for c in KEYS["tgk_cases"][:2]:
        for k in c["keys"]:
            names = ("TEK", "auth_key_20", "encr_key_16", "salt")
            for what, name in enumerate(names):
                n = len(k[name]) // 2
                got = derive(agent, what, k["cs_id"], octets(c["tgk"]), n, c["prf_func"])
                assert got[1] == k[name], name


def test_item_037_keys_of_a_message(agent):
    for c in KEYS["psk_cases"][:2]:
        for what, name in ((4, "encr_key"), (5, "auth_key"), (6, "salt_key_14")):
            got = derive(agent, what, 255, octets(c["psk"]), len(c[name]) // 2, c["prf_func"])
            assert got[1] == c[name], name


@pytest.mark.parametrize(("prf", "mac"), ((0, 1), (0, 2), (1, 1), (1, 2)))
def test_item_038_auth_key_is_as_long_as_the_tag(agent, prf, mac):
    made = I(prf=prf, mac=mac).encode()
    assert initiator(agent, prf=prf, mac=mac) == made
    heard = hears(agent, made)
    assert heard.what == "ok"
    initiator(agent, prf=prf, mac=mac)
    assert feeds(agent, heard.answer) == "keys"


@pytest.mark.parametrize(("ts_type", "ts"), ((0, TS), (2, b"\0\0\0\7"), (3, TS[:4])))
@pytest.mark.parametrize("encr", (1, 3))
def test_item_039_040_aes_cm(agent, encr, ts_type, ts):
    """The key data, encrypted by the test's own AES-CM, with each form of T in the IV."""
    made = I(encr=encr, ts_type=ts_type, ts=ts).encode()
    assert initiator(agent, encr=encr, ts_type=ts_type, ts=ts) == made
    assert hears(agent, made).what == "ok"
    want = hears(agent, I(encr=0, mac=0).encode(), null=1)
    tek = agent.keys("srv").sessions[0].tek
    assert want.what == "ok" and hears(agent, made).what == "ok"
    assert agent.keys("srv").sessions[0].tek == tek, "the same TGK came out"


def test_item_039_keystream(agent):
    c = CIPHER[0]
    key, iv = octets(c["encr_key"]), octets(c["IV"])
    n = len(c["keystream"]) // 2
    assert agent.call("cm", key=key, iv=iv, data=bytes(n)) == c["keystream"]
    assert agent.call("cm", key=key, iv=b"\xff" * 16, data=bytes(32))[32:] == agent.call(
        "cm", key=key, iv=bytes(16), data=bytes(16)
    ), "the counter block is a number modulo 2^128"


def test_item_041_key_wrap(agent):
    (c,) = (c for c in CIPHER if "kek" in c)
    args = {"key": octets(c["kek"]), "iv": octets(c["salt_key_8"]), "data": octets(c["plaintext"])}
    assert agent.call("kw", **args) == c["wrapped"] + " " + c["plaintext"]
    keys = f"0/{bytes(20).hex()}/-/0/-/-"  # 24 octets of key data: whole blocks
    agent.call("initiator", psk=PSK, idi=ID_I, idr=b"sip:bob@example.com", cs="11111111/0/",
               csb=CSB, rand=RAND, encr=2, keys=keys)  # fmt: skip
    m = octets(agent.call("start", ts=TS))
    assert m[-21 - 32 - 3] == 2 and key_data(bytes(20)) not in m
    heard = hears(agent, m)
    assert heard.what == "ok" and feeds(agent, heard.answer) == "keys"
    assert agent.keys("me") == agent.keys("srv")
    spoilt = I(encr=2, keys=bytes(32)).encode()
    assert hears(agent, spoilt).what == "AuthError/0", "not wrapped under this key"


def test_item_045_a_flipped_bit_in_every_octet(agent):
    """test_hostile.py has every bit; here one of each octet, or of every eighth on a board."""
    m = I().encode()
    responder(agent)
    for at in range(0, len(m), 8 if agent.target.startswith("qemu") else 1):
        heard = agent.hear(m[:at] + bytes([m[at] ^ 1 << at % 8]) + m[at + 1 :])
        assert heard.what != "ok" and heard.outcome != "accepted", at
    assert agent.hear(m).what == "ok"
