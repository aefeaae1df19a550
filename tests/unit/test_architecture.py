"""What may import what: the layers of DESIGN.md, section 3, held against every import in the sources."""

from __future__ import annotations

import ast
import os
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Iterator, List

import pytest

PACKAGES = ("wombat", "wombat_step", "wombat_tool")
MOST_LINES = 500
DATA_LIBRARIES = {"numpy", "pandas", "polars", "pyarrow"}
"""What `wombat_step` may use where the user's own code has it, and so only within functions."""
LATER_STANDARD = {"annotationlib", "tomllib"}
"""Standard library of later Pythons, which `wombat_step` may use where it runs on one: within functions too."""
COMPAT_MODULES = {"wombat/compat.py", "wombat/_compat_get.py", "wombat/_compat_byname.py"}
VERSION_TESTS = {"BY_NAME", "PANTS_SEMVER"}


@dataclass(frozen=True)
class Import:
    """One imported module, and where it is imported.

    :param runs_at_once: when the module is loaded, and not in a function or for type checkers only.
    """

    module: str
    line: int
    runs_at_once: bool

    @property
    def package(self) -> str:
        """The package, or module, at the top."""
        return self.module.partition(".")[0]


def imports_in(tree: ast.Module, package: str) -> List[Import]:
    """All imports in a file, those by `importlib.import_module` too.

    :param package: the package of the file, which relative imports start from.
    """
    return list(_imports(tree.body, package, runs_at_once=True))


def _imports(nodes: List[ast.stmt], package: str, *, runs_at_once: bool) -> Iterator[Import]:
    pending = [(node, runs_at_once) for node in nodes]
    while pending:
        node, at_once = pending.pop()
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, at_once) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            start = parts[: len(parts) - node.level + 1] if node.level else []
            module = ".".join([*start, *(node.module or "").split(".")]).rstrip(".")
            # `from wombat import graph` imports a module too.
            yield from (Import(f"{module}.{alias.name}", node.lineno, at_once) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "importlib.import_module",
            "import_module",
            "__import__",
        ):
            name = node.args[0] if node.args else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield Import(name.value, node.lineno, at_once)
        for child in ast.iter_child_nodes(node):
            is_body = not isinstance(node, ast.If) or child in node.body
            is_hidden = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or (
                isinstance(node, ast.If)
                and is_body
                and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
            )
            pending.append((child, at_once and not is_hidden))  # type: ignore[arg-type]


@cache
def is_standard(package: str) -> bool:
    """Whether a package is part of the standard library of the oldest Python that the plugin runs on."""
    if package in LATER_STANDARD:
        return False
    if package in sys.builtin_module_names or package == "__future__":
        return True
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return False
    origin = os.path.realpath(spec.origin)
    places = [os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "platstdlib")]
    return spec.origin == "frozen" or ("site-packages" not in origin and any(map(origin.startswith, places)))


def files_of(package: str) -> Iterator[str]:
    """The sources of a package, relative to the directory that it is in."""
    top = package_directory(package)
    for path in sorted(top.rglob("*.py")):
        yield path.relative_to(top.parent).as_posix()


def package_directory(package: str) -> Path:
    """Where a package is: in the repository, or in a sandbox of Pants."""
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None, f"{package} must be a dependency of this test."
    return Path(spec.origin).parent


def source_of(file: str) -> str:
    """The text of a file that `files_of` named."""
    return (package_directory(file.partition("/")[0]).parent / file).read_text(encoding="utf-8")


@cache
def tree_of(file: str) -> ast.Module:
    """The syntax tree of a file that `files_of` named."""
    return ast.parse(source_of(file))


def imports_of(file: str) -> List[Import]:
    """The imports of a file that `files_of` named."""
    return imports_in(tree_of(file), file.rpartition("/")[0].replace("/", "."))


def forbidden_in(file: str, found: Import) -> bool:
    """Whether a file must not have an import."""
    package = file.partition("/")[0]
    if is_standard(found.package):
        return False
    if file == "wombat/enter_venv.py" and found.module == "warm_server":
        # They lie side by side in a sandbox.
        return False
    if file in ("wombat/enter_venv.py", "wombat/warm_server.py", "wombat/packages.py"):
        # They run in a sandbox without the rest of the plugin; the last one must not load what it reads.
        return True
    if file.startswith("wombat/graph/") or file == "wombat/runs.py":
        return not f"{found.module}.".startswith("wombat.graph.")
    if package == "wombat":
        return found.package not in ("wombat", "pants")
    if package == "wombat_step":
        return found.package != "wombat_step" and (
            found.runs_at_once or found.package not in DATA_LIBRARIES | LATER_STANDARD
        )
    return found.package in ("wombat", "wombat_step", "pants")


ALL_FILES = [file for package in PACKAGES for file in files_of(package)]


def test_the_sources_are_found() -> None:
    for file in ("wombat/register.py", "wombat/graph/model.py", "wombat_step/__main__.py", "wombat_tool/__main__.py"):
        assert file in ALL_FILES


@pytest.mark.parametrize("file", ALL_FILES)
def test_a_file_imports_only_what_its_layer_may(file: str) -> None:
    wrong = [f"{file}:{found.line}: {found.module}" for found in imports_of(file) if forbidden_in(file, found)]

    assert wrong == [], "DESIGN.md, section 3, and STYLE.md, section 1, say what may import what."


@pytest.mark.parametrize("file", ALL_FILES)
def test_only_the_compat_module_knows_the_version_of_pants(file: str) -> None:
    if file in COMPAT_MODULES:
        return
    allowed = {"BY_NAME"} if file == "wombat/rules/build.py" else set()
    named = {
        name
        for node in ast.walk(tree_of(file))
        for name in (
            node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else "",
            *(alias.name for alias in (node.names if isinstance(node, ast.ImportFrom) else ())),
        )
    }

    assert named.intersection(VERSION_TESTS) <= allowed, f"{file} must leave it to wombat.compat."


