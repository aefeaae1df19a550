"""Rows of a table as models of pydantic, version 1 or 2: whichever the environment of the tests has."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from wombat_step._errors import BindingError, InputFormatError, InputRowError

from step_rows import FIELDS, FLIGHTS, TABLES, content
from step_sandbox import Sandbox

pydantic = pytest.importorskip("pydantic")

IS_VERSION_1 = pydantic.VERSION.startswith("1.")
# Version 1 is within version 2 as well.
MODULES = ["pydantic"] if IS_VERSION_1 else ["pydantic", "pydantic.v1"]
PRELUDE = """
import datetime, decimal, enum
from collections.abc import Iterator
from typing import Any, Optional
from {module} import BaseModel, Field
"""


def code_of(fields: str, result: str, *, annotation: str = "list[Flight]", module: str = "pydantic", head: str = "") -> str:
    body = "".join(f"    {field}\n" for field in fields.split("; "))
    prelude = PRELUDE.format(module=module)
    return f"{prelude}{head}\nclass Flight(BaseModel):\n{body}\ndef f(data: {annotation}):\n    return {result}\n"


def read(sandbox: Sandbox, fields: str, result: str = "[dict(one) for one in data]", **options: str) -> Any:
    """What the step makes of its rows, as JSON."""
    sandbox.outputs.clear()
    out = sandbox.output("out", "json")
    sandbox.run(code_of(fields, result, **options))
    return json.loads(out.read_text())


def refused(sandbox: Sandbox, fields: str, **options: str) -> str:
    with pytest.raises(InputRowError) as error:
        read(sandbox, fields, **options)
    return str(error.value)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("annotation", ["list[Flight]", "Iterator[Flight]"])
@pytest.mark.parametrize("format", TABLES)
def test_rows_are_models(sandbox: Sandbox, format: str, annotation: str, module: str) -> None:
    sandbox.input("data", format, content(FLIGHTS, format))
    result = "[isinstance(one, Flight) and dict(one) for one in data]"

    found = read(sandbox, FIELDS, result, annotation=annotation, module=module)

    assert found == FLIGHTS.to_pylist()


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_pydantic_makes_of_text_what_its_fields_are(sandbox: Sandbox, format: str, module: str) -> None:
    row = '{"day": "2013-01-02", "price": "1.10", "Arr Delay": 3, "extra": 1}\n'
    sandbox.input("data", format, row if format == "jsonl" else "day,price,Arr Delay,extra\n2013-01-02,1.10,3,1\n")
    fields = "day: datetime.date; price: decimal.Decimal; delay: int = Field(alias='Arr Delay'); seats: int = 180"

    found = read(sandbox, fields, "[repr(data[0].day), repr(data[0].price), data[0].delay, data[0].seats]", module=module)

    assert found == ["datetime.date(2013, 1, 2)", "Decimal('1.10')", 3, 180]


@pytest.mark.parametrize("format", TABLES)
def test_columns_in_paths_are_fields(sandbox: Sandbox, format: str) -> None:
    table = pa.table({"n": [1]})
    sandbox.input_tree("data", format, {f"year=2013/city=0{i}/x.{format}": content(table, format) for i in (1, 2)})

    found = read(sandbox, "n: int; year: int; city: Any")

    assert [(one["n"], one["year"]) for one in found] == [(1, 2013)] * 2
    assert [one["city"] for one in found] == ["01", "02"]


def test_extra_columns_are_for_the_model_to_decide(sandbox: Sandbox) -> None:
    sandbox.input("data", "jsonl", '{"n": 1, "m": 2}\n')
    config = "class Config: extra = {!r}"

    assert read(sandbox, f"n: int; {config.format('allow')}") == [{"n": 1, "m": 2}]
    message = refused(sandbox, f"n: int; {config.format('forbid')}")
    assert "row 1 (line 1): column 'm': " in message.replace("Extra", "extra")
    assert "not permitted, but was 2 (int)" in message


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(("format", "line"), [("csv", " (line 3)"), ("jsonl", " (line 2)"), ("parquet", "")])
def test_what_pydantic_refuses_is_told(sandbox: Sandbox, format: str, line: str, module: str) -> None:
    sandbox.input("data", format, content(pa.table({"n": ["1", "x"], "m": ["1", None]}), format))

    message = refused(sandbox, "n: int", module=module)

    assert message.startswith(f"Input 'data' (in/data/data.{format}), row 2{line}: column 'n': ")
    assert "valid integer" in message
    assert ", but was 'x' (str). Correct the data, or the model Flight." in message


def test_a_null_that_pydantic_refuses_is_told(sandbox: Sandbox) -> None:
    sandbox.input("data", "csv", "n,m\n,1\n")

    message = refused(sandbox, "n: int")

    assert ", row 1 (line 2): column 'n': " in message
    assert "but was None (NoneType). Correct the data, or the model Flight." in message


@pytest.mark.parametrize("module", MODULES)
def test_a_missing_column_is_told(sandbox: Sandbox, module: str) -> None:
    sandbox.input("data", "csv", "delay,n\n1,2\n")

    message = refused(sandbox, "delays: int", module=module)

    assert "row 1 (line 2): it has no column 'delays', which Flight asks for. Did you mean 'delay'? Its columns: delay, n." in message
    assert "Give the field an alias, or a default if it may be missing, or correct the data." in message


@pytest.mark.parametrize(
    ("n", "told"),
    [
        (1, "too small, but was '1' (str)."),
        (2, "row 1 (line 2): Flight refuses it: RuntimeError: too large."),
    ],
)
def test_what_a_validator_raises_is_told(sandbox: Sandbox, n: int, told: str) -> None:
    sandbox.input("data", "csv", f"n\n{n}\n")
    name = "validator" if IS_VERSION_1 else "field_validator"
    check = (
        f"    @{name}('n'{', allow_reuse=True' if IS_VERSION_1 else ''})\n    def check(cls, n):\n"
        "        if n == 1: raise ValueError('too small')\n        raise RuntimeError('too large')\n"
    )

    message = refused(sandbox, f"n: int\n{check}", head=f"from pydantic import {name}\n")

    assert told in message
    assert "Correct the data, or the model Flight." in message


def test_a_place_within_a_column_is_told(sandbox: Sandbox) -> None:
    sandbox.input("data", "jsonl", '{"stops": [{"lat": 1}, {"lat": "x"}]}\n')
    head = "class Stop(BaseModel):\n    lat: float\n"

    message = refused(sandbox, "stops: list[Stop]", head=head)

    assert "row 1 (line 1): column 'stops'[1]['lat']: " in message


@pytest.mark.parametrize("module", MODULES)
def test_a_document_and_a_param_can_be_models(sandbox: Sandbox, module: str) -> None:
    sandbox.input("data", "json", '[{"n": "3"}]')
    out = sandbox.output("out", "json")
    code = code_of("n: int", "[data[0], limits]", module=module).replace("list[Flight])", "list[Flight], limits: Flight)")

    sandbox.run(code, {"limits": {"n": 5}})
    assert json.loads(out.read_text()) == [{"n": 3}, {"n": 5}]

    with pytest.raises(BindingError, match=r"params\['limits'\]\['n'\] was refused: .*valid integer"):
        sandbox.run(code, {"limits": {"n": "x"}})
    with pytest.raises(BindingError, match="must be a dict with the fields of etl.Flight, but was 3"):
        sandbox.run(code, {"limits": 3})


def test_a_document_that_pydantic_refuses_is_told(sandbox: Sandbox) -> None:
    sandbox.input("data", "json", '[{"n": 1}, {"n": "x"}]')

    with pytest.raises(InputFormatError, match=r"data\[1\]\['n'\] was refused: .*valid integer") as error:
        read(sandbox, "n: int")

    assert "Correct the file, or the annotation of parameter 'data'" in str(error.value)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("expression", ["rows()", "list(rows())"])
@pytest.mark.parametrize("format", TABLES)
def test_models_are_written(sandbox: Sandbox, format: str, expression: str, module: str) -> None:
    out = sandbox.output("out", format)
    fields = "n: int = Field(alias='Number'); level: Level = Level.LOW; day: Optional[datetime.date] = None"
    head = "class Level(enum.Enum):\n    LOW = 'low'\n"
    code = code_of(fields, expression, module=module, head=head).replace("def f(data: list[Flight])", "def f()")

    sandbox.run(f"{code}\ndef rows():\n    yield Flight(Number=1, day=datetime.date(2013, 1, 2))\n    yield Flight(Number=2)\n")

    assert sandbox.result["outputs"][0]["rows"] == 2
    expected = ["Number", "level", "day"]
    assert [name for name, _ in sandbox.result["outputs"][0]["columns"]] == expected
    sandbox.inputs.clear()
    sandbox.input("data", format, out.read_bytes())
    found = read(sandbox, fields, "[[one.n, one.level.name, str(one.day)] for one in data]", module=module, head=head)
    assert found == [[1, "LOW", "2013-01-02"], [2, "LOW", "None"]]
