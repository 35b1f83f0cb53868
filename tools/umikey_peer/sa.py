"""What an exchange yields: a crypto session bundle, its sessions and their keys (RFC 3830 4.4).

`Bundle` is the state of a CSB on either side: an update makes a new one from the old one, so a
failed update changes nothing. `SecurityAssociation` is what the data security protocol gets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from .errors import Refused
from .header import GenericId, Header, SrtpId
from .keys import SALT, TEK, derive
from .payloads import Extension, Id, KeyData, Sp, Timestamp, Validity
from .policy import Policy, SrtpPolicy, TeslaPolicy, read_policy
from .registry import TEKS, Ext, KeyType, Kv, MapType
from .secret import Secret

# After so many packets a TEK and its TGK must be replaced (RFC 3830 9.2, RFC 3711 9.2).
SRTP_LIMIT = 1 << 48
SRTCP_LIMIT = 1 << 31


@dataclass(frozen=True, slots=True)
class SessionKey:
    """A master key of one crypto session: `tek` and `salt` as the policy says, and when it holds:
    `mki` (KV SPI, 1..255 octets, else empty) or `interval` (first and last SRTP index)."""

    tek: Secret
    salt: Secret
    validity: Validity = Validity()

    @property
    def mki(self) -> bytes:
        return self.validity.spi

    @property
    def interval(self) -> tuple[int, int] | None:
        if self.validity.kv != Kv.INTERVAL:
            return None
        start, end = self.validity.start, self.validity.end
        return int.from_bytes(start, "big"), int.from_bytes(end, "big")


@dataclass(frozen=True, slots=True)
class CryptoSession:
    """One crypto session: `cs_id` 8 bits, `ssrc` and `roc` 32 bits, `policy` with all defaults,
    `keys`: one per key data payload, in their order; the first is the current one."""

    cs_id: int
    ssrc: int
    roc: int
    policy: Policy
    keys: tuple[SessionKey, ...]

    @property
    def tek(self) -> bytes:
        """The current master key. LocalError once the association is closed."""
        return bytes(self.keys[0].tek)

    @property
    def salt(self) -> bytes:
        """The current master salt."""
        return bytes(self.keys[0].salt)

    @property
    def mki(self) -> bytes:
        return self.keys[0].mki

    @property
    def interval(self) -> tuple[int, int] | None:
        return self.keys[0].interval

    def rekey_due(self, srtp_packets: int, srtcp_packets: int = 0, margin: float = 0.9) -> bool:
        """Whether so many protected packets ask for a new key: `margin` of SRTP's limits, or of
        the key's interval, used up."""
        limit = SRTP_LIMIT
        if self.interval:
            limit = min(limit, self.interval[1] - self.interval[0] + 1)
        return srtp_packets >= limit * margin or srtcp_packets >= SRTCP_LIMIT * margin


