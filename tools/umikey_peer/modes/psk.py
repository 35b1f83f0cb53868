"""Pre-shared key mode, both roles (RFC 3830 sections 3.1, 4.5 and 5), and its NULL variant.

    I_MESSAGE = HDR, T, RAND, [IDi], [IDr], {SP}, KEMAC
    R_MESSAGE = HDR, T, [IDr], V          only if the initiator asks for it

An update is the same without RAND; the first RAND stays in force.
"""

from __future__ import annotations

from dataclasses import replace

from ..errors import AuthError, DecodeError, Discarded, MikeyError, Refused
from ..header import Header
from ..keys import HASHES, MessageKeys
from ..message import Message
from ..payloads import (
    Extension,
    Id,
    Kemac,
    KeyData,
    Payload,
    Rand,
    Sp,
    Timestamp,
    Ver,
    decode_key_data,
    encode_key_data,
)
from ..protect import decrypt, encrypt, mac, seal, verify
from ..registry import TEKS, DataType, Encr, Mac
from ..sa import Bundle, check_keys
from ..secret import same
from . import RESPONDERS, Accepted, Offer, Origin, Role
from .common import SharedKey, answer_header, answered, check_sdp_ids

NAME = "psk"
ALLOWED = (Timestamp, Rand, Id, Sp, Extension, Kemac)
NULL_KEY = b"\0"  # nothing is derived from it that protects anything


class Psk(SharedKey):
    """A pre-shared key that protects TGKs and TEKs on their way (see `SharedKey`)."""

    __slots__ = ()
    mode = NAME

    def start(self, offer: Offer) -> PskExchange:
        """The I_MESSAGE for an offer. ValueError if something does not fit on the wire."""
        return PskExchange(self, offer)

    def check(self, now: float) -> None:
        """Refused if the key does not count any more: one by agreement always does."""


def _data(identity: Id | None) -> bytes:
    return identity.data if identity else b""


def _message_keys(key: bytes, offer: Offer | Bundle, encr: int, mac_alg: int) -> MessageKeys:
    return MessageKeys.derive(offer.prf, key, offer.csb_id, offer.rand, encr, mac_alg)


class PskExchange:
    """The initiator's side of one exchange."""

    mode = NAME
    responses = (DataType.PSK_RESP,)

    def __init__(self, credential: Psk | None, offer: Offer):
        if offer.before:
            offer = replace(offer, rand=offer.before.rand, prf=offer.before.prf)
        self._offer, self.waits = offer, offer.verify
        key = bytes(credential.key) if credential else NULL_KEY
        self._keys = _message_keys(key, offer, offer.encr, offer.mac)
        header = Header(
            DataType.PSK_INIT,
            offer.csb_id,
            offer.verify,
            offer.prf,
            offer.map_type,
            offer.cs,
            offer.empty_cs,
        )
        self._header = header
        parts: list[Payload] = [offer.stamp]
        if not offer.before:
            parts.append(Rand(offer.rand))
        if offer.send_id_i and offer.id_i:
            parts.append(offer.id_i)
        if offer.send_id_r and offer.id_r:
            parts.append(offer.id_r)
        parts += [*offer.extensions, *offer.sps]
        plain = encode_key_data(offer.keys)
        data = encrypt(offer.encr, self._keys, offer.csb_id, offer.stamp, plain)
        kemac = Kemac(offer.encr, data, offer.mac)
        self.octets = seal(header, parts, kemac, bytes(self._keys.auth))
        start = offer.before or Bundle(
            offer.csb_id,
            offer.rand,
            offer.prf,
            offer.stamp,
            offer.id_i,
            offer.id_r,
            authenticated=offer.mac != Mac.NULL,
            compat_rtsps=offer.compat_rtsps,
        )
        self.bundle = start.updated(
            header, offer.stamp, list(offer.sps), offer.keys, offer.extensions
        )
        self.bundle.derive()  # what cannot be keyed must not be offered

    def finish(self, message: Message) -> Bundle:
        """Checks an R_MESSAGE (CSB ID and T are checked already) and gives the bundle with the
        SSRCs that the responder chose. AuthError or Discarded."""
        offer = self._offer
        ver = message.one(Ver)
        if ver is None or message.payloads[-1] is not ver:
            raise Discarded("a response without V at its end")
        if ver.alg != offer.mac:
            raise Discarded(f"the response uses MAC algorithm {ver.alg}, not {offer.mac}")
        sender = message.one(Id)
        if sender and offer.id_r and sender != offer.id_r:
            raise Discarded(f"the response comes from {sender}, not from {offer.id_r}")
        id_r = sender or offer.id_r
        if ver.alg != Mac.NULL:
            covered = message.raw[: len(message.raw) - len(ver.data)]
            self._verify(covered, _data(id_r), ver)
        cs = answered(self._header, self.bundle, message.header)
        return replace(self.bundle, cs=cs, id_r=id_r)

    def _verify(self, covered: bytes, id_r: bytes, ver: Ver) -> None:
        key, stamp = bytes(self._keys.auth), self._offer.stamp.value
        # libmikey leaves the identities out (and sends a T of its own)
        if self._offer.compat_minisip and same(mac(ver.alg, key, covered + stamp), ver.data):
            return
        verify(ver.alg, key, covered + _data(self._offer.id_i) + id_r + stamp, ver.data)

    def verify_error(self, message: Message) -> bool:
        """Whether V of an Error message is right: over the message alone (RFC 6043 5.5), or also
        over identities and T as in RFC 3830 5.2, which does not tell errors apart."""
        ver = message.one(Ver)
        if ver is None or message.payloads[-1] is not ver or ver.alg == Mac.NULL:
            return False
        offer, covered = self._offer, message.raw[: len(message.raw) - len(ver.data)]
        long = covered + _data(offer.id_i) + _data(offer.id_r) + offer.stamp.value
        return any(
            same(mac(ver.alg, bytes(self._keys.auth), octets), ver.data)
            for octets in (covered, long)
        )

    def wipe(self) -> None:
        self._keys.wipe()


