"""What the symmetric crypto costs here: `bench <operation> <implementation> <instructions>` lines.

Instructions on an emulator that counts them, microseconds elsewhere; the first line has the unit.
The work around an operation, an empty call and reading the counter, is subtracted. `hmac-25` is a
message of 25 octets under a key that is set, `hmac-whole-16` one that is a buffer of its own;
`per-64` and `per-16` are what one more block costs.
"""

import gc

import _counter
import _force
from umikey.crypto.hash import Sha
from umikey.crypto.hmac import Hmac, equal

buf = bytearray(322)
out = bytearray(32)
iv = bytearray(16)
h = None


def nothing():
    pass


def count(work):
    """The smallest of some runs; two warm up."""
    best = 0
    for i in range(6):
        gc.collect()
        _counter.start()
        work()
        n = _counter.stop()
        if i == 2 or i > 2 and n < best:
            best = n
    return best


empty = count(nothing)


def bench(what, kind, work, less=empty):
    n = count(work)
    print("bench", what, kind, n - less)
    return n


def compare():
    equal(out, 0, buf, 1, 20)


def sha_64():
    h.update(buf, 1, 65)


def sha_320():
    h.update(buf, 1, 321)


def hmac_key():
    h.key(buf, 3, 19)


def hmac():
    h.start()
    h.update(buf, 1, 26)
    h.digest_into(out, 0)


def hmac_whole():
    h.start()
    h.update(iv, 0, 16)
    h.digest_into(out, 0)


def wipe():
    h.wipe()


def compress():
    h._block(h._c, 0)


def hashes(name, size):
    global h
    for kind in _force.kinds(name):
        _force.use(kind)
        h = Sha(size)
        one = bench(name + "-64", kind, sha_64)
        five = count(sha_320)
        print("bench", name + "-per-64", kind, (five - one + 2) // 4)
        if kind != "hashlib":
            bench(name + "-compress", kind, compress)
        h = Hmac(size)
        bench(name + "-hmac-key", kind, hmac_key)
        bench(name + "-hmac-25", kind, hmac)
        bench(name + "-hmac-whole-16", kind, hmac_whole)
        bench(name + "-hmac-wipe", kind, wipe)


def aes_key():
    Aes(key)


def aes_block():
    aes.encrypt(iv, out)


def ctr_16():
    ctr(aes, iv, buf, 0, 16)


def ctr_320():
    ctr(aes, iv, buf, 0, 320)


print("unit", _counter.UNIT)
bench("equal-20", "plain", compare)
hashes("sha1", 20)
hashes("sha256", 32)
for kind in _force.kinds("aes"):
    _force.use(kind)
    from umikey.crypto.aes import Aes, ctr

    for n in (16, 32):
        what = "aes%d-" % (8 * n)
        key = bytes(n)
        bench(what + "key", kind, aes_key)
        aes = Aes(key)
        bench(what + "block", kind, aes_block)
        one = bench(what + "cm-16", kind, ctr_16)
        print("bench", what + "cm-per-16", kind, (count(ctr_320) - one + 9) // 19)
