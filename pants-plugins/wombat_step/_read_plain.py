"""Reads inputs with the standard library alone: bytes, text, JSON and rows."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Optional

    from wombat_step._source import Source

    # A record, and the position and the number of the line behind it.
    _Found = tuple[list[Optional[str]], int, int]

# Characters of CSV text that are read at once.
_BLOCK_SIZE = 1 << 18
# Unquoted, they mean that there is no value; pyarrow has the same, see `pyarrow.csv.ConvertOptions.null_values`.
NULL_WORDS = ("", "#N/A", "#NA", "-NaN", "-nan", "N/A", "NA", "NULL", "NaN", "n/a", "nan", "null")
_NULLS = frozenset(NULL_WORDS)


def read_bytes(source: Source) -> bytes:
    """The content of the only file."""
    with open(source.single("bytes"), "rb") as opened:
        return opened.read()


def read_str(source: Source) -> str:
    """The content of the only file as text, line ends as they are."""
    path = source.single("str")
    with open(path, "rb") as opened:
        content = opened.read()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as err:
        from wombat_step._source import find_invalid_utf8

        raise source.not_utf8(find_invalid_utf8(path) or str(err), file=path) from err


def read_json(source: Source) -> Any:
    """The parsed value of the only file."""
    import json

    from wombat_step._source import json_problem

    text = read_str(source)
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except ValueError as err:
        raise source.error(f"it is not JSON: {json_problem(err)}", mend="Correct the file.") from err


def read_rows(source: Source) -> list[dict[str, Any]]:
    """The rows of a CSV or JSON lines dataset, with its partition columns last."""
    rows: list[dict[str, Any]] = []
    for path, partition in zip(source.files, source.partitions):
        is_csv = source.format == "csv"
        for row in _inferred_csv_rows(source, path) if is_csv else (row for _, row in jsonl_rows(source, path)):
            row.update(partition)
            rows.append(row)
    return rows


def jsonl_rows(
    source: Source, path: str, parse_float: Callable[[str], float] | None = None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a JSON lines file, each with the number of its line.

    :param parse_float: what makes numbers that are not whole.
    """
    import json

    try:
        with open(path, encoding="utf-8-sig") as opened:
            for number, line in enumerate(opened, start=1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line, parse_float=parse_float)
                except ValueError as err:
                    raise source.error(f"line {number}: {err}.", file=path, mend="Correct the line.") from err
                if not isinstance(row, dict):
                    raise source.error(
                        f"line {number} holds no JSON object, but {line.strip()[:40]!r}.",
                        file=path,
                        mend='Each line must be an object, as {"column": 1}.',
                    )
                yield number, row
    except UnicodeDecodeError as err:
        raise source.diagnose(err) from err


def csv_rows(source: Source, path: str) -> Iterator[tuple[int, list[Any]]]:
    """The header of a CSV file and its records, each with the number of its first line, all of one length."""
    names: list[str] = []
    try:
        with open(path, encoding="utf-8-sig", newline="") as opened:
            for number, record in csv_records(opened.read):
                if not names:
                    names = ["" if name is None else name for name in record]
                    double = next((name for name in names if names.count(name) > 1), None)
                    if double is not None:
                        raise source.error(
                            f"its header names {double!r} twice.", file=path, mend="Give each column its own name."
                        )
                    yield number, names
                    continue
                if len(record) != len(names):
                    raise source.error(
                        f"line {number} has {len(record)} fields, and the header has {len(names)}.",
                        file=path,
                        mend="Correct the line; a field that holds a comma or a line end goes in double quotes.",
                    )
                yield number, record
    except UnicodeDecodeError as err:
        raise source.diagnose(err) from err
    except ValueError as err:
        raise source.error(f"{err}", file=path, mend="Correct the file.") from err


def _inferred_csv_rows(source: Source, path: str) -> list[dict[str, Any]]:
    (_, names), *body = csv_rows(source, path)
    columns = [_typed([record[i] for _, record in body]) for i in range(len(names))]
    return [dict(zip(names, values)) for values in zip(*columns)]


def csv_header(path: str) -> list[str]:
    """The names in the header of a CSV file.

    :raises ValueError: if it has none, or is not UTF-8.
    """
    with open(path, encoding="utf-8-sig", newline="") as opened:
        return [name or "" for name in next(csv_records(opened.read))[1]]


