"""Configurations of GitLab held against GitLab's schema and shells: whatever names and values hold, it is taken as it is."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Optional

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deployment_plans import FLOW, VARIANTS, Step, rendered, rendered_yaml
from gitlab_checks import problems_of
from lock_environments import environment_of_lock, file_above
from wombat_tool.deployment.commands import is_variable_name
from wombat_tool.deployment.yaml_text import read_yaml

BY_STEP = {"granularity": "step", "remote_cache": "$CACHE"}
EVERYTHING = {
    "remote_cache": "$CACHE",
    "remote_cache_token": "CACHE_TOKEN",
    "remote_cache_instance": "main",
    "image": "registry.example/jobs:{git_commit}",
    "runner_tags": ["linux"],
    "retries": 2,
    "retry_when": ["runner_system_failure"],
    "timeout_s": 5400,
    "parameters": {"deep": "train.deep", "max_iter": "train.max_iter"},
    "env_vars": {"A": "$x %y% ${{ z }} {{ w }}"},
    "secrets": {"DB_PASSWORD": "PROD_DB_PASSWORD"},
    "schedule": "0 4 * * 1-5",
    "timezone": "Europe/Berlin",
    "gitlab_environment": "production",
    "kubernetes_resources": True,
    "expire_in": "1 week",
}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "default": ({}, {}),
    "everything in one job": ({**EVERYTHING, "resource_group": "warehouse"}, {}),
    "everything by step": ({**EVERYTHING, "granularity": "step", "step_runner_tags": {"train": ["gpu"]}}, {}),
    "child pipelines": ({**EVERYTHING, "granularity": "step", "resource_group": "warehouse"}, {}),
    "matrix": (BY_STEP, {"steps": VARIANTS}),
    "matrix with parameters": ({**BY_STEP, "parameters": {"model": "train@model=trees.model"}}, {"steps": VARIANTS}),
    "gates": (BY_STEP, {"steps": [*(Step(f"s{n}") for n in range(60)), Step("all", needs=[f"s{n}" for n in range(60)])]}),
    "keywords": (BY_STEP, {"steps": [Step("image"), Step("pages"), Step("true"), Step("stages"), Step("default")]}),
    "no cache, by hand": ({"cache": False, "on_push": False, "on_merge_request": False, "interruptible": False}, {}),
}
WRONG = {
    "an unknown key": "job: {script: [x], scripts: [x]}",
    "three retries": "job: {script: [x], retry: 3}",
    "an unknown reason to retry": "job: {script: [x], retry: {max: 1, when: [bad_luck]}}",
    "a number as a timeout": "job: {script: [x], timeout: 60}",
    "a variable that is a list": "variables: {A: [1]}\njob: {script: [x]}",
}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with check-jsonschema, which has GitLab's schema in it."""
    return environment_of_lock("3rdparty/tools/gitlab.lock", tmp_path_factory.mktemp("gitlab") / "venv")


