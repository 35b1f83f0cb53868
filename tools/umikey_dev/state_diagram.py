"""Draws docs/state.md from the table in firmware/umikey/session.py.

PYTHONPATH=tools python -m umikey_dev.state_diagram      (a test checks that it is current)
"""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "firmware" / "umikey" / "session.py"
PAGE = ROOT / "docs" / "state.md"


def table(source: str) -> tuple:
    """The value of TRANSITIONS, read without importing."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "TRANSITIONS":
            return ast.literal_eval(node.value)
    raise ValueError("no TRANSITIONS")


def page(source: str) -> str:
    """The whole of docs/state.md."""
    head, *rows = table(source)
    lines = [
        f"    {row[0]} --> {to}: {event}"
        for row in rows
        for event, to in zip(head[1:], row[1:], strict=True)
        if to
    ]
    return "\n".join(
        [
            "# States of an engine",
            "",
            "Drawn by `tools/umikey_dev/state_diagram.py` from the one table in",
            "`firmware/umikey/session.py`, which knows no roles. *send*: a message that wants an",
            "answer goes out; *send_last*: one that does not; *accept*: a message came in and was",
            "verified; *fail*: it was not; *reset*: the caller asks for the next one.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {rows[0][0]}",
            *lines,
            "```",
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(SOURCE.read_text()))
