"""The run record: the document that says what a run did and why. Version 1.

Described in docs/reference/documents.md.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from wombat.graph.params import canonical_json

RECORD_VERSION = 1


@dataclass(frozen=True)
class StepKey:
    """What a step reads, part by part: as long as no part changes, its result is used again.

    :param files: path and SHA-256 of each file of the code.
    :param program: fingerprint of the program of a `run` step, or "".
    :param params: name and canonical JSON of each parameter.
    :param inputs: parameter and version of each input.
    :param outputs: addresses of the datasets that the step makes; not part of the key.
    """

    entry_point: str
    files: Tuple[Tuple[str, str], ...]
    program: str
    requirements: Tuple[str, ...]
    requirements_fingerprint: str
    interpreter: str
    interpreter_fingerprint: str
    params: Tuple[Tuple[str, str], ...]
    environment: Tuple[Tuple[str, str], ...]
    inputs: Tuple[Tuple[str, str], ...]
    outputs: Tuple[str, ...]
    output_formats: Tuple[str, ...]
    step_library: str


@dataclass(frozen=True)
class StepRun:
    """What became of a step in a run.

    :param result: ok, failed or skipped.
    :param source: ran, local cache or remote cache; None for a step that was skipped or failed before it ran.
    :param seconds: what the process took when it ran, which for a cached result is what the cache saved.
    """

    address: str
    result: str
    source: Optional[str]
    seconds: Optional[float]
    key: Optional[StepKey]
    metrics: Tuple[Tuple[str, float], ...] = ()
    versions: Tuple[Tuple[str, str], ...] = ()
    failure: Optional[Tuple[str, str]] = None
    blocked_by: Tuple[str, ...] = ()
    uses_cache: bool = True


@dataclass(frozen=True)
class DatasetRun:
    """What became of a dataset in a run.

    :param result: ok, failed (its files are missing) or skipped.
    """

    address: str
    format: str
    result: str
    producer: Optional[str] = None
    version: Optional[str] = None
    size_bytes: Optional[int] = None
    rows: Optional[int] = None
    columns: Optional[Tuple[Tuple[str, str], ...]] = None
    failure: Optional[Tuple[str, str]] = None
    blocked_by: Tuple[str, ...] = ()


@dataclass(frozen=True)
class RunFacts:
    """What holds for a run as a whole.

    :param started: in UTC, as ISO 8601.
    """

    id: str
    started: str
    seconds: float
    roots: Tuple[str, ...]
    overrides: Tuple[str, ...]
    pants_version: str


def run_record(facts: RunFacts, steps: Sequence[StepRun], datasets: Sequence[DatasetRun]) -> Dict[str, Any]:
    """The document. Code that many steps share is in it once, under `code`."""
    code: Dict[str, Dict[str, Any]] = {}
    names: Dict[Any, str] = {}
    step_records = []
    for step in steps:
        record: Dict[str, Any] = {
            "address": step.address,
            "result": step.result,
            "source": step.source,
            "seconds": step.seconds,
            "uses_cache": step.uses_cache,
        }
        if step.key is not None:
            key = step.key
            shared = (key.files, key.requirements, key.requirements_fingerprint, key.interpreter, key.step_library)
            name = names.get(shared)
            if name is None:
                entry = _code_record(key)
                name = names[shared] = hashlib.sha256(canonical_json(entry).encode()).hexdigest()[:16]
                code[name] = entry
            record["key"] = {
                "code": name,
                "entry_point": key.entry_point,
                "program": key.program,
                "params": dict(key.params),
                "environment": dict(key.environment),
                "inputs": dict(key.inputs),
                "output_formats": list(key.output_formats),
            }
            record["outputs"] = list(key.outputs)
        if step.metrics:
            record["metrics"] = dict(step.metrics)
        if step.versions:
            record["versions"] = dict(step.versions)
        if step.failure is not None:
            record["failure"] = {"kind": step.failure[0], "message": step.failure[1]}
        if step.blocked_by:
            record["blocked_by"] = list(step.blocked_by)
        step_records.append(record)
    return {
        "version": RECORD_VERSION,
        **{name: list(value) if isinstance(value, tuple) else value for name, value in asdict(facts).items()},
        "ok": all(step.result == "ok" for step in steps) and all(dataset.result == "ok" for dataset in datasets),
        "code": code,
        "steps": step_records,
        "datasets": [_dataset_record(dataset) for dataset in datasets],
    }


def _code_record(key: StepKey) -> Dict[str, Any]:
    return {
        "files": dict(key.files),
        "requirements": list(key.requirements),
        "requirements_fingerprint": key.requirements_fingerprint,
        "interpreter": key.interpreter,
        "interpreter_fingerprint": key.interpreter_fingerprint,
        "step_library": key.step_library,
    }


def _dataset_record(dataset: DatasetRun) -> Dict[str, Any]:
    record: Dict[str, Any] = {
        "address": dataset.address,
        "format": dataset.format,
        "result": dataset.result,
        "producer": dataset.producer,
        "version": dataset.version,
        "size_bytes": dataset.size_bytes,
        "rows": dataset.rows,
    }
    if dataset.columns is not None:
        record["columns"] = [list(column) for column in dataset.columns]
    if dataset.failure is not None:
        record["failure"] = {"kind": dataset.failure[0], "message": dataset.failure[1]}
    if dataset.blocked_by:
        record["blocked_by"] = list(dataset.blocked_by)
    return record


def explain_step(
    address: str, record: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]
) -> List[str]:
    """Why a step ran: what in its key differs from the last run record that has the step.

    :param record: of this run.
    :param earlier: earlier run records, the latest first.
    """
    step = _step_in(record, address)
    if step is None or "key" not in step:
        return []
    for other in earlier:
        before = _step_in(other, address)
        if before is not None and "key" in before:
            return _differences(step, record["code"], before, other["code"])
    return ["no earlier run record has this step"]


def _step_in(record: Mapping[str, Any], address: str) -> Optional[Mapping[str, Any]]:
    return next((step for step in record["steps"] if step["address"] == address), None)


def _differences(
    step: Mapping[str, Any], code: Mapping[str, Any], before: Mapping[str, Any], code_before: Mapping[str, Any]
) -> List[str]:
    key, key_before = step["key"], before["key"]
    runs_with, ran_with = code[key["code"]], code_before[key_before["code"]]
    reasons = []
    if key["entry_point"] != key_before["entry_point"]:
        reasons.append(f"entry point: {key_before['entry_point']} -> {key['entry_point']}")
    reasons += _changes("source file", ran_with["files"], runs_with["files"], show_values=False)
    if key["program"] != key_before["program"]:
        reasons.append("program changed")
    gone = sorted(set(ran_with["requirements"]).difference(runs_with["requirements"]))
    new = sorted(set(runs_with["requirements"]).difference(ran_with["requirements"]))
    reasons += [f"requirement {item} removed" for item in gone] + [f"requirement {item} added" for item in new]
    if not gone and not new and runs_with["requirements_fingerprint"] != ran_with["requirements_fingerprint"]:
        reasons.append("requirements: other versions in the lock file")
    if runs_with["interpreter"] != ran_with["interpreter"]:
        reasons.append(f"interpreter: {ran_with['interpreter']} -> {runs_with['interpreter']}")
    elif runs_with["interpreter_fingerprint"] != ran_with["interpreter_fingerprint"]:
        reasons.append(f"interpreter: {runs_with['interpreter']} is another build")
    if runs_with["step_library"] != ran_with["step_library"]:
        reasons.append("step library: another version of wombat_step")
    reasons += _changes("parameter", key_before["params"], key["params"], show_values=True)
    reasons += _changes("environment variable", key_before["environment"], key["environment"], show_values=True)
    reasons += _changes("input", key_before["inputs"], key["inputs"], show_values=False)
    if key["output_formats"] != key_before["output_formats"]:
        reasons.append("output formats changed")
    if reasons:
        return reasons
    if not step.get("uses_cache", True):
        return ["it has cache=False and runs every time"]
    if before["result"] != "ok":
        return ["it failed the last time"]
    return ["nothing that it reads changed; its result was no longer in the cache"]


def _changes(
    what: str, before: Mapping[str, str], after: Mapping[str, str], *, show_values: bool
) -> List[str]:
    found = []
    for name in sorted(set(before).union(after)):
        if name not in after:
            found.append(f"{what} {name} removed")
        elif name not in before:
            found.append(f"{what} {name} added" + (f": {after[name]}" if show_values else ""))
        elif before[name] != after[name]:
            found.append(f"{what} {name} changed" + (f": {before[name]} -> {after[name]}" if show_values else ""))
    return found
