"""Values that must never go back, kept in flash through power cuts at little wear.

A `Counter` reserves numbers in ranges: the file holds the first one not reserved. After a power cut
the rest of the range is skipped, so that no value is ever used twice, and the file is written
once per range only. Two copies are written in turn, each with a checksum: a cut in the middle of
writing leaves the other one.
"""

from .errors import LocalError


class _Cell:
    # an unsigned 64-bit value in two files, name + "0" and "1"; the larger valid one counts
    def __init__(self, path):
        self._path = path
        self._turn = 0
        self.value = None
        for turn in (0, 1):
            try:
                with open(path + "01"[turn], "rb") as f:
                    b = f.read(10)
            except OSError:
                continue
            if len(b) == 10 and b[8:] == self._sum(b):
                v = int.from_bytes(b[:8], "big")
                if self.value is None or v > self.value:
                    self.value = v
                    self._turn = 1 - turn

    def _sum(self, b):
        a = c = 1
        for i in range(8):
            a = (a + b[i]) & 255
            c = (c + a) & 255
        return bytes((a, c))

    def write(self, value):
        b = value.to_bytes(8, "big")
        try:
            with open(self._path + "01"[self._turn], "wb") as f:
                f.write(b + self._sum(b))
        except OSError as e:
            raise LocalError("cannot keep %s: %s" % (self._path, e)) from None
        self._turn = 1 - self._turn
        self.value = value


class Counter:
    """The COUNTER timestamp (RFC 3830 6.6): calling it gives the next value, 1..2^32-1.

    path: a file name to which "0" and "1" are appended; step: values per write to flash.
    LocalError if the file cannot be written, or when the counter is used up.
    """

    def __init__(self, path, step=64):
        self._cell = _Cell(path)
        self._step = step
        self._next = self._end = self._cell.value or 1

    def __call__(self):
        v = self._next
        if v >= self._end:
            if v + self._step > 0xFFFFFFFF:
                raise LocalError("COUNTER used up: change the key")
            self._cell.write(v + self._step)
            self._end = v + self._step
        self._next = v + 1
        return v


class Mark:
    """The latest timestamp accepted before a restart, rounded up; for `replay.Replay`.

    Only what an earlier run accepted is covered: a message is refused if its seconds are not
    after the mark that was read at the start.
    """

    def __init__(self, path, step=64):
        self._cell = _Cell(path)
        self._step = step
        self._before = self._cell.value or 0

    def covers(self, ts4):
        return self._order(ts4) <= self._before

    def raise_to(self, ts4):
        t = self._order(ts4)
        if t > (self._cell.value or 0):
            self._cell.write(t + self._step)

    def _order(self, ts4):
        # seconds since 1900 over the wrap of 2036: before 1968 means after it (RFC 4330 3)
        t = int.from_bytes(ts4, "big")
        return t if t & 0x80000000 else t + 0x100000000


class Counters:
    """Last COUNTER value of each initiator, in files; for `replay.Replay(counters=...)`.

    prefix: beginning of the file names. Every accepted message writes to flash once.
    """

    def __init__(self, prefix):
        self._prefix = prefix

    def _cell(self, peer):
        return _Cell(self._prefix + "".join("%02x" % b for b in peer[-16:]))

    def get(self, peer, default):
        v = self._cell(peer).value
        return default if v is None else v

    def __setitem__(self, peer, value):
        self._cell(peer).write(value)
