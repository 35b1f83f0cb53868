"""The one table of what may follow what. It does not know which role it serves.

Rule: everything that moves an engine from state to state stands here; the diagram in the docs is
drawn from this table.
"""

from umikey.errors import LocalError

TRANSITIONS = (
    # state, event, next state
    ("idle", "send", "waiting"),  # an I_MESSAGE that wants an answer is out
    ("idle", "send_last", "done"),  # ... or one that does not
    ("idle", "accept", "heard"),  # a valid I_MESSAGE came in; `answer` is to be asked for
    ("idle", "fail", "failed"),
    ("waiting", "send", "waiting"),  # the answer never came: a new attempt
    ("waiting", "send_last", "done"),
    ("waiting", "accept", "done"),
    ("waiting", "fail", "deaf"),
    ("deaf", "reset", "waiting"),  # drop what came in, go on waiting for the real answer
    ("deaf", "send", "waiting"),
    ("heard", "send_last", "done"),
    ("heard", "fail", "failed"),
    ("failed", "send_last", "failed"),  # an Error message goes out
    ("failed", "reset", "idle"),
    ("done", "send", "waiting"),  # an update (RFC 3830 4.5)
    ("done", "send_last", "done"),
    ("done", "reset", "idle"),
    ("heard", "reset", "idle"),
    ("idle", "reset", "idle"),
    ("waiting", "reset", "waiting"),
)


def step(state, event):
    """The state after `event`; LocalError if it cannot happen now."""
    for s, e, to in TRANSITIONS:
        if s == state and e == event:
            return to
    raise LocalError("cannot %s while %s" % (event, state))
