"""Progress on stderr: a spinner on a terminal, plain lines anywhere else."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WIDE = 200  # columns of a table that goes into a pipe or a file

try:
    from rich.console import Console
except ImportError:  # before the virtual environment exists
    _console = None
else:
    _console = Console(stderr=True, highlight=False)


def show(*things: object) -> None:
    """Print tables to stdout: as wide as the terminal, and uncut where there is none."""
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    for thing in things:
        console.print(thing)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(text: str, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Show that `text` is under way; yields a function that updates the detail beside it.

    Silence while all goes well in under a second would hide what a first run spends minutes on, so
    the start and the end are both shown; `quiet` shows neither.
    """
    if quiet:
        yield lambda detail: None
        return
    started = time.monotonic()
    if _console and _console.is_terminal:
        with _console.status(text) as status:
            yield lambda detail: status.update(f"{text} [dim]{detail}[/dim]")
    else:
        say(f"{text} ...")
        yield lambda detail: None
    say(f"{text}: {time.monotonic() - started:.1f} s")


def fail(text: str) -> None:
    """Print an error the way every command here prints it, and leave."""
    if _console:
        _console.print("error: ", style="bold red", end="")
        say(text)
    else:
        say(f"error: {text}")
    sys.exit(1)
