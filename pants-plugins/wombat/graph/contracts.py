"""Data contracts as the plugin knows them: which file and object a dataset keeps, and the facts read from the file.

The files themselves are read by `wombat_tool`, whose document "contract facts" is described in
docs/reference/documents.md.
"""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Sequence, Tuple

from wombat.graph.errors import UnknownSchemaObjectError

CONTRACT_ENDINGS = (".odcs.yaml", ".odcs.yml")
"""How files end that are contracts without being declared."""


@dataclass(frozen=True)
class ContractName:
    """A contract as a field names it.

    :param file: from the root of the repository.
    :param object: the name of a schema object in it; "" for the one that fits the dataset.
    """

    file: str
    object: str = ""

    def __str__(self) -> str:
        return f"{self.file}#{self.object}" if self.object else self.file


def contract_name(text: str, directory: str) -> ContractName:
    """The contract that a field's text names in a BUILD file of `directory`: "x.odcs.yaml", "//a/x.odcs.yaml#orders"."""
    file, _, name = text.partition("#")
    path = file[2:] if file.startswith("//") else posixpath.join(directory, file)
    return ContractName(posixpath.normpath(path), name)


def module_file_of(path: str) -> str:
    """The Python file that is generated from a contract: "a/orders_odcs.py" for "a/orders.odcs.yaml"."""
    directory, name = posixpath.split(path)
    for ending in (*CONTRACT_ENDINGS, ".yaml", ".yml"):
        if name.endswith(ending):
            name = name[: -len(ending)]
            break
    identifier = "".join(c if c.isalnum() and c.isascii() else "_" for c in name)
    if not identifier or identifier[0].isdigit():
        identifier = f"_{identifier}"
    return posixpath.join(directory, f"{identifier}_odcs.py")


@dataclass(frozen=True)
class Remark:
    """Something said of a contract file, at a line of it."""

    message: str
    line: int
    column: int = 1


@dataclass(frozen=True)
class Relationship:
    """A foreign key of a schema object.

    :param to_file: the contract file of the other object, from the root of the repository; None for the same file.
    """

    columns: Tuple[str, ...]
    to_file: Optional[str]
    to_object: str
    to_columns: Tuple[str, ...]
    line: int

    @property
    def key(self) -> str:
        """What the validation calls the data that it refers to."""
        return f"{self.to_file}#{self.to_object}" if self.to_file else self.to_object


@dataclass(frozen=True)
class ObjectFacts:
    """What is to be known of a schema object before data is validated."""

    name: str
    physical_name: Optional[str]
    columns: Tuple[str, ...]
    sensitive_columns: Tuple[str, ...]
    relationships: Tuple[Relationship, ...]
    line: int


@dataclass(frozen=True)
class ContractFacts:
    """What is to be known of a contract file.

    :param errors: why it is no contract; with any, `objects` may be incomplete.
    :param notes: what it says that nothing checks.
    """

    file: str
    errors: Tuple[Remark, ...]
    notes: Tuple[Remark, ...]
    id: str
    version: str
    name: str
    objects: Tuple[ObjectFacts, ...]

    @property
    def problems(self) -> Tuple[str, ...]:
        """The errors, each with its place."""
        return tuple(f"{self.file}:{error.line}:{error.column}: {error.message}" for error in self.errors)

    def object_named(self, name: str) -> Optional[ObjectFacts]:
        """The schema object of that name, or else of that physical name; None if there is none."""
        by_name = (one for one in self.objects if one.name == name)
        by_physical_name = (one for one in self.objects if one.physical_name == name)
        return next(by_name, None) or next(by_physical_name, None)

    def object_for(self, wanted: str, name: str, *, address: str, field: str = "contract") -> ObjectFacts:
        """The schema object that a field of a target names.

        :param wanted: the name that was given, or "".
        :param name: the name of the dataset or input; it decides where no name was given and there are several.
        :param address: the target, for the error; likewise `field`.
        :raises UnknownSchemaObjectError: if there is none of that name.
        """
        if not wanted and len(self.objects) == 1:
            return self.objects[0]
        found = self.object_named(wanted or name)
        if found is None:
            known = [one.name for one in self.objects]
            raise UnknownSchemaObjectError(address, field, self.file, wanted or name, known, is_given=bool(wanted))
        return found


def read_facts(file: str, document: bytes) -> ContractFacts:
    """The facts in the document that `wombat_tool contract` printed of a file."""
    facts = json.loads(document)
    return ContractFacts(
        file=file,
        errors=_remarks(facts["errors"]),
        notes=_remarks(facts["notes"]),
        id=facts["id"] or "",
        version=facts["version"] or "",
        name=facts["name"] or facts["id"] or "",
        objects=tuple(_object(one) for one in facts["objects"]),
    )


def _remarks(items: Sequence[Mapping[str, Any]]) -> Tuple[Remark, ...]:
    return tuple(Remark(item["message"], item["line"], item.get("column") or 1) for item in items)


def _object(document: Mapping[str, Any]) -> ObjectFacts:
    return ObjectFacts(
        name=document["name"],
        physical_name=document["physical_name"],
        columns=tuple(document["columns"]),
        sensitive_columns=tuple(document["sensitive_columns"]),
        relationships=tuple(
            Relationship(
                columns=tuple(one["columns"]),
                to_file=one["to_file"],
                to_object=one["to_object"],
                to_columns=tuple(one["to_columns"]),
                line=one["line"],
            )
            for one in document["relationships"]
        ),
        line=document["line"],
    )
