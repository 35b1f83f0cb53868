"""What says that it allocates nothing allocates nothing: it works with the heap locked."""

import sys

import _force
import check
import micropython

buf = bytearray(200)
out = bytearray(40)
iv = bytearray(b"\xff" * 16)
key = bytes(range(32))
big = bytes(100)


def locked(what, work):
    work()  # the first time may enlarge a stack frame's place
    micropython.heap_lock()
    try:
        work()
        done = True
    except MemoryError:
        done = False
    micropython.heap_unlock()
    check.ok(what + " with the heap locked", done)


def hmac_all():
    h.key(key, 0, 16)
    h.update(buf, 3, 28)
    h.digest_into(out, 1)
    h.start()
    h.update(buf, 0, 1)
    h.update(buf, 1, 200)
    h.digest_into(out, 0)
    h.key(big, 0, 100)
    h.update(buf, 5, 60)
    h.digest_into(out, 8)
    h.wipe()
    h.plain()
    h.update(buf, 7, 150)
    h.digest_into(out, 0)


def hmac_update():
    h.update(buf, 3, 28)
    h.update(buf, 0, 200)
    h.update(buf, 1, 199)
    h.update(buf, 9, 9)


def compare():
    equal(out, 0, buf, 3, 20)


def aes_encrypt():
    aes.encrypt(iv, out)
    aes.encrypt(iv, iv)


def aes_ctr():
    ctr(aes, iv, buf, 0, 200)
    ctr(aes, iv, buf, 3, 24)


def aes_wipe():
    aes.wipe()


if sys.implementation.name != "micropython":
    check.skip("heap lock", "CPython cannot lock its heap")
else:
    from umikey.crypto.hmac import Hmac, equal

    locked("equal", compare)
    for name, size in (("sha1", 20), ("sha256", 32)):
        for kind in _force.kinds(name):
            _force.use(kind)
            h = Hmac(size)
            what = "HMAC %d %s" % (size, kind)
            if kind != "hashlib":
                locked(what, hmac_all)
            h.key(key, 0, 16)
            locked(what + " update", hmac_update)
    for kind in _force.kinds("aes"):
        _force.use(kind)
        from umikey.crypto.aes import Aes, ctr

        for n in (16, 32):
            aes = Aes(key[:n])
            locked("AES %d %s" % (n, kind), aes_encrypt)
            locked("AES-CM %d %s" % (n, kind), aes_ctr)
        locked("AES %s wipe" % kind, aes_wipe)
check.done()
