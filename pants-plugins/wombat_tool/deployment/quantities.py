"""Quantities of resources in the units of Kubernetes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

_FACTORS = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{letter: Decimal(1000) ** power for power, letter in enumerate("KMGT", 1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGT", 1)},
    "k": Decimal(1000),
}
_FORMS = {
    "cpu": (r"\d+(\.\d+)?|\d+m", "cores, such as '2', '0.5' or '500m'"),
    "memory": (r"\d+(\.\d+)?(k|[KMGT]i?)?", "bytes, such as '512Mi' or '2Gi'"),
    "ephemeral_storage": (r"\d+(\.\d+)?(k|[KMGT]i?)?", "bytes, such as '10Gi'"),
    "gpu": (r"\d+", "whole devices, such as '1'"),
}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)([a-zA-Z]*)")


def problem_with(resource: str, quantity: str) -> str:
    """What a quantity of a resource must be, if it is not; otherwise ""."""
    if resource not in _FORMS:
        return f"must have keys out of {', '.join(_FORMS)}"
    form, what = _FORMS[resource]
    return "" if re.fullmatch(form, quantity, re.ASCII) else f"must give {resource!r} in {what}"


def amount(quantity: str) -> Decimal:
    """The quantity in its base unit, cores or bytes: 0.5 for "500m", 1024 for "1Ki"."""
    match = _QUANTITY.fullmatch(quantity)
    if match is None:
        raise ValueError(f"not a quantity: {quantity!r}")
    return Decimal(match[1]) * _FACTORS[match[2]]


def kubernetes_quantity(quantity: str) -> str:
    """The quantity as Kubernetes reads it, which writes thousands as "k"."""
    return f"{quantity[:-1]}k" if quantity.endswith("K") else quantity


def largest(resources: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Of each resource the largest quantity, in the order of names."""
    found: dict[str, str] = {}
    for one in resources:
        for name, quantity in one.items():
            if name not in found or amount(quantity) > amount(found[name]):
                found[name] = quantity
    return dict(sorted(found.items()))
