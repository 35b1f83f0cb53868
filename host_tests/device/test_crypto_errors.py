"""Wrong offsets, wrong sizes and calls out of order raise LocalError, whatever is behind it."""

import _force
import check
from umikey.crypto.hmac import Hmac
from umikey.errors import LocalError

buf = bytearray(40)
OUTSIDE = ((-1, 4), (5, 4), (0, 41), (41, 41), (-2, -1), (0, -1))


def bad(what, fn, *args):
    check.raises(what, LocalError, fn, *args)


def run_hmac(size, kind):
    what = "%d %s: " % (size, kind)
    h = Hmac(size)
    bad(what + "start without a key", h.start)
    bad(what + "update without a key", h.update, buf, 0, 1)
    bad(what + "digest without a key", h.digest_into, buf, 0)
    h.key(b"key", 0, 3)
    for start, end in OUTSIDE:
        bad(what + "update %d %d" % (start, end), h.update, buf, start, end)
        bad(what + "key %d %d" % (start, end), h.key, buf, start, end)
    for at in (-1, 41 - size, 40, 41):
        bad(what + "digest_into at %d" % at, h.digest_into, buf, at)
    h.digest_into(buf, 40 - size)
    first = bytes(buf)
    bad(what + "digest twice", h.digest_into, buf, 0)
    bad(what + "update after digest", h.update, buf, 0, 1)
    h.start()
    h.digest_into(buf, 40 - size)
    check.eq(what + "the same tag after errors", buf, first)
    h.wipe()
    bad(what + "start after wipe", h.start)
    bad(what + "update after wipe", h.update, buf, 0, 1)
    bad(what + "digest after wipe", h.digest_into, buf, 0)
    h.key(b"key", 0, 3)
    h.plain()
    h.update(buf, 0, 1)
    h.digest_into(buf, 0)
    bad(what + "start after a plain hash", h.start)


def run_aes(kind):
    from umikey.crypto.aes import Aes, ctr

    for n in (0, 8, 15, 17, 24, 31, 33):
        bad("AES %s key of %d" % (kind, n), Aes, bytes(n))
    aes = Aes(bytes(16))
    iv = bytearray(16)
    bad("AES %s short source" % kind, aes.encrypt, bytes(15), iv)
    bad("AES %s long source" % kind, aes.encrypt, bytes(17), iv)
    bad("AES %s short destination" % kind, aes.encrypt, iv, bytearray(15))
    for n in (0, 15, 17):
        bad("AES-CM %s iv of %d" % (kind, n), ctr, aes, bytearray(n), buf, 0, 1)
    before = bytes(buf)
    for start, end in OUTSIDE:
        bad("AES-CM %s %d %d" % (kind, start, end), ctr, aes, iv, buf, start, end)
    check.eq("AES-CM %s: nothing changed" % kind, buf, before)
    check.eq("AES-CM %s: nothing counted" % kind, iv, bytes(16))
    aes.wipe()
    bad("AES %s wiped" % kind, aes.encrypt, iv, iv)
    bad("AES-CM %s wiped" % kind, ctr, aes, iv, buf, 0, 1)


for size in (0, 16, 19, 21, 63, -20):
    bad("Hmac(%d)" % size, Hmac, size)
for name, size in (("sha1", 20), ("sha256", 32)):
    for kind in _force.kinds(name):
        _force.use(kind)
        run_hmac(size, kind)
for kind in _force.kinds("aes"):
    _force.use(kind)
    run_aes(kind)
check.done()
