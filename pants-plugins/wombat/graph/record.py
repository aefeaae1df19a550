"""The run record: the document that says what a run did and why. Version 1.

Described in docs/reference/documents.md.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from wombat.graph.params import canonical_json

RECORD_VERSION = 1
RAN = "ran"
LOCAL_CACHE = "local cache"
REMOTE_CACHE = "remote cache"

_SHOWN_VALUE = 100


@dataclass(frozen=True)
class StepKey:
    """What a step reads, part by part: as long as no part changes, its result is used again.

    :param files: path and SHA-256 of each file of the code.
    :param program: fingerprint of the program of a `run` step, or "".
    :param params: name and canonical JSON of each parameter.
    :param inputs: parameter and version of each input.
    :param outputs: addresses of the datasets that the step makes; not part of the key.
    :param args: arguments of a `run` step, as declared.
    :param input_formats: parameter and format of each input.
    :param output_names: the names that the code has for its outputs; None for one that it has no name for.
    :param source_roots: where imports of the code begin.
    :param runs_in: the environment that the step runs in, such as a container image; "" for this machine.
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
    args: Tuple[str, ...] = ()
    input_formats: Tuple[Tuple[str, str], ...] = ()
    output_names: Tuple[Optional[str], ...] = ()
    source_roots: Tuple[str, ...] = ()
    runs_in: str = ""


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

    :param result: ok, failed (its files are missing, it violates its contract) or skipped.
    :param validation: what `validation_record` made of its validation; None where there was none.
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
    validation: Optional[Mapping[str, Any]] = None


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
    code = _CodeRecords()
    step_records = [_step_record(step, code) for step in steps]
    return {
        "version": RECORD_VERSION,
        **{name: list(value) if isinstance(value, tuple) else value for name, value in asdict(facts).items()},
        "ok": all(step.result == "ok" for step in steps) and all(dataset.result == "ok" for dataset in datasets),
        "code": code.by_name,
        "steps": step_records,
        "datasets": [_dataset_record(dataset) for dataset in datasets],
    }


class _CodeRecords:
    """Collects the code of steps, each once, under a name made from its content."""

    def __init__(self) -> None:
        self.by_name: Dict[str, Dict[str, Any]] = {}
        # By identity of the long parts: steps of one module share them, and to hash them for each step again would
        # take longer than all the rest of the record.
        self._names: Dict[Tuple[Any, ...], str] = {}

    def name_of(self, key: StepKey) -> str:
        shared = (
            id(key.files),
            id(key.requirements),
            key.source_roots,
            key.requirements_fingerprint,
            key.interpreter,
            key.interpreter_fingerprint,
            key.step_library,
        )
        name = self._names.get(shared)
        if name is None:
            record = {
                "files": dict(key.files),
                "source_roots": list(key.source_roots),
                "requirements": list(key.requirements),
                "requirements_fingerprint": key.requirements_fingerprint,
                "interpreter": key.interpreter,
                "interpreter_fingerprint": key.interpreter_fingerprint,
                "step_library": key.step_library,
            }
            text = canonical_json(record).encode("utf-8", "backslashreplace")
            name = self._names[shared] = hashlib.sha256(text).hexdigest()[:16]
            self.by_name[name] = record
        return name


