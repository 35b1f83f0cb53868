"""A packet that the board protected opens at the peer, with the peer's own keys and libsrtp.

The board and the peer share nothing but the MIKEY messages between them.
"""

import pytest
from craft import ID_I, ID_R, NOW, PSK
from driver import key_word
from umikey_peer import Id, Initiator, Psk, ReplayGuard, Responder, SrtpPolicy, Stream
from umikey_peer.errors import LocalError
from umikey_peer.srtp import Opener

PAYLOAD = b"what the camera sees"
ONE, TWO = 0x11111111, 0x22222222
POLICIES = {
    "tag of 80 bits": SrtpPolicy.aes_cm(),
    "tag of 32 bits": SrtpPolicy.aes_cm(tag_length=4),
}
cases = pytest.mark.parametrize("mki", (b"", b"\0\0\0\x2a"), ids=("no MKI", "MKI"))
policies = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
boards = pytest.mark.only("cpython", "unix", "qemu-m3")


def packet(ssrc, seq=5):
    return b"\x80\x60" + seq.to_bytes(2, "big") + bytes(4) + ssrc.to_bytes(4, "big") + PAYLOAD


def opens(agent, who, sa):
    """Every stream's packets, the second one shorter than the first, and no spoilt one."""
    opener = Opener()
    opener.add(sa)
    for i, cs in enumerate(sa):
        plain = packet(cs.ssrc)
        sealed = bytes.fromhex(agent.call("protect", who=who, i=i, packet=plain))
        assert PAYLOAD not in sealed
        with pytest.raises(LocalError):
            opener.open(sealed[:-1] + bytes([sealed[-1] ^ 1]))
        assert opener.open(sealed) == (sa, plain)


@boards
@cases
@policies
def test_board_begins(agent, policy, mki):
    srv = Responder(
        [Psk(PSK, Id.of(ID_I.decode()))], id_r=ID_R.decode(), now=lambda: NOW,
        replay=ReplayGuard(300, startup="off", now=lambda: NOW), choose_ssrc=lambda cs_id: TWO,
    )  # fmt: skip
    params = policy.to_sp().body()[4:].hex()
    keys = key_word(0, bytes(range(16)), b"", 1 if mki else 0, mki)
    agent.call("initiator", psk=PSK, idi=ID_I, idr=ID_R, now=NOW, keys=keys,
               cs=f"{ONE:x}/0/{params},0/0/{params}")  # fmt: skip
    outcome = srv.handle(bytes.fromhex(agent.call("start")))
    assert outcome.ok, outcome.reason
    assert agent.call("feed", m=outcome.answer) == "True"
    assert agent.keys("me").fingerprint == outcome.sa.fingerprint()
    assert [cs.ssrc for cs in outcome.sa] == [ONE, TWO]
    opens(agent, "me", outcome.sa)


@boards
@cases
@policies
def test_peer_begins(agent, policy, mki):
    streams = (Stream(ONE, policy=policy), Stream(TWO, policy=policy))
    me = Initiator(
        Psk(PSK), id_i=ID_I.decode(), id_r=ID_R.decode(), streams=streams, mki=mki,
        now=lambda: NOW, taken={},
    )  # fmt: skip
    agent.call("responder", psk=PSK, idr=ID_R, now=NOW)
    heard = agent.hear(me.start())
    assert heard.what == "ok" and me.feed(heard.answer).ok
    assert agent.keys("srv").fingerprint == me.sa.fingerprint()
    opens(agent, "srv", me.sa)
