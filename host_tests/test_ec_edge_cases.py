"""The board's elliptic curves on every target: known values, and cases at the edges.

What each case is, and where its answer comes from, is in ec_cases.py, ec_signatures.py and
ec_known.py. The cases are frozen into a board's firmware; a rung that is slow gets fewer of them.
"""

import random
import re

import ec_cases
import ec_known
import ec_signatures
import pytest
import scripts
from ec_oracle import P256, P384, P521

ALL = None
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


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """The module of a kind of cases for a curve, and how many it has."""
    made = {}

    def make(kind, curve, some):
        key = kind, curve, some
        if key not in made:
            c = CURVES[curve]
            found = MAKERS[kind](c, random.Random(f"{kind} {curve}"), some)
            path = tmp_path_factory.mktemp("cases") / f"{kind}_{curve}.py"
            path.write_text("def cases():\n" + "".join(f"    yield {x!r}\n" for x in found))
            made[key] = path, len(found)
        return made[key]

    return make
