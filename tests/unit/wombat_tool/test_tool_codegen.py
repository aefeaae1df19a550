"""The module of a contract: what is in it, and what it does when it runs."""

from __future__ import annotations

import ast
import dataclasses
import datetime
import decimal
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from generated_code import FILE, column, contract, hints, loaded
from wombat_tool.__main__ import main
from wombat_tool.codegen.module import source_of
from wombat_tool.contracts.model import Family, Field, LogicalType, PhysicalType

FLIGHTS = contract(
    column("origin", required=True, description="IATA code."),
    column("carrier", enum=("AA", "UA")),
    column("arr delay", LogicalType.NUMBER, is_deprecated=True, description="In minutes."),
    column(
        "stops",
        LogicalType.ARRAY,
        required=True,
        items=Field("", LogicalType.OBJECT, required=True, fields=(column("airport", required=True),)),
    ),
    description="Flights that arrived.",
)


def test_the_whole_module_of_a_contract() -> None:
    assert (
        source_of(FLIGHTS)
        == '''\
"""Generated from the contract etl/flights.odcs.yaml: do not edit, change the contract.

Each object of the contract has a frozen data class of its rows, a `TypedDict` of them as
`pyarrow.Table.to_pylist` gives them, and a function that makes their Arrow schema.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Optional, TypedDict

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-not-found,import-untyped,unused-ignore]


ArrivedFlightsCarrier = Literal["AA", "UA"]


@dataclass(frozen=True)
class ArrivedFlightsStops:
    """arrived_flights.stops."""

    airport: str


class ArrivedFlightsStopsRow(TypedDict):
    """arrived_flights.stops, as a dictionary; `ArrivedFlightsStops` says what the columns are."""

    airport: str


@dataclass(frozen=True)
class ArrivedFlights:
    """Flights that arrived."""

    origin: str
    """IATA code."""
    carrier: Optional[ArrivedFlightsCarrier]
    arr_delay: Optional[float] = field(metadata={"column": "arr delay"})
    """Deprecated. In minutes."""
    stops: list[ArrivedFlightsStops]


ArrivedFlightsRow = TypedDict(
    "ArrivedFlightsRow",
    {
        "origin": str,
        "carrier": Optional[ArrivedFlightsCarrier],
        "arr delay": Optional[float],  # deprecated
        "stops": list[ArrivedFlightsStopsRow],
    },
)
"""arrived_flights, as a dictionary; `ArrivedFlights` says what the columns are."""


def arrived_flights_schema() -> pa.Schema:
    """The Arrow schema of arrived_flights."""
    import pyarrow as pa  # type: ignore[import-not-found,import-untyped,unused-ignore]

    return pa.schema([
        pa.field("origin", pa.string(), nullable=False),
        pa.field("carrier", pa.string()),
        pa.field("arr delay", pa.float64()),
        pa.field(
            "stops",
            pa.list_(pa.field("item", pa.struct([pa.field("airport", pa.string(), nullable=False)]), nullable=False)),
            nullable=False,
        ),
    ])
'''
    )


def test_the_first_line_says_that_it_is_generated_and_from_what() -> None:
    first = source_of(FLIGHTS).splitlines()[0]

    assert first == '"""Generated from the contract etl/flights.odcs.yaml: do not edit, change the contract.'


def test_a_path_that_looks_like_the_name_of_an_encoding_does_no_harm() -> None:
    source = source_of(dataclasses.replace(FLIGHTS, file='coding: latin-9 """\\.odcs.yaml'))

    assert "latin-9" in (loaded(source).__doc__ or "")
    compile(source.encode(), "x.py", "exec")


def test_a_table_is_made_from_rows_with_the_schema_and_back() -> None:
    module = loaded(source_of(FLIGHTS))
    rows = [
        {"origin": "JFK", "carrier": "UA", "arr delay": 2.5, "stops": [{"airport": "ORD"}]},
        {"origin": "EWR", "carrier": None, "arr delay": None, "stops": []},
    ]

    table = pa.Table.from_pylist(rows, schema=module.arrived_flights_schema())

    assert table.to_pylist() == rows
    assert table.schema.field("origin").type == pa.string()
    table.validate(full=True)


