"""Error messages say what, where and how to mend; what other tests do not see is here."""

from __future__ import annotations

import inspect
import re

import pytest

from wombat.graph import errors
from wombat.graph.errors import (
    BuildFailedError,
    ContractBaseError,
    ContractFileError,
    ContractViolationError,
    DatasetFilesError,
    EntryPointError,
    InvalidContractError,
    NoProducerError,
    PipelineErrors,
    RelationshipError,
    RunFieldError,
    RunRecordError,
    ToolError,
    UnknownDatasetError,
    UnreadableResultError,
    WombatError,
    raise_all,
)
from wombat.graph.names import KnownNames


def test_errors_are_equal_if_they_say_the_same() -> None:
    assert NoProducerError("a:b") == NoProducerError("a:b")
    assert hash(NoProducerError("a:b")) == hash(NoProducerError("a:b"))
    assert NoProducerError("a:b") != NoProducerError("a:c")
    assert WombatError("x") != BuildFailedError([("a", "x")])
    assert WombatError("x") != "x"


def test_nothing_wrong_raises_nothing() -> None:
    raise_all([])


def test_one_mistake_is_raised_as_it_is() -> None:
    error = NoProducerError("a:b")

    with pytest.raises(NoProducerError) as caught:
        raise_all([error])

    assert caught.value is error


def test_several_mistakes_are_raised_together_with_their_classes() -> None:
    with pytest.raises(PipelineErrors) as caught:
        raise_all([WombatError("one"), NoProducerError("a:x")])

    assert str(caught.value).startswith(
        "2 mistakes in the pipeline.\n1. WombatError: one\n2. NoProducerError: The dataset a:x"
    )
    assert len(caught.value.errors) == 2


def test_of_very_many_mistakes_the_first_are_told() -> None:
    with pytest.raises(PipelineErrors) as caught:
        raise_all([WombatError(f"mistake {number}") for number in range(1_000)])

    lines = str(caught.value).splitlines()
    assert lines[0] == "1000 mistakes in the pipeline."
    assert lines[25:] == ["25. WombatError: mistake 24", "The other 975 are told when these are mended."]
    assert len(caught.value.errors) == 1_000


def test_a_long_list_of_names_is_cut() -> None:
    known = KnownNames(f"a:n{number:03}" for number in range(100))

    message = str(
        UnknownDatasetError(field="inputs", address="a:s", text=":x", value="a:x", kind="dataset", known=known)
    )

    assert "Known in a: n000, n001, n002, n003, n004, n005, n006, n007, n008, n009, n010, n011 and 88 more." in message


