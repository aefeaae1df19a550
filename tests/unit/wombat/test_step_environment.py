"""A step that names an environment where it cannot run fails with the reason, before anything of it runs."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any, Dict, Optional

import pytest
from pants.core.util_rules.environments import NoFallbackEnvironmentError, UnrecognizedEnvironmentError
from pants.engine.addresses import Address
from pants.engine.environment import EnvironmentName
from pants.engine.platform import Platform

from wombat import compat
from wombat.graph.errors import StepEnvironmentError
from wombat.graph.model import StepNode
from wombat.rules import plan
from wombat.target_types import PipelineStepTarget

HERE = Platform.create_for_localhost().value


def environment_of(
    monkeypatch: pytest.MonkeyPatch,
    *,
    error: Optional[Exception] = None,
    platform: str = HERE,
    remote_execution: bool = True,
    **changes: Any,
) -> EnvironmentName:
    """What a step runs in that names "worker".

    :param error: what Pants says of the name.
    """

    async def name(request: Any) -> EnvironmentName:
        if error is not None:
            raise error
        return EnvironmentName(request.raw_value)

    async def place(environment: EnvironmentName) -> Any:
        return SimpleNamespace(platform=platform, remote_execution=remote_execution)

    monkeypatch.setattr(compat, "environment_name", name)
    monkeypatch.setattr(compat, "execution_environment", place)
    address = Address("p", target_name="count")
    fields = {"entry_point": "steps.py:count", "inputs": [], "outputs": [":a"], "environment": "worker"}
    return asyncio.run(plan._environment_of(PipelineStepTarget(fields, address), StepNode(address.spec, **changes)))


def test_a_step_runs_where_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment_of(monkeypatch) == EnvironmentName("worker")


@pytest.mark.parametrize(
    "error",
    [
        UnrecognizedEnvironmentError("Unrecognized environment name `worker`.\n\nThe value must be one of: []"),
        NoFallbackEnvironmentError("The global option `--remote-execution` is set to false.\n\nEither enable it, or ..."),
        ValueError("the name `worker` was set to the target //:worker with the target type `file`."),
    ],
)
def test_the_reason_of_pants_is_told_with_the_step(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StepEnvironmentError) as raised:
        environment_of(monkeypatch, error=error)

    text = str(raised.value)
    assert text.startswith("The 'environment' field in target p:count is 'worker', and the step cannot run there: ")
    assert " ".join(str(error).split()) in text
    assert "a name in [environments-preview].names" in text


def test_another_platform_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StepEnvironmentError, match=f"of the platform amiga, and .* is prepared here, on {HERE}"):
        environment_of(monkeypatch, platform="amiga")


def test_secrets_that_would_not_arrive_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StepEnvironmentError, match=r"passes on \(TOKEN\) does not get there.*NAME=value"):
        environment_of(monkeypatch, extra_env_vars=("REGION=eu", "TOKEN"))

    environment_of(monkeypatch, extra_env_vars=("REGION=eu",))
    environment_of(monkeypatch, extra_env_vars=("TOKEN",), remote_execution=False)


@pytest.mark.parametrize("limits", [{"timeout_s": 3}, {"retries": 3}])
def test_limits_that_do_not_count_there_are_told_of(
    limits: Dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        environment_of(monkeypatch, **limits, remote_execution=False)
        assert caplog.messages == []
        environment_of(monkeypatch, **limits)

    assert "p:count runs on other machines, where its 'timeout_s' and 'retries' do not count" in caplog.text
