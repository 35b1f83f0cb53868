"""What the modes with certificates have in common (RFC 3830 sections 3.2, 3.3, 5.2 and 5.3).

A message is signed up to and with the head of its SIGN payload. Where the texts leave a choice:

- With CERT payloads (leaf first), a single ID is the other one. Without them, a single one that is
  our own is IDr, as with pre-shared keys.
- Who sends a certificate is the ID that stands beside it, else the first URI of its
  subjectAltName, else its first rfc822Name.
- Error messages end with SIGN, without certificates: they count where the certificate is known.
- An update may leave the certificates out; then the CSB's first one holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric import ec as openssl
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from .. import certs, ec
from ..errors import AuthError, DecodeError, Discarded, LocalError, MikeyError, Refused
from ..header import Header
from ..keys import HASHES
from ..message import Message
from ..payloads import Err, Extension, Id, Payload, Rand, Sp, Timestamp, Ver
from ..payloads_more import Cert, Sign
from ..registry import Prf
from ..sa import Bundle
from ..secret import Secret
from . import Accepted, Origin
from .psk import Psk

BASE = (Timestamp, Rand, Id, Cert, Sp, Extension, Sign)
ERROR = (Timestamp, Err, Sp, Extension, Cert, Sign, Ver)


class Certified:
    """Our private key, its certificates, and whom we trust; a subclass is the credential of a mode.

    key: an elliptic-curve private key of `cryptography`, or PEM octets of one. chain: our
    certificates, leaf first: objects, PEM or DER. anchors: the authorities that we trust, likewise.
    pins: SHA-256 hashes of trusted public keys (see `certs.pin_of`). id: who we are, by default
    whom the leaf is for. others: certificates that we hold of others: {identity: certificate}, or a
    list. cert_type: of our leaf: 0 all uses, 2 signatures only, 3 encryption only. send_cert: send
    the chain in the place of our identity. signer: how signatures are drawn (`ec.draw`, or
    `ec.deterministic` for tests). kdf: hash size of X9.63's KDF, 20 or 32.
    """

    mode: ClassVar[str]
    agrees: ClassVar[bool] = False
    use: ClassVar[str | tuple[str, ...]] = certs.SIGN  # what the initiator's certificate is for

    def __init__(
        self,
        key,
        chain=(),
        anchors=(),
        pins=(),
        id: str | bytes | Id | None = None,
        *,
        others=None,
        cert_type: int = 0,
        send_cert: bool = True,
        signer: Callable = ec.draw,
        kdf: int = 20,
        name: str = "",
    ):
        if isinstance(key, str | bytes):
            key = load_pem_private_key(key.encode() if isinstance(key, str) else key, None)
        curve = ec.of_key(key)
        if not isinstance(key, openssl.EllipticCurvePrivateKey) or curve is None:
            raise ValueError("the private key is not on a supported elliptic curve")
        self.key_pair, self.curve = key, curve
        self.chain = tuple(certs.read(chain))
        if self.chain and ec.of_key(self.chain[0].public_key()) != curve:
            raise ValueError("the certificate is for another key")
        if self.chain and ec.raw(self.chain[0].public_key()) != ec.raw(key):
            raise ValueError("the certificate is for another key")
        if id is None:
            if not self.chain:
                raise ValueError("without a certificate, say who we are: id")
            id = certs.identity(self.chain[0])
        if kdf not in (20, 32) or cert_type not in (0, 2, 3):
            raise ValueError("kdf is 20 or 32, cert_type 0, 2 or 3")
        self.id = Id.of(id)
        self.trust = certs.trust(anchors, pins, others)
        self.cert_type, self.send_cert, self.signer, self.kdf = cert_type, send_cert, signer, kdf
        self.name = name or str(self.id)
        self._settings = {
            "others": others, "cert_type": cert_type, "send_cert": send_cert, "signer": signer,
            "kdf": kdf, "name": name,
        }  # fmt: skip
        self._trusted = (anchors, pins)
        self.id_i = self.id_r = self.key = None  # anyone may begin; nothing is shared
        self.peer = ""

    @classmethod
    def of(cls, other: Certified, **options) -> Certified:
        """The same key and certificates, for this mode."""
        settings = {**other._settings, **options}
        return cls(other.key_pair, other.chain, *other._trusted, other.id, **settings)

    @property
    def own_id(self) -> Id:
        return self.id

    @property
    def d(self) -> int:
        """The private number."""
        return self.key_pair.private_numbers().private_value

    def payloads(self) -> list[Payload]:
        """Our chain as CERT payloads, or our ID if it is not to be sent."""
        if not (self.send_cert and self.chain):
            return [self.id]
        kinds = [self.cert_type] + [0] * (len(self.chain) - 1)
        return [
            Cert(kind, cert.public_bytes(Encoding.DER))
            for kind, cert in zip(kinds, self.chain, strict=True)
        ]

    def payload_leaf(self) -> bytes:
        """Our own certificate in DER."""
        return self.chain[0].public_bytes(Encoding.DER)

    def suits(self, use: str) -> bool:
        """Whether our certificate may serve a use, by its type."""
        return self.cert_type in certs.TYPES[use]

    def sign(self, header: Header, parts: Sequence[Payload]) -> bytes:
        """A message that ends with our SIGN."""
        length = self.curve.der
        draft = Message(header, (*parts, Sign(ec.ECDSA, bytes(length)))).encode()
        covered = draft[: len(draft) - length]
        return covered + ec.sign(self.key_pair, covered, self.signer)

    def same_holder(self, other) -> bool:
        return self is other

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}, key on {self.curve.name}>"


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept of a CSB for its updates: the other end's certificate, and a secret: a cached
    envelope key (`cache` 1 or 2), or ECMQV's auth_key with its algorithm `alg`, made in one pass
    or in two."""

    leaf: certs.Leaf | None
    secret: Secret | None = None
    cache: int = 0
    alg: int = 0
    one_pass: bool = False

    def wipe(self) -> None:
        if self.secret:
            self.secret.wipe()


