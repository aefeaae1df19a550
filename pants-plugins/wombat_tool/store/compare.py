"""Tells what changed between two published versions, by what was recorded of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wombat_tool.store.manifest import Manifest

ABSENT: Any = object()
"""In the place of a value: on that side there is none, not even null."""

# Of a column of a profile, what is compared.
_PROFILED = ("nulls", "nan", "distinct", "min", "max", "quantiles", "top")
# Of the key of a step, what is compared besides its code, its inputs and its parameters, which have sections.
_KEYED = ("entry_point", "program", "args", "environment", "output_names", "output_formats", "runs_in")
_CODED = ("source_roots", "interpreter", "interpreter_fingerprint", "requirements_fingerprint", "step_library")


@dataclass(frozen=True)
class Change:
    """Something that differs.

    :param what: what it is of, as a parameter or a column; with a second word where there is more than one thing to it.
    :param left: a JSON value; `ABSENT` where there is none.
    """

    what: str
    left: Any
    right: Any

    def to_document(self) -> dict[str, Any]:
        """A JSON object, without the key of a side that has nothing."""
        sides = {"left": self.left, "right": self.right}
        return {"what": self.what, **{side: value for side, value in sides.items() if value is not ABSENT}}


Sections = dict[str, tuple[Change, ...]]


def compare(
    left: Manifest, right: Manifest, *, profiles: tuple[dict[str, Any] | None, dict[str, Any] | None] = (None, None)
) -> Sections:
    """What changed, by sections, of which each is there, with nothing in it where nothing changed.

    :param profiles: of both.
    """
    return {
        "data": _changes(_data(left), _data(right)),
        "columns": _columns(left, right),
        "profile": _profile(*profiles),
        "inputs": _changes(_inputs(left), _inputs(right)),
        "parameters": _changes(left.params, right.params),
        "overrides": _overrides(left.overrides, right.overrides),
        "code": _code(left, right),
        "contract": _changes(left.contract or {}, right.contract or {}),
        "validation": _changes(_validation(left), _validation(right)),
        "metrics": _changes(left.metrics, right.metrics),
        "published": _changes(_published(left), _published(right)),
    }


def _data(one: Manifest) -> dict[str, Any]:
    return {"format": one.format, "rows": one.rows, "size_bytes": one.size_bytes, "files": one.files}


def _columns(left: Manifest, right: Manifest) -> tuple[Change, ...]:
    if left.columns is None or right.columns is None:
        sides = [None if one.columns is None else len(one.columns) for one in (left, right)]
        return () if sides[0] == sides[1] else (Change("known columns", *sides),)
    # A name may be there twice.
    one, other = _numbered(left.columns), _numbered(right.columns)
    order = [[name for name in side if name in one and name in other] for side in (one, other)]
    moved = (Change("order", *order),) if order[0] != order[1] else ()
    return (*_changes(one, other), *moved)


def _numbered(columns: Sequence[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, type in columns:
        number, called = 1, name
        while called in found:
            number += 1
            called = f"{name} ({number})"
        found[called] = type
    return found


def _profile(left: dict[str, Any] | None, right: dict[str, Any] | None) -> tuple[Change, ...]:
    if left is None or right is None:
        return (
            () if left is right else (Change("profile", *("none" if one is None else "one" for one in (left, right))),)
        )
    one, other = (
        {column["name"]: column for column in side.get("columns", ()) if isinstance(column, dict) and "name" in column}
        for side in (left, right)
    )
    found: list[Change] = []
    for name in one:
        # Columns that only one has are in a section of their own.
        for kind in _PROFILED if name in other else ():
            if one[name].get(kind) != other[name].get(kind):
                found.append(Change(f"{name} {kind}", one[name].get(kind), other[name].get(kind)))
    return tuple(found)


def _inputs(one: Manifest) -> dict[str, str]:
    return {inner.parameter: f"{inner.dataset}@{inner.version}" for inner in one.inputs}


def _overrides(left: Sequence[str], right: Sequence[str]) -> tuple[Change, ...]:
    return _changes(dict.fromkeys(left, True), dict.fromkeys(right, True))


def _code(left: Manifest, right: Manifest) -> tuple[Change, ...]:
    steps = [one.producer or {} for one in (left, right)]
    keys = [_mapping(one.get("key")) for one in steps]
    codes = [_mapping(key.get("code")) for key in keys]
    found = list(_changes(_some(steps[0], ("address",)), _some(steps[1], ("address",))))
    found += _changes(_some(keys[0], _KEYED), _some(keys[1], _KEYED))
    found += _changes(_some(codes[0], _CODED), _some(codes[1], _CODED))
    files = [{f"file {path}": sha for path, sha in _mapping(code.get("files")).items()} for code in codes]
    found += _changes(*files)
    requirements = [
        dict.fromkeys((f"requirement {one}" for one in _texts(code.get("requirements"))), True) for code in codes
    ]
    found += _changes(*requirements)
    return tuple(found)


def _validation(one: Manifest) -> dict[str, Any]:
    validation = one.validation or {}
    found = {name: validation[name] for name in ("status", "environment") if name in validation}
    violations = validation.get("violations")
    if isinstance(violations, list):
        found["violations"] = len(violations)
        for violation in violations:
            if isinstance(violation, dict):
                name = " ".join(str(violation[key]) for key in ("column", "rule") if violation.get(key))
                found[name] = violation.get("count")
    return found


def _published(one: Manifest) -> dict[str, Any]:
    return {
        "published": one.published,
        "environment": one.environment,
        "commit": one.git.commit if one.git else None,
        "is_clean": one.git.is_clean if one.git else None,
    }


def _some(value: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value[name] for name in names if name in value}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _changes(left: Mapping[str, Any], right: Mapping[str, Any]) -> tuple[Change, ...]:
    return tuple(
        Change(name, left.get(name, ABSENT), right.get(name, ABSENT))
        for name in [*left, *(name for name in right if name not in left)]
        if _text(left.get(name, ABSENT)) != _text(right.get(name, ABSENT))
    )


def _text(value: Any) -> str | None:
    # `1`, `1.0` and `true` are equal to Python, and are not the same to a step.
    return None if value is ABSENT else json.dumps(value, sort_keys=True)
