"""Reads the rows of a table as instances of a class: a dataclass, NamedTuple, TypedDict or pydantic model."""

from __future__ import annotations

from wombat_step._convert import Conversions
from wombat_step._errors import AnnotationError, InputRowError, did_you_mean, join_names, short_repr
from wombat_step._libraries import has, load
from wombat_step._mismatch import Mismatch, UnsupportedAnnotation
from wombat_step._read_plain import csv_header, csv_rows, jsonl_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from wombat_step._records import Field, Record
    from wombat_step._source import Source

# Rows of a typed column that are Python objects at once.
_BATCH_ROWS = 8_192
_ABSENT = object()


class _Refused(Exception):
    """A row does not fit: what is wrong, and how to mend it."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem, mend)
        self.problem = problem
        self.mend = mend


def typed_rows(source: Source, cls: Any, why: str) -> Iterator[Any]:
    """The rows as instances of the class, which are made when they are taken; the files' columns are checked at once.

    :param why: what needs a library, should it be missing.
    :raises InputRowError: if the columns or a row do not fit the class.
    :raises AnnotationError: if nothing can be checked against the annotation of one of its fields.
    """
    from wombat_step._pydantic import is_model

    rows = _ModelRows(source, cls, why) if is_model(cls) else _RecordRows(source, cls, why)
    rows.check_columns()
    return iter(rows)


class _Rows:
    """What is common to all kinds of classes."""

    parse_float: Callable[[str], float] | None = None

    def __init__(self, source: Source, cls: Any, why: str) -> None:
        self.source = source
        self.cls = cls
        self.why = why

    def __iter__(self) -> Iterator[Any]:
        has_rows = False
        for file, path in enumerate(self.source.files):
            make = self.maker(file)
            for number, (line, row) in enumerate(self._raw(path), start=1):
                has_rows = True
                try:
                    instance = make(row)
                except _Refused as err:
                    where = f", row {number}{f' (line {line})' if line else ''}"
                    raise self.error(err.problem, err.mend, file=path, row=where) from err.__cause__
                yield instance
        if has_rows:
            self.check_seen()

    def maker(self, file: int) -> Callable[[dict[str, Any]], Any]:
        """What makes instances of the rows of a file, by its number; it raises `_Refused`."""
        raise NotImplementedError

    def check_columns(self) -> None:
        """Raise if no file has a column that the class needs."""

    def check_seen(self) -> None:
        """Raise if no row had a column that the class needs."""

    def error(self, problem: str, mend: str, *, file: str | None = None, row: str = "") -> InputRowError:
        """The error to raise for the input, or for a row of one of its files."""
        parameter = self.source.input.parameter
        return InputRowError(parameter=parameter, path=self.source.shown(file), row=row, problem=problem, mend=mend)

    def columns(self) -> list[str]:
        """The columns of all files, in the order in which they first appear."""
        names: dict[str, None] = {}
        for path, partition in zip(self.source.files, self.source.partitions):
            names.update(dict.fromkeys(self._columns_of(path)))
            names.update(dict.fromkeys(partition))
        return list(names)

    def _columns_of(self, path: str) -> Iterable[str]:
        source = self.source
        if source.format == "csv":
            try:
                return csv_header(path)
            except UnicodeDecodeError as err:
                raise source.diagnose(err) from err
            except ValueError as err:
                raise source.error(f"{err}", file=path, mend="Correct the file.") from err
        if self._has_polars_alone():
            return self._scanned(path).collect_schema().names()  # type: ignore[no-any-return]
        from wombat_step._read_arrow import open_stream

        schema, _ = open_stream(source, path, load("pyarrow", why=self.why), self.why)
        return schema.names  # type: ignore[no-any-return]

    def _raw(self, path: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The rows of a file as they are, each with the number of its line, or 0 where there are no lines."""
        if self.source.format == "csv":
            records = csv_rows(self.source, path)
            _, names = next(records)
            for line, record in records:
                yield line, dict(zip(names, record))
        elif self.source.format == "jsonl":
            yield from jsonl_rows(self.source, path, self.parse_float)
        elif self._has_polars_alone():
            try:
                frame = self._scanned(path).collect()
            except Exception as err:
                raise self.source.diagnose(err) from err
            for row in frame.iter_rows(named=True):
                yield 0, row
        else:
            yield from self._raw_of_arrow(path)

    def _raw_of_arrow(self, path: str) -> Iterator[tuple[int, dict[str, Any]]]:
        from wombat_step._read_arrow import guarded, open_stream

        pa = load("pyarrow", why=self.why)
        schema, batches = open_stream(self.source, path, pa, self.why)
        for batch in guarded(batches, self.source):
            for start in range(0, batch.num_rows, _BATCH_ROWS):
                part = batch.slice(start, _BATCH_ROWS)
                columns = [_in_microseconds(column, pa).to_pylist() for column in part.columns]
                # A table without columns has rows, too.
                for values in zip(*columns) if columns else [()] * part.num_rows:
                    yield 0, dict(zip(schema.names, values))

    def _has_polars_alone(self) -> bool:
        return not has("pyarrow") and has("polars")

    def _scanned(self, path: str) -> Any:
        from wombat_step._read_frames import scan

        return scan(load("polars", why=self.why), path, self.source.format)


