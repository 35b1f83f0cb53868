"""UDP and TCP over the port's own sockets: client and server as tasks of one asyncio program."""

import sys

from check import done, eq, ok, skip
from umikey import SRTP, Responder, aconnect, connect, psk
from umikey.errors import LocalError, TransportError, UmikeyError
from umikey.replay import Replay
from umikey.transport import aserve, serve, split

for url, want in (
    ("udp://192.0.2.1", ("udp", "192.0.2.1", None)),
    ("tcp://cam.example:99", ("tcp", "cam.example", 99)),
    ("udp://[2001:db8::1]", ("udp", "2001:db8::1", None)),
    ("tcp://[2001:db8::1]:7", ("tcp", "2001:db8::1", 7)),
    ("uart://1", ("uart", "1", None)),
    ("uart://1:9600", ("uart", "1", 9600)),
    ("uart:///dev/ttyUSB0", ("uart", "/dev/ttyUSB0", None)),
):
    eq(url, split(url), want)
for url in ("192.0.2.1", "udp://", "http://x", "udp://x:y", ""):
    try:
        split(url)
        ok("no address: " + url, False)
    except LocalError:
        ok("no address: " + url, True)

KEY = b"0123456789abcdef"
NOW = 1900000000
ONCE = {"once": True, "linger_ms": 100}


def initiator(key=KEY, verify=True):
    return psk.Initiator(key, "sip:a@x", "sip:b@x", (SRTP(ssrc=1),), verify=verify, now=lambda: NOW)


def responder():
    replay = Replay(lambda: NOW, quarantine=0, size=8)
    return Responder((psk.Policy(lambda i, r: KEY),), "sip:b@x", now=lambda: NOW, replay=replay)


def here(scheme):
    """An address on this machine that nobody uses."""
    import os

    n = int.from_bytes(os.urandom(2), "big")
    return "%s://127.0.0.1:%d" % (scheme, 20000 + n % 12000)


def refused(name, url, text, **opt):
    try:
        connect(url, initiator(), **opt)
        ok(name, False)
    except TransportError as e:
        ok(name + ": " + str(e), text in str(e))


async def pair(name, scheme, me=None, **opt):
    url = here(scheme)
    told = []
    server = asyncio.create_task(
        aserve(url, responder(), on_sa=lambda sa, who: told.append(who), **ONCE, **opt)
    )
    await asyncio.sleep(0)
    mine = await aconnect(url, me or initiator(), **opt)
    theirs = await server
    eq(name, mine.fingerprint(), theirs.fingerprint())
    eq(name + ": told once", len(told), 1)


async def noise(scheme):
    """Octets that are no MIKEY, silence, and strangers' keys do not stop a server."""
    url = here(scheme)
    errors = []
    opt = {"timeout_ms": 150} if scheme == "tcp" else {}
    server = asyncio.create_task(
        aserve(url, responder(), on_error=lambda e, who: errors.append(e), **opt)
    )
    await asyncio.sleep(0)
    address = socket.getaddrinfo("127.0.0.1", split(url)[2])[0][-1]
    kind = socket.SOCK_STREAM if scheme == "tcp" else socket.SOCK_DGRAM
    for data in (b"GET / HTTP/1.0\r\n\r\n", b"\1\0", bytes(700), b"\1\0\5\x80" + b"\xff" * 60):
        s = socket.socket(socket.AF_INET, kind)
        s.connect(address)
        s.send(data)
        await asyncio.sleep(0.03)
        s.close()
    silent = socket.socket(socket.AF_INET, kind)
    silent.connect(address)
    try:
        await aconnect(url, initiator(b"another key here"), timeout_ms=400)
        ok(scheme + ": another key", False)
    except UmikeyError as e:
        ok(scheme + ": another key", "authentication failure" in str(e))
    sa = await aconnect(url, initiator(), timeout_ms=2000)
    ok(scheme + ": served after noise", sa)
    silent.close()
    ok(scheme + ": errors told", len(errors) >= 4)
    server.cancel()
    try:
        await server
    except asyncio.CancelledError:
        pass
    # its socket is free again
    again = asyncio.create_task(aserve(url, responder(), **ONCE))
    await asyncio.sleep(0.05)
    ok(scheme + ": socket freed", await aconnect(url, initiator()))
    await again


async def together():
    """Other tasks run while the transport waits."""
    n = [0]

    async def count():
        while True:
            n[0] += 1
            await asyncio.sleep(0.01)

    task = asyncio.create_task(count())
    try:
        await aconnect(here("udp"), initiator(), timeout_ms=300)
    except TransportError:
        pass
    task.cancel()
    ok("other tasks ran %d times" % n[0], n[0] > 8)


async def one_way():
    url = here("tcp")
    server = asyncio.create_task(aserve(url, responder(), **ONCE))
    await asyncio.sleep(0)
    mine = await aconnect(url, initiator(verify=False))
    eq("one way", mine.fingerprint(), (await server).fingerprint())


async def taken(scheme):
    url = here(scheme)
    first = asyncio.create_task(aserve(url, responder()))
    await asyncio.sleep(0.02)
    try:
        serve(url, responder(), once=True)
        ok("address in use", False)
    except TransportError as e:
        ok("address in use: " + str(e), "in use" in str(e))
    first.cancel()
    try:
        await first
    except asyncio.CancelledError:
        pass


async def main():
    for scheme in ("udp", "tcp"):
        await pair(scheme, scheme)
        await noise(scheme)
        await taken(scheme)
    await pair("tcp with lengths", "tcp", prefixed=True)
    await pair("tcp, one octet at a time", "tcp", size=1)
    await pair("tcp, lengths, one octet", "tcp", prefixed=True, size=1)
    await one_way()
    await together()


try:
    import asyncio
    import socket
except ImportError:
    if sys.platform != "qemu":
        raise
    skip("sockets", "this port has neither socket nor asyncio")
    try:
        import asyncio
    except ImportError:
        steps = aconnect(type("S", (), {"any": lambda self: 0})(), initiator())
        try:
            steps.send(None)
            ok("no asyncio", False)
        except LocalError as e:
            ok("no asyncio: " + str(e), "asyncio" in str(e))
else:
    refused("udp, nobody", here("udp"), "refused", timeout_ms=300)
    refused("tcp, nobody", here("tcp"), "refused")
    refused("tcp, twice", here("tcp"), "refused", attempts=2)
    asyncio.run(main())

done()
