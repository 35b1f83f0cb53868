"""Public-key mode over elliptic curves, the responder's half (RFC 3830 3.2); see `modes.ecies`."""

import umikey.wire_cert as wire_cert
from umikey.buf import Reader
from umikey.crypto import ecies, equal, pick
from umikey.errors import AuthError, RemoteError
from umikey.modes import psk_responder, signed_responder
from umikey.modes.signed import AGREEMENT, current, forget, suits
from umikey.modes.signed_responder import chash
from umikey.wire_read import pull_id

if pick("aes") != "cryptolib":
    import umikey.crypto._aes_inv  # noqa: F401 now, for what it needs is not in a full heap

_KEPT = const(16)  # envelope keys at most that are kept for other CSBs
_NO = "the envelope does not open"  # whatever the reason


class Policy(signed_responder.Policy):
    """How a `responder.Responder` treats ECIES messages.

    cred, allow, now, curves, hedged: see `dhsign_responder.Policy`; kdf_hash: 20 SHA-1, 32 SHA-256
    in ECIES. Add `Cached(policy)` to the responder's policies for initiators that keep the envelope
    key (C bits) and update under it.
    """

    data_types = b"\2"
    always_answers = False
    own_usage = AGREEMENT
    _envelope = True

    def __init__(self, cred, allow=None, now=None, kdf_hash=20, **more):
        signed_responder.Policy.__init__(self, cred, allow, now, **more)
        self._kdf_hash = kdf_hash
        self._allow_null = False
        self.kept = {}  # by identity: (envelope key with C = 1, leaf of who sent it)
        self._env = b""  # the one of the message in hand
        # of AES's round keys; when a message has come the heap may have no such block any more
        self._work = bytearray(276 if self._own.curve > 8 else 212)

    def take(self, srv, kind, r):
        """A payload that only this mode has."""
        if kind == 8:
            srv.chash = wire_cert.pull_chash(r)
        elif kind == 2:
            srv.pke = wire_cert.pull_pke(r)
        else:
            return signed_responder.Policy.take(self, srv, kind, r)
        return True

    def open(self, srv, rand, mac_alg):
        """See `signed_responder.Policy.open`."""
        if not mac_alg and srv.old is not None and srv.kemac is None:
            mac_alg = srv.old.alg  # an update without keys (RFC 3830 4.5)
        if not mac_alg:
            raise RemoteError(3, "an envelope needs a MAC")
        signed_responder.Policy.open(self, srv, rand, mac_alg)

    def verify(self, srv):
        """The signature, the envelope, and the MAC of what is under it (RFC 3830 5.3)."""
        if srv.pke is None or srv.kemac is None and srv.old is None:
            raise RemoteError(12, "no KEMAC, or no PKE")
        signed_responder.Policy.verify(self, srv)
        key = self._whose(srv)
        hold = srv._stream.hold
        cache, at, n = srv.pke
        if cache == 3:
            raise RemoteError(12, "C bits")
        env = bytearray(48)
        size = ecies.open(key.curve, key.d, hold, at, n, env, self._kdf_hash, self._work)
        forget(self._env)
        srv.key = self._env = env[:size]
        forget(env)
        kdf = srv._kdf
        kdf.auth(srv.key)
        if srv.kemac is None:
            return
        kdf.begin()
        # KEMAC alone, as if it were the last payload (RFC 3830 5.2)
        _, at, n, alg, tag, tag_n = srv.kemac
        start = at - 4
        kdf.mac.update(b"\0", 0, 1)
        kdf.mac.update(hold, start + 1, tag)
        made = bytearray(tag_n)
        kdf.mac.digest_into(made, 0)
        if not equal(made, 0, hold, tag, tag_n):
            forget(srv.key)
            raise AuthError(_NO)

    def _whose(self, srv):
        # which of our keys the envelope is for
        keys = [k for k in self._cred.keys if not k.certs or suits(k.certs[0][0], AGREEMENT)]
        if srv.chash is None:
            return keys[0] if keys else self._own
        func, at, n = srv.chash
        hold = srv._stream.hold
        for key in keys:
            digest = chash(key, func)
            if digest and digest == hold[at : at + n]:
                return key
        raise RemoteError(8, "the envelope is for another certificate")

    def _keys(self, srv, at, end, np=20):
        # IDi, then the keys; IDi is who signed (RFC 3830 3.2)
        r = Reader(srv._stream.hold, at, end)
        id_type, i, n = pull_id(r)
        if srv._stream.hold[i : i + n] != srv.peer or id_type != srv.peer_id[0]:
            raise AuthError("the envelope names somebody else")
        return psk_responder.Policy._keys(self, srv, r.at, end, r.np)

    def accept(self, srv, sessions):
        """Decrypt, read the keys, derive; keep the envelope key if asked to. -> SA"""
        try:
            if srv.kemac is None:
                sa = self._agreed(srv, sessions, ())
            elif srv.kemac[2]:
                sa = psk_responder.Policy.accept(self, srv, sessions)
            else:
                raise RemoteError(12, "no IDi under the envelope")
            cache = srv.pke[0]
            if srv.peer in self.kept:
                forget(self.kept.pop(srv.peer)[0])
            if cache:
                sa.secret = bytearray(srv.key)
                sa.mode = 0  # of its updates
            if cache == 1:
                if len(self.kept) >= _KEPT:
                    forget(self.kept.popitem()[1][0])
                self.kept[srv.peer] = (bytearray(srv.key), srv.leaf)
            return sa
        finally:
            forget(srv.key)

    def seal(self, srv, w, tail):
        """End the message with V."""
        return psk_responder.Policy.seal(self, srv, w, tail)

    def close(self):
        """Overwrite the envelope keys that are kept."""
        forget(self._env)
        while self.kept:
            forget(self.kept.popitem()[1][0])


