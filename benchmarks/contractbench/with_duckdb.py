"""The rules as hand-written SQL: `python -m contractbench.with_duckdb PATH` says which are broken."""

from __future__ import annotations

import json
import sys

import duckdb  # type: ignore[import-not-found]  # pants: no-infer-dep

from contractbench.rules import COLUMNS, ENUMERATION, KINDS, LEAST, MATCHES, MOST, NULL, ORDER, PATTERN, RANGE, UNIQUE

_KINDS = ", ".join(f"'{kind}'" for kind in KINDS)
_COUNTS = {
    NULL: f"count(*) FILTER (WHERE {' OR '.join(f'{name} IS NULL' for name in COLUMNS)})",
    MATCHES: f"count(*) FILTER (WHERE NOT regexp_matches(code, '{PATTERN}'))",
    ENUMERATION: f"count(*) FILTER (WHERE kind NOT IN ({_KINDS}))",
    RANGE: f"count(*) FILTER (WHERE amount NOT BETWEEN {LEAST} AND {MOST})",
    ORDER: "count(*) FILTER (WHERE NOT (lo < hi))",
    UNIQUE: "count(id) - count(DISTINCT id)",
}


def main() -> None:
    """Ask for everything in one query."""
    query = f"SELECT {', '.join(_COUNTS.values())} FROM read_parquet($path)"
    counts = duckdb.execute(query, {"path": sys.argv[1]}).fetchone()
    assert counts is not None, "Aggregates give one row."
    print(json.dumps([rule for rule, count in zip(_COUNTS, counts) if count]))


if __name__ == "__main__":
    main()
