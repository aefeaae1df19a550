"""Rules within objects, arrays and maps: in typed data, in JSON, and in JSON that stands in a field of CSV."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from validation_checks import at_least, broken, must, of, report_of, write_lines, write_table
from wombat_tool.contracts.model import Field, LogicalType, Metric, QualityRule, SchemaObject

TEXT, INTEGER, OBJECT = LogicalType.STRING, LogicalType.INTEGER, LogicalType.OBJECT
ARRAY, MAP, VECTOR = LogicalType.ARRAY, LogicalType.MAP, LogicalType.VECTOR
FORMATS = ("parquet", "arrow", "jsonl", "csv")

ZIP = Field("zip", TEXT, required=True, max_length=5)
ADDRESS = Field("address", OBJECT, fields=(ZIP, Field("floor", INTEGER, minimum=at_least("0"))))
ADDRESSES = pa.struct([("zip", pa.string()), ("floor", pa.int64())])


def write(path: Path, format: str, values: list[Any], type: pa.DataType, name: str = "x") -> Path:
    """A column of nested values."""
    if format in ("parquet", "arrow"):
        return write_table(path / "data", format, pa.table({name: pa.array(values, type)}))
    values = [_as_json(value, type) for value in values]
    if format == "jsonl":
        return write_lines(path / "data", *({name: value} for value in values))
    fields = ("" if value is None else json.dumps(value).replace('"', '""') for value in values)
    return write_lines(path / "data", name, *(field and f'"{field}"' for field in fields))


def _as_json(value: Any, type: pa.DataType) -> Any:
    return dict(value) if pa.types.is_map(type) and value is not None else value


@pytest.mark.parametrize("format", FORMATS)
def test_members_have_rules_where_their_object_is_there(format: str, tmp_path: Path) -> None:
    values = [{"zip": "12345", "floor": 1}, {"zip": "123456", "floor": -1}, {"zip": None, "floor": None}, None]
    path = write(tmp_path, format, values, ADDRESSES, "address")

    found = report_of(path, format, of(ADDRESS)).violations

    assert [(one.column, one.rule, one.count, one.rows[0].row, one.rows[0].value) for one in found] == [
        ("address.zip", "required", 1, 3, None),
        ("address.zip", "maxLength", 1, 2, "123456"),
        ("address.floor", "minimum", 1, 2, "-1"),
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_items_have_rules_and_rows_are_counted(format: str, tmp_path: Path) -> None:
    values = [["a", "bb"], ["ccc", "dddd", None], [], None]
    path = write(tmp_path, format, values, pa.list_(pa.string()), "tags")
    field = Field("tags", ARRAY, items=Field("", TEXT, required=True, max_length=2), min_items=1, max_items=2)

    found = report_of(path, format, of(field)).violations

    assert [(one.column, one.rule, one.count, one.rows[0].row, one.rows[0].value) for one in found] == [
        ("tags", "minItems", 1, 3, "[]"),
        ("tags", "maxItems", 1, 2, found[1].rows[0].value),
        ("tags[]", "required", 1, 2, None),
        ("tags[]", "maxLength", 1, 2, "ccc"),
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_objects_in_arrays_in_arrays_are_reached(format: str, tmp_path: Path) -> None:
    values = [[[{"n": 1}], [{"n": 2}, {"n": 30}]], [[{"n": None}, None], None], [], None]
    path = write(tmp_path, format, values, pa.list_(pa.list_(pa.struct([("n", pa.int64())]))))
    n = Field("n", INTEGER, required=True, maximum=at_least("10"))
    field = Field("x", ARRAY, items=Field("", ARRAY, items=Field("", OBJECT, fields=(n,)), max_items=1))

    found = report_of(path, format, of(field)).violations

    assert [(one.column, one.rule, [row.row for row in one.rows]) for one in found] == [
        ("x[]", "maxItems", [1, 2]),
        ("x[][].n", "required", [2]),
        ("x[][].n", "maximum", [1]),
    ]
    assert found[2].rows[0].value == "30"


@pytest.mark.parametrize("format", FORMATS)
def test_keys_and_values_of_maps_have_rules(format: str, tmp_path: Path) -> None:
    values = [[("a", 1)], [("bb", 2), ("c", 30)], [("d", None)], [], None]
    path = write(tmp_path, format, values, pa.map_(pa.string(), pa.int64()))
    field = Field(
        "x",
        MAP,
        map_key=Field("", TEXT, pattern="^.$"),
        map_value=Field("", INTEGER, required=True, maximum=at_least("9")),
        min_properties=1,
        max_properties=1,
    )

    found = report_of(path, format, of(field)).violations

    assert [(one.column, one.rule, [row.row for row in one.rows]) for one in found] == [
        ("x", "minProperties", [4]),
        ("x", "maxProperties", [2]),
        ("x.key", "pattern", [2]),
        ("x.value", "required", [3]),
        ("x.value", "maximum", [2]),
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_items_may_have_to_differ(format: str, tmp_path: Path) -> None:
    values = [[0.0, 1.0], [1.0, 1.0], [None, None], [None, 1.0], [0.0, -0.0], []]
    path = write(tmp_path, format, values, pa.list_(pa.float64()))
    items = Field("", LogicalType.NUMBER)

    found = report_of(path, format, of(Field("x", ARRAY, items=items, unique_items=True))).violations

    assert [(one.rule, [row.row for row in one.rows]) for one in found] == [("uniqueItems", [2, 3, 5])]


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_unique_within_arrays_is_so_in_each_row(format: str, tmp_path: Path) -> None:
    values = [[{"n": 1}, {"n": 2}], [{"n": 1}, {"n": 1}], [{"n": None}, {"n": None}]]
    path = write(tmp_path, format, values, pa.list_(pa.struct([("n", pa.int64())])))
    items = Field("", OBJECT, fields=(Field("n", INTEGER, unique=True),))

    assert broken(path, format, of(Field("x", ARRAY, items=items))) == [("x[].n", "unique", 1)]


@pytest.mark.parametrize("format", FORMATS)
def test_members_of_objects_may_have_to_be_unique(format: str, tmp_path: Path) -> None:
    path = write(tmp_path, format, [{"n": 1}, {"n": 2}, {"n": 1}, None, None], pa.struct([("n", pa.int64())]))
    n = Field("n", INTEGER, unique=True, quality=(QualityRule("d", Metric.DUPLICATE_VALUES, thresholds=must("Be", 0)),))

    assert broken(path, format, of(Field("x", OBJECT, fields=(n,)))) == [("x.n", "unique", 1), ("x.n", "d", None)]


@pytest.mark.parametrize("format", FORMATS)
def test_a_vector_has_its_dimensions(format: str, tmp_path: Path) -> None:
    path = write(tmp_path, format, [[1.0, 2.0], [1.0], None], pa.list_(pa.float32()))

    assert broken(path, format, of(Field("x", VECTOR, dimensions=2))) == [("x", "dimensions", 1)]


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_lists_of_a_fixed_size_are_lists(format: str, tmp_path: Path) -> None:
    path = write(tmp_path, format, [[1.0, 2.0], [1.0, 3.0], None], pa.list_(pa.float32(), 2))
    field = Field("x", VECTOR, dimensions=3, unique_items=True, items=Field("", LogicalType.NUMBER, maximum=at_least("2")))

    assert broken(path, format, of(field)) == [("x", "dimensions", 2), ("x[]", "maximum", 1)]


@pytest.mark.parametrize("format", FORMATS)
def test_an_object_has_as_many_members_as_it_must(format: str, tmp_path: Path) -> None:
    path = write(tmp_path, format, [{"a": 1, "b": 2}, {"a": 1, "b": None}, None], pa.struct([("a", pa.int8()), ("b", pa.int8())]))
    count = 2 if format in ("parquet", "arrow") else 3
    field = Field("x", OBJECT, min_properties=count)

    found = broken(path, format, of(field))

    # In typed data all members are there, and in JSON a member that is null is one.
    assert found == [("x", "minProperties", 1 if count == 2 else 2)]


@pytest.mark.parametrize("format", FORMATS)
def test_members_that_are_only_required_are_asked_for(format: str, tmp_path: Path) -> None:
    path = write(tmp_path, format, [{"a": 1}, {"a": None}, None], pa.struct([("a", pa.int64())]))

    assert broken(path, format, of(Field("x", OBJECT, required_members=("a",)))) == [("x.a", "required", 1)]


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_a_member_that_the_type_lacks_is_missing(format: str, tmp_path: Path) -> None:
    path = write(tmp_path, format, [{"a": 1}], pa.struct([("a", pa.int64())]))
    inner = Field("", OBJECT, fields=(Field("b"),))

    report = report_of(path, format, of(Field("x", OBJECT, fields=(Field("b"),), required_members=("c",))))

    assert [(one.column, one.rule) for one in report.violations] == [("x.b", "present"), ("x.c", "present")]
    nested = write(tmp_path, format, [[{"a": 1}]], pa.list_(pa.struct([("a", pa.int64())])))
    assert broken(nested, format, of(Field("x", ARRAY, items=inner))) == [("x[].b", "present", None)]


def test_a_member_that_json_lacks_is_null(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data", {"x": {"zip": "1"}}, {"x": {"floor": 1}}, {"x": {}}, {"x": "y"}, {})
    schema = of(Field("x", OBJECT, fields=ADDRESS.fields))

    assert broken(path, "jsonl", schema) == [("x", "logicalType", 1), ("x.zip", "required", 2)]


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_a_wrong_type_within_is_found_without_reading(format: str, tmp_path: Path) -> None:
    type = pa.struct([("zip", pa.int64()), ("floor", pa.list_(pa.string()))])
    path = write(tmp_path, format, [{"zip": 1, "floor": []}], type, "address")

    report = report_of(path, format, of(ADDRESS))

    assert [one.message for one in report.violations] == [
        "address.zip: logicalType (string) is violated: the type is int64",
        "address.floor: logicalType (integer) is violated: the type is list<element: string>"
        if format == "parquet"
        else "address.floor: logicalType (integer) is violated: the type is list<item: string>",
    ]
    assert [(one.column, one.rule) for one in report.not_checked] == [
        ("address.zip", "maxLength"),
        ("address.floor", "minimum"),
    ]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ['a"b', "it's", "a/b~c", "a.b", "*", "$", "0", "[]", "größe", "a b"])
def test_hostile_names_of_members_are_names(name: str, format: str, tmp_path: Path) -> None:
    path = write(tmp_path, format, [{name: 1, "other": 9}, {name: 2, "other": 9}], pa.struct([(name, pa.int64()), ("other", pa.int64())]))
    schema = of(Field("x", OBJECT, fields=(Field(name, INTEGER, maximum=at_least("1")),)))

    assert broken(path, format, schema) == [(f"x.{name}", "maximum", 1)]


@pytest.mark.parametrize(
    ("format", "names"),
    [
        *((format, names) for format in FORMATS for names in (("", "a"), ("a", ""))),
        *((format, names) for format in ("jsonl", "csv") for names in (("a", "A"), ("A", "a"))),
    ],
)
def test_members_whose_names_sql_does_not_tell_apart_are_told_apart(
    format: str, names: tuple[str, str], tmp_path: Path
) -> None:
    first, second = names
    values = [{first: 1, second: 2}, {first: 1, second: 3}]
    path = write(tmp_path, format, values, pa.struct([(first, pa.int64()), (second, pa.int64())]))
    fields = (Field(first, INTEGER, maximum=at_least("1")), Field(second, INTEGER, maximum=at_least("2")))
    query = QualityRule("q", query="SELECT count(x) FROM data", thresholds=must("Be", 2))

    found = broken(path, format, of(Field("x", OBJECT, fields=fields), quality=(query,)))

    assert found == [(f"x.{second}", "maximum", 1)]


def test_metrics_of_nested_columns_count_rows(tmp_path: Path) -> None:
    values = [["a", None], ["b", "b"], ["x"], None]
    path = write(tmp_path, "parquet", values, pa.list_(pa.string()), "tags")
    rules = (
        QualityRule("nulls", Metric.NULL_VALUES, thresholds=must("Be", 0)),
        QualityRule("twice", Metric.DUPLICATE_VALUES, thresholds=must("Be", 0)),
        QualityRule("valid", Metric.INVALID_VALUES, thresholds=must("Be", 0), valid_values=("a", "b")),
    )
    field = Field("tags", ARRAY, items=Field("", TEXT, quality=rules))

    assert broken(path, "parquet", of(field)) == [
        ("tags[]", "nulls", 1),
        ("tags[]", "twice", 1),
        ("tags[]", "valid", 1),
    ]


def test_a_deep_contract_is_no_problem(tmp_path: Path) -> None:
    field, type = Field("z", INTEGER, maximum=at_least("1")), pa.struct([("z", pa.int64())])
    value: dict[str, Any] = {"z": 2}
    for name in "yxwvuts":
        field, value, type = Field(name, OBJECT, fields=(field,)), {name: value}, pa.struct([(name, type)])
    schema: SchemaObject = of(Field("top", OBJECT, fields=(field,)))

    for format in FORMATS:
        path = write(tmp_path, format, [value], type, "top")
        assert broken(path, format, schema) == [("top.s.t.u.v.w.x.y.z", "maximum", 1)]


def test_multiples_are_told_within_arrays_too(tmp_path: Path) -> None:
    path = write(tmp_path, "jsonl", [[0.1, 0.3], [0.25]], pa.list_(pa.float64()))
    field = Field("x", ARRAY, items=Field("", LogicalType.NUMBER, multiple_of=Decimal("0.1")))

    assert broken(path, "jsonl", of(field)) == [("x[]", "multipleOf", 1)]
