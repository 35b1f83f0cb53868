"""One exchange as an initiator over any transport: retransmission, backoff, patience."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import MikeyError
from ..initiator import Initiator
from ..registry import error_name
from ..session import Outcome


class NoAnswer(MikeyError):
    """No answer that counts came in time. `hint`: number of an unauthenticated error that did, or
    None."""

    def __init__(self, reason: str, hint: int | None = None):
        super().__init__(reason)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Patience:
    """When to send again and when to give up. All in seconds.

    `first`: until the first retransmission; each further one waits `factor` times as long.
    `total`: for one message. `attempts`: messages, each new one with a new timestamp (RFC 3830
    section 5.2; a mere retransmission has the same octets). `after_hint`: how long to wait for a
    true answer once an unauthenticated error has come.
    """

    first: float = 0.5
    factor: float = 2.0
    total: float = 5.0
    attempts: int = 1
    after_hint: float = 1.0


DEFAULT = Patience()


def exchange(
    me: Initiator,
    send: Callable[[bytes], None],
    receive: Callable[[float], bytes | None],
    patience: Patience = DEFAULT,
    begin: Callable[[], bytes] | None = None,
    retransmit: bool = True,
) -> Outcome:
    """Runs an exchange to its end: the outcome is "established", "updated" or "failed".

    `send(octets)` sends a message, `receive(seconds)` gives the next one, None when none came, or
    raises EOFError when none will come any more.
    `begin`: makes the message, by default `me.start`; `me.update` for an update. `retransmit`:
    False where the transport is reliable. NoAnswer when time is up.
    """
    hint = None
    refused = noise = ""  # why an answer for this CSB, and anything else that came, was not taken
    closed = False
    for _ in range(patience.attempts):
        message = (begin or me.start)()
        if not me.waiting:  # no answer was asked for
            send(message)
            return Outcome("established", sa=me.sa, csb_id=me.sa.csb_id)
        send(message)
        here = time.monotonic()
        end = here + patience.total
        wait = patience.first
        again = here + wait if retransmit else end
        while here < end:
            try:
                octets = receive(max(0.0, min(again, end) - here))
            except EOFError:
                closed = True
                break
            here = time.monotonic()
            if octets is not None:
                outcome = me.feed(octets)
                if outcome.kind in ("established", "updated", "failed"):
                    return outcome
                if outcome.kind == "discarded" and outcome.csb_id is None:
                    noise = outcome.reason
                elif outcome.kind == "discarded":
                    refused = outcome.reason
                if outcome.kind == "hint" and hint is None:
                    hint = outcome.error
                    end = min(end, here + patience.after_hint)
            if here >= again:
                send(message)
                wait *= patience.factor
                again = here + wait
        if hint is not None or closed:
            break
    if hint is not None:
        text = f"no answer but an unauthenticated error: {error_name(hint)} ({hint})"
    elif refused:
        text = f"an answer came and was refused: {refused}"
    elif noise:
        text = f"no answer, but something else came: {noise}"
    else:
        text = "the responder closed the connection without an answer" if closed else "no answer"
    raise NoAnswer(text, hint)
