"""Every contract gets names that Python takes, the same ones each time."""

from __future__ import annotations

import builtins
import dataclasses
import keyword
import typing

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generated_code import column, contract, contract_of, hints, loaded
from wombat_tool.codegen.module import source_of
from wombat_tool.codegen.names import class_name, field_names, function_stem, is_field_name
from wombat_tool.contracts.model import Field, LogicalType, SchemaObject


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        pytest.param(["origin", "_id", "größe", "数据"], ["origin", "_id", "größe", "数据"], id="identifiers"),
        pytest.param(
            ["dep delay", "arr-delay", "a.b", " x "], ["dep_delay", "arr_delay", "a_b", "x"], id="other-characters"
        ),
        pytest.param(["delay (min)", "100%"], ["delay_min", "column_100"], id="ends"),
        pytest.param(["2013", "1st"], ["column_2013", "column_1st"], id="digits"),
        pytest.param(["class", "None"], ["class_", "None_"], id="keywords"),
        pytest.param(["__x", "__init__", "__"], ["_x", "_init__", "column"], id="two-underscores"),
        pytest.param(["", "!", "?"], ["column", "column_2", "column_3"], id="nothing-left"),
        pytest.param(["a b", "a-b", "a_b"], ["a_b_2", "a_b_3", "a_b"], id="clashes"),
        pytest.param(["class", "class_", "class_2"], ["class__2", "class_", "class_2"], id="clash-with-a-number"),
        pytest.param(["ﬁeld", "field"], ["field_2", "field"], id="another-normal-form"),
        pytest.param(["mro", "BUILTINS"], ["mro_", "BUILTINS_"], id="no-fields-of-data-classes"),
        pytest.param(["self", "cls", "type", "str"], ["self", "cls", "type", "str"], id="common-words"),
    ],
)
def test_columns_keep_their_names_where_python_allows_it(columns: list[str], fields: list[str]) -> None:
    assert field_names(columns) == fields


@pytest.mark.parametrize(
    ("name", "data_class", "function"),
    [
        pytest.param("arrived_flights", "ArrivedFlights", "arrived_flights", id="snake"),
        pytest.param("arrivedFlights", "ArrivedFlights", "arrived_flights", id="camel"),
        pytest.param("ArrivedFlights", "ArrivedFlights", "arrived_flights", id="pascal"),
        pytest.param("HTTPLog", "HTTPLog", "http_log", id="abbreviation"),
        pytest.param("ORDER_ITEMS", "OrderItems", "order_items", id="capitals"),
        pytest.param("arrived flights (all)", "ArrivedFlights" + "All", "arrived_flights_all", id="sentence"),
        pytest.param("2020 sales", "Dataset2020Sales", "dataset_2020_sales", id="digit"),
        pytest.param("class", "Class", "class", id="keyword-of-other-case"),
        pytest.param("none", "None_", "none", id="keyword"),
        pytest.param("!!", "Dataset", "dataset", id="nothing-left"),
        pytest.param("größe", "Größe", "größe", id="umlaut"),
        pytest.param("数据", "数据", "数据", id="no-case"),
    ],
)
def test_objects_give_classes_and_functions_their_names(name: str, data_class: str, function: str) -> None:
    assert class_name(name) == data_class
    assert function_stem(name) == function
    assert hasattr(loaded(source_of(contract(column("x"), name=name))), f"{function}_schema")


def test_objects_that_would_be_called_the_same_are_numbered() -> None:
    objects = [SchemaObject(name, fields=(column(name),)) for name in ("a b", "a_b", "a_b_row", "aB")]

    module = loaded(source_of(contract_of(*objects)))

    assert hints(module, "ABRow") == {"a_b_row": typing.Optional[str]}
    assert module.AB2.__doc__ == "a_b."
    assert module.AB3.__doc__ == "aB."
    assert module.AB3Row.__doc__.startswith("aB, as a dictionary; `AB3` says")
    assert module.a_b_schema().names == ["a b"]
    assert module.a_b_schema_2().names == ["a_b"]


def test_names_of_imports_give_way_to_those_of_the_contract() -> None:
    fields = (
        column("str", required=True),
        Field("datetime", LogicalType.TIMESTAMP),
        Field("Optional", LogicalType.ARRAY, items=Field("", LogicalType.DATE)),
        Field("field", LogicalType.NUMBER),
        Field("the field", LogicalType.NUMBER),
    )
    objects = [SchemaObject("typed dict", fields=fields), SchemaObject("any", fields=(Field("list"),))]

    module = loaded(source_of(contract_of(*objects)))

    assert hints(module, "TypedDict")["str"] is str
    assert hints(module, "TypedDictRow")["the field"] == typing.Optional[float]
    assert hints(module, "AnyRow") == {"list": typing.Any}
    assert dataclasses.is_dataclass(module.TypedDict)


