"""SHA-1 and SHA-256 at the lengths where padding changes, cut in many ways (RFC 3174, RFC 6234)."""

import _force
import check
from umikey.crypto.hash import Sha

LENGTHS = (0, 55, 56, 63, 64, 65, 119, 120, 1000)

# The hashes of octets i * 7 + 1 (mod 256), i from 0, for the lengths above.
WANT = {
    20: (
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "04bb34aef4880b625e6b1564a014abd25fc02bfe",
        "83b9fcb6d3e3b20f376ab989a1b6353bcc6c0f44",
        "ab15090e8dbe512f3733350f9623ab11f9b5165b",
        "54305ee7e4c7bc5a96afc6d1994fc52d9bcb665f",
        "5985422a25357371ebd2a7f6ecd7eebed43db42c",
        "6839d6c27f22ed884ac43ae6bd3bfcee9e04b938",
        "8c40517a14ab8b78fd4b8958f4e31254a34c3fb0",
        "f50d11c8ae2b20fe2598e99a6a2cb859e302615c",
    ),
    32: (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "16fa57a0a3423a715d594516339f36189d6b5f93754a9714fef202616a9fabfe",
        "c37b44e5f1b18554b36966f4f8e08bfbf3164c4b6c10374d12d89850892073c5",
        "bbba992d2c85af960fb2987a1fd05e0aa82a3db3c740dd8982a9e273b75e36a3",
        "66bd4633ed6f71c4ecfa4763bf7ba1c8ec7612de9aa6c0578a7b675207c71e0b",
        "9f7dc47107b750a1f3d35db5d9547f24ef40da5b731b9540d4f43710a154f6c9",
        "a3ed307b730fa77c07531300c6e4a282330011d4d4caf6bb7b63ae05950f4b66",
        "8e3b15d9fea7472655aa069620b7f8c2e55ee1499f763200a7515fe826e99d20",
        "095ecb62e30793ab4b954cd6a0586d0cc91f7ea5b1332694d8da780e98676d78",
    ),
}
ABC = {
    20: "a9993e364706816aba3e25717850c26c9cd0d89d",
    32: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
}


def chunks(h, data, n, step):
    at = 0
    while at < n:
        end = min(n, at + step)
        h.update(data, at, end)
        at = end


def run(size, kind):
    data = bytearray((i * 7 + 1) & 255 for i in range(LENGTHS[-1]))
    out = bytearray(size)
    h = Sha(size)
    h.update(b"abc", 0, 3)
    h.digest_into(out, 0)
    check.eq("SHA %d %s abc" % (size, kind), out, bytes.fromhex(ABC[size]))
    for n, want in zip(LENGTHS, WANT[size]):  # noqa: B905
        want = bytes.fromhex(want)
        for step in (1, 3, 4, 61, 64, 67, 1000):
            h.plain()
            chunks(h, data, n, step)
            h.digest_into(out, 0)
            check.eq("SHA %d %s of %d by %d" % (size, kind, n, step), out, want)
            if n == 1000 and kind == "plain":
                break
    # From any offset: the source need not be aligned, nor where the block has got to.
    for lead in range(4):
        for start in range(4):
            h.plain()
            h.update(data, 0, lead)
            h.update(data, lead, 65)
            h.digest_into(out, 0)
            check.eq("SHA %d %s lead %d" % (size, kind, lead), out, bytes.fromhex(WANT[size][5]))
            shifted = bytearray(start) + data[:65]
            h.plain()
            h.update(shifted, start, start + 65)
            h.digest_into(out, 0)
            check.eq("SHA %d %s start %d" % (size, kind, start), out, bytes.fromhex(WANT[size][5]))


for kind in _force.kinds("sha1"):
    _force.use(kind)
    run(20, kind)
for kind in _force.kinds("sha256"):
    _force.use(kind)
    run(32, kind)
check.done()
