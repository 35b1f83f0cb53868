"""Messages that nobody should send: damaged ones, and well-made ones with senseless contents.

Everything comes from one seed. A message that is `sealed` has the right MAC over what it says, so
that the engine has to make sense of it; the others must be refused, whatever is in them.
"""

import random
from dataclasses import dataclass

import craft
from craft import CSB, EXT, ID_I, ID_R, RAND, SP, TGK, TS, I

EXTREMES = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)
LONG = (0, 1, 2, 4, 20, 255, 256, 0x3FFF, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF)
TAG = {0: 0, 1: 20, 2: 32}


@dataclass(frozen=True)
class Message:
    """What to feed. how: the kinds of damage, for the reader of a failure."""

    octets: bytes
    sealed: bool
    how: str


class Messages:
    """Without end, for one role: "responder" (I_MESSAGEs) or "initiator" (answers)."""

    def __init__(self, role: str, seed: int):
        self.r = random.Random(f"{role} {seed}")
        self.role = role
        self.bases = _offers() if role == "responder" else _answers()
        self.known = {self._sealed(*base) for base in self.bases}

    def valid(self) -> tuple[bytes, bytes]:
        """A message that an engine must take after all this, and the CSB ID for its keys."""
        if self.role == "initiator":
            return self._sealed(*self.bases[0]), CSB
        csb = self.r.randbytes(4)
        return I(csb=csb).encode(), csb

    def next(self) -> Message:
        r = self.r
        if self.role == "responder" and r.random() < 0.5:
            how, m = self._senseless()
            return Message(m.encode(), True, how)
        body, alg, tail = r.choice(self.bases)
        sealed = r.random() < 0.5
        octets = bytearray(body if sealed else self._sealed(body, alg, tail))
        how = []
        for _ in range(r.choice((1, 1, 1, 1, 2, 5))):
            damage = r.choice(self.DAMAGE)
            damage(self, octets)
            how.append(damage.__name__)
        octets = bytes(octets)
        if sealed:
            octets = craft.seal(octets, tail, alg) if alg else octets
        return Message(
            octets, sealed or octets in self.known, ("sealed " if sealed else "") + " ".join(how)
        )

    def cuts(self, n: int):
        """Where to cut a message of n octets for feeding: whole, at one place, in small steps."""
        kind = self.r.random()
        if kind < 0.7 or n < 2:
            return (n,)
        if kind < 0.9:
            return (self.r.randrange(1, n), n)
        step = self.r.choice((1, 2, 3, 7, 16))
        return (*range(step, n, step), n)

    @staticmethod
    def _sealed(body, alg, tail):
        return craft.seal(body, tail, alg) if alg else body

    # Damage to the octets, in place

    def flip(self, m):
        if m:
            m[self.r.randrange(len(m))] ^= 1 << self.r.randrange(8)

    def extreme(self, m):
        if m:
            m[self.r.randrange(len(m))] = self.r.choice(EXTREMES)

    def header(self, m):
        if len(m) > 9:
            m[self.r.choice((0, 1, 2, 3, 8, 9))] = self.r.choice((*range(24), *EXTREMES))

    def length(self, m):
        # a 16-bit length: anywhere, most often where payloads have theirs
        places = [i for i in range(10, len(m) - 2) if m[i] == 0 and m[i + 1]] or [0]
        at = self.r.choice(places)
        value = self.r.choice((*LONG, len(m) - at - 2, len(m) - at - 1, len(m) - at))
        m[at : at + 2] = (max(value, 0) & 0xFFFF).to_bytes(2, "big")

    def cut(self, m):
        del m[self.r.randrange(len(m) + 1) :]

    def remove(self, m):
        at = self.r.randrange(len(m) + 1)
        del m[at : at + self.r.choice((1, 2, 4, 9, 20))]

    def double(self, m):
        at = self.r.randrange(len(m) + 1)
        m[at:at] = m[at : at + self.r.choice((1, 4, 9, 20, 64))]

    def insert(self, m):
        at = self.r.randrange(len(m) + 1)
        m[at:at] = self.r.randbytes(self.r.choice((1, 2, 9, 33)))

    def append(self, m):
        m += self.r.choice((b"\0", b"\0\0", self.r.randbytes(3), bytes(64)))

    def splice(self, m):
        other = self._sealed(*self.r.choice(self.bases))
        m[self.r.randrange(len(m) + 1) :] = other[self.r.randrange(len(other)) :]

    def noise(self, m):
        at = self.r.randrange(len(m) + 1)
        m[at:] = self.r.randbytes(self.r.randrange(200))

    DAMAGE = (flip, flip, extreme, header, length, length, cut, remove, double, insert, append,
              splice, noise)  # fmt: skip

    # Well-made I_MESSAGEs with the right MAC

    def _senseless(self):
        r = self.r
        changes = {"ts": TS[:6] + r.randbytes(2), "csb": r.choice((CSB, CSB, r.randbytes(4)))}
        how = []
        for _ in range(r.choice((1, 1, 1, 2))):
            kind = r.choice(self.SENSELESS)
            changes.update(kind(self))
            how.append(kind.__name__.strip("_"))
        if changes.get("mac", 1) not in (1, 2):
            changes["encr"] = 0
        return " ".join(how), I(**changes)

    def payloads(self):
        """Any payloads in any number and order between the identities and KEMAC."""
        some = [self._payload() for _ in range(self.r.randrange(5))]
        return {self.r.choice(("before_sp", "extra")): tuple(some)}

    def _payload(self):
        r = self.r
        kind = r.choice((10, 21, 21, 21, 21, 21, 21, 5, 6, 7, 9, 11, 12, 13, 20, r.randrange(256)))
        data = r.randbytes(r.choice((0, 1, 5, 20, 64, 65, 300)))
        if kind == EXT:
            return craft.extension(r.choice((0, 1, 2, 3, 5, 200)), data)
        if kind == 6:
            return craft.identity(data, r.randrange(4))
        if kind == 10:
            return craft.policy(self._params(), r.randrange(3), r.choice((0, 0, 0, 1, 9)))
        if kind == 5:
            return 5, bytes([r.randrange(5)]) + TS
        if kind == 11:
            return 11, bytes([len(data) & 255]) + data
        return kind, data

    def _params(self):
        """SP parameters: types, lengths and values out of bounds."""
        r = self.r
        out = b""
        for _ in range(r.randrange(12)):
            value = r.choice((b"", b"\0", b"\1", b"\4", b"\x10", b"\x14", b"\xff", r.randbytes(9)))
            out += bytes([r.choice((*range(21), 21, 77, 255)), len(value)]) + value
        return r.choice((SP, SP[: r.randrange(len(SP))], out, SP + out))

    def policies(self):
        numbers = [self.r.randrange(3) for _ in range(self.r.randrange(4))]
        return {"sps": tuple((self._params(), no, self.r.choice((0, 0, 1, 9))) for no in numbers)}

    def sessions(self):
        r = self.r
        cs = tuple((r.randrange(3), r.choice((0, 1, 1 << 31)), r.choice((0, 0xFFFFFFFF)))
                   for _ in range(r.choice((0, 1, 2, 3, 20, 60))))  # fmt: skip
        return {"cs": cs, "n_cs": r.choice((None, None, 0, 1, len(cs) + 1, 255)) if cs else None}

    def map(self):
        r = self.r
        raw = r.choice((b"", r.randbytes(9), r.randbytes(40), b"\1\0\0\0\0\0"))
        return {"map_type": r.choice((0, 1, 1, 2, 2, 3, 255)), "map_raw": raw,
                "n_cs": r.choice((0, 1, 2, 255)), "sps": r.choice(((), ((SP, 0, 0),)))}  # fmt: skip

    def key_data(self):
        """Key data of any form: what is decrypted is trusted no more than what is not."""
        r = self.r
        blob = b""
        for _ in range(r.randrange(4)):
            key = r.choice((b"", TGK, bytes(30), bytes(46), bytes(1), bytes(200)))
            kind, kv = r.choice((0, 0, 1, 2, 3, 4, 7, 15)), r.choice((0, 0, 1, 2, 3))
            tail = r.choice((b"", b"\4abcd", b"\6" + bytes(6) + b"\6" + b"\xff" * 6, b"\xff"))
            salt = r.choice((b"", bytes(14), bytes(3)))
            blob += craft.key_data(key, kind, salt, kv, tail, r.choice((0, 20, 20, 5)))
        return {"keys": r.choice((blob, blob[: r.randrange(len(blob) + 1)], r.randbytes(40)))}

    def times(self):
        r = self.r
        ts = r.choice((bytes(8), b"\xff" * 8, TS, b"\x7f" + TS[1:], bytes(4), b"\xff" * 4))
        return {"ts_type": r.choice((0, 1, 2, 3, 3, 4, 255)), "ts": ts}

    def rand(self):
        n = self.r.choice((None, 0, 1, 15, 16, 17, 64, 255))
        return {"rand": None if n is None else self.r.randbytes(n)}

    def identities(self):
        r = self.r
        who = (None, ID_I, ID_R, b"", b"\0", r.randbytes(200), bytes(400))
        return {"ids": tuple(r.choice(who) for _ in range(r.randrange(4))),
                "id_type": r.choice((0, 1, 2, 255))}  # fmt: skip

    def algorithms(self):
        r = self.r
        return {"encr": r.choice((0, 1, 2, 3, 3, 4, 255)), "mac": r.choice((0, 1, 1, 2, 2, 3, 255)),
                "prf": r.choice((0, 0, 1, 1, 2, 127)), "v": r.randrange(2)}  # fmt: skip

    def head(self):
        r = self.r
        return {
            "data_type": r.choice((0, 0, 1, 2, 6, 7, 11, 255)),
            "version": r.choice((1, 1, 0, 2)),
        }

    SENSELESS = (payloads, payloads, policies, sessions, map, key_data, key_data, times, rand,
                 identities, algorithms, head)  # fmt: skip


