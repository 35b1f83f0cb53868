"""Diffie-Hellman authenticated with a pre-shared key (RFC 4650, RFC 3830 sections 3.3 and 4.5):
the credential, and the initiator's side. The responder's side is in `dhhmac_answer.py`.

    I_MESSAGE = HDR, T, RAND, [IDi], IDr, {SP}, DHi, KEMAC
    R_MESSAGE = HDR, T, [IDr], IDi, DHr, DHi, KEMAC        always, whatever the V flag says

An update is the same without RAND, and without DH payloads if it does not change the key. KEMAC
has a MAC and nothing else. Where the text leaves a choice, we do this:

- A single ID is IDr in an I_MESSAGE and IDi in an R_MESSAGE, since those two must be there.
- KV in DHi says when the key is valid; DHr repeats it. A DHr with KV Null agrees to anything.
- Authenticated Error messages end with KEMAC: RFC 4650 table 4.1.b has no V. One with V, as in
  RFC 3830 5.1.2, is understood.
- A literal reading of RFC 4650's numbers (encryption 2, MAC 0) is understood, and gets an answer
  of its kind; we never begin with it, and Error messages always have RFC 3830's numbers.
- The NULL MAC is refused even where it is allowed for other modes: a key that anybody may have
  agreed on protects nothing.
- A CSB is updated by the mode that made it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from .. import dh
from ..errors import Discarded, LocalError
from ..header import Header
from ..keys import HASHES, MessageKeys
from ..message import Message
from ..payloads import (
    Err,
    Extension,
    Id,
    Kemac,
    KeyData,
    Payload,
    Rand,
    Sp,
    Timestamp,
    Validity,
    Ver,
)
from ..payloads_more import Dh
from ..protect import mac, seal, verify
from ..registry import DataType, DhGroup, Encr, KeyType, Mac
from ..sa import Bundle
from ..secret import Secret, same
from . import Offer
from .common import SharedKey, answered

NAME = "dhhmac"
MACS = (Mac.HMAC_SHA_1_160, Mac.HMAC_SHA_256_256)
ANSWER = (Timestamp, Id, Dh, Extension, Kemac)
ERROR = (Timestamp, Err, Sp, Extension, Kemac, Ver)


class DhHmac(SharedKey):
    """A pre-shared key that authenticates a Diffie-Hellman exchange (see `SharedKey`).

    `group`: DH-Group to begin with. `groups`: those to answer, by default OAKLEY 5, 1 and 2.
    `private_numbers`: permits the groups 241 to 243, which only this project knows by these
    numbers. `exponent`: () -> a secret exponent, for tests; by default 256 fresh bits.
    """

    __slots__ = ("group", "groups", "exponent")
    mode = NAME
    agrees = True

    def __init__(
        self,
        key: bytes | Secret,
        id_i: str | bytes | Id | None = None,
        id_r: str | bytes | Id | None = None,
        name: str = "",
        peer: str = "",
        *,
        group: int = DhGroup.OAKLEY_5,
        groups: Iterable[int] | None = None,
        private_numbers: bool = False,
        exponent: Callable[[], bytes] | None = None,
    ):
        super().__init__(key, id_i, id_r, name, peer)
        known = dh.STANDARD + dh.PRIVATE if private_numbers else dh.STANDARD
        self.group, self.groups = group, tuple(known if groups is None else groups)
        self.exponent = exponent
        for number in (group, *self.groups):
            if number in dh.PRIVATE and not private_numbers:
                raise ValueError(f"DH group {number} needs private_numbers")
            if number not in known:
                raise ValueError(f"there is no DH group {number}")

    @classmethod
    def of(cls, key: SharedKey, **options) -> DhHmac:
        """The same key and identities, for this mode."""
        return cls(key.key, key.id_i, key.id_r, key.name, key.peer, **options)

    def private(self, group: dh.Group, random: Callable[[int], bytes]) -> dh.Private:
        """A fresh exponent in a group."""
        octets = self.exponent() if self.exponent else dh.fresh_exponent(random)
        return dh.Private(group, octets)

    def start(self, offer: Offer) -> DhHmacExchange:
        """The I_MESSAGE for an offer. LocalError if this mode cannot do it, ValueError if
        something does not fit on the wire."""
        return DhHmacExchange(self, offer)


def agreed(secret: bytes, validity: Validity) -> KeyData:
    """The TGK that both sides have computed, as if it had been sent."""
    return KeyData(KeyType.TGK, secret, validity=validity)


def check_derivable(bundle: Bundle, validity: Validity | None) -> None:
    """Refused if the sessions could not be keyed, found out before the arithmetic. `validity`:
    of the key to come, None if the old one stays."""
    if validity is not None:
        bundle = replace(bundle, keys=(agreed(b"\1", validity),))
    bundle.derive()


class DhHmacExchange:
    """The initiator's side of one exchange."""

    mode = NAME
    responses = (DataType.DHHMAC_RESP,)
    waits = True

    def __init__(self, credential: DhHmac, offer: Offer):
        if offer.before:
            offer = replace(offer, rand=offer.before.rand, prf=offer.before.prf)
        if offer.keys:
            raise LocalError("DH-HMAC agrees on a key, it carries none: no keys for groups")
        if offer.mac not in MACS or offer.prf not in HASHES:
            raise LocalError("DH-HMAC needs HMAC-SHA-1 or HMAC-SHA-256")
        if offer.id_r is None and not offer.compat_minisip:
            raise LocalError("DH-HMAC names the responder: give id_r (RFC 4650 section 3)")
        self._offer = offer
        header = self._header = Header(
            DataType.DHHMAC_INIT,
            offer.csb_id,
            offer.verify,
            offer.prf,
            offer.map_type,
            offer.cs,
            offer.empty_cs,
        )
        start = offer.before or Bundle(
            offer.csb_id, offer.rand, offer.prf, offer.stamp, offer.id_i, offer.id_r
        )
        self.bundle = start.updated(header, offer.stamp, list(offer.sps), (), offer.extensions)
        check_derivable(self.bundle, offer.validity if offer.rekey else None)
        self._keys = MessageKeys.derive(
            offer.prf, bytes(credential.key), offer.csb_id, offer.rand, Encr.NULL, offer.mac
        )
        parts: list[Payload] = [offer.stamp]
        if not offer.before:
            parts.append(Rand(offer.rand))
        if offer.send_id_i and offer.id_i:
            parts.append(offer.id_i)
        if offer.id_r:
            parts.append(offer.id_r)
        parts += [*offer.extensions, *offer.sps]
        self._private: dh.Private | None = None
        self._sent: Dh | None = None
        if offer.rekey:
            self._private = credential.private(dh.group(credential.group), offer.random)
            self._sent = Dh(credential.group, self._private.public(), offer.validity)
            parts.append(self._sent)
        kemac = Kemac(Encr.NULL, b"", offer.mac)
        self.octets = seal(header, parts, kemac, bytes(self._keys.auth))

    def finish(self, message: Message) -> Bundle:
        """Checks an R_MESSAGE (CSB ID and T are checked already) and gives the bundle with the
        key. AuthError, Discarded, or Refused 6 for a bad DH value; only a message that passes
        everything gets the second exponentiation (RFC 4650 section 5.3)."""
        kemac = self._kemac(message, ANSWER)
        if kemac is None:
            raise Discarded("this is no DH-HMAC response")
        covered = message.raw[: len(message.raw) - len(kemac.mac)]
        verify(kemac.alg, bytes(self._keys.auth), covered, kemac.mac)
        id_i, id_r = self._identities(message.all(Id))
        bundle = replace(
            self.bundle,
            cs=answered(self._header, self.bundle, message.header),
            id_i=id_i,
            id_r=id_r,
        )
        values = message.all(Dh)
        if self._sent is None or self._private is None:
            if values:
                raise Discarded("DH values in an answer to an update without them")
            return bundle
        if len(values) != 2:
            raise Discarded(f"{len(values)} DH payloads in a response, two expected")
        theirs, ours = values
        if replace(ours, reserved=0) != self._sent:
            raise Discarded("the DHi of the response is not the one that we sent")
        if theirs.group != ours.group or theirs.value == ours.value:
            raise Discarded("the DHr of the response does not belong to our DHi")
        if theirs.validity not in (Validity(), ours.validity):
            raise Discarded("the response changes the validity of the key")
        secret = self._private.shared(theirs.value)
        return replace(bundle, keys=(agreed(secret, ours.validity),))

    def _kemac(self, message: Message, allowed: tuple[type, ...]) -> Kemac | None:
        """The KEMAC at the end of a message of the right form, else None."""
        kemac = message.one(Kemac)
        if kemac is None or message.payloads[-1] is not kemac:
            return None
        if any(type(payload) not in allowed for payload in message.payloads):
            return None
        null = kemac.literal or (kemac.encr == Encr.NULL and not kemac.data)
        return kemac if null and kemac.alg == self._offer.mac else None

    def _identities(self, ids: list[Id]) -> tuple[Id | None, Id | None]:
        """(IDi, IDr) after the response. Discarded if IDi is missing, or one is not expected."""
        id_i, id_r = self._offer.id_i, self._offer.id_r
        if not ids and self._offer.compat_minisip:
            return id_i, id_r
        if len(ids) not in (1, 2):
            raise Discarded(f"{len(ids)} ID payloads in a response, [IDr] and IDi expected")
        for found, expected in ((ids[-1], id_i), (ids[0], id_r))[: len(ids)]:
            if expected and found != expected:
                raise Discarded(f"a response with identity {found} in the place of {expected}")
        return ids[-1], ids[0] if len(ids) == 2 else id_r

    def verify_error(self, message: Message) -> bool:
        """Whether the MAC of an Error message is right, in KEMAC or in V: over the message alone
        (RFC 4650 section 4.2; RFC 6043 section 5.5)."""
        if not message.payloads or any(type(p) not in ERROR for p in message.payloads):
            return False
        end = message.payloads[-1]
        if isinstance(end, Kemac) and end is self._kemac(message, ERROR):
            tag = end.mac
        elif isinstance(end, Ver) and end.alg == self._offer.mac and not message.all(Kemac):
            tag = end.data
        else:
            return False
        covered = message.raw[: len(message.raw) - len(tag)]
        return same(mac(end.alg, bytes(self._keys.auth), covered), tag)

    def wipe(self) -> None:
        """Overwrites the exponent and the keys of this exchange."""
        self._keys.wipe()
        if self._private:
            self._private.wipe()
