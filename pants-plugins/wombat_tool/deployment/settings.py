"""What the settings of all deployment targets have in common; each system adds its own in its file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, Optional, Union

from pydantic import BaseModel, ConfigDict, PositiveInt, ValidationError
from pydantic_core import ErrorDetails

from wombat_tool.deployment.problems import shown
from wombat_tool.deployment.values import (
    Image,
    InputName,
    OutputPath,
    PlainText,
    RemoteCacheAddress,
    Resources,
    Schedule,
    TimeZone,
    VariableName,
)


class Settings(BaseModel):
    """Settings of any deployment target.

    :param output: where the generated file goes, or the directory for several; from the build root.
    :param patch: what is set in the result whatever else was generated (RFC 7396).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    output: Optional[OutputPath] = None
    patch: dict[str, Any] = {}


class PipelineSettings(Settings):
    """Settings of a target that deploys a pipeline.

    :param parameters: names of parameters of a run, each with the parameters of steps ("path:step.parameter") that
        get its value.
    :param env_vars: environment variables with their values.
    :param secrets: environment variables, each with the reference of a secret as the system writes it.
    :param retries: how often a job is tried again that failed for whatever reason.
    :param timeout_s: seconds after which a job is stopped; None for the limit of the system.
    :param remote_cache_token: the reference of the secret that holds the token of the cache server.
    """

    pipeline: str
    granularity: Literal["step", "pipeline"] = "pipeline"
    group_chains: bool = True
    environment: Literal["development", "production"] = "production"
    parameters: dict[InputName, Union[str, tuple[str, ...]]] = {}
    env_vars: dict[VariableName, PlainText] = {}
    secrets: dict[VariableName, PlainText] = {}
    retries: int = 0
    timeout_s: Optional[PositiveInt] = None
    remote_cache: Optional[RemoteCacheAddress] = None
    remote_cache_instance: Optional[PlainText] = None
    remote_cache_token: Optional[PlainText] = None


class Scheduled(BaseModel):
    """Settings of a system that starts runs by itself.

    :param schedule: cron; "never" for none, None for that of the pipeline.
    """

    schedule: Optional[Schedule] = None
    timezone: TimeZone = "UTC"


class InContainers(BaseModel):
    """Settings of a system that runs containers.

    :param image: `{git_commit}` in its tag stands for the commit that is deployed.
    :param resources: what a job asks for in place of what its steps ask for.
    """

    image: Image
    resources: Resources = {}


def broken_texts(settings: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Field and message for each text that no file can hold: one with half of a surrogate pair."""
    if isinstance(settings, dict):
        for key, value in settings.items():
            yield from broken_texts(key, (*path, shown(key)) if path else (key,))
            yield from broken_texts(value, (*path, key))
    elif isinstance(settings, list):
        for number, value in enumerate(settings):
            yield from broken_texts(value, (*path, str(number)))
    elif isinstance(settings, str) and any("\ud800" <= character <= "\udfff" for character in settings):
        where = ".".join(path).encode(errors="backslashreplace").decode()
        yield where, f"must be text of whole characters, but was {shown(settings)}."


def setting_problems(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Field and message for each mistake that pydantic found."""
    seen = set()
    for detail in error.errors():
        field = ".".join(_path(detail))
        # Of a union each member complains.
        if field not in seen:
            seen.add(field)
            yield field, _message(detail)


def _path(detail: ErrorDetails) -> list[str]:
    # The last parts may be pydantic's own names for the members of a union or for a key, in brackets or not of the value.
    path = [str(part) for part in detail["loc"]]
    while len(path) > 1 and (path[-1] == "[key]" or path[-1] in ("str", "int", "bool") or "[" in path[-1]):
        path.pop()
    return path


def _message(detail: ErrorDetails) -> str:
    kind, value = detail["type"], detail["input"]
    if kind == "value_error":
        return f"{detail['ctx']['error']}, but was {shown(value)}."
    if kind == "extra_forbidden":
        return "is not known here. Remove it, or set it by `patch`."
    if kind == "missing":
        return "is required."
    if kind == "literal_error":
        return f"must be {detail['ctx']['expected']}, but was {shown(value)}."
    message = detail["msg"].removeprefix("Input ").removeprefix("should be ").removeprefix("Input should ")
    return f"must be {message}, but was {shown(value)}."
