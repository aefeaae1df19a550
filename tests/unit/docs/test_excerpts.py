"""What pages quote of generated files stands in the files that are generated for the examples."""

from __future__ import annotations

import re
from typing import Iterator, Tuple

import pytest

from harness import file_above

PAGES = ("run-on-airflow.md", "run-on-argo.md", "run-on-github-actions.md", "run-on-gitlab.md", "run-on-kubeflow.md")
"""Those that quote what is generated for the examples as they are."""

_BLOCK = re.compile(r"(?ms)^```(?:yaml|python)\n(.*?)^```")


def excerpts() -> Iterator[Tuple[str, str]]:
    """Page and text of each excerpt: a block whose first line is indented, since it begins in the middle of a file."""
    for page in PAGES:
        for block in _BLOCK.findall((file_above("docs/how-to") / page).read_text()):
            if block.startswith(" "):
                yield page, block


@pytest.fixture(scope="module")
def generated() -> str:
    """All generated files of the examples."""
    files = file_above("examples/flights/deploy").rglob("*")
    return "\n".join(file.read_text() for file in sorted(files) if file.is_file())


@pytest.mark.parametrize(("page", "excerpt"), [pytest.param(page, text, id=page) for page, text in excerpts()])
def test_an_excerpt_stands_in_a_generated_file(page: str, excerpt: str, generated: str) -> None:
    assert excerpt in generated, f"docs/how-to/{page} quotes what is not generated any more."


def test_pages_have_excerpts() -> None:
    assert {page for page, _ in excerpts()} == set(PAGES)
