"""Reads JSON lines, whose values become DuckDB's type JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from wombat_tool.files import DataFile
from wombat_tool.relations.model import DataColumn, Encoding
from wombat_tool.relations.sql import literals
from wombat_tool.relations.stream import Chunk, StreamSource
from wombat_tool.tables.jsonl_file import blocks
from wombat_tool.tables.model import Column
from wombat_tool.tables.scan import data_errors

# An escape in a string. Half of a pair of surrogates is valid JSON and no character, see RFC 8259, section 8.2.
_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)", re.DOTALL)
_HALVES = re.compile("[\ud800-\udfff]")
_NO_CHARACTER = "\ufffd"


class JsonLinesSource(StreamSource):
    """Files with one JSON object a line.

    :param found: the columns of the files, from a scan of all of them.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        files: Sequence[DataFile],
        found: Sequence[Column],
        *,
        rows: int,
        name: str,
    ) -> None:
        self.columns = [DataColumn(_HALVES.sub(_NO_CHARACTER, column.name), Encoding.JSON, column.type) for column in found]
        self.rows = rows
        self._data_files = files
        super().__init__(connection, name=name, types=[pa.string()], files=len(files))

    def values(self) -> Sequence[str]:
        """See `StreamSource`."""
        return [f"nullif(fields[{i}], 'null')" for i in range(1, len(self.columns) + 1)]

    def source(self, stream: str) -> str:
        """See `StreamSource`."""
        # All values of a line are taken in one go, as each takes the parsing of all of it.
        fields = f"json_extract(c0, {literals([_pointer(column.name) for column in self.columns])})"
        return f"(SELECT {fields} AS fields, * FROM {stream})" if self.columns else stream

    def chunks(self) -> Iterator[Chunk]:
        """See `StreamSource`."""
        for number, file in enumerate(self._data_files):
            before = 0
            with data_errors(file):
                for block in blocks(file):
                    lines = block.lines
                    if b"\\ud" in block.content or b"\\uD" in block.content:
                        lines = [_ESCAPE.sub(_whole_character, line) for line in lines]
                    yield Chunk(number, before, len(lines), [pa.array(lines, pa.string())])
                    before += len(lines)


def _whole_character(escape: re.Match[bytes]) -> bytes:
    return b"\\ufffd" if escape[1] else escape[0]


def _pointer(name: str) -> str:
    """A member of an object as RFC 6901 has it."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
