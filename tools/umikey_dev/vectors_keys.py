"""The vector checks for PRFs, derived keys and the key data cipher (files 01, 02 and 03)."""

import hmac

from driver import Agent

U = bytes.fromhex


def _digest(name: str, key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, name).digest()


def check_prf(t, a: Agent, d: dict) -> None:
    for i, c in enumerate(d["cases"]):
        name = f"01 case {i} prf {c['prf_func']}, {len(c['inkey']) // 2} -> {c['outkey_len']}"
        key, label, n = U(c["inkey"]), U(c["label"]), c["outkey_len"]
        t.eq(name, a.call("prf", f=c["prf_func"], key=key, label=label, n=n), c["outkey"])
        h = "sha256" if c["prf_func"] else "sha1"
        size = 32 if c["prf_func"] else 20
        t.eq(name + " n, m", (c["n"], c["m"]), (-(-len(key) // 32), -(-n // size)))
        for piece in c.get("trace", ()):
            s = key[32 * (piece["s_j"] - 1) :][:32]
            t.eq(name + " s", U(piece["s"]), s)
            block, p = label, b""
            for round in piece["rounds"]:
                block = _digest(h, s, block)
                t.eq(f"{name} A_{round['i']}", U(round["A_i"]), block)
                p += _digest(h, s, block + label)
                t.eq(f"{name} P_{round['i']}", U(round["HMAC(s,A_i||label)"]), p[-size:])
            t.eq(name + " P", U(piece["P"]), p)
    for name in ("rfc6043_fork_MPKr", "rfc6043_init_auth"):
        c = d[name]
        n = len(c["outkey_prf1"]) // 2
        got = a.call("prf", f=1, key=U(c["inkey"]), label=U(c["label"]), n=n)
        t.eq("01 " + name, got, c["outkey_prf1"])


KEYS = {"TEK": 0, "auth": 1, "encr": 2, "salt": 3}
MIKEY_KEYS = {"encr": 4, "auth": 5, "salt": 6}


def _derive(a: Agent, f: int, csb: bytes, rand: bytes, what: int, cs: int, key: bytes, n: int):
    label, out = a.call(
        "derive", f=f, csb=csb, rand=rand, what=what, cs=cs, key=key, n=n
    ).split(" ")  # fmt: skip
    return label, out


def check_cs(t, a: Agent, name: str, f: int, csb: bytes, rand: bytes, tgk: bytes, k: dict):
    for field, want in k.items():
        what, _, n = field.partition("_")
        if what == "label" or field == "cs_id":
            continue
        what = {"auth": "auth", "encr": "encr"}.get(what, what)
        label, got = _derive(a, f, csb, rand, KEYS[what], k["cs_id"], tgk, len(want) // 2)
        t.eq(f"{name} CS {k['cs_id']} {field}", got, want)
        t.eq(f"{name} CS {k['cs_id']} label {what}", label, k["label_" + what])


def check_keys(t, a: Agent, d: dict) -> None:
    csb, rand = U(d["csb_id"]), U(d["RAND"])
    for c in d["psk_cases"]:
        name, f = f"02 psk {c['name']} prf {c['prf_func']}", c["prf_func"]
        for what, field in (("encr", "encr_key"), ("auth", "auth_key"), ("salt", "salt_key_14")):
            args = (MIKEY_KEYS[what], 255, U(c["psk"]), len(c[field]) // 2)
            label, got = _derive(a, f, csb, rand, *args)
            t.eq(f"{name} {field}", got, c[field])
            t.eq(f"{name} label {what}", label, c["label_" + what])
        t.eq(f"{name} salt for AES-KW", c["salt_key_8_for_AES_KW"], c["salt_key_14"][:16])
    for c in d["tgk_cases"]:
        for k in c["keys"]:
            name = f"02 tgk {c['name']} prf {c['prf_func']}"
            check_cs(t, a, name, c["prf_func"], csb, rand, U(c["tgk"]), k)


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def check_cipher(t, a: Agent, d: dict) -> None:
    for c in d["cases"]:
        name = "03 " + c["name"]
        if "kek" in c:
            got = a.call("kw", key=U(c["kek"]), iv=U(c["salt_key_8"]), data=U(c["plaintext"]))
            t.eq(name, got, c["wrapped"] + " " + c["plaintext"])
            continue
        iv, plain = U(c["IV"]), U(c["plaintext"])
        if "xor_block" in c:
            t.eq(name + " IV", _xor(U(c["salt_key"]), U(c["xor_block"])) + b"\0\0", iv)
            t.eq(name + " CSB ID", U(c["xor_block"])[2:6], U(d["csb_id"]))
        else:
            t.eq(name + " IV", iv[:2] + iv[14:], U(c["salt_key"])[:2] + b"\0\0")
        got = a.call("cm", key=U(c["encr_key"]), iv=iv, data=plain)
        t.eq(name, got, c["ciphertext"])
        got = a.call("cm", key=U(c["encr_key"]), iv=iv, data=bytes(len(plain)))
        t.eq(name + " keystream", got, c["keystream"])
