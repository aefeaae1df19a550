"""SQL of strangers reaches the data and nothing else, and takes no more memory than it is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wombat_tool.relations.query import read_select
from wombat_tool.relations.session import connect

NAMES_OF_PYTHON = {"a": [1]}


@pytest.fixture
def guarded(opened: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Data beside a file that is none of it, in the current directory."""
    (tmp_path / "data").mkdir()
    pq.write_table(pa.table({"a": [1, 2, 3]}), tmp_path / "data" / "x.parquet")
    (tmp_path / "secret.csv").write_text("a\nsecret\n")
    monkeypatch.chdir(tmp_path)
    return opened("parquet", Path("data"))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM 'secret.csv'",
        "SELECT * FROM read_csv('secret.csv')",
        "SELECT * FROM read_csv('data/../secret.csv')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/proc/self/environ')",
        "SELECT * FROM read_json('/etc/passwd')",
        "SELECT * FROM glob('*')",
        "SELECT * FROM sniff_csv('secret.csv')",
        "SELECT * FROM parquet_metadata('/etc/passwd')",
        "SELECT * FROM query('SELECT * FROM ''secret.csv''')",
        "SELECT * FROM query_table('secret.csv')",
        "SELECT * FROM read_csv('https://example.org/x.csv')",
        "SELECT * FROM NAMES_OF_PYTHON",
        "SELECT * FROM table_of_python",
        "ATTACH 'x.db'",
        "ATTACH 'secret.csv' (TYPE sqlite)",
        "INSTALL httpfs",
        "LOAD httpfs",
        "COPY (SELECT 1) TO 'out.csv'",
        "COPY (SELECT 1) TO 'data/new.parquet'",
        "COPY (SELECT 1) TO 'data/x.parquet'",
        "EXPORT DATABASE 'out'",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "SET allowed_paths = ['secret.csv']",
        "SET memory_limit = '100GB'",
        "SET temp_directory = '/tmp'",
        "PRAGMA enable_profiling = 'json'",
        "SELECT * FROM enable_profiling(save_location := 'out.json')",
        "CALL enable_logging(storage_path = 'out')",
        "CREATE PERSISTENT SECRET s (TYPE http)",
        "SELECT getenv('HOME')",
    ],
)
def test_the_connection_itself_reaches_nothing_else(sql: str, guarded: Any, tmp_path: Path) -> None:
    table_of_python = pa.table(NAMES_OF_PYTHON)

    with pytest.raises(duckdb.Error):
        guarded.connection.execute(sql).fetchall()

    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == [
        "data/x.parquet",
        "secret.csv",
    ]
    assert guarded.rows("a") == [(value + 0,) for value in (1, 2, 3)]
    assert table_of_python.num_rows == 1


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("COPY (SELECT 1) TO 'data/x.parquet' (USE_TMP_FILE false)", "it must be one SELECT query"),
        ("SELECT 1; COPY (SELECT 1) TO 'data/x.parquet' (USE_TMP_FILE false)", "it must be one SELECT query"),
        ("SELECT 1; SELECT 2", "it must be one SELECT query, but has 2 statements"),
        ("", "it must be one SELECT query, but has 0 statements"),
        ("-- nothing", "it must be one SELECT query, but has 0 statements"),
        ("DROP VIEW __data", "it must be one SELECT query"),
        ("CREATE TABLE t AS SELECT 1", "it must be one SELECT query"),
        ("PRAGMA database_list", "it must be one SELECT query"),
        ("EXPLAIN ANALYZE SELECT 1", "it must be one SELECT query"),
        ("PIVOT data ON a", "it must be one SELECT query, without PIVOT."),
        ("DESCRIBE data", "and not SHOW, DESCRIBE or SUMMARIZE."),
        ("SELECT * FROM (SHOW TABLES)", "and not SHOW, DESCRIBE or SUMMARIZE."),
        ("SELECT * FROM read_text('data/x.parquet')", "it reads from the function 'read_text', and may read from tables"),
        ("SELECT (SELECT count(*) FROM Glob('*'))", "it reads from the function 'glob'"),
        ("WITH x AS (SELECT * FROM query('SELECT 1')) SELECT * FROM x", "it reads from the function 'query'"),
        ("SELECT * FROM duckdb_settings()", "it reads from the function 'duckdb_settings'"),
        ("SELECT count(*) FRM data", "syntax error"),
        ("SELECT 'not closed", "unterminated"),
    ],
)
def test_a_query_that_is_no_plain_question_is_refused(sql: str, problem: str, guarded: Any) -> None:
    with pytest.raises(ValueError) as caught:
        read_select(guarded.connection, sql)

    assert problem in str(caught.value)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_a_query_says_what_it_reads(guarded: Any) -> None:
    select = read_select(
        guarded.connection,
        "WITH w AS (SELECT max(d.\"The Price\") AS m FROM data d WHERE day > '2020-01-01')\n"
        'SELECT count(*) FROM w JOIN "other data" USING (id), UNNEST([1]), range(3) r WHERE EXISTS (SELECT x.y FROM z) -- all',
    )

    assert select.tables == {"data", "w", "other data", "z"}
    assert {"The Price", "day", "y"} <= select.names
    assert not select.has_star


@pytest.mark.parametrize(
    "sql", ["SELECT * FROM data", "FROM data", "SELECT d.* FROM data d", "SELECT max(COLUMNS(*)) FROM data"]
)
def test_a_query_says_whether_it_reads_all_columns(sql: str, guarded: Any) -> None:
    assert read_select(guarded.connection, sql).has_star


def test_reading_a_query_runs_nothing(guarded: Any) -> None:
    read_select(guarded.connection, "SELECT error('ran') FROM no_such_table")


def test_large_questions_spill_and_stay_within_the_memory(tmp_path: Path) -> None:
    with connect(100, str(tmp_path)) as connection:
        query = "SELECT count(DISTINCT hash(i)) FROM range(6_000_000) t(i)"
        assert connection.execute(query).fetchall() == [(6_000_000,)]

        with pytest.raises(duckdb.OutOfMemoryException):
            connection.execute("SELECT length(string_agg(repeat('x', 1000), '')) FROM range(1_000_000)").fetchall()


@pytest.mark.parametrize(("memory_mib", "threads"), [(16, 1), (64, 2), (256, 8), (8192, 64)])
def test_a_large_machine_does_not_use_up_the_memory_by_its_threads(
    memory_mib: int, threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wombat_tool.relations.session._usable_cpus", lambda: 64)

    with connect(memory_mib, str(tmp_path)) as connection:
        assert connection.execute("SELECT current_setting('threads')").fetchall() == [(threads,)]


def test_moments_are_in_utc_whatever_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    with connect(100, str(tmp_path)) as connection:
        found = connection.execute("SELECT CAST(TIMESTAMPTZ '2020-01-01 00:00:00' AS VARCHAR)").fetchall()

    assert found == [("2020-01-01 00:00:00+00",)]
