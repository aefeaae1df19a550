"""Each rule about values at its edges, in typed data, text and JSON."""

from __future__ import annotations

import base64
import ipaddress
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validation_checks import at_least, beyond, broken, broken_by, of, report_of, write_lines, write_table
from wombat_tool.contracts.model import Family, Field, LogicalType, PhysicalType
from wombat_tool.validation.text_formats import format_condition

TEXT = LogicalType.STRING
INTEGER = LogicalType.INTEGER
NUMBER = LogicalType.NUMBER
BOOLEAN = LogicalType.BOOLEAN
# Arrow is typed as Parquet is.
FORMATS = ("parquet", "csv", "jsonl")
D = Decimal


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("field", "values", "bad"),
    [
        pytest.param(Field("x", TEXT, required=True), ["", "NA", None], [3], id="required"),
        pytest.param(Field("x", TEXT, min_length=2), ["", "a", "ab", None], [1, 2], id="minLength"),
        pytest.param(Field("x", TEXT, max_length=1), ["", "é", "日", "\U0001f469", "ab", None], [5], id="maxLength"),
        pytest.param(
            # A letter and what combines with it are two code points, and a family of three is five.
            Field("x", TEXT, max_length=1),
            ["e\u0301", "\U0001f469\u200d\U0001f469\u200d\U0001f466", "é"],
            [1, 2],
            id="maxLength-combining",
        ),
        pytest.param(Field("x", TEXT, pattern="b"), ["abc", "ac", "", None], [2, 3], id="pattern-searches"),
        pytest.param(Field("x", TEXT, pattern="^b$"), ["b", "b\n", "ab", "B"], [2, 3, 4], id="pattern-whole"),
        pytest.param(Field("x", TEXT, pattern="^.$"), ["é", "\n", "ab"], [2, 3], id="pattern-dot"),
        pytest.param(Field("x", TEXT, pattern=r"^it's \d{2}\"$"), ["it's 12\"", "its 12\""], [2], id="pattern-quotes"),
        pytest.param(Field("x", TEXT, enum=("a", "it's", "")), ["a", "it's", "", "A", None], [4], id="enum-text"),
        pytest.param(Field("x", INTEGER, enum=(D(1), D("2.5"))), [1, 2, None], [2], id="enum-integer"),
        pytest.param(Field("x", INTEGER, enum=(D("2.5"), D(10) ** 50)), [1, None], [1], id="enum-without-integers"),
        pytest.param(Field("x", NUMBER, enum=(D("0.1"), D("0.3"))), [0.1, 0.3, 0.1 + 0.2], [3], id="enum-number"),
        pytest.param(Field("x", BOOLEAN, enum=(True,)), [True, False, None], [2], id="enum-boolean"),
        pytest.param(Field("x", TEXT, enum=()), ["a", None], [1], id="enum-of-nothing"),
        pytest.param(Field("x", INTEGER, minimum=at_least("1")), [1, 0, -1, None], [2, 3], id="minimum"),
        pytest.param(Field("x", INTEGER, minimum=beyond("1")), [1, 2, 0], [1, 3], id="exclusiveMinimum"),
        pytest.param(Field("x", INTEGER, maximum=at_least("1.5")), [1, 2], [2], id="maximum-between-integers"),
        pytest.param(Field("x", INTEGER, maximum=beyond("1.5")), [1, 2], [2], id="exclusiveMaximum-between-integers"),
        pytest.param(Field("x", NUMBER, maximum=at_least("0.1")), [0.1, 0.10000000000000002], [2], id="maximum-number"),
        pytest.param(Field("x", NUMBER, maximum=beyond("0.1")), [0.1, 0.09999999999999999], [1], id="exclusiveMaximum"),
        pytest.param(Field("x", INTEGER, maximum=at_least("1e60")), [2**63 - 1, -(2**63)], [], id="maximum-far-off"),
        pytest.param(Field("x", INTEGER, minimum=at_least("1e60")), [2**63 - 1, None], [1], id="minimum-far-off"),
        pytest.param(Field("x", INTEGER, maximum=beyond(str(2**63))), [2**63 - 1], [], id="maximum-just-beyond"),
        pytest.param(Field("x", INTEGER, minimum=at_least(str(-(2**63)))), [-(2**63)], [], id="minimum-least"),
        pytest.param(Field("x", INTEGER, maximum=at_least(str(2**53))), [2**53, 2**53 + 1], [2], id="beyond-doubles"),
        pytest.param(Field("x", NUMBER, maximum=at_least("1e308")), [1e308, 1.1e308], [2], id="maximum-large"),
        pytest.param(Field("x", INTEGER, multiple_of=D(3)), [0, 3, -6, 4, None], [4], id="multipleOf"),
        pytest.param(Field("x", INTEGER, multiple_of=D("1.5")), [0, 3, 2], [3], id="multipleOf-half"),
        pytest.param(
            Field("x", NUMBER, multiple_of=D("0.01")), [0.07, 1.1, -0.29, 1e22, 0.075, 1e-9], [5, 6], id="multipleOf-cents"
        ),
        pytest.param(Field("x", NUMBER, multiple_of=D("2.5")), [2.5, 1e22, 3.0], [3], id="multipleOf-large"),
        pytest.param(Field("x", TEXT, format="uuid"), [str(uuid.UUID(int=7)), "7"], [2], id="format-uuid"),
        pytest.param(Field("x", TEXT, format="email"), ["a@b.c", "a b@c.d", "@b.c"], [2, 3], id="format-email"),
        pytest.param(Field("x", TEXT, format="uri"), ["https://a/b?c#d", "urn:x", "/b"], [3], id="format-uri"),
        pytest.param(Field("x", TEXT, format="hostname"), ["a-b.c", "-a", f"{'x' * 60}." * 5 + "x"], [2, 3], id="format-hostname"),
        pytest.param(Field("x", TEXT, format="ipv4"), ["127.0.0.1", "1.2.3", "256.0.0.1"], [2, 3], id="format-ipv4"),
        pytest.param(Field("x", TEXT, format="ipv6"), ["::1", "1::2::3", "::ffff:1.2.3.4"], [2], id="format-ipv6"),
        pytest.param(Field("x", TEXT, format="byte"), ["QQ==", "QQ", ""], [2], id="format-byte"),
        pytest.param(Field("x", TEXT, format="name of a colour"), ["anything"], [], id="format-that-is-documentation"),
    ],
)
def test_a_rule_finds_the_values_that_break_it(
    field: Field, values: list[Any], bad: list[int], format: str, tmp_path: Path
) -> None:
    found = broken_by(field, values, None, tmp_path, format)

    assert [rows for _, rows in found] == ([bad] if bad else [])


