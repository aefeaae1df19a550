"""Writes the module of a contract: data classes, dictionaries and Arrow schemas of its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wombat_tool.codegen.layout import Bracketed, Expression, docstring, lay_out, quoted
from wombat_tool.codegen.names import Names, field_names
from wombat_tool.codegen.plan import Plan, plans_of
from wombat_tool.codegen.types import ANYTHING, Array, Map, Member, Scalar, Structure, Type, parts_of
from wombat_tool.contracts.model import Contract

# Where the names are from that the module uses, besides its own and those of `builtins`.
_MODULES = ("datetime", "decimal")
_ORIGINS = {
    "dataclass": "dataclasses",
    "field": "dataclasses",
    "Any": "typing",
    "Literal": "typing",
    "Optional": "typing",
    "TYPE_CHECKING": "typing",
    "TypedDict": "typing",
}
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
# pyarrow has no types of its own; a user may have installed some, or not have pyarrow where types are checked.
_UNTYPED = "# type: ignore[import-not-found,import-untyped,unused-ignore]"
_DEPRECATED = "  # deprecated"


def source_of(contract: Contract) -> str:
    """The Python source of the row types of all objects of a contract.

    It runs on Python 3.9 and newer, needs pyarrow only when a schema is asked for, and is the same for the same contract.
    """
    plans, taken = plans_of(contract.objects)
    symbols = _Symbols(taken)
    parts = [part for plan in plans for part in _object_parts(plan, symbols)]
    heading = docstring(
        f"Generated from the contract {contract.file}: do not edit, change the contract.\n\n"
        "Each object of the contract has a frozen data class of its rows, a `TypedDict` of them as "
        "`pyarrow.Table.to_pylist` gives them, and a function that makes their Arrow schema.",
        depth=0,
    )
    imports = symbols.imports(has_schemas=any(plan.function for plan in plans))
    return "\n\n\n".join([f"{heading}\n\n{imports}", *parts]) + "\n"


class _Symbols:
    """The names from elsewhere that the module uses, called otherwise where it has such names itself."""

    def __init__(self, taken: frozenset[str]) -> None:
        self._names = Names(taken)
        self._aliases: dict[str, str] = {}

    def name(self, symbol: str) -> str:
        """What the module calls it."""
        if symbol not in self._aliases:
            self._aliases[symbol] = self._names.alias(symbol)
        return self._aliases[symbol]

    def text(self, type: str) -> str:
        """A type with its names as the module has them."""
        return _WORD.sub(lambda word: self.name(word[0]), type)

    def imports(self, *, has_schemas: bool) -> str:
        """The import statements for all names that were asked for."""
        checking = [f"if {self.name('TYPE_CHECKING')}:", f"    import pyarrow as pa  {_UNTYPED}"] if has_schemas else []
        modules: list[str] = []
        members: dict[str, list[str]] = {}
        # As linters sort imports: constants first.
        for symbol, alias in sorted(self._aliases.items(), key=lambda item: (not item[0].isupper(), item[0])):
            text = symbol if alias == symbol else f"{symbol} as {alias}"
            if symbol in _MODULES:
                modules.append(f"import {text}")
            elif symbol in _ORIGINS or alias != symbol:
                members.setdefault(_ORIGINS.get(symbol, "builtins"), []).append(text)
        froms = [f"from {origin} import {', '.join(members[origin])}" for origin in sorted(members)]
        blocks = [["from __future__ import annotations"], modules + froms, checking]
        return "\n\n".join("\n".join(lines) for lines in blocks if lines)


# --- Classes ----------------------------------------------------------------------------------------------------------


def _object_parts(plan: Plan, symbols: _Symbols) -> Iterator[str]:
    note = ""
    if plan.untyped:
        columns = ", ".join(map(repr, plan.untyped))
        note = f"There is no Arrow schema of it, since the contract says too little of the type of: {columns}."
    yield from _class_parts(plan.rows, symbols, note)
    if plan.function:
        yield _schema_function(plan.rows, plan.function)


def _class_parts(structure: Structure, symbols: _Symbols, note: str = "") -> Iterator[str]:
    """The classes of an object, after those of the objects in it."""
    for part in (part for member in structure.members for part in parts_of(member.type)):
        if isinstance(part, Structure):
            yield from _class_parts(part, symbols)
        elif part.alias:
            values = [quoted(one) if isinstance(one, str) else repr(one) for one in part.literals]
            literal = Bracketed(f"{symbols.name('Literal')}[", values, "]")
            yield lay_out(literal, depth=0, prefix=f"{part.alias} = ")
    names = field_names(structure.columns)
    yield _data_class(structure, names, symbols, note)
    yield _plain_row(structure, symbols) if names == structure.columns else _functional_row(structure, symbols)


def _data_class(structure: Structure, names: list[str], symbols: _Symbols, note: str) -> str:
    summary = structure.description.strip() or f"{structure.title}."
    text = "\n\n".join(filter(None, ["Deprecated." if structure.is_deprecated else "", summary, note]))
    lines = [f"@{symbols.name('dataclass')}(frozen=True)", f"class {structure.name}:", docstring(text, depth=1)]
    for name, member in zip(names, structure.members):
        annotation = _annotation(member, symbols, is_row=False)
        # So programs can tell, too, which column it is.
        column = f"{symbols.name('field')}(metadata={{\"column\": {quoted(member.name)}}})" if name != member.name else ""
        lines.append(lay_out(annotation, depth=1, prefix=f"{name}: ", suffix=f" = {column}" if column else ""))
        words = ["Deprecated." if member.is_deprecated else "", member.description.strip()]
        if any(words):
            lines.append(docstring(" ".join(filter(None, words)), depth=1))
    return "\n".join([*lines[:3], *([""] if structure.members else []), *lines[3:]])


def _plain_row(structure: Structure, symbols: _Symbols) -> str:
    lines = [f"class {structure.row_name}({symbols.name('TypedDict')}):", docstring(_row_text(structure), depth=1)]
    if structure.members:
        lines.append("")
    for member in structure.members:
        annotation = _annotation(member, symbols, is_row=True)
        lines.append(lay_out(annotation, depth=1, prefix=f"{member.name}: ", suffix=_mark(member)))
    return "\n".join(lines)


def _functional_row(structure: Structure, symbols: _Symbols) -> str:
    """The same for names that are no fields of a class."""
    lines = [f"{structure.row_name} = {symbols.name('TypedDict')}(", f"    {quoted(structure.row_name)},", "    {"]
    for member in structure.members:
        annotation = _annotation(member, symbols, is_row=True)
        lines.append(lay_out(annotation, depth=2, prefix=f"{quoted(member.name)}: ", suffix=f",{_mark(member)}"))
    return "\n".join([*lines, "    },", ")", docstring(_row_text(structure), depth=0)])


def _row_text(structure: Structure) -> str:
    return f"{structure.title}, as a dictionary; `{structure.name}` says what the columns are."


def _mark(member: Member) -> str:
    return _DEPRECATED if member.is_deprecated else ""


def _annotation(member: Member, symbols: _Symbols, *, is_row: bool) -> Expression:
    type = _python_type(member.type, symbols, is_row=is_row)
    # `Optional[Any]` says no more than `Any`.
    if not member.is_nullable or member.type == ANYTHING:
        return type
    return Bracketed(f"{symbols.name('Optional')}[", [type], "]")


def _python_type(type: Type, symbols: _Symbols, *, is_row: bool) -> Expression:
    match type:
        case Scalar():
            return type.alias or symbols.text(type.python)
        case Structure():
            return type.row_name if is_row else type.name
        case Array():
            return Bracketed(f"{symbols.name('list')}[", [_annotation(type.items, symbols, is_row=is_row)], "]")
        case Map():
            pair = [
                _python_type(type.key, symbols, is_row=is_row),
                _annotation(type.value, symbols, is_row=is_row),
            ]
            return Bracketed(f"{symbols.name('list')}[", [Bracketed(f"{symbols.name('tuple')}[", pair, "]")], "]")


# --- Schemas ----------------------------------------------------------------------------------------------------------


def _schema_function(structure: Structure, name: str) -> str:
    fields = [_arrow_field(one.name, one) for one in structure.members]
    return "\n".join(
        [
            f"def {name}() -> pa.Schema:",
            docstring(f"The Arrow schema of {structure.title}.", depth=1),
            f"    import pyarrow as pa  {_UNTYPED}",
            "",
            lay_out(Bracketed("pa.schema([", fields, "])"), depth=1, prefix="return "),
        ]
    )


def _arrow_field(name: str, member: Member) -> Expression:
    parts = [quoted(name), _arrow_type(member.type)]
    return Bracketed("pa.field(", parts if member.is_nullable else [*parts, "nullable=False"], ")")


def _arrow_type(type: Type) -> Expression:
    match type:
        case Scalar():
            return f"pa.{type.arrow}"
        case Structure():
            return Bracketed("pa.struct([", [_arrow_field(one.name, one) for one in type.members], "])")
        case Array():
            size = [] if type.size is None else [str(type.size)]
            return Bracketed("pa.list_(", [_held("item", type.items), *size], ")")
        case Map():
            return Bracketed("pa.map_(", [_arrow_type(type.key), _held("value", type.value)], ")")


def _held(name: str, member: Member) -> Expression:
    return _arrow_type(member.type) if member.is_nullable else _arrow_field(name, member)
