"""The engines, free of I/O: octets in, octets out, keys at the end (RFC 3830 section 5).

`Engine` reads one message; `Initiator` adds what every mode's first half has in common. A mode in
`modes/` supplies its payloads. The responder's half is in `responder`, so that an initiator does
not carry it.
"""

import umikey.clock as clock
import umikey.errors as errors
import umikey.wire as wire
from umikey.crypto import equal, rng
from umikey.kdf import Kdf
from umikey.policy import SA, SRTP, derive, own

# What may follow what. The table does not know which role it serves, and everything that moves an
# engine from state to state stands here; the diagram in the docs is drawn from it.
TRANSITIONS = (
    # state, and the state after each event
    ("state", "send", "send_last", "accept", "fail", "reset", "close"),
    ("idle", "waiting", "done", "heard", "failed", "idle", "idle"),
    ("waiting", "waiting", "done", "done", "deaf", "waiting", "idle"),  # an I_MESSAGE is out
    ("deaf", "waiting", None, None, None, "waiting", "idle"),  # that was no answer: go on waiting
    ("heard", None, "done", None, "failed", "idle", "idle"),  # a valid I_MESSAGE; `answer` is due
    ("failed", None, "failed", None, None, "idle", "idle"),  # an Error message may go out
    ("done", "waiting", "done", None, None, "idle", "idle"),  # keys; an update (RFC 3830 4.5)
)


def step(state, event):
    """The state after `event`; LocalError if it cannot happen now."""
    for row in TRANSITIONS:
        if row[0] == state:
            after = row[TRANSITIONS[0].index(event)]
            if after:
                return after
    raise errors.LocalError("cannot %s while %s" % (event, state))


def identity(who):
    """An identity as given by the user -> (ID type, octets); None -> None. RFC 3830 6.7.

    A str with a colon is a URI (1), without one an NAI (0); (type, octets) says it all.
    """
    if who is None or isinstance(who, tuple):
        return who
    if not isinstance(who, str):
        raise errors.LocalError("an identity is a str, or (type, octets)")
    return (1 if ":" in who else 0), who.encode()


