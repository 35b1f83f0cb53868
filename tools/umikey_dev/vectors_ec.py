"""The vector checks of elliptic-curve values: files 09 and 16, and the values of 10 and 11."""

import hashlib

from driver import Agent, Refused

U = bytes.fromhex
HERE = {"P-256": (8, 32), "P-384": (11, 48), "P-521": (14, 66)}  # ECC curve, octets


def _full(text: str, size: int) -> bytes:
    return U(text.zfill(2 * size))


def _refused(t, a: Agent, name: str, curve: int, point: bytes = b"\4" + bytes(8)) -> None:
    """A curve that boards do not have is error 6."""
    try:
        got = a.call("ec", do="ecdh", curve=curve, k=b"\1", point=point)
    except Refused as e:
        got = (e.kind, e.number)
    t.eq(name, got, ("RemoteError", 6))


def check_ecdh(t, a: Agent, d: dict) -> None:
    for c in d["cases"]:
        name = "09 " + c["curve"]
        if c["curve"] not in HERE:
            _refused(t, a, name + " is refused", c["ecc_curve_id_rfc6267"])
            continue
        curve, size = HERE[c["curve"]]
        t.eq(f"{name} number", (curve, curve + 2), (c["ecc_curve_id_rfc6267"], c["dh_group_draft"]))
        forms = ("uncompressed", "compressed")
        ends = (("i", "DHi", "DHr"), ("r", "DHr", "DHi"))
        for k, own, other in ends if curve == 8 else ends[:1]:
            for form in forms if curve == 8 else forms[1:]:
                point = U(c[f"{other}_{form}"])
                got = a.call("ec", do="ecdh", curve=curve, k=_full(c[k], size), point=point)
                want = c[f"{own}_uncompressed"][2:] + " " + c["TGK"]
                t.eq(f"{name} {own}, {form}", got, want)
        t.eq(f"{name} length", len(U(c["DHi_uncompressed"])), c["dh_value_len"])
    for c in d["binary_curve_cases"]:
        point = U(c["DHi_uncompressed"])
        _refused(t, a, f"09 {c['curve']} is refused", c["ecc_curve_id_rfc6267"], point)
    g = d["ecgdsa"]
    digest = hashlib.sha256(U(g["msg"])).digest()
    sig = _full(g["r"], 32) + _full(g["s=(k*r-e)*d"], 32)
    point = U(g["Q=d^-1*G"])[1:]
    got = a.call("ec", do="ecgdsa", point=point, digest=digest, sig=sig)
    t.eq("09 ECGDSA", got, "verified")
    try:
        got = a.call("ec", do="ecgdsa", point=point, digest=digest[::-1], sig=sig)
    except Refused as e:
        got = e.kind
    t.eq("09 ECGDSA of something else", got, "AuthError")


def check_ecies(t, a: Agent, d: dict) -> None:
    for c in d["cases"]:
        name = f"10 {c['curve']} {c['kdf_hash']} {c['padding']}"
        if c["curve"] not in HERE:
            _refused(t, a, name + " is refused", 1)
            continue
        curve, size = HERE[c["curve"]]
        plain = U(c["M"]) + (b"\x10" * 16 if c["padding"] != "none" else b"")
        got = a.call(
            "ec", do="ecies", curve=curve, d=_full(c["recipient_d"], size),
            data=U(c["C=R||EM||D"]), kdf=hashlib.new(c["kdf_hash"]).digest_size,
            k=_full(c["k"], size), point=U(c["recipient_Q"])[1:], plain=plain,
        )  # fmt: skip
        t.eq(name, got, c["M"] + " " + c["C=R||EM||D"])


def check_ecmqv(t, a: Agent, d: dict) -> None:
    for v in d["values"]:
        curve, size = HERE[v["curve"]]
        points = {k: U(v[k])[1:] for k in ("Qs_i", "Qs_r", "Qe_i", "Qe_r")}
        secrets = {k: _full(v[k], size) for k in ("ds_i", "ds_r", "de_i", "de_r")}
        for passes, result in (("two_pass", "two_pass"), ("one_pass", "one_pass C(1e,2s)")):
            # in one pass the responder's static key stands for its ephemeral one
            e = "e" if passes == "two_pass" else "s"
            ends = {
                "initiator": ("ds_i", "de_i", "Qe_i", "Qs_r", f"Q{e}_r"),
                "responder": ("ds_r", f"d{e}_r", f"Q{e}_r", "Qs_i", "Qe_i"),
            }
            for role, (ds, de, qe, static, fresh) in ends.items():
                if curve != 8 and role == "responder":
                    continue  # the same arithmetic, and it takes its time
                for kdf in ("sha1", "sha256") if curve == 8 else ("sha1",):
                    got = a.call(
                        "ec", do="mqv", curve=curve, ds=secrets[ds], de=secrets[de],
                        qe=points[qe], static=points[static], fresh=points[fresh],
                        kdf=hashlib.new(kdf).digest_size,
                        n=v[f"{passes}_kdf_{kdf}"]["keydatalen"],
                    )  # fmt: skip
                    want = v[result]["Z"] + " " + v[f"{passes}_kdf_{kdf}"]["K"]
                    t.eq(f"11 {v['curve']} {passes} {role} {kdf}", got, want)


def check_groups(t, a: Agent, d: dict) -> None:
    for g in d["groups"]:
        name = "16 " + g["name"]
        if g["type"] == "modp":
            # 2^256 and, for the prime, what 2^(a bit more than its length) leaves
            p = int(g["p"], 16)
            size = (p.bit_length() + 7) // 8
            x = (8 * size + 100).to_bytes(32, "big")
            got = a.call("power", group=g["dh_group"], x=x)
            t.eq(name, got, pow(2, 8 * size + 100, p).to_bytes(size, "big").hex())
        elif g["name"] in HERE:
            curve, size = HERE[g["name"]]
            want = [_full(g[k], size).hex() for k in ("p", "n", "b", "Gx")]
            want[3] += _full(g["Gy"], size).hex()
            t.eq(name, a.call("ec", do="constants", curve=curve).split(), want)
            t.eq(f"{name} number", g["ecc_curve_id_rfc6267"], curve)
            t.eq(f"{name} a", (int(g["a"], 16) - int(g["p"], 16)), -3)
        elif g.get("ecc_curve_id_rfc6267"):
            _refused(t, a, f"{name} is refused", g["ecc_curve_id_rfc6267"])
        else:
            t.eq(f"{name} has no MIKEY number", g.get("dh_group_draft"), None)
