"""What is kept of a certificate, and how its fields are read (RFC 5280 4.1, 4.2)."""

from umikey.errors import RemoteError

_SEQ = const(0x30)

_EC = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06"  # id-ecPublicKey, then the curve's OID
_CURVES = (
    (1, 24, b"\x08\x2a\x86\x48\xce\x3d\x03\x01\x01"),
    (5, 28, b"\x05\x2b\x81\x04\x00\x21"),
    (8, 32, b"\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
    (11, 48, b"\x05\x2b\x81\x04\x00\x22"),
    (14, 66, b"\x05\x2b\x81\x04\x00\x23"),
)
_ECDSA = b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03"  # ecdsa-with-SHA2: 1 SHA-224 ... 4 SHA-512


def bad(text):
    """RemoteError(8), raised."""
    raise RemoteError(8, text)


def hash_of(alg, n):
    """Octets of the hash of the signature algorithm alg[:n]; 0 for what is not ECDSA with SHA-2.

    SHA-1 is none to believe a certificate by: two of them can be made to have the same.
    """
    if n == 10 and alg[:9] == _ECDSA and 1 <= alg[9] <= 4:
        return (0, 32, 48, 64)[alg[9] - 1]  # SHA-224 is not there
    return 0


class Facts:
    """What is kept of one certificate, for keys of at most `size` octets a coordinate.

    Hashes are SHA-256 unless said otherwise.
    """

    def __init__(self, size):
        self.issuer = bytearray(32)  # of the issuer's Name
        self.subject = bytearray(32)
        self.key = bytearray(32)  # of the SubjectPublicKeyInfo
        self.times = bytearray(28)  # not before, not after: YYYYMMDDHHMMSS each
        self.point = bytearray(2 + 2 * size)  # 0, 4, x, y: a BIT STRING's content
        self.signature = bytearray(10 + 2 * size)  # 0, DER: likewise
        self.digest = bytearray(size)  # of the signed part, by the signature's hash
        self.reset()

    def reset(self):
        """Forget the last certificate."""
        self.curve = None  # ECC curve of the key; None: another kind of key
        self.hash = 0  # octets of the signature's hash; 0: another kind of signature
        self.signature_n = 0
        self.usage = 0xFF  # the first octet of keyUsage
        self.ca = False
        self.path = 255  # pathLen

    def algorithm(self, value, n):
        """The AlgorithmIdentifier of the key. -> octets that the key's BIT STRING has to have"""
        if n > 10 and value[:10] == _EC:
            for number, size, oid in _CURVES:
                if value[10:n] == oid:
                    self.curve = number
                    return 2 + 2 * size
            bad("a curve that is not known here")
        return 0

    def date(self, at, tag, value, n):
        """times[at:at+14]: UTCTime YYMMDDHHMMSSZ (tag 23), GeneralizedTime YYYYMMDDHHMMSSZ (24)."""
        if n != (13 if tag == 23 else 15) or value[n - 1] != 90:
            bad("a malformed date")
        for i in range(n - 1):
            if not 48 <= value[i] <= 57:
                bad("a malformed date")
        times = self.times
        if n == 13:
            old = value[0] > 52  # 50 to 99 are of the last century
            times[at] = 49 if old else 50
            times[at + 1] = 57 if old else 48
            at += 2
        elif value[0] < 50 or not value[0] > 50 and not value[1] > 48 and value[2] < 53:
            bad("a date before 2050 in the long form")
        for i in range(n - 1):
            times[at + i] = value[i]
        at += n - 1 - 10  # of the month
        for i in range(5):
            x = 10 * times[at + 2 * i] + times[at + 2 * i + 1] - 528
            if not b"\1\1\0\0\0"[i] <= x <= b"\x0c\x1f\x17\x3b\x3b"[i]:
                bad("a date that there is not")

    def constrain(self, oid, value, n):
        """The value of keyUsage (15) or basicConstraints (19)."""
        if oid == 15:  # BIT STRING
            if n < 4 or n > 5 or value[0] != 3 or value[1] != n - 2 or value[2] > 7:
                bad("a malformed key usage")
            if value[n - 1] & (1 << value[2]) - 1:  # bits that it says are unused
                bad("a malformed key usage")
            self.usage = value[3]
            return
        # SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLen INTEGER OPTIONAL }
        if n < 2 or value[0] != _SEQ or value[1] != n - 2:
            bad("malformed constraints")
        at = 2
        if n >= 5 and value[2] == 1:
            if value[3] != 1 or value[4] != 255:
                bad("not DER")
            self.ca = True
            at = 5
        if n == at + 3 and value[at] == 2 and value[at + 1] == 1 and value[at + 2] < 128:
            self.path = value[at + 2]
        elif n != at:
            bad("malformed constraints")
