"""Reads one X.509v3 certificate (RFC 5280) as its octets come, without storing it.

DER alone: definite lengths in the shortest form, up to 65535; all else is RemoteError(8). What
matters is collected in buffers of fixed size, what does not passes. There is no recursion: `_open`
says what may stand where, and how deep the reader is, is a list of ends.
"""

from umikey.crypto.hash import Sha
from umikey.x509_facts import bad, hash_of

# Whose elements come next
_OUTSIDE = const(0)
_CERT = const(1)
_TBS = const(2)
_VALIDITY = const(3)
_KEY = const(4)
_EXPLICIT = const(5)
_LIST = const(6)
_EXTENSION = const(7)
_OCTETS = const(8)
_NAMES = const(9)

# What the element in hand is collected for
_ALG = const(1)
_OUTER = const(2)
_SIGNATURE = const(3)
_VERSION = const(4)
_TIME = const(5)
_KEY_ALG = const(6)
_POINT = const(7)
_OID = const(8)
_CRITICAL = const(9)
_VALUE = const(10)
_NAME = const(11)

_SEQ = const(0x30)
_DEEP = const(10)


class Reader:
    """See `begin` and `update`. `names` takes the leaf's: {ID type, length, octets}."""

    def __init__(self, names, facts):
        self.names = names
        self.names_n = 0
        self._sums = {32: Sha(32)}
        self._part = Sha(32)  # of a Name, or of the key
        self._early = bytearray(64)  # of the signed part, until its hash is known
        self._value = bytearray(40)
        self._alg = bytearray(12)  # more than ECDSA's have
        self._head = bytearray(4)
        self._ends = [0] * _DEEP
        self._where = bytearray(_DEEP)
        self._count = bytearray(_DEEP)  # of elements so far
        self._id_type = self._point_n = 0
        self.begin(0, facts, True)  # every attribute now: a dictionary that grows needs a block
        self.done = True

    def begin(self, size, facts, leaf):
        """A certificate of `size` octets comes; what it says goes into `facts`."""
        facts.reset()
        self._facts = facts
        self._leaf = leaf
        if leaf:
            self.names_n = 0
        self._size = size
        self._at = self._depth = self._head_n = self._left = self._use = 0
        self._early_n = self._alg_n = self._n = self._step = self._oid = 0
        self._ends[0] = size
        self._where[0] = self._count[0] = _OUTSIDE  # 0
        self._signed = self._parting = self._inside = self._critical = self._v3 = False
        self._seen = 0  # extensions, by bit
        self._sum = self._into = self._buf = None
        self._i = self._sum_at = self._part_at = 0
        self.done = False

    def update(self, buf, i, end):
        """Octets buf[i:end] of it; `done` is True after the last."""
        if end - i > self._size - self._at:
            bad("longer than it says")
        self._buf = buf
        self._sum_at = self._part_at = i
        while i < end:
            if self._inside:
                n = min(end - i, self._left)
                if self._into is not None:
                    at = self._n
                    self._n = at + n
                    self._into[at : at + n] = buf[i : i + n]
                self._left -= n
                self._at += n
                i += n
                if not self._left:
                    self._i = i
                    self._close()
                continue
            head = self._head
            n = self._head_n
            head[n] = buf[i]
            i += 1
            if not n and i < end:  # most of them have two octets
                n = 1
                head[1] = buf[i]
                i += 1
                self._at += 1
            self._at += 1
            self._head_n = n = n + 1
            first = head[1]
            if n < 2 or first > 128 and n < 2 + (first & 127) and first < 0x83:
                continue
            if first < 128:
                size = first
            elif first == 0x81:
                size = head[2]
            elif first == 0x82:
                size = head[2] << 8 | head[3]
            else:
                bad("a length that DER does not have, or beyond 65535")
            if head[0] & 31 == 31 or first == 0x81 and size < 128 or first == 0x82 and size < 256:
                bad("not DER")
            if size > self._ends[self._depth] - self._at:
                bad("an element longer than what it is in")
            self._i = i
            self._open(head[0], size)
            self._head_n = 0
        self._i = end
        if self._signed:
            self._flush()
        if self._parting:
            self._part.update(buf, self._part_at, end)

    def _flush(self):
        # what is signed, up to here
        at = self._sum_at
        end = self._sum_at = self._i
        if self._sum:
            return self._sum.update(self._buf, at, end)
        n = self._early_n
        self._early_n = n + end - at
        if self._early_n <= len(self._early):
            self._early[n : n + end - at] = self._buf[at:end]

    def _open(self, tag, size):
        # an element begins, of which the head is complete
        d = self._depth
        where = self._where[d]
        index = self._count[d]
        self._count[d] = min(index + 1, 200)
        down = use = 0
        if where == _OUTSIDE:
            if tag == _SEQ and not index and size == self._size - self._at:
                down = _CERT
        elif where == _CERT:
            if index == 0 and tag == _SEQ:
                down = _TBS
                self._signed = True
                self._early_n = self._head_n
                self._early[: self._head_n] = self._head[: self._head_n]
                self._sum_at = self._i
            elif index == 1 and tag == _SEQ:
                use = _OUTER
            elif index == 2 and tag == 3:
                use = _SIGNATURE
        elif where == _TBS:
            down, use = self._field(tag)
        elif where == _VALIDITY:
            if index < 2 and (tag == 23 or tag == 24):
                use = _TIME
        elif where == _KEY:
            if index == 0 and tag == _SEQ:
                use = _KEY_ALG
            elif index == 1 and tag == 3:
                use = _POINT
        elif where == _EXPLICIT:
            if index == 0 and tag == _SEQ:
                down = _LIST
        elif where == _LIST:
            if tag == _SEQ:
                down = _EXTENSION
                self._oid = 0
                self._critical = False
        elif where == _EXTENSION:
            if index == 0 and tag == 6:
                use = _OID
            elif index == 1 and tag == 1:
                use = _CRITICAL
            elif tag == 4 and 0 < index < 3 and (index == 1 or self._critical):
                down, use = self._extension()
                self._count[d] = 3
        elif where == _OCTETS:
            if index == 0 and tag == _SEQ:
                down = _NAMES
        else:
            use = -1
            if tag == 0x81 or tag == 0x86:
                use = _NAME
                self._id_type = 0 if tag == 0x81 else 1
        if not down and not use:
            bad("an element that does not belong there")
        if down:
            d += 1
            self._depth = d
            self._ends[d] = self._at + size
            self._where[d] = down
            self._count[d] = 0
            if not size:
                self._leave()
            return
        self._use = use
        self._n = 0
        self._into = self._buffer(use, size)
        self._left = size
        self._inside = True
        if not size:
            self._close()

    def _field(self, tag):
        # the fields of TBSCertificate in their order (RFC 5280 4.1)
        step = self._step
        if step == 0 and tag == 0xA0:
            self._step = 1
            return 0, _VERSION
        if step < 2:
            if tag != 2:
                return 0, 0
            self._step = 2
            return 0, -1  # serial number
        self._step = step + 1
        if step < 7:
            if tag != _SEQ:
                return 0, 0
            if step == 2:
                return 0, _ALG
            if step == 4:
                return _VALIDITY, 0
            self._parting = True  # issuer 3, subject 5, key 6
            self._part.plain()
            self._part.update(self._head, 0, self._head_n)
            self._part_at = self._i
            return (_KEY, 0) if step == 6 else (0, -1)
        if tag == 0xA3 and step < 10 and self._v3:
            self._step = 10
            return _EXPLICIT, 0
        # unique identifiers [1] and [2]
        if step < 9 and tag in (0x81, 0xA1, 0x82, 0xA2):
            return 0, -1
        return 0, 0

    def _extension(self):
        # what to do with the value of the extension whose OID was read (RFC 5280 4.2)
        oid = self._oid
        if oid == 17 and self._leaf:  # subjectAltName
            return _OCTETS, 0
        if oid == 15 or oid == 19:  # keyUsage, basicConstraints
            return 0, _VALUE
        if self._critical and oid != 17:  # extKeyUsage (37) too: no purpose of its is MIKEY
            bad("a critical extension that is not known here")
        return 0, -1

    def _buffer(self, use, size):
        # where an element is collected; None: it passes
        facts = self._facts
        if use == _NAME:
            n = self.names_n
            if size > 255 or n + 2 + size > len(self.names):
                bad("too many names")
            self.names[n] = self._id_type
            self.names[n + 1] = size
            self._n = n + 2
            return self.names
        if use == _SIGNATURE:
            if not facts.hash or size > len(facts.signature):
                facts.hash = 0  # by a larger key than any that is trusted here
                return None
            into = facts.signature
            facts.signature_n = size
        elif use == _POINT:
            if not facts.curve:
                return None
            into = facts.point
        elif use == _ALG:
            into = self._alg
            self._alg_n = size
            if size > len(into):  # none of ECDSA's
                return None
        elif use > 0:
            into = self._value
            if size > len(into) and use in (_OID, _OUTER, _KEY_ALG):
                return None
        else:
            return None
        if size > len(into):
            bad("too long")
        return into

    def _close(self):
        # the element in hand is complete
        self._inside = False
        use = self._use
        value = self._value
        facts = self._facts
        n = self._n
        if use == _NAME:
            for i in range(self.names_n + 2, n):
                if not 32 < self.names[i] < 127:
                    bad("a name that is not one")
            if n == self.names_n + 2:
                bad("an empty name")
            self.names_n = n
        elif use == _ALG:
            self._algorithm()
        elif use == _OUTER:
            # of other algorithms than ECDSA it does not matter what they are
            if facts.hash and (n != self._alg_n or value[:n] != self._alg[:n]):
                bad("two signature algorithms")
        elif use == _SIGNATURE:
            if facts.hash and (n < 9 or facts.signature[0]):
                bad("a malformed signature")
        elif use == _VERSION:
            if n != 3 or value[0] != 2 or value[1] != 1 or value[2] > 2:
                bad("a version that is not known here")
            self._v3 = value[2] == 2
        elif use == _TIME:
            at = 0 if self._count[self._depth] == 1 else 14
            facts.date(at, self._head[0], value, n)
        elif use == _KEY_ALG:
            self._point_n = facts.algorithm(value, n)
        elif use == _POINT:
            if facts.curve and (n != self._point_n or facts.point[0] or facts.point[1] != 4):
                bad("a malformed key")
        elif use == _OID:
            # 2.5.29.n are known by n; other OIDs are all one
            known = n == 3 and value[0] == 0x55 and value[1] == 0x1D
            self._oid = value[2] if known else 255
            if known and value[2] in (15, 17, 19):
                bit = 1 << value[2] - 15
                if self._seen & bit:
                    bad("an extension twice")
                self._seen |= bit
        elif use == _CRITICAL:
            if n != 1 or value[0] != 255:
                bad("not DER")
            self._critical = True
        elif use == _VALUE:
            facts.constrain(self._oid, value, n)
        self._into = None
        if self._parting and self._where[self._depth] == _TBS:
            self._part_over()
        self._leave()

    def _part_over(self):
        facts = self._facts
        step = self._step  # of the next field
        into = facts.issuer if step == 4 else facts.subject if step == 6 else facts.key
        self._part.update(self._buf, self._part_at, self._i)
        self._part.digest_into(into, 0)
        self._parting = False

    def _leave(self):
        # sequences that are over now
        while self._at == self._ends[self._depth]:
            d = self._depth
            where = self._where[d]
            n = self._count[d]
            if (
                where == _CERT and n != 3
                or where == _TBS and self._step < 7
                or where in (_VALIDITY, _KEY) and n != 2
                or where == _EXTENSION and n != 3
                or where in (_OUTSIDE, _EXPLICIT, _OCTETS) and n != 1
            ):  # fmt: skip
                bad("something is missing")
            if not d:
                self.done = True
                return
            if where == _TBS:
                self._signed = False
                if self._sum:
                    self._flush()
                    self._sum.digest_into(self._facts.digest, 0)
            elif where == _KEY:
                self._part_over()
            self._depth = d - 1

    def _algorithm(self):
        # the signature's algorithm is known: its hash starts, with what came before
        self._flush()
        size = 0
        if self._early_n <= len(self._early):  # a serial number of 20 octets (RFC 5280 4.1.2.2)
            size = hash_of(self._alg, self._alg_n)
        size = self._facts.hash = size if size <= len(self._facts.digest) else 0
        if not size:
            self._signed = False  # another kind; nobody will ask for its hash
            return
        if size not in self._sums:
            self._sums[size] = Sha(size)
        self._sum = self._sums[size]
        self._sum.plain()
        self._sum.update(self._early, 0, self._early_n)
