"""Params against annotations: what is taken, converted and refused."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import sys
import typing
import uuid
from typing import Any, Dict, List, Literal, NamedTuple, Optional, Tuple, TypedDict, Union  # noqa: UP035

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wombat_step._annotations import Scope
from wombat_step._convert import convert
from wombat_step._mismatch import Mismatch, UnsupportedAnnotation


class Color(enum.Enum):
    RED = "red"
    GREEN = 2


class Level(enum.IntEnum):
    LOW = 1


@dataclasses.dataclass
class Inner:
    limit: int
    day: datetime.date = datetime.date(2024, 1, 1)


@dataclasses.dataclass
class Outer(Inner):
    inner: Optional[Inner] = None
    tags: tuple[str, ...] = ()
    made: int = dataclasses.field(init=False, default=1)

    def __post_init__(self) -> None:
        if self.limit < 0:
            raise ValueError("limit must not be negative")


class Place(NamedTuple):
    lat: float
    lon: Optional[float] = None


@dataclasses.dataclass
class Named:
    delay: int = dataclasses.field(metadata={"column": "Arr Delay"})


class _Required(TypedDict):
    a: int


class Row(_Required, total=False):
    b: List[float]


UserId = typing.NewType("UserId", int)
T = typing.TypeVar("T")


class Owner:
    """Its module is where names in annotations are looked up."""


def converted(value: Any, annotation: Any) -> Any:
    return convert(value, annotation, Scope(Owner), at="params['p']")


TAKEN = [
    (1, int, 1),
    (1.5, float, 1.5),
    (1, float, 1.0),
    ("a", str, "a"),
    (True, bool, True),
    (None, None, None),
    (None, Optional[int], None),
    (3, "Optional[int]", 3),
    (3, "int | None", 3),
    (None, "int | None", None),
    ([1, 2], List[int], [1, 2]),
    ([1, 2], list[float], [1.0, 2.0]),
    ([1, "a"], list, [1, "a"]),
    ([1], typing.Sequence[int], [1]),
    ([1, 1], set[int], {1}),
    ([1, 1], frozenset[int], frozenset({1})),
    ([1, "a"], Tuple[int, str], (1, "a")),
    ([1, 2, 3], tuple[int, ...], (1, 2, 3)),
    ([1, "a"], tuple, (1, "a")),
    ([], tuple[()], ()),
    ({"a": 1}, Dict[str, float], {"a": 1.0}),
    ({"a": 1}, dict, {"a": 1}),
    ({"a": [1]}, typing.Mapping[str, List[int]], {"a": [1]}),
    (1, Union[float, int], 1),
    (1, Union[float, str], 1.0),
    (True, Union[int, bool], True),
    ("2024-02-29", Union[datetime.date, str], "2024-02-29"),
    ("a", Literal["a", "b"], "a"),
    (2, 'Literal["1", 2]', 2),
    ("red", Color, Color.RED),
    ("RED", Color, Color.RED),
    (2, Color, Color.GREEN),
    (1, Level, Level.LOW),
    ("red", Literal[Color.RED], Color.RED),
    ("2024-02-29", datetime.date, datetime.date(2024, 2, 29)),
    ("2024-02-29T01:02:03", datetime.datetime, datetime.datetime(2024, 2, 29, 1, 2, 3)),
    (
        "2024-02-29T01:02:03Z",
        datetime.datetime,
        datetime.datetime(2024, 2, 29, 1, 2, 3, tzinfo=datetime.timezone.utc),
    ),
    ("12:30:00.5", datetime.time, datetime.time(12, 30, 0, 500_000)),
    (1.5, datetime.timedelta, datetime.timedelta(seconds=1.5)),
    ("1.10", decimal.Decimal, decimal.Decimal("1.10")),
    (1.1, Optional[decimal.Decimal], decimal.Decimal("1.1")),
    (2, decimal.Decimal, decimal.Decimal(2)),
    (str(uuid.UUID(int=1)), uuid.UUID, uuid.UUID(int=1)),
    ({"lat": 1}, Place, Place(1.0)),
    ([1, 2.5], Place, Place(1.0, 2.5)),
    ({"Arr Delay": 3}, Named, Named(3)),
    ({"limit": 1}, Inner, Inner(1)),
    (
        {"limit": 1, "inner": {"limit": 2, "day": "2024-02-29"}, "tags": ["x"]},
        "Outer",
        Outer(1, inner=Inner(2, datetime.date(2024, 2, 29)), tags=("x",)),
    ),
    ([{"limit": 1}], "list[Inner]", [Inner(1)]),
    ({"a": 1}, Row, {"a": 1}),
    ({"a": 1, "b": [1]}, Row, {"a": 1, "b": [1.0]}),
    (5, UserId, 5),
    (["x"], T, ["x"]),
    ({"x": [1]}, Any, {"x": [1]}),
    ({"x": [1]}, object, {"x": [1]}),
    (1, typing.Annotated[int, "unit"], 1),
    (1, 'typing.Annotated["int", "unit"]', 1),
]


@pytest.mark.parametrize(("value", "annotation", "expected"), TAKEN)
def test_a_value_is_taken(value: Any, annotation: Any, expected: Any) -> None:
    result = converted(value, annotation)

    assert result == expected
    assert type(result) is type(expected)


REFUSED = [
    (True, int, r"params\['p'\] must be int, but was True \(bool\)"),
    (1.0, int, r"must be int, but was 1.0 \(float\). Did you mean 1\?"),
    ("600", int, r"must be int, but was '600' \(str\). Did you mean 600, without quotes\?"),
    ("x", int, r"must be int, but was 'x' \(str\)\.$"),
    (True, float, r"must be float, but was True \(bool\)"),
    ("1.5", float, r"Did you mean 1.5, without quotes"),
    (10**400, float, r"must be float.* It is too large for one"),
    (1, str, r"must be str, but was 1 \(int\). Did you mean '1', with quotes\?"),
    ("true", bool, r"must be bool, but was 'true' \(str\). Did you mean True\?"),
    (0, bool, r"must be bool, but was 0 \(int\). Did you mean False\?"),
    (None, int, r"must be int, but was None"),
    (1, None, r"must be None, but was 1"),
    ("x", Optional[int], r"must be int, but was 'x'"),
    ("x", Union[int, float], r"must be int or float, but was 'x'"),
    ("x", List[int], r"must be a list, but was 'x' \(str\). A single value goes in brackets, too"),
    ({}, List[int], r"must be a list, but was {} \(dict\)\.$"),
    ([1, "x"], List[int], r"params\['p'\]\[1\] must be int, but was 'x'"),
    ([1], Tuple[int, str], r"must be a list of 2, but was \[1\]"),
    ([1], dict, r"must be a dict, but was \[1\]"),
    ({"a": "x"}, Dict[str, int], r"params\['p'\]\['a'\] must be int, but was 'x'"),
    ("c", Literal["auto", "best"], r"must be one of 'auto', 'best', but was 'c'"),
    ("autp", Literal["auto", "best"], r"Did you mean 'auto'\?"),
    ("rde", Color, r"must be one of 'red', 2 \(the values of \w+\.Color\), but was 'rde'.* Did you mean 'red'\?"),
    (True, Level, r"must be one of 1 "),
    ("29.2.2024", datetime.date, r"must be a date in ISO 8601 form, as '2024-02-29', but was '29.2.2024'"),
    (3, datetime.datetime, r"must be a datetime in ISO 8601 form, as '2024-02-29T12:00:00', but was 3"),
    ("25:00", datetime.time, r"must be a time in ISO 8601 form, as '12:00:00', but was '25:00'"),
    ("1", datetime.timedelta, r"must be a timedelta in seconds, as 1.5, but was '1' \(str\)"),
    ("x", decimal.Decimal, r"must be a decimal number, as '1.10', but was 'x'"),
    (True, decimal.Decimal, r"must be a decimal number, as '1.10', but was True"),
    ("x", uuid.UUID, r"must be a UUID, but was 'x'"),
    ([1], Place, r"must be a dict with the keys of \w+\.Place, but was \[1\]"),
    ({"lon": 1}, Place, r"keys of \w+\.Place \(lat, lon\), but was .*Missing: lat"),
    ({"lat": "x"}, Place, r"params\['p'\]\['lat'\] must be float, but was 'x'"),
    ({"delay": 3}, Named, r"keys of \w+\.Named \(Arr Delay\), but was .* The key 'delay' is none of them"),
    (
        {"limits": 1},
        Inner,
        r"dict with the keys of \w+\.Inner \(limit, day\), .* The key 'limits' is none of them. Did you",
    ),
    ({}, Inner, r"keys of \w+\.Inner \(limit, day\), but was {} \(dict\). Missing: limit"),
    (3, Inner, r"must be a dict with the keys of \w+\.Inner, but was 3"),
    ({"limit": 1, "inner": {"limit": "x"}}, "Outer", r"params\['p'\]\['inner'\]\['limit'\] must be int"),
    ({"limit": -1}, "Outer", r"must be a valid \w+\.Outer, .* It was refused: limit must not be negative"),
    ({"limit": 1, "made": 2}, "Outer", r"The key 'made' is none of them"),
    ({"b": []}, Row, r"Missing: a"),
    ({"a": 1, "c": 2}, Row, r"The key 'c' is none of them"),
]


@pytest.mark.parametrize(("value", "annotation", "message"), REFUSED)
def test_a_value_is_refused(value: Any, annotation: Any, message: str) -> None:
    with pytest.raises(Mismatch, match=message):
        converted(value, annotation)


@pytest.mark.parametrize(
    ("annotation", "shown"),
    [
        (complex, "complex"),
        (Owner, r"\w+\.Owner"),
        ("np.ndarray", r"np\.ndarray"),
        ("Nowhere", "Nowhere"),
        (typing.Callable[[], int], "Callable"),
        (Optional[Owner], "Owner"),
        ("not an annotation", "not an annotation"),
    ],
)
def test_an_annotation_that_nothing_can_be_checked_against_is_told(annotation: Any, shown: str) -> None:
    with pytest.raises(
        UnsupportedAnnotation, match=rf"params\['p'\] is annotated .*{shown}.*Annotate it with bool, int"
    ):
        converted(1, annotation)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def annotation_of(value: Any) -> Any:
    """An annotation that the value fits."""
    if isinstance(value, list):
        return List[Union[tuple(annotation_of(one) for one in value)]] if value else list  # type: ignore[misc]
    if isinstance(value, dict):
        return Dict[str, Union[tuple(annotation_of(one) for one in value.values())]] if value else dict  # type: ignore[misc]
    return type(value)


@given(json_values)
def test_a_value_fits_its_own_type_and_stays_what_it_is(value: Any) -> None:
    assert converted(value, annotation_of(value)) == value


@given(json_values, st.sampled_from([int, float, str, bool, List[int], Dict[str, str], Optional[int], Tuple[int, ...]]))
def test_a_value_is_of_the_annotated_type_or_refused(value: Any, annotation: Any) -> None:
    try:
        result = converted(value, annotation)
    except Mismatch as err:
        assert "params['p']" in str(err)
        return
    origin = getattr(annotation, "__origin__", annotation)
    assert type(result) in ({int, type(None)} if origin is Union else {origin})


@pytest.mark.skipif(sys.version_info < (3, 12), reason="`type X = ...` is of Python 3.12")
def test_a_type_alias_is_what_it_stands_for() -> None:
    scope: dict[str, Any] = {}
    exec("type Count = int", scope)

    assert converted(3, scope["Count"]) == 3
    with pytest.raises(Mismatch, match="must be int"):
        converted("x", scope["Count"])


@pytest.mark.parametrize("qualified", ["NotRequired[int]", "NotRequired[ReadOnly[int]]", "ReadOnly[NotRequired[int]]"])
def test_a_key_that_is_not_required_may_be_missing_though_the_annotation_is_text(
    qualified: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    extensions = pytest.importorskip("typing_extensions")
    if "ReadOnly" in qualified and not hasattr(extensions, "ReadOnly"):
        pytest.skip("this typing_extensions is older than 4.9, which brought ReadOnly")
    for name in ("NotRequired", "ReadOnly"):
        monkeypatch.setitem(globals(), name, getattr(extensions, name, None))
    scope: dict[str, Any] = {"TypedDict": extensions.TypedDict, "__name__": __name__}
    exec(f"class Row(TypedDict):\n    a: int\n    b: '{qualified}'", scope)

    assert converted({"a": 1}, scope["Row"]) == {"a": 1}
    with pytest.raises(Mismatch, match=r"\['b'\] must be int"):
        converted({"a": 1, "b": "x"}, scope["Row"])
    with pytest.raises(Mismatch, match="Missing: a"):
        converted({"b": 1}, scope["Row"])
