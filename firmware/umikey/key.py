"""What an initiator transports other than a fresh TGK (RFC 3830 6.13, 6.14)."""

from umikey.errors import LocalError


def Key(tgk=None, tek=None, salt=None, mki=None, valid=None):
    """One key to transport: a TGK or a TEK, with its salt (14 octets) if it has its own.

    mki: SPI/MKI of 1..255 octets; valid: (from, to), 6 octets each (RFC 3830 6.13, 6.14).
    """
    key = tgk or tek
    if not key or tgk and tek:
        raise LocalError("a TGK or a TEK")
    kind = (2 if tek else 0) | (1 if salt else 0)
    kv = 1 if mki else 2 if valid else 0
    a, b = valid if valid else (mki, None)
    return kind, bytearray(key), bytearray(salt) if salt else None, kv, a, b
