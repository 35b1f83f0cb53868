"""What engines with certificates must survive beside the checklist: calls in an odd order, keys and
certificates past their time, and messages that are authentic but not what they ought to be.

In this process, on CPython: the engines are the same code everywhere.
"""

import datetime as dt
import hashlib

import craft
import pki
import pytest
import umikey
from craft import ID_I, ID_R, NOW, PSK, TS, I, u16
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from signed_steps import (
    ALICE,
    BOB,
    CA,
    CERT_I,
    CERT_R,
    CRED_I,
    CRED_R,
    DHSIGN,
    ECIES,
    ENV,
    KEY_I,
    KEY_R,
    MQV,
    XI,
    cert,
    dh,
    eccpt,
    envelope,
    message,
    mqv_offer,
    offer,
    public,
    sealed,
)
from umikey import SRTP, Credentials, Responder, psk
from umikey.errors import LocalError, RemoteError, UmikeyError
from umikey.modes import dhsign, ecies, ecmqv
from umikey.replay import Replay

pytestmark = pytest.mark.only("cpython")

MODES = {"dhsign": (dhsign, {}), "ecies": (ecies, {}), "ecies-kept": (ecies, {"cache": 1}),
         "ecmqv": (ecmqv, {}), "ecmqv-onepass": (ecmqv, {"one_pass": True})}  # fmt: skip
AGREED = ("dhsign", "ecmqv", "ecmqv-onepass")  # where both ends make the key
modes = pytest.mark.parametrize("mode", MODES)


class Ends:
    """Both ends of a mode, and a clock that both have."""

    def __init__(self, mode, cred_i=CRED_I, cred_r=CRED_R, psk_of=None, **options):
        self.time = NOW
        self.module, more = MODES[mode]
        agreed = mode in AGREED
        self.fresh = (lambda new: {"fresh": new}) if agreed else self._keys
        policy = self.policy = self.module.Policy(Credentials(bytearray(cred_r)))
        policies = [policy, psk.Policy(psk_of or (lambda i, r: PSK))]
        if self.module is ecies:
            policies[1] = ecies.Cached(policy, psk_of)
        self.srv = Responder(
            policies, BOB, now=self.now, limit=2048, replay=Replay(self.now, quarantine=0)
        )
        self.cred_i = Credentials(bytearray(cred_i))
        self.options = {"now": self.now} | more | options
        self.me = self.another()

    def another(self):
        return self.module.Initiator(self.cred_i, BOB, (SRTP(0x11111111),), **self.options)

    def now(self):
        return self.time

    def _keys(self, new):
        return {"keys": ((0, bytes([self.time & 255]) * 16, None, 0, b"", b""),) if new else ()}

    def start(self):
        buf = bytearray(2048)
        return bytes(buf[: self.me.start(buf)])

    def update(self, new=True):
        self.time += 1
        buf = bytearray(2048)
        return bytes(buf[: self.me.update(buf, **self.fresh(new))])

    def hears(self, m):
        """What the responder says to it; -> "keys", or the error."""
        self.srv.reset()
        try:
            assert self.srv.feed(m)
            what = "keys"
        except UmikeyError as e:
            what = f"{type(e).__name__}/{e.number}"
        out = bytearray(2048)
        self.answer = bytes(out[: self.srv.answer(out)])
        return what

    def feeds(self, m):
        try:
            return "keys" if self.me.feed(m) else "waits"
        except UmikeyError as e:
            self.me.reset()
            return f"{type(e).__name__}/{e.number}"

    def agree(self, m):
        """The responder takes m, the initiator its answer, and they have the same keys."""
        assert self.hears(m) == "keys"
        assert self.feeds(self.answer) == "keys"
        assert bytes(self.me.sa[0].tek) == bytes(self.srv.sa[0].tek)
        assert self.me.sa.fingerprint() == self.srv.sa.fingerprint()
        return bytes(self.srv.sa[0].tek)


