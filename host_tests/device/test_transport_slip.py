"""SLIP (RFC 1055) over any stream object: every octet, every cut, garbage, frames too long."""

import gc

import micropython
from check import done, eq, ok
from umikey.transport.uart import Line


class Ear:
    """Collects frames as the transport would feed them to an engine."""

    def __init__(self):
        self.frames = []
        self.now = None

    def begin(self):
        self.now = bytearray()

    def hear(self, buf, i, end):
        self.now += bytes(buf[i:end])

    def over(self):
        if self.now is not None:
            self.frames.append(bytes(self.now))
        self.now = None


class Stream:
    """Gives `data` in pieces of `size` octets; takes `takes` octets a write. Like machine.UART."""

    def __init__(self, data=b"", size=1000, takes=1000):
        self.data = data
        self.size = size
        self.takes = takes
        self.out = bytearray()

    def any(self):
        return len(self.data)

    def readinto(self, buf):
        n = min(len(buf), self.size, len(self.data))
        buf[:n] = self.data[:n]
        self.data = self.data[n:]
        return n or None

    def write(self, data):
        n = min(len(data), self.takes)
        self.out += bytes(data[:n])
        return n or None


class Reads:
    """A stream with `read` alone."""

    def __init__(self, data):
        self.data = data

    def any(self):
        return 1 if self.data else 0

    def read(self, n):
        out = self.data[:n]
        self.data = self.data[n:]
        return out or None


def frames(data, size=1000, limit=4096):
    ear = Ear()
    line = Line(Stream(data, size), ear, limit)
    while line.read():
        pass
    return ear.frames


def encoded(data, takes=1000):
    stream = Stream(takes=takes)
    waits = 0
    for _ in Line(stream, None, 0).write(data):
        waits += 1
    return bytes(stream.out), waits


# RFC 1055's own four special cases, and the rest of the alphabet.
eq("plain", encoded(b"\1\2")[0], b"\xc0\1\2\xc0")
eq("specials", encoded(b"\xc0\xdb\xdc\xdd")[0], b"\xc0\xdb\xdc\xdb\xdd\xdc\xdd\xc0")
every = bytes(range(256))
line = encoded(every)[0]
eq("length", len(line), 256 + 2 + 2)  # END twice, END and ESC escaped
eq("END only at the ends", (line.find(b"\xc0"), line.find(b"\xc0", 1)), (0, len(line) - 1))
eq("every octet", frames(line), [every])
eq("all escaped", frames(encoded(b"\xc0" * 70 + b"\xdb" * 70)[0]), [b"\xc0" * 70 + b"\xdb" * 70])
eq("empty", frames(encoded(b"")[0]), [])
for n in range(56, 70):  # around the pieces in which it is written
    for data in (b"\xc0" * n, b"a" * n + b"\xdb", b"a" * n + b"\xc0\xc0"):
        eq("length %d" % n, frames(encoded(data)[0]), [data])

# A line that takes little at a time, or nothing.
for takes in (1, 3, 61):
    out, waits = encoded(every, takes)
    ok("takes %d" % takes, out == line and waits)

# Cut anywhere.
two = encoded(b"\xdb\xc0one")[0] + encoded(b"two\xc0")[0]
for size in (1, 2, 3, 5, 7, 64):
    eq("cut in %d" % size, frames(two, size), [b"\xdb\xc0one", b"two\xc0"])
stream = Reads(two)
ear = Ear()
reader = Line(stream, ear, 99)
while reader.read():
    pass
eq("read() alone", ear.frames, [b"\xdb\xc0one", b"two\xc0"])

# Noise, and what a reader makes of broken frames.
eq("noise before", frames(b"boot text\r\n" + line), [b"boot text\r\n", every])
eq("noise between", frames(line + b">>> " + line), [every, b">>> ", every])
eq("ENDs", frames(b"\xc0\xc0\xc0" + line + b"\xc0\xc0"), [every])
eq("no first END", frames(b"\1\2\xc0\3\xc0"), [b"\1\2", b"\3"])
eq("ESC and another", frames(b"\xc0\1\xdb\5\2\xc0"), [b"\1\5\2"])
eq("ESC before END", frames(b"\xc0\1\xdb\xc0\xdc\xc0"), [b"\1", b"\xdc"])
eq("unfinished", frames(b"\xc0\1\2"), [])

# Oversize: dropped from the octet on that is too many; the next frame is heard.
big = encoded(bytes(100))[0]
eq("too long", [len(f) for f in frames(big + encoded(b"ok")[0], 1000, 99)], [63, 2])
eq("too long, slowly", frames(big + encoded(b"ok")[0], 1, 99), [bytes(99), b"ok"])
eq("just fits", frames(big, 1000, 100), [bytes(100)])


class Deaf:
    def begin(self):
        pass

    def hear(self, buf, i, end):
        pass

    def over(self):
        pass


class Drip:
    """An octet at a time, without allocating."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def any(self):
        return self.at < len(self.data)

    def readinto(self, buf):
        buf[0] = self.data[self.at]
        self.at += 1
        return 1


gc.collect()
reader = Line(Drip(two), Deaf(), 99)
reader.read()
micropython.heap_lock()
try:
    while reader.read():
        pass
    free = True
except MemoryError:
    free = False
micropython.heap_unlock()
ok("receiving allocates nothing", free)

done()