@pytest.mark.parametrize("format", FORMATS)
def test_the_rule_is_called_as_the_standard_calls_it(format: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", format, pa.table({"x": [1, None], "y": ["abc", "abc"]}))
    x = Field("x", INTEGER, required=True, enum=(D(2),), minimum=at_least("2"), maximum=beyond("1"), multiple_of=D(2))
    y = Field("y", TEXT, min_length=4, max_length=2, pattern="^b", format="uuid")

    assert broken(path, format, of(x, y)) == [
        ("x", "required", 1),
        ("x", "enum", 1),
        ("x", "minimum", 1),
        ("x", "exclusiveMaximum", 1),
        ("x", "multipleOf", 1),
        ("y", "minLength", 2),
        ("y", "maxLength", 2),
        ("y", "pattern", 2),
        ("y", "format", 2),
    ]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "name", ['quo"te', "it's", "select", "a.b", "a\nb", "größe", "{object}", "__row", "__typed0", "item", "c0", "  "]
)
def test_hostile_names_of_columns_are_names(name: str, format: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", format, pa.table({name: [1, 2, 2], "other": [1, 1, 1]}))
    field = Field(name, INTEGER, unique=True, maximum=at_least("1"))

    assert broken(path, format, of(field)) == [(name, "maximum", 2), (name, "unique", 1)]


@pytest.mark.parametrize("format", FORMATS)
def test_names_that_differ_in_case_are_two(format: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", format, pa.table({"a": [1, 1], "A": [2, 3]}))

    assert broken(path, format, of(Field("A", INTEGER, unique=True, minimum=at_least("3")))) == [("A", "minimum", 1)]
    (found,) = report_of(path, format, of(Field("a"), Field("A"), Field("Ä"))).violations
    assert found.message.startswith("Ä: present (a column of this name) is violated: the data has no such column.")


def test_a_missing_column_is_told_with_the_one_that_may_be_meant(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "csv", pa.table({"arr_delay": [1]}))

    (found,) = report_of(path, "csv", of(Field("arrDelay"))).violations

    assert found.message == (
        "arrDelay: present (a column of this name) is violated: the data has no such column. Did you mean 'arr_delay'?"
    )


@pytest.mark.parametrize(
    ("values", "type", "bad"),
    [
        pytest.param([0.1, 0.2], pa.float32(), [2], id="float32"),
        pytest.param([0.1, 0.2], pa.float16(), [2], id="float16"),
        pytest.param([float("nan"), float("inf"), float("-inf"), None], pa.float64(), [1, 2], id="not-finite"),
        pytest.param([D("0.1"), D("0.2")], pa.decimal128(38, 1), [2], id="decimal"),
        pytest.param([D("0.1"), D("0.11")], pa.decimal128(4, 2), [2], id="decimal-of-more-digits"),
        pytest.param([D(0), D(1)], pa.decimal128(38, 0), [2], id="decimal-of-no-digits"),
        pytest.param([0, 1, 2**64 - 1], pa.uint64(), [2, 3], id="uint64"),
        pytest.param([0, -1, 1], pa.int8(), [3], id="int8"),
    ],
)
@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_a_bound_is_rounded_as_the_numbers_are(
    values: list[Any], type: pa.DataType, bad: list[int], format: str, tmp_path: Path
) -> None:
    found = broken_by(Field("x", NUMBER, maximum=at_least("0.1")), values, type, tmp_path, format)

    assert found == [("maximum", bad)]


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_what_is_no_number_is_in_no_range(format: str, tmp_path: Path) -> None:
    values = [float("nan"), float("inf"), float("-inf"), 1.0]
    field = Field("x", NUMBER, minimum=at_least("0"), maximum=at_least("2"), multiple_of=D(1), enum=(D(1),))

    assert broken_by(field, values, None, tmp_path, format) == [
        ("enum", [1, 2, 3]),
        ("minimum", [1, 3]),
        ("maximum", [1, 2]),
        ("multipleOf", [1, 2, 3]),
    ]


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        pytest.param(
            INTEGER,
            ["0", "-0", "+1", "-12", str(10**45)],
            ["1.0", "1e5", "007", " 1", "1 ", "1_000", "1,000", "0x1f", "x", "--1", "true"],
            id="integer",
        ),
        pytest.param(
            NUMBER,
            ["0", "1e5", "-1.5", ".5", "5.", "1E-5", "+2", "inf", "-inf", str(10**45)],
            [" 1", "1_000", "1,5", "1e400", "00.5", "0x1", "infinity", "x", ".", "e5", "1e", "true"],
            id="number",
        ),
        pytest.param(
            BOOLEAN, ["true", "True", "TRUE", "false", "False", "FALSE"], ["1", "0", "yes", "tRUE", " true"], id="boolean"
        ),
        pytest.param(TEXT, ["1", "true", "x"], [], id="string"),
    ],
)
def test_text_has_the_type_that_it_reads_as(
    kind: LogicalType, right: list[str], wrong: list[str], tmp_path: Path
) -> None:
    found = broken_by(Field("x", kind), right + wrong, None, tmp_path, "csv")

    bad = list(range(len(right) + 1, len(right) + len(wrong) + 1))
    assert found == ([("logicalType", bad[:5])] if wrong else [])


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        pytest.param(INTEGER, ["0", "-1", str(10**45)], ["1.0", '"1"', "true", "[1]", "{}"], id="integer"),
        pytest.param(NUMBER, ["0", "1.5e-3", "-1", "NaN"], ['"1"', "false", "[]"], id="number"),
        pytest.param(BOOLEAN, ["true", "false"], ['"true"', "1", "0"], id="boolean"),
        pytest.param(TEXT, ['"x"', '""', '"1"'], ["1", "true", "[]", "{}"], id="string"),
        pytest.param(LogicalType.OBJECT, ["{}", '{"a": 1}'], ["[]", "1", '"{}"'], id="object"),
        pytest.param(LogicalType.ARRAY, ["[]", "[1]"], ["{}", "1", '"[]"'], id="array"),
        pytest.param(LogicalType.DATE, ['"2024-02-29"'], ['"2023-02-29"', "20240229", '"2024-2-9"'], id="date"),
    ],
)
def test_json_has_the_type_that_it_is_written_as(
    kind: LogicalType, right: list[str], wrong: list[str], tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "data", *(f'{{"x": {value}}}' for value in [*right, "null", *wrong]), "{}")

    (found,) = report_of(path, "jsonl", of(Field("x", kind))).violations

    assert (found.rule, found.count) == ("logicalType", len(wrong))
    assert [row.value for row in found.rows] == wrong[:5]


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_integers_of_any_length_are_compared(format: str, tmp_path: Path) -> None:
    values = [10**45, -(10**45), 5]
    lines = ["x", *map(str, values)] if format == "csv" else [f'{{"x": {value}}}' for value in values]
    path = write_lines(tmp_path / "data", *lines)
    field = Field("x", INTEGER, minimum=at_least("0"), maximum=at_least("9"), enum=(D(5),), unique=True)

    assert broken(path, format, of(field)) == [("x", "enum", 2), ("x", "minimum", 1), ("x", "maximum", 1)]


