"""100,000 messages under a fixed seed: only defined errors, no key without a MAC, and life goes on.

UMIKEY_FUZZ=<n> makes n messages, UMIKEY_FUZZ_SEED=<n> others.
"""

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from fuzz_engines import AUTHENTIC, Run

COUNT = int(os.environ.get("UMIKEY_FUZZ", 100_000))
SEED = int(os.environ.get("UMIKEY_FUZZ_SEED", 1))
SHARE = {"responder": 0.7, "initiator": 0.3}
PARTS = 2  # processes
# That the messages get everywhere: how often at least, of 1000, each of these comes about
REACHED = {
    "responder": {
        AUTHENTIC: 150, "accepted": 30, "AuthError/0": 25, "ReplayError/None": 5,
        "RemoteError/None": 3, "RemoteError/2": 5, "RemoteError/3": 20, "RemoteError/4": 2,
        "RemoteError/7": 8, "RemoteError/9": 2, "RemoteError/10": 10, "RemoteError/11": 5,
        "RemoteError/12": 300, "RemoteError/13": 30,
    },
    "initiator": {
        "accepted": 10, "waits": 80, "AuthError/0": 20, "RemoteError/None": 30,
        "RemoteError/3": 30, "RemoteError/10": 5, "RemoteError/12": 200, "RemoteError/13": 30,
    },
}  # fmt: skip


def part(job):
    role, seed, count = job
    return role, *Run(role, seed, count).go()


def test_100_000_messages(note):
    jobs = [
        (role, SEED + i, int(COUNT * share / PARTS)) for role, share in SHARE.items()
        for i in range(PARTS)
    ]  # fmt: skip
    seen = {role: Counter() for role in SHARE}
    slowest = 0.0
    with ProcessPoolExecutor(PARTS) as pool:
        for role, counts, slow in pool.map(part, jobs):
            seen[role] += counts
            slowest = max(slowest, slow)
    for role, least in REACHED.items():
        total = seen[role].total() - seen[role][AUTHENTIC]
        counts = ", ".join(f"{name} {n}" for name, n in seen[role].most_common())
        note("measured", f"{total} hostile messages to the {role}: {counts}")
        for outcome, of_1000 in least.items():
            assert seen[role][outcome] >= of_1000 * total / 1000, (role, outcome)
    note("measured", f"the slowest of them took {1000 * slowest:.0f} ms")
