"""MIKEY-ECMQV, the responder's half (draft-ietf-msec-mikey-ecc-03 5); see `modes.ecmqv`."""

import umikey.wire as wire
import umikey.wire_cert as wire_cert
import umikey.wire_dh as wire_dh
from umikey.crypto import ec, ecmqv
from umikey.errors import RemoteError
from umikey.modes import psk_responder, signed_responder
from umikey.modes.ecmqv import authenticate, split
from umikey.modes.signed import AGREEMENT, SIGNING, forget, suits
from umikey.modes.signed_responder import chash


class Policy(signed_responder.Policy):
    """How a `responder.Responder` treats ECMQV messages, of two passes and of one.

    cred, allow, now, curves, send_cert, hedged: see `dhsign_responder.Policy`; kdf_hash: 20 SHA-1,
    32 SHA-256; exponent: the ephemeral secret, for tests.
    """

    data_types = b"\xf1\xf3"
    usage = SIGNING | AGREEMENT
    own_usage = AGREEMENT

    def __init__(self, cred, allow=None, now=None, kdf_hash=20, exponent=None, **more):
        signed_responder.Policy.__init__(self, cred, allow, now, **more)
        self._kdf_hash = kdf_hash
        self._exponent = exponent

    def take(self, srv, kind, r):
        """A payload that only this mode has."""
        if kind == 25 and srv.dh is None:
            start = r.at
            srv.dh = (start, wire_dh.pull_eccpt(r), r.at)
        elif kind == 8 and srv.data_type == 243:
            srv.chash = wire_cert.pull_chash(r)
        else:
            return signed_responder.Policy.take(self, srv, kind, r)
        return True

    def open(self, srv, rand, mac_alg):
        """See `signed_responder.Policy.open`; V's algorithm is ECCPT's."""
        alg = srv.dh[1][3] if srv.dh else srv.old.alg if srv.old is not None else 1
        if not 1 <= alg <= 2:
            raise RemoteError(3)
        signed_responder.Policy.open(self, srv, rand, alg)

    def accept(self, srv, sessions):
        """The product, and the keys. -> SA"""
        srv.dhr = None
        if srv.dh is None:
            if srv.old is None:
                raise RemoteError(12, "no ECCPT")
            sa = self._agreed(srv, sessions, ())
            sa.secret = bytearray(srv.old.secret)
        else:
            key, auth = self._agree(srv)
            sa = self._agreed(srv, sessions, (key,))
            sa.secret = auth
        authenticate(srv._kdf, sa.secret)
        return sa

    def _agree(self, srv):
        _, (number, y, n, _, tgk_len, kv, a, a_n, b, b_n), _ = srv.dh
        curve = ec.curve(number)
        key = srv.own = self._whose(srv, number)
        if srv.leaf[0] != number:
            raise RemoteError(6, "the certificate is on another curve")
        if not 16 <= tgk_len <= 255:
            raise RemoteError(12, "TGK len")
        hold = srv._stream.hold
        point = bytearray(2 * curve.SIZE)
        ec.decode(number, hold, y, n, point)
        if srv.data_type == 241:
            given = self._exponent
            de = bytearray(given) if given else ec.draw(curve, srv.random)
            qe = bytearray(2 * curve.SIZE)
            curve.base(de, qe)
            srv.dhr = b"\4" + qe
        else:  # our static key stands for the ephemeral one
            de = bytearray(key.d)
            qe = bytearray(2 * curve.SIZE)
            curve.base(de, qe)
        z = bytearray(curve.SIZE)
        ecmqv.agree(curve, key.d, de, qe, srv.leaf[1], 0, point, 0, z)
        forget(de)
        tgk, auth = split(z, tgk_len, srv.alg, self._kdf_hash)
        return (0, tgk, None, kv, bytes(hold[a : a + a_n]), bytes(hold[b : b + b_n])), auth

    def _whose(self, srv, number):
        # which of our keys MQV is with
        keys = [k for k in self._cred.keys if not k.certs or suits(k.certs[0][0], AGREEMENT)]
        hold = srv._stream.hold
        for key in keys:
            if srv.chash is None:
                if key.curve == number:
                    return key
                continue
            func, at, n = srv.chash
            digest = chash(key, func)
            if digest and digest == hold[at : at + n]:
                if key.curve != number:
                    break
                return key
        else:
            if srv.chash:
                raise RemoteError(8, "meant for another certificate")
        raise RemoteError(6, "no key on this curve")

    def answer(self, srv, w):
        """R_MESSAGE: [IDr | CERTr], IDi, [ECCPTr, ECCPTi], V after HDR, T; of one pass IDr, V."""
        if srv.data_type == 243:
            who = srv.us or self._cred.id
            wire.push_id(w, who[0], who[1])
        else:
            self._names(srv, w)
        if srv.dhr:
            start, (number, _, _, alg, tgk_len, kv, a, a_n, b, b_n), end = srv.dh
            hold = srv._stream.hold
            a, b = hold[a : a + a_n], hold[b : b + b_n]
            wire_dh.push_eccpt(w, number, srv.dhr, alg, tgk_len, kv, a, b)
            w.begin(25)
            w.raw(hold[start + 1 : end])
        tail = (srv.peer, srv.to or b"", srv.ts)
        return psk_responder.Policy.seal(self, srv, w, tail)
