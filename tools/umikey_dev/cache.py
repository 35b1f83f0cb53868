"""A folder of finished results, each under the hash of everything that went into it.

An entry appears by one rename, so a killed build leaves nothing but a `.part` folder that the next
builder of the same entry removes; a lock file per entry keeps two builders apart. Each builder's
folder has a name of its own, lest a compiler that outlived its builder writes into the next one's.
"""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# Variants made for one heap bisection are worth nothing a month later.
KEEP_DAYS = 30


def root() -> Path:
    """`$UMIKEY_CACHE`, else `$XDG_CACHE_HOME/umikey`, else `~/.cache/umikey`."""
    if own := os.environ.get("UMIKEY_CACHE"):
        return Path(own).absolute()
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg).absolute() / "umikey"
    return Path.home() / ".cache" / "umikey"


def digest(*parts: object) -> str:
    """A short name for `parts`; the lengths go in too, so that no two lists run together."""
    h = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        h.update(b"%d:" % len(data))
        h.update(data)
    return h.hexdigest()[:20]


@contextmanager
def lock(name: str) -> Iterator[None]:
    """Hold `name` against other processes and threads; the kernel lets go when we die."""
    path = root() / "lock" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def entry(kind: str, name: str, make: Callable[[Path], None]) -> Path:
    """The folder of entry `name`, made by `make(empty folder)` unless it is there already."""
    final = root() / kind / name
    if _use(final):
        return final
    with lock(f"{kind}-{name}"):
        if _use(final):
            return final
        for stale in final.parent.glob(f"{name}.*.part"):
            shutil.rmtree(stale, ignore_errors=True)
        part = final.with_name(f"{name}.{os.getpid()}.part")
        part.mkdir(parents=True)
        make(part)
        part.rename(final)
    return final


def _use(final: Path) -> bool:
    """Whether the entry exists; being used keeps it from being pruned."""
    try:
        os.utime(final)
    except FileNotFoundError:
        return False
    return True


def prune(kind: str, newest: int | None = None) -> None:
    """Drop the entries of `kind` that nobody has used for a month, or all but the `newest`."""
    oldest = time.time() - KEEP_DAYS * 86400
    used = []
    for path in (root() / kind).glob("*"):
        try:
            used.append((path.stat().st_mtime, path))
        except FileNotFoundError:
            continue
    used.sort(reverse=True)
    for place, (when, path) in enumerate(used):
        if when < oldest or newest is not None and place > newest and not path.suffix:
            shutil.rmtree(path, ignore_errors=True)


def clear(kinds: tuple[str, ...]) -> None:
    for kind in kinds:
        shutil.rmtree(root() / kind, ignore_errors=True)
