"""What the bench needs for the modes with certificates: credentials, messages, smallest programs.

The other end's message is made by the firmware under CPython, told its secrets by `agent`.
"""

from functools import cache

from umikey_dev import runners

# mode as it is named in build/bench.json: its module
MODES = {
    "dhsign-ec": "dhsign",
    "dhsign-chain": "dhsign",
    "ecies": "ecies",
    "ecmqv": "ecmqv",
    "ecmqv-onepass": "ecmqv",
}
CHAIN = 1500  # octets of the responder's two certificates in "dhsign-chain"

TGK = bytes(range(33, 49))

_START = """
from umikey import Credentials, SRTP, {MODULE}

me = {MODULE}.Initiator(
    Credentials({CRED}), {ID_R}, (SRTP(0x11223344),), csb_id={CSB}, rand={RAND},
    now=lambda: {NOW}, random=lambda n: {X}[:n], hedged=False, {MORE}
)
me.start(bytearray({SIZE}))
answer = {MESSAGE}
for at in range(0, len(answer), {CHUNK}):
    done = me.feed(answer, at, min(at + {CHUNK}, len(answer)))
print("heap ok", done, me.sa[0].tek[0])
"""
_ANSWER = """
from umikey import Credentials, Responder, {MODULE}
from umikey.replay import Replay

me = Responder(
    ({MODULE}.Policy(Credentials({CRED}), hedged=False, {MORE}),), {ID_R}, now=lambda: {NOW},
    limit=480, random=lambda n: {X}[:n], replay=Replay(lambda: {NOW}, size=4, quarantine=0),
)
out = bytearray({SIZE})
offer = {MESSAGE}
for at in range(0, len(offer), {CHUNK}):
    done = me.feed(offer, at, min(at + {CHUNK}, len(offer)))
me.answer(out)
print("heap ok", done, me.sa[0].tek[0])
"""
SCRIPT = {"initiator": _START, "responder": _ANSWER}


@cache
def credentials(mode: str, ids: tuple[str, str]) -> dict[str, bytes]:
    """Credential files of both ends, on P-256: one certificate each, by one authority.

    In "dhsign-chain" the responder has two, its own and that of the authority between.
    """
    runners()
    import pki

    ca = pki.Ca()
    keys = [pki.private(name) for name in ids]
    certs = [[ca.issue(name, key.public_key())] for name, key in zip(ids, keys, strict=True)]
    if mode == "dhsign-chain":
        between = pki.Ca("Plant CA, line 2", above=ca)
        certs[1] = [between.issue(ids[1], keys[1].public_key()), between.cert]
        pad = CHAIN - sum(map(len, certs[1])) - pki.PADDING
        certs[1][0] = between.issue(ids[1], keys[1].public_key(), more=(pki.padding(pad),))
        assert abs(sum(map(len, certs[1])) - CHAIN) < 8, list(map(len, certs[1]))
    out = {}
    for i, role in enumerate(("initiator", "responder")):
        out[role] = pki.credentials(
            ids[i], ((keys[i], 8, [(0, cert) for cert in certs[i]]),), (ca.anchor,),
            others=((ids[1 - i], 0, certs[1 - i][0]),),
        )  # fmt: skip
    return out


@cache
def messages(mode: str, ids: tuple[str, str], csb: bytes, rand: bytes, now: int, xi, xr, env):
    """-> I_MESSAGE, R_MESSAGE"""
    targets = runners()
    from driver import key_word, open_agent

    cred = credentials(mode, ids)
    module = MODES[mode]
    words = {"cs": "11223344/0/", "csb": csb, "rand": rand, "now": now, "hedged": 0}
    if module == "ecies":
        words |= {"env": env, "draw": xi, "keys": key_word(0, TGK)}
    else:
        words["x"] = xi
    if mode == "ecmqv-onepass":
        words["one_pass"] = 1
    session, agent = open_agent(targets.get("cpython"), "source")
    with session:
        agent.call("certified", mode=module, cred=cred["initiator"], idr=ids[1].encode(), **words)
        ts = (now + 2208988800).to_bytes(4, "big") + bytes(4)
        i_message = bytes.fromhex(agent.call("start", ts=ts))
        agent.call("responder", cred=cred["responder"], modes=module, idr=ids[1].encode(), now=now,
                   limit=2048, hedged=0, x=xr)  # fmt: skip
        heard = agent.hear(i_message)
    if heard.what != "ok":
        raise AssertionError(f"{mode}: {heard.what}")
    return i_message, heard.answer


def more(mode: str, role: str, x: bytes, env: bytes) -> dict:
    """Further options of the initiator or the policy."""
    if MODES[mode] == "ecies":
        return (
            {"env_key": env, "keys": ((0, TGK, b"", 0, b"", b""),)} if role == "initiator" else {}
        )
    out = {"exponent": x}
    if mode == "ecmqv-onepass" and role == "initiator":
        out["one_pass"] = True
    if mode == "ecmqv" and role == "initiator":
        out["room"] = 352
    return out
