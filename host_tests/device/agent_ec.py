"""The agent's commands for elliptic curves and their schemes, loaded when first asked for."""


def _hex(b):
    return "".join("%02x" % x for x in b) if b else "-"


def _oct(s):
    return bytearray(int(s[i : i + 2], 16) for i in range(0, len(s), 2)) if s != "-" else b""


def constants(curve="8"):
    """-> p, n, b and G of a curve."""
    from umikey.crypto import ec

    c = ec.curve(int(curve))
    return " ".join([_hex(x) for x in (c.P, c.N, c.B, c.G)])


def ecdh(curve="8", k="-", point="-"):
    """-> k G, and x of k Q, Q given in any form."""
    from umikey.crypto import ec

    c = ec.curve(int(curve))
    k = _oct(k)
    own = bytearray(2 * c.SIZE)
    other = bytearray(2 * c.SIZE)
    c.base(k, own)
    q = _oct(point)
    ec.decode(int(curve), q, 0, len(q), other)
    c.multiply(k, other, 0, other)
    return _hex(own) + " " + _hex(other[: c.SIZE])


def ecgdsa(point="-", digest="-", sig="-"):
    from umikey.crypto import ecdsa

    ecdsa.verify(_oct(point), _oct(digest), _oct(sig), 0, None, True)
    return "verified"


def ecies(curve="8", d="-", data="-", kdf="20", k="-", point="-", plain="-"):
    """-> what opens, and what seals with the secret k."""
    from umikey.crypto import ecies, rng

    data = _oct(data)
    out = bytearray(48)
    n = ecies.open(int(curve), _oct(d), data, 0, len(data), out, int(kdf))
    opened = _hex(out[:n])
    sealed = bytearray(len(data) + 16)
    k = _oct(k)
    rng._last = -1  # the same octets as a call before are what is wanted here
    n = ecies.seal(int(curve), _oct(point), 0, _oct(plain), sealed, 0, lambda n: bytes(k), int(kdf))
    return opened + " " + _hex(sealed[:n])


def mqv(curve="8", ds="-", de="-", qe="-", static="-", fresh="-", kdf="20", n="36"):
    """-> Z, and n octets of X9.63's function of it."""
    from umikey.crypto import ec, ecmqv
    from umikey.crypto.x963 import x963

    c = ec.curve(int(curve))
    z = bytearray(c.SIZE)
    ecmqv.agree(c, _oct(ds), _oct(de), _oct(qe), _oct(static), 0, _oct(fresh), 0, z)
    out = bytearray(int(n))
    x963(int(kdf), z, out)
    return _hex(z) + " " + _hex(out)
