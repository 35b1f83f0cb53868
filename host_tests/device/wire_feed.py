"""For the test_wire_ scripts: messages through `stream.Stream`, payloads cut at every octet."""

import check
import micropython
from umikey.buf import Reader
from umikey.errors import RemoteError
from umikey.stream import Stream

SIZES = (1, 2, 3, 7, 16, 64, 4096)


class Feed:
    """A Stream with its owner: extensions and certificates of more than `limit` octets pass."""

    def __init__(self, hold=256, limit=65535):
        self.stream = Stream(bytearray(hold), self)
        self.limit = limit
        self.passed = self.count = 0
        self.kinds = bytearray(16)
        self.places = bytearray(32)

    def keeps(self, kind, size):
        return size <= self.limit

    def passing(self, buf, i, end):
        self.passed += end - i

    def run(self, message, size, end):
        """Feed message[:end] in chunks of `size`; octets taken. Allocates nothing."""
        self.passed = self.count = i = 0
        stream = self.stream
        stream.reset()
        while i < end and not stream.done:
            stop = i + size
            if stop > end:
                stop = end
            while i < stop and not stream.done:
                i = stream.push(message, i, stop)
                if stream.event is not None:
                    k = self.count
                    self.kinds[k] = stream.event
                    self.places[2 * k] = stream.at >> 8
                    self.places[2 * k + 1] = stream.at & 255
                    self.count = k + 1
        return i

    def layout(self):
        return [
            (self.kinds[k], self.places[2 * k] << 8 | self.places[2 * k + 1])
            for k in range(self.count)
        ]


FEED = Feed()


def message(name, octets, layout, feed=None):
    """`octets` is complete with its last one in every chunk size, without touching the heap."""
    feed = feed or FEED
    n = len(octets)
    for size in SIZES:
        micropython.heap_lock()
        try:
            taken = feed.run(octets, size, n)
        except MemoryError:
            taken = -1
        micropython.heap_unlock()
        check.eq("%s, chunks of %d" % (name, size), (taken, feed.stream.done), (n, True))
        check.eq("%s, layout" % name, feed.layout(), layout)
    done = 0
    for end in range(n):
        feed.run(octets, 4096, end)
        done += feed.stream.done
    check.eq(name + ": item 5, truncated", done, 0)
    return feed


def error(name, octets, number):
    """The stream refuses `octets` with this error number."""
    e = check.raises(name, RemoteError, FEED.run, octets, 5, len(octets))
    check.eq(name + ": number", e and e.number, number)


def over(kind, octets):
    """A message of a header and this payload."""
    return bytes((1, 0, kind, 0, 9, 9, 9, 9, 0, 1)) + octets


def cut(name, pull, octets, kind=0):
    """pull_ refuses the payload cut at every octet, and takes it whole; returns its fields."""
    bad = 0
    r = Reader(octets, 0, 0)
    for end in range(len(octets)):
        r.at = 0
        r.end = end
        r.np = kind
        try:
            pull(r)
            bad += 1
        except RemoteError:
            pass
    check.eq(name + ": item 5, truncated", bad, 0)
    r = Reader(octets, 0, len(octets))
    r.np = kind
    fields = pull(r)
    check.eq(name + ": read to its end", r.at, r.end)
    return fields
