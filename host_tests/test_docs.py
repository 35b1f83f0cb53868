"""The pages name only files and headings that are there."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("boards/**/*.md"),
                 ROOT / "host_tests" / "vectors" / "README.md")
)  # fmt: skip
# Where a name in backticks may start.
BASES = ("", "docs", "firmware", "firmware/umikey", "firmware/umikey/modes", "firmware/examples",
         "host_tests", "host_tests/vectors", "tools", "tools/umikey_dev", "boards")  # fmt: skip
SUFFIXES = r"py|md|toml|json|svg|mk|h|s|cred|key|pem|yml|txt"
NAME = re.compile(rf"[\w<>*.-]+/[\w<>*./-]*|[\w<>*-]+\.(?:{SUFFIXES})")
# Not of this repository: what the reader makes, what is built, other projects'.
ELSEWHERE = {"cam7.cred", "cam7.key", "mpconfigport.h", "application/pkix-cert",
             "ysoftwareab/know-your-ietf-well"}  # fmt: skip
BUILT = ("build/", "ports/")


def ids(path):
    return path.relative_to(ROOT).as_posix()


pages = pytest.mark.parametrize("page", PAGES, ids=ids)


def prose(text):
    """Without blocks of code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


def anchors(text):
    """What GitHub calls the headings."""
    heads = re.findall(r"^#+ (.*)$", prose(text), re.M)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def there(name, page):
    places = [page.parent, *(ROOT / base for base in BASES)]
    pattern = re.sub(r"<[\w-]+>", "*", name).rstrip("/")
    return any(any(place.glob(pattern)) for place in places)


def test_the_pages_are_found():
    assert {"README.md", "docs/design.md", "docs/spec.md", "boards/README.md"} <= set(
        map(ids, PAGES)
    )


@pages
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text()))
    for link in links:
        if re.match(r"\w+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link}: there is no {name}"
        if anchor:
            assert anchor in anchors(target.read_text()), f"{link}: no such heading"


@pages
def test_names_in_backticks_are_there(page):
    names = {n for n in re.findall(r"`([^`\n]+)`", prose(page.read_text())) if NAME.fullmatch(n)}
    names = {n for n in names - ELSEWHERE if not n.startswith(BUILT)}
    missing = [n for n in sorted(names) if not there(n, page)]
    assert not missing


def test_the_house_has_these_files():
    """docs/design.md's tree."""
    text = (ROOT / "docs" / "design.md").read_text()
    tree = next(b for b in re.findall(r"^```\n(.*?)^```", text, re.M | re.S) if "firmware/" in b)
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout
    if not listed:
        pytest.skip("not a git checkout")
    files = {line.rsplit("/", 1)[-1] for line in listed.splitlines()}
    folders = {part for line in listed.splitlines() for part in line.split("/")[:-1]}
    named = re.findall(rf"\b[\w.]+\.(?:{SUFFIXES})\b", tree)
    assert len(named) > 20 and not [name for name in named if name not in files]
    named = re.findall(r"\b([\w]+)/(?=[\s,);]|$)", tree, re.M)
    assert len(named) > 10 and not [name for name in named if name not in folders]
