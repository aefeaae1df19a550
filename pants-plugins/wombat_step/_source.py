"""The files of an input, and what is wrong with them when they cannot be read."""

from __future__ import annotations

import os

from wombat_step._errors import InputFormatError
from wombat_step._spec import TABULAR_FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wombat_step._spec import InputSpec

# What files begin with that are often taken for something else; from the formats' own specifications.
_SIGNATURES = (
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed data"),
    (b"BZh", "bzip2-compressed data"),
    (b"PAR1", "a parquet file"),
    (b"PARE", "an encrypted parquet file"),
    (b"ARROW1", "an Arrow IPC file"),
    (b"\xff\xff\xff\xff", "an Arrow IPC stream, not an Arrow IPC file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
    (b"<!DOCTYPE", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"version https://git-lfs", "a pointer of Git LFS, whose content was not fetched"),
)
_MAGIC = {"parquet": (b"PAR1", b"PAR1"), "arrow": (b"ARROW1", b"ARROW1")}
_TEXT_FORMATS = ("csv", "jsonl", "json", "text")
_HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
_DEFAULT_MEND = "Build the file again, or correct the `format` field of its dataset target."


class Source:
    """An input to read: its files, with the values of the partition columns that are in their paths.

    :raises InputFormatError: if there is no file, or one is plainly not of the format.
    """

    def __init__(self, one: InputSpec, path: str | None = None) -> None:
        """
        :param path: where to read it, if not where it is.
        """
        self.input = one
        self.format = one.format
        self.path = path or one.path
        self.is_single = not os.path.isdir(self.path)
        self.files = [self.path] if self.is_single else self._listed()
        self.partition_texts = self._partition_texts()
        self.partitions = self._partitions()
        for file in self.files:
            problem = problem_of(file, self.format)
            if problem:
                raise self.error(problem, file=file)

    def error(self, problem: str, *, file: str | None = None, mend: str = _DEFAULT_MEND) -> InputFormatError:
        """The error to raise for one of the files, or for all."""
        if "Git LFS" in problem:
            mend = "Run `git lfs pull`."
        return InputFormatError(
            parameter=self.input.parameter, path=self.shown(file), format=self.format, problem=problem, mend=mend
        )

    def shown(self, file: str | None = None) -> str:
        """What messages call one of the files, or all."""
        path = self.input.relpath
        return path if file is None or self.is_single else os.path.join(path, os.path.relpath(file, self.path))

    def diagnose(self, err: BaseException, *, note: str = "") -> InputFormatError:
        """The error to raise for what a library raised; the files are searched for the reason.

        :param note: a sentence to add where they do not tell.
        """
        for file in self.files:
            if self.format in _TEXT_FORMATS:
                problem = find_invalid_utf8(file)
                if problem:
                    return self.not_utf8(problem, file=file)
            if self.format == "jsonl":
                problem = _find_invalid_line(file)
                if problem:
                    return self.error(problem, file=file)
        return self.error(f"{type(err).__name__}: {first_lines(err)}{note}")

    def not_utf8(self, problem: str, *, file: str) -> InputFormatError:
        """The error to raise for text that is not UTF-8."""
        return self.error(
            problem,
            file=file,
            mend="Save the file as UTF-8 (`iconv -f latin1 -t utf-8`), or annotate the parameter `bytes` and decode it.",
        )

    def single(self, kind: str) -> str:
        """The path of the only file, for kinds that hold one file."""
        if not self.is_single:
            raise self.error(
                f"it is a dataset of {len(self.files)} files, and {kind} holds one.",
                mend="Annotate the parameter with pathlib.Path or a type for tables.",
            )
        return self.path

    def _listed(self) -> list[str]:
        from wombat_step._isolate import walk

        # As Spark and others that write directories mean it, hidden files are not data.
        files = []
        for path, is_directory in walk(self.path):
            parts = os.path.relpath(path, self.path).split(os.sep)
            if not is_directory and not any(part.startswith((".", "_")) for part in parts):
                files.append(path)
        if not files:
            raise self.error("the directory holds no data file.", mend="See that the dataset's `sources` match files.")
        return sorted(files)

    def _partition_texts(self) -> list[dict[str, str | None]]:
        from urllib.parse import unquote

        if self.is_single:
            return [{}]
        found: list[dict[str, str | None]] = []
        for file in self.files:
            parts = os.path.relpath(file, self.path).split(os.sep)[:-1]
            pairs = [part.split("=", 1) for part in parts if "=" in part]
            found.append({name: None if value == _HIVE_NULL else unquote(value) for name, value in pairs})
        return found

    def _partitions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [dict(one) for one in self.partition_texts]
        for name in {name for one in found for name in one}:
            values = [one[name] for one in found if one.get(name) is not None]
            if all(_is_integer(value) for value in values):
                for one in found:
                    one[name] = None if one.get(name) is None else int(one[name])
        return found


def problem_of(path: str, format: str) -> str | None:
    """Why a file is plainly not of the format, from its first and last bytes; or None."""
    size = os.path.getsize(path)
    if size == 0:
        # Text may be empty, and so may JSON lines, which are then no rows.
        return None if format in ("text", "file", "jsonl") else "the file is empty (0 bytes)."
    with open(path, "rb") as opened:
        head = opened.read(32)
        opened.seek(max(0, size - 8))
        tail = opened.read(8)
    expected = _MAGIC.get(format)
    seen = next((what for magic, what in _SIGNATURES if head.startswith(magic)), None)
    if expected:
        begin, end = expected
        if not head.startswith(begin):
            looks = f"it looks like {seen}" if seen else f"it begins with {head[: len(begin)]!r}"
            return f"{looks}, where a file of this format begins with {begin!r}."
        if not tail.endswith(end) or size < len(begin) + len(end) + 4:
            return f"it does not end with {end!r}, so it is cut off or was not closed after writing ({size} bytes)."
    elif format in (*TABULAR_FORMATS, "json", "text") and seen and not (format == "text" and seen == "an HTML page"):
        return f"it looks like {seen}."
    return None


def find_invalid_utf8(path: str) -> str | None:
    """Where a file is not UTF-8, in a sentence; or None."""
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")()
    line, offset = 1, 0
    with open(path, "rb") as opened:
        while True:
            chunk = opened.read(1 << 20)
            pending = decoder.getstate()[0]
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as err:
                data = pending + chunk
                line += data.count(b"\n", 0, err.start)
                position = offset - len(pending) + err.start
                return f"it is not UTF-8: byte 0x{data[err.start]:02x} in line {line}, at offset {position}."
            if not chunk:
                return None
            line += chunk.count(b"\n")
            offset += len(chunk)


def json_problem(err: ValueError) -> str:
    """What `json` found wrong, with the line."""
    line, column = getattr(err, "lineno", None), getattr(err, "colno", None)
    return f"line {line}, column {column}: {getattr(err, 'msg', err)}." if line else f"{err}."


def first_lines(err: BaseException) -> str:
    """The text of a library's error without its own context and stack."""
    text = str(err).split("\n\n")[0].strip().replace("\n", " ")
    return text if text.endswith(".") else f"{text}."


def _find_invalid_line(path: str) -> str | None:
    import json

    with open(path, encoding="utf-8-sig") as opened:
        for number, line in enumerate(opened, start=1):
            if line.strip():
                try:
                    row = json.loads(line)
                except ValueError as err:
                    return f"line {number}: {err}."
                if not isinstance(row, dict):
                    return f"line {number} holds no JSON object, but {line.strip()[:40]!r}."
    return None


def _is_integer(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isdecimal() and digits.isascii() and (digits == "0" or not digits.startswith("0"))
