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


def _none(names=None):
    pass


def _small(names=("4k",)):
    return _found(names if names == ("odd",) else ("4k",))


_found = p256._table


def _rungs():
    """Name, module, where it finds tables of multiples of G, and the operations that use them."""
    best = p256._rung()
    rungs = []
    for name, module in (("asm", best), ("int", plain)):
        if name == "int" or module is not plain:
            rungs.append((name, module, _found, None))
            rungs.append((name + " with 4k", module, _small, ("base",)))
            rungs.append((name + " without tables", module, _none, ("base", "sum", "verify")))
    return rungs


def run(name, plainly=1):
    """The cases of the module `name`; on integers, where there is assembler, every plainly-th."""
    rungs = _rungs()
    first = rungs[0][1]
    seen = {}
    count = 0
    for number, title, op, want, args in __import__(name).cases():
        count += 1
        c = ec.curve(number)
        for rung, module, table, ops in rungs if number == 8 else (("int", None, None, None),):
            if ops and op not in ops or module not in (None, first) and count % plainly:
                continue
            if module:
                p256._LOADED[:] = [module]
                p256._table = plain._table = first._table = table
            seen[rung] = seen.get(rung, 0) + 1
            check.eq("%d %s, %s: %s" % (number, rung, op, title), _word(c, op, args), want)
    for rung in seen:
        print("rung", rung, seen[rung])
    check.done()
