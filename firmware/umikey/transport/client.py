"""The initiator's side of any transport: what to send when, and when to give up (SPEC 5.2)."""

import umikey.transport.wait as wait
from umikey.errors import LocalError, RemoteError, UmikeyError
from umikey.transport.wait import since


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
        self.timeout = timeout_ms
        self._retry = retry_ms
        self.attempts = attempts  # that are left
        self._start = start or engine.start
        self.ticks = ticks_ms or wait.ticks_ms
        if not self.ticks:
            raise LocalError("this port has no clock: give ticks_ms=")
        self._buf = buf or bytearray(256)
        self.message = None
        self.done = False
        self.now = self.began = self._sent = self._pause = 0
        self._deaf = False  # the rest of the message that is coming in is of no use
        self._error = None  # the last that came in and was refused
        self._os_error = None  # the last from the network
        engine.hint = None

    def due(self):
        """Is `message` to be sent now, again or anew? Raises when all attempts are used up."""
        now = self.now = self.ticks()
        if self.message is None or since(now, self.began) >= self.timeout:
            if not self.attempts:
                raise self._why()
            self.attempts -= 1
            try:
                n = self._start(self._buf)
            except LocalError as e:
                if not hasattr(e, "needed"):
                    raise
                self._buf = bytearray(e.needed)
                n = self._start(self._buf)
            self.message = memoryview(self._buf)[:n]
            self._deaf = False
            self.began = self._sent = self.now = self.ticks()
            self._pause = self._retry
            return True
        if since(now, self._sent) >= self._pause:
            self._sent = now
            self._pause *= 2
            return True
        return False

    def wait_ms(self):
        """Milliseconds until `due` has something to say."""
        left = self.timeout - since(self.now, self.began)
        return max(0, min(left, self._pause - since(self.now, self._sent)))

    def begin(self):
        """A message begins, for who cares."""

    def hear(self, buf, i, end):
        """Take octets of an answer; True (and `done`) when it is complete, and authentic."""
        if self.done or self._deaf:
            return self.done
        try:
            self.done = self.engine.feed(buf, i, end)
        except UmikeyError as e:
            if getattr(e, "peer_said", False):
                raise
            # what was never meant as an answer to us (number None) explains nothing to the user
            if e.number is not None:
                self._error = e
            self._deaf = True
        return self.done

    def over(self):
        """The message ended here: if it was no good, wait for another."""
        if self.done:
            return
        if not self._deaf and self.engine._stream.n:
            self._error = RemoteError(12, "truncated")
        self.engine.reset()
        self._deaf = False

    def trouble(self, e):
        """The network said no (None: yes). That may change, so it counts at the end only."""
        self._os_error = e

    def _why(self):
        if self._error:
            return self._error
        hint = self.engine.hint
        if self._os_error:
            from umikey.transport.net import explain

            e = explain(self._os_error, self._to)
        else:
            from umikey.errors import TransportError

            text = "no answer from " + self._to
            if hint is not None:
                text += "; an Error message that nobody vouched for: " + str(RemoteError(hint))
            e = TransportError(text)
        e.hint = hint
        return e
