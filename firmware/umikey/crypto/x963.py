"""The key derivation function of ANSI X9.63 (SEC 1 3.6.1), without SharedInfo."""

from umikey.crypto.hash import Sha


def x963(size, z, out):
    """out[:] = KDF(z); size: octets of the hash, 20 SHA-1, 32 SHA-256. `z` is not kept."""
    sha = Sha(size)
    block = bytearray(size)
    counter = bytearray(4)
    for at in range(0, len(out), size):
        counter[3] += 1
        sha.plain()
        sha.update(z, 0, len(z))
        sha.update(counter, 0, 4)
        sha.digest_into(block, 0)
        n = min(size, len(out) - at)
        out[at : at + n] = memoryview(block)[:n]
    for i in range(size):
        block[i] = 0
    sha.plain()