class Party:
    """An initiator that a certificate names, in the memory of a responder."""

    __slots__ = ("credential", "id_i", "id_r", "key", "name", "mode")

    def __init__(self, credential: Certified, id_i: Id):
        self.credential, self.mode = credential, credential.mode
        self.id_i, self.id_r, self.key, self.name = id_i, credential.id, None, str(id_i)

    def same_holder(self, other) -> bool:
        return isinstance(other, Party | EnvelopeKey) and other.id_i == self.id_i


class EnvelopeKey(Psk):
    """An envelope key that is kept (C = 1 or 2) and serves as a pre-shared one from then on, as
    long as `leaf` holds: the certificate of the other end, which vouches for nothing after that."""

    __slots__ = ("cache", "leaf")

    def __init__(self, key: bytes, id_i: Id, id_r: Id | None, cache: int, leaf: certs.Leaf):
        super().__init__(key, id_i, id_r)
        self.cache, self.leaf = cache, leaf

    def check(self, now: float) -> None:
        """Refused 8 once the certificate has ended."""
        certs.current(self.leaf, now)

    def same_holder(self, other) -> bool:
        return isinstance(other, Party | EnvelopeKey) and other.id_i == self.id_i


def check_signature(message: Message, leaf: certs.Leaf) -> None:
    """AuthError, or Refused 8, unless the owner of `leaf` has signed a message."""
    sign = message.payloads[-1]
    covered = message.raw[: len(message.raw) - len(sign.data)]
    ec.verify(leaf.curve, leaf.point, covered, sign.kind, sign.data)


def signed_error(message: Message, leaf: certs.Leaf | None, trust: certs.Trust, offer) -> bool:
    """Whether an Error message ends with a SIGN of a certificate that we know, `leaf`, or else of
    one that we trust; it has to hold now, and be for signing."""
    ends = bool(message.payloads) and type(message.payloads[-1]) is Sign
    if not ends or any(type(p) not in ERROR for p in message.payloads):
        return False
    try:
        if leaf is None:
            leaf = trust.leaf(message.all(Cert), offer.id_r, certs.SIGN, offer.now())
        leaf = certs.current(leaf, offer.now())
        check_signature(message, leaf)
    except MikeyError:
        return False
    # it may have been taken for its key agreement alone
    return certs.allows(certs.load(leaf.der), certs.SIGN)


def answer_ids(message: Message, id_i: Id | None, id_r: Id) -> None:
    """Discarded unless the IDs of an answer, [IDr] and IDi, are those expected."""
    ids = message.all(Id)
    if ids not in ([id_i], [id_r, id_i]):
        raise Discarded("an answer from, or to, somebody else")


class Beginning:
    """The part of an initiator's exchange that all modes with certificates share."""

    def __init__(self, credential: Certified, offer, data_type: int, verify: bool):
        if offer.id_r is None:
            raise LocalError("who shall answer? Certificates need a name: give id_r")
        if offer.id_i != credential.id:
            raise LocalError(f"the certificate is for {credential.id}, not for {offer.id_i}")
        uses = [credential.use] if isinstance(credential.use, str) else credential.use
        for use in uses:
            if credential.chain and not certs.allows(credential.chain[0], use):
                raise LocalError(f"the keyUsage of our certificate lacks {certs.USAGES[use]}")
        if offer.prf not in HASHES:
            raise LocalError(f"there is no PRF function {offer.prf}")
        self.header = Header(
            data_type, offer.csb_id, verify, offer.prf, offer.map_type, offer.cs, offer.empty_cs
        )
        self.start = offer.before or Bundle(
            offer.csb_id, offer.rand, offer.prf, offer.stamp, offer.id_i, offer.id_r
        )
        parts: list[Payload] = [offer.stamp]
        if offer.before:
            # the certificates are known from the first message
            parts.append(credential.id)
        else:
            parts += [Rand(offer.rand), *credential.payloads()]
        if offer.send_id_r:
            parts.append(offer.id_r)
        self.parts = [*parts, *offer.extensions, *offer.sps]
        self.bundle = self.start.updated(
            self.header, offer.stamp, list(offer.sps), offer.keys, offer.extensions
        )


