"""Vectors without a protocol run: PRF, keys, KEMAC encryption, single payloads."""

from __future__ import annotations

import hmac

from .. import extensions as ext
from .. import payloads_more as more
from ..buffer import Reader
from ..header import GenericId, Header
from ..keys import (
    AUTH,
    ENCR,
    HASHES,
    MESSAGE_AUTH,
    MESSAGE_ENCR,
    MESSAGE_SALT,
    NO_CS,
    SALT,
    TEK,
    MessageKeys,
    derive,
    label,
    prf,
)
from ..message import Message
from ..payloads import PAYLOADS, Err, Id, KeyData, Timestamp, Validity
from ..policy import SrtpPolicy, TeslaPolicy
from ..protect import decrypt, encrypt, iv, unwrap, wrap
from ..registry import DataType, Encr, KeyType, MapType
from ..secret import Secret
from . import Case, Check


def prf_file(data: dict, check: Check) -> None:
    """01_prf.json."""
    for i, case in enumerate(data["cases"]):
        name = f"case {i}, PRF {case['prf_func']}, {len(case['inkey']) // 2} octets in"
        check.run(name, case, prf_case)
    for name in ("rfc6043_fork_MPKr", "rfc6043_init_auth"):
        check.run(name, data[name], _ticket_label)


