"""References: which version a text stands for, and what is said if it stands for none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from store_memory import MemoryBackend
from store_plans import ORDERS, publish_content, version_of
from wombat_tool.__main__ import main
from wombat_tool.errors import StoreError
from wombat_tool.store.backend import Backend
from wombat_tool.store.layout import DatasetName, manifest_name
from wombat_tool.store.references import Reference, parse_reference
from wombat_tool.store.store import Store, open_store

A = "a" * 64


@pytest.mark.parametrize(
    ("text", "dataset", "selector"),
    [
        pytest.param("a/b:c", "own//a/b:c", "latest", id="nothing-but-an-address"),
        pytest.param("flights//a/b:c", "flights//a/b:c", "latest", id="project"),
        pytest.param("a/b:c@latest", "own//a/b:c", "latest", id="latest"),
        pytest.param("a/b:c@production", "own//a/b:c", "production", id="label"),
        pytest.param(f"a/b:c@{A}", "own//a/b:c", A, id="version"),
        pytest.param("a/b:c@abcdef", "own//a/b:c", "abcdef", id="digits"),
        pytest.param("a/b:c@year=2013", "own//a/b:c@year=2013", "latest", id="parametrized"),
        pytest.param("p//a/b:c@year=2013,x=1@v1.2", "p//a/b:c@year=2013,x=1", "v1.2", id="parametrized-and-label"),
        pytest.param("a/b:b", "own//a/b", "latest", id="name-of-the-directory"),
        pytest.param("a/b:b@x=1", "own//a/b@x=1", "latest", id="name-of-the-directory-parametrized"),
        pytest.param("a/b", "own//a/b", "latest", id="no-name"),
        pytest.param("//:c", "own////:c", "latest", id="root"),
        pytest.param("p//:c@latest", "p////:c", "latest", id="root-of-a-project"),
        pytest.param("p////:c", "p////:c", "latest", id="root-of-a-project-as-printed"),
        pytest.param("é//ü:ø@DEADBEEF", "é//ü:ø", "DEADBEEF", id="other-letters"),
    ],
)
def test_a_reference_names_a_dataset_and_a_version(text: str, dataset: str, selector: str) -> None:
    reference = parse_reference(text, project="own")

    assert (str(reference.dataset), reference.selector) == (dataset, selector)
    assert parse_reference(str(reference)) == reference


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a:b", r"names no project\. Write project//a:b, or give --project\.", id="no-project"),
        pytest.param("", r"names no dataset\. Write \[project//\]path:name@VERSION", id="empty"),
        pytest.param("p//", "names no dataset", id="project-only"),
        pytest.param("p//:", "names no dataset", id="colon-only"),
        pytest.param("p//a:b@", "does not say which version: '' is none", id="no-version"),
        pytest.param("p//a:b@12345", "does not say which version: '12345' is none", id="few-digits"),
        pytest.param("p//a:b@-x", "does not say which version", id="option"),
        pytest.param("p//a:b@../x", "does not say which version", id="path"),
    ],
)
def test_what_is_no_reference_is_refused_with_the_form(text: str, message: str) -> None:
    with pytest.raises(StoreError, match=rf"^The reference '{text}' {message}"):
        parse_reference(text)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with three versions of a dataset, published in the order of their texts, and one of another."""
    store = Store(MemoryBackend())
    for second, content in enumerate((b"first", b"second", b"third")):
        publish_content(store, tmp_path, content, now_s=float(second))
    publish_content(store, tmp_path, b"other", address="shop:parts", now_s=9.0)
    return store


def test_each_form_stands_for_its_version(store: Store) -> None:
    version = version_of(b"second")
    store.move_label(ORDERS, "production", version)

    for selector in (version, version[:6], version[:63], "production"):
        assert store.resolve(f"shop//shop:orders@{selector}") == (ORDERS, version)
    assert store.resolve("shop:orders", project="shop") == (ORDERS, version_of(b"third"))
    assert store.resolve(Reference(ORDERS)) == (ORDERS, version_of(b"third"))


