"""Mistakes of a pipeline's author: each is told with what, where and how to mend, and stops no more than it must."""

from __future__ import annotations

from typing import Dict, List

import pytest

from harness import Repository

STEPS = '''
import os, signal, time
def identity(rows: list) -> list: return rows
def raises(rows: list) -> list:
    print("about to divide")
    return [{"v": 1 / 0}]
def killed(rows: list) -> list: os.kill(os.getpid(), signal.SIGKILL)
def slow(rows: list) -> list: time.sleep(60)
def nothing(rows: list) -> list: ...
def leaves(rows: list) -> list: os._exit(0)
def text_out(rows: list) -> list: return "no rows"
def typed(rows: list, *, n: int) -> list: return rows
def needs_numpy(rows: list) -> list:
    import numpy_that_is_not_there
def table(rows: "pyarrow.Table") -> list: return rows
'''


def project(step: str, *, more: str = "", raw: str = '{"v": 1}\n') -> Dict[str, str]:
    """A project with one step, as `step` declares it."""
    return {
        "m/BUILD": f"""
python_sources()
dataset(name="raw", source="raw.jsonl")
dataset(name="out", format="jsonl")
{step}
{more}
pipeline(name="pipeline", outputs=[":out"])
""",
        "m/steps.py": STEPS,
        "m/raw.jsonl": raw,

    }


def one_step(entry_point: str, more: str = "", inputs: str = '{"rows": ":raw"}') -> str:
    return f'pipeline_step(name="s", entry_point="{entry_point}", inputs={inputs}, outputs=[":out"], {more})'


@pytest.mark.parametrize(
    "step, words",
    [
        pytest.param(
            one_step("steps.py:identity", inputs='{"rows": ":rwa"}'),
            ["'inputs' field in target m:s names ':rwa'", "Did you mean 'm:raw'?"],
            id="unknown dataset",
        ),
        pytest.param(
            one_step("steps.py:identity", inputs='{"rows": ":out"}'),
            ["m:out -> m:s -> m:out", "Remove one of these"],
            id="cycle",
        ),
        pytest.param(
            one_step("steps.py:identity")
            + '\npipeline_step(name="t", entry_point="steps.py:identity", inputs={"rows": ":raw"}, outputs=[":out"])',
            ["dataset m:out has more than one producer: m:s and m:t"],
            id="two producers",
        ),
        pytest.param("", ["dataset m:out has no 'source' and no step produces it", "'outputs'"], id="no producer"),
        pytest.param(
            one_step("step.py:identity"),
            ["'entry_point' field in target m:s is 'step.py:identity'", "no file m/step.py", "steps.py"],
            id="entry point without a file",
        ),
        pytest.param(
            one_step("steps.py:identiti"), ["m/steps.py", "identiti", "identity"], id="entry point without a function"
        ),
        pytest.param(one_step("steps.py"), ["'file.py:function'", "'steps.py'", "m:s"], id="entry point without a name"),
        pytest.param(
            one_step("steps.py:identity", inputs='{"lines": ":raw"}'), ["lines", "rows", "inputs"], id="wrong parameter"
        ),
        pytest.param(
            one_step("steps.py:identity", more='params={"limit": 3}'), ["limit", "params", "identity"], id="unknown param"
        ),
        pytest.param(
            one_step("steps.py:typed", more='params={"n": "three"}'), ["'n'", "int", "'three'"], id="param of a wrong type"
        ),
        pytest.param(one_step("steps.py:nothing"), ["not produced", "returned None"], id="output not produced"),
        pytest.param(one_step("steps.py:text_out"), ["jsonl", "'no rows'"], id="output of a wrong format"),
        pytest.param(
            one_step("steps.py:needs_numpy"), ["numpy_that_is_not_there", "python_requirement"], id="missing requirement"
        ),
        pytest.param(
            one_step("steps.py:raises"),
            ["m/steps.py", "ZeroDivisionError", "about to divide", "--keep-sandboxes=on_failure run m:s"],
            id="step raises",
        ),
        pytest.param(one_step("steps.py:killed"), ["signal 9 (SIGKILL)", "memory"], id="step is killed"),
        pytest.param(
            one_step("steps.py:slow", more="timeout_s=1"), ["longer than 1 seconds", "'timeout_s'"], id="timeout"
        ),
        pytest.param(one_step("steps.py:leaves"), ["exit code 0 before it returned"], id="step leaves its process"),
        pytest.param(
            one_step("steps.py:identity", more='resources={"memory": "1 GB"}'), ["'memory'", "'1 GB'", "Mi"], id="resources"
        ),
    ],
)
def test_a_mistake_in_a_step_is_told(repository: Repository, step: str, words: List[str]) -> None:
    repository.write(project(step))

    repository.pants("run", "m:pipeline").failed(*words)


