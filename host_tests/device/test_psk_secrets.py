"""Keys are overwritten by close, and no text has them (checklist item 126, SECURITY.md).

What can still be reached from an engine is walked through, before and after `close`. The PSK is the
caller's and stays as it is.
"""

from binascii import hexlify, unhexlify

import check
import psk_pair
from umikey import SRTP, Key, Responder, psk
from umikey.errors import UmikeyError

X = psk_pair.FIRST
# What is transported and what comes of it is filled in below; MIKEY's own keys are the vector's
SECRETS = {
    "TGK": bytes([(77 * i + 13) & 255 for i in range(16)]),
    "encr_key": unhexlify("e068ddfcfcf47e215476c9b3c5cc1f1c"),
    "salt_key": unhexlify("828d1f721ad11001da87f92f410d"),
    "auth_key": unhexlify("ed4e4fc3d562691b8f6a1ccf9f2644bc77c9c304"),
}
MASKS = (0, 0x36, 0x5C)  # a key may stand in HMAC's padded form, too


def reach(thing, seen):
    """Every bytes and bytearray that can be reached from `thing` through attributes."""
    if id(thing) in seen or thing is X or isinstance(thing, type):
        return []
    if isinstance(thing, (bytes, bytearray)):
        return [thing]
    seen.append(id(thing))
    if isinstance(thing, (list, tuple)):
        parts = thing
    elif isinstance(thing, dict):
        parts = thing.values()
    else:
        parts = getattr(thing, "__dict__", {}).values()
    out = []
    for part in parts:
        out += reach(part, seen)
    return out


def reached(*things):
    """Every bytes and bytearray that can be reached from `things`, the objects themselves."""
    seen = []
    return [o for thing in things for o in reach(thing, seen)]


def secrets(octets):
    """How many secrets are in any of these objects."""
    octets = [bytes(o) for o in octets]
    forms = [bytes([b ^ mask for b in s]) for s in SECRETS.values() for mask in MASKS]
    return sum([any([form in o for o in octets]) for form in forms])


def silent(what, *texts):
    """No text has a secret or the PSK, as octets, in hex, or as MicroPython prints them."""
    for name, secret in list(SECRETS.items()) + [("PSK", X["psk"])]:
        for form in (hexlify(secret).decode(), repr(bytes(secret))[2:-1], repr(bytearray(secret))):
            for text in texts:
                check.ok("item 126: %s in %s" % (name, what), form not in text)


def texts(*things):
    return [form(thing) for thing in things for form in (str, repr)]


def failing(what, work, *args):
    try:
        work(*args)
    except Exception as e:  # whatever it is, its text must be clean
        silent(what, *texts(e, e.args))
        return e
    check.ok(what + " fails", False)


def lookup(id_i, id_r):
    raise ValueError("no")


def short():
    x = dict(X)
    x["keys"] = ((2, SECRETS["TEK 1"][:9], b"", 0, b"", b""),)
    return x


me = psk.Initiator(
    X["psk"], X["id_i"], X["id_r"], (SRTP(1), SRTP(2)), True,
    csb_id=X["csb"], rand=X["rand"], random=lambda n: SECRETS["TGK"][:n], now=lambda: X["now"],
)  # fmt: skip
srv = psk_pair.responder()
buf = bytearray(256)
check.ok("heard", srv.feed(buf, 0, me.start(buf)))
check.ok("answered", me.feed(buf, 0, srv.answer(buf)))
sas = me.sa, srv.sa
for cs in me.sa:
    SECRETS["TEK %d" % cs.cs_id] = bytes(cs.tek)
    SECRETS["salt %d" % cs.cs_id] = bytes(cs.salt)
check.eq("secrets", len(SECRETS), 8)
for what in (me, srv) + sas:
    check.ok("item 126: the walk finds keys that are there", secrets(reached(what)) > 4)
silent("the engines", *texts(me, srv, *sas), *texts(*me.sa), *texts(me.sa.sessions))
silent("the fingerprint", me.sa.fingerprint())

wrong = dict(X)
wrong["psk"] = b"another key, not the right one"
e = failing("a wrong PSK", psk_pair.responder(wrong).feed, X["i"])
check.ok("of the project's own kind", isinstance(e, UmikeyError))
spoilt = X["r"][:-1] + b"\0"
failing("a wrong V", psk_pair.initiator().feed, spoilt)
failing("a short TEK", lambda: psk_pair.initiator(short()))
failing("both TGK and TEK", Key, SECRETS["TGK"], SECRETS["TEK 1"])
failing("a small buffer", me.update, bytearray(4))
failing("no such option", lambda: psk.Initiator(X["psk"], "a@x", "b@x", colour=SECRETS["TGK"]))
failing("a lookup that raises", lambda: Responder((psk.Policy(lookup),), "b@x").feed(X["i"]))


# The responder hears somebody else in between: what it remembers for updates is wiped, too
other = psk.Initiator(
    X["psk"], X["id_i"], X["id_r"], (SRTP(9),), False,
    csb_id=b"abcd", rand=X["rand"], random=lambda n: bytes(range(n)), now=lambda: X["now"],
)  # fmt: skip
srv.reset()
check.ok("heard another", srv.feed(buf, 0, other.start(buf)))
before = reached(me, srv, *sas)
me.close()
srv.close()
check.eq("item 126: after close, what there was", secrets(before), 0)
check.eq("item 126: after close, what there is", secrets(reached(me, srv, *sas)), 0)
check.done()
