"""Pre-shared keys in files.

A file holds either one line of hex digits, which is a key for anyone, or TOML:

    [[psk]]
    name = "cam7"                        # for people, optional
    key = "00112233445566778899aabbccddeeff"
    id_i = "sip:cam7@plant.example"      # who may use it, optional
    id_r = "sip:nvr@plant.example"       # who we are then, optional
    peer = "192.0.2.10"                  # its address, for messages without an identity, optional

An identity with a scheme is a URI, another one a NAI; "hex:00ff10" gives a byte string. The file
must not be readable by group or others.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
from collections.abc import Iterable
from pathlib import Path

from .modes.common import SharedKey
from .modes.dhhmac import DhHmac
from .modes.psk import Psk
from .payloads import Id
from .registry import DhGroup

MODES = (Psk.mode, DhHmac.mode)  # as people and the configuration name them
GROUPS = {
    "oakley5": DhGroup.OAKLEY_5, "oakley2": DhGroup.OAKLEY_2, "oakley1": DhGroup.OAKLEY_1,
    "p256": 10, "p384": 13, "p521": 16, "p224": 7, "p192": 3,
    "modp2048": DhGroup.MODP_2048, "modp3072": DhGroup.MODP_3072, "modp4096": DhGroup.MODP_4096,
}  # fmt: skip
MAX_FILE = 1 << 20  # octets


class ConfigError(Exception):
    """A file or an option that cannot be used; the text is one line for people."""


def read_text(path: str | Path, what: str) -> str:
    """The text of a small file; ConfigError in plain words otherwise."""
    path = Path(path)
    try:
        if path.stat().st_size > MAX_FILE:
            raise ConfigError(f"the {what} {path} is too large to be one")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"there is no {what} {path}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"the {what} {path} is not text") from None
    except OSError as error:
        raise ConfigError(f"cannot read the {what} {path}: {error.strerror}") from None


def load_psks(path: str | Path) -> list[Psk]:
    """The keys in a file. ConfigError if it is unreadable, open to others or makes no sense."""
    path = Path(path)
    text = read_text(path, "key file")
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(
            f"the key file {path} can be read by others: make it private with chmod 600 {path}"
        )
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    if len(lines) == 1 and re.fullmatch("[0-9a-fA-F]+", lines[0]):
        return [Psk(unhex(lines[0], f"the key file {path}"))]
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the key file {path} is neither hex nor TOML: {error}") from None
    return psks_from(table, f"the key file {path}")


def psks_from(table: dict, where: str) -> list[Psk]:
    """The [[psk]] entries of a parsed TOML table."""
    entries = table.get("psk")
    if not isinstance(entries, list) or not entries:
        raise ConfigError(f"{where} has no [[psk]] entry")
    return [_psk(entry, f"[[psk]] number {i} in {where}") for i, entry in enumerate(entries, 1)]


def _psk(entry: object, where: str) -> Psk:
    if not isinstance(entry, dict) or not all(isinstance(v, str) for v in entry.values()):
        raise ConfigError(f"{where}: every value is a string")
    unknown = set(entry) - {"name", "key", "id_i", "id_r", "peer"}
    if unknown:
        raise ConfigError(f"{where}: unknown {', '.join(sorted(unknown))}")
    if "key" not in entry:
        raise ConfigError(f"{where}: no key")
    key = unhex(entry["key"], where)
    ids = [identity(entry[i]) if i in entry else None for i in ("id_i", "id_r")]
    return Psk(key, *ids, name=entry.get("name", ""), peer=entry.get("peer", ""))


def for_modes(
    psks: list[Psk], modes: Iterable[str], groups: Iterable[str] = (), private_numbers: bool = False
) -> list[SharedKey]:
    """The same keys as credentials of `modes`. `groups`: names of the DH groups that are allowed,
    the first one to begin with; none for the usual ones."""
    numbers = [GROUPS[name] for name in groups]
    out: list[SharedKey] = list(psks) if Psk.mode in modes else []
    if DhHmac.mode in modes:
        options = {"group": numbers[0], "groups": numbers} if numbers else {}
        try:
            out += [DhHmac.of(psk, private_numbers=private_numbers, **options) for psk in psks]
        except ValueError as error:
            text = str(error).replace("private_numbers", "--private-numbers")
            raise ConfigError(text) from None
    return out


def identity(text: str) -> Id:
    """An identity as people write it: `sip:...`, `user@host`, or `hex:00ff` for octets."""
    if text.startswith("hex:"):
        return Id(2, unhex(text[4:], f"the identity {text!r}"))
    return Id.of(text)


def unhex(text: str, where: str) -> bytes:
    """Octets from hex digits, blanks and colons allowed; ConfigError without showing them."""
    digits = re.sub(r"[\s:]", "", text)
    if not digits or len(digits) % 2 or not re.fullmatch("[0-9a-fA-F]+", digits):
        raise ConfigError(f"{where}: expected an even number of hex digits")
    return bytes.fromhex(digits)


def write_psk(path: str | Path, key: bytes, id_i: str = "", id_r: str = "", name: str = "") -> None:
    """Makes a key file that only its owner can read. ConfigError if it exists already."""
    lines = ["# umikey pre-shared key: give the board the same one, and keep it secret", "[[psk]]"]
    fields = (("name", name), ("key", key.hex()), ("id_i", id_i), ("id_r", id_r))
    # JSON's string escapes are TOML's.
    lines += [f"{field} = {_quoted(value)}" for field, value in fields if value]
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigError(f"{path} exists; keys are never overwritten") from None
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def _quoted(text: str) -> str:
    return json.dumps(text)
