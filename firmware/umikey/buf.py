"""Bounded reading and writing over the caller's memory (network byte order, no slices)."""

from umikey.errors import LocalError, RemoteError


class Writer:
    """Builds a message in `buf` from index 0. Past its end it only counts: `close()` says how much.

    `slot` is the index of the `next payload` octet that the next `begin` fills in (RFC 3830 6).
    """

    def __init__(self, buf):
        self.buf = buf
        self.n = 0
        self.slot = -1

    def u8(self, v):
        """Append one octet; LocalError if v needs more (MicroPython would cut it in silence)."""
        if v >> 8:
            raise LocalError("too large for its field")
        if self.n < len(self.buf):
            self.buf[self.n] = v
        self.n += 1

    def u16(self, v):
        self.u8(v >> 8)
        self.u8(v & 255)

    def raw(self, data):
        """Append all octets of `data`."""
        n = self.n
        self.n = n + len(data)
        if self.n <= len(self.buf):
            self.buf[n : self.n] = data

    def begin(self, kind):
        """Start a payload of type `kind`: links it to the one before, its own next payload is 0."""
        if 0 <= self.slot < len(self.buf):
            self.buf[self.slot] = kind
        self.slot = self.n
        self.u8(0)

    def close(self):
        """Octets written; BufferTooSmall if they did not fit."""
        if self.n > len(self.buf):
            from umikey.errors import BufferTooSmall

            raise BufferTooSmall(self.n)
        return self.n


class Reader:
    """Reads `buf[at:end]`; RemoteError(12) at the first octet that is not there.

    `np` is the type of the payload that comes next; every pull_ function of `wire` moves it on.
    """

    def __init__(self, buf, at, end):
        self.buf = buf
        self.at = at
        self.end = end
        self.np = 0

    def u8(self):
        return self.buf[self.skip(1)]

    def u16(self):
        at = self.skip(2)
        return self.buf[at] << 8 | self.buf[at + 1]

    def skip(self, n):
        """Pass over n octets; returns the index of the first."""
        at = self.at
        if n > self.end - at:
            raise RemoteError(12, "truncated")
        self.at = at + n
        return at

    def take(self, n):
        """A copy of the next n octets (allocates)."""
        at = self.skip(n)
        return bytes(memoryview(self.buf)[at : at + n])
