"""Timestamps: making them unique and rising, comparing them across 2036 (RFC 3830 4.2.8, 5.4).

NTP counts seconds since 1900-01-01 in 32 bits and fractions in 32 more, and wraps on 2036-02-07.
Here a time is a plain int, "ticks": 2^32 to the second since 1900, not wrapped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction

from .errors import LocalError
from .payloads import Timestamp
from .registry import TsType

UNIX_EPOCH = 2208988800  # seconds from 1900-01-01 to 1970-01-01
SECOND = 1 << 32
ERA = 1 << 64
Now = Callable[[], float | Fraction]  # Unix seconds, UTC, as time.time() gives them


def ticks(unix_seconds: float | Fraction) -> int:
    """Ticks of a Unix time in seconds."""
    return int((Fraction(unix_seconds) + UNIX_EPOCH) * SECOND)


def unix(stamp_ticks: int) -> Fraction:
    """The Unix time of ticks in seconds, exactly: a float would lose the last bits."""
    return Fraction(stamp_ticks, SECOND) - UNIX_EPOCH


def is_clock(stamp: Timestamp) -> bool:
    """Whether the value is a time of day, not a COUNTER."""
    return stamp.kind != TsType.COUNTER


def resolve(stamp: Timestamp, near: int) -> int:
    """The ticks of an NTP timestamp in the era that is closest to `near` (ticks): the wrap of
    2036 does not matter as long as both clocks are within 68 years."""
    value = int.from_bytes(stamp.octets8, "big")
    difference = (value - near) % ERA
    if difference >= ERA // 2:
        difference -= ERA
    return near + difference


class Stamper:
    """Makes the timestamps of an initiator: unique, rising (RFC 3830 section 5.2).

    `kind`: TS type; `now`: Unix seconds; `counter`: the last COUNTER value used, 0..2^32-1.
    A COUNTER must be kept across restarts by the caller (`last` is what to keep).
    """

    def __init__(self, kind: int = TsType.NTP_UTC, now: Now = time.time, counter: int = 0):
        self.kind = kind
        self.last = counter if kind == TsType.COUNTER else 0
        self._now = now

    def __call__(self) -> Timestamp:
        """The next timestamp. LocalError when a COUNTER is used up."""
        if self.kind == TsType.COUNTER:
            if self.last >= 0xFFFFFFFF:
                raise LocalError("the COUNTER timestamp is used up: a new key is needed")
            self.last += 1
            return Timestamp(self.kind, self.last.to_bytes(4, "big"))
        step = SECOND if self.kind == TsType.NTP_UTC_32 else 1
        # A clock that stands still or was set back must not give the same stamp twice.
        self.last = max(ticks(self._now()) // step * step, self.last + step)
        octets = (self.last % ERA).to_bytes(8, "big")
        return Timestamp(self.kind, octets[:4] if self.kind == TsType.NTP_UTC_32 else octets)
