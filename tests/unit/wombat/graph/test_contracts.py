"""Contracts as fields name them, and the facts that are read of a contract file."""

from __future__ import annotations

import json
from typing import Any, Dict, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import contract_facts, schema_object
from wombat.graph.contracts import (
    ContractFacts,
    ContractName,
    Relationship,
    Remark,
    contract_name,
    module_file_of,
    read_facts,
)
from wombat.graph.errors import UnknownSchemaObjectError

# --- Names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "directory", "name"),
    [
        pytest.param("x.odcs.yaml", "a/b", ContractName("a/b/x.odcs.yaml"), id="relative"),
        pytest.param("c/x.odcs.yaml", "a/b", ContractName("a/b/c/x.odcs.yaml"), id="below"),
        pytest.param("x.odcs.yaml", "", ContractName("x.odcs.yaml"), id="in-the-root"),
        pytest.param("//c/x.odcs.yaml", "a/b", ContractName("c/x.odcs.yaml"), id="from-the-root"),
        pytest.param("//x.odcs.yaml", "a/b", ContractName("x.odcs.yaml"), id="in-the-root-from-elsewhere"),
        pytest.param("../c/./x.odcs.yaml", "a/b", ContractName("a/c/x.odcs.yaml"), id="up-and-down"),
        pytest.param("../../../x.odcs.yaml", "a/b", ContractName("../x.odcs.yaml"), id="out-of-the-repository"),
        pytest.param("x.odcs.yaml#orders", "a", ContractName("a/x.odcs.yaml", "orders"), id="object"),
        pytest.param("//x.odcs.yaml#a#b", "a", ContractName("x.odcs.yaml", "a#b"), id="object-with-a-hash"),
        pytest.param("größe é.yaml#straße", "a", ContractName("a/größe é.yaml", "straße"), id="unicode"),
    ],
)
def test_a_contract_is_named_relative_to_the_build_file_or_from_the_root(
    text: str, directory: str, name: ContractName
) -> None:
    assert contract_name(text, directory) == name


@pytest.mark.parametrize("text", ["a/x.odcs.yaml", "a/x.odcs.yaml#orders"])
def test_the_name_of_a_contract_is_the_text_that_means_it_from_the_root(text: str) -> None:
    name = contract_name(f"//{text}", "anywhere")

    assert str(name) == text
    assert contract_name(f"//{name}", "elsewhere") == name


@pytest.mark.parametrize(
    ("file", "module_file"),
    [
        pytest.param("a/orders.odcs.yaml", "a/orders_odcs.py", id="ending"),
        pytest.param("a/orders.odcs.yml", "a/orders_odcs.py", id="short-ending"),
        pytest.param("orders.odcs.yaml", "orders_odcs.py", id="in-the-root"),
        pytest.param("a/orders.yaml", "a/orders_odcs.py", id="ending-of-its-own"),
        pytest.param("a/orders.yml", "a/orders_odcs.py", id="short-ending-of-its-own"),
        pytest.param("a.b/raw-orders.v2.odcs.yaml", "a.b/raw_orders_v2_odcs.py", id="no-identifier"),
        pytest.param("a/2024.odcs.yaml", "a/_2024_odcs.py", id="begins-with-a-digit"),
        pytest.param("a/größe.odcs.yaml", "a/gr__e_odcs.py", id="not-ascii"),
        pytest.param("a/.odcs.yaml", "a/__odcs.py", id="ending-alone"),
        pytest.param("a/class.odcs.yaml", "a/class_odcs.py", id="keyword"),
    ],
)
def test_a_contract_is_the_module_that_is_named_like_it(file: str, module_file: str) -> None:
    assert module_file_of(file) == module_file


@given(st.text(st.characters(exclude_characters="/", exclude_categories=("Cs",)), min_size=1, max_size=10))
def test_a_contract_of_any_name_is_a_module_that_can_be_imported(name: str) -> None:
    directory, _, module = module_file_of(f"a/{name}.odcs.yaml").rpartition("/")

    assert directory == "a"
    assert module.isascii() and module.endswith("_odcs.py") and module[: -len(".py")].isidentifier()


# --- Facts ------------------------------------------------------------------------------------------------------------


def facts_of(*objects: Dict[str, Any], **changes: Any) -> ContractFacts:
    """The facts of a contract file."""
    return read_facts("shop/orders.odcs.yaml", json.dumps(contract_facts(*objects, **changes)).encode())


def test_facts_are_read() -> None:
    facts = facts_of(
        schema_object(
            "orders",
            physical_name="t_orders",
            columns=["id", "customer", "größe"],
            sensitive_columns=["customer"],
            relationships=[
                {"columns": ["customer"], "to_file": None, "to_object": "users", "to_columns": ["id"], "line": 14},
                {
                    "columns": ["a", "b"],
                    "to_file": "geo/places.odcs.yaml",
                    "to_object": "places",
                    "to_columns": ["x", "y"],
                    "line": 20,
                },
            ],
            line=7,
        ),
        notes=[{"message": "the rule 'fair' is not checked: it is prose.", "line": 30}],
    )

    assert (facts.file, facts.id, facts.version, facts.name) == (
        "shop/orders.odcs.yaml",
        "urn:shop",
        "1.2.0",
        "Shop orders",
    )
    assert (facts.errors, facts.problems) == ((), ())
    assert facts.notes == (Remark("the rule 'fair' is not checked: it is prose.", 30, 1),)
    (orders,) = facts.objects
    assert (orders.name, orders.physical_name, orders.line) == ("orders", "t_orders", 7)
    assert (orders.columns, orders.sensitive_columns) == (("id", "customer", "größe"), ("customer",))
    assert orders.relationships == (
        Relationship(("customer",), None, "users", ("id",), 14),
        Relationship(("a", "b"), "geo/places.odcs.yaml", "places", ("x", "y"), 20),
    )


