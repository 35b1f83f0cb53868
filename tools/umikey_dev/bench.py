"""What an exchange costs: instructions, heap, octets; to build/bench.json, and as a table.

    python -m umikey_dev.bench [--target qemu-m3] [--no-heap] [--no-ops]

The other end's message is made by the peer's library with fixed randomness, so that every run of an
emulated board does the same. How each figure is taken: docs/figures.md.
"""

import json
import tempfile
from pathlib import Path

import click
from rich.table import Table

from umikey_dev import bench_certs, bench_ops, runners
from umikey_dev.console import show
from umikey_dev.heap import min_heap

ROOT = Path(__file__).resolve().parents[2]
DEVICE = ROOT / "host_tests" / "device"
OUT = ROOT / "build" / "bench.json"
TARGETS = ("qemu-m3", "qemu-m0", "qemu-rv32", "unix")
CHUNKS = (1, 16, 64, 0)

# The smallest programs that do one exchange, for finding the smallest heap they run in.
HEAP_SCRIPT = {
    ("psk", "initiator"): """
from umikey import SRTP, psk

me = psk.Initiator(
    {PSK}, {ID_I}, {ID_R}, (SRTP(0x11223344),), csb_id={CSB}, rand={RAND},
    keys=((0, {TGK}, b"", 0, b"", b""),), now=lambda: {NOW},
)
buf = bytearray(176)
me.start(buf)
answer = {MESSAGE}
for at in range(0, len(answer), {CHUNK}):
    done = me.feed(answer, at, min(at + {CHUNK}, len(answer)))
print("heap ok", done, me.sa[0].tek[0])
""",
    ("psk", "responder"): """
from umikey import Responder, psk
from umikey.replay import Replay

me = Responder(
    (psk.Policy(lambda i, r: {PSK}),), {ID_R}, now=lambda: {NOW}, limit=256,
    replay=Replay(lambda: {NOW}, size=4, quarantine=0),
)
offer = {MESSAGE}
for at in range(0, len(offer), {CHUNK}):
    done = me.feed(offer, at, min(at + {CHUNK}, len(offer)))
me.answer(bytearray(96))
print("heap ok", done, me.sa[0].tek[0])
""",
    ("dhhmac", "initiator"): """
from umikey import SRTP, dhhmac

me = dhhmac.Initiator(
    {PSK}, {ID_I}, {ID_R}, (SRTP(0x11223344),), csb_id={CSB}, rand={RAND}, exponent={X},
    now=lambda: {NOW},
)
me.start(bytearray(352))
answer = {MESSAGE}
for at in range(0, len(answer), {CHUNK}):
    done = me.feed(answer, at, min(at + {CHUNK}, len(answer)))
print("heap ok", done, me.sa[0].tek[0])
""",
    ("dhhmac", "responder"): """
from umikey import Responder, dhhmac
from umikey.replay import Replay

me = Responder(
    (dhhmac.Policy(lambda i, r: {PSK}, exponent={X}),), {ID_R}, now=lambda: {NOW}, limit=384,
    replay=Replay(lambda: {NOW}, size=4, quarantine=0),
)
offer = {MESSAGE}
for at in range(0, len(offer), {CHUNK}):
    done = me.feed(offer, at, min(at + {CHUNK}, len(offer)))
me.answer(bytearray(512))
print("heap ok", done, me.sa[0].tek[0])
""",
}
MODES = ("psk", "dhhmac", *bench_certs.MODES)
HEAP_SCRIPT |= {
    (mode, role): text for mode in bench_certs.MODES for role, text in bench_certs.SCRIPT.items()
}

PSK = bytes(range(1, 17))
TGK = bytes(range(33, 49))
RAND = bytes(range(65, 81))
CSB = bytes.fromhex("1a2b3c4d")
NOW = 1750000000
X = {"initiator": bytes(range(97, 129)), "responder": bytes(range(129, 161))}
IDS = "sip:alice@example.com", "sip:bob@example.com"  # those of the vectors


