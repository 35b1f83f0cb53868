"""One exchange with an answer on the target, either role: instructions, heap, octets.

`bench_data` is made by the bench: MODE, ROLE, the other end's MESSAGE, and what makes ours
reproducible. Instructions are those of `start` and `feed`, or of `feed` and `answer`; waiting is
not counted.
"""

import gc

import _counter
import bench_data
from bench_data import CSB, ID_I, ID_R, MESSAGE, MODE, NOW, PSK, RAND, ROLE, SIZE, TGK, X

try:
    from micropython import mem_current
except ImportError:  # CPython has no such thing
    mem_current = None


_draws = 0


def draw(n):
    """Octets that are the same in every run of the bench, and other ones every time."""
    global _draws
    _draws += 1
    return bytes((x + _draws) & 255 for x in X[:n])


def certified():
    """The initiator, or the responder's policy, of a mode with certificates."""
    import umikey

    code = getattr(umikey, bench_data.MODULE)
    cred = umikey.Credentials(bench_data.CRED)
    if ROLE == "responder":
        return code.Policy(cred, hedged=False, **bench_data.MORE)
    return code.Initiator(
        cred, ID_R, (umikey.SRTP(0x11223344),), csb_id=CSB, rand=RAND, now=lambda: NOW,
        random=draw, hedged=False, **bench_data.MORE
    )  # fmt: skip


def initiator():
    from umikey import SRTP

    if hasattr(bench_data, "CRED"):
        return certified()
    same = {"csb_id": CSB, "rand": RAND, "now": lambda: NOW}
    if MODE == "dhhmac":
        from umikey import dhhmac

        return dhhmac.Initiator(PSK, ID_I, ID_R, (SRTP(0x11223344),), exponent=X, **same)
    from umikey import psk

    keys = ((0, bytearray(TGK), b"", 0, b"", b""),)
    return psk.Initiator(PSK, ID_I, ID_R, (SRTP(0x11223344),), keys=keys, **same)


def responder():
    from umikey import Responder
    from umikey.replay import Replay

    if hasattr(bench_data, "CRED"):
        policy = certified()
    elif MODE == "dhhmac":
        from umikey import dhhmac

        policy = dhhmac.Policy(lambda i, r: PSK, exponent=X)
    else:
        from umikey import psk

        policy = psk.Policy(lambda i, r: PSK)
    replay = Replay(lambda: NOW, size=4, quarantine=0)
    limit = len(MESSAGE) + 32
    random = draw if hasattr(bench_data, "CRED") else None
    return Responder((policy,), ID_R, now=lambda: NOW, limit=limit, random=random, replay=replay)


def in_use():
    """Octets of heap that are not garbage; 0 on CPython, which does not say."""
    gc.collect()
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0


def once(count):
    """-> (instructions, peak of the heap, octets allocated, octets sent, fingerprint)"""
    buf = bytearray(max(SIZE, 512))
    if ROLE == "initiator":
        me = initiator()
        first, second = me.start, None
    else:
        me = responder()
        first, second = None, me.answer
    answer = bytearray(MESSAGE)
    gc.collect()
    total = sent = peak = 0
    before = mem_current() if mem_current else 0
    if first:
        total, sent = count(first, buf)
        peak = in_use()
    for i in range(0, len(answer), 32):
        n, done = count(me.feed, answer, i, min(i + 32, len(answer)))
        total += n
        peak = max(peak, in_use())
    if second:
        n, sent = count(second, buf)
        total += n
        peak = max(peak, in_use())
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
