"""A data contract as Wombat understands it: what an ODCS file promises, defaults applied, names as the data has them.

Everything here is immutable and comparable. The reader makes it from a file; validation, comparison and code
generation read it and know nothing of YAML.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Optional, Union

Scalar = Union[str, bool, Decimal, datetime.date, datetime.datetime, datetime.time]
"""A value that a contract names. Numbers are decimals, so that 0.1 is the number that was written."""


class LogicalType(Enum):
    """ODCS v3.2, `logicalType`."""

    STRING = "string"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIME = "time"
    NUMBER = "number"
    INTEGER = "integer"
    OBJECT = "object"
    ARRAY = "array"
    BOOLEAN = "boolean"
    MAP = "map"
    VECTOR = "vector"


class Family(Enum):
    """What kind of values a physical type holds, whatever the system calls it."""

    INTEGER = "integer"
    FLOAT = "float"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    STRING = "string"
    BINARY = "binary"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    LIST = "list"
    STRUCT = "struct"
    MAP = "map"


@dataclass(frozen=True)
class PhysicalType:
    """A physical type, as "varchar(18)", "DECIMAL(10,2)" or "timestamp[us, tz=UTC]", in its parts.

    :param text: as written in the contract.
    :param bits: of an integer or a float; None where any width will do.
    :param max_length: of a string, in characters.
    :param with_timezone: of a timestamp; None where the type leaves it open.
    :param precision: of a decimal, all digits; `scale` are those behind the point.
    """

    text: str
    family: Family
    bits: Optional[int] = None
    is_signed: bool = True
    max_length: Optional[int] = None
    precision: Optional[int] = None
    scale: Optional[int] = None
    with_timezone: Optional[bool] = None


class Severity(Enum):
    """How bad a violation is, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Environment(Enum):
    """Where data is made, see `[wombat].environment`."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Treatment(Enum):
    """What the contract asks to be made of a rule in an environment: not to check it, or a severity."""

    OFF = "off"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Handling:
    """The custom properties `wombat.development` and `wombat.production`, from the nearest place outwards.

    :param entries: (environment, rule or None for all rules, treatment); the first entry that fits a rule decides. Those
        of a column stand before those of its object, and those before the ones of the contract.
    """

    entries: tuple[tuple[Environment, Optional[str], Treatment], ...] = ()

    def treatment(self, environment: Environment, rule: str) -> Optional[Treatment]:
        """What the contract asks for; None where it does not say."""
        for where, name, treatment in self.entries:
            if where is environment and name in (None, rule):
                return treatment
        return None


@dataclass(frozen=True)
class Place:
    """A place in a contract file; lines and columns count from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


NOWHERE = Place("", 0)


@dataclass(frozen=True)
class Bound:
    """An end of a range."""

    value: Scalar
    inclusive: bool = True


class Metric(Enum):
    """ODCS v3.2, the standard library of quality metrics."""

    ROW_COUNT = "rowCount"
    NULL_VALUES = "nullValues"
    MISSING_VALUES = "missingValues"
    INVALID_VALUES = "invalidValues"
    DUPLICATE_VALUES = "duplicateValues"


class Operator(Enum):
    """How the value of a metric or query is held against a number, or another value."""

    BE = "mustBe"
    NOT_BE = "mustNotBe"
    GREATER = "mustBeGreaterThan"
    GREATER_OR_EQUAL = "mustBeGreaterOrEqualTo"
    LESS = "mustBeLessThan"
    LESS_OR_EQUAL = "mustBeLessOrEqualTo"
    BETWEEN = "mustBeBetween"
    NOT_BETWEEN = "mustNotBeBetween"


@dataclass(frozen=True)
class Threshold:
    """One condition on a metric or on the result of a query.

    :param value: of BETWEEN and NOT_BETWEEN the lower end; `upper` is the other. Both ends are included: of the two things
        that the standard says of them, "∈ [0, 100]" and "greater than and less than", other tools, too, follow the first.
    """

    operator: Operator
    value: Scalar
    upper: Optional[Scalar] = None