def test_a_nested_class_is_not_called_like_a_column() -> None:
    inner = Field("inner", LogicalType.OBJECT, fields=(column("x"),))

    module = loaded(source_of(contract(inner, column("TInner"), name="t")))

    assert hints(module, "T") == {"inner": typing.Optional[module.TInner2], "TInner": typing.Optional[str]}


def test_every_word_of_python_can_be_a_column() -> None:
    names = sorted({*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "self", "keys", "items", "pa", "typing"})

    module = loaded(source_of(contract(*map(column, names), name="words")))

    assert set(hints(module, "WordsRow")) == set(names)
    columns = [one.metadata.get("column", one.name) for one in dataclasses.fields(module.Words)]
    assert columns == names
    row = module.Words(*range(len(names)))
    assert [getattr(row, one.name) for one in dataclasses.fields(module.Words)] == list(range(len(names)))
    assert repr(row).startswith("Words(")


# --- All contracts ----------------------------------------------------------------------------------------------------

NAMES = st.one_of(
    st.sampled_from(["a b", "a_b", "class", "str", "2020", "datetime", "mro", "__x", "ﬁ", "_", "id", "T", "TRow"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)
SCALARS = [LogicalType.STRING, LogicalType.INTEGER, LogicalType.NUMBER, LogicalType.DATE, LogicalType.BOOLEAN]


@st.composite
def fields(draw: st.DrawFn, name: str, *, depth: int = 2) -> Field:
    """Columns of any name and type."""
    kind = draw(st.sampled_from([*SCALARS, LogicalType.OBJECT, LogicalType.ARRAY, LogicalType.MAP][: None if depth else 5]))
    required = draw(st.booleans())
    if kind is LogicalType.OBJECT:
        members = [draw(fields(one, depth=depth - 1)) for one in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))]
        return Field(name, kind, required=required, fields=tuple(members))
    if kind is LogicalType.ARRAY:
        return Field(name, kind, required=required, items=draw(fields("", depth=depth - 1)))
    if kind is LogicalType.MAP:
        key = Field("", LogicalType.STRING, required=True)
        return Field(name, kind, required=required, map_key=key, map_value=draw(fields("", depth=depth - 1)))
    enum = ("a", "b c") if kind is LogicalType.STRING and draw(st.booleans()) else None
    return Field(name, kind, required=required, enum=enum, description=draw(st.text(max_size=9)))


@st.composite
def objects(draw: st.DrawFn) -> list[SchemaObject]:
    """The objects of a contract."""
    found = []
    for name in draw(st.lists(NAMES.filter(bool), min_size=1, max_size=3, unique=True)):
        columns = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
        description = draw(st.text(max_size=20))
        found.append(SchemaObject(name, fields=tuple(draw(fields(one)) for one in columns), description=description))
    return found


@settings(max_examples=120, deadline=None)
@given(found=objects())
def test_the_module_of_any_contract_loads_and_has_all_its_columns(found: list[SchemaObject]) -> None:
    source = source_of(contract_of(*found))

    module = loaded(source)

    assert source == source_of(contract_of(*found))
    classes = [one for one in vars(module).values() if isinstance(one, type) and dataclasses.is_dataclass(one)]
    tops = [one for one in classes if hasattr(module, f"{one.__name__.rstrip('_')}Row")]
    assert len(tops) >= len(found)
    for one in classes:
        assert all(is_field_name(field.name) for field in dataclasses.fields(one))
        assert len(hints(module, one.__name__)) == len(dataclasses.fields(one))
    schemas = [value() for name, value in vars(module).items() if isinstance(name, str) and "_schema" in name]
    assert [schema.names for schema in schemas] == [[field.name for field in one.fields] for one in found]
    for schema in schemas:
        assert schema.empty_table().to_pylist() == []
        row = {field.name: None for field in schema if field.nullable}
        if len(row) == len(schema):
            assert pa.Table.from_pylist([row], schema=schema).to_pylist() == [row]


@given(columns=st.lists(st.text(max_size=6), max_size=6, unique=True))
def test_any_columns_have_different_names_for_fields(columns: list[str]) -> None:
    names = field_names(columns)

    assert len(set(names)) == len(columns)
    assert all(map(is_field_name, names))
    assert [name for name in names if name in columns] == [one for one in columns if is_field_name(one)]


@given(text=st.text(max_size=10))
def test_any_object_has_names_for_a_class_and_a_function(text: str) -> None:
    assert class_name(text).isidentifier() and not keyword.iskeyword(class_name(text))
    assert f"{function_stem(text)}_schema".isidentifier()
