"""What can be wrong with a pipeline, in words for its authors: what, where, how to mend."""

from __future__ import annotations

import difflib
import shlex
from typing import Sequence, Tuple

from wombat.graph.names import KnownNames, split_address

_LISTED = 12
_TOLD = 25


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
        told = self.errors[:_TOLD]
        lines = [f"{number}. {type(error).__name__}: {error}" for number, error in enumerate(told, 1)]
        if len(self.errors) > len(told):
            lines.append(f"The other {len(self.errors) - len(told)} are told when these are mended.")
        super().__init__("\n".join([f"{len(self.errors)} mistakes in the pipeline.", *lines]))


class UnknownDatasetError(WombatError):
    """A step or pipeline names a dataset (or a step, or a pipeline) that no target declares.

    :param text: the name as it is written.
    :param value: the address that it stands for.
    :param mend: what to do, where that is known better than by likeness of names.
    """

    def __init__(
        self, *, field: str, address: str, text: str, value: str, kind: str, known: KnownNames, mend: str = ""
    ) -> None:
        directory, name, _ = split_address(value)
        names, total = known.in_directory(directory, at_most=_LISTED)
        if not mend:
            near = known.nearest(value)
            mend = f"Did you mean {near!r}?" if near else f"Correct the name, or add {_declaration(directory, name)}."
        super().__init__(
            f"The {field!r} field in target {address} names {text!r}, but there is no {kind} {value}. "
            f"Known in {directory}: {_listed([''.join(split_address(known)[1:]) for known in names], total)}. {mend}"
        )


