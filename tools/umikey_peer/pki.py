"""A small authority for boards and servers: a root, perhaps one below it, and what they issue.

A folder holds ca.pem and ca.key.pem and, with an intermediate authority, sub.pem and sub.key.pem;
then ca.key.pem may be kept elsewhere. Keys are files that only their owner can read, and are never
printed. Nothing here replaces an authority: all that it has certified would be orphaned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec as openssl
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from . import ec
from .boardfile import write_private
from .credentials import MAX_FILE, ConfigError
from .payloads import Id

FILES = ("ca.pem", "ca.key.pem", "sub.pem", "sub.key.pem")
CURVES = {"p256": 8, "p384": 11, "p521": 14}
USES = {0: ("digital_signature", "key_agreement"), 2: ("digital_signature",), 3: ("key_agreement",)}
_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


def usage(*names: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: name in names for name in _USAGES})


def san(who: Id) -> x509.SubjectAlternativeName:
    """A URI for ID type 1, an rfc822Name for type 0; ValueError for others."""
    if who.kind not in (0, 1):
        raise ValueError("a certificate names a URI or user@host")
    kind = x509.UniformResourceIdentifier if who.kind else x509.RFC822Name
    return x509.SubjectAlternativeName([kind(who.data.decode())])


def pem(cert: x509.Certificate) -> bytes:
    return cert.public_bytes(Encoding.PEM)


def pem_key(key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def new_key(curve: int = 8):
    """A private key on an ECC curve by its number."""
    return openssl.generate_private_key(ec.curve(curve).openssl)


@dataclass
class Authority:
    """An authority: its `key`, its certificate, and those above it that a chain has to show."""

    key: openssl.EllipticCurvePrivateKey
    cert: x509.Certificate
    root: x509.Certificate
    above: tuple[x509.Certificate, ...] = ()

    @classmethod
    def new(cls, name: str, curve: int = 8, days: float = 7300, now: datetime | None = None):
        """A root."""
        key = new_key(curve)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        parts = [(x509.BasicConstraints(True, None), True)]
        parts.append((usage("key_cert_sign", "crl_sign"), True))
        cert = _signed(key, subject, subject, key.public_key(), parts, days, now)
        return cls(key, cert, cert)

    def below(self, name: str, days: float = 3650, now: datetime | None = None) -> Authority:
        """An intermediate authority, which issues for ends only."""
        key = new_key(ec.of_key(self.key).number)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        parts = [(x509.BasicConstraints(True, 0), True)]
        parts.append((usage("key_cert_sign", "crl_sign"), True))
        cert = _signed(self.key, self.cert.subject, subject, key.public_key(), parts, days, now)
        return Authority(key, cert, self.root, (cert, *self.above))

    def issue(
        self, who: str | Id, public, cert_type: int = 0, days: float = 1825,
        now: datetime | None = None,
    ) -> tuple[x509.Certificate, ...]:  # fmt: skip
        """A chain for an identity, leaf first, without the root. `cert_type`: 0 for all uses, 2 for
        signatures, 3 for key agreement."""
        who = Id.of(who)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, str(who)[:64])])
        parts = [(san(who), False), (usage(*USES[cert_type]), True)]
        leaf = _signed(self.key, self.cert.subject, subject, public, parts, days, now)
        return (leaf, *self.above)

    def save(self, folder: str | Path, name: str = "ca") -> None:
        """Writes NAME.pem and NAME.key.pem into a folder. ConfigError if one of them exists."""
        key, cert = Path(folder) / f"{name}.key.pem", Path(folder) / f"{name}.pem"
        for file in (key, cert):
            if file.exists():
                raise ConfigError(f"{file} exists; an authority is never replaced")
        write_private(key, pem_key(self.key))
        try:
            write_private(cert, pem(self.cert), mode=0o644)
        except ConfigError:
            key.unlink()  # a key without its certificate would be in the way of the next try
            raise

    @classmethod
    def there(cls, folder: str | Path) -> bool:
        """Whether a folder has an authority. ConfigError if it has a part of one."""
        found = [name for name in FILES if (Path(folder) / name).exists()]
        if not found:
            return False
        below = [name for name in FILES[2:] if name in found]
        needed = ["ca.pem", *FILES[2:]] if below else FILES[:2]
        missing = [name for name in needed if name not in found]
        if missing:
            raise ConfigError(
                f"{folder} has {found[0]}, but no {missing[0]}: put that back, for an authority is "
                f"never replaced; or give --ca another folder"
            )
        return True

    @classmethod
    def load(cls, folder: str | Path) -> Authority:
        """The authority of a folder, the intermediate one if there is any. ConfigError."""
        folder = Path(folder)
        root = read_certs(folder / "ca.pem")[0]
        name, above = ("sub", True) if (folder / "sub.pem").exists() else ("ca", False)
        cert = read_certs(folder / f"{name}.pem")[0]
        key = read_key(folder / f"{name}.key.pem")
        if key.public_key() != cert.public_key():
            raise ConfigError(f"{folder / name}.key.pem is not the key of {folder / name}.pem")
        return cls(key, cert, root, (cert,) if above else ())


def _signed(key, issuer, subject, public, parts, days, now) -> x509.Certificate:
    now = now or datetime.now(UTC)
    start = now.replace(microsecond=0) - timedelta(days=1)  # boards' clocks may lag
    end = now.replace(microsecond=0) + timedelta(days=days)
    serial = x509.random_serial_number()
    builder = x509.CertificateBuilder(issuer, subject, public, serial, start, end)
    for extension, critical in parts:
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, ec.of_key(key).hash)


def read_file(path: str | Path, what: str) -> bytes:
    """A small file; ConfigError in plain words otherwise."""
    path = Path(path)
    try:
        if path.stat().st_size > MAX_FILE:
            raise ConfigError(f"the {what} {path} is too large to be one")
        return path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"there is no {what} {path}") from None
    except OSError as error:
        raise ConfigError(f"cannot read the {what} {path}: {error.strerror}") from None


def read_certs(path: str | Path) -> list[x509.Certificate]:
    """The certificates of a PEM file. ConfigError."""
    data = read_file(path, "certificate file")
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError:
        advice = ": it is a private key" if b"PRIVATE KEY-----" in data else ""
        raise ConfigError(
            f"the certificate file {path} has no certificate in PEM{advice}"
        ) from None


def read_key(path: str | Path):
    """A private key from a PEM file that others cannot read. ConfigError."""
    data = read_file(path, "private key")
    if b"BEGIN CERTIFICATE" in data and b"PRIVATE KEY-----" not in data:
        beside = Path(path).with_suffix(".key.pem")
        advice = f"; its key seems to be {beside}" if beside.exists() else ""
        raise ConfigError(f"{path} is a certificate, where its private key is wanted{advice}")
    if Path(path).stat().st_mode & 0o077:
        raise ConfigError(
            f"the private key {path} can be read by others: make it private with chmod 600 {path}"
        )
    try:
        key = load_pem_private_key(data, None)
    except (ValueError, TypeError):
        raise ConfigError(f"{path} is no unencrypted private key in PEM") from None
    if ec.of_key(key) is None:
        raise ConfigError(f"the private key {path} is not on a supported elliptic curve")
    return key
