"""Runs cases of elliptic curves, on every rung of P-256; host_tests/ec_cases.py makes them."""

import check
import umikey.crypto._p256_int as plain
from umikey.crypto import ec, ecdsa, p256
from umikey.errors import AuthError, LocalError, RemoteError

_FREE = b"\xaa"


def _outcome(c, op, a):
    """The octets written, or a word: ok, none for infinity, or the error."""
    n = 2 * c.SIZE
    if op == "check":
        c.check(b"\1" + a[0], 1)
        return "ok"
    if op == "verify":
        ecdsa.verify(a[0], a[1], b"\1" + a[2] + b"\1", 1, len(a[2]), curve=c.ID)
        return "ok"
    if op == "decode":
        out = bytearray(n)
        ec.decode(c.ID, b"\4" + a[0], 1, len(a[0]), out)
        return bytes(out)
    out = bytearray(_FREE * (n + 2))
    found = None
    try:
        if op == "base":
            c.base(bytearray(a[0]), out, 1)
        elif op in ("multiply", "exchange"):
            c.multiply(bytearray(a[0]), b"\1" + a[1], 1, out, 1)
        elif op == "sum":
            found = c.double_multiply(bytearray(a[0]), bytearray(a[1]), b"\1" + a[2], 1, out, 1)
        elif op == "plus":
            both = b"\1" + a[0] + a[2]
            found = c.add_multiple(both, 1, bytearray(a[1]), both, 1 + n, out, 1)
        elif op == "sign":
            ecdsa.sign(bytearray(a[0]), a[1], out, 1, n, curve=c.ID)
        if found is None or found:
            if op == "exchange":  # of which only x is known
                return bytes(out[1 : c.SIZE + 1])
            return bytes(out[1:-1]) if out[0] == out[n + 1] == 0xAA else "wrote outside"
    except Exception:
        # as where the sum is infinity: nothing is written
        if bytes(out) != _FREE * (n + 2):
            return "wrote, and raised"
        raise
    return "none" if bytes(out) == _FREE * (n + 2) else "wrote, and said it did not"


def _word(c, op, a):
    try:
        return _outcome(c, op, a)
    except AuthError:
        return "AuthError"
    except LocalError:
        return "LocalError"
    except RemoteError as e:
        return "RemoteError/%r" % e.number


def _rungs():
    """Name, module, and whether the tables of multiples of G are there."""
    best = p256._rung()
    found = [("int", plain, True), ("int without tables", plain, False)]
    if best is not plain:
        found[:0] = [("asm", best, True), ("asm without tables", best, False)]
    return found


def run(name, plainly=1):
    """The cases of the module `name`; on the slower rungs every plainly-th."""
    modules = _rungs()
    first = modules[0][1]
    has = p256._table
    seen = {}
    count = 0
    for number, title, op, want, args in __import__(name).cases():
        count += 1
        c = ec.curve(number)
        for kind, module, tables in modules if number == 8 else (("int", None, True),):
            if module:
                if not tables and op not in ("base", "sum", "verify"):
                    continue
                if (module is not first or not tables) and count % plainly:
                    continue
                p256._LOADED[:] = [module]
                table = has if tables else _none
                p256._table = plain._table = first._table = table
            kind = "%d %s" % (number, kind)
            seen[kind] = seen.get(kind, 0) + 1
            check.eq("%s, %s: %s" % (kind, op, title), _word(c, op, args), want)
    for kind in sorted(seen):
        print("rung", kind, seen[kind])
    check.done()


def _none(names=None):
    return None
