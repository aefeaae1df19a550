"""A run as a JUnit report, which CI systems show with merge requests: a test case a step and a validated dataset."""

from __future__ import annotations

import re
from typing import Any, Iterable, Iterator, List, Mapping, Optional, Tuple
from xml.sax.saxutils import escape, quoteattr

_MOST_TEXT = 10_000
# What no document of XML 1.0 may hold, not even as a reference (https://www.w3.org/TR/xml/#charsets).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_report(record: Mapping[str, Any]) -> str:
    """The report of the run that `record` describes."""
    steps = [_step_case(step) for step in record["steps"]]
    datasets = [_dataset_case(dataset) for dataset in record["datasets"] if _is_case(dataset)]
    suites = [*_suite("steps", steps, record), *_suite("datasets", datasets, record)]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *suites, "</testsuites>", ""])


# A test case: its lines, and what came of it.
_Case = Tuple[List[str], str]


def _suite(name: str, cases: Iterable[_Case], record: Mapping[str, Any]) -> Iterator[str]:
    cases = list(cases)
    if not cases:
        return
    results = [result for _, result in cases]
    counts = {"tests": len(cases), "failures": results.count("failed"), "skipped": results.count("skipped")}
    attributes = {"name": f"{', '.join(record['roots'])}: {name}", **counts, "timestamp": record["started"]}
    yield f"  <testsuite{_attributes(attributes)}>"
    for lines, _ in cases:
        yield from lines
    yield "  </testsuite>"


def _is_case(dataset: Mapping[str, Any]) -> bool:
    return "validation" in dataset or "failure" in dataset


def _step_case(step: Mapping[str, Any]) -> _Case:
    seconds = step["seconds"] if step["source"] == "ran" or step["result"] == "failed" else None
    return _case(step, "step", seconds, notes=[])


def _dataset_case(dataset: Mapping[str, Any]) -> _Case:
    messages = [violation["message"] for violation in dataset.get("validation", {}).get("violations", ())]
    return _case(dataset, "dataset", None, notes=messages)


def _case(item: Mapping[str, Any], class_name: str, seconds: Optional[float], *, notes: List[str]) -> _Case:
    result = item["result"]
    attributes = {"classname": class_name, "name": item["address"], "time": f"{seconds or 0:.3f}"}
    head = f"    <testcase{_attributes(attributes)}"
    inner = []
    if result == "failed":
        failure = item.get("failure", {"kind": "failed", "message": ""})
        kind = {"type": failure["kind"], "message": failure["kind"]}
        inner.append(f"      <failure{_attributes(kind)}>{_text(failure['message'])}</failure>")
    elif result == "skipped":
        inner.append(f"      <skipped{_attributes({'message': _blocked(item.get('blocked_by', ()))})}/>")
    elif notes:
        # Violations that stop nobody are no failure, and are worth to be seen.
        lines = "\n".join(notes)
        inner.append(f"      <system-out>{_text(lines)}</system-out>")
    return ([f"{head}>", *inner, "    </testcase>"] if inner else [f"{head}/>"]), result


def _blocked(addresses: Iterable[str]) -> str:
    return f"since {', '.join(addresses)} failed"


def _attributes(values: Mapping[str, Any]) -> str:
    return "".join(f" {name}={quoteattr(_clean(str(value)))}" for name, value in values.items())


def _text(text: str) -> str:
    return escape(_clean(text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}..."))


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
