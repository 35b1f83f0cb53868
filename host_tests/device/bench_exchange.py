"""One PSK exchange with V on the target, either role: instructions, heap, octets (docs/figures.md).

`bench_data` is made by the bench: ROLE, the other end's MESSAGE, and what makes ours reproducible.
Instructions are those of `start` and `feed`, or of `feed` and `answer`; waiting is not counted.
"""

import gc

import _counter
from bench_data import CSB, ID_I, ID_R, MESSAGE, NOW, PSK, RAND, ROLE, TGK

try:
    from micropython import mem_current
except ImportError:  # CPython has no such thing
    mem_current = None


def once(count):
    """-> (instructions, peak of the heap, octets allocated, octets sent, fingerprint)"""
    from umikey import psk

    buf = bytearray(256)
    if ROLE == "initiator":
        from umikey import SRTP

        key = (0, bytearray(TGK), None, 0, None, None)
        me = psk.Initiator(
            PSK, ID_I, ID_R, (SRTP(0x11223344),), csb_id=CSB, rand=RAND, keys=(key,), now=lambda: NOW
        )
        first, second = me.start, None
    else:
        from umikey import Responder
        from umikey.replay import Replay

        me = Responder(
            (psk.Policy(lambda i, r: PSK),),
            ID_R,
            now=lambda: NOW,
            limit=256,
            replay=Replay(lambda: NOW, size=4, quarantine=0),
        )
        first, second = None, me.answer
    answer = bytearray(MESSAGE)
    gc.collect()
    total = sent = peak = 0
    before = mem_current() if mem_current else 0
    if first:
        total, sent = count(first, buf)
        peak = gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0
    for i in range(0, len(answer), 32):
        n, done = count(me.feed, answer, i, min(i + 32, len(answer)))
        total += n
        gc.collect()
        peak = max(peak, gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0)
    if second:
        n, sent = count(second, buf)
        total += n
    used = mem_current() - before if mem_current else 0
    return total, peak, used, sent, me.sa.fingerprint()


def _count(fn, *args):
    _counter.start()
    out = fn(*args)
    return _counter.stop(), out


def main():
    once(_count)  # warm-up: imports, and the counter's own
    gc.collect()
    total, peak, used, sent, fingerprint = once(_count)
    print("bench", total, peak, used, sent, len(MESSAGE), fingerprint)


main()
