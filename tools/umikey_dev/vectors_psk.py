"""The PSK part of the vector checks: exchanges, hostile messages, other projects' messages."""

import base64
import hashlib
import hmac

from driver import Agent, Heard, Refused, error_number, key_word

from .vectors_keys import check_cs

U = bytes.fromhex
NTP_1970 = 2208988800
CHUNKS = (0, 1, 7)  # whole, octet by octet, and across payload borders


def _b64(s: str) -> bytes:
    return base64.b64decode(s, validate=True)


class Message:
    """An I_MESSAGE by the layout that a vector gives with it."""

    def __init__(self, t, name: str, message: str, layout: list):
        self.octets = U(message)
        self.parts: dict[str, list[bytes]] = {}
        for p in layout:
            part = U(p["hex"])
            t.eq(f"{name} layout at {p['offset']}", self.octets[p["offset"] :][: len(part)], part)
            if p["payload"] == "HDR":
                t.eq(f"{name} header offset", p["offset"], 0)
            self.parts.setdefault(p["payload"], []).append(part)
        joined = sum(len(U(p["hex"])) for p in layout)
        t.eq(f"{name} layout is whole", joined, len(self.octets))
        kinds = [p.get("type") for p in layout[1:]]
        chain = [self.octets[2]] + [U(p["hex"])[0] for p in layout[1:]]
        if kinds[-1] == 4:  # SIGN has no next payload
            chain[-1] = 0
        t.eq(f"{name} payload chain", kinds + [0], chain)

    def one(self, kind: str) -> bytes:
        return self.parts[kind][0]

    def initiator_args(self) -> dict:
        """What the agent's `initiator` must be told so that it makes this message."""
        hdr, kemac = self.one("HDR"), self.one("KEMAC")
        params = {sp[1]: sp[5:] for sp in self.parts.get("SP", ())}
        streams = []
        for at in range(10, len(hdr), 9):
            no, ssrc, roc = hdr[at], hdr[at + 1 : at + 5], hdr[at + 5 : at + 9]
            streams.append(f"{ssrc.hex()}/{roc.hex()}/{params.get(no, b'').hex()}")
        args = {
            "csb": hdr[4:8],
            "v": hdr[3] >> 7,
            "prf": hdr[3] & 127,
            "cs": ",".join(streams) or "-",
            "ts_type": self.one("T")[1],
            "encr": kemac[1],
            "mac": kemac[4 + int.from_bytes(kemac[2:4], "big")],
        }
        if "RAND" in self.parts:
            args["rand"] = self.one("RAND")[2:]
        if "EXT" in self.parts:
            ext = self.one("EXT")
            args["ext"] = f"{ext[1]}/{ext[4:].hex()}"
        if not args["encr"] or not args["mac"]:
            args["allow_null"] = 1
        return args

    @property
    def ts(self) -> bytes:
        return self.one("T")[2:]

    @property
    def now(self) -> int | str:
        return unix(self.ts) if self.one("T")[1] != 2 else "-"


def unix(ts: bytes) -> int:
    return (int.from_bytes(ts[:4], "big") - NTP_1970) & 0xFFFFFFFF


def key_words(plain: bytes) -> str:
    """Key data sub-payloads (RFC 3830 6.13) as the agent's `keys=`."""
    words, at, more = [], 0, True
    while more and plain:
        more, kind, kv = plain[at] == 20, plain[at + 1] >> 4, plain[at + 1] & 15
        key, at = _lv(plain, at + 2, 2)
        salt, at = _lv(plain, at, 2) if kind & 1 else (b"", at)
        a, at = _lv(plain, at, 1) if kv else (b"", at)
        b, at = _lv(plain, at, 1) if kv == 2 else (b"", at)
        words.append(key_word(kind, key, salt, kv, a, b))
    return ",".join(words)


def _lv(b: bytes, at: int, width: int) -> tuple[bytes, int]:
    n = int.from_bytes(b[at : at + width], "big")
    return b[at + width :][:n], at + width + n


def _ids(e: dict) -> dict:
    return {"idi": e["IDi"].encode(), "idr": e["IDr"].encode()}


