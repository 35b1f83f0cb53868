"""UDP, TCP and serial lines on this machine: servers, clients, retransmission, noise."""

import os
import pty
import socket
import threading
import time
from contextlib import contextmanager

import pytest
from peer_world import ALICE, BOB, KEY
from umikey_peer import Initiator, Psk, ReplayGuard, Responder, SrtpPolicy, Stream
from umikey_peer.extensions import vendor_id
from umikey_peer.header import Header
from umikey_peer.message import Message
from umikey_peer.payloads import Err, Kemac
from umikey_peer.service import AnswerCache, Service
from umikey_peer.transport.client import NoAnswer, Patience
from umikey_peer.transport.loop import Loop
from umikey_peer.transport.tcp import Framer, TcpClient, TcpServer, framed, open_tcp
from umikey_peer.transport.uart import Line, Slip, UartClient, UartServer
from umikey_peer.transport.udp import UdpClient, UdpServer, open_udp

QUICK = Patience(first=0.1, total=1.0, after_hint=0.2)


def initiator(**options):
    options = {"streams": (Stream(0x11111111), Stream()), **options}
    return Initiator(Psk(KEY), id_i=ALICE, id_r=BOB, **options)


class Running:
    """A server in a thread."""

    def __init__(self, make, cache=True, **options):
        self.events = []
        self.loop = Loop()
        options.setdefault("error_burst", 1000)
        responder = Responder([Psk(KEY, ALICE)], id_r=BOB, **options)
        self.service = Service(responder, self.events.append, AnswerCache() if cache else None)
        self.server = make(self.loop, self.service)
        self.thread = threading.Thread(target=self.loop.run, daemon=True)
        self.thread.start()

    def kinds(self):
        return [event["event"] for event in self.events]

    def wait(self, count, seconds=3.0):
        end = time.monotonic() + seconds
        while len(self.events) < count and time.monotonic() < end:
            time.sleep(0.005)
        return self.kinds()


@contextmanager
def running(make, **options):
    run = Running(make, **options)
    try:
        yield run
    finally:
        run.loop.stop()
        run.thread.join(2)
        run.server.close()
        run.loop.close()


def udp(loop, service):
    return UdpServer(loop, service, open_udp("127.0.0.1", 0))


def tcp(loop, service):
    return TcpServer(loop, service, open_tcp("127.0.0.1", 0))


def tcp_prefix(loop, service):
    return TcpServer(loop, service, open_tcp("127.0.0.1", 0), prefix=True)


@pytest.mark.parametrize(
    "make,client", [(udp, UdpClient), (tcp, TcpClient), (tcp_prefix, TcpClient)]
)
def test_an_exchange_and_updates(make, client):
    with running(make) as run:
        extra = (True,) if make is tcp_prefix else ()
        way = client(*run.server.address, *extra)
        me = initiator()
        assert way.exchange(me, QUICK).kind == "established"
        for _ in range(3):
            assert way.exchange(me, QUICK, me.update).kind == "updated"
        assert way.exchange(initiator(verify=False), QUICK).ok
        way.close()
        assert run.wait(5) == ["established"] + 3 * ["updated"] + ["established"]
        assert run.events[3]["fingerprint"] == me.sa.fingerprint()


@pytest.mark.parametrize("make,client", [(udp, UdpClient), (tcp, TcpClient)])
def test_a_wrong_key_gives_a_hint_and_no_long_wait(make, client):
    with running(make) as run:
        way = client(*run.server.address)
        me = Initiator(Psk(b"not the key!"), id_i=ALICE, id_r=BOB, streams=(Stream(1),))
        begin = time.monotonic()
        with pytest.raises(NoAnswer) as caught:
            way.exchange(me, Patience(after_hint=0.1))
        way.close()
        assert caught.value.hint == 0 and "authentication failure" in str(caught.value)
        assert time.monotonic() - begin < 2


def test_an_authenticated_error_ends_the_exchange():
    with running(udp, accept=lambda policy: policy.key_length == 16) as run:
        way = UdpClient(*run.server.address)
        me = initiator(streams=(Stream(1, policy=SrtpPolicy.aes_cm(32)),))
        outcome = way.exchange(me, QUICK)
        way.close()
        assert outcome.kind == "failed" and me.error.number == 10 and me.error.policies


def test_nobody_there():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        address = free.getsockname()
    way = UdpClient(*address)
    with pytest.raises(NoAnswer):
        way.exchange(initiator(), Patience(first=0.05, total=0.3))
    way.close()
    with pytest.raises(OSError):
        TcpClient(*address).exchange(initiator(), QUICK)


