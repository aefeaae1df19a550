"""Reads the names that databases, file formats and libraries give to their types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Optional

from wombat_tool.contracts.model import Family, PhysicalType

_Parts = Mapping[str, Any]


def _all(family: Family, names: str, **parts: Any) -> dict[str, _Parts]:
    return {name: {"family": family, **parts} for name in names.replace("\n", " ").split(", ")}


_INTEGERS: dict[str, _Parts] = {
    **_all(Family.INTEGER, "tinyint, byteint, byte", bits=8),
    **_all(Family.INTEGER, "smallint, int2, int16, short, smallserial, serial2, year", bits=16),
    **_all(Family.INTEGER, "mediumint, int3, int24", bits=24),
    **_all(Family.INTEGER, "int, integer, int4, int32, serial, serial4, signed", bits=32),
    **_all(Family.INTEGER, "bigint, int64, long, serial8, bigserial", bits=64),
    **_all(Family.INTEGER, "hugeint, int128, largeint", bits=128),
    # To PostgreSQL and those that follow it int8 has eight bytes, to Arrow, numpy and polars eight bits.
    **_all(Family.INTEGER, "int8"),
    **_all(Family.INTEGER, "int256, varint, bignum", bits=None),
    **_all(Family.INTEGER, "uint8, utinyint", bits=8, is_signed=False),
    **_all(Family.INTEGER, "uint16, usmallint", bits=16, is_signed=False),
    **_all(Family.INTEGER, "uint32, uinteger, uint", bits=32, is_signed=False),
    **_all(Family.INTEGER, "uint64, ubigint", bits=64, is_signed=False),
    **_all(Family.INTEGER, "uint128, uhugeint", bits=128, is_signed=False),
}
_WIDE_INTEGERS = ("tinyint", "byteint", "smallint", "int", "integer", "bigint")

_TYPES: dict[str, _Parts] = {
    **_INTEGERS,
    # A plain float has 32 bits to some systems and 64 to others, and so has real.
    **_all(Family.FLOAT, "float, real"),
    **_all(Family.FLOAT, "float16, half, halffloat, half_float, bfloat16", bits=16),
    **_all(Family.FLOAT, "float32, float4, binary_float, single", bits=32),
    **_all(Family.FLOAT, "float64, float8, double, double precision, binary_double", bits=64),
    **_all(Family.DECIMAL, "decimal, numeric, number, dec, fixed, bignumeric, bigdecimal"),
    **_all(Family.DECIMAL, "decimal32, decimal64, decimal128, decimal256"),
    **_all(Family.DECIMAL, "money", precision=19, scale=4),
    **_all(Family.DECIMAL, "smallmoney", precision=10, scale=4),
    **_all(Family.BOOLEAN, "boolean, bool, bool_, bool8, logical, bit"),
    **_all(Family.STRING, "char, character, nchar, national char, national character, bpchar"),
    **_all(Family.STRING, "varchar, character varying, char varying, nvarchar, varchar2, nvarchar2, national varchar"),
    **_all(Family.STRING, "national character varying, string, str, utf8, large_string, large_utf8, string_view, utf8_view"),
    **_all(Family.STRING, "text, mediumtext, longtext, ntext, clob, nclob, dbclob, character large object, citext, xml"),
    **_all(Family.STRING, "tinytext", max_length=255),
    **_all(Family.STRING, "sysname", max_length=128),
    **_all(Family.STRING, "enum, set, category, categorical, fixedstring, uuid, uniqueidentifier"),
    **_all(Family.BINARY, "binary, varbinary, binary varying, bytea, bytes, blob, tinyblob, mediumblob, longblob"),
    **_all(Family.BINARY, "binary large object, raw, long raw, image, large_binary, binary_view, fixed_size_binary"),
    **_all(Family.BINARY, "rowversion, bfile"),
    **_all(Family.DATE, "date, date32, date64"),
    **_all(Family.TIME, "time, time32, time64, time without time zone, time_millis, time_micros", with_timezone=False),
    **_all(Family.TIME, "timetz, time with time zone", with_timezone=True),
    **_all(Family.TIMESTAMP, "timestamp, int96, timestamp_millis, timestamp_micros, datetime64"),
    **_all(Family.TIMESTAMP, "timestamp without time zone, timestamp_ntz, timestampntz, datetime", with_timezone=False),
    **_all(Family.TIMESTAMP, "datetime2, smalldatetime, timestamp_s, timestamp_ms, timestamp_us", with_timezone=False),
    **_all(Family.TIMESTAMP, "timestamp_ns", with_timezone=False),
    **_all(Family.TIMESTAMP, "timestamptz, timestamp with time zone, timestamp_tz, timestamp_ltz", with_timezone=True),
    **_all(Family.TIMESTAMP, "timestampltz, timestamp with local time zone, datetimeoffset", with_timezone=True),
    **_all(Family.LIST, "list, array, large_list, fixed_size_list, list_view, large_list_view, vector, halfvec"),
    **_all(Family.STRUCT, "struct, row, record, tuple"),
    **_all(Family.MAP, "map"),
}

# What the same name means elsewhere, by the type of server that the contract names (ODCS, `servers`).
_ANY_WHOLE: _Parts = {"family": Family.DECIMAL, "precision": 38, "scale": 0}
_ANY_INTEGER: _Parts = {"family": Family.INTEGER}
_EIGHT_BYTES = {"int8": {"family": Family.INTEGER, "bits": 64}}
_NO_ZONE = {"timestamp": {"family": Family.TIMESTAMP, "with_timezone": False}}
_ZONE = {"timestamp": {"family": Family.TIMESTAMP, "with_timezone": True}}
_DOUBLE = {"family": Family.FLOAT, "bits": 64}
_SINGLE = {"family": Family.FLOAT, "bits": 32}
_POSTGRES: dict[str, _Parts] = {**_EIGHT_BYTES, **_NO_ZONE, "float": _DOUBLE, "real": _SINGLE}
_SPARK: dict[str, _Parts] = {**_ZONE, "float": _SINGLE, "real": _SINGLE}
_SQL_SERVER: dict[str, _Parts] = {
    "tinyint": {"family": Family.INTEGER, "bits": 8, "is_signed": False},
    "float": _DOUBLE,
    "real": _SINGLE,
    # A synonym of rowversion.
    "timestamp": {"family": Family.BINARY},
}
_DIALECTS: dict[str, dict[str, _Parts]] = {
    "postgres": _POSTGRES,
    "postgresql": _POSTGRES,
    "redshift": _POSTGRES,
    "duckdb": {**_EIGHT_BYTES, **_NO_ZONE, "float": _SINGLE, "real": _SINGLE},
    "mysql": {**_EIGHT_BYTES, "float": _SINGLE, "real": _DOUBLE},
    "trino": {**_NO_ZONE, "real": _SINGLE},
    "presto": {**_NO_ZONE, "real": _SINGLE},
    "athena": {**_NO_ZONE, "float": _SINGLE, "real": _SINGLE},
    "databricks": _SPARK,
    "hive": {"float": _SINGLE},
    "bigquery": {
        **dict.fromkeys(_WIDE_INTEGERS, {"family": Family.INTEGER, "bits": 64}),
        **_ZONE,
        "float": _DOUBLE,
    },
    "snowflake": {
        **dict.fromkeys(_WIDE_INTEGERS, _ANY_INTEGER),
        **dict.fromkeys(("float", "float4", "real"), _DOUBLE),
        **dict.fromkeys(("number", "numeric", "decimal", "dec"), _ANY_WHOLE),
    },
    "oracle": {
        **dict.fromkeys(("int", "integer", "smallint"), _ANY_INTEGER),
        **_NO_ZONE,
        "date": {"family": Family.TIMESTAMP, "with_timezone": False},
        "long": {"family": Family.STRING},
    },
    "sqlserver": _SQL_SERVER,
    "synapse": _SQL_SERVER,
}

_LENGTH_ONE = ("char", "character", "nchar", "national char", "national character")
# A type around another that says nothing of its values.
_WRAPPERS = ("nullable", "lowcardinality", "dictionary")
_SUFFIXES = re.compile(
    r"\s+(?:not\s+null|null|primary\s+key|unsigned\s+zerofill|zerofill|(?:character\s+set|charset|collate)\s+\S+"
    r"|auto_increment|identity)$"
)
_NUMPY = re.compile(r"[<>|=]([a-zA-Z])(\d*)(\[.*\])?")
_NUMPY_KINDS = {"i": "int", "u": "uint", "f": "float", "S": "binary", "U": "string", "M": "datetime64", "b": "bool"}
_LONGEST = 1000


class _Written(NamedTuple):
    """A type's name in its parts: `name` brackets(`inner`) `rest`."""

    name: str
    bracket: str
    inner: str
    rest: str


