"""Messages to a pcap, through tshark, and back as what Wireshark shows of them."""

import re
import shutil
import struct
import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

from umikey_peer.message import walk

PORT = 2269
RAW_IP = 101  # link type
NAMES = {
    1: "kemac", 3: "dh", 5: "t", 6: "id", 9: "v", 10: "sp", 11: "rand", 12: "err", 20: "key",
    21: "ext",
}  # fmt: skip


@dataclass
class Field:
    """A node of Wireshark's tree: its name without "mikey.", its text, its octets' place."""

    name: str
    text: str
    show: str
    at: int
    size: int
    parts: list["Field"] = field(default_factory=list)

    def all(self, name: str) -> list["Field"]:
        """Every node of that name, in order."""
        found = [self] if self.name == name else []
        return found + [f for part in self.parts for f in part.all(name)]

    def one(self, name: str) -> str:
        """The value of the only node of that name."""
        (found,) = self.all(name)
        return found.show

    @property
    def texts(self) -> list[str]:
        return [self.text, *(t for part in self.parts for t in part.texts)]


@dataclass
class Shown:
    """One packet: the dissection, what else there was to say about it, and its summary line."""

    mikey: Field | None
    others: list[str]
    summary: str

    def payloads(self) -> list[Field]:
        return self.mikey.parts if self.mikey else []


def version() -> tuple[int, int] | None:
    """tshark's version, or None where there is none."""
    if not shutil.which("tshark"):
        return None
    said = subprocess.run(["tshark", "--version"], capture_output=True, text=True).stdout
    return tuple(map(int, re.search(r"(\d+)\.(\d+)\.", said).groups()))


def pcap(messages: list[bytes]) -> bytes:
    """A capture file with each message in a UDP datagram to port 2269."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, RAW_IP)
    for number, message in enumerate(messages):
        udp = struct.pack(">HHHH", 40000, PORT, 8 + len(message), 0) + message
        ip = struct.pack(
            ">BBHHHBBH4B4B", 0x45, 0, 20 + len(udp), number, 0, 64, 17, 0,
            192, 0, 2, 1, 192, 0, 2, 2,
        )  # fmt: skip
        packet = ip + udp
        out += struct.pack("<IIII", number, 0, len(packet), len(packet)) + packet
    return out


def dissect(messages: list[bytes], folder: Path) -> list[Shown]:
    """What tshark shows of each message."""
    path = folder / "messages.pcap"
    path.write_bytes(pcap(messages))
    trees = ElementTree.fromstring(_run(path, "-T", "pdml"))
    lines = _run(path, "-T", "fields", "-e", "_ws.col.Protocol").split()
    assert len(trees) == len(lines) == len(messages)
    return [_shown(tree, line) for tree, line in zip(trees, lines, strict=True)]


def _run(path: Path, *words: str) -> str:
    words = ["tshark", "-n", "-r", str(path), *words]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _shown(tree, summary: str) -> Shown:
    mikey, others, start = None, [], 0
    for proto in tree:
        name = proto.get("name")
        if name == "mikey":
            start = int(proto.get("pos"))
            mikey = _field(proto, start)
        elif name not in ("geninfo", "frame", "raw", "ip", "udp"):
            others.append(proto.get("showname") or name)
    others += [node.get("name") for node in tree.iter() if node.get("name", "").startswith("_ws.")]
    return Shown(mikey, others, summary)


def _field(node, start: int) -> Field:
    name = node.get("name", "").removeprefix("mikey.")
    text, show = node.get("showname") or "", node.get("show") or ""
    at, size = int(node.get("pos", 0)) - start, int(node.get("size", 0))
    return Field(name, text, show, at, size, [_field(part, start) for part in node])


def layout(message: bytes) -> list[tuple[str, int, int]]:
    """(name, offset, octets) of the header and every payload, as the peer reads them."""
    header, *payloads = walk(message)
    parts = [("hdr", 0, header.end)]
    return parts + [(NAMES[s.part.number], s.start, s.end - s.start) for s in payloads]
