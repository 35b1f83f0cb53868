"""Bounded reading and writing over the caller's memory: see `wire_read` and `wire`."""

from umikey.wire import Writer  # noqa: F401
from umikey.wire_read import Reader  # noqa: F401
