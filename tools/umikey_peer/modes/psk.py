"""Pre-shared key mode, both roles (RFC 3830 sections 3.1, 4.5 and 5), and its NULL variant.

    I_MESSAGE = HDR, T, RAND, [IDi], [IDr], {SP}, KEMAC
    R_MESSAGE = HDR, T, [IDr], V          only if the initiator asks for it

An update is the same without RAND; the first RAND stays in force.
"""

from __future__ import annotations

from dataclasses import replace

from ..errors import AuthError, DecodeError, Discarded, MikeyError, Refused
from ..header import GenericId, Header
from ..keys import MessageKeys
from ..message import Message
from ..payloads import (
    Extension,
    Id,
    Kemac,
    KeyData,
    Payload,
    Rand,
    Sp,
    Timestamp,
    Ver,
    decode_key_data,
    encode_key_data,
)
from ..protect import decrypt, encrypt, mac, verify
from ..registry import MAC_LENGTH, TEKS, DataType, Encr, Mac
from ..sa import Bundle, check_keys
from ..secret import Secret, same
from . import RESPONDERS, Accepted, Offer, Origin

NAME = "psk"
ALLOWED = (Timestamp, Rand, Id, Sp, Extension, Kemac)
NULL_KEY = b"\0"  # nothing is derived from it that protects anything


class Psk:
    """A pre-shared key and whose it is.

    `key`: one octet or more, 16 or more recommended. `id_i`, `id_r`: the two identities, None for
    anyone. `name`: for people. `peer`: host address that it belongs to, for messages without IDi.
    """

    __slots__ = ("key", "id_i", "id_r", "name", "peer")

    def __init__(
        self,
        key: bytes,
        id_i: str | bytes | Id | None = None,
        id_r: str | bytes | Id | None = None,
        name: str = "",
        peer: str = "",
    ):
        if not key:
            raise ValueError("a pre-shared key has at least one octet")
        self.key = Secret(key)
        self.id_i = None if id_i is None else Id.of(id_i)
        self.id_r = None if id_r is None else Id.of(id_r)
        self.name = name or str(self.id_i or "")
        self.peer = peer

    def __repr__(self) -> str:
        return f"<Psk {self.name or 'anyone'}, {len(self.key)} octets>"

    def start(self, offer: Offer) -> PskExchange:
        """The I_MESSAGE for an offer. ValueError if something does not fit on the wire."""
        return PskExchange(self, offer)


def _data(identity: Id | None) -> bytes:
    return identity.data if identity else b""


def _message_keys(key: bytes, offer: Offer | Bundle, encr: int, mac_alg: int) -> MessageKeys:
    return MessageKeys.derive(offer.prf, key, offer.csb_id, offer.rand, encr, mac_alg)


class PskExchange:
    """The initiator's side of one exchange."""

    responses = (DataType.PSK_RESP,)

    def __init__(self, credential: Psk | None, offer: Offer):
        if offer.before:
            offer = replace(offer, rand=offer.before.rand, prf=offer.before.prf)
        self._offer = offer
        key = bytes(credential.key) if credential else NULL_KEY
        self._keys = _message_keys(key, offer, offer.encr, offer.mac)
        header = Header(
            DataType.PSK_INIT,
            offer.csb_id,
            offer.verify,
            offer.prf,
            offer.map_type,
            offer.cs,
            offer.empty_cs,
        )
        self._header = header
        parts: list[Payload] = [offer.stamp]
        if not offer.before:
            parts.append(Rand(offer.rand))
        if offer.send_id_i and offer.id_i:
            parts.append(offer.id_i)
        if offer.send_id_r and offer.id_r:
            parts.append(offer.id_r)
        parts += [*offer.extensions, *offer.sps]
        plain = encode_key_data(offer.keys)
        data = encrypt(offer.encr, self._keys, offer.csb_id, offer.stamp, plain)
        tag = bytes(MAC_LENGTH[offer.mac])
        draft = Message(header, (*parts, Kemac(offer.encr, data, offer.mac, tag))).encode()
        covered = draft[: len(draft) - len(tag)]
        self.octets = covered + mac(offer.mac, bytes(self._keys.auth), covered)
        start = offer.before or Bundle(
            offer.csb_id,
            offer.rand,
            offer.prf,
            offer.stamp,
            offer.id_i,
            offer.id_r,
            authenticated=offer.mac != Mac.NULL,
            compat_rtsps=offer.compat_rtsps,
        )
        self.bundle = start.updated(
            header, offer.stamp, list(offer.sps), offer.keys, offer.extensions
        )

    def finish(self, message: Message) -> Bundle:
        """Checks an R_MESSAGE (CSB ID and T are checked already) and gives the bundle with the
        SSRCs that the responder chose. AuthError or Discarded."""
        offer = self._offer
        ver = message.one(Ver)
        if ver is None or message.payloads[-1] is not ver:
            raise Discarded("a response without V at its end")
        if ver.alg != offer.mac:
            raise Discarded(f"the response uses MAC algorithm {ver.alg}, not {offer.mac}")
        sender = message.one(Id)
        if sender and offer.id_r and sender != offer.id_r:
            raise Discarded(f"the response comes from {sender}, not from {offer.id_r}")
        id_r = sender or offer.id_r
        if ver.alg != Mac.NULL:
            covered = message.raw[: len(message.raw) - len(ver.data)]
            self._verify(covered, _data(id_r), ver)
        cs = _answered(self._header, self.bundle, message.header)
        return replace(self.bundle, cs=cs, id_r=id_r)

    def _verify(self, covered: bytes, id_r: bytes, ver: Ver) -> None:
        key, stamp = bytes(self._keys.auth), self._offer.stamp.value
        # libmikey leaves the identities out (and sends a T of its own)
        if self._offer.compat_minisip and same(mac(ver.alg, key, covered + stamp), ver.data):
            return
        verify(ver.alg, key, covered + _data(self._offer.id_i) + id_r + stamp, ver.data)

    def verify_error(self, message: Message) -> bool:
        """Whether V of an Error message is right: over the message alone (RFC 6043 5.5), or also
        over identities and T as in RFC 3830 5.2, which does not tell errors apart."""
        ver = message.one(Ver)
        if ver is None or message.payloads[-1] is not ver or ver.alg == Mac.NULL:
            return False
        offer, covered = self._offer, message.raw[: len(message.raw) - len(ver.data)]
        long = covered + _data(offer.id_i) + _data(offer.id_r) + offer.stamp.value
        return any(
            same(mac(ver.alg, bytes(self._keys.auth), octets), ver.data)
            for octets in (covered, long)
        )

    def wipe(self) -> None:
        self._keys.wipe()