class _RecordRows(_Rows):
    """Rows of a dataclass, NamedTuple or TypedDict."""

    def __init__(self, source: Source, cls: Any, why: str) -> None:
        super().__init__(source, cls, why)
        conversions = Conversions(is_row=True, is_text=source.format == "csv")
        self.record = conversions.record(cls)
        if conversions.needs_digits:
            from wombat_step._moments import JsonNumber

            self.parse_float = JsonNumber
        # Columns that no row had so far, where the files do not tell and a row may lack one.
        nullable = (column for column, one in self.record.fields.items() if one.is_nullable and not one.is_optional)
        self.unseen = set(nullable if source.format == "jsonl" else ())

    def maker(self, file: int) -> Callable[[dict[str, Any]], Any]:
        texts = self.source.partition_texts[file]
        fixed = self._fixed(texts, self.source.files[file])
        fields = [field for column, field in self.record.fields.items() if column not in texts]
        unseen = self.unseen
        unseen.difference_update(texts)
        build = self.record.build

        def make(row: dict[str, Any]) -> Any:
            arguments = dict(fixed)
            if unseen:
                unseen.difference_update(row)
            for field in fields:
                value = row.get(field.column, _ABSENT)
                if value is _ABSENT:
                    if field.is_nullable and not field.is_optional:
                        arguments[field.name] = None
                    elif not field.is_optional:
                        raise self._absent(field, row)
                    continue
                try:
                    arguments[field.name] = field.convert(value, field.at)
                except Mismatch as err:
                    raise self._refused(field, value, err) from err
                except UnsupportedAnnotation as err:
                    raise self._unsupported(err) from err
            try:
                return build(arguments)
            except ValueError as err:
                problem = f"{self._name} refuses {short_repr(arguments)}: {err}."
                raise _Refused(problem, f"Correct the data, or what {self._name} checks.") from err

        return make

    def check_columns(self) -> None:
        if self.source.format == "jsonl":
            return  # Its rows tell, one by one.
        columns = self.columns()
        missing = [one for one in self.record.fields.values() if one.column not in columns and not one.is_optional]
        if missing:
            raise self._missing(missing, columns)

    def check_seen(self) -> None:
        if self.unseen:
            missing = [one for one in self.record.fields.values() if one.column in self.unseen]
            raise self._missing(missing, [])

    @property
    def _name(self) -> str:
        return str(self.cls.__qualname__)

    def _missing(self, fields: list[Field], columns: list[str]) -> InputRowError:
        names = [one.column for one in fields]
        near = did_you_mean(names[0], columns) if len(names) == 1 else ""
        known = f" Its columns: {join_names(columns)}." if columns else ""
        return self.error(
            f"no row has the {_plural('column', names)} {join_names(names)}, which {self._name} asks for.{near}{known}",
            f"Rename the {_plural('field', names)}, give {'it a default' if len(names) == 1 else 'them defaults'}, "
            "or correct the dataset.",
        )

    def _absent(self, field: Field, row: Mapping[str, Any]) -> _Refused:
        return _Refused(
            f"it has no {field.at}, and {self._name}.{field.name} is annotated {field.annotation}."
            f"{did_you_mean(field.column, list(row))} Its columns: {join_names(row)}.",
            "Annotate it Optional[...] or give it a default if it may be missing, or correct the data.",
        )

    def _refused(self, field: Field, value: object, err: Mismatch) -> _Refused:
        if value is None:
            return _Refused(
                f"{field.at} has no value, and {self._name}.{field.name} is annotated {field.annotation}.",
                f"Annotate it Optional[{field.annotation}] if values may be missing, or correct the data.",
            )
        return _Refused(f"{err}", f"Correct the data, or the annotation of {self._name}.{field.name}.")

    def _fixed(self, texts: Mapping[str, str | None], path: str) -> dict[str, Any]:
        """The arguments that are in the path of a file."""
        of_text: Record = Conversions(is_row=True, is_text=True).record(self.cls)
        fixed = {}
        for column, text in texts.items():
            field = of_text.fields.get(column)
            if field is None:
                continue
            try:
                fixed[field.name] = field.convert(text, field.at)
            except Mismatch as err:
                refused = self._refused(field, text, err)
                raise self.error(refused.problem, refused.mend, file=path) from err
            except UnsupportedAnnotation as err:
                raise self._unsupported(err) from err
        return fixed

    def _unsupported(self, err: UnsupportedAnnotation) -> AnnotationError:
        return AnnotationError(
            f"The rows of input {self.source.input.parameter!r} cannot be read as {self._name}: {err}"
        )