class Engine:
    """What both roles share: feeding, sticky errors, the state, the wiping.

    `hold` octets bound what a message may need (see `wire`). An exception from `feed` stays:
    every further call raises it again, until `reset()`.
    """

    _proof = None  # what checks a signed message, see `modes.signed.Proof`

    def __init__(self, hold):
        self.state = "idle"
        self.error = None
        self._sa = None
        self._kdf = None
        self._stream = wire.Stream(bytearray(hold), self)

    def feed(self, buf, start=0, end=None):
        """Take the octets buf[start:end], cut anywhere. True once the message is complete and good.

        Raises UmikeyError for a message that is not; nothing else. Octets after the end of a
        message are an error. Only the call that completes the message allocates.
        """
        if self.error:
            raise self.error
        if end is None:
            end = len(buf)
        if not 0 <= start <= end <= len(buf):
            raise errors.LocalError("start, end outside the buffer")
        try:
            stream = self._stream
            if self.state != self._listens:
                if self.state == "heard":
                    raise errors.RemoteError(12, "octets after the end of the message")
                raise errors.LocalError("no message is expected: " + self.state)
            while start < end:
                start = stream.push(buf, start, end)
                if stream.done:
                    if start < end and (not self._spare_zero or end > start + 1 or buf[start]):
                        raise errors.RemoteError(12, "octets after the end of the message")
                    return self._complete(stream) and self._finish()
            return False
        except Exception as e:
            if self.state == self._listens or self.state == "heard":  # a tuple would need heap
                self.error = e
                self.state = step(self.state, "fail")
            raise

    def eof(self):
        """The message ends here (a datagram did): RemoteError(12) if it is not complete."""
        if self.state == self._listens and not self._stream.done:
            self.error = errors.RemoteError(12, "truncated")
            self.state = step(self.state, "fail")
        if self.error:
            raise self.error

    def reset(self):
        """Drop the message in hand and any error; an initiator goes on waiting for its answer."""
        self.state = step(self.state, "reset")
        self.error = None
        self._stream.reset()

    @property
    def sa(self):
        """The result, a `policy.SA`; LocalError before the other end was authenticated."""
        if self._sa is None or self.error:
            raise errors.LocalError("no keys: " + (str(self.error) if self.error else self.state))
        return self._sa

    def keeps(self, kind, size):
        """For `wire.Stream`: hold this extension's or certificate's data, or let it pass?"""
        proof = self._proof
        if size <= 64 and (kind != 7 or not proof):
            return True
        self._absorb(self._stream.n)
        if kind == 7 and proof:
            proof.opens(self._stream.hold[self._stream.n - 3], size)
        return False

    def passing(self, buf, i, end):
        """For `wire.Stream`: octets that are not held; they count for the MAC or the signature."""
        cover = self._proof or self._kdf
        if cover.mac:
            cover.mac.update(buf, i, end)

    def _absorb(self, end):
        # the MAC or the signature's hash takes in what is held up to `end` and was not taken before
        stream = self._stream
        cover = self._proof or self._kdf
        if cover.mac:
            if not stream.covered:
                cover.begin()
            cover.mac.update(stream.hold, stream.covered, end)
        stream.covered = end

    def _verify(self, n, at, tail):
        """Is the tag hold[at:at+n] the MAC over the message up to `at`, then over `tail`?"""
        mac = self._kdf.mac
        self._absorb(at)
        for part in tail:
            mac.update(part, 0, len(part))
        tag = bytearray(n)
        mac.digest_into(tag, 0)
        return equal(tag, 0, self._stream.hold, at, n)

    def close(self):
        """Overwrite all secrets. The SA's too: copy out what you need before."""
        self.state = step(self.state, "close")
        self._stream.reset()
        if self._kdf:
            self._kdf.wipe()
        keys = getattr(self, "_keys", None)  # of what was not answered
        for sa in (self._sa, SA(b"", b"", (), keys, None) if keys else None):
            if sa is not None:
                sa.close()
        self._sa = self._kdf = self._keys = None


