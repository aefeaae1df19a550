"""Contracts as text for tests of what reads them, and what these find."""

from __future__ import annotations

import textwrap

from wombat_tool.contracts.model import Contract, Field, SchemaObject
from wombat_tool.contracts.reader import Reading, read_bytes

NAME = "orders.odcs.yaml"
FIRST_LINE = 8
"""Where the text of a property begins in the file that `property_text` makes."""


def contract_text(more: str, *, api_version: str = "v3.2.0") -> str:
    """A contract whose four first lines are the keys that each must have."""
    head = f"apiVersion: {api_version}\nkind: DataContract\nid: orders\nversion: 1.0.0\n"
    return head + textwrap.dedent(more).lstrip("\n")


def schema_text(objects: str, *, api_version: str = "v3.2.0") -> str:
    """A contract with the objects; the first one begins in line 6."""
    return contract_text("schema:\n" + textwrap.dedent(objects).strip("\n"), api_version=api_version)


def property_text(*properties: str, api_version: str = "v3.2.0") -> str:
    """A contract with one object, "orders", of these properties, each the YAML of a mapping."""
    items = [textwrap.indent(textwrap.dedent(one).strip("\n"), "    ") for one in properties]
    listed = "".join(f"  - {item[4:]}\n" for item in items)
    return contract_text(f"schema:\n- name: orders\n  properties:\n{listed}", api_version=api_version)


def reading_of(text: str | bytes) -> Reading:
    """What is found in a contract file."""
    return read_bytes(text.encode() if isinstance(text, str) else text, name=NAME)


def errors_of(text: str | bytes) -> list[str]:
    """The mistakes in it, each as "line:column: message"."""
    return [f"{one.line}:{one.column}: {one.message}" for one in reading_of(text).errors]


def notes_of(text: str) -> list[str]:
    """What in it is not checked; there must be no mistake."""
    reading = reading_of(text)
    assert reading.errors == ()
    return [f"{one.place.line}: {one.what}: {one.why}" for one in reading.notes]


def contract_of(text: str) -> Contract:
    """The contract, in which there must be no mistake."""
    reading = reading_of(text)
    assert reading.errors == ()
    assert reading.contract is not None
    return reading.contract


def object_from(text: str) -> SchemaObject:
    """The first object of a contract."""
    return contract_of(text).objects[0]


def field_from(text: str) -> Field:
    """The first column of the first object of a contract."""
    return object_from(text).fields[0]
