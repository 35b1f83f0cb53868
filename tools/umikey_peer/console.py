"""What the command prints: events as JSON lines or for people, trees, one-line errors."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime

from rich.console import Console
from rich.text import Text

from .registry import error_name
from .tree import Node

STYLES = {
    "ready": "bold", "established": "bold green", "updated": "green", "refused": "yellow",
    "discarded": "dim", "retransmission": "dim", "srtp": "cyan", "failed": "red",
}  # fmt: skip


def emitter(as_json: bool) -> Callable[[dict], None]:
    """A function that prints an event, at once: a pipe is read while we run."""
    if as_json:
        return lambda event: print(json.dumps(event), flush=True)
    console = Console(highlight=False, markup=False, soft_wrap=True)

    def emit(event: dict) -> None:
        for style, line in _lines(event):
            console.print(Text(line, style))
        sys.stdout.flush()

    return emit


def _lines(event: dict):
    kind = event["event"]
    style = STYLES.get(kind, "")
    clock = f"{datetime.now():%H:%M:%S}"
    if kind == "ready":
        places = [f"UDP {h} port {p}" for h, p in event.get("udp", [])]
        places += [f"TCP {h} port {p}" for h, p in event.get("tcp", [])]
        places += [f"serial line {name}" for name in event.get("serial", [])]
        yield style, f"listening on {', '.join(places)}"
        return
    where = " ".join(event[key] for key in ("transport", "peer") if key in event)
    csb = f" CSB {event['csb_id']}" if "csb_id" in event else ""
    if kind == "srtp":
        good = f"opened, payload {event.get('payload_hex', '')}"
        result = good if event["ok"] else f"not opened: {event['reason']}"
        yield style, f"{clock} {where} SRTP packet of SSRC {event['ssrc']} {result}"
        return
    error = event.get("error")
    tail = f" error {error} ({error_name(error)})" if error is not None else ""
    tail += f": {event['reason']}" if event.get("reason") else ""
    yield style, f"{clock} {where} {kind}{csb}{tail}"
    if "fingerprint" in event:
        who = f"{event['id_i'] or 'anyone'} -> {event['id_r'] or 'anyone'}"
        safe = "" if event.get("authenticated", True) else ", NOT AUTHENTICATED"
        yield "", f"    {event['mode']} {who}, key fingerprint {event['fingerprint']}{safe}"
        for cs in event["crypto_sessions"]:
            mki = f", MKI {cs['mki']}" if "mki" in cs else ""
            keys = f", TEK {cs['tek']} salt {cs['salt']}" if "tek" in cs else ""
            yield "", f"    CS {cs['cs_id']} SSRC {cs['ssrc']} {cs['policy']}{mki}{keys}"


def print_tree(root: Node) -> None:
    """A decoded message: offset, then the line, indented."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for depth, node in root.lines():
        offset = f"{node.start:5d}" if node.start >= 0 else " " * 5
        style = "red" if node.bad else "bold" if depth < 2 else ""
        console.print(Text(f"{offset}  {'  ' * depth}", "dim"), Text(node.text, style), sep="")


def tree_json(node: Node) -> dict:
    """The same as JSON types."""
    entry: dict = {"text": node.text}
    if node.start >= 0:
        entry.update(start=node.start, end=node.end)
    if node.bad:
        entry["bad"] = True
    if node.children:
        entry["children"] = [tree_json(child) for child in node.children]
    return entry
