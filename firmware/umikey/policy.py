"""What an exchange agrees on: SRTP's policies, the crypto sessions, and the Data SAs with their
keys (RFC 3830 2.4, 4.1.3, 6.10.1).

A policy is kept as it travels: a `bytes` of {type, length, value}. `get` reads one parameter with
its default; `policy_check.check` is the responder's judgement of a whole list.
"""

from umikey.errors import RemoteError

# What we offer: AES-CM-128 with an 80-bit tag, the eight parameters other stacks look for.
DEFAULT = b"\0\1\1\1\1\x10\2\1\1\3\1\x14\7\1\1\x08\1\1\x0a\1\1\x0b\1\x0a"

# Defaults of types 0..20 where absent (RFC 3711 8.2, RFC 4771 4, RFC 7714 14.3)
_DEFAULTS = b"\1\x10\1\x14\x0e\0\0\1\1\0\1\x0a\0\1\0\0\0\0\0\0\x10"
_GCM = const(6)


def find(params, what, at=0, end=None):
    """-> (index, octets) of the value of type `what` in params[at:end], or (-1, 0)."""
    end = len(params) if end is None else end
    while at + 2 <= end:
        n = params[at + 1]
        if params[at] == what and at + 2 + n <= end:
            return at + 2, n
        at += 2 + n
    return -1, 0


def get(params, what, at=0, end=None):
    """Value of parameter `what` (0..20), its default where absent. Big-endian, 1..8 octets."""
    i, n = find(params, what, at, end)
    if n:
        v = 0
        for k in range(i, i + n):
            v = v << 8 | params[k]
        if what == 3 and n == 1 and v in (4, 10) and find(params, 11, at, end)[0] < 0:
            return 20  # a tag length in the key length's place, as some stacks write it (SPEC A24)
        return v
    if 14 <= what <= 19:
        return get(params, b"\2\2\3\3\x0b\x0b"[what - 14], at, end)  # RFC 4771 4
    if what == 11:
        i, n = find(params, 3, at, end)
        if n == 1 and params[i] in (4, 10):
            return params[i]
    if what == 4 and get(params, 0, at, end) == _GCM:
        return 12
    return _DEFAULTS[what]


class SRTP:
    """One SRTP stream: a crypto session (RFC 3830 6.1.1), first offered, then with its keys.

    ssrc, roc: 32-bit; ssrc 0 leaves it to the responder. Policy parameters by name (`tag_len=4`,
    `key_len=32`, `encr=6` for AES-GCM, ..., see `policy_named`) or as `params`, the octets of an SP
    payload's list. In an `SA` it has, in libsrtp's terms:

    cs_id; tek: the master key; salt: the master salt; mki: octets or None; valid: None or (from,
    to), two packet indexes of 6 octets; more: None, or further (tek, salt, mki, valid) where
    several keys were agreed; policy_no: of its SP.
    """

    # In the class, so that a stream without keys costs little
    tek = salt = mki = valid = more = None
    policy_no = 0

    def __init__(self, ssrc=0, roc=0, params=None, cs_id=0, **named):
        if named:
            from umikey.policy_named import encode

            params = encode(named)
        self.ssrc = ssrc
        self.roc = roc
        self.params = params or DEFAULT
        self.cs_id = cs_id

    def master(self):
        """Master key || master salt in one: libsrtp's and pylibsrtp's `key`."""
        return bytes(self.tek) + bytes(self.salt)


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
        """To compare two ends by eye: 64 bits of SHA-256 over cs_id || TEK || salt of each CS."""
        from umikey.fingerprint import fingerprint

        return fingerprint(self.sessions)

    def close(self):
        """Overwrite every key (RFC 4650 5.4) and forget the sessions: no update finds it again."""
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
        self.csb_id = b""


def own(keys):
    """Copies of keys: `SA.close` overwrites what is the SA's, and nobody else's."""
    return tuple([(t, bytearray(k), bytearray(s or b""), kv, a, b) for t, k, s, kv, a, b in keys])


def derive(kdf, sessions, keys):
    """Give every CS keys of its own from `keys` (RFC 3830 4.1.3); the first is cs.tek, cs.salt.

    A TEK is used as it is; one that is as long as key and salt together is both (SPEC A25). A salt
    that came with the key wins over the derived one, which comes from the TEK where there is no
    TGK. RemoteError(12) for lengths and KV intervals that do not fit, and for one TEK on two
    streams with the same SSRC, which would use the same key stream twice.
    """
    for cs in sessions:
        tek_n = get(cs.params, 1)
        salt_n = get(cs.params, 4)
        if cs.more:
            cs.more = None
        first = True
        for kind, key, salt, kv, a, b in keys:
            if not kind & 2:
                tek = bytearray(tek_n)
                kdf.derive(0, cs.cs_id, key, tek, 0, tek_n)
            else:
                for other in sessions:
                    if other is not cs and other.ssrc == cs.ssrc:
                        raise RemoteError(12, "one TEK for two streams with one SSRC")
                both = not salt and len(key) == tek_n + salt_n
                tek = bytearray(key[:tek_n] if both else key)
                salt = key[tek_n:] if both else salt
            if salt:
                salt = bytearray(salt)
            else:
                salt = bytearray(salt_n)
                kdf.derive(3, cs.cs_id, key, salt, 0, salt_n)
            if len(tek) != tek_n or len(salt) != salt_n:
                raise RemoteError(12, "key length does not fit the policy")
            mki = a if kv == 1 else None
            valid = (a, b) if kv == 2 else None
            if valid and not (len(a) == len(b) == 6 and a <= b):
                raise RemoteError(12, "KV interval")  # of SRTP's packet indexes, RFC 3830 6.14
            if not first:
                cs.more = (cs.more or ()) + ((tek, salt, mki, valid),)
                continue
            first = False
            cs.tek = tek
            cs.salt = salt
            if mki or cs.mki:
                cs.mki = mki
            if valid or cs.valid:
                cs.valid = valid
