"""The report of a validation: what was checked, what was found, and what the data looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wombat_tool.contracts.model import Environment, Severity

DOCUMENT_VERSION = 1
"""Of the JSON document; a new number means that a reader of the old one would misread it."""


@dataclass(frozen=True)
class OffendingRow:
    """A row that breaks a rule.

    :param row: its number within its file, from 1; in CSV the header does not count.
    :param file: the path below the directory; None where the data is one file.
    :param value: the value as text, possibly cut; None for null, and for what must not be shown.
    """

    row: int
    file: str | None
    value: str | None


@dataclass(frozen=True)
class Violation:
    """A rule that the data breaks.

    :param rule: the name of the rule, as `Handling` knows it.
    :param column: the path of the column, as "address.zip" or "tags[]"; None where it is the rows or several columns.
    :param count: how many rows break it; None where that is no number of rows.
    :param rows: the first of them.
    :param message: a sentence for people.
    :param line: in the contract.
    :param masked: whether values were left out because the column is sensitive.
    """

    rule: str
    column: str | None
    severity: Severity
    stops: bool
    expected: str
    count: int | None
    share: float | None
    rows: tuple[OffendingRow, ...]
    message: str
    line: int
    masked: bool

    def to_document(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "rule": self.rule,
            "column": self.column,
            "severity": self.severity.value,
            "stops": self.stops,
            "expected": self.expected,
            "count": self.count,
            "share": self.share,
            "rows": [{"row": one.row, "file": one.file, "value": one.value} for one in self.rows],
            "message": self.message,
            "line": self.line,
            "masked": self.masked,
        }


@dataclass(frozen=True)
class NotCheckedRule:
    """A rule of which nothing can be said, and why."""

    rule: str
    column: str | None
    why: str


@dataclass(frozen=True)
class ContractFacts:
    """Which contract the data was held against.

    :param object: the name of the schema object.
    """

    id: str
    version: str
    name: str | None
    object: str


@dataclass(frozen=True)
class Problem:
    """What kept the data from being checked.

    :param kind: the class of the error.
    """

    kind: str
    message: str


@dataclass(frozen=True)
class Report:
    """The result of a validation.

    :param rows: of all the data; None if it could not be read.
    :param rows_read: of what the rules about values were checked on.
    :param how: which part that is, in words.
    :param checked: how many rules were checked.
    :param profile: the JSON object that `wombat_tool.profile` makes.
    """

    environment: Environment
    contract: ContractFacts | None
    size_bytes: int
    rows: int | None = None
    rows_read: int | None = None
    is_sample: bool = False
    how: str = "all rows"
    checked: int = 0
    not_checked: tuple[NotCheckedRule, ...] = ()
    violations: tuple[Violation, ...] = ()
    profile: Mapping[str, Any] = field(default_factory=lambda: {"estimated_from_rows": 0, "columns": []})
    problem: Problem | None = None

    @property
    def status(self) -> str:
        """Whether dependents may have the data ("passed", "warned") or not ("failed")."""
        if self.problem or any(violation.stops for violation in self.violations):
            return "failed"
        return "warned" if self.violations else "passed"

    def to_document(self) -> dict[str, Any]:
        """The document that docs/reference/validation-report.schema.json describes."""
        contract = self.contract
        return {
            "report_version": DOCUMENT_VERSION,
            "environment": self.environment.value,
            "contract": contract
            and {"id": contract.id, "version": contract.version, "name": contract.name, "object": contract.object},
            "status": self.status,
            "rows": self.rows,
            "size_bytes": self.size_bytes,
            "read": {"rows": self.rows_read, "sampled": self.is_sample, "how": self.how},
            "rules": {
                "checked": self.checked,
                "violated": len(self.violations),
                "not_checked": [{"rule": one.rule, "column": one.column, "why": one.why} for one in self.not_checked],
            },
            "violations": [violation.to_document() for violation in self.violations],
            "profile": dict(self.profile),
            "problem": self.problem and {"kind": self.problem.kind, "message": self.problem.message},
        }
