"""Bounded reading and writing; they stand in `wire`, since a module of their own costs heap."""

from umikey.wire import Reader, Writer  # noqa: F401
