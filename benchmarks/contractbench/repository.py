"""Writes a repository of datasets with contracts, each made from the one before by a step that says what it needs."""

from __future__ import annotations

from pathlib import Path

_IN_A_DIRECTORY = 100
_PROBE = "probe/probe.odcs.yaml"

_CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: {name}
name: Dataset {number}
version: 1.0.0
status: active
schema:
  - name: {name}
    description: What the dataset promises.
    properties:
      - {{name: id, logicalType: integer, primaryKey: true, logicalTypeOptions: {{minimum: {number}}}}}
      - {{name: code, logicalType: string, required: true, logicalTypeOptions: {{pattern: '^[A-Z]{{2}}-[0-9]+$'}}}}
      - {{name: kind, logicalType: string, required: true, logicalTypeOptions: {{maxLength: 8}}}}
      - {{name: amount, logicalType: number, required: {required}, logicalTypeOptions: {{minimum: 0, maximum: {most}}}}}
      - {{name: opened, logicalType: date, required: true}}
      - {{name: closed, logicalType: date}}
      - {{name: note, logicalType: string, classification: confidential}}
      - name: lines
        logicalType: array
        items: {{logicalType: object, properties: [{{name: article, logicalType: string}}]}}
    quality:
      - {{type: library, metric: rowCount, mustBeGreaterThan: 0}}
"""
_NEED = """\
  - name: need
    description: What the step that makes the dataset needs of the one before.
    properties:
      - {{name: id, logicalType: integer, required: true, logicalTypeOptions: {{minimum: 0}}}}
      - {{name: kind, logicalType: string, required: true}}
      - {{name: amount, logicalType: number, required: true, logicalTypeOptions: {{maximum: 1000}}}}
"""
_SOURCE = """\
dataset(name="{name}", source="{name}.jsonl", contract="{name}.odcs.yaml")
"""
_STEP = """\
dataset(name="{name}", format="jsonl", contract="{name}.odcs.yaml")
pipeline_step(
    name="s_{number:05}",
    entry_point="work.py:pass_on",
    inputs={{"x0": "{before}"}},
    outputs=[":{name}"],
    expects={{"x0": "{name}.odcs.yaml#need"}},
)
"""
_WORK = '''\
"""The function of the generated steps, which nobody calls."""


def pass_on(x0: list) -> list:
    return x0
'''


def write_probe(root: Path) -> str:
    """Write a contract that has nothing to do with the others; returns an argument that names it."""
    (root / _PROBE).write_text(_contract("probe", 0))
    return _PROBE


def write_contracts(root: Path, count: int) -> None:
    """Write `count` datasets, each with a contract file and, but for the first, a step that makes it.

    The file has two schema objects: what the dataset promises, and what its step needs of the dataset before.
    """
    files: dict[str, list[str]] = {}
    for number in range(count):
        path = contract_path(root, number)
        path.parent.mkdir(exist_ok=True)
        path.write_text(changed_contract(number))
        lines = files.setdefault(_directory(number), ["python_sources()\n"])
        if number == 0:
            (path.parent / f"{_name(0)}.jsonl").write_text("")
            lines.append(_SOURCE.format(name=_name(0)))
        else:
            before = f"{_directory(number - 1)}:{_name(number - 1)}"
            lines.append(_STEP.format(name=_name(number), number=number, before=before))
    for directory, lines in files.items():
        (root / directory / "work.py").write_text(_WORK)
        (root / directory / "BUILD").write_text("".join(lines))


def contract_path(root: Path, number: int) -> Path:
    """The contract file of a dataset."""
    return root / _directory(number) / f"{_name(number)}.odcs.yaml"


def changed_contract(number: int, *, most: int = 1000, required: bool = True) -> str:
    """The text of a contract file, as it is written at first or with another promise.

    :param most: the greatest amount, of which the need is 1000 at most.
    :param required: whether each row has an amount, which is needed.
    """
    text = _contract(_name(number), number, most=most, required=required)
    return text if number == 0 else text + _NEED.format()


def step_address(number: int) -> str:
    """The step that makes a dataset."""
    return f"{_directory(number)}:s_{number:05}"


def _contract(name: str, number: int, *, most: int = 1000, required: bool = True) -> str:
    return _CONTRACT.format(name=name, number=number, most=most, required=str(required).lower())


def _name(number: int) -> str:
    return f"d_{number:05}"


def _directory(number: int) -> str:
    return f"part_{number // _IN_A_DIRECTORY:03}"
