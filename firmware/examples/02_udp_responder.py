"""Answer initiators over UDP: another board (01_udp_client.py), or the desktop.

Run it:          mpremote run 02_udp_responder.py
On the desktop:  umikey-peer initiate BOARD:2269 --psk-file key.txt
                       --id sip:cam7@plant.example --to sip:nvr@plant.example --ssrc 11223344
Prints a line for every exchange, with the fingerprint of its keys, and one for what was refused.
It keeps two small files, umikey-mark0 and 1, so that nothing can be replayed after a restart.
"""

from umikey import Responder, psk
from umikey.replay import Replay
from umikey.store import Mark
from umikey.transport import serve

ADDRESS = "udp://0.0.0.0:2269"
ONCE = False  # True: stop after one exchange
KEYS = {b"sip:cam7@plant.example": bytes(range(16))}  # by the initiator's identity


def agreed(sa, who):
    print("keys with", sa.peer.decode(), "fingerprint", sa.fingerprint())


def refused(error, who):
    print("refused:", error)


srv = Responder(
    (psk.Policy(lambda id_i, id_r: KEYS.get(id_i)),),
    id_r="sip:nvr@plant.example",
    replay=Replay(mark=Mark("umikey-mark")),
)
print("listening on", ADDRESS)
serve(ADDRESS, srv, once=ONCE, on_sa=agreed, on_error=refused)
