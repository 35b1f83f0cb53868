"""Known values of curves, as ec_cases.py has edge cases: of RFC 5903, RFC 6979 and NIST, the latter
two out of ec_nist.json. And random keys, whose values `cryptography` gives.
"""

import json
import random

from ec_cases import Cases, sample
from ec_nist import PATH
from ec_oracle import Curve

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


def rfc(c: Curve, rand: random.Random, some: int | None) -> Cases:
    cases = Cases(c)
    i, gix, giy, r, grx, gry, girx, giry = map(bytes.fromhex, RFC5903[c.number])
    cases.add("RFC 5903 g^i", "base", gix + giy, i)
    cases.add("RFC 5903 g^r", "base", grx + gry, r)
    cases.add("RFC 5903 g^ir", "multiply", girx + giry, i, grx + gry)
    cases.add("RFC 5903 g^ri", "multiply", girx + giry, r, gix + giy)
    return kept(cases, published(c, "rfc6979"), rand, some)


def nist(c: Curve, rand: random.Random, some: int | None) -> Cases:
    return kept(Cases(c), published(c, "nist"), rand, some)


def published(c: Curve, kind: str) -> Cases:
    cases = Cases(c)
    for title, op, want, *args in json.loads(PATH.read_text())[kind][str(c.number)]:
        if want.startswith("0x"):
            want = bytes.fromhex(want[2:])
        cases.add(title, op, want, *map(bytes.fromhex, args))
    return cases


def kept(cases: Cases, more: Cases, rand: random.Random, some: int | None) -> Cases:
    cases += sample(more, some, rand)
    return cases


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
