"""Modules of Luigi as they are written; test_luigi_runs.py runs them."""

from __future__ import annotations

import ast
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployment_plans import FLOW, VARIANTS, Step, problems, rendered, wide_and_deep
from wombat_tool.deployment.luigi_text import class_name
from wombat_tool.deployment.names import name_for

PATH = "shop/deploy/deploy_luigi.py"
STEPS = {"granularity": "step", "group_chains": False}


def module(settings: dict[str, Any], **options: Any) -> str:
    """The text of the module."""
    files = rendered("luigi_module", settings, **options)
    assert list(files) == [PATH]
    return files[PATH]


def classes(text: str) -> dict[str, ast.ClassDef]:
    """The classes of a module by name."""
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}


def attributes(text: str, name: str) -> dict[str, Any]:
    """The attributes of a class that are plain values."""
    found = {}
    for node in classes(text)[name].body:
        if isinstance(node, ast.Assign) and not any(isinstance(one, ast.Call) for one in ast.walk(node.value)):
            (target,) = node.targets
            assert isinstance(target, ast.Name)
            found[target.id] = ast.literal_eval(node.value)
    return found


def required(text: str) -> dict[str, list[str]]:
    """For each task those that must be done before."""
    found = {}
    for name, node in classes(text).items():
        methods = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "requires"]
        calls = [one for method in methods for one in ast.walk(method) if isinstance(one, ast.Call)]
        found[name] = [one.args[0].id for one in calls if isinstance(one.args[0], ast.Name)]
    del found["_PantsTask"]
    return found


def constant(text: str, name: str) -> Any:
    """A constant of a module."""
    (value,) = (
        node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name
    )
    return ast.literal_eval(value)


def test_a_pipeline_is_one_task() -> None:
    text = module({})

    assert required(text) == {"Pipeline": []}
    assert attributes(text, "Pipeline") == {"_target": "shop:pipeline"}


def test_tasks_need_each_other_as_steps_do() -> None:
    assert required(module(STEPS)) == {
        "Load": [],
        "Clean": ["Load"],
        "Report": ["Clean"],
        "Train": ["Clean"],
        "Publish": ["Report", "Train"],
        "Pipeline": ["Publish"],
    }


def test_chains_become_one_task() -> None:
    assert list(required(module({"granularity": "step"}))) == ["Clean", "Report", "Train", "Publish", "Pipeline"]


def test_without_a_step_only_its_task_is_gone() -> None:
    whole = module(STEPS).splitlines()
    steps = [step for step in FLOW if step.name not in ("report", "publish")]
    steps.append(Step("publish", needs=("train",)))

    part = module(STEPS, steps=steps).splitlines()

    gone = [
        "class Report(_PantsTask):",
        '    _target = "shop:report"',
        "        return [self.clone(Report), self.clone(Train)]",
    ]
    assert set(gone) <= set(whole)
    assert set(part) - set(whole) == {"        return [self.clone(Train)]"}
    assert set(whole) - set(part) == set(gone)


def test_the_order_of_what_is_declared_does_not_matter() -> None:
    settings = {
        **STEPS,
        "env_vars": {"A": "1", "B": "2"},
        "parameters": {"max_iter": "train.max_iter", "region": "load.region"},
        "secrets": {"C": "$C", "D": "/d"},
        "luigi_resources": {"a": 1, "b": 2},
    }
    turned = {name: dict(reversed(one.items())) if isinstance(one, dict) else one for name, one in settings.items()}
    steps = list(FLOW)
    random.Random(1).shuffle(steps)

    assert module(turned, steps=steps) == module(settings)


def test_parameters_reach_the_tasks_that_need_them() -> None:
    text = module({**STEPS, "parameters": {"max_iter": "train.max_iter", "region": "load.region"}})

    assert '    max_iter = luigi.IntParameter(default=80, description="Sets shop:train.max_iter.")\n' in text
    assert '    region = luigi.Parameter(default="north", description="Sets shop:load.region.")\n' in text
    assert attributes(text, "Report")["_overrides"] == {"shop:load.region": "region"}
    assert attributes(text, "Pipeline")["_overrides"] == {"shop:load.region": "region", "shop:train.max_iter": "max_iter"}


