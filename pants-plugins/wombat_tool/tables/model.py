"""What is known of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """A column of a table.

    :param nulls: how many rows have no value in it; None where that would take reading all of it.
    :param head: its first values, each a `pyarrow.Scalar` or a value as `json` reads it.
    """

    name: str
    type: pa.DataType
    nulls: Optional[int]
    head: tuple[object, ...]


@dataclass(frozen=True)
class TableScan:
    """What a table holds; all columns have a head of the same length."""

    rows: int
    columns: tuple[Column, ...]
