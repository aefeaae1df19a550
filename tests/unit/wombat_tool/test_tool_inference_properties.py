"""What must hold for all data: the contract inferred from it can be read, and accepts it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from wombat_tool.contracts.model import Environment, SchemaObject
from wombat_tool.contracts.reader import read_bytes
from wombat_tool.formats import Format
from wombat_tool.inference.contract_text import contract_text
from wombat_tool.inference.infer import infer
from wombat_tool.relations.session import connect
from wombat_tool.validation.validate import Data, Request, validate

NAMES = st.one_of(
    st.sampled_from(
        [
            "id",
            "on",
            "null",
            "1.10",
            "a: b",
            "# c",
            "- d",
            "2013-01-01",
            "année",
            "email",
            'q"',
            "it's",
            "A",
            "a",
            " x",
            "year",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
TEXT = st.one_of(
    st.sampled_from(
        ["on", "1.10", "null", "", "NA", "01", "1", "true", "2013-01-01", "01.02.2013", "31/12/2013", "12:30", "a@b.de"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)
INT64 = st.one_of(st.integers(-3, 3), st.integers(-(2**63), 2**63 - 1))
# A type of Arrow, with values of it as Python writes them.
FLAT = [
    (pa.int64(), INT64),
    (pa.int8(), st.integers(-128, 127)),
    (pa.uint64(), st.integers(0, 2**64 - 1)),
    (pa.float64(), st.floats()),
    (pa.float32(), st.floats(width=32)),
    (pa.float16(), st.floats(width=16)),
    (pa.bool_(), st.booleans()),
    (pa.string(), TEXT),
    (pa.large_string(), TEXT),
    (pa.dictionary(pa.int32(), pa.string()), TEXT),
    (pa.binary(), st.binary(max_size=4)),
    (pa.date32(), st.dates()),
    (pa.timestamp("ns"), INT64),
    (pa.timestamp("us"), st.datetimes()),
    (pa.timestamp("s", "Europe/Berlin"), st.integers(-(10**10), 10**10)),
    (pa.duration("us"), st.integers(-(10**9), 10**9)),
    (pa.time64("us"), st.times()),
    (pa.time32("s"), st.integers(0, 86_399)),
    (pa.decimal128(10, 3), st.decimals(-1000, 1000, places=3)),
    (pa.decimal128(38, 0), st.integers(-(10**38) + 1, 10**38 - 1)),
    (pa.null(), st.none()),
]
NESTED = [
    *((pa.list_(type), st.lists(st.none() | values, max_size=3)) for type, values in FLAT),
    (pa.struct({"a": pa.int64(), "email": pa.string()}), st.fixed_dictionaries({"a": st.none() | INT64, "email": TEXT})),
    (pa.struct({"b": pa.list_(pa.struct({"c": pa.date32()}))}), st.just({"b": [{"c": None}, None]})),
    (
        pa.map_(pa.string(), pa.int64()),
        st.lists(st.tuples(TEXT, st.none() | INT64), max_size=3, unique_by=lambda one: one[0]),
    ),
]
JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)
COMMON = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


ORDERED = [kind for kind in FLAT if pa.types.is_decimal(kind[0]) or pa.types.is_primitive(kind[0])]


@st.composite
def tables(draw: st.DrawFn, kinds: list[Any], *, rows: int | None = None, names: st.SearchStrategy[str] = NAMES) -> pa.Table:
    """Tables whose values are repeated, so that there are as many rows as rules take."""
    rows = draw(st.sampled_from([0, 1, 2, 5, 60])) if rows is None else rows
    arrays = []
    for _ in (found := draw(st.lists(names, min_size=1, max_size=4))):
        type, values = draw(st.sampled_from(kinds))
        few = draw(st.lists(st.none() | values if draw(st.booleans()) else values, min_size=1, max_size=5))
        array = pa.array([few[i % len(few)] for i in range(rows)], type.value_type if pa.types.is_dictionary(type) else type)
        arrays.append(array.dictionary_encode() if pa.types.is_dictionary(type) else array)
    return pa.Table.from_arrays(arrays, names=found)


def accepted(write: Callable[[Path], object], format: Format) -> SchemaObject:
    """The object of the contract inferred from what is written, which reads without errors and accepts that data."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "data"
        write(path)
        with connect(200, directory, readable=[str(path)]) as connection:
            text = contract_text(infer(connection, str(path), format, name="orders on"))
        reading = read_bytes(text.encode(), name="orders.odcs.yaml")
        assert reading.contract is not None and not reading.errors, (reading.errors, text)
        assert reading.notes == (), text
        [schema] = reading.contract.objects
        report = validate(
            Request(
                Data(str(path), format),
                Environment.PRODUCTION,
                sample_rows=10**9,
                memory_mib=200,
                contract=reading.contract,
                schema=schema,
            )
        )
        assert report.problem is None, text
        assert report.violations == (), text
        return schema


