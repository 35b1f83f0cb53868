"""The common header HDR and the three CS ID maps (RFC 3830 6.1, RFC 4563 5, RFC 6043 6.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .buffer import Reader, sized, uint
from .errors import DecodeError
from .registry import VERSION, MapType

HDR_FIXED = 10  # octets before the CS ID map info


@dataclass(frozen=True, slots=True)
class SrtpId:
    """One SRTP-ID entry, 9 octets; the i-th entry, from 1, is CS ID i (RFC 3830 6.1.1).

    `ssrc` 0 asks the responder to fill it in. `roc` is the rollover counter, 32 bits.
    """

    policy: int
    ssrc: int = 0
    roc: int = 0

    def encode(self) -> bytes:
        return (
            uint(self.policy, 1, "policy no")
            + uint(self.ssrc, 4, "SSRC")
            + uint(self.roc, 4, "ROC")
        )

    @classmethod
    def decode(cls, r: Reader) -> SrtpId:
        return cls(r.uint(1, "policy no"), r.uint(4, "SSRC"), r.uint(4, "ROC"))


@dataclass(frozen=True, slots=True)
class GenericId:
    """One GENERIC-ID block (RFC 6043 6.1.1).

    `policies`: up to 127 policy numbers. `session`: for SRTP empty, SSRC(4), or with `s` set
    SSRC(4) ROC(4) SEQ(2). `spi`: up to 255 octets.
    """

    cs_id: int
    prot: int = 0
    s: bool = False
    policies: tuple[int, ...] = ()
    session: bytes = b""
    spi: bytes = b""

    def encode(self) -> bytes:
        if len(self.policies) > 127:
            raise ValueError("a GENERIC-ID block holds at most 127 policies")
        return (
            uint(self.cs_id, 1, "CS ID")
            + uint(self.prot, 1, "prot type")
            + bytes([self.s << 7 | len(self.policies)])
            + bytes(self.policies)
            + sized(self.session, 2, "session data")
            + sized(self.spi, 1, "SPI")
        )

    @classmethod
    def decode(cls, r: Reader) -> GenericId:
        cs_id, prot = r.uint(1, "CS ID"), r.uint(1, "prot type")
        flags = r.uint(1, "#P")
        policies = tuple(r.take(flags & 127, "policy numbers"))
        return cls(
            cs_id, prot, bool(flags >> 7), policies, r.sized(2, "session data"), r.sized(1, "SPI")
        )

    @property
    def srtp(self) -> tuple[int, int, int] | None:
        """(SSRC, ROC, SEQ) of an SRTP session, None when omitted; DecodeError on a bad length."""
        if not self.session:
            return None
        if len(self.session) != (10 if self.s else 4):
            raise DecodeError(f"SRTP session data of {len(self.session)} octets")
        word = int.from_bytes
        return (
            word(self.session[:4], "big"),
            word(self.session[4:8], "big"),
            word(self.session[8:], "big"),
        )


@dataclass(frozen=True, slots=True)
class Header:
    """HDR without its version and next payload, which the codec fills in.

    data_type 8 bits; `v`: the initiator wants a response; prf 7 bits; csb_id 32 bits; map_type
    8 bits; `cs`: SrtpId or GenericId entries as the map type says; `empty_cs`: #CS of an Empty
    map, which has no entries (RFC 4563 section 5).
    """

    data_type: int
    csb_id: int
    v: bool = False
    prf: int = 0
    map_type: int = MapType.SRTP_ID
    cs: tuple[SrtpId | GenericId, ...] = ()
    empty_cs: int = 0

    @property
    def n_cs(self) -> int:
        """#CS as sent, 0..255."""
        return self.empty_cs if self.map_type == MapType.EMPTY else len(self.cs)

    def encode(self, next_payload: int) -> bytes:
        """The octets of HDR, `next_payload` in place."""
        if not 0 <= self.prf < 128:
            raise ValueError(f"PRF func {self.prf} does not fit in 7 bits")
        if self.map_type == MapType.EMPTY and self.cs:
            raise ValueError("an Empty map has no entries")
        return (
            bytes([VERSION])
            + uint(self.data_type, 1, "data type")
            + bytes([next_payload, self.v << 7 | self.prf])
            + uint(self.csb_id, 4, "CSB ID")
            + uint(self.n_cs, 1, "#CS")
            + uint(self.map_type, 1, "map type")
            + b"".join(entry.encode() for entry in self.cs)
        )

    @classmethod
    def decode(cls, r: Reader) -> tuple[Header, int]:
        """The header and its next payload. DecodeError 12 on another version or map type."""
        version = r.uint(1, "version")
        if version != VERSION:
            raise DecodeError(f"MIKEY version {version}, only 1 is known", offset=0)
        data_type = r.uint(1, "data type")
        next_payload = r.uint(1, "next payload")
        v_prf = r.uint(1, "V and PRF func")
        csb_id = r.uint(4, "CSB ID")
        n_cs = r.uint(1, "#CS")
        map_type = r.uint(1, "CS ID map type")
        header = cls(data_type, csb_id, bool(v_prf >> 7), v_prf & 127, map_type)
        if map_type == MapType.EMPTY:
            return replace(header, empty_cs=n_cs), next_payload
        if map_type == MapType.SRTP_ID:
            entry = SrtpId
        elif map_type == MapType.GENERIC_ID:
            entry = GenericId
        else:
            raise DecodeError(f"unknown CS ID map type {map_type}", offset=r.pos - 1)
        cs = tuple(entry.decode(r) for _ in range(n_cs))
        return replace(header, cs=cs), next_payload
