"""The rules in pandera, on an eager polars frame: `python -m contractbench.with_pandera PATH` says which are broken."""

from __future__ import annotations

import json
import sys

import pandera.polars as pa  # type: ignore[import-not-found]  # pants: no-infer-dep
import polars as pl

from contractbench.rules import (
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


def _is_ordered(data: pa.PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(pl.col("lo") < pl.col("hi"))


_SCHEMA = pa.DataFrameSchema(
    {
        "id": pa.Column(pl.Int64, unique=True),
        "code": pa.Column(pl.String, pa.Check.str_matches(PATTERN, name=MATCHES)),
        "kind": pa.Column(pl.String, pa.Check.isin(KINDS, name=ENUMERATION)),
        "amount": pa.Column(pl.Float64, pa.Check.in_range(LEAST, MOST, name=RANGE)),
        "lo": pa.Column(pl.Float64),
        "hi": pa.Column(pl.Float64),
    },
    checks=pa.Check(_is_ordered, name=ORDER),
)
# What pandera calls the checks that have no name of their own.
_NAMES = {"not_nullable": NULL, "field_uniqueness": UNIQUE}


def main() -> None:
    """Load the file and validate it, all checks even if some fail."""
    found: set[str] = set()
    try:
        _SCHEMA.validate(pl.read_parquet(sys.argv[1]), lazy=True)
    except pa.errors.SchemaErrors as error:
        for one in error.schema_errors:
            name = one.check.name if isinstance(one.check, pa.Check) else str(one.check)
            found.add(_NAMES.get(name, name))
    print(json.dumps(in_order(found)))


if __name__ == "__main__":
    main()
