"""Values that must never go back, kept in flash through power cuts at little wear.

A `Counter` reserves numbers in ranges: the file holds the first one not reserved. After a power cut
the rest of the range is skipped, so that no value is ever used twice, and flash is written once per
range only. Two copies are written in turn, each with its complement: a cut in the middle of writing
leaves the other one. Of the file system it asks that a cut spoils no file but the one that is being
written: littlefs keeps that promise. The files never grow or shrink, so that FAT need not move
them, but FAT on bare flash can lose both with their folder.
"""

from umikey.errors import LocalError


class _Cell:
    # an unsigned 64-bit value in two files, name + "0" and "1"; the larger valid one counts
    def __init__(self, path):
        self._path = path
        self._turn = 0
        self.value = None
        spoilt = 0
        for turn in (0, 1):
            try:
                with open(path + "01"[turn], "rb") as f:
                    b = f.read(17)
            except OSError:
                continue
            v = self._decode(b)
            if v is None:
                spoilt += 1
            elif self.value is None or v > self.value:
                self.value = v
                self._turn = 1 - turn
        if self.value is None and spoilt:
            # a cut during the very first write leaves one spoilt file, which is no loss
            self._turn = 0
            if spoilt == 2:
                raise LocalError("%s0 and %s1 are both damaged" % (path, path))

    def _decode(self, b):
        if len(b) != 16:
            return None
        for i in range(8):
            if b[i] ^ b[8 + i] != 255:
                return None
        return int.from_bytes(b[:8], "big")

    def write(self, value):
        b = value.to_bytes(8, "big")
        b += bytes([x ^ 255 for x in b])
        path = self._path + "01"[self._turn]
        try:
            try:
                f = open(path, "r+b")
            except OSError:
                f = open(path, "wb")
            with f:
                f.write(b)
        except OSError as e:
            raise LocalError("cannot keep %s: %s" % (path, e)) from None
        self._turn = 1 - self._turn
        self.value = value


class Counter:
    """The COUNTER timestamp (RFC 3830 6.6): calling it gives the next value, 1..2^32-1.

    path: a file name to which "0" and "1" are appended; step: values per write to flash.
    LocalError if the file cannot be written, when both copies are damaged, or when the counter is
    used up: then the key must change, for no value may come twice under one key.
    """

    def __init__(self, path, step=64):
        self._cell = _Cell(path)
        self._step = step
        self._next = self._end = self._cell.value or 1

    def __call__(self):
        v = self._next
        if v >= self._end:
            if v + self._step > 0x100000000:
                raise LocalError("COUNTER used up: change the key")
            self._cell.write(v + self._step)
            self._end = v + self._step
        self._next = v + 1
        return v


class Mark:
    """The latest timestamp accepted before a restart, rounded up; for `replay.Replay`.

    Only what an earlier run accepted is covered: a message is refused if its seconds are not
    after the mark that was read at the start. So a restarted responder refuses for up to `step`
    seconds what it could accept; in return, flash is written once in `step` seconds at most. A
    clock that was ahead leaves a mark ahead: remove the two files then. LocalError as for Counter.
    """

    def __init__(self, path, step=64):
        self._cell = _Cell(path)
        self._step = step
        self._before = self._cell.value or 0

    def covers(self, ts4):
        """Was a message with this timestamp (its first 4 octets) perhaps accepted already?"""
        return self._order(ts4) <= self._before

    def raise_to(self, ts4):
        """A message with this timestamp is being accepted."""
        t = self._order(ts4)
        if t > (self._cell.value or 0):
            self._cell.write(t + self._step)

    def _order(self, ts4):
        # seconds since 1900 over the wrap of 2036: before 1968 means after it (RFC 4330 3)
        t = int.from_bytes(ts4, "big")
        return t if t & 0x80000000 else t + 0x100000000


class Counters:
    """Last COUNTER value of each initiator, in files; for `replay.Replay(counters=...)`.

    prefix: beginning of the file names; the rest are 16 hexadecimal digits of the identity's
    SHA-256, and "0" or "1". Every accepted message writes to flash once. LocalError as for
    `Counter`.
    """

    def __init__(self, prefix):
        self._prefix = prefix

    def _cell(self, peer):
        from umikey.crypto.hash import Sha

        peer = peer or b""
        h = Sha(32)
        h.update(peer, 0, len(peer))
        name = bytearray(32)
        h.digest_into(name, 0)
        return _Cell(self._prefix + "".join(["%02x" % b for b in name[:8]]))

    def get(self, peer, default):
        """The last value that `peer` (octets, or None) used, or `default`."""
        v = self._cell(peer).value
        return default if v is None else v

    def __setitem__(self, peer, value):
        self._cell(peer).write(value)
