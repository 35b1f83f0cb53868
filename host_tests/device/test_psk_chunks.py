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


def feed(engine, message, size, cut=0):
    """Feed `message`, `cut` octets first; how many calls said `done` when they should not."""
    wrong = i = 0
    end = cut or size
    while i < len(message):
        end = min(end, len(message))
        wrong += engine.feed(message, i, end) is not (end == len(message))
        i = end
        end += size
    return wrong


def initiator(x, size, cut=0):
    me = psk_pair.initiator(x)
    wrong = feed(me, x["r"], size, cut)
    return wrong, bytes(x["r"]), me.sa.fingerprint()


def responder(x, size, cut=0):
    srv = psk_pair.responder(x)
    wrong = feed(srv, x["i"], size, cut)
    buf = bytearray(len(x["r"]))
    n = srv.answer(buf)
    return wrong, bytes(buf[:n]), srv.sa.fingerprint()


first = psk_pair.FIRST
want = 0, first["r"], initiator(first, len(first["r"]))[2]
for name, play, n in (("I", initiator, len(first["r"])), ("R", responder, len(first["i"]))):
    for size in sizes(n):
        check.eq("%s in chunks of %d" % (name, size), play(first, size), want)
        gc.collect()

# 300 octets of extension are not held, but pass: cut around both ends, too
long = psk_pair.extend(300)
for name, play, m in (("I", initiator, long["r"]), ("R", responder, long["i"])):
    want = play(long, len(m))
    check.eq("%s: extension" % name, want[0], 0)
    for size in (1, 16, 301):
        check.eq("%s: extension in chunks of %d" % (name, size), play(long, size), want)
    start = m.index(b"\0\x01\x2c\0\1\2") + 3
    for at in (start, start + 300):
        for cut in range(at - 2, at + 3):
            check.eq("%s: cut at %d" % (name, cut), play(long, 1000, cut), want)
check.done()