@pytest.mark.parametrize("file", ALL_FILES)
def test_a_file_is_not_too_long(file: str) -> None:
    lines = source_of(file).count("\n")

    assert lines < MOST_LINES, f"{file} has more than one subject: split it."


@pytest.mark.parametrize("file", ALL_FILES)
def test_a_file_begins_with_what_it_is(file: str) -> None:
    docstring = ast.get_docstring(tree_of(file))

    assert docstring and docstring.splitlines()[0].rstrip().endswith((".", ":")), f"{file} needs a sentence at its top."


# --- The test itself --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "source"),
    [
        pytest.param("wombat/graph/x.py", "import pants.engine", id="pants-in-graph"),
        pytest.param("wombat/graph/x.py", "from pants.engine.rules import Get", id="pants-in-graph-from"),
        pytest.param("wombat/graph/x.py", "def f():\n    import pants", id="pants-in-graph-in-a-function"),
        pytest.param("wombat/graph/x.py", "if TYPE_CHECKING:\n    import pants", id="pants-in-graph-for-types"),
        pytest.param("wombat/graph/x.py", "from wombat import runs", id="rest-of-the-plugin-in-graph"),
        pytest.param("wombat/graph/x.py", "from wombat import graph, runs", id="beside-a-good-one"),
        pytest.param("wombat/graph/x.py", "from ..runs import write_record", id="rest-of-the-plugin-in-graph-relative"),
        pytest.param("wombat/graph/x.py", "import yaml", id="third-party-in-graph"),
        pytest.param("wombat/graph/x.py", "import_module('pants')", id="by-importlib"),
        pytest.param("wombat/graph/x.py", "class A:\n    try:\n        import pants\n    except E: ...", id="nested"),
        pytest.param("wombat/runs.py", "from wombat.rules import build", id="rules-in-an-engine-free-module"),
        pytest.param("wombat/packages.py", "import wombat_step", id="loading-what-is-read"),
        pytest.param("wombat/enter_venv.py", "from wombat.graph import model", id="plugin-in-a-script-for-sandboxes"),
        pytest.param("wombat/enter_venv.py", "import wombat.warm_server", id="plugin-and-not-the-file-beside"),
        pytest.param("wombat/warm_server.py", "import wombat_step._worker", id="program-in-the-server-of-all-programs"),
        pytest.param("wombat/warm_server.py", "import enter_venv", id="starting-script-in-the-server"),
        pytest.param("wombat_step/x.py", "def f():\n    import warm_server", id="server-in-a-library-of-the-user"),
        pytest.param("wombat/rules/x.py", "import wombat_step", id="step-in-plugin"),
        pytest.param("wombat/rules/x.py", "def f():\n    from wombat_tool import tables", id="tool-in-plugin"),
        pytest.param("wombat/rules/x.py", "import pyarrow", id="third-party-in-plugin"),
        pytest.param("wombat_step/x.py", "import wombat", id="plugin-in-step"),
        pytest.param("wombat_step/x.py", "import pyarrow", id="data-library-at-module-level"),
        pytest.param("wombat_step/x.py", "class A:\n    import pandas", id="data-library-in-a-class"),
        pytest.param("wombat_step/x.py", "if not TYPE:\n    import pandas", id="data-library-under-a-condition"),
        pytest.param("wombat_step/x.py", "if not TYPE_CHECKING:\n    import pandas", id="data-library-not-for-types"),
        pytest.param("wombat_step/x.py", "if TYPE_CHECKING: ...\nelse:\n    import pandas", id="data-library-in-else"),
        pytest.param("wombat_step/x.py", "def f():\n    import pydantic", id="other-library-in-a-function"),
        pytest.param("wombat_tool/x.py", "import pants", id="pants-in-tool"),
        pytest.param("wombat_tool/x.py", "from wombat_step import _spec", id="step-in-tool"),
    ],
)
def test_a_forbidden_import_is_found(file: str, source: str) -> None:
    found = imports_in(ast.parse(source), file.rpartition("/")[0].replace("/", "."))

    assert any(forbidden_in(file, one) for one in found)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        pytest.param("wombat/graph/x.py", "from __future__ import annotations\nimport json, os.path", id="standard"),
        pytest.param("wombat/graph/x.py", "from wombat.graph.model import Node", id="within-graph"),
        pytest.param("wombat/graph/x.py", "from wombat.graph import model", id="within-graph-from"),
        pytest.param("wombat/graph/x.py", "from . import model\nfrom .model import Node", id="within-graph-relative"),
        pytest.param("wombat/rules/x.py", "import pants\nfrom wombat import compat", id="plugin"),
        pytest.param("wombat/enter_venv.py", "import_module('warm_server')", id="file-beside-in-a-sandbox"),
        pytest.param("wombat/runs.py", "from wombat.graph.errors import WombatError", id="engine-free"),
        pytest.param("wombat_step/x.py", "def f():\n    import pyarrow.parquet", id="data-library-in-a-function"),
        pytest.param("wombat_step/x.py", "if TYPE_CHECKING:\n    import polars", id="data-library-for-types"),
        pytest.param("wombat_step/x.py", "from wombat_step._errors import SpecError", id="within-step"),
        pytest.param("wombat_tool/x.py", "import pyarrow, duckdb\nfrom wombat_tool import files", id="tool"),
    ],
)
def test_an_allowed_import_is_not_found(file: str, source: str) -> None:
    found = imports_in(ast.parse(source), file.rpartition("/")[0].replace("/", "."))

    assert found
    assert [one.module for one in found if forbidden_in(file, one)] == []
