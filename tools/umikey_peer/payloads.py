"""The payloads of RFC 3830 (sections 6.2 to 6.15) that every mode can meet.

Each class has `number` (its Next payload value), `body()` (its octets after the Next payload
octet) and `parse()` (the reverse, from a Reader that stands after that octet). Parsing raises
DecodeError with the RFC error number, encoding a field that does not fit raises ValueError.
Key material never shows in `repr()`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from .buffer import Reader, sized, uint
from .errors import DecodeError
from .registry import MAC_LENGTH, SALTED, TS_LENGTH, KeyType, Kv, Mac, PayloadType

MAX_CHAIN = 256  # payloads in one chain: bounds the work that any 64 KiB can cause
RFC_4650 = (2, b"", 0)  # encr alg, data and MAC alg as RFC 4650 4.2 prints them
PAYLOADS: dict[int, type[Payload]] = {}  # Next payload value -> class


class Payload:
    """Base of all payloads; a subclass registers itself under its `number`."""

    __slots__ = ()
    number: ClassVar[int]

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        # dataclass(slots=True) makes the class twice: the second one replaces the first.
        PAYLOADS[cls.number] = cls

    def body(self) -> bytes:
        raise NotImplementedError

    @classmethod
    def parse(cls, r: Reader) -> Payload:
        raise NotImplementedError

    def encode(self, next_payload: int = 0) -> bytes:
        """The payload on the wire, `next_payload` (8 bits) first."""
        return bytes([next_payload]) + self.body()


@dataclass(frozen=True, slots=True)
class Validity:
    """Key validity data (RFC 3830 6.14): `kv` 4 bits; `spi` 0..255 octets for KV 1;
    `start` and `end` 0..255 octets each for KV 2 (6 each for SRTP, a 48-bit index)."""

    kv: int = Kv.NULL
    spi: bytes = b""
    start: bytes = b""
    end: bytes = b""

    @classmethod
    def mki(cls, spi: bytes) -> Validity:
        return cls(Kv.SPI, spi=spi)

    @classmethod
    def interval(cls, start: int, end: int) -> Validity:
        """SRTP packet indices, 48 bits each."""
        return cls(Kv.INTERVAL, start=uint(start, 6, "valid from"), end=uint(end, 6, "valid to"))

    def encode(self) -> bytes:
        if self.kv == Kv.SPI:
            return sized(self.spi, 1, "SPI")
        if self.kv == Kv.INTERVAL:
            return sized(self.start, 1, "valid from") + sized(self.end, 1, "valid to")
        return b""

    @classmethod
    def decode(cls, kv: int, r: Reader) -> Validity:
        if kv == Kv.NULL:
            return cls()
        if kv == Kv.SPI:
            return cls(Kv.SPI, spi=r.sized(1, "SPI"))
        if kv == Kv.INTERVAL:
            return cls(Kv.INTERVAL, start=r.sized(1, "valid from"), end=r.sized(1, "valid to"))
        raise DecodeError(f"unknown key validity type {kv}", offset=r.pos)


@dataclass(frozen=True, slots=True)
class Kemac(Payload):
    """KEMAC (6.2): `encr` 8 bits, `data` 0..65535 octets, `mac_alg` 8 bits, `mac` as it says.

    RFC 4650 section 4.2 prints other numbers for the same thing: NULL encryption 2, HMAC-SHA-1 0.
    `literal` says whether they were used, `alg` is the MAC algorithm that is meant."""

    number: ClassVar[int] = PayloadType.KEMAC
    encr: int
    data: bytes = field(repr=False)  # key data in clear when encr is NULL
    mac_alg: int
    mac: bytes = b""

    @property
    def literal(self) -> bool:
        return (self.encr, self.data, self.mac_alg, len(self.mac)) == (*RFC_4650, 20)

    @property
    def alg(self) -> int:
        return Mac.HMAC_SHA_1_160 if self.literal else self.mac_alg

    def body(self) -> bytes:
        if len(self.mac) != MAC_LENGTH.get(self.alg, -1):
            raise ValueError(f"MAC of {len(self.mac)} octets for MAC alg {self.mac_alg}")
        octets = (
            uint(self.encr, 1, "encr alg")
            + sized(self.data, 2, "encr data")
            + uint(self.mac_alg, 1, "MAC alg")
            + self.mac
        )
        if len(octets) + 1 > 65536:
            raise ValueError("KEMAC longer than 2^16 octets (RFC 3830 section 6.13)")
        return octets

    @classmethod
    def parse(cls, r: Reader, rfc_4650: bool = False) -> Kemac:
        """`rfc_4650`: the printed numbers of that RFC may stand here."""
        start = r.pos - 1
        encr, data = r.uint(1, "encr alg"), r.sized(2, "encr data")
        if rfc_4650 and (encr, data, r.peek("MAC alg")) == RFC_4650:
            mac_alg, mac = r.uint(1, "MAC alg"), r.take(20, "MAC")
        else:
            mac_alg, mac = parse_mac(r, "MAC")
        if r.pos - start > 65536:
            raise DecodeError("KEMAC longer than 2^16 octets", offset=start)
        return cls(encr, data, mac_alg, mac)


def parse_mac(r: Reader, what: str) -> tuple[int, bytes]:
    """A MAC algorithm (8 bits) and a tag of its length; DecodeError 3 if unknown."""
    alg = r.uint(1, f"{what} alg")
    if alg not in MAC_LENGTH:
        raise DecodeError(f"MAC algorithm {alg} is not supported", 3, r.pos - 1)
    return alg, r.take(MAC_LENGTH[alg], what)


@dataclass(frozen=True, slots=True)
class Timestamp(Payload):
    """T (6.6): `kind` 8 bits, `value` 8 octets (NTP-UTC, NTP) or 4 (COUNTER, NTP-UTC-32)."""

    number: ClassVar[int] = PayloadType.T
    kind: int
    value: bytes

    def body(self) -> bytes:
        if len(self.value) != TS_LENGTH.get(self.kind, -1):
            raise ValueError(f"timestamp of {len(self.value)} octets for type {self.kind}")
        return uint(self.kind, 1, "TS type") + self.value

    @classmethod
    def parse(cls, r: Reader) -> Timestamp:
        return cls(*parse_time(r))

    @property
    def octets8(self) -> bytes:
        """As the 8 octets that go into the AES-CM IV: a COUNTER gets leading zeros (6.6),
        an NTP-UTC-32 a zero fraction (RFC 6043 section 6.3)."""
        if self.kind == 2:
            return bytes(4) + self.value
        return self.value + bytes(8 - len(self.value))


def parse_time(r: Reader) -> tuple[int, bytes]:
    """A timestamp type (8 bits) and its value; DecodeError 1 if unknown."""
    kind = r.uint(1, "TS type")
    if kind not in TS_LENGTH:
        raise DecodeError(f"timestamp type {kind} is not supported", 1, r.pos - 1)
    return kind, r.take(TS_LENGTH[kind], "TS value")


@dataclass(frozen=True, slots=True)
class Id(Payload):
    """ID (6.7): `kind` 8 bits (0 NAI, 1 URI, 2 byte string), `data` 0..65535 octets."""

    number: ClassVar[int] = PayloadType.ID
    kind: int
    data: bytes

    def body(self) -> bytes:
        return uint(self.kind, 1, "ID type") + sized(self.data, 2, "ID")

    @classmethod
    def parse(cls, r: Reader) -> Id:
        return cls(r.uint(1, "ID type"), r.sized(2, "ID"))

    @classmethod
    def of(cls, text: str | bytes | Id) -> Id:
        """An identity from text: with a scheme (`sip:...`) a URI, else a NAI; bytes as such."""
        if isinstance(text, Id):
            return text
        if isinstance(text, bytes):
            return cls(2, text)
        return cls(1 if ":" in text else 0, text.encode())

    def __str__(self) -> str:
        return self.data.decode() if self.kind < 2 and _plain(self.data) else self.data.hex()


def _plain(data: bytes) -> bool:
    return all(32 <= octet < 127 for octet in data)


@dataclass(frozen=True, slots=True)
class Ver(Payload):
    """V (6.9): `alg` 8 bits as in KEMAC, `data` of its length."""

    number: ClassVar[int] = PayloadType.V
    alg: int
    data: bytes = b""

    def body(self) -> bytes:
        if len(self.data) != MAC_LENGTH.get(self.alg, -1):
            raise ValueError(f"ver data of {len(self.data)} octets for auth alg {self.alg}")
        return uint(self.alg, 1, "auth alg") + self.data

    @classmethod
    def parse(cls, r: Reader) -> Ver:
        return cls(*parse_mac(r, "ver data"))


@dataclass(frozen=True, slots=True)
class Sp(Payload):
    """SP (6.10): `policy` 8 bits, `prot` 8 bits, `params` as (type 8 bits, value 0..255 octets)
    in the order sent. What the values mean is in `policy.py`."""

    number: ClassVar[int] = PayloadType.SP
    policy: int
    prot: int
    params: tuple[tuple[int, bytes], ...] = ()

    def body(self) -> bytes:
        params = b"".join(
            uint(kind, 1, "parameter type") + sized(value, 1, "parameter")
            for kind, value in self.params
        )
        return (
            uint(self.policy, 1, "policy no")
            + uint(self.prot, 1, "prot type")
            + sized(params, 2, "policy parameters")
        )

    @classmethod
    def parse(cls, r: Reader) -> Sp:
        policy, prot = r.uint(1, "policy no"), r.uint(1, "prot type")
        length = r.uint(2, "length of policy parameters")
        inner = Reader(r.data, r.pos, r.pos + length)
        r.take(length, "policy parameters")
        params = []
        while inner.left:
            kind, size = inner.pos, 0
            if inner.left >= 2:
                size = 2 + inner.data[kind + 1]
            if inner.left < max(2, size):
                raise DecodeError("a policy parameter reaches beyond its payload", 10, inner.pos)
            params.append((inner.uint(1, "type"), inner.sized(1, "value")))
        return cls(policy, prot, tuple(params))


@dataclass(frozen=True, slots=True)
class Rand(Payload):
    """RAND (6.11): 0..255 octets, 16 or more recommended."""

    number: ClassVar[int] = PayloadType.RAND
    data: bytes

    def body(self) -> bytes:
        return sized(self.data, 1, "RAND")

    @classmethod
    def parse(cls, r: Reader) -> Rand:
        return cls(r.sized(1, "RAND"))


@dataclass(frozen=True, slots=True)
class Err(Payload):
    """ERR (6.12): `error` 8 bits, `reserved` 16 bits, sent as 0 and ignored."""

    number: ClassVar[int] = PayloadType.ERR
    error: int
    reserved: int = 0

    def body(self) -> bytes:
        return uint(self.error, 1, "error no") + uint(self.reserved, 2, "reserved")

    @classmethod
    def parse(cls, r: Reader) -> Err:
        return cls(r.uint(1, "error no"), r.uint(2, "reserved"))


@dataclass(frozen=True, slots=True)
class KeyData(Payload):
    """Key data (6.13), inside KEMAC only: `kind` 4 bits, `key` 0..65535 octets, `salt` None or
    0..65535 octets, present exactly for the SALT types."""

    number: ClassVar[int] = PayloadType.KEY_DATA
    kind: int
    key: bytes = field(repr=False)
    salt: bytes | None = field(default=None, repr=False)
    validity: Validity = Validity()

    def body(self) -> bytes:
        if (self.salt is not None) != (self.kind in SALTED):
            raise ValueError(f"key data type {self.kind} and its salt do not agree")
        if not 0 <= self.kind < 16:
            raise ValueError(f"key data type {self.kind} does not fit in 4 bits")
        octets = bytes([self.kind << 4 | self.validity.kv]) + sized(self.key, 2, "key data")
        if self.salt is not None:
            octets += sized(self.salt, 2, "salt")
        return octets + self.validity.encode()

    @classmethod
    def parse(cls, r: Reader) -> KeyData:
        kind_kv = r.uint(1, "key data type and KV")
        kind = kind_kv >> 4
        # An unknown type may or may not carry a salt: nothing after it could be trusted.
        if kind > KeyType.K_PR and kind != 15:
            raise DecodeError(f"unknown key data type {kind}", offset=r.pos - 1)
        key = r.sized(2, "key data")
        salt = r.sized(2, "salt") if kind in SALTED else None
        return cls(kind, key, salt, Validity.decode(kind_kv & 15, r))


@dataclass(frozen=True, slots=True)
class Extension(Payload):
    """General extension (6.15): `kind` 8 bits, `data` 0..65535 octets; see `extensions.py`."""

    number: ClassVar[int] = PayloadType.EXT
    kind: int
    data: bytes = field(repr=False)  # TESLA's is a key

    def body(self) -> bytes:
        return uint(self.kind, 1, "extension type") + sized(self.data, 2, "extension")

    @classmethod
    def parse(cls, r: Reader) -> Extension:
        return cls(r.uint(1, "extension type"), r.sized(2, "extension"))


def encode_chain(payloads: tuple[Payload, ...]) -> tuple[int, bytes]:
    """Payloads as a chain: the number of the first (0 if none) and all octets."""
    numbers = [payload.number for payload in payloads[1:]] + [0]
    first = payloads[0].number if payloads else 0
    return first, b"".join(p.encode(n) for p, n in zip(payloads, numbers, strict=False))


def encode_key_data(keys: tuple[KeyData, ...]) -> bytes:
    """The plaintext of a KEMAC in a PSK message (6.2)."""
    return encode_chain(keys)[1]


def decode_key_data(plain: bytes) -> tuple[KeyData, ...]:
    """Key data sub-payloads; DecodeError on anything else, trailing octets included."""
    r = Reader(plain)
    keys: list[KeyData] = []
    following = PayloadType.KEY_DATA if plain else 0
    while following:
        if following != PayloadType.KEY_DATA or len(keys) == MAX_CHAIN:
            raise DecodeError(f"payload {following} among the key data", offset=r.pos)
        following = r.uint(1, "next payload")
        keys.append(KeyData.parse(r))
    if r.left:
        raise DecodeError("octets after the last key data", offset=r.pos)
    return tuple(keys)
