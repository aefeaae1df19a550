"""What a user imports from `wombat_step`: the names, the marker, metrics, and what importing costs."""

from __future__ import annotations

import ast
import decimal
import importlib.util
import json
import subprocess
import sys
import sysconfig
import threading
import typing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import wombat_step
from wombat_step._errors import MetricsError
from wombat_step._libraries import loaded_versions

from step_sandbox import Sandbox

PACKAGE = Path(wombat_step.__file__).parent


def test_the_public_names_are_these() -> None:
    assert wombat_step.__all__ == ["OutputPath", "WombatStepError", "capture_metrics", "log_metrics", "step"]
    assert all(hasattr(wombat_step, name) for name in wombat_step.__all__)
    assert (PACKAGE / "py.typed").exists()


def test_another_name_is_none_of_ours() -> None:
    with pytest.raises(AttributeError, match="module 'wombat_step' has no attribute 'steps'"):
        _ = wombat_step.steps  # type: ignore[attr-defined]


def test_all_modules_but_the_public_one_are_private() -> None:
    names = {path.name for path in PACKAGE.glob("*.py")} - {"__init__.py", "__main__.py"}

    assert all(name.startswith("_") for name in names)


def imports_of(tree: ast.Module) -> set[str]:
    """The modules that the code of a file imports, wherever the import stands, but for those for the type checker."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.stem)
def test_only_the_standard_library_is_imported(path: Path) -> None:
    # Data libraries are loaded by name, in `_libraries.load`, when a step asks for them.
    foreign = {name for name in imports_of(ast.parse(path.read_text())) if not is_standard(name)}

    assert foreign <= {"wombat_step"}


def is_standard(name: str) -> bool:
    spec = importlib.util.find_spec(name)
    origin = (spec and spec.origin) or ""
    is_in_library = origin.startswith(sysconfig.get_paths()["stdlib"]) and "site-packages" not in origin
    return origin in ("built-in", "frozen") or is_in_library


def modules_after(statement: str) -> set[str]:
    code = f"import sys\nbefore = set(sys.modules)\n{statement}\nprint(*sorted(set(sys.modules) - before))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys\nsys.path.insert(0, {str(PACKAGE.parent)!r})\n{code}"],
        capture_output=True,
        check=True,
        text=True,
    )
    return set(done.stdout.split())


def test_importing_the_package_imports_nothing_dear() -> None:
    assert modules_after("import wombat_step") <= {
        "__future__",
        "math",
        "wombat_step",
        "wombat_step._errors",
        "wombat_step._metrics",
        "wombat_step._traceback",
    }


def test_importing_what_runs_a_step_imports_nothing_dear() -> None:
    dear = {"typing", "re", "pathlib", "inspect", "dataclasses", "json", "traceback", "importlib.metadata", "difflib"}

    assert not dear & modules_after("import wombat_step._run")


def test_a_step_stays_the_function_that_it_is() -> None:
    def clean(n: int) -> int:
        """Doubles."""
        return 2 * n

    marked = wombat_step.step(clean)

    assert marked is clean
    assert marked(3) == 6
    assert marked.__wombat_step__ is True  # type: ignore[attr-defined]


def test_what_is_no_function_cannot_be_a_step() -> None:
    with pytest.raises(
        wombat_step.WombatStepError, match="@step marks a function, but was given 3. Write it on the line"
    ):
        wombat_step.step(3)  # type: ignore[type-var]


def test_an_output_path_is_a_path() -> None:
    def f(out: wombat_step.OutputPath) -> None: ...

    assert typing.get_type_hints(f)["out"] is Path
    assert repr(wombat_step.OutputPath).endswith("wombat_step.OutputPath]")


def test_a_path_is_an_output_path_for_a_type_checker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYPYPATH", str(PACKAGE.parent))
    api = pytest.importorskip("mypy.api")
    (tmp_path / "check.py").write_text(
        "from pathlib import Path\n"
        "from wombat_step import OutputPath, capture_metrics, log_metrics, step\n\n"
        "@step\ndef f(n: int, out: OutputPath) -> str:\n    return out.read_text() * n\n\n"
        "result: str = f(3, Path('x'))\n"
        "with capture_metrics() as metrics:\n    log_metrics({'a': 1}, b=2.5)\n"
        "total: float = metrics['a'] + metrics['b']\n"
        "f('x', 3)\n"
    )

    out, _, _ = api.run(["--strict", "--cache-dir", str(tmp_path), "--no-site-packages", str(tmp_path / "check.py")])

    errors = [line for line in out.splitlines() if "check.py" in line and ": error:" in line]
    assert len(errors) == 2, out
    assert all(":12: error: Argument" in line for line in errors)


def test_metrics_are_numbers_by_name() -> None:
    with wombat_step.capture_metrics() as metrics:
        wombat_step.log_metrics(auc=0.5, rows=3)
        wombat_step.log_metrics({"error/train": np.float32(0.5), "n": np.int64(7)}, auc=decimal.Decimal("0.75"))
        wombat_step.log_metrics({"pa": pa.scalar(3), "array": np.array(2.5), "one": np.array([1])})
        wombat_step.log_metrics()

    assert metrics == {"auc": 0.75, "rows": 3, "error/train": 0.5, "n": 7, "pa": 3, "array": 2.5, "one": 1}
    assert {type(value) for value in metrics.values()} == {int, float}
    assert json.loads(json.dumps(metrics)) == metrics


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ({"auc": "0.5"}, r"The metric 'auc' must be a number, but was '0.5' \(str\). Log one number under each name"),
        ({"auc": None}, r"'auc' must be a number, but was None"),
        ({"auc": True}, r"'auc' must be a number, but was True \(bool\)"),
        ({"auc": np.bool_(True)}, r"'auc' must be a number, but was .*True"),
        ({"auc": [1, 2]}, r"'auc' must be a number, but was \[1, 2\]"),
        ({"auc": np.array([1, 2])}, r"'auc' must be a number, but was array"),
        ({"auc": 1j}, r"'auc' must be a number"),
        ({"auc": float("nan")}, r"The metric 'auc' must be finite, but was nan. Leave it out, or log"),
        ({"auc": np.float64("inf")}, r"The metric 'auc' must be finite, but was inf"),
        ({"auc": pa.scalar(None)}, r"'auc' must be a number"),
        ({"": 1}, r"A metric's name must be text that is not empty, but was ''. Write log_metrics\({'auc': ...}\)"),
        ({3: 1}, r"A metric's name must be text that is not empty, but was 3. Write log_metrics\({'3': ...}\)"),
        ([("auc", 1)], r"log_metrics takes a mapping of names to numbers, but was given \[\('auc', 1\)\]. Write"),
    ],
)
def test_another_metric_is_refused_and_nothing_is_logged(metrics: Any, message: str) -> None:
    with wombat_step.capture_metrics() as captured, pytest.raises(MetricsError, match=message):
        wombat_step.log_metrics({"good": 1, **metrics} if isinstance(metrics, dict) else metrics)

    assert captured == {}


def test_outside_a_run_metrics_are_checked_and_go_nowhere() -> None:
    wombat_step.log_metrics(auc=0.5)

    with pytest.raises(MetricsError):
        wombat_step.log_metrics(auc="x")


def test_captures_are_nested_and_end_in_any_order() -> None:
    with wombat_step.capture_metrics() as outer:
        wombat_step.log_metrics(a=1)
        with wombat_step.capture_metrics() as inner:
            wombat_step.log_metrics(a=1)
        wombat_step.log_metrics(b=2)
    one, two = wombat_step.capture_metrics(), wombat_step.capture_metrics()
    first, second = one.__enter__(), two.__enter__()
    one.__exit__(None, None, None)
    wombat_step.log_metrics(c=3)
    two.__exit__(None, None, None)

    assert (outer, inner, first, second) == ({"a": 1, "b": 2}, {"a": 1}, {}, {"c": 3})


def test_metrics_of_threads_count() -> None:
    with wombat_step.capture_metrics() as metrics:
        threads = [threading.Thread(target=wombat_step.log_metrics, kwargs={f"n{i}": i}) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert metrics == {f"n{i}": i for i in range(8)}


def test_metrics_of_a_run_are_in_its_result(sandbox: Sandbox) -> None:
    sandbox.output("out", "json")

    sandbox.run(
        "import wombat_step\nwombat_step.log_metrics(at_import=1)\n"
        "def f():\n    wombat_step.log_metrics({'auc': 0.5})\n    return {}"
    )

    assert sandbox.result["metrics"] == {"at_import": 1, "auc": 0.5}


def test_metrics_of_an_iterator_that_is_written_count(sandbox: Sandbox) -> None:
    sandbox.output("out", "jsonl")

    sandbox.run(
        "import wombat_step\ndef f():\n    for i in range(3):\n        wombat_step.log_metrics(last=i)\n        yield {'i': i}"
    )

    assert sandbox.result["metrics"] == {"last": 2}


def test_versions_are_those_of_third_party_packages() -> None:
    versions = loaded_versions()

    assert versions["numpy"] == np.__version__
    assert not {"json", "sys", "wombat_step"} & set(versions)
