"""The board's half of `make demo`: one exchange, then one SRTP packet, on whatever the port has.

Reads one line: the mode, where to ("udp://host:port", or "uart"), the time in Unix seconds, octets
of randomness in hex for boards that lack a source, the pre-shared key or the credential file in
hex, both identities.
Prints one line of results.
"""

import gc
import sys

import _counter
import umikey
from umikey import SRTP

cost = sent = got = heap = 0


def measured(fn, *args):
    global cost
    _counter.start()
    try:
        return fn(*args)
    finally:
        cost += _counter.stop()


def in_use():
    global heap
    gc.collect()
    heap = max(heap, gc.mem_alloc())


def counting(mode):
    """The initiator of that mode, which counts what `start` and `feed` cost, and nothing else."""
    base = getattr(umikey, mode.rstrip("1")).Initiator

    class Initiator(base):
        def start(self, buf, ts=None):
            global sent
            in_use()
            sent = measured(base.start, self, buf, ts)
            in_use()
            return sent

        def feed(self, buf, start=0, end=None):
            global got
            got += (len(buf) if end is None else end) - start
            done = measured(base.feed, self, buf, start, end)
            in_use()
            return done

    return Initiator


def seeded(seed):
    """A stand-in for the source of randomness that this board lacks: each octet once."""
    at = 0

    def random(n):
        nonlocal at
        at += n
        return bytes(int(seed[2 * i : 2 * i + 2], 16) for i in range(at - n, at))

    return random


def main():
    mode, where, now, seed, key, id_i, id_r = sys.stdin.readline().split()
    lent = {}
    if not umikey.capabilities()["urandom"]:
        lent = {"random": seeded(seed), "now": lambda: int(now)}
    key = bytes(int(key[i : i + 2], 16) for i in range(0, len(key), 2))
    streams = (SRTP(ssrc=0x11223344),)
    if mode in ("psk", "dhhmac"):
        me = counting(mode)(key, id_i, id_r, streams, **lent)
    else:
        if mode == "ecmqv1":
            lent["one_pass"] = True
        me = counting(mode)(umikey.Credentials(key), id_r, streams, **lent)
    line = where
    if where == "uart":
        import _uart

        line = _uart.open()
    sa = umikey.connect(line, me, timeout_ms=60000, retry_ms=30000)
    print("demo", sa.fingerprint(), sent, got, cost, heap, _counter.UNIT)

    from umikey.srtp import Sender

    text = b"octets from " + sys.platform.encode()
    packet = bytearray(12 + len(text) + 10)
    packet[0:12] = b"\x80\x60\x00\x01\x00\x00\x00\x00\x11\x22\x33\x44"
    packet[12 : 12 + len(text)] = text
    n = Sender(sa[0]).protect(packet, 12 + len(text))
    send(line, packet[:n])
    sa.close()


def send(line, packet):
    """One packet the way that the exchange went."""
    if isinstance(line, str):
        import socket

        host, port = line[6:].split(":")
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.sendto(packet, socket.getaddrinfo(host, int(port))[0][-1])
        s.close()
        return
    from umikey.transport.uart import Line

    for _ in Line(line, None, 0).write(packet):
        pass


main()
