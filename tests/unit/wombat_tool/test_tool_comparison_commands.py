"""The commands `implies` and `changes`: their arguments and documents."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from schemas import errors, schema, undescribed
from wombat_tool.__main__ import main

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: flights
version: 1.2.0
status: active
schema:
- name: flights
  properties:
  - name: carrier
    logicalType: string
    required: true
  - name: delay
    logicalType: integer
    logicalTypeOptions: {maximum: 600}
"""
NEED = CONTRACT.replace("maximum: 600", "maximum: 300").replace("  - name: carrier", "  - name: flight\n  - name: carrier")
STEP = """\
from typing import TypedDict

class Flight(TypedDict):
    carrier: str
    delay: int

def clean(flights: list[Flight], table): ...
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A directory with contracts and a step."""
    (tmp_path / "promise.yaml").write_text(CONTRACT)
    (tmp_path / "need.yaml").write_text(NEED)
    (tmp_path / "src" / "etl").mkdir(parents=True)
    (tmp_path / "src" / "etl" / "clean.py").write_text(STEP)
    return tmp_path


def implies(files: Path, *options: str) -> list[str]:
    """The arguments of `implies` for the promise and a need."""
    promise = ("--promise", str(files / "promise.yaml"), "--promise-name", "etl/flights.odcs.yaml", "--promise-object", "flights")
    return ["implies", *promise, *options]


def by_contract(files: Path) -> list[str]:
    """The need as a contract."""
    return ["--need", str(files / "need.yaml"), "--need-name", "etl/input.odcs.yaml", "--need-object", ""]


def by_code(files: Path, parameter: str = "flights") -> list[str]:
    """The need as the annotation of a parameter."""
    return ["--sources", str(files / "src"), "--entry", "etl/clean.py", "--function", "clean", "--parameter", parameter]


