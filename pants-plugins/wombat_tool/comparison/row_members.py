"""What a class says of the rows that are its objects."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from wombat_tool.comparison.sources import Module


@dataclass(frozen=True)
class RowMember:
    """What a class says of a column.

    :param name: of the column; empty if it cannot be told.
    :param annotation: its type, as `module` has it; None if what the column holds is not understood.
    :param may_be_missing: whether rows do without it.
    :param default: what stands behind the equals sign, which may limit the values.
    """

    name: str
    module: Module
    annotation: ast.expr | None
    line: int
    may_be_missing: bool = False
    default: ast.expr | None = None


@dataclass(frozen=True)
class RowClass:
    """A class of rows.

    :param forbids_others: whether rows with other columns are refused.
    """

    name: str
    module: Module
    line: int
    members: tuple[RowMember, ...]
    forbids_others: bool = False
