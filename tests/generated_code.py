"""Contracts as code makes them, and what the source that is generated for them does."""

from __future__ import annotations

import sys
import typing
from types import ModuleType
from typing import Any

import pytest

from wombat_tool.contracts.model import Contract, Field, LogicalType, SchemaObject

FILE = "etl/flights.odcs.yaml"


def contract(*fields: Field, name: str = "arrived_flights", **parts: Any) -> Contract:
    """A contract of one object."""
    return contract_of(SchemaObject(name, fields=fields, **parts))


def contract_of(*objects: SchemaObject) -> Contract:
    """A contract of several objects."""
    return Contract(file=FILE, id="flights", version="1.0.0", api_version="v3.1.0", objects=objects)


def column(name: str, type: LogicalType | None = LogicalType.STRING, **parts: Any) -> Field:
    """A column; of text if nothing else is said."""
    return Field(name, type, **parts)


def loaded(source: str) -> ModuleType:
    """The module with that source."""
    module = ModuleType("flights_odcs")
    # `typing.get_type_hints` looks for the module by its name.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, module.__name__, module)
        exec(compile(source, "flights_odcs.py", "exec"), module.__dict__)
    return module


def hints(module: ModuleType, name: str) -> dict[str, Any]:
    """The types of the fields of a class."""
    return typing.get_type_hints(getattr(module, name), module.__dict__)
