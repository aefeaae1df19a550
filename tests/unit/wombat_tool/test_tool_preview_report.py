"""Previews with the report of a validation: the verdict, the violations and the profile."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wombat_tool.__main__ import main
from wombat_tool.preview.mask import MARK, Mask
from wombat_tool.preview.page import page_lines
from wombat_tool.preview.report import Report
from wombat_tool.preview.unreadable import UnreadablePreview
from wombat_tool.preview.width import display_width

TABLE = pa.table({"carrier": ["UA", "B6", "UA"], "delay": [3, None, 700], "share": [0.5, 1.25, 2.0]})


def column(name: str, type: str = "string", **values: Any) -> dict[str, Any]:
    """The profile of a column."""
    empty = {"nulls": 0, "distinct": None, "min": None, "max": None, "quantiles": None, "top": None, "masked": False}
    return {"name": name, "type": type, **empty, **values}


def violation(rule: str, column: str | None, message: str, **values: Any) -> dict[str, Any]:
    """A violation."""
    empty = {"severity": "error", "stops": True, "expected": "", "count": 1, "share": 0.1, "line": 12, "masked": False}
    return {"rule": rule, "column": column, "message": message, "rows": [], **empty, **values}


def row(number: int, value: str | None, *, file: str | None = None) -> dict[str, Any]:
    """A row at fault."""
    return {"row": number, "file": file, "value": value}


PROFILE = [
    column("carrier", distinct=2, min="B6", max="UA", top=[{"value": "UA", "count": 2}, {"value": "B6", "count": 1}]),
    column("delay", "int64", nulls=1, distinct=2, min=3, max=700, quantiles={"0.25": 3, "0.5": 3, "0.75": 700}),
    column("share", "double", distinct=3, min=0.5, max=2.0, quantiles={"0.25": 0.5, "0.5": 1.25, "0.75": 1.25}, nan=2),
]
MAXIMUM = "delay: maximum (at most 600) is violated by 2 of 3 rows (67 %), first in row 2: 612"
REPORT: dict[str, Any] = {
    "report_version": 1,
    "environment": "production",
    "contract": {"id": "4711", "version": "1.2.0", "name": "orders", "object": "orders"},
    "status": "passed",
    "rows": 3,
    "size_bytes": 712,
    "read": {"rows": 3, "sampled": False, "how": "all rows"},
    "rules": {"checked": 14, "violated": 0, "not_checked": []},
    "violations": [],
    "profile": {"columns": PROFILE, "estimated_from_rows": 3},
    "problem": None,
}
FAILED: dict[str, Any] = {
    **REPORT,
    "status": "failed",
    "rules": {
        "checked": 14,
        "violated": 2,
        "not_checked": [{"rule": "freshness", "column": "delay", "why": "it is of another engine"}],
    },
    "violations": [
        violation("maximum", "delay", MAXIMUM, rows=[row(2, "612"), row(3, "700")]),
        violation("required", "carrier", "carrier: required (a value) is violated", severity="warning", stops=False, line=0),
    ],
}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table as a file."""
    path = tmp_path / "data.parquet"
    pq.write_table(TABLE, path)
    return path


