"""The rules in pointblank, on a polars frame: `python -m contractbench.with_pointblank PATH` says which are broken."""

from __future__ import annotations

import json
import sys

import pointblank as pb  # type: ignore[import-not-found]  # pants: no-infer-dep
import polars as pl

from contractbench.rules import (
    COLUMNS,
    ENUMERATION,
    KINDS,
    LEAST,
    MATCHES,
    MOST,
    NULL,
    ORDER,
    PATTERN,
    RANGE,
    UNIQUE,
    in_order,
)

# In the order of the calls below; the first makes one for each column.
_STEPS = (*(NULL for _ in COLUMNS), MATCHES, ENUMERATION, RANGE, ORDER, UNIQUE)


def main() -> None:
    """Load the file and validate it."""
    validation = (
        pb.Validate(pl.read_parquet(sys.argv[1]))
        .col_vals_not_null(columns=list(COLUMNS))
        .col_vals_regex(columns="code", pattern=PATTERN)
        .col_vals_in_set(columns="kind", set=list(KINDS))
        .col_vals_between(columns="amount", left=LEAST, right=MOST)
        .col_vals_lt(columns="lo", value=pb.col("hi"))
        .rows_distinct(columns_subset="id")
        .interrogate()
    )
    failed = validation.n_failed()
    print(json.dumps(in_order(rule for number, rule in enumerate(_STEPS, 1) if failed[number])))


if __name__ == "__main__":
    main()
