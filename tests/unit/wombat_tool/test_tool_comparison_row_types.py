"""What annotations of a step's function say of the rows of an input."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from wombat_tool.codegen.module import source_of
from wombat_tool.comparison.implication import mismatches
from wombat_tool.comparison.row_types import RowNeed, fitted, need_of
from wombat_tool.contracts.model import (
    Bound,
    Contract,
    Environment,
    Family,
    Field,
    Layout,
    LogicalType,
    SchemaObject,
    Treatment,
)
from wombat_tool.contracts.physical_types import parse_physical_type

STRING, INTEGER, NUMBER, BOOLEAN = LogicalType.STRING, LogicalType.INTEGER, LogicalType.NUMBER, LogicalType.BOOLEAN
DATE, TIMESTAMP, TIME = LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIME
ARRAY, OBJECT, MAP, VECTOR = LogicalType.ARRAY, LogicalType.OBJECT, LogicalType.MAP, LogicalType.VECTOR

HEAD = """
from __future__ import annotations
import datetime
import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, InitVar, dataclass, field
from decimal import Decimal
from typing import (
    Annotated, Any, ClassVar, Collection, Generic, List, Literal, NamedTuple, NewType, Optional, TypeAlias, TypedDict,
    TypeVar, Union,
)
from typing_extensions import NotRequired, ReadOnly, Required
from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, field_validator, model_validator
from annotated_types import Ge, Interval, Len, Lt
import annotated_types as at
import pyarrow as pa
"""
FLIGHT = 'class Flight(TypedDict):\n    carrier: str\n    delay: Optional[int]\n'


@pytest.fixture
def need(tmp_path: Path) -> Callable[..., RowNeed | None]:
    """What `def step(flights: ANNOTATION)` needs, in a module with some source."""

    def read(annotation: str, source: str = FLIGHT, **files: str) -> RowNeed | None:
        module = f"{HEAD}\n{textwrap.dedent(source)}\ndef step(other: int, *, flights: {annotation}): ...\n"
        for path, text in {"steps/clean": module, **files}.items():
            file = tmp_path / f"{path}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text), encoding="utf-8")
        return need_of(str(tmp_path), entry="steps/clean.py", function="step", parameter="flights")

    return read


@pytest.fixture
def columns(need: Callable[..., RowNeed | None]) -> Callable[..., dict[str, Field]]:
    """The columns that rows of the class `Row` have."""

    def read(source: str, **files: str) -> dict[str, Field]:
        found = need("list[Row]", source, **files)
        assert found is not None
        return {one.name: one for one in found.schema.fields}

    return read


def is_optional(field: Field) -> bool:
    """Whether rows do without the column."""
    return field.handling.treatment(Environment.PRODUCTION, "present") is Treatment.OFF


@pytest.mark.parametrize(
    "annotation",
    [
        "list[Flight]",
        "List[Flight]",
        "Sequence[Flight]",
        "Iterable[Flight]",
        "Iterator[Flight]",
        "Collection[Flight]",
        "tuple[Flight, ...]",
        "Optional[list[Flight]]",
        "list[Flight] | None",
        "None | list[Flight]",
        "list[Flight] | pa.Table",
        "Union[list[Flight], None]",
        "Annotated[list[Flight], 'rows']",
        "'list[Flight]'",
        "list['Flight']",
        "Flights",
        "NewFlights",
        "Nested",
        "list[Annotated[Flight, 1]]",
        "list[Same]",
    ],
)
def test_rows_are_found_in(annotation: str, need: Callable[..., RowNeed | None]) -> None:
    aliases = 'Flights: TypeAlias = "list[Flight]"\nNewFlights = NewType("NewFlights", list[Flight])\nNested = Flights\nSame = Flight\n'

    found = need(annotation, FLIGHT + aliases)

    assert found is not None
    assert found.layout is Layout.ROWS
    assert [(one.name, one.logical_type, one.required) for one in found.schema.fields] == [
        ("carrier", STRING, True),
        ("delay", INTEGER, False),
    ]
    assert found.title == "Flight in steps/clean.py"


@pytest.mark.parametrize(
    "annotation",
    [
        "pa.Table",
        "list",
        "list[dict]",
        "list[dict[str, Any]]",
        "list[Unknown]",
        "pa.Table | list[Flight]",
        "list[list[Flight]]",
        "int",
        "'not python ('",
        "Loop",
        "list[Loop]",
        "list[Plain]",
        "list[Twice]",
        "list[Own]",
        "list[Wild]",
    ],
)
def test_nothing_is_said_of_rows_by(annotation: str, need: Callable[..., RowNeed | None]) -> None:
    source = """
        Loop = Loop
        class Plain:
            carrier: str
        class Twice(TypedDict):
            a: int
        if 1:
            class Twice(TypedDict):
                b: int
        @dataclass
        class Own:
            carrier: str
            def __init__(self, **row): ...
        from sqlmodel import SQLModel
        class Wild(SQLModel, BaseModel):
            carrier: str
        """

    assert need(annotation, FLIGHT + textwrap.dedent(source)) is None


def test_nothing_is_said_where_the_function_is_not_understood(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("step = print\ndef other(flights): ...\nclass Step:\n    def run(self): ...\n")
    (tmp_path / "b.py").write_text("def step(:\n")

    for entry, function, parameter in (
        ("a.py", "step", "flights"),
        ("a.py", "other", "flights"),
        ("a.py", "other", "missing"),
        ("a.py", "missing", "flights"),
        ("a.py", "Step", "flights"),
        ("b.py", "step", "flights"),
        ("no.py", "step", "flights"),
    ):
        assert need_of(str(tmp_path), entry=entry, function=function, parameter=parameter) is None


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        pytest.param("int", Field("x", INTEGER, required=True), id="int"),
        pytest.param("float", Field("x", NUMBER, required=True), id="float"),
        pytest.param("Decimal", Field("x", NUMBER, required=True), id="decimal"),
        pytest.param("str", Field("x", STRING, required=True), id="str"),
        pytest.param("bool", Field("x", BOOLEAN, required=True), id="bool"),
        pytest.param("datetime.date", Field("x", DATE, required=True), id="date"),
        pytest.param("datetime.datetime", Field("x", TIMESTAMP, required=True), id="datetime"),
        pytest.param("datetime.time", Field("x", TIME, required=True), id="time"),
        pytest.param("'int'", Field("x", INTEGER, required=True), id="text"),
        pytest.param("Optional[int]", Field("x", INTEGER), id="optional"),
        pytest.param("int | None", Field("x", INTEGER), id="or-none"),
        pytest.param("int | float", Field("x", NUMBER, required=True), id="int-or-float"),
        pytest.param("int | str", Field("x", required=True), id="int-or-str"),
        pytest.param("Any", Field("x"), id="any"),
        pytest.param("object", Field("x"), id="object"),
        pytest.param("Unknown", Field("x"), id="unknown"),
        pytest.param("Unknown | int", Field("x"), id="unknown-or-int"),
        pytest.param("Code", Field("x", STRING, required=True), id="new-type"),
        pytest.param("Literal['a', 'b']", Field("x", STRING, enum=("a", "b"), required=True), id="literal"),
        pytest.param("Literal[1, -2]", Field("x", INTEGER, enum=(Decimal(1), Decimal(-2)), required=True), id="literal-numbers"),
        pytest.param("Literal['a', None]", Field("x", STRING, enum=("a",)), id="literal-with-none"),
        pytest.param("Literal['a', 1]", Field("x", required=True), id="literal-of-several-types"),
        pytest.param("Literal['a'] | Literal['b']", Field("x", STRING, enum=("a", "b"), required=True), id="literals"),
        pytest.param("Carrier", Field("x", STRING, enum=("UA", "AA", "UNITED", "AMERICAN"), required=True), id="enum"),
        pytest.param("Level", Field("x", INTEGER, enum=(Decimal(1), Decimal(2)), required=True), id="int-enum"),
        pytest.param("Automatic", Field("x", required=True), id="enum-of-automatic-values"),
        pytest.param("Annotated[int, Ge(0), Lt(9)]", Field("x", INTEGER, minimum=Bound(Decimal(0)), maximum=Bound(Decimal(9), False), required=True), id="annotated-types"),
        pytest.param("Annotated[float, Interval(gt=-0.5, le=LIMIT)]", Field("x", NUMBER, minimum=Bound(Decimal("-0.5"), False), maximum=Bound(Decimal("0.1")), required=True), id="interval"),
        pytest.param("Annotated[str, Len(1, 3)]", Field("x", STRING, min_length=1, max_length=3, required=True), id="len"),
        pytest.param("Annotated[str, at.MinLen(2)]", Field("x", STRING, min_length=2, required=True), id="module"),
        pytest.param("Annotated[list[int], Field(min_length=1)]", Field("x", ARRAY, items=Field("", INTEGER, required=True), min_items=1, required=True), id="list"),
        pytest.param("Annotated[int, Field(ge=Decimal('1.5'), multiple_of=2)]", Field("x", INTEGER, minimum=Bound(Decimal("1.5")), multiple_of=Decimal(2), required=True), id="field"),
        pytest.param("Annotated[str, Field(pattern='^A')]", Field("x", STRING, pattern="^A", required=True), id="pattern"),
        pytest.param("Annotated[int, Field(ge=unknown())]", Field("x", INTEGER, required=True), id="no-constant"),
        pytest.param("Annotated[int, 'words', other(ge=1)]", Field("x", INTEGER, required=True), id="other-metadata"),
        pytest.param("Annotated[int, BeforeValidator(int)]", Field("x"), id="validator-before"),
        pytest.param("PositiveInt", Field("x", INTEGER, minimum=Bound(Decimal(0), False), required=True), id="positive"),
        pytest.param("list[str | None]", Field("x", ARRAY, items=Field("", STRING), required=True), id="items"),
        pytest.param("tuple[int, ...]", Field("x", ARRAY, items=Field("", INTEGER, required=True), required=True), id="tuple"),
        pytest.param("dict[str, int]", Field("x", MAP, map_key=Field("", STRING, required=True), map_value=Field("", INTEGER, required=True), required=True), id="dict"),
        pytest.param("list[tuple[str, float]]", Field("x", MAP, map_key=Field("", STRING, required=True), map_value=Field("", NUMBER, required=True), required=True), id="pairs"),
        pytest.param("Inner", Field("x", OBJECT, fields=(Field("a", INTEGER, required=True),), required=True), id="nested"),
        pytest.param("set[int]", Field("x", ARRAY, items=Field("", INTEGER, required=True), required=True), id="set"),
        pytest.param("deque[int]", Field("x"), id="another-generic"),
    ],
)  # fmt: skip
def test_the_type_of_a_column(annotation: str, expected: Field, columns: Callable[..., dict[str, Field]]) -> None:
    source = f"""
        LIMIT = 0.1
        Code = NewType("Code", str)
        class Carrier(str, enum.Enum):
            UNITED = "UA"
            AMERICAN = "AA"
            def shown(self): return self.value
        class Level(enum.IntEnum):
            LOW = 1
            HIGH = 2
        class Automatic(enum.Enum):
            LOW = enum.auto()
        class Inner(TypedDict):
            a: int
        class Row(TypedDict):
            x: {annotation}
        """

    assert columns(source)["x"] == expected


def test_bytes_are_no_text(columns: Callable[..., dict[str, Field]]) -> None:
    physical = columns("class Row(TypedDict):\n    x: bytes\n")["x"].physical_type

    assert physical is not None and physical.family is Family.BINARY


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("class Row(TypedDict):\n    a: int\n    b: NotRequired[int]\n    c: 'ReadOnly[NotRequired[int]]'", {"a": False, "b": True, "c": True}, id="not-required"),
        pytest.param("class Row(TypedDict, total=False):\n    a: int\n    b: Required[int]", {"a": True, "b": False}, id="not-total"),
        pytest.param("class Base(TypedDict, total=False):\n    a: int\nclass Row(Base):\n    b: int", {"a": True, "b": False}, id="inherited"),
        pytest.param("Row = TypedDict('Row', {'a b': int, 'class': NotRequired[str]})", {"a b": False, "class": True}, id="functional"),
        pytest.param("Row = TypedDict('Row', {'a': int}, total=False)", {"a": True}, id="functional-not-total"),
        pytest.param("T = TypeVar('T')\nclass Base(TypedDict, Generic[T]):\n    a: T\nclass Row(Base[int]):\n    pass", {"a": False}, id="generic"),
        pytest.param("@dataclass\nclass Row:\n    a: int\n    b: int = 1\n    c: list = field(default_factory=list)", {"a": False, "b": True, "c": True}, id="dataclass"),
        pytest.param("@dataclass(frozen=True)\nclass Row:\n    a: int\n    n: ClassVar[int] = 1\n    b: int = field(init=False)\n    _: KW_ONLY\n    c: InitVar[int]", {"a": False, "c": False}, id="fields-that-are-no-columns"),
        pytest.param("@dataclass\nclass Base:\n    a: int\n@dataclass\nclass Row(Base):\n    a: int = 1\n    b: int = field(metadata={'column': 'B b'}, kw_only=True)", {"a": True, "B b": False}, id="inherited-dataclass"),
        pytest.param("@dataclass\nclass Base:\n    a: int\nclass Row(Base):\n    b: int", {"a": False}, id="no-dataclass-of-its-own"),
        pytest.param("class Row(NamedTuple):\n    a: int\n    b: int = 1", {"a": False, "b": True}, id="named-tuple"),
        pytest.param("Row = NamedTuple('Row', [('a', int)])", {"a": False}, id="functional-named-tuple"),
        pytest.param("class Row(BaseModel):\n    a: int\n    b: int = 1\n    c: int = Field(...)\n    d: int = Field(1)\n    e: int = Field(default_factory=int)\n    f: int = Field(ge=1)\n    g: int = ...\n    _h: int = 1\n    i: ClassVar[int] = 1", {"a": False, "b": True, "c": False, "d": True, "e": True, "f": False, "g": False}, id="pydantic"),
        pytest.param("class Base(BaseModel):\n    a: int\nclass Row(Base):\n    b: int = Field(alias='B')\n    c: Annotated[int, Field(alias='C')]\n    d: int = Field(alias='x', validation_alias='D')\n    e: int = Field(validation_alias=AliasChoices('e', 'E'))", {"a": False, "B": False, "C": False, "D": False}, id="alias"),
        pytest.param("class Row(BaseModel):\n    model_config = ConfigDict(populate_by_name=True)\n    a: int\n    b: int = Field(alias='B')", {"a": False}, id="alias-or-name"),
        pytest.param("class Row(BaseModel):\n    model_config = ConfigDict(alias_generator=str.upper)\n    a: int\n    b: int = Field(alias='B')", {"B": False}, id="made-names"),
    ],
)  # fmt: skip
def test_the_columns_of_a_class_and_which_may_be_missing(
    source: str, expected: dict[str, bool], columns: Callable[..., dict[str, Field]]
) -> None:
    assert {name: is_optional(one) for name, one in columns(source).items()} == expected


def test_defaults_of_pydantic_limit_values(columns: Callable[..., dict[str, Field]]) -> None:
    found = columns("class Row(BaseModel):\n    a: Optional[int] = Field(None, ge=1)\n    b: Annotated[int, Ge(1)] = Field(lt=5)\n")

    assert found["a"].minimum == Bound(Decimal(1)) and not found["a"].required
    assert (found["b"].minimum, found["b"].maximum) == (Bound(Decimal(1)), Bound(Decimal(5), False))


@pytest.mark.parametrize(
    ("validator", "expected"),
    [
        pytest.param("@field_validator('a', mode='before')", None, id="before"),
        pytest.param("@field_validator('*', mode='wrap')", None, id="all"),
        pytest.param("@field_validator('a')", INTEGER, id="after"),
        pytest.param("@field_validator('b', mode='before')", INTEGER, id="another-column"),
    ],
)
def test_what_is_changed_before_it_is_checked_may_be_anything(
    validator: str, expected: LogicalType | None, columns: Callable[..., dict[str, Field]]
) -> None:
    found = columns(f"class Row(BaseModel):\n    a: int\n    {validator}\n    def changed(cls, value): ...\n")

    assert found["a"].logical_type is expected


@pytest.mark.parametrize(
    ("mode", "is_stated"), [pytest.param("before", False, id="before"), pytest.param("after", True, id="after")]
)
def test_a_model_that_changes_rows_first_says_nothing(
    mode: str, is_stated: bool, need: Callable[..., RowNeed | None]
) -> None:
    source = f"class Row(BaseModel):\n    a: int\n    @model_validator(mode={mode!r})\n    def changed(self): ...\n"

    assert (need("list[Row]", source) is not None) is is_stated


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("class Row(BaseModel):\n    model_config = ConfigDict(extra='forbid')\n    a: int", id="config"),
        pytest.param("class Row(BaseModel):\n    model_config = {'extra': 'forbid'}\n    a: int", id="dict"),
        pytest.param("class Row(BaseModel, extra='forbid'):\n    a: int", id="keyword"),
        pytest.param("class Row(BaseModel):\n    a: int\n    class Config:\n        extra = 'forbid'", id="class"),
        pytest.param("class Base(BaseModel):\n    model_config = ConfigDict(extra='forbid')\nclass Row(Base):\n    a: int", id="inherited"),
    ],
)
def test_models_can_forbid_other_columns(source: str, need: Callable[..., RowNeed | None]) -> None:
    found = need("list[Row]", source)

    assert found is not None and not found.schema.allows_extra_columns


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("class Row(BaseModel):\n    a: int", id="by-default"),
        pytest.param("class Base(BaseModel, extra='forbid'):\n    a: int\nclass Row(Base, extra='ignore'):\n    b: int", id="changed"),
        pytest.param("class Row(BaseModel, extra='forbid'):\n    a: int = Field(alias=name())", id="name-not-known"),
    ],
)
def test_models_allow_other_columns(source: str, need: Callable[..., RowNeed | None]) -> None:
    found = need("list[Row]", source)

    assert found is not None and found.schema.allows_extra_columns


@pytest.mark.parametrize(
    ("imports", "name", "files"),
    [
        pytest.param("from flights.rows import Flight", "Flight", {"src/flights/rows": FLIGHT, "src/flights/__init__": ""}, id="from"),
        pytest.param("import flights.rows", "flights.rows.Flight", {"src/flights/rows": FLIGHT}, id="module"),
        pytest.param("import flights.rows as r", "r.Flight", {"flights/rows": FLIGHT}, id="module-with-a-name"),
        pytest.param("from flights import rows", "rows.Flight", {"flights/rows": FLIGHT, "flights/__init__": ""}, id="from-package"),
        pytest.param("from .rows import Flight as F", "F", {"steps/rows": FLIGHT}, id="relative"),
        pytest.param("from . import rows", "rows.Flight", {"steps/rows": FLIGHT}, id="relative-module"),
        pytest.param("from ..shared.rows import Flight", "Flight", {"shared/rows": FLIGHT}, id="relative-above"),
        pytest.param("import rows", "rows.Flight", {"steps/rows": FLIGHT}, id="beside"),
        pytest.param("from rows import *", "Flight", {"steps/rows": FLIGHT}, id="star"),
        pytest.param("from flights import Flight", "Flight", {"flights/__init__": "from .rows import Flight", "flights/rows": FLIGHT}, id="passed-on"),
        pytest.param("if TYPE_CHECKING:\n    from rows import Flight", "Flight", {"steps/rows": FLIGHT}, id="for-type-checkers"),
        pytest.param("try:\n    from rows import Flight\nexcept ImportError:\n    from rows import Flight", "Flight", {"steps/rows": FLIGHT}, id="tried"),
        pytest.param("from rows import Flight", "Flight", {"steps/rows": FLIGHT, "others/x/rows": "class Flight: ..."}, id="the-one-above"),
    ],
)  # fmt: skip
def test_classes_are_found_by_import(imports: str, name: str, files: dict[str, str], need: Callable[..., RowNeed | None]) -> None:
    files = {path: f"from typing import Optional, TypedDict\n{text}" for path, text in files.items()}

    found = need(f"list[{name}]", imports, **files)

    assert found is not None
    assert [one.name for one in found.schema.fields] == ["carrier", "delay"]
    (file,) = (path for path, text in files.items() if "class Flight(" in text)
    assert str(found.schema.fields[0].place) == f"{file}.py:3"


@pytest.mark.parametrize(
    ("imports", "files"),
    [
        pytest.param("from rows import Flight", {}, id="not-in-the-sources"),
        pytest.param("from rows import Flight", {"rows": FLIGHT, "steps/rows": "class Flight(TypedDict):\n    a: int"}, id="one-of-two"),
        pytest.param("from rows import Flight", {"steps/rows": "from clean import Flight"}, id="in-a-circle"),
        pytest.param("from rows import Flight", {"steps/rows": "def ("}, id="not-python"),
        pytest.param("from typing import Flight", {"steps/typing": FLIGHT}, id="named-like-a-library"),
    ],
)
def test_what_an_import_means_may_not_be_known(imports: str, files: dict[str, str], need: Callable[..., RowNeed | None]) -> None:
    assert need("list[Flight]", imports, **files) is None


def test_a_function_may_be_imported(tmp_path: Path) -> None:
    (tmp_path / "steps.py").write_text("from impl import step\n")
    (tmp_path / "impl.py").write_text(f"from typing import *\n{FLIGHT}async def step(flights: list[Flight], /): ...\n")

    found = need_of(str(tmp_path), entry="steps.py", function="step", parameter="flights")

    # `from typing import *` is not followed.
    assert found is None
    (tmp_path / "impl.py").write_text(f"from typing import Optional, TypedDict\n{FLIGHT}async def step(flights: list[Flight], /): ...\n")
    found = need_of(str(tmp_path), entry="steps.py", function="step", parameter="flights")
    assert found is not None and found.title == "Flight in impl.py"


def test_types_that_hold_themselves_end_somewhere(columns: Callable[..., dict[str, Field]]) -> None:
    found = columns("class Row(TypedDict):\n    above: Optional[Row]\n    below: list[Row]\n")

    assert found["above"].logical_type is OBJECT


@pytest.mark.parametrize("suffix", ["", "Row"])
def test_generated_code_says_what_its_contract_says(suffix: str, need: Callable[..., RowNeed | None]) -> None:
    inner = (Field("city", STRING, required=True), Field("zip", STRING))
    fields = (
        Field("arr delay", INTEGER, required=True),
        Field("class", STRING, enum=("a", "b")),
        Field("share", NUMBER, parse_physical_type("decimal(5,2)")),
        Field("day", DATE),
        Field("at", TIMESTAMP, required=True),
        Field("raw", STRING, parse_physical_type("bytea")),
        Field("address", OBJECT, fields=inner),
        Field("tags", ARRAY, items=Field("", STRING)),
        Field("prices", MAP, map_key=Field("", STRING), map_value=Field("", NUMBER)),
        Field("embedding", VECTOR, dimensions=3, element_type="float32", required=True),
    )
    source = source_of(Contract("f.yaml", "f", "1.0.0", "v3.1.0", objects=(SchemaObject("flights", fields=fields),)))

    found = need(f"list[Flights{suffix}]", f"from rows import Flights{suffix}\n", rows=source)

    assert found is not None
    types = [INTEGER, STRING, NUMBER, DATE, TIMESTAMP, None, OBJECT, ARRAY, MAP, ARRAY]
    assert [one.logical_type for one in found.schema.fields] == types
    assert [one.required for one in found.schema.fields] == [one.required for one in fields]
    assert found.schema.fields[1].enum == ("a", "b")
    assert [(one.name, one.required) for one in found.schema.fields[6].fields] == [("city", True), ("zip", False)]
    assert held(found, *fields) == []
    changed = replace(fields[0], required=False), replace(fields[1], enum=("a", "b", "c")), *fields[3:]
    assert held(found, *changed) == [("arr delay", "required"), ("class", "enum"), ("share", "present")]


# --- The need next to a promise ---------------------------------------------------------------------------------------


def held(need: RowNeed | None, *columns: Field, **rules: Any) -> list[tuple[str | None, str]] | None:
    """The columns and aspects in which a promise is not enough; None if the need is not about such data."""
    promise = SchemaObject("flights", fields=columns, **rules)
    assert need is not None
    schema = fitted(need, promise)
    return None if schema is None else [(one.column, one.aspect) for one in mismatches(promise, schema)]


def test_a_need_is_compared_with_a_promise(need: Callable[..., RowNeed | None]) -> None:
    stated = need("list[Flight]")

    assert held(stated, Field("carrier", STRING, required=True), Field("delay", INTEGER, minimum=Bound(Decimal(0)))) == []
    assert held(stated, Field("carrier", STRING), Field("delay", NUMBER)) == [("carrier", "required"), ("delay", "logicalType")]
    assert held(stated, Field("delay", INTEGER)) == [("carrier", "present")]


@pytest.mark.parametrize(
    ("annotation", "promise", "aspects"),
    [
        pytest.param("NotRequired[int]", None, [], id="not-needed-and-not-named"),
        pytest.param("NotRequired[int]", Field("x", STRING), ["logicalType", "required"], id="not-needed-and-of-another-type"),
        pytest.param("str", Field("x", DATE, required=True), [], id="dates-as-text"),
        pytest.param("datetime.date", Field("x", DATE, format="dd.MM.yyyy", required=True), [], id="dates-in-any-form"),
        pytest.param("dict[str, int]", Field("x", OBJECT, fields=(Field("a", INTEGER, required=True),), required=True), [], id="objects-as-dicts"),
        pytest.param("dict[str, int]", Field("x", OBJECT, fields=(Field("a", STRING),), required=True), ["required", "logicalType"], id="members-of-another-type"),
        pytest.param("list[tuple[str, int]]", Field("x", ARRAY, required=True), [], id="pairs-of-a-list"),
        pytest.param("list[float]", Field("x", VECTOR, dimensions=3, required=True), [], id="vectors-as-lists"),
        pytest.param("list[str]", Field("x", ARRAY, items=Field("", INTEGER, required=True), required=True), ["logicalType"], id="items-of-another-type"),
        pytest.param("bytes", Field("x", STRING, parse_physical_type("bytea"), required=True), [], id="bytes"),
        pytest.param("Level", Field("x", STRING, enum=("LOW",), required=True), [], id="names-of-members"),
        pytest.param("Level", Field("x", INTEGER, required=True), ["enum"], id="values-of-members"),
        pytest.param("bytes", Field("x", STRING, required=True), ["physicalType"], id="text-is-no-bytes"),
        pytest.param("str", Field("x", required=True), ["logicalType"], id="type-left-open"),
    ],
)  # fmt: skip
def test_a_column_is_compared_as_python_has_it(
    annotation: str, promise: Field | None, aspects: list[str], need: Callable[..., RowNeed | None]
) -> None:
    source = f"class Level(enum.IntEnum):\n    LOW = 1\nclass Row(TypedDict):\n    x: {annotation}\n"
    stated = need("list[Row]", source)
    found = held(stated, *([promise] if promise else [Field("y")]))

    assert found is not None and sorted(aspect for _, aspect in found) == sorted(aspects)


def test_how_files_are_read_is_the_promises_to_say(need: Callable[..., RowNeed | None]) -> None:
    columns = Field("carrier", STRING, required=True), Field("delay", INTEGER)

    assert held(need("list[Flight]"), *columns, null_values=("-",), data_format="csv", layout=Layout.ROWS) == []


@pytest.mark.parametrize(
    ("annotation", "layout", "is_compared"),
    [
        pytest.param("list[Flight]", Layout.DOCUMENT, False, id="rows-of-a-document"),
        pytest.param("list[Flight]", Layout.ENTRIES, False, id="rows-of-entries"),
        pytest.param("Flight", Layout.DOCUMENT, True, id="document"),
        pytest.param("Flight", None, True, id="document-without-layout"),
        pytest.param("Flight", Layout.ROWS, False, id="document-of-rows"),
        pytest.param("dict[str, Flight]", Layout.ENTRIES, True, id="entries"),
        pytest.param("dict[str, Flight]", None, False, id="dict-of-anything"),
    ],
)
def test_an_annotation_is_about_data_of_its_layout(
    annotation: str, layout: Layout | None, is_compared: bool, need: Callable[..., RowNeed | None]
) -> None:
    assert (held(need(annotation), Field("other"), layout=layout) is not None) is is_compared


def test_entries_have_a_key_and_a_value(need: Callable[..., RowNeed | None]) -> None:
    value = Field("value", OBJECT, fields=(Field("carrier", STRING, required=True), Field("delay", STRING)), required=True)
    columns = Field("key", STRING, required=True), value

    assert held(need("dict[str, Flight]"), *columns, layout=Layout.ENTRIES) == [("value.delay", "logicalType")]


def test_a_model_that_forbids_other_columns_needs_a_promise_of_that(need: Callable[..., RowNeed | None]) -> None:
    stated = need("list[Row]", "class Row(BaseModel, extra='forbid'):\n    a: int\n")
    column = Field("a", INTEGER, required=True)

    assert held(stated, column) == [(None, "extraColumns")]
    assert held(stated, column, allows_extra_columns=False) == []
    assert held(stated, column, replace(column, name="b"), allows_extra_columns=False) == [(None, "extraColumns")]