def _check_made(t, name: str, e: dict, m: Message) -> None:
    """The intermediate values of an I_MESSAGE, computed on the host."""
    h = "sha256" if m.initiator_args()["mac"] == 2 else "sha1"
    auth = U(e["auth_key"])
    covered = m.octets[: e["I_mac_input_len"]]
    t.eq(f"{name} I_mac", hmac.new(auth, covered, h).hexdigest(), e["I_mac"])
    t.eq(f"{name} I_mac ends the message", covered + U(e["I_mac"]), m.octets)
    t.eq(f"{name} I_base64", _b64(e["I_base64"]) if "I_base64" in e else m.octets, m.octets)
    t.eq(f"{name} IDs", [i[4:].decode() for i in m.parts.get("ID", ())] or [e["IDi"], e["IDr"]],
         [e["IDi"], e["IDr"]])  # fmt: skip
    t.eq(f"{name} TS", e["TS"], m.ts.hex())
    t.eq(f"{name} RAND", U(e["RAND"]), m.one("RAND")[2:])
    t.eq(f"{name} csb_id", U(e["csb_id"]), m.octets[4:8])
    t.eq(f"{name} encr_data", m.one("KEMAC")[4:][: len(e["encr_data"]) // 2], U(e["encr_data"]))
    t.eq(f"{name} IV", _iv(U(e["salt_key"]), m), U(e["IV"]))


def _iv(salt: bytes, m: Message) -> bytes:
    """The first counter block of the key data (RFC 3830 4.2.3)."""
    block = m.ts.rjust(8, b"\0") if m.one("T")[1] == 2 else m.ts.ljust(8, b"\0")
    mask = b"\0\0" + m.octets[4:8] + block
    return bytes(a ^ b for a, b in zip(salt, mask, strict=True)) + b"\0\0"


def _check_derived(t, a: Agent, name: str, e: dict, who: str) -> None:
    keys = a.keys(who)
    plain = U(e["key_data_plaintext"])
    kind, given = plain[1] >> 4, _lv(plain, 2, 2)
    salt = _lv(plain, given[1], 2)[0] if kind & 1 else None
    f = U(e["I_MESSAGE"])[3] & 127
    for i, d in enumerate(e.get("derived", ())):
        t.eq(f"{name} {who} TEK {i + 1}", keys.sessions[i].tek, U(d["TEK"]))
        t.eq(f"{name} {who} salt {i + 1}", keys.sessions[i].salt, salt or U(d["salt"]))
        if who == "srv":
            check_cs(t, a, name, f, U(e["csb_id"]), U(e["RAND"]), given[0], d)
    if "derived" not in e:
        t.eq(f"{name} {who} TEK", keys.sessions[0].tek, given[0])
        t.eq(f"{name} {who} salt", keys.sessions[0].salt, salt)


def _exchange(t, a: Agent, e: dict) -> None:
    name = "04 " + e["name"]
    m = Message(t, name, e["I_MESSAGE"], e["I_layout"])
    _check_made(t, name, e, m)
    args = m.initiator_args()
    f = args["prf"]
    for what, field in ((4, "encr_key"), (5, "auth_key"), (6, "salt_key")):
        got = a.call("derive", f=f, csb=U(e["csb_id"]), rand=U(e["RAND"]), what=what, cs=255,
                     key=U(e["psk"]), n=len(e[field]) // 2).split(" ")[1]  # fmt: skip
        t.eq(f"{name} {field}", got, e[field])
    t.eq(f"{name} encryption", a.call("cm", key=U(e["encr_key"]), iv=U(e["IV"]),
         data=U(e["key_data_plaintext"])), e["encr_data"])  # fmt: skip
    args |= _ids(e) | {"psk": U(e["psk"]), "keys": key_words(U(e["key_data_plaintext"]))}
    args["send_ids"] = "ID" in m.parts
    filled = "-"
    if "R_MESSAGE" in e:
        _check_answer(t, name, e)
        hdr = U(e["R_layout"][0]["hex"])
        filled = "/".join(hdr[at + 1 : at + 5].hex() for at in range(10, len(hdr), 9))
    for chunk in CHUNKS:
        a.call("initiator", **args)
        t.eq(f"{name} I_MESSAGE", a.call("start", ts=m.ts), e["I_MESSAGE"])
        ids = {"idr": args["idr"]} | ({} if args["send_ids"] else {"idi": args["idi"]})
        a.call("responder", psk=U(e["psk"]), now=m.now, ssrc=filled, **ids)
        t.eq(f"{name} R_MESSAGE, chunks of {chunk}", a.hear(m.octets, chunk),
             Heard("ok", U(e.get("R_MESSAGE", ""))))  # fmt: skip
        _check_derived(t, a, name, e, "srv")
        if "R_MESSAGE" in e:
            t.eq(f"{name} accepted", a.call("feed", m=U(e["R_MESSAGE"]), chunk=chunk), "True")
        _check_derived(t, a, name, e, "me")


def _check_answer(t, name: str, e: dict) -> None:
    r = U(e["R_MESSAGE"])
    m = Message(t, name + " R", e["R_MESSAGE"], e["R_layout"])
    v = m.one("V")
    h = "sha256" if v[1] == 2 else "sha1"
    tail = e["IDi"].encode() + e["IDr"].encode() + U(e["TS"])
    t.eq(f"{name} V_input", U(e["V_input"]), r[: len(r) - len(v) + 2] + tail)
    t.eq(f"{name} V", hmac.new(U(e["auth_key"]), U(e["V_input"]), h).hexdigest(), e["V"])
    t.eq(f"{name} V ends R", v[2:].hex(), e["V"])
    t.eq(f"{name} R_base64", _b64(e["R_base64"]), r)
    quirk = "minisip_quirk_V(msg||T only)"
    if quirk in e:
        short = hmac.new(U(e["auth_key"]), r[: len(r) - len(v) + 2] + U(e["TS"]), h)
        t.eq(f"{name} {quirk}", short.hexdigest(), e[quirk])


def check_exchanges(t, a: Agent, d: dict) -> None:
    for e in d["exchanges"]:
        _exchange(t, a, e)
    first = d["exchanges"][0]
    _null_tek(t, a, d["null_null_tek"])
    _update(t, a, "04 re-key", first, d["update_rekey"])
    _update(t, a, "04 add a CS", first, d["update_add_cs_no_key"])
    _errors(t, a, first, d["error_with_V"], d["error_auth_failure_plain"])


def _null_tek(t, a: Agent, d: dict) -> None:
    name = "04 NULL/NULL with a TEK"
    m = Message(t, name, d["I_MESSAGE"], d["layout"])
    t.eq(f"{name} base64", _b64(d["base64"]), m.octets)
    kemac = m.one("KEMAC")
    plain = kemac[4:-1]
    a.call("initiator", keys=key_words(plain), **m.initiator_args())
    t.eq(f"{name} I_MESSAGE", a.call("start", ts=m.ts), d["I_MESSAGE"])
    a.call("responder", null=1, now=m.now)
    t.eq(name, a.hear(m.octets), Heard("ok", b""))
    both = _lv(plain, 2, 2)[0]
    for who in ("me", "srv"):
        cs = a.keys(who).sessions[0]
        t.eq(f"{name} {who}", (cs.tek, cs.salt), (both[:16], both[16:]))
    a.call("responder", now=m.now)
    t.eq(f"{name} refused by default", a.hear(m.octets).outcome in ("silent", 3, 4), True)


def _update(t, a: Agent, name: str, first: dict, d: dict) -> None:
    start = Message(t, name, first["I_MESSAGE"], first["I_layout"])
    m = Message(t, name, d["message"], d["layout"])
    args = start.initiator_args() | _ids(first) | {"psk": U(first["psk"]), "v": 0}
    a.call("initiator", keys=key_words(U(first["key_data_plaintext"])), **args)
    a.call("start", ts=start.ts)
    kemac = m.one("KEMAC")
    data = kemac[4:][: int.from_bytes(kemac[2:4], "big")]
    plain = U(a.call("cm", key=U(first["encr_key"]), iv=_iv(U(first["salt_key"]), m), data=data)
              if data else "")  # fmt: skip
    if "tgk" in d:
        t.eq(f"{name} tgk", _lv(plain, 2, 2)[0], U(d["tgk"]))
        t.eq(f"{name} ts", m.ts.hex(), d["ts"])
    m.parts.setdefault("SP", start.parts["SP"])  # policies stay (RFC 3830 4.5)
    streams = m.initiator_args()["cs"] if len(m.one("HDR")) != len(start.one("HDR")) else "-"
    v = m.octets[3] >> 7
    got = a.call("update", cs=streams, keys=key_words(plain) or "-", ts=m.ts, v=v)
    t.eq(f"{name} message", got, d["message"])
    a.call("responder", psk=U(first["psk"]), now=start.now, idr=first["IDr"].encode())
    a.hear(start.octets)
    before = a.keys("srv")
    heard = a.hear(m.octets, 1)
    t.eq(f"{name} accepted", heard.what, "ok")
    t.eq(f"{name} answered", bool(heard.answer), bool(v))
    keys = a.keys("srv")
    if "tgk" not in d:
        t.eq(f"{name} keeps the keys", keys.sessions[: len(before.sessions)], before.sessions)
        t.eq(f"{name} one more", len(keys.sessions), len(before.sessions) + 1)
    for i, k in enumerate(d.get("derived_uses_original_RAND", ())):
        t.eq(f"{name} TEK {i}", keys.sessions[i].tek, U(k["TEK"]))
        t.eq(f"{name} salt {i}", keys.sessions[i].salt, U(k["salt"]))
        check_cs(t, a, name, 0, U(first["csb_id"]), U(first["RAND"]), U(d["tgk"]), k)
    t.eq(f"{name} replayed", a.hear(m.octets).outcome, "silent")


def _errors(t, a: Agent, first: dict, with_v: dict, plain: dict) -> None:
    m = Message(t, "04", first["I_MESSAGE"], first["I_layout"])
    args = m.initiator_args() | _ids(first) | {"psk": U(first["psk"])}
    for name, d in (("Error with V", with_v), ("plain Error", plain)):
        e = Message(t, "04 " + name, d["message"], d["layout"])
        a.call("initiator", **args)
        a.call("start", ts=m.ts)
        number = error_number(e.octets)
        try:
            got = a.call("feed", m=e.octets, chunk=1)
        except Refused as r:
            got = r.number
        t.eq("04 " + name, got, number if d is with_v else "False")
        if d is with_v:
            t.eq("04 mac_input", U(d["mac_input"]), e.octets[:-20])
            want = hmac.new(U(first["auth_key"]), U(d["mac_input"]), hashlib.sha1).digest()
            t.eq("04 V of the error", e.octets[-20:], want)


def check_negative(t, a: Agent, d: dict) -> None:
    valid = next(c for c in d["cases"] if c["name"].startswith("exact replay"))
    good = U(valid["message"])
    ts = good[30:38]
    ids = {"idi": b"sip:alice@example.com", "idr": b"sip:bob@example.com"}
    for c in d["cases"]:
        name, m = "17 " + c["name"], U(c["message"])
        if c["name"].startswith("DHSIGN"):
            from .vectors_signed import hears_dhsign

            t.eq(name, hears_dhsign(a, m, unix(ts)).outcome in c["accept"], True)
            continue
        for chunk in (0, 1):
            if c["to"] == "responder":
                a.call("responder", psk=U(d["psk"]), idr=ids["idr"], now=unix(ts), dh=b"\0\1\2")
                if m == good:
                    t.eq(f"{name} first time", a.hear(m).what, "ok")
                got = a.hear(m, chunk).outcome
            else:
                a.call("initiator", psk=U(d["psk"]), csb=good[4:8], rand=good[40:56],
                       cs="11111111/0/,0/0/", **ids)  # fmt: skip
                a.call("start", ts=ts)
                try:
                    got = "accepted" if a.call("feed", m=m, chunk=chunk) == "True" else "hint"
                except Refused as r:
                    known = ("AuthError", "RemoteError", "ReplayError")
                    got = "silent" if r.kind in known else r.kind
            t.eq(name, got if got not in c["accept"] else "in the list", "in the list")


def check_minisip(t, a: Agent, d: dict) -> None:
    from . import vectors_dh  # which needs Message from here

    ids = {"idi": b"sip:i@example.com", "idr": b"sip:r@example.com"}
    for v in d["vectors"]:
        name = "minisip " + v["name"]
        if v["mode"] == "dhhmac":
            vectors_dh.check_minisip(t, a, v)
            continue
        if v["mode"] != "psk":
            t.skip(name, f"mode {v['mode']} is not there yet")
            continue
        i, r = v["initiator"], v["responder"]
        m, psk = U(i["i_message"]), U(i["psk_or_envkey"])
        kemac_null = "mac0" in v["name"]
        at = 10 + 9 * m[8]
        ts = m[at + 2 : at + 10]
        a.call("responder", psk=psk, now=unix(ts), null=int(kemac_null), **ids)
        t.eq(name, a.hear(m).what, "ok")
        cs = ",".join(f"{m[k + 1 : k + 5].hex()}/0/" for k in range(10, at, 9))
        for compat in (0, 1):
            a.call("initiator", psk=psk, csb=m[4:8], rand=U(i["rand"]), cs=cs,
                   keys=key_word(0, U(i["tgk"])), compat_minisip=compat, **ids,
                   **({"encr": 0, "mac": 0, "allow_null": 1} if kemac_null else {}))  # fmt: skip
            a.call("start", ts=ts)
            try:
                got = a.call("feed", m=U(r["r_message"]))
            except Refused as e:
                got = e.kind
            t.eq(f"{name} R, compat {compat}", got == "True", bool(compat))
        for who, side in (("srv", i), ("srv", r), ("me", v["initiator_final"])):
            for cs, k in zip(a.keys(who).sessions, side["cs"], strict=True):
                t.eq(f"{name} {who} CS {k['cs_id']}", (cs.cs_id, cs.tek, cs.salt),
                     (k["cs_id"], U(k["tek"]), U(k["salt"])))  # fmt: skip
        _minisip_keys(t, a, name, i)


def _minisip_keys(t, a: Agent, name: str, i: dict) -> None:
    csb = i["csb_id"].to_bytes(4, "big")
    fields = ((4, "transp_encr_key"), (5, "transp_auth_key"), (6, "transp_salt"))
    for what, field in fields:
        got = a.call("derive", csb=csb, rand=U(i["rand"]), what=what, cs=255,
                     key=U(i["psk_or_envkey"]), n=len(i[field]) // 2)  # fmt: skip
        t.eq(f"{name} {field}", got.split(" ")[1], i[field])


def check_gstreamer(t, a: Agent, d: dict) -> None:
    for n, c in enumerate(d["captures"]):
        for k, x in enumerate(c["mikey"]):
            name, m = f"gstreamer {n}.{k}", U(x["hex"])
            t.eq(f"{name} line", base64.b64encode(m).decode() in x["line"], True)
            a.call("responder", null=1, now=unix(m[10 + 9 * m[8] + 2 :][:8]))
            t.eq(name, a.hear(m), Heard("ok", b""))
            cs = a.keys("srv").sessions[0]
            t.eq(f"{name} keys", (cs.tek, cs.salt),
                 (U(x["srtp_master_key"]), U(x["srtp_master_salt"])))  # fmt: skip


def check_published(t, a: Agent, d: dict) -> None:
    for i, x in enumerate(d["messages"]):
        name = f"published {i} ({x['source'][:60]})"
        if "hex" not in x:
            t.skip(name, "not a message")
            continue
        m = U(x["hex"])
        if m[1] != 0:
            t.skip(name, f"data type {m[1]} is not there yet")
            continue
        a.call("responder", null=1, now=unix(m[10 + 9 * m[8] + 2 :][:8]), zero=1)
        if "padding" in x["source"]:
            t.eq(name, a.hear(m).what, "ok")
        else:
            t.eq(name, a.hear(m).what in ("ok", "RemoteError/10", "RemoteError/12"), True)


def check_streamwide(t, a: Agent, d: list) -> None:
    for c in d:
        name = "streamwide " + c["name"]
        got = a.call("prf", f=1, key=U(c["inkey"]), label=U(c["label"]), n=len(c["out"]) // 2)
        t.eq(name, got, c["out"])
