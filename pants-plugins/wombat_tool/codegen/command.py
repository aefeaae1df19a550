"""The command `code`."""

from __future__ import annotations

import argparse

from wombat_tool.codegen.module import source_of
from wombat_tool.contracts.reader import read_contract


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("code", help="write the Python source of a contract's row types")
    parser.add_argument("--file", required=True, help="the contract")
    parser.add_argument("--name", required=True, help="what messages and the source call it: its path in the repository")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the source; returns the exit code."""
    print(source_of(read_contract(arguments.file, name=arguments.name)), end="")
    return 0
