"""Manifests and the documents they name: what is read, and what is refused."""

from __future__ import annotations

import json
import ntpath
import posixpath
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import errors, reference_directory, schema, undescribed
from store_memory import MemoryBackend
from store_plans import ORDERS, version_of
from wombat_tool.errors import StoreError
from wombat_tool.store.fields import Mistake
from wombat_tool.store.layout import DatasetName, manifest_name
from wombat_tool.store.lineage import LineageDataset, LineageInput, read_lineage
from wombat_tool.store.manifest import (
    Blob,
    FileInfo,
    Git,
    InputVersion,
    Manifest,
    moment_text,
    read_manifest,
    version_of_tree,
)
from wombat_tool.store.paths import check_path, check_tree
from wombat_tool.store.plan import read_plan
from wombat_tool.store.store import Store
from wombat_tool.store.trees import read_tree, tree_json

A, B = "a" * 64, "b" * 64
FULL = Manifest(
    dataset=DatasetName("flights", "examples/flights:tree_model"),
    format="file",
    version=A,
    size_bytes=3,
    rows=12,
    columns=(("id", "int64"), ("naïve", "string")),
    environment="production",
    git=Git("0" * 40, is_clean=True),
    producer={"address": "examples/flights:train", "key": B, "code": A, "seconds": 1.5},
    inputs=(InputVersion("rows", DatasetName("flights", "examples/flights:rows"), B),),
    params={"train.depth": 3, "train.names": ["a", None]},
    overrides=("train.depth=3",),
    metrics={"auc": 0.7},
    contract={"file": "a.odcs.yaml", "object": "rows", "version": "1.0.0"},
    validation={"status": "passed"},
    profile={"columns": []},
    file=FileInfo("data.bin", A, 3),
    published="2026-01-31T08:00:00.250Z",
    lineage=Blob(B, 9),
)
DIRECTORY = Manifest(
    dataset=ORDERS,
    format="directory",
    version=A,
    size_bytes=9,
    tree=Blob(B, 90),
    files=2,
    published="2026-01-31T08:00:00.000Z",
    profile_blob=Blob(A, 300_000),
)


def changed(manifest: Manifest, **fields: Any) -> bytes:
    """The document of a manifest with other fields."""
    return json.dumps({**manifest.to_document(), **fields}).encode()


@pytest.mark.parametrize("manifest", [FULL, DIRECTORY], ids=["file", "directory"])
def test_a_manifest_reads_back_as_it_was_written(manifest: Manifest) -> None:
    assert read_manifest(manifest.to_json()) == manifest


def test_the_same_manifest_has_the_same_bytes() -> None:
    shuffled = json.loads(FULL.to_json())

    assert read_manifest(json.dumps(dict(reversed(shuffled.items()))).encode()).to_json() == FULL.to_json()


def test_fields_of_a_later_wombat_are_ignored_and_missing_ones_are_unknown() -> None:
    least = {
        name: value
        for name, value in DIRECTORY.to_document().items()
        if name in ("manifest_version", "project", "address", "format", "version", "content", "size_bytes", "published")
    }

    manifest = read_manifest(json.dumps({**least, "later": {"more": 1}}).encode())

    assert (manifest.git, manifest.rows, manifest.params, manifest.inputs, manifest.lineage) == (None, None, {}, (), None)


