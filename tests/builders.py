"""Short ways to write down targets, graphs and runs in tests."""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from wombat.graph.formats import Format
from wombat.graph.model import DatasetNode, PipelineGraph, PipelineNode, StepNode
from wombat.graph.names import split_address
from wombat.graph.params import canonical_json
from wombat.graph.record import DatasetRun, RunFacts, StepKey, StepRun, explain_steps
from wombat.graph.resolve import (
    DeclaredDataset,
    DeclaredPipeline,
    DeclaredStep,
    Reference,
    TargetName,
    resolve_graph,
)

Declared = Union[DeclaredDataset, DeclaredStep, DeclaredPipeline]
References = Union[Sequence[str], Mapping[str, str]]


def target_name(address: str) -> TargetName:
    """The parts of an address, as the plugin gets them from Pants."""
    parameters = split_address(address)[2]
    pairs = [item.split("=", 1) for item in parameters[1:].split(",")] if parameters else []
    base = address[: -len(parameters)] if parameters else address
    return TargetName(address, base, tuple(sorted((key, value) for key, value in pairs)))


def reference(text: str, *, directory: str) -> Reference:
    """A reference as it stands in a BUILD file of `directory`; of Pants' syntax as much as tests need."""
    if text == "":
        return Reference(text, None, "it is empty.")
    address = f"{directory}{text}" if text.startswith(":") else text
    if address.startswith("//") and not address.startswith("//:"):
        address = address[2:]
    return Reference(text, target_name(address))


def dataset(address: str, *, source: str = "", format: Format = Format.CSV, **fields: Any) -> DeclaredDataset:
    """A `dataset` target."""
    node = DatasetNode(address, format, source_globs=(source,) if source else (), **fields)
    return DeclaredDataset(target_name(address), node)


def step(
    address: str,
    *,
    inputs: References = (),
    outputs: References = (),
    params: Optional[Mapping[str, Any]] = None,
    run: Optional[str] = None,
    **fields: Any,
) -> DeclaredStep:
    """A `pipeline_step` target; inputs and outputs as in a BUILD file."""
    node = StepNode(
        address,
        entry_point=None if run else "steps.py:f",
        run=run,
        params_json=canonical_json(params or {}),
        **fields,
    )
    directory = split_address(address)[0]
    return DeclaredStep(target_name(address), node, _named(inputs, directory), _named(outputs, directory))


def _named(references: References, directory: str) -> Tuple[Tuple[Optional[str], Reference], ...]:
    if isinstance(references, Mapping):
        return tuple((name, reference(text, directory=directory)) for name, text in references.items())
    return tuple((None, reference(text, directory=directory)) for text in references)


def pipeline(address: str, *, outputs: Sequence[str], **fields: Any) -> DeclaredPipeline:
    """A `pipeline` target."""
    directory = split_address(address)[0]
    references = tuple(reference(text, directory=directory) for text in outputs)
    return DeclaredPipeline(target_name(address), PipelineNode(address, **fields), references)


def linked(*declared: Declared) -> PipelineGraph:
    """The graph of targets, with its problems."""
    return resolve_graph(
        [one for one in declared if isinstance(one, DeclaredDataset)],
        [one for one in declared if isinstance(one, DeclaredStep)],
        [one for one in declared if isinstance(one, DeclaredPipeline)],
    )


def graph_of(*declared: Declared) -> PipelineGraph:
    """The graph of targets, which must have no problems."""
    graph = linked(*declared)
    assert graph.problems == {}
    return graph


def chain(length: int, *, directory: str = "e") -> List[Declared]:
    """A source, and `length` steps that each read what the one before made: d0 -> s0 -> d1 ... and a pipeline."""
    declared: List[Declared] = [dataset(f"{directory}:d0", source="d0.csv")]
    for number in range(length):
        declared.append(
            step(f"{directory}:s{number}", inputs=[f":d{number}"], outputs=[f":d{number + 1}"], params={"n": number})
        )
        declared.append(dataset(f"{directory}:d{number + 1}"))
    return [*declared, pipeline(f"{directory}:p", outputs=[f":d{length}"])]


def messages(graph: PipelineGraph, address: str) -> List[str]:
    """What is wrong with a node, as the user reads it, the name of the class first."""
    return [f"{type(problem).__name__}: {problem}" for problem in graph.problems.get(address, ())]


def step_key(**parts: Any) -> StepKey:
    """A key with something in every part."""
    complete: Dict[str, Any] = {
        "entry_point": "etl.steps:clean",
        "files": (("etl/steps.py", "aa"), ("etl/util.py", "bb")),
        "program": "",
        "requirements": ("pandas==2", "pyarrow"),
        "requirements_fingerprint": "cc",
        "interpreter": "/usr/bin/python3.9",
        "interpreter_fingerprint": "cpython 3.9.18",
        "params": (("limit", "10"),),
        "environment": (("REGION", "eu"),),
        "inputs": (("flights", "11" * 32),),
        "outputs": ("etl:clean_flights",),
        "output_formats": ("parquet",),
        "step_library": "ee",
        "args": ("--fast",),
        "input_formats": (("flights", "csv"),),
        "output_names": (None,),
        "source_roots": ("src",),
        "runs_in": "",
    }
    return StepKey(**{**complete, **parts})


def step_run(address: str = "etl:clean", **parts: Any) -> StepRun:
    """A step that ran and succeeded, unless `parts` say otherwise."""
    complete: Dict[str, Any] = {"result": "ok", "source": "ran", "seconds": 1.25, "key": step_key()}
    return StepRun(address, **{**complete, **parts})


