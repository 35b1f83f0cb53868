"""The uses of umikey that `size` plays: each mode's two ends, in the words of a user's program."""

from dataclasses import dataclass

from umikey_dev import bench_certs

IDS = "sip:a@x.example", "sip:b@x.example"


@dataclass(frozen=True)
class Mode:
    """How the two ends of a mode are made."""

    name: str
    initiator: str
    responder: str


_PSK = """
from umikey import SRTP, {module}
me = {module}.Initiator(KEY, {ids[0]!r}, {ids[1]!r}, (SRTP(ssrc=1),), random=draw, now=now)
"""
_PSK_RESPONDER = """
from umikey import Responder, {module}
from umikey.replay import Replay
me = Responder(({module}.Policy(lambda i, r: KEY),), {ids[1]!r}, now=now, random=draw, limit=1024,
               replay=Replay(now, quarantine=0))
"""
_CERTIFIED = """
from umikey import Credentials, SRTP, {module}
me = {module}.Initiator(Credentials({cred}), {ids[1]!r}, (SRTP(ssrc=1),), random=draw, now=now)
"""
_CERTIFIED_RESPONDER = """
from umikey import Credentials, Responder, {module}
from umikey.replay import Replay
me = Responder(({module}.Policy(Credentials({cred})),), {ids[1]!r}, now=now, random=draw,
               limit=1024, replay=Replay(now, quarantine=0))
"""


def modes() -> list[Mode]:
    """Every mode, the pre-shared key first."""
    out = [
        Mode(name, _PSK.format(module=name, ids=IDS), _PSK_RESPONDER.format(module=name, ids=IDS))
        for name in ("psk", "dhhmac")
    ]
    for name in ("dhsign", "ecies", "ecmqv"):
        cred = bench_certs.credentials(f"{name}-ec", IDS)
        words = {"module": name, "ids": IDS}
        ends = (("initiator", _CERTIFIED), ("responder", _CERTIFIED_RESPONDER))
        out.append(Mode(name, *(text.format(cred=cred[role], **words) for role, text in ends)))
    return out