def test_a_moment_sorts_as_text_and_reads_back() -> None:
    moments = [0.0, 999_999_999.999, 1_700_000_000.0, 1_700_000_000.001]

    assert [moment_text(one) for one in moments] == sorted(moment_text(one) for one in moments)
    assert read_manifest(changed(FULL, published=moment_text(moments[1]))).published_s == pytest.approx(moments[1])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"\xff", "it is no JSON document in UTF-8", id="no-utf-8"),
        pytest.param(b"{", "it is no JSON document in UTF-8", id="cut-off"),
        pytest.param(b"[" * 100_000, "it is no JSON document", id="too-deep"),
        pytest.param(b"[]", "must be a JSON object, but is []", id="a-list"),
        pytest.param(b'{"manifest_version": NaN}', "NaN is no JSON number", id="nan"),
        pytest.param(changed(FULL, manifest_version=2), "written by a newer Wombat (manifest_version 2", id="newer"),
        pytest.param(changed(FULL, manifest_version=0), "'manifest_version' must be 1, but is 0", id="version-0"),
        pytest.param(changed(FULL, manifest_version=True), "'manifest_version' must be a whole number", id="version-true"),
        pytest.param(changed(FULL, version="A" * 64), "'version' must be a SHA-256", id="upper-case"),
        pytest.param(changed(FULL, version=f"{A}\n"), "'version' must be a SHA-256", id="newline"),
        pytest.param(changed(FULL, address=""), "'address' must be a text", id="no-address"),
        pytest.param(changed(FULL, address="\ud800"), "'address' must be a text of real characters", id="surrogate"),
        pytest.param(changed(FULL, rows=-1), "'rows' must be a whole number from 0, but is -1", id="rows"),
        pytest.param(changed(FULL, rows=1.5), "'rows' must be a whole number", id="half-a-row"),
        pytest.param(changed(FULL, columns=[["id"]]), "'columns' must be pairs of a name and a type", id="columns"),
        pytest.param(changed(FULL, environment="test"), "'environment' must be one of 'development'", id="environment"),
        pytest.param(changed(FULL, git={"commit": "HEAD", "is_clean": True}), "'git.commit' must be", id="commit"),
        pytest.param(changed(FULL, git={"commit": "0" * 40, "is_clean": 1}), "'git.is_clean' must be true", id="clean"),
        pytest.param(changed(FULL, producer={}), "'producer.address' must be a text", id="producer"),
        pytest.param(changed(FULL, inputs=[1]), "'inputs[0]' must be an object, but is 1", id="inputs"),
        pytest.param(changed(FULL, inputs={}), "'inputs' must be a list", id="inputs-object"),
        pytest.param(changed(FULL, metrics={"auc": "0.7"}), "'metrics' must be an object whose values are", id="metrics"),
        pytest.param(changed(FULL, overrides=[1]), "'overrides' must be a list of texts", id="overrides"),
        pytest.param(changed(FULL, published="2026-01-31"), "'published' must be a moment", id="published-date"),
        pytest.param(changed(FULL, published="2026-99-31T08:00:00.000Z"), "'published' must be a moment", id="month-99"),
        pytest.param(changed(FULL, lineage={"sha256": A}), "'lineage.size_bytes' must be", id="lineage"),
        pytest.param(changed(FULL, content={}), "'content' must have either 'file' or 'tree'", id="no-content"),
        pytest.param(
            changed(FULL, content={"file": FileInfo("x", B, 3).to_document()}), "must be of the version", id="other-file"
        ),
        pytest.param(
            changed(FULL, content={"file": FileInfo("../x", A, 3).to_document()}),
            "'content.file.path' must be a path within the dataset, but '../x' has a part",
            id="path",
        ),
    ],
)
def test_what_is_no_manifest_is_refused_by_the_field(content: bytes, problem: str) -> None:
    with pytest.raises(Mistake) as caught:
        read_manifest(content)

    assert problem in str(caught.value)


def test_a_manifest_of_a_newer_wombat_is_refused_by_name_and_says_what_to_update() -> None:
    backend = MemoryBackend()
    name = manifest_name(FULL.dataset, FULL.version)
    backend.put(name, changed(FULL, manifest_version=2))

    with pytest.raises(StoreError) as caught:
        Store(backend).manifests()

    assert str(caught.value).startswith(f"{name} in the store memory://store is not as it must be: it was written by a newer")
    assert str(caught.value).endswith("Use the Wombat that wrote it, or a newer one.")


def test_a_store_of_a_newer_layout_is_refused() -> None:
    backend = MemoryBackend()
    backend.put("wombat-store.json", b'{"layout_version": 2}')

    with pytest.raises(StoreError, match=r"^wombat-store\.json in the store .* written by a newer Wombat"):
        list(Store(backend).versions())


def test_a_manifest_in_the_place_of_another_is_refused() -> None:
    backend = MemoryBackend()
    backend.put(manifest_name(ORDERS, B), DIRECTORY.to_json())

    with pytest.raises(StoreError, match=f"is the manifest of another version: {A} of shop//shop:orders. Run `./pants verify"):
        Store(backend).manifest(ORDERS, B)


def test_a_version_that_is_not_there_says_how_to_see_what_is() -> None:
    with pytest.raises(StoreError, match=r"never published.*`\./pants list-versions -- shop//shop:orders`"):
        Store(MemoryBackend()).manifest(ORDERS, A)


# --- Paths ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["a", "a/b.parquet", "year=2013/month=1/part-0.parquet", "..a", "a..", "...", "日本/é", "a b", "10:00.csv", "~", "-rf", "CON"],
)
def test_paths_that_may_be_in_a_dataset(path: str) -> None:
    assert check_path(path, "path") == path


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/etc/passwd", "//a", ".", "..", "../a", "a/..", "a/../../b", "a//b", "a/", "./a", "a/./b", "a\0b", "a\nb",
        "C:", "C:/a", "c:a", "..\\a", "a\\b", "\\\\server\\a", "\ud800", "a" * 256, "é" * 128, "a/" * 2000 + "a", 1, None, ["a"],
    ],
    ids=lambda path: repr(path)[:20],
)
def test_paths_that_may_not_be_in_a_dataset(path: Any) -> None:
    with pytest.raises(Mistake, match="its field 'files' must be a path within the dataset"):
        check_path(path, "files")


PARTS = st.sampled_from(["..", ".", "", "a", "/", "\\", "\0", "C:", "~", "‥", "．．", "／", "\u202e", "%2e%2e"]) | st.text(max_size=4)


