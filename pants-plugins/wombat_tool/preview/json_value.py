"""Previews JSON documents: what they are, and how they begin."""

from __future__ import annotations

import codecs
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Optional, Union

from wombat_tool.errors import DataError
from wombat_tool.files import DataFile, single_file
from wombat_tool.preview.columns_table import Profile, profile_lines
from wombat_tool.preview.layout import count_text, size_text
from wombat_tool.preview.model import DOCUMENT_VERSION, Request
from wombat_tool.preview.width import ELLIPSIS, display_width, fit, printable, wrap
from wombat_tool.utf8 import not_utf8

# Parsed, a document takes up to twenty times its size in memory. Of a larger one only the beginning is read.
_MOST_BYTES = 16 << 20
_BEGINNING_BYTES = 1 << 20
_LINES_A_ROW = 4
_MOST_DEPTH = 6
_DOCUMENT_WIDTH = 120
_INDENT = "  "
_KINDS = {dict: "object", list: "array", str: "string", int: "number", float: "number", bool: "boolean"}
_NEW = {"{": dict, "[": list}
# Stands for all that follows in a document of which only the beginning was read.
_REST = object()

# A string, a mark of punctuation, or a number or word. A string that is not closed matches nothing.
_TOKEN = re.compile(r'\s*(?:("[^"\\]*(?:\\.[^"\\]*)*")|([\[\]{},:])|([^\s\[\]{},:"]+))', re.DOTALL)


@dataclass(frozen=True)
class JsonPreview:
    """What a JSON document is.

    :param kind: "object", "array", "string", "number", "boolean" or "null".
    :param items: how many an object or array has; None for other kinds, and if not all of the document was read.
    :param read_bytes: how much of the document was read.
    :param head: the first lines of it, with indentation.
    """

    heading: str
    size_bytes: int
    kind: str
    items: Optional[int]
    read_bytes: int
    head: tuple[str, ...]
    has_cut: bool

    def to_document(self) -> dict[str, Any]:
        """The keys "kind", "items", "read_bytes", "head" (a list of lines) and "head_is_cut"."""
        return {
            "version": DOCUMENT_VERSION,
            "format": "json",
            "size_bytes": self.size_bytes,
            "kind": self.kind,
            "items": self.items,
            "read_bytes": self.read_bytes,
            "head": list(self.head),
            "head_is_cut": self.has_cut,
        }

    def facts(self) -> list[str]:
        """The size, and what the document is."""
        kind = self.kind
        if self.items is not None:
            kind = f"{kind} of {count_text(self.items, 'key' if kind == 'object' else 'item')}"
        return ["json", size_text(self.size_bytes), kind]

    def sections(self, width: int, profile: Profile) -> list[list[str]]:
        """The first lines, each cut to the width."""
        lines = [fit(line, width) for line in self.head]
        if self.read_bytes < self.size_bytes:
            lines += wrap(f"… only the first {size_text(self.read_bytes)} were read and checked", width)
        return [profile_lines(profile, width), lines]


def preview(request: Request) -> JsonPreview:
    """Look at a JSON document.

    :raises WombatToolError: if it is not there, or is not JSON.
    """
    file = single_file(request.path, request.format, title=request.title)
    is_whole = file.size_bytes <= _MOST_BYTES
    with open(file.path, "rb") as opened:
        content = opened.read(-1 if is_whole else _BEGINNING_BYTES)
    text = _decoded(file, content, is_whole=is_whole)
    value = _parsed(file, text) if is_whole else _beginning(file, text)
    printer = _Printer(request.width or _DOCUMENT_WIDTH)
    head = list(itertools.islice(printer.lines(request.mask.of_document(value)), request.rows * _LINES_A_ROW + 1))
    if len(head) > request.rows * _LINES_A_ROW:
        head[-1] = ELLIPSIS
        printer.has_cut = True
    return JsonPreview(
        heading=printable(request.heading),
        size_bytes=file.size_bytes,
        kind=_kind(value),
        items=len(value) if is_whole and isinstance(value, (dict, list)) else None,
        read_bytes=len(content),
        head=tuple(head),
        has_cut=printer.has_cut,
    )


