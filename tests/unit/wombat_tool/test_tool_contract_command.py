"""The command `contract`: the facts of a contract for other programs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract_texts import property_text, schema_text
from wombat_tool.__main__ import main

Facts = Callable[[str], dict[str, Any]]


@pytest.fixture
def facts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Facts:
    """The facts of a contract, given as text."""

    def run(text: str) -> dict[str, Any]:
        path = tmp_path / "x.yaml"
        path.write_text(text)
        assert main(["contract", "--file", str(path), "--name", "etl/orders.odcs.yaml"]) == 0
        out = capsys.readouterr().out
        assert out.isascii() and out.count("\n") == 1
        found: dict[str, Any] = json.loads(out)
        return found

    return run


def test_the_facts_say_what_a_contract_has(facts: Facts) -> None:
    text = schema_text(
        """
        - name: größe
          physicalName: t1
          customProperties: [{property: wombat.format, value: csv}, {property: wombat.layout, value: rows}]
          properties:
          - {name: a, physicalName: b, classification: secret}
          - {name: c, relationships: [{to: ../other/x.yaml#o.d}, {to: größe.a}]}
          - {name: e, physicalType: frob}
        """
    )

    assert facts(text) == {
        "facts_version": 1,
        "errors": [],
        "notes": [{"message": "physicalType 'frob' of 'e' is not checked: no type of that name is known here.", "line": 12}],
        "id": "orders",
        "version": "1.0.0",
        "name": None,
        "status": None,
        "objects": [
            {
                "name": "größe",
                "physical_name": "t1",
                "columns": ["b", "c", "e"],
                "sensitive_columns": ["b"],
                "data_format": "csv",
                "layout": "rows",
                "relationships": [
                    {"columns": ["c"], "to_file": "other/x.yaml", "to_object": "o", "to_columns": ["d"], "line": 11},
                    {"columns": ["c"], "to_file": None, "to_object": "größe", "to_columns": ["b"], "line": 11},
                ],
                "line": 6,
            }
        ],
    }


def test_the_facts_say_what_is_wrong_and_what_could_be_read(facts: Facts) -> None:
    found = facts(property_text("name: a\nrequird: true", "name: b"))

    assert found["errors"] == [
        {"message": "unknown key 'requird' in property 'a'. Did you mean 'required'?", "line": 9, "column": 5}
    ]
    assert [one["columns"] for one in found["objects"]] == [["a", "b"]]


def test_what_is_no_contract_has_errors_and_no_objects(facts: Facts) -> None:
    found = facts("a: [")

    assert len(found["errors"]) == 1
    assert (found["id"], found["version"], found["objects"], found["notes"]) == (None, None, [], [])


def test_a_file_that_is_not_there_ends_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contract", "--file", str(tmp_path / "x"), "--name", "etl/x.yaml"]) == 1
    assert capsys.readouterr().err == (
        "ContractError: etl/x.yaml cannot be opened: No such file or directory. Correct the path, or write the file.\n"
    )


def test_reading_a_contract_loads_no_large_library(tmp_path: Path, environment: dict[str, Any]) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(property_text("name: a\nlogicalType: string"))
    code = (
        "import sys\n"
        "from wombat_tool.contracts.command import add_parser\n"
        "before = {'yaml', 'jsonschema_rs', 'wombat_tool.contracts.reader'} & set(sys.modules)\n"
        "from wombat_tool.__main__ import main\n"
        f"main(['contract', '--file', {str(path)!r}, '--name', 'x'])\n"
        "after = {'duckdb', 'pyarrow', 'pydantic', 'numpy', 'pandas'} & set(sys.modules)\n"
        "assert not before and not after, (before, after)\n"
    )

    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
