"""The summary of a run for people: one line a step and dataset, then what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence

_SHOWN_VERSION = 12

_COLORS = {"ran": "36", "cached": "32", "cached remotely": "32", "failed": "31;1", "skipped": "33"}


@dataclass(frozen=True)
class Style:
    """How text is marked: with terminal colours, or not at all."""

    color: bool

    def status(self, word: str, *, width: int) -> str:
        """A status, padded to `width` columns."""
        return self._marked(word.ljust(width), _COLORS.get(word, "0"))

    def faint(self, text: str) -> str:
        """Text of less weight."""
        return self._marked(text, "2")

    def strong(self, text: str) -> str:
        """Text of more weight."""
        return self._marked(text, "1")

    def _marked(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.color else text


def status_of(step: Mapping[str, Any]) -> str:
    """The word for what became of a step: ran, cached, cached remotely, skipped or failed."""
    if step["result"] != "ok":
        return str(step["result"])
    return {"ran": "ran", "remote cache": "cached remotely"}.get(step["source"], "cached")


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
    :param rerun_command: the command that was given, without a step; for what to do next.
    """
    datasets: Dict[Optional[str], List[Mapping[str, Any]]] = {}
    for dataset in record["datasets"]:
        datasets.setdefault(dataset["producer"], []).append(dataset)
    lines: List[str] = []
    for dataset in datasets.get(None, ()):
        word = "source" if dataset["result"] == "ok" else dataset["result"]
        lines.append(f"{style.status(word, width=15)} {'':>8}  {_dataset_text(dataset)}")
    for step in record["steps"]:
        seconds = _seconds_text(step["seconds"]) if step["source"] == "ran" or step["result"] == "failed" else ""
        lines.append(f"{style.status(status_of(step), width=15)} {seconds:>8}  {style.strong(step['address'])}")
        lines += [f"{'':26}because {reason}" for reason in reasons.get(step["address"], ())]
        if step.get("blocked_by"):
            lines.append(f"{'':26}because {', '.join(step['blocked_by'])} failed")
        if step.get("metrics"):
            metrics = "  ".join(f"{name}={value:.6g}" for name, value in step["metrics"].items())
            lines.append(f"{'':26}{style.faint('metrics')} {metrics}")
        if step["result"] == "ok":
            lines += [
                f"{'':26}{style.faint('->')} {_dataset_text(dataset)}" for dataset in datasets.get(step["address"], ())
            ]
    lines += _failure_lines(record, logs, style)
    lines += _log_lines(record, logs, style)
    lines += ["", _totals(record), *_next_steps(record, rerun_command)]
    return "\n".join(lines) + "\n"


def _dataset_text(dataset: Mapping[str, Any]) -> str:
    facts = []
    if dataset["rows"] is not None:
        facts.append(f"{dataset['rows']:,} rows")
    if dataset["size_bytes"] is not None:
        facts.append(size_text(dataset["size_bytes"]))
    if dataset["version"] is not None:
        facts.append(f"version {dataset['version'][:_SHOWN_VERSION]}")
    return f"{dataset['address']}  {'  '.join(facts)}".rstrip()


def size_text(size_bytes: int) -> str:
    """A size for people: "17 B", "2.4 MB"; powers of 1000."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} B" if unit == "B" else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def _seconds_text(seconds: Optional[float]) -> str:
    return "" if seconds is None else f"{seconds:.2f} s"


def _failures(record: Mapping[str, Any]) -> List[Mapping[str, Any]]:
    return [item for item in (*record["datasets"], *record["steps"]) if "failure" in item]


def _failure_lines(record: Mapping[str, Any], logs: Mapping[str, str], style: Style) -> List[str]:
    lines: List[str] = []
    for item in _failures(record):
        failure = item["failure"]
        lines += ["", style.status(f"{item['address']} failed: {failure['kind']}", width=0)]
        log = logs.get(item["address"], "").rstrip()
        if log:
            lines += [style.faint("What it printed:"), *(f"  {line}" for line in log.splitlines())]
        lines += [f"  {line}" for line in failure["message"].rstrip().splitlines()]
    return lines


def _log_lines(record: Mapping[str, Any], logs: Mapping[str, str], style: Style) -> List[str]:
    lines: List[str] = []
    for step in record["steps"]:
        log = logs.get(step["address"], "").rstrip()
        if log and "failure" not in step:
            lines += ["", style.strong(f"{step['address']} printed:"), *(f"  {line}" for line in log.splitlines())]
    return lines


def _totals(record: Mapping[str, Any]) -> str:
    counts: Dict[str, int] = {}
    for step in record["steps"]:
        counts[status_of(step)] = counts.get(status_of(step), 0) + 1
    words = [f"{counts[word]} {word}" for word in ("ran", "cached", "cached remotely", "skipped", "failed") if word in counts]
    total = len(record["steps"])
    return f"{total} step{'' if total == 1 else 's'}: {', '.join(words) or 'none'}. {record['seconds']:.1f} s."


def _next_steps(record: Mapping[str, Any], rerun_command: str) -> List[str]:
    failed = [step for step in record["steps"] if step["result"] == "failed"]
    missing = [dataset for dataset in record["datasets"] if "failure" in dataset]
    if not failed and not missing:
        shown = [d["address"] for d in record["datasets"] if d["producer"] is not None]
        return [f"Look at a dataset: {rerun_command} {shown[-1]}"] if shown else []
    lines = []
    ran = [step["address"] for step in failed if step.get("source") == "ran"]
    if ran:
        command = rerun_command.replace(" run", " --keep-sandboxes=on_failure run", 1)
        lines.append(f"Reproduce the failure in a kept sandbox: {command} {ran[0]}")
        lines.append("  Pants then prints the sandbox's directory; `sh __run.sh` in it runs the step again.")
    lines.append("What succeeded is kept: after the mend, the same command goes on from there.")
    return lines


