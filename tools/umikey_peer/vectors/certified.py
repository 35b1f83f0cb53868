"""The modes with certificates: signed DH, ECIES and ECMQV, their primitives and whole exchanges."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from .. import certs, ec
from ..buffer import Reader
from ..clock import unix
from ..errors import Refused
from ..initiator import Initiator, Stream
from ..keys import TEK, MessageKeys, derive
from ..message import Message
from ..modes.dhsign import DhSign
from ..modes.ecies import Ecies
from ..modes.ecmqv import Ecmqv
from ..payloads import Kemac, Rand, Timestamp
from ..payloads_more import Dh, Eccpt
from ..registry import CURVE_NAMES
from ..replay import ReplayGuard
from ..session import Responder
from . import Case, Check, Skip
from .basic import session_keys
from .psk import ALICE, BOB, SSRC_2, layout

_certs: dict[str, bytes] = {}  # those of 07_dhsign_exchange.json, which other files use, too
CURVES = {curve.name: curve for curve in ec.CURVES.values()}


def learn(data: dict) -> None:
    """Takes up the certificates of 07_dhsign_exchange.json."""
    _certs.update({name: bytes.fromhex(der) for name, der in data["certs"].items()})


def _pins() -> list[bytes]:
    return [certs.pin_of(certs.load(der)) for der in _certs.values()]


def _number(digits: str) -> int:
    return int(digits, 16)


class World:
    """The two ends of a recorded exchange. `own`, `other`: options of their credentials."""

    def __init__(self, mode, name: str, d_i: int, d_r: int, octets: bytes, own: dict, other: dict):
        curve = CURVES[name]
        ends = []
        for role, d, more in (("i", d_i, own), ("r", d_r, other)):
            key, chain = ec.private_key(curve, d), _certs[f"{role}_{name}"]
            known = {BOB: _certs[f"r_{name}"]} if role == "i" else None
            options = {"others": known, "signer": ec.deterministic, **more}
            # their authority has another name than its own certificate: pins have to do
            ends.append(mode(key, chain, (), _pins(), **options))
        self.message = Message.decode(octets)
        self.ends = ends
        stamp = self.message.one(Timestamp)
        self.moment = unix(int.from_bytes(stamp.value, "big"))

    def now(self) -> float:
        return self.moment

    def initiator(self, **options) -> Initiator:
        message = self.message
        return Initiator(
            self.ends[0],
            id_i=ALICE,
            id_r=BOB,
            streams=tuple(Stream(entry.ssrc) for entry in message.header.cs),
            csb_id=message.header.csb_id,
            rand=message.one(Rand).data,
            stamper=lambda: message.one(Timestamp),
            taken={},
            now=self.now,
            **options,
        )

    def responder(self) -> Responder:
        return Responder(
            [self.ends[1]],
            id_r=BOB,
            replay=ReplayGuard(startup="off", now=self.now),
            choose_ssrc=lambda cs_id: SSRC_2,
            now=self.now,
        )

    def run(self, case: Case, tgk: bytes | None = None, **options) -> None:
        """Both messages, octet by octet, and the keys of both ends."""
        outcome = self.responder().handle(case.octets("I_MESSAGE"))
        case.same("accepted", (outcome.kind, outcome.reason), ("established", ""))
        case.expect("R_MESSAGE", outcome.answer)
        tgk = tgk or outcome.sa.keys[0].key
        if "keys" in options:
            options["keys"] = outcome.sa.keys
        me = self.initiator(**options)
        case.expect("I_MESSAGE", me.start())
        for name in ("I", "R"):
            layout(case, f"{name}_layout", case.octets(f"{name}_MESSAGE"))
        got = me.feed(case.octets("R_MESSAGE"))
        case.same("finished", (got.kind, got.reason), ("established", ""))
        for sa in (me.sa, outcome.sa):
            case.same("the key", sa.keys[0].key, tgk.hex())
            for cs, entry in zip(sa, case.data["derived"], strict=True):
                case.same("TEK", cs.tek, entry["TEK"])
                case.same("salt", cs.salt, entry["salt"])
        csb, rand = self.message.header.csb_id, self.message.one(Rand).data
        session_keys(case, "derived", 0, tgk, csb, rand)


def dhsign_file(data: dict, check: Check) -> None:
    """07_dhsign_exchange.json."""
    learn(data)
    for exchange in data["exchanges"]:
        check.run(exchange["name"], exchange, _dhsign)


def _dhsign(case: Case) -> None:
    name = case.take("name")
    if "RSA" in name:
        raise Skip("RSA signatures are not there yet")
    curve = "P-256" if "P-256" in name else "P-384"
    d_i, d_r = (_number(case.take(f"sign_key_{role}")) for role in "ir")
    x_i, x_r = (_number(case.take(f"x{role}")).to_bytes(66, "big") for role in "ir")
    octets = case.octets("I_MESSAGE")
    group = Message.decode(octets).one(Dh).group
    own = {"exponent": lambda: x_i, "group": group}
    world = World(DhSign, curve, d_i, d_r, octets, own, {"exponent": lambda: x_r})
    tgk = case.octets("TGK(x coordinate)")
    world.run(case, tgk)
    for role, d in (("I", d_i), ("R", d_r)):
        message = Message.decode(case.octets(f"{role}_MESSAGE"))
        signature = message.payloads[-1].data
        covered = message.raw[: -len(signature)]
        inner = case.child(case.take(f"{role}_ecdsa"), f"{role}_ecdsa")
        inner.note("k", "rfc6979_extra_octet")
        inner.expect("der", signature)
        inner.expect("hash", CURVES[curve].hash.name)
        inner.expect("digest", hashlib.new(CURVES[curve].hash.name, covered).digest())
        r, s = decode_dss_signature(signature)
        inner.expect("r", f"{r:x}")
        inner.expect("s", f"{s:x}")
        # r is the x coordinate of k * G
        k = ec.private_key(CURVES[curve], _number(inner.data["k"]))
        x = int.from_bytes(ec.raw(k)[: CURVES[curve].size], "big")
        inner.same("k", x % CURVES[curve].order, r)
        attempt = inner.data["rfc6979_extra_octet"]
        again = ec.deterministic(ec.private_key(CURVES[curve], d), covered, attempt)
        inner.same("signature again", again, signature.hex())
        inner.done()


def ecdh_file(data: dict, check: Check) -> None:
    """09_ecdh.json."""
    for entry in data["cases"]:
        check.run(entry["curve"], entry, lambda c: _ecdh(c, data))
    for entry in data["binary_curve_cases"]:
        check.run(entry["curve"], entry, _binary)
    check.run("ECGDSA", data["ecgdsa"], _ecgdsa)


def _ecdh(case: Case, shared: dict) -> None:
    curve = CURVES[case.take("curve")]
    case.expect("dh_group_draft", curve.group)
    case.expect("ecc_curve_id_rfc6267", curve.number)
    case.expect("dh_value_len", 1 + 2 * curve.size)
    i, r = (ec.private_key(curve, _number(case.take(name))) for name in "ir")
    points = {}
    for name, key in (("i", i), ("r", r)):
        point = points[name] = ec.raw(key)
        case.expect(f"DH{name}_uncompressed", b"\4" + point)
        packed = case.octets(f"DH{name}_compressed")
        case.same("compressed", ec.decode(curve, packed), point.hex())
        hybrid = bytes([6 | point[-1] & 1]) + point
        case.same("hybrid", ec.decode(curve, hybrid), point.hex())
    tgk = ec.shared(i, curve, points["r"])
    case.expect("TGK", tgk)
    case.same("TGK of R", ec.shared(r, curve, points["i"]), tgk.hex())
    csb, rand = _number(shared["csb_id"]), bytes.fromhex(shared["RAND"])
    case.expect("TEK_cs1", derive(0, tgk, TEK, 1, csb, rand, 16))
    case.expect("DH_payload_i(next=SIGN)", Dh(curve.group, b"\4" + points["i"]).encode(4))


def _binary(case: Case) -> None:
    """Binary curves are refused by name; their values are as long as the table says."""
    number = case.take("ecc_curve_id_rfc6267")
    case.expect("curve", CURVE_NAMES[number])
    group = case.take("dh_group_draft")
    case.same("DH-Group", group, number + 2)
    for role in "ir":
        value = case.octets(f"DH{role}_uncompressed")
        case.same("length", len(value), case.take("dh_value_len"))
        case.same("parsed", _parsed(group, value), value.hex())
    try:
        ec.of_group(group)
        case.same("refused", False, True)
    except Refused as error:
        case.same("error", error.number, 6)
    raise Skip("binary curves are refused")


def _parsed(group: int, value: bytes) -> str:
    return Dh.parse(Reader(Dh(group, value).body())).value.hex()


def _ecgdsa(case: Case) -> None:
    curve = CURVES[case.take("curve")]
    d, k = _number(case.take("d")), _number(case.take("k"))
    inverse = pow(d, -1, curve.order)
    point = ec.raw(ec.private_key(curve, inverse))
    case.expect("Q=d^-1*G", b"\4" + point)
    octets = case.octets("msg")
    x = int.from_bytes(ec.raw(ec.private_key(curve, k))[: curve.size], "big") % curve.order
    case.expect("r", f"{x:x}")
    s = (k * x - curve.digest(octets)) * d % curve.order
    case.expect("s=(k*r-e)*d", f"{s:x}")
    signature = x.to_bytes(curve.size, "big") + s.to_bytes(curve.size, "big")
    ec.verify(curve, point, octets, ec.ECGDSA, signature)


def ecies_file(data: dict, check: Check) -> None:
    """10_ecies.json."""
    for entry in data["cases"]:
        name = f"{entry['curve']} {entry['kdf_hash']} {entry['padding']}"
        check.run(name, entry, _envelope)
    check.run("exchange", data["exchange"], _ecies)


def _envelope(case: Case, key=None) -> None:
    curve = CURVES[case.take("curve")]
    case.note("IV")
    if key is None:
        key = ec.private_key(curve, _number(case.take("recipient_d")))
        case.expect("recipient_Q", b"\4" + ec.raw(key))
    once = ec.private_key(curve, _number(case.take("k")))
    kdf = {"sha1": 20, "sha256": 32}[case.take("kdf_hash")]
    pad = case.take("padding") != "none"
    plain = case.octets("M")
    sealed = ec.seal(curve, ec.raw(key), plain, once, kdf, pad)
    case.expect("C=R||EM||D", sealed)
    z = ec.shared(key, curve, ec.raw(once))
    cipher, length, block = ec._cipher(curve)
    case.expect("cipher", cipher if cipher == "3des" else f"{cipher}{8 * length}")
    case.same("IV", bytes(block), case.data["IV"])
    both = ec.x963(kdf, z, length + 20)
    for name, octets in (
        ("Z", z), ("K", both), ("EK", both[:length]), ("MK", both[length:]),
        ("R", b"\4" + ec.raw(once)), ("EM", sealed[1 + 2 * curve.size : -20]),
        ("D(HMAC-SHA-1-160)", sealed[-20:]),
    ):  # fmt: skip
        case.expect(name, octets)
    case.same("opened", ec.unseal(curve, key, sealed, kdf), plain.hex())


def _ecies(case: Case) -> None:
    d_r, d_i = (_number(case.take(f"{n}_private")) for n in ("responder", "initiator_sign"))
    env_key = case.octets("env_key")
    inner = case.child(case.take("ecies"), "ecies")
    k = _number(inner.take("k")).to_bytes(32, "big")
    _envelope(inner, ec.private_key(CURVES["P-256"], d_r))
    inner.done()
    octets = case.octets("I_MESSAGE")
    own = {"env_key": env_key, "ephemeral": lambda: k}
    world = World(Ecies, "P-256", d_i, d_r, octets, own, {})
    message = world.message
    header, rand = message.header, message.one(Rand).data
    keys = MessageKeys.derive(header.prf, env_key, header.csb_id, rand, 1, 1)
    case.expect("encr_key", bytes(keys.encr))
    case.expect("auth_key", bytes(keys.auth))
    case.expect("kemac_mac", message.one(Kemac).mac)
    world.run(case, keys=())


def ecmqv_file(data: dict, check: Check) -> None:
    """11_ecmqv.json."""
    for entry in data["values"]:
        check.run(entry["curve"], entry, _mqv)
    for entry in data["exchanges"]:
        check.run(entry["name"], entry, lambda c: _ecmqv(c, data["values"][0]))
    for name, entry in data["eccpt_lengths"].items():
        check.run(f"ECCPT {name}", entry, lambda c, n=name: _eccpt(c, CURVES[n]))


def _mqv(case: Case) -> None:
    curve = CURVES[case.take("curve")]
    case.expect("avf_bits", (curve.order.bit_length() + 1) // 2)
    d = {f"{kind}_{role}": _number(case.take(f"d{kind}_{role}")) for kind in "se" for role in "ir"}
    q = {name: ec.raw(ec.private_key(curve, value)) for name, value in d.items()}
    for name, point in q.items():
        case.expect(f"Q{name}", b"\4" + point)
    for name, key, kdf, static in (
        ("two_pass", "two_pass", "two_pass_kdf", False),
        ("one_pass", "one_pass C(1e,2s)", "one_pass_kdf", True),
    ):
        inner = case.child(case.take(key), name)
        e_r = "s_r" if static else "e_r"
        z = ec.mqv(curve, d["s_i"], d["e_i"], q["e_i"], q["s_r"], q[e_r])
        inner.expect("Z", z)
        again = ec.mqv(curve, d["s_r"], d[e_r], q[e_r], q["s_i"], q["e_i"])
        inner.same("Z of R", again, z.hex())
        for role, own, other in (("initiator", "e_i", e_r), ("responder", e_r, "e_i")):
            steps = inner.child(inner.take(role), role)
            half = [
                ec._half(curve, int.from_bytes(q[e][: curve.size], "big")) for e in (own, other)
            ]
            steps.expect("avf_own_ephemeral", f"{half[0]:x}")
            steps.expect("avf_peer_ephemeral", f"{half[1]:x}")
            s = (d[own] + half[0] * d["s" + ("_i" if role == "initiator" else "_r")]) % curve.order
            steps.expect("implicit_sig", f"{s:x}")
            steps.done()
        inner.done()
        for hash_name, size in (("sha1", 20), ("sha256", 32)):
            made = case.child(case.take(f"{kdf}_{hash_name}"), hash_name)
            both = ec.x963(size, z, made.take("keydatalen"))
            made.expect("K", both)
            made.expect("TGK(16)", both[:16])
            made.expect("auth_key(20)", both[16:])
            made.done()


def _ecmqv(case: Case, values: dict) -> None:
    one_pass = "one-pass" in case.take("name")
    d_i, d_r = (_number(values[f"ds_{role}"]) for role in "ir")
    e_i, e_r = (_number(values[f"de_{role}"]).to_bytes(66, "big") for role in "ir")
    octets = case.octets("I_MESSAGE")
    own = {"ephemeral": lambda: e_i, "one_pass": one_pass}
    world = World(Ecmqv, "P-256", d_i, d_r, octets, own, {"ephemeral": lambda: e_r})
    kdf = values["one_pass_kdf_sha1" if one_pass else "two_pass_kdf_sha1"]
    case.expect("auth_key", bytes.fromhex(kdf["auth_key(20)"]))
    tgk = case.octets("TGK")
    case.same("TGK", tgk, kdf["TGK(16)"])
    answer = Message.decode(case.octets("R_MESSAGE"))
    stamp = answer.one(Timestamp).value
    case.expect("V_input", answer.raw[:-20] + ALICE.encode() + BOB.encode() + stamp)
    world.run(case, tgk)


def _eccpt(case: Case, curve: ec.Curve) -> None:
    point = b"\4" + ec.raw(ec.private_key(curve, 1))
    case.expect("point", len(point))
    whole = Eccpt(curve.number, point, 1, 16).encode()
    case.expect("pad_zero_octets_after_point", len(whole) - 2 - len(point) - 4)


def curve_of(case: Case) -> None:
    """An elliptic curve of 16_groups.json, against the domain parameters that we compute with."""
    name = case.take("name")
    if case.take("type") == "binary":
        raise Skip("binary curves are refused")
    if name not in CURVES:
        case.note("p", "a", "b", "Gx", "Gy", "n", "h", "dh_group_draft", "ecc_curve_id_rfc6267")
        raise Skip("no curve of MIKEY")
    curve = CURVES[name]
    field, generator = curve.points.curve, curve.points.generator
    for key, number in (
        ("p", field.p()), ("a", field.a() % field.p()), ("b", field.b()),
        ("Gx", generator.x()), ("Gy", generator.y()), ("n", curve.order),
    ):  # fmt: skip
        case.expect(key, f"{int(number):x}")
    case.expect("h", int(field.cofactor() or 1))
    case.expect("dh_group_draft", curve.group)
    case.expect("ecc_curve_id_rfc6267", curve.number)


def negative(case: Case) -> None:
    """17_negative.json: a signed DH message with a point that is not on the curve."""
    case.note("name", "expect")
    octets, accept = case.octets("message"), case.take("accept")
    case.same("to", case.take("to"), "responder")
    if not _certs:
        raise Skip("the certificates are in 07_dhsign_exchange.json, which is absent")
    message = Message.decode(octets)
    moment = unix(int.from_bytes(message.one(Timestamp).value, "big"))
    key = ec.private_key(CURVES["P-256"], 7)
    own = DhSign(key, (), (), _pins(), BOB)
    guard = ReplayGuard(startup="off", now=lambda: moment)
    outcome = Responder([own], id_r=BOB, replay=guard, now=lambda: moment).handle(octets)
    case.same("refused", outcome.ok, False)
    case.same("authentic", outcome.authenticated, True)
    if outcome.error not in accept:
        case.same("reaction", outcome.error, accept)


FILES = {
    "07_dhsign_exchange.json": dhsign_file,
    "09_ecdh.json": ecdh_file,
    "10_ecies.json": ecies_file,
    "11_ecmqv.json": ecmqv_file,
}
