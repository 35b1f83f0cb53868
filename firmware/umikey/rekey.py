"""An initiator's update of what it has keyed (RFC 3830 4.5); loaded when it is asked for."""

from umikey.errors import LocalError
from umikey.policy import SRTP, own


def update(me, buf, streams, keys, verify, ts):
    """See `session.Initiator.update`."""
    if me._sa is None:
        raise LocalError("nothing to update yet")
    if verify is not None:
        me._v = 1 if verify else 0
    sessions = list(me._sa.sessions)
    sessions += (streams or ())[len(sessions) :]
    me._cs = [SRTP(s.ssrc, s.roc, s.params, i + 1) for i, s in enumerate(sessions)]
    me._keys = own(keys)
    return me._send(buf, ts, True)