def parse_physical_type(text: str, *, dialect: Optional[str] = None) -> Optional[PhysicalType]:
    """The parts of a physical type; None if no system known here has it.

    Case and blanks do not matter. Where systems disagree on a name, as on `float`, and the dialect does not tell, the
    part in question is None.

    :param dialect: the `type` of the server, as "postgres", if it is known.

    >>> parse_physical_type("varchar(18)")
    PhysicalType(text='varchar(18)', family=<Family.STRING: 'string'>, bits=None, is_signed=True, max_length=18, ...
    """
    parts = _parts(text.strip(), _DIALECTS.get((dialect or "").lower(), {}))
    return None if parts is None else PhysicalType(text=text, **parts)


def _parts(text: str, dialect: Mapping[str, _Parts]) -> Optional[_Parts]:
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST].partition('<')[0].partition('(')[0]}"
    numpy = _NUMPY.fullmatch(text)
    if numpy is not None:
        return _numpy_parts(numpy)
    words = " ".join(text.lower().split())
    while (shorter := _SUFFIXES.sub("", words)) != words:
        words = shorter
    for library in ("[pyarrow]", "[python]", "[pyarrow_numpy]"):
        words = words.removesuffix(library)
    if re.search(r"(?:\[\d*\]|\barray(?:\[\d+\])?)$", words) and not re.fullmatch(r"fixed_size_binary\s?\[\d+\]", words):
        return {"family": Family.LIST}
    written = _written(words)
    if written is None:
        return None
    name = re.sub(r"^(?:pl|pa|np|pd|polars|pyarrow|numpy|pandas)\.", "", written.name)
    if name in _WRAPPERS:
        return _parts(_wrapped(written.inner), dialect)
    is_unsigned = written.rest == "unsigned" or name.endswith(" unsigned")
    name = name.removesuffix(" unsigned").removesuffix(" signed")
    if written.rest and not is_unsigned:
        name = f"{name} {written.rest}"
    if name.endswith("type") and name.removesuffix("type") in _TYPES:
        name = name.removesuffix("type")
    found = dialect.get(name) or _TYPES.get(name)
    if found is None:
        return None
    return _with_arguments(name, dict(found, **({"is_signed": False} if is_unsigned else {})), written)


