"""Known values of curves, as ec_cases.py has edge cases: of RFC 5903 and RFC 6979, and NIST's, out
of the package `cryptography-vectors`. And random keys, whose values `cryptography` gives.
"""

import hashlib
import random
import re

import cryptography_vectors
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from ec_cases import BAD, LOCAL, POINT, Cases
from ec_oracle import P256, P384, P521, Curve

# RFC 5903 8.1 to 8.3: i, g^i, r, g^r, g^ir, the points as x and y
RFC5903 = {
    8: (
        "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
        "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180",
        "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3",
        "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53",
        "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63",
        "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
        "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE",
        "522BDE0AF0D8585B8DEF9C183B5AE38F50235206A8674ECB5D98EDB20EB153A2",
    ),
    11: (
        "099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655E35B538041E649EE3FAEF896"
        "783AB194",
        "667842D7D180AC2CDE6F74F37551F55755C7645C20EF73E31634FE72B4C55EE6DE3AC808ACB4BDB4C88732AE"
        "E95F41AA",
        "9482ED1FC0EEB9CAFC4984625CCFC23F65032149E0E144ADA024181535A0F38EEB9FCFF3C2C947DAE69B4C63"
        "4573A81C",
        "41CB0779B4BDB85D47846725FBEC3C9430FAB46CC8DC5060855CC9BDA0AA2942E0308312916B8ED2960E4BD5"
        "5A7448FC",
        "E558DBEF53EECDE3D3FCCFC1AEA08A89A987475D12FD950D83CFA41732BC509D0D1AC43A0336DEF96FDA41D0"
        "774A3571",
        "DCFBEC7AACF3196472169E838430367F66EEBE3C6E70C416DD5F0C68759DD1FFF83FA40142209DFF5EAAD96D"
        "B9E6386C",
        "11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4D603135569B9E9D09CF5D4A2"
        "70F59746",
        "A2A9F38EF5CAFBE2347CF7EC24BDD5E624BC93BFA82771F40D1B65D06256A852C983135D4669F8792F2C1D55"
        "718AFBB4",
    ),
    14: (
        "0037ADE9319A89F4DABDB3EF411AACCCA5123C61ACAB57B5393DCE47608172A095AA85A30FE1C2952C6771D9"
        "37BA9777F5957B2639BAB072462F68C27A57382D4A52",
        "0015417E84DBF28C0AD3C278713349DC7DF153C897A1891BD98BAB4357C9ECBEE1E3BF42E00B8E380AEAE57C"
        "2D107564941885942AF5A7F4601723C4195D176CED3E",
        "017CAE20B6641D2EEB695786D8C946146239D099E18E1D5A514C739D7CB4A10AD8A788015AC405D7799DC75E"
        "7B7D5B6CF2261A6A7F1507438BF01BEB6CA3926F9582",
        "0145BA99A847AF43793FDD0E872E7CDFA16BE30FDC780F97BCCC3F078380201E9C677D600B343757A3BDBF2A"
        "3163E4C2F869CCA7458AA4A4EFFC311F5CB151685EB9",
        "00D0B3975AC4B799F5BEA16D5E13E9AF971D5E9B984C9F39728B5E5739735A219B97C356436ADC6E95BB0352"
        "F6BE64A6C2912D4EF2D0433CED2B6171640012D9460F",
        "015C68226383956E3BD066E797B623C27CE0EAC2F551A10C2C724D9852077B87220B6536C5C408A1D2AEBB8E"
        "86D678AE49CB57091F4732296579AB44FCD17F0FC56A",
        "01144C7D79AE6956BC8EDB8E7C787C4521CB086FA64407F97894E5E6B2D79B04D1427E73CA4BAA240A347868"
        "59810C06B3C715A3A8CC3151F2BEE417996D19F3DDEA",
        "01B901E6B17DB2947AC017D853EF1C1674E5CFE59CDA18D078E05D1B5242ADAA9FFC3C63EA05EDB1E13CE5B3"
        "A8E50C3EB622E8DA1B38E0BDD1F88569D6C99BAFFA43",
    ),
}


