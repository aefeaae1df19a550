"""Edits BUILD files: adds a field to a target, and leaves every other byte as it is."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import AbstractSet, List, Optional, Tuple

_TARGET = "dataset"
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")


def with_field(build_text: str, target_name: str, field: str, value: str) -> Optional[str]:
    """The text of a BUILD file with `field="value"` added to the one plain call `dataset(name="target_name", ...)`.

    Plain is a call that stands by itself, outside of loops, conditions and functions, whose name and keywords are all
    written out and that makes a single target.

    :param value: as the field is to have it.
    :returns: None where there is no such call, or where it has the field already.
    """
    lines = _LINE.findall(build_text)
    # Python's parsers see every line end as "\n", and some of them do not know a lone "\r".
    source = "".join(f"{line}\n" if end else line for line, end in lines)
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    call = _plain_call(tree, target_name, field)
    if call is None:
        return None
    edits = _Edits(lines, source)
    edits.add_keyword(call, f"{field}={_literal(value, like=edits.text_of(_keyword(call, 'name')))}")
    return edits.result()


def _plain_call(tree: ast.Module, target_name: str, field: str) -> Optional[ast.Call]:
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _is_name(node.func, _TARGET) and _has_name(node, target_name)
    ]
    is_another = any(
        isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        and node.name == _TARGET
        or isinstance(node, ast.Name)
        and node.id == _TARGET
        and not isinstance(node.ctx, ast.Load)
        for node in ast.walk(tree)
    )
    statements = [one.value for one in tree.body if isinstance(one, ast.Expr)]
    parametrized = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _is_parametrized(node.value, frozenset())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    if len(calls) != 1 or calls[0] not in statements or is_another:
        return None
    call = calls[0]
    names = [keyword.arg for keyword in call.keywords]
    # A `**` may bring the field, or make variants of the target.
    if call.args or None in names or field in names:
        return None
    return None if any(_is_parametrized(one.value, parametrized) for one in call.keywords) else call


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _has_name(call: ast.Call, target_name: str) -> bool:
    return any(
        keyword.arg == "name" and isinstance(keyword.value, ast.Constant) and keyword.value.value == target_name
        for keyword in call.keywords
    )


def _is_parametrized(value: ast.expr, names: AbstractSet[str]) -> bool:
    """Whether a value is, or holds, `parametrize(...)`, or a name that stands for one."""
    return any(isinstance(node, ast.Name) and (node.id == "parametrize" or node.id in names) for node in ast.walk(value))


def _keyword(call: ast.Call, name: str) -> ast.keyword:
    return next(keyword for keyword in call.keywords if keyword.arg == name)


def _literal(text: str, *, like: str) -> str:
    """The text as a literal of Python, in the quotes of another one where it needs no escapes for them."""
    literal = repr(text)
    return f'"{literal[1:-1]}"' if like.endswith('"') and '"' not in text else literal


class _Edits:
    """Pieces of text to insert into a file whose syntax is known."""

    def __init__(self, lines: List[Tuple[str, str]], source: str) -> None:
        self._lines = lines
        self._source = source
        self._inserted: List[Tuple[int, str]] = []
        self._starts = [0]
        for line, end in lines:
            self._starts.append(self._starts[-1] + len(line) + len(end))

    def text_of(self, keyword: ast.keyword) -> str:
        """The value of a keyword as it is written."""
        return ast.get_source_segment(self._source, keyword.value) or ""

    def add_keyword(self, call: ast.Call, text: str) -> None:
        """Insert a keyword argument behind the last one, and in a line of its own if that begins one."""
        tokens = [
            token
            for token in tokenize.generate_tokens(io.StringIO(self._source).readline)
            if token.type not in (tokenize.COMMENT, tokenize.NL)
        ]
        call_end = (call.end_lineno or 0, self._column(call.end_lineno or 0, call.end_col_offset or 0))
        closing = next(i for i, token in enumerate(tokens) if token.end == call_end)
        comma = tokens[closing - 1] if tokens[closing - 1].string == "," else None
        last = tokens[closing - 2] if comma else tokens[closing - 1]
        row, column = call.keywords[-1].lineno, self._column(call.keywords[-1].lineno, call.keywords[-1].col_offset)
        indent = self._lines[row - 1][0][:column]
        if indent.strip():
            self._insert(last.end, f", {text}")
            return
        before = comma or last
        if comma is None:
            self._insert(last.end, ",")
        is_open = tokens[closing].start[0] > before.end[0]
        # A comment at the end of the line stays with the argument that it is about.
        position = (before.end[0], len(self._lines[before.end[0] - 1][0])) if is_open else before.end
        self._insert(position, f"{self._lines[row - 2][1]}{indent}{text}{',' if comma else ''}")

    def result(self) -> str:
        """The text of the file with what was inserted."""
        text = "".join(line + end for line, end in self._lines)
        for position, inserted in reversed(self._inserted):
            text = text[:position] + inserted + text[position:]
        return text

    def _insert(self, position: Tuple[int, int], text: str) -> None:
        row, column = position
        self._inserted.append((self._starts[row - 1] + column, text))

    def _column(self, row: int, offset: int) -> int:
        """The column in characters for one in bytes, as syntax trees have it."""
        return len(self._lines[row - 1][0].encode()[:offset].decode())
