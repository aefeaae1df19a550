"""The command `preview`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

from wombat_tool.errors import WombatToolError
from wombat_tool.files import reading
from wombat_tool.formats import Format
from wombat_tool.preview import directory, json_value, opaque_file, text
from wombat_tool.preview.mask import MARK, Mask
from wombat_tool.preview.model import Preview, Request
from wombat_tool.preview.page import page_lines
from wombat_tool.preview.report import read_report
from wombat_tool.preview.unreadable import UnreadablePreview
from wombat_tool.preview.width import printable

_LEAST_WIDTH = 20
_MOST_WIDTH = 10_000
_MOST_ROWS = 1_000


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("preview", help="show what a dataset holds and how it begins")
    parser.add_argument("--format", required=True, choices=[one.value for one in Format], help="how to read the data")
    parser.add_argument(
        "--path",
        required=True,
        help="the data: a file; for tables a directory of files, too, with Hive partitions or not",
    )
    parser.add_argument("--title", default="", help="what people call the dataset, as its address")
    parser.add_argument(
        "--rows",
        type=_whole_number(0, _MOST_ROWS),
        default=10,
        help="how many rows of a table, lines of a text or files of a directory to show (default: %(default)s); "
        "of JSON four times as many lines",
    )
    parser.add_argument(
        "--width",
        type=_whole_number(_LEAST_WIDTH, _MOST_WIDTH),
        default=100,
        help="columns of the terminal, which no line exceeds (default: %(default)s)",
    )
    parser.add_argument(
        "--output", choices=["text", "json"], default="text", help="text for people, or a JSON document for programs"
    )
    parser.add_argument(
        "--mask",
        action="append",
        default=[],
        metavar="COLUMN",
        help=f"show {MARK} for all values of a column, or of a part of one, as `address.zip`; may be repeated",
    )
    parser.add_argument("--report", help="a validation report of the data, which is shown, too")
    parser.set_defaults(run=run, parser=parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the preview; returns the exit code."""
    mask = Mask(tuple(arguments.mask))
    try:
        report = read_report(arguments.report, mask) if arguments.report else None
    except ValueError as err:
        arguments.parser.error(f"argument --report: {err}")
    request = Request(
        path=arguments.path,
        format=Format(arguments.format),
        title=arguments.title,
        rows=arguments.rows,
        width=arguments.width if arguments.output == "text" else None,
        mask=mask,
    )
    try:
        preview = preview_of(request)
    except WombatToolError:
        # The report says it, too, and may say more.
        if report is None or report.problem is None:
            raise
        preview = UnreadablePreview(printable(request.heading), request.format.value, report.size_bytes, report.problem)
    if arguments.output == "json":
        document = preview.to_document()
        if report is not None:
            document["report"] = report.document
        # Plain ASCII, which no setting on the way can spoil.
        print(json.dumps(document, allow_nan=False))
    else:
        print("\n".join(page_lines(preview, report, arguments.width)))
    return 0


def preview_of(request: Request) -> Preview:
    """Look at the data.

    :raises WombatToolError: if it is not there, or not of its format.
    """
    with reading(request.path, title=request.title):
        return _preview_of(request)


def _preview_of(request: Request) -> Preview:
    if request.format is Format.JSON:
        return json_value.preview(request)
    if request.format is Format.TEXT:
        return text.preview(request)
    if request.format is Format.FILE:
        return opaque_file.preview(request)
    if request.format is Format.DIRECTORY:
        return directory.preview(request)
    # It takes pyarrow, and the others start faster without.
    from wombat_tool.preview import table

    return table.preview(request)


def _whole_number(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least} to {most}, but was {text!r}")
        return value

    return number
