"""MIKEY on a serial line with SLIP, between every target and the desktop program."""

import os
import time

import pytest
from peer_program import ID_I, ID_R, KEY, initiate, serve

# Emulated boards have neither clock nor randomness; QEMU's are lent to them, with octets from here.
HEAD = f"""
import sys, umikey, _uart
from umikey import psk, SRTP, Responder
from umikey.replay import Replay
lent = dict()
if sys.platform == "qemu":
    n = [{{seed}}]
    def random(k):
        n[0] += 1
        return bytes([(n[0] * 37 + i * 11) & 255 for i in range(k)])
    lent = dict(now=lambda: {{now}}, random=random)
line = _uart.open()
def initiator(key={KEY!r}):
    return psk.Initiator(key, {ID_I!r}, {ID_R!r}, (SRTP(ssrc=0x11223344), SRTP()), **lent)
def responder(key={KEY!r}):
    replay = Replay(lent.get("now"), quarantine=0)
    return Responder((psk.Policy(lambda i, r: key),), id_r={ID_R!r}, replay=replay, **lent)
"""
CLIENT = HEAD + "print(umikey.connect(line, initiator(){options}).fingerprint())\n"
SERVER = (
    HEAD
    + """
from umikey.transport import serve
def on_sa(sa, who):
    print(sa.fingerprint())
print("listening")
serve(line, responder(), once={once}, linger_ms=200, on_sa=on_sa)
"""
)
ASYNC = (
    HEAD
    + """
import asyncio
from umikey.transport import aserve
async def main():
    if {once}:
        print("listening")
        print((await aserve(line, responder(), once=True, linger_ms=200)).fingerprint())
    else:
        print((await umikey.aconnect(line, initiator())).fingerprint())
asyncio.run(main())
"""
)


def code(text, **values):
    defaults = {"options": "", "once": True, "now": int(time.time()), "seed": os.getpid() % 250}
    return text.format(**defaults | values)


def test_device_to_peer(target, load, tmp_path):
    with target.session(load=load, uart=True) as s:
        with serve(tmp_path, "--serial", s.uart_path) as peer:
            got = s.run(code(CLIENT), 60).check().split()
            assert got == [peer.wait_for("established")["fingerprint"]]


def test_peer_to_device(target, load, tmp_path):
    with target.session(load=load, uart=True) as s:
        s.start(code(SERVER, once=False))
        assert s.read_line(30) == "listening"
        with initiate(tmp_path, f"serial:{s.uart_path}", "--rekey", 1, "--attempts", 3) as peer:
            assert peer.finish() == 0, peer.events
            assert [s.read_line(10) for _ in range(2)] == peer.fingerprints()


@pytest.mark.only("unix", "cpython")
def test_asyncio(target, load, tmp_path):
    with target.session(load=load, uart=True) as s:
        with serve(tmp_path, "--serial", s.uart_path) as peer:
            got = s.run(code(ASYNC, once=False), 30).check().split()
            assert got == [peer.wait_for("established")["fingerprint"]]
    with target.session(load=load, uart=True) as s:
        s.start(code(ASYNC, once=True))
        assert s.read_line() == "listening"
        with initiate(tmp_path, f"serial:{s.uart_path}", "--attempts", 3) as peer:
            fingerprint = peer.wait_for("established")["fingerprint"]
        assert s.finish().check().split() == [fingerprint]


def test_nobody_there(target, load):
    with target.session(load=load, uart=True) as s:
        result = s.run(code(CLIENT, options=", timeout_ms=300, retry_ms=50"), 60)
        assert "TransportError: no answer from the serial line" in result.error
        heard = os.read(s.uart_fd, 65536)
    frames = [frame for frame in heard.split(b"\xc0") if frame]
    assert len(set(frames)) == 1 and len(frames) == 3  # at 0, 50 and 150 ms


def test_noise_on_the_line(target, load, tmp_path):
    """Boot messages before the answer, and an answer of somebody else."""
    with target.session(load=load, uart=True) as s:
        with serve(tmp_path, "--serial", s.uart_path) as peer:
            wait = "print('ready')\nwhile not line.any():\n    pass\nprint("
            s.start(code(CLIENT).replace("print(", wait, 1))
            assert s.read_line(30) == "ready"
            noise = b"rst:0x1 (POWERON)\r\n"
            os.write(s.uart_fd, noise + b"\xc0\1\1\5\0" + bytes(40) + b"\xc0\xc0" + noise)
            got = s.finish().check().split()
            assert got == [peer.wait_for("established")["fingerprint"]]
