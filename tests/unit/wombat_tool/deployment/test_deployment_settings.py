"""Settings that all systems share: what is allowed, and what is said of what is not."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from pydantic import TypeAdapter, ValidationError

from deployment_plans import problems
from quantity_texts import RIGHT, WRONG
from wombat_tool.deployment import values
from wombat_tool.deployment.quantities import amount
from wombat_tool.deployment.settings import PipelineSettings, setting_problems
from wombat_tool.deployment.values import cron_expression, image_parts


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("0 4 * * *", "0 4 * * *"),
        ("*/15  8-18 * * mon-fri", "*/15 8-18 * * mon-fri"),
        ("0 0 1,15 jan *", "0 0 1,15 jan *"),
        ("@daily", "0 0 * * *"),
        ("0 0 29 2 *", "0 0 29 2 *"),
    ],
)
def test_a_schedule_is_read_as_five_fields(text: str, expression: str) -> None:
    assert cron_expression(text) == expression


@pytest.mark.parametrize(
    "text", ["", "0 4 * *", "0 4 * * * *", "61 * * * *", "0 99 * * *", "0 0 30 2 *", "0 0 L * *", "@reboot", "0 0 * * 1#2"]
)
def test_what_is_no_schedule_or_never_comes_true_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a cron expression of five fields"):
        cron_expression(text)


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (values.TimeZone, "Europe/Berlin", "Europe/Berlni"),
        (values.VariableName, "DB_HOST", "1DB"),
        (values.VariableName, "_x", "DB-HOST"),
        (values.InputName, "max_iter", "MaxIter"),
        (values.DnsLabel, "ds-prod", "ds_prod"),
        (values.ObjectName, "db.credentials", "-db"),
        (values.KeyReference, "database/password", "database"),
        (values.Image, "registry.example:5000/team/jobs:1.4", "registry.example/Team/jobs"),
        (values.Image, "jobs@sha256:" + "0" * 64, "jobs@sha256:12"),
        (values.Image, "jobs:{git_commit}", "jobs:{commit}"),
        (values.RemoteCacheAddress, "grpcs://cache.example:443", "https://cache.example"),
        (values.RemoteCacheAddress, "$WOMBAT_CACHE", "$1"),
        (values.RemoteCacheAddress, "infra:cache", "cache.example"),
        (values.OutputPath, "deploy/nightly", "../nightly"),
        (values.OutputPath, "a.yml", "/a.yml"),
    ],
)
def test_a_value_is_taken_or_refused_with_what_is_allowed(kind: Any, right: str, wrong: str) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    assert adapter.validate_python(right) == right
    with pytest.raises(ValidationError, match="must be"):
        adapter.validate_python(wrong)


@pytest.mark.parametrize(
    ("resource", "quantity", "message"),
    [
        ("memory", "1 GB", "must give 'memory' in bytes, such as '512Mi' or '2Gi'"),
        ("memory", "1GB", "must give 'memory' in bytes, such as '512Mi' or '2Gi'"),
        ("cpu", "half", "must give 'cpu' in cores, such as '2', '0.5' or '500m'"),
        ("gpu", "0.5", "must give 'gpu' in whole devices, such as '1'"),
        ("ram", "1Gi", "must have keys out of cpu, memory, ephemeral_storage, gpu"),
    ],
)
def test_resources_are_in_the_units_of_kubernetes(resource: str, quantity: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message.replace("(", r"\(")):
        TypeAdapter(values.Resources).validate_python({resource: quantity})


@pytest.mark.parametrize(("resource", "quantity"), RIGHT)
def test_a_quantity_that_is_taken_has_an_amount(resource: str, quantity: str) -> None:
    assert TypeAdapter(values.Resources).validate_python({resource: quantity}) == {resource: quantity}
    assert amount(quantity) > 0


@pytest.mark.parametrize(("resource", "quantity"), WRONG)
def test_any_other_quantity_is_refused(resource: str, quantity: str) -> None:
    with pytest.raises(ValidationError, match="must "):
        TypeAdapter(values.Resources).validate_python({resource: quantity})


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("jobs", ("jobs", None, None)),
        ("registry.example:5000/team/jobs", ("registry.example:5000/team/jobs", None, None)),
        ("registry.example:5000/jobs:1.4", ("registry.example:5000/jobs", "1.4", None)),
        ("jobs:{git_commit}", ("jobs", "{git_commit}", None)),
        (f"jobs:1@sha256:{'a' * 64}", ("jobs", "1", f"sha256:{'a' * 64}")),
    ],
)
def test_an_image_has_a_name_a_tag_and_a_digest(image: str, parts: tuple[str, Optional[str], Optional[str]]) -> None:
    assert image_parts(image) == parts


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            {"granularity": "steps"},
            "The 'granularity' field in target shop:deploy must be 'step' or 'pipeline', but was 'steps'.",
        ),
        (
            {"environment": "prod"},
            "The 'environment' field in target shop:deploy must be 'development' or 'production', but was 'prod'.",
        ),
        ({"retry": 1}, "The 'retry' field in target shop:deploy is not known here. Remove it, or set it by `patch`."),
        ({"retries": "3"}, "The 'retries' field in target shop:deploy must be a valid integer, but was '3'."),
        ({"timeout_s": 0}, "The 'timeout_s' field in target shop:deploy must be greater than 0, but was 0."),
        (
            {"env_vars": {"1A": "x"}},
            "The 'env_vars.1A' field in target shop:deploy must be the name of an environment variable: letters, digits "
            "and '_', no digit first, but was '1A'.",
        ),
        (
            {"timezone": "Berlin/Europe"},
            "The 'timezone' field in target shop:deploy must be a time zone of the IANA database, such as 'Europe/Berlin' or "
            "'UTC', but was 'Berlin/Europe'.",
        ),
        (
            {"parameters": {"n": "train.n"}},
            "The 'parameters.n' field in target shop:deploy names 'train.n', but that step declares no such parameter. It "
            "has: deep, max_iter, rate.",
        ),
        (
            {"parameters": {"n": "fetch.n"}},
            "The 'parameters.n' field in target shop:deploy names the step 'fetch', which is not part of shop:pipeline. Its "
            "steps: shop:clean, shop:load, shop:publish, shop:report, shop:train.",
        ),
        (
            {"parameters": {"n": ["load.limit", "train.max_iter"]}},
            "The 'parameters.n' field in target shop:deploy must name parameters with one default, but 'load.limit' has 100 "
            "and 'train.max_iter' has 80. Give them the same value in the BUILD file, or two names here.",
        ),
        (
            {"remote_cache": "infra:cache"},
            "The 'remote_cache' field in target shop:deploy must name a `remote_cache` target that is right by itself, but "
            "infra:cache is none.",
        ),
    ],
)
def test_a_wrong_setting_is_told_with_target_field_value_and_what_is_allowed(setting: dict[str, Any], message: str) -> None:
    assert problems("airflow_dag", setting) == [message]


def test_all_mistakes_are_told_at_once() -> None:
    found = problems("airflow_dag", {"granularity": "x", "timezone": "y", "nothing": 1})

    assert len(found) == 3


def test_a_wrong_schedule_of_the_pipeline_is_told_by_its_name() -> None:
    (message,) = problems("airflow_dag", {}, schedule="0 99 * * *")

    assert message.startswith(
        "The 'schedule' field in target shop:deploy is that of the pipeline shop:pipeline, '0 99 * * *', which must be"
    )


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"env_vars": {"A": "\ud800"}}, "env_vars.A"),
        ({"patch": {"a": [{"\udfff": 1}]}}, "patch.a.0.'\\udfff'"),
    ],
)
def test_text_that_no_file_can_hold_is_told(settings: dict[str, Any], field: str) -> None:
    (message,) = problems("airflow_dag", settings)

    assert message.startswith(f"The {field!r} field in target shop:deploy must be text of whole characters, but was '\\ud")


def test_a_missing_field_is_told() -> None:
    with pytest.raises(ValidationError) as caught:
        PipelineSettings.model_validate_json("{}")

    assert list(setting_problems(caught.value)) == [("pipeline", "is required.")]
