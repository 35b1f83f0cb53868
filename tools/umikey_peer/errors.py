"""What can go wrong, and the RFC error number that tells the other side about it.

Every exception of this package is a `MikeyError`. `number` is the value for the ERR payload
(RFC 3830 section 6.12, 8 bits; 13 from RFC 4738, 14 and 15 from RFC 6043) or None where the RFC
asks for silence.
"""

from __future__ import annotations

from collections.abc import Callable


class MikeyError(Exception):
    """Base of all errors here. `number`: RFC error number 0..15, or None for silence."""

    number: int | None = None
    # Set once the message that failed has proved authentic: makes an Error message of its HDR and
    # payloads, authenticated the way the mode does it.
    signer: Callable | None = None

    def __init__(self, reason: str, number: int | None = None):
        super().__init__(reason)
        self.reason = reason
        if number is not None:
            self.number = number


class LocalError(MikeyError):
    """The caller's fault: a call out of order, or parameters that cannot work."""


class DecodeError(MikeyError):
    """Octets that are no MIKEY message. `offset`: octets understood before the fault."""

    number = 12

    def __init__(self, reason: str, number: int | None = None, offset: int = 0):
        super().__init__(reason, number)
        self.offset = offset


class Truncated(DecodeError):
    """The octets end too early. `needed`: least total length, in octets, that gets further."""

    def __init__(self, reason: str, offset: int = 0, needed: int = 0):
        super().__init__(reason, None, offset)
        self.needed = needed


class Refused(MikeyError):
    """Well formed, but not acceptable here: algorithm, policy or identity."""

    number = 12


class AuthError(MikeyError):
    """A MAC or signature does not verify (error 0)."""

    number = 0


class ReplayError(MikeyError):
    """Outdated or seen before. The RFC asks for a silent discard (RFC 3830 section 5.3)."""

    number = None


class Discarded(MikeyError):
    """Not an answer to anything that we asked; dropped without a word."""

    number = None


class RemoteError(MikeyError):
    """The other side reports an error, authenticated. `policies`: the SP payloads it offers."""

    def __init__(self, reason: str, number: int, policies: tuple = ()):
        super().__init__(reason, number)
        self.policies = policies
