"""Diffie-Hellman under a pre-shared key, the responder's half (RFC 4650); see `modes.dhhmac`."""

import umikey.wire as wire
import umikey.wire_dh as wire_dh
from umikey.crypto import dh, rng
from umikey.errors import RemoteError
from umikey.modes import psk_responder
from umikey.modes.dhhmac import forget, mac_alg, seal


class Policy(psk_responder.Policy):
    """How a `responder.Responder` treats DH-HMAC messages.

    lookup: function (IDi octets or None, IDr octets) -> PSK or None; groups: DH-Groups to accept,
    the private ones (241 to 243) only if named here; exponent: our secret of 32 octets, for tests.
    """

    data_types = b"\7"
    always_answers = True  # V in the header means nothing here (RFC 3830 6.1)

    def __init__(self, lookup, groups=(0, 1, 2), exponent=None):
        psk_responder.Policy.__init__(self, lookup)
        self._groups = groups
        self._exponent = exponent

    def take(self, srv, kind, r):
        """A payload that only this mode has."""
        if kind != 3 or srv.dh is not None:
            return False
        srv.dh = wire_dh.pull_dh(r)
        return True

    def open(self, srv, rand, alg):
        """Find the PSK and derive auth_key."""
        psk_responder.Policy.open(self, srv, rand, mac_alg(srv.kemac) if srv.kemac else alg)

    def verify(self, srv):
        """AuthError unless the MAC over the whole message is right."""
        if srv.kemac is None:
            raise RemoteError(12, "no KEMAC")
        self._verify(srv, mac_alg(srv.kemac), 0)

    def accept(self, srv, sessions):
        """Both powers, and the keys. -> SA"""
        if srv.us is None:
            raise RemoteError(12, "no IDr")  # RFC 4650 3.1
        if srv.peer is None:
            raise RemoteError(7, "no IDi")
        srv.dhr = None
        return self._agreed(srv, sessions, (self._agree(srv),) if srv.dh else ())

    def _agree(self, srv):
        group, y, n, kv, a, a_n, b, b_n = srv.dh
        if group not in self._groups:
            raise RemoteError(6)
        hold = srv._stream.hold
        x = bytearray(32)
        if self._exponent:
            x[:] = self._exponent
        else:
            rng.fill(x, 0, 32, srv.random)
        tgk = bytearray(n)
        dh.shared(group, hold, y, x, tgk)
        srv.dhr = bytearray(n)
        dh.public(group, x, srv.dhr)
        forget(x)
        return 0, tgk, None, kv, bytes(hold[a : a + a_n]), bytes(hold[b : b + b_n])

    def answer(self, srv, w):
        """R_MESSAGE: [IDr], IDi, [DHr, DHi], KEMAC after HDR and T."""
        wire.push_id(w, srv.us[0], srv.us[1])
        wire.push_id(w, srv.peer_id[0], srv.peer_id[1])
        if srv.dhr:
            group, y, n, kv, a, a_n, b, b_n = srv.dh
            hold = srv._stream.hold
            a, b = hold[a : a + a_n], hold[b : b + b_n]
            wire_dh.push_dh(w, group, srv.dhr, kv, a, b)
            wire_dh.push_dh(w, group, hold[y : y + n], kv, a, b)
        return seal(w, srv._kdf, srv.key, srv.alg, srv.kemac[0] == 2)

    def seal(self, srv, w, tail):
        """End an Error message."""
        return seal(w, srv._kdf, srv.key, srv.alg)