def test_facts_are_values_that_the_engine_can_keep() -> None:
    first, second = facts_of(schema_object("orders")), facts_of(schema_object("orders"))

    assert first == second
    assert hash(first) == hash(second)
    assert first != facts_of(schema_object("users"))


def test_a_foreign_key_is_known_by_its_object_and_in_another_file_by_that_too() -> None:
    assert Relationship(("a",), None, "users", ("id",), 1).key == "users"
    assert Relationship(("a",), "geo/places.odcs.yaml", "places", ("id",), 1).key == "geo/places.odcs.yaml#places"


def test_mistakes_have_their_places() -> None:
    facts = facts_of(
        errors=[{"message": "unknown key 'colum'.", "line": 12, "column": 5}], id=None, version=None, name=None
    )

    assert facts.errors == (Remark("unknown key 'colum'.", 12, 5),)
    assert facts.problems == ("shop/orders.odcs.yaml:12:5: unknown key 'colum'.",)
    assert (facts.id, facts.version, facts.name, facts.objects) == ("", "", "", ())


def test_a_contract_without_a_name_is_called_by_its_id() -> None:
    assert facts_of(name=None).name == "urn:shop"


# --- The object that a dataset keeps ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "name", "found"),
    [
        pytest.param("users", "anything", "users", id="by-the-name-that-is-given"),
        pytest.param("t_users", "anything", "users", id="by-the-physical-name-that-is-given"),
        pytest.param("", "orders", "orders", id="by-the-name-of-the-dataset"),
        pytest.param("", "t_users", "users", id="by-the-name-of-the-dataset-as-the-physical-one"),
        pytest.param("orders", "users", "orders", id="what-is-given-wins"),
        pytest.param("t_orders", "users", "t_orders", id="a-name-wins-over-a-physical-name"),
    ],
)
def test_of_several_objects_a_dataset_keeps_the_one_of_that_name(wanted: str, name: str, found: str) -> None:
    facts = facts_of(
        schema_object("orders", physical_name="t_orders"),
        schema_object("users", physical_name="t_users"),
        schema_object("t_orders"),
    )

    assert facts.object_for(wanted, name, address="shop:x").name == found


def test_the_only_object_is_kept_by_a_dataset_of_any_name() -> None:
    assert facts_of(schema_object("orders")).object_for("", "raw_orders", address="shop:x").name == "orders"


@pytest.mark.parametrize(
    ("objects", "wanted", "message"),
    [
        pytest.param(
            ["orders", "users"],
            "order",
            "The 'contract' field in target shop:raw names 'shop/orders.odcs.yaml#order', but the contract has no "
            "schema object 'order'. It has: orders, users. Did you mean 'orders.odcs.yaml#orders'?",
            id="mistyped",
        ),
        pytest.param(
            ["orders"],
            "zzz",
            "The 'contract' field in target shop:raw names 'shop/orders.odcs.yaml#zzz', but the contract has no schema "
            "object 'zzz'. It has: orders. Correct the name after '#'.",
            id="like-nothing",
        ),
        pytest.param(
            ["orders", "users"],
            "",
            "The 'contract' field in target shop:raw names 'shop/orders.odcs.yaml' without a schema object, and the "
            "contract has none called 'raw'. It has: orders, users. Name one of them after '#', as "
            "'orders.odcs.yaml#orders'.",
            id="not-given",
        ),
        pytest.param(
            [],
            "",
            "The 'contract' field in target shop:raw names 'shop/orders.odcs.yaml' without a schema object, and the "
            "contract has none called 'raw'. It has: none. Describe the data in its `schema`.",
            id="no-objects",
        ),
    ],
)
def test_an_object_that_is_not_there_is_an_error_with_what_to_write(
    objects: list[str], wanted: str, message: str
) -> None:
    facts = facts_of(*map(schema_object, objects))

    with pytest.raises(UnknownSchemaObjectError) as caught:
        facts.object_for(wanted, "raw", address="shop:raw")

    assert str(caught.value) == message


def test_the_error_names_the_field_that_it_is_about() -> None:
    with pytest.raises(UnknownSchemaObjectError, match=r"^The 'expects' field in target shop:train names"):
        facts_of().object_for("users", "orders", address="shop:train", field="expects")


@pytest.mark.parametrize(("name", "found"), [("orders", "orders"), ("t_orders", "orders"), ("zzz", None), ("", None)])
def test_an_object_is_found_by_either_name(name: str, found: Optional[str]) -> None:
    kept = facts_of(schema_object("orders", physical_name="t_orders")).object_named(name)

    assert (kept.name if kept is not None else None) == found
