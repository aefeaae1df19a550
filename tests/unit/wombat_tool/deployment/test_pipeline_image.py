"""The recipe of a container image."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployment_plans import problems, rendered


def _instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile, each with its arguments."""
    joined = text.replace("\\\n", " ")
    lines = [line for line in joined.split("\n") if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def _dockerfile(**settings: Any) -> list[tuple[str, str]]:
    return _instructions(rendered("pipeline_image", settings)["shop/Dockerfile"])


def test_the_image_runs_as_a_user_that_is_not_root_and_owns_the_repository() -> None:
    instructions = _dockerfile()
    user = instructions.index(("USER", "1000:1000"))

    assert instructions[0] == ("FROM", "python:3.9-slim-bookworm")
    assert all("apt-get" not in arguments and "useradd" not in arguments for _, arguments in instructions[user:])
    copies = [arguments for name, arguments in instructions if name == "COPY"]
    assert copies
    assert all(arguments.startswith("--chown=1000:1000 ") for arguments in copies)


def test_pants_is_set_up_before_the_repository_is_copied_and_steps_are_prepared_after() -> None:
    instructions = _dockerfile(prepare=["shop:pipeline"])
    runs = [instruction for instruction in instructions if instruction[0] in ("COPY", "RUN")][2:]

    assert [(name, arguments.replace("--chown=1000:1000 ", "")) for name, arguments in runs] == [
        ("COPY", '["pants", "pants"]'),
        ("COPY", '["3rdparty/launcher/pants.lock", "3rdparty/launcher/pants.lock"]'),
        ("RUN", "touch BUILD_ROOT && ./pants --version && rm BUILD_ROOT"),
        ("COPY", ". ."),
        ("RUN", '["./pants", "prepare-steps", "shop:pipeline"]'),
    ]


def test_packages_are_installed_in_one_order_whatever_the_order_of_the_build_file() -> None:
    one = _dockerfile(packages=["r-base-core", "libgomp1"])

    assert one == _dockerfile(packages=["libgomp1", "r-base-core"])
    assert "ca-certificates git libgomp1 python3 python3-venv r-base-core" in one[1][1]


def test_variables_of_the_build_are_arguments_and_no_part_of_the_image() -> None:
    instructions = _dockerfile(build_variables=["PIP_INDEX_URL"])

    assert ("ARG", "PIP_INDEX_URL") in instructions
    assert not any("PIP_INDEX_URL" in arguments for name, arguments in instructions if name == "ENV")


def test_git_and_what_a_build_makes_stay_out_of_the_image() -> None:
    ignored = rendered("pipeline_image", {})["shop/Dockerfile.dockerignore"].splitlines()

    assert {".git", "dist", "**/.pants.d", "**/.env"} <= set(ignored)


def test_the_recipe_can_go_elsewhere() -> None:
    assert sorted(rendered("pipeline_image", {"output": "deploy/jobs.Dockerfile"})) == [
        "deploy/jobs.Dockerfile",
        "deploy/jobs.Dockerfile.dockerignore",
    ]


@given(
    prepare=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=300), min_size=1)
)
def test_what_is_prepared_is_passed_on_as_it_is(prepare: list[str]) -> None:
    text = rendered("pipeline_image", {"prepare": prepare})["shop/Dockerfile"]
    runs = [line for line in text.split("\n") if line.startswith('RUN ["./pants", "prepare-steps"')]

    assert len(runs) == 1
    assert json.loads(runs[0].removeprefix("RUN "))[2:] == prepare


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"packages": ["libgomp1; rm -rf /"]},
            "The 'packages.0' field in target shop:deploy must be a package of Debian, such as 'libgomp1' or "
            "'libgomp1=12.2.0-14', but was 'libgomp1; rm -rf /'.",
        ),
        (
            {"launcher_files": ["../pants"]},
            "The 'launcher_files.0' field in target shop:deploy must be the path of a file from the build root, such as "
            "'tools/pants.lock', but was '../pants'.",
        ),
        (
            {"build_variables": ["PIP-URL"]},
            "The 'build_variables.0' field in target shop:deploy must be the name of an environment variable: letters, "
            "digits and '_', no digit first, but was 'PIP-URL'.",
        ),
        (
            {"patch": {"FROM": "x"}},
            "The 'patch' field in target shop:deploy has no meaning here: a Dockerfile is no document of keys. Build an image "
            "on top.",
        ),
    ],
)
def test_a_wrong_setting_is_told(settings: dict[str, Any], message: str) -> None:
    assert problems("pipeline_image", settings) == [message]
