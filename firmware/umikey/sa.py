"""The result of an exchange: the Data SAs of a CSB (RFC 3830 2.4, 4.1.3)."""

from umikey.errors import RemoteError
from umikey.policy import get


class SA:
    """The crypto sessions of a CSB, by index: sa[0].tek. `close()` overwrites the keys.

    csb_id: 4 octets; rand: of the first exchange, for re-keying; keys: the TGKs or TEKs in use as
    (type, key, salt, kv, a, b), see `wire.push_key`; peer: the other end's identity.
    """

    def __init__(self, csb_id, rand, sessions, keys, peer):
        self.csb_id = csb_id
        self.rand = rand
        self.sessions = sessions
        self.keys = keys
        self.peer = peer

    def __len__(self):
        return len(self.sessions)

    def __getitem__(self, i):
        return self.sessions[i]

    def fingerprint(self):
        """For comparing two ends by eye: 64 bits of SHA-256 over cs_id || TEK || salt of each CS."""
        from umikey.crypto.hash import Sha

        h = Sha(32)
        for cs in self.sessions:
            part = bytes((cs.cs_id,)) + cs.master()
            h.update(part, 0, len(part))
        out = bytearray(32)
        h.digest_into(out, 0)
        hexes = "".join("%02x" % b for b in out[:8])
        return "-".join(hexes[i : i + 4] for i in range(0, 16, 4))

    def close(self):
        """Overwrite every key (RFC 4650 5.4) and forget the sessions."""
        secrets = [k for key in self.keys for k in (key[1], key[2])]
        for cs in self.sessions:
            secrets += [cs.tek, cs.salt]
            for key in cs.more or ():
                secrets += key[:2]
        for s in secrets:
            if s:
                for i in range(len(s)):
                    s[i] = 0
        self.sessions = self.keys = ()


def derive(kdf, sessions, keys):
    """Give every CS its keys from `keys` (RFC 3830 4.1.3); the first one is cs.tek, cs.salt.

    A TEK is used as it is; one that is as long as key and salt together is both (SPEC A25). A salt
    that came with the key wins over the derived one, which comes from the TEK where there is no
    TGK. RemoteError(12) for lengths that do not fit.
    """
    for cs in sessions:
        tek_n = get(cs.params, 1)
        salt_n = get(cs.params, 4)
        cs.more = None
        first = True
        for kind, key, salt, kv, a, b in keys:
            if not kind & 2:
                tek = bytearray(tek_n)
                kdf.derive(0, cs.cs_id, key, tek, 0, tek_n)
            elif not salt and len(key) == tek_n + salt_n:
                tek = key[:tek_n]
                salt = key[tek_n:]
            else:
                tek = key
            if not salt:
                salt = bytearray(salt_n)
                kdf.derive(3, cs.cs_id, key, salt, 0, salt_n)
            if len(tek) != tek_n or len(salt) != salt_n:
                raise RemoteError(12, "key length does not fit the policy")
            mki = a if kv == 1 else None
            valid = (a, b) if kv == 2 else None
            if first:
                cs.tek, cs.salt, cs.mki, cs.valid = tek, salt, mki, valid
                first = False
            else:
                cs.more = (cs.more or ()) + ((tek, salt, mki, valid),)
