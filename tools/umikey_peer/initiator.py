"""The initiator engine. It does no I/O: octets in, octets out (RFC 3830 section 5).

me = Initiator(Psk(key), id_i="sip:alice@example.com", id_r="sip:bob@example.com",
               streams=(Stream(ssrc=0x11111111), Stream()))
send(me.start())
me.feed(receive())
me.sa[0].tek
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, replace
from weakref import WeakMethod, WeakValueDictionary

from .clock import Now, Stamper
from .errors import Discarded, LocalError, MikeyError, RemoteError
from .header import GenericId, SrtpId
from .message import Message
from .modes import Exchange, Offer
from .modes.common import SharedKey
from .modes.psk import PskExchange
from .payloads import Err, Extension, Id, KeyData, Sp, Timestamp, Validity
from .policy import Policy, SrtpPolicy
from .registry import DataType, Encr, KeyType, Mac, MapType, Prf, error_name
from .sa import Bundle, SecurityAssociation
from .session import Outcome

RAND_LENGTH = 16
TGK_LENGTH = 16
SALT_LENGTH = 14

Taken = MutableMapping[tuple[Id | None, int], "Initiator"]  # (responder, CSB ID) -> its owner
_taken: Taken = WeakValueDictionary()  # in this process


@dataclass(frozen=True, slots=True)
class Stream:
    """An SRTP stream to key: `ssrc` 32 bits, 0 if the responder will choose it; `roc` 32 bits."""

    ssrc: int = 0
    roc: int = 0
    policy: Policy = SrtpPolicy()


class Initiator:
    """Begins exchanges and updates of one CSB.

    credential: a `Psk` or `DhHmac`; None only for the NULL mode. id_i, id_r: the two identities.
    streams: what to key. keys: `KeyData` to send; by default a random TGK of 16 octets and a
        salt of the length that the first policy wants, with `mki` as its SPI (1..255 octets).
        DH-HMAC agrees on a key instead and takes none. validity: any other `Validity` of the key.
    verify: ask for an answer, which DH-HMAC gets anyway. send_ids: put the identities into the
        message; DH-HMAC can only do without the first.
    prf, encr, mac: algorithms. allow_null: permits NULL encryption and MAC.
    extensions: `Extension` payloads to send. map_type: how the streams are told; an EMPTY map
        leaves out all but their number.
    compat_rtsps: send key and salt as one TEK with a 4-octet MKI, for RTSPS cameras (NULL mode).
    compat_minisip: accept answers whose V leaves the identities out and whose T is their own.
    csb_id, rand: fixed values, for tests. stamper: makes the timestamps. taken: CSB IDs that live
        initiators use, by default all of this process (RFC 3830 6.1 forbids collisions).
    random: (n) -> n octets; now: () -> Unix seconds.
    """

    def __init__(
        self,
        credential: SharedKey | None,
        *,
        id_i: str | bytes | Id | None = None,
        id_r: str | bytes | Id | None = None,
        streams: tuple[Stream, ...] = (),
        keys: tuple[KeyData, ...] | None = None,
        mki: bytes = b"",
        validity: Validity | None = None,
        verify: bool = True,
        send_ids: bool = True,
        prf: int = Prf.MIKEY_1,
        encr: int = Encr.AES_CM_128,
        mac: int = Mac.HMAC_SHA_1_160,
        allow_null: bool = False,
        extensions: tuple[Extension, ...] = (),
        map_type: int = MapType.SRTP_ID,
        compat_rtsps: bool = False,
        compat_minisip: bool = False,
        csb_id: int | None = None,
        rand: bytes | None = None,
        stamper: Callable[[], Timestamp] | None = None,
        taken: Taken = _taken,
        random: Callable[[int], bytes] = secrets.token_bytes,
        now: Now = time.time,
    ):
        self._agrees = credential is not None and credential.agrees
        if self._agrees:
            if mac == Mac.NULL or keys is not None:
                raise LocalError("key agreement needs a MAC, and carries no keys: not for groups")
        elif not allow_null and (encr == Encr.NULL or mac == Mac.NULL or credential is None):
            raise LocalError("NULL encryption and MAC must be allowed, over a protected channel")
        elif credential is None and mac != Mac.NULL:
            raise LocalError("a MAC needs a key")
        elif mac == Mac.NULL and encr != Encr.NULL:
            raise LocalError("the NULL MAC goes with NULL encryption only (RFC 3830 4.2.4)")
        self._credential = credential
        self._id_i = Id.of(id_i) if id_i is not None else credential and credential.own_id
        self._id_r = Id.of(id_r) if id_r is not None else credential and credential.id_r
        self._streams, self._keys, self._mki = tuple(streams), keys, mki
        self._validity = validity or (Validity.mki(mki) if mki else Validity())
        self._options = {
            "verify": verify, "prf": prf, "encr": encr, "mac": mac, "map_type": map_type,
            "extensions": tuple(extensions), "compat_rtsps": compat_rtsps,
            "compat_minisip": compat_minisip,
            # GStreamer stops at payloads that it does not know, identities among them
            "send_id_i": send_ids and not compat_rtsps,
            "send_id_r": send_ids and not compat_rtsps,
            "random": self._fresh,
            "now": now,
        }  # fmt: skip
        self._csb_id, self._rand = csb_id, rand
        self._stamper = stamper or Stamper(now=now)
        self._random = random
        self._taken, self._chosen_id = taken, 0
        self._adding = self._streams
        # updates with new keys went out, and no answer came; the same without the last update
        self._ahead = self._was_ahead = False
        self._exchange: Exchange | None = None
        self._bundle: Bundle | None = None
        self._sa: SecurityAssociation | None = None
        self.error: MikeyError | None = None  # why the last exchange failed
        self.hints: list[int] = []  # numbers of unauthenticated errors, for a log

    @property
    def sa(self) -> SecurityAssociation:
        """The result. LocalError before the exchange is complete."""
        if self._sa is None:
            raise LocalError("the exchange is not complete")
        return self._sa

    @property
    def waiting(self) -> bool:
        """Whether an answer is expected."""
        return self._exchange is not None

    def start(self) -> bytes:
        """Begins a new CSB and gives the I_MESSAGE.

        Called again, after a timeout, say, it begins anew: new T, RAND, keys and CSB ID, since the
        responder may have the old ones already."""
        self._release()
        self._bundle = self._sa = None
        self._ahead = self._was_ahead = False
        csb_id = self._csb_id if self._csb_id is not None else self._new_csb_id()
        rand = self._rand if self._rand is not None else self._fresh(RAND_LENGTH)
        self._adding = self._streams
        sessions = self._map(self._streams)
        return self._begin(csb_id, rand=rand, **self._keying(self._keys), **sessions)

    def update(
        self,
        rekey: bool = True,
        keys: tuple[KeyData, ...] | None = None,
        add: tuple[Stream, ...] = (),
        send_policies: bool = False,
        extensions: tuple[Extension, ...] = (),
        verify: bool | None = None,
        validity: Validity | None = None,
    ) -> bytes:
        """Begins an update of the CSB (RFC 3830 4.5) and gives its message: same CSB ID, new T,
        no RAND. `keys`, or with `rekey` a new one, valid as `validity` says, by default as the
        first; `add`: streams to append; `verify`: ask for an answer, by default as before. What
        is static is left out, known policies included.

        LocalError for an update without keys after one with keys that was not answered: the
        responder may have gone on to those, and both would derive from different ones. `start`, or
        another update with keys, has to come first."""
        if self._bundle is None:
            raise LocalError("there is no CSB to update: none was agreed on yet, or it was closed")
        streams = self._streams + tuple(add)
        sessions = self._map(streams)
        if not send_policies:
            known = self._bundle.policies
            sessions["sps"] = tuple(sp for sp in sessions["sps"] if sp.policy not in known)
        keying = self._keying(keys, rekey, validity)
        fresh = bool(keying.get("keys") or keying.get("rekey"))
        if self._ahead and not fresh:
            raise LocalError("an update with new keys was not answered: another has to come first")
        self._adding = streams
        octets = self._begin(
            self._bundle.csb_id,
            before=self._bundle,
            **keying,
            **sessions,
            extensions=tuple(extensions),
            verify=self._options["verify"] if verify is None else verify,
        )
        self._was_ahead, self._ahead = self._ahead, fresh and self.waiting
        return octets

    def _begin(self, csb_id: int, **what) -> bytes:
        offer = Offer(
            csb_id,
            self._stamper(),
            id_i=self._id_i,
            id_r=self._id_r,
            **{**self._options, **what},
        )
        self.error = None
        self.hints.clear()
        start = self._credential.start if self._credential else _start_null
        given_up, self._exchange = self._exchange, start(offer)
        if given_up:
            given_up.wipe()
        octets = self._exchange.octets
        if not self._exchange.waits:
            self._complete(self._exchange.bundle)
        return octets

    def _complete(self, bundle: Bundle) -> None:
        if self._bundle is not None:
            bundle = replace(bundle, updates=bundle.updates + 1)
        ended = WeakMethod(self._ended)  # else the association would keep us alive, and our CSB ID

        def on_close() -> None:
            end = ended()
            if end:
                end(bundle)

        sa = SecurityAssociation(bundle, self._exchange.mode, on_close)
        self._bundle, self._sa, self._streams = bundle, sa, self._adding
        self._ahead = False
        self._exchange.wipe()
        self._exchange = None

    def feed(self, data: bytes) -> Outcome:
        """Deals with octets that came from the responder; never raises.

        "established" or "updated": done. "failed": an authenticated error, also in `error`.
        "hint": an unauthenticated one, keep waiting. "discarded": not for us, keep waiting."""
        exchange, csb_id = self._exchange, None
        try:
            if exchange is None:
                raise Discarded("no answer is expected")
            message = Message.decode(data, tolerate_zero=self._options["compat_rtsps"])
            if message.header.csb_id == exchange.bundle.csb_id:
                csb_id = message.header.csb_id
            self._match(exchange, message)
            if message.header.data_type == DataType.ERROR:
                return self._on_error(exchange, message)
            was_update = self._bundle is not None
            self._complete(exchange.finish(message))
        except MikeyError as error:
            return Outcome("discarded", error.reason, error=error.number, csb_id=csb_id)
        return Outcome(
            "updated" if was_update else "established",
            sa=self._sa,
            authenticated=self._sa.authenticated,
            csb_id=self._sa.csb_id,
        )

    def _match(self, exchange: Exchange, message: Message) -> None:
        """Discarded unless this answers what we sent: same CSB ID, PRF and T (3, 5.3)."""
        header, sent = message.header, exchange.bundle
        if header.data_type not in (*exchange.responses, DataType.ERROR):
            raise Discarded(f"data type {header.data_type} does not answer our message")
        if header.csb_id != sent.csb_id:
            raise Discarded(f"an answer for CSB {header.csb_id:08x}")
        if header.data_type == DataType.ERROR:
            return  # who could not read our message could not read our T
        if header.prf != sent.prf:
            raise Discarded(f"an answer with PRF function {header.prf}")
        stamp = message.one(Timestamp)
        if stamp is None:
            raise Discarded("an answer without T")
        if stamp != sent.stamp and not self._options["compat_minisip"]:
            raise Discarded("an answer with another timestamp")

    def _on_error(self, exchange: Exchange, message: Message) -> Outcome:
        numbers = [payload.error for payload in message.all(Err)]
        if not numbers:
            raise Discarded("an Error message without an error")
        number = numbers[0]
        text = f"the responder says: {error_name(number)}"
        # Anybody can send an unauthenticated error, to make us tear the session down (5.1.2).
        if message.one(Timestamp) != exchange.bundle.stamp or not exchange.verify_error(message):
            if len(self.hints) < 16:
                self.hints.append(number)
            return Outcome("hint", text, error=number, csb_id=message.header.csb_id)
        self.error = RemoteError(text, number, tuple(message.all(Sp)))
        exchange.wipe()
        self._exchange = None
        self._ahead = self._was_ahead  # it has refused these keys
        return Outcome(
            "failed", text, error=number, authenticated=True, csb_id=message.header.csb_id
        )

    def close(self) -> None:
        """Ends the CSB: wipes its keys and frees its ID. `sa.close()` does the same."""
        exchange, bundle = self._exchange, self._bundle
        self._exchange = self._bundle = None
        if exchange:
            exchange.wipe()
        for state in (exchange and exchange.bundle, bundle):
            if state and state.held:
                state.held.wipe()
        if self._sa:
            self._sa.close()
        self._release()

    def _ended(self, bundle: Bundle) -> None:
        if self._bundle is bundle:  # else an update has led beyond it
            self.close()

    def _release(self) -> None:
        if self._taken.get((self._id_r, self._chosen_id)) is self:
            del self._taken[self._id_r, self._chosen_id]

    def _map(self, streams: tuple[Stream, ...]) -> dict:
        """The parts of an `Offer` about sessions; equal policies share a number. An Empty map
        tells only how many there are (RFC 4563 section 5)."""
        map_type = self._options["map_type"]
        if map_type == MapType.EMPTY:
            return {"cs": (), "sps": (), "empty_cs": len(streams)}
        policies = list(dict.fromkeys(stream.policy for stream in streams))
        entry = _generic if map_type == MapType.GENERIC_ID else _srtp
        return {
            "cs": tuple(entry(i, policies.index(s.policy), s) for i, s in enumerate(streams, 1)),
            "sps": tuple(policy.to_sp(i) for i, policy in enumerate(policies)),
        }

    def _keying(
        self,
        keys: tuple[KeyData, ...] | None,
        rekey: bool = True,
        validity: Validity | None = None,
    ) -> dict:
        """The parts of an `Offer` about keys: those given, new ones, or none without `rekey`."""
        validity = validity or self._validity
        if self._agrees:
            if keys:
                raise LocalError("key agreement carries no keys: not for groups")
            return {"rekey": rekey, "validity": validity}
        if keys is None:
            keys = self._new_keys(validity) if rekey else ()
        return {"keys": keys}

    def _new_keys(self, validity: Validity) -> tuple[KeyData, ...]:
        policies = [stream.policy for stream in self._streams] or [SrtpPolicy()]
        key_length = max(getattr(policy, "key_length", TGK_LENGTH) for policy in policies)
        salt_lengths = {getattr(policy, "salt_length", SALT_LENGTH) for policy in policies}
        if self._options["compat_rtsps"]:
            octets = self._fresh(key_length) + self._fresh(max(salt_lengths))
            validity = Validity.mki(self._mki or self._fresh(4))
            return (KeyData(KeyType.TEK, octets, validity=validity),)
        # One salt cannot serve policies that want different lengths: then it is derived.
        salted = len(salt_lengths) == 1
        kind = KeyType.TGK_SALT if salted else KeyType.TGK
        length = max(TGK_LENGTH, key_length)
        salt = bytes(salt_lengths.pop()) if salted else None
        if self._options["encr"] == Encr.AES_KW_128:
            # Key wrap takes whole 8-octet blocks, and a TGK may be longer.
            length += -len(KeyData(kind, bytes(length), salt, validity).encode()) % 8
        tgk = self._fresh(length)
        return (KeyData(kind, tgk, salt and self._fresh(len(salt)), validity),)

    def _new_csb_id(self) -> int:
        for _ in range(100):
            csb_id = int.from_bytes(self._fresh(4), "big")
            if (self._id_r, csb_id) not in self._taken:
                self._chosen_id = csb_id
                self._taken[self._id_r, csb_id] = self
                return csb_id
        raise LocalError("the random source gives the same CSB ID again and again")

    def _fresh(self, count: int) -> bytes:
        octets = self._random(count)
        if len(octets) != count or not any(octets):
            raise LocalError("the random source does not work")
        return octets

    def __repr__(self) -> str:
        return f"<Initiator {self._id_i} to {self._id_r}, {self._sa or 'no association'}>"


def _srtp(cs_id: int, policy_no: int, stream: Stream) -> SrtpId:
    return SrtpId(policy_no, stream.ssrc, stream.roc)


def _generic(cs_id: int, policy_no: int, stream: Stream) -> GenericId:
    return GenericId(cs_id, policies=(policy_no,), session=stream.ssrc.to_bytes(4, "big"))


def _start_null(offer: Offer) -> Exchange:
    return PskExchange(None, offer)
