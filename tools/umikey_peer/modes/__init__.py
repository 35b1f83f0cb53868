"""The modes: one file each, found by the data type of the message that begins an exchange.

A mode is a credential class with
- `start(offer)`: the initiator's message, as an `Exchange`;
and a function for the responder, in `RESPONDERS` under the data type of the first message,
- `respond(responder, message, origin)`: checks it and gives an `Accepted`.
Both raise MikeyError; once the message has proved authentic, the error carries a `signer`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ..header import GenericId, SrtpId
from ..message import Message
from ..payloads import Extension, Id, KeyData, Sp, Timestamp, Validity
from ..registry import Encr, Mac, MapType, Prf
from ..sa import Bundle


@dataclass(frozen=True, slots=True)
class Offer:
    """What an initiator wants to say; the mode puts it into its message.

    `before`: the CSB that is updated, None for a new one. `rand`: 1..255 octets, unused in an
    update. `send_id_i`, `send_id_r`: whether the identities travel in ID payloads. `keys`: for
    modes that send them; others make one if `rekey`, with `validity`, from octets of `random`.
    """

    csb_id: int
    stamp: Timestamp
    rand: bytes = b""
    before: Bundle | None = None
    id_i: Id | None = None
    id_r: Id | None = None
    send_id_i: bool = True
    send_id_r: bool = True
    map_type: int = MapType.SRTP_ID
    cs: tuple[SrtpId | GenericId, ...] = ()
    empty_cs: int = 0
    sps: tuple[Sp, ...] = ()
    keys: tuple[KeyData, ...] = field(default=(), repr=False)
    rekey: bool = True
    validity: Validity = Validity()
    random: Callable[[int], bytes] = secrets.token_bytes
    extensions: tuple[Extension, ...] = ()
    verify: bool = True
    prf: int = Prf.MIKEY_1
    encr: int = Encr.AES_CM_128
    mac: int = Mac.HMAC_SHA_1_160
    compat_rtsps: bool = False
    compat_minisip: bool = False
    now: Callable[[], float] = time.time


class Exchange(Protocol):
    """An exchange that an initiator has begun: `octets` is the message to send, `bundle` what it
    will lead to, `mode` its name, `responses` the data types that can end it, `waits` whether
    there must be one."""

    octets: bytes
    bundle: Bundle
    mode: str
    responses: tuple[int, ...]
    waits: bool

    def finish(self, message: Message) -> Bundle:
        """The bundle after a response; AuthError or Discarded if it is not the right one."""

    def verify_error(self, message: Message) -> bool:
        """Whether an Error message is authentic."""

    def wipe(self) -> None:
        """Overwrites the keys of this exchange."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message came from, and what the surroundings know about its sender: identities
    from a SIP dialogue, say, for messages that carry none. `sdp_ids`: the key management
    protocols that an SDP offer lists, in its order, if it brought the message."""

    peer: str = ""
    id_i: Id | None = None
    id_r: Id | None = None
    sdp_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """A responder's result: the new `bundle`, the `answer` to send (None: none was asked for),
    `sender`: octets that name the initiator for the COUNTER memory, `credential`: what it used,
    and what updates come under; `mode`: that of the updates, if it is another one."""

    bundle: Bundle
    answer: bytes | None
    sender: bytes
    credential: object
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """A mode's answering side: its name, the payload types of its first message, its function."""

    mode: str
    payloads: frozenset[int]
    respond: Callable[..., Accepted]


RESPONDERS: dict[int, Role] = {}  # by the data type of the first message
