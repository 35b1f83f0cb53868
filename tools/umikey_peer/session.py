"""The responder engine. It does no I/O: octets in, octets out (RFC 3830 section 5).

srv = Responder([Psk(key), DhHmac(key)], id_r="sip:bob@example.com")
outcome = srv.handle(octets)
if outcome.answer:  send(outcome.answer)
if outcome.sa:      outcome.sa[0].tek
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from .clock import Now, Stamper
from .errors import DecodeError, Discarded, MikeyError, Refused, ReplayError
from .header import Header, SrtpId
from .message import Message, Span, walk
from .modes import (  # noqa: F401  (they enter themselves)
    RESPONDERS,
    Origin,
    dhhmac_answer,
    dhsign_answer,
    ecies_answer,
    ecmqv_answer,
    psk,
)
from .modes.certified import EnvelopeKey
from .modes.common import SharedKey
from .payloads import Err, Id, Payload, Timestamp
from .policy import Policy, SrtpPolicy, TeslaPolicy
from .registry import RESPONSES, VERSION, DataType
from .replay import ReplayGuard
from .sa import Bundle, SecurityAssociation

MAX_BUNDLES = 1024  # CSBs remembered for updates
MAX_TRIES = 16  # keys tried on a message that names nobody
SHORTEST = 10  # octets of an HDR without crypto sessions


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message.

    kind: "established", "updated", "refused" (we say an error), "discarded" (we say nothing);
    for an initiator also "hint" (an unauthenticated error, worth a log line and no more) and
    "failed" (an authenticated one). `answer`: octets to send back, or None. `error`: RFC error
    number, or None. `reason`: for people.
    """

    kind: str
    reason: str = ""
    answer: bytes | None = None
    sa: SecurityAssociation | None = None
    error: int | None = None
    authenticated: bool = False
    csb_id: int | None = None

    @property
    def ok(self) -> bool:
        return self.sa is not None


@dataclass(frozen=True, slots=True)
class Record:
    """A CSB, the credential and the mode that made it; only messages under these may update it.
    `credential`: None for the NULL variant of the PSK mode."""

    bundle: Bundle
    credential: SharedKey | None
    mode: str

    def held_by(self, credential: SharedKey | None) -> bool:
        return self.credential is credential or (
            self.credential is not None and self.credential.same_holder(credential)
        )


