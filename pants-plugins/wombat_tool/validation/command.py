"""The command `validate`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

from wombat_tool.contracts.model import Environment
from wombat_tool.formats import Format

_FORMATS = [one.value for one in Format]
# DuckDB needs some for itself.
_LEAST_MEMORY_MIB = 64


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("validate", help="hold a dataset against its contract, and profile it")
    parser.add_argument("--path", required=True, help="the data: a file, or a directory")
    parser.add_argument("--format", required=True, choices=_FORMATS, help="how to read the data")
    parser.add_argument("--title", default="", help="what people call the dataset, as its address")
    parser.add_argument("--contract", help="the contract file; without it there is only a profile")
    parser.add_argument("--contract-name", default="", help="what messages call the contract: its path from the root")
    parser.add_argument("--object", default="", help="the schema object of the contract, if it has several")
    parser.add_argument(
        "--environment",
        required=True,
        choices=[one.value for one in Environment],
        help="which decides how bad violations are, and whether a sample may be enough",
    )
    parser.add_argument(
        "--sample-rows",
        type=_whole_number(0),
        default=1_000_000,
        help="of data with more rows, development checks about so many; 0 for all (default: %(default)s)",
    )
    parser.add_argument(
        "--memory-mib",
        type=_whole_number(_LEAST_MEMORY_MIB),
        default=256,
        help="what queries may take before they use the disk (default: %(default)s); the process takes some 150 more",
    )
    parser.add_argument(
        "--reference",
        action="append",
        type=_reference,
        default=[],
        metavar="KEY=FORMAT:PATH",
        help="data that a relationship leads to: the name of its object; FILE#OBJECT, FILE from the root, in another file",
    )
    parser.add_argument(
        "--reference-contract",
        action="append",
        type=_reference_contract,
        default=[],
        metavar="KEY=OBJECT:PATH",
        help="the contract of such data where it is another file, and its object there",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the report; returns the exit code."""
    # It takes long to load, and other commands do without.
    from wombat_tool.contracts.reader import object_of, read_contract
    from wombat_tool.validation.validate import Data, Reference, Request, validate

    contract = schema = None
    if arguments.contract:
        contract = read_contract(arguments.contract, name=arguments.contract_name or arguments.contract)
        schema = object_of(contract, arguments.object)
    schemas = {
        key: object_of(read_contract(path, name=key.partition("#")[0]), name)
        for key, name, path in arguments.reference_contract
    }
    report = validate(
        Request(
            Data(arguments.path, Format(arguments.format)),
            Environment(arguments.environment),
            sample_rows=arguments.sample_rows,
            memory_mib=arguments.memory_mib,
            title=arguments.title,
            contract=contract,
            schema=schema,
            references={
                key: Reference(Data(path, format), schemas.get(key)) for key, format, path in arguments.reference
            },
        )
    )
    print(json.dumps(report.to_document(), allow_nan=False))
    return 0


def _whole_number(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else -1
        if value < least:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least} on, but was {text!r}")
        return value

    return number


def _reference(text: str) -> tuple[str, Format, str]:
    key, equals, data = text.partition("=")
    format, colon, path = data.partition(":")
    if not (key and equals and colon and path and format in _FORMATS):
        formats = ", ".join(_FORMATS)
        raise argparse.ArgumentTypeError(f"must be KEY=FORMAT:PATH with one of the formats {formats}, but was {text!r}")
    return key, Format(format), path


def _reference_contract(text: str) -> tuple[str, str, str]:
    key, equals, rest = text.partition("=")
    name, colon, path = rest.rpartition(":")
    if not (key and equals and name and colon and path):
        raise argparse.ArgumentTypeError(f"must be KEY=OBJECT:PATH, but was {text!r}")
    return key, name, path
