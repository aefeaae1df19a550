"""What can be wrong with a pipeline, in words for its authors: what, where, how to mend."""

from __future__ import annotations

import difflib
from typing import Iterable, Sequence, Tuple

_LISTED = 12


class WombatError(Exception):
    """Base of all errors that the plugin raises.

    Equal when of one class and with one message: errors are part of values that Pants compares.
    """

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash((type(self), str(self)))


class PipelineErrors(WombatError):
    """Several independent mistakes, told at once."""

    def __init__(self, errors: Sequence[WombatError]) -> None:
        self.errors = tuple(errors)
        lines = (f"{number}. {type(error).__name__}: {error}" for number, error in enumerate(self.errors, 1))
        super().__init__(f"{len(self.errors)} mistakes in the pipeline.\n" + "\n".join(lines))


class UnknownDatasetError(WombatError):
    """A step or pipeline names a dataset (or a step) that no target declares."""

    def __init__(self, *, field: str, address: str, kind: str, value: str, known: Iterable[str]) -> None:
        known = sorted(set(known))
        super().__init__(
            f"The {field!r} field in target {address} names {value!r}, but there is no such {kind}. "
            f"{_known_nearby(value, known)} {_did_you_mean(value, known, kind)}"
        )


class AmbiguousDatasetError(WombatError):
    """A name stands for several variants of a parametrized target."""

    def __init__(self, *, field: str, address: str, value: str, variants: Sequence[str]) -> None:
        super().__init__(
            f"The {field!r} field in target {address} names {value!r}, which is parametrized: "
            f"{', '.join(variants)}. Name one of these variants."
        )


class InvalidReferenceError(WombatError):
    """A field holds text that is no address."""

    def __init__(self, *, field: str, address: str, value: str, reason: str) -> None:
        super().__init__(
            f"The {field!r} field in target {address} holds {value!r}, which is not an address: {reason} "
            "Write ':name' for a target of the same BUILD file, or 'directory:name'."
        )


class UnusableNameError(WombatError):
    """A dataset is to be known to a step's code by a name that code cannot use."""

    def __init__(self, *, field: str, address: str, value: str, name: str) -> None:
        super().__init__(
            f"The {field!r} field in target {address} lists {value!r}, but {name!r} is no name that code can use. "
            f"Give it one: {field}={{'some_name': {value!r}}}."
        )


class NoProducerError(WombatError):
    """A dataset has neither files of its own nor a step that makes it."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"The dataset {address} has no 'source' and no step produces it. "
            f"Give it a 'source' (or 'sources'), or list it in the 'outputs' field of the pipeline_step that makes it."
        )


class TwoProducersError(WombatError):
    """More than one target makes a dataset."""

    def __init__(self, address: str, producers: Sequence[str]) -> None:
        super().__init__(
            f"The dataset {address} has more than one producer: {' and '.join(sorted(producers))}. "
            "Exactly one may list it in 'outputs': declare a second dataset for the other."
        )


class SourceAndProducerError(WombatError):
    """A dataset has files in the repository and a step that would make it."""

    def __init__(self, address: str, producer: str) -> None:
        super().__init__(
            f"The dataset {address} has a 'source' and is also an output of {producer}. "
            "Remove one: a dataset is either files of the repository or the output of one step."
        )


class PipelineCycleError(WombatError):
    """A dataset is made from itself."""

    def __init__(self, path: Sequence[str]) -> None:
        self.path: Tuple[str, ...] = tuple(path)
        super().__init__(
            f"The pipeline has a cycle: {' -> '.join(path)} (each needs the one after it). "
            "Remove one of these datasets from the 'inputs' of the step that reads it."
        )


class UnknownFormatError(WombatError):
    """The format of a dataset can be seen neither from its field nor from its files."""

    def __init__(self, address: str, formats: Sequence[str]) -> None:
        super().__init__(
            f"The format of the dataset {address} is not known: its field 'format' is not set, and the ending of its "
            f"files does not tell. Set 'format' to one of: {', '.join(formats)}."
        )


class UnknownOverrideError(WombatError):
    """The command line sets a parameter that no step has."""

    def __init__(self, override: str, *, reason: str, known: Iterable[str]) -> None:
        known = sorted(set(known))
        near = difflib.get_close_matches(override.split("=", 1)[0], known, n=1)
        mend = f"Did you mean {near[0]!r}? " if near else ""
        super().__init__(
            f"Cannot apply {override!r} from the command line: {reason} {mend}"
            f"Parameters of these pipelines: {_listed(known)}."
        )


class UnknownParameterReferenceError(WombatError):
    """The arguments of a `run=` step refer to something that the step does not have."""

    def __init__(self, address: str, placeholder: str, known: Sequence[str]) -> None:
        super().__init__(
            f"The 'args' field in target {address} refers to {{{placeholder}}}, which the step does not have. "
            f"It can use: {_listed(['{' + name + '}' for name in known])}."
        )


class NoPipelinesError(WombatError):
    """The command line matches nothing that could be run."""

    def __init__(self, goal: str, kind: str) -> None:
        super().__init__(
            f"No {kind} target matches what was given to the goal `{goal}`. "
            f"`./pants --filter-target-type={kind} list ::` shows those there are; `::` means all of them."
        )


class EntryPointError(WombatError):
    """The code of a step cannot be found from its `entry_point`."""

    def __init__(self, address: str, entry_point: str, *, reason: str) -> None:
        super().__init__(f"The 'entry_point' field in target {address} is {entry_point!r}, but {reason}")


class RunFieldError(WombatError):
    """The target that a step's `run` field names cannot be the step's program."""

    def __init__(self, address: str, value: str, *, reason: str) -> None:
        super().__init__(
            f"The 'run' field in target {address} is {value!r}, but {reason} Name a target that can run in a sandbox, "
            "such as a pex_binary, python_source or shell_command; for a Python function use 'entry_point'."
        )


class DatasetFilesError(WombatError):
    """The files of a dataset are not in the repository."""

    def __init__(self, address: str, field: str, value: str, nearby: Sequence[str]) -> None:
        near = difflib.get_close_matches(value, nearby, n=1)
        mend = f"Did you mean {near[0]!r}?" if near else f"Add it, or correct the {field!r} field."
        super().__init__(
            f"The {field!r} field in target {address} is {value!r}, but there is no such file. "
            f"Files in that directory: {_listed(sorted(nearby))}. {mend}"
        )


class BuildFailedError(WombatError):
    """Something that was to be packaged could not be built."""

    def __init__(self, failures: Sequence[Tuple[str, str]]) -> None:
        told = "\n".join(f"{address}: {message}" for address, message in failures)
        super().__init__(f"Not packaged, since this failed:\n{told}")


class UnreadableResultError(WombatError):
    """A step's process ended without the document that says what it made."""

    def __init__(self, address: str, exit_code: int, log: str) -> None:
        tail = "\n".join(log.strip().splitlines()[-20:])
        super().__init__(
            f"The process of {address} ended with exit code {exit_code} and no result document, which is not "
            f"the step's own doing. The end of its log:\n{tail}"
        )


def raise_all(errors: Sequence[WombatError]) -> None:
    """Raise what there is: nothing, the one error, or all of them together."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise PipelineErrors(errors)


def _known_nearby(value: str, known: Sequence[str]) -> str:
    directory = value.rpartition(":")[0]
    same_directory = [name for name in known if name.rpartition(":")[0] == directory]
    return f"Known here: {_listed(same_directory)}."


def _did_you_mean(value: str, known: Sequence[str], kind: str) -> str:
    near = difflib.get_close_matches(value, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Add a `{kind}` target, or correct the name."


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "none"
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
