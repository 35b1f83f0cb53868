"""What two people compare to see that their ends have the same keys; loaded when asked for."""

from umikey.crypto.hash import Sha


def fingerprint(sessions):
    """See `policy.SA.fingerprint`."""
    h = Sha(32)
    for cs in sessions:
        part = bytes((cs.cs_id,)) + cs.master()
        h.update(part, 0, len(part))
    out = bytearray(32)
    h.digest_into(out, 0)
    hexes = "".join("%02x" % b for b in out[:8])
    return "-".join(hexes[i : i + 4] for i in range(0, 16, 4))
