"""The data graph is Pants' own graph: what Pants knows how to do with dependencies, it does with data."""

from __future__ import annotations

import json
from typing import List

from harness import Repository

STEPS = """
def clean(raw: list, *, country: str = "all") -> list:
    return raw
def join(left: list, right: list) -> list:
    return left + right
"""
PROJECT = {
    "shop/BUILD": """
        python_sources()
        dataset(name="raw", source="raw.jsonl")
        dataset(name="clean_rows", format="jsonl")
        pipeline_step(name="clean", entry_point="steps.py:clean", inputs=[":raw"], outputs=[":clean_rows"])
        pipeline(name="pipeline", outputs=[":clean_rows"], schedule="0 4 * * *")
    """,
    "shop/steps.py": STEPS,
    "shop/raw.jsonl": '{"v": 1}\n',
}


def lines(text: str) -> List[str]:
    return sorted(text.split())


def test_inputs_producers_and_code_are_dependencies(repository: Repository) -> None:
    repository.write(PROJECT)

    of_step = repository.pants("dependencies", "shop:clean").succeeded()
    of_dataset = repository.pants("dependencies", "shop:clean_rows").succeeded()
    of_pipeline = repository.pants("dependencies", "--transitive", "shop:pipeline").succeeded()
    of_raw = repository.pants("dependents", "--transitive", "shop:raw").succeeded()

    assert lines(of_step.stdout) == ["shop/steps.py", "shop:raw"]
    assert lines(of_dataset.stdout) == ["shop:clean"]
    assert lines(of_pipeline.stdout) == ["shop/steps.py", "shop:clean", "shop:clean_rows", "shop:raw"]
    assert lines(of_raw.stdout) == ["shop:clean", "shop:clean_rows", "shop:pipeline"]


def test_peek_and_filters_know_the_targets(repository: Repository) -> None:
    repository.write(PROJECT)

    peeked = json.loads(repository.pants("peek", "shop:clean", "shop:raw").succeeded().stdout)
    datasets = repository.pants("--filter-target-type=dataset", "list", "shop::").succeeded()
    by_launcher = repository.pants("list", "::pipeline", cwd="shop").succeeded()
    owners = repository.pants("list", "shop/raw.jsonl").succeeded()

    by_address = {target["address"]: target for target in peeked}
    assert by_address["shop:clean"]["entry_point"] == "steps.py:clean"
    assert by_address["shop:clean"]["inputs"] == [":raw"]
    assert by_address["shop:raw"]["sources"] == ["shop/raw.jsonl"]
    assert lines(datasets.stdout) == ["shop:clean_rows", "shop:raw"]
    assert lines(by_launcher.stdout) == ["shop:pipeline"]
    assert lines(owners.stdout) == ["shop:raw"]


def test_changed_files_lead_to_what_they_affect(repository: Repository) -> None:
    repository.write(PROJECT)
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "Add a project")
    try:
        repository.write({"shop/raw.jsonl": '{"v": 2}\n'})
        data = repository.pants("--changed-since=HEAD", "--changed-dependents=transitive", "list").succeeded()
        repository.write({"shop/raw.jsonl": '{"v": 1}\n', "shop/steps.py": STEPS + "X = 1\n"})
        code = repository.pants("--changed-since=HEAD", "--changed-dependents=transitive", "list").succeeded()
    finally:
        repository.git("reset", "-q", "--hard", "HEAD~1")

    assert lines(data.stdout) == ["shop:clean", "shop:clean_rows", "shop:pipeline", "shop:raw"]
    assert lines(code.stdout) == ["shop/steps.py", "shop:clean", "shop:clean_rows", "shop:pipeline"]


