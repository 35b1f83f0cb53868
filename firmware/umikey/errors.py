"""Every exception of umikey, and the MIKEY error numbers they stand for.

`UmikeyError` -> `LocalError` (the caller's fault), `RemoteError` (the other end said so, or sent
nonsense), `AuthError` (a MAC or an identity did not verify), `ReplayError` (seen before, or outside
the clock window), `NoEntropy`, `NoClock`, `BufferTooSmall`.

`number` is the error number (RFC 3830 6.12, RFC 4738 3.5, RFC 6043 9.1) that belongs to the
failure: what a responder may answer with, or what the peer's Error message said. None means that
the RFC wants silence. Nothing else leaves an engine, whatever the octets on the wire.
"""

_TEXT = (
    "authentication failure",
    "invalid timestamp",
    "PRF not supported",
    "MAC algorithm not supported",
    "encryption algorithm not supported",
    "hash function not supported",
    "DH group not supported or public value invalid",
    "invalid identity",
    "invalid certificate",
    "security policy type not supported",
    "security policy parameter not supported",
    "data type not supported",
    "malformed or unacceptable message",
    "message or payload type not supported",
    "invalid ticket",
    "invalid ticket policy",
)


class UmikeyError(Exception):
    """Base of all. `number`: MIKEY error number, or None for silence."""

    number = None


class RemoteError(UmikeyError):
    """What came in cannot be accepted; or it is the peer's Error message: `peer_said` is True."""

    peer_said = False

    def __init__(self, number, text=""):
        what = _TEXT[number] if number is not None and number < len(_TEXT) else "refused"
        super().__init__(what + (": " + text if text else ""))
        self.number = number


class AuthError(UmikeyError):
    """A MAC, a tag or an identity did not verify."""

    number = 0


def __getattr__(name):
    import umikey.errors_rare as rare  # the rest are classes that cost a board heap when they exist

    return getattr(rare, name)
