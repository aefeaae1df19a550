"""Fits the step's inputs, params and outputs to the function's parameters, before anything is read."""

from __future__ import annotations

from wombat_step._annotations import Scope, is_output_path, members
from wombat_step._convert import convert
from wombat_step._errors import (
    AnnotationError,
    BindingError,
    ParamError,
    did_you_mean,
    join_names,
    raise_together,
    short_repr,
)
from wombat_step._kinds import kind_for
from wombat_step._libraries import loaded
from wombat_step._mismatch import Mismatch, UnsupportedAnnotation
from wombat_step._signature import MISSING, Parameter, Signature, signature_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wombat_step._spec import InputSpec, OutputSpec, StepSpec


class BoundInput:
    """An input and what to hand it over as; `kind` is None where the environment decides."""

    __slots__ = ("annotation", "input", "kind", "scope")

    def __init__(self, input: InputSpec, kind: str | None, annotation: object, scope: Scope) -> None:
        self.input = input
        self.kind = kind
        self.annotation = annotation
        self.scope = scope


class Binding:
    """What each parameter of the function gets."""

    __slots__ = ("inputs", "order", "output_paths", "params", "positional")

    def __init__(self) -> None:
        self.inputs: dict[str, BoundInput] = {}
        self.params: dict[str, Any] = {}  # Converted.
        self.output_paths: dict[str, OutputSpec] = {}
        self.positional: list[str] = []  # What can be passed by position only.
        self.order: list[str] = []


def bind(spec: StepSpec, function: Callable[..., Any], *, what: str) -> Binding:
    """Decide what each parameter gets, and check the params.

    :param what: what messages call the function.
    :raises BindingError: with all mistakes at once, each with what to mend in the BUILD file.
    """
    signature = signature_of(function)
    binder = _Binder(spec, signature, what)
    binder.bind_inputs()
    binder.bind_outputs()
    binder.bind_params()
    binder.check_complete()
    if binder.problems:
        raise_together(binder.problems)
    return binder.binding


