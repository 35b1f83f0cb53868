"""Clocks of either epoch, unset ones, timestamps that never repeat, and the wrap of 2036."""

import sys

from check import done, eq, ok, raises
from umikey import clock
from umikey.errors import NoClock

NOW = 1900000000  # 2030-03-17, in Unix seconds
NTP = NOW + 2208988800
WRAP = 2085978496  # 2036-02-07 06:28:16, in Unix seconds: NTP's 2^32


class Time:
    """A port's `time` module: seconds since `epoch`'s new year."""

    def __init__(self, now, epoch):
        self._now = now
        self._epoch = epoch

    def time(self):
        return self._now - (946684800 if self._epoch == 2000 else 0)

    def gmtime(self, t):
        return (self._epoch, 1, 1, 0, 0, 0, 0, 1)


def port(module):
    """unix_time() on a port whose `time` is `module`, or the exception's name."""
    old = sys.modules.get("time")
    sys.modules["time"] = module
    try:
        return clock.unix_time()
    except NoClock:
        return "NoClock"
    finally:
        if old is None:
            del sys.modules["time"]
        else:
            sys.modules["time"] = old


eq("epoch 1970", port(Time(NOW, 1970)), NOW)
eq("epoch 2000", port(Time(NOW, 2000)), NOW)
eq("a time module without time()", port(object()), "NoClock")

# This port's own clock: right, or refused.
try:
    import time

    have = hasattr(time, "time") and hasattr(time, "gmtime")
except ImportError:
    have = False
if have:
    ok("own clock", clock.unix_time() > 0)
else:
    raises("no clock", NoClock, clock.unix_time)
    raises("no clock, no stamp", NoClock, clock.stamp, None, b"\0\0\0\0", 8)

# What boards believe when they were just switched on, in Unix seconds: ports that count from 1970
# or 2000, stm32's 2015, rp2's 2021, and the last second that is refused.
for name, now in (
    ("1970", 5),
    ("2000", 946684805),
    ("2015", 1420070405),
    ("2021", 1609459205),
    ("end of 2021", 1640995199),
):
    raises(name, NoClock, clock.seconds, lambda now=now: now)
eq("2022", clock.seconds(lambda: 1640995200), 1640995200 + 2208988800)
eq("a float", clock.seconds(lambda: NOW + 0.75), NTP)

# Timestamps: eight octets, then four.
t = [NOW]


def now():
    return t[0]


def series(n, times):
    """Stamps of n octets at these Unix times, all made by one initiator."""
    last = b"\0\0\0\0"
    out = []
    for t[0] in times:
        last = clock.stamp(now, last, n)
        out.append(bytes(last))
    return out


def rising(stamps):
    for i in range(1, len(stamps)):
        a = int.from_bytes(stamps[i - 1], "big")
        b = int.from_bytes(stamps[i], "big")
        d = (b - a) & ((1 << 8 * len(stamps[i])) - 1)
        if not 0 < d < 1 << (8 * len(stamps[i]) - 1):
            return False
    return True


first = clock.stamp(now, b"\0\0\0\0", 8)
eq("seconds", bytes(first), NTP.to_bytes(4, "big") + b"\0\0\0\0")
many = series(8, [NOW] * 20 + [NOW + 1])
ok("20 in a second", rising(many))
eq("fraction", many[19], NTP.to_bytes(4, "big") + b"\0\0\0\x13")
eq("the next second", many[20], (NTP + 1).to_bytes(4, "big") + b"\0\0\0\0")
t[0] = NOW
carry = NTP.to_bytes(4, "big") + b"\0\0\xff\xff"
eq("carry", bytes(clock.stamp(now, carry, 8))[4:], b"\0\1\0\0")
ok("clock set back a little", rising(series(8, (NOW, NOW + 200, NOW, NOW + 199, NOW + 200))))
eq(
    "clock corrected by a year",
    series(8, (NOW + 31536000, NOW))[1],
    NTP.to_bytes(4, "big") + b"\0\0\0\0",
)
eq("short", series(4, [NOW])[0], NTP.to_bytes(4, "big"))
eq("short, in a second", series(4, [NOW] * 3)[2], (NTP + 2).to_bytes(4, "big"))
ok("short, a burst", rising(series(4, [NOW] * 15 + [NOW + 9] * 5)))
t[0] = NOW
full = NTP.to_bytes(4, "big") + b"\xff\xff\xff\xff"
eq("fraction used up", bytes(clock.stamp(now, full, 8)), (NTP + 1).to_bytes(4, "big") + bytes(4))

# Era 1 begins in 2036: T's octets start again at 0, differences go on.
eq("last second of era 0", series(8, [WRAP - 1])[0], b"\xff\xff\xff\xff\0\0\0\0")
eq("first second of era 1", series(8, [WRAP])[0][:4], b"\0\0\0\0")
eq("a minute later", series(8, [WRAP + 60])[0], b"\0\0\0\x3c\0\0\0\0")
ok("rising over the wrap", rising(series(8, (WRAP - 1, WRAP - 1, WRAP, WRAP, WRAP + 1))))
ok("short, over the wrap", rising(series(4, (WRAP - 2, WRAP - 2, WRAP - 2, WRAP, WRAP, WRAP + 9))))
ok("set back over the wrap", rising(series(8, (WRAP + 5, WRAP - 5, WRAP + 5))))

t[0] = WRAP + 10
eq("theirs before, ours after", clock.skew(now, b"\xff\xff\xff\xf6"), -20)
t[0] = WRAP - 10
eq("theirs after, ours before", clock.skew(now, b"\0\0\0\x0a"), 20)
t[0] = NOW
eq("equal", clock.skew(now, NTP.to_bytes(4, "big")), 0)
eq("behind", clock.skew(now, (NTP - 300).to_bytes(4, "big")), -300)
eq("ahead", clock.skew(now, (NTP + 31536000).to_bytes(4, "big")), 31536000)

done()
