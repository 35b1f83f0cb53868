"""Key material that can be wiped and does not show itself."""

from __future__ import annotations

from cryptography.hazmat.primitives import constant_time

from .errors import LocalError


class Secret:
    """A few octets in a bytearray: `bytes(s)` reads them, `wipe()` overwrites them.

    Python copies octets as it likes, so wiping is best effort; `repr()` tells the length only and
    comparison takes constant time.
    """

    __slots__ = ("_octets", "_wiped")

    def __init__(self, octets: bytes | bytearray | Secret):
        self._octets = bytearray(bytes(octets))
        self._wiped = False

    def __bytes__(self) -> bytes:
        if self._wiped:
            raise LocalError("this key has been wiped")
        return bytes(self._octets)

    def __len__(self) -> int:
        return len(self._octets)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret | bytes | bytearray):
            return NotImplemented
        return same(bytes(self), bytes(other))

    __hash__ = None

    def __repr__(self) -> str:
        return f"<Secret, {len(self)} octets{', wiped' if self._wiped else ''}>"

    def wipe(self) -> None:
        """Overwrites the octets with zeros; reading them afterwards is a LocalError."""
        self._octets[:] = bytes(len(self._octets))
        self._wiped = True


def same(a: bytes, b: bytes) -> bool:
    """Whether two tags or keys are equal, in a time that does not depend on where they differ."""
    return constant_time.bytes_eq(a, b)
