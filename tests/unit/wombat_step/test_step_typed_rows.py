"""Rows of a table as instances of a dataclass, NamedTuple or TypedDict."""

from __future__ import annotations

import decimal
import sys
from typing import Any

import pyarrow as pa
import pytest
from wombat_step._errors import AnnotationError, InputRowError

from step_rows import FIELDS, FLIGHTS, KINDS, PRELUDE, TABLES, content, flight_class, read, refused
from step_sandbox import Sandbox


@pytest.mark.parametrize("format", TABLES)
@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_instances(sandbox: Sandbox, format: str, kind: str) -> None:
    sandbox.input("data", format, content(FLIGHTS, format))
    result = {"dataclass": "[vars(one) for one in data]", "NamedTuple": "[one._asdict() for one in data]"}

    found = read(sandbox, FIELDS, result.get(kind, "data"), kind=kind)

    assert found == FLIGHTS.to_pylist()


@pytest.mark.parametrize("annotation", ["list[Flight]", "typing.List[Flight]", "Sequence[Flight]", "typing.Iterable[Flight]",
                                        "typing.Collection[Annotated[Flight, 1]]", "Optional[list[Flight]]"])  # fmt: skip
@pytest.mark.parametrize("head", ["", "from __future__ import annotations"])
def test_a_list_of_rows_can_be_spelled_in_several_ways(sandbox: Sandbox, annotation: str, head: str) -> None:
    sandbox.input("data", "csv", "number,delay\n007,\n")

    found = read(
        sandbox, "number: str; delay: Optional[int]", "[type(data).__name__, *map(vars, data)]", annotation=annotation, head=head
    )

    assert found == ["list", {"number": "007", "delay": None}]


@pytest.mark.parametrize("format", TABLES)
def test_an_iterator_of_rows_reads_as_it_goes(sandbox: Sandbox, format: str) -> None:
    sandbox.input("data", format, content(FLIGHTS, format))

    found = read(sandbox, FIELDS, "[iter(data) is data, *map(vars, data)]", annotation="Iterator[Flight]")

    assert found == [True, *FLIGHTS.to_pylist()]


@pytest.mark.parametrize("format", TABLES)
def test_an_iterator_of_rows_needs_the_memory_of_a_few_batches(sandbox: Sandbox, format: str) -> None:
    peaks = []
    for rows in (100_000, 500_000):
        sandbox.inputs.clear()
        sandbox.outputs.clear()
        sandbox.input("data", format, content(pa.table({"n": range(rows), "text": ["x" * 100] * rows}), format))
        sandbox.output("out", "jsonl")

        result = sandbox.run_alone(
            f"{PRELUDE}{flight_class('n: int; text: str')}\n"
            "def f(data: Iterator[Flight]):\n    for one in data:\n        if not one.n % 10: yield one"
        )

        assert result["outputs"][0]["rows"] == rows // 10
        peaks.append(result["peak_kib"] >> 10)
    print(f"{format}: {peaks} MiB")
    # 400,000 more instances are 130 MiB; what pyarrow's allocator keeps for a while is less.
    assert peaks[1] - peaks[0] < 80


@pytest.mark.parametrize("annotation", ["Iterator[dict]", "Iterator", "list[int]", "list[Optional[str]]", "set[Flight]"])
def test_rows_of_other_kinds_are_refused(sandbox: Sandbox, annotation: str) -> None:
    sandbox.input("data", "csv", "n\n1\n")

    with pytest.raises(AnnotationError, match=r"Annotate it with one of: .*list\[Row\] of a dataclass, NamedTuple, Typed"):
        read(sandbox, "n: int", annotation=annotation)


# --- Values -----------------------------------------------------------------------------------------------------------