def csv_records(read: Callable[[int], str]) -> Iterator[tuple[int, list[str | None]]]:
    """The records of CSV text (RFC 4180), each with the number of its first line; an unquoted NULL_WORD is None.

    The module `csv` is not used because it does not tell a quoted field from an unquoted one before Python 3.12, so
    that a missing value and an empty text would be the same. Blank lines are left out where there are several columns.

    :param read: returns the next characters of the text, at most as many as it is told, and nothing at its end.
    """
    text, position, line, columns = "", 0, 1, 0
    size = _BLOCK_SIZE
    is_last = False
    while position < len(text) or not is_last:
        found = _next_record(text, position, line, columns, is_last=is_last)
        if found is None:
            # What is left is read again with what follows it, which is the more the longer the record is.
            size = size if position else 2 * size
            added = read(size)
            is_last = not added
            text, position = text[position:] + added, 0
            continue
        record, position, next_line = found
        if record:
            columns = columns or len(record)
            yield line, record
        line = next_line
    if not columns:
        raise ValueError("the file holds blank lines only.")


def _next_record(text: str, position: int, line: int, columns: int, *, is_last: bool) -> _Found | None:
    """The record that begins here, empty for a blank line, and the position and the number of the line behind it.

    :param columns: how many there are, or 0 before the header.
    :param is_last: whether no text follows.
    :returns: None if the record may not be all there.
    """
    end = text.find("\n", position)
    if end < 0:
        if not is_last:
            return None
        end = len(text)
    plain = text[position:end]
    if '"' in plain:
        return _quoted_record(text, position, line, is_header=not columns, is_last=is_last)
    plain = plain.removesuffix("\r")
    if not plain and columns != 1:
        return [], end + 1, line + 1
    values = plain.split(",")
    return [None if value in _NULLS else value for value in values] if columns else [*values], end + 1, line + 1


def _quoted_record(text: str, position: int, line: int, *, is_header: bool, is_last: bool) -> _Found | None:
    record: list[str | None] = []
    while True:
        if text.startswith('"', position):
            quoted = _quoted(text, position)
            if quoted is None:
                if is_last:
                    raise ValueError(f"line {line}: a quoted field is not closed.")
                return None
            value, position = quoted
            line += value.count("\n")
            record.append(value)
            if text.startswith("\r\n", position):
                position += 1
        else:
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            comma = text.find(",", position, end)
            value = text[position : comma if comma >= 0 else end]
            position += len(value)
            value = value[:-1] if comma < 0 and value.endswith("\r") else value
            record.append(None if value in _NULLS and not is_header else value)
        stop = text[position : position + 1]
        position += 1
        if not is_last and (not stop or (stop == "\r" and position == len(text))):
            return None
        if stop in ("", "\n"):
            return record, position, line + 1
        if stop != ",":
            raise ValueError(f"line {line}: {stop!r} follows the closing quote of a field.")


def _quoted(text: str, position: int) -> tuple[str, int] | None:
    """The text of the quoted field that begins here, and the position behind it; None if it is not closed."""
    parts = []
    position += 1
    while True:
        quote = text.find('"', position)
        if quote < 0:
            return None
        parts.append(text[position:quote])
        position = quote + 1
        if not text.startswith('"', position):
            return "".join(parts), position
        parts.append('"')
        position += 1


def _typed(values: list[str | None]) -> list[Any]:
    """A column with the narrowest of int, float and bool that all its values have, else as text."""
    present = [value for value in values if value is not None]
    for parse in (parse_int, parse_float, parse_bool):
        try:
            parsed = {value: parse(value) for value in set(present)}
        except ValueError:
            continue
        return [None if value is None else parsed[value] for value in values]
    return values


def parse_int(text: str) -> int:
    """The whole number that a CSV field holds.

    :raises ValueError: if it is none, as programs write them.
    """
    # Digits with leading zeros are codes, and "1_000" is no number in a file.
    if text.lstrip("-") != "0" and text.lstrip("-").startswith("0"):
        raise ValueError(text)
    return int(_numeral(text))


def parse_float(text: str) -> float:
    """The number that a CSV field holds.

    :raises ValueError: if it is none, as programs write them, or is too large for a float.
    """
    digits = text.lstrip("-")
    if digits.startswith("0") and digits[1:2].isdecimal():
        raise ValueError(text)
    value = float(text if digits == "inf" else _numeral(text))
    if digits != "inf" and value in (float("inf"), float("-inf")):
        raise ValueError(text)
    return value


def _numeral(text: str) -> str:
    """The text, if it is a number as programs write it; Python itself also takes "1_000", " 1" and "nan"."""
    if text.strip("0123456789+-.eE"):
        raise ValueError(text)
    return text


def parse_bool(text: str) -> bool:
    """The bool that a CSV field holds.

    :raises ValueError: if it is none.
    """
    if text not in _BOOLEANS:
        raise ValueError(text)
    return _BOOLEANS[text]


_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
