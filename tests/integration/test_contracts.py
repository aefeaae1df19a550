"""Contracts where data is made: validated between steps, enforced by environment, and never a reason to compute again."""

from __future__ import annotations

import json
import re
from typing import Dict, List

from harness import Repository, Result

STEPS = '''
def clean(orders: list) -> list:
    return [row for row in orders if row["amount"] is not None]

def total(orders: list) -> list:
    return [{"orders": len(orders), "amount": sum(row["amount"] for row in orders)}]

def count(customers: list) -> list:
    return [{"customers": len(customers)}]
'''
BUILD = """
python_sources()
dataset(name="raw_orders", source="orders.csv", contract="shop.odcs.yaml")
dataset(name="customers", source="customers.jsonl", contract="shop.odcs.yaml")
pipeline_step(name="clean", entry_point="steps.py:clean", inputs={"orders": ":raw_orders"}, outputs=[":orders"])
dataset(name="orders", format="jsonl", contract="orders.odcs.yaml")
pipeline_step(name="total", entry_point="steps.py:total", inputs=[":orders"], outputs=[":totals"])
dataset(name="totals", format="jsonl")
pipeline_step(name="count", entry_point="steps.py:count", inputs=[":customers"], outputs=[":counts"])
dataset(name="counts", format="jsonl")
pipeline(name="pipeline", outputs=[":totals", ":counts"])
"""
SHOP = """
apiVersion: v3.1.0
kind: DataContract
id: shop
version: 1.0.0
status: active
schema:
  - name: raw_orders
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: customer, logicalType: string, required: true, relationships: [{to: customers.name}]}
      - {name: amount, logicalType: integer}
  - name: customers
    properties:
      - {name: name, logicalType: string, primaryKey: true}
      - {name: email, logicalType: string, classification: confidential, logicalTypeOptions: {pattern: "@"}}
"""
ORDERS = """
apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: customer, logicalType: string, required: true}
      - {name: amount, logicalType: integer, required: true, logicalTypeOptions: {maximum: 500}}
"""
CANARY = "eve-at-example"


def project(**files: str) -> Dict[str, str]:
    """A project whose data keeps its contracts, unless `files` (by name, "_" for ".") say otherwise."""
    contents = {
        "BUILD": BUILD,
        "steps.py": STEPS,
        "shop.odcs.yaml": SHOP,
        "orders.odcs.yaml": ORDERS,
        "orders.csv": "id,customer,amount\n1,ann,100\n2,bob,250\n3,ann,\n",
        "customers.jsonl": '{"name": "ann", "email": "a@example.org"}\n{"name": "bob", "email": "b@example.org"}\n',
    }
    changed = {name: files.get(name.replace(".", "_"), content) for name, content in contents.items()}
    return {f"shop/{name}": content for name, content in changed.items()}


def statuses(result: Result) -> Dict[str, str]:
    """What became of each contract, by the name of its dataset."""
    return {
        dataset["address"].rpartition(":")[2]: dataset["validation"]["status"]
        for dataset in result.record["datasets"]
        if "validation" in dataset
    }


def processes(result: Result) -> int:
    """How many processes a run with `--stats-log` started, of whatever kind."""
    found = re.search(r"local_execution_requests: (\d+)", result.stderr)
    assert found is not None, result.stderr
    return int(found.group(1))


def violations(result: Result, dataset: str) -> List[str]:
    """The messages of the violated rules of a dataset."""
    (record,) = (one for one in result.record["datasets"] if one["address"] == f"shop:{dataset}")
    return [violation["message"] for violation in record["validation"]["violations"]]


def test_environments_share_the_steps_and_differ_in_validations(repository: Repository) -> None:
    repository.write(project())

    first = repository.run("--stats-log", "shop:pipeline").succeeded()
    assert statuses(first) == {"raw_orders": "passed", "customers": "passed", "orders": "passed"}
    assert first.ran == ["clean", "count", "total"]

    again = repository.run("--stats-log", "shop:pipeline").succeeded()
    assert (again.ran, processes(again)) == ([], 0)

    production = repository.run("--stats-log", "--wombat-environment=production", "shop:pipeline").succeeded()
    assert production.ran == []
    assert processes(production) == 3  # One validation for each contract, and nothing else.
    assert {one["validation"]["environment"] for one in production.record["datasets"] if "validation" in one} == {
        "production"
    }


def test_a_violation_warns_in_development_and_stops_dependents_in_production(repository: Repository) -> None:
    repository.write(project(orders_csv="id,customer,amount\n1,ann,100\n2,bob,900\n"))

    development = repository.run("shop:pipeline").succeeded()
    assert statuses(development)["orders"] == "warned"
    (message,) = violations(development, "orders")
    assert all(words in message for words in ("amount", "500", "1 of 2 rows", "900")), message
    text = repository.pants("run-pipelines", "shop:pipeline").succeeded().stdout
    assert f"warning {message}" in text
    assert "1 violated" in text and "Look at a dataset: " in text and "run shop:orders" in text

    production = repository.run("--wombat-environment=production", "shop:pipeline").failed()
    results = {step["address"]: step["result"] for step in production.record["steps"]}
    assert results == {"shop:clean": "ok", "shop:total": "skipped", "shop:count": "ok"}
    assert production.ran == []
    (failed,) = (one for one in production.record["datasets"] if one["result"] == "failed")
    assert failed["failure"]["kind"] == "ContractViolationError"
    assert failed["version"] is not None  # What was made is kept, and can be looked at.

    shown = repository.pants("--wombat-environment=production", "run", "shop:orders").failed("ContractViolationError")
    assert "900" in shown.stdout and "shop/orders.odcs.yaml" in shown.stdout
    packaged = repository.pants("--wombat-environment=production", "package", "shop:orders")
    packaged.failed("violates a rule of shop/orders.odcs.yaml 1.0.0")