def _step_record(step: StepRun, code: _CodeRecords) -> Dict[str, Any]:
    record: Dict[str, Any] = {
        "address": step.address,
        "result": step.result,
        "source": step.source,
        "seconds": step.seconds,
        "uses_cache": step.uses_cache,
    }
    if step.key is not None:
        key = step.key
        record["key"] = {
            "code": code.name_of(key),
            "entry_point": key.entry_point,
            "program": key.program,
            "args": list(key.args),
            "params": dict(key.params),
            "environment": dict(key.environment),
            "inputs": dict(key.inputs),
            "input_formats": dict(key.input_formats),
            "output_names": list(key.output_names),
            "output_formats": list(key.output_formats),
            "runs_in": key.runs_in,
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
    return record


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
    if dataset.validation is not None:
        record["validation"] = dict(dataset.validation)
    if dataset.failure is not None:
        record["failure"] = {"kind": dataset.failure[0], "message": dataset.failure[1]}
    if dataset.blocked_by:
        record["blocked_by"] = list(dataset.blocked_by)
    return record


def validation_record(report: Mapping[str, Any]) -> Dict[str, Any]:
    """Of a validation report what a run record keeps: everything but the profile, which is as large as the schema."""
    return {name: value for name, value in report.items() if name not in ("report_version", "profile", "size_bytes")}


def explain_steps(
    addresses: Iterable[str], record: Mapping[str, Any], earlier: Iterable[Mapping[str, Any]]
) -> Dict[str, List[str]]:
    """Why steps ran: for each, what in its key differs from the last run record that has the step.

    Each record is gone through once, and none after the last one that is needed.

    :param record: of this run.
    :param earlier: earlier run records, the latest first.
    :returns: reasons by address; none for a step that did not come as far as having a key.
    """
    steps = _steps_with_key(record)
    reasons: Dict[str, List[str]] = {address: [] for address in addresses}
    waiting = [address for address in reasons if address in steps]
    others = iter(earlier)
    while waiting:
        other = next(others, None)
        if other is None:
            reasons.update({address: ["no earlier run record has this step"] for address in waiting})
            break
        found = _steps_with_key(other)
        code_differences = _CodeDifferences(other["code"], record["code"])
        for address in waiting:
            if address in found:
                reasons[address] = _reasons(found[address], steps[address], code_differences)
        waiting = [address for address in waiting if address not in found]
    return reasons


def key_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> List[str]:
    """What differs between two keys of a step, each with its code in it, as manifests have them."""
    return [
        *_change("entry point", before, after, "entry_point"),
        *_code_differences(before["code"], after["code"]),
        *_key_differences(before, after),
    ]


def _steps_with_key(record: Mapping[str, Any]) -> Dict[str, Mapping[str, Any]]:
    code = record["code"]
    return {step["address"]: step for step in record["steps"] if "key" in step and step["key"]["code"] in code}


class _CodeDifferences:
    """What differs between the code of two records, found once for all the steps that share it."""

    def __init__(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        self._before, self._after = before, after
        self._found: Dict[Tuple[str, str], List[str]] = {}

    def between(self, before: str, after: str) -> List[str]:
        """What differs between the entries of these names."""
        if before == after:
            return []
        if (before, after) not in self._found:
            self._found[before, after] = _code_differences(self._before[before], self._after[after])
        return self._found[before, after]


def _reasons(before: Mapping[str, Any], step: Mapping[str, Any], code_differences: _CodeDifferences) -> List[str]:
    key_before, key = before["key"], step["key"]
    found = [
        *_change("entry point", key_before, key, "entry_point"),
        *code_differences.between(key_before["code"], key["code"]),
        *_key_differences(key_before, key),
    ]
    if found:
        return found
    if not step.get("uses_cache", True):
        return ["it has cache=False and runs every time"]
    if before["result"] != "ok":
        return ["it failed the last time"]
    if not before.get("uses_cache", True):
        return ["the last time it had cache=False, so that result was not kept"]
    return ["nothing that it reads changed; its result was no longer in the cache"]


def _code_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> List[str]:
    found = _changes("source file", before, after, "files", show_values=False)
    found += _change("source roots", before, after, "source_roots")
    gone = sorted(set(before["requirements"]).difference(after["requirements"]))
    new = sorted(set(after["requirements"]).difference(before["requirements"]))
    found += [f"requirement {item} removed" for item in gone] + [f"requirement {item} added" for item in new]
    interpreter = _change("interpreter", before, after, "interpreter")
    if not interpreter and after["interpreter_fingerprint"] != before["interpreter_fingerprint"]:
        releases = f"{before['interpreter_fingerprint']} -> {after['interpreter_fingerprint']}"
        interpreter.append(f"interpreter: {after['interpreter']}: {releases}")
    if not gone and not new and after["requirements_fingerprint"] != before["requirements_fingerprint"]:
        built = "other versions in the lock file, or a package that was built and not taken as a wheel"
        why = "installed for another interpreter" if interpreter else built
        found.append(f"requirements: {why}")
    found += interpreter
    if after["step_library"] != before["step_library"]:
        found.append("step library: another version of wombat_step")
    return found


def _key_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> List[str]:
    """What differs between two keys besides entry point and code."""
    return [
        *(["program changed"] if before["program"] != after["program"] else []),
        *_change("arguments", before, after, "args"),
        *_changes("parameter", before, after, "params", show_values=True),
        *_changes("environment variable", before, after, "environment", show_values=True),
        *_changes("input", before, after, "inputs", show_values=False),
        *_format_changes(before, after),
        *_change("output names", before, after, "output_names"),
        *_change("output formats", before, after, "output_formats"),
        *_change("environment", before, after, "runs_in"),
    ]


def _change(what: str, before: Mapping[str, Any], after: Mapping[str, Any], part: str) -> List[str]:
    # A part that a record does not have is one that its writer did not know of yet.
    if part not in before or before[part] == after[part]:
        return []
    return [f"{what}: {_shown(before[part])} -> {_shown(after[part])}"]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        value = ", ".join("(no name)" if item is None else str(item) for item in value)
    return _short(value) or "none"


def _short(value: str) -> str:
    return value if len(value) <= _SHOWN_VALUE else f"{value[: _SHOWN_VALUE - 3]}..."


def _changes(what: str, before: Mapping[str, Any], after: Mapping[str, Any], part: str, *, show_values: bool) -> List[str]:
    old, new = before[part], after[part]
    found = []
    for name in sorted({*old, *new}):
        if name not in new:
            found.append(f"{what} {name} removed")
        elif name not in old:
            found.append(f"{what} {name} added" + (f": {_short(new[name])}" if show_values else ""))
        elif old[name] != new[name]:
            values = f": {_short(old[name])} -> {_short(new[name])}" if show_values else ""
            found.append(f"{what} {name} changed{values}")
    return found


def _format_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> List[str]:
    old, new = before.get("input_formats", {}), after["input_formats"]
    return [
        f"format of input {name}: {old[name]} -> {new[name]}"
        for name in sorted(new)
        if name in old and old[name] != new[name]
    ]
