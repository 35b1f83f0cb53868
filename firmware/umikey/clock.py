"""Time for MIKEY: NTP timestamps from any port's epoch. A counter for boards without is in `store`.

NTP counts seconds since 1900 in 32 bits and wraps on 2036-02-07; differences are therefore taken
modulo 2^32 and read as signed (RFC 3830 4.2.8). Ports count from 1970 or from 2000, and a board
just switched on believes that it is then (an RP2040: that it is 2021): such a clock is refused.
"""

import umikey.errors as errors

_1970 = 2208988800  # 1970-01-01 in seconds since 1900
_UNSET = const(1640995200)  # 2022-01-01, in Unix seconds: before it, a clock is unset
_BACK = const(300)  # seconds; a peer's usual window (`replay.Replay`): further off is of no use


def unix_time():
    """The port's clock in Unix seconds (UTC), whatever its epoch. NoClock where there is none."""
    try:
        import time

        now = int(time.time())
        return now + (946684800 if time.gmtime(0)[0] == 2000 else 0)
    except (ImportError, AttributeError):
        raise errors.NoClock("this port has no clock: give now=") from None


def seconds(now):
    """Seconds since 1900 modulo 2^32 by the clock function `now` (Unix seconds). NoClock: unset."""
    t = int((now or unix_time)())
    if t < _UNSET:
        raise errors.NoClock("the clock is unset")
    return (t + _1970) & 0xFFFFFFFF


def stamp(now, last, n):
    """A timestamp of n octets, 8 NTP-UTC or 4 NTP-UTC-32, after `last`, the one before (or zeros).

    Within one second, and while a clock that was set back by less than _BACK catches up, it counts
    on from `last`, so that every message of an initiator gets a later timestamp (RFC 3830 5.2): in
    the fraction, or in the short form by a second a message.
    """
    t = bytearray(n)
    t[0:4] = seconds(now).to_bytes(4, "big")
    back = _ahead(last, t)
    if len(last) == n and (back == 0 or 0 < back < _BACK and any(last)):
        t[0:n] = last
        i = n - 1
        while i >= 0:
            t[i] = (t[i] + 1) & 255
            if t[i]:
                break
            i -= 1
    return t


def _ahead(a, b):
    # a - b in seconds, signed, by their first four octets
    d = (int.from_bytes(a[0:4], "big") - int.from_bytes(b[0:4], "big")) & 0xFFFFFFFF
    return d - 0x100000000 if d & 0x80000000 else d


def later(a, b):
    """Is timestamp a after b? Both of one type; NTP's over the wrap of 2036."""
    d = _ahead(a, b)
    return d > 0 or d == 0 and a[4:] > b[4:]


def skew(now, stamp4):
    """Seconds by which a timestamp (its first 4 octets) is ahead of our clock; negative: behind."""
    return _ahead(stamp4, seconds(now).to_bytes(4, "big"))
