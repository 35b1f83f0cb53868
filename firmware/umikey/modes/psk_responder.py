"""Pre-shared key mode, the responder's half (RFC 3830 3.1); see `modes.psk`."""

import umikey.wire as wire
from umikey.errors import AuthError, RemoteError
from umikey.kdf import Kdf
from umikey.modes.psk import crypt
from umikey.policy import SA, derive
from umikey.wire_answer import pull_key, push_v


class Policy:
    """How a `responder.Responder` treats PSK messages.

    lookup: function (IDi octets or None, IDr octets or None) -> PSK or None; allow_null: take
    messages without encryption or MAC (RFC 5197 3.4: only inside a protected channel).
    """

    data_types = b"\0"
    always_answers = False

    def __init__(self, lookup, allow_null=False):
        self._lookup = lookup
        self._allow_null = allow_null
        self._key = None

    def open(self, srv, rand, mac_alg):
        """Find the PSK, derive auth_key and start the MAC."""
        if not mac_alg and not self._allow_null:
            raise RemoteError(3, "NULL MAC not allowed")
        self._alg = mac_alg
        # a stranger's message costs as much time as one with a bad MAC: identities stay private
        self._key = self._lookup(srv.peer, srv.to)
        size = 32 if srv.prf else 20
        srv._kdf = Kdf(size, wire.MAC_LEN[mac_alg], srv.csb_id, rand)
        srv._kdf.auth(self._key or b"\0")

    def take(self, srv, kind, r):
        """A payload that only this mode has: there is none."""
        return False

    def verify(self, srv):
        """AuthError unless KEMAC's MAC over the whole message is right."""
        if srv.kemac is None:
            raise RemoteError(12, "no KEMAC")
        self._verify(srv, srv.kemac[3], srv.kemac[0])

    def _verify(self, srv, alg, encr):
        if alg != self._alg:
            raise RemoteError(3, "MAC algorithm does not fit the PRF in a long message")
        good = not alg or srv._verify(srv.kemac[5], srv.kemac[4], ())
        if not good or not self._key and (alg or encr):
            raise AuthError("MAC does not verify, or unknown identity")

    def accept(self, srv, sessions):
        """Decrypt, read the keys, derive. -> SA"""
        encr, at, n, _, _, _ = srv.kemac
        hold = srv._stream.hold
        if encr > 3 or not encr and not self._allow_null:
            raise RemoteError(4)
        for kind, _, _ in srv.extensions:
            if not self._alg and kind in (2, 5):  # RFC 4442 4, RFC 5410 5
                raise RemoteError(12, "extension %d without integrity" % kind)
        keys = ()
        if n:
            if encr == 2:
                from umikey.modes.psk_kw import unwrap

                n = unwrap(srv._kdf, self._key, hold, at, n)
            elif encr:
                crypt(srv._kdf, self._key, encr, hold, at, n, srv.csb_id, srv.ts_type, srv.ts)
            keys = self._keys(hold, at, n)
            for i in range(at, at + n):
                hold[i] = 0
        if not keys:
            if srv.old is None:
                raise RemoteError(12, "no key data")
            keys = srv.old.keys
        if srv.v and srv.peer is None:
            raise RemoteError(7, "who are you? V covers IDi")
        derive(srv._kdf, sessions, keys)
        rand = srv.old.rand if srv.old else srv.rand
        return SA(srv.csb_id, rand, sessions, keys, srv.peer)

    def _keys(self, hold, at, n):
        r = wire.Reader(hold, at, at + n)
        r.np = 20
        keys = ()
        while r.np:
            if r.np != 20:
                raise RemoteError(12, "not key data")
            kind, k, k_n, s, s_n, kv, a, a_n, b, b_n = pull_key(r)
            if kind > 3 or not k_n:
                raise RemoteError(12, "key data type %d" % kind)
            a = bytes(hold[a : a + a_n])
            b = bytes(hold[b : b + b_n])
            keys += ((kind, hold[k : k + k_n], hold[s : s + s_n] if s_n else None, kv, a, b),)
        if r.at != r.end:
            raise RemoteError(12, "octets after the key data")
        return keys

    def answer(self, srv, w):
        """R_MESSAGE: [IDr], V after HDR and T. IDr goes back if it came."""
        if srv.us:
            wire.push_id(w, srv.us[0], srv.us[1])
        return self.seal(srv, w, (srv.peer, srv.to or b"", srv.ts))

    def seal(self, srv, w, tail):
        """End the message with V: its MAC, and over the parts of `tail` after it (5.2)."""
        push_v(w, self._alg)
        at = w.n
        w.n += wire.MAC_LEN[self._alg]
        n = w.close()
        if self._alg:
            kdf = srv._kdf
            kdf.begin()
            kdf.mac.update(w.buf, 0, at)
            for part in tail:
                kdf.mac.update(part, 0, len(part))
            kdf.mac.digest_into(w.buf, at)
        return n
