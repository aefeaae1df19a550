"""Rows that a function makes as instances of a dataclass or NamedTuple, and what is written of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from wombat_step._errors import OutputFormatError

from step_rows import KINDS, PRELUDE, TABLES, flight_class, read
from step_sandbox import Sandbox

FIELDS = "number: str; delay: Optional[int]; share: float; day: datetime.date; level: Level; price: decimal.Decimal"
LEVEL = "class Level(enum.Enum):\n    LOW = 'low'\n"
ROWS = """
def rows():
    day, price = datetime.date(2013, 1, 2), decimal.Decimal("1.10")
    yield Flight(number="007", delay=None, share=1.0, day=day, level=Level.LOW, price=price)
    yield Flight(number="12", delay=3, share=0.5, day=day, level=Level.LOW, price=price)
"""
CYCLE = "def cycle():\n    one = Flight(None)\n    vars(one)['n'] = one\n    return one\n"
EXPECTED: list[Any] = [
    {"number": "007", "delay": None, "share": 1.0, "day": "2013-01-02", "level": "low", "price": "1.10"},
    {"number": "12", "delay": 3, "share": 0.5, "day": "2013-01-02", "level": "low", "price": "1.10"},
]


def write(sandbox: Sandbox, format: str, expression: str, *, head: str = "") -> Path:
    sandbox.outputs.clear()
    out = sandbox.output("out", format)
    sandbox.run(f"{PRELUDE}{head}\ndef f():\n    return {expression}\n")
    return out


def values(path: Path, format: str) -> list[dict[str, Any]]:
    if format in ("csv", "jsonl"):
        text = path.read_text()
        return [json.loads(line) for line in text.splitlines()] if format == "jsonl" else [{"text": text}]
    table = pa.parquet.read_table(path) if format == "parquet" else pa.ipc.open_file(path).read_all()
    return [json.loads(json.dumps(row, default=str)) for row in table.to_pylist()]


@pytest.mark.parametrize("format", TABLES)
@pytest.mark.parametrize("kind", ["dataclass", "NamedTuple"])
@pytest.mark.parametrize("expression", ["list(rows())", "rows()"])
@pytest.mark.parametrize("missing", [[], ["pyarrow"]])
def test_instances_are_rows(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, format: str, kind: str, expression: str, missing: list[str]
) -> None:
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    head = f"{LEVEL}{flight_class(FIELDS, kind=kind)}{ROWS}"

    out = write(sandbox, format, expression, head=head)

    expected: Any = EXPECTED
    if format == "csv":
        line = '1.0,2013-01-02,"low",1.10\n"12",3,0.5,2013-01-02,"low",1.10\n'
        expected = [{"text": f'"number","delay","share","day","level","price"\n"007",,{line}'}]
    assert values(out, format) == expected
    report = sandbox.result["outputs"][0]
    assert report["rows"] == 2
    assert [name for name, _ in report["columns"]] == ["number", "delay", "share", "day", "level", "price"]


@pytest.mark.parametrize("format", TABLES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_can_be_read_as_the_same_class(sandbox: Sandbox, format: str, kind: str) -> None:
    head = f"{PRELUDE}{LEVEL}{flight_class(FIELDS, kind=kind)}{ROWS}"
    out = write(sandbox, format, "list(rows())", head=head)
    sandbox.input("data", format, out.read_bytes())

    assert read(sandbox, FIELDS, "data == list(rows())", kind=kind, head=head) is True


@pytest.mark.parametrize("format", ["parquet", "jsonl", "arrow"])
def test_instances_within_rows_are_objects(sandbox: Sandbox, format: str) -> None:
    head = (
        "class Place(NamedTuple):\n    lat: float\n    lon: float\n"
        "@dataclasses.dataclass\nclass Stop:\n    at: Place\n    key: uuid.UUID\n"
        "@dataclasses.dataclass\nclass Flight:\n    first: Stop\n    stops: list\n    marks: dict\n"
        "stop = Stop(Place(1.0, 2.0), uuid.UUID(int=1))\n"
    )

    out = write(sandbox, format, "[Flight(stop, [stop], {'a': stop})]", head=head)

    place = {"at": {"lat": 1.0, "lon": 2.0}, "key": "00000000-0000-0000-0000-000000000001"}
    assert values(out, format) == [{"first": place, "stops": [place], "marks": {"a": place}}]


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_an_iterator_of_dicts_is_written_to_typed_formats_too(sandbox: Sandbox, format: str) -> None:
    out = write(sandbox, format, "iter([{'n': 1}, {'n': 2.5, 'm': 'x'}])")

    assert values(out, format) == [{"n": 1.0, "m": None}, {"n": 2.5, "m": "x"}]


def test_rows_of_several_classes_have_the_columns_of_all(sandbox: Sandbox) -> None:
    out = write(sandbox, "parquet", "[{'n': 1}, collections.namedtuple('Row', 'm')(2)]")

    assert values(out, "parquet") == [{"n": 1, "m": None}, {"n": None, "m": 2}]


def test_a_field_says_its_column_in_json_too(sandbox: Sandbox) -> None:
    fields = "delay: int = dataclasses.field(metadata={'column': 'Arr Delay'}); seats: typing.ClassVar[int] = 180"

    out = write(sandbox, "json", "Flight(3)", head=flight_class(fields))

    assert json.loads(out.read_text()) == {"Arr Delay": 3}


@pytest.mark.parametrize(
    ("format", "expression", "problem", "mend"),
    [
        pytest.param("csv", "[Flight(1), 3]", "row 1 is a value of type int, 3.", "Let each row be a dict, a dataclass", id="number"),
        pytest.param("csv", "[Flight(1), {'m': 1}]", "row 1 has the keys m, and the first one n.", "the same keys", id="keys"),
        pytest.param("csv", "[Flight([1])]", "column 'n' has a value of type list in row 0", "as jsonl or parquet", id="list"),
        pytest.param("parquet", "[Flight(1), Flight('x')]", "column 'n' does not have one type", "one type", id="types"),
        pytest.param("parquet", "Flight(1)", "returned a value of type etl.Flight for it", "a list or an iterator of", id="one"),
        pytest.param("jsonl", "[cycle()]", "row 0 is nested too deeply, or holds itself.", "Return flat rows", id="cycle"),
        pytest.param("parquet", "[vars(cycle())]", "row 0 is nested too deeply, or holds", "Return flat rows", id="dict-cycle"),
        pytest.param("parquet", "[(1, 2)]", "row 0 is a value of type tuple, (1, 2).", "a NamedTuple or a pydantic", id="tuple"),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_written_are_told(
    sandbox: Sandbox, format: str, expression: str, problem: str, mend: str
) -> None:
    with pytest.raises(OutputFormatError) as error:
        write(sandbox, format, expression, head=flight_class("n: Any") + CYCLE)

    assert problem in str(error.value)
    assert mend in str(error.value)
