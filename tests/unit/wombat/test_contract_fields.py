"""The fields that name contracts: what may stand in a BUILD file, and which files are meant."""

from __future__ import annotations

from typing import Any

import pytest
from pants.engine.addresses import Address
from pants.engine.target import InvalidFieldException, InvalidFieldTypeException

from wombat.graph.contracts import ContractName
from wombat.target_types import ContractSourceField, DatasetContractField, StepExpectsField

DATASET = Address("shop/etl", target_name="orders")
STEP = Address("shop/etl", target_name="clean")

GOOD = [
    pytest.param("orders.odcs.yaml", ContractName("shop/etl/orders.odcs.yaml"), id="relative"),
    pytest.param("orders.yml", ContractName("shop/etl/orders.yml"), id="ending-of-its-own"),
    pytest.param("../orders.odcs.yaml#orders", ContractName("shop/orders.odcs.yaml", "orders"), id="beside"),
    pytest.param("//orders.odcs.yml#a b", ContractName("orders.odcs.yml", "a b"), id="from-the-root"),
    pytest.param("größe.yaml", ContractName("shop/etl/größe.yaml"), id="unicode"),
]
BAD = [
    pytest.param("", id="empty"),
    pytest.param("orders", id="no-ending"),
    pytest.param("orders.json", id="other-ending"),
    pytest.param("#orders", id="no-file"),
    pytest.param("orders#x.yaml", id="ending-behind-the-mark"),
    pytest.param("orders.odcs.yaml#", id="no-object"),
    pytest.param("/orders.odcs.yaml", id="absolute"),
    pytest.param("///orders.odcs.yaml", id="absolute-behind-the-root"),
    pytest.param("*.odcs.yaml", id="glob"),
    pytest.param("order?.odcs.yaml", id="glob-for-one-character"),
    pytest.param("[a-z]/orders.odcs.yaml", id="glob-for-some-characters"),
]
OUTSIDE = [pytest.param("../../../orders.yaml", id="relative"), pytest.param("//../orders.yaml", id="from-the-root")]


@pytest.mark.parametrize(("text", "name"), GOOD)
def test_a_dataset_names_its_contract(text: str, name: ContractName) -> None:
    assert DatasetContractField(text, DATASET).name == name


def test_a_dataset_need_not_have_a_contract() -> None:
    assert DatasetContractField(None, DATASET).name is None


@pytest.mark.parametrize("text", BAD)
def test_text_that_names_no_contract_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidFieldException) as caught:
        DatasetContractField(text, DATASET)

    assert str(caught.value) == (
        "The 'contract' field in target shop/etl:orders must name a contract file, as 'orders.odcs.yaml', "
        f"'//shop/orders.odcs.yaml' or 'shop.odcs.yaml#orders', but was {text!r}."
    )


@pytest.mark.parametrize("text", OUTSIDE)
def test_a_contract_is_a_file_of_the_repository(text: str) -> None:
    with pytest.raises(InvalidFieldException) as caught:
        DatasetContractField(text, DATASET)

    assert str(caught.value) == (
        "The 'contract' field in target shop/etl:orders must name a file of this repository, but was "
        f"{text!r}, which leads out of it."
    )


def test_a_step_names_what_it_needs_of_its_inputs() -> None:
    field = StepExpectsField({"flights": "train.odcs.yaml", "places": "//geo/places.yaml#airports"}, STEP)

    assert field.names == (
        ("flights", ContractName("shop/etl/train.odcs.yaml")),
        ("places", ContractName("geo/places.yaml", "airports")),
    )


def test_a_step_need_not_say_what_it_needs() -> None:
    assert StepExpectsField(None, STEP).names == ()


@pytest.mark.parametrize("text", [*BAD, *OUTSIDE])
def test_an_expectation_names_a_contract_file_likewise(text: str) -> None:
    with pytest.raises(InvalidFieldException, match=r"^The 'expects' field in target shop/etl:clean must name a "):
        StepExpectsField({"flights": text}, STEP)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(["train.odcs.yaml"], id="list"),
        pytest.param("train.odcs.yaml", id="text"),
        pytest.param({"flights": None}, id="nothing"),
        pytest.param({"flights": ["a.yaml"]}, id="several"),
        pytest.param({1: "a.yaml"}, id="number"),
    ],
)
def test_expectations_are_a_dictionary_of_texts(value: Any) -> None:
    with pytest.raises(InvalidFieldTypeException) as caught:
        StepExpectsField(value, STEP)

    assert "The 'expects' field in target shop/etl:clean must be a dictionary from names of inputs to contract files" in str(
        caught.value
    )


def test_a_declared_contract_is_a_yaml_file() -> None:
    assert ContractSourceField("orders.yaml", DATASET).value == "orders.yaml"
    # Pants says so when it finds the file.
    with pytest.raises(InvalidFieldException, match=r"'source'.* in target shop/etl:orders .*\['.yaml', '.yml'\]"):
        ContractSourceField("orders.json", DATASET).validate_resolved_files(["shop/etl/orders.json"])


def test_in_the_root_of_the_repository_a_contract_is_beside_it() -> None:
    field = DatasetContractField("orders.odcs.yaml", Address("", target_name="orders"))

    assert field.name == ContractName("orders.odcs.yaml")
