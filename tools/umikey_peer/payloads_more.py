"""Payloads of the public-key, ticket, IBAKE, ECC and SAKKE modes.

Layouts: RFC 3830 6.3 to 6.8, RFC 6043 6.4 to 6.10, RFC 6267 6.1, RFC 6509 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from .buffer import Reader, sized, uint
from .errors import DecodeError
from .payloads import Payload, Validity, parse_time
from .registry import (
    CURVE_FIELD,
    DH_EC_FIELD,
    DH_MODP_LENGTH,
    HASH_LENGTH,
    TS_LENGTH,
    PayloadType,
)


def _nibbles(high: int, low: int, what: str) -> bytes:
    if not (0 <= high < 16 and 0 <= low < 16):
        raise ValueError(f"{what} does not fit in 4 bits")
    return bytes([high << 4 | low])


def _point_length(first: int, field_length: int, offset: int) -> int:
    """Length of an SEC 1 point by its first octet; DecodeError 6 if it is none."""
    if first in (4, 6, 7):
        return 1 + 2 * field_length
    if first in (2, 3):
        return 1 + field_length
    raise DecodeError(f"no elliptic curve point starts with {first:#04x}", 6, offset)


@dataclass(frozen=True, slots=True)
class Pke(Payload):
    """PKE (RFC 3830 6.3): `cache` 2 bits, `data` 0..16383 octets."""

    number: ClassVar[int] = PayloadType.PKE
    cache: int
    data: bytes

    def body(self) -> bytes:
        if not 0 <= self.cache < 4 or len(self.data) > 0x3FFF:
            raise ValueError("PKE: cache has 2 bits, data at most 16383 octets")
        return uint(self.cache << 14 | len(self.data), 2, "PKE") + self.data

    @classmethod
    def parse(cls, r: Reader) -> Pke:
        word = r.uint(2, "C and data len")
        return cls(word >> 14, r.take(word & 0x3FFF, "envelope data"))


@dataclass(frozen=True, slots=True)
class Dh(Payload):
    """DH (6.4): `group` 8 bits, `value` as long as the group says, `reserved` 4 bits, validity.

    Groups 0 to 2 are OAKLEY 5, 1, 2; 3 to 18 the ECC draft's; 241 to 243 this project's.
    """

    number: ClassVar[int] = PayloadType.DH
    group: int
    value: bytes
    validity: Validity = Validity()
    reserved: int = 0

    def body(self) -> bytes:
        return (
            uint(self.group, 1, "DH-Group")
            + self.value
            + _nibbles(self.reserved, self.validity.kv, "reserved or KV")
            + self.validity.encode()
        )

    @classmethod
    def parse(cls, r: Reader) -> Dh:
        group = r.uint(1, "DH-Group")
        if group in DH_MODP_LENGTH:
            length = DH_MODP_LENGTH[group]
        elif group in DH_EC_FIELD:
            length = _point_length(r.peek("DH-value"), DH_EC_FIELD[group], r.pos)
        else:
            raise DecodeError(f"DH group {group} is not supported", 6, r.pos - 1)
        value = r.take(length, "DH-value")
        kv = r.uint(1, "KV")
        return cls(group, value, Validity.decode(kv & 15, r), kv >> 4)


@dataclass(frozen=True, slots=True)
class Sign(Payload):
    """SIGN (6.5): `kind` 4 bits, `data` 0..4095 octets. Always last, has no Next payload."""

    number: ClassVar[int] = PayloadType.SIGN
    kind: int
    data: bytes

    def body(self) -> bytes:
        if not 0 <= self.kind < 16 or len(self.data) > 0xFFF:
            raise ValueError("SIGN: type has 4 bits, signature at most 4095 octets")
        return uint(self.kind << 12 | len(self.data), 2, "SIGN") + self.data

    @classmethod
    def parse(cls, r: Reader) -> Sign:
        word = r.uint(2, "S type and signature len")
        return cls(word >> 12, r.take(word & 0xFFF, "signature"))

    def encode(self, next_payload: int = 0) -> bytes:
        if next_payload:
            raise ValueError("SIGN must be the last payload (RFC 3830 section 6.5)")
        return self.body()


@dataclass(frozen=True, slots=True)
class Cert(Payload):
    """CERT (6.7): `kind` 8 bits, `data` 0..65535 octets (DER, or a URL for type 1)."""

    number: ClassVar[int] = PayloadType.CERT
    kind: int
    data: bytes = field(repr=False)

    def body(self) -> bytes:
        return uint(self.kind, 1, "cert type") + sized(self.data, 2, "certificate")

    @classmethod
    def parse(cls, r: Reader) -> Cert:
        return cls(r.uint(1, "cert type"), r.sized(2, "certificate"))


@dataclass(frozen=True, slots=True)
class Chash(Payload):
    """CHASH (6.8): `func` 8 bits, `data` as long as the hash. Unknown hash: DecodeError 5."""

    number: ClassVar[int] = PayloadType.CHASH
    func: int
    data: bytes

    def body(self) -> bytes:
        if len(self.data) != HASH_LENGTH.get(self.func, -1):
            raise ValueError(f"hash of {len(self.data)} octets for hash func {self.func}")
        return uint(self.func, 1, "hash func") + self.data

    @classmethod
    def parse(cls, r: Reader) -> Chash:
        func = r.uint(1, "hash func")
        if func not in HASH_LENGTH:
            raise DecodeError(f"hash function {func} is not supported", 5, r.pos - 1)
        return cls(func, r.take(HASH_LENGTH[func], "hash"))


@dataclass(frozen=True, slots=True)
class TimestampRole(Payload):
    """TR (RFC 6043 6.4): `role` 8 bits, then as T."""

    number: ClassVar[int] = PayloadType.TR
    role: int
    kind: int
    value: bytes

    def body(self) -> bytes:
        if len(self.value) != TS_LENGTH.get(self.kind, -1):
            raise ValueError(f"timestamp of {len(self.value)} octets for type {self.kind}")
        return uint(self.role, 1, "TS role") + uint(self.kind, 1, "TS type") + self.value

    @classmethod
    def parse(cls, r: Reader) -> TimestampRole:
        return cls(r.uint(1, "TS role"), *parse_time(r))


@dataclass(frozen=True, slots=True)
class IdRole(Payload):
    """IDR (RFC 6043 6.6): `role` 8 bits, then as ID."""

    number: ClassVar[int] = PayloadType.IDR
    role: int
    kind: int
    data: bytes

    def body(self) -> bytes:
        return (
            uint(self.role, 1, "ID role")
            + uint(self.kind, 1, "ID type")
            + sized(self.data, 2, "ID")
        )

    @classmethod
    def parse(cls, r: Reader) -> IdRole:
        return cls(r.uint(1, "ID role"), r.uint(1, "ID type"), r.sized(2, "ID"))


@dataclass(frozen=True, slots=True)
class RandRole(Payload):
    """RANDR (RFC 6043 6.8): `role` 8 bits, `data` 0..255 octets."""

    number: ClassVar[int] = PayloadType.RANDR
    role: int
    data: bytes

    def body(self) -> bytes:
        return uint(self.role, 1, "RAND role") + sized(self.data, 1, "RAND")

    @classmethod
    def parse(cls, r: Reader) -> RandRole:
        return cls(r.uint(1, "RAND role"), r.sized(1, "RAND"))


@dataclass(frozen=True, slots=True)
class TicketPolicy(Payload):
    """TP (RFC 6043 6.10): `kind` 16 bits, `subtype` and `version` 8 bits, `prf` 7 bits,
    `flags` 12 bits (D is the highest, O the lowest), `reserved` 5 bits, `data` 0..65535 octets
    that begin with the number of their first payload."""

    number: ClassVar[int] = PayloadType.TP
    kind: int
    subtype: int
    version: int
    prf: int
    flags: int
    reserved: int
    data: bytes = field(repr=False)

    def body(self) -> bytes:
        if self.prf >> 7 or self.flags >> 12 or self.reserved >> 5:
            raise ValueError("TP: PRF has 7 bits, flags 12, reserved 5")
        return (
            uint(self.kind, 2, "ticket type")
            + uint(self.subtype, 1, "subtype")
            + uint(self.version, 1, "version")
            + uint(self.prf << 17 | self.flags << 5 | self.reserved, 3, "flags")
            + sized(self.data, 2, "TP data")
        )

    @classmethod
    def fields(cls, r: Reader) -> tuple:
        kind = r.uint(2, "ticket type")
        subtype, version = r.uint(1, "subtype"), r.uint(1, "version")
        bits = r.uint(3, "PRF func and flags")
        data = r.sized(2, "TP data")
        return kind, subtype, version, bits >> 17, bits >> 5 & 0xFFF, bits & 31, data

    @classmethod
    def parse(cls, r: Reader) -> TicketPolicy:
        return cls(*cls.fields(r))


@dataclass(frozen=True, slots=True)
class Ticket(TicketPolicy):
    """TICKET (RFC 6043 6.10): as TP, then `ticket` and `initiator` data, 0..65535 octets each."""

    number: ClassVar[int] = PayloadType.TICKET
    ticket: bytes = field(repr=False)
    initiator: bytes = field(default=b"", repr=False)

    def body(self) -> bytes:
        # super() has lost its cell in a slotted dataclass
        return (
            TicketPolicy.body(self)
            + sized(self.ticket, 2, "ticket data")
            + sized(self.initiator, 2, "initiator data")
        )

    @classmethod
    def parse(cls, r: Reader) -> Ticket:
        return cls(*cls.fields(r), r.sized(2, "ticket data"), r.sized(2, "initiator data"))


@dataclass(frozen=True, slots=True)
class Ibake(Payload):
    """IBAKE (RFC 6267 6.1.1): encrypted `data`, 0..65535 octets."""

    number: ClassVar[int] = PayloadType.IBAKE
    data: bytes

    def body(self) -> bytes:
        return sized(self.data, 2, "IBAKE data")

    @classmethod
    def parse(cls, r: Reader) -> Ibake:
        return cls(r.sized(2, "IBAKE data"))


@dataclass(frozen=True, slots=True)
class Esk(Payload):
    """ESK (RFC 6267 6.1.2): encrypted `data`, 0..65535 octets."""

    number: ClassVar[int] = PayloadType.ESK
    data: bytes

    def body(self) -> bytes:
        return sized(self.data, 2, "ESK data")

    @classmethod
    def parse(cls, r: Reader) -> Esk:
        return cls(r.sized(2, "ESK data"))


@dataclass(frozen=True, slots=True)
class Sk(Payload):
    """SK (RFC 6267 6.1.5), inside ESK only: `kind` 4 bits, `key` 0..65535 octets, validity."""

    number: ClassVar[int] = PayloadType.SK
    kind: int
    key: bytes = field(repr=False)
    validity: Validity = Validity()

    def body(self) -> bytes:
        return (
            _nibbles(self.kind, self.validity.kv, "SK type or KV")
            + sized(self.key, 2, "key data")
            + self.validity.encode()
        )

    @classmethod
    def parse(cls, r: Reader) -> Sk:
        kind_kv = r.uint(1, "SK type and KV")
        return cls(kind_kv >> 4, r.sized(2, "key data"), Validity.decode(kind_kv & 15, r))


@dataclass(frozen=True, slots=True)
class Eccpt(Payload):
    """ECCPT (RFC 6267 6.1.4; ECC draft -03 section 5): `curve` 8 bits, `point` SEC 1 octets,
    zeros up to a 32-bit boundary, `auth_alg` 8 bits, `tgk_length` 16 bits, `reserved` 4 bits."""

    number: ClassVar[int] = PayloadType.ECCPT
    curve: int
    point: bytes
    auth_alg: int
    tgk_length: int
    validity: Validity = Validity()
    reserved: int = 0

    def body(self) -> bytes:
        return (
            uint(self.curve, 1, "ECC curve")
            + self.point
            + bytes(-(2 + len(self.point)) % 4)
            + uint(self.auth_alg, 1, "auth alg")
            + uint(self.tgk_length, 2, "TGK len")
            + _nibbles(self.reserved, self.validity.kv, "reserved or KV")
            + self.validity.encode()
        )

    @classmethod
    def parse(cls, r: Reader) -> Eccpt:
        curve = r.uint(1, "ECC curve")
        if curve not in CURVE_FIELD:
            raise DecodeError(f"elliptic curve {curve} is not supported", 6, r.pos - 1)
        point = r.take(_point_length(r.peek("ECC point"), CURVE_FIELD[curve], r.pos), "ECC point")
        if any(r.take(-(2 + len(point)) % 4, "padding")):
            raise DecodeError("the padding of an ECC point is not zero", offset=r.pos - 1)
        auth_alg, tgk_length = r.uint(1, "auth alg"), r.uint(2, "TGK len")
        kv = r.uint(1, "KV")
        return cls(curve, point, auth_alg, tgk_length, Validity.decode(kv & 15, r), kv >> 4)


@dataclass(frozen=True, slots=True)
class Sakke(Payload):
    """SAKKE (RFC 6509 4.2): `params` and `scheme` 8 bits, `data` 0..65535 octets."""

    number: ClassVar[int] = PayloadType.SAKKE
    params: int
    scheme: int
    data: bytes

    def body(self) -> bytes:
        return (
            uint(self.params, 1, "SAKKE params")
            + uint(self.scheme, 1, "ID scheme")
            + sized(self.data, 2, "SAKKE data")
        )

    @classmethod
    def parse(cls, r: Reader) -> Sakke:
        return cls(r.uint(1, "SAKKE params"), r.uint(1, "ID scheme"), r.sized(2, "SAKKE data"))
