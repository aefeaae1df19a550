"""What other programs need to know of a contract."""

from __future__ import annotations

import posixpath
from typing import Any, Optional

from wombat_tool.contracts.model import Contract, Relationship, SchemaObject
from wombat_tool.contracts.reader import Reading

_VERSION = 1


def facts_of(reading: Reading) -> dict[str, Any]:
    """What was found in a contract file, as JSON."""
    contract = reading.contract
    return {
        "facts_version": _VERSION,
        "errors": [{"message": one.message, "line": one.line, "column": one.column} for one in reading.errors],
        "notes": [{"message": f"{one.what} is not checked: {one.why}.", "line": one.place.line} for one in reading.notes],
        "id": contract.id if contract else None,
        "version": contract.version if contract else None,
        "name": contract.name if contract else None,
        "status": contract.status if contract else None,
        "objects": [_object_facts(one, contract) for one in contract.objects] if contract else [],
    }


def _object_facts(one: SchemaObject, contract: Contract) -> dict[str, Any]:
    return {
        "name": one.name,
        "physical_name": one.physical_name,
        "columns": [column.name for column in one.fields],
        "sensitive_columns": [column.name for column in one.fields if column.is_sensitive],
        "data_format": one.data_format,
        "layout": one.layout.value if one.layout is not None else None,
        "relationships": [_relationship_facts(relationship, contract) for relationship in one.relationships],
        "line": one.place.line,
    }


def _relationship_facts(one: Relationship, contract: Contract) -> dict[str, Any]:
    return {
        "columns": list(one.columns),
        "to_file": _from_root(one.to_file, contract),
        "to_object": one.to_object,
        "to_columns": list(one.to_columns),
        "line": one.place.line,
    }


def _from_root(file: Optional[str], contract: Contract) -> Optional[str]:
    return None if file is None else posixpath.normpath(posixpath.join(posixpath.dirname(contract.file), file))
