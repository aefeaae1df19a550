"""The kinds of values that settings of deployment targets take, each with what is allowed in its message."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from datetime import datetime, timezone
from typing import Annotated, Optional

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator

from wombat_tool.deployment import quantities
from wombat_tool.deployment.commands import is_variable_name

_MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
NEVER = "never"
_DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_DNS_SUBDOMAIN = re.compile(rf"{_DNS_LABEL.pattern}(\.{_DNS_LABEL.pattern})*")
_IMAGE = re.compile(
    r"(?P<name>[a-z0-9]+([._-]+[a-z0-9]+)*(:\d+(?=/))?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*)"
    r"(:(?P<tag>\w[\w.-]{0,127}|\{git_commit\}))?(@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)


def cron_expression(text: str) -> str:
    """The schedule in five fields of numbers, names, lists, ranges and steps, as every system reads them.

    :raises ValueError: if it is none, or one that never comes true.
    """
    words = _MACROS.get(text.strip(), text).split()
    allowed = "must be a cron expression of five fields (minute hour day month weekday), such as '0 4 * * *'"
    if len(words) != 5:
        raise ValueError(allowed)
    if any(re.search(r"[LW#?]", re.sub(r"[A-Za-z]{3}", "", word)) for word in words[2:]):
        raise ValueError(f"{allowed}, without 'L', 'W', '#' and '?', which not all systems know")
    try:
        next(CronSim(" ".join(words), datetime(2024, 1, 1, tzinfo=timezone.utc)))
    except StopIteration:
        raise ValueError(f"{allowed}; this one never comes true") from None
    except CronSimError as error:
        raise ValueError(f"{allowed}: {str(error)[:1].lower()}{str(error)[1:]}") from None
    return " ".join(words)


def _schedule(text: str) -> str:
    return text if text == NEVER else cron_expression(text)


def _time_zone(name: str) -> str:
    if name not in zoneinfo.available_timezones():
        near = difflib.get_close_matches(name, sorted(zoneinfo.available_timezones()), n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise ValueError(f"must be a time zone of the IANA database, such as 'Europe/Berlin' or 'UTC'{hint}")
    return name


def _variable_name(name: str) -> str:
    if not is_variable_name(name):
        raise ValueError("must be the name of an environment variable: letters, digits and '_', no digit first")
    return name


def _input_name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise ValueError("must be small letters, digits and '_', a letter first, at most 63 characters")
    return name


def _dns_label(name: str) -> str:
    if not _DNS_LABEL.fullmatch(name):
        raise ValueError("must be small letters, digits and '-', at most 63 characters, with '-' neither first nor last")
    return name


def _object_name(name: str) -> str:
    if len(name) > 253 or not _DNS_SUBDOMAIN.fullmatch(name):
        raise ValueError(
            "must be the name of an object of Kubernetes: small letters, digits, '-' and '.', at most 253 characters"
        )
    return name


def _key_reference(text: str) -> str:
    name, slash, key = text.partition("/")
    if not slash or not re.fullmatch(r"[-._a-zA-Z0-9]{1,253}", key):
        raise ValueError("must be 'OBJECT/KEY', such as 'database/password'")
    _object_name(name)
    return text


def _image(text: str) -> str:
    if not _IMAGE.fullmatch(text):
        raise ValueError(
            "must be the reference of a container image, such as 'registry.example/team/jobs:1.4', "
            "'registry.example/team/jobs:{git_commit}' or 'registry.example/team/jobs@sha256:...'"
        )
    return text


def image_parts(image: str) -> tuple[str, Optional[str], Optional[str]]:
    """Name, tag and digest of an image reference."""
    match = _IMAGE.fullmatch(image)
    assert match is not None, "the reference was checked"
    return match["name"], match["tag"], match["digest"]


def _resources(resources: dict[str, str]) -> dict[str, str]:
    for name, quantity in resources.items():
        problem = quantities.problem_with(name, quantity)
        if problem:
            raise ValueError(problem)
    return resources


def _plain_text(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must be text without the character NUL")
    return text


def _address_of_server(text: str) -> str:
    if not re.fullmatch(r"grpcs?://[A-Za-z0-9.-]+:\d{1,5}|\$[A-Za-z_][A-Za-z0-9_]*|[^$]*:[^/$].*", text):
        raise ValueError(
            "must be 'grpcs://HOST:PORT' (or 'grpc://HOST:PORT' without TLS), '$NAME' for a variable of the CI system, or "
            "the address of a `remote_cache` target"
        )
    return text


def _output_path(text: str) -> str:
    parts = text.split("/")
    if not text or text.startswith("/") or any(part in ("", ".", "..") for part in parts) or not text.isprintable():
        raise ValueError("must be a path from the build root, without '..', such as 'deploy/nightly'")
    return text


Schedule = Annotated[str, AfterValidator(_schedule)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
VariableName = Annotated[str, AfterValidator(_variable_name)]
InputName = Annotated[str, AfterValidator(_input_name)]
DnsLabel = Annotated[str, AfterValidator(_dns_label)]
ObjectName = Annotated[str, AfterValidator(_object_name)]
KeyReference = Annotated[str, AfterValidator(_key_reference)]
Image = Annotated[str, AfterValidator(_image)]
Resources = Annotated[dict[str, str], AfterValidator(_resources)]
PlainText = Annotated[str, AfterValidator(_plain_text)]
RemoteCacheAddress = Annotated[str, AfterValidator(_address_of_server)]
OutputPath = Annotated[str, AfterValidator(_output_path)]