class RateLimit:
    """A token bucket: `burst` at once, `rate` per second after that."""

    def __init__(self, burst: int, rate: float, now: Now):
        self._burst, self._rate, self._now = burst, rate, now
        self._tokens, self._last = float(burst), now()

    def allow(self) -> bool:
        here = self._now()
        gained = max(0.0, here - self._last) * self._rate
        self._tokens, self._last = min(self._burst, self._tokens + gained), here
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Responder:
    """Answers initiators. `handle()` never raises, whatever the octets.

    credentials: a list of `Psk` and `DhHmac`, which say what modes there are; or a function
        (id_i, id_r, origin) -> list of them, then all modes are there.
    id_r: who we are; None to be whoever the message asks for.
    allow_null: accept NULL encryption and MAC. Only where something else protects the channel.
    compat_rtsps: read what RTSPS cameras send (tag length in the place of a key length, key and
        salt as one TEK, one 00 after the message, no RAND with a TEK).
    compat_minisip: leave the identities out of V, as libmikey does.
    policies: what we offer in an error when we refuse a policy.
    accept: a function (policy) -> bool, to refuse more than what we cannot do.
    replace_csb: let a new exchange take over a CSB ID that its initiator already uses.
    unknown_id: "error" (7) or "silent" for identities that we have no key for.
    replay: a `ReplayGuard`, by default of 300 s.
    choose_ssrc: a function (cs_id) -> SSRC for the streams whose SSRC the initiator leaves to us.
    error_burst, error_rate: unauthenticated errors at once, and per second.
    random: (n) -> n octets, also for secret exponents; now: () -> Unix seconds.
    """

    def __init__(
        self,
        credentials: Iterable[SharedKey] | Callable = (),
        *,
        id_r: str | bytes | Id | None = None,
        allow_null: bool = False,
        compat_rtsps: bool = False,
        compat_minisip: bool = False,
        policies: tuple[SrtpPolicy, ...] = (SrtpPolicy(),),
        accept: Callable[[Policy], bool] | None = None,
        replace_csb: bool = False,
        unknown_id: str = "error",
        replay: ReplayGuard | None = None,
        choose_ssrc: Callable[[int], int] | None = None,
        error_burst: int = 20,
        error_rate: float = 5.0,
        random: Callable[[int], bytes] = secrets.token_bytes,
        now: Now = time.time,
    ):
        self._lookup = credentials if callable(credentials) else None
        self._credentials = () if callable(credentials) else tuple(credentials)
        self.id_r = None if id_r is None else Id.of(id_r)
        self.allow_null = allow_null
        self.compat_rtsps = compat_rtsps
        self.compat_minisip = compat_minisip
        self.policies = policies
        self.accept = accept
        self.replace_csb = replace_csb
        self.unknown_id = unknown_id
        self.replay = ReplayGuard(now=now) if replay is None else replay
        self._choose_ssrc = choose_ssrc
        self._limit = RateLimit(error_burst, error_rate, now)
        self.random, self.now = random, now
        self._stamper = Stamper(now=now)
        self._records: OrderedDict[int, list[Record]] = OrderedDict()  # by CSB ID

    def handle(
        self,
        data: bytes,
        peer: str = "",
        id_i: Id | None = None,
        id_r: Id | None = None,
        sdp_ids: Iterable[str] = (),
    ) -> Outcome:
        """Deals with one message. `peer`: the host it came from; `id_i`, `id_r`: identities that
        the surroundings know, for messages that carry none (RFC 3830 section 3.1); `sdp_ids`: the
        key management protocols in the SDP that brought it, which it then has to list."""
        data = bytes(data)
        spans: list[Span] = []
        try:
            message = self._decode(data, spans)
            return self._respond(message, Origin(peer, id_i, id_r, tuple(sdp_ids)))
        except MikeyError as error:
            header = spans[0].part if spans else None
            stamp = next((s.part for s in spans if type(s.part) is Timestamp), None)
            answer = self._error(header, stamp, error)
            return Outcome(
                "refused" if answer else "discarded",
                error.reason,
                answer,
                error=error.number,
                authenticated=error.signer is not None,
                csb_id=header.csb_id if header else None,
            )

    def _decode(self, data: bytes, spans: list[Span]) -> Message:
        """The message; `spans` holds what was understood when an error comes. What is not for us,
        or stale, gets no further work (5.3)."""
        if len(data) < SHORTEST or data[0] != VERSION:
            raise Discarded("this is no MIKEY message")
        for span in walk(data, self.compat_rtsps, self._expected):
            spans.append(span)
            if type(span.part) is Timestamp:
                self.replay.check_time(span.part)
        message = Message.of(data, spans)
        if message.one(Timestamp) is None:
            raise DecodeError("no T payload")
        self.replay.check_seen(message.raw)
        return message

    def _expected(self, header: Header) -> frozenset[int]:
        """The payload types of a message that begins an exchange. What we cannot speak is known
        from HDR alone, whatever follows it: Refused 11."""
        if header.data_type in RESPONSES:
            raise Discarded("a response, and we have asked nothing")
        role = RESPONDERS.get(header.data_type)
        if role is None or not self._speaks(role.mode):
            raise Refused(f"data type {header.data_type} is not supported", 11)
        return role.payloads

    def _speaks(self, mode: str) -> bool:
        """Whether we have what a mode needs. An engine without any credential is one for the NULL
        variant of the PSK mode."""
        if self._lookup or any(credential.mode == mode for credential in self._credentials):
            return True
        if mode != psk.NAME:
            return False
        # an envelope key that is cached serves as a pre-shared one
        cached = any(credential.mode == "ecies" for credential in self._credentials)
        return cached or self.allow_null or not self._credentials

    def _respond(self, message: Message, origin: Origin) -> Outcome:
        role = RESPONDERS[message.header.data_type]
        accepted = role.respond(self, message, origin)
        self.replay.add(message.one(Timestamp), message.raw, accepted.sender)
        mode = accepted.mode or role.mode
        record = Record(accepted.bundle, accepted.credential, mode)
        self._remember(record)
        return Outcome(
            "updated" if accepted.bundle.updates else "established",
            answer=accepted.answer,
            sa=SecurityAssociation(accepted.bundle, role.mode, partial(self._end, record)),
            authenticated=accepted.bundle.authenticated,
            csb_id=message.header.csb_id,
        )

    def _error(
        self, header: Header | None, stamp: Timestamp | None, error: MikeyError
    ) -> bytes | None:
        """The Error message (RFC 3830 5.1.2): HDR, T, ERR, {SP} and, of a sender that has proved
        authentic, V or what the mode has instead; None for silence.

        HDR is that of the failed message with type 6; the MAC covers the error message alone
        (RFC 6043 section 5.5)."""
        if header is None or error.number is None or header.data_type in RESPONSES:
            return None
        if error.number == 7 and self.unknown_id == "silent":
            return None
        if error.signer is None and not self._limit.allow():
            return None
        reply = Header(
            DataType.ERROR,
            header.csb_id,
            prf=header.prf,
            map_type=header.map_type,
            cs=header.cs,
            empty_cs=header.empty_cs,
        )
        parts: list[Payload] = [stamp or self._stamper(), Err(error.number)]
        if error.number in (9, 10):
            parts += [policy.to_sp(i) for i, policy in enumerate(self.policies)]
        if error.signer:
            return error.signer(reply, parts)
        return Message(reply, tuple(parts)).encode()

    # What the modes ask of us.

    def credentials(
        self, mode: str, id_i: Id | None, id_r: Id | None, origin: Origin
    ) -> list[SharedKey]:
        """The keys that may have protected a message of `id_i`, the likeliest first."""
        who = id_i or origin.id_i
        if self._lookup:
            found = list(self._lookup(who, id_r or origin.id_r, origin))
        elif who:
            found = [c for c in self._credentials if c.id_i in (None, who)]
        else:
            host = origin.peer.rsplit(":", 1)[0]
            found = [c for c in self._credentials if not c.peer or c.peer == host]
            found.sort(key=lambda c: not c.peer)
        if mode == psk.NAME:
            found = [*self._cached(who), *found]
        return [c for c in found if c.mode == mode][:MAX_TRIES]

    def _cached(self, who: Id | None) -> list[SharedKey]:
        """The envelope keys that may serve for other CSBs of an initiator (RFC 3830 6.3, C = 1)."""
        held = (r.credential for records in self._records.values() for r in records)
        keys = [key for key in held if isinstance(key, EnvelopeKey) and key.cache == 1]
        return [key for key in reversed(keys) if who is not None and key.id_i == who]

    def own_identity(
        self, id_r: Id | None, credential: SharedKey | None, origin: Origin
    ) -> Id | None:
        """Who we are in this exchange; Refused 7 if the message is for somebody else (9.5)."""
        own = (credential.id_r if credential else None) or self.id_r
        if id_r and own and id_r != own:
            raise Refused(f"a message for {id_r}, we are {own}", 7)
        return id_r or own or origin.id_r

    def known(self, mode: str, csb_id: int, id_i: Id | None) -> list[Record]:
        """The CSBs with this number that a mode has made, of `id_i` if that is known."""
        records = [r for r in self._records.get(csb_id, []) if r.mode == mode]
        return [r for r in records if id_i is None or r.bundle.id_i in (None, id_i)]

    def taken(self, csb_id: int, credential: SharedKey | None) -> bool:
        """Whether the holder of a credential has a CSB with this number already, in any mode."""
        return any(r.held_by(credential) for r in self._records.get(csb_id, []))

    def check_update(self, bundle: Bundle, header: Header, stamp: Timestamp) -> None:
        """ReplayError or Refused unless an update can follow `bundle` (4.5): a newer T, the
        same PRF."""
        if header.prf != bundle.prf:
            raise Refused(f"PRF function {header.prf} in an update, the CSB has {bundle.prf}", 2)
        if stamp.kind == bundle.stamp.kind and _distance(stamp, bundle.stamp) <= 0:
            # An older update, held back by somebody, would bring an older key back.
            raise ReplayError("the update is older than what it updates")

    def check_policies(self, bundle: Bundle) -> None:
        """Refused 10 for policies that local rules forbid, 3 for unprotected TESLA ones."""
        for policy in bundle.policies.values():
            if isinstance(policy, TeslaPolicy):
                if not bundle.authenticated:
                    raise Refused("TESLA parameters need a MAC (RFC 4442 section 5)", 3)
            elif policy.protects_nothing and not self.allow_null:
                raise Refused("an SRTP policy that protects nothing", 10)
            if self.accept and not self.accept(policy):
                raise Refused(f"local rules forbid {policy}", 10)

    def fill_ssrcs(self, bundle: Bundle) -> Bundle:
        """The bundle with an SSRC for every stream that leaves it to us: random, 32 bits, not 0,
        and different from all others, since streams may share a key."""
        used = {entry.ssrc for entry in bundle.cs if isinstance(entry, SrtpId)}
        chosen: dict[int, int] = {}
        for cs_id in bundle.missing_ssrcs():
            ssrc = self._choose_ssrc(cs_id) if self._choose_ssrc else 0
            while not ssrc or (ssrc in used and not self._choose_ssrc):
                ssrc = int.from_bytes(self.random(4), "big")
            used.add(ssrc)
            chosen[cs_id] = ssrc
        return bundle.fill(chosen)

    def _remember(self, record: Record) -> None:
        """Keeps a CSB for updates; the longest unused one makes room."""
        others = self._records.pop(record.bundle.csb_id, [])
        others = [r for r in others if not r.held_by(record.credential)]
        self._records[record.bundle.csb_id] = [*others, record][-MAX_TRIES:]
        while len(self._records) > MAX_BUNDLES:
            self._records.popitem(last=False)

    def forget(self, csb_id: int) -> None:
        """Ends a CSB: further updates of it are refused, and what was kept for them is wiped."""
        for record in list(self._records.get(csb_id, [])):
            self._end(record)

    def _end(self, record: Record) -> None:
        """Forgets a CSB, if it is still what `record` says, and wipes what was kept for it."""
        csb_id = record.bundle.csb_id
        found = self._records.get(csb_id, [])
        rest = [other for other in found if other is not record]
        if len(rest) == len(found):
            return  # an update has led beyond it
        self._records[csb_id] = rest
        if not rest:
            del self._records[csb_id]
        every = (other for records in self._records.values() for other in records)
        if any(other.credential is record.credential for other in every):
            return  # an envelope key that another CSB lives on, too
        if record.bundle.held:
            record.bundle.held.wipe()
        if isinstance(record.credential, EnvelopeKey):
            record.credential.key.wipe()


def _distance(a: Timestamp, b: Timestamp) -> int:
    """How far `a` is after `b`, of one type, across a wrap of the NTP era (4.2.8)."""
    bits = 8 * len(a.value)
    difference = int.from_bytes(a.value, "big") - int.from_bytes(b.value, "big")
    if a.kind == 2:
        return difference  # a COUNTER does not wrap
    return (difference + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)