class _ModelRows(_Rows):
    """Rows of a pydantic model, which checks and converts them itself."""

    def maker(self, file: int) -> Callable[[dict[str, Any]], Any]:
        from wombat_step._pydantic import refusal, validated

        cls = self.cls
        # In a CSV file all values are text.
        is_text = self.source.format == "csv"
        fixed: Mapping[str, Any] = (self.source.partition_texts if is_text else self.source.partitions)[file]

        def make(row: dict[str, Any]) -> Any:
            if fixed:
                row.update(fixed)
            try:
                return validated(cls, row)
            except Exception as err:
                raise self._refused(row, *refusal(err)) from err

        return make

    def _refused(self, row: dict[str, Any], location: list[object], message: str, is_missing: bool) -> _Refused:
        model = self.cls.__qualname__
        column = str(location[0]) if location else ""
        message = message.rstrip(".")
        if is_missing:
            where = ".".join(str(one) for one in location)
            return _Refused(
                f"it has no column {where!r}, which {model} asks for.{did_you_mean(column, list(row))} "
                f"Its columns: {join_names(row)}.",
                "Give the field an alias, or a default if it may be missing, or correct the data.",
            )
        value = f", but was {short_repr(row[column])} ({type(row[column]).__name__})" if column in row else ""
        subject = "".join(f"[{one!r}]" for one in location[1:])
        problem = f"column {column!r}{subject}: {message}{value}." if column else f"{model} refuses it: {message}."
        return _Refused(problem, f"Correct the data, or the model {model}.")


def _plural(noun: str, several: list[str]) -> str:
    return noun if len(several) == 1 else f"{noun}s"


def _in_microseconds(column: Any, pa: Any) -> Any:
    """The column as Python has its values: times to the microsecond, as long as no digit is lost."""
    type = column.type
    if getattr(type, "unit", "") != "ns":
        return column
    zone = getattr(type, "tz", None)
    coarse = {"timestamp": pa.timestamp("us", tz=zone), "duration": pa.duration("us"), "time64": pa.time64("us")}
    try:
        return column.cast(coarse[str(type).partition("[")[0]])
    except pa.ArrowInvalid:
        return column