MOMENT = "datetime.datetime(2013, 1, 2, 3, 4, 5, 600)"
# An annotation, the text of a CSV field, the value in JSON, and the value that is wanted.
VALUES = [
    pytest.param("str", "12", '"12"', "'12'", id="digits"),
    pytest.param("str", "2013-01-02", '"2013-01-02"', "'2013-01-02'", id="date-as-text"),
    pytest.param("str", '""', '""', "''", id="empty"),
    pytest.param("str", '"NA"', '"NA"', "'NA'", id="quoted-word"),
    pytest.param("Any", "12", '"12"', "'12'", id="anything"),
    pytest.param("int", "-12", "-12", "-12", id="int"),
    pytest.param("float", "12", "12", "12.0", id="whole"),
    pytest.param("float", "1e3", "1e3", "1000.0", id="power"),
    pytest.param("bool", "TRUE", "true", "True", id="bool"),
    pytest.param("Optional[int]", "NULL", "null", "None", id="null"),
    pytest.param("Literal['a', 'b']", "b", '"b"', "'b'", id="literal"),
    pytest.param("Literal[1, 2]", "2", "2", "2", id="number-literal"),
    pytest.param("Literal['1', 1]", "1", '"1"', "'1'", id="text-literal"),
    pytest.param("Literal[True]", "true", "true", "True", id="bool-literal"),
    pytest.param("enum.Enum('Level', {'LOW': 1})", "1", "1", "Flight.__annotations__['value'].LOW", id="enum"),
    pytest.param("enum.Enum('Level', {'LOW': 1})", "LOW", '"LOW"', "Flight.__annotations__['value'].LOW", id="name"),
    pytest.param("Union[int, str]", "12", "12", "12", id="first-of-union"),
    pytest.param("Union[str, int]", "12", "12", "12", id="text-goes-last"),
    pytest.param("Union[int, str]", "x", '"x"', "'x'", id="text-of-union"),
    pytest.param("decimal.Decimal", "1.10", "1.10", "decimal.Decimal('1.10')", id="decimal"),
    pytest.param("decimal.Decimal", '"1.10"', '"1.10"', "decimal.Decimal('1.10')", id="decimal-as-text"),
    pytest.param(
        "Optional[decimal.Decimal]",
        "12345678901234567890.123",
        "12345678901234567890.123",
        "decimal.Decimal('12345678901234567890.123')",
        id="digits-of-decimal",
    ),
    pytest.param("datetime.date", "2013-01-02", '"2013-01-02"', "datetime.date(2013, 1, 2)", id="date"),
    pytest.param("datetime.datetime", "2013-01-02 03:04:05.0006", '"2013-01-02T03:04:05.0006"', MOMENT, id="fraction"),
    pytest.param("datetime.datetime", "2013-01-02 03:04:05.000600000", '"2013-01-02T03:04:05,000600000"', MOMENT, id="ns"),
    pytest.param(
        "datetime.datetime",
        "2013-01-02 03:04:05.000600Z",
        '"2013-01-02t03:04:05.000600z"',
        f"{MOMENT[:-1]}, datetime.timezone.utc)",
        id="utc",
    ),
    pytest.param(
        "datetime.datetime",
        "2013-01-02 03:04+0130",
        '"2013-01-02T03:04+01:30"',
        "datetime.datetime(2013, 1, 2, 3, 4, tzinfo=datetime.timezone(datetime.timedelta(minutes=90)))",
        id="zone",
    ),
    pytest.param("datetime.datetime", "2013-01-02", '"2013-01-02"', "datetime.datetime(2013, 1, 2)", id="midnight"),
    pytest.param("datetime.time", "03:04:05.5", '"03:04:05.5"', "datetime.time(3, 4, 5, 500000)", id="time"),
    pytest.param("datetime.timedelta", "1.5", "1.5", "datetime.timedelta(seconds=1.5)", id="duration"),
    pytest.param(
        "uuid.UUID",
        "12345678-1234-5678-1234-567812345678",
        '"12345678123456781234567812345678"',
        "uuid.UUID('12345678123456781234567812345678')",
        id="uuid",
    ),
]


