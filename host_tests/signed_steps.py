"""What tests of the modes with certificates have in common: two ends, and messages made by hand."""

import datetime as dt
import hashlib
import hmac

import craft
import pki
from craft import ID_I, ID_R, NOW, SP, TS, I, u16
from cryptography.hazmat.primitives.asymmetric import ec

ALICE, BOB = ID_I.decode(), ID_R.decode()
CA, MALLORY = pki.Ca(), pki.Ca("Mallory CA")
KEY_I, KEY_R = pki.private("alice"), pki.private("bob")
CERT_I, CERT_R = CA.issue(ALICE, KEY_I.public_key()), CA.issue(BOB, KEY_R.public_key())
CRED_I = pki.credentials(
    ALICE, ((KEY_I, 8, ((0, CERT_I),)),), (CA.anchor,), others=((BOB, 0, CERT_R),)
)
CRED_R = pki.credentials(BOB, ((KEY_R, 8, ((0, CERT_R),)),), (CA.anchor,))
XI, XR = pki.private("xi"), pki.private("xr")
LATER = b"\xe5\x7a\x8e\xc1" + bytes(4)
DAY = dt.timedelta(days=1)
DHSIGN, ECIES, MQV, MQV1 = 4, 2, 241, 243


def public(key, form: int = 4) -> bytes:
    xy = pki.point(key)
    if form in (2, 3):
        return bytes([2 + xy[-1] % 2]) + xy[: len(xy) // 2]
    return bytes([form]) + xy


def cert(der: bytes, kind: int = 0) -> tuple[int, bytes]:
    return 7, bytes([kind]) + u16(len(der)) + der


def dh(value: bytes, group: int = 10) -> tuple[int, bytes]:
    return 3, bytes([group]) + value + b"\0"


def eccpt(point: bytes, curve: int = 8, alg: int = 1, tgk: int = 16, pad: bytes | None = None):
    pad = bytes(-(len(point) + 2) % 4) if pad is None else pad
    return 25, bytes([curve]) + point + pad + bytes([alg]) + u16(tgk) + b"\0"


def message(data_type, payloads, key=KEY_I, rand=True, ts=TS, v=0, sps=True, curve=8, **header):
    """Everything from HDR to a right SIGN; `payloads`: what comes after T and RAND."""
    head = [(craft.T, b"\0" + ts)]
    head += [(craft.RANDP, bytes([16]) + craft.RAND)] if rand else []
    chain = craft.chain(
        I(data_type=data_type, v=v, **header).header(), [*head, *payloads, (4, b"")]
    )
    return pki.signed(chain[:-1], key, curve)


def offer(value=None, group=10, certs=(CERT_I,), ids=(ID_R,), key=KEY_I, more=(), **changes):
    """DH-SIGN's I_MESSAGE."""
    payloads = [c if isinstance(c, tuple) else cert(c) for c in certs]
    payloads += [craft.identity(i) for i in ids] + [craft.policy(SP)] + list(more)
    payloads += [dh(public(XI) if value is None else value, group)] if value != b"" else []
    return message(DHSIGN, payloads, key, **changes)


def reply(dhr=None, dhi=None, certs=(CERT_R,), ids=(ID_I,), key=KEY_R, group=10, ts=TS, curve=8):
    """DH-SIGN's R_MESSAGE."""
    payloads = [cert(c) for c in certs] + [craft.identity(i) for i in ids]
    for value in (public(XR) if dhr is None else dhr, public(XI) if dhi is None else dhi):
        payloads += [dh(value, group)] if value else []
    return message(5, payloads, key, rand=False, ts=ts, curve=curve)


def hears(agent, m, cred=CRED_R, modes="dhsign", x=XR, **options):
    options = {"idr": ID_R, "now": NOW, "limit": 1536, "cred": cred, "modes": modes} | options
    if x is not None:
        options["x"] = pki.secret(x)
    agent.call("responder", **options)
    return agent.hear(m)


def starts(agent, mode="dhsign", cred=CRED_I, x=XI, **options):
    options = {"idr": ID_R, "csb": craft.CSB, "rand": craft.RAND, "now": NOW,
               "cs": "11111111/0/" + SP.hex()} | options  # fmt: skip
    if x is not None:
        options["x"] = pki.secret(x)
    agent.call("certified", mode=mode, cred=cred, **options)
    return bytes.fromhex(agent.call("start", ts=TS))


def agrees(agent) -> bool:
    return agent.keys("me") == agent.keys("srv")


def verifies(m: bytes, key, size: int = 71) -> bool:
    """Is the end of m a DER signature of what is before it, its SIGN head with it?"""
    m, der = m[:-size], m[-size:]
    key.public_key().verify(der, m, ec.ECDSA(pki.HASHES[8]))
    return m[-2:] == (2 << 12 | size).to_bytes(2, "big")


def tek_of(tgk: bytes) -> bytes:
    label = bytes.fromhex("2ad01c6401") + craft.CSB + craft.RAND
    return craft.peer_prf(0, tgk, label, 16)


def envelope(env: bytes, key=KEY_R, flip: int | None = None) -> bytes:
    """ECIES of SEC 1 over P-256: R || EM || D [SPEC 9.3]."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF

    fresh = pki.private("ephemeral")
    z = fresh.exchange(ec.ECDH(), key.public_key())
    k = X963KDF(hashes.SHA1(), 36, None).derive(z)
    em = Cipher(algorithms.AES(k[:16]), modes.CBC(bytes(16))).encryptor().update(env)
    out = public(fresh) + em + hmac.new(k[16:], em, "sha1").digest()
    if flip is not None:
        out = out[:flip] + bytes([out[flip] ^ 1]) + out[flip + 1 :]
    return out


ENV = bytes(range(200, 216))


def sealed(keys=None, who=ID_I, env=ENV, encr=1, mac=1, pke=None, cache=0, chash="sha1",
           certs=(CERT_I,), rand=True, csb=craft.CSB, ts=TS, **changes):  # fmt: skip
    """ECIES' I_MESSAGE."""
    keys = craft.key_data() if keys is None else keys
    inner = bytes([20 if keys else 0, 1]) + u16(len(who)) + who + keys
    made = I(psk=env, keys=inner, encr=encr, ts=ts, csb=csb)
    data = made.encrypted()
    body = bytes([encr]) + u16(len(data)) + data + bytes([mac])
    if mac:
        auth = made.key("2d22ac75", 20 if mac == 1 else 32)
        body += hmac.new(auth, b"\0" + body, craft.mac_name(mac)).digest()
    pke = envelope(env) if pke is None else pke
    payloads = [cert(c) for c in certs] + [craft.identity(ID_R), craft.policy(SP), (1, body)]
    if chash:
        func = {"sha1": 0, "sha256": 2, "md5": 1}[chash]
        payloads.append((8, bytes([func]) + hashlib.new(chash, CERT_R).digest()))
    payloads.append((2, u16(cache << 14 | len(pke)) + pke))
    return message(ECIES, payloads, rand=rand, ts=ts, v=1, csb=csb, **changes)


def mqv_offer(point=None, one_pass=False, **parts):
    """ECMQV's I_MESSAGE."""
    payloads = [cert(CERT_I), craft.identity(ID_R), craft.policy(SP)]
    payloads.append(eccpt(public(XI) if point is None else point, **parts))
    if one_pass:
        payloads.append((8, b"\0" + hashlib.sha1(CERT_R).digest()))
    return message(MQV1 if one_pass else MQV, payloads, v=1)
