"""`feed` allocates nothing but in the call that completes the message, in both roles.

All calls but the last are made with the heap locked. What the last one allocates is printed. Two
more things are pinned down here:

- A payload that is too long to be held passes through the MAC. For that a responder has to have the
  keys before the message is complete, so the call with the last octet of that payload's head
  allocates too. An initiator has its keys; it allocates there only where the port's own hash is C,
  whose objects are made anew for each message.
- With the heap locked, MicroPython cannot make an exception that is an instance of a Python class:
  bad octets raise its MemoryError then. The engine is in that error like in any other, and `reset`
  leads out of it.
"""

import gc
import sys

import _force
import check
import micropython
import psk_pair
from umikey.errors import LocalError, RemoteError, UmikeyError

SIZES = (1, 16)


def feed(engine, message, size, free=-1):
    """Feed `message` with the heap locked, but for the last call and the one with octet `free`.

    -> (first octet of the call that could not do without heap, or -1; what the last one allocated)
    """
    n = len(message)
    i = 0
    while n - i > size:
        unlocked = i <= free < i + size
        if not unlocked:
            micropython.heap_lock()
        try:
            engine.feed(message, i, i + size)
        except MemoryError:
            free = -2
        if not unlocked:
            micropython.heap_unlock()
        if free == -2:
            return i, 0
        i += size
    gc.collect()
    before = micropython.mem_current()
    done = engine.feed(message, i, n)
    after = micropython.mem_current()
    check.ok("done with the last octet", done)
    return -1, after - before


def plain(role, make, message):
    feed(make(), message, 16)  # what is imported for the first time is not counted
    for size in SIZES:
        engine = make()
        stuck, last = feed(engine, message, size)
        check.eq("%s, %d at a time: allocates at" % (role, size), stuck, -1)
        check.ok("keys", engine.sa[0].tek)
        check.ok("it does allocate, or nothing is measured", last > 0)
    print("measured %s: the feed that completes the message allocates %d octets" % (role, last))


def extension(role, make, message, needs_heap):
    """300 octets that pass; `needs_heap`: does the call with the head's last octet allocate?"""
    head = message.index(b"\0\x01\x2c") + 2
    for size in SIZES:
        free = -1
        if needs_heap:
            stuck, _ = feed(make(), message, size)
            check.eq("%s, %d at a time: head" % (role, size), stuck, head - head % size)
            free = head
        engine = make()
        stuck, last = feed(engine, message, size, free)
        check.eq("%s, %d at a time: allocates at" % (role, size), stuck, -1)
        check.ok("keys", engine.sa[0].tek)
    print("%s: the last feed allocates %d" % (role, last))


def bad(role, make, message, at, number):
    """Octet `at` is spoilt so that the end of the message is not waited for."""
    octets = bytearray(message)
    octets[at] = 0xEE
    engine = make()
    end = len(octets) - 1
    before = micropython.mem_current()
    e = check.raises(role + ": bad octet", RemoteError, engine.feed, octets, 0, end)
    print("%s: an error allocates %d" % (role, micropython.mem_current() - before))
    check.eq(role + ": number", e and e.number, number)
    engine = make()
    got = None
    expected = (UmikeyError, MemoryError)
    micropython.heap_lock()
    try:
        engine.feed(octets, 0, end)
    except expected as e:
        got = e
    micropython.heap_unlock()
    check.ok(role + ": bad octet with the heap locked", got is not None)
    print("%s: with the heap locked, %s" % (role, type(got).__name__))
    check.ok(role + ": it stays", engine.error is got)
    check.raises(role + ": still", type(got), engine.feed, message, 0, 1)
    check.raises(role + ": no keys", LocalError, lambda: engine.sa)
    engine.reset()
    check.ok(role + ": and is over", engine.feed(message, 0, len(message)))


def main():
    first = psk_pair.FIRST
    plain("initiator", psk_pair.initiator, first["r"])
    plain("responder", psk_pair.responder, first["i"])
    bad("initiator", psk_pair.initiator, first["r"], 0, 12)
    bad("responder", psk_pair.responder, first["i"], 2, 13)

    long = psk_pair.extend(300)
    for kind in _force.kinds("sha1"):
        if kind != "hashlib":  # which is what is used unless another is asked for
            _force.use(kind)
        what = kind + ", initiator, extension"
        extension(what, lambda: psk_pair.initiator(long), long["r"], kind == "hashlib")
        what = kind + ", responder, extension"
        extension(what, lambda: psk_pair.responder(long), long["i"], True)


if sys.implementation.name == "micropython":
    main()
else:
    check.skip("allocation", "CPython cannot lock its heap")
check.done()
