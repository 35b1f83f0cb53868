"""Answer initiators that have a certificate, in every mode that takes one.

docs/credentials.md has the commands that make cam7.cred; then  mpremote cp cam7.cred :
Run it:          mpremote run 10_certified_responder.py
On the desktop:  umikey-peer initiate BOARD:2269 --mode dhsign --to sip:cam7@plant.example
                       --cert nvr.pem --cert-key nvr.key.pem --anchor plant-ca/ca.pem
                       --ssrc 11223344
                 (ecies, and ecmqv with --one-pass, want --knows cam7.pem, too)
Prints a line for every exchange. Without a Mark, a responder that was restarted refuses everything
for 300 seconds, since it cannot know what it has accepted; with one, only what is not newer than
that, or up to 64 seconds ahead of it. The Mark is two small files.
"""

from umikey import Responder, credentials, dhsign, ecies, ecmqv
from umikey.replay import Replay
from umikey.store import Mark
from umikey.transport import serve

ADDRESS = "udp://0.0.0.0:2269"
ONCE = False  # True: stop after one exchange


def agreed(sa, who):
    print("keys with", sa.peer.decode(), "fingerprint", sa.fingerprint())


cred = credentials.load("cam7.cred")
policies = tuple(mode.Policy(cred) for mode in (dhsign, ecies, ecmqv))
replay = Replay(mark=Mark("umikey-mark"))
srv = Responder(policies, id_r="sip:cam7@plant.example", replay=replay)
print("listening on", ADDRESS)
serve(ADDRESS, srv, once=ONCE, on_sa=agreed, on_error=lambda e, who: print("refused:", e))
