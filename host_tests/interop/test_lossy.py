"""Exchanges over a network that loses, doubles, delays and spoils datagrams, with restarts and
wrong clocks: every run ends with the same keys on both ends, or an error on the initiator's.

The network and all clocks are simulated and seeded: a run that fails can be run again by its seed.
"""

import heapq
import random
from collections import Counter as Tally

import pytest
import umikey_peer
from umikey import SRTP, Key, Responder, psk, store
from umikey.errors import AuthError, RemoteError, TransportError
from umikey.replay import Replay
from umikey.transport.client import Exchange
from umikey.transport.server import Answers
from umikey_peer.service import AnswerCache, Service

SEEDS = 400
NOW = 1_900_000_000
YEAR = 31_536_000
KEY = bytes(range(16))
LOSS = DOUBLE = DELAY = 0.3
SPOIL = 0.05


class Net:
    """Datagrams on their way, and the time in milliseconds."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.ms = 0
        self.count = 0
        self.way = []
        self.parties = {}

    def ticks(self):
        return self.ms

    def seconds(self):
        return NOW + self.ms / 1000

    def send(self, to, data, sender):
        dice = self.random.random
        for _ in range(1 + (dice() < DOUBLE)):
            if dice() < LOSS:
                continue
            copy = bytearray(data)
            if dice() < SPOIL:
                copy[self.random.randrange(len(copy))] ^= 1 << self.random.randrange(8)
            late = self.random.randrange(2000) if dice() < DELAY else 0
            self.count += 1  # datagrams of one millisecond come in the order of sending
            when = self.ms + self.random.randint(2, 40) + late
            heapq.heappush(self.way, (when, self.count, to, bytes(copy), sender))

    def run(self, until):
        """Deliver what comes until then; everybody's `turn` is called before and after."""
        while self.way and self.way[0][0] <= until:
            self.ms, _, to, data, sender = heapq.heappop(self.way)
            if to in self.parties:
                self.parties[to](data, sender)
        self.ms = max(self.ms, until)


class Client:
    """A device's initiator: `result` is its SA, or the error that ended it."""

    def __init__(self, net, name, engine, **options):
        self.net, self.name, self.engine = net, name, engine
        self.exchange = Exchange(engine, "board", ticks_ms=net.ticks, **options)
        self.result = None
        net.parties[name] = self.hear

    def turn(self):
        """Send what is due; returns when to look again."""
        try:
            if self.exchange.due():
                self.net.send("server", self.exchange.message, self.name)
        except (TransportError, AuthError, RemoteError) as e:
            self.end(e)
            return self.net.ms
        return self.net.ms + self.exchange.wait_ms()

    def hear(self, data, sender):
        if self.result is not None:
            return
        try:
            if self.exchange.hear(data, 0, len(data)):
                self.end(self.engine.sa)
            else:
                self.exchange.over()
        except RemoteError as e:
            assert e.peer_said
            self.end(e)

    def end(self, result):
        self.result = result
        del self.net.parties[self.name]


class Device:
    """The device's responder behind its transport. `sas`: all that it ever agreed, (CSB, print).

    memory: how it knows after a restart what it accepted before. "none": not at all, and it does
    not care, which the RFC forbids; the promise holds even so.
    """

    memories = ("none", "mark", "quarantine")

    def __init__(self, net, memory):
        self.net, self.memory = net, memory
        self.sas = []
        self.restart()
        net.parties["server"] = self.hear

    def restart(self):
        memory = self.memory
        replay = Replay(
            self.net.seconds,
            quarantine=0 if memory == "none" else None,
            mark=store.Mark("mark", 1) if memory == "mark" else None,
            counters=store.Counters("c"),
        )
        engine = Responder(
            (psk.Policy(lambda i, r: KEY),),
            "sip:b@x",
            now=self.net.seconds,
            random=self.net.random.randbytes,
            replay=replay,
        )
        self.answers = Answers(engine, on_sa=self.told, ticks_ms=self.net.ticks)

    def told(self, sa, who):
        self.sas.append((bytes(sa.csb_id), sa.fingerprint()))

    def hear(self, data, sender):
        self.answers.begin()
        self.answers.hear(data, 0, len(data), sender)
        self.answers.over(sender)
        answer = self.answers.take()
        if answer:
            self.net.send(sender, answer, "server")
        self.answers.tell(sender)


class Peer:
    """The desktop's responder, alone ("bare") or repeating its answers."""

    memories = ("bare", "mark", "fresh")

    def __init__(self, net, memory):
        self.net, self.memory = net, memory
        self.sas = []
        self.state = None
        self.restart()
        net.parties["server"] = self.hear

    def restart(self):
        # the first start was long ago; of a restart the replay cache remembers what it was given
        guard = umikey_peer.ReplayGuard(startup="off", now=self.net.seconds)
        if self.state:
            if self.memory == "mark":
                guard.load(self.state)
            else:
                guard = umikey_peer.ReplayGuard(now=self.net.seconds)
        self.responder = umikey_peer.Responder(
            [umikey_peer.Psk(KEY)],
            id_r="sip:b@x",
            now=self.net.seconds,
            random=self.net.random.randbytes,
            replay=guard,
        )
        cache = AnswerCache(monotonic=lambda: self.net.ms / 1000)
        if self.memory == "bare":
            cache = None
        self.service = Service(self.responder, emit=self.event, cache=cache)
        self.state = {}

    def event(self, event):
        if "fingerprint" in event:
            self.sas.append((bytes.fromhex(event["csb_id"]), event["fingerprint"]))

    def hear(self, data, sender):
        answer = self.service.receive(data, sender, "udp")
        self.state = self.responder.replay.dump()
        if answer:
            self.net.send(sender, answer, "server")


