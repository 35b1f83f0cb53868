"""Diffie-Hellman, signed; the initiator (RFC 3830 3.3, draft-ietf-msec-mikey-ecc-03 2 and 3).

I_MESSAGE: HDR, T, RAND, [IDi | CERTi], [IDr], {SP}, DHi, SIGNi
R_MESSAGE: HDR, T, [IDr | CERTr], IDi, DHr, DHi, SIGNr

In an elliptic-curve group or a MODP one, by signatures on elliptic curves. The responder's half is
in `dhsign_responder`.
"""

import umikey.errors as errors
import umikey.wire_cert as wire_cert
import umikey.wire_dh as wire_dh
from umikey.buf import Reader
from umikey.crypto import ec, ecdsa
from umikey.modes.signed import SIGNING, Proof, error_from, forget, own_key, sign
from umikey.session import Initiator as _Initiator

_OPTIONS = (
    "csb_id",
    "rand",
    "ts_type",
    "counter",
    "prf",
    "mki",
    "valid",
    "exponent",
    "extensions",
    "random",
    "now",
    "send_cert",
    "curves",
    "hedged",
)


def __getattr__(name):
    if name == "Policy":  # an initiator does not carry the responder
        from umikey.modes.dhsign_responder import Policy

        return Policy
    raise AttributeError(name)


def secret(group, random):
    """A fresh secret for a DH-Group: 32 octets for a MODP group, a scalar for a curve."""
    if 3 <= group <= 18:
        return ec.draw(ec.curve(group - 2), random)
    from umikey.crypto.rng import fill

    x = bytearray(32)
    fill(x, 0, 32, random)
    return x


def public(group, x):
    """-> the public value of x, as it travels in DH."""
    if 3 <= group <= 18:
        curve = ec.curve(group - 2)
        out = bytearray(1 + 2 * curve.SIZE)
        out[0] = 4
        curve.base(x, out, 1)
        return out
    from umikey.crypto import dh

    out = bytearray(dh.size(group))
    dh.public(group, x, out)
    return out


def shared(group, x, buf, at, n):
    """-> the TGK: of a curve, the x coordinate in full length. RemoteError(6) for a bad value."""
    if 3 <= group <= 18:
        curve = ec.curve(group - 2)
        point = bytearray(2 * curve.SIZE)
        ec.decode(group - 2, buf, at, n, point)
        curve.multiply(x, point, 0, point)
        tgk = point[: curve.SIZE]
        forget(point)
        return tgk
    from umikey.crypto import dh

    tgk = bytearray(n)
    dh.shared(group, buf, at, x, tgk)
    return tgk