class Incoming:
    """A signed message on its way through a responder. DecodeError if its grammar is wrong."""

    def __init__(self, responder, message: Message, origin: Origin, mode: str):
        self.responder, self.message, self.origin, self.mode = responder, message, origin, mode
        self.header = message.header
        self.stamp = message.one(Timestamp)
        self.rand = message.one(Rand)
        self.certs = message.all(Cert)
        self.before = None  # the record of the CSB that is updated
        self.credential: Certified | None = None
        self.leaf: certs.Leaf | None = None
        if type(message.payloads[-1]) is not Sign:
            raise DecodeError("a message with certificates ends with SIGN")
        ids = message.all(Id)
        if len(ids) > 2:
            raise DecodeError("more than two ID payloads")
        owns = [c.id for c in responder.credentials(mode, None, None, origin)]
        if len(ids) == 1 and (self.certs or (ids[0] in owns)):
            ids.insert(0, None)
        self.id_i, self.id_r = (*ids, None, None)[:2]

    def authenticate(self) -> None:
        """Checks the certificate and the signature. Refused 2, 7, 8, 12 or AuthError."""
        responder, header = self.responder, self.header
        if header.prf not in tuple(Prf):
            raise Refused(f"PRF function {header.prf} is not supported", 2)
        who = self.id_i
        if who is None and self.certs:
            who = certs.identity(certs.load(self.certs[0].data))
        who = who or self.origin.id_i
        if who is None:
            raise Refused("neither IDi nor a certificate", 7)
        self.who = who
        if self.rand is None:
            known = responder.known(self.mode, header.csb_id, who)
            if not known:
                raise Refused("no RAND payload, and no CSB of that number to update", 12)
            self.before = known[0]
            self.credential = self.before.credential.credential
        else:
            if not self.rand.data:
                raise Refused("an empty RAND", 12)
            self.credential = self._own()
        self.party = Party(self.credential, who)
        if self.before and not self.certs:
            self.leaf = certs.current(self.before.bundle.held.leaf, responder.now())
        else:
            use, now = self.credential.use, responder.now()
            self.leaf = self.credential.trust.leaf(self.certs, who, use, now)
        check_signature(self.message, self.leaf)

    def _candidates(self) -> list[Certified]:
        """Our credentials of this mode, for the identity that the message asks for."""
        wanted = self.id_r or self.origin.id_r
        found = self.responder.credentials(self.mode, None, None, self.origin)
        return [c for c in found if wanted is None or c.id == wanted]

    def _own(self) -> Certified:
        found = self._candidates()
        if not found:
            raise Refused(f"a message for {self.id_r or 'nobody'}, not for us", 7)
        return found[0]

    def check(self) -> Id | None:
        """What all modes check after the signature; who we are. Refused 7, 12, ReplayError."""
        responder, header = self.responder, self.header
        responder.replay.check_counter(self.stamp, self.who.data)
        if self.before:
            responder.check_update(self.before.bundle, header, self.stamp)
        elif not responder.replace_csb and responder.taken(header.csb_id, self.party):
            raise Refused("a RAND in an update, or a CSB ID that is taken", 12)
        return responder.own_identity(self.id_r, self.party, self.origin)

    def first(self, own: Id | None) -> Bundle:
        """The CSB before this message."""
        if self.before:
            return self.before.bundle
        return Bundle(
            self.header.csb_id, self.rand.data, self.header.prf, self.stamp, self.who, own
        )

    def names(self, bundle: Bundle) -> list[Payload]:
        """[IDr | CERTr], IDi of an answer; an update does without certificates."""
        own = [bundle.id_r or self.credential.id] if self.before else self.credential.payloads()
        return [*own, bundle.id_i]

    def sign(self, header: Header, parts: Sequence[Payload]) -> bytes:
        """The signer of Error messages."""
        return self.credential.sign(header, parts)


def run(incoming: Incoming, signer: Callable | None = None) -> Accepted:
    """Authenticates and processes a message; errors after that carry a signer."""
    incoming.authenticate()
    try:
        return incoming.process()
    except AuthError:
        raise
    except MikeyError as error:
        error.signer = error.signer or signer or incoming.sign
        raise