def _offers():
    """I_MESSAGEs as (body up to the tag, MAC alg, what the MAC covers besides)."""
    later = TS[:7] + b"\1"
    two = ((0, 0x11111111, 0), (0, 0, 0))
    messages = (
        I(),
        I(cs=two, keys=craft.key_data(TGK, 1, bytes(14), 1, b"\4abcd")),
        I(ids=(), cs=()),
        I(before_sp=(craft.extension(1, b"mikey"), craft.extension(0, bytes(300)))),
        I(ts_type=2, ts=b"\0\0\0\7", prf=0),
        I(cs=(), map_type=1, sps=()),
        I(ts=later, rand=None, sps=()),  # an update of the first one's CSB
        I(ts=later, rand=None, cs=two, keys=b""),
        I(csb=b"\0\0\0\1", sps=((SP, 0, 0), (SP, 1, 0)), cs=((0, 5, 0), (1, 6, 0))),
    )
    out = []
    for m in messages:
        octets = m.encode()
        out.append((octets[: len(octets) - TAG[m.mac]], m.mac, b""))
    return out


def _answers():
    """The same for what an initiator may hear."""
    ids = ID_I + ID_R + TS
    error = craft.ERR, b"\x0a\0\0"
    own = craft.policy()
    messages = (
        (craft.response(), ids),
        (craft.response(idr=ID_R), ids),
        (craft.response(extra=(craft.extension(0, bytes(300)),)), ids),
        (craft.response(extra=(craft.extension(1, b"mikey"),)), ids),
        (craft.response(data_type=6, extra=(error,)), b""),
        (craft.response(data_type=6, extra=(error, own)), b""),
    )
    out = [(octets[:-20], 1, tail) for octets, tail in messages]
    out.append((craft.response(data_type=6, extra=(error,), v=False), 0, b""))
    out.append((I(rand=RAND).encode(), 0, b""))  # its own message, thrown back
    return out
