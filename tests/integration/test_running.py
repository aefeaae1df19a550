"""Pipelines run: what is computed, what is kept, and what is told of it."""

from __future__ import annotations

from typing import Dict

from harness import Repository

STEPS = '''
from wombat_step import log_metrics, step

@step
def number(rows: list, *, factor: int = 2) -> list:
    log_metrics(rows=len(rows))
    return [{"v": row["v"] * factor} for row in rows]

@step
def total(rows: list) -> dict:
    return {"total": sum(row["v"] for row in rows)}
'''
BUILD = """
python_sources()
dataset(name="raw", source="raw.jsonl")
dataset(name="numbers", format="jsonl")
dataset(name="total", format="json")
pipeline_step(
    name="number",
    entry_point="steps.py:number",
    inputs={"rows": ":raw"},
    outputs=[":numbers"],
    params={"factor": 2},
)
pipeline_step(name="sum", entry_point="project.more:total", inputs={"rows": ":numbers"}, outputs=[":total"])
pipeline(name="pipeline", outputs=[":total"])
"""


def project(name: str = "project", **files: str) -> Dict[str, str]:
    """A project of two steps, in a directory of its own."""
    return {
        f"{name}/BUILD": BUILD,
        f"{name}/raw.jsonl": '{"v": 1}\n{"v": 2}\n',
        f"{name}/steps.py": STEPS,
        f"{name}/more.py": STEPS,
        **{f"{name}/{relpath}": content for relpath, content in files.items()},
    }


def test_a_pipeline_runs_once_and_then_from_the_cache(repository: Repository) -> None:
    repository.write(project())

    first = repository.run("project:pipeline").succeeded()
    again = repository.run("project:pipeline").succeeded()
    repository.kill_daemon()
    with_another_daemon = repository.run("project:pipeline").succeeded()

    assert first.ran == ["number", "sum"]
    assert again.ran == []
    assert with_another_daemon.sources == {"number": "local cache", "sum": "local cache"}
    (step,) = (s for s in first.record["steps"] if s["address"] == "project:number")
    assert step["metrics"] == {"rows": 2}
    by_address = {d["address"]: d for d in first.record["datasets"]}
    assert by_address["project:numbers"]["rows"] == 2
    assert by_address["project:total"]["version"] == again.record["datasets"][-1]["version"]


def test_what_changed_runs_again_and_nothing_else(repository: Repository) -> None:
    repository.write(project())
    repository.run("project:pipeline").succeeded()

    repository.write({"project/more.py": STEPS + "\nUNUSED = 1\n"})
    after_code = repository.run("--wombat-explain", "project:pipeline").succeeded()
    repository.write({"project/raw.jsonl": '{"v":1}\n{"v":2}\n'})
    after_white_space = repository.run("--wombat-explain", "project:pipeline").succeeded()
    overridden = repository.run("--wombat-explain", "project:pipeline", "--", "number.factor=3").succeeded()
    back = repository.run("project:pipeline").succeeded()

    assert after_code.ran == ["sum"]
    assert after_code.record["steps"][1]["because"] == ["source file project/more.py changed"]
    # The first step's output is the same, so nothing after it runs.
    assert after_white_space.ran == ["number"]
    assert after_white_space.record["steps"][0]["because"] == ["input rows changed"]
    assert overridden.ran == ["number", "sum"]
    assert overridden.record["steps"][0]["because"] == ["parameter factor changed: 2 -> 3"]
    assert back.ran == []


def test_a_program_is_a_step_with_its_paths_and_parameters(repository: Repository) -> None:
    repository.write(
        {
            "program/BUILD": """
                python_source(name="upper", source="upper.py")
                shell_command(name="shell", command="true", tools=[])
                dataset(name="raw", source="raw.csv")
                dataset(name="out", format="text")
                dataset(name="other", format="text")
                pipeline_step(
                    name="program",
                    run=":upper",
                    args=["{inputs.raw}", "{outputs.out}", "--suffix={params.suffix}"],
                    inputs=[":raw"],
                    outputs=[":out"],
                    params={"suffix": "it's"},
                )
                pipeline_step(name="refused", run=":shell", args=["{outputs.other}"], outputs=[":other"])
            """,
            "program/raw.csv": "a,b\n1,x\n",
            "program/upper.py": """
                import os, sys
                assert os.environ["WOMBAT_INPUT_RAW"] == sys.argv[1], "the same path both ways"
                assert os.environ["WOMBAT_PARAM_SUFFIX"] == "it's"
                with open(sys.argv[1]) as source, open(sys.argv[2], "w") as target:
                    target.write(source.read().upper() + sys.argv[3])
            """,
        }
    )

    repository.pants("package", "program:out").succeeded()
    refused = repository.pants("run", "program:refused")

    assert (repository.path / "dist/program/out.txt").read_text() == "A,B\n1,X\n--suffix=it's"
    refused.failed("program:refused", "takes no arguments", "WOMBAT_INPUT_")