def test_retransmissions_have_the_same_octets_and_back_off_and_an_attempt_is_new():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.settimeout(0.2)
        way = UdpClient(*deaf.getsockname())
        with pytest.raises(NoAnswer):
            way.exchange(initiator(), Patience(first=0.1, factor=2, total=0.5, attempts=2))
        way.close()
        got = []
        while True:
            try:
                got.append(deaf.recv(2000))
            except TimeoutError:
                break
    # sent at 0, 0.1, 0.3 s; then anew
    assert len(got) == 6 and len(set(got)) == 2 and got[0] == got[1] == got[2]
    first, second = Message.decode(got[0]), Message.decode(got[3])
    assert first.payloads[0] != second.payloads[0]
    assert first.header.csb_id != second.header.csb_id


@pytest.mark.parametrize("cache,answers,events", [(True, 3, ["retransmission"] * 2),
                                                  (False, 1, ["discarded"] * 2)])  # fmt: skip
def test_a_retransmitted_message_gets_the_same_answer(cache, answers, events):
    with running(udp, cache=cache) as run:
        way = UdpClient(*run.server.address)
        octets = initiator().start()
        got = []
        for _ in range(3):
            way.send(octets)
            got.append(way.receive(0.3))
        assert len({answer for answer in got if answer}) == 1
        assert sum(answer is not None for answer in got) == answers
        assert run.wait(3) == ["established", *events]
        elsewhere = UdpClient(*run.server.address)
        elsewhere.send(octets)  # a replay from another port
        assert elsewhere.receive(0.2) is None and run.wait(4)[3] == "discarded"
        elsewhere.close()
        way.close()


def test_the_cache_of_answers_is_bounded_in_time_and_number():
    now = [0.0]
    cache = AnswerCache(seconds=10, limit=3, monotonic=lambda: now[0])
    for i in range(5):
        cache.put("a", bytes([i]), b"answer %d" % i)
    assert cache.count == 3 and cache.get("a", b"\0") is None
    assert cache.get("a", b"\4") == b"answer 4" and cache.get("b", b"\4") is None
    now[0] = 11
    assert cache.get("a", b"\4") is None
    cache.put("a", b"x", b"y")
    assert cache.count == 1


def test_tcp_takes_any_chunking():
    with running(tcp) as run:
        me = initiator()
        octets = me.start()
        for size in (1, 7, 100):
            me = initiator()
            octets = me.start()
            with socket.create_connection(run.server.address) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for i in range(0, len(octets), size):
                    connection.sendall(octets[i : i + size])
                    if size > 1:
                        time.sleep(0.002)
                answer = b""
                while chunk := connection.recv(4096):
                    answer += chunk
            assert me.feed(answer).ok


@pytest.mark.parametrize("octets", [b"", b"GET / HTTP/1.0\r\n\r\n", b"\1", b"\1\0\x63" + bytes(7)])
def test_tcp_closes_on_nonsense(octets):
    with running(tcp) as run, socket.create_connection(run.server.address, timeout=3) as connection:
        connection.sendall(octets)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(4096):
            answer += chunk
        assert not answer or answer[1] == 6


def test_tcp_connections_are_limited_and_idle_ones_dropped(monkeypatch):
    from umikey_peer.transport import tcp as module

    monkeypatch.setattr(module, "CONNECTION_SECONDS", 0.3)
    monkeypatch.setattr(module, "MAX_CONNECTIONS", 3)
    with running(tcp) as run:
        idle = [socket.create_connection(run.server.address, timeout=3) for _ in range(5)]
        assert all(connection.recv(10) == b"" for connection in idle)
        for connection in idle:
            connection.close()
        way = TcpClient(*run.server.address)
        assert way.exchange(initiator(), QUICK).ok


def test_the_framer_is_linear_and_ends_at_what_cannot_be_a_message():
    big = Message(Header(0, 1), (Kemac(1, bytes(60000), 0),)).encode()
    framer = Framer()
    begin = time.monotonic()
    assert all(framer.feed(big[i : i + 1]) is None for i in range(len(big) - 1))
    assert framer.feed(big[-1:]) == big and time.monotonic() - begin < 3
    many = Message(Header(6, 1), (Err(0),) * 250).encode()
    framer = Framer()
    assert [framer.feed(many[i : i + 1]) for i in range(len(many))][-1] == many
    assert Framer().feed(b"\2") == b"\2"
    framer = Framer(prefix=True)
    assert framer.feed(framed(b"abc", True)[:2]) is None and framer.feed(b"abc") == b"abc"


@contextmanager
def serial_pair():
    """A pseudo terminal: our end as a file descriptor, the other by name, as a board's port."""
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    try:
        yield master, name
    finally:
        for fd in (master, slave):
            try:
                os.close(fd)
            except OSError:
                pass


