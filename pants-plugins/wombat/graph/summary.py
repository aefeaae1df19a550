"""The summary of a run for people: one line a step and dataset, then what to do next."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence

from wombat.graph.record import RAN, REMOTE_CACHE

_SHOWN_VERSION = 12
_STATUS_WIDTH = 15
_SECONDS_WIDTH = 8
_INDENT = " " * (_STATUS_WIDTH + _SECONDS_WIDTH + 3)

_COLORS = {"ran": "36", "cached": "32", "cached remotely": "32", "failed": "31;1", "skipped": "33"}
_MARKS = {**_COLORS, "warning": "33", "info": "2"}


@dataclass(frozen=True)
class Style:
    """How text is marked: with terminal colours, or not at all."""

    color: bool

    def status(self, word: str, *, width: int) -> str:
        """A status, padded to `width` columns."""
        return self._marked(word.ljust(width), _MARKS.get(word))

    def alarm(self, text: str) -> str:
        """Text that says what failed."""
        return self._marked(text, _COLORS["failed"])

    def faint(self, text: str) -> str:
        """Text of less weight."""
        return self._marked(text, "2")

    def strong(self, text: str) -> str:
        """Text of more weight."""
        return self._marked(text, "1")

    def _marked(self, text: str, code: Optional[str]) -> str:
        return f"\033[{code}m{text}\033[0m" if self.color and code else text


def status_of(step: Mapping[str, Any]) -> str:
    """The word for what became of a step: ran, cached, cached remotely, skipped or failed."""
    if step["result"] != "ok":
        return str(step["result"])
    return {RAN: "ran", REMOTE_CACHE: "cached remotely"}.get(step["source"], "cached")


def render_summary(
    record: Mapping[str, Any],
    *,
    reasons: Mapping[str, Sequence[str]],
    logs: Mapping[str, str],
    rerun_command: str,
    style: Style,
) -> str:
    """The summary of the run that `record` describes.

    :param reasons: by step address, why it ran; shown below the step.
    :param logs: by step address, what it printed; shown after the table, with failures.
    :param rerun_command: what builds one target when its address follows, as "./pants run"; for what to do next.
    """
    datasets: Dict[Optional[str], List[Mapping[str, Any]]] = {}
    for dataset in record["datasets"]:
        datasets.setdefault(dataset["producer"], []).append(dataset)
    lines: List[str] = []
    for dataset in datasets.get(None, ()):
        word = "source" if dataset["result"] == "ok" else dataset["result"]
        lines.append(f"{_head(word, '', style)}{_dataset_text(dataset)}")
        lines += _violation_lines(dataset, style)
    for step in record["steps"]:
        address = step["address"]
        seconds = seconds_text(step["seconds"]) if step["source"] == RAN or step["result"] == "failed" else ""
        lines.append(f"{_head(status_of(step), seconds, style)}{style.strong(address)}")
        lines += [f"{_INDENT}because {reason}" for reason in reasons.get(address, ())]
        if step.get("blocked_by"):
            lines.append(f"{_INDENT}because {', '.join(step['blocked_by'])} failed")
        if step.get("metrics"):
            metrics = "  ".join(f"{name}={_number_text(value)}" for name, value in step["metrics"].items())
            lines.append(f"{_INDENT}{style.faint('metrics')} {metrics}")
        if step["result"] == "ok":
            for dataset in datasets.get(address, ()):
                lines.append(f"{_INDENT}{style.faint('->')} {_dataset_text(dataset)}")
                lines += _violation_lines(dataset, style)
    lines += _failure_lines(record, logs, style)
    lines += _log_lines(record, logs, style)
    lines += ["", totals_text(record), *_next_steps(record, rerun_command)]
    return "\n".join(lines) + "\n"


def _head(status: str, seconds: str, style: Style) -> str:
    return f"{style.status(status, width=_STATUS_WIDTH)} {seconds:>{_SECONDS_WIDTH}}  "


def _dataset_text(dataset: Mapping[str, Any]) -> str:
    facts = []
    if dataset["rows"] is not None:
        facts.append(f"{dataset['rows']:,} row{'' if dataset['rows'] == 1 else 's'}")
    if dataset["size_bytes"] is not None:
        facts.append(size_text(dataset["size_bytes"]))
    if dataset["version"] is not None:
        facts.append(f"version {dataset['version'][:_SHOWN_VERSION]}")
    validation = dataset.get("validation")
    if validation is not None and validation["status"] == "passed":
        facts.append("valid")
    return "  ".join([dataset["address"], *facts])


def _violation_lines(dataset: Mapping[str, Any], style: Style) -> List[str]:
    """One line for each violated rule of a dataset's contract; what stops it is told with its failure."""
    lines = []
    for violation in (dataset.get("validation") or {}).get("violations", ()):
        if not violation["stops"]:
            word = "info" if violation["severity"] == "info" else "warning"
            lines.append(f"{_INDENT}   {style.status(word, width=len(word))} {violation['message']}")
    return lines


