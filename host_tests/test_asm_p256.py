"""P-256 in firmware/: what is generated is what its sources make, and every rung computes as
`cryptography` does.
"""

import random
from pathlib import Path

import gen_tables_p256
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from umikey_asm import generate, p256_generate

DEVICE = Path(__file__).parent / "device"
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
COUNT = {"cpython": 200, "unix": 200, "qemu-m3": 200, "qemu-rv32": 200}  # elsewhere fewer: slow

# Reads one case a line: k, Q, k*G, k*Q, digest, a signature by k with its point k*G
SCRIPT = """
import sys, umikey.crypto._p256_int as plain
from umikey.crypto import p256, ecdsa

def octets(s):
    return bytearray(int(s[i : i + 2], 16) for i in range(0, len(s), 2))

best = p256._rung()
out = bytearray(64)
bad = count = 0
for line in cases():
    k, q, kg, kq, digest, sig = (octets(x) for x in line.split())
    modules = [best]
    if best is not plain and not count % 10:
        modules.append(plain)
    count += 1
    for module in modules:
        p256._LOADED[:] = [module]
        p256.base(k, out)
        bad += out != kg
        p256.multiply(k, q, 0, out)
        bad += out != kq
        ecdsa.verify(kg, digest, sig)
        ecdsa.sign(k, digest, out, 0, 64)
        ecdsa.verify(kg, digest, out)
        print("S", "".join("%02x" % x for x in out))
print("bad", bad, "of", count)
"""


def point(key) -> bytes:
    numbers = key.public_numbers()
    return numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def shared(k: ec.EllipticCurvePrivateKey, q: ec.EllipticCurvePublicKey) -> bytes:
    """k*Q with y, which the exchange does not give: of the two, the one that fits Q + k*Q."""
    from ecdsa import NIST256p, ellipticcurve

    numbers = q.public_numbers()
    other = ellipticcurve.Point(NIST256p.curve, numbers.x, numbers.y)
    found = other * k.private_numbers().private_value
    x = found.x().to_bytes(32, "big")
    assert x == k.exchange(ec.ECDH(), q)
    return x + found.y().to_bytes(32, "big")


def cases(count: int) -> list[tuple[str, ec.EllipticCurvePublicKey, bytes]]:
    rand = random.Random(256)
    found = []
    for i in range(count):
        bits = (256, 256, 256, 250, 128, 16)[i % 6]
        k = rand.randrange(1, min(N, 1 << bits))
        if i % 11 == 7:
            k = N - k
        key = ec.derive_private_key(k, ec.SECP256R1())
        other = ec.derive_private_key(rand.randrange(1, N), ec.SECP256R1()).public_key()
        digest = rand.randbytes(32)
        sig = key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        octets = (
            k.to_bytes(32, "big"),
            point(other),
            point(key.public_key()),
            shared(key, other),
            digest,
            sig,
        )
        found.append((" ".join(map(bytes.hex, octets)), key.public_key(), digest))
    return found


def test_generated_files_are_current():
    try:
        files = p256_generate.files()
    except generate.NoTool as e:
        pytest.skip(str(e))
    for path, text in files.items():
        assert path.read_text() == text, f"{path.name}: run python -m umikey_asm.p256_generate"


def test_tables_are_current():
    for path, text in gen_tables_p256.files().items():
        assert path.read_text() == text, f"{path.name}: run python tools/gen_tables_p256.py"


def test_against_cryptography(target, tmp_path):
    some = cases(COUNT.get(target.name, 12))
    sent = tmp_path / "p256_cases.py"
    lines = "\n".join(f'    yield "{line}"' for line, _, _ in some)
    sent.write_text(f"def cases():\n{lines}\n")
    board = target.name.startswith("qemu")  # where the cases have to stay in flash
    how = {"load": "frozen", "freeze": True} if board else {}
    with target.session(files={"p256_cases": sent}, **how) as session:
        out = session.run("from p256_cases import cases\n" + SCRIPT, timeout=400).check()
    said = out.split("\n")
    assert f"bad 0 of {len(some)}" in said, out[-500:]
    signatures = [bytes.fromhex(line[2:]) for line in said if line.startswith("S ")]
    assert len(signatures) >= len(some)
    at = 0
    for i, (_, key, digest) in enumerate(some):
        rungs = (len(signatures) > len(some) and i % 10 == 0) + 1
        for sig in signatures[at : at + rungs]:
            r, s = (int.from_bytes(x, "big") for x in (sig[:32], sig[32:]))
            key.verify(
                utils.encode_dss_signature(r, s), digest, ec.ECDSA(utils.Prehashed(hashes.SHA256()))
            )
        at += rungs
    assert at == len(signatures)
