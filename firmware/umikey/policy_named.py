"""SRTP policy parameters by name, for `policy.SRTP(tag_len=4)`; loaded when names are used."""

from umikey.errors import LocalError
from umikey.policy import DEFAULT, find

_GCM = const(6)

# Names for SRTP(...)'s keywords, by parameter type
_NAMES = (
    "encr",
    "key_len",
    "auth",
    "auth_key_len",
    "salt_len",
    "prf",
    "kdr",
    "srtp_encr",
    "srtcp_encr",
    "fec_order",
    "srtp_auth",
    "tag_len",
    "prefix_len",
    "rcc_rate",
    "srtp_auth_alg",
    "srtcp_auth_alg",
    "srtp_auth_key_len",
    "srtcp_auth_key_len",
    "srtp_tag_len",
    "srtcp_tag_len",
    "aead_tag_len",
)
_GCM_PARAMS = b"\0\1\6\1\1\x10\4\1\x0c\5\1\0\x14\1\x10"  # RFC 7714 14.3


def encode(named):
    """A parameter list from `named` (see _NAMES), over DEFAULT or, with encr=6, AES-GCM's set."""
    base = _GCM_PARAMS if named.get("encr") == _GCM else DEFAULT
    out = b""
    for what in range(len(_NAMES)):
        v = named.pop(_NAMES[what], None)
        i, n = find(base, what)
        if v is None and n:
            out += base[i - 2 : i + n]
        elif v is not None:
            if not 0 <= v < 1 << 30:
                raise LocalError(_NAMES[what] + " out of range")
            n = 2 if what == 13 else 1  # RCC's rate is a 16-bit field (RFC 4771 4)
            while v >> (8 * n):
                n += 1
            out += bytes((what, n)) + v.to_bytes(n, "big")
    if named:
        raise LocalError("no such SRTP parameter: " + ", ".join(named))
    return out