@pytest.mark.parametrize(
    ("error", "message"),
    [
        pytest.param(
            EntryPointError("a:s", "steps.py:clen", reason="there is no file a/steps.py."),
            "The 'entry_point' field in target a:s is 'steps.py:clen', but there is no file a/steps.py.",
            id="entry-point",
        ),
        pytest.param(
            RunFieldError("a:s", ":lib", reason="targets of type `python_sources` cannot be run within a step."),
            "The 'run' field in target a:s is ':lib', but targets of type `python_sources` cannot be run within a step."
            " Name a target that can run in a sandbox, such as a pex_binary, python_source or shell_command; for a "
            "Python function use 'entry_point'.",
            id="run-field",
        ),
        pytest.param(
            DatasetFilesError("a:d", "source", "row.csv", ["raw.csv", "BUILD"]),
            "The 'source' field in target a:d is 'row.csv', but there is no such file. Files in that directory: BUILD, "
            "raw.csv. Did you mean 'raw.csv'?",
            id="file-mistyped",
        ),
        pytest.param(
            DatasetFilesError("a:d", "sources", "data/*.csv", []),
            "The 'sources' field in target a:d is 'data/*.csv', but there is no such file. Files in that directory: "
            "none. Add it, or correct the 'sources' field.",
            id="no-files",
        ),
        pytest.param(
            BuildFailedError([("a:s", "ValueError: no"), ("a:d", "there is no such file.")]),
            "Not packaged, since this failed:\na:s: ValueError: no\na:d: there is no such file.",
            id="build-failed",
        ),
        pytest.param(
            UnreadableResultError("a:s", 137, ""),
            "The process of a:s ended with exit code 137 and no result document, which is not the step's own doing. "
            "Run it again; if it ends like this each time, please report it as a bug. It printed nothing.",
            id="no-result",
        ),
        pytest.param(
            RunRecordError(".wombat/runs/x.json", "Permission denied"),
            "Cannot write the run record .wombat/runs/x.json: Permission denied. The run itself is over, and its "
            "results are kept. Make the directory writable, or set `runs_dir` in the section [wombat] of pants.toml to "
            "another one.",
            id="run-record",
        ),
        pytest.param(
            ContractFileError("a:d", "contract", "a/order.odcs.yaml", ["a/orders.odcs.yaml", "a/users.odcs.yaml"]),
            "The 'contract' field in target a:d names 'a/order.odcs.yaml', but there is no such file. Contract files in "
            "its directory: a/orders.odcs.yaml, a/users.odcs.yaml. Did you mean 'a/orders.odcs.yaml'?",
            id="contract-mistyped",
        ),
        pytest.param(
            ContractFileError("a:s", "expects", "a/x.odcs.yaml", []),
            "The 'expects' field in target a:s names 'a/x.odcs.yaml', but there is no such file. Contract files in its "
            "directory: none. Correct the name, or let `infer-contracts` write a first one.",
            id="no-contract",
        ),
        pytest.param(
            InvalidContractError("a/x.odcs.yaml", ["a/x.odcs.yaml:3:1: the key 'id' is missing. Add it."]),
            "1 mistake in the contract a/x.odcs.yaml.\na/x.odcs.yaml:3:1: the key 'id' is missing. Add it.",
            id="invalid-contract",
        ),
        pytest.param(
            RelationshipError("a/x.odcs.yaml:14", "'users' is kept by several datasets: a:u, a:v. Give each its own."),
            "a/x.odcs.yaml:14: 'users' is kept by several datasets: a:u, a:v. Give each its own.",
            id="relationship",
        ),
        pytest.param(
            ContractViolationError("a:d", "a/x.odcs.yaml 1.0.0", ["one row is null."], rerun_command="./pants run"),
            "The data of a:d violates a rule of a/x.odcs.yaml 1.0.0:\n  one row is null.\nMend the step or the source, or "
            "change the contract. Look at the rows: ./pants run a:d",
            id="violation",
        ),
        pytest.param(
            ContractViolationError("a:it's", "a/x.odcs.yaml 1.0.0", ["one.", "two."], rerun_command="./pants run"),
            "The data of a:it's violates 2 rules of a/x.odcs.yaml 1.0.0:\n  one.\n  two.\nMend the step or the source, or "
            "change the contract. Look at the rows: ./pants run 'a:it'\"'\"'s'",
            id="violations",
        ),
        pytest.param(
            ToolError("The contract a/x.odcs.yaml cannot be read", "DataError: it is a picture.\n"),
            "The contract a/x.odcs.yaml cannot be read: DataError: it is a picture.",
            id="tool",
        ),
        pytest.param(
            ToolError("The contract a/x.odcs.yaml cannot be read", " \n"),
            "The contract a/x.odcs.yaml cannot be read: it printed nothing.",
            id="silent-tool",
        ),
        pytest.param(
            ContractBaseError("main", "git knows no such revision."),
            "The option `base` in [wombat-contracts] is 'main', but git knows no such revision. In CI, fetch the history "
            "that has it, as with `fetch-depth: 0`; or name another revision.",
            id="base",
        ),
    ],
)
def test_the_message(error: WombatError, message: str) -> None:
    assert str(error) == message


def test_of_very_many_mistakes_in_a_contract_the_first_are_told() -> None:
    lines = str(InvalidContractError("a/x.yaml", [f"a/x.yaml:{number}: no." for number in range(1, 101)])).splitlines()

    assert lines[:2] == ["100 mistakes in the contract a/x.yaml.", "a/x.yaml:1: no."]
    assert lines[25:] == ["a/x.yaml:25: no.", "The other 75 are told when these are mended."]


def test_of_a_long_log_the_end_is_told() -> None:
    message = str(UnreadableResultError("a:s", 1, "\n".join(f"line {number}" for number in range(100))))

    assert message.endswith(
        "\n".join(["The end of what it printed:", *(f"line {number}" for number in range(80, 100))])
    )


def test_every_error_is_a_wombat_error_with_a_docstring() -> None:
    classes = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, Exception)]

    assert len(classes) > 15
    for error in classes:
        assert issubclass(error, WombatError)
        assert error.__doc__ and re.match(r"[A-Z`][^\n]+\.(\n|\Z)", error.__doc__), error
