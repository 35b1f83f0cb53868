"""Public-key mode on elliptic curves, the initiator (RFC 3830 3.2, draft-ietf-msec-mikey-ecc-03 4).

I_MESSAGE: HDR, T, RAND, [IDi | CERTi], [IDr], {SP}, KEMAC(IDi, {TGK}), [CHASH], PKE, SIGNi
R_MESSAGE: HDR, T, [IDr], V

The keys travel under an envelope key, and that under ECIES to the responder's certificate, which
the credentials have to hold. The responder's half is in `ecies_responder`.
"""

import umikey.errors as errors
import umikey.modes.psk as psk
import umikey.wire_cert as wire_cert
from umikey.crypto import ec, ecdsa, ecies
from umikey.modes.signed import (
    SIGNING,
    forget,
    own_key,
    responders,
    sign,
    still,
)

_OPTIONS = ("send_cert", "env_key", "cache", "chash", "kdf_hash", "hedged")  # besides `psk`'s


def __getattr__(name):
    if name in ("Policy", "Cached"):  # an initiator does not carry the responder
        import umikey.modes.ecies_responder as responder

        return getattr(responder, name)
    raise AttributeError(name)


class Initiator(psk.Initiator):
    """Sends keys to the owner of a certificate, and signs.

    cred: `credentials.Credentials`, ours, with the responder's certificate in it; id_r: its
    identity; streams, verify, options: see `session.Initiator` and `modes.psk.Initiator`. Further
    options: cache: the C bits, 0, 1 or 2 (RFC 3830 6.3): with 1 and 2 the envelope key is kept at
    both ends, and updates are pre-shared key messages under it; chash: 0 SHA-1, 2 SHA-256, None
    sends no CHASH; send_cert: False sends our identity and no certificate; kdf_hash: 20 SHA-1, 32
    SHA-256 in ECIES; env_key: 16 or 32 octets instead of fresh ones; hedged: see `modes.dhsign`.
    """

    data_type = 2

    def __init__(self, cred, id_r=None, streams=(), verify=True, **opt):
        self._own = own_key(cred, SIGNING)
        if not 0 <= opt.get("cache", 0) <= 2 or opt.get("chash", 0) not in (0, 2, None):
            raise errors.LocalError("cache is 0, 1 or 2; chash 0, 2 or None")
        self._env = None
        ours = {name: opt.pop(name) for name in _OPTIONS if name in opt}
        psk.Initiator.__init__(self, b"\0", cred.id, id_r, streams, verify, **opt)
        opt = self._opt
        opt.update(ours)
        if not opt.get("mac", 1):
            raise errors.LocalError("an envelope needs a MAC")
        self._to, self._hash = responders(cred, self._id_r, opt)
        if opt.get("send_cert", True) and self._own.certs:
            opt["chain"] = self._own.certs

    def start(self, buf, ts=None):
        """See `session.Initiator.start`."""
        self.data_type = 2
        return psk.Initiator.start(self, buf, ts)

    def update(self, buf, streams=None, keys=(), verify=None, ts=None):
        """Write an update of the CSB (RFC 3830 4.5): under the envelope key if it is kept.

        The arguments are those of `session.Initiator.update`.
        """
        still(self._to, self._opt)
        if self._opt.get("cache", 0) and self._sa is not None:
            self.data_type = 0
        return psk.Initiator.update(self, buf, streams, keys, verify, ts)

    def _tail(self, w):
        if self.data_type == 0:
            return psk.Initiator._tail(self, w)
        opt = self._opt
        curve, point, _, _ = still(self._to, opt)
        given = opt.get("env_key")
        size = 32 if ec.curve(curve).SIZE > 32 else 16  # whole blocks of AES [SPEC 9.3]
        if self._env:
            forget(self._env)
        self._key = self._env = bytearray(given) if given else self._random(size)
        n = 1 + len(point) + len(self._key) + 20
        rest = 3 + n + 2 + ecdsa.size(self._own.curve)
        if self._hash:
            rest += 2 + len(self._hash)
        try:
            w.n = psk.Initiator._tail(self, w)
        except errors.BufferTooSmall as e:
            raise errors.BufferTooSmall(e.needed + rest) from None
        if w.n + rest > len(w.buf):
            raise errors.BufferTooSmall(w.n + rest)
        if self._hash:
            wire_cert.push_chash(w, opt.get("chash", 0), self._hash)
        wire_cert.push_pke(w, opt.get("cache", 0), n)
        random = opt.get("random")
        ecies.seal(curve, point, 0, self._key, w.buf, w.n, random, opt.get("kdf_hash", 20))
        w.n += n
        if not opt.get("cache", 0):
            forget(self._key)  # V's key was made of it
        return sign(w, self._own, random, opt.get("hedged", True))

    def _take(self, kind, start, end):
        # a SIGN or certificate in an Error message is not ours to judge: a hint
        return kind in (4, 7) and self._stream.hold[1] == 6

    def close(self):
        """Overwrite all secrets, the SA's and the envelope key too. The credentials stay."""
        if self._env:
            forget(self._env)
        psk.Initiator.close(self)
