"""What the artifact store is told: names, plans, policies, and the lock file of imports."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Dict, Optional

import pytest

from builders import dataset, dataset_run, graph_of, run_facts, step, step_key, step_run
from schemas import errors, schema
from wombat.graph.artifacts import (
    lineage_document,
    lock_key,
    lock_text,
    project_name,
    publish_plan,
    published_dataset,
    read_lock,
    retention_policy,
    shared_code,
    store_url,
)
from wombat.graph.formats import Format
from wombat.graph.model import ImportedVersion, PipelineGraph
from wombat.graph.record import DatasetRun, run_record

VERSION = "ab" * 32


@pytest.mark.parametrize(
    ("option", "remote", "expected"),
    [
        pytest.param("mine", "https://host/team/other.git", "mine", id="the-option-goes-before"),
        pytest.param(None, "https://host/team/flights.git", "flights", id="https"),
        pytest.param(None, "git@host:flights.git", "flights", id="ssh"),
        pytest.param(None, "https://host/team/flights/", "flights", id="slash-at-the-end"),
        pytest.param(None, "", "checkout", id="no-remote"),
    ],
)
def test_the_project_is_called_like_its_repository(option: Optional[str], remote: str, expected: str) -> None:
    assert project_name(option, remote, "/home/a/checkout") == expected


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        pytest.param(".wombat/store", "/repo/.wombat/store", id="relative"),
        pytest.param("/srv/store", "/srv/store", id="absolute"),
        pytest.param("../store", "/store", id="beside"),
        pytest.param("gs://bucket/a", "gs://bucket/a", id="bucket"),
    ],
)
def test_a_directory_of_the_store_starts_at_the_build_root(option: str, expected: str) -> None:
    assert store_url(option, "/repo") == expected


def graph(origin: Optional[ImportedVersion] = None) -> PipelineGraph:
    raw = dataset("etl:raw", source="" if origin else "raw.csv", origin=origin)
    made = dataset("etl:clean_flights", format=Format.PARQUET)
    return graph_of(
        raw, step("etl:clean", inputs={"flights": ":raw"}, outputs=[":clean_flights"], params={"limit": 10}), made
    )


def record() -> Dict[str, Any]:
    key = step_key(params=(("limit", "10"),), inputs=(("flights", "11" * 32),), outputs=("etl:clean_flights",))
    source = DatasetRun("etl:raw", "csv", "ok", version="11" * 32, size_bytes=17)
    made = replace(dataset_run(columns=(("year", "int64"),)), address="etl:clean_flights", version=VERSION)
    run = step_run(key=key, metrics=(("auc", 0.71),))
    return run_record(run_facts(overrides=("clean.limit=10",)), [run], [source, made])


def published(origin: Optional[ImportedVersion] = None) -> Dict[str, Any]:
    git = {"commit": "cd" * 20, "is_clean": True}
    return published_dataset(
        record(), graph(origin), "etl:clean_flights", project="flights", git=git, environment="production"
    )


def test_a_published_dataset_says_what_made_it_and_of_what() -> None:
    facts = published()

    assert facts["params"] == {"limit": 10}
    assert facts["overrides"] == ["clean.limit=10"]
    assert facts["metrics"] == {"auc": 0.71}
    assert facts["inputs"] == [
        {"parameter": "flights", "project": "flights", "address": "etl:raw", "version": "11" * 32}
    ]
    assert facts["producer"]["key"]["code"]["files"] == {"etl/steps.py": "aa", "etl/util.py": "bb"}
    # How long it took, and whether it ran or came from a cache, says nothing of the version.
    assert not {"seconds", "source"} & set(facts["producer"])


def test_an_imported_input_keeps_its_own_name() -> None:
    facts = published(ImportedVersion("reference//raw:flights", "11" * 32))

    assert facts["inputs"][0]["project"] == "reference"
    assert facts["inputs"][0]["address"] == "raw:flights"


def test_a_plan_keeps_its_schema() -> None:
    files = [{"path": "data.parquet", "sha256": VERSION, "size_bytes": 3}]
    one = {**published(), "path": "data/0", "is_directory": False, "files": files, "profile": None}

    plan = json.loads(publish_plan([one], lineage_document(record(), graph())))

    assert errors(plan, schema("publish-plan.schema.json")) == []
    assert errors(plan["lineage"], schema("lineage.schema.json")) == []


def test_the_lineage_has_imported_datasets_by_the_names_of_the_originals() -> None:
    lineage = lineage_document(record(), graph(ImportedVersion("reference//raw:flights", "11" * 32)))

    assert [(one["project"], one["address"]) for one in lineage["datasets"]] == [
        ("reference", "raw:flights"),
        (None, "etl:clean_flights"),
    ]
    assert lineage["steps"][0]["inputs"] == [
        {"parameter": "flights", "address": "raw:flights", "version": "11" * 32}
    ]


def test_the_key_in_the_lineage_moves_with_the_code() -> None:
    other = record()
    other["code"][other["steps"][0]["key"]["code"]]["files"]["etl/steps.py"] = "zz"

    (key,) = (one["key"] for one in lineage_document(record(), graph())["steps"])
    (other_key,) = (one["key"] for one in lineage_document(other, graph())["steps"])

    assert key != other_key


def test_a_policy_has_the_rules_of_datasets_and_what_is_imported() -> None:
    policy = json.loads(
        retention_policy(
            {"p//a:b": (None, 7)}, [("q//c:d", VERSION)] * 2, keep_last=3, keep_days=90, grace_hours=2
        )
    )

    assert policy == {
        "policy_version": 1,
        "grace_s": 7200,
        "default": {"keep_last": 3, "keep_days": 90},
        "datasets": {"p//a:b": {"keep_last": 3, "keep_days": 7}},
        "pinned": [{"project": "q", "address": "c:d", "version": VERSION}],
    }


def test_a_lock_reads_back_as_it_was_written() -> None:
    imports = {
        lock_key(ImportedVersion("p//a:b", "production")): VERSION,
        lock_key(ImportedVersion("p//a:b", "production", "gs://x")): "cd" * 32,
    }

    assert len(imports) == 2
    assert read_lock(lock_text(imports).encode()) == imports


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"{", "is no JSON", id="json"),
        pytest.param(b"[]", "has no `imports`", id="list"),
        pytest.param(b'{"lock_version": 2, "imports": {}}', "has the version 2", id="newer"),
        pytest.param(b'{"lock_version": 1, "imports": {"a": {"version": "ab"}}}', "64 hexadecimal digits", id="short"),
        pytest.param(b'{"lock_version": 1, "imports": {"a": "b"}}', "for 'a'", id="text"),
    ],
)
def test_a_lock_that_is_not_right_says_what_is_wrong(content: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_lock(content)


@pytest.mark.parametrize(
    ("interpreter", "expected"),
    [
        pytest.param("/home/anna/python/bin/python3", "~/python/bin/python3", id="in the home"),
        pytest.param("/home/annabel/bin/python3", "/home/annabel/bin/python3", id="in another home"),
        pytest.param("/usr/bin/python3", "/usr/bin/python3", id="elsewhere"),
        pytest.param("", "", id="a program has none"),
    ],
)
def test_a_manifest_does_not_tell_whose_home_an_interpreter_is_in(
    interpreter: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/anna")

    assert shared_code({"files": {}, "interpreter": interpreter}) == {"files": {}, "interpreter": expected}
