"""The responder's side of DH-HMAC (RFC 4650); see `dhhmac.py` for messages and choices.

The order protects the processor: the grammar, then the MAC, then everything else that can fail,
and the two exponentiations last.
"""

from __future__ import annotations

from dataclasses import replace

from .. import dh
from ..errors import AuthError, DecodeError, MikeyError, Refused
from ..keys import HASHES, MessageKeys
from ..message import Message
from ..payloads import Extension, Id, Kemac, Payload, Rand, Sp, Timestamp
from ..payloads_more import Dh
from ..protect import mac, seal
from ..registry import DataType, Encr, Mac
from ..sa import Bundle, check_keys
from ..secret import same
from . import RESPONDERS, Accepted, Origin, Role
from .common import answer_header, check_sdp_ids
from .dhhmac import NAME, DhHmac, agreed, check_derivable

# What an I_MESSAGE is made of. Table 4.1.b has ERR, too: for Error messages.
ALLOWED = (Timestamp, Rand, Id, Sp, Extension, Dh, Kemac)


def respond(responder, message: Message, origin: Origin) -> Accepted:
    """Verifies an I_MESSAGE and makes the answer.

    `responder` is the engine (session.py): its credentials, CSBs, options and sources.
    """
    incoming = _Incoming(responder, message, origin)
    incoming.authenticate()
    try:
        return incoming.process()
    except MikeyError as error:
        end, key = Kemac(Encr.NULL, b"", incoming.kemac.alg), bytes(incoming.keys.auth)
        error.signer = lambda header, parts: seal(header, parts, end, key)
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
        self.dh_i = message.one(Dh)
        self.before = None  # the record of the CSB that is updated
        self.credential: DhHmac | None = None
        self.keys: MessageKeys | None = None
        kemac = message.one(Kemac)
        if kemac is None or message.payloads[-1] is not kemac:
            raise DecodeError("a DH-HMAC message ends with KEMAC")
        self.kemac = kemac
        ids = message.all(Id)
        self.nameless = not ids and responder.compat_minisip
        if len(ids) not in (1, 2) and not self.nameless:
            raise DecodeError(f"{len(ids)} ID payloads, [IDi] and IDr expected")
        # Only their order tells the two apart; a single one is IDr, which must be there.
        self.id_i, self.id_r = ([None, None] + ids)[-2:]

    def authenticate(self) -> None:
        """Finds the key that verifies the message. Refused 2, 3, 7, 12 or AuthError."""
        responder, header, rand = self.responder, self.header, self.rand
        if header.prf not in HASHES:
            raise Refused(f"PRF function {header.prf} is not supported", 2)
        if self.kemac.alg == Mac.NULL:
            raise Refused("a DH-HMAC message without a MAC", 3)
        if rand is None:
            known = responder.known(NAME, header.csb_id, self.id_i or self.origin.id_i)
            tries = [(record, record.credential) for record in known]
            if not tries:
                raise Refused("no RAND payload, and no CSB of that number to update", 12)
        else:
            if not rand.data:
                raise Refused("an empty RAND", 12)
            found = responder.credentials(NAME, self.id_i, self.id_r, self.origin)
            tries = [(None, credential) for credential in found]
            if not tries:
                raise Refused(f"no key for {self.id_i or 'a message without IDi'}", 7)
        covered = self.message.raw[: len(self.message.raw) - len(self.kemac.mac)]
        for before, credential in tries:
            keys = MessageKeys.derive(
                header.prf,
                bytes(credential.key),
                header.csb_id,
                before.bundle.rand if before else rand.data,
                Encr.NULL,
                self.kemac.alg,
            )
            if same(mac(self.kemac.alg, bytes(keys.auth), covered), self.kemac.mac):
                self.before, self.credential, self.keys = before, credential, keys
                return
            keys.wipe()
        raise AuthError("the message authentication code is wrong")

    def process(self) -> Accepted:
        """Everything that the MAC vouches for: the bundle and the answer."""
        responder, header = self.responder, self.header
        sender = self._sender()
        responder.replay.check_counter(self.stamp, sender)
        if self.before:
            responder.check_update(self.before.bundle, header, self.stamp)
        elif not responder.replace_csb and responder.taken(header.csb_id, self.credential):
            raise Refused("a RAND in an update, or a CSB ID that is taken", 12)
        own = responder.own_identity(self.id_r, self.credential, self.origin)
        self._check_kemac()
        group = self._group()
        extensions = tuple(self.message.all(Extension))
        check_keys((), extensions, safe=True)
        check_sdp_ids(extensions, self.origin)
        start = self.before.bundle if self.before else self._new_bundle(own)
        if start.id_i is None and not self.nameless:
            raise Refused("who asks? The answer has to name the initiator", 7)
        bundle = start.updated(header, self.stamp, self.message.all(Sp), (), extensions)
        if self.before:
            bundle = replace(bundle, updates=bundle.updates + 1)
        bundle = responder.fill_ssrcs(bundle)
        responder.check_policies(bundle)
        check_derivable(bundle, self.dh_i.validity if self.dh_i else None)
        values: tuple[Dh, ...] = ()
        if self.dh_i and group:
            bundle, dh_r = self._agree(bundle, group)
            values = (dh_r, self.dh_i)
        return Accepted(bundle, self._answer(bundle, values), sender, self.credential)

    def _check_kemac(self) -> None:
        """Refused 4 or 12 unless KEMAC has a MAC and nothing else (4.2)."""
        if self.kemac.literal:
            return
        if self.kemac.encr != Encr.NULL:
            raise Refused("DH-HMAC encrypts nothing, its KEMAC has NULL encryption", 4)
        if self.kemac.data:
            raise Refused("keys in the KEMAC of a DH-HMAC message", 12)

    def _group(self) -> dh.Group | None:
        """The group of DHi, with its value checked: Refused 6; None in an update without it."""
        if self.dh_i is None:
            if not self.before:
                raise Refused("no DH payload in a message that begins a CSB", 12)
            return None
        if self.dh_i.group not in self.credential.groups:
            raise Refused(f"DH group {self.dh_i.group} is not supported", 6)
        group = dh.group(self.dh_i.group)
        group.check(self.dh_i.value)
        return group

    def _new_bundle(self, own: Id | None) -> Bundle:
        id_i = self.id_i or self.origin.id_i or self.credential.id_i
        return Bundle(self.header.csb_id, self.rand.data, self.header.prf, self.stamp, id_i, own)

    def _agree(self, bundle: Bundle, group: dh.Group) -> tuple[Bundle, Dh]:
        """The bundle with the key, and DHr."""
        private = self.credential.private(group, self.responder.random)
        try:
            dh_r = Dh(group.number, private.public(), self.dh_i.validity)
            secret = private.shared(self.dh_i.value)
        finally:
            private.wipe()
        return replace(bundle, keys=(agreed(secret, self.dh_i.validity),)), dh_r

    def _sender(self) -> bytes:
        """Who sent this, for the COUNTER memory."""
        identity = self.credential.id_i or self.id_i
        return identity.data if identity else b""

    def _answer(self, bundle: Bundle, values: tuple[Dh, ...]) -> bytes:
        """The R_MESSAGE, its KEMAC in the numbers of the question."""
        header = answer_header(DataType.DHHMAC_RESP, self.header, bundle)
        ids = () if self.nameless else (bundle.id_r, bundle.id_i)
        parts: list[Payload] = [self.stamp, *(i for i in ids if i), *values]
        kemac = Kemac(self.kemac.encr, b"", self.kemac.mac_alg, self.kemac.mac)
        return seal(header, parts, kemac, bytes(self.keys.auth))


RESPONDERS[DataType.DHHMAC_INIT] = Role(NAME, frozenset(kind.number for kind in ALLOWED), respond)
