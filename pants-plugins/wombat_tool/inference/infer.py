"""Infers a contract from data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from wombat_tool.contracts.model import Layout
from wombat_tool.formats import Format
from wombat_tool.inference.keys import Keys, keys_of
from wombat_tool.inference.measure import Measured
from wombat_tool.inference.nodes import nodes_of
from wombat_tool.inference.opening import open_data
from wombat_tool.inference.rules import Proposal, Proposer
from wombat_tool.relations.model import DataColumn


@dataclass(frozen=True)
class Inferred:
    """What was inferred of a dataset.

    :param proposals: the columns.
    :param data_format: of the files of a directory.
    :param unnamed: the columns that a contract cannot name.
    :param is_growing: whether there may be any number of rows.
    """

    name: str
    rows: int
    proposals: tuple[Proposal, ...]
    keys: Keys = Keys()
    layout: Layout | None = None
    data_format: Format | None = None
    unnamed: tuple[str, ...] = ()
    is_growing: bool = True


def infer(connection: duckdb.DuckDBPyConnection, path: str, format: Format, *, name: str) -> Inferred:
    """What a contract can say of data.

    Whatever it says holds for all rows. What may have happened to hold, as a range, it says only if there are many rows.

    :param connection: from `session.connect`, with the path among those it may read.
    :param name: of the dataset.
    :raises WombatToolError: if the data is not there, or not of its format.
    """
    data = open_data(connection, path, format, title=name)
    measured = Measured(connection, data.relation)
    rows = measured.count()
    columns, unnamed = _nameable(data.relation.columns)
    nodes = nodes_of(columns, measured)
    if data.is_listing:
        keys = Keys(primary=tuple(one.name for one in columns if one.name == "path"))
    else:
        keys = keys_of(nodes, measured, rows, title=name)
    proposer = Proposer(measured, rows, keys)
    propose = proposer.fact_of_file if data.is_listing else proposer.column
    return Inferred(
        name,
        rows,
        tuple(map(propose, nodes)),
        keys,
        data.layout,
        data.data_format,
        tuple(unnamed),
        is_growing=format is not Format.FILE and data.layout is not Layout.DOCUMENT,
    )


def _nameable(columns: Sequence[DataColumn]) -> tuple[list[DataColumn], list[str]]:
    """The columns that a contract can name, and the names of the others: no name, or that of another column."""
    by_name: dict[str, DataColumn] = {}
    others = []
    for one in columns:
        if one.name and one.name not in by_name:
            by_name[one.name] = one
        else:
            others.append(one.name)
    return list(by_name.values()), others
