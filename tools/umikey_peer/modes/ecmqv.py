"""MIKEY-ECMQV: the credential, and the initiator's side (draft-ietf-msec-mikey-ecc-03 section 5,
RFC 5197 section 4.1.2; SPEC 9.4).

    two passes    I_MESSAGE = HDR, T, RAND, [IDi|CERTi], [IDr], {SP}, ECCPTi, SIGNi
                  R_MESSAGE = HDR, T, [IDr|CERTr], IDi, ECCPTr, ECCPTi, V
    one pass      I_MESSAGE = HDR, T, RAND, [IDi|CERTi], [IDr], {SP}, ECCPTi, [CHASH], SIGNi
                  R_MESSAGE = HDR, T, [IDr], V

There is always an answer. TGK and the key of V come from MQV over both ends' certificates and the
points; in one pass the responder's certified key stands for its ephemeral one, and we have to hold
its certificate. An update comes with new points, or leaves the TGK and the key of V as they are.
The data types 241 to 244 are private numbers of this project: no document gives any.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .. import certs, ec
from ..errors import AuthError, Discarded, LocalError, Refused
from ..message import Message
from ..payloads import Extension, Id, Timestamp, Validity, Ver
from ..payloads_more import Cert, Eccpt
from ..protect import verify
from ..registry import MAC_LENGTH, DataType, Mac
from ..sa import Bundle
from ..secret import Secret
from . import Offer
from .certified import Beginning, Certified, Held, answer_ids, signed_error
from .common import answered
from .dhhmac import MACS, agreed, check_derivable
from .ecies import chash_of

NAME = "ecmqv"
ANSWER = (Timestamp, Id, Cert, Eccpt, Extension, Ver)
ANSWER_1 = (Timestamp, Id, Extension, Ver)
LEAST, MOST = 16, 255  # octets of a TGK


class Ecmqv(Certified):
    """A certified key for MQV (see `Certified`): the initiator signs with the same key, so its
    certificate is of type 0 and allows digitalSignature and keyAgreement, if it says usages.

    one_pass: begin with data type 243, not 241; both are answered. tgk_length: 16 to 255 octets.
    chash: of one pass, 0 SHA-1, 2 SHA-256, None for none. ephemeral: () -> a secret, for tests.
    """

    mode = NAME
    agrees = True
    use = certs.BOTH

    def __init__(
        self,
        *args,
        one_pass: bool = False,
        tgk_length: int = LEAST,
        chash: int | None = 0,
        ephemeral: Callable[[], bytes] | None = None,
        **options,
    ):
        super().__init__(*args, **options)
        if self.cert_type:
            raise ValueError("ECMQV needs a certificate of type 0: its key signs and agrees")
        if not LEAST <= tgk_length <= MOST or chash not in (0, 2, None):
            raise ValueError("a TGK has 16 to 255 octets; chash is 0, 2 or None")
        self.one_pass, self.tgk_length = one_pass, tgk_length
        self.chash, self.ephemeral = chash, ephemeral

    def once(self, random: Callable[[int], bytes]):
        """A fresh key on the curve of ours."""
        if self.ephemeral:
            return ec.private_key(self.curve, int.from_bytes(self.ephemeral(), "big"))
        return ec.fresh(self.curve, random)

    def agree(self, de, qs: bytes, qe: bytes, sent: Eccpt) -> tuple[bytes, bytes]:
        """(TGK, auth_key), with the other end's static and ephemeral points. Refused 6."""
        number = de.private_numbers().private_value
        z = ec.mqv(self.curve, self.d, number, ec.raw(de), qs, qe)
        both = ec.x963(self.kdf, z, sent.tgk_length + MAC_LENGTH[sent.auth_alg])
        return both[: sent.tgk_length], both[sent.tgk_length :]

    def start(self, offer: Offer) -> EcmqvExchange:
        """The I_MESSAGE for an offer. LocalError if this mode cannot do it."""
        return EcmqvExchange(self, offer)


