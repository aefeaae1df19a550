"""The running of the tool's commands, and the opening of data."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from wombat_tool.__main__ import main
from wombat_tool.formats import Format
from wombat_tool.relations.model import Relation
from wombat_tool.relations.opening import open_relation
from wombat_tool.relations.session import connect


class Ran(NamedTuple):
    """What a command ended with and printed."""

    exit_code: int
    out: str
    err: str


@pytest.fixture
def preview(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `preview` for a format and a path, with further options."""

    def run(format: str, path: Path, *options: str) -> Ran:
        exit_code = main(["preview", "--format", format, "--path", str(path), *options])
        return Ran(exit_code, *capsys.readouterr())

    return run


@pytest.fixture
def environment() -> dict[str, Any]:
    """The environment of a process that can import what this one can."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


class Opened(NamedTuple):
    """Data that queries can read."""

    connection: duckdb.DuckDBPyConnection
    relation: Relation

    def rows(self, columns: str = "*", *, source: str = "") -> list[tuple[Any, ...]]:
        """Some columns of the rows, in the order of files and rows."""
        source = source or self.relation.numbered_sql()
        with self.relation.reading():
            return self.connection.execute(f"SELECT {columns} FROM {source} ORDER BY __file, __row").fetchall()

    @property
    def names(self) -> list[str]:
        """What the columns are called."""
        return [column.name for column in self.relation.columns]


@pytest.fixture
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Opened]]:
    """Open data of a format at a path, as "data" unless a title is given."""
    connections = []

    def open_data(format: str, path: Path, **options: Any) -> Opened:
        connection = connect(256, str(tmp_path_factory.mktemp("spill")), readable=[str(path)])
        connections.append(connection)
        return Opened(connection, open_relation(connection, str(path), Format(format), **{"title": "data", **options}))

    yield open_data
    for connection in connections:
        connection.close()