@pytest.mark.parametrize("format", ["csv", "jsonl"])
@pytest.mark.parametrize(("annotation", "text", "value", "wanted"), VALUES)
def test_text_becomes_what_the_annotation_asks_for(
    sandbox: Sandbox, format: str, annotation: str, text: str, value: str, wanted: str
) -> None:
    sandbox.input("data", format, f"value,n\n{text},1\n" if format == "csv" else f'{{"value": {value}, "n": 1}}\n')
    check = f"[[type(one.value) is type({wanted}), one.value == {wanted}, repr(one.value)] for one in data]"

    (found,) = read(sandbox, f"value: {annotation}", check)

    assert found[:2] == [True, True], found


TYPED = [
    pytest.param("datetime.datetime", pa.timestamp("ns"), 1_500_000_000_000_001_000, id="nanoseconds"),
    pytest.param("datetime.datetime", pa.timestamp("s", tz="UTC"), 1_500_000_000, id="zone"),
    pytest.param("datetime.date", pa.date32(), 15_000, id="date"),
    pytest.param("datetime.time", pa.time64("ns"), 1_000, id="time"),
    pytest.param("datetime.timedelta", pa.duration("ns"), 1_000, id="duration"),
    pytest.param("decimal.Decimal", pa.decimal128(10, 2), "1.10", id="decimal"),
    pytest.param("float", pa.decimal128(10, 2), "1.10", id="decimal-as-float"),
    pytest.param("float", pa.float32(), 0.5, id="float"),
    pytest.param("bytes", pa.binary(), b"x", id="bytes"),
    pytest.param("str", pa.dictionary(pa.int8(), pa.string()), "x", id="dictionary"),
    pytest.param("list[int]", pa.list_(pa.int64()), [1, 2], id="list"),
    pytest.param("tuple[float, ...]", pa.list_(pa.float32(), 2), [1.0, 2.0], id="vector"),
    pytest.param("Mapping[str, int]", pa.map_(pa.string(), pa.int64()), [("a", 1)], id="map"),
    pytest.param("list[tuple[str, int]]", pa.map_(pa.string(), pa.int64()), [("a", 1)], id="map-as-pairs"),
    pytest.param("dict[str, int]", pa.struct([("a", pa.int64())]), {"a": 1}, id="struct"),
]


@pytest.mark.parametrize("format", ["parquet", "arrow"])
@pytest.mark.parametrize(("annotation", "type", "value"), TYPED)
def test_typed_columns_are_taken(sandbox: Sandbox, format: str, annotation: str, type: pa.DataType, value: Any) -> None:
    value = decimal.Decimal(value) if pa.types.is_decimal(type) else value
    # Not all releases of pyarrow read what they write where a list of fixed size is null.
    values = [value, *([] if "fixed_size" in str(type) else [None])]
    table = pa.table({"value": pa.array(values, type)})
    sandbox.input("data", format, content(table, format))
    name = annotation.partition("[")[0].rpartition(".")[2].replace("Mapping", "dict")

    found = read(sandbox, f"value: Optional[{annotation}]", "[type(one.value).__name__ for one in data]")

    assert found == [name, "NoneType"][: len(values)]


def test_objects_in_rows_become_instances(sandbox: Sandbox) -> None:
    line = '{"at": {"lat": 1, "lon": 2.5, "height": 3}, "stops": [{"lat": 3}], "parent": {"at": {"lat": 1}, "stops": []}}\n'
    sandbox.input("data", "jsonl", line)
    head = (
        "from __future__ import annotations\nimport dataclasses\nfrom typing import Optional\n"
        "@dataclasses.dataclass\nclass Place:\n    lat: float\n    lon: Optional[float]\n"
    )

    found = read(sandbox, "at: Place; stops: list[Place]; parent: Optional[Flight]", "repr(data[0])", head=head)

    stop = "Place(lat=3.0, lon=None)"
    parent = "Flight(at=Place(lat=1.0, lon=None), stops=[], parent=None)"
    assert found == f"Flight(at=Place(lat=1.0, lon=2.5), stops=[{stop}], parent={parent})"