class _Printer:
    """Writes a value in lines: what fits in one line stands in one, and deep or long values are cut."""

    def __init__(self, width: int) -> None:
        self.has_cut = False
        self._width = width

    def lines(self, value: Any, *, before: str = "", after: str = "", level: int = 0) -> Iterator[str]:
        """The lines of a value.

        :param before: what stands before it in its line, as the key.
        :param after: what stands after it, as a comma.
        """
        before = _INDENT * level + before
        if value is _REST:
            self.has_cut = True
            yield _INDENT * level + ELLIPSIS
            return
        short = _one_line(value, self._width - display_width(before + after))
        if short is not None:
            yield before + short + after
        elif isinstance(value, (dict, list)):
            yield from self._nested_lines(value, before, after, level)
        else:
            self.has_cut = True
            text = printable(_encoded(value[: self._width] if isinstance(value, str) else value))
            yield fit(before + text, max(1, self._width - len(after))) + after

    def _nested_lines(
        self, value: Union[dict[str, Any], list[Any]], before: str, after: str, level: int
    ) -> Iterator[str]:
        opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
        if level >= _MOST_DEPTH:
            self.has_cut = True
            noun = "key" if isinstance(value, dict) else "item"
            yield f"{before}{opening}{ELLIPSIS} {count_text(len(value), noun)}{closing}{after}"
            return
        yield before + opening
        items = value.items() if isinstance(value, dict) else (("", item) for item in value)
        for number, (key, item) in enumerate(items, start=1):
            key_text = f"{printable(_encoded(key))}: " if isinstance(value, dict) else ""
            yield from self.lines(item, before=key_text, after="," if number < len(value) else "", level=level + 1)
        yield _INDENT * level + closing + after


def _one_line(value: Any, room: int) -> Optional[str]:
    """The value in one line, or None if that takes more than the room."""
    taken = 0
    parts = []
    for part in _parts(value, _MOST_DEPTH):
        if part is None or len(part) > room:
            return None
        parts.append(printable(part))
        taken += display_width(parts[-1])
        if taken > room:
            return None
    return "".join(parts)


def _parts(value: Any, depth: int) -> Iterator[Optional[str]]:
    """The pieces of the value's line; None in the place of what does not belong in one."""
    if value is _REST or not depth:
        yield None
    elif isinstance(value, dict):
        for number, (key, item) in enumerate(value.items()):
            yield f"{', ' if number else '{'}{_encoded(key)}: "
            yield from _parts(item, depth - 1)
        yield "}" if value else "{}"
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield ", " if number else "["
            yield from _parts(item, depth - 1)
        yield "]" if value else "[]"
    else:
        yield _encoded(value)


def _encoded(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _decoded(file: DataFile, content: bytes, *, is_whole: bool) -> str:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(content, final=is_whole)
    except UnicodeDecodeError as err:
        raise not_utf8(file, content, err.start, line=1, offset=0) from err
    return text[1:] if text.startswith("\ufeff") else text


def _parsed(file: DataFile, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as err:
        raise file.error(
            f"line {err.lineno}, column {err.colno} is not JSON: {err.msg}.",
            mend='Correct the file; for one JSON value a line set format="jsonl" on the dataset target.',
        ) from err
    except ValueError as err:
        raise file.error(f"{err}.") from err
    except RecursionError as err:
        raise file.error(
            "it is nested too deeply.", mend='Write flatter data, or set format="text" on the dataset target.'
        ) from err


def _beginning(file: DataFile, text: str) -> Any:
    """The value of a document of which only the beginning is known; what is open at the end of it ends in `_REST`."""
    top: list[Any] = []
    open_values: list[Union[dict[str, Any], list[Any]]] = [top]
    key: Optional[str] = None
    position = 0
    while not top or len(open_values) > 1:
        token = _TOKEN.match(text, position)
        if token is None or token.end() == len(text):
            break
        position = token.end()
        string, mark, word = token.groups()
        start = token.start(token.lastindex or 0)
        if mark in (",", ":"):
            continue
        inner = open_values[-1]
        if mark in ("}", "]"):
            if len(open_values) == 1 or isinstance(inner, dict) is not (mark == "}"):
                raise _not_json(file, text, start)
            open_values.pop()
            continue
        try:
            value: Any = json.loads(string or word) if not mark else _NEW[mark]()
        except ValueError as err:
            raise _not_json(file, text, start) from err
        if isinstance(inner, list):
            inner.append(value)
        elif key is None:
            if string is None:
                raise _not_json(file, text, start)
            key = value
            continue
        else:
            inner[key] = value
            key = None
        if mark:
            open_values.append(value)
    for inner in open_values[1:]:
        if isinstance(inner, list):
            inner.append(_REST)
        else:
            inner[ELLIPSIS] = _REST
    return top[0] if top else _REST


def _not_json(file: DataFile, text: str, position: int) -> DataError:
    return file.error(f"line {text.count(chr(10), 0, position) + 1} is not JSON.", mend="Correct the file.")


def _kind(value: Any) -> str:
    if value is _REST:
        return "string"  # One that is longer than what was read.
    if value is None:
        return "null"
    return _KINDS[type(value)]
