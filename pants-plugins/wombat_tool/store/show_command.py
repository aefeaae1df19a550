"""The command `store-show`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wombat_tool.errors import StoreError
from wombat_tool.preview.layout import TextColumn, count_text, size_text, table_lines
from wombat_tool.preview.width import fit, printable, wrap
from wombat_tool.store.ancestry import KnownVersions, Source, Upstream, downstream
from wombat_tool.store.labels import Move
from wombat_tool.store.manifest import Manifest, moment_s
from wombat_tool.store.retention import VersionKey
from wombat_tool.store.store import Store, open_store
from wombat_tool.store.versions_command import list_versions
from wombat_tool.store.words import add_width, age_text, manifest_document, metrics_text, params_text, value_text

DOCUMENT_VERSION = 1
"""Of the JSON document; a new number means that a reader of the old one would misread it."""

_MOST_UPSTREAM = 50
_MOST_DOWNSTREAM = 50
_MOST_MOVES = 10
_INDENT = "  "


@dataclass(frozen=True)
class Shown:
    """A version, and what is around it.

    :param again: when it became the latest again; None if it did not.
    :param upstream: None if it cannot be read.
    :param downstream: those published last come last.
    :param moves: of the labels that stood for it at some time.
    :param problems: what cannot be told, and why.
    """

    manifest: Manifest
    labels: tuple[str, ...]
    again: str | None
    upstream: Source | None
    downstream: tuple[Manifest, ...]
    moves: dict[str, list[Move]]
    problems: tuple[str, ...]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("store-show", help="show a version: what it is, what it was made of, and what of it")
    parser.add_argument("reference", metavar="REF", help="[project//]path:name[@VERSION]")
    parser.add_argument("--store", required=True, metavar="URL", help="a directory, file:///directory or gs://bucket/prefix")
    parser.add_argument("--project", default="", help="the project of a reference that names none")
    add_width(parser)
    parser.add_argument("--output", choices=["text", "json"], default="text", help="for people, or for programs")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the version; returns the exit code."""
    store = open_store(arguments.store)
    dataset, version = store.resolve(arguments.reference, project=arguments.project)
    most = sys.maxsize if arguments.output == "json" else _MOST_UPSTREAM
    shown = show(store, store.manifest(dataset, version), most=most)
    if arguments.output == "json":
        print(json.dumps(_document(store, shown)))
    else:
        print("\n".join(shown_lines(shown, arguments.width, now_s=time.time())))
    for problem in shown.problems:
        print(problem, file=sys.stderr)
    return 1 if shown.problems else 0


def show(store: Store, manifest: Manifest, *, most: int = _MOST_UPSTREAM) -> Shown:
    """What is around a version.

    :param most: about how many versions upstream to name.
    """
    listed = list_versions(store, [])
    manifests, problems = listed.manifests, list(listed.damaged)
    known = KnownVersions.of(VersionKey(one.dataset, one.version) for one in manifests)
    upstream = None
    try:
        upstream = Upstream(store, known, most=most).tree(manifest)
    except StoreError as err:
        problems.append(str(err))
    made, unreadable = downstream(store, VersionKey(manifest.dataset, manifest.version), manifests)
    moves = {
        label: moves
        for label, moves in store.moves(manifest.dataset).items()
        if any(move.version == manifest.version for move in moves)
    }
    labels = sorted(label for label, version in store.labels(manifest.dataset).items() if version == manifest.version)
    again = listed.again_of(manifest)
    return Shown(
        manifest, tuple(labels), again, upstream, tuple(made), moves, tuple(dict.fromkeys([*problems, *unreadable]))
    )


# --- For programs -----------------------------------------------------------------------------------------------------


def _document(store: Store, shown: Shown) -> dict[str, Any]:
    return {
        "show_version": DOCUMENT_VERSION,
        "store": store.url,
        "version": {**manifest_document(shown.manifest), "profile": store.profile_of(shown.manifest)},
        "labels": list(shown.labels),
        "published_again": shown.again,
        "upstream": _upstream_document(shown.upstream) if shown.upstream else None,
        "downstream": [_key_document(one) for one in shown.downstream],
        "moves": [
            {"label": move.label, "number": move.number, "version": move.version, "moved": move.moved}
            for moves in shown.moves.values()
            for move in moves
        ],
        "problems": list(shown.problems),
    }


def _key_document(one: Manifest) -> dict[str, Any]:
    key = {"project": one.dataset.project, "address": one.dataset.address, "version": one.version}
    return {**key, "published": one.published}


def _upstream_document(root: Source) -> list[dict[str, Any]]:
    """Each version once, with those that it was made of; the version itself comes first."""
    found = []
    waiting = [root]
    for node in waiting:
        waiting += [one for one in node.sources if not one.is_repeated]
        found.append(
            {
                "project": node.dataset.project,
                "address": node.dataset.address,
                "version": node.version,
                "format": node.format,
                "rows": node.rows,
                "size_bytes": node.size_bytes,
                "step": node.step,
                "params": node.params,
                "inputs": [
                    {"project": one.dataset.project, "address": one.dataset.address, "version": one.version}
                    for one in node.sources
                ],
            }
        )
    return found


# --- For people -------------------------------------------------------------------------------------------------------


