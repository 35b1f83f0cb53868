"""Client and server on a line in memory, with a clock of its own: losses, forgeries, deadlines."""

import gc

from check import done, eq, ok, raises
from umikey import SRTP, Responder, psk
from umikey.errors import AuthError, LocalError, NoClock, RemoteError, TransportError
from umikey.replay import Replay
from umikey.transport import uart, uart_server
from umikey.transport.client import Exchange
from umikey.transport.server import Answers

KEY = b"0123456789abcdef"
NOW = 1900000000


class Clock:
    """Milliseconds that pass when everybody waits."""

    ms = 0

    def __call__(self):
        return self.ms


class End:
    """One end of the line. `bend`: function frame -> frames that reach the other end."""

    def __init__(self, clock, bend=None):
        self.clock = clock
        self.bend = bend
        self.other = None
        self.here = b""
        self.frame = b""
        self.sent = []  # (when, frame)

    def any(self):
        return len(self.here)

    def readinto(self, buf):
        n = min(len(buf), len(self.here))
        buf[:n] = self.here[:n]
        self.here = self.here[n:]
        return n or None

    def write(self, data):
        self.frame += bytes(data)
        if len(self.frame) > 1 and self.frame[-1] == 192:
            self.sent.append((self.clock.ms, self.frame))
            for frame in self.bend(self.frame) if self.bend else (self.frame,):
                self.other.here += frame
            self.frame = b""
        return len(data)


def line(bend_i=None, bend_r=None):
    clock = Clock()
    a = End(clock, bend_i)
    b = End(clock, bend_r)
    a.other, b.other = b, a
    return clock, a, b


count = [0]


def random(n):
    count[0] += 1
    return bytes([(count[0] * 29 + i * 7 + 1) & 255 for i in range(n)])


def initiator(key=KEY, **opt):
    streams = (SRTP(ssrc=0x11223344),)
    opt.setdefault("verify", True)
    return psk.Initiator(key, "sip:a@x", "sip:b@x", streams, now=lambda: NOW, random=random, **opt)


def responder(key=KEY, **opt):
    replay = Replay(lambda: NOW, quarantine=0, size=4)
    policy = psk.Policy(lambda i, r: key)
    return Responder(
        (policy,), id_r="sip:b@x", now=lambda: NOW, random=random, replay=replay, **opt
    )


def run(me, srv, clock, a, b, once=False, **opt):
    """-> (the client's SA or error, the SAs that the server told of, its errors)."""
    sas = []
    errors = []
    client = uart._steps(Exchange(me, "line", ticks_ms=clock, **opt), a, 999)
    server = None
    if srv:
        answers = Answers(
            srv,
            once=once,
            on_sa=lambda sa, who: sas.append(sa),
            on_error=lambda e, who: errors.append(e),
            ticks_ms=clock,
        )
        server = uart_server._steps(answers, b, 999)
    result = None
    while result is None:
        if server and next(server, None) is None:
            server = None
        try:
            next(client)
        except StopIteration:
            result = me.sa
        except (LocalError, RemoteError, AuthError, TransportError) as e:
            result = e
        clock.ms += 50
    while once and server and next(server, None) is not None:
        clock.ms += 50
    gc.collect()
    return result, sas, errors


def alike(name, result, sas):
    ok(name, len(sas) == 1 and not isinstance(result, Exception))
    if len(sas) == 1 and not isinstance(result, Exception):
        eq(name + ": keys", result.fingerprint(), sas[0].fingerprint())


# Nothing goes wrong.
clock, a, b = line()
result, sas, errors = run(initiator(), responder(), clock, a, b)
alike("clean", result, sas)
eq("one message each", (len(a.sent), len(b.sent), errors), (1, 1, []))


# Losses.
def losing(which):
    n = [0]

    def bend(frame):
        n[0] += 1
        return () if n[0] in which else (frame,)

    return bend


clock, a, b = line(losing((1, 2)))
result, sas, errors = run(initiator(), responder(), clock, a, b)
alike("message lost twice", result, sas)
eq("the same octets", a.sent[0][1] == a.sent[1][1] == a.sent[2][1], True)
eq("when", [t for t, f in a.sent], [0, 500, 1500])

