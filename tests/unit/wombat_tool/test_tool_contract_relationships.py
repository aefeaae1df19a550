"""The foreign keys of contracts, in both of the standard's notations."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract_texts import contract_of, errors_of, notes_of, schema_text
from wombat_tool.contracts.model import Relationship
from wombat_tool.contracts.reader import look_at, read_contract


def schema(*, at_orders: str = "", at_customer: str = "") -> str:
    """Orders, of which `customer` is in line 9, and the customers that they are of; `at_orders` is in line 11."""
    return schema_text(
        f"""
- id: orders_tbl
  name: orders
  properties:
  - {{name: customer, physicalName: cust_no, id: customer_col{", relationships: [" + at_customer + "]" if at_customer else ""}}}
  - {{name: branch, properties: [{{name: city, relationships: [{{to: customers.number}}]}}]}}
  relationships: [{at_orders}]
- id: customers_tbl
  name: customers
  physicalName: cust
  properties:
  - {{name: number, physicalName: cust_no, id: number_col}}
  - {{name: branch}}
""".strip()
    )


def found(text: str) -> tuple[Relationship, ...]:
    return contract_of(text).objects[0].relationships


@pytest.mark.parametrize(
    "to",
    [
        "customers.number",
        "customers.cust_no",
        "schema/customers_tbl/properties/number_col",
        "/schema/customers_tbl/properties/number_col",
        "schema/customers/properties/number",
    ],
)
def test_a_relationship_of_a_column_is_to_a_column_by_name_or_id(to: str) -> None:
    (relationship,) = found(schema(at_customer=f"{{to: {to}}}"))

    assert (relationship.columns, relationship.to_object, relationship.to_columns) == (
        ("cust_no",),
        "customers",
        ("cust_no",),
    )
    assert (relationship.to_file, relationship.place.line) == (None, 9)


@pytest.mark.parametrize(
    "ends",
    [
        "from: [orders.customer, orders.branch], to: [customers.number, customers.branch]",
        "from: [schema/orders_tbl/properties/customer_col, orders.branch], to: [customers.number, customers.branch]",
    ],
)
def test_a_relationship_of_an_object_can_be_of_several_columns(ends: str) -> None:
    (relationship,) = found(schema(at_orders=f"{{{ends}}}"))

    assert (relationship.columns, relationship.to_columns) == (("cust_no", "branch"), ("cust_no", "branch"))


def test_a_relationship_can_be_to_another_file() -> None:
    ends = "{from: orders.customer, to: a/x.odcs.yaml#a.b}, {from: orders.branch, to: y.yml#/schema/c/properties/d}"
    first, second = found(schema(at_orders=ends))

    assert (first.to_file, first.to_object, first.to_columns) == ("a/x.odcs.yaml", "a", ("b",))
    assert (second.to_file, second.to_object, second.to_columns) == ("y.yml", "c", ("d",))


def test_the_file_itself_is_no_other_file() -> None:
    (relationship,) = found(schema(at_customer="{to: ./orders.odcs.yaml#schema/customers_tbl/properties/number_col}"))

    assert (relationship.to_file, relationship.to_object, relationship.to_columns) == (None, "customers", ("cust_no",))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with the contract of the customers."""
    (tmp_path / "customers.odcs.yaml").write_text(schema())
    return tmp_path


def write_orders(directory: Path, to: str) -> str:
    path = directory / "orders.odcs.yaml"
    path.write_text(schema(at_customer=f"{{to: {to}}}"))
    return str(path)


@pytest.mark.parametrize(
    "to", ["customers.odcs.yaml#schema/customers_tbl/properties/number_col", "./customers.odcs.yaml#customers.number"]
)
def test_names_in_another_file_that_is_there_become_those_of_its_data(directory: Path, to: str) -> None:
    (relationship,) = read_contract(write_orders(directory, to), name="a/orders.odcs.yaml").objects[0].relationships

    assert (relationship.to_object, relationship.to_columns) == ("customers", ("cust_no",))


@pytest.mark.parametrize(
    ("to", "error"),
    [
        (
            "customers.odcs.yaml#customer.number",
            "the contract 'a/customers.odcs.yaml' has no object 'customer'. Did you mean 'customers'?",
        ),
        (
            "customers.odcs.yaml#customers.numbr",
            "'customers.odcs.yaml#customers.numbr': 'customers' has no column 'numbr'. Did you mean 'number'?",
        ),
    ],
)
def test_names_that_another_file_does_not_have_are_told(directory: Path, to: str, error: str) -> None:
    reading = look_at(write_orders(directory, to), name="a/orders.odcs.yaml")

    assert [(one.line, one.message) for one in reading.errors] == [(9, error)]


