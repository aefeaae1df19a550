"""Which parameters of a function may say of what rows a table is: the sieve lets everything through that may."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wombat.graph.row_annotations import row_parameters


def found_in(source: str, function: str = "train") -> tuple[str, ...]:
    """The parameters that may state what rows are needed."""
    return row_parameters(dedent(source).encode(), function)


@pytest.mark.parametrize(
    "annotation",
    [
        "list[Flight]",
        "List[Flight]",
        "typing.List[Flight]",
        "Sequence[Flight]",
        "collections.abc.Sequence[Flight]",
        "Iterable[Flight]",
        "Iterator[Flight]",
        "Collection[Flight]",
        "list[schema.Flight]",
        "list[etl.schema.Flight]",
        "Optional[list[Flight]]",
        "list[Flight] | None",
        "Union[list[dict], list[Flight]]",
        "Annotated[list[Flight], 'sorted']",
        "list[Optional[Flight]]",
        "list[\n        Flight\n    ]",
        "'list[Flight]'",
        '"Iterator[Flight]"',
        "list['Flight']",
        '"list[\'Flight\']"',
        "list[Größe]",
    ],
)
def test_an_annotation_that_names_a_class_of_rows_is_found(annotation: str) -> None:
    assert found_in(f"def train(flights: {annotation}) -> bytes: ...") == ("flights",)


@pytest.mark.parametrize(
    "annotation",
    [
        "pa.Table",
        "pandas.DataFrame",
        "list[dict]",
        "List[Dict[str, Any]]",
        "list[Mapping[str, object]]",
        "Sequence[typing.Any]",
        "list[list[int]]",
        "list[str]",
        "list",
        "'list[dict]'",
        "dict[str, Flight]",
        "Flight",
        "my_list[Flight]",
    ],
)
def test_an_annotation_that_names_none_is_not(annotation: str) -> None:
    source = f"Rows = list\nROWS: list[Flight] = []\n\ndef train(flights: {annotation}) -> list[Flight]: ..."

    assert found_in(source) == ()


def test_all_kinds_of_parameters_are_looked_at() -> None:
    source = """
        def train(
            first: list[A], /, second: list[B], third: "pa.Table", fourth, *, fifth: list[C] = (), sixth: int = len(")"),
        ): ...
    """

    assert found_in(source) == ("first", "second", "fifth")


def test_parentheses_and_comments_among_the_parameters_do_not_end_them() -> None:
    source = '''
        def train(
            limit: int = (1 + (2)),  # no end :) here
            name: str = "a) b",
            *,
            flights: list[Flight],  # nor :) here
        ) -> tuple[()]:
            """It has a docstring (with more)."""
    '''

    assert found_in(source) == ("flights",)


@pytest.mark.parametrize(
    "definition",
    [
        "async def train(flights: list[Flight]): ...",
        "@step\n@other(1)\ndef train(flights: list[Flight]): ...",
        "if True:\n    def train(flights: list[Flight]): ...",
        "def train[T](flights: list[Flight], other: T): ...",
        "def train[T: (int, str)](flights: list[Flight]): ...",
        "def  train (flights: list[Flight]): ...",
        "def train(flights: list[Flight]):\r\n    return 1\r\n",
    ],
    ids=["async", "decorated", "indented", "generic", "bounded", "blanks", "line-ends"],
)
def test_a_function_is_found_however_it_is_defined(definition: str) -> None:
    assert found_in(definition) == ("flights",)


@pytest.mark.parametrize(
    "code",
    [
        "match x:\n    case [Flight(a=1), *rest]: ...",
        "try: ...\nexcept* ValueError: ...",
        "type Pair[T] = tuple[T, T]",
        "def f(*args: *Ts): ...",
        'f"{x["a"]}"',
        "with (open(a) as b, open(c) as d): ...",
        "this is no Python at all (",
    ],
    ids=["match", "except-star", "type", "star", "f-string", "with", "broken"],
)
def test_code_for_another_python_around_it_does_not_hide_a_function(code: str) -> None:
    assert found_in(f"{code}\n\ndef train(flights: list[Flight]) -> bytes: ...\n\n{code}\n") == ("flights",)


@pytest.mark.parametrize(
    "alias",
    [
        "Flights = list[Flight]",
        "Flights: TypeAlias = 'list[Flight]'",
        "Flights: typing.TypeAlias = Sequence[Flight]",
        "type Flights = Iterator[Flight]",
        "Flights = NewType('Flights', list[Flight])",
        "Flights = Annotated[list[Flight], 'sorted']",
    ],
)
@pytest.mark.parametrize("annotation", ["Flights", "'Flights'", "Optional[Flights]"])
def test_an_alias_in_the_same_file_is_looked_through(alias: str, annotation: str) -> None:
    assert found_in(f"{alias}\n\ndef train(flights: {annotation}, n: int): ...") == ("flights",)


def test_an_alias_of_what_names_no_class_is_none() -> None:
    assert found_in("Rows = list[dict]\nX = list[Flight]\n\ndef train(flights: Rows): ...") == ()


@pytest.mark.parametrize(
    "statement",
    [
        "from etl.types import Flights",
        "from .types import Flights",
        "from . import Flights",
        "from etl.types import FlightRows as Flights",
        "from etl.types import Other, Flights, Another",
        "from etl.types import (\n    Other,  # not this\n    Flights,  # but this\n)",
        "from etl.types import (Other, Flights)",
        "if TYPE_CHECKING:\n    from etl.types import Flights  # for the checker",
    ],
)
def test_a_name_from_a_module_of_ones_own_may_be_an_alias(statement: str) -> None:
    assert found_in(f"{statement}\n\ndef train(flights: Flights): ...") == ("flights",)


def test_a_name_in_an_imported_module_may_be_an_alias() -> None:
    assert found_in("from etl import types\n\ndef train(flights: types.Flights): ...") == ("flights",)


@pytest.mark.parametrize(
    "statement",
    [
        "from pandas import Flights",
        "from collections.abc import Flights",
        "from etl.types import Flights as Others",
        "from etl.types import Other",
        "import Flights",
    ],
)
def test_a_name_from_a_library_is_none(statement: str) -> None:
    assert found_in(f"{statement}\n\ndef train(flights: Flights): ...") == ()


def test_other_functions_are_not_looked_at() -> None:
    source = """
        def clean(flights: list[Flight]): ...
        def retrain(flights: list[Flight]): ...
        def train(flights: pa.Table): ...
        def train_again(flights: list[Flight]): ...
    """

    assert found_in(source) == ()
    assert found_in(source, "train_again") == ("flights",)
    assert found_in(source, "missing") == ()


def test_a_name_that_is_no_pattern_is_looked_for_as_it_is() -> None:
    assert found_in("def größe(flights: list[Flight]): ...", "größe") == ("flights",)
    assert found_in("def train(flights: list[Flight]): ...", "t.*") == ()


@pytest.mark.parametrize("source", [b"", b"\xff\xfe\x00", b"def train(flights: list[Flight", b"list[Flight]\ndef train("])
def test_source_that_is_none_has_no_parameters(source: bytes) -> None:
    assert row_parameters(source, "train") == ()


def test_source_that_is_not_utf_8_is_looked_through_as_well() -> None:
    source = "# -*- coding: latin-1 -*-\n# größe\ndef train(flights: list[Flight]): ...".encode("latin-1")

    assert row_parameters(source, "train") == ("flights",)
