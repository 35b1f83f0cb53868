"""The responder's side of MIKEY-ECIES; see `ecies.py`.

The signature comes first, then the envelope, then the MAC of KEMAC, then everything else. Whatever
keeps the envelope from giving the right key is one and the same error (RFC 3830 5.3, SPEC 9.3).
"""

from __future__ import annotations

from dataclasses import replace

from .. import certs, ec
from ..buffer import Reader
from ..errors import AuthError, DecodeError, MikeyError, Refused
from ..keys import MessageKeys
from ..message import Message
from ..payloads import Extension, Id, Kemac, KeyData, Payload, Sp, Ver, decode_key_data
from ..payloads_more import Chash, Pke
from ..protect import decrypt, seal
from ..registry import DataType, Encr, Mac, PayloadType
from ..sa import Bundle, check_keys
from ..secret import same
from . import RESPONDERS, Accepted, Origin, Role
from .certified import BASE, Certified, EnvelopeKey, Held, Incoming, run
from .common import answer_header, check_sdp_ids
from .ecies import NAME, chash_of, kemac_tag

ALLOWED = (*BASE, Kemac, Chash, Pke)
NO = "the envelope does not open"  # whatever the reason


def respond(responder, message: Message, origin: Origin) -> Accepted:
    """Verifies an I_MESSAGE and makes the answer."""
    incoming = _Incoming(responder, message, origin)
    try:
        return run(incoming)
    except MikeyError as error:
        error.signer = None
        if incoming.opened:
            alg, key = incoming.alg, bytes(incoming.keys.auth)
            error.signer = lambda header, parts: seal(header, parts, Ver(alg), key)
        raise
    finally:
        if incoming.keys:
            incoming.keys.wipe()


class _Incoming(Incoming):
    def __init__(self, responder, message: Message, origin: Origin):
        super().__init__(responder, message, origin, NAME)
        self.kemac, self.pke = message.one(Kemac), message.one(Pke)
        self.chash = message.one(Chash)
        self.keys: MessageKeys | None = None
        self.opened = False
        self.alg = Mac.NULL
        # an update may bring no key, but an envelope for the answer's V (RFC 3830 4.5)
        if self.pke is None or self.kemac is None and self.rand:
            raise DecodeError("a public-key message has KEMAC and PKE")

    def authenticate(self) -> None:
        """Then opens the envelope. Refused 3, 5, 8, 12 or AuthError besides."""
        super().authenticate()
        self.alg = self.kemac.mac_alg if self.kemac else self.before.bundle.held.alg
        if self.alg == Mac.NULL:
            raise Refused("an envelope needs a MAC", 3)
        if self.pke.cache == 3:
            raise Refused("the C bits say 3, which means nothing", 12)
        self.credential = self._addressed()
        self.party.credential, self.party.id_r = self.credential, self.credential.id
        key_pair, kdf = self.credential.key_pair, self.credential.kdf
        self.env_key = ec.unseal(self.credential.curve, key_pair, self.pke.data, kdf)
        header = self.header
        self.keys = MessageKeys.derive(
            header.prf,
            self.env_key,
            header.csb_id,
            self.before.bundle.rand if self.before else self.rand.data,
            self.kemac.encr if self.kemac else Encr.NULL,
            self.alg,
        )
        if self.kemac and not same(kemac_tag(self.kemac, bytes(self.keys.auth)), self.kemac.mac):
            raise AuthError(NO)
        self.opened = True

    def _addressed(self) -> Certified:
        """Whose key the envelope is for: CHASH says so (RFC 3830 6.8). Refused 5 or 8."""
        found = [c for c in self._candidates() if c.suits(certs.AGREE)]
        if self.chash:
            func = self.chash.func
            chash_of(b"", func)
            ours = [c for c in found if c.chain]
            found = [c for c in ours if chash_of(c.payload_leaf(), func) == self.chash]
        if not found:
            raise Refused("the envelope is for another certificate", 8)
        return self.credential if self.credential in found else found[0]

    def process(self) -> Accepted:
        """Everything that is authentic now: the bundle, and the answer if one is wanted."""
        responder, header = self.responder, self.header
        own = self.check()
        keys = self._contents()
        extensions = tuple(self.message.all(Extension))
        check_keys(keys, extensions, safe=True)
        check_sdp_ids(extensions, self.origin)
        start = self.first(own)
        bundle = start.updated(header, self.stamp, self.message.all(Sp), keys, extensions)
        if self.before:
            bundle = replace(bundle, updates=bundle.updates + 1)
        cache, envelope = self.pke.cache, None
        if cache:
            envelope = EnvelopeKey(self.env_key, self.who, bundle.id_r, cache, self.leaf)
        held = Held(self.leaf, envelope.key if envelope else None, cache, self.alg)
        bundle = replace(responder.fill_ssrcs(bundle), held=held)
        responder.check_policies(bundle)
        bundle.derive()
        answer = self._answer(bundle) if header.v else None
        sender = self.who.data
        if envelope:
            return Accepted(bundle, answer, sender, envelope, "psk")
        return Accepted(bundle, answer, sender, self.party)

    def _contents(self) -> tuple[KeyData, ...]:
        """The key data after IDi, which has to be who has signed (RFC 3830 3.2)."""
        kemac = self.kemac
        if kemac is None:
            return ()
        if kemac.encr == Encr.NULL:
            raise Refused("keys in clear", 4)
        plain = decrypt(kemac.encr, self.keys, self.header.csb_id, self.stamp, kemac.data)
        reader = Reader(plain)
        following = reader.uint(1, "next payload")
        if following not in (0, PayloadType.KEY_DATA):
            raise DecodeError("IDi, then key data under the envelope")
        id_i = Id.parse(reader)
        if id_i != self.who:
            raise AuthError("the envelope names somebody else")
        rest = plain[reader.pos :]
        if bool(rest) != bool(following):
            raise DecodeError("octets after the last key data")
        return decode_key_data(rest)

    def _answer(self, bundle: Bundle) -> bytes:
        """The R_MESSAGE: V covers it, then IDi, IDr and T."""
        header = answer_header(DataType.PK_RESP, self.header, bundle)
        parts: list[Payload] = [self.stamp]
        if bundle.id_r:
            parts.append(bundle.id_r)
        also = bundle.id_i.data + (bundle.id_r.data if bundle.id_r else b"") + self.stamp.value
        return seal(header, parts, Ver(self.alg), bytes(self.keys.auth), also)


RESPONDERS[DataType.PK_INIT] = Role(NAME, frozenset(kind.number for kind in ALLOWED), respond)
