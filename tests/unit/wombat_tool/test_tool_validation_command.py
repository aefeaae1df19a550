"""The command `validate`: its arguments, its document, and what it says of data that cannot be read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import schemas
from validation_checks import TABULAR, check_document, of, report_of, write_lines, write_table
from wombat_tool.__main__ import main
from wombat_tool.contracts.model import Field, LogicalType
from wombat_tool.validation import validate as validation

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: orders-contract
name: Orders
version: 2.0.0
status: active
schema:
  - name: orders
    properties:
      - name: id
        logicalType: integer
        primaryKey: true
        primaryKeyPosition: 1
        required: true
      - name: customer
        logicalType: integer
        relationships:
          - to: customers.key
      - name: delay
        logicalType: number
        logicalTypeOptions: {maximum: 600}
        customProperties:
          - {property: wombat.production, value: {maximum: warning}}
      - name: email
        logicalType: string
        classification: restricted
        logicalTypeOptions: {format: email}
    quality:
      - {id: enough, metric: rowCount, mustBeGreaterThan: 2}
  - name: customers
    properties:
      - {name: key, logicalType: integer, unique: true}
"""
ORDERS = {"id": [1, 2, 2], "customer": [7, 8, None], "delay": [1.5, 612.0, None], "email": ["a@b.c", "SECRET", None]}


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any, str]]:
    """Run `validate` on data with a contract: exit code, document and errors."""
    (tmp_path / "orders.odcs.yaml").write_text(CONTRACT)

    def run(*arguments: str) -> tuple[int, Any, str]:
        exit_code = main(["validate", *arguments])
        out, err = capsys.readouterr()
        if not out:
            return exit_code, None, err
        document = json.loads(out)
        check_document(document)
        assert out.isascii() and out.count("\n") == 1
        return exit_code, document, err

    return run


def options(tmp_path: Path, path: Path, format: str, *more: str, environment: str = "production") -> list[str]:
    contract = ["--contract", str(tmp_path / "orders.odcs.yaml"), "--contract-name", "etl/orders.odcs.yaml"]
    data = ["--path", str(path), "--format", format, "--environment", environment]
    return [*data, *contract, "--object", "orders", *more]


@pytest.mark.parametrize("format", TABULAR)
def test_a_contract_file_is_held_against_data(
    format: str, run: Callable[..., Any], tmp_path: Path
) -> None:
    path = write_table(tmp_path / "orders", format, pa.table(ORDERS))
    customers = write_table(tmp_path / "customers", format, pa.table({"key": [7]}))

    exit_code, document, err = run(*options(tmp_path, path, format, "--reference", f"customers={format}:{customers}"))

    assert (exit_code, err) == (0, "")
    assert document["contract"] == {"id": "orders-contract", "version": "2.0.0", "name": "Orders", "object": "orders"}
    assert (document["status"], document["rows"], document["environment"]) == ("failed", 3, "production")
    assert document["read"] == {"rows": 3, "sampled": False, "how": "all rows"}
    assert [(one["column"], one["rule"], one["severity"], one["count"], one["line"]) for one in document["violations"]] == [
        ("email", "format", "error", 1, 24),
        ("id", "primaryKey", "error", 1, 10),
        ("customer", "relationships", "error", 1, 18),
        ("delay", "maximum", "warning", 1, 19),
    ]
    assert "SECRET" not in json.dumps(document)
    assert document["violations"][3]["message"] == (
        "delay: maximum (at most 600) is violated by 1 of 3 rows (33 %), first in row 2: " + ("612" if format == "csv" else "612.0")
    )


def test_development_warns(run: Callable[..., Any], tmp_path: Path) -> None:
    path = write_table(tmp_path / "orders", "csv", pa.table(ORDERS))

    _, document, _ = run(*options(tmp_path, path, "csv", environment="development"))

    assert document["status"] == "warned"
    assert {one["stops"] for one in document["violations"]} == {False}
    assert [one["rule"] for one in document["rules"]["not_checked"]] == ["relationships"]


