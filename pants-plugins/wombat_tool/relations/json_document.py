"""Turns a JSON document into JSON lines, piece by piece."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import replace

from wombat_tool.contracts.model import Layout
from wombat_tool.errors import DataError
from wombat_tool.files import DataFile
from wombat_tool.tables.jsonl_file import MOST_DEPTH, depth, unique_object
from wombat_tool.utf8 import utf8_chunks

# What is looked at together.
_PIECE = 1 << 20
# Of a single row.
_MOST_CHARACTERS = 64 << 20
_SPACE = " \t\n\r"
_OPENING = {Layout.ROWS: "[", Layout.DOCUMENT: "{", Layout.ENTRIES: "{"}
_KINDS = {"{": "an object", "[": "an array", '"': "text", "n": "null", "t": "true", "f": "false"}
_LAYOUTS = (
    "Correct the document, or the custom property `wombat.layout`: `rows` for an array of objects, `document` for one "
    "object that is one row, `entries` for an object with a row for each key."
)


class _OtherLayoutError(Exception):
    """The document is not of the layout; the text says why."""


def write_lines(file: DataFile, layout: Layout | None, path: str) -> tuple[DataFile, tuple[str, ...]]:
    """Write the rows of a document as JSON lines.

    Without a layout, an array of objects is rows, an object one row of its members, and of anything else each item, or
    the value itself, is a row with the column `value`.

    :param path: of the file to write.
    :returns: that file, called as the document, and the columns that there are even without any row.
    :raises DataError: if it is not JSON, or not of the layout.
    """
    names: tuple[str, ...] = ("key", "value") if layout is Layout.ENTRIES else ()
    try:
        _write(_rows(_Document(file), layout), path)
    except _OtherLayoutError as err:
        if layout is not None:
            raise file.error(str(err), mend=_LAYOUTS) from err
        names = ("value",)
        _write(_values(_Document(file)), path)
    return replace(file, path=path), names


def _write(rows: Iterator[str], path: str) -> None:
    with open(path, "w", encoding="utf-8", newline="\n") as opened:
        for row in rows:
            # There is no line end within a text of JSON, only between the parts of a value.
            opened.write(row.replace("\n", " ").replace("\r", " ") + "\n")


def _rows(document: _Document, layout: Layout | None) -> Iterator[str]:
    first = document.peek()
    if layout is None:
        layout = Layout.ROWS if first == "[" else Layout.DOCUMENT
    if first != _OPENING[layout]:
        is_, must = _KINDS.get(first, "a number"), _KINDS[_OPENING[layout]]
        raise _OtherLayoutError(f"it is {is_}, and with the layout {layout.value!r} it must be {must}.")
    if layout is Layout.ROWS:
        for number, item in enumerate(document.items(), start=1):
            if not item.startswith("{"):
                raise _OtherLayoutError(
                    f"item {number} is {_KINDS.get(item[0], 'a number')}, and with the layout 'rows' it must be an object."
                )
            yield item
    elif layout is Layout.ENTRIES:
        for key, value in document.members():
            yield f'{{"key": {key}, "value": {value}}}'
    else:
        yield document.value()
    document.end()


def _values(document: _Document) -> Iterator[str]:
    for item in document.items() if document.peek() == "[" else [document.value()]:
        yield f'{{"value": {item}}}'
    document.end()


class _Document:
    """The text of a document, of which a piece is in memory."""

    def __init__(self, file: DataFile) -> None:
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._file = file
        self._pieces = (decoder.decode(chunk) for chunk in utf8_chunks(file))
        self._decoder = json.JSONDecoder(object_pairs_hook=unique_object)
        self._text = ""
        self._position = 0
        self._line = 1

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._position < len(self._text):
                if self._text[self._position] not in _SPACE:
                    return self._text[self._position]
                self._position += 1
            if not self._read_on():
                return ""

    def end(self) -> None:
        """See that nothing follows."""
        if self.peek():
            raise self._error(self._position, "Extra data")

    def items(self) -> Iterator[str]:
        """The texts of the items of the array that begins here."""
        for _ in self._each("]"):
            yield self.value()

    def members(self) -> Iterator[tuple[str, str]]:
        """The texts of the keys and values of the object that begins here."""
        for _ in self._each("}"):
            if self.peek() != '"':
                raise self._error(self._position, "Expecting property name enclosed in double quotes")
            key = self.value()
            if self.peek() != ":":
                raise self._error(self._position, "Expecting ':' delimiter")
            self._position += 1
            yield key, self.value()

    def value(self) -> str:
        """The text of the value that begins here."""
        self.peek()
        while True:
            begin = self._position
            try:
                value, end = self._decoder.raw_decode(self._text, begin)
            except json.JSONDecodeError as err:
                # It may go on in what was not read yet.
                if not self._read_on(twice=True):
                    raise self._error(err.pos, err.msg) from err
                continue
            except ValueError as err:
                raise self._file.error(f"the value in line {self._line_of(begin)}: {err}.", mend="Correct it.") from err
            except RecursionError as err:
                raise self._too_deep(begin) from err
            if end == len(self._text) and not isinstance(value, (str, list, dict)) and self._read_on():
                continue  # A number may have more digits.
            text = self._text[begin:end]
            if text.count("[") + text.count("{") > MOST_DEPTH and depth(value) > MOST_DEPTH:
                raise self._too_deep(begin)
            self._position = end
            return text

    def _each(self, closing: str) -> Iterator[None]:
        """Stop before each item, up to the closing bracket."""
        self._position += 1
        if self.peek() == closing:
            self._position += 1
            return
        while True:
            yield
            mark = self.peek()
            if mark not in (",", closing):
                raise self._error(self._position, "Expecting ',' delimiter")
            self._position += 1
            if mark == closing:
                return

    def _read_on(self, *, twice: bool = False) -> bool:
        """Read another piece, or as much as there is; false at the end.

        :param twice: so that what is read several times is not read often.
        """
        self._line = self._line_of(self._position)
        rest = [self._text[self._position :]]
        missing = max(_PIECE, len(rest[0]) if twice else 0)
        self._text, self._position = rest[0], 0
        if len(self._text) > _MOST_CHARACTERS:
            raise self._file.error(
                f"the value that begins in line {self._line} is longer than {_MOST_CHARACTERS >> 20} MiB, and is one row.",
                mend='Write rows as JSON lines, and set format="jsonl" on the dataset target.',
            )
        has_read = False
        for piece in self._pieces:
            has_read = has_read or bool(piece)
            rest.append(piece)
            missing -= len(piece)
            if missing <= 0:
                break
        self._text = "".join(rest)
        return has_read

    def _line_of(self, position: int) -> int:
        return self._line + self._text.count("\n", 0, position)

    def _error(self, position: int, problem: str) -> DataError:
        return self._file.error(
            f"line {self._line_of(position)} is not JSON: {problem}.",
            mend='Correct the file; for one JSON value a line set format="jsonl" on the dataset target.',
        )

    def _too_deep(self, position: int) -> DataError:
        return self._file.error(
            f"the value that begins in line {self._line_of(position)} is nested deeper than {MOST_DEPTH} levels.",
            mend='Write flatter data, or set format="text" on the dataset target.',
        )
