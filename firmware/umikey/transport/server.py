"""The responder's side of any transport: feeding, answering, and answering again.

A retransmitted I_MESSAGE is one that the replay cache has seen: without care, a lost R_MESSAGE
would end the exchange in silence. So the last few answers are kept, and the same message from the
same sender gets the same octets again.
"""

import umikey.transport.wait as wait
from umikey.errors import LocalError, UmikeyError

_TAG = const(20)  # octets at a message's end that tell it from all others: its MAC
_KEEP = const(4)  # answers kept
_AGE = const(10000)  # milliseconds; by then an initiator has given up


class Answers:
    """A `responder.Responder` behind a transport. See `transport.serve` for the options.

    linger_ms: with `once`, how long to stay after the exchange, for an initiator that did not get
    the answer and asks again.
    """

    def __init__(
        self, responder, once=False, linger_ms=2000, on_sa=None, on_error=None, ticks_ms=None
    ):
        self._srv = responder
        self._once = once
        self._linger = linger_ms
        self._on_sa = on_sa
        self._on_error = on_error
        self._ticks = ticks_ms or wait.ticks_ms
        self._buf = bytearray(256)
        self._kept = []  # (end of the message, sender, answer, when)
        self._until = 0
        self._answer = None
        self._sa = None  # not told of yet
        self.first = None  # the first SA
        self.begin()

    def begin(self):
        """A message begins."""
        self._srv.reset()
        self._deaf = False
        self._tail = b""

    def hear(self, buf, i, end, who=None):
        """Take octets of a message; True once there is no more to take from it."""
        if self._once and self.first:
            # what is new is not for us any more, but who did not get our answer shall have it
            self._tail = (self._tail + bytes(memoryview(buf)[i:end]))[-_TAG:]
            return False
        if self._deaf:
            return True
        try:
            if not self._srv.feed(buf, i, end):
                return False
            self._reply(who)
            self._sa = self._srv.sa
        except (UmikeyError, MemoryError) as e:
            self._refuse(e, who)
        self._deaf = True
        return True

    def over(self, who=None):
        """The message ends here."""
        if self._tail:
            self._again(self._tail, who)
        elif not self._deaf:
            try:
                self._srv.eof()
            except UmikeyError as e:
                self._refuse(e, who)
        self._deaf = True

    def take(self):
        """What is to be sent after `hear` or `over`, or None."""
        answer = self._answer
        self._answer = None
        return answer

    def tell(self, who=None):
        """To be called when the answer has gone out: reports a new SA to the caller."""
        sa = self._sa
        self._sa = None
        if sa is not None:
            if self.first is None:
                self.first = sa
                self._until = self._ticks()
            if self._on_sa:
                self._on_sa(sa, who)

    def left_ms(self):
        """Milliseconds that there is still something to wait for; 0: enough."""
        if not self._once or self.first is None:
            return 1000
        return max(0, self._linger - wait.since(self._ticks(), self._until))

    def _reply(self, who):
        try:
            n = self._srv.answer(self._buf)
        except LocalError as e:
            if not hasattr(e, "needed"):
                raise
            self._buf = bytearray(e.needed)
            n = self._srv.answer(self._buf)
        if not n:
            return
        self._answer = bytes(memoryview(self._buf)[:n])
        if self._srv.authentic:
            kept = (self._tag(), who, self._answer, self._ticks())
            self._kept = self._kept[1 - _KEEP :] + [kept]

    def _tag(self):
        # the end of the message in hand, which is always held (see `stream`)
        stream = self._srv._stream
        return bytes(stream.hold[max(0, stream.n - _TAG) : stream.n])

    def _refuse(self, e, who):
        # seen before (a ReplayError, which has no number): a retransmission?
        if getattr(e, "number", None) is None and self._again(self._tag(), who):
            return
        try:
            self._reply(who)
        except (UmikeyError, MemoryError):
            pass  # then nothing is said
        if self._on_error:
            self._on_error(e, who)

    def _again(self, tag, who):
        for kept, sender, answer, then in self._kept:
            if kept == tag and sender == who and wait.since(self._ticks(), then) < _AGE:
                self._answer = answer
                return True
        return False