@pytest.mark.parametrize(
    "name, content, words",
    [
        pytest.param("raw.jsonl", b'{"v": 1}\n{"v": \n', ["line 2", "raw", "jsonl"], id="broken JSON line"),
        pytest.param("raw.jsonl", b'{"v": "\xff"}\n', ["UTF-8", "rows"], id="text that is not UTF-8"),
        pytest.param("raw.csv", b"", ["empty", "rows", "csv"], id="empty file"),
        pytest.param("raw.parquet", b"PAR1 but not really", ["rows", "parquet"], id="corrupt parquet"),
    ],
)
def test_bad_data_is_told_with_its_place(repository: Repository, name: str, content: bytes, words: List[str]) -> None:
    files = project(one_step("steps.py:identity"))
    files["m/BUILD"] = files["m/BUILD"].replace("raw.jsonl", name)
    del files["m/raw.jsonl"]
    repository.write(files)
    (repository.path / "m" / name).write_bytes(content)

    repository.pants("run", "m:pipeline").failed("m:s", *words)


def test_a_missing_file_is_told_with_those_that_are_there(repository: Repository) -> None:
    files = project(one_step("steps.py:identity"))
    files["m/BUILD"] = files["m/BUILD"].replace("raw.jsonl", "row.jsonl")
    repository.write(files)

    repository.pants("run", "m:pipeline").failed("'source' field in target m:raw", "'row.jsonl'", "Did you mean 'raw.jsonl'?")


def test_an_unknown_override_names_those_that_exist(repository: Repository) -> None:
    repository.write(project(one_step("steps.py:typed", more='params={"n": 3}')))

    repository.pants("run", "m:pipeline", "--", "s.m=4").failed("'s.m=4'", "Did you mean 's.n'?")
    repository.pants("run", "m:pipeline", "--", "t.n=4").failed("no step 't'", "s.n")


def test_a_failure_stops_only_what_needs_it(repository: Repository) -> None:
    repository.write(
        project(
            one_step("steps.py:raises"),
            more="""
dataset(name="side", format="jsonl")
dataset(name="after", format="jsonl")
pipeline_step(name="ok", entry_point="steps.py:identity", inputs={"rows": ":raw"}, outputs=[":side"])
pipeline_step(name="last", entry_point="steps.py:identity", inputs={"rows": ":out"}, outputs=[":after"])
pipeline(name="all", outputs=[":side", ":after"])
""",
        )
    )

    result = repository.run("m:all").failed()

    results = {step["address"]: step["result"] for step in result.record["steps"]}
    assert results == {"m:ok": "ok", "m:s": "failed", "m:last": "skipped"}
    assert next(s for s in result.record["steps"] if s["address"] == "m:last")["blocked_by"] == ["m:s"]


def test_a_mistake_elsewhere_does_not_stop_a_pipeline(repository: Repository) -> None:
    repository.write(project(one_step("steps.py:identity")))
    repository.write({"other/BUILD": 'dataset(name="orphan", format="csv")'})

    repository.pants("run", "m:pipeline").succeeded()
    repository.pants("run", "other:orphan").failed("other:orphan has no 'source'")


def test_names_with_blanks_quotes_and_unicode_work(repository: Repository) -> None:
    repository.write(
        {
            "ünï code/BUILD": """
                python_sources()
                dataset(name="raw it's", source="rå w's.jsonl")
                dataset(name='out', format="jsonl")
                pipeline_step(name="s", entry_point="steps.py:identity", inputs={"größe": ":raw it's"}, outputs=[":out"])
            """,
            "ünï code/steps.py": "def identity(größe: list) -> list: return größe\n",
            "ünï code/rå w's.jsonl": '{"v": "é"}\n',
        }
    )

    record = repository.pants("run", "--wombat-output-format=json", "ünï code:s").succeeded().record

    assert record["datasets"][-1]["rows"] == 1
