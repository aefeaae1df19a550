"""The metrics of the standard's library of quality rules, and what v3.0 called them."""

from __future__ import annotations

from typing import NamedTuple

from wombat_tool.contracts.model import Metric

METRICS = {one.value: one for one in Metric}
ARGUMENTS = {
    Metric.MISSING_VALUES: ("missingValues",),
    Metric.INVALID_VALUES: ("validValues", "pattern"),
    Metric.DUPLICATE_VALUES: ("properties",),
}
"""The `arguments` that a metric takes; in v3.0 they stood in the rule itself."""


class OldRule(NamedTuple):
    """A library rule of v3.0, which had names of its own.

    :param zero_without_operator: whether it means "none" where it has no operator.
    """

    metric: Metric
    is_percent: bool = False
    zero_without_operator: bool = True


# The examples and the text of the standard, v3.0.0 to v3.0.2.
OLD_RULES = {
    **dict.fromkeys(("nullcheck", "nullvalues", "nullcount", "notnull"), OldRule(Metric.NULL_VALUES)),
    "nullpercent": OldRule(Metric.NULL_VALUES, is_percent=True),
    **dict.fromkeys(("missingcheck", "missingvalues", "missingcount"), OldRule(Metric.MISSING_VALUES)),
    "missingpercent": OldRule(Metric.MISSING_VALUES, is_percent=True),
    **dict.fromkeys(("validvalues", "validcheck", "invalidvalues", "invalidcount"), OldRule(Metric.INVALID_VALUES)),
    "invalidpercent": OldRule(Metric.INVALID_VALUES, is_percent=True),
    **dict.fromkeys(
        ("duplicatecheck", "duplicatecount", "duplicatevalues", "duplicates", "uniquecheck"),
        OldRule(Metric.DUPLICATE_VALUES),
    ),
    "duplicatepercent": OldRule(Metric.DUPLICATE_VALUES, is_percent=True),
    **dict.fromkeys(("rowcount", "countcheck", "rowcountcheck"), OldRule(Metric.ROW_COUNT, zero_without_operator=False)),
}
