"""Formats of datasets, and what the ending of a file says."""

from __future__ import annotations

import pytest

from wombat.graph.formats import DATA_FILE_GLOBS, Format, format_of_file


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("a/b.parquet", Format.PARQUET, id="parquet"),
        pytest.param("b.pq", Format.PARQUET, id="pq"),
        pytest.param("B.CSV", Format.CSV, id="upper-case"),
        pytest.param("b.jsonl", Format.JSONL, id="jsonl"),
        pytest.param("b.ndjson", Format.JSONL, id="ndjson"),
        pytest.param("b.json", Format.JSON, id="json"),
        pytest.param("b.arrow", Format.ARROW, id="arrow"),
        pytest.param("b.feather", Format.ARROW, id="feather"),
        pytest.param("b.txt", Format.TEXT, id="text"),
        pytest.param("parts/*.parquet", Format.PARQUET, id="glob"),
        pytest.param("b.csv.gz", None, id="compressed"),
        pytest.param("model.pkl", None, id="unknown"),
        pytest.param("csv", None, id="no-ending"),
        pytest.param("a.csv/b", None, id="ending-of-the-directory"),
        pytest.param("", None, id="empty"),
    ],
)
def test_the_ending_of_a_file_says_its_format(name: str, expected: Format | None) -> None:
    assert format_of_file(name) is expected


@pytest.mark.parametrize("format", list(Format))
def test_a_file_that_a_step_writes_is_known_by_its_ending(format: Format) -> None:
    if format.suffix:
        assert format_of_file(f"data{format.suffix}") is format
    else:
        assert format in (Format.FILE, Format.DIRECTORY)


def test_data_files_are_of_tabular_formats() -> None:
    for glob in DATA_FILE_GLOBS:
        found = format_of_file(glob)
        assert found is not None and found.is_tabular


def test_tabular_formats_have_rows() -> None:
    assert {format.value for format in Format if format.is_tabular} == {"parquet", "csv", "jsonl", "arrow"}
