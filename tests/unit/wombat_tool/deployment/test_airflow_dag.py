"""DAGs of Airflow as they are written; test_airflow_runs.py has Airflow read and run them."""

from __future__ import annotations

import ast
import os
import random
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployment_plans import FLOW, VARIANTS, Step, problems, rendered, wide_and_deep

PATH = "shop/deploy/deploy_dag.py"
STEPS = {"granularity": "step", "group_chains": False}


def module(settings: dict[str, Any], **options: Any) -> str:
    """The text of the module."""
    files = rendered("airflow_dag", settings, **options)
    assert list(files) == [PATH]
    return files[PATH]


def calls(text: str, function: str) -> list[dict[str, ast.expr]]:
    """The arguments of each call of a function."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function:
            found.append({word.arg: word.value for word in node.keywords if word.arg is not None})
    return found


def environment(text: str) -> dict[str, str]:
    """The environment variables of all tasks."""
    (dag,) = calls(text, "DAG")
    default_args = dag["default_args"]
    assert isinstance(default_args, ast.Dict)
    arguments = {
        ast.literal_eval(key): value for key, value in zip(default_args.keys, default_args.values) if key is not None
    }
    found: dict[str, str] = ast.literal_eval(arguments["env"])
    return found


def commands(text: str) -> list[str]:
    """The commands of the tasks."""
    return [ast.literal_eval(arguments["bash_command"]) for arguments in calls(text, "BashOperator")]


def test_a_pipeline_is_one_task_and_its_dag_is_named_after_the_target() -> None:
    text = module({})

    assert commands(text) == ["./pants run shop:pipeline"]
    assert 'dag_id="shop.deploy"' in text
    assert "REPOSITORY = pathlib.Path(__file__).resolve().parents[2]\n" in text
    assert "schedule=None" in text


def test_names_are_those_that_airflow_takes() -> None:
    (text,) = rendered("airflow_dag", {}, address="a b/ü:deploy", directory="a b/ü").values()
    (dag,) = calls(text, "DAG")

    assert re.fullmatch(r"deploy-[0-9a-f]{8}", ast.literal_eval(dag["dag_id"]))
    assert 'dag_id="flights"' in module({"dag_id": "flights"})


def test_chains_become_one_task_and_variants_one_each() -> None:
    assert commands(module({"granularity": "step"}, steps=VARIANTS)) == [
        "./pants run shop:load",
        "./pants run shop:train@model=linear",
        "./pants run shop:train@model=trees",
        "./pants run shop:compare",
        "./pants run shop:pipeline",
    ]
    assert len(commands(module({"granularity": "step"}))) == len(FLOW)


def test_without_a_step_only_its_task_is_gone() -> None:
    steps = [step for step in FLOW if step.name not in ("report", "publish")]
    steps.append(Step("publish", needs=("train",)))
    whole = module(STEPS).splitlines()

    part = module(STEPS, steps=steps).splitlines()

    gone = {
        '    run_report = BashOperator(task_id="report", bash_command="./pants run shop:report")',
        "    run_clean >> run_report",
        "    [run_report, run_train] >> run_publish",
    }
    assert set(whole) - set(part) == gone
    assert set(part) - set(whole) == {"    run_train >> run_publish"}


def test_the_order_of_what_is_declared_does_not_matter() -> None:
    settings = {
        **STEPS,
        "env_vars": {"A": "1", "B": "2"},
        "parameters": {"max_iter": "train.max_iter", "region": "load.region"},
        "secrets": {"C": "{{ var.value.c }}", "D": "{{ var.value.d }}"},
    }
    turned = {name: dict(reversed(one.items())) if isinstance(one, dict) else one for name, one in settings.items()}
    steps = list(FLOW)
    random.Random(1).shuffle(steps)

    assert module(turned, steps=steps) == module(settings)


def test_parameters_reach_tasks_by_the_environment() -> None:
    text = module({**STEPS, "parameters": {"max_iter": "train.max_iter"}})

    (param,) = calls(text, "Param")
    assert {name: ast.literal_eval(value) for name, value in param.items()} == {
        "default": 80,
        "type": "integer",
        "description": "Sets shop:train.max_iter.",
    }
    assert environment(text)["WOMBAT_PARAMETER_MAX_ITER"] == "{{ params['max_iter'] | tojson }}"
    assert commands(text)[3] == './pants run shop:train -- shop:train.max_iter="${WOMBAT_PARAMETER_MAX_ITER}"'
    assert commands(text)[0] == "./pants run shop:load"


def test_the_file_of_the_token_is_gone_when_a_task_is_killed(tmp_path: Path) -> None:
    text = module({"remote_cache": "grpc://cache.example:1", "remote_cache_token": "{{ var.value.cache_token }}"})
    (script,) = (
        ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TOKEN_SCRIPT"
    )
    variables = {**os.environ, "WOMBAT_REMOTE_CACHE_TOKEN": "s3cret", "TMPDIR": str(tmp_path)}
    report = """sh -c 'cat "$PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH"; echo; exec sleep 600'"""
    task = subprocess.Popen(
        ["bash", "-c", script + report], env=variables, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert task.stdout is not None

    assert task.stdout.readline() == "s3cret\n"
    assert len(list(tmp_path.iterdir())) == 1
    os.killpg(task.pid, signal.SIGTERM)

    assert task.wait(timeout=30) != 0
    assert list(tmp_path.iterdir()) == []


def test_variables_that_steps_read_and_nobody_sets_are_told() -> None:
    note = "# Steps read these environment variables of the worker: DB_PASSWORD.\n"

    assert note in module({})
    assert "# Steps read" not in module({"secrets": {"DB_PASSWORD": "{{ conn.db.password }}"}})


def test_only_what_is_used_is_imported() -> None:
    assert "Param" not in module({}) and "CronTriggerTimetable" not in module({}) and "SmtpNotifier" not in module({})
    rich = module({"repository": "/srv/checkout", "on_failure_callback": "a.b.c"}, schedule="@daily")
    assert "pathlib" not in rich
    assert "from a.b import c as on_failure\n" in rich
    assert 'CronTriggerTimetable("0 0 * * *", timezone="UTC")' in rich


def test_the_repository_may_be_a_variable() -> None:
    assert '"cwd": "{{ var.value.monorepo }}"' in module({"repository": "{{ var.value.monorepo }}"})


def test_a_patch_is_left_to_airflow_with_what_it_evaluates() -> None:
    patch = {
        "dag": {
            "default_args": {"env": {"WOMBAT_PARAMETER_REGION": "{{ ds }}"}, "weight_rule": "upstream"},
            "catchup": None,
        },
        "tasks": {"pipeline": {"retry_delay": 5}},
    }

    text = module({"parameters": {"region": "load.region"}, "patch": patch})

    assert environment(text)["WOMBAT_PARAMETER_REGION"] == "{{ ds }}"
    assert '"weight_rule": "upstream",\n' in text and "catchup" not in text
    assert "retry_delay=timedelta(seconds=5)" in text


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param(
            {"secrets": {"A": "password"}},
            "The 'secrets.A' field in target shop:deploy must be a reference that Airflow evaluates when a task starts: "
            "'{{ var.value.NAME }}', '{{ conn.NAME.password }}' or '{{ conn.NAME.extra_dejson.KEY }}', but was 'password'.",
            id="a secret by value",
        ),
        pytest.param(
            {"secrets": {"A": "{{ var.value.a }}{{ 7 * 7 }}"}},
            "The 'secrets.A' field in target shop:deploy must be a reference that Airflow evaluates when a task starts: "
            "'{{ var.value.NAME }}', '{{ conn.NAME.password }}' or '{{ conn.NAME.extra_dejson.KEY }}', but was "
            "'{{ var.value.a }}{{ 7 * 7 }}'.",
            id="more than a reference",
        ),
        pytest.param(
            {"repository": "checkout"},
            "The 'repository' field in target shop:deploy must be an absolute path, such as '/srv/checkouts/monorepo', or a "
            "variable: '{{ var.value.NAME }}', but was 'checkout'.",
            id="a relative path",
        ),
        pytest.param(
            {"remote_cache_token": "abc"},
            "The 'remote_cache_token' field in target shop:deploy must be the absolute path of a file on the workers, such as "
            "'/run/secrets/cache-token', or a reference that Airflow evaluates when a task starts: '{{ var.value.NAME }}', "
            "'{{ conn.NAME.password }}' or '{{ conn.NAME.extra_dejson.KEY }}', but was 'abc'.",
            id="a token by value",
        ),
        pytest.param(
            {"dag_id": "my dag"},
            "The 'dag_id' field in target shop:deploy must be letters, digits, '_', '-' and '.', at most 250 characters, but "
            "was 'my dag'.",
            id="a blank in the name",
        ),
        pytest.param(
            {"start_date": "01.03.2026"},
            "The 'start_date' field in target shop:deploy must be a date such as '2026-01-31', but was '01.03.2026'.",
            id="a date in another form",
        ),
        pytest.param(
            {"notify_emails": ["{{ x }}@a"]},
            "The 'notify_emails.0' field in target shop:deploy must be an address for mail, such as 'team@example.org', but "
            "was '{{ x }}@a'.",
            id="no address",
        ),
        pytest.param(
            {"on_failure_callback": "print"},
            "The 'on_failure_callback' field in target shop:deploy must be a function that the workers can import, such as "
            "'company.alerts.page_on_call', but was 'print'.",
            id="a function of no module",
        ),
        pytest.param(
            {"max_active_runs": 0},
            "The 'max_active_runs' field in target shop:deploy must be greater than 0, but was 0.",
            id="no runs",
        ),
        pytest.param(
            {"catchup": "yes"},
            "The 'catchup' field in target shop:deploy must be a valid boolean, but was 'yes'.",
            id="text for a switch",
        ),
        pytest.param(
            {"image": "jobs:1"},
            "The 'image' field in target shop:deploy is not known here. Remove it, or set it by `patch`.",
            id="an unknown field",
        ),
        pytest.param(
            {"timezone": "Berlin"},
            "The 'timezone' field in target shop:deploy must be a time zone of the IANA database, such as 'Europe/Berlin' or "
            "'UTC' (did you mean 'Europe/Berlin'?), but was 'Berlin'.",
            id="an unknown time zone",
        ),
        pytest.param(
            {"patch": {"tasks": {"load": {}}}},
            "The 'patch.tasks' field in target shop:deploy has the key 'load', and may have: pipeline.",
            id="a patch of no task",
        ),
        pytest.param(
            {"patch": {"dag": {"a-b": 1}}},
            "The 'patch.dag' field in target shop:deploy has the key 'a-b', which cannot be the name of an argument.",
            id="a patch of no argument",
        ),
        pytest.param(
            {"patch": {"dag": None}},
            "The 'patch.dag' field in target shop:deploy must be a dictionary, but was None.",
            id="a patch without the DAG",
        ),
        pytest.param(
            {"output": "dags/nightly.py"},
            "The 'output' field in target shop:deploy must be a path that ends in '_dag.py', but was 'dags/nightly.py'.",
            id="another ending",
        ),
        pytest.param(
            {"env_vars": {"A": "1"}, "secrets": {"A": "{{ var.value.a }}"}},
            "The 'secrets.A' field in target shop:deploy must not be set, since 'env_vars' sets the variable, too.",
            id="a variable that is set twice",
        ),
        pytest.param(
            {"env_vars": {"WOMBAT_PARAMETER_A": "1"}},
            "The 'env_vars.WOMBAT_PARAMETER_A' field in target shop:deploy must have another name: Wombat needs this one "
            "itself.",
            id="a variable of a parameter",
        ),
    ],
)
def test_what_is_wrong_is_told_with_what_is_allowed(settings: dict[str, Any], message: str) -> None:
    assert problems("airflow_dag", settings) == [message]


HOSTILE = st.text("'\"\\\n\r\t{}$()#%@`é\u2028\u202e", max_size=30) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300
)


@settings(deadline=None)
@given(HOSTILE, HOSTILE)
def test_texts_are_literals_and_nothing_else(value: str, default: str) -> None:
    def written(text: str, region: str) -> str:
        steps = [Step("load", params={"region": region})]
        settings = {"env_vars": {"A": text}, "parameters": {"region": "load.region"}, "owner": text, "dag_tags": [text]}
        return module(settings, steps=steps)

    text = written(value, default)

    (param,) = calls(text, "Param")
    (dag,) = calls(text, "DAG")
    assert ast.literal_eval(param["default"]) == default
    assert ast.literal_eval(dag["tags"]) == [value]
    assert _shape(text) == _shape(written("a", "b"))


def _shape(text: str) -> str:
    """A module without the values of its literals."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = None
    return ast.dump(tree)


def test_a_large_pipeline_is_one_module() -> None:
    assert len(commands(module(STEPS, steps=wide_and_deep(2000)))) == 2001