@pytest.mark.parametrize(
    ("format", "second"),
    # Numbers of JSON that are no integers are doubles to all who read them.
    [pytest.param("csv", "0.300000000000000001", id="csv"), pytest.param("jsonl", "0.3001", id="jsonl")],
)
def test_decimals_in_text_are_compared_exactly_where_the_contract_has_decimals(
    format: str, second: str, tmp_path: Path
) -> None:
    values = ["0.30", second, "99999999.99", "123456789.5", "0.125", "1e20"]
    lines = ["x", *values] if format == "csv" else [f'{{"x": {value}}}' for value in values]
    path = write_lines(tmp_path / "data", *lines)
    physical = PhysicalType("decimal(10,2)", Family.DECIMAL, precision=10, scale=2)

    report = report_of(path, format, of(Field("x", NUMBER, physical, maximum=at_least("0.3"))))

    assert [(one.rule, [row.row for row in one.rows]) for one in report.violations] == [
        ("physicalType", [2, 4, 5, 6]),
        ("maximum", [2, 3, 4, 6]),
    ]


@pytest.mark.parametrize(
    ("physical", "bad"),
    [
        pytest.param(PhysicalType("smallint", Family.INTEGER, bits=16), [3, 4], id="smallint"),
        pytest.param(PhysicalType("uint8", Family.INTEGER, bits=8, is_signed=False), [2, 3, 4], id="uint8"),
        pytest.param(PhysicalType("int", Family.INTEGER), [4], id="int"),
        pytest.param(PhysicalType("float32", Family.FLOAT, bits=32), [], id="float32"),
        pytest.param(PhysicalType("decimal(4,0)", Family.DECIMAL, precision=4, scale=0), [3, 4], id="decimal"),
    ],
)
@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_numbers_in_text_must_fit_the_physical_type(
    physical: PhysicalType, bad: list[int], format: str, tmp_path: Path
) -> None:
    values = ["1", "-300", "70000", "1.5"]
    path = write_lines(tmp_path / "data", *(["x", *values] if format == "csv" else [f'{{"x": {one}}}' for one in values]))

    report = report_of(path, format, of(Field("x", NUMBER, physical)))

    assert [(one.rule, [row.row for row in one.rows]) for one in report.violations] == (
        [("physicalType", bad)] if bad else []
    )


