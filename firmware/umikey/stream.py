"""The push parser: octets in any chunking -> complete payloads, in bounded memory, no allocation.

The octets of a message go into one `hold` of fixed size, given by the engine. Payloads that need
not be kept (extensions, certificates) can be passed through: their head stays in `hold`, with its
length set to 0, and their data goes by (`owner.passing`), so that a message may be longer than
`hold`. When the last payload is complete, `hold[:n]` is a well-formed chain for `wire`'s pull_
functions.

MIKEY payloads have no common length field (RFC 3830 6): a type that is not known here ends the
message with error 13 (RFC 4738 3.5). DH and ECCPT are known once a mode has imported `wire_dh`,
TICKET with `wire_ext`: what nobody here can use does not get to load code.
"""

import umikey.wire as wire
from umikey.errors import RemoteError

_CERT = const(7)
_EXT = const(21)

# By payload type (0: the common header): octets up to and including what tells the length ...
_HEAD = b"\x0a\4\3\3\2\2\4\4\2\2\5\2\4\3\5\3\x0a\x0a\0\0\0\4\3\3\0\3\5"
# ... and how: 0 fixed, 1 last octet, 2 last two octets, 3 their low 14 bits, 4 their low 12 bits,
# 5 by timestamp type, 6 by hash, 7 by MAC, 8 KEMAC, 9 header, 10 `wire_dh`, 11 `wire_ext`
_RULE = b"\x09\x08\3\x0a\4\5\2\2\6\7\2\1\0\5\2\1\2\x0b\0\0\0\2\2\2\0\x0a\2"


def _by(table, index, number, what):
    if index >= len(table):
        raise RemoteError(number, what)
    return table[index]


def _generic_map(b, at, n):
    # GENERIC-ID (RFC 6043 6.1.1): block by block, as far as its lengths have come in
    need = 10
    for _ in range(b[at + 8]):
        need += 3
        if n < need:
            return need
        need += (b[at + need - 1] & 127) + 2
        if n < need:
            return need
        need += (b[at + need - 2] << 8 | b[at + need - 1]) + 1
        if n < need:
            return need
        need += b[at + need - 1]
    return need


def extent(kind, b, at, n):
    """Octets from `at` that the payload of type `kind` is known to have, when n of them are there.

    Equal to n: it is complete. RemoteError for what cannot be delimited.
    """
    head = _by(_HEAD, kind, 13, "unknown payload type")
    if not head:
        raise RemoteError(13, "unknown payload type")
    if n < head:
        return head
    last = b[at + head - 1]
    rule = _RULE[kind]
    if rule == 1:
        return head + last
    if rule == 5:
        return head + _by(wire.TS_LEN, last, 12, "timestamp type")
    if rule == 6:
        return head + _by(wire.HASH_LEN, last, 5, "")
    if rule == 7:
        return head + _by(wire.MAC_LEN, last, 3, "")
    if rule == 9:
        if b[at] != 1:
            raise RemoteError(12, "MIKEY version")
        if last == 0:
            return head + 9 * b[at + 8]
        if last == 2:
            return _generic_map(b, at, n)
        if last > 2:
            raise RemoteError(12, "CS ID map type")
        return head
    size = b[at + head - 2] << 8 | last
    if rule == 3:
        size &= 0x3FFF
    elif rule == 4:
        size &= 0x0FFF
    elif rule == 8:
        head += size + 1
        if n < head:
            return head
        return head + wire.kemac_tag(b, at, at + head - 1)
    elif rule >= 10:
        more = wire.EXTENT[rule - 10]
        if more is None:
            raise RemoteError(13, "payload %d" % kind)
        return more(kind, b, at, n)
    elif rule == 0:
        size = 0
    return head + size


class Stream:
    """One message at a time. `owner` has `keeps(kind, size)` and `passing(buf, i, end)`.

    After `push`, `event` is the type of the payload just completed (0: header, None: more octets
    are needed), which stands in hold[at:n]; `done` is True once it was the last.
    """

    def __init__(self, hold, owner):
        self.hold = hold
        self.owner = owner
        self.reset()

    def reset(self):
        self.n = 0  # octets held
        self.at = 0  # where the payload in hand begins
        self.kind = 0  # its type
        self.next = 0  # type of the one to come
        self.skip = 0  # octets still to pass through
        self.event = None
        self.done = False
        self.covered = 0  # hold[:covered] is in the owner's MAC already

    def push(self, buf, i, end):
        """Take buf[i:end] up to the end of a payload; returns the index of the first not taken."""
        hold = self.hold
        if self.event is not None:
            self.at = self.n
            self.kind = self.next
            self.event = None
        while True:
            if self.skip:
                k = end - i
                if k > self.skip:
                    k = self.skip
                if k:
                    self.owner.passing(buf, i, i + k)
                self.skip -= k
                if self.skip:
                    return end
                i += k
            n = self.n
            need = self.at + extent(self.kind, hold, self.at, n - self.at)
            if need == n:
                break
            if need > len(hold):
                raise RemoteError(12, "longer than this end can take")
            while n < need:
                if i == end:
                    self.n = n
                    return i
                hold[n] = buf[i]
                n += 1
                i += 1
            self.n = n
            if (self.kind == _EXT or self.kind == _CERT) and n == self.at + 4:
                size = hold[n - 2] << 8 | hold[n - 1]
                if size and not self.owner.keeps(self.kind, size):
                    hold[n - 2] = hold[n - 1] = 0
                    self.skip = size
        self.event = self.kind
        self.next = hold[2 if self.kind == 0 else self.at]
        self.done = self.next == 0 or self.kind == 4  # SIGN has no next payload and is the last
        return i
