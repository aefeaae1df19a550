"""NaN in Parquet files, which their statistics do not tell of: no optimisation by statistics may lose it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from validation_checks import of, report_of
from wombat_tool.contracts.model import Bound, Field, LogicalType, Operator, QualityRule, Threshold


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file whose statistics say that the greatest amount is 12."""
    pq.write_table(pa.table({"amount": [10.5, 12.0, float("nan")]}), tmp_path / "data.parquet")
    return tmp_path / "data.parquet"


def test_nan_is_above_every_maximum_and_its_row_is_told(path: Path) -> None:
    column = Field("amount", LogicalType.NUMBER, maximum=Bound(Decimal(600)))

    (violation,) = report_of(path, "parquet", of(column)).violations

    assert (violation.rule, violation.count, [row.row for row in violation.rows]) == ("maximum", 1, [3])


def test_a_query_sees_nan(path: Path) -> None:
    zero = Threshold(Operator.BE, Decimal(0))
    rule = QualityRule("large", query="SELECT count(*) FROM {object} WHERE amount > 600", thresholds=(zero,))

    (violation,) = report_of(path, "parquet", of(Field("amount"), quality=(rule,))).violations

    assert violation.rule == "large"


def test_the_profile_counts_nan_and_leaves_it_out(path: Path) -> None:
    (column,) = report_of(path, "parquet", of(Field("amount"))).profile["columns"]

    assert (column["nan"], column["min"], column["max"]) == (1, 10.5, 12.0)
