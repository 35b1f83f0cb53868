"""The replay cache: of fixed size, holding authenticated messages only (RFC 3830 5.4)."""

import umikey.clock as clock
from umikey.errors import NoClock, RemoteError, ReplayError

_TAG = const(12)  # octets that identify a message: its last, which are of its MAC
_ENTRY = const(16)  # ... and the seconds of its timestamp


class Replay:
    """Remembers up to `size` messages for `window` seconds on either side of now.

    A full cache refuses everything until its oldest entry has left the window. What was accepted
    before a restart is not known any more: for `quarantine` seconds (default: the window) after the
    start everything is refused, or, where a `mark` (`store.Mark`) was kept, everything with a
    timestamp up to it. `counters` maps an initiator's identity to the last COUNTER it used, for
    boards without a clock; it must outlive a restart (`store.Counters`, or a dict if nothing can).
    """

    def __init__(self, now=None, window=300, size=32, quarantine=None, mark=None, counters=None):
        self._now = now
        self.window = window
        self._cache = bytearray(_ENTRY * size)
        self._quarantine = window if quarantine is None else quarantine
        self.mark = mark
        self.counters = counters
        self._start = None
        try:
            self._start = clock.seconds(now)
        except NoClock:
            pass  # not set yet: the quarantine begins when it is

    def _age(self, at):
        # seconds since the timestamp of the entry at index `at`; None: the entry is free
        c = self._cache
        stamp = c[at + _TAG : at + _ENTRY]
        return None if stamp == b"\0\0\0\0" else -clock.skew(self._now, stamp)

    def check(self, ts_type, ts, peer, tag):
        """ReplayError if a message must be dropped unread. ts: timestamp octets; tag: 12 octets."""
        if ts_type == 2:
            if self.counters is None:
                raise RemoteError(1, "COUNTER timestamps need counters=")
            if int.from_bytes(ts, "big") <= self.counters.get(peer, -1):
                raise ReplayError("COUNTER not above the last one")
            return
        ahead = clock.skew(self._now, ts)
        if not -self.window <= ahead <= self.window:
            raise ReplayError("timestamp off by %d s" % ahead)
        if self.mark is not None:
            if self.mark.covers(ts[0:4]):
                raise ReplayError("not newer than what was accepted before the restart")
        elif self._quarantine:
            now = clock.seconds(self._now)
            if self._start is None:
                self._start = now
            if (now - self._start) & 0xFFFFFFFF < self._quarantine:
                raise ReplayError("restarted less than %d s ago" % self._quarantine)
            self._quarantine = 0
        free = False
        for at in range(0, len(self._cache), _ENTRY):
            if self._cache[at : at + _TAG] == tag:
                raise ReplayError("seen before")
            age = self._age(at)
            free = free or age is None or age > self.window
        if not free:
            raise ReplayError("replay cache full")

    def add(self, ts_type, ts, peer, tag):
        """Remember an authenticated message that `check` let pass."""
        if ts_type == 2:
            self.counters[peer] = int.from_bytes(ts, "big")
            return
        if self.mark is not None:
            self.mark.raise_to(ts[0:4])
        for at in range(0, len(self._cache), _ENTRY):
            age = self._age(at)
            if age is None or age > self.window:
                self._cache[at : at + _TAG] = tag
                self._cache[at + _TAG : at + _ENTRY] = ts[0:4]
                return
