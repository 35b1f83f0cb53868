"""01_udp_client.py with DH-HMAC: who learns the pre-shared key later cannot read what was keyed.

On the desktop:  umikey-peer keygen cam7.key --id-i sip:cam7@plant.example
                       --id-r sip:nvr@plant.example
                 umikey-peer serve --psk-file cam7.key --udp 0.0.0.0:2269
Put the digits of its line "key = ..." into KEY, then:  mpremote run 07_dhhmac_client.py
Prints the fingerprint of the keys. It takes two powers in a group of 1536 bits, which may take a
second or more on a board without the assembler (docs/figures.md).
"""

import umikey
from umikey import SRTP, dhhmac

PEER = "udp://127.0.0.1:2269"
KEY = "000102030405060708090a0b0c0d0e0f"

me = dhhmac.Initiator(
    key=bytes.fromhex(KEY),
    id_i="sip:cam7@plant.example",
    id_r="sip:nvr@plant.example",
    streams=(SRTP(ssrc=0x11223344),),
)
sa = umikey.connect(PEER, me)
print("fingerprint", sa.fingerprint())
