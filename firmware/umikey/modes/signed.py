"""What the modes with certificates have in common (RFC 3830 3.2, 3.3, 5.2).

A message is signed as a whole, up to and with the head of its SIGN payload. Its certificates are
never stored: they go by, through the signature's hash and through `x509.Chain`.
"""

import umikey.clock as clock
import umikey.errors as errors
import umikey.wire_cert as wire_cert
from umikey.crypto import ec, ecdsa
from umikey.crypto.hash import Sha
from umikey.x509 import Chain, date

SIGNING = const(0x80)  # keyUsage: digitalSignature
AGREEMENT = const(0x08)  # keyUsage: keyAgreement


def unix(now):
    """Unix seconds by the function `now`, or by the port's clock; NoClock where it is unset."""
    clock.seconds(now)
    return int((now or clock.unix_time)())


def forget(secret):
    """Overwrite a bytearray."""
    for i in range(len(secret)):
        secret[i] = 0


def suits(cert_type, usage):
    """May a certificate of this CERT type serve `usage`? (RFC 3830 6.7: 2 signs, 3 encrypts.)"""
    return cert_type == 0 or usage == (SIGNING if cert_type == 2 else AGREEMENT)


def own_key(cred, usage, curve=None):
    """The first of our keys for `usage`; LocalError where there is none."""
    p256 = ec.curve(8)  # what it needs is large, and later there is no such block in a small heap
    p256._rung()
    p256._table()
    for key in getattr(cred, "keys", ()):
        if (not key.certs or suits(key.certs[0][0], usage)) and curve in (None, key.curve):
            if not any(key.d) or bytes(key.d) >= ec.curve(key.curve).N:
                raise errors.LocalError("no private key; were the credentials closed?")
            return key
    if not hasattr(cred, "keys"):
        raise errors.LocalError("Credentials are needed, see credentials.load")
    raise errors.LocalError("the credentials have no key for this mode")


def digest_of(der, func):
    """SHA-1 (func 0) or SHA-256 (2) of `der`; RemoteError(5) for other functions."""
    if func not in (0, 2):
        raise errors.RemoteError(5)
    sha = Sha(32 if func else 20)
    sha.update(der, 0, len(der))
    out = bytearray(sha.size)
    sha.digest_into(out, 0)
    return out


def known(cred, who, usage, now):
    """-> leaf, DER of the first certificate that the credentials hold for `who` and that `judge`
    takes; RemoteError(8) where there is none.
    """
    e = None
    for id_type, name, cert_type, der in cred.others:
        if who and id_type == who[0] and name == who[1]:
            chain = Chain((), (), size=66)
            chain.begin(len(der))
            chain.update(der, 0, len(der))
            try:
                return judge(chain, cert_type, who, usage, now, True), der
            except errors.RemoteError as e1:
                e = e1
    raise e or errors.RemoteError(8, "no certificate")


def judge(chain, cert_type, who, usage, now, trusted=False):
    """-> (ECC curve, point, last second, may it sign?) of the leaf; RemoteError(8) unless it may do
    `usage` for `who` now.

    trusted: the credentials vouch for it, and only its dates count. The last second is that of the
    chain, as `x509.date` has it: see `current`.
    """
    until = chain.verify(unix(now), trusted)
    if chain.leaf.curve is None:
        raise errors.RemoteError(8, "not an elliptic-curve key")
    if chain.leaf.usage & usage != usage or not suits(cert_type, usage):
        raise errors.RemoteError(8, "the certificate is not for this use")
    if not chain.is_for(*who):
        raise errors.RemoteError(8, "the certificate is somebody else's")
    signs = chain.leaf.usage & SIGNING and suits(cert_type, SIGNING)
    return chain.leaf.curve, bytes(chain.point), until, signs


def current(leaf, now):
    """The leaf, judged before; RemoteError(8) if its certificate has ended since."""
    if date(unix(now)) > leaf[2]:
        raise errors.RemoteError(8, "expired")
    return leaf


def responders(cred, who, opt):
    """-> leaf, CHASH's hash or None, of the responder's certificate. LocalError: there is none."""
    try:
        leaf, der = known(cred, who, AGREEMENT, opt.get("now"))
    except errors.RemoteError as e:
        raise errors.LocalError("the responder's certificate: " + str(e)) from None
    func = opt.get("chash", 0)
    return leaf, None if func is None else digest_of(der, func)


def still(leaf, opt):
    """`current`, for what is to be sent: LocalError."""
    try:
        return current(leaf, opt.get("now"))
    except errors.RemoteError as e:
        raise errors.LocalError("the responder's certificate: " + str(e)) from None


