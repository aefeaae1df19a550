"""Types of typed data against those of the contract: which fit, and what is told of those that do not."""

from __future__ import annotations

import pyarrow as pa
import pytest

from wombat_tool.contracts.model import Family, Field, LogicalType, PhysicalType
from wombat_tool.contracts.physical_types import parse_physical_type
from wombat_tool.validation.structure import type_findings

L = LogicalType
TEXTS = {pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string()), pa.uuid()}
INTEGERS = {pa.int8(), pa.int64(), pa.uint64(), pa.dictionary(pa.int8(), pa.int32()), pa.decimal128(10, 0)}
FLOATS = {pa.float16(), pa.float32(), pa.float64(), pa.decimal128(10, 2), pa.decimal256(50, 2)}
DATES = {pa.date32(), pa.date64()}
TIMES = {pa.time32("s"), pa.time64("ns")}
TIMESTAMPS = {pa.timestamp("s"), pa.timestamp("ns", "UTC")}
ARRAYS = {pa.list_(pa.int8()), pa.large_list(pa.int8()), pa.list_(pa.int8(), 3), pa.list_view(pa.int8())}
OBJECTS = {pa.struct([("a", pa.int8())])}
MAPS = {pa.map_(pa.string(), pa.int8())}
BYTES = {pa.binary(), pa.large_binary(), pa.binary(3)}
BOOLEANS = {pa.bool_()}
OTHERS = {pa.duration("s"), pa.month_day_nano_interval()}
ALL = TEXTS | INTEGERS | FLOATS | DATES | TIMES | TIMESTAMPS | ARRAYS | OBJECTS | MAPS | BYTES | BOOLEANS | OTHERS


def findings(field: Field, type: pa.DataType) -> list[tuple[str, str, str]]:
    """Rule, path and what is expected."""
    return [(one.rule, one.path, one.expected) for one in type_findings(field, type, "x")]


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        pytest.param(L.STRING, TEXTS, id="string"),
        pytest.param(L.INTEGER, INTEGERS, id="integer"),
        pytest.param(L.NUMBER, INTEGERS | FLOATS, id="number"),
        pytest.param(L.BOOLEAN, BOOLEANS, id="boolean"),
        pytest.param(L.DATE, DATES, id="date"),
        pytest.param(L.TIME, TIMES, id="time"),
        pytest.param(L.TIMESTAMP, TIMESTAMPS, id="timestamp"),
        pytest.param(L.ARRAY, ARRAYS, id="array"),
        pytest.param(L.VECTOR, ARRAYS, id="vector"),
        pytest.param(L.OBJECT, OBJECTS, id="object"),
        pytest.param(L.MAP, MAPS, id="map"),
    ],
)
def test_a_logical_type_is_that_of_these_types_and_no_others(kind: LogicalType, types: set[pa.DataType]) -> None:
    fitting = {type for type in ALL if not findings(Field("x", kind), type)}

    assert fitting == types
    assert findings(Field("x", kind), pa.null()) == []
    # A type that does not fit is named once, and what is wrong within it is not told.
    assert all(findings(Field("x", kind), type) == [("logicalType", "x", kind.value)] for type in ALL - types)


def test_without_a_type_in_the_contract_all_fit() -> None:
    assert all(findings(Field("x"), type) == [] for type in ALL)


@pytest.mark.parametrize(
    ("physical", "fitting", "other"),
    [
        pytest.param("int", [pa.int8(), pa.int32(), pa.uint16(), pa.decimal128(9, 0)], [pa.int64(), pa.uint32(), pa.decimal128(10, 0)], id="int"),
        pytest.param("bigint", [pa.int64(), pa.uint32(), pa.decimal128(18, 0)], [pa.uint64(), pa.float64()], id="bigint"),
        pytest.param("uint8", [pa.uint8()], [pa.int8(), pa.uint16()], id="uint8"),
        pytest.param("double", [pa.float64(), pa.float16(), pa.int32()], [pa.int64(), pa.decimal128(5, 2)], id="double"),
        pytest.param("float32", [pa.float32(), pa.int16()], [pa.float64(), pa.int32()], id="float32"),
        pytest.param("decimal(10,2)", [pa.decimal128(10, 2), pa.decimal128(9, 1), pa.int16()], [pa.decimal128(10, 1), pa.decimal128(11, 2), pa.decimal128(5, 3), pa.int32(), pa.float64()], id="decimal"),
        pytest.param("decimal", [pa.decimal128(38, 10), pa.int64()], [pa.float32()], id="decimal-of-any-size"),
        pytest.param("varchar(18)", [pa.string(), pa.large_string()], [pa.binary(), pa.int8()], id="varchar"),
        pytest.param("bytea", [pa.binary(), pa.binary(3)], [pa.string()], id="bytes"),
        pytest.param("boolean", [pa.bool_()], [pa.int8()], id="boolean"),
        pytest.param("date", [pa.date32()], [pa.timestamp("us")], id="date"),
        pytest.param("timestamp", [pa.timestamp("us"), pa.timestamp("ns", "UTC")], [pa.date32()], id="timestamp"),
        pytest.param("timestamptz", [pa.timestamp("us", "UTC")], [pa.timestamp("us")], id="timestamptz"),
        pytest.param("timestamp_ntz", [pa.timestamp("us")], [pa.timestamp("us", "UTC")], id="timestamp_ntz"),
        pytest.param("array<int>", [pa.list_(pa.int8())], [pa.map_(pa.int8(), pa.int8())], id="array"),
        pytest.param("struct<a int>", [pa.struct([("a", pa.int8())])], [pa.list_(pa.int8())], id="struct"),
        pytest.param("map<string,int>", [pa.map_(pa.string(), pa.int8())], [pa.struct([("a", pa.int8())])], id="map"),
    ],
)
def test_a_physical_type_holds_every_value_of_a_type_that_fits(
    physical: str, fitting: list[pa.DataType], other: list[pa.DataType]
) -> None:
    field = Field("x", physical_type=parse_physical_type(physical))
    assert field.physical_type is not None

    assert [findings(field, type) for type in fitting] == [[]] * len(fitting)
    for type in other:
        ((rule, path, expected),) = findings(field, type)
        assert (rule, path, expected.split(" (")[0]) == ("physicalType", "x", physical)


