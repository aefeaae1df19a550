"""The examples of docs/reference/step-functions.md do what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from step_sandbox import Sandbox

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "step-functions.md"


def example(function: str) -> str:
    """The code of the example that defines the function."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    return next(block for block in blocks if f"def {function}(" in block)


def build_params(name: str) -> dict[str, Any]:
    """The params of the BUILD example of a step."""
    blocks = re.findall(r"```python\n# BUILD\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    block = next(block for block in blocks if f'name="{name}"' in block)
    found: dict[str, Any] = {}
    exec(block, {"pipeline_step": lambda **fields: found.update(fields)})
    return dict(found["params"])


def run(sandbox: Sandbox, function: str, params: dict[str, Any] | None = None) -> None:
    code = example(function)
    sandbox.run(
        code,
        params,
        entry_point={"module": "etl.steps", "function": function, "path": "etl/steps.py"},
    )


def test_clean(sandbox: Sandbox) -> None:
    sandbox.input("flights", "csv", "delay\n1\n700\n")
    out = sandbox.output("clean_flights", "parquet")

    run(sandbox, "clean", build_params("clean"))

    assert pa.parquet.read_table(out).to_pylist() == [{"delay": 1}]


def test_delays(sandbox: Sandbox) -> None:
    rows = "AA,2013-07-01,12\nAA,2013-01-02,3\nUA,2013-07-03,\n"
    sandbox.input("flights", "csv", f"carrier,day,arr_delay\n{rows}")
    out = sandbox.output("delays", "jsonl")

    run(sandbox, "delays")

    assert out.read_text() == '{"carrier":"AA","minutes":12}\n'


def test_train(sandbox: Sandbox) -> None:
    sandbox.input("config", "json", '{"depth": 3, "columns": ["a"]}')
    out = sandbox.output("model", "json")

    run(sandbox, "train")

    assert json.loads(out.read_text()) == {"trees": 8}


def test_features(sandbox: Sandbox) -> None:
    out = sandbox.output("features", "json")

    run(sandbox, "features", build_params("features"))

    assert json.loads(out.read_text()) == {"year": 2024, "level": "low", "method": "mean", "seed": None}


def test_split(sandbox: Sandbox) -> None:
    sandbox.input("rows", "jsonl", '{"id": 1}\n{"id": 2}\n')
    test, train = sandbox.output("test", "jsonl"), sandbox.output("train", "text")

    run(sandbox, "split")

    assert (test.read_text(), train.read_text()) == ('{"id":2}\n', "1\n")


def test_on_time(sandbox: Sandbox) -> None:
    sandbox.input("flights", "csv", "delay\n-1\n700\n")
    out = sandbox.output("on_time", "csv")

    run(sandbox, "on_time")

    assert out.read_text() == '"delay"\n-1\n'


def test_evaluate(sandbox: Sandbox) -> None:
    sandbox.input("scores", "jsonl", '{"score": 1}\n{"score": 2}\n')
    sandbox.output("scores_mean", "json")

    run(sandbox, "evaluate")

    assert sandbox.result["metrics"] == {"mean": 1.5, "rows": 2}
    names: dict[str, Any] = {}
    exec(example("evaluate") + example("test_the_mean_is_logged"), names)
    names["test_the_mean_is_logged"]()


def test_every_example_is_run_here() -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    defined = {name for block in blocks for name in re.findall(r"^def (\w+)\(", block, flags=re.MULTILINE)}

    assert {f"test_{name}" for name in defined if not name.startswith("test_")} <= set(globals())