def shown_lines(shown: Shown, width: int, *, now_s: float) -> list[str]:
    """The version in lines for people."""
    manifest = shown.manifest
    lines = [printable(str(manifest.dataset)), manifest.version, ""]
    facts = list(_facts(shown, now_s))
    names = max(len(name) for name, _ in facts)
    for name, text in facts:
        first, *rest = wrap(text, width - names - 2) or [""]
        lines += [f"{name.ljust(names)}  {first}", *(" " * (names + 2) + one for one in rest)]
    if shown.upstream is not None:
        lines += ["", "upstream", *(fit(line, width) for line in _tree_lines(shown.upstream, manifest, _INDENT))]
        if not shown.upstream.sources and not shown.upstream.left_out:
            lines.append(f"{_INDENT}nothing" + ("" if manifest.producer is None else " that was recorded"))
    lines += ["", "downstream", *_downstream_lines(shown.downstream, width)]
    if shown.moves:
        lines += ["", "labels, the last moves first", *_move_lines(shown, width)]
    return lines


def _facts(shown: Shown, now_s: float) -> Iterator[tuple[str, str]]:
    one = shown.manifest
    yield "published", f"{one.published}, age {age_text(now_s - one.published_s)}"
    if shown.again:
        yield "again", f"{shown.again}, age {age_text(now_s - moment_s(shown.again))}"
    if shown.labels:
        yield "labels", ", ".join(shown.labels)
    if one.environment:
        yield "environment", one.environment
    if one.git:
        yield "commit", one.git.commit + ("" if one.git.is_clean else " with changes that were not committed")
    files = f", {count_text(one.files, 'file')}" if one.is_directory else ""
    yield (
        "data",
        f"{one.format}{files}, {size_text(one.size_bytes)}"
        + ("" if one.rows is None else f", {count_text(one.rows, 'row')}"),
    )
    if one.columns is not None:
        yield "columns", ", ".join(f"{printable(name)} {printable(type)}" for name, type in one.columns)
    yield "step", printable(one.producer["address"]) if one.producer else "none, it is a source"
    if one.params:
        yield "parameters", params_text(one.params)
    if one.overrides:
        yield "overrides", ", ".join(map(printable, one.overrides))
    if one.metrics:
        yield "metrics", metrics_text(one.metrics)
    if one.contract:
        yield "contract", ", ".join(f"{name} {value_text(value)}" for name, value in sorted(one.contract.items()))
    if one.validation:
        yield "validation", _validation_text(one.validation)


def _validation_text(validation: dict[str, Any]) -> str:
    status = printable(str(validation.get("status", "of unknown result")))
    violations = validation.get("violations")
    if not isinstance(violations, list) or not violations:
        return status
    messages = [str(one.get("message", "")) for one in violations[:3] if isinstance(one, dict)]
    return printable(f"{status}, {count_text(len(violations), 'violation')}: {' '.join(messages)}")


def _tree_lines(node: Source, root: Manifest, indent: str) -> Iterator[str]:
    # Trees are cut, so that they are never deep.
    for source in node.sources:
        project = "" if source.dataset.project == root.dataset.project else f"{source.dataset.project}//"
        facts = [f"{project}{source.dataset.address}", source.version[:12]]
        facts += [] if source.rows is None else [count_text(source.rows, "row")]
        if source.is_repeated:
            facts.append("(see above)")
        elif source.step is not None:
            params = f" ({params_text(source.params)})" if source.params else ""
            facts.append(f"by {source.step}{params}")
        yield indent + printable("  ".join(facts))
        yield from _tree_lines(source, root, indent + _INDENT)
    if node.left_out:
        yield f"{indent}… and {count_text(node.left_out, 'more version')}, with what they were made of"


def _downstream_lines(made: tuple[Manifest, ...], width: int) -> list[str]:
    if not made:
        return [f"{_INDENT}nothing in this store"]
    shown = made[-_MOST_DOWNSTREAM:]
    columns = [
        TextColumn("dataset", [printable(str(one.dataset)) for one in shown], least=20),
        TextColumn("version", [one.version[:12] for one in shown], least=12),
        TextColumn("published", [one.published[:10] for one in shown], least=10),
    ]
    lines = table_lines(columns, width - len(_INDENT))[0]
    more = len(made) - len(shown)
    lines += [f"… and {count_text(more, 'version')} before"] if more else []
    return [_INDENT + line for line in lines]


def _move_lines(shown: Shown, width: int) -> list[str]:
    moves = sorted((move for moves in shown.moves.values() for move in moves), key=lambda one: (one.moved, one.number))
    last = moves[::-1][:_MOST_MOVES]
    columns = [
        TextColumn("moved", [printable(move.moved[:19].replace("T", " ")) for move in last], least=19),
        TextColumn("label", [move.label for move in last]),
        TextColumn("to", ["taken away" if move.version is None else _to(move.version, shown) for move in last], least=12),
    ]
    lines = table_lines(columns, width - len(_INDENT))[0]
    more = len(moves) - len(last)
    return [_INDENT + line for line in [*lines, *([f"… and {count_text(more, 'move')} before"] if more else [])]]


def _to(version: str, shown: Shown) -> str:
    return "this version" if version == shown.manifest.version else version[:12]