def _written(words: str) -> Optional[_Written]:
    found = re.fullmatch(r"([^(<\[]*?)\s?(?:([(<\[])(.*)[)>\]]\s?([a-z ]*))?", words)
    if found is None or not found.group(1):
        return None
    return _Written(found.group(1), found.group(2) or "", (found.group(3) or "").strip(), (found.group(4) or "").strip())


def _wrapped(inner: str) -> str:
    values = re.search(r"values=(.*?)(?:, indices=|$)", inner)
    if values:
        return values.group(1)
    # Some write the type of the indices first.
    index = re.fullmatch(r"u?int\d+\s?,\s?(.*)", inner)
    return index.group(1) if index else inner


def _numpy_parts(found: re.Match[str]) -> Optional[_Parts]:
    kind, digits, unit = found.groups()
    name = _NUMPY_KINDS.get(kind)
    if name is None:
        return None
    size = int(digits) if digits and len(digits) < 6 else 0
    if name == "string":
        return {"family": Family.STRING, "max_length": size or None}
    if name in ("int", "uint", "float"):
        family = Family.FLOAT if name == "float" else Family.INTEGER
        return {"family": family, "bits": size * 8 or None, "is_signed": name != "uint"}
    return {**_TYPES[name], **({"with_timezone": False} if name == "datetime64" else {})}


def _with_arguments(name: str, parts: dict[str, Any], written: _Written) -> Optional[_Parts]:
    arguments = [re.sub(r"^\w+\s?=\s?", "", one.strip()) for one in written.inner.split(",")] if written.inner else []
    numbers = [int(one) for one in arguments if re.fullmatch(r"-?\d{1,9}", one)]
    family = parts["family"]
    if family is Family.STRING and "max_length" not in parts and name not in ("enum", "set"):
        length = re.match(r"\d{1,9}(?=\s?(?:char|byte|$))", arguments[0]) if arguments else None
        if length:
            parts["max_length"] = int(length.group())
        elif not arguments and name in _LENGTH_ONE:
            parts["max_length"] = 1
    elif family is Family.DECIMAL and numbers:
        parts["precision"], parts["scale"] = numbers[0], numbers[1] if len(numbers) > 1 else 0
    elif family is Family.FLOAT and name == "float" and len(numbers) == 1:
        # SQL: a precision in binary digits.
        parts["bits"] = 32 if numbers[0] <= 24 else 64
    elif family is Family.BOOLEAN and name == "bit" and numbers and numbers[0] > 1:
        return None
    elif family is Family.TIMESTAMP and written.bracket:
        _add_timezone(name, parts, written, arguments)
    return parts


def _add_timezone(name: str, parts: dict[str, Any], written: _Written, arguments: list[str]) -> None:
    """Arrow, pandas and polars name the zone, or leave it out where there is none."""
    zones = [one for one in arguments if one != "none" and not re.fullmatch(r"['\"]?(?:\d+|[nmuμµ]?s)['\"]?", one)]
    if zones:
        parts["with_timezone"] = True
    elif written.bracket == "[" or name == "datetime64":
        parts["with_timezone"] = False
