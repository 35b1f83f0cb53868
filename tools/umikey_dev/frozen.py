"""What goes into a firmware: a manifest, read the way MicroPython's build reads it, and kept.

The files are read once. Their contents name the cache entry and are what is then compiled, so that
an edit in the middle of a build cannot end up under the wrong name.
"""

import importlib.util
import io
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from umikey_dev import DevError
from umikey_dev.recipes import Recipe


@dataclass(frozen=True)
class File:
    path: str  # as the board sees it, umikey/session.py
    opt: int
    data: bytes


def manifest_text(recipe: Recipe, manifest: Path | bool | None) -> str:
    """The manifest to read: the board's own for None, none of ours for False, or the one given."""
    if manifest is None:
        path = recipe.board_dir / "manifest.py"
    elif manifest is False:
        path = recipe.board_dir / "base.py"
        if not path.exists():
            return "# nothing\n"
    else:
        path = Path(manifest).resolve()
    return f"include({str(path)!r})\n"


def collect(
    recipe: Recipe,
    source: Path,
    manifest: Path | bool | None,
    modules: Mapping[str, Path] | None = None,
) -> list[File]:
    """Every file that the manifest freezes, with its contents.

    `modules` adds single files, each importable by its name.
    """
    reader = _reader(source)
    port = source / "ports" / recipe.port
    found = reader.ManifestFile(
        reader.MODE_FREEZE,
        {
            "MPY_DIR": str(source),
            "MPY_LIB_DIR": str(source / "lib" / "micropython-lib"),
            "PORT_DIR": str(port),
            "BOARD_DIR": str(recipe.board_dir),
        },
    )
    text = manifest_text(recipe, manifest)
    files = {}
    try:
        with redirect_stdout(io.StringIO()):
            found.execute(text)
        for item in found.files():
            if item.kind != reader.KIND_FREEZE_AS_MPY:
                raise DevError(f"{item.target_path}: only .py files frozen as bytecode are built")
            data = Path(item.full_path).read_bytes()
            files[item.target_path] = File(item.target_path, item.opt or 0, data)
    except (reader.ManifestFileError, OSError) as e:
        raise DevError(f"the manifest for {recipe.target} does not work: {e}") from e
    for name, path in (modules or {}).items():
        target = f"{name.replace('.', '/')}.py"
        files[target] = File(target, 3, Path(path).read_bytes())
    return [files[name] for name in sorted(files)]


def write(files: list[File], folder: Path) -> Path:
    """Write `files` under `folder`, and the manifest that freezes them; returns its path."""
    folder.mkdir(parents=True)
    lines = []
    for file in files:
        base = folder / f"opt{file.opt}"
        path = base / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
        lines.append(f"module({file.path!r}, base_path={str(base)!r}, opt={file.opt})\n")
    manifest = folder / "manifest.py"
    manifest.write_text("".join(lines))
    return manifest


@cache
def _reader(source: Path) -> ModuleType:
    """MicroPython's own manifest reader, from the source that is being built."""
    spec = importlib.util.spec_from_file_location(
        "micropython_manifestfile", source / "tools" / "manifestfile.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