class Initiator(Engine):
    """The half of an initiator that is the same in every mode; see `modes.psk.Initiator`.

    streams: `SRTP`s to key, in the order of their CS IDs (1, 2, ...). Options: csb_id, rand: octets
    to use instead of fresh ones; ts_type: 0 NTP-UTC, 1 NTP, 2 COUNTER (with `counter`, a function
    that returns the next value), 3 NTP-UTC-32; prf: 0 MIKEY-1, 1 PRF-HMAC-SHA-256; mac: 1
    HMAC-SHA-1-160, 2 HMAC-SHA-256-256; send_ids: False leaves both identities out of the message;
    extensions: ((type, octets), ...); random, now: see `rng`, `clock`.
    """

    _listens = "waiting"  # the state in which a message may come
    _spare_zero = False
    _more = 0  # octets that a mode's answer has besides
    data_type = 0  # of the I_MESSAGE; the answer's is one more (RFC 3830 6.1)

    def __init__(self, key, id_i, id_r, streams, verify, opt, known):
        for name in opt:
            if name not in known:
                raise errors.LocalError("unknown option " + name)
        if not isinstance(key, (bytes, bytearray)):
            raise errors.LocalError("the key is octets")
        if not 0 <= opt.get("ts_type", 0) <= 3 or len(opt.get("csb_id", b"1234")) != 4:
            raise errors.LocalError("ts_type is 0 to 3, csb_id has 4 octets")
        self._opt = opt
        self._key = key
        self._id_i = identity(id_i)
        self._id_r = identity(id_r)
        self._offer = (streams,) if isinstance(streams, SRTP) else streams
        self._v = 1 if verify else 0
        self._ts = b"\0\0\0\0"
        self._csb = self._rand = self._keys = None
        self.hint = None  # number of an Error message that nobody vouched for
        # answer or Error: HDR, T, IDr, V, ERR, one SP (RFC 3830 3.1, 5.1.2), something to spare;
        # before it, AES has its round keys there
        n = len(self._id_r[1]) if self._id_r else 64
        n += 10 + 9 * len(self._offer) + 10 + 4 + 34 + 4 + 40 + self._more
        Engine.__init__(self, max(n, 212))

    def start(self, buf, ts=None):
        """Write the I_MESSAGE to buf[0:n]; returns n. A later call is a new attempt.

        It has a new T, CSB ID and RAND: the responder may know the old ones already, and its answer
        was lost; it would take the same CSB ID for an update, where no RAND may be (RFC 3830 4.5).
        ts: octets of the timestamp, instead of the clock's (a caller's promise that it is new).
        BufferTooSmall says how much is needed. The message must go out as it is; when it is sent
        again unchanged, nothing is to be done here.
        """
        ts = ts or self._stamp()
        opt = self._opt
        csb = opt.get("csb_id") or self._random(4)
        self._rand = opt.get("rand") or self._random(16)
        self._csb = csb
        self._kdf = self._sa = None
        size = 32 if opt.get("prf") else 20
        self._kdf = Kdf(size, wire.MAC_LEN[opt.get("mac", 1)], csb, self._rand)
        keys = opt.get("keys")
        self._keys = own(keys) if keys else None
        self._cs = [SRTP(s.ssrc, s.roc, s.params) for s in self._offer]
        for i, cs in enumerate(self._cs):
            cs.cs_id = i + 1
        return self._send(buf, ts, False)

    def update(self, buf, streams=None, keys=(), verify=None, ts=None):
        """Write an update of the CSB (RFC 3830 4.5): same CSB ID and RAND, new T.

        streams: all streams, where some are added; keys: new ones (`Key(...)`), () for none;
        verify: ask for an answer, by default as the constructor was told. Until the answer has
        been verified, `sa` is the old SA; then it is a new one, and the old one still the caller's.
        """
        from umikey.rekey import update

        return update(self, buf, streams, keys, verify, ts)

    def _random(self, n):
        out = bytearray(n)
        rng.fill(out, 0, n, self._opt.get("random"))
        return out

    def _stamp(self):
        # the next timestamp, unique for this initiator (RFC 3830 5.2)
        opt = self._opt
        ts_type = opt.get("ts_type", 0)
        if ts_type == 2:
            counter = opt.get("counter")
            if counter is None:
                raise errors.LocalError("COUNTER timestamps need counter=")
            return counter().to_bytes(4, "big")
        return clock.stamp(opt.get("now"), self._ts, wire.TS_LEN[ts_type])

    def _send(self, buf, ts, update):
        state = step(self.state, "send" if self._v else "send_last")
        if self._v and self._opt.get("mac", 1) and not (self._id_i and self._id_r):
            raise errors.LocalError("an answer is verified over both identities: id_i and id_r")
        self._ts = ts or self._stamp()
        n = self._tail(self._head(buf, update))
        self.state = state
        self.error = None
        self._stream.reset()
        if not self._v:
            self._finish()
        return n

    def _head(self, buf, update):
        # what every mode begins with: HDR, T, [RAND], [IDi], [IDr], {SP} (RFC 3830 3, 4.5)
        w = wire.Writer(buf)
        prf = self._opt.get("prf", 0)
        lists = []
        for cs in self._cs:
            if cs.params not in lists:
                lists.append(cs.params)
        wire.push_hdr(w, self.data_type, self._v, prf, self._csb, len(self._cs), 0)
        for cs in self._cs:
            ssrc = cs.ssrc.to_bytes(4, "big")
            wire.push_srtp_id(w, lists.index(cs.params), ssrc, cs.roc.to_bytes(4, "big"))
        wire.push_t(w, self._opt.get("ts_type", 0), self._ts)
        if not update:
            wire.push_rand(w, self._rand)
        if self._opt.get("send_ids", True):
            for who in (self._id_i, self._id_r):
                if who is self._id_i and not update and "chain" in self._opt:
                    for who in self._opt["chain"]:  # goes in IDi's place
                        wire.push_id(w, who[0], who[1], 7)
                elif who:
                    wire.push_id(w, who[0], who[1])
        if not update:
            for kind, data in self._opt.get("extensions", ()):
                wire.push_id(w, kind, data, 21)
        known = [cs.params for cs in self._sa.sessions] if update else ()
        for i, params in enumerate(lists):
            if params not in known:
                wire.push_sp(w, i, 0, params)
        return w

    def _complete(self, stream):
        # an answer to the message that is out, or an Error: anything else is dropped (SPEC 5.1)
        hold = stream.hold
        data_type = hold[1]
        error = data_type == 6
        if not error and data_type != self.data_type + 1 or hold[4:8] != self._csb:
            raise errors.RemoteError(None, "not an answer to our message")
        ts = number = alg = None
        ids = []
        at = n = end = 0
        kind = 0  # the header comes first
        following = hold[2]
        while True:
            start = end
            end = start + wire.extent(kind, hold, start, stream.n - start)
            if kind:
                following = 0 if kind == 4 else hold[start]  # SIGN is the last
            if kind == 5 and ts is None:
                ts = hold[start + 1 : end]
            elif kind == 6:
                ids.append(hold[start + 4 : end])
            elif kind == 12 and error:
                number = hold[start + 1]
            elif kind == 9:
                alg = hold[start + 1]
                at = start + 2
                n = end - at
                if following:
                    raise errors.RemoteError(12, "V is not the last payload")
            elif not (kind == 0 or kind == 21 or kind == 10 and error):
                if not self._take(kind, start, end):
                    raise errors.RemoteError(12, "payload %d in an answer" % kind)
            if not following:
                break
            kind = following
        ours = ts and ts[0] == self._opt.get("ts_type", 0) and ts[1:] == self._ts
        if ts is None or not ours and (error or not self._opt.get("compat_minisip")):
            raise errors.RemoteError(None, "the timestamp is not ours")
        if error:
            return self._refused(number, alg, at, n)
        if hold[3] & 127 != self._opt.get("prf", 0) or hold[8] != len(self._cs) or hold[9]:
            raise errors.RemoteError(12, "the header is not ours")
        # The map's entries: policy number, SSRC, ROC. The responder may fill in SSRCs that were 0;
        # nothing is used up for an answer that changes others. No names are added: see `_finish`.
        end = 11
        for cs in self._cs:
            if cs.ssrc:
                start = int.from_bytes(hold[end : end + 4], "big")
                if start != cs.ssrc:
                    raise errors.RemoteError(12, "SSRC changed")
            end += 9
        self._check(ids, alg, at, n)
        end = 11
        for cs in self._cs:
            if not cs.ssrc:
                cs.ssrc = int.from_bytes(hold[end : end + 4], "big")
            end += 9
        return True

    def _take(self, kind, start, end):
        # a payload hold[start:end] that a mode's answer has besides: was it taken?
        return False

    def _refused(self, number, alg, at, n):
        # Error: fatal only if authenticated, by a MAC over the message (RFC 6043 5.5), or over the
        # message, identities and T as in an answer (SPEC A23). Else a hint (RFC 3830 5.1.2).
        if number is None:
            raise errors.RemoteError(12, "Error message without an error")
        if alg and alg == self._opt.get("mac", 1):
            tail = (self._id_i[1], self._id_r[1], self._ts) if self._id_i and self._id_r else ()
            for parts in ((), tail):
                self._stream.covered = 0
                if self._verify(n, at, parts):
                    if self._sa is not None:
                        from umikey.rekey import refused

                        refused(self._sa)
                    e = errors.RemoteError(number)
                    e.peer_said = True
                    raise e
        self.hint = number
        self._stream.reset()
        return False

    def _finish(self):
        # authenticated, or no answer wanted: the keys. Not in _complete, whose frame is in the heap
        keys = self._keys or own(self._sa.keys)
        self._keys = None
        derive(self._kdf, self._cs, keys)
        self._sa = SA(self._csb, self._rand, self._cs, keys, self._id_r and self._id_r[1])
        if self._v:
            self.state = step(self.state, "accept")
        return True
