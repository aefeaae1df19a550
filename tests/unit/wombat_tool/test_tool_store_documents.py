"""The documents that the commands of the store print for programs: what they really print is what the schemas say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas import errors, field_names, schema, undescribed
from store_plans import COMMIT, ORDERS, publish_content, publish_plan, version_of, write_plan
from wombat_tool.__main__ import main
from wombat_tool.store.layout import blob_name, manifest_name
from wombat_tool.store.store import Store, open_store

Document = dict[str, Any]

NAMES = (
    "collected-garbage",
    "fetched-version",
    "moved-label",
    "published-versions",
    "shown-version",
    "store-verification",
    "version-comparison",
)
CONTENT = b"id\n1\n"
OTHER = b"id\n1\n2\n"
MODEL = "shop:model"


def facts(rows: int, **fields: Any) -> Document:
    """What is recorded of a version, something in every field."""
    return {
        "rows": rows,
        "columns": [["id", "int64"], [f"only in {rows}", "string"]],
        "environment": "production",
        "git": {"commit": COMMIT, "is_clean": rows == 1},
        "producer": {"address": "shop:make", "key": {"code": {"files": {"a.py": str(rows)}}, "program": None}},
        "inputs": [{"parameter": "x", "project": "shop", "address": "shop:raw", "version": str(rows) * 64}],
        "params": {"make.rows": rows, f"make.only_{rows}": None},
        "overrides": [f"make.rows={rows}"],
        "metrics": {"auc": 0.5 + rows / 10},
        "contract": {"id": "orders", "version": f"{rows}.0.0"},
        "validation": {"status": "passed", "environment": "production", "violations": []},
        "profile": {"columns": [{"name": "id", "nulls": 0, "distinct": rows, "min": 1, "max": rows}]},
        **fields,
    }


def fill(store: Store, directory: Path) -> None:
    """Publish two versions, the first one twice, and a model that was made of it; give and take labels."""
    publish_content(store, directory, CONTENT, now_s=1_000_000.0, **facts(1))
    publish_content(store, directory, OTHER, now_s=1_000_060.0, **facts(2))
    publish_content(store, directory, CONTENT, now_s=1_000_120.0, **facts(1))
    made_of = [{"parameter": "orders", "project": "shop", "address": ORDERS.address, "version": version_of(CONTENT)}]
    lineage = {
        "lineage_version": 1,
        "datasets": [
            {"address": ORDERS.address, "version": version_of(CONTENT), "format": "file", "producer": None, "rows": 1},
            {"address": MODEL, "version": version_of(b"model"), "format": "file", "producer": "shop:train"},
        ],
        "steps": [
            {
                "address": "shop:train",
                "inputs": [{"parameter": "orders", "address": ORDERS.address, "version": version_of(CONTENT)}],
                "outputs": [{"address": MODEL, "version": version_of(b"model")}],
                "params": {"train.depth": 3},
            }
        ],
    }
    plan = write_plan(directory / "model", {MODEL: b"model"}, lineage=lineage, **facts(1, inputs=made_of))
    publish_plan(store, plan, now_s=1_000_180.0)


@pytest.fixture
def place(tmp_path: Path) -> str:
    """A store with versions in which all is well."""
    url = str(tmp_path / "store")
    fill(open_store(url), tmp_path)
    return url


@pytest.fixture
def printed(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Document]:
    """Run what prints a document, and give that."""
    reference = f"shop//{ORDERS.address}"
    policy = tmp_path / "policy.json"
    policy.write_text('{"policy_version": 1, "grace_s": 0, "default": {"keep_last": 1, "keep_days": null}}')
    commands = {
        "collected-garbage": ["store-gc", "--policy", str(policy)],
        "fetched-version": ["store-fetch", reference, "--to", str(tmp_path / "fetched")],
        "moved-label": ["store-label", reference, "production"],
        "published-versions": ["store-versions", reference],
        "shown-version": ["store-show", f"{reference}@{version_of(CONTENT)}"],
        "store-verification": ["store-verify"],
        "version-comparison": ["store-compare", f"{reference}@{version_of(CONTENT)}", f"{reference}@{version_of(OTHER)}"],
    }

    def run(name: str, *options: str, exit_code: int = 0) -> Document:
        assert main([*commands[name], "--store", place, "--output", "json", *options]) == exit_code
        document: Document = json.loads(capsys.readouterr().out)
        return document

    return run


def damage(place: str) -> None:
    """Cut a blob off, and spoil a manifest."""
    (Path(place) / blob_name(version_of(CONTENT))).write_bytes(b"i")
    (Path(place) / manifest_name(ORDERS, version_of(OTHER))).write_bytes(b"{")


def keys_of(value: Any) -> Iterator[str]:
    """The keys of all objects in a document."""
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from keys_of(inner)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_printed_is_what_the_schema_says_and_all_of_it_is_described(
    printed: Callable[..., Document], name: str
) -> None:
    document = printed(name)

    assert errors(document, schema(f"{name}.schema.json")) == []
    assert undescribed(document, schema(f"{name}.schema.json")) == set()


@pytest.mark.parametrize("name", ["published-versions", "shown-version", "store-verification"])
def test_what_is_printed_of_a_damaged_store_is_what_the_schema_says(
    printed: Callable[..., Document], place: str, name: str
) -> None:
    damage(place)

    document = printed(name, exit_code=1)

    assert errors(document, schema(f"{name}.schema.json")) == []
    assert undescribed(document, schema(f"{name}.schema.json")) == set()
    assert document.get("damaged") or document.get("problems") or document.get("findings")


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_printed(printed: Callable[..., Document], place: str, name: str) -> None:
    document = printed("moved-label")
    if name == "store-verification":
        damage(place)
    if name != "moved-label":
        document = printed(name, exit_code=1 if name == "store-verification" else 0)

    assert field_names(schema(f"{name}.schema.json")) - set(keys_of(document)) == set()


def test_versions_are_manifests(printed: Callable[..., Document]) -> None:
    rules = schema("artifact-manifest.schema.json")
    listed = printed("published-versions")["versions"]
    own = {"labels", "published_again"}

    for one in [*({key: one[key] for key in one if key not in own} for one in listed), printed("shown-version")["version"]]:
        assert errors(one, rules) == []
        assert undescribed(one, rules) == set()


def test_a_version_that_came_again_tells_when(printed: Callable[..., Document]) -> None:
    first, second = printed("published-versions")["versions"]

    assert (first["published"], first["published_again"]) == ("1970-01-12T13:46:40.000Z", "1970-01-12T13:48:40.000Z")
    assert second["published_again"] is None