def test_without_a_contract_there_is_nothing_to_break(run: Callable[..., Any], tmp_path: Path) -> None:
    path = write_table(tmp_path / "orders", "csv", pa.table(ORDERS))

    exit_code, document, _ = run("--path", str(path), "--format", "csv", "--environment", "production")

    assert (exit_code, document["status"], document["contract"], document["rows"]) == (0, "passed", None, 3)
    assert document["rules"] == {"checked": 0, "violated": 0, "not_checked": []}


@pytest.mark.parametrize(
    ("name", "content", "format", "kind", "message"),
    [
        pytest.param("gone", None, "csv", "MissingDataError", "cannot be opened: No such file or directory.", id="gone"),
        pytest.param("d", "a,b\n1\n", "csv", "DataError", "Expected 2 columns, got 1", id="csv"),
        pytest.param("d", '{"a": 1}\n[1]\n', "jsonl", "DataError", "line 2 holds no JSON object", id="jsonl"),
        pytest.param("d", "no parquet", "parquet", "DataError", "it begins with b'no p'", id="parquet"),
        pytest.param("d", "PAR1" + "x" * 99 + "PAR1", "parquet", "DataError", "cannot be read as parquet", id="footer"),
        pytest.param("d", "no arrow", "arrow", "DataError", "it begins with b'no arr'", id="arrow"),
        pytest.param("d", '{"a": }', "json", "DataError", "is not JSON", id="json"),
    ],
)
def test_data_that_cannot_be_read_fails(
    name: str, content: str | None, format: str, kind: str, message: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)

    report = report_of(tmp_path / name, format, of(Field("a")))

    assert report.status == "failed"
    assert report.problem is not None
    assert report.problem.kind == kind
    assert report.problem.message.startswith(f"etl:data ({tmp_path / name}) ")
    assert message in report.problem.message
    assert (report.rows, report.rows_read, report.violations) == (None, None, ())
    assert report.size_bytes == len(content or "")


def test_a_file_that_breaks_off_later_is_told(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table({"a": [str(n) * 9 for n in range(50_000)]}))
    content = bytearray(path.read_bytes())
    content[1000:90_000] = b"\x00" * 89_000
    path.write_bytes(content)

    report = report_of(path, "parquet", of(Field("a", LogicalType.STRING, max_length=3)))

    assert report.status == "failed"
    assert report.problem is not None
    assert (report.problem.kind, str(path) in report.problem.message) == ("DataError", True)


def test_too_little_memory_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    def fail(*_: Any) -> None:
        raise duckdb.OutOfMemoryException("could not allocate block")

    monkeypatch.setattr(validation, "plan_for", fail)
    path = write_table(tmp_path / "data", "csv", pa.table({"a": [1]}))

    report = report_of(path, "csv", of(Field("a")), memory_mib=64)

    assert report.problem is not None and report.problem.kind == "ValidationError"
    assert report.problem.message.startswith(f"The validation of etl:data ({path}) takes more than 64 MiB.")


