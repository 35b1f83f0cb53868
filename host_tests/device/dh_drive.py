"""Works through many numbers and tells a hash of the results: see ../test_device_dh.py.

Host and device make the same numbers by themselves, from a seed; sending them would take longer
than computing with them.
"""

import hashlib

from umikey.crypto import dh


class Numbers:
    """Octets that look random: SHA-256 of the seed and a counter."""

    def __init__(self, seed):
        self.seed = seed
        self.count = 0
        self.left = b""

    def take(self, n):
        while len(self.left) < n:
            self.count += 1
            self.left += hashlib.sha256(b"%d %d" % (self.seed, self.count)).digest()
        out = self.left[:n]
        self.left = self.left[n:]
        return out


def edges(p, n, bits):
    """Numbers below 2^(8 n) where carries and digits of `bits` bits have something to go wrong."""
    top = 1 << 8 * n
    yield from (0, 1, 2, p - 1, p - 2, p, p >> 1, (p >> 1) + 1, top - 1, top >> 1, (top >> 1) - 1)
    every = sum(1 << i for i in range(0, 8 * n, bits))
    half = 1 << bits - 1
    for digit in (1, half - 1, half, half + 1, 2 * half - 1):
        yield every * digit % top
        yield every * digit % p
        yield top - 1 - every * digit % top
    for i in range(bits, 8 * n, bits):
        yield 1 << i
        yield (1 << i) - 1
        yield top - (1 << i)
        yield (1 << i - 1) + (1 << i)


def edge_pairs(p, n, bits):
    """Every edge with itself, with the one before and with some that fill all digits."""
    fixed = (p - 1, (1 << 8 * n) - 1, sum(1 << i for i in range(bits - 1, 8 * n, bits)), 1)
    last = 3
    for a in edges(p, n, bits):
        yield a, a
        yield a, last
        for b in fixed:
            yield b, a
        last = a


def products(group, square, seed, count):
    """The hash of a * b / R mod p for `count` random pairs, or for the edges if seed is 0."""
    from umikey.crypto._dh_asm import products

    core = dh._asm()
    n = dh.size(group)
    p = int.from_bytes(dh._prime(n), "big")
    numbers = Numbers(seed)
    pair = bytearray(2 * n)
    out = bytearray(n)
    h = hashlib.sha256()
    if seed:
        for _ in range(count):
            pair[:] = numbers.take(2 * n)
            products(core, n, dh.fill_prime, pair, square, out)
            h.update(out)
    else:
        for a, b in edge_pairs(p, n, core.BITS):
            pair[:n] = a.to_bytes(n, "big")
            pair[n:] = b.to_bytes(n, "big")
            products(core, n, dh.fill_prime, pair, square, out)
            h.update(out)
    return h.digest()


def powers(group, seed, count):
    """The hash of 2^x and of the next 2^x to the power of x, x random, `count` times."""
    n = dh.size(group)
    numbers = Numbers(seed)
    mine = bytearray(n)
    out = bytearray(n)
    h = hashlib.sha256()
    for _ in range(count):
        x = bytearray(numbers.take(32))
        dh.public(group, x, mine)
        dh.shared(group, mine, 0, bytearray(numbers.take(32)), out)
        h.update(mine)
        h.update(out)
    return h.digest()


def serve():
    import sys

    dh.rung(0)
    while True:
        words = sys.stdin.readline().split()
        if words[0] == "end":
            break
        if words[0] == "int":
            dh._LOADED[:] = [None]
            continue
        arguments = [int(w) for w in words[1:]]
        digest = (products if words[0] == "products" else powers)(*arguments)
        print("".join("%02x" % x for x in digest))
