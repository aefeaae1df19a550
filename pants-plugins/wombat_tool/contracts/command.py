"""The command `contract`."""

from __future__ import annotations

import argparse
import json


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("contract", help="print what a contract file says, and what is wrong with it")
    parser.add_argument("--file", required=True, help="the contract: a file of the Open Data Contract Standard, version 3")
    parser.add_argument(
        "--name", required=True, help="what messages call the file: its path from the root of the repository"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the facts; returns the exit code."""
    # It takes the libraries for YAML and JSON schemas, and the other commands start faster without.
    from wombat_tool.contracts.facts import facts_of
    from wombat_tool.contracts.reader import look_at

    print(json.dumps(facts_of(look_at(arguments.file, name=arguments.name)), allow_nan=False))
    return 0
