"""MIKEY-ECIES: the credential, and the initiator's side (RFC 3830 3.2,
draft-ietf-msec-mikey-ecc-03 section 4; SPEC 9.3).

    I_MESSAGE = HDR, T, RAND, [IDi|CERTi], [IDr], {SP}, KEMAC(IDi, {TGK}), [CHASH], PKE, SIGNi
    R_MESSAGE = HDR, T, [IDr], V          only if the initiator asks for it

The keys travel under an envelope key, and that under ECIES to the responder's certificate, which
we have to hold (`others`). With the C bits 1 and 2 both ends keep the envelope key, and updates
are pre-shared key messages under it (RFC 3830 4.5).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from .. import certs, ec
from ..errors import LocalError, Refused
from ..keys import MessageKeys
from ..payloads import Kemac, encode_chain
from ..payloads_more import Chash, Pke
from ..protect import encrypt, mac
from ..registry import DataType, Encr, Mac
from ..secret import Secret
from . import Offer
from .certified import Beginning, Certified, EnvelopeKey, Held
from .psk import PskExchange

NAME = "ecies"
CHASHES = {0: "sha1", 2: "sha256"}


def chash_of(der: bytes, func: int) -> Chash:
    """The hash of a certificate. Refused 5 for functions that we do not use."""
    if func not in CHASHES:
        raise Refused(f"hash function {func} is not supported", 5)
    return Chash(func, hashlib.new(CHASHES[func], der).digest())


def kemac_tag(kemac: Kemac, auth: bytes) -> bytes:
    """The MAC of a KEMAC alone, as if it were the last payload (RFC 3830 5.2)."""
    octets = kemac.encode(0)
    return mac(kemac.mac_alg, auth, octets[: len(octets) - len(kemac.mac)])


class Ecies(Certified):
    """A certified key, to sign with as initiator, or to open envelopes with (see `Certified`).

    cache: C bits, 0, 1 or 2. chash: hash that names the responder's certificate, 0 SHA-1,
    2 SHA-256, None for none. env_key: an envelope key instead of fresh octets; ephemeral: () -> the
    secret number of ECIES; both for tests.
    """

    mode = NAME

    def __init__(
        self,
        *args,
        cache: int = 0,
        chash: int | None = 0,
        env_key: bytes | None = None,
        ephemeral: Callable[[], bytes] | None = None,
        **options,
    ):
        super().__init__(*args, **options)
        if cache not in (0, 1, 2) or chash not in (0, 2, None):
            raise ValueError("cache is 0, 1 or 2; chash 0, 2 or None")
        self.cache, self.chash, self.env_key, self.ephemeral = cache, chash, env_key, ephemeral

    def start(self, offer: Offer) -> PskExchange:
        """The I_MESSAGE for an offer, of an update under a cached key a PSK message. LocalError if
        this mode cannot do it."""
        if offer.mac == Mac.NULL or offer.encr == Encr.NULL:
            raise LocalError("an envelope needs encryption and a MAC")
        held = offer.before.held if offer.before else None
        if held and held.cache:
            key = EnvelopeKey(bytes(held.secret), offer.id_i, offer.id_r, held.cache, held.leaf)
            try:
                key.check(offer.now())
            except Refused as error:
                raise LocalError(f"the responder's certificate: {error.reason}") from None
            return PskExchange(key, offer)
        if not self.suits(certs.SIGN):
            raise LocalError("a certificate of type 3 is for encryption only")
        return EciesExchange(self, offer)


class EciesExchange(PskExchange):
    """The initiator's side of one exchange; its answer is that of pre-shared keys."""

    mode = NAME
    responses = (DataType.PK_RESP,)

    def __init__(self, credential: Ecies, offer: Offer):
        if offer.before:
            offer = replace(offer, rand=offer.before.rand, prf=offer.before.prf)
        self._offer, self.waits = offer, offer.verify
        begin = Beginning(credential, offer, DataType.PK_INIT, offer.verify)
        self._header = begin.header
        try:
            leaf = credential.trust.leaf((), offer.id_r, certs.AGREE, offer.now())
        except Refused as error:
            raise LocalError(f"the responder's certificate: {error.reason}") from None
        length, _ = ec.envelope_lengths(leaf.curve)
        env_key = credential.env_key or offer.random(length)
        self._keys = MessageKeys.derive(
            offer.prf, env_key, offer.csb_id, offer.rand, offer.encr, offer.mac
        )
        plain = encode_chain((offer.id_i, *offer.keys))[1]
        data = encrypt(offer.encr, self._keys, offer.csb_id, offer.stamp, plain)
        kemac = Kemac(offer.encr, data, offer.mac, mac(offer.mac, b"", b""))
        kemac = replace(kemac, mac=kemac_tag(kemac, bytes(self._keys.auth)))
        if credential.ephemeral:
            number = int.from_bytes(credential.ephemeral(), "big")
            once = ec.private_key(leaf.curve, number)
        else:
            once = ec.fresh(leaf.curve, offer.random)
        sealed = ec.seal(leaf.curve, leaf.point, env_key, once, credential.kdf)
        parts = [*begin.parts, kemac]
        if credential.chash is not None:
            parts.append(chash_of(leaf.der, credential.chash))
        parts.append(Pke(credential.cache, sealed))
        cached = Secret(env_key) if credential.cache else None
        held = Held(leaf, cached, credential.cache)
        self.bundle = replace(begin.bundle, held=held)
        self.bundle.derive()  # what cannot be keyed must not be offered
        self.octets = credential.sign(begin.header, parts)
