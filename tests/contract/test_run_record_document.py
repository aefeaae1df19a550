"""The run record, held against its published schema and its page, and read back from the disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

import pytest

from builders import dataset_run, explain_step, run_facts, step_key, step_run, validation_report, violation
from schemas import errors, field_names, schema, undescribed, undocumented
from wombat.graph.formats import Format
from wombat.graph.record import (
    LOCAL_CACHE,
    RAN,
    RECORD_VERSION,
    REMOTE_CACHE,
    DatasetRun,
    StepKey,
    run_record,
    validation_record,
)
from wombat.graph.summary import Style, render_summary
from wombat.runs import earlier_records, write_record

SCHEMA = schema("run-record.schema.json")


def document(**facts: Any) -> Dict[str, Any]:
    """A record with something in every field."""
    steps = [
        step_run(metrics=(("auc", 0.71), ("rows", 3)), versions=(("pyarrow", "21.0.0"), ("python", "3.9.18"))),
        step_run("etl:cached", source=LOCAL_CACHE, key=step_key(output_names=("one", None))),
        step_run("etl:remote", source=REMOTE_CACHE, seconds=None),
        step_run("etl:failed", result="failed", failure=("UserCodeError", "ValueError: no")),
        step_run("etl:lost", result="failed", source=None, seconds=None, key=None, failure=("EntryPointError", "x")),
        step_run("etl:skipped", result="skipped", source=None, seconds=None, key=None, blocked_by=("etl:failed",)),
    ]
    datasets = [
        DatasetRun("etl:raw", "csv", "ok", version="11" * 32, size_bytes=17),
        DatasetRun("etl:missing", "csv", "failed", failure=("DatasetFilesError", "there is no such file.")),
        dataset_run(columns=(("year", "int64"), ("größe", "string"))),
        dataset_run("etl:valid", validation=validation_record(validation_report(violation()))),
        dataset_run(
            "etl:invalid",
            result="failed",
            failure=("ContractViolationError", "the data is invalid."),
            validation=validation_record(validation_report(violation(stops=True), environment="production")),
        ),
        DatasetRun("etl:model", "file", "skipped", producer="etl:failed", blocked_by=("etl:failed",)),
    ]
    record = run_record(run_facts(overrides=("clean.limit=10",), **facts), steps, datasets)
    record["steps"][0]["because"] = ["parameter limit changed: 5 -> 10"]
    result: Dict[str, Any] = json.loads(json.dumps(record))
    return result


def test_the_record_is_valid_and_all_of_it_is_described() -> None:
    assert errors(document(), SCHEMA) == []
    assert undescribed(document(), SCHEMA) == set()


def test_every_field_that_is_described_is_written() -> None:
    text = json.dumps(document())

    assert {name for name in field_names(SCHEMA) if f'"{name}": ' not in text} == set()


def test_the_schema_is_of_this_version_and_these_words() -> None:
    assert SCHEMA["properties"]["version"]["const"] == RECORD_VERSION
    assert SCHEMA["$defs"]["dataset"]["properties"]["format"]["enum"] == [format.value for format in Format]
    assert SCHEMA["$defs"]["step"]["properties"]["source"]["enum"] == [RAN, LOCAL_CACHE, REMOTE_CACHE, None]


def test_every_part_of_a_key_is_in_the_record() -> None:
    described = {*SCHEMA["$defs"]["key"]["properties"], *SCHEMA["$defs"]["code"]["properties"], "outputs"}

    assert set(StepKey.__dataclass_fields__) <= described


def test_the_page_explains_every_field() -> None:
    assert undocumented(field_names(SCHEMA), "Run record") == set()


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"id": "../../etc/passwd"},
        {"started": 1234},
        {"seconds": "1"},
        {"ok": None},
        {"steps": [{"address": "a:b"}]},
        {"datasets": [{"address": "a:b", "result": "lost"}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_schema_refuses_what_is_no_such_record(change: Dict[str, Any]) -> None:
    assert errors({**document(), **change}, SCHEMA)


@pytest.mark.parametrize("change", [{"status": "lost"}, {"environment": "staging"}, {"violations": None}, {"rows": -1}])
def test_the_schema_refuses_what_is_no_validation(change: Dict[str, Any]) -> None:
    found = document()
    (dataset,) = (one for one in found["datasets"] if one["address"] == "etl:valid")
    dataset["validation"].update(change)

    assert errors(found, SCHEMA)


def test_both_readers_read_what_was_written(tmp_path: Path) -> None:
    write_record(str(tmp_path), document(), kept=10)
    (earlier,) = earlier_records(str(tmp_path))
    now = run_record(run_facts(), [step_run(key=step_key(params=(("limit", "11"),)))], [])

    assert earlier == document()
    assert explain_step("etl:clean", now, [earlier]) == ["parameter limit changed: 10 -> 11"]
    text = render_summary(earlier, reasons={}, logs={}, rerun_command="./pants run", style=Style(color=False))
    assert "6 steps: 1 ran, 1 cached, 1 cached remotely, 2 failed, 1 skipped." in text
