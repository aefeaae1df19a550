"""Puts together what people see of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from wombat_tool.preview.columns_table import Profile
from wombat_tool.preview.model import Preview
from wombat_tool.preview.report import Report
from wombat_tool.preview.width import fold, wrap


def page_lines(preview: Preview, report: Optional[Report], width: int) -> list[str]:
    """The lines of a preview: what it is of, whether it keeps its contract, and what there is to see.

    :param report: of the validation of the data, if there is one.
    :param width: how wide lines may be.
    """
    head = [*fold(preview.heading, width), *wrap(", ".join(preview.facts()), width)]
    if report is None:
        return _joined([head, *preview.sections(width, Profile())])
    head += report.verdict_lines(width)
    return _joined([head, report.finding_lines(width), *preview.sections(width, report.profile)])


def _joined(sections: Sequence[Sequence[str]]) -> list[str]:
    """The groups of lines, with an empty line between any two."""
    lines: list[str] = []
    for section in sections:
        if section:
            lines += ["", *section] if lines else section
    return lines