def test_settings_become_attributes_of_all_tasks() -> None:
    text = module(
        {
            "retries": 2,
            "timeout_s": 60,
            "luigi_resources": {"pants": 1},
            "priority": 5,
            "notify_emails": ["a@example.org"],
            "task_namespace": "flights",
        }
    )

    assert attributes(text, "_PantsTask") == {
        "task_namespace": "flights",
        "retry_count": 3,
        "worker_timeout": 120,
        "resources": {"pants": 1},
        "priority": 5,
        "owner_email": ["a@example.org"],
        "_target": "",
        "_overrides": {},
    }
    assert "pants.wait(60)" in text
    assert (
        "#   python shop/deploy/deploy_luigi.py --local-scheduler --worker-keep-alive --scheduler-retry-delay 60\n" in text
    )


def test_the_cache_and_secrets_are_found_when_a_task_starts() -> None:
    text = module(
        {"remote_cache": "$CACHE", "remote_cache_token": "$TOKEN_FILE", "secrets": {"DB_PASSWORD": "/run/secrets/db"}}
    )

    assert constant(text, "REFERENCES") == {
        "DB_PASSWORD": "/run/secrets/db",
        "PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH": "$TOKEN_FILE",
        "PANTS_REMOTE_STORE_ADDRESS": "$CACHE",
    }
    assert constant(text, "ENVIRONMENT")["PANTS_REMOTE_CACHE_WRITE"] == "true"


def test_an_address_and_a_file_are_written_as_they_are() -> None:
    text = module({"remote_cache": "grpcs://cache.example:443", "remote_cache_token": "/run/secrets/token"})

    environment = constant(text, "ENVIRONMENT")
    assert environment["PANTS_REMOTE_STORE_ADDRESS"] == "grpcs://cache.example:443"
    assert environment["PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH"] == "/run/secrets/token"
    assert "REFERENCES" not in text


def test_the_pipelines_own_schedule_becomes_a_line_for_cron() -> None:
    line = "#   0 4 * * 1-5 cd /path/to/the/repository && python shop/deploy/deploy_luigi.py --local-scheduler\n"

    assert line in module({}, schedule="0 4 * * 1-5")
    assert "cron" not in module({"schedule": "never"}, schedule="0 4 * * 1-5")
    assert "cron" not in module({})


