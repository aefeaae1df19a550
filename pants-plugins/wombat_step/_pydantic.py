"""Models of pydantic, of version 1 or 2, which is never imported here: a model can only be there if it is loaded."""

from __future__ import annotations

from wombat_step._libraries import loaded
from wombat_step._mismatch import Mismatch, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wombat_step._scalars import Conversion


def is_model(cls: object) -> bool:
    """Whether a class is a model of pydantic."""
    for name in ("pydantic.main", "pydantic.v1.main"):  # The second is version 1 within version 2.
        module = loaded(name)
        if module and isinstance(cls, type) and issubclass(cls, module.BaseModel):
            return cls is not module.BaseModel
    return False


def validated(model: Any, values: dict[str, Any]) -> Any:
    """An instance of the model, of the values of its fields, which may have aliases.

    :raises Exception: if it refuses them; see `refusal`.
    """
    return model.model_validate(values) if hasattr(model, "model_validate") else model.parse_obj(values)


def refusal(err: Exception) -> tuple[list[object], str, bool]:
    """The first thing that a model refused: where, as the names and numbers that lead to it, what, and if it is missing."""
    errors = getattr(err, "errors", None)
    if not isinstance(err, ValueError) or not callable(errors):  # A validator raised what pydantic does not handle.
        return [], f"{type(err).__name__}: {err}", False
    first = errors()[0]
    is_missing = first["type"] in ("missing", "value_error.missing")
    location = [one for one in first["loc"] if one != "__root__"]  # How version 1 calls the model itself.
    return location, str(first["msg"]), is_missing


def conversion(model: Any) -> Conversion:
    """What makes instances of the model of dicts."""

    def convert(value: Any, at: str) -> Any:
        if isinstance(value, model):
            return value
        if not isinstance(value, dict):
            raise Mismatch(at, f"a dict with the fields of {describe(model)}", value)
        try:
            return validated(model, value)
        except Exception as err:
            location, message, _ = refusal(err)
            where = "".join(f"[{one!r}]" for one in location)
            hint = f" {at}{where} was refused: {message}"
            raise Mismatch(at, f"a valid {describe(model)}", value, hint=hint) from err

    return convert


def dumped(instance: Any) -> dict[str, Any]:
    """The fields of a model's instance by the names that they have in data, which are their aliases."""
    dump = instance.model_dump if hasattr(instance, "model_dump") else instance.dict
    return dump(by_alias=True)  # type: ignore[no-any-return]