class Initiator(_Initiator):
    """Agrees on a TGK by Diffie-Hellman; each end signs.

    cred: `credentials.Credentials`, ours; id_r: the responder's identity, which its certificate
    must bear; streams, options: see `session.Initiator`; group: DH-Group 10 P-256, 13 P-384, 16
    P-521, 0 OAKLEY 5, or what else `wire_dh` names. Further options: mki, valid, exponent: as in
    `modes.dhhmac`; send_cert: False sends our identity and no certificate; curves: ECC curves of
    the keys that may sign (8 P-256, 11 P-384, 14 P-521), by default P-256 and our own key's;
    hedged: False makes signatures repeatable (RFC 6979).
    """

    data_type = 4

    def __init__(self, cred, id_r=None, streams=(), group=10, **opt):
        self._own = own_key(cred, SIGNING)
        if not id_r:
            raise errors.LocalError("DH-SIGN needs the responder's identity")
        if 3 <= group <= 18:
            try:
                n = 1 + 2 * ec.curve(group - 2).SIZE
            except errors.RemoteError as e:
                raise errors.LocalError(str(e)) from None
        else:
            from umikey.crypto import dh

            n = dh.size(group)
        self._group = group
        self._n = n
        kv = self._kv = (1, opt["mki"], b"") if "mki" in opt else (0, b"", b"")
        if "valid" in opt:
            kv = self._kv = (2,) + tuple(opt["valid"])
        curves = opt.get("curves") or (8, self._own.curve)
        # DHr, DHi with their KV, IDi, heads of three certificates, SIGN
        self._more = 2 * (n + 5 + len(kv[1]) + len(kv[2])) + 4 + len(cred.id[1]) + 12 + 3
        self._more += max([ecdsa.size(number) + 1 for number in curves])
        self._x = self._dhi = self._leaf = None
        self._fresh = True
        _Initiator.__init__(self, b"", cred.id, id_r, streams, True, opt, _OPTIONS)
        self._proof = Proof(cred, curves)
        if opt.get("send_cert", True) and self._own.certs:
            opt["chain"] = self._own.certs

    def update(self, buf, streams=None, fresh=True, ts=None):
        """Write an update of the CSB (RFC 3830 4.5). fresh: with new DH values, or the old TGK."""
        from umikey.rekey import update

        return update(self, buf, streams, (), True, ts, fresh)

    def start(self, buf, ts=None):
        """See `session.Initiator.start`."""
        self._fresh = True
        self._leaf = None
        return _Initiator.start(self, buf, ts)

    def _tail(self, w):
        self._anew()
        if self._fresh:
            kv, a, b = self._kv
            n = w.n + 3 + self._n + kv + len(a) + len(b) + 2 + ecdsa.size(self._own.curve)
            if n > len(w.buf):
                w.n = n  # before the power, which takes its time
                w.close()
            if self._x:
                forget(self._x)
            given = self._opt.get("exponent")
            random = self._opt.get("random")
            self._x = bytearray(given) if given else secret(self._group, random)
            self._dhi = public(self._group, self._x)
            wire_dh.push_dh(w, self._group, self._dhi, kv, a, b)
        if len(w.buf) > 3:
            w.buf[3] &= 127  # V: there is always an answer
        opt = self._opt
        work = self._stream.hold  # nothing is in it before an answer comes
        return sign(w, self._own, opt.get("random"), opt.get("hedged", True), work)

    def reset(self):
        """See `session.Engine.reset`."""
        self._anew()
        _Initiator.reset(self)

    def _anew(self):
        # nothing stays of an answer that was refused half-way
        self._seen = []
        self._sign = None

    def _take(self, kind, start, end):
        r = Reader(self._stream.hold, start, end)
        if kind == 3 and len(self._seen) < 2:
            self._seen.append(wire_dh.pull_dh(r))
        elif kind == 4:
            self._sign = wire_cert.pull_sign(r)
        elif kind != 7:
            return False
        return True

    def _check(self, ids, alg, at, n):
        # the certificate, the signature, and only then our power (RFC 3830 5.4)
        seen, self._seen = self._seen, []
        sign, self._sign = self._sign, None
        hold = self._stream.hold
        if sign is None:
            raise errors.RemoteError(12, "no SIGN")
        proof = self._proof
        self._absorb(sign[1])
        proof.finish()
        expected = [self._id_r[1], self._id_i[1]]
        if ids != (expected[1:] if proof.certs else expected) and ids != expected:
            raise errors.AuthError("the answer is from, or to, somebody else")
        leaf = proof.leaf(self._id_r, SIGNING, self._opt.get("now"), self._leaf)
        proof.verify(leaf, sign, hold)
        self._leaf = leaf
        if not self._fresh:
            if seen:
                raise errors.RemoteError(12, "DH values that were not asked for")
            return
        if len(seen) != 2:
            raise errors.RemoteError(12, "not two DH values")
        group, y, y_n, kv, a, a_n, b, b_n = seen[0]
        own = seen[1]
        if group != self._group or own[0] != group or hold[own[1] : own[1] + own[2]] != self._dhi:
            raise errors.RemoteError(12, "DHi is not ours")
        tgk = shared(group, self._x, hold, y, y_n)
        forget(self._x)
        a = bytes(hold[a : a + a_n])
        self._keys = ((0, tgk, None, kv, a, bytes(hold[b : b + b_n])),)

    def _refused(self, number, alg, at, n):
        # an Error's SIGN counts where we know whose it is; it comes without certificates
        sign = self._sign
        self._anew()
        if sign and self._leaf:
            if error_from(self._leaf, sign, self._stream.hold, self._opt.get("now")):
                if self._sa is not None:
                    from umikey.rekey import refused

                    refused(self._sa)
                e = errors.RemoteError(number)
                e.peer_said = True
                raise e
        return _Initiator._refused(self, number, None, 0, 0)

    def close(self):
        """Overwrite all secrets, the SA's too. The credentials stay."""
        if self._x:
            forget(self._x)
        _Initiator.close(self)