@modes
def test_updates_with_new_keys_and_without(mode):
    ends = Ends(mode)
    teks = [ends.agree(ends.start()), ends.agree(ends.update()), ends.agree(ends.update(False))]
    # keys that were transported are taken over as they are, and RAND and CSB ID are the same
    assert teks[0] != teks[1] and teks[1] == teks[2]


@modes
def test_closing_forgets(mode):
    ends = Ends(mode)
    ends.agree(ends.start())
    ends.srv.sa.close()
    answered = ends.hears(ends.update(ends.module is not ecies))
    assert answered == "RemoteError/12", "an update of a CSB that was closed"
    ends.me.sa.close()
    with pytest.raises(LocalError):
        ends.update()


def test_a_closed_sa_has_no_key_of_zeros():
    for cache in (1, 2):
        ends = Ends("ecies")
        assert ends.hears(sealed(cache=cache)) == "keys"
        ends.srv.sa.close()
        later = (int.from_bytes(TS[:4], "big") + 1).to_bytes(4, "big") + TS[4:]
        forged = I(psk=bytes(16), rand=None, ts=later, keys=craft.key_data(bytes(16))).encode()
        assert ends.hears(forged) not in ("keys",), cache


@modes
@pytest.mark.parametrize("role", ["me", "srv"])
def test_octets_after_close(mode, role):
    """The engine is as new: the initiator expects nothing, the responder anything."""
    ends = Ends(mode)
    m = ends.start()
    assert ends.hears(m) == "keys"
    if role == "me":
        ends.me.close()
        for _ in range(2):
            with pytest.raises(LocalError):
                ends.me.feed(ends.answer)
        ends.time += 1
        ends.agree(ends.start())
        return
    ends.srv.close()
    ends.srv.reset()
    ends.srv.feed(m, 0, 100)
    ends.srv.close()
    ends.srv.reset()
    ends.time += 1
    ends.agree(ends.start())


