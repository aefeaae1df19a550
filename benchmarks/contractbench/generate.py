"""Writes the data, a group of rows at a time: `python -m contractbench.generate ROWS dense|spread PATH [--spoilt]`."""

from __future__ import annotations

import argparse

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from contractbench.rules import COLUMNS, KINDS, MOST

GROUP_ROWS = 250_000
# Odd, so that no two numbers below 2**63 times this are the same modulo 2**63.
_FACTOR = 0x1E3779B97F4A7C15
_TYPES = (pa.int64(), pa.string(), pa.string(), pa.float64(), pa.float64(), pa.float64())
_SCHEMA = pa.schema(list(zip(COLUMNS, _TYPES)))


def group(number: int, rows: int, ids: str) -> dict[str, pa.Array]:
    """A group of rows that keep all rules; the same arguments give the same rows."""
    random = np.random.default_rng(number)
    first = number * GROUP_ROWS
    count = np.arange(first, first + rows, dtype=np.uint64)
    lo = random.random(rows) * MOST
    digits = pa.array(random.integers(0, 10**9, rows)).cast(pa.string())
    kinds = pa.DictionaryArray.from_arrays(pa.array(random.integers(0, len(KINDS), rows), pa.int32()), list(KINDS))
    values = (
        random.permutation(count) if ids == "dense" else (count * np.uint64(_FACTOR)) & np.uint64(2**63 - 1),
        pc.binary_join_element_wise("AB", digits, "-"),
        kinds.cast(pa.string()),
        random.integers(0, int(MOST) * 100 + 1, rows) / 100,
        lo,
        lo + 0.01 + random.random(rows) * 100,
    )
    return {field.name: pa.array(array).cast(field.type) for field, array in zip(_SCHEMA, values)}


def spoil(columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """The same with a few rows that break each of the rules."""
    lists = {name: column.to_pylist() for name, column in columns.items()}
    lists["code"][10] = None
    lists["code"][20:22] = ["AB 12", "xAB-12"]
    lists["kind"][30] = "lost"
    lists["amount"][40:42] = [-0.5, 1000.5]
    lists["hi"][50] = lists["lo"][50]
    lists["id"][-1] = lists["id"][0]
    return {name: pa.array(values, columns[name].type) for name, values in lists.items()}


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", type=int)
    parser.add_argument("ids", choices=["dense", "spread"])
    parser.add_argument("path")
    parser.add_argument("--spoilt", action="store_true")
    options = parser.parse_args()
    with pyarrow.parquet.ParquetWriter(options.path, _SCHEMA) as writer:
        for number, first in enumerate(range(0, options.rows, GROUP_ROWS)):
            columns = group(number, min(GROUP_ROWS, options.rows - first), options.ids)
            if options.spoilt and first + GROUP_ROWS >= options.rows:
                columns = spoil(columns)
            writer.write_table(pa.table(columns, schema=_SCHEMA))


if __name__ == "__main__":
    main()
