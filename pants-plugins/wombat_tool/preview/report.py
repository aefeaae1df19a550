"""Shows what a validation found: the verdict, the rules that the data breaks, and those that were not checked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from wombat_tool.preview.columns_table import Profile
from wombat_tool.preview.layout import count_text
from wombat_tool.preview.mask import Mask
from wombat_tool.preview.width import ELLIPSIS, display_width, fit, pad, printable, wrap

_VERSION = 1
_GAP = "  "
# Beside its label, text is given at least this much; in a narrower place it goes below.
_LEAST_TEXT_WIDTH = 40
# What is shown of a value of a row at fault.
_MOST_CHARACTERS = 40


class Report:
    """A validation report, as docs/reference/validation-report.schema.json describes it.

    :param document: the report.
    :param mask: hides values, should the report show them.
    """

    def __init__(self, document: dict[str, Any], mask: Mask) -> None:
        self.document = _masked(document, mask)

    @property
    def problem(self) -> str | None:
        """What kept the data from being validated."""
        problem = self.document["problem"]
        return problem and str(problem["message"])

    @property
    def size_bytes(self) -> int:
        """The size of the data."""
        return int(self.document["size_bytes"])

    @property
    def profile(self) -> Profile:
        """What is known of the values of columns."""
        read, profile = self.document["read"], self.document["profile"]
        return Profile(profile["columns"], read["rows"], read["sampled"], profile.get("estimated_from_rows"))

    @property
    def part(self) -> str | None:
        """Which part of the rows was read, if not all."""
        read = self.document["read"]
        return printable(read["how"]) if read["sampled"] else None

    def verdict(self) -> str | None:
        """Whether the data keeps its contract, in a sentence; None if it has none."""
        contract = self.document["contract"]
        if contract is None:
            return None
        name = contract["name"] or contract["id"]
        object = "" if contract["object"] == name else f" ({contract['object']})"
        where = printable(f"contract {name} {contract['version']}{object}, {self.document['environment']}")
        status = self.document["status"]
        if self.problem is not None:
            return f"{where}: {status}, the data could not be checked"
        rules = self.document["rules"]
        facts = [status, count_text(rules["checked"], "rule")]
        facts += [f"{rules['violated']:,} violated"] if rules["violated"] else []
        facts += [f"{len(rules['not_checked']):,} not checked"] if rules["not_checked"] else []
        return f"{where}: {', '.join(facts)}"

    def verdict_lines(self, width: int) -> list[str]:
        """The verdict, and of which part of the rows it is."""
        sentences = [self.verdict()]
        if self.part is not None:
            has_rules = self.document["contract"] is not None
            sentences.append(f"{'rules about values and the profile are' if has_rules else 'the profile is'} of {self.part}")
        return [line for sentence in sentences if sentence for line in wrap(sentence, width)]

    def finding_lines(self, width: int) -> list[str]:
        """The problem, the violations with the first rows that are at fault, and what was not checked."""
        findings = list(self._findings())
        label_width = max((display_width(label) for label, _ in findings), default=0)
        return [line for label, texts in findings for line in _labelled(label, texts, label_width, width)]

    def _findings(self) -> Iterator[tuple[str, list[str]]]:
        """A word, and what is to be said."""
        problem = self.document["problem"]
        if problem is not None:
            yield printable(problem["kind"]), problem["message"].splitlines()
        for one in self.document["violations"]:
            place = f" (line {one['line']} of the contract)" if one["line"] else ""
            # The first row is in the message.
            more = [_row_text(row, is_masked=one["masked"]) for row in one["rows"][1:]]
            yield one["severity"], [one["message"] + place, *([f"then in {', '.join(more)}"] if more else [])]
        for one in self.document["rules"]["not_checked"]:
            where = "" if one["column"] is None else f"{one['column']}: "
            yield "not checked", [f"{where}{one['rule']}: {one['why']}"]


def read_report(path: str, mask: Mask) -> Report:
    """The report in a file.

    :raises ValueError: if it is not there, or is no report of a version that is known here.
    """
    try:
        with open(path, encoding="utf-8") as opened:
            document = json.load(opened)
        version = document["report_version"]
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise ValueError(f"must be the path of a validation report, but {path!r} is none: {err}") from err
    if version != _VERSION:
        raise ValueError(f"must be a validation report of version {_VERSION}, but {path!r} is of version {version!r}")
    return Report(document, mask)


def _masked(document: dict[str, Any], mask: Mask) -> dict[str, Any]:
    violations = [
        _masked_violation(one) if mask.hides(one["column"]) and not one["masked"] else one
        for one in document["violations"]
    ]
    columns = [_masked_column(one) if mask.hides(one["name"]) else one for one in document["profile"]["columns"]]
    return {**document, "violations": violations, "profile": {**document["profile"], "columns": columns}}


def _masked_column(column: dict[str, Any]) -> dict[str, Any]:
    values = [key for key in ("min", "max", "quantiles", "top") if column[key] is not None]
    return {**column, **dict.fromkeys(values), "masked": True} if values else column


def _masked_violation(violation: dict[str, Any]) -> dict[str, Any]:
    message = f"{violation['column']}: {violation['rule']} ({violation['expected']}) is violated"
    rows = [{**row, "value": None} for row in violation["rows"]]
    return {**violation, "message": message, "rows": rows, "masked": True}


def _labelled(label: str, texts: Sequence[str], label_width: int, width: int) -> list[str]:
    """Texts behind a word, or below it where there is little room, with all of their lines below one another."""
    indent = _indent(label_width, width)
    lines = [" " * indent + line for text in texts for line in wrap(printable(text), width - indent)]
    if indent < label_width:
        return [fit(label, width), *lines]
    first = lines.pop(0)[indent:] if lines else ""
    return [pad(label, indent) + first, *lines]


def _indent(label_width: int, width: int) -> int:
    beside = label_width + len(_GAP)
    return beside if width - beside >= _LEAST_TEXT_WIDTH else len(_GAP)


def _row_text(row: dict[str, Any], *, is_masked: bool) -> str:
    """A row at fault, as "row 1,202: 612"."""
    file = f"{row['file']}, " if row["file"] else ""
    where = f"{file}row {row['row']:,}"
    value = None if is_masked or row["value"] is None else printable(row["value"])
    if value is None:
        return where
    return f"{where}: {value[:_MOST_CHARACTERS]}{ELLIPSIS}" if len(value) > _MOST_CHARACTERS else f"{where}: {value}"
