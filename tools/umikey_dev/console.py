"""Progress on stderr: a spinner on a terminal, plain lines anywhere else."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

console = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    console.print(text, markup=False)


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
    if console.is_terminal:
        with console.status(text) as status:
            yield lambda detail: status.update(f"{text} [dim]{detail}[/dim]")
    else:
        say(f"{text} ...")
        yield lambda detail: None
    say(f"{text}: {time.monotonic() - started:.1f} s")


def fail(text: str) -> None:
    """Print an error the way every command here prints it, and leave."""
    console.print("error: ", style="bold red", end="")
    say(text)
    sys.exit(1)