@modes
def test_a_forged_answer_spoils_nothing(mode):
    ends = Ends(mode)
    for write in (ends.start, ends.update):
        m = write()
        assert ends.hears(m) == "keys"
        # behind HDR, its map, T, the identity or certificate; the answer's end is the tag
        for at in (-1, -5, len(ends.answer) // 2):
            forged = bytearray(ends.answer)
            forged[at] ^= 1
            assert ends.feeds(bytes(forged)) not in ("keys",)
        assert ends.feeds(ends.answer) == "keys"
        assert bytes(ends.me.sa[0].tek) == bytes(ends.srv.sa[0].tek)


@modes
def test_another_ssrc_spoils_nothing(mode):
    """An answer that changes an SSRC, authentic or not, is none; the right one still counts."""
    ends = Ends(mode)
    assert ends.hears(ends.start()) == "keys"
    forged = bytearray(ends.answer)
    forged[11] ^= 1  # the map begins at 10: policy, SSRC, ROC
    assert ends.feeds(bytes(forged)) == "RemoteError/12"
    assert ends.feeds(ends.answer) == "keys"


def test_an_authentic_answer_with_another_ssrc():
    ends = Ends("dhsign", exponent=pki.secret(XI))
    ends.hears(ends.start())
    good = ends.answer
    head = bytearray(good[:20])
    head[11] ^= 1
    body = good[20 : good.rindex(good[-73:])]  # up to SIGN
    assert good[:-71].endswith(u16(2 << 12 | 71))
    bad = pki.signed(bytes(head) + body[: len(good) - 20 - 73], KEY_R)
    assert len(bad) == len(good)
    assert ends.feeds(bad) == "RemoteError/12" and ends.feeds(good) == "keys"


@pytest.mark.parametrize("mode", ["dhsign", "ecmqv", "ecies"])
def test_the_end_of_a_certificate_holds_for_updates(mode):
    short = CA.issue(ALICE, KEY_I.public_key(), until=pki.TODAY + dt.timedelta(seconds=10))
    cred = pki.credentials(
        ALICE, ((KEY_I, 8, ((0, short),)),), (CA.anchor,), others=((BOB, 0, CERT_R),)
    )
    ends = Ends(mode, cred)
    ends.agree(ends.start())
    ends.agree(ends.update())
    ends.time += 30
    assert ends.hears(ends.update()) == "RemoteError/8"


@pytest.mark.parametrize("mode", ["dhsign", "ecmqv"])
def test_the_end_of_the_responders_certificate_holds_for_updates(mode):
    short = CA.issue(BOB, KEY_R.public_key(), until=pki.TODAY + dt.timedelta(seconds=10))
    ends = Ends(mode, cred_r=pki.credentials(BOB, ((KEY_R, 8, ((0, short),)),), (CA.anchor,)))
    ends.agree(ends.start())
    ends.time += 30
    assert ends.hears(ends.update()) == "keys"
    assert ends.feeds(ends.answer) == "RemoteError/8"


@pytest.mark.parametrize("mode", ["ecies", "ecies-kept", "ecmqv-onepass"])
def test_no_message_to_a_certificate_that_has_ended(mode):
    short = CA.issue(BOB, KEY_R.public_key(), until=pki.TODAY + dt.timedelta(seconds=10))
    cred = pki.credentials(
        ALICE, ((KEY_I, 8, ((0, CERT_I),)),), (CA.anchor,), others=((BOB, 0, short),)
    )
    ends = Ends(mode, cred, pki.credentials(BOB, ((KEY_R, 8, ((0, short),)),), (CA.anchor,)))
    ends.agree(ends.start())
    ends.time += 30
    with pytest.raises(LocalError, match="expired"):
        ends.update()
    with pytest.raises(LocalError, match="expired"):
        ends.start()
    with pytest.raises(LocalError, match="expired"):
        ends.another()


@modes
def test_no_update_behind_keys_that_may_be_there(mode):
    """The answer to new keys was lost: which ones count, the responder alone knows."""
    ends = Ends(mode)
    ends.agree(ends.start())
    ends.hears(ends.update())
    with pytest.raises(LocalError, match="not answered"):
        ends.update(False)
    ends.agree(ends.update())
    ends.agree(ends.update(False))


def test_update_before_the_first_answer():
    for mode in MODES:
        ends = Ends(mode)
        m = ends.start()
        with pytest.raises(LocalError):
            ends.update()
        ends.time = NOW
        ends.agree(m)


def kemac():
    return 1, b"\1" + u16(40) + bytes(40) + b"\1" + bytes(20)


def test_payloads_that_do_not_belong():
    ends = Ends("dhsign")
    for more in ((kemac(),), (kemac(), kemac()), ((2, u16(16) + bytes(16)),), ((8, bytes(21)),),
                 (eccpt(public(XI)),)):  # fmt: skip
        assert ends.hears(offer(more=more)) == "RemoteError/12", more
    ends = Ends("ecmqv")
    for more in (kemac(), dh(public(XI)), (2, u16(16) + bytes(16))):
        payloads = [cert(CERT_I), craft.identity(ID_R), craft.policy(craft.SP), eccpt(public(XI))]
        assert ends.hears(message(MQV, [*payloads, more], v=1)) == "RemoteError/12", more
    ends = Ends("ecies")
    pke = envelope(ENV)
    two = [cert(CERT_I), craft.identity(ID_R), kemac(), kemac(), (2, u16(len(pke)) + pke)]
    assert ends.hears(message(ECIES, two, v=1)) == "RemoteError/12"


def test_another_mode_on_a_csb_of_pre_shared_keys():
    """A stranger's signed message that names the CSB: an error, and the CSB lives."""
    later = (int.from_bytes(TS[:4], "big") + 1).to_bytes(4, "big") + TS[4:]
    stranger = pki.private("mallory")
    pke = envelope(ENV)
    for mode, what, last in (("dhsign", DHSIGN, []), ("ecmqv", MQV, [eccpt(public(XI))]),
                             ("ecies", ECIES, [kemac(), (2, u16(len(pke)) + pke)])):  # fmt: skip
        ends = Ends(mode, psk_of=lambda i, r: PSK)
        assert ends.hears(I().encode()) == "keys"
        payloads = [craft.identity(ID_I), craft.identity(ID_R), *last]
        m = message(what, payloads, key=stranger, rand=False, ts=later, v=1)
        assert ends.hears(m) == "RemoteError/8"
        assert ends.hears(I(rand=None, ts=later).encode()) == "keys"


def test_a_pre_shared_key_beside_a_kept_one():
    ends = Ends("ecies-kept", psk_of=lambda i, r: PSK)
    ends.agree(ends.start())
    assert ends.hears(I(csb=b"bbbb").encode()) == "keys"
    assert ends.hears(I(csb=b"cccc", psk=b"another").encode()) == "AuthError/0"
    ends = Ends("ecies-kept")
    ends.agree(ends.start())
    assert ends.hears(I(csb=b"bbbb").encode()) == "AuthError/0"


def test_mqv_needs_a_certificate_that_signs_and_agrees():
    for usage, kind in (((pki.AGREES,), 0), ((pki.SIGNS,), 0), (None, 2), (None, 3)):
        der = CA.issue(ALICE, KEY_I.public_key(), usage) if usage else CERT_I
        payloads = [cert(der, kind), craft.identity(ID_R), eccpt(public(XI))]
        assert Ends("ecmqv").hears(message(MQV, payloads, v=1)) == "RemoteError/8", (usage, kind)
    assert Ends("ecmqv").hears(mqv_offer()) == "keys"


def test_intervals_of_packet_indexes():
    for kv in (
        b"\2\3abc\0",
        b"\2\6" + bytes(6) + b"\5" + bytes(5),
        b"\2\6\0\0\0\0\0\1\6" + bytes(6),
    ):
        m = message(DHSIGN, [cert(CERT_I), craft.identity(ID_R), craft.policy(craft.SP),
                             (3, b"\x0a" + public(XI) + kv)])  # fmt: skip
        assert Ends("dhsign").hears(m) == "RemoteError/12", kv


def test_remember_is_a_limit():
    ends = Ends("dhsign")
    ends.srv._remember = 2
    for _ in range(4):
        ends.me = ends.another()
        ends.agree(ends.start())
        ends.time += 1
    assert len(ends.srv._known) == 2


def changed(cred: bytes, old: bytes, new: bytes) -> bytes:
    body = cred[:-32].replace(old, new)
    assert body != cred[:-32] and len(old) == len(new)
    return body + hashlib.sha256(body).digest()


N = bytes.fromhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")


@pytest.mark.parametrize("d", [bytes(32), N, b"\xff" * 32], ids=["0", "n", "ones"])
def test_private_keys_that_are_none(d):
    own = changed(CRED_I, pki.secret(KEY_I), d)
    for mode in ("dhsign", "ecies", "ecmqv"):
        with pytest.raises(LocalError, match="no private key"):
            Ends(mode, own)
    theirs = changed(CRED_R, pki.secret(KEY_R), d)
    for mode in ("dhsign", "ecies", "ecmqv"):
        with pytest.raises(LocalError, match="no private key"):
            Ends(mode, cred_r=theirs)


@pytest.mark.parametrize("mode", ["dhsign", "ecies", "ecmqv"])
def test_closed_credentials(mode):
    ends = Ends(mode)
    ends.cred_i.close()
    with pytest.raises(LocalError, match="closed"):
        ends.start()


def test_a_path_is_no_credentials():
    for module in (dhsign, ecies, ecmqv):
        with pytest.raises(LocalError, match="credentials.load"):
            module.Initiator("cam7.cred", BOB, (SRTP(1),))
        with pytest.raises(LocalError, match="credentials.load"):
            module.Policy("cam7.cred")


def test_a_damaged_certificate_of_another_end():
    cred = pki.credentials(
        ALICE, ((KEY_I, 8, ((0, CERT_I),)),), (CA.anchor,), others=((BOB, 0, CERT_R[:-9]),)
    )
    for mode in ("ecies", "ecmqv-onepass"):
        with pytest.raises(LocalError, match="responder's certificate"):
            Ends(mode, cred)


def test_critical_purposes():
    """extKeyUsage that is critical: none of its purposes is MIKEY."""
    oid = x509.oid.ExtendedKeyUsageOID
    for purpose in (oid.TIME_STAMPING, oid.CLIENT_AUTH):
        for critical in (True, False):
            more = ((x509.ExtendedKeyUsage([purpose]), critical),)
            der = CA.issue(ALICE, KEY_I.public_key(), more=more)
            want = "RemoteError/8" if critical else "keys"
            assert Ends("dhsign").hears(offer(certs=(der,))) == want


def test_sha1_under_a_certificate():
    """It is none to believe; what is pinned needs no signature."""
    der = pki.sha1_signed(CERT_I, CA)
    found = x509.load_der_x509_certificate(der)
    assert found.signature_hash_algorithm.name == "sha1"
    by_sha1 = ec.ECDSA(hashes.SHA1())
    CA.key.public_key().verify(found.signature, found.tbs_certificate_bytes, by_sha1)
    assert Ends("dhsign").hears(offer(certs=(der,))) == "RemoteError/8"
    key = KEY_I.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pins = (hashlib.sha256(key).digest(),)
    cred = pki.credentials(BOB, ((KEY_R, 8, ((0, CERT_R),)),), (CA.anchor,), pins)
    assert Ends("dhsign", cred_r=cred).hears(offer(certs=(der,))) == "keys"


def test_an_update_of_an_envelope_may_bring_no_kemac():
    """It needs a new envelope key for V alone (RFC 3830 4.5)."""
    ends = Ends("ecies")
    assert ends.hears(sealed()) == "keys"
    tek = bytes(ends.srv.sa[0].tek)
    later = (int.from_bytes(TS[:4], "big") + 1).to_bytes(4, "big") + TS[4:]
    pke = envelope(ENV)
    payloads = [craft.identity(ID_I), craft.identity(ID_R), (2, u16(len(pke)) + pke)]
    assert ends.hears(message(ECIES, payloads, v=1)) == "RemoteError/12"
    assert ends.hears(message(ECIES, payloads, rand=False, ts=later, v=1)) == "keys"
    assert bytes(ends.srv.sa[0].tek) == tek


@pytest.mark.parametrize("curve", [11, 14])
@modes
def test_an_authority_with_a_larger_key(mode, curve):
    ca = pki.Ca("Large CA", curve)
    certs = [ca.issue(who, key.public_key()) for who, key in ((ALICE, KEY_I), (BOB, KEY_R))]
    own = ((KEY_I, 8, ((0, certs[0]),)),), (ca.anchor,)
    cred_i = pki.credentials(ALICE, *own, others=((BOB, 0, certs[1]),))
    ends = Ends(mode, cred_i, pki.credentials(BOB, ((KEY_R, 8, ((0, certs[1]),)),), (ca.anchor,)))
    ends.agree(ends.start())


def test_a_pinned_key_under_a_signature_that_is_not_read():
    """By a larger key than any that is trusted here: it is not believed, and not needed."""
    der = pki.Ca("Large CA", 11).issue(ALICE, KEY_I.public_key())
    assert Ends("dhsign").hears(offer(certs=(der,))) == "RemoteError/8"
    key = KEY_I.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pins = (hashlib.sha256(key).digest(),)
    cred = pki.credentials(BOB, ((KEY_R, 8, ((0, CERT_R),)),), (CA.anchor,), pins)
    assert Ends("dhsign", cred_r=cred).hears(offer(certs=(der,))) == "keys"


@pytest.mark.parametrize("cache", [1, 2])
def test_a_kept_key_lives_no_longer_than_its_certificate(cache):
    short = CA.issue(ALICE, KEY_I.public_key(), until=pki.TODAY + dt.timedelta(seconds=10))
    cred = pki.credentials(
        ALICE, ((KEY_I, 8, ((0, short),)),), (CA.anchor,), others=((BOB, 0, CERT_R),)
    )
    ends = Ends("ecies-kept", cred, cache=cache)
    ends.agree(ends.start())
    ends.agree(ends.update())
    ends.policy._allow = lambda who: False
    assert ends.hears(ends.update()) == "AuthError/0"
    ends.policy._allow = None
    ends.agree(ends.update())
    ends.time += 30
    assert ends.hears(ends.update()) == "RemoteError/8"


def test_a_kept_key_for_other_csbs_lives_no_longer_than_its_certificate():
    """C = 1; who has no leaf any more has no key (RFC 3830 6.3)."""
    ends = Ends("ecies-kept")
    ends.agree(ends.start())
    key = bytes(ends.policy.kept[ID_I][0])
    assert any(key) and ends.hears(I(csb=b"bbbb", psk=key).encode()) == "keys"
    leaf = ends.policy.kept[ID_I][1]
    ends.policy.kept[ID_I] = (bytearray(key), (*leaf[:2], b"20200101000000", leaf[3]))
    assert ends.hears(I(csb=b"cccc", psk=key).encode()) == "RemoteError/8"


@modes
def test_a_refused_update_with_keys_leaves_the_old_ones(mode):
    """An authenticated Error says that it was not taken: an update without keys may follow."""
    ends = Ends(mode)
    tek = ends.agree(ends.start())
    sessions, ends.srv._sessions = ends.srv._sessions, refuse
    assert ends.hears(ends.update()) == "RemoteError/10"
    assert ends.feeds(ends.answer) == "RemoteError/10"
    ends.srv._sessions = sessions
    assert ends.agree(ends.update(False)) == tek
    # but not behind another one that may have been taken
    ends.hears(ends.update())
    ends.srv._sessions = refuse
    ends.hears(ends.update())
    assert ends.feeds(ends.answer) == "RemoteError/10"
    with pytest.raises(LocalError, match="not answered"):
        ends.update(False)


def refuse():
    raise RemoteError(10)


@modes
def test_closing_overwrites_what_was_not_answered(mode):
    ends = Ends(mode)
    ends.start()
    keys = [key[1] for key in ends.me._keys or ()]
    assert keys or mode in ("dhsign", "ecmqv")
    ends.me.close()
    assert not any(any(key) for key in keys)


def test_an_envelope_that_was_refused_is_overwritten():
    ends = Ends("ecies")
    for m in (sealed(who=b"sip:mallory@example.com"), sealed(mac=0), sealed(encr=0)):
        ends.hears(m)
        assert not any(ends.policy._env)
    assert ends.hears(sealed()) == "keys"
    assert not any(ends.policy._env)


def test_errors_of_who_may_not_sign_are_hints():
    """Item 76: CERT type 3 and keyAgreement alone do not sign, an Error neither."""
    for usage, kind in (((pki.AGREES,), 0), ((pki.SIGNS, pki.AGREES), 3)):
        der = CA.issue(BOB, KEY_R.public_key(), usage)
        ends = Ends(
            "ecmqv", cred_r=pki.credentials(BOB, ((KEY_R, 8, ((kind, der),)),), (CA.anchor,))
        )
        ends.agree(ends.start())
        ends.srv._sessions = refuse
        assert ends.hears(ends.update()) == "RemoteError/10"
        assert ends.feeds(ends.answer) == "waits" and ends.me.hint == 10


@modes
def test_an_update_that_does_not_fit_changes_nothing(mode):
    """Its buffer is too small; the answer to the message that is out still counts."""
    ends = Ends(mode)
    ends.agree(ends.start())
    assert ends.hears(ends.update()) == "keys"
    ends.time += 1
    with pytest.raises(umikey.errors.BufferTooSmall):
        ends.me.update(bytearray(20), **ends.fresh(True))
    assert ends.feeds(ends.answer) == "keys"
    assert bytes(ends.me.sa[0].tek) == bytes(ends.srv.sa[0].tek)
