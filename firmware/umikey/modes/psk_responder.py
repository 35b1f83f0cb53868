"""Pre-shared key mode, the responder's half (RFC 3830 3.1); see `modes.psk`."""

import umikey.wire as wire
from umikey.buf import Reader
from umikey.errors import AuthError, RemoteError
from umikey.kdf import Kdf
from umikey.modes.psk import crypt
from umikey.policy import SA, derive, own
from umikey.wire_read import pull_key, push_v


class Policy:
    """How a `responder.Responder` treats PSK messages.

    lookup: function (IDi octets or None, IDr octets or None) -> PSK or None; allow_null: take
    messages without encryption or MAC (RFC 5197 3.4: only inside a protected channel).
    """

    data_types = b"\0"
    always_answers = False
    proof = None  # see `session.Engine`
    _sa = SA

    def __init__(self, lookup, allow_null=False):
        self._lookup = lookup
        self._allow_null = allow_null

    def open(self, srv, rand, mac_alg):
        """Find the PSK, derive auth_key and start the MAC."""
        if not mac_alg and not self._allow_null:
            raise RemoteError(3, "NULL MAC not allowed")
        srv.alg = mac_alg
        try:
            srv.key = self._lookup(srv.peer, srv.to)
        except KeyError:  # a dict's own way to say no
            srv.key = None
        if srv._kdf:
            srv._kdf.wipe()
        size = 32 if srv.prf else 20
        srv._kdf = Kdf(size, wire.MAC_LEN[mac_alg], srv.csb_id, rand)
        # a stranger's message takes as long as one with a bad MAC under a key of 32 octets or less
        srv._kdf.auth(srv.key or b"\0")

    def take(self, srv, kind, r):
        """A payload that only this mode has: there is none."""
        return False

    def verify(self, srv):
        """AuthError unless KEMAC's MAC over the whole message is right."""
        if srv.kemac is None:
            raise RemoteError(12, "no KEMAC")
        self._verify(srv, srv.kemac[3], srv.kemac[0])

    def _verify(self, srv, alg, encr):
        if not alg and encr:
            raise RemoteError(3, "encryption without a MAC")
        if alg != srv.alg:
            raise RemoteError(3, "MAC algorithm does not fit the PRF in a long message")
        good = not alg or srv._verify(srv.kemac[5], srv.kemac[4], ())
        if not good or not srv.key and alg:
            raise AuthError("MAC does not verify, or unknown identity")

    def accept(self, srv, sessions):
        """Decrypt, read the keys, derive. -> SA"""
        encr, at, n, _, _, _ = srv.kemac
        hold = srv._stream.hold
        if encr > 3 or not encr and not self._allow_null:
            raise RemoteError(4)
        for kind, _, _ in srv.extensions:
            if not srv.alg and kind in (2, 5):  # RFC 4442 4, RFC 5410 5
                raise RemoteError(12, "extension %d without integrity" % kind)
        if srv.v and srv.peer is None and srv.alg:
            raise RemoteError(7, "who are you? V covers IDi")
        keys = ()
        if n:
            try:
                size = n
                if encr == 2:
                    from umikey.modes.psk_kw import unwrap

                    size = unwrap(srv._kdf, srv.key, hold, at, n)
                elif encr:
                    crypt(srv._kdf, srv.key, encr, hold, at, n, srv.csb_id, srv.ts_type, srv.ts)
                keys = self._keys(srv, at, at + size)
            finally:
                for i in range(at, at + n):
                    hold[i] = 0
        return self._agreed(srv, sessions, keys)

    def _agreed(self, srv, sessions, keys):
        # -> SA, with the keys of the CSB where the message has none
        old = srv.old
        if not keys:
            if old is None:
                raise RemoteError(12, "no key")
            keys = own(old.keys)
        derive(srv._kdf, sessions, keys)
        return self._sa(srv.csb_id, srv.rand if old is None else old.rand, sessions, keys, srv.peer)

    def _keys(self, srv, at, end, np=20):
        # the key data in hold[at:end]
        hold = srv._stream.hold
        r = Reader(hold, at, end)
        r.np = np
        keys = ()
        while r.np:
            if r.np != 20:
                raise RemoteError(12, "not key data")
            kind, k, k_n, s, s_n, kv, a, a_n, b, b_n = pull_key(r)
            if kind > 3 or not k_n:
                raise RemoteError(12, "key data type %d" % kind)
            a = bytes(hold[a : a + a_n])
            b = bytes(hold[b : b + b_n])
            keys += ((kind, hold[k : k + k_n], hold[s : s + s_n], kv, a, b),)
        if r.at != r.end:
            raise RemoteError(12, "octets after the key data")
        return keys

    def answer(self, srv, w):
        """R_MESSAGE: [IDr], V after HDR and T. IDr goes back if it came."""
        if srv.us:
            wire.push_id(w, srv.us[0], srv.us[1])
        return self.seal(srv, w, (srv.peer or b"", srv.to or b"", srv.ts))

    def seal(self, srv, w, tail):
        """End the message with V: its MAC, and over the parts of `tail` after it (5.2)."""
        push_v(w, srv.alg)
        at = w.n
        w.n += wire.MAC_LEN[srv.alg]
        n = w.close()
        if srv.alg:
            kdf = srv._kdf
            kdf.begin()
            kdf.mac.update(w.buf, 0, at)
            for part in tail:
                kdf.mac.update(part, 0, len(part))
            kdf.mac.digest_into(w.buf, at)
        return n
