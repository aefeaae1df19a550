"""Hypothesis strategies for tables of Arrow and values of JSON."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=5), inner, max_size=3),
    max_leaves=6,
)
INT64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
# A type of Arrow, with values of it as Python writes them.
FLAT = [
    (pa.int64(), INT64),
    (pa.uint8(), st.integers(0, 255)),
    (pa.float64(), st.floats()),
    (pa.float32(), st.floats(width=32)),
    (pa.bool_(), st.booleans()),
    (pa.string(), TEXT),
    (pa.large_string(), TEXT),
    (pa.binary(), st.binary(max_size=30)),
    (pa.date32(), st.integers(-(2**31), 2**31 - 1)),
    (pa.timestamp("ns"), INT64),
    (pa.timestamp("s", "Europe/Berlin"), st.integers(-(10**12), 10**12)),
    (pa.duration("us"), INT64),
    (pa.time64("us"), st.integers(0, 86_399_999_999)),
    (pa.decimal128(10, 3), st.decimals(-1000, 1000, places=3)),
    (pa.null(), st.none()),
]
NESTED = [
    *((pa.list_(type), st.lists(st.none() | values, max_size=4)) for type, values in FLAT),
    *((pa.struct({"a": type, "": pa.int8()}), st.fixed_dictionaries({"a": values})) for type, values in FLAT),
    (pa.map_(pa.string(), pa.int64()), st.lists(st.tuples(TEXT, st.none() | INT64), max_size=4)),
]


@st.composite
def tables(draw: st.DrawFn, kinds: list[Any]) -> pa.Table:
    """Tables of up to six columns of any of the types and up to five rows."""
    rows = draw(st.integers(0, 5))
    names = draw(st.lists(TEXT, max_size=6))
    arrays = []
    for _ in names:
        type, values = draw(st.sampled_from(kinds))
        arrays.append(pa.array(draw(st.lists(st.none() | values, min_size=rows, max_size=rows)), type))
    return pa.Table.from_arrays(arrays, names=names)
