"""The board's elliptic curves on every target: known values, and cases at the edges.

What each case is, and where its answer comes from, is in ec_cases.py, ec_signatures.py and
ec_known.py. The cases are frozen into a board's firmware; a rung that is slow gets fewer of them.
"""

import random
import re
from dataclasses import dataclass

import ec_cases
import ec_known
import ec_signatures
import pytest
import scripts
from ec_oracle import P256, P384, P521

CURVES = {"p256": P256, "p384": P384, "p521": P521}
MAKERS = {
    "rfc": ec_known.rfc,
    "nist": ec_known.nist,
    "randoms": ec_known.randoms,
    "products": ec_cases.products,
    "sums": ec_cases.sums,
    "points": ec_cases.points,
    "values": ec_signatures.values,
    "encodings": ec_signatures.encodings,
}
SHARE = {"randoms": 0.25, "encodings": 4}  # of `some`: dear ones, and cheap ones


@dataclass(frozen=True)
class Count:
    """How many cases of each kind a target has for a curve."""

    some: int = 20  # of those that there are any number of
    most: int | None = None  # of all


MANY = {curve: Count() for curve in CURVES}
COUNTS = {
    "cpython": MANY,
    "unix": MANY,
    "qemu-m3": {"p256": Count(12), "p384": Count(12, 8), "p521": Count(12, 4)},
    "qemu-rv32": {"p256": Count(12), "p384": Count(12, 16), "p521": Count(12, 8)},
    "qemu-m0": {"p256": Count(12, 8), "p384": Count(12, 2), "p521": Count(12, 2)},
}
ASM = ("qemu-m3", "qemu-rv32")
pytestmark = pytest.mark.only(*COUNTS)
PLAINLY = 6  # there, one case in so many is computed on integers, too


def make(kind, curve, count):
    c = CURVES[curve]
    rand = random.Random(f"{kind} {curve}")
    cases = MAKERS[kind](c, rand, max(1, int(count.some * SHARE.get(kind, 1))))
    return ec_cases.sample(cases, count.most, rand)


@pytest.fixture(scope="module")
def cases():
    """cases(kind, curve, count), each list made once."""
    made = {}

    def get(*key):
        if key not in made:
            made[key] = make(*key)
        return made[key]

    return get


@pytest.fixture(scope="module")
def session(target, cases, kept, tmp_path_factory):
    """A session that has every kind's cases, as modules that are called kind_curve."""
    files = {name: scripts.DEVICE / f"{name}.py" for name in ("ec_run", "check")}
    folder = tmp_path_factory.mktemp("cases")
    for curve, count in COUNTS[target.name].items():
        for kind in MAKERS:
            path = files[f"{kind}_{curve}"] = folder / f"{kind}_{curve}.py"
            lines = (f"    yield {case!r}\n" for case in cases(kind, curve, count))
            path.write_text("def cases():\n" + "".join(lines))
    how = {"load": "frozen", "freeze": True} if target.name.startswith("qemu") else {}
    return kept.get(target.name, lambda: target.session(files=files, **how))


def expected(target, curve, ops):
    """How many cases each rung computes."""
    if curve != "p256":
        return {"int": len(ops)}
    rungs = {"asm": ops, "int": ops[PLAINLY - 1 :: PLAINLY]} if target in ASM else {"int": ops}
    found = {}
    for rung, some in rungs.items():
        found[rung] = len(some)
        found[f"{rung} with 4k"] = some.count("base")
        found[f"{rung} without tables"] = sum(op in ("base", "sum", "verify") for op in some)
    return {rung: count for rung, count in found.items() if count}


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("kind", MAKERS)
def test_cases(target, session, cases, kind, curve):
    some = cases(kind, curve, COUNTS[target.name][curve])
    assert some
    code = f"import ec_run\nec_run.run('{kind}_{curve}', {PLAINLY})"
    count = scripts.read(session.run(code, 120).check())
    assert not count.failed, count.out
    ran = {rung: int(n) for rung, n in re.findall(r"^rung (.+) (\d+)$", count.out, re.M)}
    assert ran == expected(target.name, curve, [case[2] for case in some])
    assert count.passed == sum(ran.values())