def constants(mode: str, role: str) -> dict:
    """What makes the exchange reproducible; the other end of `role` has said `MESSAGE`."""
    i_message, r_message = messages(mode)
    out = {
        "PSK": PSK, "TGK": TGK, "RAND": RAND, "CSB": CSB, "NOW": NOW, "MODE": mode,
        "ID_I": IDS[0], "ID_R": IDS[1], "ROLE": role, "X": X[role],
        "MESSAGE": r_message if role == "initiator" else i_message,
        "SIZE": len(i_message if role == "initiator" else r_message),
    }  # fmt: skip
    if mode in bench_certs.MODES:
        out["MODULE"] = bench_certs.MODES[mode]
        out["CRED"] = bench_certs.credentials(mode, IDS)[role]
        out["MORE"] = bench_certs.more(mode, role, X[role], PSK)
    return out


def data_file(folder: Path, mode: str, role: str) -> Path:
    """`bench_data` for device/bench_exchange.py."""
    path = folder / f"bench_data_{mode}_{role}.py"
    values = constants(mode, role)
    path.write_text("".join(f"{k} = {v!r}\n" for k, v in values.items()))
    return path


def heap_file(folder: Path, role: str, chunk: int, mode: str = "psk") -> Path:
    """The smallest program for `role`, feeding `chunk` octets at a time, 0 for all at once."""
    values = constants(mode, role)
    values["CHUNK"] = chunk or len(values["MESSAGE"])
    path = folder / f"heap_{mode}_{role}_{chunk}.py"
    words = {k: repr(v) for k, v in values.items()}
    if "MODULE" in values:
        words["MODULE"] = values["MODULE"]
        words["MORE"] = ", ".join(f"{k}={v!r}" for k, v in values["MORE"].items())
    path.write_text(HEAP_SCRIPT[mode, role].format(**words))
    return path


def public(x: bytes) -> bytes:
    """2^x in OAKLEY 5, by CPython."""
    groups = json.loads((ROOT / "host_tests/vectors/16_groups.json").read_text())["groups"]
    p = next(int(g["p"], 16) for g in groups if g["name"] == "OAKLEY 5")
    return pow(2, int.from_bytes(x, "big"), p).to_bytes(192, "big")


def messages(mode: str = "psk") -> tuple[bytes, bytes]:
    """The I_MESSAGE and R_MESSAGE of the exchange that is measured, by the tests' own maker."""
    if mode in bench_certs.MODES:
        return bench_certs.messages(mode, IDS, CSB, RAND, NOW, X["initiator"], X["responder"], PSK)
    runners()
    import craft

    ts = (NOW + 2208988800).to_bytes(4, "big") + bytes(4)
    cs = ((0, 0x11223344, 0),)
    common = {"psk": PSK, "csb": CSB, "cs": cs, "ts": ts, "rand": RAND}
    time = (craft.T, b"\0" + ts)
    if mode == "psk":
        i = craft.I(keys=craft.key_data(TGK), **common)
        head = craft.I(data_type=1, v=0, cs=cs, csb=CSB).header()
        r = craft.chain(head, [time, (craft.V, b"\1")])
        return i.encode(), craft.seal(r, "".join(IDS).encode() + ts, 1, PSK, CSB, RAND)
    dh = {role: (3, b"\0" + public(x) + b"\0") for role, x in X.items()}
    i = craft.I(data_type=7, extra=(dh["initiator"],), keys=b"", encr=0, **common)
    head = craft.I(data_type=8, v=0, cs=cs, csb=CSB).header()
    who = [craft.identity(name.encode()) for name in reversed(IDS)]
    kemac = (craft.KEMAC, b"\0\0\0\1")
    r = craft.chain(head, [time, *who, dh["responder"], dh["initiator"], kemac])
    return i.encode(), craft.seal(r, b"", 1, PSK, CSB, RAND)


