"""The registered numbers of MIKEY, and their names for people.

Sources: RFC 3830 section 6, RFC 4442, 4563, 4650, 4738, 4771, 5410, 6043, 6267, 6509, 7714, 8269.
A number that is missing here stays a plain int in decoded messages.
"""

from __future__ import annotations

from enum import IntEnum

VERSION = 1
LAST = 0  # Next payload: the chain ends here


class DataType(IntEnum):
    """HDR data type, 8 bits (RFC 3830 table 6.1.a and its successors)."""

    PSK_INIT = 0
    PSK_RESP = 1
    PK_INIT = 2
    PK_RESP = 3
    DH_INIT = 4
    DH_RESP = 5
    ERROR = 6
    DHHMAC_INIT = 7
    DHHMAC_RESP = 8
    RSAR_INIT = 9
    RSAR_RESP = 10
    REQUEST_INIT_PSK = 11
    REQUEST_INIT_PK = 12
    REQUEST_RESP = 13
    TRANSFER_INIT = 14
    TRANSFER_RESP = 15
    RESOLVE_INIT_PSK = 16
    RESOLVE_INIT_PK = 17
    RESOLVE_RESP = 18
    REQUEST_KEY_PSK = 19
    REQUEST_KEY_PKE = 20
    REQUEST_KEY_RESP = 21
    I_MESSAGE_1 = 22
    R_MESSAGE_1 = 23
    I_MESSAGE_2 = 24
    R_MESSAGE_2 = 25
    SAKKE = 26
    # private use, of this project
    ECMQV_INIT = 241
    ECMQV_RESP = 242
    ECMQV1_INIT = 243
    ECMQV1_RESP = 244


# What only ever answers something: a responder that gets one of these says nothing, or two peers
# could throw errors at each other for ever.
RESPONSES = frozenset(
    (
        DataType.PSK_RESP,
        DataType.PK_RESP,
        DataType.DH_RESP,
        DataType.ERROR,
        DataType.DHHMAC_RESP,
        DataType.RSAR_RESP,
        DataType.REQUEST_RESP,
        DataType.TRANSFER_RESP,
        DataType.RESOLVE_RESP,
        DataType.REQUEST_KEY_RESP,
        DataType.R_MESSAGE_1,
        DataType.R_MESSAGE_2,
        DataType.ECMQV_RESP,
        DataType.ECMQV1_RESP,
    )
)


class PayloadType(IntEnum):
    """Next payload, 8 bits (RFC 3830 table 6.1.b and its successors)."""

    KEMAC = 1
    PKE = 2
    DH = 3
    SIGN = 4
    T = 5
    ID = 6
    CERT = 7
    CHASH = 8
    V = 9
    SP = 10
    RAND = 11
    ERR = 12
    TR = 13
    IDR = 14
    RANDR = 15
    TP = 16
    TICKET = 17
    KEY_DATA = 20
    EXT = 21
    IBAKE = 22
    ESK = 23
    SK = 24
    ECCPT = 25
    SAKKE = 26


class Prf(IntEnum):
    """PRF func, 7 bits."""

    MIKEY_1 = 0
    HMAC_SHA_256 = 1


class MapType(IntEnum):
    """CS ID map type, 8 bits."""

    SRTP_ID = 0
    EMPTY = 1
    GENERIC_ID = 2


class Encr(IntEnum):
    """KEMAC encryption algorithm, 8 bits."""

    NULL = 0
    AES_CM_128 = 1
    AES_KW_128 = 2
    AES_CM_256 = 3


class Mac(IntEnum):
    """KEMAC MAC algorithm and V auth algorithm, 8 bits."""

    NULL = 0
    HMAC_SHA_1_160 = 1
    HMAC_SHA_256_256 = 2


MAC_LENGTH = {Mac.NULL: 0, Mac.HMAC_SHA_1_160: 20, Mac.HMAC_SHA_256_256: 32}


class DhGroup(IntEnum):
    """DH-Group, 8 bits: the prime groups of RFC 3830 table 6.4, and this project's private ones
    (RFC 3526 sections 3 to 5)."""

    OAKLEY_5 = 0
    OAKLEY_1 = 1
    OAKLEY_2 = 2
    MODP_2048 = 241
    MODP_3072 = 242
    MODP_4096 = 243


class TsType(IntEnum):
    """Timestamp type, 8 bits."""

    NTP_UTC = 0
    NTP = 1
    COUNTER = 2
    NTP_UTC_32 = 3


