"""Where the vectors are, and which tests are slow."""

import os
from pathlib import Path

import pytest
from peer_world import PEERS, VECTORS
from umikey_peer import dh


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: minutes of work; run with -m slow or UMIKEY_SLOW=1")


def pytest_collection_modifyitems(config, items):
    if "slow" in (config.getoption("-m") or "") or os.environ.get("UMIKEY_SLOW"):
        return
    for item in items:
        if item.get_closest_marker("slow") and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="slow: run with -m slow or UMIKEY_SLOW=1"))


@pytest.fixture(scope="session")
def vectors():
    return VECTORS


@pytest.fixture(scope="session")
def others():
    """The folder with other projects' messages, which are not part of this one."""
    if not (PEERS / "published.json").exists():
        pytest.skip(f"published messages of other projects: {PEERS} is absent (UMIKEY_PEERS)")
    return PEERS


@pytest.fixture
def powers(monkeypatch):
    """The powers that are computed, "g^x" or "y^x", in their order."""
    log = []
    real = dh.Private._power

    def power(self, base):
        log.append("g^x" if base == dh.GENERATOR else "y^x")
        return real(self, base)

    monkeypatch.setattr(dh.Private, "_power", power)
    return log