@pytest.mark.parametrize("annotation", ["dict[str, int]", "list[tuple[str, int]]"])
def test_objects_of_json_lines_can_be_maps(sandbox: Sandbox, annotation: str) -> None:
    sandbox.input("data", "jsonl", '{"marks": {"a": 1}}\n')

    assert read(sandbox, f"marks: {annotation}", "dict(data[0].marks)") == {"a": 1}
    assert "must be a list, but was {'a': 1} (dict)" in refused(sandbox, "marks: list[int]")


# --- Columns ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", TABLES)
@pytest.mark.parametrize("kind", KINDS)
def test_columns_that_the_class_lacks_are_left_out(sandbox: Sandbox, format: str, kind: str) -> None:
    sandbox.input("data", format, content(FLIGHTS, format))

    found = read(sandbox, "number: str", "str(data)", kind=kind)

    assert "007" in found and "delay" not in found


@pytest.mark.parametrize("format", TABLES)
@pytest.mark.parametrize(
    ("kind", "field", "expected"),
    [
        ("dataclass", "seats: int = 180", 180),
        ("dataclass", "seats: list = dataclasses.field(default_factory=list)", []),
        ("NamedTuple", "seats: int = 180", 180),
    ],
)
def test_a_missing_column_has_its_default(
    sandbox: Sandbox, format: str, kind: str, field: str, expected: Any
) -> None:
    sandbox.input("data", format, content(FLIGHTS, format))

    assert read(sandbox, f"number: str; {field}", "[one.seats for one in data]", kind=kind) == [expected] * 2


def test_a_key_that_is_not_required_may_be_missing(sandbox: Sandbox) -> None:
    sandbox.input("data", "csv", "number\n007\n")

    code = "class Flight(TypedDict, total=False):\n    seats: int\nclass Known(Flight):\n    number: str\n"

    assert read(sandbox, "number: str", "data", annotation="list[Known]", head=f"{PRELUDE}{code}") == [{"number": "007"}]


@pytest.mark.parametrize("format", TABLES)
@pytest.mark.parametrize("annotation", ["int", "Optional[int]"])
@pytest.mark.parametrize("collection", ["list", "Iterator"])
def test_a_missing_column_is_told(sandbox: Sandbox, format: str, annotation: str, collection: str) -> None:
    sandbox.input("data", format, content(FLIGHTS, format))

    message = refused(
        sandbox, f"number: str; delays: {annotation}", result="list(data) and 1", annotation=f"{collection}[Flight]"
    )

    assert f"(in/data/data.{format})" in message
    if format == "jsonl" and annotation == "int":
        assert ", row 1 (line 1): it has no column 'delays', and Flight.delays is annotated int. Did you mean" in message
        assert "Annotate it Optional[...] or give it a default" in message
    else:
        assert "no row has the column delays, which Flight asks for." in message
        assert "Rename the field, give it a default, or correct the dataset." in message
    if format != "jsonl":
        assert "Did you mean 'delay'? Its columns: number, delay, share, on_time." in message


def test_the_columns_of_an_iterator_are_checked_before_the_function_runs(sandbox: Sandbox) -> None:
    sandbox.input("data", "csv", "a\n1\n")

    with pytest.raises(InputRowError, match="no row has the columns n, m, which Flight asks for. Its columns: a. Rename the fields, give them"):
        read(sandbox, "n: int; m: int", "print('here')", annotation="Iterator[Flight]")


@pytest.mark.parametrize("format", TABLES)
def test_a_table_without_rows_is_an_empty_list(sandbox: Sandbox, format: str) -> None:
    sandbox.input("data", format, content(FLIGHTS.slice(0, 0), format))

    assert read(sandbox, FIELDS) == []


def test_lines_may_lack_a_value_that_may_be_missing(sandbox: Sandbox) -> None:
    sandbox.input("data", "jsonl", '{"n": 1}\n\n{"m": 2, "n": 2}\n')

    assert read(sandbox, "n: int; m: Optional[int]") == [{"n": 1, "m": None}, {"n": 2, "m": 2}]