@given(st.lists(PARTS, max_size=6).map("/".join) | st.text())
@example("a/../../../etc/passwd")
@example("0:")
def test_no_path_that_is_let_through_leads_out_of_the_target(path: str) -> None:
    try:
        check_path(path, "path")
    except Mistake:
        return

    assert posixpath.normpath(posixpath.join("/target", path)) == f"/target/{path}"
    # Drives of Windows are letters; to `ntpath` anything is one, unless a directory stands before it.
    assert not re.match("[A-Za-z]:", path)
    assert ntpath.normpath(ntpath.join("T:\\target", f".\\{path}")).startswith("T:\\target\\")
    assert "\0" not in path and path.encode()


@pytest.mark.parametrize("paths", [["a", "a"], ["a", "a/b"], ["a/b/c", "a"], ["x", "a/b/c/d", "a/b"]])
def test_files_that_cannot_lie_side_by_side_are_refused(paths: list[str]) -> None:
    with pytest.raises(Mistake, match="twice|cannot be a file and the directory of"):
        check_tree(paths)


# --- Trees and lineage ------------------------------------------------------------------------------------------------

FILES = st.dictionaries(st.text("abcé=. ", min_size=1, max_size=5).filter(lambda name: name not in (".", "..")), st.binary())


@given(FILES, st.randoms())
def test_a_tree_reads_back_in_the_order_of_paths_whatever_the_order_was(contents: dict[str, bytes], random: Any) -> None:
    files = [FileInfo(path, version_of(content), len(content)) for path, content in contents.items()]
    shuffled = random.sample(files, len(files))

    assert read_tree(tree_json(shuffled)) == tuple(sorted(files))
    assert version_of_tree(shuffled) == version_of(contents)


@pytest.mark.parametrize("path", ["../a", "/a", "a\0b"])
def test_a_tree_with_a_path_that_leads_out_is_refused(path: str) -> None:
    content = json.dumps({"tree_version": 1, "files": [{"path": path, "sha256": A, "size_bytes": 1}]}).encode()

    with pytest.raises(Mistake, match=r"its field 'files\[0\]\.path' must be a path within the dataset"):
        read_tree(content)


def test_a_lineage_is_read_with_its_inputs_and_outputs() -> None:
    document = {
        "lineage_version": 1,
        "datasets": [{"address": "a:b", "version": A, "format": "csv", "producer": "a:make", "rows": 3, "size_bytes": 9}],
        "steps": [
            {
                "address": "a:make",
                "key": B,
                "inputs": [{"parameter": "x", "address": "a:c", "version": B}],
                "outputs": [{"address": "a:b", "version": A}],
                "params": {"x": 1},
                "metrics": {"auc": 0.5},
            }
        ],
    }

    lineage = read_lineage(json.dumps(document).encode())

    assert lineage.datasets == (LineageDataset("a:b", A, "csv", "a:make", 3, 9),)
    assert lineage.steps[0].inputs == (LineageInput("x", "a:c", B),)
    assert lineage.steps[0].outputs == (("a:b", A),)


# --- The published schemas and examples -------------------------------------------------------------------------------


def published_example(name: str) -> bytes:
    """An example in docs/reference."""
    return (reference_directory() / "examples" / f"{name}.json").read_bytes()


@pytest.mark.parametrize("manifest", [FULL, DIRECTORY], ids=["file", "directory"])
def test_a_manifest_is_as_its_schema_says_and_all_of_it_is_described(manifest: Manifest) -> None:
    rules = schema("artifact-manifest.schema.json")

    assert errors(manifest.to_document(), rules) == []
    assert undescribed(manifest.to_document(), rules) == set()


def test_a_tree_is_as_its_schema_says() -> None:
    rules = schema("artifact-manifest.schema.json")
    document = json.loads(tree_json([FileInfo("a/b", A, 1), FileInfo("a/c", B, 0)]))

    assert errors(document, {**rules["$defs"]["tree"], "$defs": rules["$defs"]}) == []
    assert undescribed(document, {**rules["$defs"]["tree"], "$defs": rules["$defs"]}) == set()


def test_the_examples_are_read_in_full() -> None:
    manifest = read_manifest(published_example("artifact-manifest"))
    plan = read_plan(published_example("publish-plan"))
    lineage = read_lineage(published_example("lineage"))

    assert json.loads(published_example("artifact-manifest")) == manifest.to_document()
    assert [(one.facts.dataset, one.is_directory) for one in plan.datasets] == [
        (manifest.dataset, False),
        (DatasetName("flights", "examples/flights:parts"), True),
    ]
    assert plan.lineage is not None and read_lineage(plan.lineage) == lineage
    assert manifest.lineage == Blob(version_of(plan.lineage), len(plan.lineage))
    assert [one.address for one in lineage.steps] == ["examples/flights:clean", "examples/flights:train"]


def test_what_was_not_made_is_left_out_of_a_lineage() -> None:
    document = json.loads(published_example("lineage"))
    document["datasets"][0]["version"] = document["steps"][0]["outputs"][0]["version"] = None

    lineage = read_lineage(json.dumps(document).encode())

    assert len(lineage.datasets) == 3
    assert lineage.steps[0].outputs == ()
