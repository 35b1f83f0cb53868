"""What the modes with pre-shared keys have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from ..errors import DecodeError, Discarded, Refused
from ..extensions import read_sdp_ids
from ..header import GenericId, Header, SrtpId
from ..payloads import Extension, Id
from ..registry import Ext
from ..sa import Bundle
from ..secret import Secret
from . import Origin


class SharedKey:
    """A pre-shared key and whose it is; a subclass is the credential of one mode.

    `key`: one octet or more, 16 or more recommended. `id_i`, `id_r`: the two identities, None for
    anyone. `name`: for people. `peer`: host address that it belongs to, for messages without IDi.
    """

    __slots__ = ("key", "id_i", "id_r", "name", "peer")
    mode: ClassVar[str]
    agrees: ClassVar[bool] = False  # both sides make the key, none of them sends it

    def __init__(
        self,
        key: bytes | Secret,
        id_i: str | bytes | Id | None = None,
        id_r: str | bytes | Id | None = None,
        name: str = "",
        peer: str = "",
    ):
        if not key:
            raise ValueError("a pre-shared key has at least one octet")
        self.key = Secret(key)
        self.id_i = None if id_i is None else Id.of(id_i)
        self.id_r = None if id_r is None else Id.of(id_r)
        self.name = name or str(self.id_i or "")
        self.peer = peer

    @property
    def own_id(self) -> Id | None:
        """Who we are when we begin."""
        return self.id_i

    def same_holder(self, other: SharedKey | None) -> bool:
        """Whether another credential is in the same hands, be it for another mode."""
        if other is None or other.key is None or self.id_i != other.id_i:
            return False
        return self.key == other.key

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name or 'anyone'}, {len(self.key)} octets>"


def answered(sent: Header, bundle: Bundle, answer: Header) -> tuple:
    """The bundle's sessions after a response: zero SSRCs filled in, nothing else changed."""
    if answer.map_type != sent.map_type or answer.n_cs not in (0, sent.n_cs):
        raise Discarded("the response has another list of crypto sessions")
    if not answer.cs:
        return bundle.cs
    out = []
    for ours, theirs in zip(bundle.cs, answer.cs, strict=True):
        if isinstance(ours, GenericId):
            same_one = theirs.cs_id == ours.cs_id and theirs.prot == ours.prot
        else:
            same_one = theirs.policy == ours.policy and ours.ssrc in (0, theirs.ssrc)
        if not same_one:
            raise Discarded("the response changes a crypto session")
        out.append(theirs)
    return tuple(out)


def answer_header(data_type: int, asked: Header, bundle: Bundle) -> Header:
    """HDR of a response: V is 0, SSRCs are filled in, the rest is as in the question."""
    return Header(
        data_type,
        asked.csb_id,
        prf=asked.prf,
        map_type=asked.map_type,
        cs=tuple(_answer_entry(entry, bundle) for entry in bundle.cs) if asked.cs else (),
        empty_cs=asked.empty_cs,
    )


def _answer_entry(entry: SrtpId | GenericId, bundle: Bundle) -> SrtpId | GenericId:
    """A GENERIC-ID block of a response has one policy, session data and SPI (RFC 6043 6.1.1)."""
    if not isinstance(entry, GenericId):
        return entry
    spi = entry.spi or next((key.validity.spi for key in bundle.keys if key.validity.spi), b"\1")
    return replace(entry, policies=entry.policies[:1], session=entry.session or bytes(4), spi=spi)


def check_sdp_ids(extensions: tuple[Extension, ...], origin: Origin) -> None:
    """Refused 12 unless a message out of an SDP offer lists, under its MAC, the key management
    protocols that the offer lists: else somebody may have struck out a better one (RFC 4567
    section 4.1.4, RFC 4650 section 4.4)."""
    if not origin.sdp_ids:
        return
    found = [extension for extension in extensions if extension.kind == Ext.SDP_IDS]
    try:
        lists = [read_sdp_ids(extension) for extension in found]
    except DecodeError as error:
        raise Refused(error.reason, 12) from None
    if lists != [tuple(origin.sdp_ids)]:
        raise Refused("the message does not list the key management protocols of its SDP", 12)