def printed(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> Any:
    """The document that a command prints: in one line of ASCII, and as the reference says."""
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert out.isascii() and out.count("\n") == 1
    document = json.loads(out)
    rules = schema("comparison.schema.json" if arguments[0] == "implies" else "contract-changes.schema.json")
    assert errors(document, rules) == []
    assert undescribed(document, rules) == set()
    return document


def test_a_promise_is_compared_with_a_contract(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, implies(files, *by_contract(files))) == {
        "comparison_version": 1,
        "stated": True,
        "mismatches": [
            {
                "column": "flight",
                "aspect": "present",
                "promise": "no such column",
                "need": "a column of that name",
                "severity": "error",
                "promise_line": 7,
                "need_file": "etl/input.odcs.yaml",
                "need_line": 9,
            },
            {
                "column": "delay",
                "aspect": "maximum",
                "promise": "at most 600",
                "need": "at most 300",
                "severity": "error",
                "promise_line": 12,
                "need_file": "etl/input.odcs.yaml",
                "need_line": 13,
            },
        ],
        "need_title": "etl/input.odcs.yaml",
    }


def test_a_promise_is_compared_with_an_annotation(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, implies(files, *by_code(files)))

    assert found["need_title"] == "Flight in etl/clean.py"
    assert [(one["column"], one["aspect"], one["need_file"], one["need_line"]) for one in found["mismatches"]] == [
        ("delay", "required", "etl/clean.py", 5)
    ]


def test_an_annotation_may_say_nothing_of_rows(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, implies(files, *by_code(files, "table"))) == {
        "comparison_version": 1,
        "stated": False,
        "mismatches": [],
        "need_title": None,
    }


def test_a_contract_that_is_not_right_is_an_error(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "promise.yaml").write_text(CONTRACT.replace("logicalType: integer", "logicalType: int"))

    assert main(implies(files, *by_contract(files))) == 1

    err = capsys.readouterr().err
    assert err.startswith("ContractError: etl/flights.odcs.yaml:13:")
    assert "Did you mean 'integer'?" in err


def test_an_unknown_object_is_an_error(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [one if one != "flights" else "flight" for one in implies(files, *by_contract(files))]

    assert main(arguments) == 1

    assert capsys.readouterr().err == (
        "UnknownObjectError: The contract etl/flights.odcs.yaml has no schema object 'flight'. Did you mean 'flights'?\n"
    )


@pytest.mark.parametrize(
    "options",
    [
        pytest.param([], id="no-need"),
        pytest.param(["--need", "a", "--need-name", "b"], id="part-of-a-contract"),
        pytest.param(["--sources", "a", "--entry", "b", "--function", "c"], id="part-of-code"),
        pytest.param(["--need", "a", "--need-name", "b", "--need-object", "c", "--sources", "d"], id="both"),
    ],
)
def test_a_need_is_given_in_one_way(files: Path, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(implies(files, *options))

    assert raised.value.code == 2
    assert (
        "takes --need, --need-name and --need-object, or --sources, --entry, --function and --parameter" in capsys.readouterr().err
    )


def changes(files: Path, old: str, new: str) -> list[str]:
    """The arguments of `changes` for two versions of a contract."""
    (files / "old.yaml").write_text(old)
    (files / "new.yaml").write_text(new)
    return ["changes", "--old", str(files / "old.yaml"), "--new", str(files / "new.yaml"), "--name", "etl/flights.odcs.yaml"]


def test_changes_are_told_with_the_version_they_need(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = CONTRACT.replace("maximum: 600", "maximum: 700").replace("1.2.0", "1.3.0")

    assert printed(capsys, changes(files, CONTRACT, new)) == {
        "changes_version": 1,
        "class": "breaking",
        "changes": [
            {
                "class": "breaking",
                "object": "flights",
                "column": "delay",
                "text": "Column 'delay' of 'flights', maximum: was at most 600, is at most 700.",
                "line": 12,
            }
        ],
        "old_version": "1.2.0",
        "new_version": "1.3.0",
        "version_ok": False,
        "version_text": "was 1.2.0, is 1.3.0; a breaking change needs at least 2.0.0",
        "broken_objects": ["flights"],
    }


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        pytest.param(CONTRACT, CONTRACT, "none", id="none"),
        pytest.param(CONTRACT, f"# A comment.\n{CONTRACT}", "none", id="comment"),
        pytest.param(CONTRACT, CONTRACT + "description: {purpose: All flights.}\n", "documentation", id="documentation"),
        pytest.param(CONTRACT, CONTRACT.replace("1.2.0", "1.3.0") + "  - name: x\n", "compatible", id="compatible"),
    ],
)
def test_changes_that_break_nothing_need_less(
    old: str, new: str, kind: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = printed(capsys, changes(files, old, new))

    assert (found["class"], found["version_ok"], found["broken_objects"]) == (kind, True, [])


def test_another_id_breaks_all_objects(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, changes(files, CONTRACT, CONTRACT.replace("id: flights", "id: f")))

    assert (found["class"], found["broken_objects"]) == ("breaking", ["flights"])


def test_a_former_contract_that_was_not_right_is_not_compared(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, changes(files, CONTRACT.replace("logicalType: integer", "logicalType: int"), CONTRACT))

    assert (found["class"], found["version_ok"], found["changes"]) == ("unknown", True, [])
    assert found["version_text"].startswith("is not compared, as the former contract was not right (line 13: ")


def test_a_new_contract_that_is_not_right_is_an_error(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(changes(files, CONTRACT, CONTRACT.replace("logicalType: integer", "logicalType: int"))) == 1

    assert capsys.readouterr().err.startswith("ContractError: etl/flights.odcs.yaml:13:")


def test_a_former_contract_that_is_not_there_is_an_error(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = changes(files, CONTRACT, CONTRACT)
    (files / "old.yaml").unlink()

    assert main(arguments) == 1

    assert "cannot be opened: No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["implies-contract", "implies-code", "changes"])
def test_the_commands_load_no_data_library(command: str, files: Path, environment: dict[str, str]) -> None:
    arguments = {
        "implies-contract": implies(files, *by_contract(files)),
        "implies-code": implies(files, *by_code(files)),
        "changes": changes(files, CONTRACT, NEED),
    }[command]
    program = (
        "import sys; sys.modules.update(dict.fromkeys(['pyarrow', 'duckdb', 'pydantic'])); "
        "from wombat_tool.__main__ import main; sys.exit(main())"
    )

    ran = subprocess.run([sys.executable, "-c", program, *arguments], env=environment, capture_output=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, b"")
