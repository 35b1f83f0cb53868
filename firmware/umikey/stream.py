"""The push parser; it stands in `wire`, since a module of its own costs heap."""

from umikey.wire import Stream, extent  # noqa: F401
