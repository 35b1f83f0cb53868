"""Random octets that are refused rather than guessed."""

import os

import umikey.errors as errors

_last = -1  # a 30-bit mix of the previous call's octets, to notice them again without keeping them


def fill(buf, start, end, source=None):
    """Fill buf[start:end] with random octets.

    source: a function that returns n octets for n, as `os.urandom` does; None is the port's own
    `os.urandom`. NoEntropy where there is none, and when the source raises, returns something else
    than n octets, all zeros (for n >= 4) or the octets of the previous call (for n >= 8; a good
    source is taken for that once in 2^30 calls). `buf` is then as it was. LocalError for offsets
    outside the buffer.
    """
    global _last
    n = end - start
    if not 0 <= start <= end <= len(buf):
        raise errors.LocalError("outside the buffer")
    if source is None:
        source = getattr(os, "urandom", None)
        if source is None:
            raise errors.NoEntropy("this port has no os.urandom: give random=")
    new = None
    try:
        new = source(n)
    except Exception:
        pass
    if not isinstance(new, (bytes, bytearray, memoryview)) or len(new) != n:
        raise errors.NoEntropy(
            "the source failed, or returned something else than the octets asked for"
        )
    some = 0
    mix = n
    for x in new:
        some |= x
        mix = ((mix & 0x1FFFFF) * 257 ^ mix >> 21 ^ x) & 0x3FFFFFFF
    if not 0 <= some <= 255:
        raise errors.NoEntropy("the source did not return octets")
    if n >= 4 and not some:
        raise errors.NoEntropy("the source returned zeros")
    if n >= 8:
        if mix == _last:
            raise errors.NoEntropy("the source repeats itself")
        _last = mix
    for i in range(n):
        buf[start + i] = new[i]
