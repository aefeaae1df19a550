"""The command line: its arguments, exit codes and what it prints where."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import wombat_tool
from wombat_tool.__main__ import main

PROGRAM = [sys.executable, "-m", "wombat_tool"]


def test_it_runs_as_a_module_without_a_locale(tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "data.csv"
    path.write_text("name\nZoë 日本\n", encoding="utf-8")

    command = [*PROGRAM, "preview", "--format", "csv", "--path", str(path), "--title", "examples/flights:clean"]
    ran = subprocess.run(command, env={**environment, "LC_ALL": "POSIX"}, capture_output=True, check=True)

    assert ran.stdout.decode() == (
        "examples/flights:clean\n"
        "csv, 17 B, 1 row, 1 column\n"
        "\n"
        "column  type    nulls\n"
        "──────  ──────  ─────\n"
        "name    string      0\n"
        "\n"
        "name\n"
        "────────\n"
        "Zoë 日本\n"
    )


def test_a_reader_that_stops_early_is_no_error(tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "data.txt"
    path.write_text("line\n" * 1000)

    command = [*PROGRAM, "preview", "--format", "text", "--path", str(path), "--rows", "1000", "--width", "9999"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        err = process.stderr.read()

    assert err == b""


def test_an_error_goes_to_stderr_with_its_class(preview: Callable[..., Any], tmp_path: Path) -> None:
    ran = preview("csv", tmp_path / "no.csv", "--title", "etl:raw", "--output", "json")

    assert (ran.exit_code, ran.out) == (1, "")
    assert ran.err == (
        f"MissingDataError: etl:raw ({tmp_path}/no.csv) cannot be opened: No such file or directory. "
        "Build the dataset again, or correct the path.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param([], "required: COMMAND", id="no-command"),
        pytest.param(["preview", "--path", "x"], "required: --format", id="no-format"),
        pytest.param(
            ["preview", "--path", "x", "--format", "xls"], "choose from 'parquet', 'csv'", id="unknown-format"
        ),
        pytest.param(
            ["preview", "--path", "x", "--format", "csv", "--rows", "-1"],
            "argument --rows: must be a whole number from 0 to 1000, but was '-1'",
            id="negative-rows",
        ),
        pytest.param(
            ["preview", "--path", "x", "--format", "csv", "--width", "5"],
            "argument --width: must be a whole number from 20 to 10000, but was '5'",
            id="narrow",
        ),
    ],
)
def test_wrong_use_is_explained(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(arguments)

    assert raised.value.code == 2
    assert message in capsys.readouterr().err.replace("(choose from parquet, csv", "(choose from 'parquet', 'csv'")


def test_documents_are_ascii_on_one_line(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    path.write_text("Zoë\n", encoding="utf-8")

    ran = preview("text", path, "--output", "json")

    assert ran.out.isascii()
    assert ran.out.count("\n") == 1
    assert json.loads(ran.out)["head"] == ["Zoë"]


def test_the_package_imports_neither_pants_nor_its_siblings() -> None:
    imported: set[str] = set()
    for path in Path(wombat_tool.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{path} imports by a relative name"
                imported.add(str(node.module).split(".")[0])

    assert "pyarrow" in imported
    assert not imported & {"pants", "wombat", "wombat_step"}


@pytest.mark.parametrize("format", ["text", "json", "file", "directory"])
def test_what_is_no_table_is_shown_without_pyarrow(format: str, tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path if format == "directory" else tmp_path / "data"
    (tmp_path / "data").write_text("1")
    program = "import sys; sys.modules['pyarrow'] = None; from wombat_tool.__main__ import main; sys.exit(main())"

    command = [sys.executable, "-c", program, "preview", "--format", format, "--path", str(path)]
    assert subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


def test_the_package_says_that_it_has_types() -> None:
    assert (Path(wombat_tool.__file__).parent / "py.typed").is_file()