def test_another_file_that_cannot_be_read_tells_its_own_mistakes(directory: Path) -> None:
    (directory / "customers.odcs.yaml").write_text("a: [")
    reading = look_at(write_orders(directory, "customers.odcs.yaml#customers.number"), name="a/orders.odcs.yaml")

    assert reading.errors == ()


REFERENCE = "Write it as `object.column`, or `schema/<id of the object>/properties/<id of the property>`."


@pytest.mark.parametrize(
    ("at_customer", "at_orders", "error"),
    [
        pytest.param("{to: number}", "", f"9:84: 'number' is no reference to a column. {REFERENCE}", id="no-object"),
        pytest.param(
            "{to: schema/customers_tbl}",
            "",
            f"9:84: 'schema/customers_tbl' is no reference to a column. {REFERENCE}",
            id="object",
        ),
        pytest.param(
            "{to: customers.numbr}",
            "",
            "9:84: 'customers.numbr': 'customers' has no column 'numbr'. Did you mean 'number'?",
            id="unknown-column",
        ),
        pytest.param(
            "{to: schema/customers_tbl/properties/numbr_col}",
            "",
            "9:84: 'schema/customers_tbl/properties/numbr_col': 'customers' has no column 'numbr_col'. Did you mean 'number_col'?",
            id="unknown-id",
        ),
        pytest.param(
            "{to: [customers.number, customers.branch]}",
            "",
            "9:80: the relationship is from 1 columns to 2. Name as many in both, each beside its counterpart.",
            id="more-columns",
        ),
        pytest.param(
            "",
            "{from: [orders.customer, orders.branch], to: [customers.number]}",
            "11:60: the relationship is from 2 columns to 1. Name as many in both, each beside its counterpart.",
            id="fewer-columns",
        ),
        pytest.param(
            "",
            "{from: [orders.customer, orders.branch], to: [customers.number, orders.branch]}",
            "11:60: the columns of 'to' are of more than one object. Make a relationship for each object.",
            id="two-objects",
        ),
        pytest.param(
            "",
            "{from: customers.number, to: customers.number}",
            "11:26: 'from' names 'customers.number', and the relationship stands at 'orders'. Begin it with 'orders.', or move "
            "the relationship.",
            id="from-another-object",
        ),
        pytest.param(
            "",
            "{from: orders.custmer, to: customers.number}",
            "11:26: 'orders.custmer': 'orders' has no column 'custmer'. Did you mean 'customer'?",
            id="unknown-from",
        ),
        pytest.param(
            "{to: ../../x.yaml#a.b}",
            "",
            "9:84: the file '../../x.yaml' is outside of the repository. Correct the path, which begins at the directory of "
            "this contract.",
            id="outside",
        ),
        pytest.param(
            "{from: orders.customer, to: customers.number}",
            "",
            "9:80: the key 'from' is for relationships of an object: here it is the property itself. Remove it.",
            id="from-of-column",
        ),
        pytest.param(
            "{to: customers.number, type: foreign}",
            "",
            "9:108: 'type' is 'foreign', which is not one of its words. Did you mean 'foreignKey'?",
            id="type",
        ),
    ],
)
def test_a_wrong_relationship_is_told_with_its_place(at_customer: str, at_orders: str, error: str) -> None:
    assert errors_of(schema(at_customer=at_customer, at_orders=at_orders)) == [error]


INSIDE = "10: the relationship to customers.number: it is within the column 'branch', and only columns can be looked up"


@pytest.mark.parametrize(
    ("at_customer", "note"),
    [
        ("{to: stores.number}", "9: the relationship to stores.number: this contract has no object 'stores'"),
        (
            "{to: customers.branch.city}",
            "9: the relationship to customers.branch.city: it is to something within a column, and only columns can be looked up",
        ),
        (
            "{to: 'https://example.com/x.yaml#a.b'}",
            "9: the relationship to https://example.com/x.yaml#a.b: it is to a contract outside of the repository",
        ),
    ],
)
def test_a_relationship_that_is_not_checked_is_noted(at_customer: str, note: str) -> None:
    assert sorted(notes_of(schema(at_customer=at_customer))) == sorted([note, INSIDE])


def test_a_relationship_from_within_a_column_is_noted() -> None:
    notes = notes_of(schema(at_orders="{from: orders.branch.city, to: customers.number}"))

    assert (
        "11: the relationship from 'orders.branch.city': it is from something within a column, and only columns can be looked up"
        in notes
    )
