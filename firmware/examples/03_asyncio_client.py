"""The exchange of 01_udp_client.py beside other work, over TCP, and a new key every REKEY seconds.

On the desktop:  umikey-peer serve --psk-file key.txt --tcp 0.0.0.0:2269
Run it:          mpremote run 03_asyncio_client.py
Prints a fingerprint for the first keys and for each new ones, and how often the other task ran.
"""

import asyncio
from os import urandom

import umikey
from umikey import SRTP, Key, psk

PEER, REKEY, TIMES = "tcp://127.0.0.1:2269", 1, 2
IDS = "sip:cam7@plant.example", "sip:nvr@plant.example"
me = psk.Initiator(bytes(range(16)), *IDS, streams=(SRTP(ssrc=0x11223344),))
beats = 0


async def blink():
    global beats
    while True:
        beats += 1  # toggle a LED here
        await asyncio.sleep(0.05)


async def main():
    blinking = asyncio.create_task(blink())
    sa = await umikey.aconnect(PEER, me, attempts=3)
    print("fingerprint", sa.fingerprint())
    for _ in range(TIMES):
        await asyncio.sleep(REKEY)
        new = (Key(tgk=urandom(16)),)
        sa = await umikey.aconnect(PEER, me, start=lambda buf, new=new: me.update(buf, keys=new))
        print("fingerprint", sa.fingerprint(), "after", beats, "beats")
    blinking.cancel()


asyncio.run(main())
