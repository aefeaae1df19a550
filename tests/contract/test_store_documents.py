"""The documents of the artifact store: what the plugin writes of a run is what the schemas allow, and all described.

The tool reads and writes the same documents in tests of its own, on its own Python; between the two stand the schemas and
the examples in docs/reference/examples.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List

import pytest

from builders import dataset, dataset_run, graph_of, run_facts, step, step_run, validation_report
from schemas import errors, field_names, reference_directory, schema, undescribed, undocumented
from wombat.graph.artifacts import LINEAGE_VERSION, PLAN_VERSION, lineage_document, publish_plan, published_dataset
from wombat.graph.formats import Format
from wombat.graph.record import DatasetRun, run_record, validation_record

Document = Dict[str, Any]

HEADINGS = {
    "artifact-manifest": "Artifact manifest",
    "collected-garbage": "Collected garbage",
    "fetched-version": "Fetched version",
    "lineage": "Lineage",
    "moved-label": "Moved label",
    "publish-plan": "Publish plan",
    "published-versions": "Published versions",
    "shown-version": "Shown version",
    "store-verification": "Store verification",
    "version-comparison": "Version comparison",
}
SCHEMAS = {name: schema(f"{name}.schema.json") for name in HEADINGS}
A, B = "aa" * 32, "bb" * 32


def example(name: str) -> Document:
    """The published example of a document."""
    path = reference_directory() / "examples" / f"{name}.json"
    found: Document = json.loads(path.read_text(encoding="utf-8"))
    return found


def written_plan() -> Document:
    """The plan that the plugin writes of a run with one step."""
    graph = graph_of(
        dataset("etl:raw", source="raw.csv"),
        dataset("etl:clean_flights"),
        step("etl:clean", inputs={"rows": ":raw"}, outputs=[":clean_flights"]),
    )
    record = run_record(
        run_facts(overrides=("clean.limit=10",)),
        [step_run(metrics=(("auc", 0.71),))],
        [
            DatasetRun("etl:raw", "csv", "ok", version=A, size_bytes=17),
            dataset_run(
                version=B,
                size_bytes=9,
                columns=(("year", "int64"),),
                validation=validation_record(validation_report()),
            ),
        ],
    )
    facts = published_dataset(
        record,
        graph,
        "etl:clean_flights",
        project="flights",
        git={"commit": "0" * 40, "is_clean": True},
        environment="production",
    )
    files = [{"path": "clean.parquet", "sha256": B, "size_bytes": 9}]
    planned = {**facts, "path": "data/0", "is_directory": False, "files": files, "profile": {"columns": []}}
    found: Document = json.loads(publish_plan([planned], lineage_document(record, graph)))
    return found


def test_what_the_plugin_writes_is_a_plan_with_a_lineage_and_all_of_it_is_described() -> None:
    plan = written_plan()

    assert errors(plan, SCHEMAS["publish-plan"]) == []
    assert undescribed(plan, SCHEMAS["publish-plan"]) == set()
    assert errors(plan["lineage"], SCHEMAS["lineage"]) == []
    assert undescribed(plan["lineage"], SCHEMAS["lineage"]) == set()


def test_the_plugin_writes_every_field_of_a_plan() -> None:
    text = json.dumps(written_plan())

    assert {name for name in field_names(SCHEMAS["publish-plan"]) if f'"{name}": ' not in text} == set()


@pytest.mark.parametrize("name", sorted(HEADINGS))
def test_an_example_is_valid_and_described(name: str) -> None:
    assert errors(example(name), SCHEMAS[name]) == []
    assert undescribed(example(name), SCHEMAS[name]) == set()


@pytest.mark.parametrize("name", sorted(HEADINGS))
def test_the_page_explains_every_field(name: str) -> None:
    assert undocumented(field_names(SCHEMAS[name]), HEADINGS[name]) == set()


@pytest.mark.parametrize("name", sorted(HEADINGS))
def test_fields_of_a_later_wombat_pass(name: str) -> None:
    assert errors({**example(name), "later": {"more": 1}}, SCHEMAS[name]) == []


def test_the_lineage_of_the_example_plan_is_the_example_of_a_lineage() -> None:
    assert example("publish-plan")["lineage"] == example("lineage")


def test_a_plan_and_a_manifest_say_the_same_of_a_dataset_in_the_same_words() -> None:
    planned = SCHEMAS["publish-plan"]["$defs"]["dataset"]["properties"]
    published = SCHEMAS["artifact-manifest"]["properties"]
    # The one has files at hand, and in the other a large profile is elsewhere.
    shared = set(planned) - {"path", "is_directory", "files", "profile"}

    assert {name: planned[name] for name in shared} == {name: published[name] for name in shared}
    assert set(published) - shared == {
        "manifest_version",
        "content",
        "published",
        "profile",
        "profile_blob",
        "lineage",
    }


def test_versions_that_are_listed_or_shown_are_manifests() -> None:
    own = set(SCHEMAS["published-versions"]["$defs"]["version"]["properties"])
    listed = [{key: one[key] for key in one if key not in own} for one in example("published-versions")["versions"]]

    for one in [*listed, example("shown-version")["version"]]:
        assert errors(one, SCHEMAS["artifact-manifest"]) == []
        assert undescribed(one, SCHEMAS["artifact-manifest"]) == set()


def test_the_schemas_are_of_these_versions_and_formats() -> None:
    formats = [format.value for format in Format]

    assert SCHEMAS["publish-plan"]["properties"]["plan_version"]["const"] == PLAN_VERSION
    assert SCHEMAS["lineage"]["properties"]["lineage_version"]["const"] == LINEAGE_VERSION
    assert SCHEMAS["artifact-manifest"]["properties"]["format"]["enum"] == formats
    assert SCHEMAS["lineage"]["$defs"]["dataset"]["properties"]["format"]["enum"] == formats


def changed_in(document: Document, *path: Any, to: Any) -> Document:
    """A copy of a document with another value at a place."""
    copied: Document = json.loads(json.dumps(document))
    place: Any = copied
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = to
    return copied


DAMAGES: List[Any] = [
    ("artifact-manifest", ("manifest_version",), 2),
    ("artifact-manifest", ("version",), "A" * 64),
    ("artifact-manifest", ("content",), {}),
    ("artifact-manifest", ("content", "tree"), {"sha256": A, "size_bytes": 1}),
    ("artifact-manifest", ("content", "file", "path"), "../x"),
    ("artifact-manifest", ("published",), "2026-01-31"),
    ("artifact-manifest", ("git", "commit"), "HEAD"),
    ("artifact-manifest", ("columns",), [["id"]]),
    ("artifact-manifest", ("lineage",), {}),
    ("artifact-manifest", ("metrics",), {"auc": "high"}),
    ("publish-plan", ("plan_version",), 2),
    ("publish-plan", ("datasets", 0, "is_directory"), None),
    ("publish-plan", ("datasets", 0, "files", 0, "sha256"), "x"),
    ("publish-plan", ("datasets", 0, "inputs"), [{}]),
    ("lineage", ("lineage_version",), 2),
    ("lineage", ("steps", 0, "outputs"), [{"address": "a:b"}]),
    ("lineage", ("datasets", 0, "version"), "x"),
    ("collected-garbage", ("gc_version",), 2),
    ("collected-garbage", ("versions", 0, "published"), "yesterday"),
    ("collected-garbage", ("kept", 0, "because"), "labelled"),
    ("fetched-version", ("fetch_version",), 2),
    ("fetched-version", ("format",), "xml"),
    ("moved-label", ("label_move_version",), 2),
    ("moved-label", ("previous",), "latest"),
    ("published-versions", ("versions_version",), 2),
    ("published-versions", ("versions", 0, "labels"), None),
    ("shown-version", ("show_version",), 2),
    ("shown-version", ("moves", 0, "number"), 0),
    ("shown-version", ("upstream", 0, "inputs"), [{}]),
    ("store-verification", ("verify_version",), 2),
    ("store-verification", ("findings", 0, "kind"), "odd"),
    ("version-comparison", ("compare_version",), 2),
    ("version-comparison", ("changes", "columns"), [{}]),
    ("version-comparison", ("changes",), {}),
    *(
        ("artifact-manifest", ("content", "file", "path"), path)
        for path in ("", "/x", "a/../x", "..", "a//b", "a/", "./a", "a\\b", "C:/x", "a\u0000b", "a\nb")
    ),
]


@pytest.mark.parametrize(("name", "path", "value"), DAMAGES, ids=lambda part: str(part))
def test_a_schema_refuses_what_is_no_such_document(name: str, path: Any, value: Any) -> None:
    assert errors(changed_in(example(name), *path, to=value), SCHEMAS[name])


@pytest.mark.parametrize("path", ["a", "a/b.parquet", "year=1/x", "..a", "a..", "...", "日本/é", "a b", "10:00", ".x/y"])
def test_a_schema_lets_a_path_within_the_dataset_pass(path: str) -> None:
    document = changed_in(example("artifact-manifest"), "content", "file", "path", to=path)

    assert errors(document, SCHEMAS["artifact-manifest"]) == []
