"""Writes CSV, JSON lines and JSON with the standard library alone."""

from __future__ import annotations

import math

from wombat_step._errors import OutputFormatError, of_type, short_repr
from wombat_step._jsonable import NotJsonError, to_json_value, to_plain
from wombat_step._plain_rows import plain_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from wombat_step._target import Target

# What a column of rows is said to be, by the types of its values; as pyarrow names types.
_TYPE_NAMES = {
    "bool": "bool",
    "int": "int64",
    "float": "double",
    "str": "string",
    "NoneType": "null",
    "date": "date32[day]",
    "datetime": "timestamp[us]",
    "dict": "struct",
}


class RowsReport:
    """How many rows were written, and the columns that they had."""

    def __init__(self) -> None:
        self.rows = 0
        self._types: dict[str, set[str]] = {}

    def add(self, row: Mapping[str, Any]) -> None:
        self.rows += 1
        for name, value in row.items():
            types = self._types.get(name)
            if types is None:
                types = self._types[name] = set()
            types.add(type(value).__name__)

    def columns(self) -> list[list[str]]:
        return [[name, self._type_name(types - {"NoneType"} or types)] for name, types in self._types.items()]

    @staticmethod
    def _type_name(types: set[str]) -> str:
        if types == {"int", "float"}:
            return "double"
        names = sorted(_TYPE_NAMES.get(one, one) for one in types)
        return " or ".join(names)


def write_jsonl(target: Target, rows: Iterable[Any]) -> RowsReport:
    """Write one JSON object a line; NaN becomes null, as JSON has none."""
    import json

    report = RowsReport()
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain).encode
    with open(target.path, "w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            columns = plain_row(target, row, report.rows)
            try:
                text = encode(columns)
            except (TypeError, ValueError):
                text = encode(_simple(target, columns, report.rows))
            try:
                file.write(text + "\n")
            except UnicodeEncodeError as err:
                raise _not_text(target, report.rows, err) from err
            report.add(columns)
    return report


def write_csv(target: Target, rows: Iterable[Any]) -> RowsReport:
    """Write a header and one record a row, text in quotes and a missing value as nothing."""
    report = RowsReport()
    names: list[str] = []
    with open(target.path, "w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            columns = plain_row(target, row, report.rows)
            if not report.rows:
                names = list(columns)
                if not names:
                    raise target.refused("its first row has no key.", "Give each row the same keys.")
                file.write(",".join(_quote(name) for name in names) + "\n")
            elif len(columns) != len(names) or any(name not in columns for name in names):
                raise target.refused(
                    f"row {report.rows} has the keys {', '.join(columns)}, and the first one {', '.join(names)}.",
                    "Give each row the same keys, with None for what is missing.",
                )
            try:
                file.write(",".join([_field(target, columns[name], name, report.rows) for name in names]) + "\n")
            except UnicodeEncodeError as err:
                raise _not_text(target, report.rows, err) from err
            report.add(columns)
    if not report.rows:
        raise target.refused(
            "there is no row, so the columns of the header are not known.",
            "Return a table with columns, such as a pyarrow.Table with a schema, or declare the dataset as jsonl.",
        )
    return report


def write_json(target: Target, value: Any) -> None:
    """Write one JSON document, indented, keys in the order that they have."""
    import json

    try:
        text = json.dumps(to_json_value(value), ensure_ascii=False, allow_nan=False, indent=2)
    except NotJsonError as err:
        raise target.refused(err.problem, err.mend) from err
    except RecursionError as err:
        raise target.refused("it is nested too deeply, or holds itself.", "Return a flat value.") from err
    try:
        content = f"{text}\n".encode()
    except UnicodeEncodeError as err:
        raise _not_text(target, None, err) from err
    with open(target.path, "wb") as file:
        file.write(content)


def _field(target: Target, value: Any, name: str, number: int) -> str:
    if value is None:
        return ""
    if type(value) is str:
        return _quote(value)
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int or type(value) is float:
        return "" if math.isnan(value) else repr(value)
    if isinstance(value, (dict, list, tuple, set, frozenset, bytes)):
        raise target.refused(
            f"column {name!r} has {of_type(value)} in row {number}, which a CSV field cannot hold.",
            "Spread it over several columns, or declare the dataset as jsonl or parquet.",
        )
    # Dates as pyarrow writes them, with a blank in the middle and without quotes.
    if hasattr(value, "utcoffset") and hasattr(value, "date"):
        return "" if to_plain(value) is None else str(value)
    plain = to_plain(value)
    if plain is value:
        raise target.refused(
            f"column {name!r} has {of_type(value)} in row {number}, {short_repr(value)}.",
            "Return text, numbers, bools, dates or None.",
        )
    is_bare = type(value).__name__ in ("date", "time", "Decimal") and type(plain) is str
    return plain if is_bare else _field(target, plain, name, number)


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _plain(value: object) -> object:
    plain = to_plain(value)
    if plain is value:
        raise TypeError(value)
    return plain


def _simple(target: Target, row: Any, number: int) -> Any:
    try:
        return to_json_value(_without_nan(row), f"row {number}")
    except NotJsonError as err:
        raise target.refused(err.problem, err.mend) from err
    except RecursionError as err:
        raise target.refused(f"row {number} is nested too deeply, or holds itself.", "Return flat rows.") from err


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(one) for one in value]
    if value is None or type(value) in (str, int, bool):
        return value
    if not isinstance(value, float):
        plain = to_plain(value)
        return value if plain is value else _without_nan(plain)
    return None if math.isnan(value) else value


def _not_text(target: Target, number: int | None, err: UnicodeEncodeError) -> OutputFormatError:
    where = "it" if number is None else f"row {number}"
    return target.refused(
        f"{where} holds text that is not Unicode: {err.object[err.start : err.end]!r} cannot be encoded as UTF-8.",
        "Decode bytes as what they are, without errors='surrogateescape'.",
    )
