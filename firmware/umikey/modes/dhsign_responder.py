"""Diffie-Hellman, signed; the responder's half (RFC 3830 3.3); see `modes.dhsign`."""

import umikey.wire_dh as wire_dh
from umikey.errors import RemoteError
from umikey.modes import signed_responder
from umikey.modes.dhsign import forget, public, secret, shared


class Policy(signed_responder.Policy):
    """How a `responder.Responder` treats DH-SIGN messages.

    cred: `credentials.Credentials`, ours; allow: function (IDi octets) -> may it key with us? By
    default everyone for whom an anchor, a pin or the credentials vouch; now: function -> Unix
    seconds for the certificates' dates, by default the responder's; groups: DH-Groups to accept;
    curves, send_cert, hedged: as in `dhsign.Initiator`; exponent: our secret, for tests.
    """

    data_types = b"\4"

    def __init__(self, cred, allow=None, now=None, groups=(10, 13, 0), exponent=None, **more):
        signed_responder.Policy.__init__(self, cred, allow, now, **more)
        self._groups = groups
        self._exponent = exponent

    def take(self, srv, kind, r):
        """A payload that only this mode has."""
        if kind != 3 or srv.dh is not None:
            return signed_responder.Policy.take(self, srv, kind, r)
        srv.dh = wire_dh.pull_dh(r)
        return True

    def accept(self, srv, sessions):
        """Both powers, and the keys. -> SA"""
        srv.dhr = None
        return self._agreed(srv, sessions, (self._agree(srv),) if srv.dh else ())

    def _agree(self, srv):
        group, y, n, kv, a, a_n, b, b_n = srv.dh
        if group not in self._groups:
            raise RemoteError(6)
        hold = srv._stream.hold
        x = bytearray(self._exponent) if self._exponent else secret(group, srv.random)
        tgk = shared(group, x, hold, y, n)
        srv.dhr = public(group, x)
        forget(x)
        return 0, tgk, None, kv, bytes(hold[a : a + a_n]), bytes(hold[b : b + b_n])

    def answer(self, srv, w):
        """R_MESSAGE: [IDr | CERTr], IDi, [DHr, DHi], SIGNr after HDR and T."""
        self._names(srv, w)
        if srv.dhr:
            group, y, n, kv, a, a_n, b, b_n = srv.dh
            hold = srv._stream.hold
            a, b = hold[a : a + a_n], hold[b : b + b_n]
            wire_dh.push_dh(w, group, srv.dhr, kv, a, b)
            wire_dh.push_dh(w, group, hold[y : y + n], kv, a, b)
        return self._signed(srv, w)