def dataset_run(address: str = "etl:clean_flights", **parts: Any) -> DatasetRun:
    """A dataset that `etl:clean` made, unless `parts` say otherwise."""
    complete: Dict[str, Any] = {
        "format": "parquet",
        "result": "ok",
        "producer": "etl:clean",
        "version": "0123456789abcdef" * 4,
        "size_bytes": 2_400_000,
        "rows": 327_346,
    }
    return DatasetRun(address, **{**complete, **parts})


def violation(**parts: Any) -> Dict[str, Any]:
    """A rule that data violates, as a validation report has it."""
    return {
        "rule": "maximum",
        "column": "arr_delay",
        "severity": "error",
        "stops": False,
        "expected": "at most 600",
        "count": 17,
        "share": 5e-05,
        "rows": [{"row": 1202, "file": None, "value": "612"}],
        "message": "arr_delay: 17 rows are not at most 600, as row 1202 (612).",
        "line": 12,
        "masked": False,
        **parts,
    }


def validation_report(*violations: Mapping[str, Any], **parts: Any) -> Dict[str, Any]:
    """The report of a validation, with what follows from its violations."""
    stops = any(one["stops"] for one in violations) or parts.get("problem") is not None
    return {
        "report_version": 1,
        "environment": "development",
        "contract": {"id": "urn:flights", "version": "1.2.0", "name": "Flights", "object": "clean_flights"},
        "status": "failed" if stops else "warned" if violations else "passed",
        "rows": 327_346,
        "size_bytes": 2_400_000,
        "read": {"rows": 327_346, "sampled": False, "how": "all rows"},
        "rules": {
            "checked": 9,
            "violated": len(violations),
            "not_checked": [{"rule": "text", "column": "carrier", "why": "it is prose."}],
        },
        "violations": list(violations),
        "profile": {"estimated_from_rows": 0, "columns": []},
        "problem": None,
        **parts,
    }


def run_facts(**parts: Any) -> RunFacts:
    """What holds for a run as a whole."""
    complete: Dict[str, Any] = {
        "id": "20260102T030405.000006Z-7",
        "started": "2026-01-02T03:04:05.000+00:00",
        "seconds": 12.345,
        "roots": ("etl:pipeline",),
        "overrides": (),
        "pants_version": "2.17.1",
    }
    return RunFacts(**{**complete, **parts})


def schema_object(name: str, **parts: Any) -> Dict[str, Any]:
    """A schema object in the facts of a contract file, with one column."""
    return {
        "name": name,
        "physical_name": None,
        "columns": ["id"],
        "sensitive_columns": [],
        "data_format": None,
        "layout": None,
        "relationships": [],
        "line": 5,
        **parts,
    }


def contract_facts(*objects: Mapping[str, Any], **parts: Any) -> Dict[str, Any]:
    """What the tool prints of a contract file."""
    return {
        "facts_version": 1,
        "errors": [],
        "notes": [],
        "id": "urn:shop",
        "version": "1.2.0",
        "name": "Shop orders",
        "status": "active",
        "objects": list(objects),
        **parts,
    }


def mismatch(**parts: Any) -> Dict[str, Any]:
    """A need that is not met."""
    return {
        "column": "delay",
        "aspect": "maximum",
        "severity": "error",
        "promise": "at most 900",
        "need": "at most 600",
        "promise_line": 12,
        "need_file": "ml/train.odcs.yaml",
        "need_line": 8,
        **parts,
    }


def contract_comparison(*mismatches: Mapping[str, Any], **parts: Any) -> Dict[str, Any]:
    """What the tool prints of a promise and a need."""
    return {
        "comparison_version": 1,
        "stated": True,
        "need_title": "ml/train.odcs.yaml",
        "mismatches": list(mismatches),
        **parts,
    }


def contract_changes(kind: str, **parts: Any) -> Dict[str, Any]:
    """What the tool prints of a contract and its former self, with changes up to this class.

    :param kind: none, documentation, compatible, breaking or unknown.
    """
    needed = {
        "breaking": "; a breaking change needs at least 2.0.0",
        "compatible": "; a compatible change needs at least 1.3.0",
    }
    changes = [
        ("breaking", "flights", "delay", "Column 'delay' of 'flights' was removed.", 12),
        ("compatible", "flights", "carrier", "Column 'carrier' of 'flights' was added.", 14),
        ("documentation", None, None, "The documentation changed: description.", 3),
    ]
    classes = [change[0] for change in changes]
    return {
        "changes_version": 1,
        "class": kind,
        "changes": [
            {"class": name, "object": of, "column": column, "text": text, "line": line}
            for name, of, column, text, line in (changes[classes.index(kind) :] if kind in classes else ())
        ],
        "old_version": "1.2.0",
        "new_version": "1.2.0",
        "version_ok": True,
        "version_text": f"was 1.2.0, is 1.2.0{needed.get(kind, '')}",
        "broken_objects": ["flights"] if kind == "breaking" else [],
        **parts,
    }


def count_calls(function: Callable[[], object]) -> int:
    """How many calls of Python and C functions a function makes: its cost, whatever else the machine does."""
    count = 0

    def see(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count


def explain_step(address: str, record: Mapping[str, Any], earlier: Iterable[Mapping[str, Any]]) -> List[str]:
    """Why one step ran."""
    return explain_steps([address], record, earlier)[address]
