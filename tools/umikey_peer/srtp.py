"""Handing keys to libsrtp, and opening packets with them (RFC 3711). Needs pylibsrtp."""

from __future__ import annotations

from .errors import LocalError
from .policy import AES_CM, AES_GCM, HMAC_SHA1
from .sa import CryptoSession, SecurityAssociation, SessionKey

RTP_HEADER = 12  # octets; the SSRC is the last four of them


def is_srtp(octets: bytes) -> bool:
    """Whether this is RTP or SRTP and not MIKEY: RTP version 2 in the top bits, where a MIKEY
    message has its version 1 (RFC 3550 5.1, RFC 3830 6.1)."""
    return len(octets) > RTP_HEADER and octets[0] >> 6 == 2


def ssrc_of(packet: bytes) -> int:
    """The SSRC of an RTP packet, 32 bits."""
    return int.from_bytes(packet[8:12], "big")


def _library():
    try:
        import pylibsrtp
    except ImportError:
        raise LocalError("SRTP needs pylibsrtp: pip install 'umikey[test]'") from None
    return pylibsrtp


def export(cs: CryptoSession, key: SessionKey | None = None, outbound: bool = False):
    """A `pylibsrtp.Policy` for a crypto session and one of its keys, the current by default.

    LocalError if libsrtp cannot do what the policy says, or pylibsrtp is not there."""
    lib = _library()
    key = key or cs.keys[0]
    policy = cs.policy
    profiles = {
        (AES_CM, 16, HMAC_SHA1, 10): lib.Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
        (AES_CM, 16, HMAC_SHA1, 4): lib.Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
        (AES_GCM, 16, 0, 0): lib.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
        (AES_GCM, 32, 0, 0): lib.Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
    }
    wanted = tuple(
        getattr(policy, name, None)
        for name in ("cipher", "key_length", "srtp_auth", "srtp_tag_length")
    )
    if wanted not in profiles or policy.kdr:
        raise LocalError(f"libsrtp's Python binding has no profile for {policy}")
    any_ssrc = lib.Policy.SSRC_ANY_OUTBOUND if outbound else lib.Policy.SSRC_ANY_INBOUND
    kind = lib.Policy.SSRC_SPECIFIC if cs.ssrc else any_ssrc
    return lib.Policy(
        key=bytes(key.tek) + bytes(key.salt),
        ssrc_type=kind,
        ssrc_value=cs.ssrc,
        srtp_profile=profiles[wanted],
    )


class Opener:
    """Unprotects packets of all associations added to it; newer associations come first."""

    LIMIT = 256  # associations remembered

    def __init__(self) -> None:
        self._entries: list[tuple[SecurityAssociation, CryptoSession, SessionKey]] = []
        self._sessions: dict[int, object] = {}  # id(session key) -> pylibsrtp.Session

    def add(self, sa: SecurityAssociation) -> None:
        """Makes the keys of an association available."""
        new = [(sa, cs, key) for cs in sa for key in cs.keys]
        self._entries = (new + self._entries)[: self.LIMIT]
        kept = {id(key) for _, _, key in self._entries}
        self._sessions = {k: v for k, v in self._sessions.items() if k in kept}

    def open(self, packet: bytes) -> tuple[SecurityAssociation, bytes]:
        """The association that opens a packet, and the RTP packet in clear.

        LocalError if none does. An MKI between payload and tag is tried with and without, since
        pylibsrtp does not know it and SRTP does not mark its presence."""
        lib = _library()
        ssrc = ssrc_of(packet)
        found = [e for e in self._entries if e[1].ssrc == ssrc]
        found = found or [e for e in self._entries if e[1].ssrc == 0]
        if not found:
            raise LocalError(f"no crypto session has SSRC {ssrc:08x}")
        for sa, cs, key in found:
            if sa.closed:
                continue
            session = self._sessions.get(id(key))
            if session is None:
                session = self._sessions[id(key)] = lib.Session(policy=export(cs, key))
            for candidate in self._shapes(packet, cs, key):
                try:
                    return sa, session.unprotect(candidate)
                except lib.Error:
                    continue
        raise LocalError("the packet does not authenticate under any key for its SSRC")

    @staticmethod
    def _shapes(packet: bytes, cs: CryptoSession, key: SessionKey) -> list[bytes]:
        shapes = [packet]
        if key.mki:
            # GCM has its tag inside the ciphertext, so the MKI ends the packet (RFC 7714 8)
            tag = 0 if cs.policy.cipher == AES_GCM else cs.policy.srtp_tag_length
            end = len(packet) - tag
            if packet[end - len(key.mki) : end] == key.mki:
                shapes.insert(0, packet[: end - len(key.mki)] + packet[end:])
        return shapes