class SecurityAssociation:
    """The result of an exchange: `sa[0].tek`, `sa[0].salt` and so on.

    csb_id 32 bits; `id_i`, `id_r`: identities or None; `authenticated`: False for the NULL MAC;
    `updates`: how many updates led here; `keys`: the key data as sent, for uses without crypto
    sessions; `extensions`: the initiator's general extensions. `on_close`: called once, to end the
    CSB in the engine that made this.
    """

    def __init__(self, bundle: Bundle, mode: str, on_close: Callable[[], None] | None = None):
        self.mode = mode
        self.csb_id = bundle.csb_id
        self.prf = bundle.prf
        self.id_i, self.id_r = bundle.id_i, bundle.id_r
        self.authenticated = bundle.authenticated
        self.updates = bundle.updates
        self.extensions = bundle.extensions
        self.keys = bundle.keys
        self.crypto_sessions = bundle.derive()
        self._closed, self._on_close = False, on_close

    def __len__(self) -> int:
        return len(self.crypto_sessions)

    def __getitem__(self, index: int) -> CryptoSession:
        return self.crypto_sessions[index]

    def __iter__(self) -> Iterator[CryptoSession]:
        return iter(self.crypto_sessions)

    def by_ssrc(self, ssrc: int) -> CryptoSession | None:
        """The session of an SRTP stream; an SSRC that is still 0 matches any."""
        exact = [cs for cs in self if cs.ssrc == ssrc]
        return (exact or [cs for cs in self if cs.ssrc == 0] or [None])[0]

    def fingerprint(self) -> str:
        """16 hex digits that tell whether two sides hold the same keys, without showing them:
        the first 8 octets of SHA-256 over cs_id(1) || TEK || salt of every session in order."""
        digest = hashlib.sha256()
        for cs in self:
            digest.update(bytes([cs.cs_id]) + cs.tek + cs.salt)
        text = digest.hexdigest()[:16]
        return "-".join(text[i : i + 4] for i in range(0, 16, 4))

    def close(self) -> None:
        """Ends the association: overwrites its keys. Reading one afterwards is a LocalError.

        Its engine forgets the CSB, too, unless an update has led to another association: then only
        the keys of this one go. Later messages of a CSB that has ended are refused (12)."""
        for cs in self:
            for key in cs.keys:
                key.tek.wipe()
                key.salt.wipe()
        self.keys = ()
        self._closed = True
        # what is called holds the CSB, and with it the keys as they were sent
        on_close, self._on_close = self._on_close, None
        if on_close:
            on_close()

    @property
    def closed(self) -> bool:
        return self._closed

    def __repr__(self) -> str:
        state = "closed" if self._closed else self.fingerprint()
        return f"<SecurityAssociation {self.mode} CSB {self.csb_id:08x} {len(self)} CS {state}>"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The state of a CSB. `rand` is that of the initial exchange and serves for its whole life;
    `stamp` the timestamp of the last exchange; `held`: what a mode keeps for updates besides."""

    csb_id: int
    rand: bytes
    prf: int
    stamp: Timestamp
    id_i: Id | None = None
    id_r: Id | None = None
    map_type: int = MapType.SRTP_ID
    cs: tuple[SrtpId | GenericId, ...] = ()
    empty_cs: int = 0
    policies: dict[int, Policy] = field(default_factory=dict)
    keys: tuple[KeyData, ...] = field(default=(), repr=False)
    extensions: tuple[Extension, ...] = ()
    authenticated: bool = True
    updates: int = 0
    compat_rtsps: bool = False
    held: object = field(default=None, repr=False)

    def updated(
        self,
        header: Header,
        stamp: Timestamp,
        sps: list[Sp],
        keys: tuple[KeyData, ...],
        extensions: tuple[Extension, ...] = (),
    ) -> Bundle:
        """The bundle after a message with these contents, initial or update (RFC 3830 4.5).

        What the message leaves out stays: keys, policies, sessions, and an SSRC that the
        responder has filled in. Refused 9, 10 or 12 for what cannot be."""
        numbers = [sp.policy for sp in sps]
        if len(set(numbers)) != len(numbers):
            raise Refused("two policies with the same number", 10)
        if header.map_type == MapType.EMPTY and sps:
            raise Refused("an Empty map allows no policy payload (RFC 4563 section 5)", 12)
        policies = dict(self.policies)
        policies.update({sp.policy: read_policy(sp, self.compat_rtsps) for sp in sps})
        cs = self._sessions(header)
        for entry in cs:
            for number in [entry.policy] if isinstance(entry, SrtpId) else entry.policies:
                if number not in policies:
                    raise Refused(f"there is no policy {number}", 10)
        keeps_map = self.cs and not header.n_cs
        return replace(
            self,
            stamp=stamp,
            map_type=self.map_type if keeps_map else header.map_type,
            cs=cs,
            empty_cs=header.empty_cs or self.empty_cs,
            policies=policies,
            keys=keys or self.keys,
            extensions=tuple(extensions),
        )

    def _sessions(self, header: Header) -> tuple[SrtpId | GenericId, ...]:
        if not header.cs:
            return self.cs
        if len({cs_id for cs_id, _ in numbered(header.cs)}) != len(header.cs):
            raise Refused("two crypto sessions with the same CS ID", 12)
        known = dict(numbered(self.cs))
        out = []
        for cs_id, entry in numbered(header.cs):
            before = known.get(cs_id)
            if isinstance(entry, SrtpId) and not entry.ssrc and isinstance(before, SrtpId):
                entry = replace(entry, ssrc=before.ssrc)
            if isinstance(entry, GenericId) and entry.prot == 0:
                entry.srtp  # noqa: B018  (a bad length of session data shows here)
            out.append(entry)
        return tuple(out)

    def derive(self) -> tuple[CryptoSession, ...]:
        """All crypto sessions with their keys (4.1.3). Refused 12 when keys do not fit them."""
        if self.empty_cs and not self.cs:
            entries = [(i, 0, 0, SrtpPolicy()) for i in range(1, self.empty_cs + 1)]
        else:
            entries = [self._entry(cs_id, entry) for cs_id, entry in numbered(self.cs)]
        if entries and not self.keys:
            raise Refused("crypto sessions without any key", 12)
        ssrcs = [ssrc for _, ssrc, _, _ in entries if ssrc]
        if len(set(ssrcs)) < len(ssrcs) and any(key.kind in TEKS for key in self.keys):
            raise Refused("one TEK for two streams with the same SSRC", 12)  # a two-time pad
        return tuple(
            CryptoSession(cs_id, ssrc, roc, policy, self._keys(cs_id, policy))
            for cs_id, ssrc, roc, policy in entries
        )

    def _entry(self, cs_id: int, entry: SrtpId | GenericId) -> tuple[int, int, int, Policy]:
        if isinstance(entry, SrtpId):
            return cs_id, entry.ssrc, entry.roc, self.policies[entry.policy]
        policy = self.policies[entry.policies[0]] if entry.policies else SrtpPolicy()
        ssrc, roc, _ = (entry.srtp if entry.prot == 0 else None) or (0, 0, 0)
        return cs_id, ssrc, roc, policy

    def _keys(self, cs_id: int, policy: Policy) -> tuple[SessionKey, ...]:
        tesla = isinstance(policy, TeslaPolicy)
        tek_length = 16 if tesla else policy.key_length
        salt_length = 14 if tesla else policy.salt_length
        return tuple(self._key(key, cs_id, tek_length, salt_length) for key in self.keys)

    def _key(self, key: KeyData, cs_id: int, tek_length: int, salt_length: int) -> SessionKey:
        def from_key(constant: int, length: int) -> bytes:
            return derive(self.prf, key.key, constant, cs_id, self.csb_id, self.rand, length)

        tek, salt = key.key, key.salt
        if key.kind not in TEKS:
            tek = from_key(TEK, tek_length)
        elif self.compat_rtsps and salt is None and len(tek) == tek_length + salt_length:
            tek, salt = tek[:tek_length], tek[tek_length:]
        if salt is None:
            salt = from_key(SALT, salt_length)
        if len(tek) != tek_length or len(salt) != salt_length:
            raise Refused(
                f"TEK and salt of {len(tek)} and {len(salt)} octets, "
                f"the policy needs {tek_length} and {salt_length}",
                12,
            )
        session_key = SessionKey(Secret(tek), Secret(salt), key.validity)
        if session_key.interval:
            first, last = session_key.interval
            if len(key.validity.start) != 6 or len(key.validity.end) != 6 or first > last:
                raise Refused("an SRTP key interval is two rising indices of 6 octets", 12)
        return session_key

    def missing_ssrcs(self) -> list[int]:
        """CS IDs of SRTP-ID entries whose SSRC the responder has to choose."""
        return [i for i, e in numbered(self.cs) if isinstance(e, SrtpId) and not e.ssrc]

    def fill(self, ssrcs: dict[int, int]) -> Bundle:
        """The bundle with SSRCs by CS ID filled in."""
        filled = (replace(e, ssrc=ssrcs[i]) if i in ssrcs else e for i, e in numbered(self.cs))
        return replace(self, cs=tuple(filled))


def numbered(cs: tuple[SrtpId | GenericId, ...]) -> list[tuple[int, SrtpId | GenericId]]:
    """Map entries with their CS IDs: the i-th SRTP-ID entry, from 1, is CS i (6.1.1)."""
    return [(e.cs_id if isinstance(e, GenericId) else i, e) for i, e in enumerate(cs, 1)]


def check_keys(keys: tuple[KeyData, ...], extensions: tuple[Extension, ...], safe: bool) -> None:
    """Refused for key types that no crypto session can use, and for extensions that must be
    integrity protected (RFC 4442 section 5, RFC 5410 section 5) in a message that is not `safe`."""
    for key in keys:
        if key.kind not in (
            KeyType.TGK, KeyType.TGK_SALT, KeyType.TEK, KeyType.TEK_SALT, KeyType.GTGK,
            KeyType.GTGK_SALT,
        ):  # fmt: skip
            raise Refused(f"key data type {key.kind} is not for crypto sessions", 12)
        if not key.key:
            raise Refused("an empty key", 12)
    if not safe and any(e.kind in (Ext.TESLA_I_KEY, Ext.OMA_BCAST) for e in extensions):
        raise Refused("TESLA and OMA BCAST extensions need a MAC", 3)