def test_rows_that_are_not_as_the_schema_says_make_no_table() -> None:
    schema = loaded(source_of(FLIGHTS)).arrived_flights_schema()

    with pytest.raises(pa.ArrowException):
        pa.Table.from_pylist([{"arr delay": "late"}], schema=schema)


def test_the_data_class_is_frozen_and_its_types_can_be_asked_for() -> None:
    module = loaded(source_of(FLIGHTS))
    row = module.ArrivedFlights("JFK", "UA", 2.5, [module.ArrivedFlightsStops("ORD")])

    assert dataclasses.asdict(row)["stops"] == [{"airport": "ORD"}]
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.origin = "EWR"
    types = hints(module, "ArrivedFlights")
    assert types["origin"] is str
    assert types["carrier"] == typing.Optional[typing.Literal["AA", "UA"]]
    assert types["arr_delay"] == typing.Optional[float]
    assert typing.get_args(types["stops"]) == (module.ArrivedFlightsStops,)
    assert typing.get_args(hints(module, "ArrivedFlightsRow")["stops"]) == (module.ArrivedFlightsStopsRow,)


def test_a_field_that_is_called_otherwise_names_its_column() -> None:
    module = loaded(source_of(FLIGHTS))

    named = {field.name: field.metadata.get("column") for field in dataclasses.fields(module.ArrivedFlights)}

    assert named == {"origin": None, "carrier": None, "arr_delay": "arr delay", "stops": None}


def test_row_types_need_no_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)

    module = loaded(source_of(FLIGHTS))

    assert module.ArrivedFlightsStopsRow(airport="ORD") == {"airport": "ORD"}
    with pytest.raises(ImportError):
        module.arrived_flights_schema()


def test_the_same_contract_gives_the_same_text() -> None:
    assert source_of(FLIGHTS) == source_of(contract(*FLIGHTS.objects[0].fields, description="Flights that arrived."))


def test_the_source_is_that_of_python_3_9() -> None:
    ast.parse(source_of(FLIGHTS), feature_version=(3, 9))


# --- Types ------------------------------------------------------------------------------------------------------------

L = LogicalType


def physical(text: str, family: Family, type: L | None = None, **parts: Any) -> Field:
    """A column of a physical type."""
    members = {name: parts.pop(name) for name in ("format", "with_timezone", "default_timezone") if name in parts}
    return Field("x", type, physical_type=PhysicalType(text, family, **parts), **members)


