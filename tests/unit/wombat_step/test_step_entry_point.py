"""Finding the user's function, and the tracebacks of user code that raises."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from wombat_step._errors import (
    EntryPointError,
    MissingRequirementError,
    SpecError,
    UserCodeError,
    format_user_traceback,
)

from step_sandbox import Sandbox


def test_the_source_roots_come_first_in_their_order(sandbox: Sandbox) -> None:
    sandbox.source("NAME = 'first'", path="one/helper.py")
    sandbox.source("NAME = 'second'", path="two/helper.py")
    sandbox.source("import helper\ndef f(): return helper.NAME", path="two/steps.py")
    out = sandbox.output("out", "text")

    sandbox.run(
        "",
        source_roots=["one", "two"],
        entry_point={"module": "steps", "function": "f", "path": "two/steps.py"},
    )

    assert out.read_text() == "first"


@pytest.mark.parametrize(
    ("entry_point", "message"),
    [
        pytest.param(
            {"path": "etl/step.py", "module": "etl.step"},
            r"'entry_point' field names the file etl/step.py, but the step's sources have no such file. Correct the field, "
            r"and see that a `python_sources` target owns the file",
            id="no-file",
        ),
        pytest.param(
            {"module": "elt.steps"},
            r"names the module 'elt.steps', but no source root has it: No module named 'elt'. The source roots are \., and "
            r"the file is etl/steps.py. Correct the field, or the source roots \(`pants roots`\)",
            id="no-module",
        ),
        pytest.param(
            {"function": "clena"},
            r"names the function 'clena', but etl/steps.py has none of that name. Functions there: clean, f. Did you mean "
            r"'clean'\? Correct entry_point=\"steps.py:clena\", or add the function",
            id="no-function",
        ),
        pytest.param(
            {"function": "LIMIT"},
            r"names 'LIMIT' in etl/steps.py, but that is a value of type int, which cannot be called. Name a function",
            id="no-callable",
        ),
    ],
)
def test_an_entry_point_that_leads_nowhere_is_told(sandbox: Sandbox, entry_point: dict[str, str], message: str) -> None:
    default = {"module": "etl.steps", "function": "f", "path": "etl/steps.py"}

    with pytest.raises(EntryPointError, match=message):
        sandbox.run(
            "from json import loads\nLIMIT = 3\ndef clean(): ...\ndef f(): ...\ndef _g(): ...",
            entry_point={**default, **entry_point},
        )


@pytest.mark.parametrize(
    ("code", "message"),
    [
        pytest.param(
            "x = 1\nimport sklearn\ndef f(): ...",
            r"etl/steps.py:2 imports 'sklearn', but the step's environment has no such module. "
            r'Add python_requirement\(name="sklearn", requirements=\["scikit-learn"\]\) to the resolve .* `dependencies` field '
            r".* `pants generate-lockfiles`.*of your own, add a `python_sources` target",
            id="import",
        ),
        pytest.param(
            "def f():\n\n    import nowhere_at_all",
            r'etl/steps.py:3 imports \'nowhere_at_all\', .*requirements=\["nowhere_at_all"\]',
            id="late-import",
        ),
        pytest.param(
            "import etl.helper\ndef f(): ...", r"etl/helper.py:1 imports 'nowhere_at_all'", id="import-of-an-import"
        ),
        pytest.param(
            "import json.nowhere\ndef f(): ...",
            r"etl/steps.py:1 imports 'json.nowhere', but the 'json' that the step's environment has lacks that. Correct the "
            r"import, or the version of the requirement",
            id="sub-module",
        ),
        pytest.param(
            "from etl.missing import x\ndef f(): ...",
            r"etl/steps.py:1 imports 'etl.missing', but that module of your sources is not in the step's sandbox. "
            r"Add a `python_sources` target for its file",
            id="first-party",
        ),
    ],
)
def test_a_missing_requirement_is_named_with_the_line(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, code: str, message: str
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    sandbox.source("import nowhere_at_all", path="etl/helper.py")

    with pytest.raises(MissingRequirementError, match=message):
        sandbox.run(code)


def test_a_module_that_raises_is_told_without_our_frames(sandbox: Sandbox) -> None:
    with pytest.raises(UserCodeError) as raised:
        sandbox.run("def g(): return 1 / 0\nVALUE = g()\ndef f(): ...")

    lines = [line for line in str(raised.value).splitlines() if set(line) - set(" ^~")]  # Newer Pythons underline.
    assert lines == [
        "The step's module 'etl.steps' in etl/steps.py raised ZeroDivisionError.",
        "Traceback (most recent call last):",
        '  File "etl/steps.py", line 2, in <module>',
        "    VALUE = g()",
        '  File "etl/steps.py", line 1, in g',
        "    def g(): return 1 / 0",
        "ZeroDivisionError: division by zero",
    ]
    assert isinstance(raised.value.original, ZeroDivisionError)
    assert raised.value.__cause__ is raised.value.original


def test_a_syntax_error_is_told_with_its_line(sandbox: Sandbox) -> None:
    with pytest.raises(UserCodeError) as raised:
        sandbox.run("def f(:\n    ...")

    message = str(raised.value)
    assert 'File "etl/steps.py", line 1' in message
    assert message.splitlines()[-1].startswith("SyntaxError: ")
    assert "wombat_step" not in message and str(sandbox.path) not in message


def test_a_traceback_begins_with_the_users_function_and_ends_with_the_exception(sandbox: Sandbox) -> None:
    sandbox.source("def helper(n):\n    raise KeyError(n)", path="etl/helper.py")

    with pytest.raises(UserCodeError) as raised:
        sandbox.run(
            """
            import json
            from etl.helper import helper

            def f():
                try:
                    helper(3)
                except KeyError as err:
                    raise ValueError("no row") from err
            """
        )

    text = format_user_traceback(raised.value)
    files = [line.split(",")[0].strip() for line in text.splitlines() if line.startswith("  File ")]
    assert files == ['File "etl/steps.py"', 'File "etl/helper.py"', 'File "etl/steps.py"']
    assert "The above exception was the direct cause of the following exception" in text
    assert text.splitlines()[-1] == "ValueError: no row"
    assert "raise KeyError(n)" in text
    assert format_user_traceback(raised.value.original).endswith("ValueError: no row")


def test_frames_of_libraries_below_the_users_code_stay(sandbox: Sandbox) -> None:
    with pytest.raises(UserCodeError) as raised:
        sandbox.run("import json\ndef f():\n    json.loads('{')")

    lines = str(raised.value).splitlines()
    assert any("json/__init__.py" in line for line in lines)
    assert lines[-1].startswith("json.decoder.JSONDecodeError: ")


@pytest.mark.parametrize(
    ("statement", "last"),
    [
        ("sys.exit(3)", "SystemExit: 3"),
        ("raise MemoryError('no room')", "MemoryError: no room"),
        ("raise ModuleNotFoundError('made up')", "ModuleNotFoundError: made up"),
        ("raise Base('odd')", "etl.steps.Base: odd"),
        ("raise AssertionError", "AssertionError"),
    ],
)
def test_whatever_ends_the_function_is_told(sandbox: Sandbox, statement: str, last: str) -> None:
    with pytest.raises(UserCodeError) as raised:
        sandbox.run(f"import sys\nclass Base(BaseException): ...\ndef f(): {statement}")

    assert str(raised.value).splitlines()[-1] == last


def test_an_interrupt_is_passed_on(sandbox: Sandbox) -> None:
    with pytest.raises(KeyboardInterrupt):
        sandbox.run("def f(): raise KeyboardInterrupt")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups are of Python 3.11")
def test_frames_in_exception_groups_are_the_users_only(sandbox: Sandbox) -> None:
    with pytest.raises(UserCodeError) as raised:
        sandbox.run("def f():\n    raise ExceptionGroup('several', [ValueError('a'), KeyError('b')])")

    assert "wombat_step" not in str(raised.value)
    assert "ValueError: a" in str(raised.value) and "KeyError: 'b'" in str(raised.value)


def test_an_error_of_ours_in_the_users_code_is_passed_on(sandbox: Sandbox) -> None:
    from wombat_step._errors import MetricsError

    with pytest.raises(MetricsError):
        sandbox.run("from wombat_step import log_metrics\ndef f(): log_metrics(a='x')")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            {"version": 2}, r"`version` in step.json must be 1, but was 2.*install one version of both", id="version"
        ),
        pytest.param(
            {"outputs": [{"name": "a"}]}, r"not a step spec of version 1: KeyError: 'format'.*report this", id="key"
        ),
        pytest.param(
            {"outputs": [{"name": "a", "format": "csv", "path": "work/../data.csv"}]},
            r"`outputs\[0\].path` in step.json must be below out/0/, but leads to .*report this as a bug",
            id="path",
        ),
        pytest.param({"inputs": 3}, r"not a step spec of version 1: TypeError", id="type"),
        pytest.param(
            {"outputs": [{"name": "a", "format": "orc", "path": "out/0/data"}]},
            r"`outputs\[0\].format` in step.json must be one of parquet, .*but was 'orc'. Correct the `format` field",
            id="format",
        ),
    ],
)
def test_a_step_spec_that_cannot_be_run_is_told(sandbox: Sandbox, change: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        sandbox.run("def f(): ...", **change)
