"""Makes PSK messages of any kind, good and bad, octet by octet, on the peer's PRF."""

import hmac
from dataclasses import dataclass, field, replace

from umikey_peer.keys import prf as peer_prf

PSK = bytes.fromhex("51bacbc30e3fa7ece363c27e9ffc7b52")
CSB = bytes.fromhex("1a2b3c4d")
RAND = bytes.fromhex("4dbdd0524f215c4b74b175776e8dfb6e")
TGK = bytes.fromhex("357c443482e163a8edc5780d68d50dc8")
TS = bytes.fromhex("e57a8ec080000000")
NOW = int.from_bytes(TS[:4], "big") - 2208988800
ID_I = b"sip:alice@example.com"
ID_R = b"sip:bob@example.com"
SP = bytes.fromhex("0001010101100201010301140701010801010a01010b010a")
KEMAC, T, ID, V, SPOL, RANDP, ERR, EXT = 1, 5, 6, 9, 10, 11, 12, 21


def u16(n: int) -> bytes:
    return n.to_bytes(2, "big")


def identity(data: bytes, kind: int = 1) -> tuple[int, bytes]:
    return ID, bytes([kind]) + u16(len(data)) + data


def policy(params: bytes = SP, no: int = 0, prot: int = 0) -> tuple[int, bytes]:
    return SPOL, bytes([no, prot]) + u16(len(params)) + params


def extension(kind: int, data: bytes) -> tuple[int, bytes]:
    return EXT, bytes([kind]) + u16(len(data)) + data


def key_data(
    key: bytes = TGK, kind: int = 0, salt: bytes = b"", kv: int = 0, tail: bytes = b"", np: int = 0
) -> bytes:
    out = bytes([np, kind << 4 | kv]) + u16(len(key)) + key
    return out + (u16(len(salt)) + salt if kind & 1 else b"") + tail


def chain(header: bytes, payloads: list[tuple[int, bytes]]) -> bytes:
    """`header` with its next payload at offset 2, then the payloads, linked."""
    kinds = [kind for kind, _ in payloads] + [0]
    out = header[:2] + bytes([kinds[0]]) + header[3:]
    for np, (_, body) in zip(kinds[1:], payloads, strict=True):
        out += bytes([np]) + body
    return out


def mac_name(alg: int) -> str:
    return {1: "sha1", 2: "sha256"}[alg]


def mikey_key(constant: str, n: int, psk: bytes = PSK, csb=CSB, rand=RAND, func: int = 0) -> bytes:
    return peer_prf(func, psk, bytes.fromhex(constant) + b"\xff" + csb + rand, n)


@dataclass(frozen=True)
class I:  # noqa: E742 - the RFC's I_MESSAGE
    """An I_MESSAGE. `auth_rand`: the RAND for the keys where the message carries none."""

    psk: bytes = PSK
    version: int = 1
    data_type: int = 0
    v: int = 1
    prf: int = 0
    csb: bytes = CSB
    cs: tuple = ((0, 0x11111111, 0),)
    map_type: int = 0
    map_raw: bytes | None = None
    n_cs: int | None = None
    ts_type: int = 0
    ts: bytes = TS
    rand: bytes | None = RAND
    auth_rand: bytes = RAND
    ids: tuple = (ID_I, ID_R)
    id_type: int = 1
    before_sp: tuple = ()
    sps: tuple = ((SP, 0, 0),)
    extra: tuple = ()
    keys: bytes = field(default=key_data())
    encr: int = 1
    mac: int = 1

    def but(self, **changes) -> "I":
        return replace(self, **changes)

    def header(self) -> bytes:
        info = self.map_raw
        if info is None:
            info = b"".join(
                bytes([no]) + ssrc.to_bytes(4, "big") + roc.to_bytes(4, "big")
                for no, ssrc, roc in self.cs
            )
        n = len(self.cs) if self.n_cs is None else self.n_cs
        out = bytes([self.version, self.data_type, 0, self.v << 7 | self.prf]) + self.csb
        return out + bytes([n, self.map_type]) + info

    def key(self, constant: str, n: int) -> bytes:
        rand = self.rand if self.rand is not None else self.auth_rand
        return mikey_key(constant, n, self.psk, self.csb, rand, self.prf & 1)

    def encrypted(self) -> bytes:
        if self.encr not in (1, 3) or not self.keys:
            return self.keys
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        salt = self.key("29b88916", 14)
        ts = self.ts.rjust(8, b"\0") if self.ts_type == 2 else self.ts.ljust(8, b"\0")
        iv = bytes(a ^ b for a, b in zip(salt, b"\0\0" + self.csb + ts, strict=True)) + b"\0\0"
        key = self.key("150533e1", 32 if self.encr == 3 else 16)
        return Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor().update(self.keys)

    def encode(self) -> bytes:
        data = self.encrypted()
        payloads = [(T, bytes([self.ts_type]) + self.ts)]
        if self.rand is not None:
            payloads.append((RANDP, bytes([len(self.rand)]) + self.rand))
        payloads += [identity(i, self.id_type) for i in self.ids if i is not None]
        payloads += list(self.before_sp)
        payloads += [policy(*sp) for sp in self.sps]
        payloads += list(self.extra)
        payloads.append((KEMAC, bytes([self.encr]) + u16(len(data)) + data + bytes([self.mac])))
        out = chain(self.header(), payloads)
        if self.mac in (1, 2):
            size = 20 if self.mac == 1 else 32
            out += hmac.new(self.key("2d22ac75", size), out, mac_name(self.mac)).digest()
        return out


def seal(message: bytes, tail: bytes = b"", alg: int = 1, psk: bytes = PSK, csb=CSB, rand=RAND):
    """`message`, which ends with a MAC/Auth alg octet, with its tag over itself and `tail`."""
    size = 20 if alg == 1 else 32
    key = mikey_key("2d22ac75", size, psk, csb, rand)
    return message + hmac.new(key, message + tail, mac_name(alg)).digest()


def response(
    cs=((0, 0x11111111, 0),),
    ts=TS,
    idr=None,
    data_type=1,
    extra=(),
    csb=CSB,
    v=True,
    prf=0,
    tail=None,
) -> bytes:
    """An R_MESSAGE, or with data_type 6 and an ERR in `extra` an Error; with V unless v=False."""
    header = I(data_type=data_type, v=0, cs=cs, csb=csb, prf=prf).header()
    payloads = [(T, b"\0" + ts)]
    payloads += [identity(idr)] if idr else []
    payloads += list(extra)
    if not v:
        return chain(header, payloads)
    if tail is None:
        tail = b"" if data_type == 6 else ID_I + ID_R + ts
    return seal(chain(header, [*payloads, (V, b"\1")]), tail, csb=csb)
