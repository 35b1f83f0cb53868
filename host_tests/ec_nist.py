"""Makes ec_nist.json, what ec_known.py has of RFC 6979 and NIST: `python host_tests/ec_nist.py`.

They come out of the package `cryptography-vectors`, 56 MB that the tests need not have: NIST's CAVP
files for ECDH (KAS ECC, Static Unified, ZZOnly) and ECDSA (FIPS 186-2 and 186-3: SigVer, PKV), of
each reason for a result the first; and RFC 6979 A.2.5 to A.2.7.
"""

import hashlib
import json
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from ec_cases import BAD, LOCAL, POINT, Cases
from ec_oracle import CURVES, P256, P384, P521, Curve

PATH = Path(__file__).parent / "ec_nist.json"


def read(name: str) -> str:
    import cryptography_vectors

    with cryptography_vectors.open_vector_file("asymmetric/" + name, "r") as f:
        return f.read()


def rfc6979(c: Curve) -> Cases:
    """Signed with the hash that goes with the curve, verified with every one."""
    cases = Cases(c)
    name = f"P-{c.p.bit_length()}_PRIV"
    text = read("ECDSA/RFC6979/evppkey_ecdsa_rfc6979.txt")
    pem = re.search(rf"PrivateKey ?= ?{name}\n(.*?-----END PRIVATE KEY-----)", text, re.S)
    key = load_pem_private_key(pem[1].encode(), None).private_numbers()
    point = c.xy((key.public_numbers.x, key.public_numbers.y))
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
        if "DigestVerify" in said:
            want = BAD if said.get("Result") == "VERIFY_ERROR" else "ok"
            cases.add(title, "verify", want, point, digest, sig)
        elif hashed.lower() == c.hash.name:
            rs = b"".join(map(c.octets, decode_dss_signature(sig)))
            cases.add(title, "sign", rs, k, digest)
    assert sum(case[2] == "sign" for case in cases) == 2  # of "sample" and "test"
    return cases


def octets(c: Curve, *words: str) -> bytes:
    """Numbers of NIST's files, which leave out zeros in front, at the curve's width."""
    return b"".join(c.octets(int(word, 16)) for word in words)


def records(text: str, heads: dict[str, str]):
    """(what is said for the head, fields), each up to its Result, of a file of NIST's."""
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


def nist(c: Curve) -> Cases:
    cases = Cases(c)
    for made in (agreements(c), signatures(c), keys(c)):
        seen = set()
        for reason, case in made:
            if reason not in seen:
                seen.add(reason)
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
                yield reason + side, (title, "exchange", z, k, other)
                yield reason + side + "own", (title, "base", own, k)
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
            # good ones of every hash, the others of the curve's own
            own = hashed.replace("-", "").lower() == c.hash.name
            if own or want == "ok":
                yield said["Result"] + hashed, (title, "verify", want, key, digest, sig)


def keys(c: Curve):
    for of in ("2", "3"):
        text = read(f"ECDSA/FIPS_186-{of}/PKV.rsp")
        for _, said in records(text, {f"[P-{c.p.bit_length()}]": ""}):
            x, y = (int(said[name], 16) for name in ("Qx", "Qy"))
            if max(x, y) >> 8 * c.size:
                continue  # no octets for it
            want = "ok" if said["Result"].startswith("P") else POINT
            title = f"PKV 186-{of} {said['Result']}"
            yield said["Result"], (title, "check", want, c.octets(x) + c.octets(y))


def written(cases: Cases) -> list:
    """Without the curve, octets in hex."""
    return [
        [title, op, want if isinstance(want, str) else "0x" + want.hex(), *(x.hex() for x in args)]
        for _, title, op, want, args in cases
    ]


def main() -> None:
    found = {
        kind.__name__: {str(c.number): written(kind(c)) for c in CURVES} for kind in (rfc6979, nist)
    }
    PATH.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
