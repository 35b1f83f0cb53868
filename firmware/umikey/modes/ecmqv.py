"""MIKEY-ECMQV, the initiator (draft-ietf-msec-mikey-ecc-03 5, RFC 5197 4.1.2) [SPEC 9.4].

two passes    I_MESSAGE: HDR, T, RAND, [IDi | CERTi], [IDr], {SP}, ECCPTi, SIGNi
              R_MESSAGE: HDR, T, [IDr | CERTr], IDi, ECCPTr, ECCPTi, V
one pass      I_MESSAGE: HDR, T, RAND, [IDi | CERTi], [IDr], {SP}, ECCPTi, [CHASH], SIGNi
              R_MESSAGE: HDR, T, [IDr], V

No document gives data types for it: 241 to 244 are private numbers [SPEC 9.6]. In one pass the
responder's certificate stands for its ephemeral key, and the credentials have to hold it. The
responder's half is in `ecmqv_responder`.
"""

import umikey.errors as errors
import umikey.wire as wire
import umikey.wire_cert as wire_cert
import umikey.wire_dh as wire_dh
from umikey.buf import Reader
from umikey.crypto import ec, ecdsa, ecmqv
from umikey.crypto.x963 import x963
from umikey.modes.signed import (
    AGREEMENT,
    SIGNING,
    Proof,
    error_from,
    forget,
    own_key,
    responders,
    sign,
    still,
)
from umikey.session import Initiator as _Initiator

_OPTIONS = (
    "csb_id",
    "rand",
    "ts_type",
    "counter",
    "prf",
    "mac",
    "mki",
    "valid",
    "exponent",
    "extensions",
    "random",
    "now",
    "send_cert",
    "curves",
    "hedged",
    "tgk_len",
    "chash",
    "kdf_hash",
    "room",
)


def __getattr__(name):
    if name == "Policy":  # an initiator does not carry the responder
        from umikey.modes.ecmqv_responder import Policy

        return Policy
    raise AttributeError(name)


def split(z, tgk_len, mac, kdf_hash):
    """-> TGK, auth_key from the secret z, which is overwritten [SPEC 9.4]."""
    both = bytearray(tgk_len + wire.MAC_LEN[mac])
    x963(kdf_hash, z, both)
    forget(z)
    tgk = both[:tgk_len]
    auth = both[tgk_len:]
    forget(both)
    return tgk, auth


def authenticate(kdf, auth):
    """Give a Kdf an auth_key that is not derived by the PRF, but MQV's own."""
    kdf._a[2 * kdf._prf.size :] = auth


