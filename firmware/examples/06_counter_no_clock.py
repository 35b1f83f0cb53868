"""Agree a key on a board that never knows the time: a COUNTER in flash stands for the timestamp.

On the desktop:  umikey-peer serve --psk-file key.txt --udp 0.0.0.0:2269
Run it:          mpremote run 06_counter_no_clock.py
Prints two counter values and the fingerprints that go with them. Pull the plug and run it again:
the values go on, and leave out up to STEP of them, for flash is written once in STEP values only.
"""

import umikey
from umikey import SRTP, psk
from umikey.store import Counter

PEER = "udp://127.0.0.1:2269"
STEP = 64
count = Counter("umikey-count", STEP)  # files umikey-count0 and 1; they must outlive the key


def shown():
    n = count()
    print("counter", n)
    return n


for _ in range(2):
    me = psk.Initiator(
        bytes(range(16)),
        "sip:cam7@plant.example",
        "sip:nvr@plant.example",
        (SRTP(ssrc=0x11223344),),
        ts_type=2,
        counter=shown,
    )
    print("fingerprint", umikey.connect(PEER, me).fingerprint())
