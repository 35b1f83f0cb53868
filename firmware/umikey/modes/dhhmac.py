"""Diffie-Hellman under a pre-shared key, the initiator (RFC 4650); see `dhhmac_responder`.

I_MESSAGE: HDR, T, RAND, [IDi], IDr, {SP}, DHi, KEMAC
R_MESSAGE: HDR, T, [IDr], IDi, DHr, DHi, KEMAC

The KEMAC carries no key, only the MAC, over the whole message. Who learns the pre-shared key later
cannot read what was keyed before.
"""

import umikey.errors as errors
import umikey.wire as wire
import umikey.wire_dh as wire_dh
from umikey.buf import Reader, pull_kemac
from umikey.crypto import dh, equal
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
    "compat_minisip",
)


def __getattr__(name):
    if name == "Policy":  # an initiator does not carry the responder
        from umikey.modes.dhhmac_responder import Policy

        return Policy
    raise AttributeError(name)


def seal(w, kdf, key, mac, literal=False):
    """End a message with a KEMAC that has no data (RFC 4650 4.2); -> its length.

    literal: with RFC 4650's own algorithm numbers, for who used them (SPEC A11).
    """
    wire.push_kemac(w, 2 if literal else 0, 0)
    w.u8(0 if literal else mac)
    at = w.n
    w.n += wire.MAC_LEN[mac]
    end = w.close()
    kdf.auth(key)
    kdf.begin()
    kdf.mac.update(w.buf, 0, at)
    kdf.mac.digest_into(w.buf, at)
    return end


def mac_alg(kemac):
    """MAC alg of a KEMAC without data, RFC 4650's own numbers included (SPEC A11).

    RemoteError(4), (3) or (12) for one that this mode does not have.
    """
    encr, _, n, alg, _, mac_n = kemac
    if n:
        raise errors.RemoteError(12, "key data in DH-HMAC")
    if encr == 2 and not alg and mac_n == 20:
        return 1
    if encr:
        raise errors.RemoteError(4)
    if not alg:
        raise errors.RemoteError(3, "NULL MAC not allowed")
    return alg


def forget(secret):
    """Overwrite a bytearray."""
    for i in range(len(secret)):
        secret[i] = 0


class Initiator(_Initiator):
    """Agrees on a TGK by Diffie-Hellman, authenticated by a pre-shared key.

    key: the PSK; id_i, id_r: our identity and the responder's, both travel; streams, options: see
    `session.Initiator`; group: 0 OAKLEY 5 (1536 bits), 1 OAKLEY 1 (768), 2 OAKLEY 2 (1024), or
    umikey's private 241, 242, 243 (2048, 3072, 4096). Further options: mki: SPI/MKI of the key;
    valid: (from, to), 6 octets each; exponent: our secret, 32 octets, instead of a fresh one;
    compat_minisip: take answers without IDi. Not for groups of receivers (RFC 3830 3.3).
    """

    data_type = 7

    def __init__(self, key, id_i=None, id_r=None, streams=(), group=0, **opt):
        mac = self._mac = opt.get("mac", 1)
        if not (1 <= mac <= 2 and 0 <= opt.get("prf", 0) <= 1):
            raise errors.LocalError("no such algorithm")
        if not key or not id_i or not id_r:
            raise errors.LocalError("DH-HMAC needs a key and both identities")
        self._group = group
        kv = self._kv = (1, opt["mki"], b"") if "mki" in opt else (0, b"", b"")
        if "valid" in opt:
            kv = self._kv = (2,) + tuple(opt["valid"])
        self._n = dh.size(group)
        self._work = dh.room(group)  # now, for later there is no such block in a small heap
        self._dhi = bytearray(self._n)
        # DHr, DHi with their KV, and IDi
        self._more = 2 * (self._n + 5 + len(kv[1]) + len(kv[2])) + 4 + len(id_i)
        self._x = None
        _Initiator.__init__(self, key, id_i, id_r, streams, True, opt, _OPTIONS)
        self._fresh = True

    def update(self, buf, streams=None, fresh=True, ts=None):
        """Write an update of the CSB (RFC 3830 4.5). fresh: with new DH values, or the old TGK."""
        from umikey.rekey import update

        return update(self, buf, streams, (), True, ts, fresh)

    def _tail(self, w):
        self._anew()
        if self._fresh:
            kv, a, b = self._kv
            n = w.n + self._n + 5 + len(a) + len(b) + 5 + wire.MAC_LEN[self._mac]
            if n > len(w.buf):
                w.n = n  # before the power, which takes its time
                w.close()
            if self._x:
                forget(self._x)
            self._x = bytearray(self._opt.get("exponent") or self._random(32))
            if self._dhi is None:
                self._dhi = bytearray(self._n)
            dh.public(self._group, self._x, self._dhi, 0, self._work)
            wire_dh.push_dh(w, self._group, self._dhi, kv, a, b)
        return seal(w, self._kdf, self._key, self._mac)

    def reset(self):
        """See `session.Engine.reset`."""
        self._anew()
        _Initiator.reset(self)

    def _anew(self):
        # nothing stays of an answer that was refused half-way
        self._seen = []
        self._kemac = None

    def _take(self, kind, start, end):
        r = Reader(self._stream.hold, start, end)
        if kind == 3 and len(self._seen) < 2:
            self._seen.append(wire_dh.pull_dh(r))
        elif kind == 1:
            self._kemac = pull_kemac(r)
            return not r.np
        else:
            return False
        return True

    def _check(self, ids, alg, at, n):
        # the MAC first: only an authentic DHr is raised to our power (RFC 4650 5.3)
        seen, self._seen = self._seen, []
        if self._kemac is None:
            raise errors.RemoteError(12, "no KEMAC")
        if mac_alg(self._kemac) != self._mac:
            raise errors.AuthError("MAC with another algorithm")
        if not self._verify(self._kemac[5], self._kemac[4], ()):
            raise errors.AuthError("MAC does not verify: another key at the other end?")
        expected = [self._id_r[1], self._id_i[1]]
        if ids not in (expected, expected[1:]) and not self._opt.get("compat_minisip"):
            raise errors.AuthError("the answer is from, or to, somebody else")
        if not self._fresh:
            if seen:
                raise errors.RemoteError(12, "DH values that were not asked for")
            return
        hold = self._stream.hold
        if len(seen) != 2:
            raise errors.RemoteError(12, "not two DH values")
        group, y, y_n, kv, a, a_n, b, b_n = seen[0]
        own = seen[1]
        tgk = self._dhi
        if not group == own[0] == self._group or not equal(hold, own[1], tgk, 0, self._n):
            raise errors.RemoteError(12, "DHi is not ours")
        self._dhi = None  # it has done its duty
        dh.shared(group, hold, y, self._x, tgk, 0, self._work)
        forget(self._x)
        a = bytes(hold[a : a + a_n])
        self._keys = ((0, tgk, None, kv, a, bytes(hold[b : b + b_n])),)

    def _refused(self, number, alg, at, n):
        # an Error's MAC stands in a KEMAC here: table 4.1.b of RFC 4650 has no V
        if alg is None and self._kemac:
            alg, at, n = mac_alg(self._kemac), self._kemac[4], self._kemac[5]
        self._anew()
        return _Initiator._refused(self, number, alg, at, n)

    def close(self):
        """Overwrite all secrets, the SA's too."""
        if self._x:
            forget(self._x)
        _Initiator.close(self)