def test_serial_exchanges_amid_noise():
    with serial_pair() as (master, name):
        board = Line(master)
        with running(lambda loop, service: UartServer(loop, service, Line(name))) as run:
            os.write(master, b"MicroPython v1.25.0\r\n>>> \xc0\xdb\x01\xc0\xc0")
            way = UartClient(board)
            me = initiator()
            assert way.exchange(me, QUICK).kind == "established"
            os.write(master, b"text between frames\r\n")
            assert way.exchange(me, QUICK, me.update).kind == "updated"
            assert me.sa.fingerprint() == run.events[-1]["fingerprint"]
            assert run.events[-1]["transport"] == "serial"
            # every octet value passes the line
            everything = vendor_id(bytes(range(256)) * 2)
            outcome = way.exchange(me, QUICK, lambda: me.update(extensions=(everything,)))
            assert outcome.sa.extensions == (everything,)


def test_a_serial_line_that_goes_away_is_told():
    gone = threading.Event()
    read, write = os.pipe()

    def make(loop, service):
        return UartServer(loop, service, Line(read), gone.set)

    with running(make):
        os.close(write)
        assert gone.wait(2)
    os.close(read)


def test_slip_bounds_an_endless_frame_and_recovers():
    slip = Slip()
    assert slip.feed(slip.encode(b"one") + slip.encode(b"\xc0\xdb\xdc\xdd")) == [
        b"one",
        b"\xc0\xdb\xdc\xdd",
    ]
    for _ in range(300):
        assert slip.feed(b"x" * 1000) == []
    assert len(slip._driver._recv_buffer) <= 140_000
    slip.feed(b"\xc0")
    assert slip.feed(slip.encode(b"two")) == [b"two"]
    assert slip.feed(b"\xdb\x01\xc0" + slip.encode(b"three")) == [b"three"]


def protected(sa, payload=b"hello", seq=1, index=0):
    """An SRTP packet that a board would send."""
    pylibsrtp = pytest.importorskip("pylibsrtp")
    from umikey_peer.srtp import export

    session = pylibsrtp.Session(policy=export(sa[index], outbound=True))
    head = b"\x80\x00" + seq.to_bytes(2, "big") + bytes(4) + sa[index].ssrc.to_bytes(4, "big")
    return session.protect(head + payload)


POLICIES = [SrtpPolicy(), SrtpPolicy.aes_cm(16, 4), SrtpPolicy.aes_gcm(16), SrtpPolicy.aes_gcm(32)]


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_srtp_packets_of_an_association_are_opened(policy):
    with running(udp) as run:
        way = UdpClient(*run.server.address)
        me = initiator(streams=(Stream(0x11111111, policy=policy), Stream(policy=policy)))
        way.exchange(me, QUICK)
        packet = protected(me.sa)
        way.send(packet)
        way.send(packet)  # libsrtp discards a replay
        way.send(protected(me.sa, b"spoiled", 2)[:-1] + b"?")
        way.send(protected(me.sa, b"other", index=1))
        way.send(b"\x80" + bytes(7) + b"\xde\xad\xbe\xef" + bytes(20))
        run.wait(6)
        way.close()
        events = [event for event in run.events if event["event"] == "srtp"]
        assert [event["ok"] for event in events] == [True, False, False, True, False]
        assert events[0]["payload_hex"] == b"hello".hex() and events[0]["ssrc"] == "11111111"
        assert "deadbeef" in events[4]["reason"]


def test_srtp_with_an_mki_and_after_a_rekey():
    with running(udp) as run:
        way = UdpClient(*run.server.address)
        me = initiator(mki=b"\0\0\0\x2a")
        way.exchange(me, QUICK)
        packet = protected(me.sa)
        way.send(packet[:-10] + b"\0\0\0\x2a" + packet[-10:])
        way.send(protected(me.sa, b"without", 2))
        way.exchange(me, QUICK, me.update)
        way.send(protected(me.sa, b"new key", 3))
        run.wait(5)
        way.close()
        events = [event for event in run.events if event["event"] == "srtp"]
        assert [event["ok"] for event in events] == [True] * 3


def test_without_pylibsrtp_the_reason_is_clear(monkeypatch):
    import sys

    me = initiator(verify=False)
    me.start()
    service = Service(Responder(), (events := []).append)
    service.opener.add(me.sa)
    monkeypatch.setitem(sys.modules, "pylibsrtp", None)
    service.receive(b"\x80" + bytes(7) + b"\x11" * 4 + bytes(20), "a:1", "udp")
    assert events[0]["ok"] is False and "pip install" in events[0]["reason"]


def test_a_policy_that_libsrtp_lacks_is_told():
    from umikey_peer import LocalError
    from umikey_peer.srtp import export

    pytest.importorskip("pylibsrtp")
    for policy in (SrtpPolicy.aes_cm(32), SrtpPolicy.of({6: 2}), SrtpPolicy.aes_cm(16, 12)):
        me = initiator(streams=(Stream(1, policy=policy),), verify=False)
        me.start()
        with pytest.raises(LocalError):
            export(me.sa[0])


def test_a_guard_of_its_own_may_be_given():
    guard = ReplayGuard(startup="strict")
    assert Responder(replay=guard).replay is guard
