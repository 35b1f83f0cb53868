"""Which offered SRTP policies a responder takes (RFC 3830 6.10.1, RFC 4771 4-5, RFC 7714 14-15)."""

from umikey.errors import RemoteError
from umikey.policy import get

_GCM = const(6)


def check(params, at=0, end=None):
    """RemoteError(10) if params[at:end] is not a list that an SRTP stack can run."""
    end = len(params) if end is None else end
    seen = 0
    i = at
    while i < end:
        if i + 2 > end or i + 2 + params[i + 1] > end or not 1 <= params[i + 1] <= 8:
            raise RemoteError(10, "parameter list")
        what = params[i]
        if what > 20 or seen >> what & 1:
            raise RemoteError(10, "parameter %d" % what)
        seen |= 1 << what
        i += 2 + params[i + 1]
    encr = get(params, 0, at, end)
    key = get(params, 1, at, end)
    if encr == _GCM:
        ok = key in (16, 32) and get(params, 4, at, end) == 12 and get(params, 20, at, end) == 16
    else:
        ok = encr == 1 and key in (16, 24, 32) and get(params, 4, at, end) == 14
        ok = ok and get(params, 10, at, end) == 1
    for what in (7, 8):  # SRTP and SRTCP encryption: off, on
        ok = ok and get(params, what, at, end) < 2
    for what in (5, 9, 12):  # PRF AES-CM, FEC before SRTP, no keystream prefix
        ok = ok and get(params, what, at, end) == 0
    kdr = get(params, 6, at, end)
    ok = ok and kdr <= 1 << 24 and not kdr & (kdr - 1)
    if not ok or not 1 <= get(params, 13, at, end) <= 65535:
        raise RemoteError(10, "SRTP parameters")
    for alg in (14, 15):
        mode = get(params, alg, at, end)
        tag = get(params, alg + 4, at, end)
        if mode == 4:  # RCCm3: ROC alone
            ok = tag == 4
        elif encr == _GCM:
            ok = mode < 2
        else:  # HMAC-SHA-1; with RCC, the tag holds ROC's 4 octets besides
            ok = 1 <= mode <= 3 and 4 <= tag <= (20 if mode == 1 else 24)
            ok = ok and 10 <= get(params, alg + 2, at, end) <= 20
        if not ok:
            raise RemoteError(10, "SRTP authentication")
        if alg == 15 and mode > 1:
            raise RemoteError(10, "RCC is for SRTP, not SRTCP")