@pytest.mark.parametrize(
    ("field", "python", "arrow"),
    [
        pytest.param(Field("x", L.STRING), str, pa.string(), id="string"),
        pytest.param(Field("x", L.STRING, format="uuid"), str, pa.string(), id="uuid"),
        pytest.param(Field("x", L.INTEGER), int, pa.int64(), id="integer"),
        pytest.param(Field("x", L.INTEGER, format="i8"), int, pa.int8(), id="i8"),
        pytest.param(Field("x", L.INTEGER, format="u32"), int, pa.uint32(), id="u32"),
        pytest.param(Field("x", L.INTEGER, format="i128"), decimal.Decimal, pa.decimal256(39, 0), id="i128"),
        pytest.param(Field("x", L.NUMBER), float, pa.float64(), id="number"),
        pytest.param(Field("x", L.NUMBER, format="f32"), float, pa.float32(), id="f32"),
        pytest.param(Field("x", L.BOOLEAN), bool, pa.bool_(), id="boolean"),
        pytest.param(Field("x", L.DATE), datetime.date, pa.date32(), id="date"),
        pytest.param(Field("x", L.TIME), datetime.time, pa.time64("us"), id="time"),
        pytest.param(Field("x", L.TIMESTAMP), datetime.datetime, pa.timestamp("us"), id="timestamp"),
        pytest.param(
            Field("x", L.TIMESTAMP, with_timezone=True),
            datetime.datetime,
            pa.timestamp("us", tz="UTC"),
            id="timestamp-with-zone",
        ),
        pytest.param(
            Field("x", L.TIMESTAMP, with_timezone=True, default_timezone="Europe/Berlin"),
            datetime.datetime,
            pa.timestamp("us", tz="Europe/Berlin"),
            id="timestamp-with-its-zone",
        ),
        pytest.param(physical("smallint", Family.INTEGER, L.INTEGER, bits=16), int, pa.int16(), id="smallint"),
        pytest.param(physical("mediumint", Family.INTEGER, bits=24), int, pa.int32(), id="three-bytes"),
        pytest.param(physical("uint8", Family.INTEGER, bits=8, is_signed=False), int, pa.uint8(), id="unsigned"),
        pytest.param(physical("int8", Family.INTEGER, L.INTEGER), int, pa.int64(), id="width-left-open"),
        pytest.param(physical("int8", Family.INTEGER, L.INTEGER, format="i8"), int, pa.int8(), id="width-by-format"),
        pytest.param(physical("hugeint", Family.INTEGER, bits=128), decimal.Decimal, pa.decimal256(39, 0), id="hugeint"),
        pytest.param(physical("real", Family.FLOAT, L.NUMBER), float, pa.float64(), id="float-left-open"),
        pytest.param(physical("float32", Family.FLOAT, L.NUMBER, bits=32), float, pa.float32(), id="float32"),
        pytest.param(physical("half", Family.FLOAT, L.NUMBER, bits=16), float, pa.float16(), id="float16"),
        pytest.param(
            physical("decimal(10,2)", Family.DECIMAL, L.NUMBER, precision=10, scale=2),
            decimal.Decimal,
            pa.decimal128(10, 2),
            id="decimal",
        ),
        pytest.param(
            physical("numeric(50,2)", Family.DECIMAL, L.NUMBER, precision=50, scale=2),
            decimal.Decimal,
            pa.decimal256(50, 2),
            id="wide-decimal",
        ),
        pytest.param(
            physical("decimal256(5, 2)", Family.DECIMAL, L.NUMBER, precision=5, scale=2),
            decimal.Decimal,
            pa.decimal256(5, 2),
            id="arrows-wide-decimal",
        ),
        pytest.param(physical("numeric", Family.DECIMAL, L.NUMBER), decimal.Decimal, pa.decimal128(38, 9), id="any-numeric"),
        pytest.param(
            physical("numeric", Family.DECIMAL, L.INTEGER), decimal.Decimal, pa.decimal128(38, 0), id="whole-numeric"
        ),
        pytest.param(
            physical("number(10)", Family.DECIMAL, L.NUMBER, precision=10),
            decimal.Decimal,
            pa.decimal128(10, 0),
            id="precision-alone",
        ),
        pytest.param(physical("bit", Family.BOOLEAN), bool, pa.bool_(), id="bit"),
        pytest.param(physical("varchar(18)", Family.STRING, max_length=18), str, pa.string(), id="varchar"),
        pytest.param(physical("large_string", Family.STRING), str, pa.large_string(), id="large-string"),
        pytest.param(physical("varchar", Family.STRING, L.DATE), str, pa.string(), id="date-kept-as-text"),
        pytest.param(physical("bytea", Family.BINARY, L.STRING), bytes, pa.binary(), id="binary"),
        pytest.param(physical("large_binary", Family.BINARY), bytes, pa.large_binary(), id="large-binary"),
        pytest.param(physical("fixed_size_binary[16]", Family.BINARY), bytes, pa.binary(16), id="binary-of-one-size"),
        pytest.param(physical("date32[day]", Family.DATE), datetime.date, pa.date32(), id="date32"),
        pytest.param(physical("date64[ms]", Family.DATE), datetime.date, pa.date64(), id="date64"),
        pytest.param(physical("time32[ms]", Family.TIME), datetime.time, pa.time32("ms"), id="time32"),
        pytest.param(physical("TIME64[ns]", Family.TIME), datetime.time, pa.time64("ns"), id="time64"),
        pytest.param(physical("time", Family.TIME), datetime.time, pa.time64("us"), id="sql-time"),
        pytest.param(
            physical("timestamp[ns]", Family.TIMESTAMP, with_timezone=None),
            datetime.datetime,
            pa.timestamp("ns"),
            id="arrow-timestamp",
        ),
        pytest.param(
            physical("timestamp[ms, tz=+02:00]", Family.TIMESTAMP),
            datetime.datetime,
            pa.timestamp("ms", tz="+02:00"),
            id="arrow-timestamp-with-zone",
        ),
        pytest.param(
            Field("x", L.TIMESTAMP, physical_type=PhysicalType("timestamptz", Family.TIMESTAMP, with_timezone=True)),
            datetime.datetime,
            pa.timestamp("us", tz="UTC"),
            id="timestamptz",
        ),
        pytest.param(
            Field("x", L.TIMESTAMP, with_timezone=True, physical_type=PhysicalType("timestamp(3)", Family.TIMESTAMP)),
            datetime.datetime,
            pa.timestamp("ms", tz="UTC"),
            id="digits-of-a-second",
        ),
        pytest.param(
            physical("TIMESTAMP_NS", Family.TIMESTAMP), datetime.datetime, pa.timestamp("ns"), id="unit-in-the-name"
        ),
    ],
)
def test_a_column_has_the_types_of_its_contract(field: Field, python: type, arrow: pa.DataType) -> None:
    module = loaded(source_of(contract(dataclasses.replace(field, required=True), name="t")))

    assert hints(module, "TRow") == {"x": python}
    assert hints(module, "T") == {"x": python}
    assert module.t_schema() == pa.schema([pa.field("x", arrow, nullable=False)])


