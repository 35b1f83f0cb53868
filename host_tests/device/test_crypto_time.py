"""The number of instructions does not depend on keys or data, in the implementations of our own."""

import gc

import _force
import check
from umikey.crypto.hmac import Hmac

try:
    import _counter
except ImportError:
    _counter = None

SECRETS = (0, 1, 0x80, 0xFF, 0x5A, None)  # every octet the same, and a mixture
data = bytearray(32)
out = bytearray(32)


def hmac():
    h.key(data, 0, 16)
    h.update(data, 0, 32)
    h.digest_into(out, 0)


def cipher():
    aes.encrypt(block, out)


def stream():
    for i in range(16):
        iv[i] = 7
    ctr(aes, iv, data, 0, 32)


def count(work):
    gc.collect()
    _counter.start()
    work()
    return _counter.stop()


def same(what, works):
    """works: functions; each has to take the same number of instructions for all secrets."""
    global aes
    counts = [[0] * len(SECRETS) for _ in works]
    for _ in range(3):  # two warm up
        for s in range(len(SECRETS)):
            for i in range(32):
                data[i] = (i * 77 + 13) & 255 if SECRETS[s] is None else SECRETS[s]
            if Aes:
                for i in range(16):
                    block[i] = data[15 - i]
                aes = None  # the next one gets the same place: an address changes the count, too
                gc.collect()
                aes = Aes(data)
            for w in range(len(works)):
                counts[w][s] = count(works[w])
    for w in range(len(works)):
        for s in range(1, len(SECRETS)):
            check.eq("%s %d %d" % (what, w, s), counts[w][s], counts[w][0])


Aes = None
block = bytearray(16)
iv = bytearray(16)
if _counter is None or _counter.UNIT != "instructions":
    check.skip("constant time", "no instruction counter")
else:
    for name, size in (("sha1", 20), ("sha256", 32)):
        for kind in _force.kinds(name):
            if kind != "hashlib":
                _force.use(kind)
                h = Hmac(size)
                same("HMAC %d %s" % (size, kind), (hmac,))
    for kind in _force.kinds("aes"):
        if kind != "cryptolib":
            _force.use(kind)
            from umikey.crypto.aes import Aes, ctr

            same("AES " + kind, (cipher, stream))
check.done()
