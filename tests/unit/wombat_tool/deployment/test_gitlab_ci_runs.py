"""Configurations of GitLab, run by gitlab-ci-local: with a program in the place of Pants that notes how it is called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from deployment_plans import FLOW, VARIANTS, Step, rendered
from gitlab_runner import GitlabRunner, PipelineRun

_PANTS = """\
#!{python}
import json, os, sys
from pathlib import Path

here = Path({directory!r})
names = ("CI_JOB_NAME", "DB_PASSWORD", "PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH", "PANTS_REMOTE_STORE_ADDRESS", "VALUE")
call = {{"arguments": sys.argv[1:], **{{name: os.environ.get(name) for name in names}}}}
with open(here / "calls", "a") as calls:
    calls.write(json.dumps(call) + "\\n")
if sys.argv[-1] == "list":
    print((here / "changed").read_text(), end="")
if sys.argv[2] in (here / "broken").read_text().split():
    sys.exit("broken")
"""
BY_STEP = {"granularity": "step", "remote_cache": "$CACHE", "group_chains": False}
VARIABLES = {"CACHE": "grpc://cache.example:1"}
MERGE_REQUEST = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "abc"}
HOSTILE = "a'b\"c\\d$(touch owned)`touch owned`\n${{ x }} {{ y }} %PATH% $HOME ${HOME} é #"


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> GitlabRunner:
    """gitlab-ci-local."""
    return GitlabRunner(tmp_path_factory.mktemp("gitlab"))


class Project:
    """A project of GitLab, with a stand-in for Pants."""

    def __init__(self, directory: Path, runner: GitlabRunner) -> None:
        self.path, self._notes, self._runner = directory / "project", directory / "notes", runner
        self.path.mkdir()
        self._notes.mkdir()
        self.pretend()
        self._git("init", "-q", "-b", "main")
        self._git("remote", "add", "origin", "https://gitlab.example/team/project.git")

    def pretend(self, *, changed: str = "", broken: str = "") -> None:
        """Let Pants say that targets changed, and fail for others."""
        (self._notes / "changed").write_text(changed)
        (self._notes / "broken").write_text(broken)

    def run(
        self,
        settings: Mapping[str, Any],
        *,
        variables: Mapping[str, str] = VARIABLES,
        given: Mapping[str, str] = MappingProxyType({}),
        **options: Any,
    ) -> PipelineRun:
        """Commit what is generated, and run it."""
        for path, text in rendered("gitlab_ci", settings, **options).items():
            (self.path / path).parent.mkdir(parents=True, exist_ok=True)
            (self.path / path).write_text(text)
        program = self.path / "pants"
        program.write_text(_PANTS.format(python=sys.executable, directory=str(self._notes)))
        program.chmod(0o755)
        (self._notes / "calls").unlink(missing_ok=True)
        self._git("add", "-A")
        self._git("commit", "-q", "-m", "Generate")
        return self._runner.run(self.path, variables=variables, given=given, timeout_s=100)

    def _git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *arguments], cwd=self.path, check=True)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The calls of Pants, in their order."""
        file = self._notes / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def targets(self) -> list[str]:
        """The targets that Pants was to run, in their order."""
        return [call["arguments"][1] for call in self.calls if call["arguments"][0] == "run"]


@pytest.fixture
def project(tmp_path: Path, runner: GitlabRunner) -> Project:
    """An empty project."""
    return Project(tmp_path, runner)


def test_jobs_run_in_the_order_of_the_graph_with_values_as_they_are(project: Project) -> None:
    settings = {
        **BY_STEP,
        "env_vars": {"VALUE": HOSTILE},
        "secrets": {"DB_PASSWORD": "PROD_DB"},
        "remote_cache_token": "CACHE_TOKEN",
        "parameters": {"region": "load.region"},
    }
    variables = {
        **VARIABLES,
        "PROD_DB": 'it\'s "secret"',
        "CACHE_TOKEN": "/secret/token",
        "WOMBAT_PARAMETER_REGION": "so'uth \"$(x)",
    }
    run = project.run(settings, variables=variables).succeeded()

    assert set(run.results) == {"load", "clean", "train", "report", "publish", "pipeline"}
    order = project.targets
    assert order[:2] == ["shop:load", "shop:clean"] and order[4:] == ["shop:publish", "shop:pipeline"]
    assert sorted(order[2:4]) == ["shop:report", "shop:train"]
    for call in project.calls:
        assert call["VALUE"] == HOSTILE
        assert call["DB_PASSWORD"] == 'it\'s "secret"'
        assert call["PANTS_REMOTE_STORE_ADDRESS"] == "grpc://cache.example:1"
        assert call["PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH"] == "/secret/token"
        assert call["arguments"][2:] == ["--", "shop:load.region=so'uth \"$(x)"]
    assert not list(project.path.rglob("owned"))


