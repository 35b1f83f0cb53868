"""The responder's side of MIKEY-ECMQV; see `ecmqv.py`. MQV comes last."""

from __future__ import annotations

from dataclasses import replace

from .. import ec
from ..errors import Refused
from ..message import Message
from ..payloads import Extension, Payload, Sp, Ver
from ..payloads_more import Chash, Eccpt
from ..protect import seal
from ..registry import DataType
from ..sa import Bundle, check_keys
from ..secret import Secret
from . import RESPONDERS, Accepted, Origin, Role
from .certified import BASE, Certified, Held, Incoming, run
from .common import answer_header, check_sdp_ids
from .dhhmac import agreed, check_derivable
from .ecies import chash_of
from .ecmqv import LEAST, MOST, NAME, check_alg

ALLOWED = (*BASE, Eccpt)
ALLOWED_1 = (*ALLOWED, Chash)


def respond(responder, message: Message, origin: Origin) -> Accepted:
    """Verifies an I_MESSAGE and makes the answer."""
    return run(_Incoming(responder, message, origin))


class _Incoming(Incoming):
    def __init__(self, responder, message: Message, origin: Origin):
        super().__init__(responder, message, origin, NAME)
        self.eccpt, self.chash = message.one(Eccpt), message.one(Chash)
        self.one_pass = self.header.data_type == DataType.ECMQV1_INIT

    def process(self) -> Accepted:
        """Everything that the signature vouches for: the bundle and the answer."""
        responder, header = self.responder, self.header
        if self.before and self.before.bundle.held.one_pass != self.one_pass:
            raise Refused("an update in another mode than the CSB's", 12)
        self.credential = self._addressed()
        self.party.credential, self.party.id_r = self.credential, self.credential.id
        own = self.check()
        if self.eccpt is None and not self.before:
            raise Refused("no ECCPT payload in a message that begins a CSB", 12)
        point = self._check_point() if self.eccpt else b""
        extensions = tuple(self.message.all(Extension))
        check_keys((), extensions, safe=True)
        check_sdp_ids(extensions, self.origin)
        start = self.first(own)
        bundle = start.updated(header, self.stamp, self.message.all(Sp), (), extensions)
        if self.before:
            bundle = replace(bundle, updates=bundle.updates + 1)
        bundle = responder.fill_ssrcs(bundle)
        responder.check_policies(bundle)
        check_derivable(bundle, self.eccpt.validity if self.eccpt else None)
        values: tuple[Payload, ...] = ()
        if self.eccpt:
            bundle, ours = self._agree(bundle, point)
            values = () if self.one_pass else (ours, self.eccpt)
        return Accepted(bundle, self._answer(bundle, values), self.who.data, self.party)

    def _addressed(self) -> Certified:
        """Which of our keys MQV is with: CHASH says so, else the curve. Refused 5, 6 or 8."""
        found = self._candidates()
        if self.chash:
            chash_of(b"", self.chash.func)
            ours = [c for c in found if c.chain]
            found = [c for c in ours if chash_of(c.payload_leaf(), self.chash.func) == self.chash]
            if not found:
                raise Refused("the message is for another certificate", 8)
        if self.eccpt is None:
            return self.credential
        ec.curve(self.eccpt.curve)
        found = [c for c in found if c.curve.number == self.eccpt.curve]
        if not found:
            raise Refused(f"we have no key on curve {self.eccpt.curve}", 6)
        return self.credential if self.credential in found else found[0]

    def _check_point(self) -> bytes:
        """The point of ECCPTi, with all parameters checked. Refused 3, 6 or 12."""
        check_alg(self.eccpt.auth_alg)
        if not LEAST <= self.eccpt.tgk_length <= MOST:
            raise Refused(f"a TGK of {self.eccpt.tgk_length} octets", 12)
        if self.leaf.curve.number != self.eccpt.curve:
            raise Refused("the certificate is on another curve than the point", 6)
        return ec.decode(self.leaf.curve, self.eccpt.point)

    def _agree(self, bundle: Bundle, point: bytes) -> tuple[Bundle, Eccpt]:
        """The bundle with the key, and ECCPTr."""
        own = self.credential
        once = own.key_pair if self.one_pass else own.once(self.responder.random)
        tgk, auth = own.agree(once, self.leaf.point, point, self.eccpt)
        ours = replace(self.eccpt, point=b"\4" + ec.raw(once), reserved=0)
        alg, one_pass = self.eccpt.auth_alg, self.one_pass
        held = Held(self.leaf, Secret(auth), alg=alg, one_pass=one_pass)
        return replace(bundle, keys=(agreed(tgk, ours.validity),), held=held), ours

    def _answer(self, bundle: Bundle, values: tuple[Payload, ...]) -> bytes:
        """The R_MESSAGE: V covers it, then IDi, IDr and T."""
        kind = DataType.ECMQV1_RESP if self.one_pass else DataType.ECMQV_RESP
        header = answer_header(kind, self.header, bundle)
        ids = [bundle.id_r] if self.one_pass else self.names(bundle)
        held = bundle.held
        also = bundle.id_i.data + bundle.id_r.data + self.stamp.value
        end, auth = Ver(held.alg), bytes(held.secret)
        return seal(header, [self.stamp, *ids, *values], end, auth, also)


for _kind, _allowed in ((DataType.ECMQV_INIT, ALLOWED), (DataType.ECMQV1_INIT, ALLOWED_1)):
    RESPONDERS[_kind] = Role(NAME, frozenset(kind.number for kind in _allowed), respond)
