"""The fields of `pipeline_step` that hold lists and dictionaries: inputs, outputs, parameters, resources."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Dict, Iterable, Mapping, Optional, Tuple, Union

from pants.engine.addresses import Address
from pants.engine.target import AsyncFieldMixin, Field, InvalidFieldException, InvalidFieldTypeException
from pants.util.frozendict import FrozenDict
from pants.util.strutil import help_text

from wombat.graph.params import canonical_json

_IDENTIFIER = re.compile(r"[^\W\d]\w*\Z")


class _NamedReferencesField(AsyncFieldMixin, Field):
    """Addresses, each with the name that the code knows it by, or none: a dict or a list in the BUILD file."""

    value: Union[FrozenDict[str, str], Tuple[str, ...]]
    default: ClassVar[Tuple[str, ...]] = ()

    @property
    def pairs(self) -> Tuple[Tuple[Optional[str], str], ...]:
        """Name and address of each; the name is None in a list."""
        if isinstance(self.value, tuple):
            return tuple((None, reference) for reference in self.value)
        return tuple(self.value.items())

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> Union[FrozenDict[str, str], Tuple[str, ...]]:
        # A value computed before, by `__defaults__`, comes here again and must be taken.
        value = super().compute_value(raw_value, address)
        if not isinstance(value, (Mapping, list, tuple)):
            raise cls._wrong_type(raw_value, address)
        names = list(value) if isinstance(value, Mapping) else []
        references = list(value.values()) if isinstance(value, Mapping) else list(value)
        if any(not isinstance(item, str) for item in (*names, *references)):
            raise cls._wrong_type(raw_value, address)
        _check_names(names, cls.alias, address)
        for reference in references:
            if references.count(reference) > 1 and cls is StepOutputsField:
                raise InvalidFieldException(
                    f"The {cls.alias!r} field in target {address} names {reference!r} twice. Remove one."
                )
        return FrozenDict(zip(names, references)) if names else tuple(references)

    @classmethod
    def _wrong_type(cls, raw_value: Any, address: Address) -> InvalidFieldTypeException:
        return InvalidFieldTypeException(
            address,
            cls.alias,
            raw_value,
            expected_type="a list of addresses, or a dictionary from names to addresses",
        )


def _check_names(names: Iterable[Any], alias: str, address: Address) -> None:
    for name in names:
        if not isinstance(name, str) or not _IDENTIFIER.match(name):
            raise InvalidFieldException(
                f"The {alias!r} field in target {address} must have names that Python can use, "
                f"but has {name!r}. Use letters, digits and '_'."
            )


class StepInputsField(_NamedReferencesField):
    alias = "inputs"
    help = help_text(
        """
        The datasets that the step reads: a dictionary from the function's parameters to addresses, or a list of
        addresses where parameter and dataset have the same name. Default: none.

        Each one becomes a dependency of the step. The parameter's annotation says in what form the function gets the
        data; docs/reference/step-functions.md has the table.

        Example:

            pipeline_step(name="join", entry_point="steps.py:join", inputs={"left": ":flights", "right": ":weather"})
        """
    )


class StepOutputsField(_NamedReferencesField):
    alias = "outputs"
    help = help_text(
        """
        The datasets that the step makes, each of them by this step only: a list of addresses, or a dictionary from
        the names that the code uses to addresses. Default: none.

        One output is what the function returns. Several are returned as a tuple in this order or as a dictionary by
        name, or written to a parameter of that name annotated as `wombat_step.OutputPath`.

        Example:

            pipeline_step(name="split", entry_point="steps.py:split", inputs=[":rows"], outputs=[":train", ":test"])
        """
    )


class StepParamsField(Field):
    alias = "params"
    value: FrozenDict[str, Any]
    default: ClassVar[FrozenDict[str, Any]] = FrozenDict()
    help = help_text(
        """
        Values for the function's other parameters: text, numbers, booleans, None, lists and dictionaries.
        Default: none. They are part of the step's key, and are checked against the function's annotations before it
        runs.

        One run can use other values: `./pants run path:pipeline -- train.max_iter=20`.

        Example:

            pipeline_step(name="train", entry_point="steps.py:train", params={"max_iter": 100, "features": ["a", "b"]})
        """
    )

    def json_for(self, variant: Optional[str]) -> str:
        """The values as canonical JSON, with `variant` for "{variant}" in texts."""
        return canonical_json(_filled(self.value, variant))

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> FrozenDict[str, Any]:
        value = super().compute_value(raw_value, address)
        if not isinstance(value, Mapping):
            raise InvalidFieldTypeException(
                address, cls.alias, raw_value, expected_type="a dictionary from parameter names to values"
            )
        _check_names(value, cls.alias, address)
        return FrozenDict.deep_freeze(plain_value(value, cls.alias, address))


def _filled(value: Any, variant: Optional[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(item, variant) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_filled(item, variant) for item in value]
    return value.replace("{variant}", variant) if isinstance(value, str) and variant is not None else value


def plain_value(value: Any, alias: str, address: Address) -> Any:
    """The value as JSON knows it, whatever Pants made of it to freeze it."""
    if isinstance(value, Mapping):
        if any(not isinstance(key, str) for key in value):
            raise InvalidFieldException(
                f"The {alias!r} field in target {address} must have text as keys of dictionaries, but has {value!r}."
            )
        return {key: plain_value(item, alias, address) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(item, alias, address) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise InvalidFieldException(
            f"The {alias!r} field in target {address} must have finite numbers, but has {value!r}. "
            "Pass such a value as text, and convert it in the step."
        )
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise InvalidFieldException(
        f"The {alias!r} field in target {address} must have text, numbers, booleans, None, lists and dictionaries, "
        f"but has {value!r} of type {type(value).__name__}."
    )


_QUANTITIES: Dict[str, Tuple[str, str]] = {
    "cpu": (r"\d+(\.\d+)?|\d+m", "cores, such as '2', '0.5' or '500m'"),
    "memory": (r"\d+(\.\d+)?(k|[KMGT]i?)?", "bytes, such as '512Mi' or '2Gi'"),
    "ephemeral_storage": (r"\d+(\.\d+)?(k|[KMGT]i?)?", "bytes, such as '10Gi'"),
    "gpu": (r"\d+", "whole devices, such as '1'"),
}


class StepResourcesField(Field):
    alias = "resources"
    value: FrozenDict[str, str]
    default: ClassVar[FrozenDict[str, str]] = FrozenDict()
    help = help_text(
        f"""
        What the step asks of the machine it runs on in generated configurations, in the units of Kubernetes. Default:
        nothing in particular. Keys: {"; ".join(f"`{key}` ({what})" for key, (_, what) in _QUANTITIES.items())}.

        Not part of the step's key: changing it recomputes nothing.

        Example:

            pipeline_step(name="train", resources={{"cpu": "2", "memory": "4Gi"}})
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> FrozenDict[str, str]:
        value = super().compute_value(raw_value, address)
        if not isinstance(value, Mapping):
            raise InvalidFieldTypeException(
                address, cls.alias, raw_value, expected_type="a dictionary such as {'cpu': '500m', 'memory': '1Gi'}"
            )
        for key, quantity in value.items():
            if key not in _QUANTITIES:
                raise InvalidFieldException(
                    f"The {cls.alias!r} field in target {address} must have keys out of {sorted(_QUANTITIES)}, "
                    f"but has {key!r}."
                )
            pattern, what = _QUANTITIES[key]
            if not re.fullmatch(pattern, str(quantity), re.ASCII):
                raise InvalidFieldException(
                    f"The {cls.alias!r} field in target {address} must give {key!r} as {what}, but was {quantity!r}."
                )
        return FrozenDict(sorted((key, str(quantity)) for key, quantity in value.items()))
