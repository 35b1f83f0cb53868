"""Send keys to the owner of a certificate that this board holds: ECIES, the shortest with one.

docs/credentials.md has the two commands that make cam7.cred, with the desktop's certificate in it
(--knows). On the desktop:
                 umikey-peer serve --cert nvr.pem --cert-key nvr.key.pem
                       --anchor plant-ca/ca.pem --udp 0.0.0.0:2269
Then:  mpremote cp cam7.cred :  and  mpremote run 08_ecies_client.py
Prints the fingerprint of the keys. They are this board's own choice; who gets at the desktop's
private key later can read them (ECMQV with two passes and DH-SIGN have no such key).
"""

import umikey
from umikey import SRTP, credentials, ecies

PEER = "udp://127.0.0.1:2269"

cred = credentials.load("cam7.cred")
me = ecies.Initiator(cred, "sip:nvr@plant.example", (SRTP(ssrc=0x11223344),))
sa = umikey.connect(PEER, me)
print("fingerprint", sa.fingerprint())
