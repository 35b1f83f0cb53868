"""umikey-peer: the desktop side of MIKEY (RFC 3830), as a program and as a library.

from umikey_peer import DhHmac, DhSign, Ecies, Ecmqv, Initiator, Psk, Responder, Stream
"""

from .errors import (
    AuthError,
    DecodeError,
    Discarded,
    LocalError,
    MikeyError,
    Refused,
    RemoteError,
    ReplayError,
)
from .initiator import Initiator, Stream
from .message import Message
from .modes.dhhmac import DhHmac
from .modes.dhsign import DhSign
from .modes.ecies import Ecies
from .modes.ecmqv import Ecmqv
from .modes.psk import Psk
from .payloads import Id, KeyData, Validity
from .policy import SrtpPolicy, TeslaPolicy
from .replay import ReplayGuard
from .sa import CryptoSession, SecurityAssociation
from .session import Outcome, Responder

__version__ = "0.1.0"

__all__ = [
    "AuthError",
    "CryptoSession",
    "DecodeError",
    "DhHmac",
    "DhSign",
    "Discarded",
    "Ecies",
    "Ecmqv",
    "Id",
    "Initiator",
    "KeyData",
    "LocalError",
    "Message",
    "MikeyError",
    "Outcome",
    "Psk",
    "Refused",
    "RemoteError",
    "ReplayError",
    "ReplayGuard",
    "Responder",
    "SecurityAssociation",
    "SrtpPolicy",
    "Stream",
    "TeslaPolicy",
    "Validity",
    "__version__",
]
