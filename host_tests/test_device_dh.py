"""The modular arithmetic for DH on every target: device/test_dh_*.py, and many numbers against
CPython's integers.
"""

import hashlib
import importlib.util
from pathlib import Path

import pytest
from umikey.crypto import dh

DEVICE = Path(__file__).parent / "device"
SCRIPTS = sorted(path.stem for path in DEVICE.glob("test_dh_*.py"))
DRIVE = DEVICE / "dh_drive.py"
WITH_ASM = pytest.mark.only("qemu-m3", "qemu-rv32")
BITS = 29  # of a digit on the assembler rung


def _load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


drive = _load(DRIVE)


@pytest.mark.every_load
@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts(target, load, script):
    with target.session(load=load, files={"check": DEVICE / "check.py"}) as session:
        out = session.run(DEVICE / f"{script}.py", timeout=300).check()
    assert " 0 failed" in out, out


class Driver:
    def __init__(self, session):
        self.session = session
        session.start("import dh_drive\ndh_drive.serve()")

    def ask(self, *words) -> str:
        self.session.send_line(" ".join(str(w) for w in words))
        line = self.session.read_line(120)
        assert line is not None, self.session.finish(5)
        return line


def _prime(group: int) -> tuple[int, int]:
    n = dh.size(group)
    return n, int.from_bytes(dh._prime(n), "big")


def _products(group: int, square: int, seed: int, count: int) -> str:
    n, p = _prime(group)
    digits = -(-(-(-8 * n // BITS) + 1) // 6) * 6
    inverse = pow(2, -BITS * digits, p)
    h = hashlib.sha256()
    numbers = drive.Numbers(seed)

    def pairs():
        for _ in range(count):
            octets = numbers.take(2 * n)
            yield int.from_bytes(octets[:n], "big"), int.from_bytes(octets[n:], "big")

    for a, b in pairs() if seed else drive.edge_pairs(p, n, BITS):
        h.update((a * (a if square else b) * inverse % p).to_bytes(n, "big"))
    return h.hexdigest()


def _powers(group: int, seed: int, count: int) -> str:
    n, p = _prime(group)
    h = hashlib.sha256()
    numbers = drive.Numbers(seed)
    for _ in range(count):
        mine = pow(2, int.from_bytes(numbers.take(32), "big"), p)
        out = pow(mine, int.from_bytes(numbers.take(32), "big"), p)
        h.update(mine.to_bytes(n, "big") + out.to_bytes(n, "big"))
    return h.hexdigest()


@WITH_ASM
@pytest.mark.parametrize("square", [0, 1], ids=["product", "square"])
def test_products(target, square):
    """10,000 random ones in OAKLEY 5 together, fewer in the other groups, and the edges."""
    with target.session(load="frozen", files={"dh_drive": DRIVE}) as session:
        driver = Driver(session)
        for group, batches in ((0, 10), (1, 1), (2, 1), (241, 1)):
            for seed in range(batches + 1):
                asked = ("products", group, square, seed, 500)
                assert driver.ask(*asked) == _products(*asked[1:]), asked


@WITH_ASM
def test_powers(target):
    """100 whole ones of either kind in OAKLEY 5."""
    with target.session(load="frozen", files={"dh_drive": DRIVE}) as session:
        driver = Driver(session)
        for seed in range(1, 11):
            asked = ("powers", 0, seed, 10)
            assert driver.ask(*asked) == _powers(*asked[1:]), asked
        for group in (1, 2, 241):
            asked = ("powers", group, 99, 5)
            assert driver.ask(*asked) == _powers(*asked[1:]), asked


@pytest.mark.only("unix", "qemu-m3", "qemu-m0")
def test_powers_on_integers(target):
    with target.session(load="frozen", files={"dh_drive": DRIVE}) as session:
        driver = Driver(session)
        session.send_line("int")
        count = 100 if target.name == "unix" else 2
        for group in (0, 1):
            asked = ("powers", group, 7, count)
            assert driver.ask(*asked) == _powers(*asked[1:]), asked


# The secrets are made beforehand and taken in the same way each time: what a script leaves in the
# stack and on the heap moves the count by some dozen instructions.
CONSTANT = """
import _counter, gc
from umikey.crypto import dh
x = bytearray(32)
y = bytearray(192)
out = bytearray(192)
counts = [0] * 104
secrets = bytearray(104 * 32)
draw = 1
for i in range(len(secrets)):
    draw = (draw * 75 + 74) % 65537
    secrets[i] = draw >> 4 & 255
for i, octet in enumerate(b"\\x00\\xff\\x01\\x80\\x11\\xf0"):
    secrets[(4 + i) * 32 : (5 + i) * 32] = bytes((octet,)) * 32

def public():
    dh.public(0, x, out)

def shared():
    dh.shared(0, y, 0, x, out)

def measure(power):
    for i in range(104):
        for k in range(32):
            x[k] = secrets[i * 32 + k]
        gc.collect()
        _counter.start()
        power()
        counts[i] = _counter.stop()
    print(*counts[4:])

dh.public(0, secrets[:32], y)
measure(public)
measure(shared)
"""


@WITH_ASM
def test_every_secret_takes_the_same_time(target):
    """100 secrets, the whole call; the first four calls fill caches and the heap."""
    with target.session(load="frozen", icount=True) as session:
        for line in session.run(CONSTANT).check().splitlines():
            counts = set(line.split())
            assert len(line.split()) == 100
            assert len(counts) == 1, counts


@WITH_ASM
@pytest.mark.parametrize("name", ["1k5", "3k", "6k", "12k", "24k"])
def test_a_table_stays_in_flash(target, note, name):
    """Importing one takes less than 200 octets of heap, whatever its size."""
    code = f"""
import gc
from umikey import tables
gc.collect()
before = gc.mem_alloc()
__import__("umikey.tables.oakley5_{name}")
gc.collect()
print(gc.mem_alloc() - before)
"""
    with target.session(load="frozen") as session:
        taken = int(session.run(code).check())
    note("measured", f"{target.name} table {name}: {taken} octets of heap")
    assert 0 < taken < 200
