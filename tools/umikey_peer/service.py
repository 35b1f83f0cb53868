"""What a server does with the octets that a transport brings: retransmissions, MIKEY, SRTP.

No I/O here either. Events are dicts of JSON types for the log, the console and tests.

Retransmissions. An initiator that gets no answer sends the same octets again (RFC 5197 section 6
leaves this to the transport). The engine discards them as replays, as it must; so the answer is
kept here for some seconds and the same octets from the same sender get the same answer once more,
without any new processing. That gives an attacker nothing that it has not seen already.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable

from .errors import MikeyError
from .policy import SrtpPolicy
from .sa import CryptoSession, SecurityAssociation
from .session import Outcome, Responder
from .srtp import Opener, is_srtp, ssrc_of

KEEP_SECONDS = 15.0
KEEP_ANSWERS = 256


class AnswerCache:
    """Answers by sender and message, for `seconds` each, at most `limit` of them."""

    def __init__(
        self,
        seconds: float = KEEP_SECONDS,
        limit: int = KEEP_ANSWERS,
        monotonic: Callable[[], float] = time.monotonic,
    ):
        self._seconds, self._limit, self._now = seconds, limit, monotonic
        self._answers: OrderedDict[tuple[str, bytes], tuple[float, bytes]] = OrderedDict()

    @property
    def count(self) -> int:
        """Answers kept."""
        return len(self._answers)

    def get(self, sender: str, message: bytes) -> bytes | None:
        """The answer that the same octets from the same sender got, if it is still kept."""
        kept = self._answers.get(self._key(sender, message))
        return kept[1] if kept and self._now() - kept[0] <= self._seconds else None

    def put(self, sender: str, message: bytes, answer: bytes) -> None:
        """Keeps an answer; the oldest makes room."""
        here = self._now()
        self._answers[self._key(sender, message)] = (here, answer)
        while self._answers:
            first = next(iter(self._answers.values()))
            if len(self._answers) <= self._limit and here - first[0] <= self._seconds:
                break
            self._answers.popitem(last=False)

    @staticmethod
    def _key(sender: str, message: bytes) -> tuple[str, bytes]:
        return sender, hashlib.sha256(message).digest()


class Service:
    """A responder with everything around it that does not depend on the transport.

    `emit`: called with one event (dict) after another. `cache`: None to switch retransmitted
    answers off. `show_keys`: put TEKs and salts into the events. `accepted`: called after each
    message that the replay cache remembers, to save it.
    """

    def __init__(
        self,
        responder: Responder,
        emit: Callable[[dict], None] = lambda event: None,
        cache: AnswerCache | None = None,
        show_keys: bool = False,
        accepted: Callable[[], None] = lambda: None,
    ):
        self.responder = responder
        self._accepted = accepted
        self.emit = emit
        self.cache = cache
        self.show_keys = show_keys
        self.opener = Opener()
        self.exchanges = 0
        self.packets = 0

    def receive(self, octets: bytes, sender: str, transport: str) -> bytes | None:
        """One message or packet from `sender` ("host:port"); the answer, or None."""
        if is_srtp(octets):
            self._srtp(octets, sender, transport)
            return None
        kept = self.cache.get(sender, octets) if self.cache else None
        if kept is not None:
            self.emit({"event": "retransmission", "transport": transport, "peer": sender})
            return kept
        outcome = self.responder.handle(octets, peer=sender)
        if outcome.ok:
            self.exchanges += 1
            self._accepted()
            self.opener.add(outcome.sa)
        # Unauthenticated errors are rate limited by the engine, so they are made anew.
        if self.cache and outcome.answer and outcome.authenticated:
            self.cache.put(sender, octets, outcome.answer)
        self.emit(event_of(outcome, sender, transport, self.show_keys))
        return outcome.answer

    def _srtp(self, packet: bytes, sender: str, transport: str) -> None:
        event = {
            "event": "srtp", "transport": transport, "peer": sender,
            "ssrc": f"{ssrc_of(packet):08x}", "len": len(packet),
        }  # fmt: skip
        try:
            sa, rtp = self.opener.open(packet)
        except MikeyError as error:
            event.update(ok=False, reason=error.reason)
        else:
            self.packets += 1
            header = 12 + 4 * (rtp[0] & 15)
            event.update(
                ok=True,
                csb_id=f"{sa.csb_id:08x}",
                seq=int.from_bytes(rtp[2:4], "big"),
                payload_hex=rtp[header:].hex(),
            )
        self.emit(event)


def event_of(outcome: Outcome, sender: str, transport: str, show_keys: bool = False) -> dict:
    """An engine's outcome as an event."""
    event: dict = {"event": outcome.kind, "transport": transport, "peer": sender}
    if outcome.csb_id is not None:
        event["csb_id"] = f"{outcome.csb_id:08x}"
    if outcome.error is not None:
        event["error"] = outcome.error
    if outcome.reason:
        event["reason"] = outcome.reason
    if outcome.kind != "discarded":
        event["authenticated"] = outcome.authenticated
    if outcome.sa:
        event.update(association(outcome.sa, show_keys))
    event["answered"] = len(outcome.answer) if outcome.answer else 0
    return event


def association(sa: SecurityAssociation, show_keys: bool = False) -> dict:
    """A security association as JSON types; keys only if asked for."""
    return {
        "mode": sa.mode,
        "id_i": str(sa.id_i) if sa.id_i else None,
        "id_r": str(sa.id_r) if sa.id_r else None,
        "fingerprint": sa.fingerprint(),
        "updates": sa.updates,
        "crypto_sessions": [_session(cs, show_keys) for cs in sa],
    }


def _session(cs: CryptoSession, show_keys: bool) -> dict:
    entry = {
        "cs_id": cs.cs_id,
        "ssrc": f"{cs.ssrc:08x}",
        "roc": cs.roc,
        "policy": str(cs.policy),
        "keys": len(cs.keys),
    }
    if isinstance(cs.policy, SrtpPolicy):
        entry["tag_length"] = cs.policy.srtp_tag_length or cs.policy.aead_tag_length
    if cs.mki:
        entry["mki"] = cs.mki.hex()
    if cs.interval:
        entry["interval"] = list(cs.interval)
    if show_keys:
        entry.update(tek=cs.tek.hex(), salt=cs.salt.hex())
    return entry
