"""The second serial line on CPython and the unix port: a terminal device, never blocking."""

import builtins
import os
import select


class UART:
    def __init__(self, path):
        # The device was set so that reading it gives what there is.
        self._file = builtins.open(path, "r+b", buffering=0)
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLIN)

    def any(self):
        return 1 if self._poll.poll(0) else 0

    def readinto(self, buf):
        return self._file.readinto(buf) or None if self.any() else None

    def read(self, size):
        return self._file.read(size) or None if self.any() else None

    def write(self, buf):
        return self._file.write(buf)


def open():
    return UART(os.getenv("UMIKEY_UART"))