class Cached(psk_responder.Policy):
    """Pre-shared key messages under envelope keys that an ECIES `Policy` has kept (RFC 3830 4.5).

    lookup: as in `psk.Policy`, for all other pre-shared key messages. From who has a kept key too,
    one with a long extension counts only under the kept one. A kept key counts as long as the
    certificate that it came with, and as its owner is welcome; `Responder.close` overwrites it.
    """

    _sa = signed_responder.Agreed

    def __init__(self, policy, lookup=None):
        psk_responder.Policy.__init__(self, self._find)
        self._policy = policy
        self._else = lookup
        self._kept = False
        self._leaf = None

    def open(self, srv, rand, mac_alg):
        """Find the key: the CSB's own; one kept with C = 1 for any CSB; or a pre-shared one."""
        self._old = srv.old
        self._rand = rand
        self._kept = True
        psk_responder.Policy.open(self, srv, rand, mac_alg)

    def _find(self, peer, us):
        key = getattr(self._old, "secret", None)
        self._leaf = None
        if key:
            self._kept = False
            self._leaf = self._old.leaf
        elif self._kept:
            key, self._leaf = self._policy.kept.get(peer, (None, None))
            self._kept = key and self._else  # is there another to try?
        return key or (self._else(peer, us) if self._else else None)

    def verify(self, srv):
        """See `psk_responder.Policy.verify`. Who has a kept key may have a pre-shared one too."""
        try:
            psk_responder.Policy.verify(self, srv)
        except AuthError:
            if not self._kept:
                raise
            self._kept = False
            psk_responder.Policy.open(self, srv, self._rand, srv.alg)
            srv._stream.covered = 0
            psk_responder.Policy.verify(self, srv)
        if self._leaf:
            self._policy.welcome(srv.peer)
            current(self._leaf, self._policy._now or srv._now)

    def _agreed(self, srv, sessions, keys):
        sa = psk_responder.Policy._agreed(self, srv, sessions, keys)
        if getattr(srv.old, "secret", None):
            sa.secret = bytearray(srv.old.secret)
            sa.leaf = srv.old.leaf
        return sa
