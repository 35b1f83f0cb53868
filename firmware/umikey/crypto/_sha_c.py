"""Plain hashing over the port's `hashlib`; see `hash.py`. Without the blocks that HMAC needs."""

import umikey.errors as errors


class Sha:
    def __init__(self, new, size):
        self.size = size
        self._new = new
        self._h = new()

    def plain(self):
        self._h = self._new()

    def update(self, buf, start, end):
        if not 0 <= start <= end <= len(buf) or self._h is None:
            raise errors.LocalError("outside the buffer, or no message")
        # a view is two small objects; copying octet by octet takes fifty times as long
        self._h.update(memoryview(buf)[start:end])

    def digest_into(self, out, at):
        if not 0 <= at <= len(out) - self.size or self._h is None:
            raise errors.LocalError("outside the buffer, or no message")
        out[at : at + self.size] = self._h.digest()
        self._h = None
