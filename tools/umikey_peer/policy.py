"""What the parameters of an SP payload mean: SRTP (RFC 3830 6.10.1, 4771, 7714) and TESLA (4442).

Values are big-endian unsigned integers of 1 to 8 octets, whatever their length. Absent ones have
SRTP's defaults (RFC 3711 section 8.2).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from .errors import Refused
from .payloads import Sp
from .registry import Prot

# SRTP parameter types; 2, 3, 11 are general, 14 to 19 say the same for SRTP or SRTCP alone.
ENCR, KEY_LEN, AUTH, AUTH_KEY_LEN, SALT_LEN, PRF, KDR = range(7)
SRTP_ENCR, SRTCP_ENCR, FEC, SRTP_AUTH, TAG_LEN, PREFIX = range(7, 13)
RCC_RATE = 13
AEAD_TAG_LEN = 20

NULL, AES_CM, AES_F8, AES_GCM = 0, 1, 2, 6  # SRTP encryption algorithms
HMAC_SHA1, RCCM1, RCCM2, RCCM3 = 1, 2, 3, 4  # SRTP authentication algorithms
RCC = (RCCM1, RCCM2, RCCM3)

CIPHER_NAMES = {
    0: "NULL", 1: "AES-CM", 2: "AES-F8", 3: "SEED-CTR", 4: "SEED-CCM", 5: "SEED-GCM",
    6: "AES-GCM", 7: "ARIA-CTR", 8: "ARIA-GCM",
}  # fmt: skip
AUTH_NAMES = {0: "NULL", 1: "HMAC-SHA-1", 2: "RCCm1", 3: "RCCm2", 4: "RCCm3"}
KEY_LENGTHS = {NULL: (16, 24, 32), AES_CM: (16, 24, 32), AES_F8: (16,), AES_GCM: (16, 32)}

# In the order of the wire; what a policy sends always, in the order of the types.
_TYPES = {
    ENCR: "cipher", KEY_LEN: "key_length", AUTH: "auth", AUTH_KEY_LEN: "auth_key_length",
    SALT_LEN: "salt_length", PRF: "prf", KDR: "kdr", SRTP_ENCR: "srtp_encryption",
    SRTCP_ENCR: "srtcp_encryption", FEC: "fec_order", SRTP_AUTH: "srtp_authentication",
    TAG_LEN: "tag_length", PREFIX: "prefix_length", RCC_RATE: "rcc_rate", 14: "srtp_auth",
    15: "srtcp_auth", 16: "srtp_auth_key_length", 17: "srtcp_auth_key_length",
    18: "srtp_tag_length", 19: "srtcp_tag_length", AEAD_TAG_LEN: "aead_tag_length",
}  # fmt: skip
PARAM_NAMES = {kind: name.replace("_", " ") for kind, name in _TYPES.items()}
_ALWAYS = (
    ENCR, KEY_LEN, AUTH, AUTH_KEY_LEN, SALT_LEN, PRF, SRTP_ENCR, SRTCP_ENCR, SRTP_AUTH, TAG_LEN
)  # fmt: skip
_ALWAYS_GCM = (ENCR, KEY_LEN, SALT_LEN, PRF, KDR, AEAD_TAG_LEN)


@dataclass(frozen=True, slots=True)
class SrtpPolicy:
    """An SRTP policy with all defaults filled in. Lengths in octets.

    `cipher`, `auth`, `prf`: registry values; `key_length` is also that of the master key (TEK);
    `kdr` packets, 0 or a power of two up to 2^24; `rcc_rate` 1..65535 packets; `srtp_*` and
    `srtcp_*` are what holds after the precedence rule of RFC 4771 section 4.
    """

    cipher: int = AES_CM
    key_length: int = 16
    auth: int = HMAC_SHA1
    auth_key_length: int = 20
    salt_length: int = 14
    prf: int = 0
    kdr: int = 0
    srtp_encryption: int = 1
    srtcp_encryption: int = 1
    fec_order: int = 0
    srtp_authentication: int = 1
    tag_length: int = 10
    prefix_length: int = 0
    rcc_rate: int = 1
    srtp_auth: int = HMAC_SHA1
    srtcp_auth: int = HMAC_SHA1
    srtp_auth_key_length: int = 20
    srtcp_auth_key_length: int = 20
    srtp_tag_length: int = 10
    srtcp_tag_length: int = 10
    aead_tag_length: int = 0

    @classmethod
    def aes_cm(cls, key_length: int = 16, tag_length: int = 10) -> SrtpPolicy:
        """AES-CM with HMAC-SHA-1: `key_length` 16, 24 or 32, `tag_length` 10 or 4 octets."""
        return cls.of({KEY_LEN: key_length, TAG_LEN: tag_length})

    @classmethod
    def aes_gcm(cls, key_length: int = 16) -> SrtpPolicy:
        """AEAD_AES_128_GCM or _256_GCM (RFC 7714 section 15): `key_length` 16 or 32 octets."""
        return cls.of({ENCR: AES_GCM, KEY_LEN: key_length, SALT_LEN: 12, AEAD_TAG_LEN: 16})

    @classmethod
    def of(cls, values: dict[int, int]) -> SrtpPolicy:
        """From parameter types and values. Refused 10 for what cannot be done."""
        cipher = values.get(ENCR, AES_CM)
        if cipher == AES_GCM:
            defaults = cls(
                cipher, auth=0, auth_key_length=0, salt_length=12, tag_length=0, aead_tag_length=16
            )
        else:
            defaults = cls(cipher)
        policy = replace(defaults, **{_TYPES[kind]: value for kind, value in values.items()})
        specific = {}
        for general, kinds in ((AUTH, (14, 15)), (AUTH_KEY_LEN, (16, 17)), (TAG_LEN, (18, 19))):
            for kind in kinds:
                specific[_TYPES[kind]] = values.get(kind, getattr(policy, _TYPES[general]))
        if cipher != AES_GCM and policy.auth != HMAC_SHA1:
            # RCC is for SRTP alone, and SRTCP is always authenticated (RFC 4771 3, RFC 3711 3.4):
            # what the general parameters say then does not reach SRTCP.
            for kind, default in ((15, HMAC_SHA1), (17, 20), (19, 10)):
                specific[_TYPES[kind]] = values.get(kind, default)
        policy = replace(policy, **specific)
        policy.check(values)
        return policy

    @classmethod
    def from_sp(cls, sp: Sp, compat_rtsps: bool = False) -> SrtpPolicy:
        """Reads an SP payload. Refused 9 for another protocol, 10 for doubled, unknown or
        impossible parameters. `compat_rtsps`: an authentication key length of 10 or 4 without a
        tag length means that tag length, as RTSPS cameras write it."""
        if sp.prot != Prot.SRTP:
            raise Refused(f"security protocol {sp.prot} is not SRTP", 9)
        values = integers(sp, _TYPES)
        if compat_rtsps and values.get(AUTH_KEY_LEN) in (4, 10) and TAG_LEN not in values:
            values[TAG_LEN] = values.pop(AUTH_KEY_LEN)
        return cls.of(values)

    def check(self, sent: dict[int, int] | None = None) -> None:
        """Refused 10 unless every value is one that we support. `sent`: the parameters that
        were there, for rules about what must be absent."""
        sent = sent or {}
        gcm = self.cipher == AES_GCM
        auths = (self.auth, self.srtp_auth, self.srtcp_auth)
        rules = (
            (self.cipher in KEY_LENGTHS, f"SRTP encryption algorithm {self.cipher}"),
            (self.key_length in KEY_LENGTHS.get(self.cipher, ()), f"key of {self.key_length}"),
            (self.salt_length == (12 if gcm else 14), f"salt of {self.salt_length} octets"),
            (self.prf == 0, f"SRTP PRF {self.prf}"),
            (self.kdr == 0 or self.kdr.bit_count() == 1 and self.kdr <= 1 << 24, "KDR"),
            (max(self.srtp_encryption, self.srtcp_encryption) <= 1, "encryption off/on"),
            (self.srtp_authentication <= 1, "authentication off/on"),
            (self.fec_order == 0, f"FEC order {self.fec_order}"),
            (self.prefix_length == 0, f"SRTP prefix of {self.prefix_length} octets"),
            (1 <= self.rcc_rate <= 0xFFFF, f"ROC transmission rate {self.rcc_rate}"),
            (all(auth in AUTH_NAMES for auth in auths), f"SRTP authentication algorithm {auths}"),
            (gcm or self.srtcp_auth == HMAC_SHA1, "SRTCP without HMAC-SHA-1"),
            (not gcm or not any(sent.get(k) for k in (AUTH, AUTH_KEY_LEN, TAG_LEN)), "GCM + MAC"),
            (self.aead_tag_length == (16 if gcm else 0), f"AEAD tag of {self.aead_tag_length}"),
        )
        for good, what in rules:
            if not good:
                raise Refused(f"SRTP policy not supported: {what}", 10)
        if not gcm:
            self._check_mac()

    def _check_mac(self) -> None:
        for auth, key_length, tag_length in (
            (self.srtp_auth, self.srtp_auth_key_length, self.srtp_tag_length),
            (self.srtcp_auth, self.srtcp_auth_key_length, self.srtcp_tag_length),
        ):
            if auth in (NULL, RCCM3):
                good = auth == NULL or tag_length == 4  # RCCm3's tag is the ROC (RFC 4771 5)
            else:
                least = 4 if auth in RCC else 1
                good = key_length == 20 and least <= tag_length <= 20 + 4 * (auth in RCC)
            if not good:
                raise Refused(
                    f"SRTP policy not supported: {AUTH_NAMES[auth]} with a key of {key_length} "
                    f"and a tag of {tag_length} octets",
                    10,
                )

    @property
    def protects_nothing(self) -> bool:
        """Neither encryption nor authentication of SRTP."""
        encrypted = self.cipher != NULL and self.srtp_encryption
        authentic = self.cipher == AES_GCM or self.srtp_auth != 0 and self.srtp_authentication
        return not encrypted and not authentic

    def params(self) -> tuple[tuple[int, bytes], ...]:
        """The parameters to send: the usual ones, and what differs from the defaults."""
        gcm = self.cipher == AES_GCM
        plain = SrtpPolicy.of({ENCR: self.cipher}) if gcm else SrtpPolicy()
        general = {14: AUTH, 15: AUTH, 16: AUTH_KEY_LEN, 17: AUTH_KEY_LEN, 18: 11, 19: 11}
        out = []
        for kind, name in sorted(_TYPES.items()):
            value = getattr(self, name)
            if kind in general:
                wanted = value != getattr(self, _TYPES[general[kind]])
            else:
                wanted = kind in (_ALWAYS_GCM if gcm else _ALWAYS) or value != getattr(plain, name)
            if wanted:
                size = 2 if kind == RCC_RATE else max(1, (value.bit_length() + 7) // 8)
                out.append((kind, value.to_bytes(size, "big")))
        return tuple(out)

    def to_sp(self, policy_no: int = 0) -> Sp:
        """As an SP payload."""
        return Sp(policy_no, Prot.SRTP, self.params())

    def __str__(self) -> str:
        if self.cipher == AES_GCM:
            return f"AES-{8 * self.key_length}-GCM"
        text = f"{CIPHER_NAMES[self.cipher]}-{8 * self.key_length}"
        return f"{text} {AUTH_NAMES[self.srtp_auth]}, tag {self.srtp_tag_length}"


@dataclass(frozen=True, slots=True)
class TeslaPolicy:
    """A TESLA policy (RFC 4442 section 4.2).

    prf, mac: 0 is HMAC-SHA-1; f_bits, mac_bits: bits; start: NTP-UTC ticks (8 octets); interval
    milliseconds; delay, chain_length intervals; local_time: NTP-UTC ticks, only for in-band sync.
    """

    prf: int = 0
    f_bits: int = 160
    mac: int = 0
    mac_bits: int = 80
    start: int = 0
    interval: int = 0
    delay: int = 0
    chain_length: int = 0
    local_time: int | None = None

    # RFC 4442 does not fix the other lengths; these are wide enough and what our vectors use.
    SIZES = (1, 2, 1, 2, 8, 4, 2, 4, 8)

    @classmethod
    def from_sp(cls, sp: Sp) -> TeslaPolicy:
        """Reads an SP payload; Refused 9 for another protocol, 10 for bad parameters."""
        if sp.prot != Prot.TESLA:
            raise Refused(f"security protocol {sp.prot} is not TESLA", 9)
        names = {i: f.name for i, f in enumerate(fields(cls), 1)}
        values = integers(sp, names)
        policy = cls(**{names[kind]: value for kind, value in values.items()})
        if policy.prf or policy.mac or policy.f_bits != 160 or not 1 <= policy.mac_bits <= 160:
            raise Refused("TESLA policy not supported", 10)
        return policy

    def to_sp(self, policy_no: int = 0) -> Sp:
        """As an SP payload with all parameters."""
        values = [getattr(self, f.name) for f in fields(self)]
        params = (
            (kind, value.to_bytes(size, "big"))
            for kind, (value, size) in enumerate(zip(values, self.SIZES, strict=True), 1)
            if value is not None
        )
        return Sp(policy_no, Prot.TESLA, tuple(params))

    def __str__(self) -> str:
        return f"TESLA, {self.chain_length} keys, {self.interval} ms each"


Policy = SrtpPolicy | TeslaPolicy


def integers(sp: Sp, known: dict) -> dict[int, int]:
    """Parameter types and values as integers; Refused 10 for what is doubled, unknown, empty or
    longer than 8 octets. An SP payload without any parameter means all defaults."""
    values = {}
    for kind, value in sp.params:
        if kind in values:
            raise Refused(f"policy {sp.policy} gives parameter {kind} twice", 10)
        if kind not in known:
            raise Refused(f"policy {sp.policy} has the unknown parameter {kind}", 10)
        if not 1 <= len(value) <= 8:
            raise Refused(f"policy {sp.policy} has parameter {kind} of {len(value)} octets", 10)
        values[kind] = int.from_bytes(value, "big")
    return values


def read_policy(sp: Sp, compat_rtsps: bool = False) -> Policy:
    """The policy in an SP payload, of either protocol; Refused 9 or 10."""
    if sp.prot == Prot.TESLA:
        return TeslaPolicy.from_sp(sp)
    return SrtpPolicy.from_sp(sp, compat_rtsps)