def checked(python: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    """What the schema says of files."""
    options = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]
    command = [str(python), "-m", "check_jsonschema", *options, *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_all_that_is_generated_follows_the_schema_of_gitlab(python: Path, tmp_path: Path) -> None:
    files = []
    for case, (chosen, options) in CASES.items():
        for path, text in rendered("gitlab_ci", chosen, **options).items():
            files.append(tmp_path / f"{case} {path.replace('/', ' ')}")
            files[-1].write_text(text)
    result = checked(python, *files)

    assert result.returncode == 0, result.stdout + result.stderr
    assert len(files) == len(CASES) + 1


def test_the_configurations_of_the_example_follow_the_schema_and_our_checks(python: Path) -> None:
    files = sorted(file_above("examples/flights/deploy/gitlab").glob("*.yml"))
    result = checked(python, *files)

    assert [file.name for file in files] == ["pipeline.yml", "step.yml"]
    assert result.returncode == 0, result.stdout + result.stderr
    assert [problems_of(read_yaml(file.read_text())[0]) for file in files] == [[], []]


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_the_schema_refuses_what_gitlab_would(python: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.yml").write_text(text)

    assert checked(python, tmp_path / "bad.yml").returncode == 1


@pytest.mark.parametrize(("chosen", "options"), CASES.values(), ids=CASES)
def test_needs_and_stages_are_right(chosen: dict[str, Any], options: dict[str, Any]) -> None:
    for documents in rendered_yaml("gitlab_ci", chosen, **options).values():
        assert problems_of(documents[0]) == []


@pytest.mark.parametrize(
    ("jobs", "problem"),
    [
        ({"a": {"stage": "run", "needs": ["b"]}}, "a needs the unknown job b"),
        ({"a": {"stage": "build"}}, "a is of the unknown stage build"),
        ({"a": {"stage": "run", "needs": [{"job": "b"}]}, "b": {"stage": "run", "needs": ["a"]}}, "a needs itself"),
        ({"a": {"stage": "run", "extends": ".b"}}, "a extends the unknown .b"),
        ({"m": {"stage": "run", "parallel": {"matrix": [{"X": list("abcdefgh") * 7}]}}, "a": {"stage": "run", "needs": ["m"]}}, "a needs 56 jobs"),  # noqa: E501
        ({"a": {"stage": "run", "script": [], "trigger": {}}}, "a must either have a script or start a pipeline"),
        ({"a": {"stage": "run"}}, "a must either have a script or start a pipeline"),
    ],
)  # fmt: skip
def test_our_checks_refuse_what_the_schema_lets_pass(jobs: dict[str, Any], problem: str) -> None:
    assert problem in problems_of({"stages": ["run"], **jobs})


# --- Hostile names and values -----------------------------------------------------------------------------------------

HOSTILE = (
    'it\'s "quoted"',
    "two\nlines\n",
    "${{ github.token }} {{ ds }} $(touch owned) `touch owned` $HOME ${HOME} %PATH% $$ $[[ inputs.x ]]",
    "on",
    "1e3",
    "0777",
    "!reference [a, b]",
    "ünïcödé \N{SNOWMAN} \U0001f600",
    " blanks ",
    "x" * 300,
)
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{0,10}", fullmatch=True).filter(lambda name: name != "CI" and is_variable_name(name))
# What Pants takes for the name of a target, and more.
ADDRESS_NAMES = st.text(st.characters(exclude_characters="\0\n\r/:@=", exclude_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda name: name.strip() == name
)


def read_variable(found: Any) -> str:
    """The value that a job gets, of an entry in which GitLab puts in nothing."""
    if isinstance(found, dict):
        assert found["expand"] is False
        assert isinstance(found["value"], str)
        return found["value"]
    assert isinstance(found, str) and not set(found) & set("$%"), found
    return found


@given(st.dictionaries(NAMES, TEXTS, max_size=4))
@example(dict(zip("ABCDEFGHIJ", HOSTILE)))
def test_the_value_of_a_variable_reads_back_equal_and_is_not_expanded(values: dict[str, str]) -> None:
    values = {name: value for name, value in values.items() if not name.startswith(("CI_", "GITLAB_"))}
    ((document,),) = rendered_yaml("gitlab_ci", {"env_vars": values}).values()

    assert {name: read_variable(document["variables"][name]) for name in values} == values


@given(TEXTS)
@example(HOSTILE[2])
def test_the_default_of_a_parameter_reads_back_equal_and_is_not_expanded(value: str) -> None:
    steps = [Step("load", params={"region": value})]
    ((document,),) = rendered_yaml("gitlab_ci", {"parameters": {"region": "load.region"}}, steps=steps).values()

    text = read_variable(document["variables"]["WOMBAT_PARAMETER_REGION"])
    try:
        read = json.loads(text)
    except ValueError:
        read = text
    assert read == value


@settings(max_examples=25, deadline=None)
@given(ADDRESS_NAMES, TEXTS)
@example('it\'s $(touch owned) `touch owned` "x" $HOME', HOSTILE[2])
@example("-n", "--help")
def test_a_shell_hands_the_target_and_the_value_to_pants_as_they_are(name: str, value: str) -> None:
    steps = [Step(name, params={"region": "north"})]
    chosen = {"granularity": "step", "remote_cache": "$CACHE", "parameters": {"region": f"shop:{name}.region"}}
    ((document,),) = rendered_yaml("gitlab_ci", chosen, steps=steps).values()
    (script,) = (job["script"] for key, job in document.items() if isinstance(job, dict) and key not in _NO_JOBS)

    with tempfile.TemporaryDirectory() as directory:
        launcher = Path(directory, "pants")
        launcher.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\" > arguments\n")
        launcher.chmod(0o755)
        Path(directory, ".wombat").mkdir()
        Path(directory, ".wombat/changed-targets.txt").write_text(f"shop:other\nshop:{name}\n")
        lines = "\n".join([*document["default"]["before_script"], *script])
        environment = {
            "PATH": "/usr/bin:/bin",
            "WOMBAT_PARAMETER_REGION": value,
            "CACHE": "x",
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": "abc",
        }
        subprocess.run(["sh", "-e", "-c", lines], cwd=directory, env=environment, check=True)

        assert Path(directory, "arguments").read_bytes().decode().split("\0") == [
            "run",
            f"shop:{name}",
            "--",
            f"shop:{name}.region={value}",
            "",
        ]
        assert sorted(path.name for path in Path(directory).iterdir()) == [".wombat", "arguments", "pants"]


_NO_JOBS = ("workflow", "variables", "default", ".fills-cache", "wombat:changed", "pipeline")


@pytest.mark.parametrize(
    ("listed", "ran", "exit_code"),
    [
        pytest.param("shop:clean\nshop:pipeline\n", True, 0, id="changed"),
        pytest.param("shop:clean_more\nxshop:clean\n", False, 0, id="names like it"),
        pytest.param("", False, 0, id="nothing changed"),
        pytest.param(None, False, 1, id="no list"),
    ],
)
def test_in_a_merge_request_a_job_runs_only_what_is_on_the_list(
    tmp_path: Path, listed: Optional[str], ran: bool, exit_code: int
) -> None:
    ((document,),) = rendered_yaml("gitlab_ci", BY_STEP, steps=FLOW).values()
    if listed is not None:
        (tmp_path / ".wombat").mkdir()
        (tmp_path / ".wombat/changed-targets.txt").write_text(listed)
    (tmp_path / "pants").write_text("#!/bin/sh\ntouch ran\n")
    (tmp_path / "pants").chmod(0o755)
    lines = "\n".join([*document["default"]["before_script"], *document["clean"]["script"]])
    environment = {"PATH": "/usr/bin:/bin", "CACHE": "x", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "abc"}

    result = subprocess.run(["sh", "-e", "-c", lines], cwd=tmp_path, env=environment, check=False)

    assert (result.returncode, (tmp_path / "ran").exists()) == (exit_code, ran)


def test_a_job_without_the_variable_of_the_cache_server_says_which_one_is_missing() -> None:
    ((document,),) = rendered_yaml("gitlab_ci", BY_STEP).values()
    lines = "\n".join(document["default"]["before_script"])

    result = subprocess.run(["sh", "-e", "-c", lines], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)

    assert result.returncode != 0
    assert "CACHE: is not set. Add it in Settings > CI/CD > Variables" in result.stderr


def test_a_secret_that_is_not_there_stays_away_and_one_that_is_there_is_taken_as_it_is() -> None:
    chosen = {"secrets": {"A": "THERE", "B": "MISSING"}, "on_merge_request": False, "cache": False}
    ((document,),) = rendered_yaml("gitlab_ci", chosen).values()
    lines = "\n".join([*document["default"]["before_script"], 'printf "%s|%s" "$A" "${B-away}"'])

    result = subprocess.run(
        ["sh", "-e", "-c", lines], env={"THERE": "a \"b\" $(c) 'd'"}, capture_output=True, text=True, check=True
    )

    assert result.stdout == "a \"b\" $(c) 'd'|away"
