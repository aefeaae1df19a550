"""The command `infer`."""

from __future__ import annotations

import argparse
import tempfile

from wombat_tool.formats import Format


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("infer", help="write a first contract for data that has none")
    parser.add_argument("--format", required=True, choices=[one.value for one in Format], help="how to read the data")
    parser.add_argument("--path", required=True, help="the data: a file, or a directory of files")
    parser.add_argument("--name", required=True, help="of the dataset, which the contract and its schema object get")
    parser.add_argument(
        "--memory-mib", type=int, default=512, help="the most that the database takes (default: %(default)s)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the contract; returns the exit code."""
    # They take DuckDB and pyarrow, and other commands start faster without.
    from wombat_tool.inference.contract_text import contract_text
    from wombat_tool.inference.infer import infer
    from wombat_tool.relations.session import connect

    with tempfile.TemporaryDirectory(prefix="wombat_infer_") as temp_directory:
        with connect(arguments.memory_mib, temp_directory, readable=[arguments.path]) as connection:
            inferred = infer(connection, arguments.path, Format(arguments.format), name=arguments.name)
    print(contract_text(inferred), end="")
    return 0