def octets(c: Curve, *words: str) -> bytes:
    """Numbers of NIST's files, which leave out zeros in front, at the curve's width."""
    return b"".join(c.octets(int(word, 16)) for word in words)


def rfc(c: Curve, rand: random.Random, some: int | None) -> Cases:
    cases = Cases(c)
    i, gix, giy, r, grx, gry, girx, giry = RFC5903[c.number]
    i, r, gi, gr, gir = (octets(c, *x) for x in ((i,), (r,), (gix, giy), (grx, gry), (girx, giry)))
    cases.add("RFC 5903 g^i", "base", gi, i)
    cases.add("RFC 5903 g^r", "base", gr, r)
    cases.add("RFC 5903 g^ir", "multiply", gir, i, gr)
    cases.add("RFC 5903 g^ri", "multiply", gir, r, gi)
    cases += rfc6979(c, some)
    return cases


def rfc6979(c: Curve, some: int | None) -> Cases:
    """A.2.5 to A.2.7: signed with the hash that goes with the curve, verified with every one."""
    cases = Cases(c)
    name = f"P-{c.p.bit_length()}_PRIV"
    text = read("ECDSA/RFC6979/evppkey_ecdsa_rfc6979.txt")
    pem = re.search(rf"PrivateKey ?= ?{name}\n(.*?-----END PRIVATE KEY-----)", text, re.S)
    key = load_pem_private_key(pem[1].encode(), None).private_numbers()
    numbers = key.public_numbers
    point = c.xy((numbers.x, numbers.y))
    k = c.octets(key.private_value)
    cases.add("RFC 6979 U = xG", "base", point, k)
    for block in text.split("\n\n"):
        said = dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line)
        if said.get("Key") not in (name, name.replace("PRIV", "PUB")):
            continue
        hashed = said.get("DigestSign") or said["DigestVerify"]
        message = said["Input"].strip('"').encode()
        digest = hashlib.new(hashed.lower(), message).digest()
        sig = bytes.fromhex(said["Output"])
        title = f"RFC 6979 {hashed} {message.decode()}"
        own = hashed.lower() == c.hash.name
        if "DigestSign" in said:
            if own:
                cases.add(title, "sign", raw(c, sig), k, digest)
        elif own or some is None:
            want = BAD if said.get("Result") == "VERIFY_ERROR" else "ok"
            cases.add(title, "verify", want, point, digest, sig)
    assert sum(case[2] == "sign" for case in cases) == 2  # of "sample" and "test"
    return cases


def raw(c: Curve, sig: bytes) -> bytes:
    """r || s of DER."""
    return b"".join(map(c.octets, decode_dss_signature(sig)))


def read(name: str) -> str:
    with cryptography_vectors.open_vector_file("asymmetric/" + name, "r") as f:
        return f.read()


def records(text: str, heads: dict[str, str]):
    """(head, fields) of a file of NIST's under the heads asked for, each up to its Result."""
    head, said = "", {}
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("["):
            head = line
        elif " = " in line:
            name, value = line.split(" = ", 1)
            said[name] = value
            if name == "Result":
                if head in heads:
                    yield heads[head], said
                said = {}


def nist(c: Curve, rand: random.Random, some: int | None) -> Cases:
    """`some` of each reason that there is for a result."""
    cases = Cases(c)
    for made in (agreements(c), signatures(c), keys(c)):
        seen: dict[str, int] = {}
        for reason, case in made:
            seen[reason] = seen.get(reason, 0) + 1
            if some is None or seen[reason] <= some:
                cases.add(*case)
        assert seen, "nothing for this curve"
    return cases


