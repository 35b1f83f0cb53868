"""Finding MIKEY messages in what people have: hex, base64, SDP, RTSP, raw octets, captures."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Iterator

from .credentials import ConfigError
from .transport import PORT

PCAP_MAGIC = {
    b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">",
    b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<",
}  # fmt: skip
# Link types of classic pcap: octets before the IP header.
LINK_HEADER = {0: 4, 1: 14, 12: 0, 101: 0, 113: 16, 228: 0, 229: 0, 276: 20}

_BASE64 = r"[A-Za-z0-9+/]+={0,2}"
_LINES = (
    ("SDP key-mgmt", re.compile(rf"a=key-mgmt:[ ]?mikey[ ]+({_BASE64})", re.I)),
    ("RTSP KeyMgmt", re.compile(rf"prot=\"?mikey\"?[^,\r\n]*?data=\"?({_BASE64})", re.I)),
    ("RTSP KeyMgmt", re.compile(rf"data=\"?({_BASE64})\"?[^,\r\n]*prot=\"?mikey", re.I)),
    ("RTSP 2.0 Transport", re.compile(rf"\bMIKEY=\"?({_BASE64})", re.I)),
)  # fmt: skip


def find(data: bytes) -> list[tuple[str, bytes]]:
    """(where from, octets) of every message in `data`; ConfigError in plain words if there is
    nothing to decode."""
    if data[:4] in PCAP_MAGIC:
        found = list(pcap(data))
        if not found:
            raise ConfigError(f"the capture holds no UDP packet to or from port {PORT}")
        return found
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        raise ConfigError("this is a pcapng capture; save it as classic pcap: editcap -F pcap")
    if data[:1] == b"\x01":
        return [("octets", data)]
    try:
        text = data.decode("ascii").strip()
    except UnicodeDecodeError:
        raise ConfigError("these octets are no MIKEY message and no text") from None
    return _from_text(text)


def _from_text(text: str) -> list[tuple[str, bytes]]:
    if not text:
        raise ConfigError("there is nothing to decode")
    found = []
    for what, pattern in _LINES:
        for match in pattern.finditer(text):
            found.append((match.start(), what, _unbase64(match.group(1), what)))
    if found:
        return [(what, octets) for _, what, octets in sorted(found)]
    # One message per line, or one message over several lines.
    lines = text.split("\n")
    if len(lines) > 1 and all(_message_start(line) for line in lines if line.strip()):
        return [entry for line in lines if line.strip() for entry in _from_text(line.strip())]
    digits = re.sub(r"[\s:]|\b0x", "", text)
    if re.fullmatch("[0-9a-fA-F]+", digits):
        if len(digits) % 2:
            raise ConfigError(f"{len(digits)} hex digits: one is missing or too many")
        return [("hex", bytes.fromhex(digits))]
    if text[:2] in ("AQ", "AR") and re.fullmatch(_BASE64, re.sub(r"\s", "", text)):
        return [("base64", _unbase64(text, "the base64 text"))]
    raise ConfigError("this is neither hex nor base64, an SDP or RTSP line, nor a pcap file")


def _message_start(line: str) -> bool:
    return bool(re.match(r"\s*(01[\s:]?[0-9a-fA-F]{2}|AQ|AR)", line))


def _unbase64(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except binascii.Error:
        raise ConfigError(f"{what} is not whole base64") from None


def pcap(data: bytes, port: int = PORT) -> Iterator[tuple[str, bytes]]:
    """UDP payloads to or from `port` in a classic pcap file; IPv4 and IPv6, no fragments."""
    order = PCAP_MAGIC[data[:4]]
    if len(data) < 24:
        raise ConfigError("the capture ends within its header")
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    if link not in LINK_HEADER:
        raise ConfigError(f"the capture has link type {link}, which is not known here")
    at, number = 24, 0
    while at + 16 <= len(data):
        length = struct.unpack_from(order + "I", data, at + 8)[0]
        packet = data[at + 16 : at + 16 + length]
        at += 16 + length
        number += 1
        skip = LINK_HEADER[link]
        if link == 1 and packet[12:14] == b"\x81\x00":
            skip += 4  # a VLAN tag
        datagram = _udp(packet[skip:])
        if datagram and port in datagram[:2] and datagram[2]:
            source, destination, octets = datagram
            yield f"packet {number}, UDP {source} -> {destination}", octets


def _udp(ip: bytes) -> tuple[int, int, bytes] | None:
    """(source port, destination port, payload) of an IP packet that carries UDP."""
    if len(ip) >= 20 and ip[0] >> 4 == 4 and ip[9] == 17:
        if struct.unpack_from(">H", ip, 6)[0] & 0x3FFF:
            return None  # a fragment
        start = 4 * (ip[0] & 15)
    elif len(ip) >= 40 and ip[0] >> 4 == 6 and ip[6] == 17:
        start = 40
    else:
        return None
    if len(ip) < start + 8:
        return None
    source, destination, length = struct.unpack_from(">HHH", ip, start)
    return source, destination, ip[start + 8 : start + length]