def measure(target: str, role: str, heap: bool, mode: str = "psk") -> dict:
    """One row for `target`, `mode` and `role`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = data_file(folder, mode, role)
        files = {"bench_exchange": DEVICE / "bench_exchange.py", "bench_data": data}
        with runners().get(target).session("frozen", files=files, icount=True) as s:
            out = s.run("import bench_exchange", 300).check()
            rung = _rung(s, mode)
        line = next(x for x in out.splitlines() if x.startswith("bench "))
        _, count, peak, used, sent, got, fingerprint = line.split()
        row = {
            "target": target, "mode": mode, "role": role,
            "rung": rung,
            "peak_heap": int(peak), "allocated": int(used), "min_heap": None,
            "bytes_out": int(sent), "bytes_in": int(got), "fingerprint": fingerprint,
        }  # fmt: skip
        emulated = target.startswith("qemu-")
        row["instructions" if emulated else "seconds"] = (
            int(count) if emulated else int(count) / 1e6
        )
        if heap and emulated:
            row["min_heap_by_chunk"] = {}
            for chunk in (
                CHUNKS if (target, mode, role) == ("qemu-m3", "psk", "initiator") else (32,)
            ):
                script = {"exchange": heap_file(folder, role, chunk, mode)}
                least = min_heap(target, "exchange", script, 2048, 65536, expect="heap ok True")
                row["min_heap_by_chunk"][str(chunk or "whole")] = least
            row["min_heap"] = max(row["min_heap_by_chunk"].values())
    return row


def _rung(session, mode: str) -> str:
    """What does the most expensive part: SHA-1, the powers of `dhhmac`, or products on P-256."""
    if mode in bench_certs.MODES:
        code = "from umikey.crypto import p256\nprint(p256._rung().__name__[-3:])"
        return session.run(code).check().strip()
    if mode == "dhhmac":
        return session.run("from umikey.crypto import dh\nprint(dh.rung(0))").check().strip()
    found = session.run("import umikey\nprint(umikey.capabilities()['sha1'])").check().strip()
    return {"hashlib": "c", "plain": "int"}.get(found, found)


def table(rows: list[dict]) -> Table:
    """For people."""
    out = Table(title="One exchange, as build/bench.json has it")
    names = ("mode", "target", "role", "rung", "cost", "peak heap", "allocated", "smallest heap")
    for name in (*names, "out", "in"):
        out.add_column(
            name, justify="left" if name in ("mode", "target", "role", "rung") else "right"
        )
    for r in rows:
        cost = (
            f"{r['instructions']:,} ins" if "instructions" in r else f"{1e3 * r['seconds']:.2f} ms"
        )
        heap = f"{r['min_heap']:,}" if r["min_heap"] else "-"
        row = [r[name] for name in names[:4]]
        row += [cost, f"{r['peak_heap']:,}", f"{r['allocated']:,}", heap]
        out.add_row(*row, str(r["bytes_out"]), str(r["bytes_in"]))
    return out


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--target", "names", multiple=True, type=click.Choice(TARGETS), help="Only these.")
@click.option("--heap/--no-heap", default=True, help="Find the smallest heap too (minutes).")
@click.option("--ops/--no-ops", default=True, help="Measure single operations too.")
def main(names: tuple[str, ...], heap: bool, ops: bool) -> None:
    """Measure one exchange in each mode, on every target, in both roles.

    What build/bench.json has of other targets stays.
    """
    rows = [
        measure(target, role, heap, mode)
        for mode in MODES
        for target in names or TARGETS
        for role in ("initiator", "responder")
    ]
    single = bench_ops.measure_all(names) if ops else []
    old = json.loads(OUT.read_text()) if OUT.exists() else []
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(bench_ops.merge(old, rows + single), indent=1) + "\n")
    show(table(rows), *([bench_ops.table(single)] if single else []))


if __name__ == "__main__":
    main()
