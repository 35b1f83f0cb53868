"""The vector checks of the modes with certificates: the exchanges of files 07, 10 and 11."""

import hashlib
import json
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from driver import Agent, octets

from . import vectors_ec
from .vectors_keys import check_cs
from .vectors_psk import Message, key_words, unix

U = bytes.fromhex
CURVES = {"P-256": 8, "P-384": 11}
LIMIT = 2048


def _record(kind: int, data: bytes) -> bytes:
    return bytes([kind]) + len(data).to_bytes(2, "big") + data


def _pin(der: bytes) -> bytes:
    key = x509.load_der_x509_certificate(der).public_key()
    return hashlib.sha256(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).digest()


def credentials(who: bytes, curve: int, d: bytes, own: bytes, other: bytes, other_id: bytes):
    """A board's credential file: our key, and the other end's by its pin and its certificate."""
    body = b"uMIK\1" + _record(1, b"\1" + who) + _record(2, bytes([curve]) + d)
    body += _record(3, b"\0" + own) + _record(5, _pin(other))
    body += _record(6, bytes([1, len(other_id)]) + other_id + b"\0" + other)
    return body + hashlib.sha256(body).digest()


def _signed(m: bytes, layout: list) -> tuple[bytes, bytes]:
    """What a message's SIGN covers, and the signature."""
    at = layout[-1]["offset"] + 2
    return m[:at], m[at:]


class Exchange:
    """One exchange of a vector file: the messages, both ends' credentials, what to tell agents."""

    def __init__(self, t, name: str, e: dict, key_i: str, key_r: str, curve: int):
        self.t, self.name, self.e = t, name, e
        self.m = Message(t, name, e["I_MESSAGE"], e["I_layout"])
        self.r = Message(t, name + " R", e["R_MESSAGE"], e["R_layout"])
        self.idi, self.idr = b"sip:alice@example.com", b"sip:bob@example.com"
        self.curve, self.keys = curve, (U(key_i), U(key_r))

    def credentials(self, cert_i: bytes, cert_r: bytes) -> tuple[bytes, bytes]:
        return (
            credentials(self.idi, self.curve, self.keys[0], cert_i, cert_r, self.idr),
            credentials(self.idr, self.curve, self.keys[1], cert_r, cert_i, self.idi),
        )

    def run(self, a: Agent, creds, initiator: dict, responder: dict, chunks=(0, 7)) -> None:
        t, m, r, name = self.t, self.m, self.r, self.name
        hdr, back = m.one("HDR"), r.one("HDR")
        params = {sp[1]: sp[5:] for sp in m.parts["SP"]}
        cs = ",".join(
            f"{hdr[i + 1 : i + 5].hex()}/{hdr[i + 5 : i + 9].hex()}/{params[hdr[i]].hex()}"
            for i in range(10, len(hdr), 9)
        )
        filled = "/".join(back[i + 1 : i + 5].hex() for i in range(10, len(back), 9))
        now = unix(m.ts)
        same = {"csb": hdr[4:8], "rand": m.one("RAND")[2:], "cs": cs, "idr": self.idr}
        for chunk in chunks:
            a.call("certified", cred=creds[0], now=now, hedged=0, **same, **initiator)
            t.eq(f"{name} I_MESSAGE", octets(a.call("start", ts=m.ts)), m.octets)
            a.call("responder", idr=self.idr, now=now, ssrc=filled, limit=LIMIT, cred=creds[1],
                   hedged=0, **responder)  # fmt: skip
            heard = a.hear(m.octets, chunk)
            t.eq(f"{name} R_MESSAGE", (heard.what, heard.answer), ("ok", r.octets))
            t.eq(f"{name} accepted", a.call("feed", m=r.octets, chunk=chunk), "True")
            for who in ("me", "srv"):
                got = [(x.tek, x.salt) for x in a.keys(who).sessions]
                want = [(U(k["TEK"]), U(k["salt"])) for k in self.e["derived"]]
                t.eq(f"{name} {who}", got, want)

    def check_keys(self, a: Agent, tgk: str) -> None:
        for k in self.e["derived"]:
            csb, rand = self.m.octets[4:8], self.m.one("RAND")[2:]
            check_cs(self.t, a, self.name, 0, csb, rand, U(tgk), k)


