"""python-ecdsa's curve arithmetic as one module that MicroPython can run, to compare ours with.

Made from the installed package whenever it is wanted. Its points are as they are; what they import
is left out but for `inverse_mod`, in the form that the package has for Pythons whose `pow` takes no
negative exponent, as MicroPython's does not.
"""

import ast
from importlib.util import find_spec
from pathlib import Path

_HEAD = """
GMPY = False
mpz = int
python_2_unicode_compatible = lambda made: made
int_to_bytes = bytes_to_int = normalise_bytes = bit_length = orderlen = None
string_to_number = number_to_string = None
MalformedPointError = AssertionError
class numbertheory:
    Error = AssertionError
    inverse_mod = staticmethod(inverse_mod)
"""


def source() -> str:
    """The module's text: `CurveFp`, `PointJacobi`."""
    folder = Path(find_spec("ecdsa").origin).parent
    inverses = [
        node
        for node in ast.walk(ast.parse((folder / "numbertheory.py").read_text()))
        if isinstance(node, ast.FunctionDef) and node.name == "inverse_mod"
    ]
    points = ast.parse((folder / "ellipticcurve.py").read_text())
    first = next(i for i, node in enumerate(points.body) if isinstance(node, ast.ClassDef))
    points.body = points.body[first:]
    return "\n".join((ast.unparse(inverses[-1]), _HEAD, ast.unparse(points), ""))
