"""The exceptions that no message can raise, loaded when raised or named: see `errors`.

`ReplayError` is here because an initiator never raises it.
"""

from umikey.errors import UmikeyError


class LocalError(UmikeyError):
    """The caller's fault: wrong argument, wrong order of calls."""


class ReplayError(UmikeyError):
    """Seen before, or its timestamp is outside the window: discarded in silence (RFC 3830 5.3)."""


class NoEntropy(UmikeyError):
    """No acceptable source of randomness: give `random=`, a function n -> n octets."""


class NoClock(UmikeyError):
    """The clock is unset: set the RTC (NTP), give `now=`, or use the COUNTER timestamp."""


class BufferTooSmall(LocalError):
    """The caller's buffer is too small; `needed` is the size in octets that suffices."""

    def __init__(self, needed):
        super().__init__("buffer too small: %d octets needed" % needed)
        self.needed = needed


class TransportError(UmikeyError):
    """No answer in time, or no way to the other end.

    `errno`: the port's error number, or None; `hint`: error number (RFC 3830 6.12) of an Error
    message that nobody vouched for, or None.
    """

    errno = hint = None
