"""HMAC's front door under its own name; it is in the package itself, where it costs less heap."""

from umikey.crypto import Hmac, equal  # noqa: F401