def test_a_physical_type_is_told_besides_the_logical_one() -> None:
    physical = PhysicalType("int", Family.INTEGER, bits=32)

    assert findings(Field("x", L.INTEGER, physical), pa.int64()) == [("physicalType", "x", "int")]
    assert findings(Field("x", L.INTEGER, physical), pa.string()) == [("logicalType", "x", "integer")]


@pytest.mark.parametrize(
    ("kind", "physical", "type", "expected"),
    [
        # ODCS 3.0 has no other logical type for moments than "date", and none for maps.
        pytest.param(L.DATE, "timestamp", pa.timestamp("us"), [], id="date-is-timestamp"),
        pytest.param(L.DATE, "timestamp", pa.date32(), [("logicalType", "x", "date")], id="date-is-no-date"),
        pytest.param(L.OBJECT, "map<string,int>", pa.map_(pa.string(), pa.int8()), [], id="object-is-map"),
        pytest.param(L.STRING, "bytea", pa.binary(), [], id="string-is-bytes"),
        pytest.param(L.DATE, "varchar", pa.string(), [], id="date-as-text"),
        pytest.param(L.NUMBER, "varchar(9)", pa.string(), [], id="number-as-text"),
        pytest.param(L.DATE, "varchar", pa.date32(), [("logicalType", "x", "date held as varchar")], id="date-not-as-text"),
    ],
)
def test_a_physical_type_says_more_than_a_logical_one(
    kind: LogicalType, physical: str, type: pa.DataType, expected: list[tuple[str, str, str]]
) -> None:
    assert findings(Field("x", kind, parse_physical_type(physical)), type) == expected


@pytest.mark.parametrize(
    ("field", "type", "expected"),
    [
        pytest.param(Field("x", L.INTEGER, format="i32"), pa.int32(), [], id="i32"),
        pytest.param(Field("x", L.INTEGER, format="i32"), pa.int64(), [("format", "x", "i32")], id="i32-is-int64"),
        pytest.param(Field("x", L.INTEGER, format="u8"), pa.int8(), [("format", "x", "u8")], id="u8-is-int8"),
        pytest.param(Field("x", L.NUMBER, format="f32"), pa.float64(), [("format", "x", "f32")], id="f32-is-float64"),
        pytest.param(Field("x", L.NUMBER, format="f64"), pa.float32(), [], id="f64"),
        pytest.param(Field("x", L.STRING, format="i32"), pa.string(), [], id="text"),
        pytest.param(Field("x", L.TIMESTAMP, with_timezone=True), pa.timestamp("us", "UTC"), [], id="zone"),
        pytest.param(
            Field("x", L.TIMESTAMP, with_timezone=True), pa.timestamp("us"), [("timezone", "x", "a time zone")], id="no-zone"
        ),
        pytest.param(
            Field("x", L.TIMESTAMP, with_timezone=False),
            pa.timestamp("us", "UTC"),
            [("timezone", "x", "no time zone")],
            id="unwanted-zone",
        ),
        pytest.param(Field("x", L.VECTOR, element_type="float32"), pa.list_(pa.float32()), [], id="vector"),
        pytest.param(
            Field("x", L.VECTOR, element_type="float32"),
            pa.list_(pa.float64()),
            [("logicalType", "x", "vector of float32")],
            id="vector-of-others",
        ),
        pytest.param(Field("x", L.VECTOR, element_type="binary"), pa.list_(pa.uint8()), [], id="vector-of-bits"),
        pytest.param(
            Field("x", L.VECTOR), pa.list_(pa.string()), [("logicalType", "x", "vector of numbers")], id="vector-of-text"
        ),
    ],
)
def test_options_say_more_about_a_type(field: Field, type: pa.DataType, expected: list[tuple[str, str, str]]) -> None:
    assert findings(field, type) == expected


def test_types_within_types_are_held_against_the_contract() -> None:
    zip_code = Field("zip", L.STRING)
    field = Field(
        "x",
        L.OBJECT,
        fields=(
            Field("tags", L.ARRAY, items=Field("", L.STRING)),
            Field("labels", L.MAP, map_key=Field("", L.STRING), map_value=Field("", L.OBJECT, fields=(zip_code,))),
            Field("gone"),
        ),
        required_members=("tags", "more"),
    )
    type = pa.struct(
        [
            ("tags", pa.list_(pa.int8())),
            ("labels", pa.map_(pa.int8(), pa.struct([("zip", pa.int8())]))),
            ("extra", pa.int8()),
        ]
    )

    assert findings(field, type) == [
        ("logicalType", "x.tags[]", "string"),
        ("logicalType", "x.labels.key", "string"),
        ("logicalType", "x.labels.value.zip", "string"),
        ("present", "x.gone", "a member of this name"),
        ("present", "x.more", "a member of this name"),
    ]


def test_a_finding_says_which_type_there_is() -> None:
    (finding,) = type_findings(Field("x", L.INTEGER), pa.list_(pa.string()), "x")

    assert finding.problem == "the type is list<item: string>"
