"""An initiator's update of what it has keyed (RFC 3830 4.5); loaded when it is asked for."""

from umikey.errors import LocalError
from umikey.policy import SRTP


def update(me, buf, streams, keys, verify, ts):
    """See `session.Initiator.update`."""
    if me._sa is None:
        raise LocalError("nothing to update yet")
    me._v = 1 if verify else 0
    cs = me._sa.sessions
    if streams:
        cs = cs + [SRTP(s.ssrc, s.roc, s.params, i + 1) for i, s in enumerate(streams)][len(cs) :]
    me._cs = cs
    me._keys = keys
    return me._send(buf, ts, True)
