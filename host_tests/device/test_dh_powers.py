"""2^x and y^x of every rung that this port has, with every table, against plain squarings."""

import gc
import sys

import check
import umikey.tables as tables
from umikey.crypto import dh

TABLES = ("1k5", "3k", "6k", "12k", "24k")
LONG = bytearray((i * 73 + 41) & 255 for i in range(32))
SHORT = bytearray(b"\1\2\3")
# Digits of zeros, of ones, short, longer than the tables go, and no bit set at all.
EXPONENTS = (
    LONG,
    bytearray(32),
    bytearray(b"\xff" * 32),
    bytearray(b"\0" * 31 + b"\1"),
    bytearray(b"\x80" + b"\0" * 31),
    LONG + b"\x99" * 2,
    bytearray(b"\x05"),
    SHORT,
)
oakley5 = tables.oakley5
known = {}


def power(y, x, p):
    key = (y, bytes(x), p)
    if key not in known:
        known[key] = plain(y, x, p)
    return known[key]


def plain(y, x, p):
    a = 1
    for octet in x:
        for i in range(8):
            a = a * a % p
            if octet << i & 128:
                a = a * y % p
    return a


def one(name, group, y, x):
    n = dh.size(group)
    p = int.from_bytes(dh._prime(n), "big")
    out = bytearray(n)
    if y is None:
        dh.public(group, x, out)
    else:
        dh.shared(group, y.to_bytes(n, "big"), 0, x, out)
    check.eq("%s group %d" % (name, group), int.from_bytes(out, "big"), power(y or 2, x, p))


def installed(name):
    try:
        return __import__("umikey.tables.oakley5_" + name, None, None, ("data",)).data
    except (ImportError, MemoryError) as e:
        check.skip(name, repr(e))
        gc.collect()
        return None


def run(kind, exponents):
    for name in TABLES:
        data = installed(name)
        if data is None:
            continue
        tables.oakley5 = lambda data=data: data
        for x in exponents:
            one("%s table %s" % (kind, name), 0, None, x)
        # Unless frozen, it lies on the heap.
        tables.oakley5 = data = None
        del sys.modules["umikey.tables.oakley5_" + name]
        if hasattr(tables, "oakley5_" + name):
            delattr(tables, "oakley5_" + name)
        gc.collect()
    tables.oakley5 = lambda: None
    p = int.from_bytes(dh._prime(192), "big")
    one(kind, 0, None, exponents[-1])
    for y in (2, p - 2, p // 3, (1 << 1535) - 1, (1 << 1536) - (1 << 1473)):
        one(kind, 0, y, SHORT)
    for group in (1, 2, 241, 242, 243):
        p = int.from_bytes(dh._prime(dh.size(group)), "big")
        for x in exponents if group == 1 else (SHORT,):
            one(kind, group, None, x)
            one(kind, group, p // 7, x)
    tables.oakley5 = oakley5


if dh._asm():
    run("asm", EXPONENTS)
dh._LOADED[:] = [None]
run("int", EXPONENTS[-2:])
check.done()
