"""Two devices key each other without the desktop's peer: the harness carries octets, no more.

Two processes of the unix port over UDP sockets of their own; and one with an emulated Cortex-M3,
from serial line to serial line.
"""

import os
import select
import socket
import threading
import time

import pytest
import targets

HEAD = """
import sys
import umikey
from umikey import {mode}, SRTP, Responder
from umikey.replay import Replay
from umikey.transport import serve
KEY = bytes(range(16))
lent = dict()
if sys.platform == "qemu":
    n = [{seed}]
    def random(k):
        n[0] += 1
        return bytes([(n[0] * 37 + i * 11) & 255 for i in range(k)])
    lent = dict(now=lambda: {now}, random=random)
where = {where!r}
if not where:
    import _uart
    where = _uart.open()
"""
INITIATOR = """
me = {mode}.Initiator(KEY, "sip:a@plant.example", "sip:b@plant.example",
                      (SRTP(ssrc=0x11223344), SRTP()), **lent)
print(umikey.connect(where, me, attempts=4).fingerprint())
"""
RESPONDER = """
me = Responder(({mode}.Policy(lambda i, r: KEY),), "sip:b@plant.example",
               replay=Replay(lent.get("now"), quarantine=0), **lent)
print("listening")
serve(where, me, once=True, linger_ms=200, on_sa=lambda sa, who: print(sa.fingerprint()))
"""

modes = pytest.mark.parametrize("mode", ("dhhmac", "psk"))


def code(role, mode, where=""):
    seed = os.getpid() % 250
    return (HEAD + role).format(mode=mode, where=where, seed=seed, now=int(time.time()))


def keyed(initiator, responder, mode, where=""):
    """Run both roles; the fingerprints that the two ends printed."""
    responder.start(code(RESPONDER, mode, where))
    assert responder.read_line(30) == "listening", responder.finish(5).error
    mine = initiator.run(code(INITIATOR, mode, where), 60).check().split()
    return mine, responder.finish(30).check().split()


def agree(mine, theirs):
    assert len(mine) == 1 and len(mine[0]) == 19
    assert mine == theirs


class Wire:
    """Carries octets between two file descriptors, and counts them."""

    def __init__(self, a, b):
        self.carried = {a: 0, b: 0}
        self._other = {a: b, b: a}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *how):
        self._stop.set()
        self._thread.join()

    def _run(self):
        while not self._stop.is_set():
            for fd in select.select(list(self._other), (), (), 0.02)[0]:
                data = os.read(fd, 4096)
                self.carried[fd] += len(data)
                while data:
                    data = data[os.write(self._other[fd], data) :]


@modes
@pytest.mark.only("unix")
def test_two_processes_over_udp(target, mode):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    with target.session("frozen") as one, target.session("frozen") as other:
        where = f"udp://127.0.0.1:{port}"
        agree(*keyed(one, other, mode, where))
        agree(*keyed(other, one, mode, where))


@modes
@pytest.mark.only("qemu-m3")
def test_a_process_and_a_board(target, mode):
    """Both roles on each."""
    unix = targets.get("unix")
    for forward in (True, False):
        with target.session("frozen", uart=True) as board, unix.session("frozen", uart=True) as own:
            with Wire(board.uart_fd, own.uart_fd) as wire:
                ends = (own, board) if forward else (board, own)
                agree(*keyed(*ends, mode))
            assert min(wire.carried.values()) > 60
