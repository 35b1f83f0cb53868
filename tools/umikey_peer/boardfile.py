"""The file that a board reads its private key and certificates from.

"uMIK", version octet 1, records {type 1, length 2, data}, at the end SHA-256 over all that stands
before it. Integers are big-endian.

    1 identity: ID type 1, octets                     the first record
    2 private key: ECC curve 1, d                     the records 3 after it are its chain
    3 certificate: CERT type 1, DER                   leaf first
    4 trust anchor: ECC curve 1, x || y, SHA-256 of its subject Name as DER
    5 pinned key: SHA-256 of a SubjectPublicKeyInfo
    6 another end's certificate: ID type 1, ID length 1, ID octets, CERT type 1, DER
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from . import ec
from .buffer import sized, uint
from .certs import identity, key_of, load, names
from .credentials import ConfigError
from .modes.certified import Certified

MAGIC = b"uMIK\1"
ROOM = 128  # octets that a board has for the names of a certificate, of which each takes two more


def octets(credentials: Certified | Iterable[Certified]) -> bytes:
    """The file of one credential, or of several of the same identity with a key each.

    ValueError for what it cannot hold: an anchor that is not on an elliptic curve, say; or a
    certificate whose first name (a URI before a mail address) is another than the identity: a
    message with a certificate has no IDi, and that name is in its place; or names that no board
    has room to read.
    """
    every = [credentials] if isinstance(credentials, Certified) else list(credentials)
    first = every[0]
    if any(one.id != first.id for one in every):
        raise ValueError("a board has one identity")
    if not 0 < len(first.id.data) <= ROOM - 2:
        raise ValueError(f"an identity of {len(first.id.data)} octets; boards hold 1 to {ROOM - 2}")
    out = MAGIC + _record(1, uint(first.id.kind, 1, "ID type") + first.id.data)
    for one in every:
        out += _record(2, bytes([one.curve.number]) + one.d.to_bytes(one.curve.size, "big"))
        if one.chain:
            _check_names(one.chain[0])
            named = identity(one.chain[0])
            if named != one.id:
                raise ValueError(f"the other end would take the board for {named}: not {one.id}")
            kinds = [one.cert_type] + [0] * (len(one.chain) - 1)
            chain = [_der(cert) for cert in one.chain]
            pairs = zip(kinds, chain, strict=True)
            out += b"".join(_record(3, bytes([kind]) + der) for kind, der in pairs)
    # the same anchors and certificates may stand in several credentials
    for record in dict.fromkeys(r for one in every for r in _trusted(one)):
        out += record
    return out + hashlib.sha256(out).digest()


def _trusted(one: Certified) -> list[bytes]:
    records = []
    for anchor in one.trust.anchors:
        curve = ec.of_key(key_of(anchor))
        if curve is None:
            raise ValueError("an authority's key is not on a curve that boards know")
        name = hashlib.sha256(anchor.subject.public_bytes()).digest()
        records.append(_record(4, bytes([curve.number]) + ec.raw(key_of(anchor)) + name))
    records += [_record(5, pin) for pin in sorted(one.trust.pins)]
    for who, cert in one.trust.others:
        _check_names(load(cert.data))
        head = bytes([who.kind]) + sized(who.data, 1, "identity")
        records.append(_record(6, head + bytes([cert.kind]) + cert.data))
    return records


def _check_names(leaf) -> None:
    """ValueError for names that a board's reader of certificates refuses."""
    found = names(leaf)
    length = sum(2 + len(who.data) for who in found)
    if length > ROOM:
        raise ValueError(
            f"a certificate whose names take {length} octets, two for each included; "
            f"boards have room for {ROOM}"
        )
    if not all(who.data and all(32 < octet < 127 for octet in who.data) for who in found):
        raise ValueError("a certificate with a name that is empty, or not of visible ASCII")


def _record(kind: int, data: bytes) -> bytes:
    return bytes([kind]) + sized(data, 2, "record")


def _der(cert) -> bytes:
    return cert.public_bytes(Encoding.DER)


def write(path: str | Path, credentials, force: bool = False) -> None:
    """Writes the file of `octets` so that only its owner can read it. ConfigError if it exists,
    unless `force`d."""
    write_private(path, octets(credentials), force)


def is_one(path: str | Path) -> bool:
    """Whether a file looks like a board's."""
    with open(path, "rb") as file:
        return file.read(4) == MAGIC[:4]


def check_place(path: str | Path) -> None:
    """ConfigError unless a file can be written there, so that nothing else is written in vain."""
    path = Path(path)
    above = next(folder for folder in path.absolute().parents if folder.exists())
    if path.is_dir():
        raise ConfigError(f"cannot write {path}: it is a folder")
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise ConfigError(f"cannot write {path}: {above} is no folder that you may write to")


def write_private(path: str | Path, data: bytes, force: bool = False, mode: int = 0o600) -> None:
    """A new file with its rights from the start; an old one is replaced at once, or not at all."""
    path = Path(path)
    if path.exists() and not force:
        raise ConfigError(f"{path} exists; --force replaces it")
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
        os.replace(new, path)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None
