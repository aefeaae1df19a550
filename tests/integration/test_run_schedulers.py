"""What is generated for schedulers that stay, run by Luigi and Airflow themselves with the real Pants, where all are asked for."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Dict, List

import pytest

from harness import Repository, Result, name_of
from lock_environments import environment_of_lock

FILES = {
    "shop/BUILD": """
        python_sources()
        dataset(name="orders", source="orders.csv")
        dataset(name="cups", format="json")
        dataset(name="shops", format="json")
        pipeline_step(
            name="count",
            entry_point="steps.py:count",
            inputs=[":orders"],
            outputs=[":cups"],
            params={"unit": "{{ 7 * 7 }} $(HOME)"},
            extra_env_vars=["SHOP_TOKEN"],
        )
        pipeline_step(name="list", entry_point="steps.py:names", inputs=[":orders"], outputs=[":shops"])
        pipeline(name="pipeline", outputs=[":cups", ":shops"], schedule="0 4 * * *")
        SHARED = dict(pipeline=":pipeline", parameters={"unit": "count.unit"})
        LUIGI = dict(secrets={"SHOP_TOKEN": "$TOKEN_OF_THE_SHOP"}, **SHARED)
        luigi_module(name="steps", granularity="step", **LUIGI)
        luigi_module(name="whole", **LUIGI)
        airflow_dag(
            name="airflow", granularity="step", secrets={"SHOP_TOKEN": "{{ var.value.shop_token }}"}, **SHARED
        )
    """,
    "shop/orders.csv": "shop,cups\nnorth,3\nsouth,1\nnorth,2\n",
    "shop/steps.py": """
        import os

        def count(orders: list, *, unit: str) -> dict:
            assert os.environ["SHOP_TOKEN"] == "s3cret"
            return {unit: sum(int(order["cups"]) for order in orders)}

        def names(orders: list) -> list:
            return sorted({order["shop"] for order in orders})
    """,
}


@pytest.fixture
def generated(repository: Repository) -> Repository:
    """The repository with a pipeline, and a module for each scheduler."""
    repository.write(FILES)
    repository.pants("generate-configs", "::").succeeded()
    return repository


RAN, CACHED = "ran", "local cache"
IF_ALL = pytest.mark.skipif(
    "WOMBAT_TEST_ALL_SYSTEMS" not in os.environ, reason="takes minutes: set WOMBAT_TEST_ALL_SYSTEMS=1"
)


def luigi(repository: Repository, python: Path, name: str, *arguments: str) -> Result:
    """Start Luigi as the module of a target itself says."""
    module = (repository.path / f"shop/deploy/{name}_luigi.py").read_text()
    told = re.search(r"^# In the root of the repository:\n#   python (.+)$", module, re.MULTILINE)
    assert told is not None
    finished = subprocess.run(
        [str(python), *shlex.split(told[1]), *arguments],
        cwd=repository.path,
        env=repository.environment({"TOKEN_OF_THE_SHOP": "s3cret"}),
        capture_output=True,
        text=True,
        timeout=300,
    )
    return Result(finished.returncode, finished.stdout, finished.stderr)


def new_records(repository: Repository, known: List[Path]) -> Dict[str, Dict[str, str]]:
    """Of each run that is not known yet, by what was run, where the result of each step came from."""
    found = {}
    for file in sorted(set(records(repository)) - set(known)):
        document = json.loads(file.read_text())
        sources = {name_of(step["address"]): step["source"] for step in document["steps"]}
        found["+".join(sorted(sources))] = sources
    return found


def records(repository: Repository) -> List[Path]:
    """The run records."""
    return sorted((repository.path / ".wombat/runs").glob("*.json"))


@IF_ALL
def test_luigi_runs_the_steps_and_a_second_run_computes_nothing(generated: Repository, python: str, tmp_path: Path) -> None:
    environment = environment_of_lock("3rdparty/tools/luigi.lock", tmp_path / "luigi", python=python)
    known = records(generated)

    luigi(generated, environment, "steps", "--workers", "2").succeeded()

    assert new_records(generated, known) == {
        "count": {"count": RAN},
        "list": {"list": RAN},
        "count+list": {"count": CACHED, "list": CACHED},
    }
    known = records(generated)
    luigi(generated, environment, "whole").succeeded()
    assert new_records(generated, known) == {"count+list": {"count": CACHED, "list": CACHED}}


@IF_ALL
def test_airflow_runs_the_steps_and_a_second_run_computes_nothing(
    generated: Repository, python: str, tmp_path: Path
) -> None:
    environment = environment_of_lock("3rdparty/tools/airflow.lock", tmp_path / "airflow", python=python)
    # Results that no other test has made.
    generated.write({"shop/orders.csv": "shop,cups\nnorth,3\nsouth,5\n"})
    variables = {
        "AIRFLOW_HOME": str(tmp_path / "home"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(generated.path / "shop/deploy"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW_VAR_SHOP_TOKEN": "s3cret",
    }

    def airflow(*arguments: str) -> Result:
        command = [str(environment.parent / "airflow"), *arguments]
        done = subprocess.run(command, env=generated.environment(variables), capture_output=True, text=True, timeout=600)
        return Result(done.returncode, done.stdout, done.stderr)

    airflow("db", "migrate").succeeded()
    known = records(generated)
    first = airflow("dags", "test", "shop.airflow").succeeded()

    assert new_records(generated, known) == {
        "count": {"count": RAN},
        "list": {"list": RAN},
        "count+list": {"count": CACHED, "list": CACHED},
    }
    assert "s3cret" not in first.text
    known = records(generated)
    airflow("dags", "test", "shop.airflow").succeeded()
    assert {source for sources in new_records(generated, known).values() for source in sources.values()} == {CACHED}
    airflow("dags", "test", "shop.airflow", "--conf", json.dumps({"unit": 7})).failed("7 is not of type 'string'")
