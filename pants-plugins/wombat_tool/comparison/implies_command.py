"""The command `implies`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from wombat_tool.validation.rules import listed

DOCUMENT_VERSION = 1
"""Of the JSON document; a new number means that a reader of the old one would misread it."""
_BY_CONTRACT = ("need", "need_name", "need_object")
_BY_CODE = ("sources", "entry", "function", "parameter")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "implies", help="compare what a contract promises of a dataset with what a consumer needs"
    )
    parser.add_argument("--promise", required=True, help="the contract file of the dataset")
    parser.add_argument("--promise-name", required=True, help="its path from the root of the repository")
    parser.add_argument("--promise-object", required=True, help="its schema object; empty if it has only one")
    parser.add_argument("--need", help="the contract file of the consumer")
    parser.add_argument("--need-name", help="its path from the root of the repository")
    parser.add_argument("--need-object", help="its schema object; empty if it has only one")
    parser.add_argument("--sources", help="or the directory of the consumer's sources, as they lie in the repository")
    parser.add_argument("--entry", help="the file of the function, relative to that directory")
    parser.add_argument("--function", help="the function that is the consumer")
    parser.add_argument("--parameter", help="its parameter, whose annotation says what rows are")
    parser.set_defaults(run=run, parser=parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what is needed and not promised; returns the exit code."""
    given = {name for name in (*_BY_CONTRACT, *_BY_CODE) if getattr(arguments, name) is not None}
    if given not in ({*_BY_CONTRACT}, {*_BY_CODE}):
        arguments.parser.error(f"takes {_options(_BY_CONTRACT)}, or {_options(_BY_CODE)}")
    print(json.dumps(_document(arguments), allow_nan=False))
    return 0


def _options(names: Sequence[str]) -> str:
    return listed([f"--{name.replace('_', '-')}" for name in names], "and")


def _document(arguments: argparse.Namespace) -> dict[str, Any]:
    # They take the libraries for YAML and JSON schemas, and the other commands start faster without.
    from wombat_tool.comparison.implication import mismatches
    from wombat_tool.comparison.row_types import fitted, need_of
    from wombat_tool.contracts.reader import object_of, read_contract

    promise = object_of(read_contract(arguments.promise, name=arguments.promise_name), arguments.promise_object)
    if arguments.need is not None:
        need = object_of(read_contract(arguments.need, name=arguments.need_name), arguments.need_object)
        title = arguments.need_name
    else:
        stated = need_of(
            arguments.sources, entry=arguments.entry, function=arguments.function, parameter=arguments.parameter
        )
        fitting = None if stated is None else fitted(stated, promise)
        if stated is None or fitting is None:
            return {"comparison_version": DOCUMENT_VERSION, "stated": False, "mismatches": [], "need_title": None}
        need, title = fitting, stated.title
    return {
        "comparison_version": DOCUMENT_VERSION,
        "stated": True,
        "mismatches": [
            {
                "column": one.column,
                "aspect": one.aspect,
                "promise": one.promise,
                "need": one.need,
                "severity": one.severity.value,
                "promise_line": one.promise_place.line,
                "need_file": one.need_place.file,
                "need_line": one.need_place.line,
            }
            for one in mismatches(promise, need)
        ],
        "need_title": title,
    }
