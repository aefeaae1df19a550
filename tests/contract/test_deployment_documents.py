"""Deployment plans and what is made of them: the plugin writes and reads what the schemas say.

The tool needs another Python; its own tests hold what it reads and prints against the same schemas.
"""

from __future__ import annotations

import json
from typing import Any, Dict, Set, Type

import pytest
from pants.engine.target import Target

from schemas import errors, field_names, schema, undescribed, undocumented
from wombat.graph.deployment import Configuration, DeclaredDeployment, deployment_plan, read_rendered
from wombat.graph.model import PipelineGraph, PipelineNode
from wombat.target_types.deployment import DEPLOYMENT_TARGET_TYPES
from wombat.target_types.deployment.common import SettingField

PLAN = schema("deployment-plan.schema.json")
RENDERED = schema("rendered-configurations.schema.json")
SETTINGS = schema("deployment-settings.schema.json")


def _plan() -> Dict[str, Any]:
    graph = PipelineGraph({}, {}, {"shop:pipeline": PipelineNode("shop:pipeline", ())})
    deployments = [
        DeclaredDeployment("shop:nightly", "argo_workflow", "shop", {"pipeline": "shop:pipeline", "retries": 1}),
        DeclaredDeployment("//:image", "pipeline_image", "", {}),
    ]
    return deployment_plan(graph, deployments, launcher="./pants")


def test_the_plan_is_as_its_schema_says() -> None:
    plan = json.loads(json.dumps(_plan()))

    assert errors(plan, PLAN) == []
    assert undescribed(plan, PLAN) == set()
    assert errors(plan["graph"], schema("pipeline-graph.schema.json")) == []
    assert [one["address"] for one in plan["deployments"]] == ["//:image", "shop:nightly"]


def test_what_the_schema_allows_is_read() -> None:
    document = {
        "version": 1,
        "targets": [
            {"address": "shop:ci", "files": [{"path": "ci.yml", "text": "a: 1\n"}], "problems": [], "later": 1},
            {"address": "shop:bad", "files": [], "problems": ["It is wrong."]},
        ],
    }
    assert errors(document, RENDERED) == []

    assert read_rendered(json.dumps(document).encode()) == (
        Configuration("shop:ci", (("ci.yml", "a: 1\n"),)),
        Configuration("shop:bad", problems=("It is wrong.",)),
    )


@pytest.mark.parametrize(("rules", "heading"), [(PLAN, "Deployment plan"), (RENDERED, "Rendered configurations")])
def test_the_page_explains_every_field(rules: Dict[str, Any], heading: str) -> None:
    assert undocumented(field_names(rules), heading) == set()


def _settings(target: Type[Target]) -> Set[str]:
    return {field.alias for field in target.core_fields if issubclass(field, SettingField)}


@pytest.mark.parametrize("target", DEPLOYMENT_TARGET_TYPES, ids=lambda target: str(target.alias))
def test_a_target_has_a_field_for_each_setting_and_no_other(target: Type[Target]) -> None:
    rules = SETTINGS["$defs"][target.alias]

    assert _settings(target) == set(rules["properties"])
    required = {field.alias for field in target.core_fields if field.required}
    assert required == set(rules.get("required", ()))


def test_each_type_of_target_has_settings() -> None:
    assert {target.alias for target in DEPLOYMENT_TARGET_TYPES} == set(SETTINGS["$defs"])