class AmbiguousDatasetError(WombatError):
    """A name stands for several variants of a parametrized target."""

    def __init__(self, *, field: str, address: str, value: str, variants: Sequence[str]) -> None:
        super().__init__(
            f"The {field!r} field in target {address} names {value!r}, which is parametrized: "
            f"{_listed(variants)}. Name one of these variants."
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


class NameClashError(WombatError):
    """The code of a step would know two things by one name.

    :param first: what has the name, with the field it stands in; likewise `second`.
    """

    def __init__(self, *, address: str, name: str, first: str, second: str, mend: str) -> None:
        super().__init__(f"In target {address}, the code would know {first} and {second} both as {name!r}. {mend}")


class RepeatedOutputError(WombatError):
    """A step lists a dataset twice among its outputs."""

    def __init__(self, *, address: str, dataset: str, first: str, second: str) -> None:
        super().__init__(
            f"The 'outputs' field in target {address} lists the dataset {dataset} twice, as {first!r} and {second!r}. "
            "Remove one."
        )


class NoProducerError(WombatError):
    """A dataset has neither files of its own nor a step that makes it."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"The dataset {address} has no 'source' and no step produces it. "
            f"Give it a 'source' (or 'sources', or 'uri'), or list it in the 'outputs' field of the pipeline_step that "
            "makes it."
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
    """A dataset is made from itself, or a pipeline delivers itself.

    :param path: from a node to that node again; each needs the one after it.
    :param of_pipelines: whether the path leads through pipelines, and not through datasets and steps.
    :param keys: the datasets on the path that need the step after them for a foreign key of their contract, with it.
    """

    def __init__(
        self, path: Sequence[str], *, of_pipelines: bool = False, keys: Sequence[Tuple[str, str]] = ()
    ) -> None:
        self.path: Tuple[str, ...] = tuple(path)
        mend = (
            "Remove one of these pipelines from the 'outputs' of the one before it."
            if of_pipelines
            else "Remove one of these datasets from the 'inputs' of the step that reads it."
        )
        if keys:
            told = " ".join(f"The contract of {dataset} has a foreign key to what {step} makes." for dataset, step in keys)
            mend = f"{told} Remove the relationship, or one of these datasets from the 'inputs' of the step that reads it."
        super().__init__(f"The pipeline has a cycle: {' -> '.join(path)} (each needs the one after it). {mend}")


class UnknownOverrideError(WombatError):
    """The command line sets a parameter that no step has.

    :param known: what could be set, as step.parameter.
    :param nearest: what was probably meant to be set, in the same form.
    """

    def __init__(self, override: str, *, reason: str, known: KnownNames, nearest: str) -> None:
        near = known.nearest(nearest)
        mend = f"Did you mean {near!r}? " if near and near != nearest else ""
        super().__init__(
            f"Cannot apply {override!r} from the command line: {reason} {mend}"
            f"Parameters of these pipelines: {_listed(list(known))}."
        )


class UnknownParameterReferenceError(WombatError):
    """The arguments of a `run=` step refer to something that the step does not have."""

    def __init__(self, address: str, placeholder: str, known: Sequence[str]) -> None:
        near = difflib.get_close_matches(placeholder, known, n=1)
        mend = f" Did you mean {{{near[0]}}}?" if near else ""
        super().__init__(
            f"The 'args' field in target {address} refers to {{{placeholder}}}, which the step does not have. "
            f"It can use: {_listed(['{' + name + '}' for name in known])}.{mend}"
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


class StepEnvironmentError(WombatError):
    """The environment that a step is to run in is none, or is not one for this step."""

    def __init__(self, address: str, value: str, *, reason: str) -> None:
        super().__init__(
            f"The 'environment' field in target {address} is {value!r}, and the step cannot run there: {reason} An "
            "environment is a name in [environments-preview].names; without the field the step runs on this machine."
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


class NotPublishedError(WombatError):
    """Something that was to be published could not be built, or may not be read."""

    def __init__(self, failures: Sequence[Tuple[str, str]]) -> None:
        told = "\n".join(f"{address}: {message}" for address, message in failures)
        super().__init__(f"Nothing is published, since this failed:\n{told}")


class UnpinnedDataError(WombatError):
    """Data from elsewhere is not pinned, so that it could be another one tomorrow.

    :param what: where it comes from.
    :param pin_command: writes the pin.
    """

    def __init__(self, address: str, what: str, *, pin_command: str) -> None:
        super().__init__(
            f"The dataset {address} comes from {what}, which nothing pins: it could hold other data tomorrow. "
            f"Pin what it holds now, and commit the change: {pin_command}"
        )


class ImportsLockError(WombatError):
    """The lock file of imports cannot be read."""

    def __init__(self, path: str, reason: str, *, update_command: str) -> None:
        super().__init__(
            f"The lock file of imports {path} {reason}. Restore it from git, or write it anew: {update_command}"
        )


class FetchError(WombatError):
    """Data from elsewhere could not be fetched."""

    def __init__(self, address: str, what: str, message: str) -> None:
        super().__init__(f"The dataset {address} could not be fetched from {what}. {message.strip()}")


class ReproductionError(WombatError):
    """A published version cannot be made once more."""

    def __init__(self, title: str, reason: str) -> None:
        super().__init__(f"{title} cannot be reproduced: {reason}")


class UnreadableResultError(WombatError):
    """A step's process ended without the document that says what it made."""

    def __init__(self, address: str, exit_code: int, log: str) -> None:
        lines = log.strip().splitlines()[-20:]
        told = "\n".join(["The end of what it printed:", *lines]) if lines else "It printed nothing."
        super().__init__(
            f"The process of {address} ended with exit code {exit_code} and no result document, which is not "
            f"the step's own doing. Run it again; if it ends like this each time, please report it as a bug. {told}"
        )


class UnknownExpectationError(WombatError):
    """A step states what it needs of an input that it does not have."""

    def __init__(self, address: str, name: str, inputs: Sequence[str]) -> None:
        near = difflib.get_close_matches(name, inputs, n=1)
        mend = f"Did you mean {near[0]!r}?" if near else "Correct the name, or remove the entry."
        super().__init__(
            f"The 'expects' field in target {address} names {name!r}, but the step has no such input. "
            f"Its inputs: {_listed(inputs)}. {mend}"
        )


class ContractFileError(WombatError):
    """A field names a contract file that is not there.

    :param nearby: the contract files of its directory.
    """

    def __init__(self, address: str, field: str, file: str, nearby: Sequence[str]) -> None:
        near = difflib.get_close_matches(file, nearby, n=1)
        mend = f"Did you mean {near[0]!r}?" if near else "Correct the name, or let `infer-contracts` write a first one."
        super().__init__(
            f"The {field!r} field in target {address} names {file!r}, but there is no such file. "
            f"Contract files in its directory: {_listed(nearby)}. {mend}"
        )


class InvalidContractError(WombatError):
    """A file is no contract, or contradicts itself.

    :param problems: each with its place, as "a/orders.odcs.yaml:12:5: ...".
    """

    def __init__(self, file: str, problems: Sequence[str]) -> None:
        told = problems[:_TOLD]
        lines = [f"{len(problems)} mistake{'' if len(problems) == 1 else 's'} in the contract {file}.", *told]
        if len(problems) > len(told):
            lines.append(f"The other {len(problems) - len(told)} are told when these are mended.")
        super().__init__("\n".join(lines))


class UnknownSchemaObjectError(WombatError):
    """A contract file has no schema object of the name that a target asks for.

    :param name: of the object; where the field does not say it, of the dataset or input.
    :param is_given: whether the field says it.
    """

    def __init__(
        self, address: str, field: str, file: str, name: str, known: Sequence[str], *, is_given: bool
    ) -> None:
        near = difflib.get_close_matches(name, known, n=1)
        base = file.rpartition("/")[2]
        if is_given:
            what = f"names {f'{file}#{name}'!r}, but the contract has no schema object {name!r}."
            mend = f"Did you mean {f'{base}#{near[0]}'!r}?" if near else "Correct the name after '#'."
        else:
            what = f"names {file!r} without a schema object, and the contract has none called {name!r}."
            mend = f"Name one of them after '#', as {f'{base}#{[*near, *known][0]}'!r}." if known else ""
        if not known:
            mend = "Describe the data in its `schema`."
        super().__init__(f"The {field!r} field in target {address} {what} It has: {_listed(known)}. {mend}")


class RelationshipError(WombatError):
    """A foreign key of a contract refers to data that cannot be read when it is validated."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")


class ContractViolationError(WombatError):
    """A dataset does not keep its contract.

    :param messages: one for each rule that stops it.
    """

    def __init__(self, address: str, contract: str, messages: Sequence[str], *, rerun_command: str) -> None:
        rules = "a rule" if len(messages) == 1 else f"{len(messages)} rules"
        lines = [f"  {message}" for message in messages]
        super().__init__(
            "\n".join(
                [
                    f"The data of {address} violates {rules} of {contract}:",
                    *lines,
                    f"Mend the step or the source, or change the contract. Look at the rows: "
                    f"{rerun_command} {shlex.quote(address)}",
                ]
            )
        )


class ToolError(WombatError):
    """The plugin's own program ended with an error.

    :param log: what it printed.
    """

    def __init__(self, what: str, log: str) -> None:
        super().__init__(f"{what}: {log.strip() or 'it printed nothing.'}")


class DeploymentError(WombatError):
    """A deployment target has a setting that is not right; the text is the whole message."""


class GeneratedFileError(WombatError):
    """A generated file cannot be read, written or removed.

    :param problem: what is wrong, as the rest of a sentence.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path} {problem} Make way for it, or set another `output` in its target.")