def agreements(c: Curve):
    """Z = x of dsIUT * QsCAVS; the number of the reason says what was changed."""
    head = {P256: "[EC - SHA256]", P384: "[ED - SHA384]", P521: "[EE - SHA512]"}[c]
    for side in ("init", "resp"):
        text = read(f"ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_{side}.fax")
        for _, said in records(text, {head: ""}):
            reason = re.search(r"\((\d+)", said["Result"])[1]
            k = octets(c, said["dsIUT"])
            own = octets(c, said["QsIUTx"], said["QsIUTy"])
            other = octets(c, said["QsCAVSx"], said["QsCAVSy"])
            z = octets(c, said["Z"])
            title = f"KAS {side} {said['COUNT']} {said['Result']}"
            if reason in ("0", "13"):
                yield reason, (title, "exchange", z, k, other)
                yield reason + "own", (title, "base", own, k)
            elif reason in ("1", "2"):
                yield reason, (title, "multiply", POINT, k, other)
            elif reason in ("5", "6"):
                yield reason, (title, "check", POINT, own)
            elif int.from_bytes(k, "big") >= c.n:  # 7: dsIUT changed
                yield reason + "n", (title, "multiply", LOCAL, k, other)
            else:  # 7 and 8, where Z is not theirs
                want = c.shared(int.from_bytes(k, "big"), c.point(other))
                assert want != z
                yield reason, (title, "exchange", want, k, other)


def signatures(c: Curve):
    name = f"P-{c.p.bit_length()}"
    heads = {f"[{name},{h}]": h for h in ("SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512")}
    heads[f"[{name}]"] = "SHA-1"  # as in FIPS 186-2
    for of in ("2", "3"):
        text = read(f"ECDSA/FIPS_186-{of}/SigVer.rsp")
        for hashed, said in records(text, heads):
            digest = hashlib.new(hashed.replace("-", ""), bytes.fromhex(said["Msg"])).digest()
            want = "ok" if said["Result"].startswith("P") else BAD
            title = f"SigVer 186-{of} {hashed} {said['Result']}"
            key = octets(c, said["Qx"], said["Qy"])
            sig = octets(c, said["R"], said["S"])
            # the curve's own hash first where not all are taken
            common = "" if hashed.replace("-", "").lower() == c.hash.name else " foreign"
            yield said["Result"] + common, (title, "verify", want, key, digest, sig)


def keys(c: Curve):
    for of in ("2", "3"):
        text = read(f"ECDSA/FIPS_186-{of}/PKV.rsp")
        for _, said in records(text, {f"[P-{c.p.bit_length()}]": ""}):
            x, y = (int(said[name], 16) for name in ("Qx", "Qy"))
            title = f"PKV 186-{of} {said['Result']}"
            if max(x, y) >> 8 * c.size:
                continue  # no octets for it
            want = "ok" if said["Result"].startswith("P") else POINT
            yield said["Result"], (title, "check", want, c.octets(x) + c.octets(y))


def randoms(c: Curve, rand: random.Random, some: int | None) -> Cases:
    """Keys: k*G, k*Q, the signature of RFC 6979, and what OpenSSL makes of them."""
    cases = Cases(c)
    for i in range(200 if some is None else some):
        k, other = rand.randrange(1, c.n), rand.randrange(1, c.n)
        numbers = c.private(k).public_key().public_numbers()
        point = numbers.x, numbers.y
        q = c.private(other).public_key().public_numbers()
        q = q.x, q.y
        digest = rand.randbytes(c.hash.digest_size)
        title = f"random {i}"
        cases.add(title, "base", c.xy(point), c.octets(k))
        want = c.times(k, q)
        assert c.octets(want[0]) == c.shared(k, q)
        cases.add(title, "multiply", c.xy(want), c.octets(k), c.xy(q))
        sig = c.sign(k, digest)
        cases.add(title, "sign", sig, c.octets(k), digest)
        # a signature of OpenSSL's with a nonce of its own
        r, s = (int.from_bytes(x, "big") for x in (sig[: c.size], sig[c.size :]))
        cases.signature(title, point, digest, r, s, True)
        cases.signature(title + ", another's", q, digest, r, s, False)
    return cases
