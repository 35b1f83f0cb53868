"""Diffie-Hellman, signed: the credential, and the initiator's side (RFC 3830 sections 3.3 and 4.5;
draft-ietf-msec-mikey-ecc-03 sections 2 and 3 for elliptic curves).

    I_MESSAGE = HDR, T, RAND, [IDi|CERTi], [IDr], {SP}, DHi, SIGNi
    R_MESSAGE = HDR, T, [IDr|CERTr], IDi, DHr, DHi, SIGNr      always, whatever the V flag says

An update is the same without RAND, and without DH payloads if it does not change the key. The TGK
is the DH secret; on a curve its x coordinate, as long as the field (SPEC 9.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from .. import certs, dh, ec
from ..errors import Discarded, LocalError
from ..message import Message
from ..payloads import Extension, Id, Timestamp, Validity
from ..payloads_more import Cert, Dh, Sign
from ..registry import DH_EC_FIELD, DataType
from . import Offer
from .certified import Beginning, Certified, Held, answer_ids, check_signature, signed_error
from .common import answered
from .dhhmac import agreed, check_derivable

NAME = "dhsign"
ANSWER = (Timestamp, Id, Cert, Dh, Extension, Sign)
GROUPS = (10, 13, 16, *dh.STANDARD)


class PointSecret:
    """A secret number for one exchange on a curve; like `dh.Private`."""

    def __init__(self, of: ec.Curve, key):
        self.curve, self._key = of, key

    def public(self) -> bytes:
        return b"\4" + ec.raw(self._key)

    def shared(self, value: bytes) -> bytes:
        """The x coordinate; Refused 6 for a bad value."""
        return ec.shared(self._key, self.curve, ec.decode(self.curve, value))

    def wipe(self) -> None:
        self._key = None


def secret(group: int, random: Callable[[int], bytes], exponent: Callable | None):
    """A fresh secret in a DH-Group; Refused 6 if there is no such group."""
    if group in DH_EC_FIELD:
        of = ec.of_group(group)
        if exponent:
            return PointSecret(of, ec.private_key(of, int.from_bytes(exponent(), "big")))
        return PointSecret(of, ec.fresh(of, random))
    return dh.Private(dh.group(group), exponent() if exponent else dh.fresh_exponent(random))


def check_value(group: int, value: bytes) -> None:
    """Refused 6 unless `value` is one of the group's."""
    if group in DH_EC_FIELD:
        ec.decode(ec.of_group(group), value)
    else:
        dh.group(group).check(value)


class DhSign(Certified):
    """A certified key that signs a Diffie-Hellman exchange (see `Certified`).

    group: DH-Group to begin with: 10 P-256, 13 P-384, 16 P-521, 0 OAKLEY 5. groups: those to
    answer, by default the curves and OAKLEY 5, 1, 2; 3 P-192 and 7 P-224 on request.
    private_numbers: permits the groups 241 to 243. exponent: () -> a secret, for tests.
    """

    mode = NAME
    agrees = True

    def __init__(
        self,
        *args,
        group: int = 10,
        groups: Iterable[int] | None = None,
        private_numbers: bool = False,
        exponent: Callable[[], bytes] | None = None,
        **options,
    ):
        super().__init__(*args, **options)
        if not self.suits(certs.SIGN):
            raise ValueError("a certificate of type 3 is for encryption only")
        known = {c.group for c in ec.CURVES.values()} | set(dh.STANDARD)
        known |= set(dh.PRIVATE) if private_numbers else set()
        self.group = group
        self.groups = tuple(GROUPS if groups is None else groups)
        self.exponent = exponent
        for number in (group, *self.groups):
            if number in dh.PRIVATE and not private_numbers:
                raise ValueError(f"DH group {number} needs private_numbers")
            if number not in known:
                raise ValueError(f"there is no DH group {number}, or it is not supported")

    def start(self, offer: Offer) -> DhSignExchange:
        """The I_MESSAGE for an offer. LocalError if this mode cannot do it."""
        return DhSignExchange(self, offer)


class DhSignExchange:
    """The initiator's side of one exchange."""

    mode = NAME
    responses = (DataType.DH_RESP,)
    waits = True

    def __init__(self, credential: DhSign, offer: Offer):
        if offer.keys:
            raise LocalError("DH-SIGN agrees on a key, it carries none: no keys for groups")
        if offer.before:
            offer = replace(offer, rand=offer.before.rand, prf=offer.before.prf)
        self._credential, self._offer = credential, offer
        begin = Beginning(credential, offer, DataType.DH_INIT, False)
        self._header, self.bundle = begin.header, begin.bundle
        check_derivable(self.bundle, offer.validity if offer.rekey else None)
        self._private = self._sent = None
        parts = begin.parts
        if offer.rekey:
            self._private = secret(credential.group, offer.random, credential.exponent)
            self._sent = Dh(credential.group, self._private.public(), offer.validity)
            parts.append(self._sent)
        self.octets = credential.sign(begin.header, parts)

    def _known_leaf(self) -> certs.Leaf | None:
        held = self.bundle.held
        return held.leaf if held else None

    def finish(self, message: Message) -> object:
        """Checks an R_MESSAGE (CSB ID and T are checked already); the bundle with the key.
        AuthError, Discarded, Refused 6 or 8. The power comes after the signature."""
        offer = self._offer
        if not message.payloads or type(message.payloads[-1]) is not Sign:
            raise Discarded("a response without SIGN at its end")
        if any(type(payload) not in ANSWER for payload in message.payloads):
            raise Discarded("a payload that does not belong into the response")
        answer_ids(message, offer.id_i, offer.id_r)
        payloads, leaf = message.all(Cert), self._known_leaf()
        if payloads or leaf is None:
            trust = self._credential.trust
            leaf = trust.leaf(payloads, offer.id_r, certs.SIGN, offer.now())
        leaf = certs.current(leaf, offer.now())
        check_signature(message, leaf)
        cs = answered(self._header, self.bundle, message.header)
        bundle = replace(self.bundle, cs=cs, held=Held(leaf))
        values = message.all(Dh)
        if self._private is None:
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
        key = agreed(self._private.shared(theirs.value), ours.validity)
        return replace(bundle, keys=(key,))

    def verify_error(self, message: Message) -> bool:
        """Whether the signature of an Error message is right: of a certificate that we know."""
        return signed_error(message, self._known_leaf(), self._credential.trust, self._offer)

    def wipe(self) -> None:
        """Overwrites the secret of this exchange."""
        if self._private:
            self._private.wipe()
