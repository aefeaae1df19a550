"""The reference says what the help texts say, each of these has an example, and each error has its paragraph."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any, Dict, Iterator, List, Set, Tuple

import pytest
import wombat_step._errors
import wombat_step._supervise

import wombat.graph.errors
from harness import file_above, source_directory


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_reference", file_above("docs/generate_reference.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference: Any = _generator()
PAGES = file_above("docs/reference")

FIELDS = [
    pytest.param(target, field, id=f"{target.alias}-{field.alias}")
    for target in reference.documented_targets()
    for field in reference.own_fields(target)
]
OPTIONS = [
    pytest.param(option, id=f"{subsystem.options_scope}-{name}")
    for subsystem in (*reference.own_subsystems(), *reference.own_goals())
    for name, option in reference.options_of(subsystem)
]


def calls_in_example(text: str) -> List[Tuple[str, Set[str]]]:
    """The targets in the BUILD snippet of a help text, each with the fields that it sets."""
    example = text.partition("Example:\n")[2]
    tree = ast.parse(textwrap.dedent(example).strip())
    calls = [node.value for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    return [
        (call.func.id, {word.arg for word in call.keywords if word.arg is not None})
        for call in calls
        if isinstance(call.func, ast.Name)
    ]


# --- Generated pages --------------------------------------------------------------------------------------------------


def test_the_pages_are_as_new_as_the_help_texts() -> None:
    diff = reference.stale(PAGES)

    assert not diff, f"{diff}\nTo mend it, run: {reference.COMMAND}"


def test_check_prints_the_difference_and_the_mending_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reference.main(["--directory", str(tmp_path)])
    page = tmp_path / "targets.md"
    page.write_text(page.read_text().replace("## dataset\n", "## data\n"))

    exit_code = reference.main(["--check", "--directory", str(tmp_path)])

    printed = capsys.readouterr()
    assert exit_code == 1
    assert "-## data\n+## dataset\n" in printed.out
    assert reference.COMMAND in printed.err


def test_check_says_nothing_where_nothing_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reference.main(["--directory", str(tmp_path)])

    assert reference.main(["--check", "--directory", str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""


def test_all_targets_goals_and_options_have_an_entry() -> None:
    pages: Dict[str, str] = reference.pages()

    assert [target.alias for target in reference.documented_targets()] == [
        "dataset",
        "imported_dataset",
        "pipeline_step",
        "pipeline",
        "data_contract",
        "airflow_dag",
        "argo_workflow",
        "github_workflow",
        "gitlab_ci",
        "kubeflow_pipeline",
        "kubernetes_job",
        "luigi_module",
        "pipeline_image",
        "remote_cache",
    ]
    assert [goal.name for goal in reference.own_goals()] == [
        "check-determinism",
        "collect-garbage",
        "compare-versions",
        "fetch-version",
        "generate-configs",
        "infer-contracts",
        "label-version",
        "list-versions",
        "pipeline-graph",
        "prepare-steps",
        "reproduce-version",
        "run-pipelines",
        "show-version",
        "update-imports",
        "verify-store",
    ]
    assert [scope.options_scope for scope in reference.own_subsystems()] == [
        "wombat",
        "wombat-contracts",
        "wombat-store",
        "wombat-deployment",
    ]
    assert "\n### dataset: contract\n" in pages["targets.md"]
    assert "\n### pipeline_step: expects\n" in pages["targets.md"]
    assert "\n### pipeline_step: timeout_s\n" in pages["targets.md"]
    assert "\n### wombat: explain\n" in pages["options.md"]
    assert "\n### wombat-contracts: base\n" in pages["options.md"]
    assert "\n### pipeline-graph: graph-format\n" in pages["goals.md"]


def test_indented_lines_become_code() -> None:
    text = "What it is. Default: none.\n\nExample:\n\n    dataset(\n        name='a',\n    )"

    assert reference.markdown_of(text) == (
        "What it is.\nDefault: none.\n\nExample:\n\n```python\ndataset(\n    name='a',\n)\n```"
    )


# --- Help texts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", reference.documented_targets(), ids=lambda target: str(target.alias))
def test_a_target_has_help_with_an_example(target: Any) -> None:
    calls = calls_in_example(reference.help_of(target))

    assert target.alias in [name for name, _ in calls]


@pytest.mark.parametrize(("target", "field"), FIELDS)
def test_a_field_has_help_with_an_example_that_sets_it(target: Any, field: Any) -> None:
    calls = calls_in_example(reference.help_of(field))

    assert any(field.alias in fields for _, fields in calls)


@pytest.mark.parametrize(("target", "field"), FIELDS)
def test_an_example_sets_only_fields_that_the_target_has(target: Any, field: Any) -> None:
    known = {one.alias: {f.alias for f in one.core_fields} for one in reference.documented_targets()}

    for name, fields in calls_in_example(reference.help_of(field)):
        assert name in known, f"The example of {target.alias}.{field.alias} has the unknown target {name}."
        assert fields - {"name"} <= known[name]


@pytest.mark.parametrize("field", [pytest.param(*param.values[1:], id=param.id) for param in FIELDS])
def test_help_of_a_field_tells_the_default(field: Any) -> None:
    assert field.required or "Default:" in reference.help_of(field)


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_has_help(option: Dict[str, Any]) -> None:
    text = reference.help_of(option["help"])

    assert text.endswith((".", "`", "::")), text


def test_the_target_of_the_plugin_itself_has_help() -> None:
    for field in (reference.StepLibraryTarget, *reference.own_fields(reference.StepLibraryTarget)):
        assert reference.help_of(field).endswith(".")


# --- docs/errors.md ---------------------------------------------------------------------------------------------------


def error_classes(module: ModuleType) -> List[str]:
    """The names of the error classes that a module defines."""
    return sorted(
        name
        for name, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, BaseException) and value.__module__ == module.__name__
    )


def error_classes_in(package: str, base: str) -> List[str]:
    """The names of an error class of a package and of those made of it, read and not imported: it needs another Python."""
    sources = (source_directory(package) / package).rglob("*.py")
    pairs = [pair for file in sources for pair in re.findall(r"^class (\w+)\((\w+)", file.read_text(), re.MULTILINE)]
    found: Set[str] = set()
    new = {base}
    while new:
        found |= new
        new = {name for name, parent in pairs if parent in new}
    return sorted(found)


def error_kinds(module: ModuleType) -> List[str]:
    """The kinds of errors that a module names in its texts, without a class for them."""
    tree = ast.parse(inspect.getsource(module))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return sorted(text for text in texts if re.fullmatch(r"[A-Z]\w*Error", text))


def sections(text: str) -> Iterator[Tuple[str, List[str]]]:
    """For each module that a section of docs/errors.md names, the headings of that section."""
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        module = re.search(r"of `([\w.]+)`", section)
        assert module is not None, f"This section must name its module: {section.splitlines()[0]}"
        yield module.group(1), re.findall(r"^### (.*)$", section, flags=re.MULTILINE)


def test_each_error_has_exactly_one_heading() -> None:
    found = {module: sorted(headings) for module, headings in sections(file_above("docs/errors.md").read_text())}

    assert found == {
        "wombat.graph.errors": error_classes(wombat.graph.errors),
        "wombat_step._errors": error_classes(wombat_step._errors),
        "wombat_step._supervise": error_kinds(wombat_step._supervise),
        "wombat_tool": error_classes_in("wombat_tool", "WombatToolError"),
    }


def test_each_heading_is_followed_by_text() -> None:
    parts = re.split(r"^### .*$", file_above("docs/errors.md").read_text(), flags=re.MULTILINE)

    assert all(len(part.strip().partition("\n## ")[0]) > 40 for part in parts[1:])