clock, a, b = line(None, losing((1, 2)))
result, sas, errors = run(initiator(), responder(), clock, a, b)
alike("answer lost twice", result, sas)
eq("the same answer", b.sent[0][1] == b.sent[1][1] == b.sent[2][1], True)
eq("no error", errors, [])

clock, a, b = line(lambda f: (f, f, f), lambda f: (f, f))
result, sas, errors = run(initiator(), responder(), clock, a, b)
alike("everything twice", result, sas)

# The program of the server ends after one exchange, but not before the answer has got through.
clock, a, b = line(None, losing((1,)))
result, sas, errors = run(initiator(), responder(), clock, a, b, once=True)
alike("once", result, sas)

# A line with a console on it.
clock, a, b = line(lambda f: (b"MPY: soft reboot\r\n", f, b">>> "), lambda f: (b"\r\n", f))
result, sas, errors = run(initiator(), responder(), clock, a, b)
alike("console", result, sas)
eq("no answer to text", len(b.sent), 1)


# Forged, broken and foreign answers come first; the true one still counts.
def before(*frames):
    return lambda f: [make(f) for make in frames] + [f]


def flipped(at):
    return lambda f: f[:at] + bytes((f[at] ^ 1,)) + f[at + 1 :]


clock, a, b = line(None, before(flipped(-5), lambda f: f[:-9] + b"\xc0", lambda f: b"\xc0\1\xc0"))
result, sas, errors = run(initiator(), responder(), clock, a, b)
alike("forged before", result, sas)
eq("no retransmission", len(a.sent), 1)
clock, a, b = line(None, before(flipped(7), flipped(3), flipped(2)))
result, sas, errors = run(initiator(), responder(), clock, a, b)
alike("foreign before", result, sas)

# Nobody there.
clock, a, b = line()
result, sas, errors = run(initiator(), None, clock, a, b)
ok("nobody", isinstance(result, TransportError) and "no answer" in str(result))
eq("when sent", [t for t, f in a.sent], [0, 500, 1500, 3500])
eq("when given up", clock.ms - 50, 5000)
clock, a, b = line()
result, sas, errors = run(initiator(), None, clock, a, b, timeout_ms=1000, retry_ms=300, attempts=2)
ok("nobody, twice", isinstance(result, TransportError))
eq("attempts", [t for t, f in a.sent], [0, 300, 900, 1000, 1300, 1900])
ok("another message", a.sent[0][1] == a.sent[2][1] != a.sent[3][1] == a.sent[5][1])

# The answer to the first attempt is lost for good, the second attempt gets through.
clock, a, b = line(None, losing((1, 2, 3, 4)))
result, sas, errors = run(initiator(), responder(), clock, a, b, attempts=2)
eq("second attempt: SAs", len(sas), 2)
eq("second attempt: keys", result.fingerprint(), sas[1].fingerprint())

# Only forged answers: the last error says why.
clock, a, b = line(None, lambda f: (flipped(-5)(f),))
result, sas, errors = run(initiator(), responder(), clock, a, b)
ok("forged alone", isinstance(result, AuthError))
eq("only at the end", clock.ms - 50, 5000)

# Nothing but answers to others, or broken ones.
clock, a, b = line(None, lambda f: (flipped(7)(f),))
result, sas, errors = run(initiator(), responder(), clock, a, b)
ok("foreign alone", isinstance(result, TransportError))
clock, a, b = line(None, lambda f: (f[:-9] + b"\xc0",))
result, sas, errors = run(initiator(), responder(), clock, a, b)
eq("truncated alone", getattr(result, "number", None), 12)

# Another key: all that the responder can say is an Error that nobody vouches for.
clock, a, b = line()
result, sas, errors = run(initiator(b"another key here"), responder(), clock, a, b)
ok("another key", isinstance(result, TransportError))
eq("hint", result.hint, 0)
ok("in words", "authentication failure" in str(result))
eq("waited on", clock.ms - 50, 5000)

