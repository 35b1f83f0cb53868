"""Checks this peer against a folder of test vectors.

    python -m umikey_peer.vectors DIR

prints a line per difference and, last, `N passed, N failed, N skipped`; its exit code is 1 if
anything differs. Everything is recomputed: keys are derived again, messages rebuilt octet by octet
with the vectors' randomness and clock, answers made by the responder. A field that no check has
looked at is a failure, too, so that nothing in a vector goes unread.

Files of modes that this peer does not have yet are counted as skipped.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import MikeyError


@dataclass(frozen=True, slots=True)
class Result:
    """One case: `status` is "passed", "failed" or "skipped", `text` says why."""

    file: str
    case: str
    status: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.status.upper()} {self.file}: {self.case}: {self.text}"


@dataclass
class Case:
    """The fields of a case, and what differs. `take` reads an input, `expect` compares an output,
    `note` sets aside what only people read."""

    data: dict[str, Any]
    where: str = ""
    differences: list[str] = field(default_factory=list)
    _read: set[str] = field(default_factory=set)

    def take(self, key: str, default: Any = None) -> Any:
        self._read.add(key)
        return self.data.get(key, default)

    def octets(self, key: str) -> bytes:
        """A field in hex."""
        return bytes.fromhex(self.take(key))

    def note(self, *keys: str) -> None:
        self._read.update(keys)

    def expect(self, key: str, got: Any) -> None:
        """Compares a field, octets as lower-case hex."""
        self.same(key, got, self.take(key))

    def same(self, what: str, got: Any, expected: Any) -> None:
        if isinstance(got, bytes | bytearray):
            got = bytes(got).hex()
        if got != expected or type(got) is not type(expected):
            self.differences.append(f"{self.where}{what}: got {got!r}, expected {expected!r}")

    def child(self, data: dict, where: str) -> Case:
        """A case inside this one."""
        return Case(data, f"{self.where}{where} ", self.differences)

    def done(self) -> None:
        """Notes fields that nobody has read."""
        for key in self.data.keys() - self._read:
            self.differences.append(f"{self.where}{key}: no check reads this field")


class Skip(Exception):
    """A case that cannot be checked here; the text says why."""


Cases = Iterator[tuple[str, Callable[[], list[str]]]]


class Check:
    """Runs the cases of a file and collects results. A case that breaks has failed."""

    def __init__(self, file: str):
        self.file = file
        self.results: list[Result] = []

    def run(self, name: str, data: dict, check: Callable[[Case], None]) -> None:
        case = Case(data)
        try:
            check(case)
            case.done()
        except Skip as reason:
            self.results.append(Result(self.file, name, "skipped", str(reason)))
            return
        except (MikeyError, KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            # A changed vector may break in any way: that is a difference like any other.
            case.differences.append(f"{type(error).__name__}: {error}")
        if case.differences:
            text = "; ".join(case.differences)
            self.results.append(Result(self.file, name, "failed", text))
        else:
            self.results.append(Result(self.file, name, "passed"))


NOT_YET = {
    "06_pk_rsa_exchange.json": "public-key mode is not there yet",
    "08_rsar_exchange.json": "RSA-R is not there yet",
    "13_transport.json": "SDP and RTSP are not there yet",
    "14_saml_dh_proposal.json": "SAML-DH is not there yet",
    "15_rcc_tesla.json": "RCC and TESLA tags are made by the stream, not here",
    "00_selfcheck.json": "a statement about the generator, nothing to recompute",
}


def run(folder: str | Path) -> list[Result]:
    """The results of all files in a folder. `peers/` inside it is read as well; the two files of
    other projects also from the folder in the environment variable UMIKEY_PEERS.
    FileNotFoundError if there is no vector file at all."""
    from . import basic, certified, dhhmac, hostile, peers, psk

    folder = Path(folder)
    checks = {
        **basic.FILES, **psk.FILES, **dhhmac.FILES, **hostile.FILES, **certified.FILES,
    }  # fmt: skip
    shared = folder / "07_dhsign_exchange.json"
    if shared.exists():
        try:
            certified.learn(json.loads(shared.read_text(encoding="utf-8")))
        except (KeyError, TypeError, ValueError, AttributeError):
            pass  # said when the file itself is checked
    results: list[Result] = []
    found = False
    for path in sorted(folder.glob("*.json")):
        if path.name in NOT_YET:
            results.append(Result(path.name, "all", "skipped", NOT_YET[path.name]))
        elif path.name in checks:
            results += _file(path, path.name, checks[path.name])
        else:
            results.append(Result(path.name, "all", "skipped", "unknown file"))
        found = True
    for name, check in peers.FILES.items():
        places = [folder / "peers" / name, folder / name]
        if name in peers.OTHERS and os.environ.get("UMIKEY_PEERS"):
            places.append(Path(os.environ["UMIKEY_PEERS"]) / name)
        path = next((place for place in places if place.exists()), None)
        if path:
            results = [r for r in results if r.file != name]
            results += _file(path, f"peers/{name}", check)
            found = True
        else:
            results.append(Result(f"peers/{name}", "all", "skipped", "the file is absent"))
    if not found:
        raise FileNotFoundError(f"{folder} holds no test vectors")
    return results


def _file(path: Path, name: str, check: Callable[[Any, Check], None]) -> list[Result]:
    collector = Check(name)
    try:
        check(json.loads(path.read_text(encoding="utf-8")), collector)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        text = f"{type(error).__name__}: {error}"
        collector.results.append(Result(name, "whole file", "failed", text))
    return collector.results


def summary(results: list[Result]) -> str:
    """`N passed, N failed, N skipped`."""
    counts = [sum(r.status == s for r in results) for s in ("passed", "failed", "skipped")]
    return "{} passed, {} failed, {} skipped".format(*counts)


def main(words: list[str]) -> int:
    """The program, with its arguments: prints differences and the summary. Exit code 1 if there
    are any, 2 without vectors."""
    if len(words) != 1:
        print("usage: python -m umikey_peer.vectors DIR", file=sys.stderr)
        return 2
    try:
        results = run(words[0])
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    for result in results:
        if result.status != "passed":
            print(result)
    print(summary(results))
    return int(any(result.status == "failed" for result in results))
