"""Verifying and decrypting messages for `decode`, with the keys that its user has.

Messages of one CSB help each other: an answer or an update is checked with the RAND, the
identities and the timestamp of the exchange that came before it in the input.
"""

from __future__ import annotations

from dataclasses import dataclass

from .errors import MikeyError
from .keys import HASHES, MessageKeys
from .message import Message
from .modes.psk import Psk
from .payloads import Id, Kemac, Rand, Timestamp, Ver
from .protect import decrypt, mac
from .registry import DataType, Encr, Mac
from .secret import same
from .tree import Node, key_nodes

WRONG = Node(-1, -1, "MAC: wrong with every key given", bad=True)


@dataclass
class _Known:
    """What is known of a CSB."""

    rand: bytes
    id_i: Id | None = None
    id_r: Id | None = None
    psk: Psk | None = None


class Unlocker:
    """Tries `psks` on one message after another. `rand`: that of a CSB whose first message is not
    at hand, for its updates."""

    def __init__(self, psks: list[Psk], rand: bytes = b"", show_keys: bool = False):
        self._psks, self._rand, self._show = psks, rand, show_keys
        self._csbs: dict[int, _Known] = {}

    def nodes(self, message: Message) -> list[Node]:
        """What the keys reveal, as further lines of the tree."""
        try:
            kind, kemac = message.header.data_type, message.one(Kemac)
            if kind in (DataType.PSK_INIT, DataType.DHHMAC_INIT):
                return self._initial(message, kemac)
            if kind == DataType.DHHMAC_RESP or (kind == DataType.ERROR and kemac):
                return self._answer_with_kemac(message, kemac)
            if kind in (DataType.PSK_RESP, DataType.ERROR):
                return self._answer(message)
        except MikeyError as error:
            return [Node(-1, -1, error.reason, bad=True)]
        return [Node(-1, -1, "no check of this data type with a pre-shared key", bad=True)]

    def _initial(self, message: Message, kemac: Kemac | None) -> list[Node]:
        header = message.header
        rand, stamp = message.one(Rand), message.one(Timestamp)
        if kemac is None or stamp is None or header.prf not in HASHES:
            return [Node(-1, -1, "nothing to verify", bad=True)]
        known = self._csbs.get(header.csb_id) or _Known(self._rand)
        if rand:
            ids = (*message.all(Id), None, None)
            if len(message.all(Id)) == 1 and header.data_type == DataType.DHHMAC_INIT:
                ids = (None, *ids)
            known = self._csbs[header.csb_id] = _Known(rand.data, ids[0], ids[1])
        elif not known.rand:
            return [Node(-1, -1, "an update: its CSB's first RAND is needed (--rand)", bad=True)]
        found = self._verify(message, kemac, known, self._psks)
        if found is None:
            return [WRONG]
        known.psk, keys = found
        nodes = [Node(-1, -1, f"MAC: correct with the key of {known.psk.name or 'anyone'}")]
        if kemac.encr != Encr.NULL and not kemac.literal:
            plain = decrypt(kemac.encr, keys, header.csb_id, stamp, kemac.data)
            nodes += key_nodes(plain, self._show)
        return nodes

    @staticmethod
    def _verify(
        message: Message, kemac: Kemac, known: _Known, psks: list[Psk]
    ) -> tuple[Psk, MessageKeys] | None:
        """The key that the MAC of KEMAC is right with, and what is derived from it."""
        header, alg = message.header, kemac.alg
        covered = message.raw[: len(message.raw) - len(kemac.mac)]
        for psk in psks:
            keys = MessageKeys.derive(
                header.prf, bytes(psk.key), header.csb_id, known.rand, kemac.encr, alg
            )
            if alg != Mac.NULL and same(mac(alg, bytes(keys.auth), covered), kemac.mac):
                return psk, keys
        return None

    def _answer_with_kemac(self, message: Message, kemac: Kemac | None) -> list[Node]:
        """A DH-HMAC response, or an Error message of that mode."""
        if kemac is None or message.header.prf not in HASHES:
            return [Node(-1, -1, "nothing to verify", bad=True)]
        known = self._csbs.get(message.header.csb_id) or _Known(self._rand)
        if not known.rand:
            return [Node(-1, -1, "MAC: the initiator's message is needed, or --rand", bad=True)]
        psks = [known.psk] if known.psk else self._psks
        right = self._verify(message, kemac, known, psks)
        return [Node(-1, -1, "MAC: correct")] if right else [WRONG]

    def _answer(self, message: Message) -> list[Node]:
        header, ver, stamp = message.header, message.one(Ver), message.one(Timestamp)
        if ver is None or stamp is None or ver.alg == Mac.NULL:
            return [Node(-1, -1, "not authenticated")]
        known = self._csbs.get(header.csb_id) or _Known(self._rand)
        if not known.rand:
            return [Node(-1, -1, "V: the initiator's message is needed, or --rand", bad=True)]
        covered = message.raw[: len(message.raw) - len(ver.data)]
        for psk in [known.psk] if known.psk else self._psks:
            keys = MessageKeys.derive(
                header.prf, bytes(psk.key), header.csb_id, known.rand, Encr.NULL, ver.alg
            )
            id_i, id_r = known.id_i or psk.id_i, known.id_r or message.one(Id) or psk.id_r
            ids = b"".join(identity.data for identity in (id_i, id_r) if identity)
            for octets in (covered + ids + stamp.value, covered):
                if same(mac(ver.alg, bytes(keys.auth), octets), ver.data):
                    return [Node(-1, -1, "V: correct")]
        return [Node(-1, -1, "V: wrong with every key given", bad=True)]
