"""What is written as YAML reads back as it was, with comments anywhere."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wombat_tool.contracts.problems import Problems
from wombat_tool.contracts.yaml_source import parse
from wombat_tool.inference.personal import may_be_personal
from wombat_tool.inference.yaml_text import Entry, Listing, Mapping, write_yaml

TEXT = st.one_of(
    st.sampled_from(
        ["on", "No", "y", "null", "~", "", "1.10", "1e3", "0x1", "2013-01-01", "12:30:00", "<<", "=", ".inf", "a: b", "- a"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
NUMBERS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda value: Decimal(repr(value))),
    st.integers(-(10**40), 10**40).map(Decimal),
)
SCALARS = st.one_of(TEXT, st.booleans(), st.integers(-(10**30), 10**30), NUMBERS)


def entries(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Entry]:
    """Keys with values and comments."""
    return st.builds(Entry, TEXT, values, comment=TEXT, above=st.lists(TEXT, max_size=2).map(tuple))


def mappings(values: st.SearchStrategy[Any], *, least: int = 0) -> st.SearchStrategy[Mapping]:
    """Mappings whose keys differ."""
    keys = st.lists(entries(values), min_size=least, max_size=3, unique_by=lambda entry: entry.key)
    return st.builds(Mapping, keys.map(tuple), st.lists(TEXT, max_size=1).map(tuple))


def listings(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Listing]:
    """Lists of mappings; the first key of each has no comment above it, since there is no line for it."""
    first = st.builds(Entry, st.just("name"), SCALARS, comment=TEXT)
    rest = mappings(values).filter(lambda mapping: all(entry.key != "name" for entry in mapping.entries))
    item = st.builds(lambda one, others: Mapping((one, *others.entries), others.below), first, rest)
    return st.builds(Listing, st.lists(item, min_size=1, max_size=2).map(tuple))


DOCUMENTS = mappings(st.recursive(SCALARS, lambda inner: st.one_of(mappings(inner), listings(inner)), max_leaves=6), least=1)


def plain(value: Any) -> Any:
    """The value as YAML readers give it."""
    match value:
        case Mapping():
            return {entry.key: plain(entry.value) for entry in value.entries}
        case Listing():
            return [plain(item) for item in value.items]
    return value


def as_numbers(value: Any) -> Any:
    """The value with numbers as PyYAML reads them."""
    match value:
        case dict():
            return {key: as_numbers(one) for key, one in value.items()}
        case list():
            return [as_numbers(one) for one in value]
        case Decimal():
            return float(value)
        case int() if not isinstance(value, bool):
            return float(value)
    return value


@given(document=DOCUMENTS, above=st.lists(TEXT, max_size=2))
def test_any_document_reads_back(document: Mapping, above: list[str]) -> None:
    text = write_yaml(document, above=above)

    problems = Problems("x.yaml")
    root = parse(text.encode(), problems)
    assert root is not None and not problems.errors, text
    assert root.plain() == plain(document)
    assert as_numbers(yaml.safe_load(text)) == as_numbers(plain(document))
    assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("arrived_flights", "arrived_flights", id="word"),
        pytest.param("dd.MM.yyyy", "dd.MM.yyyy", id="words"),
        pytest.param("v3.2.0", "v3.2.0", id="version-of-the-standard"),
        pytest.param("1.10", '"1.10"', id="number"),
        pytest.param("ON", '"ON"', id="boolean"),
        pytest.param("n", '"n"', id="boolean-of-yaml-1.1"),
        pytest.param("größe", '"größe"', id="umlaut"),
        pytest.param("a\u202eb\n", '"a\\u202Eb\\n"', id="invisible"),
        pytest.param(Decimal("0.10"), "0.10", id="decimal"),
        pytest.param(Decimal("1E+22"), "1.0e+22", id="exponent"),
        pytest.param(Decimal("1.25E-30"), "1.25e-30", id="negative-exponent"),
        pytest.param(Decimal(2**64 - 1), "18446744073709551615", id="integer"),
        pytest.param(Decimal(10**40 + 1), f"{10**40 + 1}", id="all-digits"),
        pytest.param(True, "true", id="true"),
        pytest.param(Mapping(()), "{}", id="empty"),
    ],
)
def test_values_are_written_so_that_people_read_them(value: Any, text: str) -> None:
    assert write_yaml(Mapping((Entry("key", value),))) == f"key: {text}\n"


# --- Names of columns -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "email", "E_MAIL", "customerEmail", "phone", "phone_number", "name", "first_name", "LastName", "surname", "ssn",
        "address", "street", "zip", "birth_date", "dateOfBirth", "dob", "iban", "credit_card", "tax_id", "ip_address",
        "Straße", "téléphone", "gender", "password", "account number", "email2", "driver_license",
    ],
)  # fmt: skip
def test_a_name_suggests_people(name: str) -> None:
    assert may_be_personal(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "id", "origin", "carrier", "tailnum", "airport_name", "fileName", "carrier_name", "arr_delay", "emailing",
        "streets_ahead", "ip", "tax", "license", "number", "renamed", "host_address", "named", "card", "价格",
    ],
)  # fmt: skip
def test_a_name_suggests_nobody(name: str) -> None:
    assert not may_be_personal(name)