@pytest.mark.parametrize("format", TABLES)
def test_a_field_can_name_its_column(sandbox: Sandbox, format: str) -> None:
    table = pa.table({"Arr Delay": [3]})
    sandbox.input("data", format, content(table, format))
    out = sandbox.output("written", "csv")
    fields = 'delay: int = dataclasses.field(metadata={"column": "Arr Delay"})'

    sandbox.run(f"{PRELUDE}{flight_class(fields)}\ndef f(data: list[Flight]):\n    assert data[0].delay == 3\n    return data")

    assert out.read_text() == '"Arr Delay"\n3\n'


def test_what_collections_makes_is_a_row_too(sandbox: Sandbox) -> None:
    sandbox.input("data", "csv", "n,m\n1,x\n")
    head = "import collections\nPair = collections.namedtuple('Pair', 'm n')\n"

    assert read(sandbox, "n: int", "data", annotation="list[Pair]", head=head) == [["x", "1"]]


def test_a_class_inherits_columns(sandbox: Sandbox) -> None:
    sandbox.input("data", "csv", "n,m\n1,2\n")
    head = f"{PRELUDE}@dataclasses.dataclass\nclass Base:\n    n: int\n    made: int = dataclasses.field(init=False, default=5)\n"
    child = "@dataclasses.dataclass\nclass Child(Base):\n    m: int = 0\n"

    assert read(sandbox, "n: int", annotation="list[Child]", head=head + child) == [{"n": 1, "m": 2}]


# --- Several files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", TABLES)
def test_columns_in_paths_are_as_the_annotation_asks(sandbox: Sandbox, format: str) -> None:
    files: dict[str, bytes | str] = {
        f"month=0{month}/year=2013/part.{format}": content(pa.table({"n": [month]}), format) for month in (1, 2)
    }
    files[f"month=__HIVE_DEFAULT_PARTITION__/year=2014/part.{format}"] = content(pa.table({"n": [3]}), format)
    sandbox.input_tree("data", format, files)

    found = read(sandbox, "n: int; month: Optional[str]; year: int")

    assert found == [
        {"n": 1, "month": "01", "year": 2013},
        {"n": 2, "month": "02", "year": 2013},
        {"n": 3, "month": None, "year": 2014},
    ]


@pytest.mark.parametrize("format", TABLES)
def test_a_file_that_lacks_a_column_has_no_values(sandbox: Sandbox, format: str) -> None:
    tables = {"a": pa.table({"n": [1], "m": [1]}), "b": pa.table({"n": [2]})}
    sandbox.input_tree("data", format, {f"{name}.{format}": content(one, format) for name, one in tables.items()})

    assert read(sandbox, "n: int; m: Optional[int]") == [{"n": 1, "m": 1}, {"n": 2, "m": None}]
    message = refused(sandbox, "n: int; m: int")
    assert f"Input 'data' (in/data/b.{format}), row 1" in message
    assert "it has no column 'm', and Flight.m is annotated int. Its columns: n. Annotate it Optional[...] or" in message


@pytest.mark.parametrize("format", TABLES)
def test_a_column_in_paths_that_does_not_fit_is_told(sandbox: Sandbox, format: str) -> None:
    sandbox.input_tree("data", format, {f"month=may/part.{format}": content(pa.table({"n": [1]}), format)})

    message = refused(sandbox, "n: int; month: int")

    assert f"(in/data/month=may/part.{format}): column 'month' must be int, but was 'may' (str). Correct the data" in message


# --- Libraries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_rows_of_text_need_no_library(sandbox: Sandbox, format: str) -> None:
    sandbox.input("data", format, content(FLIGHTS, format))
    sandbox.output("out", "jsonl")

    result = sandbox.run_alone(f"{PRELUDE}{flight_class(FIELDS)}\ndef f(data: list[Flight]): return data")

    assert result["outputs"][0]["rows"] == 2
    assert not {"pyarrow", "pandas", "polars", "numpy", "pydantic"} & set(result["modules"])


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_polars_alone_is_enough_for_typed_columns(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    sandbox.input("data", format, content(FLIGHTS, format))
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    assert read(sandbox, FIELDS) == FLIGHTS.to_pylist()
    assert "no row has the column delays" in refused(sandbox, "delays: int")
