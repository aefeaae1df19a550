"""Scans JSON lines files."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from pyarrow import json as arrow_json

from wombat_tool.errors import DataError
from wombat_tool.files import DataFile
from wombat_tool.tables.model import Column, TableScan
from wombat_tool.tables.types import alternatives, wider
from wombat_tool.utf8 import not_utf8

_FIRST_BLOCK_BYTES = 32 << 10
_MOST_BLOCK_BYTES = 4 << 20
_MOST_LINE_BYTES = 64 << 20
# A parsed block takes memory for each row times each column: with more of them, keys are data.
_MOST_COLUMNS = 10_000
# How text begins that pyarrow takes for a moment in time.
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# Lines that pyarrow does not take are halved until they are so few.
_SLOW_LINES = 1024
MOST_DEPTH = 200
"""Levels of nesting; pyarrow's parser calls itself for each, and crashes where it does so too often."""


@dataclass
class Block:
    """Some lines of the file, none of them blank.

    :param number: of the first line that the block was cut from.
    """

    number: int
    offset: int
    content: bytes
    lines: list[bytes] = field(default_factory=list)


@dataclass
class _Found:
    """What is known of a column."""

    type: pa.DataType
    present: int


class _Columns:
    """The columns seen so far, in the order of their first appearance."""

    def __init__(self) -> None:
        self.found: dict[str, _Found] = {}

    def add(self, name: str, type: pa.DataType, present: int) -> None:
        """Count the rows in which the column has a value of the type."""
        known = self.found.get(name)
        if known:
            known.type = wider(known.type, type, clash=_json_clash)
            known.present += present
        else:
            self.found[name] = _Found(type, present)


def scan_file(file: DataFile, *, head_rows: int) -> TableScan:
    """Scan one file with one JSON object a line; blank lines are none.

    A column that holds values of several types, as numbers and text, gets a union of them as its type.
    """
    columns = _Columns()
    head: list[dict[str, Any]] = []
    rows = 0
    for block in blocks(file, lambda: len(columns.found)):
        head.extend(_parse(file, block, i) for i in range(min(len(block.lines), head_rows - len(head))))
        for i in _deep_lines(block):
            _parse(file, block, i)
        _add(file, block, 0, len(block.lines), columns)
        rows += len(block.lines)
        if len(columns.found) > _MOST_COLUMNS:
            raise file.error(
                f"its lines have more than {_MOST_COLUMNS:,} different keys, so the keys are data and not columns.",
                mend='Write keys as values, as {"key": ..., "value": ...}, or set format="text" on the dataset target.',
            )
    return TableScan(
        rows,
        tuple(
            Column(name, found.type, rows - found.present, tuple(row.get(name) for row in head))
            for name, found in columns.found.items()
        ),
    )


def blocks(file: DataFile, columns: Callable[[], int] = lambda: 0) -> Iterator[Block]:
    """The file in blocks of whole lines, larger ones as long as no new columns appear.

    :param columns: says how many have appeared so far.
    :raises DataError: if it is not UTF-8, or a line is too long.
    """
    size = _FIRST_BLOCK_BYTES
    number, offset, known = 1, 0, 0
    rest = b""
    with open(file.path, "rb") as opened:
        while True:
            read = opened.read(size)
            content, newline, after = (rest + read).rpartition(b"\n") if read else (rest, b"", b"")
            if read and not newline:
                rest = after
                if len(rest) > _MOST_LINE_BYTES:
                    raise file.error(f"line {number} is longer than {_MOST_LINE_BYTES >> 20} MiB.")
                size = min(size * 2, _MOST_BLOCK_BYTES)
                continue
            rest = after
            block = Block(number, offset, content)
            _check_utf8(file, block)
            if not offset and content.startswith(codecs.BOM_UTF8):
                block.content = content[len(codecs.BOM_UTF8) :]
            block.lines = [line for line in block.content.split(b"\n") if line.strip()]
            if block.lines:
                yield block
            if not read:
                return
            number += content.count(b"\n") + 1
            offset += len(content) + 1
            if columns() == known:
                size = min(size * 2, _MOST_BLOCK_BYTES)
            known = columns()


def _check_utf8(file: DataFile, block: Block) -> None:
    try:
        block.content.decode("utf-8")
    except UnicodeDecodeError as err:
        raise not_utf8(file, block.content, err.start, line=block.number, offset=block.offset) from err


def _add(file: DataFile, block: Block, begin: int, end: int, columns: _Columns) -> None:
    """Add the columns of some lines of a block: quickly those that pyarrow's parser takes together.

    :raises DataError: if a line is no JSON object.
    """
    if _add_quickly(block.lines[begin:end], columns):
        return
    if end - begin <= _SLOW_LINES:
        _add_slowly(file, block, begin, end, columns)
        return
    middle = (begin + end) // 2
    _add(file, block, begin, middle, columns)
    _add(file, block, middle, end, columns)


def _add_quickly(lines: list[bytes], columns: _Columns) -> bool:
    """Add the columns of lines with pyarrow's parser; False if it does not take them."""
    # Each line becomes the member of an object: pyarrow 21 to 26 crash on a line that is `null`, and take a line with
    # two objects for two lines.
    text = b'{"":' + b'}\n{"":'.join(lines) + b"}"
    try:
        table = _read(text)
    except pa.ArrowInvalid:
        return False
    if table.num_rows != len(lines) or table.num_columns != 1 or not pa.types.is_struct(table.schema.field(0).type):
        return False
    objects = table.column(0)
    if objects.null_count:
        return False
    for name, column in zip([one.name for one in objects.type], objects.flatten()):
        columns.add(name, column.type, len(column) - column.null_count)
    return True


