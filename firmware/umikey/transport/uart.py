"""MIKEY over a serial line: one message per SLIP frame (RFC 1055). Server: `uart_server`.

A line is any stream object with `write`, and `readinto` or `read`, which do not wait where `any` is
true, as machine.UART; without `any` (a device file, sys.stdin.buffer), `select.poll` is asked. What
stands between frames, a console's output, say, is passed over. The frames begin with END as well,
so that noise ends there.
"""

from umikey.errors import LocalError
from umikey.transport.client import Exchange
from umikey.transport.wait import adrive, drive, nap, polls, ticks_ms

_END = const(192)
_ESC = const(219)
_ESC_END = const(220)
_ESC_ESC = const(221)
_CHUNK = const(64)  # octets read or written at a time
_STUCK = const(1000)  # milliseconds after which a line that takes nothing loses a frame


def __getattr__(name):
    if name in ("serve", "aserve"):  # a client does not carry the server
        import umikey.transport.uart_server as uart_server

        return getattr(uart_server, name)
    raise AttributeError(name)


def open_line(name, baud):
    """The board's serial port of that number or name, at `baud`; on the unix port a device file.

    LocalError if there is none; set a device file's speed with stty.
    """
    try:
        if name[0] == "/":
            return open(name, "r+b", buffering=0)
        from machine import UART

        return UART(int(name) if name.isdigit() else name, baud)
    except ImportError:
        raise LocalError("no machine.UART here: give a stream object") from None
    except (OSError, ValueError) as e:
        raise LocalError("serial line %s: %s" % (name, e)) from None


def _gone(e):
    from umikey.errors import TransportError

    out = TransportError("the serial line does not work: %s" % e)
    out.errno = e.args[0] if e.args else None
    return out


class Line:
    """A stream object as frames. `ear`: what `begin`, `hear(buf, i, end)` and `over()` belong to.

    limit: octets of the longest frame that is listened to.
    """

    def __init__(self, stream, ear, limit):
        self._stream = stream
        self._ear = ear
        self._limit = limit
        self._buf = bytearray(_CHUNK)
        self._n = 0  # octets of the frame so far
        self._escaped = False
        self._ready = getattr(stream, "any", None)
        self._into = self._buf
        if self._ready is None:
            # all that is known then is that one octet can be read without waiting
            try:
                from select import poll
            except ImportError:
                raise LocalError("a stream object needs `any` on this port") from None
            there = poll()
            there.register(stream, 1)
            self._ready = lambda: there.poll(0)
            self._into = memoryview(self._buf)[:1]

    def read(self):
        """Take what has come in; False if nothing had. TransportError if the line is gone."""
        try:
            if not self._ready():
                return False
            if hasattr(self._stream, "readinto"):
                n = self._stream.readinto(self._into)
            else:
                data = self._stream.read(len(self._into)) or b""
                n = len(data)
                self._buf[:n] = data
        except OSError as e:
            raise _gone(e) from None
        if n:
            self._decode(self._buf, n)
        return bool(n)

    def _decode(self, buf, n):
        # in place: what is decoded is never longer than what was read
        out = 0
        for i in range(n):
            c = buf[i]
            if c == _END:
                self._pass(buf, out)
                out = 0
                if self._n:
                    self._n = 0
                    self._ear.over()
                self._escaped = False
                continue
            if c == _ESC:
                self._escaped = True
                continue
            if self._escaped:
                self._escaped = False
                c = _END if c == _ESC_END else _ESC if c == _ESC_ESC else c
            buf[out] = c
            out += 1
        self._pass(buf, out)

    def _pass(self, buf, n):
        if n and self._n <= self._limit:
            if not self._n:
                self._ear.begin()
            self._n += n
            if self._n > self._limit:
                self._ear.over()
            else:
                self._ear.hear(buf, 0, n)

    def write(self, data):
        """Send a frame (a generator, see `wait`): yields where the line takes no more."""
        out = bytearray(_CHUNK)
        out[0] = _END
        n = 1
        for c in data:
            if n > _CHUNK - 3:
                yield from self._put(out, n)
                n = 0
            if c == _END or c == _ESC:
                out[n] = _ESC
                n += 1
                c = _ESC_END if c == _END else _ESC_ESC
            out[n] = c
            n += 1
        out[n] = _END
        yield from self._put(out, n + 1)

    def _put(self, out, n):
        i = 0
        tries = 0
        while i < n and tries < _STUCK:
            try:
                k = self._stream.write(memoryview(out)[i:n]) or 0
            except OSError as e:
                raise _gone(e) from None
            i += k
            tries = 0 if k else tries + 1
            if i < n:
                yield 1


def _steps(x, stream, limit):
    line = Line(stream, x, limit)
    while True:
        if x.due():
            yield from line.write(x.message)
            if x.engine.state == "done":
                return  # no answer was asked for
        if not line.read():
            yield x.wait_ms()
        elif x.done:
            return


def clock(opt, polls_per_ms):
    """Put a `ticks_ms` into the options of a board that has none."""
    if not ticks_ms and not opt.get("ticks_ms"):
        opt["ticks_ms"] = polls(polls_per_ms)


def connect(engine, stream, limit=4096, polls_per_ms=10, **opt):
    """One exchange over a serial line; returns the SA. See `transport.connect`.

    limit: octets of the longest frame that is listened to. On a board without a clock, where no
    ticks_ms is given either, so many idle looks at the line are taken for a millisecond:
    polls_per_ms.
    """
    clock(opt, polls_per_ms)
    drive(_steps(Exchange(engine, "the serial line", **opt), stream, limit), nap)
    return engine.sa


async def aconnect(engine, stream, limit=4096, polls_per_ms=10, **opt):
    """`connect` for asyncio."""
    clock(opt, polls_per_ms)
    await adrive(_steps(Exchange(engine, "the serial line", **opt), stream, limit), 1)
    return engine.sa