def _answered(sent: Header, bundle: Bundle, answer: Header) -> tuple:
    """The bundle's sessions after a response: zero SSRCs filled in, nothing else changed."""
    if answer.map_type != sent.map_type or answer.n_cs not in (0, sent.n_cs):
        raise Discarded("the response has another list of crypto sessions")
    if not answer.cs:
        return bundle.cs
    out = []
    for ours, theirs in zip(bundle.cs, answer.cs, strict=True):
        if isinstance(ours, GenericId):
            same_one = theirs.cs_id == ours.cs_id and theirs.prot == ours.prot
        else:
            same_one = theirs.policy == ours.policy and ours.ssrc in (0, theirs.ssrc)
        if not same_one:
            raise Discarded("the response changes a crypto session")
        out.append(theirs)
    return tuple(out)


def respond(responder, message: Message, origin: Origin) -> Accepted:
    """The responder's side: verifies an I_MESSAGE and makes the answer.

    `responder` is the engine (session.py): its credentials, CSBs, options and sources.
    """
    kemac, id_i, id_r = _structure(message)
    rand = message.one(Rand)
    before, credential, keys = _authenticate(responder, message, origin, kemac, rand, id_i, id_r)
    try:
        return _process(responder, message, origin, kemac, rand, id_i, id_r, before, credential, keys)
    except MikeyError as error:
        if kemac.mac_alg != Mac.NULL:
            error.signer = (kemac.mac_alg, bytes(keys.auth))
        raise
    finally:
        keys.wipe()


def _structure(message: Message) -> tuple[Kemac, Id | None, Id | None]:
    """KEMAC and the identities, by the grammar of the I_MESSAGE; DecodeError otherwise.

    A single ID is IDi: the order of the two is the only thing that tells them apart."""
    kemac = message.one(Kemac)
    if kemac is None or message.payloads[-1] is not kemac:
        raise DecodeError("a pre-shared key message ends with KEMAC")
    for payload in message.payloads:
        if type(payload) not in ALLOWED:
            raise DecodeError(f"a {type(payload).__name__} payload in a pre-shared key message")
    ids = message.all(Id)
    if len(ids) > 2:
        raise DecodeError("more than two ID payloads")
    ids += [None, None]
    return kemac, ids[0], ids[1]


def _authenticate(responder, message, origin, kemac, rand, id_i, id_r):
    """Finds the key that verifies the message: (CSB before or None, credential, message keys).

    Refused 2, 3, 7, 12 or AuthError; nothing is kept until the caller has processed it all."""
    header = message.header
    if header.prf not in (0, 1):
        raise Refused(f"PRF function {header.prf} is not supported", 2)
    null = kemac.mac_alg == Mac.NULL
    if null and not responder.allow_null:
        raise Refused("a message without a MAC", 3)
    known = responder.known(header.csb_id, id_i or origin.id_i)
    if rand is None and not known:
        if not (null and responder.compat_rtsps):
            raise Refused("no RAND payload, and no CSB of that number to update", 12)
    if rand is not None and not rand.data:
        raise Refused("an empty RAND", 12)
    if null:
        # What nobody vouches for must not touch a bundle that somebody vouched for.
        before = next((r for r in known if not r.bundle.authenticated and rand is None), None)
        if rand is None and known and before is None:
            raise Refused("an update without a MAC", 3)
        return before, None, _keys_for(NULL_KEY, message, kemac, before, rand)
    tries = []
    if rand is None:
        tries = [(record, record.credential) for record in known if record.credential]
    else:
        tries = [(None, c) for c in responder.credentials(id_i, id_r, origin)]
    if not tries:
        raise Refused(f"no key for {id_i or 'a message without identity'}", 7)
    covered = message.raw[: len(message.raw) - len(kemac.mac)]
    for before, credential in tries:
        keys = _keys_for(bytes(credential.key), message, kemac, before, rand)
        if same(mac(kemac.mac_alg, bytes(keys.auth), covered), kemac.mac):
            return before, credential, keys
        keys.wipe()
    raise AuthError("the message authentication code is wrong")


