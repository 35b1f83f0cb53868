"""Imports go one way, and what touches the world stays in its place (docs/design.md)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FIRMWARE = ROOT / "firmware" / "umikey"
PEER = ROOT / "tools" / "umikey_peer"
LINES = 400

# Which layer a module belongs to, where that is not its own name; packages are one layer each.
LAYER = {
    "errors_rare": "errors", "buf": "wire", "stream": "wire", "wire_read": "wire",
    "wire_dh": "wire", "wire_cert": "wire", "wire_ext": "wire", "policy_named": "policy",
    "policy_check": "policy",
    "x509_read": "x509", "x509_facts": "x509", "fingerprint": "policy", "key": "policy",
    "rekey": "session",
}  # fmt: skip
MAY = {
    "errors": set(),
    "tables": set(),
    "crypto": {"errors", "tables"},
    "wire": {"errors"},
    "kdf": {"crypto", "errors"},
    "clock": {"errors"},
    "store": {"crypto", "errors"},
    "policy": {"crypto", "errors"},
    "replay": {"clock", "errors"},
    "session": {"clock", "crypto", "errors", "kdf", "policy", "wire"},
    "responder": {"clock", "crypto", "errors", "policy", "replay", "session", "wire"},
    "x509": {"crypto", "errors"},
    "credentials": {"crypto", "errors"},
    "modes": {
        "clock", "credentials", "crypto", "errors", "kdf", "policy", "responder", "session", "wire",
        "x509",
    },
    "srtp": {"crypto", "errors", "policy"},
    "transport": {"errors", "wire"},
}  # fmt: skip
# Modules of the port that only some layers may touch.
WORLD = {
    "socket": {"transport"}, "asyncio": {"transport"}, "machine": {"transport"},
    "select": {"transport"}, "time": {"clock", "transport"}, "random": set(), "os": {"crypto/rng"},
}  # fmt: skip


def imports(tree: ast.AST) -> set[str]:
    """Every module that is named: in statements, in functions too, and to __import__."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                found.add("." * node.level)
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "__import__":
            first = node.args[0]
            text = first.left if isinstance(first, ast.BinOp) else first
            if isinstance(text, ast.Constant):
                found.add(text.value.rstrip("."))
    return found


def layer(module: str) -> str:
    """`umikey.crypto.dh` -> crypto; `umikey.wire_dh` -> wire."""
    first = module.split(".")[1] if "." in module else ""
    return LAYER.get(first, first)


def faults(name: str, text: str) -> list[str]:
    """What is wrong with the module `name` (umikey.…), as a list of reasons."""
    found = imports(ast.parse(text))
    out = []
    mine = layer(name)
    for other in sorted(found):
        if other.startswith("."):
            out.append("a relative import costs heap: the name is built on the board")
        if other == "micropython.const":
            out.append("const needs no import")
        target = layer(other) if other.startswith("umikey.") else None
        if (
            target in MAY
            and name != "umikey"
            and target != mine
            and target not in MAY.get(mine, {})
        ):
            out.append(f"{mine} must not import {other}")
        world = WORLD.get(other.split(".")[0])
        path = name.removeprefix("umikey.").replace(".", "/")
        if world is not None and not ({mine, path} & world) and not _harmless(path, other):
            out.append(f"{other} does not belong here")
        if "umikey_peer" in other or "umikey_dev" in other:
            out.append("the firmware shares nothing with the desktop")
    if len(text.splitlines()) > LINES and "_asm_" not in name and ".tables." not in name:
        out.append(f"more than {LINES} lines")
    return out


def _harmless(path: str, module: str) -> bool:
    # `crypto.capabilities` asks whether os.urandom is there; store.py keeps files
    return module.split(".")[0] == "os" and path in ("crypto/found", "crypto", "store")


def modules() -> dict[str, Path]:
    out = {}
    for path in sorted(FIRMWARE.rglob("*.py")):
        parts = path.relative_to(FIRMWARE.parent).with_suffix("").parts
        out[".".join(p for p in parts if p != "__init__")] = path
    return out


@pytest.mark.parametrize("name", modules())
def test_module(name):
    assert faults(name, modules()[name].read_text()) == []


def test_every_layer_is_known():
    known = set(MAY) | {""}
    assert {layer(name) for name in modules()} <= known


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("umikey.wire", "import umikey.session"),
        ("umikey.session", "def f():\n    from umikey.modes.psk import Initiator"),
        ("umikey.crypto.hmac", "from umikey.wire import Writer"),
        ("umikey.modes.psk", "import socket"),
        ("umikey.kdf", "from os import urandom"),
        ("umikey.session", "import time"),
        ("umikey.transport.udp", "import random"),
        ("umikey.kdf", "from .crypto import Hmac"),
        ("umikey.kdf", "from micropython import const"),
        ("umikey.kdf", "import umikey_peer.keys"),
        ("umikey.policy", "__import__('umikey.session')"),
        ("umikey.policy", "\n" * 401),
    ],
)
def test_the_rules_can_fail(name, text):
    assert faults(name, text)


def test_the_peer_does_not_use_the_firmware():
    for path in PEER.rglob("*.py"):
        for module in imports(ast.parse(path.read_text())):
            assert module.split(".")[0] != "umikey", path
