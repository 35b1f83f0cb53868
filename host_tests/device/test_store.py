"""Counters and marks on a file system whose power is cut at every octet of every write."""

import gc

from check import done, eq, ok, raises
from umikey import store
from umikey.errors import LocalError


class Cut(Exception):
    """The power failed. Not an OSError: nothing may catch it."""


class Disk:
    """Files in RAM. After `fuel` steps (opening, an octet, closing) the power fails.

    `how`: what the cut leaves of the file that is being written. "place": the new octets up to
    there, then the old ones; "junk": the same with a wrong octet between; "erased": nothing but
    erased flash; "old": the file as it was, because a new one only counts once it is closed.
    """

    def __init__(self, how):
        self.how = how
        self.files = {}
        self.fuel = 1 << 29
        self.writes = 0

    def step(self):
        if self.fuel == 0:
            raise Cut
        self.fuel -= 1

    def open(self, path, mode):
        if mode == "rb":
            if path not in self.files:
                raise OSError(2)
            return Reading(self.files[path])
        if mode == "r+b" and path not in self.files:
            raise OSError(2)
        self.step()
        return Writing(self, path, mode)


class Reading:
    def __init__(self, data):
        self.data = data

    def __enter__(self):
        return self

    def __exit__(self, *how):
        pass

    def read(self, n):
        return bytes(self.data[:n])


class Writing(Reading):
    def __init__(self, disk, path, mode):
        self.disk = disk
        self.path = path
        self.new = bytearray() if mode == "wb" else bytearray(disk.files[path])
        if disk.how != "old":
            disk.files[path] = self.new

    def write(self, data):
        disk = self.disk
        disk.writes += 1
        for i in range(len(data)):
            try:
                disk.step()
            except Cut:
                if disk.how == "junk":
                    self.new[i : i + 1] = bytes((data[i] ^ 0x55,))
                elif disk.how == "erased":
                    for k in range(len(self.new)):
                        self.new[k] = 255
                raise
            self.new[i : i + 1] = data[i : i + 1]
        return len(data)

    def __exit__(self, *how):
        if how[0] is None:
            self.disk.step()
            self.disk.files[self.path] = self.new


def on(disk):
    store.open = disk.open
    return disk


def counter_survives(how):
    disk = on(Disk(how))
    last = 0
    cuts = 0
    wrong = 0
    for fuel in range(75):  # through four writes: both files made, both written again
        disk.fuel = fuel
        try:
            count = store.Counter("n", 3)
            for _ in range(12):
                v = count()
                wrong += v <= last
                last = v
        except Cut:
            cuts += 1
    eq("counter " + how + ": never back", wrong, 0)
    ok("counter " + how + ": cut often", cuts > 60)
    ok("counter " + how + ": no waste", last < 75 * (12 + 3))
    gc.collect()


def mark_survives(how):
    disk = on(Disk(how))
    now = tried = 0xF0000000
    top = 0
    wrong = 0
    for fuel in range(75):
        disk.fuel = fuel
        try:
            mark = store.Mark("m", 4)
            if top and not mark.covers(top.to_bytes(4, "big")):
                wrong += 1
            for _ in range(10):
                now += 3
                ts4 = now.to_bytes(4, "big")
                wrong += mark.covers(ts4) and now > tried + 4  # refused for `step` seconds at most
                tried = now
                mark.raise_to(ts4)
                top = now  # accepted only when the mark is safe
        except Cut:
            pass
        disk.fuel = 1 << 29
        mark = store.Mark("m", 4)
        wrong += not top == 0 and not mark.covers(top.to_bytes(4, "big"))
    eq("mark " + how + ": covers all that was accepted", wrong, 0)
    gc.collect()


for how in ("place", "junk", "erased", "old"):
    counter_survives(how)
    mark_survives(how)

# Wear: one write per range.
disk = on(Disk("place"))
count = store.Counter("n", 64)
for _ in range(640):
    v = count()
eq("values", v, 640)
eq("writes", disk.writes, 10)
eq("only two files", sorted(disk.files), ["n0", "n1"])
eq("16 octets each", [len(disk.files[p]) for p in ("n0", "n1")], [16, 16])
eq("after a restart", store.Counter("n", 64)(), 641)

# Both damaged: refuse, rather than begin again at 1.
for p in ("n0", "n1"):
    disk.files[p][3] ^= 1
raises("both damaged", LocalError, store.Counter, "n")
disk.files["n1"][3] ^= 1
eq("one will do", store.Counter("n", 64)(), 641)
disk.files["n0"] = bytearray(disk.files["n1"]) + b"\0"
disk.files["n0"][3] ^= 1
disk.files["n0"][11] ^= 1
eq("too long is damaged", store.Counter("n", 64)(), 641)

# The last values of a counter.
disk = on(Disk("place"))
store._Cell("n").write(0x100000000 - 2)
count = store.Counter("n", 2)
eq("last but one", count(), 0xFFFFFFFE)
eq("last", count(), 0xFFFFFFFF)
raises("used up", LocalError, count)
raises("still used up", LocalError, store.Counter("n", 2))

# A write that fails is the caller's to see, and can be tried again.
disk = on(Disk("place"))
count = store.Counter("n", 2)


def full(path, mode):
    if mode == "rb":
        return disk.open(path, mode)
    raise OSError(28)


store.open = full
raises("disk full", LocalError, count)
store.open = disk.open
eq("then the same value", count(), 1)

# A mark goes over the wrap of 2036.
disk = on(Disk("place"))
mark = store.Mark("m", 1)
mark.raise_to(b"\xff\xff\xff\xf0")
mark.raise_to(b"\x00\x00\x00\x10")
mark = store.Mark("m", 1)
ok("before the wrap", mark.covers(b"\xff\xff\xff\xff"))
ok("at the mark", mark.covers(b"\x00\x00\x00\x11"))
ok("after it", not mark.covers(b"\x00\x00\x00\x12"))

# Counters of several initiators.
disk = on(Disk("place"))
counters = store.Counters("c")
eq("nobody yet", counters.get(b"sip:in@plant.example", -1), -1)
counters[b"sip:in@plant.example"] = 5
counters[b"sip:out-and-in@plant.example"] = 9  # the same last 16 octets
counters[None] = 2
eq("one", store.Counters("c").get(b"sip:in@plant.example", -1), 5)
eq("another", store.Counters("c").get(b"sip:out-and-in@plant.example", -1), 9)
eq("nameless", store.Counters("c").get(None, -1), 2)
ok("short names", max([len(p) for p in disk.files]) == 18)

del store.open
done()