def _ticket_label(case: Case) -> None:
    expected = case.data["outkey_prf1"]
    got = prf(1, case.octets("inkey"), case.octets("label"), len(expected) // 2)
    case.expect("outkey_prf1", got)


def prf_case(case: Case) -> None:
    func, inkey, text = case.take("prf_func"), case.octets("inkey"), case.octets("label")
    length = case.take("outkey_len")
    size = HASHES[func]().digest_size
    blocks = [inkey[i : i + 32] for i in range(0, len(inkey), 32)]
    case.expect("n", len(blocks))
    case.expect("m", -(-length // size))
    case.expect("outkey", prf(func, inkey, text, length))
    if "minisip_quirk_outkey" in case.data:
        # libmikey takes the last block's length modulo 32: a full block becomes an empty key
        case.expect("minisip_quirk_outkey", xor_of_p(func, [*blocks[:-1], b""], text, length))
    if "trace" in case.data:
        case.same("blocks", len(case.take("trace")), len(blocks))
        for j, (s, entry) in enumerate(zip(blocks, case.data["trace"], strict=True), 1):
            _trace(case.child(entry, f"trace {j}"), j, s, HASHES[func], text, -(-length // size))


def _trace(case: Case, j: int, s: bytes, hash_func, text: bytes, m: int) -> None:
    case.expect("s_j", j)
    case.expect("s", s)
    rounds = case.take("rounds")
    case.same("rounds", len(rounds), m)
    a, out = text, b""
    for i, entry in enumerate(rounds, 1):
        a = hmac.digest(s, a, hash_func)
        out += hmac.digest(s, a + text, hash_func)
        inner = case.child(entry, f"round {i}")
        inner.expect("i", i)
        inner.expect("A_i", a)
        inner.expect("HMAC(s,A_i||label)", out[-len(a) :])
        inner.done()
    case.expect("P", out)
    case.done()


def xor_of_p(func: int, blocks: list[bytes], text: bytes, length: int) -> bytes:
    """The PRF over blocks cut in any way."""
    total = 0
    for s in blocks:
        a, out = text, b""
        while len(out) < length:
            a = hmac.digest(s, a, HASHES[func])
            out += hmac.digest(s, a + text, HASHES[func])
        total ^= int.from_bytes(out[:length], "big")
    return total.to_bytes(length, "big")


def keys_file(data: dict, check: Check) -> None:
    """02_keys.json."""
    csb, rand = int(data["csb_id"], 16), bytes.fromhex(data["RAND"])
    for case in data["psk_cases"]:
        check.run(
            f"PSK {case['name']}, PRF {case['prf_func']}", case, lambda c: psk_keys(c, csb, rand)
        )
    for case in data["tgk_cases"]:
        check.run(
            f"{case['name']}, PRF {case['prf_func']}", case, lambda c: _tgk_keys(c, csb, rand)
        )


def psk_keys(case: Case, csb: int, rand: bytes) -> None:
    case.note("name")
    func, psk = case.take("prf_func"), case.octets("psk")
    for key, constant in (("encr", MESSAGE_ENCR), ("auth", MESSAGE_AUTH), ("salt", MESSAGE_SALT)):
        case.expect(f"label_{key}", label(constant, NO_CS, csb, rand))
    encr, mac = (Encr.AES_CM_256, 2) if func else (Encr.AES_CM_128, 1)
    keys = MessageKeys.derive(func, psk, csb, rand, encr, mac)
    case.expect("encr_key", bytes(keys.encr))
    case.expect("auth_key", bytes(keys.auth))
    case.expect("salt_key_14", bytes(keys.salt))
    wrapped = MessageKeys.derive(func, psk, csb, rand, Encr.AES_KW_128, mac)
    case.expect("salt_key_8_for_AES_KW", bytes(wrapped.salt))


def _tgk_keys(case: Case, csb: int, rand: bytes) -> None:
    case.note("name")
    func, tgk = case.take("prf_func"), case.octets("tgk")
    session_keys(case, "keys", func, tgk, csb, rand)


def session_keys(case: Case, key: str, func: int, tgk: bytes, csb: int, rand: bytes) -> None:
    """All keys of crypto sessions 1, 2, ... derived from a TGK."""
    for i, entry in enumerate(case.take(key), 1):
        inner = case.child(entry, f"CS {i}")
        inner.expect("cs_id", i)
        for text, field, constant, length in (
            ("label_TEK", "TEK", TEK, 16),
            ("label_salt", "salt", SALT, 14),
            ("label_auth", "auth_key_20", AUTH, 20),
            ("label_encr", "encr_key_16", ENCR, 16),
        ):
            inner.expect(text, label(constant, i, csb, rand))
            inner.expect(field, derive(func, tgk, constant, i, csb, rand, length))
        inner.done()


def cipher_file(data: dict, check: Check) -> None:
    """03_kemac_cipher.json."""
    csb = int(data["csb_id"], 16)
    stamps = (
        Timestamp(0, bytes.fromhex("e57a8ec080000000")),
        Timestamp(2, bytes.fromhex("00000007")),
        Timestamp(3, bytes.fromhex("e57a8ec0")),
        Timestamp(0, bytes.fromhex("e57a8ec080000000")),
        None,
    )
    for case, stamp in zip(data["cases"], stamps, strict=True):
        check.run(case["name"], case, lambda c, stamp=stamp: _cipher(c, csb, stamp))


def _cipher(case: Case, csb: int, stamp: Timestamp | None) -> None:
    case.note("name")
    plain = case.octets("plaintext")
    if stamp is None:
        kek, initial = case.octets("kek"), case.octets("salt_key_8")
        case.expect("wrapped", wrap(kek, initial, plain))
        case.same("unwrapped", unwrap(kek, initial, case.octets("wrapped")), plain.hex())
        return
    key, salt = case.octets("encr_key"), case.octets("salt_key")
    if "xor_block" in case.data:
        case.expect("xor_block", b"\0\0" + csb.to_bytes(4, "big") + stamp.octets8)
    case.expect("IV", iv(salt, csb, stamp))
    keys = MessageKeys(Secret(key), Secret(salt), Secret(b""))
    encr = Encr.AES_CM_256 if len(key) == 32 else Encr.AES_CM_128
    case.expect("keystream", encrypt(encr, keys, csb, stamp, bytes(len(plain))))
    case.expect("ciphertext", encrypt(encr, keys, csb, stamp, plain))
    back = decrypt(encr, keys, csb, stamp, case.octets("ciphertext"))
    case.same("decrypted", back, plain.hex())


# The values that the stand-alone payloads were made of (vectors' README, SPEC section 15).
H = bytes.fromhex
TIME = H("e57a8ec080000000")
RAND = H("4dbdd0524f215c4b74b175776e8dfb6e")
TGK, SALT_14 = H("357c443482e163a8edc5780d68d50dc8"), H("d1f5549fbe85a027769e1d648b79")
POINT = H(
    "04f61794189e0c7ba300488e4214914f44d1438ac7f19d985a1580f7250e361adc"
    "3b3d0c883c6c8d34df5961438d7dcb96c6837c62081586f577a7643bb8cef099"
)
CSB = 0x1A2B3C4D
RCC = {0: 1, 14: 3, 15: 1, 13: 100, 18: 14, 19: 10}
_STAMP = int.from_bytes(TIME, "big")

EXPECTED = (
    SrtpPolicy().to_sp(0),
    SrtpPolicy.aes_gcm(32).to_sp(1),
    SrtpPolicy.of(RCC),  # sends more than the vector's generator: compared by meaning
    TeslaPolicy(start=_STAMP, interval=500, delay=2, chain_length=7200, local_time=_STAMP).to_sp(3),
    ext.vendor_id(b"ExampleVendor/1.0"),
    ext.sdp_ids("mikey"),
    ext.sdp_ids("mikey", "keyp1", "keyp2"),
    ext.tesla_key(H("6ff105382753ede55253d8ac11991c97f864907a")),
    ext.key_ids((0, H("112233")), (1, H("00010002")), (2, H("0003"))),
    ext.csb_id(0x0BADCAFE),
    ext.oma_bcast(2, H("b7bfca585f37aaf5")),
    Err(10),
    more.Chash(0, H("3c96a940bcc3455bf719f1019fe6eb62fa2f523c")),
    more.Chash(2, H("20ac235af1aef3c7d6900034d225bb875f65895775acf63068a7a3e35854b504")),
    more.Cert(1, b"http://example.com/bob.cer"),
    Id.of("alice@example.com"),
    Id(2, H("00ff10")),
    Timestamp(2, H("00000007")),
    Timestamp(3, TIME[:4]),
    more.TimestampRole(3, 3, TIME[:4]),
    more.IdRole(1, 1, b"sip:alice@example.com"),
    more.RandRole(2, RAND),
    KeyData(KeyType.TGK, TGK),
    KeyData(KeyType.TGK_SALT, TGK, SALT_14, Validity.mki(H("0000002a"))),
    KeyData(
        KeyType.TEK_SALT,
        H("6ca54aca092c5b969991a65381810026"),
        SALT_14,
        Validity.interval(0, 0xFFFFFFFF),
    ),
    KeyData(KeyType.GTGK, H("23bfff78fa45554227d2cfc808e81ec5"), validity=Validity.mki(b"\7")),
    more.Eccpt(8, POINT, 1, 16),
    Message(
        Header(
            DataType.TRANSFER_INIT,
            CSB,
            v=True,
            prf=1,
            map_type=MapType.GENERIC_ID,
            cs=(GenericId(1, 0, True, (0,), H("11111111") + bytes(4) + H("0007"), H("0000002a")),),
        )
    ),
    Message(Header(0, CSB, v=True, map_type=MapType.EMPTY)),
    Message(Header(0, 0x12345678)),
    more.Sakke(1, 1, H("deadbeef")),
)


def payloads_file(data: dict, check: Check) -> None:
    """12_payloads.json: built from their values, decoded, and encoded again."""
    for case, expected in zip(data["payloads"], EXPECTED, strict=True):
        check.run(case["payload"], case, lambda c, expected=expected: _payload(c, expected))


def _payload(case: Case, expected) -> None:
    case.note("payload", "note")
    octets = case.octets("hex")
    if isinstance(expected, Message):
        case.expect("hex", expected.encode())
        decoded = Message.decode(octets)
    else:
        kind = PAYLOADS[10] if isinstance(expected, SrtpPolicy) else type(expected)
        reader = Reader(octets, 1)
        decoded = kind.parse(reader)
        case.same("octets left", reader.left, 0)
        case.same("next payload", octets[0], 0)
        if isinstance(expected, SrtpPolicy):
            case.same("meaning", str(SrtpPolicy.from_sp(decoded)), str(expected))
            values = {kind: int.from_bytes(value, "big") for kind, value in decoded.params}
            case.same("values", values, RCC)
            case.same("policy no", decoded.policy, 2)
        else:
            case.expect("hex", expected.encode(0))
    case.same("encoded again", decoded.encode(), octets.hex())


FILES = {
    "01_prf.json": prf_file,
    "02_keys.json": keys_file,
    "03_kemac_cipher.json": cipher_file,
    "12_payloads.json": payloads_file,
}
