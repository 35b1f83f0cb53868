"""The initiator's side of any transport: what to send when, and when to give up (SPEC 5.2)."""

from ..errors import BufferTooSmall, LocalError, RemoteError, UmikeyError
from . import TransportError, wait
from .wait import since


class Exchange:
    """One exchange of `engine`. See `transport.connect` for timeout_ms, retry_ms, attempts, start.

    buf: where our message is written, a longer one is made if it does not fit; ticks_ms: function
    -> milliseconds, the port's own by default; to: the other end, for error texts. `message` is
    what to send. Nothing here waits.
    """

    def __init__(
        self,
        engine,
        to,
        timeout_ms=5000,
        retry_ms=500,
        attempts=1,
        start=None,
        buf=None,
        ticks_ms=None,
    ):
        self.engine = engine
        self._to = to
        self._timeout = timeout_ms
        self._retry = retry_ms
        self._attempts = attempts
        self._start = start or engine.start
        self._ticks = ticks_ms or wait.ticks_ms
        if not self._ticks:
            raise LocalError("this port has no clock: give ticks_ms=")
        self._buf = buf or bytearray(256)
        self.message = None
        self._now = self._began = self._sent = self._pause = 0
        self._deaf = False  # the rest of the message that is coming in is of no use
        self._error = None  # the last that came in and was refused
        self._os_error = None  # the last from the network
        engine.hint = None

    def due(self):
        """Is `message` to be sent now, again or anew? Raises when all attempts are used up."""
        now = self._now = self._ticks()
        if self.message is None or since(now, self._began) >= self._timeout:
            if not self._attempts:
                raise self._why()
            self._attempts -= 1
            self._write()
            self._began = self._sent = self._now = self._ticks()
            self._pause = self._retry
            return True
        if since(now, self._sent) >= self._pause:
            self._sent = now
            self._pause *= 2
            return True
        return False

    def _write(self):
        try:
            n = self._start(self._buf)
        except BufferTooSmall as e:
            self._buf = bytearray(e.needed)
            n = self._start(self._buf)
        self.message = memoryview(self._buf)[:n]
        self._deaf = False

    def wait_ms(self):
        """Milliseconds until `due` has something to say."""
        left = self._timeout - since(self._now, self._began)
        return max(0, min(left, self._pause - since(self._now, self._sent)))

    def late(self):
        """Is this attempt's time up?"""
        self._now = self._ticks()
        return since(self._now, self._began) >= self._timeout

    def abandon(self):
        """This attempt cannot succeed any more. True if another one is left."""
        self._began = self._now - self._timeout
        return self._attempts > 0

    def sent(self):
        """True if nothing is to come back: the message did not ask for an answer."""
        return self.engine.state == "done"

    def hear(self, buf, i, end):
        """Take octets of an answer; True when it is complete, and authentic."""
        if self._deaf:
            return False
        try:
            return self.engine.feed(buf, i, end)
        except UmikeyError as e:
            if getattr(e, "peer_said", False):
                raise
            self._refuse(e)
            self._deaf = True
            return False

    def over(self):
        """The message ended here: if it was no good, wait for another."""
        if not self._deaf and self.engine._stream.n:
            self._refuse(RemoteError(12, "truncated"))
        self.engine.reset()
        self._deaf = False

    def _refuse(self, e):
        # what was never meant as an answer to us (number None) explains nothing to the user
        if e.number is not None:
            self._error = e

    def trouble(self, e):
        """The network said no (None: yes). That may change, so it counts at the end only."""
        self._os_error = e

    def _why(self):
        if self._error:
            return self._error
        text = "no answer from " + self._to
        hint = self.engine.hint
        if hint is not None:
            text += "; an Error message that nobody vouched for: " + str(RemoteError(hint))
        e = TransportError(text)
        if self._os_error:
            from .net import explain

            e = explain(self._os_error, self._to)
        e.hint = hint
        return e