def test_visibility_rules_hold_for_data(repository: Repository) -> None:
    backend = "--backend-packages=['pants.backend.python','pants.backend.shell','wombat','pants.backend.experimental.visibility']"
    repository.write(
        {
            "secret/BUILD": """
                __dependents_rules__((dict(type="dataset"), "/**", "!*"))
                dataset(name="salaries", source="salaries.csv")
            """,
            "secret/salaries.csv": "a\n1\n",
            "shop/BUILD": """
                python_sources()
                dataset(name="out", format="csv")
                pipeline_step(name="step", entry_point="s.py:f", inputs=["secret:salaries"], outputs=[":out"])
            """,
            "shop/s.py": "def f(salaries: list) -> list:\n    return salaries\n",
        }
    )

    asked = repository.pants(backend, "--no-pantsd", "dependencies", "shop:step")
    ran = repository.pants(backend, "--no-pantsd", "run", "shop:step")

    asked.failed("secret:salaries", "shop:step")
    ran.failed("secret:salaries", "shop:step")


def test_variants_of_parametrized_targets_find_each_other(repository: Repository) -> None:
    repository.write(
        {
            "p/BUILD": """
                python_sources()
                dataset(name="raw", source="raw.jsonl")
                dataset(name="rows", variant=parametrize("de", "fr"), format="jsonl")
                pipeline_step(
                    name="clean",
                    variant=parametrize("de", "fr"),
                    entry_point="steps.py:clean",
                    inputs=[":raw"],
                    outputs=[":rows"],
                    params={"country": "{variant}"},
                )
                dataset(name="both", format="jsonl")
                pipeline_step(
                    name="join",
                    entry_point="steps.py:join",
                    inputs={"left": ":rows@variant=de", "right": ":rows@variant=fr"},
                    outputs=[":both"],
                )
                pipeline(name="pipeline", outputs=[":both"])
            """,
            "p/raw.jsonl": '{"v": 1}\n',
            "p/steps.py": STEPS,
        }
    )

    record = repository.run("p:pipeline").succeeded().record

    params = {step["address"]: step["key"]["params"] for step in record["steps"]}
    assert params["p:clean@variant=de"] == {"country": '"de"'}
    assert params["p:clean@variant=fr"] == {"country": '"fr"'}
    assert next(d for d in record["datasets"] if d["address"] == "p:both")["rows"] == 2


def test_defaults_of_a_directory_reach_steps(repository: Repository) -> None:
    repository.write(
        {
            "d/BUILD": '__defaults__({pipeline_step: dict(timeout_s=7, params={"country": "it"})})',
            "d/e/BUILD": """
                python_sources()
                dataset(name="raw", source="raw.jsonl")
                dataset(name="out", format="jsonl")
                pipeline_step(name="clean", entry_point="steps.py:clean", inputs=[":raw"], outputs=[":out"])
            """,
            "d/e/raw.jsonl": "{}\n",
            "d/e/steps.py": STEPS,
        }
    )

    graph = json.loads(repository.pants("pipeline-graph", "d/e:clean").succeeded().stdout)

    assert graph["steps"][0]["timeout_s"] == 7
    assert graph["steps"][0]["params"] == {"country": "it"}


def test_tailor_proposes_data_files_and_marked_functions(repository: Repository) -> None:
    repository.write(
        {
            "new/flights 2013.csv": "a\n1\n",
            "new/deep/flights.parquet": "PAR1",
            "new/steps.py": "from wombat_step import step\n\n@step\ndef clean(flights, *, limit=1):\n    ...\n\ndef helper(): ...\n",
        }
    )

    repository.pants("tailor", "new::").succeeded()
    build = (repository.path / "new/BUILD").read_text()
    again = repository.pants("tailor", "--check", "new::").succeeded()

    assert 'source="flights 2013.csv"' in build
    assert 'name="flights_2013"' in build
    assert 'entry_point="steps.py:clean"' in build
    assert "# Its parameters: flights, limit." in build
    assert "helper" not in build
    assert 'source="flights.parquet"' in (repository.path / "new/deep/BUILD").read_text()
    assert again.exit_code == 0
