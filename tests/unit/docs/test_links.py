"""Links between the pages lead somewhere, and no page names a place on somebody's machine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator, List, Set, Tuple

import pytest

from harness import file_above

ROOT = file_above("README.md").parent
PLACES = ("*.md", "changelog.d/*.md", "docs/**/*.md", "examples/**/*.md", "benchmarks/**/*.md")
LINK = re.compile(r"\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^()\s]+)\)")
# The home directory of the user in images of ours is not on a machine.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home(?!/wombat\b)|Users|tmp|farm)/\w")


def pages() -> List[Path]:
    """Every Markdown page of the project."""
    return sorted({path for place in PLACES for path in ROOT.glob(place)})


def without_code(text: str) -> str:
    """The text without blocks of code and code in lines, in which brackets are no links."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "``", text)


def links(text: str) -> Iterator[Tuple[str, str]]:
    """Path and anchor of each link that is relative; either may be empty."""
    for target in LINK.findall(without_code(text)):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield path, anchor


def anchors(text: str) -> Set[str]:
    """The anchors of the headings in a page."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> List[str]:
    """The links of a page that lead nowhere."""
    broken = []
    for path, anchor in links(page.read_text(encoding="utf-8")):
        target = page.parent / path if path else page
        if not target.exists():
            broken.append(path)
        elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            broken.append(f"{path}#{anchor}")
    return broken


def test_the_pages_are_found() -> None:
    names = {page.relative_to(ROOT).as_posix() for page in pages()}

    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/tutorial.md", "docs/errors.md"} <= names


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page) == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_no_line_names_a_place_on_a_machine(page: Path) -> None:
    named = [line for line in page.read_text(encoding="utf-8").splitlines() if MACHINE_PATH.search(line)]

    assert named == []


@pytest.mark.parametrize("name", ["tutorial.md", "errors.md", "glossary.md", "reference/targets.md"])
def test_pages_for_users_are_reached_from_the_readme(name: str) -> None:
    docs = {f"docs/{name}"}

    assert docs & {path for path, _ in links((ROOT / "README.md").read_text(encoding="utf-8"))}


def test_the_build_file_in_the_readme_is_that_of_the_example() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = (ROOT / "examples/flights/BUILD").read_text(encoding="utf-8").splitlines()
    snippet = re.search(r"^```python\n# examples/flights/BUILD.*?\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)

    assert snippet is not None, "README.md must show a part of examples/flights/BUILD."
    lines = [line for line in snippet.group(1).splitlines() if line.strip() and line.strip() != "..."]
    assert len(lines) <= 20
    assert [line for line in lines if line not in example] == []


# --- The test itself --------------------------------------------------------------------------------------------------


def test_broken_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# One word\n")
    page = tmp_path / "page.md"
    page.write_text(
        "# Top\n[good](other.md) [good](other.md#one-word) [good](#top) [out](https://example.org/x) `[code](no.md)`\n"
        "[bad](gone.md) [bad](other.md#two-words) [bad](#bottom)\n"
        "```\n[code](no.md)\n```\n"
    )

    assert broken_links(page) == ["gone.md", "other.md#two-words", "#bottom"]


@pytest.mark.parametrize("line", ["see /root/x", "in `/home/anna/data`", "(/tmp/pants-sandbox-1)", "/Users/bo/x"])
def test_places_on_machines_are_found(line: str) -> None:
    assert MACHINE_PATH.search(line)


@pytest.mark.parametrize("line", ["docs/work/x", "a/tmp/b", "your home", "https://example.org/home/x"])
def test_other_paths_are_no_places_on_machines(line: str) -> None:
    assert not MACHINE_PATH.search(line)
