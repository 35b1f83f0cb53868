"""What an exchange costs: instructions, heap, octets; to build/bench.json, and as a table.

    python -m umikey_dev.bench [--target qemu-m3] [--no-heap]

The other end's message is made by the peer's library with fixed randomness, so that every run of an
emulated board does the same. How each figure is taken: docs/figures.md.
"""

import json
import tempfile
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from umikey_dev import runners
from umikey_dev.heap import min_heap

ROOT = Path(__file__).resolve().parents[2]
DEVICE = ROOT / "host_tests" / "device"
OUT = ROOT / "build" / "bench.json"
TARGETS = ("qemu-m3", "qemu-m0", "qemu-rv32", "unix")
CHUNKS = (1, 16, 64, 0)

# The smallest programs that do one exchange, for finding the smallest heap they run in.
HEAP_SCRIPT = {
    "initiator": """
from umikey import SRTP, psk

me = psk.Initiator(
    {PSK}, {ID_I}, {ID_R}, (SRTP(0x11223344),), csb_id={CSB}, rand={RAND},
    keys=((0, bytearray({TGK}), None, 0, None, None),), now=lambda: {NOW},
)
buf = bytearray(176)
me.start(buf)
answer = {MESSAGE}
for at in range(0, len(answer), {CHUNK}):
    done = me.feed(answer, at, min(at + {CHUNK}, len(answer)))
print("heap ok", done, me.sa[0].tek[0])
""",
    "responder": """
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
}

PSK = bytes(range(1, 17))
TGK = bytes(range(33, 49))
RAND = bytes(range(65, 81))
CSB = bytes.fromhex("1a2b3c4d")
NOW = 1750000000
IDS = "sip:alice@example.com", "sip:bob@example.com"  # those of the vectors


def constants(role: str) -> dict:
    """What makes the exchange reproducible; the other end of `role` has said `MESSAGE`."""
    i_message, r_message = messages()
    return {
        "PSK": PSK, "TGK": TGK, "RAND": RAND, "CSB": CSB, "NOW": NOW,
        "ID_I": IDS[0], "ID_R": IDS[1], "ROLE": role,
        "MESSAGE": r_message if role == "initiator" else i_message,
    }  # fmt: skip


def data_file(folder: Path, role: str) -> Path:
    """`bench_data` for device/bench_psk.py."""
    path = folder / f"bench_data_{role}.py"
    path.write_text("".join(f"{k} = {v!r}\n" for k, v in constants(role).items()))
    return path


def heap_file(folder: Path, role: str, chunk: int) -> Path:
    """The smallest program for `role`, feeding `chunk` octets at a time, 0 for all at once."""
    values = constants(role)
    values["CHUNK"] = chunk or len(values["MESSAGE"])
    path = folder / f"heap_{role}_{chunk}.py"
    path.write_text(HEAP_SCRIPT[role].format(**{k: repr(v) for k, v in values.items()}))
    return path


def messages() -> tuple[bytes, bytes]:
    """The I_MESSAGE and R_MESSAGE of the exchange that is measured, by the tests' own maker."""
    runners()
    import craft

    ntp = NOW + 2208988800
    ts = ntp.to_bytes(4, "big") + bytes(4)
    cs = ((0, 0x11223344, 0),)
    i = craft.I(psk=PSK, csb=CSB, cs=cs, ts=ts, rand=RAND, keys=craft.key_data(TGK))
    header = craft.I(data_type=1, v=0, cs=cs, csb=CSB).header()
    r = craft.chain(header, [(craft.T, b"\0" + ts), (craft.V, b"\1")])
    ids = "".join(IDS).encode()
    return i.encode(), craft.seal(r, ids + ts, 1, PSK, CSB, RAND)


def measure(target: str, role: str, heap: bool) -> dict:
    """One row for `target` and `role`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = data_file(folder, role)
        files = {"bench_psk": DEVICE / "bench_psk.py", "bench_data": data}
        with runners().get(target).session("frozen", files=files, icount=True) as s:
            out = s.run("import bench_psk", 120).check()
            rung = s.run("import umikey\nprint(umikey.capabilities())").check()
        line = next(x for x in out.splitlines() if x.startswith("bench "))
        _, count, peak, used, sent, got, fingerprint = line.split()
        row = {
            "target": target, "mode": "psk", "role": role,
            "rung": {"hashlib": "c", "plain": "int"}.get(sha1(rung), sha1(rung)),
            "peak_heap": int(peak), "allocated": int(used), "min_heap": None,
            "bytes_out": int(sent), "bytes_in": int(got), "fingerprint": fingerprint,
        }  # fmt: skip
        emulated = target.startswith("qemu-")
        row["instructions" if emulated else "seconds"] = (
            int(count) if emulated else int(count) / 1e6
        )
        if heap and emulated:
            row["min_heap_by_chunk"] = {}
            for chunk in CHUNKS if (target, role) == ("qemu-m3", "initiator") else (32,):
                script = {"exchange": heap_file(folder, role, chunk)}
                least = min_heap(target, "exchange", script, 2048, 65536, expect="heap ok True")
                row["min_heap_by_chunk"][str(chunk or "whole")] = least
            row["min_heap"] = max(row["min_heap_by_chunk"].values())
    return row


def sha1(capabilities: str) -> str:
    """The backend named in what `umikey.capabilities()` printed."""
    return capabilities.split("'sha1': '")[1].split("'")[0]


def table(rows: list[dict]) -> Table:
    """For people."""
    out = Table(title="One PSK exchange with V, as build/bench.json has it")
    for name in ("target", "role", "rung", "cost", "peak heap", "allocated", "smallest heap",
                 "out", "in"):  # fmt: skip
        out.add_column(name, justify="left" if name in ("target", "role", "rung") else "right")
    for r in rows:
        cost = (
            f"{r['instructions']:,} ins" if "instructions" in r else f"{1e3 * r['seconds']:.2f} ms"
        )
        heap = f"{r['min_heap']:,}" if r["min_heap"] else "-"
        out.add_row(r["target"], r["role"], r["rung"], cost, f"{r['peak_heap']:,}",
                    f"{r['allocated']:,}", heap, str(r["bytes_out"]), str(r["bytes_in"]))  # fmt: skip
    return out


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--target", "names", multiple=True, type=click.Choice(TARGETS), help="Only these.")
@click.option("--heap/--no-heap", default=True, help="Find the smallest heap too (minutes).")
def main(names: tuple[str, ...], heap: bool) -> None:
    """Measure one PSK exchange on every target, in both roles."""
    rows = [
        measure(target, role, heap)
        for target in names or TARGETS
        for role in ("initiator", "responder")
    ]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(rows, indent=1) + "\n")
    Console().print(table(rows))


if __name__ == "__main__":
    main()
