"""What the rules of contracts decide without asking the engine."""

from __future__ import annotations

import json
from typing import Any, List

import pytest
from pants.engine.fs import EMPTY_DIGEST

from builders import contract_changes, contract_comparison, contract_facts, schema_object
from wombat.goals.infer_contracts import _path_of
from wombat.graph.contracts import ContractFacts, read_facts
from wombat.graph.errors import ContractFileError, InvalidContractError
from wombat.rules.build_files import edited_build
from wombat.rules.comparison import ChangesDocument, ImplicationDocument
from wombat.rules.contracts import ContractReading, DatasetContract, _of_same_variant

FILE = "shop/orders.odcs.yaml"


def facts_of(*names: str, **changes: Any) -> ContractFacts:
    """The facts of a contract file with objects of these names."""
    return read_facts(FILE, json.dumps(contract_facts(*map(schema_object, names), **changes)).encode())


def test_a_contract_that_is_right_is_given_as_it_is() -> None:
    facts = facts_of("orders")

    assert ContractReading(facts).checked("shop:orders", "contract", FILE) is facts


def test_a_contract_that_is_not_there_is_told_with_those_nearby() -> None:
    reading = ContractReading(None, nearby=("shop/orders.odcs.yml",))

    with pytest.raises(ContractFileError) as caught:
        reading.checked("shop:train", "expects", FILE)

    assert str(caught.value) == (
        "The 'expects' field in target shop:train names 'shop/orders.odcs.yaml', but there is no such file. Contract "
        "files in its directory: shop/orders.odcs.yml. Did you mean 'shop/orders.odcs.yml'?"
    )


def test_a_contract_that_is_wrong_is_told_with_the_places_of_all_mistakes() -> None:
    errors = [
        {"message": "unknown key 'colum'. Did you mean 'column'?", "line": 12, "column": 5},
        {"message": "the key 'id' is missing. Add it.", "line": 1, "column": 1},
    ]

    with pytest.raises(InvalidContractError) as caught:
        ContractReading(facts_of(errors=errors)).checked("shop:orders", "contract", FILE)

    assert str(caught.value).splitlines() == [
        "2 mistakes in the contract shop/orders.odcs.yaml.",
        "shop/orders.odcs.yaml:12:5: unknown key 'colum'. Did you mean 'column'?",
        "shop/orders.odcs.yaml:1:1: the key 'id' is missing. Add it.",
    ]


@pytest.mark.parametrize(
    ("names", "title"),
    [(["orders"], "shop/orders.odcs.yaml"), (["orders", "users"], "shop/orders.odcs.yaml#orders")],
)
def test_a_contract_is_called_by_its_file_and_one_of_several_objects_by_its_name(names: List[str], title: str) -> None:
    facts = facts_of(*names)

    assert DatasetContract(facts, facts.objects[0], EMPTY_DIGEST, ()).title == title


@pytest.mark.parametrize(
    ("datasets", "address", "found"),
    [
        pytest.param(["a:x@k=1", "a:x@k=2"], "a:y@k=2", ["a:x@k=2"], id="same-variant"),
        pytest.param(["a:x@k=1", "a:x@k=2"], "a:y", ["a:x@k=1", "a:x@k=2"], id="no-variant"),
        pytest.param(["a:x", "a:z"], "a:y@k=2", ["a:x", "a:z"], id="other-variants"),
        pytest.param(["a:x", "a:x@k=1"], "b:y", ["a:x"], id="neither-has-parameters"),
    ],
)
def test_of_variants_a_foreign_key_refers_to_the_one_of_the_same_parameters(
    datasets: List[str], address: str, found: List[str]
) -> None:
    assert _of_same_variant(datasets, address) == found


def test_what_a_document_says_first_is_asked_for_by_name() -> None:
    changes = ChangesDocument(json.dumps(contract_changes("breaking")).encode())

    assert changes.broken_objects == ("flights",)
    assert ImplicationDocument(json.dumps(contract_comparison()).encode()).is_stated
    assert not ImplicationDocument(json.dumps(contract_comparison(stated=False)).encode()).is_stated


@pytest.mark.parametrize(
    ("address", "path"),
    [
        pytest.param("a/b:orders", "a/b/orders.odcs.yaml", id="plain"),
        pytest.param("//:orders", "orders.odcs.yaml", id="in-the-root"),
        pytest.param("a:raw-orders.v2", "a/raw-orders.v2.odcs.yaml", id="marks"),
        pytest.param("a:it's / *", "a/it_s____.odcs.yaml", id="hostile"),
        pytest.param("a:x@k=v", "a/x_k_v.odcs.yaml", id="variant"),
        pytest.param("a/b@k=v", "a/b/b_k_v.odcs.yaml", id="variant-named-like-its-directory"),
    ],
)
def test_a_first_contract_is_written_beside_the_build_file_under_the_name_of_the_dataset(address: str, path: str) -> None:
    assert _path_of(address) == path


def test_the_build_file_that_declares_a_dataset_gets_its_contract() -> None:
    builds = {"a/BUILD": "", "a/BUILD.data": 'dataset(name="x")\n', "a/b/BUILD": 'dataset(name="x")\n'}

    assert edited_build(builds, "a:x", "contract", "x.odcs.yaml") == ("a/BUILD.data", 'dataset(name="x", contract="x.odcs.yaml")\n')
    assert edited_build({"BUILD": 'dataset(name="x")\n'}, "//:x", "contract", "x.odcs.yaml") is not None


def test_the_build_file_of_a_variant_or_of_another_target_is_not_touched() -> None:
    builds = {"a/BUILD": 'dataset(name="x")\n'}

    assert edited_build(builds, "a:x@k=v", "contract", "x.odcs.yaml") is None
    assert edited_build(builds, "a:y", "contract", "y.odcs.yaml") is None
    assert edited_build(builds, "a/b:x", "contract", "x.odcs.yaml") is None
