"""Where generated files may go."""

from __future__ import annotations

import pytest

from deployment_plans import problems
from generated_paths import FOUND, LOST
from wombat_tool.deployment.outputs import problem_with_path


@pytest.mark.parametrize("path", FOUND)
def test_a_file_may_go_where_it_is_found_again(path: str) -> None:
    assert problem_with_path(path) == ""


@pytest.mark.parametrize("path", LOST)
def test_no_file_may_go_where_it_would_be_lost(path: str) -> None:
    assert problem_with_path(path).startswith("must ")


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("ops/recipe", "must make files that end in '.yml', '.yaml', '.toml', '_dag.py', '_luigi.py', 'Dockerfile', "),
        (".circleci/Dockerfile", "must not be in the hidden directory '.circleci'; allowed are '.github', '.gitlab', '.gitlab-ci'"),
        ("dist/Dockerfile", "must not be in 'dist', which holds what tools make"),
    ],
)
def test_an_output_that_would_be_lost_is_told(output: str, reason: str) -> None:
    (message,) = problems("pipeline_image", {"output": output})

    assert message.startswith(f"The 'output' field in target shop:deploy {reason}")
    assert message.endswith(f", but there would be {output!r}.")