def check_dhsign(t, a: Agent, d: dict) -> None:
    certs = {k: U(v) for k, v in d["certs"].items()}
    for e in d["exchanges"]:
        if "RSA" in e["name"]:
            t.skip("07 " + e["name"], "RSA is not there yet")
            continue
        name = "P-256" if "P-256" in e["name"] else "P-384"
        x = Exchange(t, "07 " + name, e, e["sign_key_i"], e["sign_key_r"], CURVES[name])
        for what, made in (("I", x.m), ("R", x.r)):
            covered, signature = _signed(made.octets, e[f"{what}_layout"])
            log = e[f"{what}_ecdsa"]
            t.eq(f"{x.name} {what} digest", hashlib.new(log["hash"], covered).hexdigest(),
                 log["digest"])  # fmt: skip
            t.eq(f"{x.name} {what} signature", signature.hex(), log["der"])
            t.eq(f"{x.name} {what} nonce", log["rfc6979_extra_octet"], 0)
        creds = x.credentials(certs[f"i_{name}"], certs[f"r_{name}"])
        group = CURVES[name] + 2
        x.run(a, creds, {"mode": "dhsign", "group": group, "x": U(e["xi"])},
              {"modes": "dhsign", "x": U(e["xr"])}, (0, 7) if group == 10 else (0,))  # fmt: skip
        x.check_keys(a, e["TGK(x coordinate)"])


def check_ecies(t, a: Agent, d: dict) -> None:
    vectors_ec.check_ecies(t, a, d)
    e = d["exchange"]
    x = Exchange(t, "10 exchange", e, e["initiator_sign_private"], e["responder_private"], 8)
    cert_i = x.m.one("CERT")[4:]
    cert_r = _certificate_of_r()
    t.eq("10 CHASH", x.m.one("CHASH")[2:], hashlib.sha1(cert_r).digest())
    creds = x.credentials(cert_i, cert_r)
    # the TGK stands encrypted under encr_key; what it is, the receiver says
    a.call("responder", idr=x.idr, now=unix(x.m.ts), cred=creds[1], modes="ecies", limit=LIMIT)
    a.hear(x.m.octets)
    tgk = octets(a.call("tgk", who="srv"))
    keys = key_words(b"\0\0" + len(tgk).to_bytes(2, "big") + tgk)
    made = {"mode": "ecies", "env": U(e["env_key"]), "keys": keys, "draw": U(e["ecies"]["k"])}
    x.run(a, creds, made, {"modes": "ecies"})
    x.check_keys(a, tgk.hex())


def check_ecmqv(t, a: Agent, d: dict) -> None:
    vectors_ec.check_ecmqv(t, a, d)
    v = next(v for v in d["values"] if v["curve"] == "P-256")
    for e in d["exchanges"]:
        one_pass = "one-pass" in e["name"]
        name = "11 " + ("one pass" if one_pass else "two passes")
        x = Exchange(t, name, e, v["ds_i"], v["ds_r"], 8)
        cert_r = x.r.one("CERT")[4:] if "CERT" in x.r.parts else _certificate_of_r()
        creds = x.credentials(x.m.one("CERT")[4:], cert_r)
        mine = {"mode": "ecmqv", "one_pass": int(one_pass), "x": U(v["de_i"].zfill(64))}
        x.run(a, creds, mine, {"modes": "ecmqv", "x": U(v["de_r"].zfill(64))})
        x.check_keys(a, e["TGK"])


def hears_dhsign(a: Agent, message: bytes, now: int):
    """What file 07's responder makes of a message from its initiator, on P-256."""
    d = _file_07()
    e = next(e for e in d["exchanges"] if "P-256" in e["name"])
    certs = {k: U(v) for k, v in d["certs"].items()}
    idr = b"sip:bob@example.com"
    cred = credentials(
        idr, 8, U(e["sign_key_r"]), certs["r_P-256"], certs["i_P-256"], b"sip:alice@example.com"
    )
    a.call("responder", idr=idr, now=now, limit=LIMIT, cred=cred, modes="dhsign")
    return a.hear(message)


def _certificate_of_r() -> bytes:
    return U(_file_07()["certs"]["r_P-256"])


def _file_07() -> dict:
    folder = Path(__file__).resolve().parents[2] / "host_tests" / "vectors"
    return json.loads((folder / "07_dhsign_exchange.json").read_text())
