"""The command `changes`."""

from __future__ import annotations

import argparse
import json
from typing import Any

DOCUMENT_VERSION = 1
"""Of the JSON document; a new number means that a reader of the old one would misread it."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("changes", help="compare a contract with its former self, and judge its version")
    parser.add_argument("--old", required=True, help="the contract file as it was")
    parser.add_argument("--new", required=True, help="the contract file as it is")
    parser.add_argument(
        "--name", required=True, help="what messages call the file: its path from the root of the repository"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what changed; returns the exit code."""
    print(json.dumps(document(arguments.old, arguments.new, name=arguments.name), allow_nan=False))
    return 0


def document(old: str, new: str, *, name: str) -> dict[str, Any]:
    """What changed between two contract files.

    A former contract that was not right promised nothing that anybody could rest on: the class is then "unknown".

    :raises ContractError: if the new contract is not right, or one of the files cannot be opened.
    """
    # They take the libraries for YAML and JSON schemas, and the other commands start faster without.
    from wombat_tool.comparison.changes import changes_of, class_of
    from wombat_tool.comparison.versions import ChangeClass, judge
    from wombat_tool.contracts.reader import look_at, read_contract

    former = look_at(old, name=name)
    present = read_contract(new, name=name)
    found: dict[str, Any] = {"changes_version": DOCUMENT_VERSION}
    if former.contract is None or former.errors:
        mistake = former.errors[0]
        reason = f"is not compared, as the former contract was not right (line {mistake.line}: {mistake.message})"
        return found | {
            "class": "unknown",
            "changes": [],
            "old_version": former.contract.version if former.contract else None,
            "new_version": present.version,
            "version_ok": True,
            "version_text": reason,
            "broken_objects": [],
        }
    changes = changes_of(former.contract, present)
    verdict = judge(former.contract.version, present.version, class_of(changes))
    breaking = [one for one in changes if one.kind is ChangeClass.BREAKING]
    known = [one.name for one in (*former.contract.objects, *present.objects)]
    is_all = any(one.object is None for one in breaking)
    broken = [one for one in dict.fromkeys(known) if is_all or any(change.object == one for change in breaking)]
    return found | {
        "class": class_of(changes).value,
        "changes": [
            {
                "class": one.kind.value,
                "object": one.object,
                "column": one.column,
                "text": one.text,
                "line": one.line,
            }
            for one in changes
        ],
        "old_version": former.contract.version,
        "new_version": present.version,
        "version_ok": verdict.is_right,
        "version_text": verdict.text,
        "broken_objects": broken,
    }
