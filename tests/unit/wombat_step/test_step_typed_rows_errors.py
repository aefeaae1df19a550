"""Rows of a table that are not what the class of their annotation says, and what a user reads about them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from wombat_step._errors import AnnotationError, InputFormatError, UserCodeError

from step_rows import FLIGHTS, KINDS, TABLES, content, read, refused
from step_sandbox import Sandbox


@pytest.mark.parametrize(("format", "line"), [("csv", " (line 3)"), ("jsonl", " (line 2)"), ("parquet", ""), ("arrow", "")])
def test_a_wrong_type_is_told_with_its_row(sandbox: Sandbox, format: str, line: str) -> None:
    sandbox.input("data", format, content(pa.table({"n": ["1" if format == "csv" else "x", "x"], "m": [1, 2]}), format))
    number = 2 if format == "csv" else 1

    message = refused(sandbox, "m: int; n: int")

    where = f", row {number}{line if number == 2 else line.replace('2', '1')}"
    assert f"(in/data/data.{format}){where}: column 'n' must be int, but was 'x' (str)." in message
    assert "Correct the data, or the annotation of Flight.n." in message


@pytest.mark.parametrize("format", TABLES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_null_is_told(sandbox: Sandbox, format: str, kind: str) -> None:
    sandbox.input("data", format, content(FLIGHTS.slice(0, 1), format))

    message = refused(sandbox, "number: str; delay: int", kind=kind)

    assert ", row 1" in message
    assert "column 'delay' has no value, and Flight.delay is annotated int. Annotate it Optional[int] if" in message


@pytest.mark.parametrize(
    ("annotation", "text", "problem"),
    [
        pytest.param("int", "007", "must be int, but was '007' (str).", id="code"),
        pytest.param("int", " 7", "must be int, but was ' 7' (str).", id="blank"),
        pytest.param("int", "1_000", "must be int, but was '1_000' (str).", id="underscore"),
        pytest.param("int", "1.0", "must be int, but was '1.0' (str).", id="fraction"),
        pytest.param("float", "1e999", "must be float, but was '1e999' (str).", id="too-large"),
        pytest.param("bool", "1", "must be bool, but was '1' (str).", id="bool"),
        pytest.param("decimal.Decimal", '"NaN"', "must be a decimal number, as '1.10', but was 'NaN'", id="decimal"),
        pytest.param("datetime.date", "2013-02-30", "must be a date in ISO 8601 form, as '2024-02-29', but", id="date"),
        pytest.param("datetime.datetime", "2013-02-30 01:02:03Z", "must be a datetime in ISO 8601 form", id="moment"),
        pytest.param(
            "datetime.datetime", "2013-01-02 03:04:05.000000001", "must be a datetime of microseconds at most, but", id="nanosecond"
        ),
        pytest.param("datetime.time", "2013-01-02 03:04:05", "must be a time in ISO 8601 form, as '12:00:00'", id="time"),
        pytest.param("datetime.timedelta", "1d", "must be a timedelta in seconds, as 1.5, but was '1d'", id="duration"),
        pytest.param("datetime.timedelta", "1e300", "must be a timedelta in seconds", id="too-long"),
        pytest.param("uuid.UUID", "1234", "must be a UUID, but was '1234'", id="uuid"),
        pytest.param("Literal['on', 'off']", "of", "must be one of 'on', 'off', but was 'of' (str). Did you mean 'off'?", id="literal"),
        pytest.param("Literal[1]", "x", "must be one of 1, but was 'x'", id="number-literal"),
        pytest.param("Union[int, float]", "x", "must be int or float, but was 'x'", id="union"),
        pytest.param("list[int]", "3", "must be list[int], but was '3' (str). A CSV field holds a single value: declare", id="list"),
        pytest.param("Optional[dict]", "{}", "must be dict, but was '{}' (str). A CSV field holds a single value", id="dict"),
    ],
)  # fmt: skip
def test_text_that_does_not_fit_is_told(sandbox: Sandbox, annotation: str, text: str, problem: str) -> None:
    sandbox.input("data", "csv", f"value,n\n{text},1\n")

    message = refused(sandbox, f"value: {annotation}")

    assert "(in/data/data.csv), row 1 (line 2): column 'value' must be " in message
    assert problem in message
    assert "or the annotation of Flight.value." in message


@pytest.mark.parametrize(
    ("annotation", "type", "value", "problem"),
    [
        pytest.param("datetime.date", pa.timestamp("us"), 0, "Annotate it datetime.datetime.", id="moment-as-date"),
        pytest.param("datetime.datetime", pa.date32(), 0, "Annotate it datetime.date.", id="date-as-moment"),
        pytest.param("int", pa.float64(), 1.0, "must be int, but was 1.0 (float). Did you mean 1?", id="float-as-int"),
        pytest.param("str", pa.int64(), 1, "must be str, but was 1 (int).", id="int-as-text"),
        pytest.param("bytes", pa.string(), "x", "must be bytes, but was 'x' (str).", id="text-as-bytes"),
        pytest.param("list[int]", pa.list_(pa.int64()), [1, None], "column 'value'[1] must be int, but was None", id="null"),
    ],
)
def test_a_typed_column_of_another_type_is_told(
    sandbox: Sandbox, annotation: str, type: pa.DataType, value: Any, problem: str
) -> None:
    sandbox.input("data", "parquet", content(pa.table({"value": pa.array([value], type)}), "parquet"))

    assert problem in refused(sandbox, f"value: {annotation}")


def test_what_the_class_itself_refuses_is_told(sandbox: Sandbox) -> None:
    sandbox.input("data", "csv", "n\n1\n-1\n")
    check = "n: int\n    def __post_init__(self):\n        if self.n < 0: raise {}('n must not be negative')"

    message = refused(sandbox, check.format("ValueError"))
    assert "row 2 (line 3): Flight refuses {'n': -1}: n must not be negative. Correct the data, or what Flight" in message
    assert "Flight refuses {'n': -1}: KeyError: 'n must not be negative'." in refused(sandbox, check.format("KeyError"))


def test_an_annotation_that_nothing_can_be_checked_against_is_told(sandbox: Sandbox) -> None:
    sandbox.input("data", "csv", "n\n1\n")

    with pytest.raises(
        AnnotationError,
        match=r"The rows of input 'data' cannot be read as Flight: column 'n' is annotated complex, which Wombat cannot",
    ):
        read(sandbox, "n: complex")


@pytest.mark.parametrize(
    ("format", "data", "problem"),
    [
        pytest.param("csv", "n,m\n1\n", "line 2 has 1 fields, and the header has 2", id="fields"),
        pytest.param("csv", "n,n\n1,2\n", "its header names 'n' twice", id="twice"),
        pytest.param("csv", b"n\n\xff\n", "it is not UTF-8: byte 0xff in line 2", id="latin"),
        pytest.param("csv", b"\xff\n", "it is not UTF-8: byte 0xff in line 1", id="latin-header"),
        pytest.param("csv", 'n\n"1\n', "line 2: a quoted field is not closed", id="open-quote"),
        pytest.param("jsonl", '{"n": 1}\n[]\n', "line 2 holds no JSON object", id="list"),
        pytest.param("jsonl", '{"n": 1}\n{\n', "line 2: ", id="no-json"),
        pytest.param("parquet", b"PAR1" + b"x" * 40 + b"PAR1", "Input 'data' (in/data/data.parquet) cannot be read as", id="parquet"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("annotation", ["list[Flight]", "Iterator[Flight]"])
def test_broken_files_are_told_as_for_other_kinds(
    sandbox: Sandbox, format: str, data: bytes | str, problem: str, annotation: str
) -> None:
    sandbox.input("data", format, data)

    with pytest.raises(InputFormatError) as error:
        read(sandbox, "n: int", "list(data)", annotation=annotation)

    assert problem in str(error.value)


def test_an_error_of_the_function_among_rows_is_its_own(sandbox: Sandbox) -> None:
    sandbox.input("data", "csv", "n\n1\n")

    with pytest.raises(UserCodeError, match="ZeroDivisionError"):
        read(sandbox, "n: int", "[1 / 0 for one in data]", annotation="Iterator[Flight]")