def respond(responder, message: Message, origin: Origin) -> Accepted:
    """The responder's side: verifies an I_MESSAGE and makes the answer.

    `responder` is the engine (session.py): its credentials, CSBs, options and sources.
    """
    incoming = _Incoming(responder, message, origin)
    incoming.authenticate()
    try:
        return incoming.process()
    except MikeyError as error:
        if incoming.kemac.mac_alg != Mac.NULL:
            alg, key = incoming.kemac.mac_alg, bytes(incoming.keys.auth)
            error.signer = lambda header, parts: seal(header, parts, Ver(alg), key)
        raise
    finally:
        incoming.keys.wipe()


class _Incoming:
    """An I_MESSAGE on its way through the responder. DecodeError if its grammar is wrong."""

    def __init__(self, responder, message: Message, origin: Origin):
        self.responder, self.message, self.origin = responder, message, origin
        self.header = message.header
        self.stamp = message.one(Timestamp)
        self.rand = message.one(Rand)
        self.before = None  # the record of the CSB that is updated
        self.credential: Psk | None = None
        self.keys: MessageKeys | None = None
        kemac = message.one(Kemac)
        if kemac is None or message.payloads[-1] is not kemac:
            raise DecodeError("a pre-shared key message ends with KEMAC")
        self.kemac = kemac
        ids = message.all(Id)
        if len(ids) > 2:
            raise DecodeError("more than two ID payloads")
        self.has_ids = bool(ids)
        # Only their order tells the two apart; a single one that is our own must be IDr.
        if len(ids) == 1 and ids[0] == responder.id_r:
            ids.insert(0, None)
        self.id_i, self.id_r = (*ids, None, None)[:2]

    def authenticate(self) -> None:
        """Finds the key that verifies the message. Refused 2, 3, 7, 12 or AuthError."""
        responder, header, rand = self.responder, self.header, self.rand
        if header.prf not in HASHES:
            raise Refused(f"PRF function {header.prf} is not supported", 2)
        null = self.kemac.mac_alg == Mac.NULL
        if null and not responder.allow_null:
            raise Refused("a message without a MAC", 3)
        if rand is not None and not rand.data:
            raise Refused("an empty RAND", 12)
        known = []
        if rand is None:
            known = responder.known(NAME, header.csb_id, self.id_i or self.origin.id_i)
            if not known and not (null and responder.compat_rtsps):
                raise Refused("no RAND payload, and no CSB of that number to update", 12)
        if null:
            self._without_mac(known)
            return
        tries = [(record, record.credential) for record in known if record.credential]
        if rand is not None:
            found = responder.credentials(NAME, self.id_i, self.id_r, self.origin)
            tries = [(None, credential) for credential in found]
        if not tries:
            raise Refused(f"no key for {self.id_i or 'a message without identity'}", 7)
        covered = self.message.raw[: len(self.message.raw) - len(self.kemac.mac)]
        for before, credential in tries:
            keys = self._derive(bytes(credential.key), before)
            if same(mac(self.kemac.mac_alg, bytes(keys.auth), covered), self.kemac.mac):
                self.before, self.credential, self.keys = before, credential, keys
                return
            keys.wipe()
        raise AuthError("the message authentication code is wrong")

    def _without_mac(self, known: list) -> None:
        # What nobody vouches for must not touch a bundle that somebody vouched for.
        self.before = next((r for r in known if not r.bundle.authenticated), None)
        if known and self.before is None:
            raise Refused("an update without a MAC", 3)
        self.keys = self._derive(NULL_KEY, self.before)

    def _derive(self, key: bytes, before) -> MessageKeys:
        rand = before.bundle.rand if before else self.rand.data if self.rand else b""
        header, kemac = self.header, self.kemac
        return MessageKeys.derive(header.prf, key, header.csb_id, rand, kemac.encr, kemac.mac_alg)

    def process(self) -> Accepted:
        """Everything that the MAC vouches for: the bundle, and the answer if one is wanted."""
        responder, header, kemac = self.responder, self.header, self.kemac
        if self.credential:
            self.credential.check(responder.now())
        sender = self._sender()
        responder.replay.check_counter(self.stamp, sender)
        if self.before:
            responder.check_update(self.before.bundle, header, self.stamp)
        elif not responder.replace_csb and responder.taken(header.csb_id, self.credential):
            raise Refused("a RAND in an update, or a CSB ID that is taken", 12)
        own = responder.own_identity(self.id_r, self.credential, self.origin)
        if kemac.encr == Encr.NULL and kemac.data and not responder.allow_null:
            raise Refused("keys in clear", 4)
        plain = decrypt(kemac.encr, self.keys, header.csb_id, self.stamp, kemac.data)
        keys = decode_key_data(plain)
        extensions = tuple(self.message.all(Extension))
        check_keys(keys, extensions, safe=kemac.mac_alg != Mac.NULL)
        check_sdp_ids(extensions, self.origin)
        start = self.before.bundle if self.before else self._new_bundle(own, keys)
        bundle = start.updated(header, self.stamp, self.message.all(Sp), keys, extensions)
        if self.before:
            bundle = replace(bundle, updates=bundle.updates + 1)
        bundle = responder.fill_ssrcs(bundle)
        responder.check_policies(bundle)
        bundle.derive()  # keys that do not fit must be known before the answer says yes
        answer = self._answer(bundle) if header.v else None
        return Accepted(bundle, answer, sender, self.credential)

    def _new_bundle(self, own: Id | None, keys: tuple[KeyData, ...]) -> Bundle:
        # RTSP cameras leave RAND out when there is nothing to derive.
        if self.rand is None and not (keys and all(key.kind in TEKS for key in keys)):
            raise Refused("no RAND payload", 12)
        known_id = self.origin.id_i or (self.credential.id_i if self.credential else None)
        return Bundle(
            self.header.csb_id,
            self.rand.data if self.rand else b"",
            self.header.prf,
            self.stamp,
            self.id_i or known_id,
            own,
            authenticated=self.kemac.mac_alg != Mac.NULL,
            compat_rtsps=self.responder.compat_rtsps,
        )

    def _sender(self) -> bytes:
        """Who sent this, for the COUNTER memory."""
        identity = (self.credential.id_i if self.credential else None) or self.id_i
        return identity.data if identity else b""

    def _answer(self, bundle: Bundle) -> bytes:
        """The R_MESSAGE (5.2): V covers it, then IDi, IDr and T as the initiator sent them."""
        header = answer_header(DataType.PSK_RESP, self.header, bundle)
        parts: list[Payload] = [self.stamp]
        if self.has_ids and bundle.id_r:
            parts.append(bundle.id_r)
        ids = _data(bundle.id_i) + _data(bundle.id_r)
        if self.responder.compat_minisip:
            ids = b""
        also = ids + self.stamp.value
        return seal(header, parts, Ver(self.kemac.mac_alg), bytes(self.keys.auth), also)


RESPONDERS[DataType.PSK_INIT] = Role(NAME, frozenset(kind.number for kind in ALLOWED), respond)
