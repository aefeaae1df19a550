"""The documents of deployments, held against the schemas that the plugin's tests hold theirs against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deployment_plans import DIRECTORY, PIPELINE, graph_document
from schemas import errors, reference_directory, schema, undescribed
from wombat_tool.__main__ import main
from wombat_tool.deployment.systems import SYSTEMS


def _plan(**fields: Any) -> dict[str, Any]:
    settings = {"pipeline": PIPELINE}
    wrong = {"pipeline": PIPELINE, "granularity": "all"}
    return {
        "version": 1,
        "launcher": "./pants",
        "graph": graph_document(),
        "deployments": [
            {"address": f"{DIRECTORY}:good", "type": "github_workflow", "directory": DIRECTORY, "settings": settings},
            {"address": f"{DIRECTORY}:wrong", "type": "gitlab_ci", "directory": DIRECTORY, "settings": wrong},
        ],
        **fields,
    }


def test_a_plan_that_the_schema_allows_is_rendered_as_the_schema_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = _plan(later="ignored")
    assert errors(plan, schema("deployment-plan.schema.json")) == []
    (tmp_path / "plan.json").write_text(json.dumps(plan))

    exit_code = main(["render", "--plan", str(tmp_path / "plan.json")])
    document = json.loads(capsys.readouterr().out)

    rules = schema("rendered-configurations.schema.json")
    assert exit_code == 0
    assert errors(document, rules) == []
    assert undescribed(document, rules) == set()
    good, wrong = document["targets"]
    assert good["files"]
    assert not good["problems"]
    assert not wrong["files"]
    assert len(wrong["problems"]) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (json.dumps(_plan(version=2)), "has version 2; this program reads 1."),
        (json.dumps(_plan(graph={})), "cannot be read: graph.version: Field required."),
        ("{", "cannot be read: Expecting property name enclosed in double quotes"),
        ("[]", "cannot be read:"),
    ],
)
def test_what_is_no_plan_of_this_version_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    (tmp_path / "plan.json").write_text(text)

    assert main(["render", "--plan", str(tmp_path / "plan.json")]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"DeploymentPlanError: The deployment plan {tmp_path / 'plan.json'} {message}")


@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_the_published_schema_of_settings_is_that_of_the_program(name: str) -> None:
    published = schema("deployment-settings.schema.json")["$defs"]
    rules = SYSTEMS[name].settings.model_json_schema()

    mend = "Run: PYTHONPATH=pants-plugins python docs/generate_settings_schema.py"
    assert sorted(published) == sorted(SYSTEMS), mend
    assert _bare(published[name]) == _bare(rules), f"{reference_directory()}: {mend}"


def _bare(rules: Any) -> Any:
    """A schema without the prose that is not published."""
    if isinstance(rules, list):
        return [_bare(item) for item in rules]
    if not isinstance(rules, dict):
        return rules
    names = {"title", "description"} if not ("title" in rules and isinstance(rules["title"], dict)) else set()
    return {key: _bare(item) for key, item in rules.items() if key not in names or not isinstance(item, str)}
