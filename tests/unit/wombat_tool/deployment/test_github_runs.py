"""Workflows of GitHub, run by act with a program in the place of Pants: which jobs run, and what each command gets."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deployment_plans import FLOW, VARIANTS, Step, rendered
from github_runner import GithubRunner, WorkflowRun
from lock_environments import environment_of_lock

BY_STEP = {"granularity": "step", "remote_cache": "grpc://cache.example:1"}
HOSTILE = 'it\'s "so": ${{ github.sha }} }} $(touch hacked) `id` \\ $HOME {{ x }} é\U0001f389 #'
# It tells how it was called, and fails as often as the file `failing` says of its target.
PANTS = """\
#!/usr/bin/env python3
import json, os, subprocess, sys
from pathlib import Path

calls = Path(os.environ["STAND_IN_DIRECTORY"]) / "calls"
token = os.environ.get("PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH")
base = subprocess.run(["git", "rev-parse", "-q", "--verify", "HEAD^1"], capture_output=True, text=True)
call = {
    "arguments": sys.argv[1:],
    "environment": dict(os.environ),
    "token": token and [Path(token).read_text(), oct(os.stat(token).st_mode & 0o777)],
    "base": base.stdout.strip(),
}
# Jobs run at the same time, so each call is one write.
with open(calls, "a") as file:
    file.write(json.dumps(call) + "\\n")
mine = [json.loads(line) for line in calls.read_text().splitlines()]
times = sum(one["arguments"][:2] == sys.argv[1:3] for one in mine)
Path(os.environ["PANTS_WOMBAT_SUMMARY_FILE"]).open("a").write(f"attempt {times} of {sys.argv[2]}\\n")
failing = json.loads(Path("failing").read_text())
sys.exit(1 if times <= failing.get(sys.argv[2], 0) else 0)
"""


@dataclass(frozen=True)
class Outcome:
    """What a run of a workflow came to.

    :param calls: of Pants, in order.
    """

    run: WorkflowRun
    calls: list[dict[str, Any]]

    @property
    def targets(self) -> list[str]:
        """The targets that Pants was called with, sorted."""
        return sorted(call["arguments"][1] for call in self.calls)

    def call(self, target: str) -> dict[str, Any]:
        """The one call for a target."""
        (found,) = (call for call in self.calls if call["arguments"][:2] == ["run", target])
        return found


@pytest.fixture(scope="module")
def act(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that runs workflows."""
    return environment_of_lock("3rdparty/tools/github.lock", tmp_path_factory.mktemp("tools") / "venv").parent / "act"


def git(directory: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=directory, check=True, capture_output=True, text=True
    ).stdout.strip()


def run(
    act: Path,
    directory: Path,
    settings: Mapping[str, Any],
    event: str = "push",
    *,
    steps: tuple[Step, ...] = FLOW,
    failing: Mapping[str, int] | None = None,
    **given: Any,
) -> Outcome:
    """Run the workflow that is generated."""
    repository = directory / "repository"
    repository.mkdir()
    git(repository, "init", "-q", "-b", "main")
    (repository / "pants").write_text(PANTS)
    (repository / "pants").chmod(0o755)
    (repository / "failing").write_text(json.dumps(failing or {}))
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "One")
    for path, text in rendered("github_workflow", settings, steps=steps).items():
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_text(text, encoding="utf-8")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "Two")
    finished = GithubRunner(act, directory / "github").run(repository, event, **given)
    calls = directory / "github/run-1/calls"
    lines = calls.read_text().splitlines() if calls.exists() else []
    return Outcome(finished, [json.loads(line) for line in lines])


def test_jobs_run_behind_what_they_need(act: Path, tmp_path: Path) -> None:
    outcome = run(act, tmp_path, BY_STEP)

    outcome.run.succeeded()
    order = [call["arguments"] for call in outcome.calls]
    assert order[0] == ["run", "shop:clean"] and sorted(order[1:3]) == [["run", "shop:report"], ["run", "shop:train"]]
    assert order[3:] == [["run", "shop:publish"], ["run", "shop:pipeline"]]
    assert outcome.call("shop:train")["environment"]["PANTS_REMOTE_CACHE_WRITE"] == "true"


def test_a_failure_stops_what_needs_it_and_nothing_else(act: Path, tmp_path: Path) -> None:
    outcome = run(act, tmp_path, BY_STEP, failing={"shop:train": 9})

    assert outcome.run.exit_code != 0
    assert outcome.targets == ["shop:clean", "shop:report", "shop:train"]


def test_a_job_that_fails_is_tried_again(act: Path, tmp_path: Path) -> None:
    outcome = run(act, tmp_path, {"retries": 2}, failing={"shop:pipeline": 2})

    outcome.run.succeeded()
    assert outcome.targets == ["shop:pipeline"] * 3
    (job,) = outcome.run.jobs["pipeline"]
    assert job.summary.splitlines() == [f"attempt {number} of shop:pipeline" for number in (1, 2, 3)]
    assert "Attempt 2 of 3 failed." in outcome.run.log


def test_a_job_that_fails_too_often_fails(act: Path, tmp_path: Path) -> None:
    outcome = run(act, tmp_path, {"retries": 1}, failing={"shop:pipeline": 2})

    assert outcome.run.exit_code != 0 and outcome.targets == ["shop:pipeline"] * 2