def play(net, server, clients, restarts):
    """Run until every client has ended."""
    restarts = list(restarts)
    while any(c.result is None for c in clients):
        turns = [c.turn() for c in clients if c.result is None]
        ends = [t for t in turns if t > net.ms] + restarts[:1]
        if net.way:
            ends.append(net.way[0][0])
        if not ends:
            continue
        net.run(min(ends))
        if restarts and net.ms >= restarts[0]:
            restarts.pop(0)
            server.restart()


def initiator(net, skew, counter):
    options = {"ts_type": net.random.choice((0, 3))}
    if counter:
        options = {"ts_type": 2, "counter": counter}
    me = psk.Initiator(
        KEY,
        f"sip:cam{net.random.randrange(100)}@x",
        "sip:b@x",
        (SRTP(ssrc=net.random.getrandbits(32)), SRTP()),
        now=lambda: net.seconds() + skew,
        random=net.random.randbytes,
        **options,
    )
    return me


def check(client, server, wrong_clock):
    """The promise; returns what became of it in a word."""
    result = client.result
    if isinstance(result, Exception):
        assert isinstance(result, (TransportError, AuthError, RemoteError)), repr(result)
        word = "peer said" if getattr(result, "peer_said", False) else type(result).__name__
        return word
    assert not wrong_clock, "an exchange with a clock a year off"
    assert (bytes(result.csb_id), result.fingerprint()) in server.sas
    # whatever the server agreed for this CSB last is what the initiator has
    last = [fp for csb, fp in server.sas if csb == bytes(result.csb_id)][-1]
    assert last == result.fingerprint()
    return "keys"


class Files(dict):
    """A board's file system, for `store`."""

    def open(self, path, mode):
        if mode != "wb" and path not in self:
            raise OSError(2)
        return _File(self, path)


class _File:
    def __init__(self, files, path):
        self.files, self.path = files, path

    def __enter__(self):
        return self

    def __exit__(self, *how):
        pass

    def read(self, n):
        return self.files[self.path][:n]

    def write(self, data):
        self.files[self.path] = bytes(data)


@pytest.fixture(scope="module")
def tally():
    counts = Tally()
    yield counts
    print("\nlossy network:", dict(counts))


BATCH = 25


@pytest.mark.parametrize("kind", (Device, Peer))
@pytest.mark.parametrize("batch", range(SEEDS // BATCH))
def test_same_keys_or_an_error(kind, batch, tally, monkeypatch):
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        monkeypatch.setattr(store, "open", Files().open, raising=False)
        net = Net(seed)
        dice = net.random
        server = kind(net, dice.choice(kind.memories))
        net.ms += 300_000
        wrong_clock = dice.random() < 0.2
        skew = dice.choice((-YEAR, YEAR)) if wrong_clock else dice.choice((0, 0, -20, 20))
        counter = store.Counter("n", 4) if not wrong_clock and dice.random() < 0.2 else None
        clients = [
            Client(net, f"client {i}", initiator(net, skew, counter), attempts=attempts)
            for i, attempts in enumerate(dice.choices((1, 2, 3), k=dice.choice((1, 2))))
        ]
        start = net.ms
        restarts = [start + dice.randrange(4000)] if dice.random() < 0.4 else []
        play(net, server, clients, restarts)
        for client in clients:
            word = check(client, server, wrong_clock)
            tally[f"{kind.__name__}: {word}"] += 1
            if word == "keys" and dice.random() < 0.5:
                tally[f"{kind.__name__}: update {rekey(net, server, client)}"] += 1


def rekey(net, server, before):
    """An update of the keys, over the same network."""
    me = before.engine
    old = before.result.fingerprint()
    key = Key(tgk=net.random.randbytes(16))
    start = lambda buf: me.update(buf, keys=(key,))  # noqa: E731
    client = Client(net, before.name, me, start=start, attempts=2)
    play(net, server, [client], [])
    word = check(client, server, False)
    if word == "keys":
        assert client.result.fingerprint() != old
    else:
        # the old keys stay what they were; whether the server has the new ones is not known
        assert before.result.fingerprint() == old
    return word


@pytest.mark.parametrize("kind", (Device, Peer))
def test_perfect_network(kind, monkeypatch):
    for name in ("LOSS", "DOUBLE", "DELAY", "SPOIL"):
        monkeypatch.setitem(globals(), name, 0)
    monkeypatch.setattr(store, "open", Files().open, raising=False)
    net = Net(1)
    server = kind(net, "mark")
    client = Client(net, "client", initiator(net, 0, None))
    play(net, server, [client], [])
    assert check(client, server, False) == "keys"
    assert rekey(net, server, client) == "keys"


def test_most_runs_succeed(tally):
    """Against a tally of nothing but errors, which the promise alone would allow."""
    for kind in ("Device", "Peer"):
        words = [w for w in tally if w.startswith(kind + ": ") and "update" not in w]
        total = sum(tally[w] for w in words)
        if total:
            assert tally[kind + ": keys"] > total // 2, dict(tally)