TS_LENGTH = {TsType.NTP_UTC: 8, TsType.NTP: 8, TsType.COUNTER: 4, TsType.NTP_UTC_32: 4}


class IdType(IntEnum):
    """Identity type, 8 bits."""

    NAI = 0
    URI = 1
    BYTES = 2


class KeyType(IntEnum):
    """Key data type, 4 bits."""

    TGK = 0
    TGK_SALT = 1
    TEK = 2
    TEK_SALT = 3
    GTGK = 4
    GTGK_SALT = 5
    MPK = 6
    K_PR = 7


SALTED = frozenset((KeyType.TGK_SALT, KeyType.TEK_SALT, KeyType.GTGK_SALT))
TEKS = frozenset((KeyType.TEK, KeyType.TEK_SALT))


class Kv(IntEnum):
    """Key validity type, 4 bits."""

    NULL = 0
    SPI = 1
    INTERVAL = 2


class Ext(IntEnum):
    """General extension type, 8 bits."""

    VENDOR_ID = 0
    SDP_IDS = 1
    TESLA_I_KEY = 2
    KEY_ID = 3
    CSB_ID = 4
    OMA_BCAST = 5
    SAKKE_TO_SELF = 6
    KEY_PARAMETERS = 7


class Prot(IntEnum):
    """SP protocol type, 8 bits."""

    SRTP = 0
    TESLA = 1


HASH_LENGTH = {0: 20, 1: 16, 2: 32}  # CHASH: SHA-1, MD5, SHA-256
DH_MODP_LENGTH = {0: 192, 1: 96, 2: 128, 241: 256, 242: 384, 243: 512}
# Field lengths in octets; DH-Group 3..18 are the ECC draft's, ECC curve 1..16 RFC 6267 table 5.
_FIELDS = (24, 21, 21, 21, 28, 30, 30, 32, 36, 36, 48, 52, 52, 66, 72, 72)
DH_EC_FIELD = {3 + i: n for i, n in enumerate(_FIELDS)}
CURVE_FIELD = {1 + i: n for i, n in enumerate(_FIELDS)}
CURVE_NAMES = {
    1 + i: n
    for i, n in enumerate(
        "P-192 B-163 K-163 sect163r1 P-224 B-233 K-233 P-256 B-283 K-283 P-384 B-409 K-409 "
        "P-521 B-571 K-571".split()
    )
}

ERROR_NAMES = {
    0: "authentication failure",
    1: "invalid timestamp",
    2: "PRF not supported",
    3: "MAC algorithm not supported",
    4: "encryption algorithm not supported",
    5: "hash function not supported",
    6: "DH group not supported",
    7: "identity not supported",
    8: "certificate not supported",
    9: "security policy type not supported",
    10: "security policy parameters not supported",
    11: "data type not supported",
    12: "unspecified error",
    13: "message type not supported",
    14: "invalid ticket",
    15: "invalid ticket policy parameters",
}

TS_ROLES = {1: "time of issue", 2: "start", 3: "end", 4: "re-key interval"}
ID_ROLES = {
    1: "initiator",
    2: "responder",
    3: "KMS",
    4: "PSK",
    5: "application",
    6: "initiator's KMS",
    7: "responder's KMS",
}
RAND_ROLES = {1: "initiator", 2: "responder", 3: "KMS"}
CERT_TYPES = {0: "X.509v3", 1: "X.509v3 URL", 2: "X.509v3 sign", 3: "X.509v3 encrypt"}
SIGN_TYPES = {0: "RSA PKCS#1 v1.5", 1: "RSA-PSS", 2: "ECDSA/ECCSI", 3: "ECGDSA"}
HASH_NAMES = {0: "SHA-1", 1: "MD5", 2: "SHA-256"}
CACHE_NAMES = {0: "do not cache", 1: "cache", 2: "cache for this CSB"}
KEY_ID_TYPES = {0: "MBMS key domain", 1: "MBMS service key", 2: "MBMS traffic key"}
OMA_SUBTYPES = {1: "LTKM", 2: "STKM", 3: "LTKM reporting", 4: "parental control"}


def name(kind: type[IntEnum], value: int) -> str:
    """A readable name: `NTP-UTC` for `TsType` 0, `unknown 9` for what is not registered."""
    try:
        return kind(value).name.replace("_", "-")
    except ValueError:
        return f"{'private' if value > 240 else 'unknown'} {value}"


def error_name(number: int) -> str:
    """The meaning of an RFC error number in words."""
    return ERROR_NAMES.get(number, f"error {number}")
