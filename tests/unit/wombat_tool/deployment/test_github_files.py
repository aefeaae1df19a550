"""Files for GitHub: where they go, what is refused, and that no text in them is taken for anything else."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployment_plans import (
    FLOW,
    Step,
    rendered,
    wide_and_deep,
)
from github_workflows import BY_STEP, WORKFLOW, problem, run_of, workflow
from wombat_tool.deployment.github_expressions import expression, literal, quoted

HOSTILE = st.text(
    st.sampled_from("$${{}}'\"`\\()\n\t !#|&;*?~<>%@:,-[]=aZ09é漢🎉\u2028"), min_size=1, max_size=300
) | st.sampled_from(["on", "1e3", "0777", "${{ secrets.X }}", "$(id)", "{{ x }}", "null", "x" * 300])


def evaluated(text: str) -> str:
    """The text as GitHub reads it where expressions are evaluated, if the only ones are strings."""
    return re.sub(r"\$\{\{ '((?:[^']|'')*)' \}\}", lambda match: match[1].replace("''", "'"), text)


# --- Files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "action"),
    [
        (".github/workflows/nightly.yaml", ".github/actions/nightly"),
        ("examples/deploy/step.yml", "examples/deploy/step"),
        ("step.yml", "step"),
    ],
)
def test_the_action_lies_where_the_workflow_looks_for_it(output: str, action: str) -> None:
    files = rendered("github_workflow", {"output": output})

    assert set(files) == {output, f"{action}/action.yml"}
    assert f'uses: "./{action}"' in files[output]


@pytest.mark.parametrize("output", ["ci.txt", ".github/workflows/it's.yml", "a b/ci.yml"])
def test_a_file_that_github_could_not_read_is_refused(output: str) -> None:
    message = problem({"output": output})

    assert message.startswith(
        "The 'output' field in target shop:deploy must be a file NAME.yml, such as '.github/workflows/"
    )
    assert message.endswith(f"but was {output!r}.")


def test_a_patch_sets_what_there_is_no_field_for() -> None:
    patch = {"jobs": {"train": {"runs-on": "gpu"}, "report": {"timeout-minutes": 5}}, "concurrency": None}

    document = workflow({**BY_STEP, "patch": patch})

    assert document["jobs"]["train"]["runs-on"] == "gpu" and document["jobs"]["report"]["timeout-minutes"] == 5
    assert "concurrency" not in document


def test_a_step_that_is_gone_takes_its_job_with_it_and_nothing_else() -> None:
    without = [step for step in FLOW if step.name != "report"]
    without = [Step(step.name, [need for need in step.needs if need != "report"], step.params) for step in without]
    settings = {**BY_STEP, "group_chains": False}

    before, after = (workflow(settings, steps=steps)["jobs"] for steps in (FLOW, without))

    assert set(before) - set(after) == {"report"}
    changed = {name for name in after if before[name] != after[name]}
    assert changed == {"publish"} and after["publish"]["needs"] == ["train"]


def test_the_order_of_steps_and_settings_does_not_matter() -> None:
    settings = {
        **BY_STEP,
        "env_vars": {"B": "2", "A": "1"},
        "secrets": {"DB_PASSWORD": "X", "C": "Y"},
        "parameters": {"region": "load.region", "max_iter": "train.max_iter"},
    }
    turned = {
        name: dict(reversed(list(value.items()))) if isinstance(value, dict) else value
        for name, value in reversed(settings.items())
    }

    assert rendered("github_workflow", settings) == rendered("github_workflow", turned, steps=list(reversed(FLOW)))


@pytest.mark.parametrize("count", [1, 2, 300])
def test_graphs_of_many_steps_fit(count: int) -> None:
    steps = wide_and_deep(count)

    files = rendered("github_workflow", {**BY_STEP, "group_chains": False}, steps=steps)

    assert len(files[WORKFLOW].encode()) <= 500 * 1024
    assert files[WORKFLOW].count('uses: "./.github/actions/deploy"') == count + 2


def test_a_file_that_is_too_large_for_github_is_refused_with_the_limit() -> None:
    steps = wide_and_deep(2000)

    message = problem(BY_STEP, steps=steps)

    assert re.search(
        r"'granularity' field .* makes \d{6,} bytes of a workflow file, and GitHub takes at most 512000 ", message
    )
    assert "docs.github.com/en/actions/reference/limits" in message and "Set granularity='pipeline'" in message
    assert rendered("github_workflow", {}, steps=steps)


# --- Wrong settings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"granularity": "step"}, "The 'remote_cache' field in target shop:deploy must be set with granularity='step'"),
        ({"triggers": ["cron"]}, "The 'triggers.0' field in target shop:deploy must be 'manual', 'pull_request', 'push' or"),
        ({"triggers": []}, "The 'triggers' field in target shop:deploy must not be empty"),
        ({"triggers": ["schedule"]}, "has 'schedule', but there is none: set `schedule` here, or that of the pipeline."),
        (
            {"triggers": ["push"], "parameters": {"n": "train.max_iter"}},
            "The 'parameters' field in target shop:deploy must be empty unless `triggers` has 'manual'",
        ),
        ({"branches": ["${{ x }}"]}, "The 'branches.0' field in target shop:deploy must be text in one line without '${{'"),
        ({"workflow_name": "a\nb"}, "The 'workflow_name' field in target shop:deploy must be text in one line"),
        ({"runs_on": []}, "The 'runs_on' field in target shop:deploy must have at least one entry, but was []."),
        ({"secrets": {"A": "secrets/x"}}, "must be the name of a secret of the repository, such as 'DB_PASSWORD', or"),
        ({"secrets": {"A": "GITHUB_TOKEN"}}, "The 'secrets.A' field in target shop:deploy must be the name of a secret"),
        (
            {"secrets": {"GITHUB_TOKEN": "X"}},
            "The 'secrets.GITHUB_TOKEN' field in target shop:deploy must have another name",
        ),
        (
            {"env_vars": {"RUNNER_TEMP": "X"}},
            "The 'env_vars.RUNNER_TEMP' field in target shop:deploy must have another name",
        ),
        ({"env_vars": {"TARGET": "X"}}, "must have another name: generated jobs use this one."),
        (
            {"env_vars": {"A": "1"}, "secrets": {"A": "B"}},
            "The 'secrets.A' field in target shop:deploy must not be in `env_vars`, too",
        ),
        (
            {"remote_cache": "$C", "remote_cache_token": "a b"},
            "The 'remote_cache_token' field in target shop:deploy must be",
        ),
        ({"retries": 11}, "The 'retries' field in target shop:deploy must be less than or equal to 10, but was 11."),
        ({"retries": -1}, "The 'retries' field in target shop:deploy must be greater than or equal to 0, but was -1."),
        ({"python_versions": ["python3"]}, "must be versions of Python, such as '3.11' or '3.9.18', but was 'python3'."),
        ({"action_versions": {"actions/upload": "v1"}}, "must have keys out of actions/cache, actions/checkout"),
        ({"action_versions": {"actions/cache": "v1 #"}}, "must give 'actions/cache' as a tag, such as 'v6', or as the SHA"),
        ({"changed_since": "--upload"}, "must be a git revision, such as 'HEAD^1' or 'origin/main', but was '--upload'."),
        ({"fetch_depth": -1}, "The 'fetch_depth' field in target shop:deploy must be greater than or equal to 0"),
        (
            {"cron": "0 4 * * *"},
            "The 'cron' field in target shop:deploy is not known here. Remove it, or set it by `patch`.",
        ),
        ({"timezone": "Europe/Berln"}, "did you mean 'Europe/Berlin'?"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_is_told_with_what_is_allowed(settings: dict[str, Any], expected: str) -> None:
    assert expected in problem(settings)


def test_a_default_that_github_cannot_be_told_is_refused() -> None:
    message = problem({"parameters": {"text": "load.text"}}, steps=[Step("load", params={"text": "a ${{ b }}"})])

    assert (
        "The 'parameters.text' field in target shop:deploy must not stand for a parameter whose default holds '${{'"
        in message
    )


# --- Hostile text -----------------------------------------------------------------------------------------------------


@given(HOSTILE)
def test_text_where_expressions_are_evaluated_stays_what_it_is(text: str) -> None:
    assert evaluated(literal(text)) == text


@given(HOSTILE)
def test_text_in_an_expression_stays_what_it_is(text: str) -> None:
    assert evaluated(expression(quoted(text))) == text


@given(HOSTILE, HOSTILE.filter(lambda text: "\n" not in text and text.isprintable() and text.strip() != ""))
def test_values_and_names_read_back_as_they_were(value: str, label: str) -> None:
    jobs = workflow({"env_vars": {"A": value}, "runs_on": [label], "deployment_environment": label})["jobs"]

    assert evaluated(run_of(jobs["pipeline"])["env"]["A"]) == value
    assert evaluated(jobs["pipeline"]["runs-on"]) == label and evaluated(jobs["pipeline"]["environment"]) == label


@given(HOSTILE.filter(lambda text: not any(c in text for c in ":@\n\t\u2028=,") and text.strip() == text))
def test_the_address_of_a_step_reaches_the_shell_as_one_word(directory: str) -> None:
    address = f"{directory}:train"

    jobs = workflow(BY_STEP, steps=[Step(address), Step("end", needs=[address])])["jobs"]

    jobs.pop("pull_request")
    first = next(iter(jobs.values()))
    (command,) = evaluated(run_of(first)["run"]).splitlines()[1:]
    words = shlex.split(command)
    assert words[:2] == ["./pants", "run"] and len(words) == 3