def _sizes(cred):
    # octets of a coordinate of the authorities' keys
    return [len(point) >> 1 for _, point, _ in cred.anchors]


class Proof:
    """What a signed message is checked by while it passes: its hashes, and its certificates.

    curves: ECC curves of the keys that may sign; each has its hash [SPEC 9.1], which runs beside
    the others, for the message says only in its course which one it is. signed: False where there
    are certificates, but no signature.
    """

    def __init__(self, cred, curves, signed=True):
        self.mac = self  # it stands where the MAC stands in other modes
        self._cred = cred
        size = max([ec.curve(number).SIZE for number in curves])
        self.chain = Chain(cred.anchors, cred.pins, size=max([size] + _sizes(cred)))
        self._sums = ()
        for number in curves if signed else ():
            size = ec.curve(number).HASH
            if size not in [s.size for s, _ in self._sums]:
                self._sums += ((Sha(size), bytearray(size)),)
        self.certs = self._left = 0
        self.cert_type = 0

    def begin(self):
        """A message begins."""
        self.chain.reset()
        self.certs = self._left = 0
        for sha, _ in self._sums:
            sha.plain()

    def opens(self, cert_type, size):
        """A certificate of `size` octets follows."""
        if cert_type not in (0, 2, 3):
            raise errors.RemoteError(8, "certificate type %d" % cert_type)
        if not self.certs:
            self.cert_type = cert_type
        self.certs += 1
        self._left = size
        self.chain.begin(size)

    def update(self, buf, i, end):
        """Octets of the message."""
        for sha, _ in self._sums:
            sha.update(buf, i, end)
        if self._left:
            self._left -= end - i
            self.chain.update(buf, i, end)

    def finish(self):
        """The signed part is over. -> 12 octets of its hash"""
        for sha, digest in self._sums:
            sha.digest_into(digest, 0)
        return bytes(self._sums[0][1][:12])

    def identity(self):
        """(ID type, octets) that the message's own certificate is for; not vouched for yet."""
        who = self.chain.identity
        if who is None:
            raise errors.RemoteError(8, "a certificate without a name")
        return who

    def leaf(self, who, usage, now, before=None):
        """-> `judge`'s leaf of who signed: by the certificates in the message; else the one of the
        CSB before, or that the credentials hold. RemoteError(8).
        """
        if self.certs:
            return judge(self.chain, self.cert_type, who, usage, now)
        if before:
            return current(before, now)
        return known(self._cred, who, usage, now)[0]

    def verify(self, leaf, sign, buf):
        """AuthError unless `sign`, (S type, at, n) in buf, is the leaf's over the message."""
        s_type, at, n = sign
        curve, point, _, _ = leaf
        if s_type not in (2, 3):
            raise errors.RemoteError(8, "S type %d is not for the certificate's key" % s_type)
        size = ec.curve(curve).HASH
        for sha, digest in self._sums:
            if sha.size == size:
                return ecdsa.verify(point, digest, buf, at, n, s_type == 3, curve)
        raise errors.RemoteError(8, "signatures on this curve are not accepted")


def sign(w, key, random, hedged, work=None):
    """End a message with SIGN by our key. -> its length

    hedged: fresh octets from `random`, or from the port, go into the nonce; work: see `ecdsa.sign`.
    """
    size = ecdsa.size(key.curve)
    wire_cert.push_sign(w, 2, size)
    at = w.n
    w.n += size
    end = w.close()
    sha = Sha(ec.curve(key.curve).HASH)
    sha.update(w.buf, 0, at)
    digest = bytearray(sha.size)
    sha.digest_into(digest, 0)
    sha = None  # its octets are needed for what follows
    random = (random or True) if hedged else None
    ecdsa.sign(key.d, digest, w.buf, at, size, random, False, key.curve, work)
    return end


def error_from(leaf, sign, hold, now):
    """Is an Error message, all of it in hold, signed by `leaf`?"""
    s_type, at, n = sign
    curve, point, _, signs = leaf
    if not signs:
        return False
    sha = Sha(ec.curve(curve).HASH)
    sha.update(hold, 0, at)
    digest = bytearray(sha.size)
    sha.digest_into(digest, 0)
    try:
        current(leaf, now)
        ecdsa.verify(point, digest, hold, at, n, s_type == 3, curve)
        return s_type in (2, 3)
    except (errors.AuthError, errors.RemoteError):
        return False