def test_results_are_saved_whether_or_not_the_run_succeeds(act: Path, tmp_path: Path) -> None:
    outcome = run(act, tmp_path, {}, failing={"shop:pipeline": 1})

    assert outcome.run.exit_code != 0
    assert [call.split()[1:3] for call in outcome.run.caches] == [
        ["cache", "~/.cache/wombat"],
        ["cache", "~/.cache/pants/named_caches"],
        ["restore", "~/.cache/pants/lmdb_store"],
        ["save", "~/.cache/pants/lmdb_store"],
    ]


def test_a_pull_request_asks_for_what_it_changed(act: Path, tmp_path: Path) -> None:
    outcome = run(act, tmp_path, BY_STEP, "pull_request")

    outcome.run.succeeded()
    (call,) = outcome.calls
    assert call["arguments"] == [
        "--changed-since=HEAD^1",
        "--changed-dependents=transitive",
        "--filter-target-type=pipeline",
        "--filter-address-regex=^shop:pipeline$",
        "run-pipelines",
    ]
    assert call["base"] == git(tmp_path / "repository", "rev-parse", "HEAD^1")
    assert call["environment"]["PANTS_REMOTE_CACHE_READ"] == "true"
    assert call["environment"]["PANTS_REMOTE_CACHE_WRITE"] == "false"
    assert {call.split()[1] for call in outcome.run.caches} == {"restore"}


def test_a_pull_request_without_variables_goes_without_the_remote_cache(act: Path, tmp_path: Path) -> None:
    outcome = run(act, tmp_path, {"remote_cache": "$CACHE", "remote_cache_token": "TOKEN"}, "pull_request")

    (call,) = outcome.calls
    assert call["environment"]["PANTS_REMOTE_CACHE_READ"] == "false" and not call["token"]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"region": HOSTILE, "max_iter": "7", "deep": "true", "rate": "0.25"}, id="hostile"),
        pytest.param({"region": "", "max_iter": "0", "deep": "false", "rate": "1e-3"}, id="nothing and zero"),
        pytest.param({"region": "80", "max_iter": "-3", "deep": "true", "rate": "[1]"}, id="look-alikes"),
    ],
)
def test_what_is_put_in_by_hand_reaches_pants(values: dict[str, str], act: Path, tmp_path: Path) -> None:
    names = {"region": "load.region", "max_iter": "train.max_iter", "deep": "train.deep", "rate": "train.rate"}

    outcome = run(act, tmp_path, {"parameters": names}, "workflow_dispatch", inputs=values)

    outcome.run.succeeded()
    assert outcome.call("shop:pipeline")["arguments"][2:] == [
        "--",
        f"shop:train.deep={values['deep']}",
        f"shop:train.max_iter={values['max_iter']}",
        f"shop:train.rate={values['rate']}",
        f"shop:load.region={json.dumps(values['region'], ensure_ascii=False)}",
    ]
    assert not list(tmp_path.rglob("hacked"))


def test_a_run_that_nobody_started_has_the_defaults(act: Path, tmp_path: Path) -> None:
    steps = (Step("load", params={"text": 'it\'s } $(id) \\ "80"', "list": [1, "a'b"], "none": None, "empty": ""}),)

    outcome = run(act, tmp_path, {"parameters": {name: f"load.{name}" for name in steps[0].params or {}}}, steps=steps)

    outcome.run.succeeded()
    given = dict(argument.split("=", 1) for argument in outcome.call("shop:pipeline")["arguments"][3:])
    assert {name.rpartition(".")[2]: json.loads(value) for name, value in given.items()} == steps[0].params


def test_hostile_names_and_values_arrive_as_they_are(act: Path, tmp_path: Path) -> None:
    directory = 'data ${{ github.sha }}\'s "$(touch hacked)" `id` $HOME'
    steps = (Step(f"{directory}:load", environment_passed=["PASSWORD"]), Step("end", needs=[f"{directory}:load"]))
    settings = {
        **BY_STEP,
        "group_chains": False,
        "env_vars": {"HOSTILE": HOSTILE, "LINES": "one\n two\n"},
        "secrets": {"PASSWORD": "DB"},
        "remote_cache_instance": HOSTILE,
        "remote_cache_token": "TOKEN",
    }

    outcome = run(act, tmp_path, settings, steps=steps, secrets={"DB": "p'a\"$x", "TOKEN": "abc"})

    outcome.run.succeeded()
    call = outcome.call(f"{directory}:load")
    environment = call["environment"]
    assert environment["HOSTILE"] == HOSTILE == environment["PANTS_REMOTE_INSTANCE_NAME"]
    assert environment["LINES"] == "one\n two\n" and environment["PASSWORD"] == "p'a\"$x"
    assert call["token"] == ["abc", "0o600"] and "abc" not in environment.values()
    assert not list(tmp_path.rglob("hacked"))


def test_each_variant_runs_once_with_its_own_parameters(act: Path, tmp_path: Path) -> None:
    settings = {**BY_STEP, "parameters": {"model": "train@model=linear.model"}}

    outcome = run(act, tmp_path, settings, steps=VARIANTS, failing={"shop:train@model=trees": 1})

    assert outcome.run.exit_code != 0
    assert outcome.targets == ["shop:load", "shop:train@model=linear", "shop:train@model=trees"]
    assert outcome.call("shop:train@model=linear")["arguments"][2:] == ["--", 'shop:train@model=linear.model="linear"']
    assert outcome.call("shop:train@model=trees")["arguments"][2:] == []
