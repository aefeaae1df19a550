"""Containers that run Pants: what is written is what the container gets."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wombat_tool.deployment import pods
from wombat_tool.deployment.commands import Variable
from wombat_tool.deployment.problems import DeploymentProblem

HOSTILE = st.text("$({})\"'\n NAME`é", max_size=300) | st.text(max_size=300)


def expanded(text: str, variables: dict[str, str]) -> str:
    """What Kubernetes makes of a text: `$$` is `$`, `$(NAME)` a variable, all else stays."""

    def one(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else variables.get(match[1], match[0])

    return re.sub(r"\$\$|\$\(([^)]*)\)", one, text)


@given(HOSTILE, HOSTILE)
@example("$(NAME)", "")
@example("$$$(NAME)$", "")
@example("$$", "$(NAME)")
@example("a$", "(NAME)")
def test_a_value_is_taken_as_it_is(before: str, after: str) -> None:
    variables = {"NAME": "expanded"}
    (variable,) = pods.literal_variables({"X": before})

    assert expanded(variable["value"], variables) == before
    assert expanded(pods.argument((before, after)), variables) == before + after


@given(HOSTILE, HOSTILE)
@example("a$", "$(X)")
@example("a$$", "(NAME)")
def test_a_variable_is_put_in_between_texts_and_not_looked_into(before: str, value: str) -> None:
    word = pods.argument((before, Variable("NAME"), before))

    assert expanded(word, {"NAME": value}) == before + value + before


def test_a_container_runs_its_command_without_a_shell() -> None:
    spec = pods.container(
        "train",
        "registry.example/jobs:1",
        [("./pants",), ("run",), ("shop:train",), ("--",), ("shop:train.rate=", Variable("RATE"))],
        env=pods.literal_variables({"RATE": "0.5"}) + pods.secret_variables({"PASSWORD": "database/password"}),
        resources=pods.resource_requirements({"cpu": "500m", "memory": "1K"}, {"memory": "1Gi"}),
    )

    assert spec == {
        "name": "train",
        "image": "registry.example/jobs:1",
        "workingDir": "/repo",
        "command": ["./pants"],
        "args": ["run", "shop:train", "--", "shop:train.rate=$(RATE)"],
        "env": [
            {"name": "RATE", "value": "0.5"},
            {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "database", "key": "password"}}},
        ],
        "resources": {"requests": {"cpu": "500m", "memory": "1k"}, "limits": {"memory": "1Gi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }


def test_the_token_is_a_file() -> None:
    volume, mount = pods.token_volume("cache/token"), pods.token_mount()
    (item,) = volume["secret"]["items"]

    assert volume["secret"]["secretName"] == "cache"
    assert item == {"key": "token", "path": "token"}
    assert f"{mount['mountPath']}/{item['path']}" == pods.TOKEN_PATH
    assert volume["name"] == mount["name"] and mount["readOnly"]


def test_devices_are_limited_to_what_is_asked_for() -> None:
    resources = pods.resource_requirements({"gpu": "2", "ephemeral_storage": "1Gi"}, gpu="amd.com/gpu")

    assert resources == {
        "requests": {"ephemeral-storage": "1Gi", "amd.com/gpu": "2"},
        "limits": {"amd.com/gpu": "2"},
    }


def test_a_limit_below_the_request_is_refused() -> None:
    with pytest.raises(DeploymentProblem, match=r"^must not be below what the jobs ask for, 2Gi, but was '1900Mi'\.$"):
        pods.resource_requirements({"memory": "2Gi"}, {"memory": "1900Mi"})


@pytest.mark.parametrize(
    ("requests", "limits", "expected"),
    [({}, {}, None), ({"cpu": "500m"}, {}, "1"), ({"cpu": "2.5"}, {}, "3"), ({"cpu": "1"}, {"cpu": "4"}, "4")],
)
def test_pants_uses_the_processors_of_the_container(requests: dict[str, str], limits: dict[str, str], expected: Any) -> None:
    assert pods.parallelism(requests, limits).get("PANTS_PROCESS_EXECUTION_LOCAL_PARALLELISM") == expected


@pytest.mark.parametrize("image", ["registry.example/jobs", "registry.example/jobs:latest"])
def test_an_image_for_production_says_which_one_it_is(image: str) -> None:
    pods.check_image(image, environment="development")
    pods.check_image("registry.example/jobs:{git_commit}", environment="production")
    pods.check_image(f"registry.example/jobs@sha256:{64 * '0'}", environment="production")
    with pytest.raises(DeploymentProblem, match=rf"in production, but was '{image}'\. Write for instance 'registry"):
        pods.check_image(image, environment="production")
