"""Tells how files differ in what is not data: who wrote them, how they are cut, how they are packed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from wombat_tool.files import DataFile, data_files
from wombat_tool.formats import Format
from wombat_tool.store.difference import PACKED_SIZE, Request
from wombat_tool.tables.scan import data_errors

_MOST_CHARACTERS = 120


def compare_metadata(request: Request, format: Format) -> list[dict[str, Any]]:
    """What differs: objects with `file` (None where the data is one file), `what`, `left` and `right`, each once.

    Of a directory those of the first file that differs so.
    """
    if format not in (Format.PARQUET, Format.ARROW):
        return []
    for left, right in zip(data_files(request.left, format), data_files(request.right, format)):
        one, other = _facts(left), _facts(right)
        found = [
            {"what": what, "left": one.get(what), "right": other.get(what)}
            for what in dict.fromkeys([*one, *other])
            if one.get(what) != other.get(what)
        ]
        if found:
            name = os.path.relpath(left.path, request.left) if os.path.isdir(request.left) else None
            shown = name and request.mask.of_path(name.replace(os.sep, "/"))
            return [{"file": shown, **one} for one in found]
    return []


def _facts(file: DataFile) -> dict[str, str]:
    with data_errors(file):
        facts = dict(_parquet_facts(file.path) if file.format is Format.PARQUET else _arrow_facts(file.path))
    return {
        what: text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"
        for what, text in facts.items()
    }


def _parquet_facts(path: str) -> Iterator[tuple[str, str]]:
    with pq.ParquetFile(path, memory_map=True, pre_buffer=False) as opened:
        metadata, schema = opened.metadata, opened.schema_arrow
        yield "created by", str(metadata.created_by)
        yield "format version", str(metadata.format_version)
        yield "row groups", f"{metadata.num_row_groups:,}"
        groups = [metadata.row_group(i) for i in range(min(metadata.num_row_groups, 100))]
        yield "rows of the row groups", ", ".join(f"{group.num_rows:,}" for group in groups)
        chunks = [group.column(i) for group in groups[:1] for i in range(group.num_columns)]
        yield "compression", ", ".join(sorted({chunk.compression for chunk in chunks}))
        yield "encodings", ", ".join(sorted({encoding for chunk in chunks for encoding in chunk.encodings}))
        yield "columns with statistics", f"{sum(chunk.is_stats_set for chunk in chunks):,}"
        yield PACKED_SIZE, f"{sum(chunk.total_compressed_size for chunk in chunks):,} in the first row group"
        yield from _schema_facts(schema)
        # Not by the texts of it, which may hold anything, also values of hidden columns.
        for key, value in sorted((metadata.metadata or {}).items()):
            yield f"key {_text(key)!r} of the file", _digest(value)


def _arrow_facts(path: str) -> Iterator[tuple[str, str]]:
    with pa.memory_map(path) as source, pa.ipc.open_file(source) as opened:
        yield "record batches", f"{opened.num_record_batches:,}"
        sizes = [opened.get_batch(i).num_rows for i in range(min(opened.num_record_batches, 100))]
        yield "rows of the record batches", ", ".join(f"{size:,}" for size in sizes)
        yield from _schema_facts(opened.schema)


def _schema_facts(schema: pa.Schema) -> Iterator[tuple[str, str]]:
    for key, value in sorted((schema.metadata or {}).items()):
        yield f"key {_text(key)!r} of the schema", _digest(value)
    for field in schema:
        if not field.nullable:
            yield f"nullability of {field.name!r}", "not nullable"
        for key, value in sorted((field.metadata or {}).items()):
            yield f"key {_text(key)!r} of the column {field.name!r}", _digest(value)


def _text(key: bytes) -> str:
    return key.decode("utf-8", "replace")


def _digest(value: bytes) -> str:
    return f"{len(value):,} bytes, SHA-256 {hashlib.sha256(value).hexdigest()[:12]}"
