"""`python -m umikey_dev`: the developer's commands."""

from pathlib import Path

import click

from umikey_dev import DevError, cache, console, debian
from umikey_dev.recipes import RECIPES
from umikey_dev.source import PINNED


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


@main.command()
@click.option("--target", "targets", type=click.Choice(list(RECIPES)), multiple=True)
def size(targets: tuple[str, ...]) -> None:
    """What umikey takes in flash and what importing it takes in heap, into build/size.json."""
    from umikey_dev import size as sizes

    found = {target: sizes.measure(target) for target in targets or sizes.EMULATED}
    results = {"micropython": PINNED.version, "targets": found}
    sizes.show(results)
    console.say(f"written to {sizes.write(results)}")


@main.command()
@click.argument("script", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--target", type=click.Choice(list(RECIPES)), default="qemu-m3", show_default=True)
@click.option("--with", "others", type=click.Path(exists=True, path_type=Path), multiple=True)
@click.option("--lo", default=2048, show_default=True)
@click.option("--hi", default=65536, show_default=True)
@click.option("--step", default=64, show_default=True)
def heap(script: Path, target: str, others: tuple[Path, ...], lo: int, hi: int, step: int) -> None:
    """The smallest heap in which SCRIPT, frozen along with umikey, runs to its end.

    --with names further files that it imports.
    """
    from umikey_dev.heap import min_heap

    modules = {path.stem: path for path in (script, *others)}
    print(min_heap(target, script.stem, modules, lo, hi, step, quiet=False))


def run() -> None:
    try:
        main(standalone_mode=True)
    except DevError as e:
        console.fail(str(e))


if __name__ == "__main__":
    run()