@pytest.mark.parametrize(
    ("field", "python", "arrow", "value"),
    [
        pytest.param(
            Field("x", L.ARRAY, items=Field("", L.INTEGER)),
            list[typing.Optional[int]],
            pa.list_(pa.int64()),
            [1, None],
            id="array",
        ),
        pytest.param(
            Field("x", L.ARRAY, items=Field("", L.ARRAY, required=True, items=Field("", L.STRING, required=True))),
            list[list[str]],
            pa.list_(pa.field("item", pa.list_(pa.field("item", pa.string(), nullable=False)), nullable=False)),
            [["a"], []],
            id="array-of-arrays",
        ),
        pytest.param(
            Field("x", L.MAP, map_key=Field("", L.STRING), map_value=Field("", L.NUMBER, required=True)),
            list[tuple[str, float]],
            pa.map_(pa.string(), pa.field("value", pa.float64(), nullable=False)),
            [("a", 1.5)],
            id="map",
        ),
        pytest.param(
            Field("x", L.MAP, map_key=Field("", L.INTEGER), map_value=Field("", L.DATE)),
            list[tuple[int, typing.Optional[datetime.date]]],
            pa.map_(pa.int64(), pa.date32()),
            [(1, None)],
            id="map-with-nulls",
        ),
        pytest.param(
            Field("x", L.VECTOR, dimensions=2),
            list[float],
            pa.list_(pa.field("item", pa.float32(), nullable=False), 2),
            [0.5, 1.5],
            id="vector",
        ),
        pytest.param(
            Field("x", L.VECTOR, dimensions=3, element_type="int8"),
            list[int],
            pa.list_(pa.field("item", pa.int8(), nullable=False), 3),
            [1, 2, 3],
            id="vector-of-integers",
        ),
    ],
)
def test_a_nested_column_has_the_types_of_its_contract(
    field: Field, python: Any, arrow: pa.DataType, value: Sequence[object]
) -> None:
    module = loaded(source_of(contract(field, name="t")))

    assert hints(module, "TRow") == {"x": typing.Optional[python]}
    assert module.t_schema() == pa.schema([pa.field("x", arrow)])
    assert pa.Table.from_pylist([{"x": value}, {"x": None}], schema=module.t_schema()).to_pylist()[0] == {"x": value}


