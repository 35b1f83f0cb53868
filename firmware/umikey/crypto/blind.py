"""Octets for blinding the integer rungs: unknown outside, but never worth failing for."""

from umikey.crypto.rng import fill
from umikey.errors import NoEntropy


def noise(secret):
    """8 octets that nobody can know: random ones, or of a hash of `secret` where there are none."""
    out = bytearray(32)
    try:
        fill(out, 0, 8)
    except NoEntropy:
        from umikey.crypto.hash import Sha

        h = Sha(32)
        h.update(b"umikey blinding", 0, 15)
        h.update(secret, 0, len(secret))
        h.digest_into(out, 0)
    return out[:8]
