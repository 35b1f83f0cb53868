"""A read-only file system image that a board mounts where it lies in memory (vfs.VfsRom).

A record is its kind, the length of what follows, and that; numbers are in base 128, most
significant digit first, with the top bit set on all but the last. The image's own record has the
three octets of the magic number for its kind.
"""

from collections.abc import Mapping

MAGIC = b"\xd2\xcd\x31"
VERBATIM = 2
DIRECTORY = 4
FILE = 5


def image(files: Mapping[str, bytes]) -> bytes:
    """The image of `files`, path (with slashes) -> contents."""
    root: dict = {}
    for path, data in files.items():
        *folders, name = path.split("/")
        at = root
        for folder in folders:
            at = at.setdefault(folder, {})
        at[name] = data
    body = _listing(root)
    length = _number(len(body))
    if (len(MAGIC) + len(length) + len(body)) % 2:  # an even size, as the format asks
        length = b"\x80" + length
    return MAGIC + length + body


def _listing(folder: dict) -> bytes:
    out = bytearray()
    for name, item in sorted(folder.items()):
        label = _number(len(name)) + name.encode()
        if isinstance(item, dict):
            out += _record(DIRECTORY, label + _listing(item))
        else:
            out += _record(FILE, label + _record(VERBATIM, item))
    return bytes(out)


def _record(kind: int, payload: bytes) -> bytes:
    return _number(kind) + _number(len(payload)) + payload


def _number(n: int) -> bytes:
    out = [n & 0x7F]
    while n := n >> 7:
        out.insert(0, 0x80 | (n & 0x7F))
    return bytes(out)