def test_editing_a_contract_validates_again_and_computes_nothing(repository: Repository) -> None:
    repository.write(project())
    repository.run("shop:pipeline").succeeded()

    repository.write(project(orders_odcs_yaml=ORDERS.replace("500", "200")))
    edited = repository.run("--stats-log", "shop:pipeline").succeeded()
    assert (edited.ran, statuses(edited)["orders"]) == ([], "warned")
    assert processes(edited) == 2  # The contract was read, and the data held against it.

    stricter = ORDERS.replace("500}", "200}, customProperties: [{property: wombat.development, value: error}]")
    repository.write(project(orders_odcs_yaml=stricter))
    repository.run("shop:pipeline").failed()


def test_foreign_keys_are_held_against_the_other_dataset(repository: Repository) -> None:
    repository.write(project(orders_csv="id,customer,amount\n1,ann,100\n2,zoe,250\n"))

    options = ("--wombat-environment=production", "--wombat-output-format=json")
    result = repository.pants(*options, "run", "shop:orders").failed()
    (message,) = violations(result, "raw_orders")
    assert all(words in message for words in ("customer", "zoe", "customers")), message
    # What the key refers to is made and told, though nobody else asked for it.
    assert "customers" in statuses(result)


def test_a_foreign_key_to_what_is_made_from_the_dataset_is_a_cycle(repository: Repository) -> None:
    backwards = SHOP.replace("to: customers.name", "to: 'orders.odcs.yaml#schema/orders/properties/customer'")
    repository.write(project(shop_odcs_yaml=backwards))

    repository.pants("run", "shop:pipeline").failed("shop:raw_orders -> shop:clean -> shop:raw_orders")


def test_values_of_sensitive_columns_are_never_printed(repository: Repository) -> None:
    repository.write(project(customers_jsonl=json.dumps({"name": "ann", "email": CANARY}) + "\n"))

    for environment in ("development", "production"):
        option = f"--wombat-environment={environment}"
        for goal in ("run", "package"):
            result = repository.pants(option, goal, "shop:customers")
            assert CANARY not in result.text
        result = repository.pants(option, "--wombat-output-format=json", "run", "shop:customers")
        assert CANARY not in result.text
        assert "email" in result.text
    assert not any(CANARY in file.read_text() for file in repository.path.glob(".wombat/runs/*.json"))


def test_mistakes_in_contracts_are_told_before_anything_runs(repository: Repository) -> None:
    wrong = ORDERS.replace("required: true", "requird: true", 1)
    repository.write(project(orders_odcs_yaml=wrong, shop_odcs_yaml=SHOP.replace("integer", "integr", 1)))

    result = repository.pants("run", "shop:pipeline")
    result.failed("shop/orders.odcs.yaml:11", "'requird'", "Did you mean 'required'?", "shop/shop.odcs.yaml:10", "integr")
    assert "Run shop:clean" not in result.text

    repository.write(project(BUILD=BUILD.replace('"orders.odcs.yaml"', '"order.odcs.yaml"')))
    repository.pants("run", "shop:pipeline").failed(
        "'contract' field in target shop:orders names 'shop/order.odcs.yaml'", "Did you mean 'shop/orders.odcs.yaml'?"
    )
    repository.write(project(BUILD=BUILD.replace('"orders.odcs.yaml"', '"shop.odcs.yaml"')))
    repository.pants("run", "shop:pipeline").failed("'contract' field in target shop:orders", "none called 'orders'", "'shop.odcs.yaml#")


def test_a_first_contract_is_written_for_each_dataset_that_lacks_one(repository: Repository) -> None:
    bare = re.sub(r', contract="[^"]*"', "", BUILD)
    repository.write(project(BUILD=bare))
    for name in ("shop.odcs.yaml", "orders.odcs.yaml"):
        (repository.path / "shop" / name).unlink()

    said = repository.pants("infer-contracts", "shop::").succeeded().stdout
    assert "shop:orders: wrote shop/orders.odcs.yaml." in said
    assert "Set `contract` in shop/BUILD." in said
    assert 'dataset(name="orders", format="jsonl", contract="orders.odcs.yaml")' in (repository.path / "shop/BUILD").read_text()
    result = repository.run("--wombat-environment=production", "shop:pipeline").succeeded()
    assert statuses(result) == dict.fromkeys(("raw_orders", "customers", "orders", "totals", "counts"), "passed")

    (repository.path / "shop/orders.odcs.yaml").write_text("# mine\n")
    repository.write({"shop/BUILD": bare})
    said = repository.pants("infer-contracts", "shop:orders").succeeded().stdout
    assert "shop/orders.odcs.yaml is there already and stays as it is." in said
    assert (repository.path / "shop/orders.odcs.yaml").read_text() == "# mine\n"
