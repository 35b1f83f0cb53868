"""Check the firmware on a target against a folder of test vectors (host_tests/vectors' format).

    python -m umikey_dev.vectors --dir DIR --target unix

Everything is computed anew on the target, through `device/agent.py`; what a vector says beside the
result (labels, counter blocks, layouts, base64) is computed here. The last line is always
`N passed, N failed, N skipped`; the exit status is not 0 if anything failed.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "host_tests"))

import targets  # noqa: E402
from driver import Agent, Refused, open_agent  # noqa: E402

from umikey_dev import vectors_dh, vectors_ec, vectors_keys, vectors_psk, vectors_signed  # noqa: E402

U = bytes.fromhex
NOT_YET = {
    "06": "RSA", "08": "RSA-R", "13": "SDP and RTSP", "14": "SAML-DH",
    "15": "RCC and TESLA",
}  # fmt: skip


class Tally:
    """Counts, and says what differs."""

    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0

    def eq(self, name: str, got, want) -> None:
        if got == want:
            self.passed += 1
            return
        self.failed += 1
        print(f"DIFFERS {name}\n    got  {_show(got)}\n    want {_show(want)}")

    def skip(self, name: str, why: str) -> None:
        self.skipped += 1
        print(f"skipped {name}: {why}")

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def _show(v) -> str:
    return v.hex() if isinstance(v, bytes | bytearray) else repr(v)


# payload name in 12_payloads.json: type, module and function of the firmware that read it
PULL = {
    "SP": (10, "wire", "sp"), "EXT": (21, "wire", "id"), "ERR": (12, "wire", "err"),
    "CHASH": (8, "wire_cert", "chash"), "CERT": (7, "wire", "id"), "ID": (6, "wire", "id"),
    "T": (5, "wire", "t"), "TR": (13, "wire_ext", "tr"), "IDR": (14, "wire_ext", "idr"),
    "RANDR": (15, "wire_ext", "randr"), "Key": (0, "wire", "key"),
    "ECCPT": (25, "wire_dh", "eccpt"), "HDR": (0, "wire", "hdr"), "SAKKE": (26, "wire_ext", "idr"),
}  # fmt: skip


def check_payloads(t: Tally, a: Agent, d: dict) -> None:
    for c in d["payloads"]:
        name = "12 " + c["payload"]
        kind, module, pull = PULL[c["payload"].split()[0]]
        m = U(c["hex"])
        try:
            got = a.call("payload", kind=kind, module=module, pull=pull, m=m).split()
        except Refused as e:
            t.eq(name, str(e), "parsed")
            continue
        t.eq(name, got, [str(len(m))] * 2)


def check_files(folder: Path, t: Tally, new_agent) -> Iterator[str]:
    """Run every check for which `folder` has a file; yields the names of the files as it goes."""
    work = {
        "01_prf.json": vectors_keys.check_prf,
        "02_keys.json": vectors_keys.check_keys,
        "03_kemac_cipher.json": vectors_keys.check_cipher,
        "04_psk_exchange.json": vectors_psk.check_exchanges,
        "05_dhhmac_exchange.json": vectors_dh.check_exchanges,
        "07_dhsign_exchange.json": vectors_signed.check_dhsign,
        "09_ecdh.json": vectors_ec.check_ecdh,
        "16_groups.json": vectors_ec.check_groups,
        "10_ecies.json": vectors_signed.check_ecies,
        "11_ecmqv.json": vectors_signed.check_ecmqv,
        "12_payloads.json": check_payloads,
        "17_negative.json": vectors_psk.check_negative,
        "minisip.json": vectors_psk.check_minisip,
        "gstreamer.json": vectors_psk.check_gstreamer,
        "published.json": vectors_psk.check_published,
        "prf_sha256_streamwide.json": vectors_psk.check_streamwide,
    }
    for path in sorted(folder.rglob("*.json")):
        if path.name[:2] in NOT_YET:
            t.skip(path.name, f"{NOT_YET[path.name[:2]]} is not there yet")
        elif path.name == "00_selfcheck.json":
            t.skip(path.name, "says which published values the generator was checked against")
        elif path.name in work:
            yield path.name
            with new_agent() as a:
                try:
                    work[path.name](t, a, json.loads(path.read_text()))
                except (Refused, AssertionError, LookupError, TypeError, ValueError) as e:
                    # a wrong octet may be refused where the checks go on from an answer
                    t.eq(f"{path.name}, which is not read further", repr(e), "no exception")
        else:
            t.skip(path.name, "not a file that is known here")


class _Open:
    """An agent in a fresh interpreter, as a context manager."""

    def __init__(self, target, load: str):
        self._args = target, load

    def __enter__(self) -> Agent:
        self._session, agent = open_agent(*self._args)
        self._session.__enter__()
        return agent

    def __exit__(self, *exc) -> None:
        self._session.__exit__(*exc)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder of JSON files.",
    default=ROOT / "host_tests" / "vectors",
    show_default="host_tests/vectors",
)
@click.option(
    "--target", default="unix", show_default=True, help="peer, or: " + ", ".join(targets.known())
)
@click.option("--load", type=click.Choice(targets.LOADS), default="frozen", show_default=True)
def main(folder: Path, target: str, load: str) -> None:
    """Check the firmware, or the peer, against a folder of test vectors."""
    if not folder.is_dir():
        raise click.ClickException(f"no such folder: {folder}")
    if target == "peer":
        from umikey_peer import vectors as peer_vectors

        sys.exit(peer_vectors.main([str(folder)]))
    try:
        chosen = targets.get(target)
    except (targets.Unavailable, ValueError) as e:
        raise click.ClickException(str(e)) from None
    t = Tally()
    for name in check_files(folder, t, lambda: _Open(chosen, load)):
        print(f"{name} on {target}", file=sys.stderr)
    print(t)
    sys.exit(1 if t.failed or not t.passed else 0)


if __name__ == "__main__":
    main()