def test_objects_in_objects_have_classes_of_their_own() -> None:
    place = Field(
        "place",
        L.OBJECT,
        required_members=("city",),
        fields=(
            column("city"),
            Field("at", L.OBJECT, required=True, fields=(Field("lat", L.NUMBER, required=True),)),
        ),
        description="Where it is.",
    )

    module = loaded(source_of(contract(place, name="airports")))

    assert module.airports_schema().field("place").type == pa.struct(
        [
            pa.field("city", pa.string(), nullable=False),
            pa.field("at", pa.struct([pa.field("lat", pa.float64(), nullable=False)]), nullable=False),
        ]
    )
    assert hints(module, "AirportsPlace") == {"city": str, "at": module.AirportsPlaceAt}
    assert hints(module, "AirportsPlaceRow") == {"city": str, "at": module.AirportsPlaceAtRow}
    assert module.AirportsPlace.__doc__ == "Where it is."


@pytest.mark.parametrize(
    ("field", "python"),
    [
        pytest.param(Field("x"), typing.Any, id="no-type"),
        pytest.param(Field("x", L.OBJECT), typing.Optional[dict[str, typing.Any]], id="any-object"),
        pytest.param(Field("x", L.ARRAY), typing.Optional[list[typing.Any]], id="any-array"),
        pytest.param(physical("list", Family.LIST), typing.Any, id="list-of-unknown-items"),
        pytest.param(
            physical("numeric(90,2)", Family.DECIMAL, precision=90, scale=2),
            typing.Optional[decimal.Decimal],
            id="more-digits-than-arrow-has",
        ),
        pytest.param(
            Field("x", L.VECTOR, dimensions=3, element_type="bfloat16"),
            typing.Optional[list[typing.Any]],
            id="vector-of-what-arrow-has-not",
        ),
    ],
)
def test_without_an_exact_arrow_type_there_is_no_schema_and_the_class_says_why(field: Field, python: Any) -> None:
    module = loaded(source_of(contract(field, name="t")))

    assert hints(module, "TRow") == {"x": python}
    assert not hasattr(module, "t_schema")
    assert module.T.__doc__.strip().endswith(
        "There is no Arrow schema of it, since the contract says too little of the type of: 'x'."
    )
    assert "pyarrow as pa" not in source_of(contract(field, name="t"))


def test_an_object_without_columns_has_empty_classes() -> None:
    module = loaded(source_of(contract(name="anything")))

    assert module.Anything() == module.Anything()
    assert hints(module, "AnythingRow") == {}
    assert not hasattr(module, "anything_schema")


# --- Enumerations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "python"),
    [
        pytest.param(column("x", enum=("a", 'b"\n')), typing.Literal["a", 'b"\n'], id="text"),
        pytest.param(
            Field("x", L.INTEGER, enum=(decimal.Decimal(1), decimal.Decimal("2.0"))), typing.Literal[1, 2], id="integers"
        ),
        pytest.param(Field("x", L.BOOLEAN, enum=(True,)), typing.Literal[True], id="boolean"),
        pytest.param(Field("x", L.NUMBER, enum=(decimal.Decimal("0.5"),)), float, id="no-literals-of-numbers"),
        pytest.param(Field("x", L.DATE, enum=(datetime.date(2013, 1, 1),)), datetime.date, id="no-literals-of-dates"),
        pytest.param(column("x", enum=()), str, id="none"),
    ],
)
def test_an_enumeration_is_a_literal_where_python_has_such(field: Field, python: Any) -> None:
    module = loaded(source_of(contract(dataclasses.replace(field, required=True), name="t")))

    assert hints(module, "TRow") == {"x": python}


