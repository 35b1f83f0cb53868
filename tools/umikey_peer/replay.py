"""The replay cache (RFC 3830 section 5.4).

A message is accepted once, and only while its timestamp lies within `skew` seconds of our clock:
so the cache must remember a message only for that long. It never forgets one early: when it is
full, the oldest is dropped and everything stamped up to that moment is refused from then on, which
is the shrinking window that the RFC recommends.

What happened before a restart is unknown, so there are three choices for `startup`:

- "fresh" (default): messages stamped before the start are refused. Works at once; `grace` seconds
  allow for clocks that lag or count whole seconds. What remains: a sender whose clock is ahead by
  d seconds can have the messages of its last d (+ grace) seconds before the restart replayed once.
- "strict": nothing is accepted until `skew` has passed since the start (the RFC's words). Safe,
  and useless for a program that is started for one exchange.
- "off": for tests with recorded messages.

With `dump()` and `load()` a program keeps the cache over a restart; then nothing is lost and the
start needs no choice. COUNTER timestamps tell nothing about time, so for them there is no other
way: without a saved state their last values are forgotten, and one old message of each sender
could come again.
"""

from __future__ import annotations

import hashlib
import heapq
import time

from .clock import SECOND, Now, is_clock, resolve, ticks
from .errors import ReplayError
from .payloads import Timestamp

SKEW = 300.0  # seconds
GRACE = 2.0  # seconds
CAPACITY = 4096  # messages


class ReplayGuard:
    """Remembers authenticated messages.

    `skew`: seconds, None to accept any time of day (then only the cache protects); `capacity`:
    messages remembered; `startup` and `grace` (seconds): see the module; `now`: Unix seconds.
    """

    def __init__(
        self,
        skew: float | None = SKEW,
        capacity: int = CAPACITY,
        startup: str = "fresh",
        grace: float = GRACE,
        now: Now = time.time,
    ):
        if startup not in ("fresh", "strict", "off"):
            raise ValueError(f"startup is fresh, strict or off, not {startup!r}")
        self.skew = skew
        self.capacity = capacity
        self._now = now
        self._seen: dict[bytes, int] = {}  # SHA-1 of the message -> its ticks
        self._by_age: list[tuple[int, bytes]] = []  # heap
        self._counters: dict[bytes, int] = {}  # sender -> last COUNTER value
        self._floor = -1  # ticks; what is stamped up to here is refused
        if startup != "off" and skew is not None:
            margin = skew if startup == "strict" else -grace
            self._floor = ticks(now()) + int(margin * SECOND)

    @property
    def count(self) -> int:
        """Messages remembered."""
        return len(self._seen)

    def check_time(self, stamp: Timestamp) -> None:
        """ReplayError when a clock timestamp is out of the window.

        A COUNTER passes; `check_counter` looks at it once the sender is known."""
        if not is_clock(stamp):
            return
        here = ticks(self._now())
        when = resolve(stamp, here)
        if self.skew is not None and abs(when - here) > self.skew * SECOND:
            seconds = (when - here) / SECOND
            side = "ahead of" if seconds > 0 else "behind"
            raise ReplayError(f"the timestamp is {abs(seconds):.0f} s {side} our clock")
        if when <= self._floor:
            raise ReplayError("stamped before this replay cache began to remember")

    def check_seen(self, message: bytes) -> None:
        """ReplayError when these very octets were accepted before."""
        if _digest(message) in self._seen:
            raise ReplayError("this message was accepted before")

    def check_counter(self, stamp: Timestamp, sender: bytes) -> None:
        """ReplayError unless a COUNTER is higher than the last one of `sender`."""
        if not is_clock(stamp):
            last = self._counters.get(sender, -1)
            if int.from_bytes(stamp.value, "big") <= last:
                raise ReplayError(f"the counter is not above {last}, its last value")

    def add(self, stamp: Timestamp, message: bytes, sender: bytes) -> None:
        """Remembers an authenticated message of `sender`."""
        if not is_clock(stamp):
            # Only rising values pass, so the value alone is the memory.
            self._counters[sender] = int.from_bytes(stamp.value, "big")
            return
        here = ticks(self._now())
        self._expire(here)
        while len(self._seen) >= self.capacity:
            self._forget_oldest()
        when = resolve(stamp, here)
        digest = _digest(message)
        self._seen[digest] = when
        heapq.heappush(self._by_age, (when, digest))

    def _expire(self, here: int) -> None:
        if self.skew is not None:
            while self._by_age and here - self._by_age[0][0] > self.skew * SECOND:
                del self._seen[heapq.heappop(self._by_age)[1]]

    def _forget_oldest(self) -> None:
        when, digest = heapq.heappop(self._by_age)
        del self._seen[digest]
        self._floor = max(self._floor, when)

    def dump(self) -> dict:
        """The state as plain JSON types: holds no secrets."""
        return {
            "floor": self._floor,
            "seen": {digest.hex(): when for digest, when in self._seen.items()},
            "counters": {sender.hex(): value for sender, value in self._counters.items()},
        }

    def load(self, state: dict) -> None:
        """Takes up a dumped state, instead of the doubt about the time before the start.
        ValueError if it is none."""
        try:
            floor = int(state["floor"])
            seen = {bytes.fromhex(digest): int(when) for digest, when in state["seen"].items()}
            counters = {bytes.fromhex(k): int(value) for k, value in state["counters"].items()}
        except (KeyError, TypeError, AttributeError, ValueError):
            raise ValueError("this is no saved replay state") from None
        self._floor, self._seen, self._counters = floor, seen, counters
        self._by_age = [(when, digest) for digest, when in seen.items()]
        heapq.heapify(self._by_age)


def _digest(message: bytes) -> bytes:
    # Section 5.4 reckons with 20 octets; a second preimage of an authenticated message would
    # have to be authentic itself.
    return hashlib.sha1(message).digest()
