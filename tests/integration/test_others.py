"""What others wrote and what others judge: official examples are read as they are, verdicts are those of another checker."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from harness import file_above, source_directory

TYPES = {"id": pa.int64(), "name": pa.string(), "price": pa.float64()}
LOGICAL_TYPES = {"id": "integer", "name": "string", "price": "number"}
GOOD = [(1, "A-1", 10.0), (2, "B-2", 20.5), (3, "C-3", 30.0)]

# Each runs once for all cases: both programs take longer to start than to check so little.
OURS = """
import contextlib, io, json, sys
from wombat_tool.__main__ import main

verdicts = {}
for name, data, format, contract in json.load(open(sys.argv[1])):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        arguments = ["--path", data, "--format", format, "--contract", contract, "--contract-name", name]
        assert main(["validate", *arguments, "--environment", "production"]) == 0
    report = json.loads(printed.getvalue())
    assert not report["rules"]["not_checked"], report
    verdicts[name] = [report["status"], [one["message"] for one in report["violations"]]]
json.dump(verdicts, open(sys.argv[2], "w"))
"""
THEIRS = """
import json, sys
from datacontract.data_contract import DataContract

verdicts = {}
for name, _data, _format, contract in json.load(open(sys.argv[1])):
    checks = DataContract(data_contract_file=contract).test().checks
    # It does not check the types that Parquet declares, and warns of that; where a rule needs the type, it fails to read.
    checks = [one for one in checks if "Checking types in parquet files is not supported" not in (one.reason or "")]
    reasons = [f"{one.name}: {one.reason}" for one in checks if one.result != "passed"]
    verdicts[name] = ["failed" if reasons else "passed", reasons]
json.dump(verdicts, open(sys.argv[2], "w"))
"""


@dataclass(frozen=True)
class Case:
    """Data, and a contract with rules for columns, or for the object, beyond the columns' types."""

    verdict: str
    rules: Dict[str, Dict[str, Any]] = field(default_factory=dict)
    of_object: Dict[str, Any] = field(default_factory=dict)
    rows: Tuple[Tuple[Any, ...], ...] = tuple(GOOD)

    def table(self) -> pa.Table:
        """The data."""
        columns = zip(*self.rows)
        return pa.table({name: pa.array(values, TYPES[name]) for name, values in zip(TYPES, columns)})

    def contract(self, path: Path, format: str) -> Dict[str, Any]:
        """The contract, as a document; JSON is YAML."""
        properties: List[Dict[str, Any]] = [{"name": name, "logicalType": type} for name, type in LOGICAL_TYPES.items()]
        for each in properties:
            each.update(self.rules.get(each["name"], {}))
        return {
            "apiVersion": "v3.1.0",
            "kind": "DataContract",
            "id": "goods",
            "version": "1.0.0",
            "status": "active",
            "servers": [{"server": "here", "type": "local", "path": str(path), "format": format}],
            "schema": [{"name": "goods", "logicalType": "object", "properties": properties, **self.of_object}],
        }


def options(**limits: Any) -> Dict[str, Any]:
    return {"logicalTypeOptions": limits}


def quality(**rule: Any) -> Dict[str, Any]:
    return {"quality": [rule]}


def rows(*more: Tuple[Any, ...]) -> Tuple[Tuple[Any, ...], ...]:
    return (*GOOD, *more)


KEY = {"primaryKey": True, "primaryKeyPosition": 1}
CODE = options(pattern="^[A-Z]-[0-9]$")
VALID_NAMES = quality(metric="invalidValues", arguments={"validValues": ["A-1", "B-2", "C-3"]}, mustBe=0)
RANGE = options(minimum=10, maximum=30)
ROW_COUNT = {"metric": "rowCount", "mustBeBetween": [2, 3]}
NO_FREE_GOODS = {"type": "sql", "query": "SELECT count(*) FROM goods WHERE price <= 0", "mustBe": 0}
ALL_KEPT = {"id": {"unique": True, **KEY}, "name": {"required": True, **CODE, **VALID_NAMES}, "price": RANGE}

# Data that breaks a rule breaks no other one. Not here, since datacontract-cli 1.2.8 means something else on purpose or by
# omission: it fails for a broken rule whose `severity` is warning (ours warns), takes a quoted empty field of CSV for null
# (here it is an empty text), does not check `multipleOf`, and takes 20.5 for an `integer`, and numbers of a Parquet file
# for `string`, since it casts data to the contract's types.
CASES = {
    "all-kept": Case("passed", ALL_KEPT, {"quality": [ROW_COUNT, NO_FREE_GOODS]}),
    "required-null": Case("failed", {"name": {"required": True}}, rows=rows((4, None, 1.0))),
    "not-required-null": Case("passed", rows=rows((4, None, 1.0))),
    "unique-twice": Case("failed", {"id": {"unique": True}}, rows=rows((3, "D-4", 1.0))),
    "unique-nulls": Case("passed", {"price": {"unique": True}}, rows=rows((4, "D-4", None), (5, "E-5", None))),
    "primary-key-twice": Case("failed", {"id": KEY}, rows=rows((3, "D-4", 1.0))),
    "pattern-missed": Case("failed", {"name": CODE}, rows=rows((4, "d4", 1.0))),
    "pattern-within": Case("passed", {"name": options(pattern="-")}),
    "pattern-null": Case("passed", {"name": CODE}, rows=rows((4, None, 1.0))),
    "length-above": Case("failed", {"name": options(minLength=3, maxLength=3)}, rows=rows((4, "D-40", 1.0))),
    "range-below": Case("failed", {"price": RANGE}, rows=rows((4, "D-4", 9.5))),
    "range-above": Case("failed", {"price": RANGE}, rows=rows((4, "D-4", 30.5))),
    "range-exclusive": Case("failed", {"price": options(exclusiveMinimum=10)}),
    "enum-missed": Case("failed", {"name": VALID_NAMES}, rows=rows((4, "D-4", 1.0))),
    "null-values": Case("failed", {"name": quality(metric="nullValues", mustBe=0)}, rows=rows((4, None, 1.0))),
    "row-count-above": Case("failed", of_object={"quality": [ROW_COUNT]}, rows=rows((4, "D-4", 1.0))),
    "sql-violated": Case("failed", of_object={"quality": [NO_FREE_GOODS]}, rows=rows((4, "D-4", 0.0))),
    "missing-column": Case("failed", of_object={"properties": [{"name": "colour", "logicalType": "string"}]}),
    "wrong-type": Case("failed", {"name": {"logicalType": "integer"}}),
    "extra-column": Case("passed", of_object={"properties": [{"name": "id", "logicalType": "integer"}]}),
    "enum-null": Case("passed", {"name": VALID_NAMES}, rows=rows((4, None, 1.0))),
}
FORMATS: Dict[str, Callable[[pa.Table, Path], Any]] = {
    "csv": pyarrow.csv.write_csv,
    "parquet": pyarrow.parquet.write_table,
}


