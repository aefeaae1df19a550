"""Values that are there twice, and keys that lead nowhere."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validation_checks import TABULAR, broken, of, report_of, write_lines, write_table
from wombat_tool.contracts.model import Field, LogicalType, Relationship, SchemaObject
from wombat_tool.relations import repeats
from wombat_tool.validation import keys

TEXT, INTEGER, NUMBER = LogicalType.STRING, LogicalType.INTEGER, LogicalType.NUMBER
X = Field("x", INTEGER, unique=True)


@pytest.mark.parametrize("most_hashes", [0, repeats.MOST_HASHES])
@pytest.mark.parametrize("format", TABULAR)
def test_the_rows_that_repeat_a_value_are_named_in_order(
    format: str, most_hashes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "MOST_HASHES", most_hashes)
    values = [5, 1, 1, 5, 7, None, None, 1, 5, 7, 1, 1]
    path = write_table(tmp_path / "data", format, pa.table({"x": pa.array(values, pa.int64())}))

    (found,) = report_of(path, format, of(X)).violations

    assert (found.count, found.share) == (7, 7 / 12)
    assert [(row.row, row.value) for row in found.rows] == [(3, "1"), (4, "5"), (8, "1"), (9, "5"), (10, "7")]
    assert found.message == "x: unique (no value twice) is violated by 7 of 12 rows (58 %), first in row 3: 1"


@pytest.mark.parametrize("format", TABULAR)
def test_a_combination_is_told_with_all_its_values(format: str, tmp_path: Path) -> None:
    data = {"a": [1, 1, 1, 2, None, None], "b": ["x", "y", "x", "x", "z", "z"]}
    path = write_table(tmp_path / "data", format, pa.table(data))
    schema = of(Field("a", INTEGER, required=True), Field("b", TEXT, required=True), primary_key=("a", "b"))

    found = report_of(path, format, schema).violations

    assert [(one.column, one.rule, one.count) for one in found] == [("a", "required", 2), (None, "primaryKey", 1)]
    assert found[1].message == (
        "primaryKey (no combination of a and b twice) is violated by 1 of 6 rows (17 %), first in row 3: a=1, b=x"
    )


@pytest.mark.parametrize("most_hashes", [0, repeats.MOST_HASHES])
@pytest.mark.parametrize("format", TABULAR)
def test_rows_are_named_by_file_in_a_directory(
    format: str, most_hashes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "MOST_HASHES", most_hashes)
    write_table(tmp_path / "data" / "1", format, pa.table({"x": [1, 2]}))
    write_table(tmp_path / "data" / "2", format, pa.table({"x": [3, 1]}))

    (found,) = report_of(tmp_path / "data", format, of(X)).violations

    assert [(row.file, row.row) for row in found.rows] == [("2", 2)]


@pytest.mark.parametrize("format", ["parquet", "arrow"])
@pytest.mark.parametrize(
    ("values", "type", "count"),
    [
        pytest.param([1.5, 1.5, float("nan"), float("nan"), 0.0, -0.0, None, None], pa.float64(), 3, id="float"),
        pytest.param(["a", "A", "a\u0301", "á", "a"], pa.string(), 1, id="text"),
        pytest.param([b"a", b"a", b"b"], pa.binary(), 1, id="bytes"),
        pytest.param([Decimal("1.0"), Decimal("1.00")], pa.decimal128(5, 2), 1, id="decimal"),
        pytest.param([True, False, True], pa.bool_(), 1, id="boolean"),
        pytest.param([0, 2**64 - 1, 2**64 - 1], pa.uint64(), 1, id="uint64"),
        pytest.param([-(2**63), 2**63 - 1, -(2**63)], pa.int64(), 1, id="int64"),
        pytest.param([datetime.date(2024, 1, 1)] * 2, pa.date32(), 1, id="date"),
        pytest.param([[1, 2], [1, 2], [2, 1]], pa.list_(pa.int8()), 1, id="array"),
        pytest.param([{"a": 1}, {"a": 1}, {"a": None}], pa.struct([("a", pa.int8())]), 1, id="object"),
    ],
)
def test_values_of_all_types_are_told_apart(
    values: list[Any], type: pa.DataType, count: int, format: str, tmp_path: Path
) -> None:
    path = write_table(tmp_path / "data", format, pa.table({"x": pa.array(values, type)}))

    assert broken(path, format, of(Field("x", unique=True))) == [("x", "unique", count)]


@pytest.mark.parametrize(
    ("kind", "values", "count"),
    [
        pytest.param(INTEGER, ["1", "+1", "x", "x", "01", "1.0"], 2, id="integer"),
        pytest.param(INTEGER, [str(10**45), str(10**45), str(10**45 + 1)], 1, id="large-integer"),
        pytest.param(NUMBER, ["1", "1.0", "1e0", "0", "-0.0", "0.10", ".1"], 4, id="number"),
        pytest.param(TEXT, ["1", "1.0", "+1", "1"], 1, id="text"),
        pytest.param(LogicalType.BOOLEAN, ["true", "TRUE", "false"], 1, id="boolean"),
        pytest.param(None, ["1", "1.0", "1"], 1, id="anything"),
    ],
)
def test_text_is_the_same_where_it_means_the_same(
    kind: LogicalType | None, values: list[str], count: int, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "data", "x", *values)

    found = report_of(path, "csv", of(Field("x", kind, unique=True))).violations

    assert [one.count for one in found if one.rule == "unique"] == [count]


def test_texts_of_json_are_the_same_however_they_are_escaped(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data", r'{"x": "a"}', r'{"x": "\u0061"}', '{"x": 1}', '{"x": "1"}')

    assert [one for one in broken(path, "jsonl", of(Field("x", TEXT, unique=True))) if one[1] == "unique"] == [
        ("x", "unique", 2)
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-5, 40), st.sampled_from([2**63 - 1, -(2**63), 10**6])), max_size=40))
def test_bits_and_tables_count_the_same(values: list[int | None]) -> None:
    import tempfile

    there = [value for value in values if value is not None]
    with tempfile.TemporaryDirectory() as directory:
        path = write_table(Path(directory) / "data", "parquet", pa.table({"x": pa.array(values, pa.int64())}))
        report = report_of(path, "parquet", of(X))

    found = [(one.count, [row.value for row in one.rows]) for one in report.violations]
    seen: Counter[int] = Counter()
    repeated = [value for value in there if (seen.update([value]), seen[value])[1] > 1]
    assert found == ([(len(repeated), [str(value) for value in repeated[:5]])] if repeated else [])


@pytest.mark.parametrize(("last", "expected"), [(99, []), (7, [("x", "unique", 1)])])
def test_values_with_the_same_hash_are_no_repetitions(
    last: int, expected: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (keys, repeats):
        monkeypatch.setattr(module, "hash_of", lambda parts: f"hash({parts[0]} % 3)")
    monkeypatch.setattr(keys, "_MOST_BITS", 0)
    path = write_table(tmp_path / "data", "parquet", pa.table({"x": [*range(50), last]}))

    assert broken(path, "parquet", of(X)) == expected


@pytest.mark.parametrize("most_bits", [0, 1 << 26])
@pytest.mark.parametrize("last", [99_999, 5])
def test_many_integers_are_told_apart(most_bits: int, last: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_MOST_BITS", most_bits)
    values = [(number * 7) % 100_003 for number in range(50_000)]
    path = write_table(tmp_path / "data", "parquet", pa.table({"x": [*values, 100_002 if last == 99_999 else values[last]]}))

    expected = [] if (last == 99_999 and 100_002 not in values) else [("x", "unique", 1)]
    assert broken(path, "parquet", of(X)) == expected


PARENT = Relationship(("x",), "parents", ("key",))
CHILDREN = of(Field("x", INTEGER), relationships=(PARENT,), name="children")


@pytest.mark.parametrize("format", TABULAR)
@pytest.mark.parametrize("parents", TABULAR)
def test_keys_are_found_in_every_format(format: str, parents: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", format, pa.table({"x": [1, 2, None, 3, 3]}))
    other = write_table(tmp_path / "parents", parents, pa.table({"key": [2, 1, 1, None], "more": ["a", "b", "c", "d"]}))

    (found,) = report_of(path, format, CHILDREN, references={"parents": (parents, other)}).violations

    assert (found.rule, found.column, found.count) == ("relationships", "x", 2)
    assert [(row.row, row.value) for row in found.rows] == [(4, "3"), (5, "3")]
    assert found.message == "x: relationships (x in key of parents) is violated by 2 of 5 rows (40 %), first in row 4: 3"


@pytest.mark.parametrize("format", TABULAR)
def test_a_key_of_several_columns_leads_to_one_row(format: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", format, pa.table({"a": [1, 1, 2, None], "b": ["x", "y", "x", "z"]}))
    other = write_table(tmp_path / "other", format, pa.table({"k": [1, 2], "l": ["x", "y"]}))
    schema = of(Field("a", INTEGER), Field("b", TEXT), relationships=(Relationship(("a", "b"), "o", ("k", "l")),))

    (found,) = report_of(path, format, schema, references={"o": (format, other)}).violations

    assert (found.column, found.count, found.expected) == (None, 2, "a and b in k and l of o")
    assert [(row.row, row.value) for row in found.rows] == [(2, "a=1, b=y"), (3, "a=2, b=x")]


@pytest.mark.parametrize("format", TABULAR)
@pytest.mark.parametrize("name", ["people", "people_v2"])
def test_a_key_may_lead_to_the_same_data(format: str, name: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", format, pa.table({"id": [1, 2, 3], "boss": [None, 1, 4]}))
    relationship = Relationship(("boss",), name, ("id",))
    schema = of(Field("id", INTEGER), Field("boss", INTEGER), relationships=(relationship,), name="people")
    schema = replace(schema, physical_name="people_v2")

    assert broken(path, format, schema) == [("boss", "relationships", 1)]


@pytest.mark.parametrize(
    ("kind", "own", "own_type", "other", "other_type", "count"),
    [
        pytest.param(INTEGER, [1, 2], pa.int8(), [1, 2**63 + 1], pa.uint64(), 1, id="integers"),
        pytest.param(INTEGER, [2**64 - 1, 1], pa.uint64(), [-1, 1], pa.int64(), 1, id="signs"),
        pytest.param(NUMBER, [1.0, 2.5], pa.float64(), [1], pa.int64(), 1, id="number-and-integer"),
        pytest.param(TEXT, ["a", "b"], pa.dictionary(pa.int8(), pa.string()), ["a"], pa.large_string(), 1, id="texts"),
        pytest.param(
            LogicalType.TIMESTAMP,
            [datetime.datetime(2024, 1, 1)] * 2,
            pa.timestamp("s"),
            [datetime.datetime(2024, 1, 1)],
            pa.timestamp("ns"),
            0,
            id="moments",
        ),
        pytest.param(LogicalType.DATE, [datetime.date(2024, 1, 1)], pa.date32(), [], pa.null(), 1, id="nothing-there"),
    ],
)
def test_keys_of_like_types_are_compared(
    kind: LogicalType,
    own: list[Any],
    own_type: pa.DataType,
    other: list[Any],
    other_type: pa.DataType,
    count: int,
    tmp_path: Path,
) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table({"x": pa.array(own, own_type)}))
    parents = write_table(tmp_path / "parents", "parquet", pa.table({"key": pa.array(other, other_type)}))
    schema = replace(CHILDREN, fields=(Field("x", kind),))

    found = broken(path, "parquet", schema, references={"parents": ("parquet", parents)})

    assert found == ([("x", "relationships", count)] if count else [])


def test_text_is_read_as_the_key_that_leads_to_it(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table({"x": [datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)]}))
    parents = write_lines(tmp_path / "parents", "key", "2024-01-01", "no date")
    schema = replace(CHILDREN, fields=(Field("x", LogicalType.DATE),))

    assert broken(path, "parquet", schema, references={"parents": ("csv", parents)}) == [("x", "relationships", 1)]


@pytest.mark.parametrize(
    ("parents", "problem"),
    [
        pytest.param({"id": [1]}, "the data of parents has no column 'key', but id.", id="no-such-column"),
        pytest.param({"key": ["1"]}, "x is an integer, and key there is text.", id="other-kind"),
    ],
)
def test_what_cannot_be_compared_is_told(parents: dict[str, list[Any]], problem: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table({"x": [1]}))
    other = write_table(tmp_path / "parents", "parquet", pa.table(parents))

    (found,) = report_of(path, "parquet", CHILDREN, references={"parents": ("parquet", other)}).violations

    assert found.message == f"x: relationships (x in key of parents) cannot be checked: {problem}"


def test_a_key_whose_target_is_not_given_is_not_checked(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table({"x": [1]}))
    schema = replace(CHILDREN, relationships=(replace(PARENT, to_file="../other.odcs.yaml"),))

    report = report_of(path, "parquet", schema)

    assert report.status == "passed"
    assert [(one.rule, one.column, one.why) for one in report.not_checked] == [
        ("relationships", "x", "the data that it leads to is not known here")
    ]
    other = write_table(tmp_path / "parents", "parquet", pa.table({"key": [2]}))
    references = {"../other.odcs.yaml#parents": ("parquet", other)}
    assert broken(path, "parquet", schema, references=references) == [("x", "relationships", 1)]


def test_a_target_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table({"x": [1]}))
    other = write_lines(tmp_path / "parents", "no parquet")

    (found,) = report_of(path, "parquet", CHILDREN, references={"parents": ("parquet", other)}).violations

    assert found.message.endswith("cannot be checked: the data that it leads to cannot be read (DataError).")


def test_a_target_of_the_same_contract_is_read_as_that_says(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data", "x", "NA", "b")
    other = write_lines(tmp_path / "parents", "key", "NA", "-")
    schema = replace(CHILDREN, fields=(Field("x", TEXT),), null_values=("-",))
    parents = SchemaObject("parents", null_values=("-",))

    found = broken(path, "csv", schema, others=[parents], references={"parents": ("csv", other)})

    assert found == [("x", "relationships", 1)]


def test_keys_of_missing_columns_are_not_checked(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table({"y": [1]}))
    schema = of(Field("x"), Field("y"), primary_key=("x", "y"), relationships=(PARENT,))

    report = report_of(path, "parquet", schema)

    assert [(one.rule, one.why) for one in report.not_checked] == [
        ("primaryKey", "the data has no column 'x'"),
        ("relationships", "the data has no column 'x'"),
    ]
    assert [one.rule for one in report.violations] == ["present"]
