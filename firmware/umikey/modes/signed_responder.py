"""What the responders of the modes with certificates have in common; see `modes.signed`."""

import umikey.wire as wire
import umikey.wire_cert as wire_cert
from umikey.errors import AuthError, RemoteError
from umikey.kdf import Kdf
from umikey.modes import psk_responder
from umikey.modes.signed import SIGNING, Proof, digest_of, forget, own_key, sign, suits
from umikey.policy import SA
from umikey.wire_read import pull_id


def chash(key, func):
    """Hash number `func` (0 SHA-1, 2 SHA-256) of a key's own certificate (RFC 3830 6.8)."""
    return digest_of(key.certs[0][1], func) if key.certs else None


class Agreed(SA):
    """What a responder remembers of a CSB besides.

    leaf: of the other end's certificate, see `signed.judge`; secret: what updates need, the
    envelope key or ECMQV's auth_key.
    """

    leaf = None
    secret = b""

    def close(self):
        """Overwrite every key."""
        if self.secret:
            forget(self.secret)
        self.secret = b""
        SA.close(self)


class Policy(psk_responder.Policy):
    """See `modes.dhsign_responder.Policy`. One per `Responder`."""

    always_answers = True
    _sa = Agreed
    usage = SIGNING  # what the initiator's certificate must be for
    own_usage = SIGNING  # and ours
    _envelope = False  # is there a KEMAC?

    def __init__(self, cred, allow=None, now=None, curves=None, send_cert=True, hedged=True):
        psk_responder.Policy.__init__(self, None)
        self._cred = cred
        own = self._own = own_key(cred, self.own_usage)
        self._allow = allow
        self._now = now
        self._send_cert = send_cert
        self._hedged = hedged
        self.proof = Proof(cred, curves or (8, own.curve))

    def take(self, srv, kind, r):
        """A payload that only these modes have."""
        if kind == 7:
            pull_id(r)
        elif kind == 4:
            srv.sign = wire_cert.pull_sign(r)
        else:
            return False
        return True

    def open(self, srv, rand, mac_alg):
        """Make what keys are derived with; there is none yet."""
        srv.alg = mac_alg or 1
        if srv.alg >= len(wire.MAC_LEN):
            raise RemoteError(3)
        if srv._kdf:
            srv._kdf.wipe()
        srv.own = self._own
        srv._kdf = Kdf(32 if srv.prf else 20, wire.MAC_LEN[srv.alg], srv.csb_id, rand)

    def verify(self, srv):
        """The certificate, then the signature."""
        if srv.peer is None:
            raise RemoteError(7, "no IDi, and no certificate")
        self.welcome(srv.peer)
        if srv.kemac and not self._envelope:
            raise RemoteError(12, "KEMAC in this mode")
        before = getattr(srv.old, "leaf", None)  # a CSB of another mode has none
        srv.leaf = self.proof.leaf(srv.peer_id, self.usage, self._now or srv._now, before)
        self.proof.verify(srv.leaf, srv.sign, srv._stream.hold)
        if srv.to is None:
            srv.to = self._cred.id[1]
        elif srv.to != self._cred.id[1]:
            raise RemoteError(7, "the message is for somebody else")

    def welcome(self, peer):
        """AuthError unless `allow` lets it in."""
        if self._allow and not self._allow(peer):
            raise AuthError("an identity that is not welcome")

    def _agreed(self, srv, sessions, keys):
        sa = psk_responder.Policy._agreed(self, srv, sessions, keys)
        sa.leaf = srv.leaf
        return sa

    def _names(self, srv, w):
        # [IDr | CERTr], IDi; an update does without certificates
        if self._send_cert and srv.own.certs and srv.old is None:
            for kind, der in srv.own.certs:
                wire.push_id(w, kind, der, 7)
        else:
            who = srv.us or srv.id_r or self._cred.id
            wire.push_id(w, who[0], who[1])
        wire.push_id(w, srv.peer_id[0], srv.peer_id[1])

    def _signed(self, srv, w):
        return sign(w, srv.own, srv.random, self._hedged)

    def seal(self, srv, w, tail):
        """End an Error message: with SIGN, unless our certificate is for encryption alone."""
        certs = srv.own.certs
        return self._signed(srv, w) if not certs or suits(certs[0][0], SIGNING) else w.close()