class Initiator(_Initiator):
    """Agrees on a TGK by MQV, from both ends' certificates and fresh keys; one signature in all.

    cred: `credentials.Credentials`, ours; id_r: the responder's identity, which its certificate
    must bear; streams, options: see `session.Initiator`; one_pass: see above. Further options:
    tgk_len: 16 to 255 octets; kdf_hash: 20 SHA-1, 32 SHA-256; room: octets to hold the
    certificates of the answer in, which V covers too; exponent: the ephemeral secret; mki, valid:
    see `modes.dhhmac`; send_cert, curves, hedged: see `modes.dhsign`; chash: see `modes.ecies`.
    """

    data_type = 241

    def __init__(self, cred, id_r=None, streams=(), one_pass=False, **opt):
        own = self._own = own_key(cred, SIGNING | AGREEMENT)
        mac = self._mac = opt.get("mac", 1)
        if not (1 <= mac <= 2 and 0 <= opt.get("prf", 0) <= 1):
            raise errors.LocalError("no such algorithm")
        if not id_r:
            raise errors.LocalError("ECMQV needs the responder's identity")
        if not 16 <= opt.get("tgk_len", 16) <= 255 or opt.get("chash", 0) not in (0, 2, None):
            raise errors.LocalError("a TGK has 16 to 255 octets; chash is 0, 2 or None")
        kv = self._kv = (1, opt["mki"], b"") if "mki" in opt else (0, b"", b"")
        if "valid" in opt:
            kv = self._kv = (2,) + tuple(opt["valid"])
        curve = self._curve = ec.curve(own.curve)
        self._point = 1 + 2 * curve.SIZE
        if not one_pass:
            n = self._point + 9 + kv[0] + len(kv[1]) + len(kv[2])
            # where these are, ERR and SP are not, which are counted too
            self._more = 2 * n + 4 + len(cred.id[1]) + opt.get("room", 768) - 44
        self._de = self._qe = self._leaf = self._auth = self._next = self._to = None
        self._hash = None
        self._fresh = True
        _Initiator.__init__(self, b"", cred.id, id_r, streams, True, opt, _OPTIONS)
        if opt.get("send_cert", True) and own.certs:
            opt["chain"] = own.certs
        self._one_pass = one_pass
        if one_pass:
            self.data_type = 243
            self._to, self._hash = responders(cred, self._id_r, opt)
            if self._to[0] != own.curve:
                raise errors.LocalError("the responder's key is on another curve than ours")
        if not one_pass:
            self._proof_r = Proof(cred, opt.get("curves") or (own.curve,), False)

    def keeps(self, kind, size):
        """For `wire.Stream`: V's key comes with the answer itself, so all of it is held."""
        return True

    def start(self, buf, ts=None):
        """See `session.Initiator.start`."""
        self._fresh = True
        self._leaf = None
        return _Initiator.start(self, buf, ts)

    def update(self, buf, streams=None, fresh=True, ts=None):
        """Write an update of the CSB (RFC 3830 4.5). fresh: with new points, or the old TGK."""
        from umikey.rekey import update

        return update(self, buf, streams, (), True, ts, fresh)

    def _tail(self, w):
        self._anew()
        opt = self._opt
        if self._fresh:
            kv, a, b = self._kv
            n = w.n + 2 + self._point  # whose padding follows
            n += (w.n - n & 3) + 4 + kv + len(a) + len(b) + 2 + ecdsa.size(self._own.curve)
            n += 2 + len(self._hash) if self._hash else 0
            if n > len(w.buf):
                w.n = n  # before the product, which takes its time
                w.close()
            if self._de:
                forget(self._de)
            given = opt.get("exponent")
            de = bytearray(given) if given else ec.draw(self._curve, opt.get("random"))
            self._de = de
            self._qe = bytearray(2 * self._curve.SIZE)
            self._curve.base(de, self._qe)
            self._push(w)
            if self._one_pass:
                point = still(self._to, opt)[1]
                self._next = self._agree(point, point, a, b)
                forget(self._de)
                if self._hash:
                    wire_cert.push_chash(w, opt.get("chash", 0), self._hash)
        work = self._stream.hold  # nothing is in it before an answer comes
        return sign(w, self._own, opt.get("random"), opt.get("hedged", True), work)

    def _push(self, w):
        # ECCPTi
        kv, a, b = self._kv
        point = b"\4" + self._qe
        n = self._opt.get("tgk_len", 16)
        wire_dh.push_eccpt(w, self._own.curve, point, self._mac, n, kv, a, b)

    def _agree(self, static, ephemeral, a, b):
        # MQV: the TGK, and -> the key of V
        curve = self._curve
        z = bytearray(curve.SIZE)
        ecmqv.agree(curve, self._own.d, self._de, self._qe, static, 0, ephemeral, 0, z)
        opt = self._opt
        tgk, auth = split(z, opt.get("tgk_len", 16), self._mac, opt.get("kdf_hash", 20))
        self._keys = ((0, tgk, None, self._kv[0], a, b),)
        return auth

    def reset(self):
        """See `session.Engine.reset`."""
        self._anew()
        _Initiator.reset(self)

    def _anew(self):
        # nothing stays of an answer that was refused half-way
        self._seen = []
        self._certs_at = []
        self._sign = None

    def _take(self, kind, start, end):
        r = Reader(self._stream.hold, start, end)
        if kind == 4:
            self._sign = wire_cert.pull_sign(r)  # of an Error message
        elif kind == 7 and not self._one_pass:
            self._certs_at.append((start, end))
        elif kind == 25 and not self._one_pass and len(self._seen) < 2:
            self._seen.append((start, end))
        else:
            return False
        return True

    def _check(self, ids, alg, at, n):
        # the certificate, then the points, then MQV; V comes last, for it needs all of them
        if alg is None or self._sign:
            raise errors.RemoteError(12, "no V")
        if alg != self._mac:
            raise errors.AuthError("V with another algorithm")
        auth = self._next if self._fresh else self._auth
        leaf = None
        expected = [self._id_r[1], self._id_i[1]]
        if self._one_pass:
            if ids and ids != expected[:1]:
                raise errors.AuthError("the answer is from somebody else")
        else:
            if ids != (expected[1:] if self._certs_at else expected) and ids != expected:
                raise errors.AuthError("the answer is from, or to, somebody else")
            self._read()
            now = self._opt.get("now")
            leaf = self._proof_r.leaf(self._id_r, AGREEMENT, now, self._leaf)
            if self._fresh:
                auth = self._points(leaf)
            elif self._seen:
                raise errors.RemoteError(12, "points that were not asked for")
        authenticate(self._kdf, auth)
        self._stream.covered = 0
        if not self._verify(n, at, (self._id_i[1], self._id_r[1], self._ts)):
            if not self._one_pass:  # there they are our own, and the honest answer may yet come
                self._keys = None
            raise errors.AuthError("V does not verify")
        self._auth = auth
        self._leaf = leaf
        forget(self._de)
        if not self._fresh:
            self._keys = None

    def _read(self):
        # the certificates of the answer, which is held
        hold = self._stream.hold
        proof = self._proof_r
        proof.begin()
        for start, end in self._certs_at:
            proof.opens(hold[start + 1], end - start - 4)
            proof.update(hold, start + 4, end)

    def _points(self, leaf):
        # MQV with the point of the answer. -> the key of V
        seen = self._seen
        hold = self._stream.hold
        if len(seen) != 2:
            raise errors.RemoteError(12, "not two ECCPT payloads")
        start, end = seen[1]
        w = wire.Writer(bytearray(end - start))
        self._push(w)
        if w.n != end - start or w.buf[1:] != hold[start + 1 : end]:
            raise errors.RemoteError(12, "ECCPTi is not ours")
        start, end = seen[0]
        r = Reader(hold, start, end)
        curve, y, y_n, alg, tgk_len, kv, a, a_n, b, b_n = wire_dh.pull_eccpt(r)
        if alg != self._mac or tgk_len != self._opt.get("tgk_len", 16):
            raise errors.RemoteError(12, "the responder's parameters are not ours")
        if curve != self._own.curve or leaf[0] != curve:
            raise errors.RemoteError(6, "another curve")
        point = bytearray(2 * self._curve.SIZE)
        ec.decode(curve, hold, y, y_n, point)
        a = bytes(hold[a : a + a_n])
        return self._agree(leaf[1], point, a, bytes(hold[b : b + b_n]))

    def _refused(self, number, alg, at, n):
        # an Error's SIGN counts where we know whose it is; no secret is computed for it
        sign = self._sign
        self._anew()
        leaf = self._leaf or self._to
        if sign and leaf:
            if error_from(leaf, sign, self._stream.hold, self._opt.get("now")):
                if self._sa is not None:
                    from umikey.rekey import refused

                    refused(self._sa)
                e = errors.RemoteError(number)
                e.peer_said = True
                raise e
        return _Initiator._refused(self, number, None, 0, 0)

    def close(self):
        """Overwrite all secrets, the SA's too. The credentials stay."""
        for secret in (self._de, self._auth, self._next):
            if secret:
                forget(secret)
        _Initiator.close(self)
