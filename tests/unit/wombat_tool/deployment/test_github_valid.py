"""Workflows of GitHub, held against GitHub's rules by the tools that know them, each of which must find what is wrong."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployment_plans import FLOW, VARIANTS, Step, rendered, wide_and_deep
from lock_environments import environment_of_lock, file_above
from wombat_tool.deployment.github_schedule import github_cron
from wombat_tool.deployment.problems import DeploymentProblem
from wombat_tool.deployment.values import cron_expression

BY_STEP = {"granularity": "step", "remote_cache": "grpcs://cache.example:443"}
EVERYTHING = {
    "granularity": "step",
    "remote_cache": "$CACHE",
    "remote_cache_instance": "main",
    "remote_cache_token": "CACHE_TOKEN",
    "secrets": {"DB_PASSWORD": "DB", "PIP_TOKEN": "vars.PIP"},
    "env_vars": {"A": "it's ${{ secrets.DB }} and }} on $(id)"},
    "parameters": {"max_iter": "train.max_iter", "rate": "train.rate", "region": "load.region", "deep": "train.deep"},
    "schedule": "0 4 * * 7",
    "timezone": "Europe/Berlin",
    "retries": 2,
    "timeout_s": 900,
    "runs_on": ["self-hosted", "linux"],
    "deployment_environment": "production",
    "branches": ["main", "release/**"],
    "changed_since": "origin/main",
    "workflow_name": 'Nightly: it\'s "on"',
}
PINNED = {
    "action_versions": {
        "actions/cache": "5a3ec84eff668545956fd18022155c47e93e2684",
        "actions/checkout": "08c6903cd8c0fde910a37f88322edcfb5dd907a8",
        "actions/setup-python": "a26af69be951a213d495a4c3e4e4022e16d87065",
    }
}
CASES: dict[str, tuple[dict[str, Any], tuple[Step, ...]]] = {
    "one job": ({}, FLOW),
    "a job for each step": (BY_STEP, FLOW),
    "variants": ({**BY_STEP, "parameters": {"model": "train@model=linear.model"}}, VARIANTS),
    "everything": (EVERYTHING, FLOW),
    "many steps": ({**BY_STEP, "group_chains": False}, wide_and_deep(300)),
    "hostile directories": (BY_STEP, (Step("a b/'${{ x }}':load"), Step('q"$(id)`:end', needs=["a b/'${{ x }}':load"]))),
}
GOOD = """\
name: good
on: push
permissions: {}
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - run: echo a
  b:
    needs: [a]
    runs-on: ubuntu-24.04
    steps:
      - run: echo b
"""
BAD = {
    "an unknown key": ("    needs: [a]", "    neds: [a]"),
    "an unknown job": ("    needs: [a]", "    needs: [c]"),
    "a circle": (
        "    runs-on: ubuntu-24.04\n    steps:\n      - run: echo a",
        "    needs: [b]\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo a",
    ),
    "an unknown matrix": ("echo a", "echo ${{ matrix.target }}"),
    "an unknown input": ("echo a", "echo ${{ inputs.target }}"),
    "a bad schedule": ("on: push", 'on: {schedule: [{cron: "0 4 * * 7"}]}'),
    "a bad time zone": ("on: push", 'on: {schedule: [{cron: "0 4 * * 1", timezone: "Europe/Berln"}]}'),
    "an open expression": ("echo a", "echo ${{ github.sha"),
    "an expression where none is read": ("name: good", 'name: "${{ secrets.x }}"'),
    "a job name with a blank": ("  b:\n", "  b c:\n"),
}


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the tools' programs."""
    return environment_of_lock("3rdparty/tools/github.lock", tmp_path_factory.mktemp("tools") / "venv").parent


def checkout(directory: Path, files: dict[str, str]) -> Path:
    """A repository that holds the files."""
    for path, text in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(f"# Generated.\n{text}", encoding="utf-8")
    if not (directory / ".git").exists():
        subprocess.run(["git", "init", "-q", str(directory)], check=True)
    return directory


def said(directory: Path, *command: Path | str) -> str:
    """What a tool has to say against the files; "" for nothing."""
    finished = subprocess.run([*map(str, command)], cwd=directory, capture_output=True, text=True)
    return finished.stdout + finished.stderr if finished.returncode else ""


def said_by_actionlint(tools: Path, directory: Path) -> str:
    # shellcheck is no part of it, and is looked for on PATH.
    workflows = sorted(directory.glob(".github/workflows/*.yml"))
    return said(directory, tools / "actionlint", "-no-color", "-shellcheck=", "-pyflakes=", *workflows)


def said_by_schema(tools: Path, directory: Path, kind: str) -> str:
    pattern = ".github/workflows/*.yml" if kind == "github-workflows" else ".github/actions/*/action.yml"
    files = sorted(directory.glob(pattern))
    assert files
    return said(directory, tools / "check-jsonschema", "--builtin-schema", f"vendor.{kind}", *files)


@pytest.mark.parametrize("case", CASES)
def test_what_is_generated_is_what_github_takes(case: str, tools: Path, tmp_path: Path) -> None:
    made, steps = CASES[case]

    directory = checkout(tmp_path, rendered("github_workflow", made, steps=steps))

    assert said_by_actionlint(tools, directory) == ""
    assert said_by_schema(tools, directory, "github-workflows") == ""
    assert said_by_schema(tools, directory, "github-actions") == ""