def test_a_patch_sets_what_there_is_no_field_for() -> None:
    patch = {
        "all_tasks": {"disable_window": 60},
        "environment": {"PANTS_LEVEL": "debug", "PANTS_PANTSD": None},
        "tasks": {"Train": {"priority": 9}},
    }

    text = module({**STEPS, "patch": patch})

    assert attributes(text, "_PantsTask")["disable_window"] == 60
    assert attributes(text, "Train") == {"_target": "shop:train", "priority": 9}
    environment = constant(text, "ENVIRONMENT")
    assert environment["PANTS_LEVEL"] == "debug" and "PANTS_PANTSD" not in environment


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param(
            {"schedule": "0 4 * * *"},
            "The 'schedule' field in target shop:deploy must not be set, or be 'never': Luigi has no schedules, and what "
            "starts it is cron or the like, for which the generated module has a line, but was '0 4 * * *'.",
            id="a schedule",
        ),
        pytest.param(
            {"timezone": "UTC"},
            "The 'timezone' field in target shop:deploy is not known here. Remove it, or set it by `patch`.",
            id="a time zone",
        ),
        pytest.param(
            {"secrets": {"A": "password"}},
            "The 'secrets.A' field in target shop:deploy must be '$NAME' for an environment variable of Luigi, or the "
            "absolute path of a file, such as '/run/secrets/password', but was 'password'.",
            id="a secret by value",
        ),
        pytest.param(
            {"repository": "checkout"},
            "The 'repository' field in target shop:deploy must be an absolute path, such as '/srv/checkouts/monorepo', "
            "but was 'checkout'.",
            id="a relative path",
        ),
        pytest.param(
            {"task_namespace": "a b"},
            "The 'task_namespace' field in target shop:deploy must be words of letters, digits, '_' and '-' with '.' "
            "between them, or '', but was 'a b'.",
            id="a namespace with a blank",
        ),
        pytest.param(
            {"luigi_resources": {"pants": 0}},
            "The 'luigi_resources.pants' field in target shop:deploy must be greater than 0, but was 0.",
            id="none of a resource",
        ),
        pytest.param(
            {"parameters": {"priority": "train.max_iter"}},
            "The 'parameters.priority' field in target shop:deploy must have another name, since tasks of Luigi have a "
            "'priority' of their own. Call it 'set_priority', for instance.",
            id="a parameter that tasks have",
        ),
        pytest.param(
            {"parameters": {"class": "train.max_iter"}},
            "The 'parameters.class' field in target shop:deploy must have another name, since it is a word of Python. "
            "Call it 'set_class', for instance.",
            id="a parameter that is a word of Python",
        ),
        pytest.param(
            {"output": "shop/tasks.py"},
            "The 'output' field in target shop:deploy must be a path that ends in '_luigi.py', but was 'shop/tasks.py'.",
            id="another ending",
        ),
        pytest.param(
            {"env_vars": {"A": "1"}, "secrets": {"A": "$A"}},
            "The 'secrets.A' field in target shop:deploy must not be set, since 'env_vars' sets the variable, too.",
            id="a variable that is set twice",
        ),
        pytest.param(
            {"env_vars": {"WOMBAT_PARAMETER_A": "1"}},
            "The 'env_vars.WOMBAT_PARAMETER_A' field in target shop:deploy must have another name: Wombat needs this one "
            "itself.",
            id="a variable of a parameter",
        ),
        pytest.param(
            {"patch": {"tasks": {"Load": {}}}},
            "The 'patch.tasks' field in target shop:deploy has the key 'Load', and may have: Pipeline.",
            id="a patch of no task",
        ),
        pytest.param(
            {"patch": {"all_tasks": {"a b": 1}}},
            "The 'patch.all_tasks' field in target shop:deploy has the key 'a b', which cannot be the name of an argument.",
            id="a patch of no attribute",
        ),
        pytest.param(
            {"patch": {"environment": {"A": 1}}},
            "The 'patch.environment.A' field in target shop:deploy must be text, but was 1.",
            id="a patch with a number",
        ),
    ],
)
def test_what_is_wrong_is_told_with_what_is_allowed(settings: dict[str, Any], message: str) -> None:
    assert problems("luigi_module", settings) == [message]


HOSTILE = st.text("'\"\\\n\r\t{}$()#%@`é\u2028\u202e", max_size=30) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300
)


@settings(deadline=None)
@given(HOSTILE, HOSTILE)
def test_texts_are_literals_and_nothing_else(value: str, description: str) -> None:
    def written(text: str, default: str) -> str:
        steps = [Step("load", params={"region": default})]
        return module({"env_vars": {"A": text}, "parameters": {"region": "load.region"}}, steps=steps)

    text = written(value, description)

    assert constant(text, "ENVIRONMENT")["A"] == value
    assert _shape(text) == _shape(written("a", "b"))


def _shape(text: str) -> str:
    """A module without the values of its literals."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = None
    return ast.dump(tree)


NAMES = st.text("ab12_", min_size=1, max_size=8).map(lambda name: f"shop:x{name}".rstrip("_"))


@given(st.sets(NAMES, max_size=60))
def test_no_two_jobs_have_one_class(addresses: set[str]) -> None:
    names = {name_for(address, directory="shop") for address in addresses}

    found = {class_name(name) for name in names}

    assert len(found) == len(names)
    assert all(name.isidentifier() for name in found)


@pytest.mark.parametrize(
    ("job", "name"),
    [
        ("clean-flights", "CleanFlights"),
        ("none", "None_"),
        ("a-1", "A_1"),
        ("a1", "A1"),
        ("a--b", "A_B"),
        ("x-0a12bc34", "X_0a12bc34"),
    ],
)
def test_classes_are_called_like_their_jobs(job: str, name: str) -> None:
    assert class_name(job) == name


def test_variants_have_names_that_python_takes() -> None:
    text = module(STEPS, steps=VARIANTS)

    names = list(required(text))
    assert len(names) == 5 and all(name.isidentifier() for name in names)
    assert [attributes(text, name)["_target"] for name in names] == [
        "shop:load",
        "shop:train@model=linear",
        "shop:train@model=trees",
        "shop:compare",
        "shop:pipeline",
    ]


def test_a_large_pipeline_is_one_module() -> None:
    text = module(STEPS, steps=wide_and_deep(2000))

    assert len(required(text)) == 2001
