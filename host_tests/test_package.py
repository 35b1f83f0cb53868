"""What mip installs is what there is, and enough for an exchange; the tables come on top."""

import json

import pki
import pytest
from craft import NOW
from umikey_dev import package

BOARD, DESK = "sip:cam7@plant.example", "sip:nvr@plant.example"
TABLES = ("oakley5_1k5", "oakley5_3k", "oakley5_6k", "oakley5_12k", "oakley5_24k",
          "p256_4k", "p256_8k", "p256_odd")  # fmt: skip

# Both ends in one program; prints what is there of tables, and a fingerprint for each exchange.
EXCHANGES = """
import sys
sys.path[:] = [{lib!r}]
import umikey
from umikey import Credentials, Responder, SRTP, dhhmac, dhsign, psk
from umikey.crypto import p256
from umikey.replay import Replay
from umikey.tables import oakley5

KEY = bytes(range(16))
now = lambda: {now}

def exchange(me, policy):
    srv = Responder((policy,), id_r={desk!r}, now=now, limit=1024, replay=Replay(now, quarantine=0))
    buf = bytearray(1024)
    assert srv.feed(buf, 0, me.start(buf)) and me.feed(buf, 0, srv.answer(buf))
    assert me.sa[0].tek == srv.sa[0].tek and len(me.sa[0].tek) == 16
    return me.sa.fingerprint() == srv.sa.fingerprint()

ids = {board!r}, {desk!r}, (SRTP(ssrc=1),)
print("tables", len(oakley5() or b""), len(p256._table() or b""), len(p256._table(("odd",)) or b""))
look = lambda id_i, id_r: KEY
print("psk", exchange(psk.Initiator(KEY, *ids, now=now), psk.Policy(look)))
print("dhhmac", exchange(dhhmac.Initiator(KEY, *ids, now=now), dhhmac.Policy(look)))
me = dhsign.Initiator(Credentials({cred_i}), *ids[1:], now=now)
print("dhsign", exchange(me, dhsign.Policy(Credentials({cred_r}))))
print(umikey.__file__)
"""
DONE = ["psk True", "dhhmac True", "dhsign True"]


def installed(to, *names):
    """Lay out what these package files name, as mip does: relative to the package file."""
    for name in names:
        base = (package.FIRMWARE / name).parent
        for path, source in json.loads((package.FIRMWARE / name).read_text())["urls"]:
            file = to / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes((base / source).read_bytes())
    return str(to)


def script(lib):
    ca = pki.Ca()
    creds = []
    for name in (BOARD, DESK):
        key = pki.private(name)
        certs = [(0, ca.issue(name, key.public_key()))]
        creds.append(pki.credentials(name, ((key, 8, certs),), (ca.anchor,)))
    return EXCHANGES.format(
        lib=lib, now=NOW, board=BOARD, desk=DESK, cred_i=creds[0], cred_r=creds[1]
    )


def test_packages_are_current():
    made = {"package.json": package.package_json(), "manifest.py": package.manifest()}
    made |= package.table_packages()
    for name, text in made.items():
        assert (package.FIRMWARE / name).read_text() == text, (
            f"{name}: run PYTHONPATH=tools python -m umikey_dev.package"
        )
    there = {p.relative_to(package.FIRMWARE).as_posix() for p in package.FIRMWARE.rglob("*.json")}
    assert there == set(made) - {"manifest.py"}


def test_packages_list_every_file_once():
    listed = json.loads(package.package_json())
    names = [name for name, _ in listed["urls"]]
    assert sorted(names + package.tables()) == package.files()
    assert "umikey/modes/psk.py" in names and "umikey/tables/p256_programs.py" in names
    assert sorted(package.tables()) == sorted(f"umikey/tables/{name}.py" for name in TABLES)
    assert listed["version"].count(".") == 2


@pytest.mark.only("unix")
def test_what_mip_installs_is_enough(target, tmp_path):
    """Exchanges without any table, from nothing but what package.json names."""
    lib = installed(tmp_path / "lib", "package.json")
    with target.session(load="source") as s:
        out = s.run(script(lib), 60).check().splitlines()
    assert out == ["tables 0 0 0", *DONE, f"{lib}/umikey/__init__.py"]


@pytest.mark.only("unix")
def test_tables_are_found_once_installed(target, tmp_path):
    """The ones that were asked for: a larger one is taken where there is a smaller one, too."""
    small = [f"umikey/tables/{name}.json" for name in ("oakley5_1k5", "p256_4k", "p256_odd")]
    lib = installed(tmp_path / "lib", "package.json", *small)
    with target.session(load="source") as s:
        assert s.run(script(lib), 60).check().splitlines()[:4] == ["tables 1536 4096 4096", *DONE]
        installed(tmp_path / "lib", "umikey/tables/oakley5_6k.json", "umikey/tables/p256_8k.json")
        out = s.run(script(lib), 60).check().splitlines()
    assert out[:4] == ["tables 6144 8192 4096", *DONE]