class _Binder:
    def __init__(self, spec: StepSpec, signature: Signature, what: str) -> None:
        self.spec = spec
        self.signature = signature
        self.what = what
        self.scope = Scope(signature.function)
        self.binding = Binding()
        self.problems: list[BindingError] = []
        self._claimed = {one.parameter for one in spec.inputs} | set(spec.params)

    def bind_inputs(self) -> None:
        seen: set[str] = set()
        for one in self.spec.inputs:
            name = one.parameter
            if name in seen:
                self._add(
                    f"The 'inputs' field gives parameter {name!r} of {self.what} more than one dataset. "
                    "Give each parameter one."
                )
                continue
            seen.add(name)
            parameter = self.signature.parameters.get(name)
            if parameter is None and not self.signature.takes_any_keyword:
                self._add(
                    f"The 'inputs' field binds a dataset to parameter {name!r}, but {self.what} has none of that name. "
                    f'{self._known(name)} Rename the parameter, or write inputs={{"<parameter>": "<dataset>"}}.'
                )
                continue
            annotation = MISSING if parameter is None else parameter.annotation
            try:
                kind = kind_for(annotation, format=one.format, scope=self.scope, parameter=name, function=self.what)
            except AnnotationError as err:
                self.problems.append(err)
                continue
            self.binding.inputs[name] = BoundInput(one, kind, annotation, self.scope)

    def bind_outputs(self) -> None:
        outputs = self.spec.outputs
        by_name = {one.name: one for one in outputs if one.name}
        free = [one for one in self.signature.parameters.values() if one.name not in self._claimed]
        marked = [one for one in free if is_output_path(one.annotation, self.scope)]
        for parameter in marked:
            if parameter.name in by_name:
                self.binding.output_paths[parameter.name] = by_name[parameter.name]
            elif len(marked) == 1 and len(outputs) == 1:
                self.binding.output_paths[parameter.name] = outputs[0]
            elif not parameter.has_default:
                named = [name for name in by_name if name not in self.binding.output_paths]
                self._add(
                    f"Parameter {parameter.name!r} of {self.what} is annotated OutputPath, but no output has that name. "
                    f"Outputs: {join_names(by_name)}.{did_you_mean(parameter.name, named)} Rename the parameter, or name "
                    f'the output: outputs={{"{parameter.name}": "<dataset>"}}.'
                )
        for parameter in free:
            if parameter.name in by_name and parameter not in marked and self._is_path(parameter):
                self.binding.output_paths[parameter.name] = by_name[parameter.name]

    def bind_params(self) -> None:
        inputs = {one.parameter for one in self.spec.inputs}
        for name, value in self.spec.params.items():
            parameter = self.signature.parameters.get(name)
            if name in inputs:
                self._add(
                    f"The 'params' field names {name!r}, which the 'inputs' field binds to a dataset already. "
                    "Take it out of one of the two."
                )
            elif parameter is None:
                if self.signature.takes_any_keyword:
                    self.binding.params[name] = value
                else:
                    self._add(
                        f"The 'params' field names {name!r}, but {self.what} has no such parameter. {self._known(name)} "
                        "Correct the name in `params` or on the command line, or add the parameter to the function."
                    )
            else:
                self._convert(parameter, value)

    def check_complete(self) -> None:
        binding = self.binding
        claimed = self._claimed | set(binding.output_paths)
        for parameter in self.signature.parameters.values():
            if parameter.name in claimed or parameter.has_default or is_output_path(parameter.annotation, self.scope):
                continue
            self._add(
                f"Parameter {parameter.name!r} of {self.what} has no default and gets no value. Add it to the step as "
                f'inputs={{"{parameter.name}": "<dataset>"}} or params={{"{parameter.name}": ...}}, or give it a default.'
            )
        bound = {**binding.inputs, **binding.params, **binding.output_paths}
        skipped = None
        for parameter in self.signature.parameters.values():
            if not parameter.is_positional_only:
                continue
            if parameter.name not in bound:
                skipped = parameter.name
            elif skipped is not None:
                self._add(
                    f"Parameter {parameter.name!r} of {self.what} can be passed by position only, but {skipped!r} before "
                    f"it gets no value. Give {skipped!r} a value, too, or take the `/` out of the function's parameters."
                )
            else:
                binding.positional.append(parameter.name)
        binding.order = [name for name in self.signature.parameters if name in bound]
        binding.order += [name for name in bound if name not in self.signature.parameters]

    def _convert(self, parameter: Parameter, value: Any) -> None:
        name = parameter.name
        where = f"Parameter {name!r} of {self.what}"
        if parameter.annotation is MISSING:
            self.binding.params[name] = value
            return
        if self._is_path(parameter) or is_output_path(parameter.annotation, self.scope):
            self._add(
                f"{where} is annotated with a path, but the 'params' field gives it {short_repr(value)}: a file of that "
                "path is not in the step's sandbox. Declare the file as a dataset and name it in `inputs`, "
                "or annotate the parameter `str` if its text is all that matters."
            )
            return
        try:
            self.binding.params[name] = convert(value, parameter.annotation, self.scope, at=f"params[{name!r}]")
        except Mismatch as err:
            self.problems.append(
                ParamError(
                    f"{where} does not take the value that the 'params' field gives it: {err} Correct it in the BUILD "
                    f"file, as params={{{name!r}: ...}}, or on the command line, as `-- <step>.{name}=...`."
                )
            )
        except UnsupportedAnnotation as err:
            self.problems.append(AnnotationError(f"{where} cannot be given a param: {err}"))

    def _is_path(self, parameter: Parameter) -> bool:
        if parameter.annotation is MISSING:
            return False
        resolved = members(parameter.annotation, self.scope)
        pathlib = loaded("pathlib")
        return pathlib is not None and any(
            one in (pathlib.Path, pathlib.PurePath, pathlib.PosixPath) for one in resolved
        )

    def _known(self, name: str) -> str:
        names = list(self.signature.parameters)
        return f"Its parameters: {join_names(names)}.{did_you_mean(name, names)}"

    def _add(self, message: str) -> None:
        self.problems.append(BindingError(message))