def test_a_merge_request_runs_what_it_changes_and_skips_the_rest(project: Project) -> None:
    project.pretend(changed="shop:train\nshop:publish\nshop:pipeline\n")
    run = project.run(BY_STEP, given=MERGE_REQUEST).succeeded()

    assert project.calls[0]["arguments"] == ["--changed-since=abc", "--changed-dependents=transitive", "list"]
    assert project.targets == ["shop:train", "shop:publish", "shop:pipeline"]
    assert "This merge request changes nothing that shop:clean depends on." in run.log_of("clean")
    assert len(run.results) == 7


def test_a_merge_request_may_change_nothing_of_the_only_job(project: Project) -> None:
    project.pretend(changed="shop:other\n")
    run = project.run({}, given=MERGE_REQUEST).succeeded()

    assert project.targets == []
    assert "This merge request changes nothing that shop:pipeline depends on." in run.log_of("pipeline")


def test_a_merge_request_of_which_nobody_can_say_what_it_changes_fails(project: Project) -> None:
    project.pretend(broken="--changed-dependents=transitive")

    for settings in (BY_STEP, {}):
        run = project.run(settings, given=MERGE_REQUEST)
        assert run.exit_code == 1 and project.targets == []


def test_what_depends_on_a_job_that_failed_does_not_run(project: Project) -> None:
    project.pretend(broken="shop:train")
    run = project.run(BY_STEP)

    assert run.exit_code == 1
    assert run.results["train"] == "FAIL"
    assert "shop:report" in project.targets
    assert not {"shop:publish", "shop:pipeline"} & set(project.targets)


def test_each_variant_of_a_step_is_a_job(project: Project) -> None:
    settings = {**BY_STEP, "parameters": {"model": "train@model=trees.model"}}
    project.run(settings, steps=VARIANTS).succeeded()

    runs = {call["arguments"][1]: call["arguments"][2:] for call in project.calls}
    assert project.targets[0] == "shop:load" and project.targets[3:] == ["shop:compare", "shop:pipeline"]
    assert runs["shop:train@model=linear"] == []
    assert runs["shop:train@model=trees"] == ["--", "shop:train@model=trees.model=trees"]


def test_child_pipelines_run_one_after_the_other_and_the_last_job_after_all(project: Project) -> None:
    steps = [Step(f"s{number}", needs=[f"s{number - 1}"] if number else []) for number in range(12)]
    project.run({**BY_STEP, "jobs_per_pipeline": 10}, steps=steps).succeeded()

    assert len(list(project.path.glob(".gitlab-ci/part-*.yml"))) >= 2
    assert project.targets == [*(f"shop:{step.name}" for step in steps), "shop:pipeline"]


@pytest.mark.skipif("WOMBAT_TEST_ALL_SYSTEMS" not in os.environ, reason="slow: set WOMBAT_TEST_ALL_SYSTEMS=1")
def test_a_job_that_needs_very_many_runs_after_all_of_them(project: Project) -> None:
    many = [Step(f"s{number}") for number in range(52)]
    ends = [Step("join", needs=[step.name for step in many]), Step("a", needs=["join"]), Step("b", needs=["join"])]
    project.run(BY_STEP, steps=[*many, *ends]).succeeded()

    order = project.targets
    assert sorted(order[:52]) == sorted(step.address for step in many)
    assert order[52] == "shop:join" and order[-1] == "shop:pipeline"


def test_a_job_without_the_address_of_the_cache_server_fails_and_says_so(project: Project) -> None:
    run = project.run(BY_STEP, variables={}, steps=FLOW[:1])

    assert run.exit_code == 1 and project.targets == []
    assert "CACHE: is not set. Add it in Settings > CI/CD > Variables" in run.log


def test_the_tool_itself_refuses_an_unknown_need(project: Project) -> None:
    run = project.run({"patch": {"more": {"stage": "pipeline", "script": ["true"], "needs": ["nobody"]}}})

    assert run.exit_code == 1 and "nobody" in run.log
