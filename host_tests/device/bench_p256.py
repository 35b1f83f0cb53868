"""What P-256 costs here, as `_cost.py` says it: k*G, k*Q, signing and verifying.

The rungs are `asm` and `int`, and where its module is there, python-ecdsa's k*Q. Checks and
conversions are counted, importing is not. Signatures are r || s, with nonces of RFC 6979.

    import bench_p256
    bench_p256.run()                   # or with the names of the rungs wanted, heap=False for speed
    bench_p256.by_table()              # with each table, and without
"""

import _cost
import umikey.crypto._p256_int as plain
from umikey.crypto import ecdsa, p256

k = bytearray((i * 73 + 41) & 255 for i in range(32))
digest = bytearray((i * 91 + 7) & 255 for i in range(32))
point = bytearray(64)
out = bytearray(64)
sig = bytearray(64)
work = bytearray(257)


def base():
    p256.base(k, out)


def multiply():
    p256.multiply(k, point, 0, out)


def sign():
    ecdsa.sign(k, digest, sig, 0, 64, work=work)


def verify():
    ecdsa.verify(point, digest, sig)


def python_ecdsa():
    import python_ecdsa as other

    b = int.from_bytes(p256.B, "big")
    curve = other.CurveFp(int.from_bytes(p256.P, "big"), -3, b, 1)
    x, y = (int.from_bytes(point[i : i + 32], "big") for i in (0, 32))
    q = other.PointJacobi(curve, x, y, 1, int.from_bytes(p256.N, "big"))
    number = int.from_bytes(k, "big")

    def product():
        found = q * number
        out[:32] = found.x().to_bytes(32, "big")
        out[32:] = found.y().to_bytes(32, "big")

    return product


def run(rungs=("asm", "int", "python-ecdsa"), heap=True):
    _cost.unit()
    best = p256._rung()
    octets = len(p256._table() or b"")
    p256.base(k, point)
    multiply()
    wanted = bytes(out)
    for rung in rungs:
        if rung == "python-ecdsa":
            product = python_ecdsa()
            product()
            assert bytes(out) == wanted, "python-ecdsa says something else"
            _cost.line("p256.kQ", rung, 0, product, heap)
            continue
        if rung == "asm" and best is plain:
            continue
        p256._LOADED[:] = [best if rung == "asm" else plain]
        _cost.line("p256.kG", rung, octets, base, heap)
        _cost.line("p256.kQ", rung, 0, multiply, heap)
        _cost.line("p256.sign", rung, octets, sign, heap)
        _cost.line("p256.verify", rung, octets, verify, heap)
    p256._LOADED[:] = [best]


def by_table():
    """What takes a table, with none and with each; the second word of a line is the rung."""
    _cost.unit()
    best = p256._rung()
    find = p256._table
    p256.base(k, point)
    for module, rung in ((best, "asm"), (plain, "int")):
        if rung == "asm" and best is plain:
            continue
        p256._LOADED[:] = [module]
        for name in ("", "4k", "8k"):
            module._table = lambda names=None, name=name: find((name,))
            octets = len(module._table() or b"")
            _cost.line("p256.kG", rung, octets, base, False)
            _cost.line("p256.sign", rung, octets, sign, False)
            if rung == "asm":
                _cost.line("p256.verify", rung, octets, verify, False)
        if rung == "int":
            for name in ("", "odd"):  # the table that verifying takes there
                module._table = lambda names=None, name=name: find((name,))
                _cost.line("p256.verify", rung, len(module._table() or b""), verify, False)
        module._table = find
    p256._LOADED[:] = [best]
