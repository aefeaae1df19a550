"""The command `store-difference`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from wombat_tool.formats import Format
from wombat_tool.preview.layout import TextColumn, count_text, table_lines
from wombat_tool.preview.mask import MARK, Mask
from wombat_tool.preview.width import printable
from wombat_tool.store.difference import PACKED_SIZE, Request, difference
from wombat_tool.store.words import add_width

_MOST = 1_000
_WITHOUT_LINES = (Format.PARQUET.value, Format.ARROW.value)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "store-difference", help="tell what differs between two builds of one dataset; exit code 1 if anything does"
    )
    parser.add_argument("--format", required=True, choices=[one.value for one in Format], help="how to read the data")
    parser.add_argument(
        "--data-format",
        choices=[one.value for one in Format if one.is_tabular],
        help="of the files of a directory, which is then a table",
    )
    parser.add_argument(
        "--mask",
        action="append",
        default=[],
        metavar="COLUMN",
        help=f"show {MARK} for all values of a column; may be repeated",
    )
    parser.add_argument(
        "--rows", type=int, default=5, choices=range(_MOST + 1), metavar="N", help="how many rows to show (default: 5)"
    )
    add_width(parser)
    parser.add_argument(
        "--memory-mib", type=int, default=512, help="for the comparison of tables (default: %(default)s)"
    )
    parser.add_argument("--output", choices=["text", "json"], default="text", help="for people, or for programs")
    parser.add_argument("left", metavar="LEFT_PATH", help="a file or a directory")
    parser.add_argument("right", metavar="RIGHT_PATH", help="another build of it")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what differs; returns the exit code."""
    document = difference(
        Request(
            arguments.left,
            arguments.right,
            Format(arguments.format),
            data_format=Format(arguments.data_format) if arguments.data_format else None,
            mask=Mask(tuple(arguments.mask)),
            most=arguments.rows,
            memory_mib=max(arguments.memory_mib, 32),
        )
    )
    if arguments.output == "json":
        print(json.dumps(document, allow_nan=False))
    else:
        print("\n".join(difference_lines(document, max(arguments.width, 20))))
    return 0 if document["same"] else 1


def difference_lines(document: dict[str, Any], width: int) -> list[str]:
    """The document for people."""
    if document["same"]:
        return ["identical"]
    lines = [_heading(document)]
    if "columns" in document:
        lines += [*_column_lines(document["columns"]), *_row_lines(document["rows"], width)]
    for value in document.get("values", ()):
        lines.append(f"at {printable(value['path'])}: {_or_nothing(value['left'])} → {_or_nothing(value['right'])}")
    lines += _file_lines(document)
    # Other data is packed into other sizes, which says nothing.
    metadata = [one for one in document.get("metadata", ()) if document["same_data"] or one["what"] != PACKED_SIZE]
    if metadata:
        cells = [(one["what"], _or_nothing(one["left"]), _or_nothing(one["right"])) for one in metadata]
        columns = zip(("metadata", "left", "right"), zip(*cells, strict=True), strict=True)
        lines += [
            "",
            *table_lines([TextColumn(name, list(map(printable, texts))) for name, texts in columns], width)[0],
        ]
    return lines


def _heading(document: dict[str, Any]) -> str:
    rows = document.get("rows")
    if rows and rows["reordered"] and not document["same_data"]:
        return "the same rows in another order" + ("" if _same_columns(document["columns"]) else ", and other columns")
    if document["same_data"]:
        return "the same data in other bytes"
    return "different"


def _same_columns(columns: dict[str, Any]) -> bool:
    return not (columns["only_left"] or columns["only_right"] or columns["types"] or columns["reordered"])


def _column_lines(columns: dict[str, Any]) -> list[str]:
    lines = [f"column {printable(name)} is only in the left one" for name in columns["only_left"]]
    lines += [f"column {printable(name)} is only in the right one" for name in columns["only_right"]]
    lines += [f"column {printable(one['column'])}: type {one['left']} → {one['right']}" for one in columns["types"]]
    return lines + (["the columns are in another order"] if columns["reordered"] else [])


def _row_lines(rows: dict[str, Any], width: int) -> list[str]:
    lines = []
    if rows["left"] != rows["right"]:
        lines.append(f"rows: {rows['left']:,} → {rows['right']:,}")
    if rows["differing"]:
        lines.append(
            f"{count_text(rows['differing'], 'row')} of {rows['left']:,} differ from the one at the same place"
        )
    if rows["only_left"] or rows["only_right"]:
        lines.append(
            f"{count_text(rows['only_left'], 'row')} only in the left one, "
            f"{count_text(rows['only_right'], 'row')} only in the right one"
        )
    if rows["by_column"]:
        counted = (f"{printable(one['column'])} {one['rows']:,}" for one in rows["by_column"])
        lines.append(f"by column: {', '.join(counted)}")
    cells = [
        (f"{row['row']:,}", row["file"] or "", one["column"], one["left"], one["right"])
        for row in rows["first"]
        for one in row["columns"]
    ]
    if cells:
        texts = [list(map(printable, column)) for column in zip(*cells, strict=True)]
        names = ("row", "file", "column", "left", "right")
        columns = [
            TextColumn(name, column, is_right=name == "row")
            for name, column in zip(names, texts, strict=True)
            if name != "file" or any(column)
        ]
        lines += ["", *table_lines(columns, width)[0]]
    return lines


def _file_lines(document: dict[str, Any]) -> list[str]:
    files, first, size = document["files"], document["first_difference"], document["size_bytes"]
    lines = [f"file {printable(name)} is only in the left one" for name in files["only_left"][:5]]
    lines += [f"file {printable(name)} is only in the right one" for name in files["only_right"][:5]]
    more = len(files["only_left"][5:]) + len(files["only_right"][5:])
    lines += [f"… and {count_text(more, 'more file')} in only one of them"] if more else []
    if first:
        where = f" of {printable(first['file'])}" if first["file"] else ""
        others = files["differing_count"] - 1
        tail = f", and {count_text(others, 'other file')}" if others else ""
        line = "" if document["format"] in _WITHOUT_LINES else f", in line {first['line']:,}"
        lines.append(f"bytes differ from byte {first['byte']:,}{line}{where}{tail}")
    if size["left"] != size["right"]:
        lines.append(f"size: {count_text(size['left'], 'byte')} → {count_text(size['right'], 'byte')}")
    return lines


def _or_nothing(text: str | None) -> str:
    return "nothing" if text is None else text