def test_a_long_enumeration_has_a_value_a_line() -> None:
    states = tuple(f"state {number}" for number in range(50))

    source = source_of(contract(column("state", enum=states)))

    assert 'ArrivedFlightsState = Literal[\n    "state 0",\n    "state 1",\n' in source
    assert max(map(len, source.splitlines())) <= 120
    assert typing.get_args(loaded(source).ArrivedFlightsState) == states


# --- Descriptions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('He said "yes"', id="quote-at-the-end"),
        pytest.param('"""', id="three-quotes"),
        pytest.param('a """"" b "', id="many-quotes"),
        pytest.param("C:\\new\\", id="backslashes"),
        pytest.param('\\"', id="backslash-and-quote"),
        pytest.param("# type: ignore\n# mypy: ignore-errors", id="comments-for-checkers"),
        pytest.param("one\n\n  two\n", id="several-lines"),
        pytest.param("turned \u202e around \x1b[31m red", id="invisible-characters"),
        pytest.param("größer 数据 \U0001f680", id="other-alphabets"),
        pytest.param("{x} %s \\N{DASH} \\u0041", id="templates"),
        pytest.param("word " * 80, id="long"),
    ],
)
def test_any_description_is_a_docstring(text: str) -> None:
    source = source_of(contract(column("x", description=text), description=text))

    tree = ast.parse(source)
    data_class = next(one for one in tree.body if isinstance(one, ast.ClassDef))
    assert (ast.get_docstring(data_class) or "").split() == text.split()
    behind = data_class.body[2]
    assert isinstance(behind, ast.Expr) and isinstance(behind.value, ast.Constant)
    assert str(behind.value.value).split() == text.split()
    assert max(map(len, source.splitlines())) <= 120
    assert all(line.isprintable() for line in source.splitlines())
    assert "\n# " not in source.split('"""', 2)[0]


def test_what_is_deprecated_says_so() -> None:
    source = source_of(contract(column("x", is_deprecated=True), is_deprecated=True, description="Old flights."))

    tree = ast.parse(source)
    data_class = next(one for one in tree.body if isinstance(one, ast.ClassDef))
    assert ast.get_docstring(data_class) == "Deprecated.\n\nOld flights."
    assert "    x: Optional[str]  # deprecated\n" in source


# --- The command ------------------------------------------------------------------------------------------------------

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: flights
version: 1.0.0
status: active
schema:
  - name: flights
    deprecated: true
    properties:
      - {name: origin, physicalName: Origin Airport, logicalType: string, required: true}
      - {name: price, logicalType: number, physicalType: "decimal(10,2)", deprecated: true, description: In euros.}
"""


def test_the_command_prints_the_source(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(CONTRACT)

    exit_code = main(["code", "--file", str(tmp_path / "x.yaml"), "--name", FILE])

    out, err = capsys.readouterr()
    assert (exit_code, err) == (0, "")
    assert out.startswith(f'"""Generated from the contract {FILE}: do not edit')
    module = loaded(out)
    assert (module.Flights.__doc__ or "").startswith("Deprecated.")
    assert '    """Deprecated. In euros."""\n' in out
    assert module.flights_schema() == pa.schema(
        [pa.field("Origin Airport", pa.string(), nullable=False), pa.field("price", pa.decimal128(10, 2))]
    )


def test_a_contract_with_mistakes_gives_no_source(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(CONTRACT.replace("logicalType: number", "logicalType: numbr"))

    exit_code = main(["code", "--file", str(tmp_path / "x.yaml"), "--name", FILE])

    out, err = capsys.readouterr()
    assert (exit_code, out) == (1, "")
    assert err.startswith(f"ContractError: {FILE}:11:")
    assert "Did you mean 'number'?" in err