@dataclass(frozen=True)
class Environments:
    """Environments of their own: the two checkers need different versions of DuckDB."""

    ours: Path
    theirs: Path

    def run_ours(self, *arguments: str) -> str:
        """What a Python printed that finds `wombat_tool`."""
        return run(self.ours, *arguments, PYTHONPATH=str(source_directory("wombat_tool")))


def run(python: Path, *arguments: str, **environment: str) -> str:
    finished = subprocess.run(
        [str(python), *arguments],
        env={**os.environ, "PYTHONPATH": "", **environment},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="session")
def environments(python: str, tmp_path_factory: pytest.TempPathFactory) -> Environments:
    """What the lock files say, installed."""
    base = tmp_path_factory.mktemp("environments")

    def install(name: str, lock: Path) -> Path:
        run(Path(python), "-m", "venv", str(base / name))
        pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--no-compile"]
        run(base / name / "bin/python", *pip, "-r", str(lock))
        return base / name / "bin/python"

    with ThreadPoolExecutor() as pool:
        ours = pool.submit(install, "ours", source_directory("wombat") / "wombat/tool.lock")
        theirs = pool.submit(install, "theirs", file_above("3rdparty/tools/datacontract.lock"))
        return Environments(ours.result(), theirs.result())


Verdicts = Dict[str, List[Any]]


@pytest.fixture(scope="session")
def verdicts(environments: Environments, tmp_path_factory: pytest.TempPathFactory) -> Tuple[Verdicts, Verdicts]:
    """Of every case in every format, what `wombat_tool` says and what `datacontract` says, with reasons."""
    base = tmp_path_factory.mktemp("cases")
    jobs = []
    for name, case in CASES.items():
        for format, write in FORMATS.items():
            data, contract = base / f"{name}.{format}", base / f"{name}-{format}.odcs.yaml"
            write(case.table(), data)
            contract.write_text(json.dumps(case.contract(data, format), indent=2))
            jobs.append([f"{name}.{format}", str(data), format, str(contract)])
    (base / "jobs.json").write_text(json.dumps(jobs))
    environments.run_ours("-c", OURS, str(base / "jobs.json"), str(base / "ours.json"))
    run(environments.theirs, "-c", THEIRS, str(base / "jobs.json"), str(base / "theirs.json"))
    return json.loads((base / "ours.json").read_text()), json.loads((base / "theirs.json").read_text())


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", CASES)
def test_verdicts_are_those_of_another_checker(name: str, format: str, verdicts: Tuple[Verdicts, Verdicts]) -> None:
    ours, theirs = (each[f"{name}.{format}"] for each in verdicts)

    assert (ours[0], theirs[0]) == (CASES[name].verdict, CASES[name].verdict), (ours[1], theirs[1])
    assert len(ours[1]) == (ours[0] == "failed")


@pytest.fixture(scope="session")
def official_examples(environments: Environments, tmp_path_factory: pytest.TempPathFactory) -> List[Path]:
    """The example contracts of the standard's own package, which only its source distribution has."""
    directory = tmp_path_factory.mktemp("examples")
    lock = file_above("3rdparty/tools/odcs-sdist.lock")
    pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=open-data-contract-standard", "--require-hashes"]
    run(environments.ours, *pip, "-r", str(lock), "-d", str(directory))
    (archive,) = directory.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        for member in files:
            if member.isfile() and member.name.endswith(".odcs.yaml"):
                content = files.extractfile(member)
                assert content is not None
                (directory / Path(member.name).name).write_bytes(content.read())
    return sorted(directory.glob("*.odcs.yaml"))


def test_the_official_examples_are_read_without_an_error(official_examples: List[Path], environments: Environments) -> None:
    read = {}
    for path in official_examples:
        command = ["-m", "wombat_tool", "contract", "--file", str(path), "--name", path.name]
        facts = json.loads(environments.run_ours(*command))
        assert facts["errors"] == [], path.name
        read[path.name] = [(each["name"], len(each["columns"])) for each in facts["objects"]]

    assert read == {
        "all-new-fields-v3.2.0.odcs.yaml": [("turnover", 4), ("notes", 0)],
        "full-example-v3.2.0.odcs.yaml": [("tbl", 3), ("receivers", 5)],
    }