@COMMON
@given(table=tables(FLAT + NESTED))
def test_parquet_is_accepted(table: pa.Table) -> None:
    schema = accepted(lambda path: pq.write_table(table, path), Format.PARQUET)

    assert [one.name for one in schema.fields] == list(dict.fromkeys(filter(None, table.column_names)))


@COMMON
@given(table=tables(FLAT + NESTED))
def test_arrow_is_accepted(table: pa.Table) -> None:
    def write(path: Path) -> None:
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table)

    accepted(write, Format.ARROW)


@COMMON
@given(table=tables([kind for kind in FLAT if not pa.types.is_binary(kind[0]) and not pa.types.is_duration(kind[0])]))
def test_csv_is_accepted(table: pa.Table) -> None:
    accepted(lambda path: pa.csv.write_csv(table.cast(_csv_schema(table.schema)), path), Format.CSV)


def _csv_schema(schema: pa.Schema) -> pa.Schema:
    """Types that pyarrow writes as CSV."""
    plain = {pa.float16(): pa.float32(), pa.dictionary(pa.int32(), pa.string()): pa.string()}
    return pa.schema([field.with_type(plain.get(field.type, field.type)) for field in schema])


@COMMON
@given(table=tables(ORDERED, rows=60, names=st.sampled_from("abc")))
def test_ranges_hold_for_the_data(table: pa.Table) -> None:
    accepted(lambda path: pq.write_table(table, path), Format.PARQUET)


@COMMON
@given(
    rows=st.lists(st.dictionaries(NAMES.filter(lambda name: "\0" not in name), JSON_VALUES, max_size=4), max_size=4),
    times=st.sampled_from([1, 30]),
)
@example(rows=[{"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": 1}}}}}}}}], times=60)
@example(rows=[{"a": [1e400, 1]}, {"a": [float("nan")]}], times=1)
@example(rows=[{"a": {f"{day}": day for day in range(200)}}], times=1)
def test_json_lines_are_accepted(rows: list[dict[str, Any]], times: int) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows * times)

    accepted(lambda path: path.write_text(text), Format.JSONL)


@COMMON
@given(value=JSON_VALUES)
@example(value={f"key {number}": {"n": number} for number in range(20)})
@example(value=[])
@example(value=[{"a": 1}, 2])
def test_json_is_accepted(value: Any) -> None:
    accepted(lambda path: path.write_text(json.dumps(value)), Format.JSON)


@COMMON
@given(
    lines=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), max_size=5), times=st.sampled_from([1, 30])
)
def test_text_is_accepted(lines: list[str], times: int) -> None:
    accepted(lambda path: path.write_text("\n".join(lines * times), newline=""), Format.TEXT)


@settings(max_examples=12, deadline=None)
@given(contents=st.dictionaries(st.from_regex(r"([a-z]{4}/)?[a-z]{1,3}", fullmatch=True), st.binary(max_size=5), min_size=1))
def test_a_directory_of_any_files_is_accepted(contents: dict[str, bytes]) -> None:
    def write(path: Path) -> None:
        for name, content in contents.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)

    accepted(write, Format.DIRECTORY)