class ContractBaseError(WombatError):
    """The revision that contracts are compared with cannot be read."""

    def __init__(self, base: str, reason: str) -> None:
        super().__init__(
            f"The option `base` in [wombat-contracts] is {base!r}, but {reason} In CI, fetch the history that has it, as "
            "with `fetch-depth: 0`; or name another revision."
        )


class OptionValueError(WombatError):
    """An option has a value that it cannot have."""

    def __init__(self, scope: str, name: str, value: object, *, must: str) -> None:
        super().__init__(f"The option `{name}` in [{scope}] must be {must}, but was {value!r}.")


class RunRecordError(WombatError):
    """The record of a run cannot be written."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"Cannot write the run record {path}: {reason}. The run itself is over, and its results are kept. Make the "
            "directory writable, or set `runs_dir` in the section [wombat] of pants.toml to another one."
        )


class SummaryFileError(WombatError):
    """The summary or the report of a run cannot be written to the file that was named for it."""

    def __init__(self, path: str, option: str, reason: str) -> None:
        super().__init__(
            f"Cannot write to {path}, which [wombat].{option} names: {reason}. The run itself is over, and "
            "its results are kept. Name a file in a directory that is there and can be written to."
        )


def raise_all(errors: Sequence[WombatError]) -> None:
    """Raise what there is: nothing, the one error, or all of them together."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise PipelineErrors(errors)


def _declaration(directory: str, name: str) -> str:
    path = "BUILD" if directory == "//" else f"{directory}/BUILD"
    return f"`dataset(name={name!r})` to {path}"


def _listed(names: Sequence[str], total: int = -1) -> str:
    """The first of `names`, and how many there are besides.

    :param total: their number, where `names` holds only the first of them.
    """
    if not names:
        return "none"
    shown = names[:_LISTED]
    more = max(total, len(names)) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
