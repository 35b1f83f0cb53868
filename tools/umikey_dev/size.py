"""What umikey takes in flash: the whole, each module, and what each use of it needs.

A use is played on the target, and what it then has in `sys.modules` is what it needs; the firmware
with just these modules frozen, less the one with none, is what that takes. Writes build/size.json.
"""

import json
import subprocess
from pathlib import Path

from umikey_dev import REPO, DevError, console, frozen, runners
from umikey_dev.build import variant
from umikey_dev.console import say, step
from umikey_dev.heap import import_costs, import_heap
from umikey_dev.recipes import recipe
from umikey_dev.size_modes import Mode, modes
from umikey_dev.source import tree

OUT = REPO / "build" / "size.json"
EMULATED = ("qemu-m3", "qemu-m0", "qemu-rv32")
TRANSPORTS = ("udp", "tcp", "uart")


_COMMON = """
import sys
KEY = b"0123456789abcdef"
blocks = [0]
def draw(n):
    blocks[0] += 1
    return bytes((blocks[0] * 37 + i * 11 + 1) & 255 for i in range(n))
def now():
    return 1750000000
def say(buf, n):
    print("".join("%02x" % x for x in buf[:n]))
def hear():
    line = sys.stdin.readline().strip()
    buf = bytes(int(line[i : i + 2], 16) for i in range(0, len(line), 2))
    me.feed(buf, 0, len(buf))
def loaded():
    print(*[m for m in sys.modules if m.startswith("umikey")])
buf = bytearray(1024)
"""
_INITIATE = "say(buf, me.start(buf))\nhear()\nme.sa\nloaded()\n"
_RESPOND = "hear()\nsay(buf, me.answer(buf))\nme.sa\nloaded()\n"


def measure(target: str = "qemu-m3") -> dict:
    """Everything this module knows about `target`."""
    how = recipe(target)
    files = frozen.collect(how, tree(quiet=True), None)
    bare = frozen.collect(how, tree(quiet=True), False)
    ours = {_module(f.path): f for f in files if f.path.startswith("umikey/")}
    with step(f"size on {target}: the firmware with umikey and without"):
        empty = flash(target, bare)
        whole = flash(target, bare + list(ours.values()))
    with step(f"size on {target}: each module"):
        lengths = mpy_lengths(target, ours)
        costs = import_costs(target, sorted(ours))
        modules = {name: {"mpy": lengths[name], **costs[name]} for name in sorted(ours)}
    uses = {}
    with step(f"size on {target}: each use") as detail:
        for name, needed in needs(target).items():
            detail(name)
            chosen = [ours[m] for m in sorted(needed) if m in ours]
            uses[name] = {
                "flash": flash(target, bare + chosen) - empty,
                "mpy": sum(lengths[m] for m in needed if m in ours),
                "modules": sorted(needed),
                "import": import_heap(target, sorted(m for m in needed if m in ours)),
            }
    return {
        "firmware": {"without": empty, "with": whole, "umikey": whole - empty},
        "modules": modules,
        "uses": uses,
    }


def needs(target: str) -> dict[str, set[str]]:
    """For each use of umikey, the modules it has loaded by the time there are keys."""
    found = {}
    for mode in modes():
        try:
            initiator, responder = played(target, mode)
        except (DevError, runners().TargetError, TimeoutError) as e:
            if mode.name == "psk":
                raise
            say(f"{target}: no exchange of {mode.name}: {e}")  # its heap is too small
            continue
        found[f"{mode.name} initiator"] = initiator
        found[f"{mode.name} responder"] = responder
        if mode.name != "psk":
            continue
        found[f"{mode.name} both"] = initiator | responder
        for name in TRANSPORTS:
            client, server = transport(name), transport(f"{name}_server")
            found[f"{mode.name} initiator, {name}"] = initiator | client
            found[f"{mode.name} responder, {name}"] = responder | server
    return found


def played(target: str, mode: Mode) -> tuple[set[str], set[str]]:
    """The modules that the initiator and the responder load for one exchange between them."""
    t = runners().get(target)
    with t.session("frozen") as first, t.session("frozen") as second:
        first.start(_COMMON + mode.initiator + _INITIATE)
        second.start(_COMMON + mode.responder + _RESPOND)
        second.send_line(_line(first))
        first.send_line(_line(second))
        found = [set(_line(s).split()) for s in (first, second)]
        for s in (first, second):
            s.finish(10).check()
    return found[0], found[1]


def _line(session) -> str:
    line = session.read_line(60)
    if line is None:
        raise DevError(f"the exchange broke off: {session.finish(10).error}")
    return line


def transport(name: str) -> set[str]:
    """The transport's own modules; the unix port tells, since it has sockets."""
    code = f"import umikey.transport.{name}, sys\nprint(*sys.modules)"
    with runners().get("unix").session("frozen") as s:
        return {m for m in s.run(code).check().split() if m.startswith("umikey.transport")}


def flash(target: str, files: list[frozen.File]) -> int:
    """Bytes of the image that a firmware with `files` frozen takes: code, constants, and data."""
    elf = variant(target, files, quiet=True)
    tool = recipe(target).compiler.removesuffix("gcc") + "size"
    done = subprocess.run([tool, str(elf)], capture_output=True, text=True, check=True)
    text, data = done.stdout.splitlines()[1].split()[:2]
    return int(text) + int(data)


def mpy_lengths(target: str, files: dict[str, frozen.File]) -> dict[str, int]:
    """The length of each module as .mpy for the target's core, compiled as it is frozen."""
    runners()
    from targets import package

    march = recipe(target).march
    return {n: len(package.compile_one(f.path, f.data, march)) for n, f in files.items()}


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def write(results: dict) -> Path:
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    return OUT


def show(results: dict) -> None:
    """Print the results as tables."""
    for target, found in results["targets"].items():
        total = found["firmware"]
        print(
            f"\n{target}: the firmware takes {total['with']} bytes with all of umikey and "
            f"{total['without']} without, {total['umikey']} more"
        )
        uses = [
            (name, use["flash"], use["mpy"], use["import"] or "-", len(use["modules"]))
            for name, use in found["uses"].items()
        ]
        heads = ("use", "flash", "as .mpy", "heap to import", "modules")
        console.show(_table(heads, uses))
        modules = [
            (name, m["mpy"], m.get("own", "-"), m.get("all", "-"), m.get("error", ""))
            for name, m in found["modules"].items()
        ]
        heads = ("module", "as .mpy", "heap to import", "with its imports", "")
        console.show(_table(heads, modules))


def _table(heads: tuple[str, ...], rows: list[tuple]):
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if 0 < place < 5 else "left", no_wrap=place == 0)
    for row in rows:
        table.add_row(*map(str, row))
    return table
