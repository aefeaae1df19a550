"""Shows the columns of a dataset: their types, and what is known of their values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wombat_tool.preview.cells import cell_text
from wombat_tool.preview.layout import TextColumn, count_text, table_lines
from wombat_tool.preview.mask import MARK
from wombat_tool.preview.width import ELLIPSIS, printable, wrap

# More columns than this are not listed, one a line.
_MOST_COLUMNS = 100
# What is kept of a value and of a type: longer ones would leave no room for the others.
_MOST_CHARACTERS = 20
_MOST_DIGITS = 10
_MOST_TYPE_CHARACTERS = 18
# What quartiles take, and some frequent values.
_LEAST_MIDDLE = 24
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT")
_QUANTILES = ("0.25", "0.5", "0.75")


@dataclass(frozen=True)
class Profile:
    """What is known of the values of columns.

    :param columns: as in a validation report.
    :param rows: how many rows it is of.
    :param is_sample: whether there are others.
    :param counted_rows: how many the counts of frequent values are of.
    """

    columns: Sequence[dict[str, Any]] = ()
    rows: int | None = None
    is_sample: bool = False
    counted_rows: int | None = None


@dataclass(frozen=True)
class ColumnFacts:
    """What is shown of a column.

    :param nulls: in how many of all rows it has no value; None if that is not known.
    """

    name: str
    type: str
    nulls: int | None


def column_lines(columns: Sequence[ColumnFacts], profile: Profile, width: int, *, rows: int | None) -> list[str]:
    """The columns as a table, one a line.

    :param profile: also of other columns, or of none.
    :param rows: how many there are.
    """
    listed = columns[:_MOST_COLUMNS]
    profiles = _profiles_of(listed, profile)
    types = [printable(column.type) for column in listed]
    if any(profiles):
        types = [_cut(text, _MOST_TYPE_CHARACTERS) for text in types]
        nulls = [_nulls_text(column, one, profile, rows) for column, one in zip(listed, profiles)]
    else:
        nulls = ["" if column.nulls is None else f"{column.nulls:,}" for column in listed]
    shown = [TextColumn("column", [printable(column.name) for column in listed]), TextColumn("type", types)]
    if any(nulls):
        shown.append(TextColumn("nulls", [text or "?" for text in nulls], is_right=True))
    lines, _ = table_lines([*shown, *_profile_columns(profiles, profile.counted_rows)], width)
    more = len(columns) - len(listed)
    return lines + (wrap(f"{ELLIPSIS} and {count_text(more, 'more column')}", width) if more else [])


def profile_lines(profile: Profile, width: int) -> list[str]:
    """The columns that only a profile tells of, as a table."""
    columns = [
        ColumnFacts(one["name"], one["type"], None if profile.is_sample else one["nulls"]) for one in profile.columns
    ]
    return column_lines(columns, profile, width, rows=profile.rows) if columns else []


def _profiles_of(columns: Sequence[ColumnFacts], profile: Profile) -> list[dict[str, Any]]:
    """What is known of each of the columns, of which several may have one name."""
    left: dict[str, list[dict[str, Any]]] = {}
    for one in reversed(profile.columns):
        left.setdefault(one["name"], []).append(one)
    return [left[column.name].pop() if left.get(column.name) else {} for column in columns]


def _nulls_text(column: ColumnFacts, known: dict[str, Any], profile: Profile, rows: int | None) -> str:
    if column.nulls is not None:
        share = _percent(column.nulls, rows)
        return f"{column.nulls:,}{f' ({share})' if share else ''}"
    nulls = known.get("nulls")
    if nulls is None:
        return ""
    share = _percent(nulls, profile.rows)
    if profile.is_sample:
        return share or "0"
    return f"{nulls:,}{f' ({share})' if share else ''}"


def _percent(count: int, rows: int | None) -> str:
    if not count or not rows:
        return ""
    share = 100 * count / rows
    return f"{share:.0f} %" if share >= 1 else "<1 %"


def _profile_columns(profiles: Sequence[dict[str, Any]], counted_rows: int | None) -> list[TextColumn]:
    """What is known of the values; what is left out for all columns gets no column."""
    distinct = ["" if one.get("distinct") is None else f"{one['distinct']:,}" for one in profiles]
    columns = [TextColumn("distinct", distinct, is_right=True)] if any(distinct) else []
    for end in ("min", "max"):
        cells = [_end_text(one, end) for one in profiles]
        columns += [TextColumn(end, cells)] if any(cells) else []
    middle = [_middle_text(one, counted_rows) for one in profiles]
    if any(middle):
        titles = ["quartiles"] if any(one.get("quantiles") for one in profiles) else []
        titles += ["top values"] if any(one.get("top") for one in profiles) else []
        columns.append(TextColumn(", or ".join(titles) or "values", middle, least=_LEAST_MIDDLE))
    return columns


def _end_text(profile: dict[str, Any], end: str) -> str:
    if profile.get("masked"):
        return MARK
    value = profile.get(end)
    return "" if value is None else _short(value, profile)


def _middle_text(profile: dict[str, Any], counted_rows: int | None) -> str:
    """The values that a quarter, half and three quarters of the rows are below, or the most frequent ones."""
    quantiles, top, nan = profile.get("quantiles"), profile.get("top") or (), profile.get("nan")
    if quantiles:
        text = " | ".join(_short(quantiles[one], profile) for one in _QUANTILES)
        return f"{text}, {nan:,} NaN" if nan else text
    # Where no value is there twice, those in the list are any.
    repeated = [one for one in top if one["count"] > 1]
    return ", ".join(
        f"{_short(one['value'], profile)} {_percent(one['count'], counted_rows) or format(one['count'], ',')}"
        for one in repeated
    )


def _short(value: Any, profile: dict[str, Any]) -> str:
    text = cell_text(value)
    if isinstance(value, float) and len(text) > _MOST_DIGITS:
        return f"{value:.6g}"
    ends = (str(profile.get("min")), str(profile.get("max")))
    if all(_MOMENT.match(end) for end in ends) and ends[0][:10] != ends[1][:10] and _MOMENT.match(text):
        return text[:10]  # Over more than a day the date is enough.
    return _cut(text, _MOST_CHARACTERS)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}{ELLIPSIS}"
