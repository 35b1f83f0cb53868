"""An initiator's update of what it has keyed (RFC 3830 4.5); loaded when it is asked for."""

from umikey.errors import LocalError
from umikey.policy import SRTP, own


def update(me, buf, streams, keys, verify, ts, fresh=None):
    """See `session.Initiator.update`. fresh: in the modes that agree on a key, whether they do."""
    sa = me._sa
    if sa is None or not sa.csb_id:
        raise LocalError("nothing to update: no exchange is over yet, or its SA was closed")
    new = fresh or keys
    ahead = getattr(sa, "ahead", 0)  # updates with new keys that may have been taken
    if not new and ahead:
        # the responder may have gone on to keys of which it alone knows that they count
        raise LocalError("an update with new keys was not answered: another has to come first")
    before = me._ts, me._keys, me._cs, me._v, getattr(me, "_fresh", None)
    if fresh is not None:
        me._fresh = fresh
    if verify is not None:
        me._v = 1 if verify else 0
    sessions = list(me._sa.sessions)
    sessions += (streams or ())[len(sessions) :]
    me._cs = [SRTP(s.ssrc, s.roc, s.params, i + 1) for i, s in enumerate(sessions)]
    me._keys = own(keys)
    try:
        n = me._send(buf, ts, True)
    except Exception:
        # nothing was written, and the answer to what is out may yet come
        me._ts, me._keys, me._cs, me._v, fresh = before
        if fresh is not None:
            me._fresh = fresh
        raise
    sa.sent = 1 if new else 0  # see `refused`
    sa.ahead = ahead + sa.sent
    return n


def refused(sa):
    """The other end has said, authenticated, that it did not take the last update of `sa`."""
    sa.ahead -= sa.sent
    sa.sent = 0
