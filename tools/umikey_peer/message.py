"""A whole MIKEY message: HDR and its chain of payloads (RFC 3830 sections 5.2 and 6).

`Message.decode` is total: any octets give a Message or a DecodeError with an RFC error number.
For every message that it accepts, `Message.decode(b).encode() == b`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from . import payloads_more  # noqa: F401  (registers its payload types)
from .buffer import Reader
from .errors import DecodeError
from .header import Header
from .payloads import MAX_CHAIN, PAYLOADS, RFC_4650, Kemac, Payload, encode_chain
from .registry import LAST, DataType, PayloadType

MAX_MESSAGE = 65535  # octets; what a UDP datagram or our TCP length prefix can carry
DHHMAC = (DataType.DHHMAC_INIT, DataType.DHHMAC_RESP)
NESTED = (PayloadType.KEY_DATA, PayloadType.SK)  # only inside KEMAC and ESK
P = TypeVar("P", bound=Payload)


@dataclass(frozen=True, slots=True)
class Span:
    """Where a part of a message lies: octets [start, end), Next payload octet included."""

    part: Header | Payload
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Message:
    """`header` and `payloads` in order. `raw`: the octets decoded, without a tolerated 00."""

    header: Header
    payloads: tuple[Payload, ...] = ()
    raw: bytes = field(default=b"", compare=False, repr=False)

    def encode(self) -> bytes:
        """The message on the wire. ValueError if a field does not fit or the order is wrong."""
        if any(payload.number in NESTED for payload in self.payloads):
            raise ValueError("key data belongs inside KEMAC")
        for kemac in self.all(Kemac):
            printed = (kemac.encr, kemac.data, kemac.mac_alg) == RFC_4650
            wanted = printed and self.header.data_type in DHHMAC
            if kemac.literal != wanted:
                raise ValueError("the numbers of RFC 4650 are for a MAC in its own messages")
        first, octets = encode_chain(self.payloads)
        return self.header.encode(first) + octets

    @classmethod
    def decode(cls, data: bytes, tolerate_zero: bool = False) -> Message:
        """Decodes exactly one message. `tolerate_zero`: one 00 octet may follow it, as some RTSP
        cameras send. DecodeError otherwise."""
        return cls.of(data, list(walk(data, tolerate_zero)))

    @classmethod
    def of(cls, data: bytes, spans: list[Span]) -> Message:
        """The message that `walk` has gone through completely."""
        parts = tuple(span.part for span in spans)
        return cls(parts[0], parts[1:], bytes(data[: spans[-1].end]))

    def all(self, kind: type[P]) -> list[P]:
        """All payloads of a type, in order."""
        return [payload for payload in self.payloads if type(payload) is kind]

    def one(self, kind: type[P]) -> P | None:
        """The only payload of a type, or None. DecodeError 12 if there are several."""
        found = self.all(kind)
        if len(found) > 1:
            what = PayloadType(kind.number).name
            raise DecodeError(f"{len(found)} {what} payloads, one expected")
        return found[0] if found else None


def walk(
    data: bytes,
    tolerate_zero: bool = False,
    expected: Callable[[Header], frozenset[int] | None] = lambda header: None,
) -> Iterator[Span]:
    """Decodes part by part, so that a caller sees what was understood before an error.

    `expected`: by the header, the payload types that may follow it; others are a DecodeError 12
    without a look at what is in them. None: all."""
    data = bytes(data)
    if len(data) > MAX_MESSAGE + 1:
        raise DecodeError(f"{len(data)} octets, a message has at most {MAX_MESSAGE}")
    r = Reader(data)
    header, following = Header.decode(r)
    yield Span(header, 0, r.pos)
    allowed = expected(header)
    count = 0
    while following != LAST:
        start = r.pos
        kind = PAYLOADS.get(following)
        # No payload tells its length in a common place: an unknown one ends all understanding.
        if kind is None:
            raise DecodeError(f"unknown payload type {following}", 13, start)
        if allowed is not None and following not in allowed:
            raise DecodeError(f"a {kind.__name__} payload does not belong here", offset=start)
        if following in NESTED:
            raise DecodeError(f"payload type {following} outside KEMAC", offset=start)
        count += 1
        if count > MAX_CHAIN:
            raise DecodeError(f"more than {MAX_CHAIN} payloads", offset=start)
        is_sign = following == PayloadType.SIGN
        following = LAST if is_sign else r.uint(1, "next payload")
        try:
            if kind is Kemac:
                payload = Kemac.parse(r, rfc_4650=header.data_type in DHHMAC)
            else:
                payload = kind.parse(r)
        except DecodeError as error:
            # Where the payload began helps the reader more than where the octets ran out.
            error.offset = max(error.offset, start)
            raise
        yield Span(payload, start, r.pos)
    if r.left and not (tolerate_zero and data[r.pos :] == b"\0"):
        raise DecodeError(f"{r.left} octets after the end of the message", offset=r.pos)
