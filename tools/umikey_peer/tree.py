"""A MIKEY message as a tree of lines for people: offsets, names, values.

`read()` never fails: of a malformed message it shows what was understood and where that ended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from . import certs, ec, extensions, payloads, payloads_more, registry
from .clock import UNIX_EPOCH, resolve, ticks
from .errors import DecodeError, MikeyError
from .header import GenericId, Header
from .message import walk
from .payloads import Validity
from .policy import AUTH_NAMES, CIPHER_NAMES, PARAM_NAMES, read_policy
from .registry import (
    DataType,
    Encr,
    Ext,
    IdType,
    KeyType,
    Kv,
    Mac,
    MapType,
    PayloadType,
    Prf,
    Prot,
    TsType,
    name,
)


@dataclass
class Node:
    """A line of the tree: octets [start, end) of the message, -1 for what has no place there."""

    start: int
    end: int
    text: str
    children: list[Node] = field(default_factory=list)
    bad: bool = False

    def lines(self, depth: int = 0) -> Iterator[tuple[int, Node]]:
        """The node and all below it, with their depth."""
        yield depth, self
        for child in self.children:
            yield from child.lines(depth + 1)


Fields = list[tuple[int, str]]  # (length in octets, text) one after the other


def read(data: bytes, tolerate_zero: bool = False, show_keys: bool = False) -> Node:
    """The tree of a message. `show_keys`: keys in clear instead of their fingerprints."""
    root = Node(0, len(data), f"MIKEY message, {len(data)} octets")
    show = _shower(show_keys)
    end = 0
    try:
        for span in walk(data, tolerate_zero):
            if isinstance(span.part, Header):
                root.children.append(_header(span.part, data))
            else:
                root.children.append(_payload(span.part, span.start, span.end, data, show))
            end = span.end
        if end < len(data):
            root.children.append(Node(end, len(data), "one octet 00 more, tolerated"))
    except DecodeError as error:
        number = "" if error.number is None else f" (error {error.number})"
        stop = max(end, min(error.offset, len(data)))
        node = Node(stop, len(data), f"not understood: {error.reason}{number}", bad=True)
        if end < stop:
            node.children.append(Node(end, stop, f"read before: {_hex(data[end:stop])}"))
        if stop < len(data):
            node.children.append(Node(stop, len(data), f"rest: {_hex(data[stop:])}", bad=True))
        root.children.append(node)
    return root


def _shower(show_keys: bool) -> Callable[[bytes], str]:
    if show_keys:
        return lambda key: key.hex()
    return fingerprint


def fingerprint(key: bytes) -> str:
    """What is shown in the place of a key: its length and the first 8 octets of its SHA-256."""
    digest = hashlib.sha256(key).hexdigest()
    return f"{len(key)} octets, fingerprint {'-'.join(digest[i : i + 4] for i in range(0, 16, 4))}"


def _hex(data: bytes, limit: int = 64) -> str:
    return data.hex() if len(data) <= limit else f"{data[:limit].hex()}... ({len(data)} octets)"


def _text(data: bytes) -> str:
    if data and all(32 <= octet < 127 for octet in data):
        return f'"{data.decode()}"'
    return _hex(data) or "empty"


def _nodes(start: int, fields: Fields) -> list[Node]:
    nodes = []
    for length, text in fields:
        nodes.append(Node(start, start + length, text))
        start += length
    return nodes


def _next(number: int) -> str:
    return "next payload: " + ("last" if not number else f"{name(PayloadType, number)} ({number})")


def _header(h: Header, data: bytes) -> Node:
    fields: Fields = [
        (1, "version: 1"),
        (1, f"data type: {name(DataType, h.data_type)} ({h.data_type})"),
        (1, _next(data[2])),
        (1, f"V: {int(h.v)}, PRF func: {name(Prf, h.prf)} ({h.prf})"),
        (4, f"CSB ID: {h.csb_id:08x}"),
        (1, f"#CS: {h.n_cs}"),
        (1, f"CS ID map type: {name(MapType, h.map_type)} ({h.map_type})"),
    ]
    for i, entry in enumerate(h.cs, 1):
        if isinstance(entry, GenericId):
            text = (
                f"CS {entry.cs_id}: {name(Prot, entry.prot)}, policies {list(entry.policies)}, "
                f"session data {_hex(entry.session) or 'none'}, SPI {entry.spi.hex() or 'none'}"
            )
        else:
            text = f"CS {i}: policy {entry.policy}, SSRC {entry.ssrc:08x}, ROC {entry.roc}"
        fields.append((len(entry.encode()), text))
    nodes = _nodes(0, fields)
    return Node(0, nodes[-1].end, "HDR", nodes)


def _payload(payload, start: int, end: int, data: bytes, show) -> Node:
    kind = type(payload)
    fields: Fields = [] if kind is payloads_more.Sign else [(1, _next(data[start]))]
    fields += _FIELDS[kind](payload, show)
    node = Node(start, end, PayloadType(payload.number).name, _nodes(start, fields))
    node.children += _inside(payload, show)
    return node


def _validity(v: Validity) -> Fields:
    if v.kv == Kv.SPI:
        return [(1 + len(v.spi), f"SPI/MKI: {v.spi.hex() or 'empty'}")]
    if v.kv == Kv.INTERVAL:
        return [
            (1 + len(v.start), f"valid from: {v.start.hex()}"),
            (1 + len(v.end), f"valid to: {v.end.hex()}"),
        ]
    return []


def _kemac(p: payloads.Kemac, show) -> Fields:
    clear = p.encr == Encr.NULL
    if p.literal:
        encr, alg = "NULL in RFC 4650", "HMAC-SHA-1-160 in RFC 4650"
    else:
        encr, alg = name(Encr, p.encr), name(Mac, p.mac_alg)
    return [
        (1, f"encryption: {encr} ({p.encr})"),
        (2, f"encr data len: {len(p.data)}"),
        (len(p.data), "key data in clear" if clear else f"encr data: {_hex(p.data) or 'none'}"),
        (1, f"MAC alg: {alg} ({p.mac_alg})"),
        (len(p.mac), f"MAC: {p.mac.hex()}"),
    ]


def _mac(what: str, alg: int, tag: bytes) -> Fields:
    return [(1, f"{what} alg: {name(Mac, alg)} ({alg})"), (len(tag), f"{what}: {tag.hex()}")]


def _time(kind: int, value: bytes) -> Fields:
    text = value.hex()
    if kind == TsType.COUNTER:
        text += f" ({int.from_bytes(value, 'big')})"
    else:
        # The era next to today's date is meant (RFC 3830 4.2.8).
        near = ticks(datetime.now(UTC).timestamp())
        seconds = resolve(payloads.Timestamp(kind, value), near) / (1 << 32) - UNIX_EPOCH
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        text += f" ({moment:%Y-%m-%d %H:%M:%S.%f} UTC)"
    return [(1, f"TS type: {name(TsType, kind)} ({kind})"), (len(value), f"TS value: {text}")]


def _sp(p: payloads.Sp, show) -> Fields:
    length = sum(2 + len(value) for _, value in p.params)
    fields: Fields = [
        (1, f"policy no: {p.policy}"),
        (1, f"security protocol: {name(Prot, p.prot)} ({p.prot})"),
        (2, f"parameter length: {length}"),
    ]
    for kind, value in p.params:
        label = PARAM_NAMES.get(kind, "parameter") if p.prot == Prot.SRTP else "parameter"
        number = int.from_bytes(value, "big")
        names = CIPHER_NAMES if kind == 0 else AUTH_NAMES if kind in (2, 14, 15) else {}
        meaning = f" ({names[number]})" if p.prot == Prot.SRTP and number in names else ""
        shown = f"{number}{meaning}" if len(value) <= 4 else value.hex()
        fields.append((2 + len(value), f"{label} ({kind}): {shown}"))
    return fields


def _key_data(p: payloads.KeyData, show) -> Fields:
    fields: Fields = [
        (1, f"type: {name(KeyType, p.kind)} ({p.kind}), KV: {name(Kv, p.validity.kv)}"),
        (2 + len(p.key), f"key: {show(p.key)}"),
    ]
    if p.salt is not None:
        fields.append((2 + len(p.salt), f"salt: {show(p.salt)}"))
    return fields + _validity(p.validity)


def _extension(p: payloads.Extension, show) -> Fields:
    shown = show(p.data) if p.kind == Ext.TESLA_I_KEY else _text(p.data)
    return [(1, f"type: {name(Ext, p.kind)} ({p.kind})"), (2 + len(p.data), f"data: {shown}")]


def _group(number: int) -> str:
    if number in registry.DH_EC_FIELD:
        return f"{registry.CURVE_NAMES[number - 2]} ({number})"  # the ECC draft's
    return f"{name(registry.DhGroup, number)} ({number})"


def _cert(p: payloads_more.Cert, show) -> Fields:
    kind = registry.CERT_TYPES.get(p.kind, "unknown")
    return [(1, f"type: {kind} ({p.kind})"), (2 + len(p.data), f"data: {_text(p.data)}")]


def _certificate(der: bytes) -> list[Node]:
    """What a certificate says: nothing of it is checked."""
    cert = certs.load(der)
    key = certs.key_of(cert)
    curve = ec.of_key(key)
    what = f"key on {curve.name}" if curve else f"a key of {getattr(key, 'key_size', 'some')} bits"
    start, end = cert.not_valid_before_utc, cert.not_valid_after_utc
    ids = ", ".join(_text(str(who).encode()) for who in certs.names(cert)) or "none"
    texts = (
        f"subject: {_text(cert.subject.rfc4514_string().encode())}",
        f"issuer: {_text(cert.issuer.rfc4514_string().encode())}",
        f"identities: {ids}",
        f"valid: {start:%Y-%m-%d %H:%M:%S} to {end:%Y-%m-%d %H:%M:%S} UTC",
        f"{what}, SHA-256 {certs.pin_of(cert).hex()}",
        f"SHA-1 of the certificate: {hashlib.sha1(der).hexdigest()}",
    )
    return [Node(-1, -1, text) for text in texts]


FORMS = {2: "compressed", 3: "compressed", 4: "uncompressed", 6: "hybrid", 7: "hybrid"}


def _form(point: bytes) -> str:
    return FORMS.get(point[0] if point else 0, "unknown form")


def _ticket(p: payloads_more.TicketPolicy, show) -> Fields:
    flags = "".join(letter for i, letter in enumerate("DEFGHIJKLMNO") if p.flags >> (11 - i) & 1)
    fields: Fields = [
        (2, f"ticket type: {p.kind}"),
        (2, f"subtype {p.subtype}, version {p.version}"),
        (3, f"PRF func: {name(Prf, p.prf)}, flags: {flags or 'none'}"),
        (2 + len(p.data), f"TP data: {_hex(p.data) or 'none'}"),
    ]
    if isinstance(p, payloads_more.Ticket):
        fields.append((2 + len(p.ticket), f"ticket data: {_hex(p.ticket) or 'none'}"))
        fields.append((2 + len(p.initiator), f"initiator data: {_hex(p.initiator) or 'none'}"))
    return fields


def _eccpt(p: payloads_more.Eccpt, show) -> Fields:
    return [
        (1, f"curve: {registry.CURVE_NAMES[p.curve]} ({p.curve})"),
        (len(p.point) + -(2 + len(p.point)) % 4, f"point, {_form(p.point)}: {_hex(p.point, 160)}"),
        (1, f"auth alg: {name(Mac, p.auth_alg)}"),
        (2, f"TGK len: {p.tgk_length}"),
        (1, f"KV: {name(Kv, p.validity.kv)}"),
        *_validity(p.validity),
    ]


_FIELDS: dict[type, Callable] = {
    payloads.Kemac: _kemac,
    payloads.Timestamp: lambda p, show: _time(p.kind, p.value),
    payloads.Id: lambda p, show: [
        (1, f"type: {name(IdType, p.kind)} ({p.kind})"),
        (2 + len(p.data), f"identity: {_text(p.data)}"),
    ],
    payloads.Ver: lambda p, show: _mac("V", p.alg, p.data),
    payloads.Sp: _sp,
    payloads.Rand: lambda p, show: [(1 + len(p.data), f"RAND: {p.data.hex() or 'empty'}")],
    payloads.Err: lambda p, show: [
        (1, f"error: {registry.error_name(p.error)} ({p.error})"),
        (2, f"reserved: {p.reserved}"),
    ],
    payloads.Extension: _extension,
    payloads_more.Pke: lambda p, show: [
        (2, f"cache: {registry.CACHE_NAMES.get(p.cache, 'unknown')}, data len: {len(p.data)}"),
        (len(p.data), f"envelope data: {_hex(p.data)}"),
    ],
    payloads_more.Dh: lambda p, show: [
        (1, f"group: {_group(p.group)}"),
        (len(p.value), f"DH-value: {_hex(p.value, 192)}"),
        (1, f"KV: {name(Kv, p.validity.kv)}"),
        *_validity(p.validity),
    ],
    payloads_more.Sign: lambda p, show: [
        (2, f"type: {registry.SIGN_TYPES.get(p.kind, 'unknown')} ({p.kind}), len: {len(p.data)}"),
        (len(p.data), f"signature: {_hex(p.data, 256)}"),
    ],
    payloads_more.Cert: _cert,
    payloads_more.Chash: lambda p, show: [
        (1, f"hash: {registry.HASH_NAMES[p.func]} ({p.func})"),
        (len(p.data), f"value: {p.data.hex()}"),
    ],
    payloads_more.TimestampRole: lambda p, show: [
        (1, f"role: {registry.TS_ROLES.get(p.role, 'unknown')} ({p.role})"),
        *_time(p.kind, p.value),
    ],
    payloads_more.IdRole: lambda p, show: [
        (1, f"role: {registry.ID_ROLES.get(p.role, 'unknown')} ({p.role})"),
        (1, f"type: {name(IdType, p.kind)} ({p.kind})"),
        (2 + len(p.data), f"identity: {_text(p.data)}"),
    ],
    payloads_more.RandRole: lambda p, show: [
        (1, f"role: {registry.RAND_ROLES.get(p.role, 'unknown')} ({p.role})"),
        (1 + len(p.data), f"RAND: {p.data.hex() or 'empty'}"),
    ],
    payloads_more.TicketPolicy: _ticket,
    payloads_more.Ticket: _ticket,
    payloads_more.Ibake: lambda p, show: [(2 + len(p.data), f"data: {_hex(p.data)}")],
    payloads_more.Esk: lambda p, show: [(2 + len(p.data), f"data: {_hex(p.data)}")],
    payloads_more.Eccpt: _eccpt,
    payloads_more.Sakke: lambda p, show: [
        (1, f"parameters: {p.params}"),
        (1, f"ID scheme: {p.scheme}"),
        (2 + len(p.data), f"data: {_hex(p.data)}"),
    ],
}


def key_nodes(plain: bytes, show_keys: bool = False) -> list[Node]:
    """The key data sub-payloads of a decrypted KEMAC; a node that says so if they are none."""
    try:
        keys = payloads.decode_key_data(plain)
    except MikeyError as error:
        return [Node(-1, -1, f"no key data: {error.reason}", bad=True)]
    show = _shower(show_keys)
    return [
        Node(-1, -1, "KEY DATA", [Node(-1, -1, text) for _, text in _key_data(key, show)])
        for key in keys
    ] or [Node(-1, -1, "no keys inside")]


def _inside(payload, show) -> list[Node]:
    """What a payload means beyond its fields."""
    try:
        if isinstance(payload, payloads_more.Cert) and payload.kind in (0, 2, 3):
            return _certificate(payload.data)
        if isinstance(payload, payloads.Sp):
            return [Node(-1, -1, f"means: {read_policy(payload)}")]
        if isinstance(payload, payloads.Kemac) and payload.encr == Encr.NULL:
            return key_nodes(payload.data, show is not fingerprint)
        if isinstance(payload, payloads.Extension) and payload.kind == Ext.KEY_ID:
            return [
                Node(-1, -1, f"{registry.KEY_ID_TYPES.get(kind, f'key ID {kind}')}: {value.hex()}")
                for kind, value in extensions.read_key_ids(payload)
            ]
        if isinstance(payload, payloads.Extension) and payload.kind == Ext.OMA_BCAST:
            subtype, _ = extensions.read_oma_bcast(payload)
            return [Node(-1, -1, registry.OMA_SUBTYPES.get(subtype, f"subtype {subtype}"))]
    except MikeyError as error:
        return [Node(-1, -1, error.reason, bad=True)]
    return []
