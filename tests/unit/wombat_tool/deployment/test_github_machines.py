"""Machines of GitHub: what jobs on them may do and see, and what is kept for the next one."""

from __future__ import annotations

import re

from deployment_plans import (
    Step,
    deployment_plan,
    rendered,
)
from github_workflows import ACTION, BY_STEP, WORKFLOW, action, run_of, workflow
from wombat_tool.deployment.render import render
from wombat_tool.deployment.yaml_text import read_yaml

# --- What jobs may do and see -----------------------------------------------------------------------------------------


def test_a_workflow_may_read_the_repository_and_nothing_else() -> None:
    document = workflow(BY_STEP)

    assert document["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in document["jobs"].values())
    checkouts = [job["steps"][0] for job in document["jobs"].values()]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_a_secret_is_given_to_commands_that_need_it_alone() -> None:
    steps = [
        Step("load", environment_passed=["DB_PASSWORD"]),
        Step("other", environment_passed=["MAIL_TOKEN"]),
        Step("join", needs=["load", "other"]),
    ]
    secrets = {"DB_PASSWORD": "PROD_DB", "MAIL_TOKEN": "vars.MAIL", "PIP_TOKEN": "PIP"}

    document = workflow({**BY_STEP, "secrets": secrets}, steps=steps)

    given = {name: set(run_of(job).get("env", {})) for name, job in document["jobs"].items()}
    assert given == {
        "pull_request": {"DB_PASSWORD", "MAIL_TOKEN", "PIP_TOKEN"},
        "load": {"DB_PASSWORD", "PIP_TOKEN"},
        "other": {"MAIL_TOKEN", "PIP_TOKEN"},
        "join": {"DB_PASSWORD", "MAIL_TOKEN", "PIP_TOKEN"},
        "pipeline": {"DB_PASSWORD", "MAIL_TOKEN", "PIP_TOKEN"},
    }
    assert run_of(document["jobs"]["join"])["env"] == {
        "DB_PASSWORD": "${{ secrets.PROD_DB }}",
        "MAIL_TOKEN": "${{ vars.MAIL }}",
        "PIP_TOKEN": "${{ secrets.PIP }}",
    }
    assert "secrets" not in str(document["env"])


def test_a_pull_request_reads_the_remote_cache_and_writes_nothing() -> None:
    settings = {"remote_cache": "$CACHE", "remote_cache_token": "CACHE_TOKEN", "remote_cache_instance": "main"}

    document = workflow(settings)

    assert document["env"]["PANTS_REMOTE_STORE_ADDRESS"] == "${{ vars.CACHE }}"
    assert document["env"]["PANTS_REMOTE_CACHE_WRITE"] == "${{ github.event_name != 'pull_request' }}"
    assert document["env"]["PANTS_REMOTE_CACHE_READ"] == "${{ github.event_name != 'pull_request' || vars.CACHE != '' }}"
    assert run_of(document["jobs"]["pipeline"])["env"]["PANTS_REMOTE_INSTANCE_NAME"] == "main"
    assert document["jobs"]["pipeline"]["steps"][1]["with"] == {"remote-cache-token": "${{ secrets.CACHE_TOKEN }}"}


def test_the_token_goes_into_a_file_that_nobody_else_reads() -> None:
    settings = {"remote_cache": "$CACHE", "remote_cache_token": "CACHE_TOKEN"}
    (step,) = (step for step in action(settings)["runs"]["steps"] if "token" in step["name"])

    assert step["run"].startswith("umask 077\n") and step["env"] == {
        "REMOTE_CACHE_TOKEN": "${{ inputs.remote-cache-token }}"
    }
    assert "${{" not in step["run"] and step["if"] == "inputs.remote-cache-token != ''"
    assert run_of(workflow(settings)["jobs"]["pipeline"])["env"] == {
        "PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH": "${{ steps.pants.outputs.remote-cache-token-file }}"
    }


def test_without_a_token_there_is_nothing_to_write() -> None:
    assert not any("token" in step["name"] for step in action({"remote_cache": "$CACHE"})["runs"]["steps"])


# --- Caches and versions ----------------------------------------------------------------------------------------------


def test_caches_have_the_content_of_lock_files_for_keys_and_pull_requests_only_read() -> None:
    steps = {step["name"]: step for step in action(BY_STEP)["runs"]["steps"]}

    assert list(steps) == [
        "Set up Python",
        "Cache the launcher",
        "Restore the launcher",
        "Cache the requirements",
        "Restore the requirements",
    ]
    assert steps["Cache the launcher"]["with"] == {
        "path": "~/.cache/wombat",
        "key": "wombat-launcher-${{ runner.os }}-${{ runner.arch }}-${{ hashFiles('pants', '3rdparty/launcher/pants.lock') }}",
    }
    assert steps["Cache the requirements"]["with"]["path"] == "~/.cache/pants/named_caches"
    assert steps["Cache the requirements"]["with"]["key"].endswith("-${{ hashFiles('**/*.lock') }}")
    for what in ("launcher", "requirements"):
        assert steps[f"Cache the {what}"]["if"] == "github.event_name != 'pull_request'"
        assert steps[f"Restore the {what}"]["if"] == "github.event_name == 'pull_request'"
        assert steps[f"Restore the {what}"]["with"] == steps[f"Cache the {what}"]["with"]


def test_without_a_remote_cache_results_go_from_run_to_run_by_github_s_cache() -> None:
    document = workflow()
    last = document["jobs"]["pipeline"]["steps"][-2:]

    assert [step["name"] for step in last] == ["Keep results up to 4000 MiB", "Save results"]
    assert all(step["if"] == "${{ !cancelled() }}" for step in last)
    restored = action()["runs"]["steps"][-1]
    assert restored["name"] == "Restore results" and last[1]["with"]["key"].startswith(restored["with"]["restore-keys"])
    assert document["jobs"]["pull_request"]["steps"][-1]["name"] == "Run what changed"
    assert workflow({"result_cache_mib": 0})["jobs"]["pipeline"]["steps"][-1]["name"] == "Run"


def test_machines_that_keep_their_caches_need_not_have_github_s() -> None:
    document = action({"github_cache": False, "python_versions": [], "triggers": ["push"]})

    assert document["runs"]["steps"] == []


def test_actions_can_be_pinned_to_commits() -> None:
    sha = "08c6903cd8c0fde910a37f88322edcfb5dd907a8"
    files = rendered("github_workflow", {"action_versions": {"actions/checkout": sha, "actions/cache": "v5"}})

    uses = set(re.findall(r"uses: \"?([^\s\"]+)", "".join(files.values())))
    assert uses == {
        "./.github/actions/deploy",
        f"actions/checkout@{sha}",
        "actions/setup-python@v7",
        "actions/cache@v5",
        "actions/cache/restore@v5",
        "actions/cache/save@v5",
    }


def test_a_repository_without_a_launcher_of_its_own_gets_that_of_pants() -> None:
    plan = deployment_plan("github_workflow", BY_STEP).model_copy(update={"launcher": "pants"})

    (target,) = render(plan)

    files = {file.path: file.text for file in target.files}
    steps = {step["name"]: step for step in read_yaml(files[ACTION])[0]["runs"]["steps"]}
    assert steps["Install the launcher of Pants"]["uses"] == "pantsbuild/actions/init-pants@v11"
    # Its default is to read pants.ci.toml, which asks for variables that no job here has.
    assert steps["Install the launcher of Pants"]["with"] == {"named-caches-hash": "disable", "pants-ci-config": ""}
    assert "Cache the launcher" not in steps and "Cache the requirements" in steps
    assert "          pants run shop:train\n" in files[WORKFLOW]


def test_a_launcher_in_a_directory_is_found_with_its_lock_file() -> None:
    plan = deployment_plan("github_workflow", BY_STEP).model_copy(update={"launcher": "./build tools/it's"})

    (target,) = render(plan)

    files = {file.path: file.text for file in target.files}
    (cache,) = (step for step in read_yaml(files[ACTION])[0]["runs"]["steps"] if step["name"] == "Cache the launcher")
    assert cache["with"]["key"].endswith("${{ hashFiles('build tools/it''s', 'build tools/3rdparty/launcher/pants.lock') }}")


def test_the_first_python_that_is_named_is_the_one_that_python_means() -> None:
    (step, *_) = action({"python_versions": ["3.12", "3.9"]})["runs"]["steps"]

    assert step["with"] == {"python-version": "3.9\n3.12\n"}