# An Error with the responder's MAC ends it at once.
bad = SRTP(ssrc=1, params=b"\0\1\7")
me = psk.Initiator(KEY, "sip:a@x", "sip:b@x", (bad,), now=lambda: NOW, random=random)
clock, a, b = line()
result, sas, errors = run(me, responder(), clock, a, b)
ok("authenticated Error", isinstance(result, RemoteError) and result.peer_said)
eq("its number", result.number, 10)
eq("at once", clock.ms <= 200, True)
clock, a, b = line(None, losing((1,)))
result, sas, errors = run(
    psk.Initiator(KEY, "sip:a@x", "sip:b@x", (bad,), now=lambda: NOW, random=random),
    responder(), clock, a, b,
)  # fmt: skip
eq("authenticated Error, lost once", getattr(result, "number", None), 10)
eq("which is repeated, too", b.sent[0][1] == b.sent[1][1], True)

# No answer wanted.
clock, a, b = line()
sas = []
answers = Answers(responder(), once=True, on_sa=lambda sa, who: sas.append(sa), ticks_ms=clock)
server = uart_server._steps(answers, b, 999)
next(server)
result, _, _ = run(initiator(verify=False), None, clock, a, b)
next(server)
alike("one way", result, sas)
eq("nothing back", (len(a.sent), b.sent), (1, []))

# An update over the same line.
clock, a, b = line()
me = initiator()
srv = responder()
first, sas, errors = run(me, srv, clock, a, b)
keys = first.fingerprint()
key = ((0, bytearray(b"fedcba9876543210"), None, 0, None, None),)
second, sas, errors = run(me, srv, clock, a, b, start=lambda buf: me.update(buf, keys=key))
alike("update", second, sas)
ok("new keys", second.fingerprint() != keys)

# A long message needs a longer buffer than the one that is tried first.
clock, a, b = line()
me = initiator(extensions=((0, bytes(60)), (0, bytes(60)), (0, bytes(60))))
result, sas, errors = run(me, responder(limit=600), clock, a, b)
alike("long message", result, sas)


# Answers are repeated to whom they were for, for a while, and to nobody new while lingering.
clock = Clock()
answers = Answers(responder(), once=True, ticks_ms=clock)
buf = bytearray(256)


def hear(n, who):
    answers.begin()
    answers.hear(buf, 0, n // 2, who)
    answers.hear(buf, n // 2, n, who)
    answers.over(who)
    return answers.take()


n = initiator().start(buf)
answer = hear(n, "one")
ok("answered", answer and answers.left_ms() == 1000)
eq("another sender", hear(n, "other"), None)
eq("the same sender", hear(n, "one"), answer)
answers.tell()
eq("lingering", answers.left_ms(), 2000)
clock.ms += 1500
eq("the same sender, lingering", hear(n, "one"), answer)
eq("another sender, lingering", hear(n, "other"), None)
first = answers.first
n = initiator().start(buf)
eq("a new message, lingering", hear(n, "one"), None)
answers.tell()
ok("the first SA is the only one", answers.first is first)
clock.ms += 500
eq("enough", answers.left_ms(), 0)
answers = Answers(responder(), ticks_ms=clock)
answer = hear(n, "one")
clock.ms += 9999
eq("still kept", hear(n, "one"), answer)
clock.ms += 1
eq("too old", hear(n, "one"), None)
for _ in range(4):
    hear(initiator().start(buf), "two")
eq("four are kept", len(answers._kept), 4)


# A line that is gone, or takes nothing.
class Gone:
    def any(self):
        raise OSError(5)

    def write(self, data):
        raise OSError(5)


class Stuck:
    def any(self):
        return 0

    def write(self, data):
        return None


e = raises("gone", TransportError, uart.connect, initiator(), Gone(), 99)
eq("gone: errno", e and e.errno, 5)
clock, a, b = line()
result, sas, errors = run(initiator(), None, clock, Stuck(), b)
ok("stuck", isinstance(result, TransportError))
ok("stuck: no longer than need be", 5000 <= clock.ms < 60000 * 4)

# What is the caller's to know comes out at once, and nothing is sent.
clock, a, b = line()
unset = psk.Initiator(KEY, "sip:a@x", "sip:b@x", (SRTP(),), now=lambda: 0, random=random)
raises("clock not set", NoClock, uart.connect, unset, a, 99)
raises("no COUNTER", LocalError, uart.connect, initiator(ts_type=2), a, 99)
eq("nothing sent", a.sent, [])

done()
