"""The summary of a run as Markdown: a table that a CI system shows with a job."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from wombat.graph.record import RAN
from wombat.graph.summary import seconds_text, size_text, status_of, totals_text

LARGEST_SUMMARY_BYTES = 200_000
"""GitHub takes at most 1 MiB from a step of a job, which may run Pants several times."""

_MOST_FAILURES = 20
_MOST_MESSAGE = 2000
_MOST_LISTED = 5
_SHOWN_VERSION = 12
# What people look for first, if there is not room for all.
_FIRST = ("failed", "skipped", "ran")


def markdown_summary(record: Mapping[str, Any]) -> str:
    """The summary of the run that `record` describes: a table with a line a step, then what failed."""
    datasets: Dict[Optional[str], List[Mapping[str, Any]]] = {}
    for dataset in record["datasets"]:
        datasets.setdefault(dataset["producer"], []).append(dataset)
    rows = [(status_of(step), _row(step, datasets.get(step["address"], ()))) for step in record["steps"]]
    failures = _failures(record)
    room = LARGEST_SUMMARY_BYTES - sum(len(line.encode(errors="replace")) for line in failures)
    shown, left_out = _fitting(rows, room)
    lines = [f"### {_listed(record['roots'])}", "", totals_text(record), ""]
    if shown:
        lines += ["| step | result | time | datasets |", "| --- | --- | ---: | --- |", *shown, ""]
    if left_out:
        lines += [f"{left_out} more steps are in the run record and not here.", ""]
    return "\n".join([*lines, *failures]) + "\n"


def _fitting(rows: Sequence[Tuple[str, str]], room: int) -> Tuple[List[str], int]:
    """The rows for which there is room, in their order, and the number of those that are left out."""
    important = sorted(range(len(rows)), key=lambda number: rows[number][0] not in _FIRST)
    kept = set()
    for number in important:
        room -= len(rows[number][1].encode(errors="replace")) + 1
        if room < 0:
            break
        kept.add(number)
    return [text for number, (_, text) in enumerate(rows) if number in kept], len(rows) - len(kept)


def _row(step: Mapping[str, Any], datasets: Sequence[Mapping[str, Any]]) -> str:
    status = status_of(step)
    seconds = seconds_text(step["seconds"]) if step["source"] == RAN or step["result"] == "failed" else ""
    made = [_dataset_text(dataset) for dataset in datasets[:_MOST_LISTED]] if step["result"] == "ok" else []
    if made and len(datasets) > _MOST_LISTED:
        made.append(f"and {len(datasets) - _MOST_LISTED} more")
    if step.get("blocked_by"):
        made = [f"since {_listed(step['blocked_by'])} failed"]
    cells = [_code(step["address"]), f"**{status}**" if status == "failed" else status, seconds, "<br>".join(made)]
    return f"| {' | '.join(cells)} |"


def _dataset_text(dataset: Mapping[str, Any]) -> str:
    facts = []
    if dataset["rows"] is not None:
        facts.append(f"{dataset['rows']:,} row{'' if dataset['rows'] == 1 else 's'}")
    if dataset["size_bytes"] is not None:
        facts.append(size_text(dataset["size_bytes"]))
    if dataset["version"] is not None:
        facts.append(_code(dataset["version"][:_SHOWN_VERSION]))
    if dataset.get("validation") is not None:
        facts.append(_validation_text(dataset["validation"]))
    return f"{_code(dataset['address'])} {', '.join(facts)}".rstrip()


def _validation_text(validation: Mapping[str, Any]) -> str:
    if validation["status"] == "passed":
        return "valid"
    count = len(validation["violations"])
    return f"**{count} rule{'' if count == 1 else 's'} violated**" if count else "**cannot be read**"


def _failures(record: Mapping[str, Any]) -> List[str]:
    failed = [item for item in (*record["datasets"], *record["steps"]) if item.get("failure") is not None]
    lines: List[str] = []
    for item in failed[:_MOST_FAILURES]:
        message = item["failure"]["message"].rstrip()
        if len(message) > _MOST_MESSAGE:
            message = f"{message[:_MOST_MESSAGE]}..."
        fence = _fence(message, shortest=3)
        lines += [f"{_code(item['address'])} failed: {_plain(item['failure']['kind'])}", "", fence, message, fence, ""]
    if len(failed) > _MOST_FAILURES:
        lines += [f"{len(failed) - _MOST_FAILURES} more failed, which the job's log tells of.", ""]
    return lines


def _listed(addresses: Sequence[str]) -> str:
    more = len(addresses) - _MOST_LISTED
    return ", ".join(map(_code, addresses[:_MOST_LISTED])) + (f" and {more} more" if more > 0 else "")


def _code(text: str) -> str:
    """The text as code, in which nothing is Markdown or HTML; a bar would end the cell of a table."""
    text = " ".join(text.split()).replace("|", "\\|")
    fence = _fence(text, shortest=1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>|#&])", r"\\\1", " ".join(text.split()))


def _fence(text: str, *, shortest: int) -> str:
    """A run of backticks that the text does not hold."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(shortest, longest + 1)
