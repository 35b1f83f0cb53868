"""Every truncation and every flipped bit of the vectors' PSK messages, in both roles.

The loop runs on the target (device/hostile_loop.py): thousands of messages would spend their time
on the way to it.
"""

import json
from pathlib import Path

import pytest
import scripts
from umikey_dev.vectors import Tally
from umikey_dev.vectors_psk import Message, key_words

VECTORS = Path(__file__).parent / "vectors"
PSK = json.loads((VECTORS / "04_psk_exchange.json").read_text())
EXCHANGES = PSK["exchanges"]
NEGATIVE = json.loads((VECTORS / "17_negative.json").read_text())["cases"]
# What runs where: all on CPython. An exchange takes the board a minute; the first is the usual one,
# the second has SHA-256 and AES-256, the third a COUNTER.
SAMPLE = {"cpython": (0, 1, 2, 3, 4), "unix": (0, 1, 2, 3, 4), "qemu-m3": (0, 2)}


def accepted(name: str) -> tuple[int, ...]:
    """The `accept` list of the first case of that name, with 255 for silence."""
    case = next(c for c in NEGATIVE if c["name"].startswith(name))
    return tuple(255 if a == "silent" else a for a in case["accept"])


def exchange(index: int) -> dict:
    """A vector as device/psk_pair.py has its FIRST."""
    e = EXCHANGES[index]
    tally = Tally()
    m = Message(tally, e["name"], e["I_MESSAGE"], e["I_layout"])
    assert not tally.failed
    args = m.initiator_args()
    opt = {name: args[name] for name in ("prf", "ts_type", "encr", "mac")}
    opt["send_ids"] = "ID" in m.parts
    if "ext" in args:
        kind, data = args["ext"].split("/")
        opt["extensions"] = ((int(kind), bytes.fromhex(data)),)
    streams = []
    for one in args["cs"].split(","):
        ssrc, roc, params = one.split("/")
        streams.append((int(ssrc, 16), int(roc, 16), bytes.fromhex(params)))
    keys = []
    for word in key_words(bytes.fromhex(e["key_data_plaintext"])).split(","):
        kind, key, salt, kv, a, b = word.split("/")
        key, salt, a, b = (bytes.fromhex(s) if s != "-" else b"" for s in (key, salt, a, b))
        keys.append((int(kind), key, salt, int(kv), a, b))
    answer = bytes.fromhex(e.get("R_MESSAGE", ""))
    ssrc = [int.from_bytes(answer[k : k + 4], "big") for k in range(11, 11 + 9 * len(streams), 9)]
    more = {}
    if index == 0:  # the others of the file belong to the first
        more["update"] = bytes.fromhex(PSK["update_rekey"]["message"])
        more["error"] = bytes.fromhex(PSK["error_with_V"]["message"])
    return more | {
        "name": str(index), "psk": bytes.fromhex(e["psk"]), "id_i": e["IDi"], "id_r": e["IDr"],
        "csb": args["csb"], "rand": args["rand"], "ts": m.ts, "streams": tuple(streams),
        "now": m.now if m.now != "-" else 0, "ssrc": tuple(ssrc) if answer else (1, 2),
        "keys": tuple(keys), "opt": opt, "i": m.octets, "r": answer,
    }  # fmt: skip


@pytest.mark.only(*SAMPLE)
def test_cut_and_flipped(target, tmp_path, note):
    chosen = SAMPLE[target.name]
    data = tmp_path / "hostile_data.py"
    data.write_text(
        f"EXCHANGES = {[exchange(i) for i in chosen]!r}\n"
        f"CUT = {accepted('truncated')!r}\nFLIPPED = {accepted('bit flip')!r}\n"
    )
    with target.session("frozen", files=scripts.helpers() | {"hostile_data": data}) as s:
        count = scripts.run(s, "hostile_loop", timeout=550)
    assert count.passed >= 4 * len(chosen)
    if len(chosen) < len(EXCHANGES):
        note("part_skipped", f"{target.name}: cut and flipped, {len(chosen)} of 5 exchanges")