def test_what_is_generated_for_the_example_is_what_github_takes(tools: Path, tmp_path: Path) -> None:
    source = file_above("examples/flights/deploy/github")
    names = {path.relative_to(source).as_posix(): path.read_text() for path in sorted(source.rglob("*.yml"))}
    assert set(names) == {"pipeline.yml", "pipeline/action.yml", "step.yml", "step/action.yml"}

    directory = checkout(
        tmp_path,
        {
            **{f".github/workflows/{name}": text for name, text in names.items() if "/" not in name},
            **{f".github/actions/{name}": text for name, text in names.items() if "/" in name},
            # Where the workflows look for them.
            **{f"examples/flights/deploy/github/{name}": text for name, text in names.items() if "/" in name},
        },
    )

    assert said_by_actionlint(tools, directory) == ""
    assert said_by_schema(tools, directory, "github-workflows") == ""
    assert said_by_schema(tools, directory, "github-actions") == ""


def test_scripts_are_those_of_a_shell(tmp_path: Path) -> None:
    for made, steps in CASES.values():
        for text in rendered("github_workflow", made, steps=steps).values():
            for script in re.findall(r"^( +)run: \|\n((?:\1  .*\n|\n)+)", text, re.MULTILINE):
                subprocess.run(["bash", "-n"], input=script[1].encode(), check=True)


@pytest.mark.parametrize("case", ["one job", "everything", "variants"])
def test_audits_find_nothing_once_actions_are_pinned(case: str, tools: Path, tmp_path: Path) -> None:
    made, steps = CASES[case]
    audit = (tools / "zizmor", "--offline", "--no-progress", "--color=never", "--min-severity=medium", ".")

    pinned = checkout(tmp_path / "pinned", rendered("github_workflow", {**made, **PINNED}, steps=steps))
    by_tag = checkout(tmp_path / "by_tag", rendered("github_workflow", made, steps=steps))

    assert said(pinned, *audit) == ""
    assert set(re.findall(r"^(?:error|warning)\[([\w-]+)\]", said(by_tag, *audit), re.MULTILINE)) == {"unpinned-uses"}


# --- The gates themselves ---------------------------------------------------------------------------------------------


def test_a_good_file_passes(tools: Path, tmp_path: Path) -> None:
    directory = checkout(tmp_path, {".github/workflows/good.yml": GOOD})

    assert said_by_actionlint(tools, directory) == "" == said_by_schema(tools, directory, "github-workflows")


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_found(case: str, tools: Path, tmp_path: Path) -> None:
    before, after = BAD[case]
    assert GOOD.count(before) >= 1

    directory = checkout(tmp_path, {".github/workflows/bad.yml": GOOD.replace(before, after, 1)})

    assert "bad.yml" in said_by_actionlint(tools, directory)


def test_a_bad_key_is_found_by_the_schemas(tools: Path, tmp_path: Path) -> None:
    workflow = GOOD.replace("    needs: [a]", "    neds: [a]")
    action = "name: a\ndescription: a\nruns: {using: composite, steps: [{run: echo a}]}\n"

    directory = checkout(tmp_path, {".github/workflows/bad.yml": workflow, ".github/actions/bad/action.yml": action})

    assert "neds" in said_by_schema(tools, directory, "github-workflows")
    assert "action.yml" in said_by_schema(tools, directory, "github-actions")


def test_an_audit_finds_what_is_run_out_of_an_expression(tools: Path, tmp_path: Path) -> None:
    text = GOOD.replace("echo a", "echo ${{ github.event.pull_request.title }}").replace(
        "permissions: {}", "permissions: write-all"
    )

    directory = checkout(tmp_path, {".github/workflows/bad.yml": text})

    found = said(directory, tools / "zizmor", "--offline", "--no-progress", "--color=never", "--min-severity=medium", ".")
    assert "template-injection" in found and "excessive-permissions" in found


# --- Schedules --------------------------------------------------------------------------------------------------------


def cron_fields() -> st.SearchStrategy[str]:
    """Cron expressions that are right for some system."""

    def field(least: int, most: int, names: list[str]) -> st.SearchStrategy[str]:
        number = st.integers(least, most).map(str) | (st.sampled_from(names) if names else st.nothing())
        pair = st.tuples(st.integers(least, most), st.integers(least, most)).map(sorted)
        ranges = pair.map(lambda ends: f"{ends[0]}-{ends[1]}")
        step = st.tuples(st.just("*") | ranges, st.integers(1, most)).map(lambda both: f"{both[0]}/{both[1]}")
        return st.lists(number | ranges | step | st.just("*"), min_size=1, max_size=3).map(",".join)

    months, days = ["jan", "OCT"], ["sun", "FRI"]
    return st.tuples(field(0, 59, []), field(0, 23, []), field(1, 31, []), field(1, 12, months), field(0, 7, days)).map(
        " ".join
    )


def is_right(cron: str) -> bool:
    """Whether it is a schedule for us."""
    try:
        github_cron(cron_expression(cron))
    except (ValueError, DeploymentProblem):
        return False
    return True


def test_schedules_are_those_that_github_takes(tools: Path, tmp_path: Path) -> None:
    found: list[str] = []

    @settings(max_examples=300, database=None, deadline=None)
    @given(cron_fields())
    def collect(cron: str) -> None:
        if is_right(cron):
            found.append(cron)

    collect()
    lines = "".join(f'    - cron: "{github_cron(cron_expression(cron))}"\n' for cron in found)
    text = GOOD.replace("on: push\n", f"on:\n  schedule:\n{lines}")

    directory = checkout(tmp_path, {".github/workflows/schedules.yml": text})

    assert len(found) > 20 and said_by_actionlint(tools, directory) == ""