class EcmqvExchange:
    """The initiator's side of one exchange."""

    mode = NAME
    waits = True

    def __init__(self, credential: Ecmqv, offer: Offer):
        if offer.keys:
            raise LocalError("ECMQV agrees on a key, it carries none: no keys for groups")
        if offer.mac not in MACS:
            raise LocalError("ECMQV needs HMAC-SHA-1 or HMAC-SHA-256")
        if offer.before:
            offer = replace(offer, rand=offer.before.rand, prf=offer.before.prf)
        self._credential, self._offer = credential, offer
        one_pass = self._one_pass = credential.one_pass
        self.responses = (DataType.ECMQV1_RESP if one_pass else DataType.ECMQV_RESP,)
        kind = DataType.ECMQV1_INIT if one_pass else DataType.ECMQV_INIT
        begin = Beginning(credential, offer, kind, True)
        self._header, self.bundle = begin.header, begin.bundle
        check_derivable(self.bundle, offer.validity if offer.rekey else None)
        self._private = self._sent = self._auth = None
        held, parts = self.bundle.held, begin.parts
        leaf = held.leaf if held else None
        if one_pass:
            try:
                if leaf is None:
                    leaf = credential.trust.leaf((), offer.id_r, certs.AGREE, offer.now())
                leaf = certs.current(leaf, offer.now())
            except Refused as error:
                raise LocalError(f"the responder's certificate: {error.reason}") from None
            if leaf.curve != credential.curve:
                raise LocalError("the responder's key is on another curve than ours")
        self._leaf = leaf
        if offer.rekey:
            self._private = credential.once(offer.random)
            point = b"\4" + ec.raw(self._private)
            number, length = credential.curve.number, credential.tgk_length
            self._sent = Eccpt(number, point, offer.mac, length, offer.validity)
            parts.append(self._sent)
            if one_pass:
                self._agree(leaf.point, leaf.point)
                if credential.chash is not None:
                    parts.append(chash_of(leaf.der, credential.chash))
        self._alg = offer.mac if offer.rekey else held.alg
        self.octets = credential.sign(begin.header, parts)

    def _agree(self, qs: bytes, qe: bytes) -> None:
        tgk, auth = self._credential.agree(self._private, qs, qe, self._sent)
        self._auth = Secret(auth)
        key = agreed(tgk, self._sent.validity)
        self.bundle = replace(self.bundle, keys=(key,))

    def finish(self, message: Message) -> Bundle:
        """Checks an R_MESSAGE (CSB ID and T are checked already); the bundle with the key.
        AuthError, Discarded, Refused 6 or 8."""
        offer = self._offer
        allowed = ANSWER_1 if self._one_pass else ANSWER
        ver = message.one(Ver)
        if ver is None or message.payloads[-1] is not ver:
            raise Discarded("a response without V at its end")
        if any(type(payload) not in allowed for payload in message.payloads):
            raise Discarded("a payload that does not belong into the response")
        if ver.alg != self._alg:
            raise Discarded(f"the response uses MAC algorithm {ver.alg}, not {self._alg}")
        before, leaf = self.bundle, self._leaf
        cs = answered(self._header, self.bundle, message.header)
        if self._one_pass:
            if message.all(Id) not in ([], [offer.id_r]):
                raise Discarded("an answer from somebody else")
        else:
            answer_ids(message, offer.id_i, offer.id_r)
            payloads = message.all(Cert)
            if payloads or leaf is None:
                trust = self._credential.trust
                leaf = trust.leaf(payloads, offer.id_r, certs.AGREE, offer.now())
            leaf = certs.current(leaf, offer.now())
            self._second_pass(message.all(Eccpt), leaf)
        auth = self._auth or self.bundle.held.secret
        covered = message.raw[: len(message.raw) - len(ver.data)]
        covered += offer.id_i.data + offer.id_r.data + offer.stamp.value
        try:
            verify(ver.alg, bytes(auth), covered, ver.data)
        except AuthError:
            if not self._one_pass and self._auth:
                # nothing stays of a false answer: the true one may come yet
                self._auth.wipe()
                self._auth, self.bundle = None, before
            raise
        held = Held(leaf, Secret(auth), alg=self._alg, one_pass=self._one_pass)
        return replace(self.bundle, cs=cs, held=held)

    def _second_pass(self, values: list[Eccpt], leaf: certs.Leaf) -> None:
        if self._sent is None:
            if values:
                raise Discarded("points in an answer to an update without them")
            return
        if len(values) != 2:
            raise Discarded(f"{len(values)} ECCPT payloads in a response, two expected")
        theirs, ours = values
        if replace(ours, reserved=0) != self._sent or theirs.point == ours.point:
            raise Discarded("the ECCPTi of the response is not the one that we sent")
        same_form = (theirs.auth_alg, theirs.tgk_length) == (ours.auth_alg, ours.tgk_length)
        if not same_form or theirs.validity not in (Validity(), ours.validity):
            raise Discarded("the response changes the parameters of the key")
        if theirs.curve != ours.curve or leaf.curve != self._credential.curve:
            raise Refused("the response is on another curve", 6)
        self._agree(leaf.point, ec.decode(leaf.curve, theirs.point))

    def verify_error(self, message: Message) -> bool:
        """Whether the signature of an Error message is right: of a certificate that we know. No
        MQV secret is computed for it."""
        return signed_error(message, self._leaf, self._credential.trust, self._offer)

    def wipe(self) -> None:
        """Overwrites the secrets of this exchange."""
        self._private = None
        if self._auth:
            self._auth.wipe()


def check_alg(alg: int) -> None:
    """Refused 3 unless V can be made with an algorithm."""
    if alg == Mac.NULL or alg not in MAC_LENGTH:
        raise Refused(f"MAC algorithm {alg} is not supported for V", 3)
