"""What is inside the general extensions (RFC 3830 6.15, 4563, 4567, 4442, 4738, 5410)."""

from __future__ import annotations

from .buffer import Reader, sized, uint
from .errors import DecodeError
from .payloads import Extension
from .registry import Ext


def vendor_id(octets: bytes) -> Extension:
    """Vendor ID: any octets."""
    return Extension(Ext.VENDOR_ID, octets)


def sdp_ids(*names: str) -> Extension:
    """The key management protocols of an SDP offer, in its order (RFC 4567 section 4.1.4)."""
    return Extension(Ext.SDP_IDS, ";".join(names).encode("ascii"))


def read_sdp_ids(extension: Extension) -> tuple[str, ...]:
    """The reverse; DecodeError unless it is a list of ASCII names."""
    try:
        names = tuple(extension.data.decode("ascii").split(";"))
    except UnicodeDecodeError:
        raise DecodeError("SDP IDs are not ASCII") from None
    if not all(names):
        raise DecodeError("an empty name among the SDP IDs")
    return names


def tesla_key(key: bytes) -> Extension:
    """The initial TESLA key (RFC 4442 section 4.1): only in messages with a MAC or signature."""
    return Extension(Ext.TESLA_I_KEY, key)


def key_ids(*ids: tuple[int, bytes]) -> Extension:
    """Key ID information (RFC 4563 section 4): (type 8 bits, ID 0..255 octets), one or more."""
    parts = (uint(kind, 1, "key ID type") + sized(value, 1, "key ID") for kind, value in ids)
    return Extension(Ext.KEY_ID, b"".join(parts))


def read_key_ids(extension: Extension) -> tuple[tuple[int, bytes], ...]:
    """The reverse; DecodeError if a sub-payload does not fit."""
    r = Reader(extension.data)
    ids = []
    while r.left:
        ids.append((r.uint(1, "key ID type"), r.sized(1, "key ID")))
    return tuple(ids)


def csb_id(number: int) -> Extension:
    """Another CSB ID for a group (RFC 4738 section 3.6), 32 bits."""
    return Extension(Ext.CSB_ID, uint(number, 4, "CSB ID"))


def read_csb_id(extension: Extension) -> int:
    """The reverse; DecodeError unless it has 4 octets."""
    if len(extension.data) != 4:
        raise DecodeError(f"a CSB ID extension of {len(extension.data)} octets")
    return int.from_bytes(extension.data, "big")


def oma_bcast(subtype: int, octets: bytes) -> Extension:
    """OMA BCAST (RFC 5410 section 3): subtype 8 bits, then its data. Needs a MAC or signature."""
    return Extension(Ext.OMA_BCAST, uint(subtype, 1, "subtype") + octets)


def read_oma_bcast(extension: Extension) -> tuple[int, bytes]:
    """The reverse; DecodeError if it is empty."""
    r = Reader(extension.data)
    return r.uint(1, "OMA BCAST subtype"), r.take(r.left, "OMA BCAST data")
