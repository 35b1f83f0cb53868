"""Two boards key each other, with no desktop: the same file on both, one of them the initiator.

Set INITIATOR on one board to the other's address, leave it None on the other. Both must know the
time: ntptime.settime(). Run it on both:  mpremote run 05_two_boards.py
Both print the same fingerprint; the responder is to be started first, or within 15 seconds.
"""

import umikey
from umikey import SRTP, Responder, psk
from umikey.replay import Replay
from umikey.store import Mark
from umikey.transport import serve

INITIATOR = None  # "udp://192.0.2.7" on one board: the other one's address
LISTEN = "udp://0.0.0.0:2269"
KEY = bytes(range(16))
ONE, OTHER = "sip:board1@plant.example", "sip:board2@plant.example"

if INITIATOR:
    me = psk.Initiator(KEY, ONE, OTHER, streams=(SRTP(ssrc=0x11223344), SRTP(ssrc=0x55667788)))
    sa = umikey.connect(INITIATOR, me, attempts=3)
else:
    replay = Replay(mark=Mark("umikey-mark"))
    srv = Responder((psk.Policy(lambda id_i, id_r: KEY),), id_r=OTHER, replay=replay)
    sa = serve(LISTEN, srv, once=True)
print("fingerprint", sa.fingerprint())
for cs in sa:
    print("stream %08x: key of %d octets" % (cs.ssrc, len(cs.tek)))