def size_text(size_bytes: int) -> str:
    """A size for people: "17 B", "2.4 MB"; powers of 1000."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 999.5:
            return f"{size:.0f} B" if unit == "B" else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.3g} PB" if size < 999.5 else f"{size:,.0f} PB"


def seconds_text(seconds: Optional[float]) -> str:
    """A time for people: "1.25 s"; "" if it is not known."""
    return "" if seconds is None else f"{seconds:.2f} s"


def _number_text(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def _printed_lines(log: str) -> List[str]:
    """The lines of a log as a terminal shows them: of a progress bar, drawn over itself, only what it came to."""
    return [line.rstrip("\r").rpartition("\r")[2] for line in log.rstrip().split("\n")] if log.strip() else []


def _failure_lines(record: Mapping[str, Any], logs: Mapping[str, str], style: Style) -> List[str]:
    lines: List[str] = []
    for item in (*record["datasets"], *record["steps"]):
        failure = item.get("failure")
        if failure is None:
            continue
        lines += ["", style.alarm(f"{item['address']} failed: {failure['kind']}")]
        printed = _printed_lines(logs.get(item["address"], ""))
        if printed:
            lines += [style.faint("What it printed:"), *_indented(printed)]
        lines += _indented(failure["message"].rstrip().split("\n"))
    return lines


def _log_lines(record: Mapping[str, Any], logs: Mapping[str, str], style: Style) -> List[str]:
    lines: List[str] = []
    for step in record["steps"]:
        printed = _printed_lines(logs.get(step["address"], ""))
        if printed and "failure" not in step:
            lines += ["", style.strong(f"{step['address']} printed:"), *_indented(printed)]
    return lines


def _indented(lines: Sequence[str]) -> List[str]:
    return [f"  {line}".rstrip() for line in lines]


def totals_text(record: Mapping[str, Any]) -> str:
    """How many steps did what, and how many contracts are kept, in sentences."""
    counts: Dict[str, int] = {}
    for step in record["steps"]:
        counts[status_of(step)] = counts.get(status_of(step), 0) + 1
    words = [f"{counts[word]} {word}" for word in _COLORS if word in counts]
    total = len(record["steps"])
    steps = f"{total} step{'' if total == 1 else 's'}: {', '.join(words) or 'none'}."
    return f"{steps}{_contract_totals(record)} {record['seconds']:.1f} s."


def _contract_totals(record: Mapping[str, Any]) -> str:
    """How many datasets keep their contracts, where any has one."""
    validations = [dataset["validation"] for dataset in record["datasets"] if "validation" in dataset]
    if not validations:
        return ""
    violated = sum(validation["status"] != "passed" for validation in validations)
    kept = len(validations) - violated
    words = [f"{kept} kept"] if kept else []
    words += [f"{violated} violated"] if violated else []
    total = len(validations)
    return f" {total} contract{'' if total == 1 else 's'} in {validations[0]['environment']}: {', '.join(words)}."


def _next_steps(record: Mapping[str, Any], rerun_command: str) -> List[str]:
    if record["ok"]:
        shown = [dataset["address"] for dataset in record["datasets"] if dataset["producer"] is not None]
        # With other parameters the command below would show other data, where it does not refuse them.
        if not shown or record["overrides"]:
            return []
        violated = [
            dataset["address"]
            for dataset in record["datasets"]
            if dataset.get("validation", {}).get("status") == "warned"
        ]
        return [f"Look at a dataset: {rerun_command} {shlex.quote((violated or shown)[-1])}"]
    lines = []
    ran = [step["address"] for step in record["steps"] if step["result"] == "failed" and step["source"] == RAN]
    if ran:
        lines.append(f"Reproduce the failure in a kept sandbox: {_reproduction(ran[0], record, rerun_command)}")
        lines.append("  Pants then prints the sandbox's directory; `sh __run.sh` in it runs the step again.")
    lines.append("What succeeded is kept: after the mend, the same command goes on from there.")
    return lines


def _reproduction(step: str, record: Mapping[str, Any], rerun_command: str) -> str:
    """The command that fails in the same way and keeps the sandbox."""
    pants, _, goal = rerun_command.rpartition(" ")
    targets = [step]
    if record["overrides"]:
        # The step alone may not know all the parameters that were set; what was asked for does, and only this runs.
        targets = record["roots"]
        goal = goal if len(targets) == 1 else "run-pipelines"
    words = [*targets, *(["--", *record["overrides"]] if record["overrides"] else [])]
    return f"{pants} --keep-sandboxes=on_failure {goal} {' '.join(shlex.quote(word) for word in words)}"
