"""Agree a key with the owner of a certificate that this board holds, in one message: ECMQV.

The credentials and the desktop's command are those of 08_ecies_client.py. Both ends' keys must be
on one curve: P-256, unless keygen was told --curve, at both.
Run it:  mpremote run 09_ecmqv_onepass_client.py
Prints the fingerprint of the keys. The answer only says that they arrived. Without one_pass=True
both ends draw a fresh key: who gets at their private keys later cannot read what was keyed before.
"""

import umikey
from umikey import SRTP, credentials, ecmqv

PEER = "udp://127.0.0.1:2269"

cred = credentials.load("cam7.cred")
me = ecmqv.Initiator(cred, "sip:nvr@plant.example", (SRTP(ssrc=0x11223344),), one_pass=True)
sa = umikey.connect(PEER, me)
print("fingerprint", sa.fingerprint())
