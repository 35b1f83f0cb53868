"""The DH-HMAC part of the vector checks (RFC 4650): file 05, and minisip's exchanges."""

import hmac

from driver import Agent, octets

from .vectors_keys import check_cs
from .vectors_psk import Message, unix

U = bytes.fromhex
GROUPS = bytes((0, 1, 2))


def _args(e: dict, m: Message) -> dict:
    args = m.initiator_args()
    args |= {"mode": "dhhmac", "group": e["dh_group"], "psk": U(e["psk"]), "x": U(e["xi"])}
    args["idi"], args["idr"] = (i[4:] for i in m.parts["ID"])
    for name in ("encr", "v", "allow_null"):
        args.pop(name, None)
    return args


def check_exchanges(t, a: Agent, d: dict) -> None:
    for e in d["exchanges"]:
        if "I_MESSAGE" in e:
            _exchange(t, a, d, e)
        else:
            _leading_zero(t, a, d, e)


def _exchange(t, a: Agent, d: dict, e: dict) -> None:
    name = "05 " + e["name"]
    m = Message(t, name, e["I_MESSAGE"], e["I_layout"])
    r = Message(t, name + " R", e["R_MESSAGE"], e["R_layout"])
    auth = U(e["auth_key"])
    for what, x in (("I", m), ("R", r)):
        t.eq(
            f"{name} {what}_mac",
            hmac.new(auth, x.octets[:-20], "sha1").hexdigest(),
            e[f"{what}_mac"],
        )
        t.eq(f"{name} {what}_mac ends it", x.octets[-20:].hex(), e[f"{what}_mac"])
    n = len(e["g^xi"]) // 2
    t.eq(f"{name} DHi", m.one("DH")[2 : 2 + n].hex(), e["g^xi"])
    t.eq(f"{name} DHr", r.one("DH")[2 : 2 + n].hex(), e["g^xr"])
    t.eq(f"{name} T, RAND, CSB ID", (m.ts.hex(), m.one("RAND")[2:].hex(), m.octets[4:8].hex()),
         (d["TS"], d["RAND"], d["csb_id"]))  # fmt: skip
    got = a.call(
        "derive", csb=U(d["csb_id"]), rand=U(d["RAND"]), what=5, cs=255, key=U(e["psk"]), n=20
    )
    t.eq(f"{name} auth_key", got.split(" ")[1], e["auth_key"])
    args = _args(e, m)
    literal = m.one("KEMAC")[1] == 2  # RFC 4650's own numbers: taken, never sent (SPEC A11)
    args["mac"] = 1
    hdr = r.one("HDR")
    filled = "/".join(hdr[at + 1 : at + 5].hex() for at in range(10, len(hdr), 9))
    for chunk in (0, 7) if e["dh_group"] else (0, 1):
        a.call("initiator", **args)
        sent = a.call("start", ts=m.ts)
        t.eq(f"{name} I_MESSAGE", octets(sent)[: -25 if literal else None],
             m.octets[: -25 if literal else None])  # fmt: skip
        a.call("responder", psk=U(e["psk"]), now=m.now, idr=args["idr"], ssrc=filled, dh=GROUPS,
               x=U(e["xr"]), limit=1024)  # fmt: skip
        heard = a.hear(m.octets, chunk)
        t.eq(f"{name} R_MESSAGE", (heard.what, heard.answer), ("ok", r.octets))
        t.eq(f"{name} accepted", a.call("feed", m=r.octets, chunk=chunk), "True")
        for who in ("me", "srv"):
            for cs, k in zip(a.keys(who).sessions, e["derived"], strict=False):
                t.eq(f"{name} {who} CS {cs.cs_id}", (cs.tek, cs.salt), (U(k["TEK"]), U(k["salt"])))
    for k in e["derived"]:
        check_cs(t, a, name, 0, U(d["csb_id"]), U(d["RAND"]), U(e["TGK"]), k)
    got = a.call("power", group=e["dh_group"], y=U(e["g^xr"]), x=U(e["xi"]))
    t.eq(f"{name} TGK", got, e["TGK"])


def _leading_zero(t, a: Agent, d: dict, e: dict) -> None:
    name = "05 " + e["name"]
    public = octets(a.call("power", group=0, x=U(e["xr"])))
    t.eq(name, a.call("power", group=0, y=public, x=U(e["xi"])), e["TGK(192 octets)"])
    for field, key in (
        ("TEK_cs1", U(e["TGK(192 octets)"])),
        ("TEK_cs1_if_zeros_stripped(wrong)", U(e["TGK(192 octets)"]).lstrip(b"\0")),
    ):
        got = a.call("derive", csb=U(d["csb_id"]), rand=U(d["RAND"]), what=0, cs=1, key=key, n=16)
        t.eq(f"{name} {field}", got.split(" ")[1], e[field])


def check_minisip(t, a: Agent, v: dict) -> None:
    """One recorded exchange. minisip leaves out IDr and IDi, which RFC 4650 3 demands."""
    name = "minisip " + v["name"]
    m = U(v["initiator"]["i_message"])
    now = unix(m[10 + 9 * m[8] + 2 :][:8])
    ids = {"idr": b"sip:r@example.com", "idi": b"sip:i@example.com"}
    psk = U(v["responder"]["psk_or_envkey"])
    a.call("responder", psk=psk, now=now, dh=GROUPS, limit=1024, **ids)
    heard = a.hear(m)
    t.eq(f"{name} without IDr", heard.outcome in (7, 12), True)
    for side in (v["responder"], v["initiator_final"]):
        for k in side["cs"]:
            for what, field in ((0, "tek"), (3, "salt")):
                args = {"csb": side["csb_id"].to_bytes(4, "big"), "rand": U(side["rand"])}
                args |= {"cs": k["cs_id"], "key": U(side["tgk"]), "n": len(k[field]) // 2}
                got = a.call("derive", what=what, **args)
                t.eq(f"{name} {field}", got.split(" ")[1], k[field])
