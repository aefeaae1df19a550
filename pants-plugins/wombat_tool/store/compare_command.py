"""The command `store-compare`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from wombat_tool.preview.layout import count_text, size_text
from wombat_tool.preview.width import ELLIPSIS, fit, printable, wrap
from wombat_tool.store.commits import Commits, commits_between
from wombat_tool.store.compare import ABSENT, Change, Sections, compare
from wombat_tool.store.manifest import Manifest
from wombat_tool.store.store import Store, open_store
from wombat_tool.store.words import add_width, number_text, value_text

DOCUMENT_VERSION = 1
"""Of the JSON document; a new number means that a reader of the old one would misread it."""

_MOST_CHANGES = 40
_MOST_COMMITS = 20
_MOST_CHARACTERS = 60


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("store-compare", help="tell what changed between two versions")
    parser.add_argument("left", metavar="LEFT_REF", help="[project//]path:name[@VERSION]")
    parser.add_argument("right", metavar="RIGHT_REF", help="of the same dataset, or of another one")
    parser.add_argument(
        "--store", required=True, metavar="URL", help="a directory, file:///directory or gs://bucket/prefix"
    )
    parser.add_argument("--project", default="", help="the project of references that name none")
    parser.add_argument("--repository", metavar="DIR", help="a Git repository, to tell the commits between them")
    add_width(parser)
    parser.add_argument("--output", choices=["text", "json"], default="text", help="for people, or for programs")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what changed; returns the exit code."""
    store = open_store(arguments.store)
    left, right = (
        store.manifest(*store.resolve(reference, project=arguments.project))
        for reference in (arguments.left, arguments.right)
    )
    sections = compare(left, right, profiles=(store.profile_of(left), store.profile_of(right)))
    commits = commits_between(left.git, right.git, arguments.repository)
    if arguments.output == "json":
        print(json.dumps(_document(store, left, right, sections, commits)))
    else:
        print("\n".join(compared_lines(left, right, sections, commits, arguments.width)))
    return 0


def _document(store: Store, left: Manifest, right: Manifest, sections: Sections, commits: Commits) -> dict[str, Any]:
    return {
        "compare_version": DOCUMENT_VERSION,
        "store": store.url,
        **{side: _key(one) for side, one in (("left", left), ("right", right))},
        "same_content": left.version == right.version,
        "changes": {name: [change.to_document() for change in changes] for name, changes in sections.items()},
        "commits": {
            "between": list(commits.between),
            "only_left": list(commits.only_left),
            "why_not": commits.why_not or None,
        },
    }


def _key(one: Manifest) -> dict[str, str]:
    return {"project": one.dataset.project, "address": one.dataset.address, "version": one.version}


def compared_lines(left: Manifest, right: Manifest, sections: Sections, commits: Commits, width: int) -> list[str]:
    """What changed in lines for people, the left one before the arrow."""
    lines = [f"left   {_name(left)}", f"right  {_name(right)}"]
    if left.version == right.version:
        lines.append("The content is the same.")
    for name, changes in sections.items():
        if changes:
            shown = [f"  {_change_text(name, change)}" for change in changes[:_MOST_CHANGES]]
            more = len(changes) - len(shown)
            shown += [f"  {ELLIPSIS} and {count_text(more, 'more change')}"] if more else []
            lines += ["", name, *(fit(line, width) for line in shown)]
    lines += _commit_lines(commits, width)
    # Other bytes can be as many: of the data just this is the same.
    same = ["format, rows, size" if name == "data" else name for name, changes in sections.items() if not changes]
    return lines + (["", *wrap(f"the same in both: {', '.join(same)}", width)] if same else [])


def _name(one: Manifest) -> str:
    return f"{printable(str(one.dataset))}  {one.version[:12]}  {one.published[:19].replace('T', ' ')}"


def _change_text(section: str, change: Change) -> str:
    what = printable(change.what)
    if change.left is ABSENT or change.right is ABSENT:
        sign, value = ("+", change.right) if change.left is ABSENT else ("-", change.left)
        # What is just there or not has no value to tell.
        return f"{sign} {what}" + ("" if value is True else f": {_value(section, change.what, value)}")
    if change.what.startswith("file ") and section == "code":
        return f"{what} changed"
    text = f"{what}: {_value(section, change.what, change.left)} → {_value(section, change.what, change.right)}"
    return text + _growth(change)


def _value(section: str, what: str, value: Any) -> str:
    if value is None:
        return "unknown" if section == "data" else "none"
    if section == "data" and what == "size_bytes":
        return size_text(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number_text(value)
    text = printable(value) if isinstance(value, str) else value_text(value)
    if section == "inputs":
        name, _, version = text.rpartition("@")
        return f"{name}@{version[:12]}"
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + ELLIPSIS


def _growth(change: Change) -> str:
    """By how much a number grew, where that can be told."""
    sides = (change.left, change.right)
    if any(isinstance(side, bool) or not isinstance(side, (int, float)) for side in sides) or not change.left:
        return ""
    share = 100 * (change.right - change.left) / abs(change.left)
    return f" ({share:+.3g} %)"


def _commit_lines(commits: Commits, width: int) -> Iterator[str]:
    if commits.why_not:
        yield from ("", "commits", *(f"  {line}" for line in wrap(commits.why_not, width - 2)))
    for title, found in (
        ("commits between them", commits.between),
        ("commits of the left one alone", commits.only_left),
    ):
        if found:
            yield from ("", title, *(fit(f"  {printable(line)}", width) for line in found[:_MOST_COMMITS]))
            if len(found) > _MOST_COMMITS:
                yield f"  {ELLIPSIS} and {len(found) - _MOST_COMMITS:,} more"
