"""What the tool prints of contracts, comparisons, changes and data: the plugin reads all that the schemas allow.

The tool needs another Python, so that its own tests hold what it prints against the same schemas. Between the two stand
the examples in docs/reference/examples.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List

import pytest

from builders import (
    contract_changes,
    contract_comparison,
    contract_facts,
    dataset_run,
    mismatch,
    run_facts,
    schema_object,
    step_run,
    validation_report,
    violation,
)
from schemas import errors, field_names, reference_directory, schema, undescribed, undocumented
from wombat.graph.contract_check import Comparison, Consumer, change_findings, mismatch_findings
from wombat.graph.contracts import read_facts
from wombat.graph.record import run_record, validation_record
from wombat.graph.summary import Style, render_summary
from wombat.rules.validation import Validation

Document = Dict[str, Any]

SCHEMAS = {
    name: schema(f"{name}.schema.json")
    for name in ("comparison", "contract-changes", "contract-facts", "validation-report")
}
HEADINGS = {
    "comparison": "Comparison",
    "contract-changes": "Contract changes",
    "contract-facts": "Contract facts",
    "validation-report": "Validation report",
}


def example(name: str) -> Document:
    """The published example of a document."""
    path = reference_directory() / "examples" / f"{name}.json"
    found: Document = json.loads(path.read_text(encoding="utf-8"))
    return found


def changed_in(document: Document, *path: Any, to: Any) -> Document:
    """A copy of a document with another value at a place; None as the value removes the field."""
    copied: Document = json.loads(json.dumps(document))
    place: Any = copied
    for step in path[:-1]:
        place = place[step]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return copied


# --- The readers of the plugin ----------------------------------------------------------------------------------------


def facts_text(document: Document) -> str:
    """What the plugin tells of the facts."""
    return str(read_facts("shop/orders.odcs.yaml", json.dumps(document).encode()))


def comparison_text(document: Document) -> str:
    comparison = Comparison("shop:orders", "shop:take", "shop/orders.odcs.yaml", "ml:train", "orders", "")
    return "\n".join(one.text for one in mismatch_findings(comparison, json.dumps(document).encode()))


def changes_text(document: Document) -> str:
    consumers = [Consumer("ml:train", "orders", states_need=False)]
    found = change_findings("shop/orders.odcs.yaml", json.dumps(document).encode(), "main", consumers, ())
    return "\n".join(one.text for one in found)


def report_text(document: Document) -> str:
    """The summary of a run in which a dataset has this report."""
    validation = Validation(json.dumps(document).encode())
    made = dataset_run(
        result="failed" if validation.stops else "ok",
        failure=("ContractViolationError", "\n".join(validation.stopping_messages())) if validation.stops else None,
        validation=validation_record(validation.document),
    )
    record = run_record(run_facts(), [step_run()], [made])
    return render_summary(record, reasons={}, logs={}, rerun_command="./pants run", style=Style(color=False))


READERS: Dict[str, Callable[[Document], str]] = {
    "comparison": comparison_text,
    "contract-changes": changes_text,
    "contract-facts": facts_text,
    "validation-report": report_text,
}

DOCUMENTS = [
    pytest.param("comparison", contract_comparison(), id="comparison-met"),
    pytest.param("comparison", contract_comparison(stated=False, need_title=None), id="comparison-nothing-stated"),
    pytest.param(
        "comparison",
        contract_comparison(
            mismatch(), mismatch(column=None, severity="info", promise_line=0, need_file="", need_line=0)
        ),
        id="comparison-mismatches",
    ),
    *(
        pytest.param("contract-changes", contract_changes(kind), id=f"changes-{kind}")
        for kind in ("none", "documentation", "compatible", "breaking")
    ),
    pytest.param(
        "contract-changes",
        contract_changes("unknown", old_version=None, version_text="is not compared, as the former one was not right"),
        id="changes-unknown",
    ),
    pytest.param("contract-facts", contract_facts(), id="facts-without-objects"),
    pytest.param(
        "contract-facts",
        contract_facts(
            id=None,
            version=None,
            name=None,
            status=None,
            errors=[{"message": "this is no YAML.", "line": 1, "column": 1}],
            notes=[{"message": "the rule is not checked: it is prose.", "line": 3}],
        ),
        id="facts-of-no-contract",
    ),
    pytest.param(
        "contract-facts",
        contract_facts(schema_object("a", physical_name="b", data_format="csv"), schema_object("c", layout="entries")),
        id="facts-with-objects",
    ),
    pytest.param("validation-report", validation_report(), id="report-passed"),
    pytest.param("validation-report", validation_report(violation(), violation(severity="info")), id="report-warned"),
    pytest.param(
        "validation-report",
        validation_report(violation(stops=True), violation(column=None, count=None, share=None, rows=[], masked=True)),
        id="report-failed",
    ),
    pytest.param(
        "validation-report",
        validation_report(
            rows=None,
            read={"rows": None, "sampled": False, "how": "all rows"},
            problem={"kind": "DataError", "message": "it is no parquet file."},
        ),
        id="report-of-unreadable-data",
    ),
    pytest.param("validation-report", validation_report(contract=None), id="report-of-a-profile"),
    *(pytest.param(name, example(name), id=f"example-{name}") for name in SCHEMAS),
]


@pytest.mark.parametrize(("name", "document"), DOCUMENTS)
def test_the_plugin_reads_a_document_that_is_valid_and_described(name: str, document: Document) -> None:
    assert errors(document, SCHEMAS[name]) == []
    assert undescribed(document, SCHEMAS[name]) == set()
    READERS[name](document)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_plugin_lets_fields_of_later_tools_pass(name: str) -> None:
    document = {**example(name), "later": {"more": 1}}

    assert errors(document, SCHEMAS[name]) == []
    assert READERS[name](document) == READERS[name](example(name))


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_page_explains_every_field(name: str) -> None:
    assert undocumented(field_names(SCHEMAS[name]), HEADINGS[name]) == set()


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_field_that_is_described_is_in_one_of_these_documents(name: str) -> None:
    text = json.dumps([document.values[1] for document in DOCUMENTS if document.values[0] == name])

    assert {field for field in field_names(SCHEMAS[name]) if f'"{field}": ' not in text} == set()


def test_the_plugin_finds_in_the_examples_what_they_say() -> None:
    facts = read_facts("shop/orders.odcs.yaml", json.dumps(example("contract-facts")).encode())
    orders = facts.object_for("", "orders", address="shop:orders")

    assert [one.key for one in orders.relationships] == ["customers", "geo/places.odcs.yaml#places"]
    assert orders.sensitive_columns == ("customer",)
    assert "column 'amount' of shop:orders is not what it needs (maximum)." in comparison_text(example("comparison"))
    assert "the version was 1.2.0, is 1.2.1; a breaking" in changes_text(example("contract-changes"))
    assert "1 contract in production: 1 violated." in report_text(example("validation-report"))


def test_what_a_run_record_keeps_of_a_report_is_a_report_but_for_the_profile() -> None:
    kept = validation_record(example("validation-report"))
    again = {**kept, "report_version": 1, "size_bytes": 0, "profile": example("validation-report")["profile"]}

    assert errors(again, SCHEMAS["validation-report"]) == []
    assert set(schema("run-record.schema.json")["$defs"]["dataset"]["properties"]["validation"]["required"]) == set(kept)


def test_only_a_report_of_failure_stops_what_depends_on_the_data() -> None:
    stopping = validation_report(violation(), violation(stops=True, message="carrier: 3 rows are null."))
    unread = validation_report(problem={"kind": "DataError", "message": "it is no parquet file."})

    assert Validation(json.dumps(stopping).encode()).stopping_messages() == ["carrier: 3 rows are null."]
    assert Validation(json.dumps(unread).encode()).stopping_messages() == ["it is no parquet file."]
    assert [Validation(json.dumps(one).encode()).stops for one in (stopping, unread)] == [True, True]
    assert not Validation(json.dumps(validation_report(violation())).encode()).stops


DAMAGES: List[Any] = [
    ("comparison", ("comparison_version",), 2),
    ("comparison", ("mismatches", 0, "need"), None),
    ("comparison", ("mismatches", 0, "severity"), "fatal"),
    ("contract-changes", ("changes_version",), 2),
    ("contract-changes", ("class",), "huge"),
    ("contract-changes", ("changes", 0, "line"), 0),
    ("contract-changes", ("version_ok",), "yes"),
    ("contract-facts", ("facts_version",), 2),
    ("contract-facts", ("objects", 0, "columns"), "id"),
    ("contract-facts", ("objects", 0, "relationships", 0, "to_object"), None),
    ("contract-facts", ("objects", 0, "layout"), "pages"),
    ("validation-report", ("report_version",), 2),
    ("validation-report", ("status",), "fine"),
    ("validation-report", ("violations", 0, "share"), 2),
    ("validation-report", ("violations", 0, "rows", 0, "row"), 0),
    ("validation-report", ("read", "sampled"), None),
]


@pytest.mark.parametrize(("name", "path", "value"), DAMAGES, ids=lambda part: str(part))
def test_a_schema_refuses_what_is_no_such_document(name: str, path: Any, value: Any) -> None:
    assert errors(changed_in(example(name), *path, to=value), SCHEMAS[name])
