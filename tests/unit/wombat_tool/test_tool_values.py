"""How values of all types become JSON and cells."""

from __future__ import annotations

import datetime
import decimal
import json
from typing import Any

import pyarrow as pa
import pytest

from wombat_tool.preview.cells import cell_text
from wombat_tool.preview.values import JsonValues


def values_of(array: pa.Array) -> list[Any]:
    """The values of an array for JSON."""
    values = JsonValues(most_characters=1000, most_items=100)
    return [values.of(scalar) for scalar in array]


def union() -> pa.Array:
    return pa.UnionArray.from_dense(
        pa.array([0, 1, 0], pa.int8()), pa.array([0, 0, 1], pa.int32()), [pa.array([5, None]), pa.array(["x"])]
    )


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        pytest.param(pa.array([1, None, 2**63 - 1]), [1, None, 2**63 - 1], id="int64"),
        pytest.param(pa.array([2**64 - 1], pa.uint64()), [2**64 - 1], id="uint64"),
        pytest.param(pa.array([True, False, None]), [True, False, None], id="bool"),
        pytest.param(pa.array([0.1, -0.0]), [0.1, -0.0], id="double"),
        pytest.param(
            pa.array([float("nan"), float("inf"), float("-inf")]), ["NaN", "Infinity", "-Infinity"], id="no-number"
        ),
        pytest.param(pa.array([0.1, -3.4e38, float("nan")], pa.float32()), [0.1, -3.4e38, "NaN"], id="float"),
        pytest.param(pa.array([1.5], pa.float32()).cast(pa.float16()), [1.5], id="halffloat"),
        pytest.param(pa.array([decimal.Decimal("1.50"), None], pa.decimal128(5, 2)), ["1.50", None], id="decimal"),
        pytest.param(pa.array(["Zoë", "", None]), ["Zoë", "", None], id="string"),
        pytest.param(pa.array(["view"], pa.string_view()), ["view"], id="string-view"),
        pytest.param(pa.array([b"\x00\xff", b""]), ["0x00ff", "0x"], id="binary"),
        pytest.param(pa.array([b"ab"], pa.binary(2)), ["0x6162"], id="fixed-size-binary"),
        pytest.param(pa.array([datetime.date(2013, 1, 2)]), ["2013-01-02"], id="date"),
        pytest.param(pa.array([2**31 - 1], pa.date32()), ["2147483647 days since 1970"], id="date-out-of-range"),
        pytest.param(
            pa.array([1, 2**62], pa.timestamp("ns")),
            ["1970-01-01T00:00:00.000000001", "2116-02-20T23:53:38.427387904"],
            id="nanoseconds",
        ),
        pytest.param(pa.array([2**62], pa.timestamp("s")), [f"{2**62} s since 1970"], id="moment-out-of-range"),
        pytest.param(pa.array([1500], pa.timestamp("ms", "Europe/Berlin")), ["1970-01-01T00:00:01.5Z"], id="zone"),
        pytest.param(pa.array([0], pa.timestamp("s", "No/Where")), ["1970-01-01T00:00:00Z"], id="unknown-zone"),
        pytest.param(pa.array([1], pa.time64("ns")), ["00:00:00.000000001"], id="time"),
        pytest.param(pa.array([90, -1], pa.duration("s")), ["PT90S", "-PT1S"], id="seconds"),
        pytest.param(pa.array([-1_500_000_001], pa.duration("ns")), ["-PT1.500000001S"], id="duration"),
        pytest.param(pa.array([(1, 2, 3_500_000_000)], pa.month_day_nano_interval()), ["P1M2DT3.5S"], id="interval"),
        pytest.param(pa.array([[1, None], [], None]), [[1, None], [], None], id="list"),
        pytest.param(pa.array([[1, 2], None], pa.list_(pa.int8(), 2)), [[1, 2], None], id="fixed-size-list"),
        pytest.param(pa.array([[1]], pa.list_view(pa.int8())), [[1]], id="list-view"),
        pytest.param(
            pa.array([{"a": 1, "b": {"c": float("nan")}}, None]), [{"a": 1, "b": {"c": "NaN"}}, None], id="struct"
        ),
        pytest.param(
            pa.array([[("k", 1), ("j", None)], [], None], pa.map_(pa.string(), pa.int8())),
            [[["k", 1], ["j", None]], [], None],
            id="map",
        ),
        pytest.param(pa.array(["u", None]).dictionary_encode(), ["u", None], id="dictionary"),
        pytest.param(pa.nulls(2), [None, None], id="null"),
        pytest.param(union(), [5, "x", None], id="union"),
        pytest.param(
            pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["q", None])),
            ["q", "q", None],
            id="run-end-encoded",
        ),
        pytest.param(
            pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"0123456789abcdef", None], pa.binary(16))),
            ["30313233-3435-3637-3839-616263646566", None],
            id="uuid",
        ),
    ],
)
def test_values_of_all_types_are_safe_for_json(array: pa.Array, expected: list[Any]) -> None:
    found = values_of(array)

    assert found == expected
    assert json.loads(json.dumps(found, allow_nan=False)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(pa.scalar("x" * 20), "xxxxx…", id="text"),
        pytest.param(pa.scalar(b"\xff" * 20), "0xffff…", id="bytes"),
        pytest.param(pa.scalar([1, 2, 3, 4]), [1, 2, 3, "…"], id="list"),
        pytest.param(pa.scalar({"a": 1, "b": 2, "c": 3, "d": 4}), {"a": 1, "b": 2, "c": 3, "…": "…"}, id="struct"),
        pytest.param([["x" * 20], {"k": "y" * 20}], [["xxxxx…"], {"k": "yyyyy…"}], id="json"),
    ],
)
def test_long_values_are_cut_and_that_is_known(value: object, expected: object) -> None:
    values = JsonValues(most_characters=5, most_items=3)

    assert not values.has_cut
    assert values.of(value) == expected
    assert values.has_cut


def test_a_cut_list_is_not_read_to_its_end() -> None:
    array = pa.array([list(range(1_000_000))])

    assert values_of(array)[0][-2:] == [99, "…"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "∅"),
        ("", ""),
        ("∅", "∅"),
        (True, "true"),
        (1.0, "1.0"),
        (1e300, "1e+300"),
        (["a\n", None], '["a\\\\n", null]'.replace("\\\\", "\\")),
        ({"ä": "\x1b"}, '{"ä": "\\u001b"}'),
    ],
)
def test_cells_are_one_line(value: object, text: str) -> None:
    assert cell_text(value) == text
