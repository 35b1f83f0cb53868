"""The responder's side of signed Diffie-Hellman; see `dhsign.py`. The powers come last."""

from __future__ import annotations

from dataclasses import replace

from ..errors import Refused
from ..message import Message
from ..payloads import Extension, Payload, Sp
from ..payloads_more import Dh
from ..registry import DataType
from ..sa import Bundle, check_keys
from . import RESPONDERS, Accepted, Origin, Role
from .certified import BASE, Held, Incoming, run
from .common import answer_header, check_sdp_ids
from .dhhmac import agreed, check_derivable
from .dhsign import NAME, check_value, secret

ALLOWED = (*BASE, Dh)


def respond(responder, message: Message, origin: Origin) -> Accepted:
    """Verifies an I_MESSAGE and makes the answer."""
    return run(_Incoming(responder, message, origin))


class _Incoming(Incoming):
    def __init__(self, responder, message: Message, origin: Origin):
        super().__init__(responder, message, origin, NAME)
        self.dh_i = message.one(Dh)

    def process(self) -> Accepted:
        """Everything that the signature vouches for: the bundle and the answer."""
        responder, header = self.responder, self.header
        own = self.check()
        if self.dh_i is None and not self.before:
            raise Refused("no DH payload in a message that begins a CSB", 12)
        if self.dh_i:
            if self.dh_i.group not in self.credential.groups:
                raise Refused(f"DH group {self.dh_i.group} is not supported", 6)
            check_value(self.dh_i.group, self.dh_i.value)
        extensions = tuple(self.message.all(Extension))
        check_keys((), extensions, safe=True)
        check_sdp_ids(extensions, self.origin)
        start = self.first(own)
        bundle = start.updated(header, self.stamp, self.message.all(Sp), (), extensions)
        if self.before:
            bundle = replace(bundle, updates=bundle.updates + 1)
        bundle = replace(responder.fill_ssrcs(bundle), held=Held(self.leaf))
        responder.check_policies(bundle)
        check_derivable(bundle, self.dh_i.validity if self.dh_i else None)
        values: tuple[Payload, ...] = ()
        if self.dh_i:
            bundle, dh_r = self._agree(bundle)
            values = (dh_r, self.dh_i)
        header = answer_header(DataType.DH_RESP, header, bundle)
        parts = [self.stamp, *self.names(bundle), *values]
        answer = self.credential.sign(header, parts)
        return Accepted(bundle, answer, self.who.data, self.party)

    def _agree(self, bundle: Bundle) -> tuple[Bundle, Dh]:
        """The bundle with the key, and DHr."""
        dh_i = self.dh_i
        private = secret(dh_i.group, self.responder.random, self.credential.exponent)
        try:
            dh_r = Dh(dh_i.group, private.public(), dh_i.validity)
            shared = private.shared(dh_i.value)
        finally:
            private.wipe()
        return replace(bundle, keys=(agreed(shared, dh_i.validity),)), dh_r


RESPONDERS[DataType.DH_INIT] = Role(NAME, frozenset(kind.number for kind in ALLOWED), respond)
