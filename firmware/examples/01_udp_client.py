"""Agree a key with a responder over UDP, in one round trip.

On the desktop:  umikey-peer serve --psk-file key.txt --udp 0.0.0.0:2269
                 (key.txt, chmod 600: 000102030405060708090a0b0c0d0e0f)
Set PEER to its address, then:  mpremote run 01_udp_client.py
Prints the fingerprint of the keys, which the desktop prints too, and how long they are.
The board must be on the network and know the time: ntptime.settime().
"""

import umikey
from umikey import SRTP, psk

PEER = "udp://127.0.0.1:2269"
KEY = bytes(range(16))  # take a random one of your own

me = psk.Initiator(
    key=KEY,
    id_i="sip:cam7@plant.example",
    id_r="sip:nvr@plant.example",
    streams=(SRTP(ssrc=0x11223344),),
)
try:
    sa = umikey.connect(PEER, me)
    print("fingerprint", sa.fingerprint())
    print("master key of", len(sa[0].tek), "octets, salt of", len(sa[0].salt))
    sa.close()  # overwrites the keys: an SRTP stack has its own copy by now
except umikey.errors.UmikeyError as e:
    print("no keys:", e)