@dataclass(frozen=True)
class QualityRule:
    """A quality rule that can be checked: exactly one of `metric` and `query` is set.

    :param name: for people and for `Handling`: the rule's own `id` or `name`, or the metric, or "sql".
    :param thresholds: all must hold.
    :param is_percent: whether the metric is held against the thresholds in percent of rows (0 to 100).
    :param columns: the columns that a metric is of; several for duplicates of a combination; none for `rowCount`.
    :param missing_values: what counts as missing besides null, for `missingValues`; None in it stands for null.
    :param valid_values: what is valid, for `invalidValues`; with `pattern`, both must hold.
    :param query: SQL for DuckDB with the placeholders `{object}` and `{property}` (also written `${table}`, `${column}`).
    """

    name: str
    metric: Optional[Metric] = None
    query: Optional[str] = None
    thresholds: tuple[Threshold, ...] = ()
    is_percent: bool = False
    columns: tuple[str, ...] = ()
    missing_values: tuple[Optional[Scalar], ...] = ()
    valid_values: Optional[tuple[Scalar, ...]] = None
    pattern: Optional[str] = None
    severity: Severity = Severity.ERROR
    handling: Handling = Handling()
    description: str = field(default="", compare=False)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Field:
    """A column, a member of an object, or (with an empty name) the items of an array, the keys or values of a map.

    :param name: as the data has it: `physicalName` where the contract gives one.
    :param logical_type: None where the contract leaves it open. What the contract calls a date is a timestamp or a time
        here if its physical type or its format is one: v3.0 of the standard had no other way to say so.
    :param required: whether null is forbidden; also true of the columns of a primary key.
    :param unique: whether no value may appear twice; null may.
    :param enum: the values allowed; null is a matter of `required`.
    :param pattern: a regular expression that is searched for in the text, as JSON Schema has it.
    :param format: of `string` one of FORMATS or a name that is only documentation; of `integer` and `number` "i32", "f64"
        and so on; of dates and times a pattern of Java's DateTimeFormatter, in which text holds them.
    :param minimum: of numbers a Decimal, of dates and times what they are.
    :param with_timezone: of a timestamp, the option `timezone`; None where the contract leaves it open.
    :param required_members: of an object, `logicalTypeOptions.required`, by the names in the data; those among `fields` are
        `required` themselves.
    :param is_sensitive: whether no value may ever be printed: it is sensitive itself, or what it is in, or something in it.
    """

    name: str
    logical_type: Optional[LogicalType] = None
    physical_type: Optional[PhysicalType] = None
    required: bool = False
    unique: bool = False
    enum: Optional[tuple[Scalar, ...]] = None
    min_length: Optional[int] = None
    max_length: Optional[int] = None
    pattern: Optional[str] = None
    format: Optional[str] = None
    minimum: Optional[Bound] = None
    maximum: Optional[Bound] = None
    multiple_of: Optional[Decimal] = None
    with_timezone: Optional[bool] = None
    default_timezone: Optional[str] = None
    min_items: Optional[int] = None
    max_items: Optional[int] = None
    unique_items: bool = False
    min_properties: Optional[int] = None
    max_properties: Optional[int] = None
    required_members: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    items: Optional[Field] = None
    map_key: Optional[Field] = None
    map_value: Optional[Field] = None
    dimensions: Optional[int] = None
    element_type: Optional[str] = None
    is_sensitive: bool = False
    quality: tuple[QualityRule, ...] = ()
    handling: Handling = Handling()
    description: str = field(default="", compare=False)
    is_deprecated: bool = field(default=False, compare=False)
    place: Place = field(default=NOWHERE, compare=False)


FORMATS = ("email", "uuid", "uri", "hostname", "ipv4", "ipv6", "byte")
"""The formats of text that are checked, besides those of dates and times: RFC 5322 (the address alone), RFC 4122, RFC 3986,
RFC 1123, RFC 791, RFC 4291, RFC 4648 (base64)."""


@dataclass(frozen=True)
class Relationship:
    """A foreign key: each combination of values of `columns` in which none is null is in `to_columns` of an object.

    :param to_file: the contract file of the object, relative to this contract's own; None for this contract.
    """

    columns: tuple[str, ...]
    to_object: str
    to_columns: tuple[str, ...]
    to_file: Optional[str] = None
    handling: Handling = Handling()
    place: Place = field(default=NOWHERE, compare=False)


class Layout(Enum):
    """How a JSON document is a table (custom property `wombat.layout`)."""

    ROWS = "rows"
    """An array of objects, one a row."""
    DOCUMENT = "document"
    """One row: the object itself."""
    ENTRIES = "entries"
    """An object as a map: a row with the columns `key` and `value` for each member."""


@dataclass(frozen=True)
class NotChecked:
    """Something in a contract that nothing here can check: said, so that nobody relies on it."""

    what: str
    why: str
    place: Place = NOWHERE


@dataclass(frozen=True)
class SchemaObject:
    """What a contract says of one dataset.

    :param name: its name in the contract; `physical_name` is the other name it can be asked for by.
    :param primary_key: the columns, in the order of `primaryKeyPosition`; together they are unique, and none is null.
    :param allows_extra_columns: whether the data may have columns that are not named (`wombat.extraColumns`).
    :param null_values: texts that mean null in CSV (`wombat.nullValues`); None for those that steps get as null.
    :param data_format: of the files in a dataset with format="directory" (`wombat.format`): "parquet", "csv", "jsonl" or
        "arrow"; None for a directory that is a tree of any files.
    :param may_sample: whether development may read a part of large data (`wombat.sampling`).
    """

    name: str
    physical_name: Optional[str] = None
    fields: tuple[Field, ...] = ()
    primary_key: tuple[str, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    quality: tuple[QualityRule, ...] = ()
    allows_extra_columns: bool = True
    null_values: Optional[tuple[str, ...]] = None
    layout: Optional[Layout] = None
    data_format: Optional[str] = None
    may_sample: bool = True
    handling: Handling = Handling()
    not_checked: tuple[NotChecked, ...] = field(default=(), compare=False)
    description: str = field(default="", compare=False)
    is_deprecated: bool = field(default=False, compare=False)
    place: Place = field(default=NOWHERE, compare=False)

    def field_named(self, name: str) -> Optional[Field]:
        """The column of that name."""
        return next((one for one in self.fields if one.name == name), None)


@dataclass(frozen=True)
class Contract:
    """A contract file.

    :param file: as messages call it: the path from the root of the repository.
    :param documentation: everything else that the file says, for telling whether two differ only in that.
    """

    file: str
    id: str
    version: str
    api_version: str
    name: Optional[str] = None
    status: Optional[str] = None
    objects: tuple[SchemaObject, ...] = ()
    documentation: str = ""