def _keys_for(key, message, kemac, before, rand) -> MessageKeys:
    header = message.header
    first = before.bundle.rand if before else (rand.data if rand else b"")
    return MessageKeys.derive(
        header.prf, key, header.csb_id, first, kemac.encr, kemac.mac_alg
    )


def _process(responder, message, origin, kemac, rand, id_i, id_r, before, credential, keys):
    header, stamp = message.header, message.one(Timestamp)
    sender = _sender(credential, id_i)
    responder.replay.check_counter(stamp, sender)
    if before:
        responder.check_update(before.bundle, header, stamp)
    elif rand is not None and not responder.replace_csb:
        if any(record.credential is credential for record in responder.known(header.csb_id, None)):
            raise Refused("a RAND in an update, or a CSB ID that is taken", 12)
    own_id = responder.own_identity(id_r, credential, origin)
    if kemac.encr == Encr.NULL and kemac.data and not responder.allow_null:
        raise Refused("keys in clear", 4)
    plain = decrypt(kemac.encr, keys, header.csb_id, stamp, kemac.data)
    new_keys = decode_key_data(plain)
    extensions = tuple(message.all(Extension))
    check_keys(new_keys, extensions, safe=kemac.mac_alg != Mac.NULL)
    if rand is None and before is None and not _only_teks(new_keys):
        raise Refused("no RAND payload", 12)
    start = before.bundle if before else Bundle(
        header.csb_id,
        rand.data if rand else b"",
        header.prf,
        stamp,
        id_i or origin.id_i or (credential.id_i if credential else None),
        own_id,
        authenticated=kemac.mac_alg != Mac.NULL,
        compat_rtsps=responder.compat_rtsps,
    )
    bundle = start.updated(header, stamp, message.all(Sp), new_keys, extensions)
    bundle = replace(bundle, updates=bundle.updates + 1) if before else bundle
    bundle = bundle.fill({i: responder.choose_ssrc(i) for i in bundle.missing_ssrcs()})
    responder.check_policies(bundle)
    bundle.derive()  # keys that do not fit must be known before the answer says yes
    answer = None
    if header.v:
        sends_id = id_i is not None or id_r is not None
        answer = _answer(responder, message, bundle, kemac.mac_alg, keys, sends_id)
    responder.remember(bundle, credential, before)
    return Accepted(bundle, answer, sender)


def _only_teks(keys: tuple[KeyData, ...]) -> bool:
    """RTSP cameras leave RAND out when nothing has to be derived."""
    return bool(keys) and all(key.kind in TEKS for key in keys)


def _sender(credential: Psk | None, id_i: Id | None) -> bytes:
    identity = (credential.id_i if credential else None) or id_i
    return identity.data if identity else b""


def _answer(responder, message, bundle, alg, keys, sends_id) -> bytes:
    """The R_MESSAGE (RFC 3830 5.2): V covers it, then IDi, IDr and T as the initiator sent them."""
    ours = message.header
    header = Header(
        DataType.PSK_RESP,
        ours.csb_id,
        prf=ours.prf,
        map_type=ours.map_type,
        cs=tuple(_response_entry(entry, bundle) for entry in bundle.cs) if ours.cs else (),
        empty_cs=ours.empty_cs,
    )
    stamp = message.one(Timestamp)
    parts = [stamp]
    if sends_id and bundle.id_r:
        parts.append(bundle.id_r)
    parts.append(Ver(alg, bytes(MAC_LENGTH[alg])))
    draft = Message(header, tuple(parts)).encode()
    covered = draft[: len(draft) - MAC_LENGTH[alg]]
    ids = b"" if responder.compat_minisip else _data(bundle.id_i) + _data(bundle.id_r)
    return covered + mac(alg, bytes(keys.auth), covered + ids + stamp.value)


def _response_entry(entry, bundle: Bundle):
    """A GENERIC-ID block of a response has one policy, session data and SPI (RFC 6043 6.1.1)."""
    if not isinstance(entry, GenericId):
        return entry
    spi = entry.spi or next((key.validity.spi for key in bundle.keys if key.validity.spi), b"\1")
    return replace(
        entry, policies=entry.policies[:1], session=entry.session or bytes(4), spi=spi
    )


RESPONDERS[DataType.PSK_INIT] = (NAME, respond)
