"""Chains of X.509 certificates (RFC 5280), read as they pass and never stored.

`Chain` takes the certificates of one end, its own first, each followed by its issuer's, as MIKEY
sends them (RFC 3830 6.7), and afterwards knows whose key it is and whether to believe it. Whatever
is wrong is RemoteError(8). Signatures are ECDSA; a certificate that is signed otherwise, or that
has another kind of key, is read and can be trusted by a pin. Revocation is not looked at.
"""

from umikey.crypto import ec, ecdsa
from umikey.errors import AuthError, RemoteError
from umikey.x509_facts import Facts, bad
from umikey.x509_read import Reader

_CERT_SIGN = const(0x04)  # keyUsage


def date(now):
    """Unix seconds -> YYYYMMDDHHMMSS, as certificates' dates are kept."""
    days, rest = divmod(int(now), 86400)
    # civil from days, with years that begin in March
    days += 719468
    era, day = divmod(days, 146097)
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5 - 1
    month += 3 if month < 10 else -9
    year += 400 * era + (month < 3)
    text = "%04d%02d%02d%02d%02d%02d" % (
        year, month, day, rest // 3600, rest // 60 % 60, rest % 60
    )  # fmt: skip
    return text.encode()


def _size(curve):
    # octets of a coordinate
    try:
        return ec.curve(curve).SIZE
    except RemoteError:
        bad("a curve that is not supported")


class Chain:
    """Reads the certificates of one end.

    anchors: ((ECC curve, x || y, SHA-256 of the Name as DER), ...): whose signatures count; pins:
    SHA-256 of SubjectPublicKeyInfos that are trusted as they are; depth: certificates at most;
    room: octets for the names of the first one, each takes two more; size: octets of a coordinate
    of the largest keys and signatures, of the authorities' too.
    """

    def __init__(self, anchors, pins=(), depth=3, room=128, size=32):
        self._anchors = anchors
        self._pins = pins
        self._depth = depth
        self._size = size
        self.leaf = Facts(size)  # of the first certificate
        self._facts = [self.leaf]
        self._reader = Reader(bytearray(room), self.leaf)
        self.n = 0

    def reset(self):
        """Forget what was read."""
        self.n = 0
        self.leaf.reset()
        self._reader.names_n = 0
        self._reader.done = True

    def begin(self, size):
        """A certificate of `size` octets follows."""
        if not self._reader.done:
            bad("truncated")
        if self.n == self._depth:
            bad("too many certificates")
        if self.n == len(self._facts):
            self._facts.append(Facts(self._size))
        self._reader.begin(size, self._facts[self.n], not self.n)
        self.n += 1

    def update(self, buf, i, end):
        """Octets buf[i:end] of it, cut anywhere."""
        self._reader.update(buf, i, end)

    @property
    def point(self):
        """x || y of the first certificate's key."""
        leaf = self.leaf
        return leaf.point[2 : 2 + 2 * _size(leaf.curve)]

    @property
    def identity(self):
        """(ID type, octets) of its first URI, else of its first mail address; None: neither."""
        first = None
        for who in self._names():
            if who[0] == 1:
                return who
            first = first or who
        return first

    def is_for(self, id_type, name):
        """Does it bear this identity? ID type 1 is a URI, 0 a mail address (NAI)."""
        return (id_type, bytes(name)) in self._names()

    def _names(self):
        reader = self._reader
        out = []
        at = 0
        while at < reader.names_n:
            end = at + 2 + reader.names[at + 1]
            out.append((reader.names[at], bytes(reader.names[at + 2 : end])))
            at = end
        return out

    def verify(self, now, trusted=False):
        """RemoteError(8) unless the certificates hold at `now` (Unix seconds). -> the last second,
        as `date` has it, at which they will.

        trusted: the first is vouched for otherwise, and only its dates count.
        """
        if not self.n or not self._reader.done:
            bad("truncated")
        now = date(now)
        until = b":"  # behind every date
        for facts in self._facts[: self.n]:
            if now < bytes(facts.times[:14]):
                bad("not valid yet")
            until = min(until, bytes(facts.times[14:]))
        if now > until:
            bad("expired")
        if trusted or bytes(self.leaf.key) in self._pins:
            return until
        # One function, for every call in between takes heap where there is least.
        i = 0
        while True:
            facts = self._facts[i]
            keys = [(c, p) for c, p, name in self._anchors if name == facts.issuer]
            own = len(keys)
            i += 1
            if i < self.n:
                above = self._facts[i]
                if above.subject == facts.issuer and above.curve and above.ca:
                    if above.usage & _CERT_SIGN and above.path >= i - 1:
                        size = _size(above.curve)
                        keys.append((above.curve, above.point[2 : 2 + 2 * size]))
            if not facts.hash:
                keys = ()
            found = -1
            for k, (curve, point) in enumerate(keys):
                try:
                    n = facts.signature_n - 1
                    digest = facts.digest[: facts.hash]
                    ecdsa.verify(point, digest, facts.signature, 1, n, False, curve)
                    found = k
                    break
                except (AuthError, RemoteError):
                    pass
            if found < 0:
                bad("not by an authority that is trusted here")
            if found < own:
                break
        # By an anchor. What follows is not needed, but has to be of the same chain.
        while i < self.n:
            if self._facts[i].subject != self._facts[i - 1].issuer:
                bad("more certificates than a chain has")
            i += 1
        return until
