"""MIKEY's key derivation: the two PRFs and every label of RFC 3830 section 4.1."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from .buffer import uint
from .errors import Refused
from .registry import Encr, Mac, Prf
from .secret import Secret

# Consecutive nine-digit pieces of the decimals of e (tables 4.1.3 and 4.1.4).
TEK, AUTH, ENCR, SALT = 0x2AD01C64, 0x1B5C7973, 0x15798CEF, 0x39A2C14B
MESSAGE_ENCR, MESSAGE_AUTH, MESSAGE_SALT = 0x150533E1, 0x2D22AC75, 0x29B88916
NO_CS = 0xFF  # takes the place of the CS ID in the keys of a message

HASHES = {Prf.MIKEY_1: hashlib.sha1, Prf.HMAC_SHA_256: hashlib.sha256}
BLOCK = 32  # inkey is cut in 256-bit pieces for both hashes (4.1.2; RFC 6043 6.1 keeps it)

ENCR_KEY_LENGTH = {Encr.NULL: 16, Encr.AES_CM_128: 16, Encr.AES_KW_128: 16, Encr.AES_CM_256: 32}
AUTH_KEY_LENGTH = {Mac.NULL: 20, Mac.HMAC_SHA_1_160: 20, Mac.HMAC_SHA_256_256: 32}


def prf(func: int, inkey: bytes, label: bytes, length: int) -> bytes:
    """PRF(inkey, label), `length` octets (RFC 3830 4.1.2; func 1: RFC 6043 6.1).

    `inkey`: one octet or more; Refused 2 for an unknown `func`, ValueError for an empty key.
    """
    if func not in HASHES:
        raise Refused(f"PRF function {func} is not supported", 2)
    if not inkey:
        raise ValueError("the PRF needs a key of at least one octet")
    outkey = 0
    for start in range(0, len(inkey), BLOCK):
        block = _p(HASHES[func], inkey[start : start + BLOCK], label, length)
        outkey ^= int.from_bytes(block, "big")
    return outkey.to_bytes(length, "big")


def _p(hash_func, s: bytes, label: bytes, length: int) -> bytes:
    """The first `length` octets of P(s, label, m)."""
    out = b""
    a = label
    while len(out) < length:
        a = hmac.digest(s, a, hash_func)
        out += hmac.digest(s, a + label, hash_func)
    return out[:length]


def label(constant: int, cs_id: int, csb_id: int, rand: bytes) -> bytes:
    """constant(4) || cs_id(1) || csb_id(4) || RAND, without the length octet of RAND."""
    ids = uint(cs_id, 1, "CS ID") + uint(csb_id, 4, "CSB ID")
    return uint(constant, 4, "constant") + ids + rand


def derive(
    func: int, tgk: bytes, constant: int, cs_id: int, csb_id: int, rand: bytes, length: int
) -> bytes:
    """A key of `length` octets for one crypto session (4.1.3); `rand` is the CSB's first RAND."""
    return prf(func, tgk, label(constant, cs_id, csb_id, rand), length)


@dataclass(frozen=True, slots=True)
class MessageKeys:
    """The keys that protect MIKEY's own messages (4.1.4).

    `encr` 16 or 32 octets; `salt` 14, or 8 for AES key wrap; `auth` 20 or 32.
    """

    encr: Secret
    salt: Secret
    auth: Secret

    @classmethod
    def derive(
        cls, func: int, inkey: bytes, csb_id: int, rand: bytes, encr: int, mac: int
    ) -> MessageKeys:
        """From a pre-shared or envelope key. Lengths follow the algorithms `encr` and `mac`;
        those of unknown ones are taken from the mandatory ones, so that a MAC can be checked."""
        wanted = (
            (MESSAGE_ENCR, ENCR_KEY_LENGTH.get(encr, 16)),
            (MESSAGE_SALT, 8 if encr == Encr.AES_KW_128 else 14),
            (MESSAGE_AUTH, AUTH_KEY_LENGTH.get(mac, 20)),
        )
        return cls(*(Secret(prf(func, inkey, label(c, NO_CS, csb_id, rand), n)) for c, n in wanted))

    def wipe(self) -> None:
        """Overwrites all three."""
        for key in (self.encr, self.salt, self.auth):
            key.wipe()