def test_latest_is_the_one_published_last_whatever_was_touched_since(store: Store, tmp_path: Path) -> None:
    store.backend.touch(manifest_name(ORDERS, version_of(b"first")))
    store.move_label(ORDERS, "production", version_of(b"second"))

    assert store.resolve("shop//shop:orders")[1] == version_of(b"third")


def test_what_is_published_again_is_the_latest_until_another_is(store: Store, tmp_path: Path) -> None:
    publish_content(store, tmp_path, b"first", now_s=100.0)
    assert store.resolve("shop//shop:orders")[1] == version_of(b"first")

    publish_content(store, tmp_path, b"fourth", now_s=101.0)
    assert store.resolve("shop//shop:orders")[1] == version_of(b"fourth")

    publish_content(store, tmp_path, b"first", now_s=102.0)
    assert store.resolve("shop//shop:orders")[1] == version_of(b"first")
    assert store.published_again() == {ORDERS: {version_of(b"first"): "1970-01-01T00:01:42.000Z"}}
    assert store.labels(ORDERS) == {}


def test_digits_that_fit_several_versions_are_refused_with_all_of_them(tmp_path: Path) -> None:
    store, backend = Store(MemoryBackend()), MemoryBackend()
    for version in ("abcdef" + "0" * 58, "abcdef" + "1" * 58):
        backend.put(f"versions/shop/shop%3Aorders/{version}.json", b"{}")
    store = Store(backend)

    with pytest.raises(StoreError, match=f"fits 2 versions: abcdef{'0' * 58}, abcdef{'1' * 58}. Write more digits"):
        store.resolve("shop//shop:orders@abcdef")
    assert store.resolve("shop//shop:orders@abcdef1")[1] == "abcdef" + "1" * 58


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        pytest.param("shop//shop:order", r"has no version\. Did you mean 'shop//shop:orders'\?", id="dataset"),
        pytest.param(
            "sea//fish:tank@production", r"has no version\. Publish one \(`\./pants publish`\), or cor", id="other"
        ),
        pytest.param(
            "shop//shop:orders@produktion", r"its labels are: production\. Did you mean 'production'\?", id="label"
        ),
        pytest.param(
            "shop//shop:parts@zeta", r"its labels are: none\. Set it: `\./pants label-version -- shop//", id="no-label"
        ),
        pytest.param(
            "shop//shop:orders@abcdef", r"fits no version\. .*`\./pants list-versions -- shop//shop:orders`", id="digits"
        ),
        pytest.param(f"shop//shop:orders@{A}", "is not there: it was never published, or a clean-up took it", id="version"),
        pytest.param("shop//shop:order@abcdef", r"has no version\. Did you mean", id="digits-of-no-dataset"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(store: Store, reference: str, message: str) -> None:
    store.move_label(ORDERS, "production", version_of(b"first"))

    with pytest.raises(StoreError, match=message):
        store.resolve(reference)


def test_names_of_all_letters_and_signs_are_kept_apart_in_any_store(backend: Backend, tmp_path: Path) -> None:
    store = Store(backend)
    addresses = ["a/b:c", "a:b/c", "a%2Fb:c", "//:root", "a/b:c@year=2013,x=a+b", "日本:é", "..", "a/../b:c", "A/B:C"]
    for number, address in enumerate(addresses):
        publish_content(store, tmp_path / str(number), address.encode(), address=address)

    assert [one.address for one in store.datasets()] == sorted(addresses)
    assert [one.dataset.address for one in store.manifests([DatasetName("shop", "..")])] == [".."]
    assert {one.dataset.project for one in store.manifests(project="shop")} == {"shop"}
    assert list(store.versions(project="sho")) == []


def test_the_command_prints_manifests_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(str(tmp_path / "store"))
    manifests = [publish_content(store, tmp_path, content, address=f"shop:{n}") for n, content in enumerate((b"1", b"2"))]

    assert main(["store-resolve", "shop:1@latest", "shop//shop:0", "--store", store.url, "--project", "shop"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"reference": "shop:1@latest", **manifests[1].to_document()},
        {"reference": "shop//shop:0", **manifests[0].to_document()},
    ]
