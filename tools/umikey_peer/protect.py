"""KEMAC encryption and MACs (RFC 3830 sections 4.2.3 and 4.2.4, RFC 6043 section 6.2)."""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Sequence
from dataclasses import replace

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .errors import AuthError, DecodeError, Refused
from .header import Header
from .keys import MessageKeys
from .message import Message
from .payloads import Kemac, Payload, Timestamp, Ver
from .registry import MAC_LENGTH, Encr, Mac
from .secret import same

MAC_HASH = {Mac.HMAC_SHA_1_160: hashlib.sha1, Mac.HMAC_SHA_256_256: hashlib.sha256}


def mac(alg: int, key: bytes, data: bytes) -> bytes:
    """The tag over `data`: 20 octets, 32, or none for the NULL algorithm."""
    return hmac.digest(key, data, MAC_HASH[alg]) if alg != Mac.NULL else b""


def verify(alg: int, key: bytes, data: bytes, tag: bytes) -> None:
    """AuthError unless `tag` is the MAC of `data`. The NULL algorithm proves nothing: allowing
    it is the caller's decision, so it fails here."""
    if alg == Mac.NULL or not same(mac(alg, key, data), tag):
        raise AuthError("the message authentication code is wrong")


def seal(
    header: Header, parts: Sequence[Payload], end: Kemac | Ver, key: bytes, also: bytes = b""
) -> bytes:
    """A message that ends with `end`, whose tag is made here: it covers all octets before it,
    and what `also` says, which is not sent."""
    blank = bytes(MAC_LENGTH[end.alg])
    end = replace(end, mac=blank) if isinstance(end, Kemac) else replace(end, data=blank)
    draft = Message(header, (*parts, end)).encode()
    covered = draft[: len(draft) - len(blank)]
    return covered + mac(end.alg, key, covered + also)


def iv(salt: bytes, csb_id: int, time: Timestamp) -> bytes:
    """AES-CM's counter start, 16 octets: (S xor (0000 || CSB ID || T)) || 0000, where `salt` S
    has 14 octets and `time` is the initiator's, as 8 octets."""
    block = b"\0\0" + struct.pack(">I", csb_id) + time.octets8
    return bytes(a ^ b for a, b in zip(salt, block, strict=True)) + b"\0\0"


def encrypt(encr: int, keys: MessageKeys, csb_id: int, time: Timestamp, plain: bytes) -> bytes:
    """Encr data for `plain`: as long, or 8 octets longer with AES key wrap, which takes a
    multiple of 8 octets, at least 16. Refused 4 otherwise or for an unknown algorithm."""
    if encr == Encr.NULL:
        return plain
    if encr in (Encr.AES_CM_128, Encr.AES_CM_256):
        return _counter_mode(keys, csb_id, time, plain)
    if encr == Encr.AES_KW_128:
        if len(plain) % 8 or len(plain) < 16:
            raise Refused("AES key wrap takes a multiple of 8 octets, at least 16", 4)
        return wrap(bytes(keys.encr), bytes(keys.salt), plain)
    raise Refused(f"encryption algorithm {encr} is not supported", 4)


def decrypt(encr: int, keys: MessageKeys, csb_id: int, time: Timestamp, data: bytes) -> bytes:
    """The reverse of `encrypt`. AuthError when a wrapped key does not unwrap."""
    if encr == Encr.NULL:
        return data
    if encr in (Encr.AES_CM_128, Encr.AES_CM_256):
        return _counter_mode(keys, csb_id, time, data)
    if encr == Encr.AES_KW_128:
        if not data:
            return b""  # an update without keys has nothing to wrap
        if len(data) % 8 or len(data) < 24:
            raise DecodeError(f"{len(data)} octets cannot come from AES key wrap")
        return unwrap(bytes(keys.encr), bytes(keys.salt), data)
    raise Refused(f"encryption algorithm {encr} is not supported", 4)


def _counter_mode(keys: MessageKeys, csb_id: int, time: Timestamp, data: bytes) -> bytes:
    start = iv(bytes(keys.salt), csb_id, time)
    cipher = Cipher(algorithms.AES(bytes(keys.encr)), modes.CTR(start)).encryptor()
    return cipher.update(data) + cipher.finalize()


def wrap(kek: bytes, initial: bytes, plain: bytes) -> bytes:
    """AES key wrap (RFC 3394 2.2.1) with MIKEY's own 8-octet initial value, which the usual
    libraries fix at A6A6A6A6A6A6A6A6. `plain`: n * 8 octets, n >= 2."""
    # One ECB context is cheaper than one per block; RFC 3394 is built on the bare block cipher.
    block = Cipher(algorithms.AES(kek), modes.ECB()).encryptor()
    a, r = initial, [plain[i : i + 8] for i in range(0, len(plain), 8)]
    for t in range(6 * len(r)):
        i = t % len(r)
        b = block.update(a + r[i])
        a, r[i] = _xor(b[:8], t + 1), b[8:]
    return a + b"".join(r)


def unwrap(kek: bytes, initial: bytes, data: bytes) -> bytes:
    """The reverse (RFC 3394 2.2.2); AuthError unless the initial value comes out."""
    block = Cipher(algorithms.AES(kek), modes.ECB()).decryptor()
    a, r = data[:8], [data[i : i + 8] for i in range(8, len(data), 8)]
    for t in reversed(range(6 * len(r))):
        i = t % len(r)
        b = block.update(_xor(a, t + 1) + r[i])
        a, r[i] = b[:8], b[8:]
    if not same(a, initial):
        raise AuthError("the wrapped key does not unwrap")
    return b"".join(r)


def _xor(a: bytes, t: int) -> bytes:
    return (int.from_bytes(a, "big") ^ t).to_bytes(8, "big")