@pytest.fixture
def shown(preview: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Run `preview` with a report."""

    def run(format: str, path: Path, report: Any, *options: str) -> Any:
        file = tmp_path / "report.json"
        file.write_text(json.dumps(report))
        return preview(format, path, "--report", str(file), "--title", "etl:orders", *options)

    return run


def test_a_table_has_its_verdict_and_profile(shown: Callable[..., Any], table: Path) -> None:
    ran = shown("parquet", table, REPORT)

    size = table.stat().st_size
    assert ran.out == (
        "etl:orders\n"
        f"parquet, {size / 1000:.3g} kB, 3 rows, 3 columns\n"
        "contract orders 1.2.0, production: passed, 14 rules\n"
        "\n"
        "column   type       nulls  distinct  min  max  quartiles, or top values\n"
        "───────  ──────  ────────  ────────  ───  ───  ────────────────────────\n"
        "carrier  string         0         2  B6   UA   UA 67 %\n"
        "delay    int64   1 (33 %)         2  3    700  3 | 3 | 700\n"
        "share    double         0         3  0.5  2.0  0.5 | 1.25 | 1.25, 2 NaN\n"
        "\n"
        "carrier  delay  share\n"
        "───────  ─────  ─────\n"
        "UA           3    0.5\n"
        "B6           ∅   1.25\n"
        "UA         700    2.0\n"
    )


def test_violations_stand_before_the_columns(shown: Callable[..., Any], table: Path) -> None:
    ran = shown("parquet", table, FAILED, "--rows", "0")

    assert ran.exit_code == 0
    assert ran.out.splitlines()[2:12] == [
        "contract orders 1.2.0, production: failed, 14 rules, 2 violated, 1 not checked",
        "",
        "error        delay: maximum (at most 600) is violated by 2 of 3 rows (67 %), first in row 2: 612",
        "             (line 12 of the contract)",
        "             then in row 3: 700",
        "warning      carrier: required (a value) is violated",
        "not checked  delay: freshness: it is of another engine",
        "",
        "column   type       nulls  distinct  min  max  quartiles, or top values",
        "───────  ──────  ────────  ────────  ───  ───  ────────────────────────",
    ]


def test_in_a_narrow_place_messages_go_below_their_words(shown: Callable[..., Any], table: Path) -> None:
    ran = shown("parquet", table, FAILED, "--rows", "0", "--width", "40")

    assert ran.out.splitlines()[3:12] == [
        "failed, 14 rules, 2 violated, 1 not",
        "checked",
        "",
        "error",
        "  delay: maximum (at most 600) is",
        "  violated by 2 of 3 rows (67 %), first",
        "  in row 2: 612 (line 12 of the",
        "  contract)",
        "  then in row 3: 700",
    ]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param({"status": "warned", "environment": "development"}, "orders 1.2.0, development: warned, 14 rules", id="warned"),
        pytest.param(
            {"contract": {"id": "4711", "version": "2", "name": None, "object": "orders"}},
            "contract 4711 2 (orders), production: passed, 14 rules",
            id="without-name",
        ),
        pytest.param(
            {"rules": {"checked": 1, "violated": 0, "not_checked": []}}, "production: passed, 1 rule\n", id="one-rule"
        ),
        pytest.param(
            {"read": {"rows": 2, "sampled": True, "how": "the first 2 rows"}},
            "14 rules\nrules about values and the profile are of the first 2 rows\n\n",
            id="sample",
        ),
        pytest.param(
            {"contract": None, "read": {"rows": 2, "sampled": True, "how": "the first 2 rows"}},
            "3 columns\nthe profile is of the first 2 rows\n\n",
            id="sample-without-contract",
        ),
        pytest.param({"contract": None}, "3 columns\n\ncolumn ", id="without-contract"),
    ],
)  # fmt: skip
def test_the_verdict_is_one_line(changes: dict[str, Any], verdict: str, shown: Callable[..., Any], table: Path) -> None:
    assert verdict in shown("parquet", table, {**REPORT, **changes}).out


def test_rows_at_fault_are_told_with_their_file(shown: Callable[..., Any], table: Path) -> None:
    rows = [row(1, "x"), row(1200, "y" * 60, file="month=2/part.parquet"), row(1300, None)]
    report = {**FAILED, "violations": [violation("pattern", "carrier", "no match", rows=rows)]}

    out = " ".join(shown("parquet", table, report).out.split())

    assert f"then in month=2/part.parquet, row 1,200: {'y' * 40}…, row 1,300 not checked" in out


def test_a_report_without_a_profile_leaves_the_columns_as_they_are(
    shown: Callable[..., Any], preview: Callable[..., Any], table: Path
) -> None:
    report = {**REPORT, "contract": None, "profile": {"columns": []}}

    assert shown("parquet", table, report).out == preview("parquet", table, "--title", "etl:orders").out


# --- Other formats ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["json", "text", "file", "directory"])
def test_other_formats_have_a_verdict_and_a_profile_too(format: str, shown: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data"
    if format == "directory":
        path.mkdir()
        (path / "a.txt").write_text("x")
    else:
        path.write_text('{"n": 1}\n')
    profile = {"columns": [column("n", "int64", nulls=0, distinct=1, min=1, max=1)]}

    lines = shown(format, path, {**FAILED, "profile": profile}).out.splitlines()

    start = lines.index("n       int64      0         1  1    1")
    assert lines[2].startswith("contract orders 1.2.0, production: failed")
    assert lines[4].startswith("error        delay: maximum")
    assert lines[start - 3 : start - 1] == ["", "column  type   nulls  distinct  min  max"]
    assert lines[start + 1] == ""
    assert len(lines) > start + 2


@pytest.mark.parametrize("format", ["text", "json"])
def test_the_report_is_shown_without_pyarrow(format: str, tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "data").write_text("1")
    (tmp_path / "report.json").write_text(json.dumps(REPORT))
    program = "import sys; sys.modules['pyarrow'] = None; from wombat_tool.preview.command import *; "
    program += "p = argparse.ArgumentParser(); add_parser(p.add_subparsers()); a = p.parse_args(); sys.exit(a.run(a))"
    command = [sys.executable, "-c", program, "preview", "--format", format, "--path", str(tmp_path / "data")]

    ran = subprocess.run([*command, "--report", str(tmp_path / "report.json")], env=environment, capture_output=True, check=False)

    assert ran.returncode == 0, ran.stderr.decode()
    assert "production: passed" in ran.stdout.decode()


# --- Documents, problems, masks ---------------------------------------------------------------------------------------


def test_programs_get_the_report_in_the_document(shown: Callable[..., Any], preview: Callable[..., Any], table: Path) -> None:
    document = json.loads(shown("parquet", table, FAILED, "--output", "json").out)
    plain = json.loads(preview("parquet", table, "--output", "json").out)

    assert document == {**plain, "report": FAILED}
    assert "report" not in plain


PROBLEM = {"kind": "DataError", "message": "etl:orders (data.csv) cannot be read as csv: it is empty (0 bytes). Mend it."}
UNREADABLE: dict[str, Any] = {
    **REPORT,
    "status": "failed",
    "rows": None,
    "size_bytes": 0,
    "read": {"rows": None, "sampled": False, "how": "all rows"},
    "rules": {"checked": 0, "violated": 0, "not_checked": []},
    "profile": {"columns": []},
    "problem": PROBLEM,
}


def test_data_that_cannot_be_read_has_its_verdict(shown: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("")

    ran = shown("csv", path, UNREADABLE)

    assert (ran.exit_code, ran.err) == (0, "")
    assert ran.out == (
        "etl:orders\n"
        "csv, 0 B\n"
        "contract orders 1.2.0, production: failed, the data could not be checked\n"
        "\n"
        "DataError  etl:orders (data.csv) cannot be read as csv: it is empty (0 bytes). Mend it.\n"
    )
    assert json.loads(shown("csv", path, UNREADABLE, "--output", "json").out) == {
        "version": 1,
        "format": "csv",
        "size_bytes": 0,
        "problem": PROBLEM["message"],
        "report": UNREADABLE,
    }


def test_a_problem_without_a_contract_is_told(shown: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("")

    assert shown("csv", path, {**UNREADABLE, "contract": None}).out.splitlines()[1:3] == ["csv, 0 B", ""]


def test_data_that_only_the_validation_could_not_read_is_shown(shown: Callable[..., Any], table: Path) -> None:
    lines = shown("parquet", table, UNREADABLE).out.splitlines()

    assert lines[4].startswith("DataError  ")
    assert lines[-1] == "UA         700    2.0"


def test_data_that_changed_since_its_validation_is_an_error(shown: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("")

    ran = shown("csv", path, REPORT)

    assert (ran.exit_code, ran.out) == (1, "")
    assert ran.err.startswith("DataError: etl:orders ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "must be the path of a validation report, but ", id="missing"),
        pytest.param("{", "must be the path of a validation report, but ", id="no-json"),
        pytest.param("[]", "must be the path of a validation report, but ", id="no-object"),
        pytest.param("{}", "is none: 'report_version'", id="no-report"),
        pytest.param('{"report_version": 2}', "must be a validation report of version 1, but ", id="newer"),
    ],
)
def test_what_is_no_report_is_refused(
    content: str | None, message: str, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    if content is not None:
        report.write_text(content)

    with pytest.raises(SystemExit) as raised:
        main(["preview", "--format", "parquet", "--path", str(table), "--report", str(report)])

    assert raised.value.code == 2
    error = capsys.readouterr().err
    assert "argument --report: must be " in error
    assert message in error


def test_masked_columns_are_hidden_in_the_report_too(shown: Callable[..., Any], table: Path) -> None:
    text = shown("parquet", table, FAILED, "--mask", "delay").out
    document = json.loads(shown("parquet", table, FAILED, "--mask", "delay", "--output", "json").out)

    assert not any(value in text for value in ("612", "700"))
    assert "error        delay: maximum () is violated (line 12 of the contract)" in text
    assert f"delay    int64   1 (33 %)         2  {MARK}  {MARK}\n" in text
    assert "612" not in json.dumps(document) and "700" not in json.dumps(document)
    assert document["report"]["violations"][0]["masked"]
    assert document["report"]["profile"]["columns"][1]["masked"]
    assert document["report"]["violations"][1] == FAILED["violations"][1]


def test_what_the_validation_hid_stays_hidden(shown: Callable[..., Any], table: Path) -> None:
    rows = [row(1, None), row(2, None)]
    report = copy.deepcopy(FAILED)
    report["violations"] = [violation("pattern", "carrier", "carrier: pattern (x) is violated", rows=rows, masked=True)]
    report["profile"]["columns"][0] |= {"min": None, "max": None, "top": None, "masked": True}

    out = shown("parquet", table, report).out

    assert "carrier: pattern (x) is violated (line 12 of the contract)\n             then in row 2\n" in out
    assert f"carrier  string         0         2  {MARK}  {MARK}" in out


def test_a_report_of_the_tool_is_shown(
    preview: Callable[..., Any], capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path
) -> None:
    contract = tmp_path / "orders.odcs.yaml"
    contract.write_text(
        "apiVersion: v3.0.2\nkind: DataContract\nid: '4711'\nname: orders\nversion: 1.2.0\nstatus: active\n"
        "schema:\n  - name: orders\n    properties:\n"
        "      - {name: delay, logicalType: integer, logicalTypeOptions: {maximum: 600}}\n"
    )
    arguments = ["--path", str(table), "--format", "parquet", "--environment", "production", "--contract", str(contract)]
    assert main(["validate", *arguments]) == 0
    report = tmp_path / "report.json"
    report.write_text(capsys.readouterr().out)

    lines = preview("parquet", table, "--report", str(report)).out.splitlines()

    assert any(line.startswith("contract orders 1.2.0, production: failed, ") for line in lines)
    assert any(line.startswith("error  delay: maximum (at most 600) is violated by 1 of 3 rows") for line in lines)


texts = st.text(max_size=40)


@settings(max_examples=60, deadline=None)
@given(st.integers(20, 130), texts, texts, st.lists(st.tuples(texts, texts, texts), max_size=3), st.integers(0, 10**12))
def test_no_line_is_too_wide(
    width: int, name: str, message: str, values: list[tuple[str, str, str]], number: int
) -> None:
    report = copy.deepcopy(FAILED)
    report["contract"]["name"] = name
    report["problem"] = {"kind": "DataError", "message": message}
    report["violations"] = [
        violation(rule, rule, text, rows=[row(1, value, file=rule), row(number + 1, value, file=rule)])
        for rule, text, value in values
    ]
    preview = UnreadablePreview("data", "csv", number, message)

    lines = page_lines(preview, Report(report, Mask()), width)

    assert all(display_width(line) <= width for line in lines)
    assert not any(control in line for line in lines for control in "\n\r\x1b")
