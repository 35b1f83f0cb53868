"""What the board agreed on protects packets that libsrtp opens (RFC 3711), in both roles."""

import craft
import pylibsrtp
import pytest
from craft import ID_I, ID_R, NOW, PSK, SP, TGK, TS, I
from driver import Refused, key_word, open_agent

SSRC = 0x11111111
PACKET = bytes.fromhex("806000010000000011111111")
PAYLOAD = b"sixteen octets, and a few more"
SHORT = SP.replace(b"\x0b\1\x0a", b"\x0b\1\4")  # a tag of 32 bits, RFC 3711 5.2


def receiver(cs, profile: str) -> pylibsrtp.Session:
    policy = pylibsrtp.Policy(
        key=cs.tek + cs.salt,
        ssrc_type=pylibsrtp.Policy.SSRC_SPECIFIC,
        ssrc_value=cs.ssrc,
        srtp_profile=getattr(pylibsrtp.Policy, profile),
    )
    return pylibsrtp.Session(policy)


@pytest.mark.only("cpython", "unix", "qemu-m3")
@pytest.mark.parametrize(
    ("params", "profile", "mki"),
    [
        (SP, "SRTP_PROFILE_AES128_CM_SHA1_80", b""),
        (SHORT, "SRTP_PROFILE_AES128_CM_SHA1_32", b""),
        (SP, "SRTP_PROFILE_AES128_CM_SHA1_80", b"\0\0\0\x2a"),
    ],
    ids=["80", "32", "mki"],
)
def test_libsrtp_opens_it(target, params, profile, mki):
    validity = (1, bytes([len(mki)]) + mki) if mki else (0, b"")
    message = I(sps=((params, 0, 0),), keys=craft.key_data(TGK, 0, b"", *validity)).encode()
    session, agent = open_agent(target)
    with session:
        agent.call("responder", psk=PSK, idr=ID_R, now=NOW)
        heard = agent.hear(message)
        assert heard.what == "ok"
        agent.call("initiator", psk=PSK, csb=craft.CSB, rand=craft.RAND, idi=ID_I, idr=ID_R,
                   cs=f"{SSRC:08x}/0/{params.hex()}",
                   keys=key_word(0, TGK, b"", 1 if mki else 0, mki))  # fmt: skip
        assert agent.call("start", ts=TS) == message.hex()
        assert agent.call("feed", m=heard.answer) == "True"
        for who in ("me", "srv"):
            cs = agent.keys(who).sessions[0]
            sealed = bytes.fromhex(agent.call("protect", who=who, packet=PACKET + PAYLOAD))
            assert PAYLOAD not in sealed
            tag = 4 if params is SHORT else 10
            assert len(sealed) == len(PACKET + PAYLOAD) + len(mki) + tag
            if mki:  # pylibsrtp knows no MKI: it stands before the tag (RFC 3711 3.1)
                assert sealed[-14:-10] == mki
                sealed = sealed[:-14] + sealed[-10:]
            assert receiver(cs, profile).unprotect(sealed) == PACKET + PAYLOAD
            with pytest.raises(pylibsrtp.Error):
                receiver(cs, profile).unprotect(sealed[:-1] + bytes([sealed[-1] ^ 1]))
            with pytest.raises(Refused, match="not an RTP packet"):
                agent.call("protect", who=who, packet=b"\0" * 20)
