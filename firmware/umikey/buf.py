"""Bounded reading over the caller's memory, and what initiators read with it.

The rest of reading is in `wire_read`, which an initiator does not load; writing is in `wire`.
"""

import umikey.errors as errors
from umikey.wire import kemac_tag


class Reader:
    """Reads `buf[at:end]`; RemoteError(12) at the first octet that is not there.

    `np` is the type of the payload that comes next; every pull_ function moves it on.
    """

    def __init__(self, buf, at, end):
        self.buf = buf
        self.at = at
        self.end = end
        self.np = 0

    def u8(self):
        return self.buf[self.skip(1)]

    def u16(self):
        at = self.skip(2)
        return self.buf[at] << 8 | self.buf[at + 1]

    def skip(self, n):
        """Pass over n octets; returns the index of the first."""
        at = self.at
        if n > self.end - at:
            raise errors.RemoteError(12, "truncated")
        self.at = at + n
        return at


def pull_kemac(r):
    """-> (encr alg, at, n, MAC alg, mac_at, mac_n); MAC alg 0 with 20 octets: see `kemac_tag`."""
    start = r.at
    r.np = r.u8()
    encr = r.u8()
    n = r.u16()
    at = r.skip(n)
    alg = r.u8()
    n_mac = kemac_tag(r.buf, start, r.at - 1)
    return encr, at, n, alg, r.skip(n_mac), n_mac
