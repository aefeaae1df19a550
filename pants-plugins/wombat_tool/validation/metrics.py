"""The metrics of the standard's library: what they count, and whether that is as the contract wants it."""

from __future__ import annotations

from fractions import Fraction

from wombat_tool.contracts.model import Metric, QualityRule, Scalar
from wombat_tool.relations.sql import literal
from wombat_tool.validation.messages import percent_text, share_text
from wombat_tool.validation.readings import Reading
from wombat_tool.validation.rules import Span, decide
from wombat_tool.validation.spots import Spot


def counting_condition(quality: QualityRule, spot: Spot) -> tuple[str, str | None]:
    """The condition for a row to be counted by a metric of a column, and the value of such a row as text."""
    reading = spot.reading
    if quality.metric is Metric.DUPLICATE_VALUES:
        return spot.repeats(), None
    if quality.metric is Metric.NULL_VALUES:
        return spot.where(lambda raw, typed: f"{spot.exists} AND {raw} IS NULL"), None

    def missing(raw: str, typed: str) -> str:
        named = _equals(reading, raw, typed, [one for one in quality.missing_values if one is not None])
        return f"{spot.exists} AND ({raw} IS NULL OR {named})"

    def invalid(raw: str, typed: str) -> str:
        conditions = []
        if quality.valid_values is not None:
            conditions.append(f"NOT {_equals(reading, raw, typed, quality.valid_values)}")
        if quality.pattern is not None:
            conditions.append(f"NOT regexp_matches({reading.text(raw)}, {literal(quality.pattern)})")
        return f"{raw} IS NOT NULL AND ({' OR '.join(conditions) or 'FALSE'})"

    condition = missing if quality.metric is Metric.MISSING_VALUES else invalid
    return spot.where(condition), spot.shown(condition)


def _equals(reading: Reading, raw: str, typed: str, values: list[Scalar] | tuple[Scalar, ...]) -> str:
    """Whether a value is one of several: as what it is to be or, where a text is named, as it is written."""
    texts = [literal(one) for one in values if isinstance(one, str)]
    comparer = reading.comparer
    others = [comparer.equal(one) for one in values if not isinstance(one, str)] if comparer else []
    parts = []
    if texts:
        parts.append(f"{reading.text(raw)} IN ({', '.join(texts)})")
    if any(others):
        parts.append(f"{typed} IN ({', '.join(one for one in others if one)})")
    return f"coalesce({' OR '.join(parts)}, FALSE)" if parts else "FALSE"


def is_kept(quality: QualityRule, count: int, rows: int, *, unread: int = 0) -> bool | None:
    """Whether a number of rows is as the thresholds want it; None if rows that were not read decide that.

    A sample without a single such row keeps a rule that allows none, just as it keeps the rules about rows.

    :param count: of the rows that were read, which are `rows`.
    """

    def answers(least: int, most: int) -> list[bool | None]:
        scale = Fraction(100, rows + unread or 1) if quality.is_percent else Fraction(1)
        return [decide(threshold, Span(least * scale, most * scale)) for threshold in quality.thresholds]

    found = answers(count, count + unread)
    if False in found:
        return False
    allows_none_alone = False not in answers(0, 0) and False in answers(1, 1)
    return True if None not in found or (count == 0 and allows_none_alone) else None


def metric_text(quality: QualityRule, count: int, rows: int) -> str:
    """What a metric is, in words."""
    if quality.metric is Metric.ROW_COUNT:
        return f"{count:,}"
    if quality.metric is Metric.DUPLICATE_VALUES:
        share = f"{percent_text(count, rows or 1)} of the rows: " if quality.is_percent else ""
        return f"{share}{count:,} {'value' if count == 1 else 'values'}"
    if quality.is_percent:
        return f"{percent_text(count, rows or 1)} ({count:,} of {rows:,} {'row' if rows == 1 else 'rows'})"
    return share_text(count, rows)
