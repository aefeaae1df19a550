"""The running of the tool's commands, the opening of data, and places for stores."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from store_plans import CONTENT
from store_servers import fake_gcs_server
from strict_bucket import BUCKET, StrictBucket, strict_gcs_server
from wombat_tool.__main__ import main
from wombat_tool.formats import Format
from wombat_tool.relations.model import Relation
from wombat_tool.relations.opening import open_relation
from wombat_tool.relations.session import connect
from wombat_tool.store.backend import Backend
from wombat_tool.store.opening import open_backend


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


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The file of a small blob."""
    path = tmp_path / "source"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture(scope="session")
def gcs_address() -> Iterator[str]:
    """The address of a real server of buckets."""
    with fake_gcs_server() as address:
        yield address


@pytest.fixture
def gcs_url(gcs_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The url of an empty store on a real server of buckets."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs_address)
    return f"gs://{BUCKET}/{tmp_path.name}/store"


@pytest.fixture
def strict_bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[StrictBucket]:
    """A double of a bucket that holds all preconditions and fails on demand, at `strict_url`."""
    with strict_gcs_server() as (address, bucket):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
        yield bucket


@pytest.fixture
def strict_url(strict_bucket: StrictBucket) -> str:
    """The url of an empty store on the double."""
    return f"gs://{BUCKET}/a/store"


@pytest.fixture(params=["directory", "gcs_url", "strict_url"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The url of an empty store of each kind, in turn."""
    if request.param == "directory":
        return (tmp_path / "the store").as_uri()
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def backend(store_url: str) -> Backend:
    """The place of an empty store of each kind, in turn."""
    return open_backend(store_url)