def test_a_physical_type_alone_is_a_type(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data", "x", "1", "a")

    (found,) = report_of(path, "csv", of(Field("x", physical_type=PhysicalType("int", Family.INTEGER, 32)))).violations

    assert found.message == "x: physicalType (int (an integer)) is violated by 1 of 2 rows (50 %), first in row 2: a"


@pytest.mark.parametrize("format", FORMATS)
def test_a_length_in_the_physical_type_is_one_of_characters(format: str, tmp_path: Path) -> None:
    physical = PhysicalType("varchar(2)", Family.STRING, max_length=2)

    assert broken_by(Field("x", TEXT, physical), ["日本", "abc"], None, tmp_path, format) == [("physicalType", [2])]


@pytest.mark.parametrize(("name", "bad"), [("i8", [2, 4]), ("i32", [4]), ("f32", []), ("u16", [1, 4])])
def test_the_format_of_numbers_says_their_width(name: str, bad: list[int], tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data", "x", "-1", "300", "", "1.5")

    report = report_of(path, "csv", of(Field("x", NUMBER, format=name)))

    assert [(one.rule, [row.row for row in one.rows]) for one in report.violations] == ([("format", bad)] if bad else [])


def test_rules_without_a_type_are_about_values_that_they_fit(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data", {"x": 11, "y": "abc"}, {"x": "text", "y": 1}, {"x": None})
    x, y = Field("x", maximum=at_least("10")), Field("y", max_length=2)

    assert broken(path, "jsonl", of(x, y)) == [("x", "maximum", 1), ("y", "maxLength", 1)]


def test_a_rule_that_does_not_fit_the_data_is_not_checked(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table({"x": ["a", None], "y": pa.nulls(2)}))

    report = report_of(path, "parquet", of(Field("x", INTEGER, required=True, maximum=at_least("1")), Field("y", INTEGER)))

    assert [(one.rule, one.count) for one in report.violations] == [("logicalType", None), ("required", 1)]
    assert [(one.rule, one.column, one.why) for one in report.not_checked] == [
        ("maximum", "x", "the values are text, with which the rule cannot be compared")
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.ip_addresses().map(str), st.text("0123456789abf:.", max_size=16)), max_size=30))
def test_addresses_are_those_that_python_knows(texts: list[str]) -> None:
    assert _matching("ipv4", texts) == [_is(ipaddress.IPv4Address, text) for text in texts]
    assert _matching("ipv6", texts) == [_is(ipaddress.IPv6Address, text) for text in texts]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=7).map(lambda b: base64.b64encode(b).decode()), st.text("AQ=+/ ", max_size=6))))
def test_base64_is_what_python_decodes(texts: list[str]) -> None:
    def is_base64(text: str) -> bool:
        try:
            base64.b64decode(text, validate=True)
        except ValueError:
            return False
        return len(text) % 4 == 0

    assert _matching("byte", texts) == [is_base64(text) for text in texts]


def _matching(format: str, texts: list[str]) -> list[bool]:
    import duckdb

    condition = format_condition(format)
    assert condition is not None
    rows = duckdb.execute(f"SELECT {condition('x')} FROM (SELECT unnest(?::VARCHAR[]) AS x)", [texts]).fetchall()
    return [row[0] for row in rows]


def _is(kind: Any, text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True
