"""`python -m umikey_dev`: the developer's commands."""

from pathlib import Path

import click

from umikey_dev import DevError, cache, console, debian
from umikey_dev.recipes import RECIPES


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Fetch and build MicroPython, and measure what umikey costs on it."""


@main.command()
@click.option("--target", type=click.Choice(list(RECIPES)), required=True)
@click.option("--heap", type=int, help="Heap of an emulated board, in bytes.")
@click.option("--manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--no-freeze", is_flag=True, help="Freeze nothing of umikey.")
@click.option("--clean", is_flag=True, help="Build everything anew.")
def firmware(target: str, heap: int, manifest: Path, no_freeze: bool, clean: bool) -> None:
    """Build (or find) the firmware of a target and print its path."""
    from umikey_dev import build

    if clean:
        cache.clear(("base", "tree", "firmware", "mpy-cross"))
    debian.install(target)
    print(build.firmware(target, False if no_freeze else manifest, heap))


@main.command()
def setup() -> None:
    """Install the Debian packages, and build mpy-cross and the firmware of every target."""
    from umikey_dev import build

    problem = ""
    try:
        debian.install(*(group for group in debian.PACKAGES if group != "venv"))
    except debian.MissingPackages as e:
        problem = str(e)
    failed = []
    for target in RECIPES:
        try:
            build.firmware(target, False)
        except DevError as e:
            failed.append(target)
            if not isinstance(e, debian.MissingPackages):
                console.say(f"{target}: {e}")
    if problem:
        console.say(problem)
    if len(failed) == len(RECIPES):
        console.fail("no target is ready")
    ready = ", ".join(target for target in RECIPES if target not in failed)
    console.say(f"ready: {ready}" + (f"; not ready: {', '.join(failed)}" if failed else ""))


def run() -> None:
    try:
        main(standalone_mode=True)
    except DevError as e:
        console.fail(str(e))


if __name__ == "__main__":
    run()