def _add_slowly(file: DataFile, block: Block, begin: int, end: int, columns: _Columns) -> None:
    """Add the columns of lines with Python's parser, which takes values of several types in a column."""
    values: dict[str, list[Any]] = {}
    for i in range(begin, end):
        for name, value in _parse(file, block, i).items():
            values.setdefault(name, []).append(value)
    for name, column in values.items():
        present = sum(value is not None for value in column)
        columns.add(name, _type_of_column(column), present)


def _type_of_column(values: list[Any]) -> pa.DataType:
    kinds = {type(value) for value in values} - {type(None)}
    if kinds <= {list} or kinds <= {dict} or (kinds == {str} and all(map(_DATE.match, filter(None, values)))):
        try:
            # By pyarrow if it takes the column alone: so a column has the type that it would have without the clash.
            text = "\n".join(json.dumps({"": value}) for value in values).encode()
            return _read(text).schema.field(0).type
        except pa.ArrowInvalid:
            pass
    return _joined(_type_of(value) for value in values)


def _joined(types: Iterable[pa.DataType]) -> pa.DataType:
    joined = pa.null()
    for type in dict.fromkeys(types):
        joined = wider(joined, type, clash=_json_clash)
    return joined


def _type_of(value: Any) -> pa.DataType:
    """The type of a value as `json` reads it."""
    if isinstance(value, bool):
        return pa.bool_()
    if isinstance(value, int):
        return pa.int64() if -(2**63) <= value < 2**63 else pa.float64()
    if isinstance(value, float):
        return pa.float64()
    if isinstance(value, str):
        return pa.string()
    if isinstance(value, list):
        return pa.list_(_joined(_type_of(one) for one in value))
    if isinstance(value, dict):
        return pa.struct([pa.field(name.encode("utf-8", "replace"), _type_of(one)) for name, one in value.items()])
    return pa.null()


def _json_clash(first: pa.DataType, second: pa.DataType) -> pa.DataType:
    # Text that reads as a moment in time is a timestamp to pyarrow only as long as all of it does.
    moments = [pa.types.is_timestamp(one) or pa.types.is_string(one) for one in (first, second)]
    return pa.string() if all(moments) else alternatives(first, second)


def _read(text: bytes) -> pa.Table:
    options = arrow_json.ReadOptions(use_threads=False, block_size=len(text) + 1)
    return arrow_json.read_json(pa.BufferReader(text), read_options=options)


def _deep_lines(block: Block) -> list[int]:
    """The lines that may be nested too deeply for pyarrow: those with many brackets."""
    if block.content.count(b"[") + block.content.count(b"{") <= len(block.lines) + MOST_DEPTH:
        return []
    return [i for i, line in enumerate(block.lines) if _may_be_deep(line)]


def _may_be_deep(line: bytes) -> bool:
    # A line that is too short for so many pairs of brackets is told fastest.
    return len(line) > 2 * MOST_DEPTH and line.count(b"[") + line.count(b"{") > MOST_DEPTH


def _parse(file: DataFile, block: Block, index: int) -> dict[str, Any]:
    """The object in a line.

    :param index: of the line in the block.
    :raises DataError: if it is none.
    """
    line = block.lines[index]
    try:
        value = json.loads(line.decode(), object_pairs_hook=unique_object)
    except json.JSONDecodeError as err:
        raise file.error(
            f"line {_line_number(block, index)}, column {err.colno} is not JSON: {err.msg}.",
            mend='Correct the line; each must be one whole object, as {"column": 1}.',
        ) from err
    except ValueError as err:
        raise file.error(f"line {_line_number(block, index)}: {err}.", mend="Correct the line.") from err
    except RecursionError as err:
        raise _too_deep(file, block, index) from err
    if not isinstance(value, dict):
        shown = line.strip()[:40].decode("utf-8", "replace")
        raise file.error(
            f"line {_line_number(block, index)} holds no JSON object, but {shown!r}.",
            mend='Each line must be one object, as {"column": 1}; for another kind of JSON set format="json".',
        )
    if _may_be_deep(line) and depth(value) > MOST_DEPTH:
        raise _too_deep(file, block, index)
    return value


def unique_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these members, for `json` as its `object_pairs_hook`.

    :raises ValueError: if a key is there twice.
    """
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} is there twice in one object")
    return value


def _line_number(block: Block, index: int) -> int:
    lines = block.content.split(b"\n")
    numbers = [number for number, line in enumerate(lines, start=block.number) if line.strip()]
    return numbers[index]


def _too_deep(file: DataFile, block: Block, index: int) -> DataError:
    return file.error(
        f"line {_line_number(block, index)} is nested deeper than {MOST_DEPTH} levels.",
        mend='Write flatter data, or set format="text" on the dataset target.',
    )


def depth(value: Any) -> int:
    """How many levels a value has; 1 if there is nothing in it."""
    levels = 0
    level = [value]
    while level:
        levels += 1
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, (dict, list))
        ]
    return levels
