"""The device's transports over real sockets: to the desktop program, from it, between devices."""

import socket

import pytest
from peer_program import ID_I, ID_R, KEY, initiate, serve

HEAD = f"""
import umikey
from umikey import psk, SRTP, Responder
from umikey.replay import Replay
def initiator(key={KEY!r}):
    return psk.Initiator(key, {ID_I!r}, {ID_R!r}, (SRTP(ssrc=0x11223344), SRTP()))
def responder(key={KEY!r}):
    policy = psk.Policy(lambda i, r: key)
    return Responder((policy,), id_r={ID_R!r}, replay=Replay(quarantine=0))
"""
CLIENT = HEAD + "print(umikey.connect({url!r}, initiator(){options}).fingerprint())\n"
ASYNC_CLIENT = (
    HEAD
    + """
import asyncio
async def main():
    print((await umikey.aconnect({url!r}, initiator(){options})).fingerprint())
asyncio.run(main())
"""
)
SERVER = (
    HEAD
    + """
from umikey.transport import serve
def on_sa(sa, who):
    print(sa.fingerprint())
def on_error(e, who):
    print("!", e)
print("listening")
serve({url!r}, responder(), once={once}, linger_ms=300, on_sa=on_sa, on_error=on_error)
"""
)
ASYNC_SERVER = (
    HEAD
    + """
import asyncio
from umikey.transport import aserve
async def main():
    print("listening")
    sa = await aserve({url!r}, responder(), once={once}, linger_ms=300)
    print(sa.fingerprint())
asyncio.run(main())
"""
)

pytestmark = pytest.mark.only("unix", "cpython")


def free(scheme, host="127.0.0.1"):
    """The address of a port that is free now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    kind = socket.SOCK_DGRAM if scheme == "udp" else socket.SOCK_STREAM
    try:
        with socket.socket(family, kind) as s:
            s.bind((host, 0))
            port = s.getsockname()[1]
    except OSError as e:
        pytest.skip(f"no {host} here: {e}")
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def where(url):
    """The same address for `umikey-peer`: serve's options take host:port, initiate a scheme too."""
    return url.split("://")[1]


def run(session, code, timeout=30, **values):
    return session.run(code.format(**{"options": ""} | values), timeout).check().split()


@pytest.mark.every_load
@pytest.mark.parametrize("code", (CLIENT, ASYNC_CLIENT), ids=("blocking", "asyncio"))
@pytest.mark.parametrize("scheme", ("udp", "tcp"))
def test_device_to_peer(target, load, scheme, code, tmp_path):
    with serve(tmp_path, f"--{scheme}", "127.0.0.1:0") as peer, target.session(load=load) as s:
        got = run(s, code, url=getattr(peer, scheme))
        assert got == [peer.wait_for("established")["fingerprint"]]


@pytest.mark.parametrize("scheme", ("udp", "tcp"))
def test_ipv6(target, load, scheme, tmp_path):
    url = free(scheme, "::1")
    with serve(tmp_path, f"--{scheme}", where(url)) as peer, target.session(load=load) as s:
        assert run(s, CLIENT, url=url) == [peer.wait_for("established")["fingerprint"]]


def test_tcp_with_lengths(target, load, tmp_path):
    with (
        serve(tmp_path, "--tcp", "127.0.0.1:0", "--tcp-prefix") as peer,
        target.session(load=load) as s,
    ):
        got = run(s, CLIENT, url=peer.tcp, options=", prefixed=True")
        assert got == [peer.wait_for("established")["fingerprint"]]
        # without them the peer takes the message's first octets for a length, and waits
        result = s.run(CLIENT.format(url=peer.tcp, options=", timeout_ms=500"), 30)
        assert "TransportError" in result.error and "no answer" in result.error


def test_peer_that_starts_late(target, load, tmp_path):
    url = free("udp")
    with target.session(load=load) as s:
        s.start(CLIENT.format(url=url, options=", attempts=4"))
        with pytest.raises(TimeoutError):
            s.read_line(0.8)  # by now it was refused once
        with serve(tmp_path, "--udp", where(url)) as peer:
            assert s.read_line(20) == peer.wait_for("established")["fingerprint"]


@pytest.mark.parametrize("scheme", ("udp", "tcp"))
def test_nobody_there(target, load, scheme):
    with target.session(load=load) as s:
        result = s.run(CLIENT.format(url=free(scheme), options=", timeout_ms=400"), 30)
    assert "TransportError" in result.error and "connection refused" in result.error


def test_another_key(target, load, tmp_path):
    with serve(tmp_path, "--udp", "127.0.0.1:0", key=bytes(16)) as peer:
        with target.session(load=load) as s:
            result = s.run(CLIENT.format(url=peer.udp, options=", timeout_ms=600"), 30)
        assert "authentication failure" in result.error
        assert not peer.fingerprints()


@pytest.mark.parametrize("code", (SERVER, ASYNC_SERVER), ids=("blocking", "asyncio"))
@pytest.mark.parametrize("scheme", ("udp", "tcp"))
def test_peer_to_device(target, load, scheme, code, tmp_path):
    url = free(scheme)
    with target.session(load=load) as s:
        s.start(code.format(url=url, once=True))
        assert s.read_line() == "listening"
        with initiate(tmp_path, f"{scheme}:{where(url)}", "--attempts", 3) as peer:
            fingerprint = peer.wait_for("established")["fingerprint"]
            assert peer.finish() == 0
        assert s.finish().check().split() == [fingerprint]


@pytest.mark.parametrize("scheme", ("udp", "tcp"))
def test_peer_updates_the_device(target, load, scheme, tmp_path):
    url = free(scheme)
    with target.session(load=load) as s:
        s.start(SERVER.format(url=url, once=False))
        assert s.read_line() == "listening"
        with initiate(tmp_path, f"{scheme}:{where(url)}", "--rekey", 2, "--attempts", 3) as peer:
            assert peer.finish() == 0
            fingerprints = peer.fingerprints()
        assert len(set(fingerprints)) == 3
        assert [s.read_line() for _ in fingerprints] == fingerprints


@pytest.mark.parametrize("scheme", ("udp", "tcp"))
def test_two_devices(target, load, scheme):
    url = free(scheme)
    with target.session(load=load) as server, target.session(load=load) as client:
        server.start(SERVER.format(url=url, once=True))
        assert server.read_line() == "listening"
        got = run(client, CLIENT, url=url, options=", attempts=3")
        assert server.finish().check().split() == got
