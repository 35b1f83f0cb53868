"""MIKEY's PRFs and every key derived with them (RFC 3830 4.1, RFC 6043 6.1)."""

from umikey.crypto import Hmac, pick

pick("sha1")  # loads it now, where `umikey.__getattr__` clears up behind it

# The constants by index: 0 TEK, 1 auth key, 2 encr key, 3 salt, all from a TGK (RFC 3830 4.1.3);
# 4 encr key, 5 auth key, 6 salt key of the message itself, from a PSK or envelope key (4.1.4).
_CONSTANTS = (
    b"\x2a\xd0\x1c\x64\x1b\x5c\x79\x73\x15\x79\x8c\xef\x39\xa2\xc1\x4b"
    b"\x15\x05\x33\xe1\x2d\x22\xac\x75\x29\xb8\x89\x16"
)


class Kdf:
    """The derivations of one CSB, and the MAC of its messages.

    size: octets of the PRF's hash, 20 (MIKEY-1) or 32 (PRF-HMAC-SHA-256); mac_size: octets of the
    MAC algorithm's tag, which is also the length of auth_key (RFC 3830 4.2.4), 0 for none; csb_id:
    4 octets; rand: the RAND of the CSB's first exchange. Secrets are overwritten by `wipe`.
    """

    def __init__(self, size, mac_size, csb_id, rand):
        self._prf = Hmac(size)
        self.mac = self._prf if mac_size == size else Hmac(mac_size) if mac_size else None
        self._a = bytearray(2 * size + mac_size)  # A_i, P_i, and auth_key
        self._label = bytearray(9 + len(rand))
        self._label[5:9] = csb_id
        self._label[9:] = rand

    def prf(self, key, label, out, at, n):
        """out[at:at+n] = PRF(key, label) (RFC 3830 4.1.2). key: 1 octet and more."""
        h = self._prf
        size = h.size
        a = self._a
        for i in range(at, at + n):
            out[i] = 0
        piece = 0
        while piece < len(key):
            h.key(key, piece, min(piece + 32, len(key)))
            piece += 32
            h.update(label, 0, len(label))
            done = 0
            while True:
                h.digest_into(a, 0)  # A_i
                h.start()
                h.update(a, 0, size)
                h.update(label, 0, len(label))
                h.digest_into(a, size)
                for i in range(min(size, n - done)):
                    out[at + done + i] ^= a[size + i]
                done += size
                if done >= n:
                    break
                h.start()
                h.update(a, 0, size)

    def derive(self, what, cs_id, key, out, at, n):
        """out[at:at+n] = key number `what` of the table above; cs_id 255 for MIKEY's own keys."""
        label = self._label
        for i in range(4):
            label[i] = _CONSTANTS[4 * what + i]
        label[4] = cs_id
        self.prf(key, label, out, at, n)

    def auth(self, key):
        """Derive auth_key from a PSK or envelope key; `begin` starts a MAC under it."""
        at = 2 * self._prf.size
        self.derive(5, 255, key, self._a, at, len(self._a) - at)

    def begin(self):
        """Start a MAC over a message: `mac.update`, `mac.digest_into`."""
        if self.mac:
            self.mac.key(self._a, 2 * self._prf.size, len(self._a))

    def wipe(self):
        """Overwrite what is secret here."""
        self._prf.wipe()
        if self.mac:
            self.mac.wipe()
        for i in range(len(self._a)):
            self._a[i] = 0
