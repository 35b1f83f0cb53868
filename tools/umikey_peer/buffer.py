"""A bounded reader: the only place where the decoder touches octets.

All integers are unsigned, in network byte order (RFC 3830 section 6).
"""

from __future__ import annotations

from .errors import Truncated


class Reader:
    """Reads `data[pos:end]`; every shortage is a `Truncated` that says what is missing."""

    __slots__ = ("data", "pos", "end")

    def __init__(self, data: bytes, pos: int = 0, end: int | None = None):
        self.data = data
        self.pos = pos
        self.end = len(data) if end is None else end

    def take(self, count: int, what: str) -> bytes:
        """The next `count` octets; `what` names them in the error."""
        stop = self.pos + count
        if stop > self.end:
            missing = stop - self.end
            raise Truncated(
                f"{what} needs {missing} more octet{'s' if missing > 1 else ''}",
                offset=self.pos,
                needed=stop,
            )
        octets = self.data[self.pos : stop]
        self.pos = stop
        return octets

    def uint(self, size: int, what: str) -> int:
        """The next `size` octets as an unsigned integer."""
        return int.from_bytes(self.take(size, what), "big")

    def sized(self, size: int, what: str) -> bytes:
        """A field that is preceded by its own length of `size` octets."""
        return self.take(self.uint(size, f"length of {what}"), what)

    def peek(self, what: str) -> int:
        """The next octet, left in place."""
        octet = self.uint(1, what)
        self.pos -= 1
        return octet

    @property
    def left(self) -> int:
        """Octets not read yet."""
        return self.end - self.pos


def uint(value: int, size: int, what: str) -> bytes:
    """`value` in `size` octets; ValueError that names the field when it does not fit."""
    if not 0 <= value < 1 << (8 * size):
        raise ValueError(f"{what} {value} does not fit in {8 * size} bits")
    return value.to_bytes(size, "big")


def sized(data: bytes, size: int, what: str) -> bytes:
    """`data` after its length in `size` octets."""
    return uint(len(data), size, f"length of {what}") + data
