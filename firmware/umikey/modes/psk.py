"""Pre-shared key mode, the initiator (RFC 3830 3.1); the responder's half is `psk_responder`.

I_MESSAGE: HDR, T, RAND, [IDi], [IDr], {SP}, KEMAC
R_MESSAGE: HDR, T, [IDr], V
"""

import umikey.errors as errors
import umikey.wire as wire
from umikey.crypto import cipher
from umikey.session import Initiator as _Initiator

cipher()  # loads it now, where `umikey.__getattr__` clears up behind it

_OPTIONS = (
    "csb_id",
    "rand",
    "ts_type",
    "counter",
    "prf",
    "encr",
    "mac",
    "keys",
    "send_ids",
    "extensions",
    "random",
    "now",
    "allow_null",
    "compat_minisip",
)


def __getattr__(name):
    if name == "Policy":  # an initiator does not carry the responder
        from umikey.modes.psk_responder import Policy

        return Policy
    raise AttributeError(name)


def crypt(kdf, psk, encr, buf, at, n, csb_id, ts_type, ts, work=None):
    """Encrypt or decrypt the key data buf[at:at+n] in place, AES-CM (RFC 3830 4.2.3).

    encr: 1 AES-CM-128, 3 AES-CM-256 (RFC 6043 6.2). The counter block starts as
    (salt_key XOR (0 || csb_id || T)) || 0, with T of the initiator in 8 octets. work: see
    `crypto.aes`.
    """
    iv = bytearray(16)
    kdf.derive(6, 255, psk, iv, 0, 14)
    for i in range(4):
        iv[2 + i] ^= csb_id[i]
    t = 10 if ts_type == 2 else 6  # a COUNTER is padded on the left, NTP-UTC-32 on the right
    for i in range(len(ts)):
        iv[t + i] ^= ts[i]
    key = bytearray(32 if encr == 3 else 16)
    kdf.derive(4, 255, psk, key, 0, len(key))
    cipher().cm(key, iv, buf, at, at + n, work)
    for i in range(len(key)):
        key[i] = 0


class Initiator(_Initiator):
    """Offers keys under a pre-shared key.

    key: the PSK, 1 octet and more (16 recommended); id_i, id_r: our identity and the responder's,
    needed for V even where they do not travel; streams, options: see `session.Initiator`; verify:
    ask for an answer. Further options: keys: (`Key(...)`, ...) to transport instead of one fresh
    TGK of 16 octets; encr: 1 AES-CM-128, 2 AES-KW-128, 3 AES-CM-256; allow_null: permit encr=0,
    mac=0 (RFC 5197 3.4: only inside a protected channel); compat_minisip: accept its answers,
    with a T of their own and V without the identities (SPEC A5).
    """

    def __init__(self, key, id_i=None, id_r=None, streams=(), verify=True, **opt):
        _Initiator.__init__(self, key, id_i, id_r, streams, verify, opt, _OPTIONS)
        encr = opt.get("encr", 1)
        mac = opt.get("mac", 1)
        if not (0 <= encr <= 3 and 0 <= mac <= 2 and 0 <= opt.get("prf", 0) <= 1):
            raise errors.LocalError("no such algorithm")
        if (encr == 0 or mac == 0) and not opt.get("allow_null"):
            raise errors.LocalError("no encryption or MAC: only with allow_null=True")
        if not key and (encr or mac):
            raise errors.LocalError("empty key")

    def _tail(self, w):
        # KEMAC, complete: encrypted, then the MAC over all, or under an envelope key over the KEMAC
        # alone, which begins with IDi then (RFC 3830 5.2, 6.2)
        encr = self._opt.get("encr", 1)
        mac = self._opt.get("mac", 1)
        if self._keys is None:
            self._keys = ((0, self._random(16), None, 0, None, None),)
        wire.push_kemac(w, encr, 0)
        at = w.n
        slot = w.slot
        w.slot = -1
        if self.data_type == 2:
            wire.push_id(w, self._id_i[0], self._id_i[1])
        for key in self._keys:
            wire.push_key(w, *key)
        w.slot = slot
        n = w.n - at
        if encr == 2:
            if n & 7 or n < 16:
                encr = 1  # AES-KW wraps whole blocks only (SPEC A19)
            else:
                w.n += 8
        if w.n - at > 65535:
            raise errors.LocalError("too much key data")
        mac_at = w.n + 1
        w.u8(mac)
        w.n += wire.MAC_LEN[mac]
        end = w.close()
        buf = w.buf
        buf[at - 3] = encr
        buf[at - 2] = (mac_at - 1 - at) >> 8
        buf[at - 1] = (mac_at - 1 - at) & 255
        kdf = self._kdf
        if encr == 2:
            from umikey.modes.psk_kw import wrap

            wrap(kdf, self._key, buf, at, n)
        elif encr and n:
            hold = self._stream.hold
            crypt(
                kdf,
                self._key,
                encr,
                buf,
                at,
                n,
                self._csb,
                self._opt.get("ts_type", 0),
                self._ts,
                hold,
            )
        if mac:
            kdf.auth(self._key)
            kdf.begin()
            kdf.mac.update(buf, at - 4 if self.data_type == 2 else 0, mac_at)
            kdf.mac.digest_into(buf, mac_at)
        return end

    def _check(self, ids, alg, at, n):
        # V over R_MESSAGE || IDi || IDr || T (RFC 3830 5.2)
        if alg is None:
            raise errors.RemoteError(12, "no V")
        if ids and (len(ids) > 1 or self._id_r and ids[0] != self._id_r[1]):
            raise errors.AuthError("the answer is from somebody else")
        if alg != self._opt.get("mac", 1):
            raise errors.AuthError("V with another algorithm")
        if not alg:
            return
        ids = (self._id_i[1], self._id_r[1], self._ts)
        if self._verify(n, at, ids):
            return
        if self._opt.get("compat_minisip"):
            self._stream.covered = 0
            if self._verify(n, at, (self._ts,)):
                return
        raise errors.AuthError("V does not verify: other keys or identities at the other end?")
