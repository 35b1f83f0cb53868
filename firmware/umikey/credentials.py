"""What a board proves itself with: identity, private keys, certificates, and whom it trusts.

One file (docs/credentials.md), which `umikey-peer keygen --board` makes: "uMIK", version 1, records
{type 1 octet, length 2, big-endian, data}, and SHA-256 over all that stands before it. Nothing in
it is encrypted: who reads it has the keys.
"""

import umikey.errors as errors
from umikey.crypto.hash import Sha

_IDENTITY = const(1)
_PRIVATE = const(2)
_CERTIFICATE = const(3)
_ANCHOR = const(4)
_PIN = const(5)
_OTHER = const(6)

_SIZES = ((8, 32), (11, 48), (14, 66))  # ECC curve, octets of a coordinate


def load(path):
    """-> Credentials from a file; LocalError if it is not there, damaged or something else."""
    try:
        with open(path, "rb") as f:
            data = bytearray(f.seek(0, 2))
            f.seek(0)
            f.readinto(data)
    except OSError:
        raise errors.LocalError("no credential file " + path) from None
    return Credentials(data, True)


class Key:
    """A private key: curve (ECC curve), d (octets, big-endian), certs ((CERT type, DER), ...)."""

    def __init__(self, curve, d):
        self.curve = curve
        self.d = bytearray(d)
        self.certs = ()


class Credentials:
    """The contents of a credential file; LocalError for octets that are none, or damaged.

    id: (ID type, octets); keys: of `Key`; anchors: ((ECC curve, x || y, SHA-256 of the Name), ...);
    pins: SHA-256 of SubjectPublicKeyInfos; others: ((ID type, octets, CERT type, DER), ...), the
    certificates of other ends. Certificates are views of `data`, which has to stay; own: it is a
    bytearray that nobody else needs, and the private keys in it are overwritten once they are read.
    """

    def __init__(self, data, own=False):
        n = len(data)
        view = memoryview(data)
        if n < 37 or bytes(view[:4]) != b"uMIK":
            raise errors.LocalError("not a credential file")
        if data[4] != 1:
            raise errors.LocalError("a credential file of another version")
        sha = Sha(32)
        sha.update(data, 0, n - 32)
        digest = bytearray(32)
        sha.digest_into(digest, 0)
        if digest != view[n - 32 :]:
            raise errors.LocalError("the credential file is damaged")
        self.id = None
        self.keys = []
        self.anchors = self.pins = self.others = ()
        at = 5
        n -= 32
        while at < n:
            end = at + 3
            if end <= n:
                end += data[at + 1] << 8 | data[at + 2]
            if end > n or not self._record(data[at], view[at + 3 : end]):
                raise errors.LocalError("the credential file is malformed")
            if own and data[at] == _PRIVATE:
                for i in range(at + 3, end):
                    data[i] = 0
            at = end
        if self.id is None:
            raise errors.LocalError("the credential file has no identity")

    def _record(self, kind, data):
        n = len(data)
        if kind == _IDENTITY:
            if self.id or n < 2:
                return False
            self.id = (data[0], bytes(data[1:]))
        elif self.id is None or not n:
            return False
        elif kind == _PRIVATE:
            if (data[0], n - 1) not in _SIZES:
                return False
            self.keys.append(Key(data[0], data[1:]))
        elif kind == _CERTIFICATE:
            if not self.keys or n < 2 or data[0] not in (0, 2, 3):
                return False
            self.keys[-1].certs += ((data[0], data[1:]),)
        elif kind == _ANCHOR:
            if (data[0], (n - 33) // 2) not in _SIZES or not n & 1:
                return False
            self.anchors += ((data[0], data[1 : n - 32], data[n - 32 :]),)
        elif kind == _PIN:
            if n != 32:
                return False
            self.pins += (bytes(data),)
        elif kind == _OTHER:
            name = 2 + data[1] if n > 1 else n
            if n < name + 2 or data[name] not in (0, 2, 3):
                return False
            self.others += ((data[0], bytes(data[2:name]), data[name], data[name + 1 :]),)
        else:
            return False
        return True

    def close(self):
        """Overwrite the private keys. What they were read from is the caller's."""
        for key in self.keys:
            for i in range(len(key.d)):
                key.d[i] = 0
