"""The responder's engine, the same for every mode (RFC 3830 5.3).

A policy from `modes/` (`psk.Policy`) says which data types it answers, finds the key, checks the
message and makes the answer.
"""

import umikey.wire as wire
import umikey.wire_read as read
from umikey.clock import later
from umikey.crypto import rng
from umikey.errors import RemoteError, ReplayError
from umikey.policy import DEFAULT, SRTP
from umikey.policy_check import check
from umikey.replay import Replay
from umikey.session import Engine, identity, step

# Data types that answer something: never to be answered themselves (RFC 3830 5.1.2)
_ANSWERS = b"\1\3\5\6\x08\x0a\xf2\xf4"


class Responder(Engine):
    """Answers I_MESSAGEs.

    policies: one per mode, e.g. (psk.Policy(lookup),); id_r: who we are; id_i: who the other end
    is, where messages do not say; now: function -> Unix seconds; random: function n -> n octets;
    limit: octets of a message that are held at most. Extensions beyond 64 octets do not count; they
    must come after T, RAND and the identities, and the MAC be of the PRF's hash;
    replay: a `replay.Replay` if the default does not suit, e.g. Replay(now, mark=Mark("umikey"));
    ssrc: function cs_id -> SSRC for crypto sessions that leave it to us; remember: how many CSBs to
    keep for updates; errors: how many unauthenticated Error messages may go out until a message
    was authenticated again; spare_zero: let one 0x00 after the message pass (SPEC A28).
    """

    _listens = "idle"

    def __init__(
        self,
        policies,
        id_r=None,
        id_i=None,
        now=None,
        random=None,
        limit=512,
        replay=None,
        ssrc=None,
        remember=4,
        errors=16,
        spare_zero=False,
    ):
        Engine.__init__(self, limit)
        self._policies = policies
        self.id_r = identity(id_r)
        self.id_i = identity(id_i)
        self.random = random
        self._now = now
        self._replay = replay or Replay(now)
        self._ssrc = ssrc
        self._remember = remember
        self._errors = self._budget = errors
        self._spare_zero = spare_zero
        self._known = []
        self._forget()

    def _forget(self):
        self.authentic = False  # is this message's MAC or signature verified?
        self._policy = self._proof = None
        self.csb_id = self.ts = self.rand = self.peer = self.us = self.to = self.old = None

    def reset(self, id_i=None):
        """Ready for the next message. id_i: who sends it, where the message does not say."""
        Engine.reset(self)
        if id_i:
            self.id_i = identity(id_i)
        self._forget()

    def keeps(self, kind, size):
        """For `wire.Stream`: what is long passes, certificates always.

        A hash for the signature runs then, or the MAC, whose keys are made now.
        """
        self.data_type = self._stream.hold[1]
        policy = self._mode()
        if policy and policy.proof:
            self._proof = policy.proof
        elif size > 64 and self._policy is None:
            self._scan(self._stream.at)
            self._open(2 if self.prf else 1, b"")
        return Engine.keeps(self, kind, size)

    def _scan(self, end):
        # the payloads in hold[:end], without judging them beyond their form
        hold = self._stream.hold
        r = read.Reader(hold, 0, end)
        self.data_type, self.v, self.prf, at, self.n_cs, self.map_type, self.map_at, _ = (
            read.pull_hdr(r)
        )
        if self.data_type in _ANSWERS:
            raise RemoteError(None, "an answer that nobody asked for")
        self.csb_id = bytes(hold[at : at + 4])
        self.ts = self.rand = self.kemac = self.dh = self.sign = self.chash = self.pke = None
        policy = self._mode()
        self.ids = []
        self.sps = []
        self.extensions = []
        while r.np and r.at < end:
            kind = r.np
            if kind == 5 and self.ts is None:
                self.ts_type, at, n = read.pull_t(r)
                self.ts = bytes(hold[at : at + n])
            elif kind == 11 and self.rand is None:
                at, n = read.pull_rand(r)
                self.rand = bytes(hold[at : at + n])
                if not n:
                    raise RemoteError(12, "empty RAND")
            elif kind == 6 and len(self.ids) < 2:
                id_type, at, n = read.pull_id(r)
                self.ids.append((id_type, bytes(hold[at : at + n])))
            elif kind == 10:
                self.sps.append(read.pull_sp(r))
            elif kind == 21:
                self.extensions.append(read.pull_id(r))
            elif kind == 1 and self.kemac is None:
                self.kemac = read.pull_kemac(r)
                if r.np and not (policy and policy.proof):
                    raise RemoteError(12, "KEMAC is not the last payload")
            elif policy is None:
                raise RemoteError(11)
            elif not policy.take(self, kind, r):
                raise RemoteError(12, "payload %d in this place" % kind)

    def _mode(self):
        for policy in self._policies:
            if self.data_type in policy.data_types:
                return policy

    def _who(self):
        # who the message is from and for, and which CSB it belongs to
        us, peer = self.id_r, self.id_i
        ids = self.ids
        if self._proof and self._proof.certs and len(ids) < 2:
            ids = [self._proof.identity()] + ids  # a certificate in IDi's place
        if len(ids) == 1 and us and ids[0][1] == us[1]:
            self.us = ids[0]
        elif ids:
            peer = ids[0]
            self.us = ids[1] if len(ids) > 1 else None
        if self.us and us and self.us[1] != us[1]:
            raise RemoteError(7, "the message is for somebody else")
        self.peer_id = peer
        self.peer = peer[1] if peer else None
        self.to = (self.us or us or (0, None))[1]
        self.old = None
        for sa in self._known:
            if sa.csb_id == self.csb_id and sa.peer == self.peer:
                self.old = sa

    def _open(self, mac_alg, tag):
        # everything up to the keys: time, identities, PSK (RFC 3830 5.3). Nothing is trusted yet.
        policy = self._mode()
        if policy is None:
            raise RemoteError(11)
        if self.prf > 1:
            raise RemoteError(2)
        if self.ts is None:
            raise RemoteError(12, "no timestamp")
        self._who()
        self._fresh(mac_alg or self._proof, tag)
        rand = self.rand
        if rand is None:
            if self.old is None:
                raise RemoteError(12, "no RAND, and no such CSB")
            rand = self.old.rand
        self._policy = policy
        policy.open(self, rand, mac_alg)

    def _fresh(self, mac_alg, tag):
        # Without a MAC there is nothing to remember: what protects the channel keeps replays out.
        if mac_alg:
            self._replay.check(self.ts_type, self.ts, self.peer, tag)

    def _complete(self, stream):
        hold = stream.hold
        before = (self.peer, self.to, self.rand, self.old)
        self._scan(stream.n)
        mac_alg = self.kemac[3] if self.kemac else 0
        policy = self._mode()
        if policy and policy.proof:
            if self.sign is None:
                raise RemoteError(12, "no SIGN")
            self._proof = policy.proof
            self._absorb(self.sign[1])
            # what was signed, not the signature: that can be written in more than one way
            tag = self._proof.finish()
        else:
            tag = bytes(hold[stream.n - 12 : stream.n])
        if self._policy is None:
            self._open(mac_alg, tag)
        else:
            self._who()
            if before != (self.peer, self.to, self.rand, self.old):
                raise RemoteError(12, "RAND or identity after a long extension")
            self._fresh(1, tag)
        self._policy.verify(self)
        self.authentic = True
        self._budget = self._errors
        old = self.old
        if self.alg:
            self._replay.add(self.ts_type, self.ts, self.peer, tag)
        if old is not None:
            if self.rand:
                raise RemoteError(12, "RAND in an update")
            if old.mode != self.data_type:
                raise RemoteError(12, "an update in another mode")
            if old.alg and not self.alg:
                raise RemoteError(12, "an update without a MAC")
            if old.prf != self.prf:
                raise RemoteError(2, "not the CSB's")
            if not later(self.ts, old.ts):
                # held back and delivered late, it would bring older keys back
                raise ReplayError("older than the last update")
        return True

    def _finish(self):
        # authentic, and new: the keys
        hold = self._stream.hold
        sa = self._policy.accept(self, self._sessions())
        sa.extensions = [(kind, bytes(hold[at : at + n])) for kind, at, n in self.extensions]
        sa.ts = self.ts
        sa.alg = self.alg
        sa.prf = self.prf
        sa.mode = getattr(sa, "mode", self.data_type)
        known = [k for k in self._known if k is not self.old and k.csb_id] + [sa]
        self._known = known[max(0, len(known) - self._remember) :]
        self._sa = sa
        self.state = step(self.state, "accept")
        return True

    def _sessions(self):
        # the crypto sessions of the offer with their policies (RFC 3830 6.1.1, 6.10)
        hold = self._stream.hold
        lists = {}
        for cs in self.old.sessions if self.old is not None else ():
            lists[cs.policy_no] = cs.params
        seen = 0
        for no, prot, at, n in self.sps:
            if self.map_type == 1:
                raise RemoteError(12, "SP with an empty CS ID map")  # RFC 4563 5
            if seen >> no & 1:
                raise RemoteError(10, "policy number %d twice" % no)
            seen |= 1 << no
            if prot > 1:
                raise RemoteError(9)
            if prot == 0:
                check(hold, at, at + n)
                lists[no] = bytes(hold[at : at + n])
        if self.map_type == 2:
            raise RemoteError(12, "GENERIC-ID map")
        out = []
        if self.old is not None and not self.n_cs:
            # an update that says nothing of sessions leaves them as they are (SPEC 5.3)
            for cs in self.old.sessions:
                out.append(SRTP(cs.ssrc, cs.roc, cs.params, cs.cs_id))
                out[-1].policy_no = cs.policy_no
        r = read.Reader(hold, self.map_at, len(hold))
        for i in range(self.n_cs):
            if self.map_type == 1:
                out.append(SRTP(0, 0, DEFAULT, i + 1))
                continue
            no, ssrc, roc = read.pull_srtp_id(r)
            if no not in lists:
                raise RemoteError(10, "policy number %d is not there" % no)
            if hold[ssrc : ssrc + 4] == b"\0\0\0\0":
                self._give_ssrc(i, hold, ssrc)
            ssrc = int.from_bytes(hold[ssrc : ssrc + 4], "big")
            roc = int.from_bytes(hold[roc : roc + 4], "big")
            out.append(SRTP(ssrc, roc, lists[no], i + 1))
            out[i].policy_no = no
        return out

    def _give_ssrc(self, i, hold, at):
        # ours to choose; it stands in the held map, which the answer repeats
        ssrc = 0
        if self.old is not None and i < len(self.old):
            ssrc = self.old[i].ssrc
        elif self._ssrc:
            ssrc = self._ssrc(i + 1)
        if ssrc:
            hold[at : at + 4] = ssrc.to_bytes(4, "big")
        else:
            rng.fill(hold, at, at + 4, self.random)

    def close(self):
        """Overwrite all secrets, those of every CSB that is remembered for updates too."""
        for sa in self._known:
            sa.close()
        self._known = []
        for policy in self._policies:
            if hasattr(policy, "close"):
                policy.close()
        self._forget()
        Engine.close(self)

    def answer(self, buf):
        """Write what goes back to buf[0:n]: R_MESSAGE or Error message; 0: say nothing."""
        if self.state == "heard":
            n = 0
            if self.v or self._policy.always_answers:
                w = self._header(buf, self.data_type + 1)
                n = self._policy.answer(self, w)
            self.state = step(self.state, "send_last")
            return n
        number = getattr(self.error, "number", None)
        if number is None or self._stream.hold[1] in _ANSWERS:
            return 0
        if not self.authentic and not self._budget:
            return 0
        n = self._error(buf, number)
        if n and not self.authentic:
            self._budget -= 1
        return n

    def _header(self, buf, data_type):
        # HDR with the initiator's CSB ID, PRF and map, and its T (RFC 3830 5.2, 6.1)
        hold = self._stream.hold
        r = read.Reader(hold, 0, self._stream.n)
        _, _, prf, _, n_cs, map_type, at, n = read.pull_hdr(r)
        w = wire.Writer(buf)
        wire.push_hdr(w, data_type, 0, prf, hold[4:8], n_cs, map_type)
        w.raw(hold[at : at + n])
        if self.ts is None and r.np == 5:
            ts_type, at, n = read.pull_t(r)
            wire.push_t(w, ts_type, hold[at : at + n])
        elif self.ts is not None:
            wire.push_t(w, self.ts_type, self.ts)
        else:
            wire.push_t(w, 0, b"\0\0\0\0\0\0\0\0")
        return w

    def _error(self, buf, number):
        # HDR, T, {ERR}, {SP}, [V] (RFC 3830 5.1.2); V where the failing message was authentic
        try:
            w = self._header(buf, 6)
        except RemoteError:
            return 0  # not even a header to answer to
        read.push_err(w, number)
        if number in (9, 10):
            wire.push_sp(w, 0, 0, DEFAULT)
        if self.authentic:
            return self._policy.seal(self, w, ())
        return w.close()
