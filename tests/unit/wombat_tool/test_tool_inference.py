"""What the contract inferred from data says, and what it does not say."""

from __future__ import annotations

import datetime
import json
import random
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from wombat_tool.__main__ import main
from wombat_tool.contracts.model import (
    Bound,
    Field,
    Layout,
    LogicalType,
    Metric,
    Operator,
    SchemaObject,
    Threshold,
)
from wombat_tool.contracts.reader import read_contract

L = LogicalType
MANY = 60
"""Rows enough for what may have happened to hold."""


@pytest.fixture
def infer(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run the command for a format and a path; the contract."""

    def run(format: str, path: Path, *, name: str = "flights") -> str:
        exit_code = main(["infer", "--format", format, "--path", str(path), "--name", name])
        out, err = capsys.readouterr()
        assert (exit_code, err) == (0, "")
        return out

    return run


@pytest.fixture
def schema_of(infer: Callable[..., str], tmp_path: Path) -> Callable[..., SchemaObject]:
    """The object of the contract for a table in a format, or for what is at a path."""

    def run(data: pa.Table | Path, format: str = "parquet", *, name: str = "flights") -> SchemaObject:
        path = data if isinstance(data, Path) else tmp_path / f"data.{format}"
        if isinstance(data, pa.Table):
            write(data, format, path)
        contract = tmp_path / "contract.odcs.yaml"
        contract.write_text(infer(format, path, name=name), encoding="utf-8")
        [schema] = read_contract(str(contract), name="contract.odcs.yaml").objects
        return schema

    return run


def write(table: pa.Table, format: str, path: Path) -> None:
    """Write a table in one of the formats."""
    if format == "parquet":
        pq.write_table(table, path)
    elif format == "arrow":
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table)
    elif format == "csv":
        pa.csv.write_csv(table, path)
    else:
        lines = (json.dumps(row, default=str) + "\n" for row in table.to_pylist())
        path.write_text("".join(lines), encoding="utf-8")


def table(rows: int = MANY, **columns: Sequence[Any] | pa.Array) -> pa.Table:
    """A table whose columns repeat the values given."""
    return pa.table({name: repeated(values, rows) for name, values in columns.items()})


def repeated(values: Sequence[Any] | pa.Array, rows: int) -> pa.Array:
    """An array of so many rows."""
    array = values if isinstance(values, pa.Array) else pa.array(values)
    return array.take([i % len(array) for i in range(rows)])


def column(schema: SchemaObject, name: str) -> Field:
    """A column that must be there."""
    found = schema.field_named(name)
    assert found is not None, schema.fields
    return found


FORMATS = [pytest.param(one, id=one) for one in ("parquet", "arrow", "csv", "jsonl")]


def test_the_whole_contract_of_a_table(infer: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "flights.parquet"
    write(
        table(
            100,
            flight_id=list(range(100)),
            carrier=["AA", "on", None],
            arr_delay=[-2.5, 1e22],
            email=["a@example.org", "b@example.org", "c@example.org"],
            stops=[[{"at": "ORD"}], []],
            took=pa.array([1, 2], pa.duration("s")),
        ),
        "parquet",
        path,
    )

    assert (
        infer("parquet", path)
        == """\
# A first contract for flights, inferred from 100 rows.
# Nobody has promised anything of this yet: keep what is meant to hold for all data to come, correct what only
# happened to hold, and say what the columns mean.
apiVersion: v3.2.0
kind: DataContract
id: flights
name: flights
version: "0.1.0"
status: draft
schema:
  - name: flights
    quality:
      - metric: rowCount
        mustBeGreaterThan: 0
    properties:
      - name: flight_id
        logicalType: integer
        physicalType: int64
        required: true
        primaryKey: true
      - name: carrier
        logicalType: string
        physicalType: string
        enum:  # observed in 100 rows
          - value: AA
          - value: "on"
      - name: arr_delay
        logicalType: number
        physicalType: float64
        required: true
        logicalTypeOptions:
          minimum: -2.5  # observed in 100 rows
          maximum: 1.0e+22  # observed in 100 rows
      - name: email
        logicalType: string
        physicalType: string
        required: true
        logicalTypeOptions:
          format: email
        # classification: confidential  # if it is about people: then no value of it is shown anywhere
      - name: stops
        logicalType: array
        required: true
        items:
          logicalType: object
          properties:
            - name: at
              logicalType: string
              physicalType: string
      - name: took
        required: true
        # duration[s], which the standard has no type for
"""
    )


def test_the_same_data_gives_the_same_text(infer: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    write(table(carrier=["AA", "UA", "DL"], n=[3, 1, 2]), "parquet", path)

    assert infer("parquet", path) == infer("parquet", path)


# --- Types ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type", "value", "logical_type", "physical_type"),
    [
        pytest.param(pa.int8(), 1, L.INTEGER, "int8", id="int8"),
        pytest.param(pa.uint32(), 1, L.INTEGER, "uint32", id="uint32"),
        pytest.param(pa.float16(), 1.0, L.NUMBER, "float16", id="float16"),
        pytest.param(pa.float32(), 1.0, L.NUMBER, "float32", id="float32"),
        pytest.param(pa.float64(), 1.0, L.NUMBER, "float64", id="float64"),
        pytest.param(pa.decimal128(10, 2), Decimal("1.50"), L.NUMBER, "decimal128(10, 2)", id="decimal"),
        pytest.param(pa.decimal128(10, 0), Decimal(1), L.INTEGER, "decimal128(10, 0)", id="whole-decimal"),
        pytest.param(pa.bool_(), True, L.BOOLEAN, "bool", id="bool"),
        pytest.param(pa.string(), "x", L.STRING, "string", id="string"),
        pytest.param(pa.large_string(), "x", L.STRING, "string", id="large-string"),
        pytest.param(pa.binary(), b"x", L.STRING, "binary", id="binary"),
        pytest.param(pa.date32(), datetime.date(2013, 1, 1), L.DATE, "date32[day]", id="date"),
        pytest.param(pa.time64("us"), datetime.time(1), L.TIME, "time64[us]", id="time"),
        pytest.param(pa.timestamp("ms"), datetime.datetime(2013, 1, 1), L.TIMESTAMP, "timestamp[ms]", id="timestamp"),
        pytest.param(
            pa.timestamp("us", "UTC"), datetime.datetime(2013, 1, 1), L.TIMESTAMP, "timestamp[us, tz=UTC]", id="zone"
        ),
    ],
)
def test_typed_formats_say_their_types(
    type: pa.DataType,
    value: object,
    logical_type: L,
    physical_type: str,
    schema_of: Callable[..., SchemaObject],
) -> None:
    found = column(schema_of(pa.table({"x": pa.array([value, None], type)}), "arrow"), "x")

    assert (found.logical_type, found.physical_type and found.physical_type.text) == (logical_type, physical_type)
    assert found.format == ("i8" if type == pa.int8() else None)
    assert found.with_timezone == (type.tz is not None if pa.types.is_timestamp(type) else None)


def test_categories_are_the_text_that_they_stand_for(schema_of: Callable[..., SchemaObject]) -> None:
    found = column(schema_of(pa.table({"x": pa.array(["a", "b"]).dictionary_encode()})), "x")

    assert found.physical_type is not None and found.physical_type.text == "string"


CSV_TYPES = [
    pytest.param(["1", "-2", "0"], L.INTEGER, None, id="integers"),
    pytest.param(["1", "2.5"], L.NUMBER, None, id="numbers"),
    pytest.param(["01", "02"], L.STRING, None, id="codes-with-zeros"),
    pytest.param(["true", "false"], L.BOOLEAN, None, id="booleans"),
    pytest.param(["2013-01-01", "2013-12-31"], L.DATE, None, id="dates"),
    pytest.param(["2013-01-01", "2013-02-30"], L.STRING, None, id="a-day-that-was-not"),
    pytest.param(["2013-01-01 10:00:00", "2013-01-01T10:00"], L.TIMESTAMP, None, id="moments"),
    pytest.param(["10:00", "23:59:59"], L.TIME, None, id="times"),
    pytest.param(["31.12.2013", "01.02.2013"], L.DATE, "dd.MM.yyyy", id="german-dates"),
    pytest.param(["12/31/2013", "01/02/2013"], L.DATE, "MM/dd/yyyy", id="american-dates"),
    pytest.param(["31/12/2013", "01/02/2013"], L.DATE, "dd/MM/yyyy", id="british-dates"),
    pytest.param(["01/02/2013", "03/04/2013"], L.STRING, None, id="dates-that-may-be-either"),
    pytest.param(["31.12.2013 10:30", "01.01.2013 00:00"], L.TIMESTAMP, "dd.MM.yyyy HH:mm", id="german-moments"),
    pytest.param(["1", "x"], L.STRING, None, id="mixed"),
    pytest.param([str(uuid.UUID(int=n)) for n in range(3)], L.STRING, "uuid", id="uuids"),
    pytest.param([str(uuid.UUID(int=n)) for n in range(2)], L.STRING, None, id="too-few-for-a-format"),
    pytest.param([f"http://example.org/{n}" for n in range(3)], L.STRING, "uri", id="uris"),
    pytest.param(["note:a", "note:b", "note:c"], L.STRING, None, id="notes-are-no-uris"),
    pytest.param(["10.0.0.1", "10.0.0.2", "10.0.0.255"], L.STRING, "ipv4", id="ipv4"),
    pytest.param(["10.0.0.1", "10.0.0.2", "10.0.0.256"], L.STRING, None, id="no-ipv4"),
]


@pytest.mark.parametrize(("values", "type", "format"), CSV_TYPES)
def test_text_of_csv_tells_its_type(
    values: list[str], type: L, format: str | None, schema_of: Callable[..., SchemaObject]
) -> None:
    found = column(schema_of(pa.table({"x": values, "y": ["a"] * len(values)}), "csv"), "x")

    assert (found.logical_type, found.format, found.physical_type) == (type, format, None)


@pytest.mark.parametrize("number", [1, 700, 5_000])
def test_one_other_value_anywhere_tells_that_a_column_is_text(number: int, schema_of: Callable[..., SchemaObject]) -> None:
    values = [str(n) for n in range(6_000)]
    values[number] = "none"

    assert column(schema_of(pa.table({"x": values}), "csv"), "x").logical_type is L.STRING


@pytest.mark.parametrize("format", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("values", "has_zone"),
    [
        pytest.param(["2013-01-01T10:00:00Z", "2013-01-01T10:00:00+02:00"], True, id="all"),
        pytest.param(["2013-01-01T10:00:00", "2013-01-01T11:00:00"], False, id="none"),
        pytest.param(["2013-01-01T10:00:00Z", "2013-01-01T11:00:00"], None, id="some"),
    ],
)
def test_text_tells_whether_moments_name_a_time_zone(
    format: str, values: list[str], has_zone: bool | None, schema_of: Callable[..., SchemaObject]
) -> None:
    found = column(schema_of(pa.table({"x": values}), format), "x")

    assert (found.logical_type, found.with_timezone) == (L.TIMESTAMP, has_zone)


def test_json_lines_have_types_and_nested_objects(schema_of: Callable[..., SchemaObject], tmp_path: Path) -> None:
    rows = [
        {
            "n": 1,
            "big": 2**70,
            "x": 1,
            "mixed": 1,
            "place": {"city": "Ulm", "at": {"lat": 1}},
            "tags": ["a", None],
            "day": None,
        },
        {"n": -2, "x": 1.5, "mixed": "a", "place": {"city": None, "at": {"lat": 2.5}}, "tags": [], "day": "2013-01-01"},
    ]
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    schema = schema_of(path, "jsonl")

    types = {one.name: (one.logical_type, one.required) for one in schema.fields}
    assert types == {
        "n": (L.INTEGER, True),
        "big": (L.NUMBER, False),
        "x": (L.NUMBER, True),
        "mixed": (None, True),
        "place": (L.OBJECT, True),
        "tags": (L.ARRAY, True),
        "day": (L.DATE, False),
    }
    city, at = column(schema, "place").fields
    assert (city.logical_type, city.required, at.required) == (L.STRING, False, True)
    assert [(one.name, one.logical_type, one.required) for one in at.fields] == [("lat", L.NUMBER, True)]
    items = column(schema, "tags").items
    assert items is not None and items.logical_type is L.STRING


def test_an_object_of_many_keys_is_a_map(schema_of: Callable[..., SchemaObject], tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps({"by_day": {f"day {n}": n for n in range(200)}}))

    found = column(schema_of(path, "jsonl"), "by_day")

    assert found.logical_type is L.MAP and found.map_value is not None and found.map_key is not None
    assert (found.map_key.logical_type, found.map_value.logical_type) == (L.STRING, L.INTEGER)


def test_a_member_without_a_type_says_which_it_has(infer: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "data.arrow"
    took = pa.array([{"d": 1}], pa.struct({"d": pa.duration("ms")}))
    write(pa.table({"took": took}), "arrow", path)

    assert "          - name: d\n            required: true\n            # duration[ms], which the" in infer("arrow", path)


def test_json_is_described_to_some_depth(schema_of: Callable[..., SchemaObject], tmp_path: Path) -> None:
    value: Any = 1
    for _ in range(50):
        value = {"in": value}
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps(value))

    found, depth = column(schema_of(path, "jsonl"), "in"), 1
    while found.fields:
        [found] = found.fields
        depth += 1

    assert (depth, found.logical_type) == (4, L.OBJECT)


@pytest.mark.parametrize("format", FORMATS)
def test_a_column_without_values_is_left_open(format: str, infer: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / f"data.{format}"
    write(pa.table({"n": [1], "x": pa.nulls(1)}), format, path)

    text = infer(format, path)

    note = "# null, which the standard has no type for" if format in ("parquet", "arrow") else "# no value was seen"
    assert text.endswith(f"      - name: x\n        {note}\n")


# --- Rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_a_column_is_required_if_no_null_was_seen(format: str, schema_of: Callable[..., SchemaObject]) -> None:
    schema = schema_of(pa.table({"a": [1, 2], "b": [1, None], "c": ["x", None]}), format)

    assert [one.required for one in schema.fields] == [True, False, False]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("rows", [0, 1])
def test_there_must_be_rows_if_there_are_some(format: str, rows: int, schema_of: Callable[..., SchemaObject]) -> None:
    schema = schema_of(pa.table({"a": pa.array([1] * rows, pa.int64())}), format)

    thresholds = [(one.metric, one.thresholds) for one in schema.quality]
    assert thresholds == [(Metric.ROW_COUNT, (Threshold(Operator.GREATER, Decimal(0)),))] * rows
    assert not any(one.required for one in schema.fields) or rows


@pytest.mark.parametrize("format", FORMATS)
def test_a_small_domain_of_text_is_enumerated(format: str, schema_of: Callable[..., SchemaObject]) -> None:
    schema = schema_of(table(rows=80, carrier=["UA", "AA", "on", None]), format)

    assert column(schema, "carrier").enum == ("AA", "UA", "on")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(table(rows=40, x=["a", "b"]), id="few-rows"),
        pytest.param(table(x=[f"v{n}" for n in range(13)]), id="many-values"),
        pytest.param(pa.table({"x": ["a"] * MANY + ["b"]}), id="a-value-seen-once"),
        pytest.param(table(x=["a" * 61, "b"]), id="long-values"),
        pytest.param(table(x=["a\u202e", "b"]), id="invisible-characters"),
        pytest.param(table(x=[1, 2]), id="numbers"),
        pytest.param(table(name=["Ann", "Ben"]), id="people"),
    ],
)
def test_other_domains_are_not_enumerated(data: pa.Table, schema_of: Callable[..., SchemaObject]) -> None:
    assert schema_of(data).fields[0].enum is None


@pytest.mark.parametrize("format", FORMATS)
def test_numbers_get_the_range_that_was_observed(format: str, schema_of: Callable[..., SchemaObject]) -> None:
    schema = schema_of(table(delay=[3, -7, 600], share=[0.1, 0.25]), format)

    delay, share = schema.fields
    assert (delay.minimum, delay.maximum) == (Bound(Decimal(-7)), Bound(Decimal(600)))
    assert (share.minimum, share.maximum) == (Bound(Decimal("0.1")), Bound(Decimal("0.25")))


def test_exact_numbers_keep_their_digits(schema_of: Callable[..., SchemaObject]) -> None:
    large = Decimal("12345678901234567890123456789012345.678")
    schema = schema_of(
        table(
            money=pa.array([Decimal(0), large], pa.decimal128(38, 3)),
            u=pa.array([0, 2**64 - 1], pa.uint64()),
            f=pa.array([0.1, 1e-45], pa.float32()),
        )
    )

    money, u, f = schema.fields
    assert money.maximum == Bound(large)
    assert u.maximum == Bound(Decimal(2**64 - 1))
    assert f.maximum == Bound(Decimal("0.1")) and f.minimum == Bound(Decimal("1e-45"))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(table(rows=40, x=[1, 2]), id="few-rows"),
        pytest.param(table(x=[1.0, float("nan")]), id="nan"),
        pytest.param(table(x=[1.0, float("inf")]), id="infinity"),
        pytest.param(table(x=[7]), id="constant"),
        pytest.param(table(customer_id=[1, 2]), id="key-of-something"),
        pytest.param(table(salary=[1, 2]), id="people"),
        pytest.param(table(x=pa.array([None, 1], pa.int64())), id="few-values"),
    ],
)
def test_other_numbers_get_no_range(data: pa.Table, schema_of: Callable[..., SchemaObject]) -> None:
    found = schema_of(data).fields[0]

    assert (found.minimum, found.maximum) == (None, None)


def test_integers_of_more_digits_than_sql_has_get_no_range(schema_of: Callable[..., SchemaObject]) -> None:
    found = schema_of(table(x=["1", "9" * 60]), "csv").fields[0]

    assert (found.logical_type, found.minimum, found.maximum) == (L.INTEGER, None, None)


@pytest.mark.parametrize("format", FORMATS)
def test_what_goes_on_gets_a_beginning_and_no_end(format: str, schema_of: Callable[..., SchemaObject]) -> None:
    days = [datetime.date(2013, 1, 2), datetime.date(2013, 12, 31)]
    moments = [datetime.datetime(2013, 1, 1, 5, 0, 0, 250), datetime.datetime(2013, 1, 2)]

    schema = schema_of(table(day=days, at=pa.array(moments, pa.timestamp("us")), year=[2013, 2014]), format)

    day, at, year = schema.fields
    assert (day.minimum, day.maximum) == (Bound(days[0]), None)
    assert (at.minimum, at.maximum) == (Bound(moments[0]), None)
    assert (year.minimum, year.maximum) == (Bound(Decimal(2013)), None)


def test_moments_with_a_zone_begin_in_utc(infer: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    moment = datetime.datetime(2013, 1, 1, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    write(table(at=pa.array([moment], pa.timestamp("ns", "Europe/Berlin"))), "parquet", path)

    assert 'minimum: "2013-01-01T03:00:00Z"  # observed in 60 rows' in infer("parquet", path)


def test_members_of_objects_have_rules_too(schema_of: Callable[..., SchemaObject]) -> None:
    places = [{"city": "Ulm", "height": 3}, {"city": "Bonn", "height": None}, None]

    place = column(schema_of(table(place=places)), "place")

    city, height = place.fields
    assert not place.required and city.required and not height.required
    assert city.enum is None, "It was seen 40 times, and 50 are enough."
    place = column(schema_of(table(rows=90, place=places)), "place")
    assert place.fields[0].enum == ("Bonn", "Ulm")


# --- Keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("columns", "key", "unique"),
    [
        pytest.param({"n": [1, 2, 3], "id": [4, 5, 6]}, ("id",), (), id="called-id"),
        pytest.param(
            {"a": [1, 2], "plane_id": [3, 4], "flight_id": [5, 6]}, ("flight_id",), ("plane_id",), id="of-the-table"
        ),
        pytest.param({"a": [1, 1], "airport_code": ["JFK", "EWR"]}, ("airport_code",), (), id="called-code"),
        pytest.param({"day": [*"vwxyz"], "note": [*"abcde"]}, ("day",), (), id="first"),
        pytest.param({"day": [*"wxyz"], "note": [*"abcd"]}, (), (), id="first-of-few-rows"),
        pytest.param({"a": [1, 1], "note": ["a", "b"]}, (), (), id="neither-first-nor-called-like-a-key"),
        pytest.param({"id": [1, 1, 2], "x": [1, 1, 1]}, (), (), id="twice"),
        pytest.param({"id": [1, None, 2], "x": [1, 1, 1]}, (), (), id="null"),
        pytest.param({"id": [1.5, 2.5]}, (), (), id="no-integer"),
        pytest.param({"id": [1]}, (), (), id="one-row"),
    ],
)
def test_a_column_without_repetition_that_is_called_like_a_key_is_one(
    format: str,
    columns: dict[str, list[Any]],
    key: tuple[str, ...],
    unique: tuple[str, ...],
    schema_of: Callable[..., SchemaObject],
) -> None:
    schema = schema_of(pa.table(columns), format)

    assert schema.primary_key == key
    assert tuple(one.name for one in schema.fields if one.unique) == unique


def test_two_columns_may_be_the_key(
    infer: Callable[..., str], schema_of: Callable[..., SchemaObject], tmp_path: Path
) -> None:
    hours = [datetime.datetime(2013, 1, 1) + datetime.timedelta(hours=n) for n in range(40)]
    rows = [{"temp": n % 7, "origin": origin, "hour": hour} for origin in ("JFK", "EWR") for n, hour in enumerate(hours)]
    data = pa.Table.from_pylist(rows)

    assert schema_of(data).primary_key == ("origin", "hour")
    assert "        primaryKey: true\n        primaryKeyPosition: 2\n" in infer("parquet", tmp_path / "data.parquet")
    assert schema_of(data.slice(0, 49)).primary_key == (), "Of so few rows any two columns may tell them apart."
    twice = pa.concat_tables([data, data.slice(3, 1)])
    assert schema_of(twice).primary_key == ()


# --- People -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_no_value_that_may_be_about_people_is_written_down(format: str, infer: Callable[..., str], tmp_path: Path) -> None:
    secret = ["Xaver", "Yolanda"]
    data = table(
        first_name=secret,
        BirthDate=[datetime.date(1977, 7, 7)],
        phone=[777_001, 777_002],
        contact=["Xaver@example.org", "Yolanda@example.org"],
        street=[f"{one} street" for one in secret],
    )
    if format != "csv":
        data = data.append_column(
            "person", repeated([{"surname": "Xaver", "size": 777}, {"surname": "Yolanda", "size": 778}], MANY)
        )
        data = data.append_column("address", repeated([{"city": "Xaver"}, {"city": "Yolanda"}], MANY))
    path = tmp_path / f"data.{format}"
    write(data, format, path)

    text = infer(format, path)

    assert not any(one in text for one in ("Xaver", "Yolanda", "1977", "77700"))
    assert text.count("# classification: confidential") == (5 if format == "csv" else 7)
    uncommented = text.replace("# classification", "classification")
    contract = tmp_path / "contract.yaml"
    contract.write_text(uncommented)
    schema = read_contract(str(contract), name="contract.yaml").objects[0]
    assert all(column(schema, name).is_sensitive for name in ("first_name", "BirthDate", "phone", "contact", "street"))


# --- Awkward columns --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["on", "null", "1.10", "2013-01-01", "a: b", "# x", "- y", 'q"\\', "it's", " x ", "größe\n", "数"]
)
def test_any_name_of_a_column_reads_back(name: str, schema_of: Callable[..., SchemaObject]) -> None:
    assert [one.name for one in schema_of(pa.table({name: [1]})).fields] == [name]


def test_columns_that_a_contract_cannot_name_are_told(infer: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    write(pa.Table.from_arrays([pa.array([1])] * 4, names=["a", "", "a", "b"]), "parquet", path)

    text = infer("parquet", path)

    assert text.endswith("    # Left out, since a contract names each column once and none by an empty name: '', 'a'.\n")
    assert text.count("- name: a\n") == text.count("- name: b\n") == 1


def test_the_name_of_the_dataset_may_be_any(infer: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    write(pa.table({"a": [1]}), "parquet", path)

    assert 'id: "null"\nname: "null"\n' in infer("parquet", path, name="null")


# --- Other formats ----------------------------------------------------------------------------------------------------


def test_columns_from_paths_have_types_and_no_ranges(schema_of: Callable[..., SchemaObject], tmp_path: Path) -> None:
    for month in (1, 2):
        part = tmp_path / "data" / f"month={month}"
        part.mkdir(parents=True)
        write(table(x=[1, 2]), "parquet", part / "part.parquet")

    month_column = column(schema_of(tmp_path / "data", "parquet"), "month")

    assert (month_column.logical_type, month_column.required, month_column.minimum) == (L.INTEGER, True, None)


@pytest.mark.parametrize("format", FORMATS)
def test_a_directory_of_tables_is_a_table(format: str, schema_of: Callable[..., SchemaObject], tmp_path: Path) -> None:
    ending = {"arrow": "feather"}.get(format, format)
    for number in (1, 2):
        part = tmp_path / "data" / f"part-{number}"
        part.mkdir(parents=True)
        write(pa.table({"x": [1], "y": ["a"]}), format, part / f"a.{ending}")
    (tmp_path / "data" / "_SUCCESS").touch()

    schema = schema_of(tmp_path / "data", "directory")

    assert schema.data_format == format
    assert [one.name for one in schema.fields] == ["x", "y"]


def test_a_directory_of_different_tables_is_files(schema_of: Callable[..., SchemaObject], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write(pa.table({"order_id": [1], "n": [1]}), "parquet", tmp_path / "data" / "orders.parquet")
    write(pa.table({"user": [1], "n": [1]}), "parquet", tmp_path / "data" / "users.parquet")

    schema = schema_of(tmp_path / "data", "directory")

    assert schema.data_format is None
    assert schema.primary_key == ("path",)
    path, size_bytes, kind = schema.fields
    assert (path.enum, size_bytes.minimum, kind.enum) == (None, Bound(Decimal(1)), ("Parquet file",))


def test_of_a_file_its_kind_and_that_it_is_not_empty_is_said(schema_of: Callable[..., SchemaObject], tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"\x1f\x8b1234")

    schema = schema_of(path, "file")

    size_bytes, kind = schema.fields
    assert (size_bytes.minimum, size_bytes.maximum, kind.enum) == (Bound(Decimal(1)), None, ("gzip-compressed data",))
    assert schema.quality == () and schema.primary_key == ()


def test_of_an_unknown_kind_nothing_is_promised(schema_of: Callable[..., SchemaObject], tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(bytes(16))

    size_bytes, kind = schema_of(path, "file").fields
    assert (size_bytes.minimum, kind.enum) == (Bound(Decimal(1)), None)


def test_text_has_lines(schema_of: Callable[..., SchemaObject], tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    path.write_text("a\nb\n")

    schema = schema_of(path, "text")

    assert [(one.name, one.logical_type, one.required) for one in schema.fields] == [("line", L.STRING, True)]
    assert [one.metric for one in schema.quality] == [Metric.ROW_COUNT]


@pytest.mark.parametrize(
    ("value", "layout", "columns"),
    [
        pytest.param([{"a": 1}, {"a": 2, "b": "x"}], None, ["a", "b"], id="array-of-objects"),
        pytest.param({"auc": 0.5, "brier": 0.25}, Layout.DOCUMENT, ["auc", "brier"], id="object"),
        pytest.param({f"k{n}": n for n in range(13)}, Layout.ENTRIES, ["key", "value"], id="map"),
        pytest.param({f"k{n}": {"n": n} for n in range(13)}, Layout.ENTRIES, ["key", "value"], id="map-of-objects"),
        pytest.param({f"k{n}": n if n else "x" for n in range(13)}, Layout.DOCUMENT, None, id="object-of-many-kinds"),
        pytest.param([1, 2, 3], None, ["value"], id="array-of-numbers"),
        pytest.param("x", None, ["value"], id="text"),
    ],
)
def test_json_is_the_table_that_it_most_likely_is(
    value: Any, layout: Layout | None, columns: list[str] | None, schema_of: Callable[..., SchemaObject], tmp_path: Path
) -> None:
    path = tmp_path / "data.json"
    path.write_text("\ufeff \n" + json.dumps(value))

    schema = schema_of(path, "json")

    assert schema.layout is layout
    assert columns is None or [one.name for one in schema.fields] == columns
    assert schema.primary_key == (("key",) if layout is Layout.ENTRIES else ())
    assert bool(schema.quality) is (layout is not Layout.DOCUMENT)


# --- Problems ---------------------------------------------------------------------------------------------------------


def test_data_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    exit_code = main(["infer", "--format", "csv", "--path", str(tmp_path / "data.csv"), "--name", "etl:orders"])

    out, err = capsys.readouterr()
    assert (exit_code, out) == (1, "")
    assert err.startswith(f"MissingDataError: etl:orders ({tmp_path}/data.csv) cannot be opened")
    assert "Build the dataset again" in err


def test_data_of_another_format_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a,b\n1\n")

    exit_code = main(["infer", "--format", "csv", "--path", str(tmp_path / "data"), "--name", "etl:orders"])

    out, err = capsys.readouterr()
    assert (exit_code, out) == (1, "")
    assert err.startswith(f"DataError: etl:orders ({tmp_path}/data) cannot be read as csv: ")
    assert "Correct the row" in err


def test_a_damaged_row_group_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "data"
    write(table(x=[random.Random(0).random() for _ in range(100)]), "parquet", path)
    content = bytearray(path.read_bytes())
    content[8:60] = bytes(52)
    path.write_bytes(content)

    exit_code = main(["infer", "--format", "parquet", "--path", str(path), "--name", "etl:orders"])

    err = capsys.readouterr().err
    assert exit_code == 1
    assert err.startswith(f"DataError: etl:orders ({path}) cannot be read as parquet: ") and "Build the data again" in err
