"""Connects to a database that can read the data, and nothing else."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence

import duckdb

from wombat_tool.files import files_below
from wombat_tool.relations.sql import literal, literals

# Each thread holds pages of all columns that it reads, and parts of what it puts in order or counts.
_LEAST_MIB_A_THREAD = 32


def connect(memory_mib: int, temp_directory: str, *, readable: Sequence[str] = ()) -> duckdb.DuckDBPyConnection:
    """An empty database in memory, in which SQL of strangers can be run once `query.read_select` has accepted it.

    It reads no file but those named, loads no extension, has no network, sees no variable of Python's, and none of this
    can be changed any more. What queries need beyond the memory goes to the temporary directory.

    :param memory_mib: the most that DuckDB takes; the process takes about 150 MiB more, and what sorts 64.
    :param readable: the paths of all data that will be opened: files, or directories with all that is in them.
    """
    return _connected(
        memory_mib,
        min(_usable_cpus(), max(1, memory_mib // _LEAST_MIB_A_THREAD)),
        temp_directory,
        "TimeZone = 'UTC'",
        # Row numbers are columns, so nothing depends on an order, and less has to be held back.
        "preserve_insertion_order = false",
        # Files are read once or twice, so keeping them would only fill the memory.
        "enable_external_file_cache = false",
        # Of a group of rows all that is asked for would be read at once, by each thread; here the disk is near.
        "disable_parquet_prefetching = true",
        f"allowed_paths = {literals(list(_allowed_paths(readable)))}",
    )


def connect_sorter(connection: duckdb.DuckDBPyConnection, *, memory_mib: int, threads: int) -> duckdb.DuckDBPyConnection:
    """Another database in memory, which reads no file, for what another connection gives.

    :param connection: one of `connect`, of which the most threads and the temporary directory are taken.
    :param memory_mib: the most that DuckDB takes for it.
    """
    query = "SELECT current_setting('threads'), current_setting('temp_directory')"
    (most_threads, temp_directory) = connection.execute(query).fetchall()[0]
    # Databases in one directory would write to the same files.
    return _connected(memory_mib, min(threads, most_threads), os.path.join(temp_directory, "sorter"))


def _connected(memory_mib: int, threads: int, temp_directory: str, *settings: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    for setting in (
        f"memory_limit = '{memory_mib}MiB'",
        f"threads = {threads}",
        f"temp_directory = {literal(temp_directory)}",
        "enable_progress_bar = false",
        "python_enable_replacements = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        "allow_persistent_secrets = false",
        *settings,
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")
    return connection


def file_pattern(path: str) -> str:
    """What to call a file where DuckDB expects a pattern, so that it is this file and no other."""
    return glob.escape(path)


def _allowed_paths(readable: Sequence[str]) -> Iterator[str]:
    for path in readable:
        names = (os.path.join(path, name) for name in files_below(path)) if os.path.isdir(path) else (path,)
        for name in names:
            # A pattern must be allowed as well as what it stands for.
            yield from dict.fromkeys((name, file_pattern(name)))


def _usable_cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
