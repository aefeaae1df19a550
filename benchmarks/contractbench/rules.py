"""The rules that all engines hold the same file against, and what they are called in verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

COLUMNS = ("id", "code", "kind", "amount", "lo", "hi")
PATTERN = "^[A-Z]{2}-[0-9]{1,10}$"
KINDS = ("new", "open", "closed", "gone")
LEAST, MOST = 0.0, 1000.0

NULL = "null"
MATCHES = "pattern"
ENUMERATION = "enum"
RANGE = "range"
ORDER = "order"
UNIQUE = "unique"
RULES = (NULL, MATCHES, ENUMERATION, RANGE, ORDER, UNIQUE)

_CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: validation-benchmark
version: 1.0.0
status: active
schema:
  - name: measured
    properties:
      - {{name: id, logicalType: integer, required: true, unique: true}}
      - {{name: code, logicalType: string, required: true, logicalTypeOptions: {{pattern: '{pattern}'}}}}
      - name: kind
        logicalType: string
        required: true
        quality:
          - type: library
            metric: invalidValues
            arguments: {{validValues: [{kinds}]}}
            mustBe: 0
      - {{name: amount, logicalType: number, required: true, logicalTypeOptions: {{minimum: {least}, maximum: {most}}}}}
      - {{name: lo, logicalType: number, required: true}}
      - {{name: hi, logicalType: number, required: true}}
    quality:
      - {{name: order, type: sql, query: 'SELECT count(*) FROM {{object}} WHERE NOT (lo < hi)', mustBe: 0}}
"""
# What a validation report calls them.
_REPORTED = {
    "required": NULL,
    "pattern": MATCHES,
    "invalidValues": ENUMERATION,
    "minimum": RANGE,
    "maximum": RANGE,
    "order": ORDER,
    "unique": UNIQUE,
}


def contract_text() -> str:
    """The rules as a contract file."""
    return _CONTRACT.format(pattern=PATTERN, kinds=", ".join(KINDS), least=LEAST, most=MOST)


def violated(report: Mapping[str, Any]) -> list[str]:
    """The rules that a validation report finds violated, in the order of `RULES`.

    :raises ValueError: if it says anything that no rule can lead to, or did not check all of them.
    """
    if report["problem"] is not None:
        raise ValueError(f"The data was not validated: {report['problem']['message']}")
    if report["rules"]["not_checked"]:
        raise ValueError(f"Rules were not checked: {report['rules']['not_checked']}")
    names = [violation["rule"] for violation in report["violations"]]
    unknown = [name for name in names if name not in _REPORTED]
    if unknown:
        raise ValueError(f"Violations of rules that the contract does not have: {', '.join(unknown)}")
    return in_order(_REPORTED[name] for name in names)


def in_order(names: Iterable[str]) -> list[str]:
    """Rules in the order of `RULES`, each once."""
    return sorted(set(names), key=RULES.index)
