"""An initiator's update of what it has keyed (RFC 3830 4.5); loaded when it is asked for."""

from umikey.errors import LocalError
from umikey.policy import SRTP, own


def update(me, buf, streams, keys, verify, ts, fresh=None):
    """See `session.Initiator.update`. fresh: in the modes that agree on a key, whether they do."""
    sa = me._sa
    if sa is None or not sa.csb_id:
        raise LocalError("nothing to update: no exchange is over yet, or its SA was closed")
    new = fresh or keys
    if not new and getattr(sa, "ahead", False):
        # the responder may have gone on to keys of which it alone knows that they count
        raise LocalError("an update with new keys was not answered: another has to come first")
    if fresh is not None:
        me._fresh = fresh
    if verify is not None:
        me._v = 1 if verify else 0
    sessions = list(me._sa.sessions)
    sessions += (streams or ())[len(sessions) :]
    me._cs = [SRTP(s.ssrc, s.roc, s.params, i + 1) for i, s in enumerate(sessions)]
    me._keys = own(keys)
    n = me._send(buf, ts, True)
    if new:
        sa.ahead = True
    return n
