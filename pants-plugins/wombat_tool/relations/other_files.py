"""Reads what is no table as one: the lines of a text, the facts of a file, the files of a directory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from wombat_tool.files import HEAD_BYTES, DataFile, single_file, sized_files
from wombat_tool.formats import Format
from wombat_tool.relations.model import DataColumn, Encoding
from wombat_tool.relations.stream import Chunk, StreamSource
from wombat_tool.signatures import kind_of
from wombat_tool.tables.scan import data_errors
from wombat_tool.utf8 import utf8_chunks

_MOST_LINE_BYTES = 64 << 20


class TextSource(StreamSource):
    """The lines of a text as the column `line`, without their ends."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, file: DataFile, *, name: str) -> None:
        self.columns = [DataColumn("line", Encoding.NATIVE, pa.string())]
        self.rows = sum(chunk.rows for chunk in _lines(file))
        self._file = file
        super().__init__(connection, name=name, types=[pa.string()], files=1)

    def chunks(self) -> Iterator[Chunk]:
        """See `StreamSource`."""
        with data_errors(self._file):
            yield from _lines(self._file)


def _lines(file: DataFile) -> Iterator[Chunk]:
    before = 0
    rest: list[bytes] = []
    for piece in utf8_chunks(file):
        first, *others = piece.split(b"\n")
        rest.append(first)
        if not others:
            if sum(map(len, rest)) > _MOST_LINE_BYTES:
                raise file.error(
                    f"line {before + 1} is longer than {_MOST_LINE_BYTES >> 20} MiB.",
                    mend='Set format="file" on the dataset target, if it is not made of lines.',
                )
            continue
        lines = [b"".join(rest), *others]
        rest = [lines.pop()]
        yield _chunk_of(lines, before)
        before += len(lines)
    if any(rest):
        yield _chunk_of([b"".join(rest)], before)


def _chunk_of(lines: Sequence[bytes], before: int) -> Chunk:
    return Chunk(0, before, len(lines), [pa.array([line.removesuffix(b"\r") for line in lines], pa.string())])


class FactsSource(StreamSource):
    """What is known of files that nobody reads: a few columns in memory."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, facts: pa.Table, *, name: str) -> None:
        self.columns = [DataColumn(field.name, Encoding.NATIVE, field.type) for field in facts.schema]
        self.rows = facts.num_rows
        self.size_bytes = sum(facts.column("size_bytes").to_pylist())
        self._facts = facts
        super().__init__(connection, name=name, types=facts.schema.types, files=1)

    def chunks(self) -> Iterator[Chunk]:
        """See `StreamSource`."""
        before = 0
        for batch in self._facts.to_batches():
            yield Chunk(0, before, batch.num_rows, batch.columns)
            before += batch.num_rows


def file_facts(path: str, *, title: str) -> pa.Table:
    """One row for a file: `size_bytes`, and `kind` as a guess in words."""
    file = single_file(path, Format.FILE, title=title)
    return _facts({}, [file.size_bytes], [kind_of(file.head())])


def directory_facts(path: str, *, title: str) -> pa.Table:
    """A row for each file in a directory, at any depth: its `path` below it, `size_bytes` and `kind`."""
    paths, sizes, kinds = [], [], []
    for relpath, size in sized_files(path, title=title):
        paths.append(os.fsencode(relpath).decode("utf-8", "replace"))
        sizes.append(size)
        with open(os.path.join(path, relpath), "rb") as opened:
            kinds.append(kind_of(opened.read(HEAD_BYTES)))
    return _facts({"path": pa.array(paths, pa.string())}, sizes, kinds)


def _facts(first: dict[str, pa.Array], sizes: list[int], kinds: list[str]) -> pa.Table:
    return pa.table({**first, "size_bytes": pa.array(sizes, pa.int64()), "kind": pa.array(kinds, pa.string())})