def test_keys_that_do_not_fit_in_memory_are_told_apart_on_disk(tmp_path: Path) -> None:
    numbers = pa.array(range(700_000), pa.int64())
    texts = pa.compute.binary_join_element_wise(pa.compute.cast(numbers, pa.string()), "x" * 100, "")
    path = write_table(tmp_path / "data", "parquet", pa.table({"a": pa.concat_arrays([texts, texts.slice(5, 1)])}))

    (found,) = report_of(path, "parquet", of(Field("a", LogicalType.STRING, unique=True)), memory_mib=64).violations

    assert (found.count, found.rows[0].row) == (1, 700_001)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--object", "order"], "UnknownObjectError: The contract etl/orders.odcs.yaml has no schema object 'order'", id="object"),
        pytest.param(["--contract", "gone.yaml"], "ContractError: ", id="contract"),
    ],
)
def test_a_contract_that_is_not_right_is_an_error(
    arguments: list[str], message: str, run: Callable[..., Any], tmp_path: Path
) -> None:
    path = write_table(tmp_path / "orders", "csv", pa.table(ORDERS))

    exit_code, document, err = run(*options(tmp_path, path, "csv"), *arguments)

    assert (exit_code, document) == (1, None)
    assert err.startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--environment", "test"], "argument --environment: invalid choice: 'test'", id="environment"),
        pytest.param(["--memory-mib", "9"], "must be a whole number from 64 on, but was '9'", id="memory"),
        pytest.param(["--sample-rows", "few"], "must be a whole number from 0 on, but was 'few'", id="sample"),
        pytest.param(["--reference-contract", "a=b"], "must be KEY=OBJECT:PATH, but was 'a=b'", id="reference-contract"),
        pytest.param(["--reference", "a=b"], "must be KEY=FORMAT:PATH with one of the formats parquet, csv", id="reference"),
        pytest.param(["--reference", "a=xls:b"], "but was 'a=xls:b'", id="reference-format"),
    ],
)
def test_wrong_use_is_explained(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["validate", *options(tmp_path, tmp_path / "x", "csv"), *arguments])

    assert raised.value.code == 2
    assert message in capsys.readouterr().err


def test_it_runs_as_a_program_and_prints_nothing_else(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "orders.odcs.yaml").write_text(CONTRACT)
    path = write_lines(tmp_path / "orders.csv", "id,customer,delay,email", "1,,,")

    command = [sys.executable, "-m", "wombat_tool", "validate", *options(tmp_path, path, "csv")]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert ran.stderr == ""
    assert json.loads(ran.stdout)["violations"][0]["message"] == "enough (more than 2) is 1"


def test_the_schema_refuses_what_is_no_report(tmp_path: Path) -> None:
    path = write_table(tmp_path / "orders", "csv", pa.table(ORDERS))
    document = report_of(path, "csv", of(Field("id", LogicalType.DATE))).to_document()
    rules = schemas.schema("validation-report.schema.json")

    assert schemas.errors({**document, "report_version": 2}, rules)
    assert schemas.errors({**document, "status": "good"}, rules)
    assert schemas.errors({**document, "violations": [{**document["violations"][0], "rows": [{"row": 0}]}]}, rules)
    assert schemas.undescribed({**document, "more": 1}, rules) == {".more"}


def test_data_under_another_contract_is_read_as_that_contract_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\nschema:\n"
    (tmp_path / "carriers.json").write_text('{"AA": "American", "UA": "United"}')
    (tmp_path / "names.odcs.yaml").write_text(
        head + "- name: carriers\n  customProperties: [{property: wombat.layout, value: entries}]\n"
        "  properties: [{name: key, logicalType: string}]\n"
    )
    (tmp_path / "flights.csv").write_text("carrier\nAA\nZZ\n")
    (tmp_path / "flights.odcs.yaml").write_text(
        head + "- name: flights\n  properties:\n  - name: carrier\n    logicalType: string\n"
        "    relationships: [{to: ../names.odcs.yaml#schema/carriers/properties/key}]\n"
    )
    key = "data/names.odcs.yaml#carriers"

    exit_code = main(
        ["validate", "--path", str(tmp_path / "flights.csv"), "--format", "csv", "--environment", "production"]
        + ["--contract", str(tmp_path / "flights.odcs.yaml"), "--contract-name", "data/air/flights.odcs.yaml"]
        + ["--reference", f"{key}=json:{tmp_path / 'carriers.json'}"]
        + ["--reference-contract", f"{key}=carriers:{tmp_path / 'names.odcs.yaml'}"]
    )

    document = json.loads(capsys.readouterr().out)
    (violation,) = document["violations"]
    assert (exit_code, document["status"], document["rules"]["not_checked"]) == (0, "failed", [])
    assert (violation["rule"], violation["count"], violation["rows"][0]["value"]) == ("relationships", 1, "ZZ")
