"""Reads inputs with the standard library alone: bytes, text, JSON and rows."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from wombat_step._source import Source

# Unquoted, they mean that there is no value; pyarrow has the same, see `pyarrow.csv.ConvertOptions.null_values`.
NULL_WORDS = ("", "#N/A", "#NA", "-NaN", "-nan", "N/A", "NA", "NULL", "NaN", "n/a", "nan", "null")


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
    read = _csv_rows if source.format == "csv" else _jsonl_rows
    rows: list[dict[str, Any]] = []
    for path, partition in zip(source.files, source.partitions):
        for row in read(source, path):
            row.update(partition)
            rows.append(row)
    return rows


def _jsonl_rows(source: Source, path: str) -> Iterator[dict[str, Any]]:
    import json

    try:
        with open(path, encoding="utf-8-sig") as opened:
            for number, line in enumerate(opened, start=1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except ValueError as err:
                    raise source.error(f"line {number}: {err}.", file=path, mend="Correct the line.") from err
                if not isinstance(row, dict):
                    raise source.error(
                        f"line {number} holds no JSON object, but {line.strip()[:40]!r}.",
                        file=path,
                        mend='Each line must be an object, as {"column": 1}.',
                    )
                yield row
    except UnicodeDecodeError as err:
        raise source.diagnose(err) from err


def _csv_rows(source: Source, path: str) -> list[dict[str, Any]]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as opened:
            records = list(csv_records(opened.read()))
    except UnicodeDecodeError as err:
        raise source.diagnose(err) from err
    except ValueError as err:
        raise source.error(f"{err}", file=path, mend="Correct the file.") from err
    (_, header), *body = records
    names = ["" if name is None else name for name in header]
    if len(set(names)) < len(names):
        double = next(name for name in names if names.count(name) > 1)
        raise source.error(f"its header names {double!r} twice.", file=path, mend="Give each column its own name.")
    for number, record in body:
        if len(record) != len(names):
            raise source.error(
                f"line {number} has {len(record)} fields, and the header has {len(names)}.",
                file=path,
                mend="Correct the line; a field that holds a comma or a line end goes in double quotes.",
            )
    columns = [_typed([record[i] for _, record in body]) for i in range(len(names))]
    return [dict(zip(names, values)) for values in zip(*columns)]


def csv_header(path: str) -> list[str]:
    """The names in the header of a CSV file.

    :raises ValueError: if it has none, or is not UTF-8.
    """
    with open(path, encoding="utf-8-sig", newline="") as opened:
        return [name or "" for name in next(csv_records(opened.read(1 << 20)))[1]]


def csv_records(text: str) -> Iterator[tuple[int, list[str | None]]]:
    """The records of CSV text (RFC 4180), each with the number of its first line; an unquoted NULL_WORD is None.

    The module `csv` is not used because it does not tell a quoted field from an unquoted one before Python 3.12, so
    that a missing value and an empty text would be the same. Blank lines are left out where there are several columns.
    """
    position, line = 0, 1
    columns = 0
    while position < len(text):
        end = text.find("\n", position)
        plain = text[position : end if end >= 0 else len(text)]
        start_line = line
        record: list[str | None]
        if '"' not in plain:
            position += len(plain) + 1
            line += 1
            plain = plain.removesuffix("\r")
            if not plain and columns != 1:
                continue
            record = list(plain.split(","))
            if columns:
                record = [None if value in NULL_WORDS else value for value in record]
        else:
            record, position, line = _record(text, position, line, is_header=not columns)
        columns = columns or len(record)
        yield start_line, record
    if not columns:
        raise ValueError("the file holds blank lines only.")


def _record(text: str, position: int, line: int, *, is_header: bool) -> tuple[list[str | None], int, int]:
    """The record that begins here, and the position and the number of the line behind it."""
    record: list[str | None] = []
    while True:
        if text.startswith('"', position):
            value, position = _quoted(text, position, line)
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
            record.append(None if value in NULL_WORDS and not is_header else value)
        stop = text[position : position + 1]
        position += 1
        if stop in ("", "\n"):
            return record, position, line + 1
        if stop != ",":
            raise ValueError(f"line {line}: {stop!r} follows the closing quote of a field.")


def _quoted(text: str, position: int, line: int) -> tuple[str, int]:
    """The text of the quoted field that begins here, and the position behind it."""
    parts = []
    position += 1
    while True:
        quote = text.find('"', position)
        if quote < 0:
            raise ValueError(f"line {line}: a quoted field is not closed.")
        parts.append(text[position:quote])
        position = quote + 1
        if not text.startswith('"', position):
            return "".join(parts), position
        parts.append('"')
        position += 1


def _typed(values: list[str | None]) -> list[Any]:
    """A column with the narrowest of int, float and bool that all its values have, else as text."""
    present = [value for value in values if value is not None]
    for parse in (_int, _float, _bool):
        try:
            parsed = {value: parse(value) for value in set(present)}
        except ValueError:
            continue
        return [None if value is None else parsed[value] for value in values]
    return values


def _int(text: str) -> int:
    # Digits with leading zeros are codes, and "1_000" is no number in a file.
    if text.lstrip("-") != "0" and text.lstrip("-").startswith("0"):
        raise ValueError(text)
    return int(_numeral(text))


def _float(text: str) -> float:
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


def _bool(text: str) -> bool:
    if text not in _BOOLEANS:
        raise ValueError(text)
    return _BOOLEANS[text]


_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
