"""The same message in chunks of every size gives the same answer and the same keys."""

import gc
import sys

import check
import psk_pair


def sizes(n):
    """Every size from 1 to n, or where an exchange takes long, some."""
    if sys.implementation.name == "micropython" and not sys.implementation._mpy >> 10:
        some = [s for s in (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, n - 1, n) if s <= n]
        check.skip("chunks", "%d of %d sizes on a core without native code" % (len(some), n))
        return some
    return range(1, n + 1)


def feed(engine, message, size):
    """Feed `message`; the number of calls that did not say `done` as they should."""
    wrong = 0
    for i in range(0, len(message), size):
        end = min(i + size, len(message))
        wrong += engine.feed(message, i, end) is not (end == len(message))
    return wrong


def initiator(x, size):
    me = psk_pair.initiator(x)
    wrong = feed(me, x["r"], size)
    return wrong, bytes(x["r"]), me.sa.fingerprint()


def responder(x, size):
    srv = psk_pair.responder(x)
    wrong = feed(srv, x["i"], size)
    buf = bytearray(len(x["r"]))
    n = srv.answer(buf)
    return wrong, bytes(buf[:n]), srv.sa.fingerprint()


first = psk_pair.FIRST
want = 0, first["r"], initiator(first, len(first["r"]))[2]
for name, play, n in (("I", initiator, len(first["r"])), ("R", responder, len(first["i"]))):
    for size in sizes(n):
        check.eq("%s in chunks of %d" % (name, size), play(first, size), want)
        gc.collect()
long = psk_pair.extend(300)
want = responder(long, len(long["i"]))
check.eq("300 octets of extension", want[0], 0)
for size in (1, 16, 63, 301, 513):
    check.eq("extension in chunks of %d" % size, responder(long, size), want)
check.done()
