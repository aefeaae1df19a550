"""Labels: where they stand, how they are moved, and what becomes of moves at the same time."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from store_memory import MemoryBackend
from store_plans import ORDERS, publish_content, version_of
from wombat_tool.__main__ import main
from wombat_tool.errors import StoreError
from wombat_tool.store.backend import Backend
from wombat_tool.store.labels import ANY, LabelMove
from wombat_tool.store.layout import DatasetName, label_name, manifest_name
from wombat_tool.store.store import Store, open_store

FIRST, SECOND = version_of(b"first"), version_of(b"second")
PARTS = DatasetName("shop", "shop:parts")


def fill(store: Store, directory: Path) -> Store:
    """Two versions of a dataset, and one of another."""
    for content in (b"first", b"second"):
        publish_content(store, directory, content)
    publish_content(store, directory, b"first", address=PARTS.address)
    return store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store in memory with some versions."""
    return fill(Store(MemoryBackend()), tmp_path)


def test_a_label_stands_where_it_was_moved_last_in_any_store(backend: Backend, tmp_path: Path) -> None:
    store = fill(Store(backend), tmp_path / "plans")

    moved = [store.move_label(ORDERS, "production", version) for version in (FIRST, SECOND, FIRST, None, SECOND)]
    store.move_label(ORDERS, "staging", FIRST)
    store.move_label(PARTS, "production", FIRST)

    assert moved[:2] == [LabelMove(None, FIRST, is_changed=True), LabelMove(FIRST, SECOND, is_changed=True)]
    assert moved[3:] == [LabelMove(FIRST, None, is_changed=True), LabelMove(None, SECOND, is_changed=True)]
    assert store.labels(ORDERS) == {"production": SECOND, "staging": FIRST}
    assert store.all_labels() == {ORDERS: store.labels(ORDERS), PARTS: {"production": FIRST}}
    assert store.all_labels(project="sho") == {}
    moves = store.moves(ORDERS)["production"]
    assert [(move.number, move.version) for move in moves] == list(enumerate([FIRST, SECOND, FIRST, None, SECOND], 1))


def test_a_label_that_was_taken_away_stands_nowhere(store: Store) -> None:
    store.move_label(ORDERS, "production", FIRST)
    store.move_label(ORDERS, "production", None)

    assert store.labels(ORDERS) == {}
    assert store.all_labels() == {}
    with pytest.raises(
        StoreError, match="The label 'production' of shop//shop:orders .* is not there; its labels are: none"
    ):
        store.resolve("shop//shop:orders@production")


def test_moving_a_label_where_it_stands_adds_no_move_and_keeps_the_version_young(store: Store) -> None:
    store.move_label(ORDERS, "production", FIRST)
    assert isinstance(store.backend, MemoryBackend)
    store.backend.touched.clear()

    assert store.move_label(ORDERS, "production", FIRST) == LabelMove(FIRST, FIRST, is_changed=False)
    assert len(store.moves(ORDERS)["production"]) == 1
    assert store.backend.touched == [manifest_name(ORDERS, FIRST)]


def test_a_label_cannot_stand_for_a_version_that_is_not_there(store: Store) -> None:
    with pytest.raises(StoreError, match=f"The version {'a' * 64} of shop//shop:orders .* is not there"):
        store.move_label(ORDERS, "production", "a" * 64)

    assert store.labels(ORDERS) == {}


@pytest.mark.parametrize("label", ["", "latest", "abcdef", "1st", "-x", "a/b", "..", "a b", "x" * 64, "production\n", "é"])
def test_a_label_has_a_plain_name(store: Store, label: str) -> None:
    with pytest.raises(StoreError, match="cannot be called so. A label is a letter, then"):
        store.move_label(ORDERS, label, FIRST)


@pytest.mark.parametrize(
    ("expected", "stands"),
    [pytest.param(SECOND, FIRST, id="other"), pytest.param(None, FIRST, id="none"), pytest.param(FIRST, None, id="gone")],
)
def test_a_label_that_stands_elsewhere_than_expected_is_not_moved(
    store: Store, expected: str | None, stands: str | None
) -> None:
    store.move_label(ORDERS, "production", FIRST)
    store.move_label(ORDERS, "production", stands)

    with pytest.raises(StoreError) as caught:
        store.move_label(ORDERS, "production", SECOND, expected=expected)

    assert f"stands for {stands or 'nothing'}, where {expected or 'nothing'} was expected: it was moved." in str(
        caught.value
    )
    assert store.labels(ORDERS).get("production") == stands


class Overtaken(MemoryBackend):
    """A place where another command moves a label just before ours does."""

    def __init__(self, others: list[str]) -> None:
        super().__init__()
        self.others = others

    def create(self, name: str, content: bytes) -> bool:
        if name.startswith("labels/") and self.others:
            document = {"label_version": 1, "version": self.others.pop(), "moved": "2026-01-01T00:00:00.000Z"}
            super().create(name, json.dumps(document).encode())
        return super().create(name, content)


def test_a_lost_race_is_run_again_with_the_newer_state(tmp_path: Path) -> None:
    store = fill(Store(Overtaken([SECOND, SECOND])), tmp_path)

    assert store.move_label(ORDERS, "production", FIRST) == LabelMove(SECOND, FIRST, is_changed=True)
    assert [move.version for move in store.moves(ORDERS)["production"]] == [SECOND, SECOND, FIRST]


def test_a_lost_race_is_told_if_the_expectation_no_longer_holds(tmp_path: Path) -> None:
    store = fill(Store(Overtaken([SECOND])), tmp_path)

    with pytest.raises(StoreError, match=f"stands for {SECOND}, where nothing was expected: it was moved"):
        store.move_label(ORDERS, "production", FIRST, expected=None)

    assert store.labels(ORDERS) == {"production": SECOND}


class Collected(MemoryBackend):
    """A place where a clean-up that does not know of a label removes the version just before it is moved there."""

    def create(self, name: str, content: bytes) -> bool:
        if name.startswith("labels/"):
            entry = self.stat(manifest_name(ORDERS, FIRST))
            assert entry is not None
            self.delete(entry)
        return super().create(name, content)


def test_a_version_that_a_clean_up_takes_at_the_same_time_is_told_of(tmp_path: Path) -> None:
    store = fill(Store(Collected()), tmp_path)

    with pytest.raises(StoreError, match=f"stands for the version {FIRST} now, which a clean-up removed.*Publish that"):
        store.move_label(ORDERS, "production", FIRST)


def test_of_many_who_expect_the_same_exactly_one_moves_the_label_in_any_store(backend: Backend, tmp_path: Path) -> None:
    fill(Store(backend), tmp_path / "plans").move_label(ORDERS, "production", FIRST)

    def move(_: int) -> bool:
        try:
            return Store(backend).move_label(ORDERS, "production", SECOND, expected=FIRST).is_changed
        except StoreError as err:
            assert "it was moved" in str(err)
            return False

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(move, range(16))) == 1
    assert Store(backend).labels(ORDERS) == {"production": SECOND}


def test_of_many_who_move_a_label_none_is_lost_in_any_store(backend: Backend, tmp_path: Path) -> None:
    fill(Store(backend), tmp_path / "plans")

    def move(number: int) -> LabelMove:
        return Store(backend).move_label(ORDERS, "production", (FIRST, SECOND, None)[number % 3], expected=ANY)

    with ThreadPoolExecutor(12) as pool:
        changes = sum(one.is_changed for one in pool.map(move, range(12)))
    moves = Store(backend).moves(ORDERS).get("production", [])
    assert [one.number for one in moves] == list(range(1, changes + 1))
    assert Store(backend).labels(ORDERS).get("production") == moves[-1].version


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b'{"label_version":2}', "written by a newer Wombat", id="newer"),
        pytest.param(b"", "no JSON document", id="empty"),
        pytest.param(b'{"label_version":1,"version":"x","moved":"y"}', "'version' must be a SHA-256", id="version"),
    ],
)
def test_a_damaged_move_is_refused_by_name(store: Store, content: bytes, problem: str) -> None:
    assert isinstance(store.backend, MemoryBackend)
    name = label_name(ORDERS, "production", 1)
    store.backend.put(name, content)

    with pytest.raises(StoreError, match=f"^{name} in the store memory://store is not as it must be: .*{problem}"):
        store.labels(ORDERS)


# --- The command ------------------------------------------------------------------------------------------------------


def test_the_command_moves_a_label_and_says_where_it_stood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = fill(open_store(str(tmp_path / "store")), tmp_path / "plans")
    options = ["--store", store.url, "--project", "shop"]
    lines = []
    for arguments in (
        [f"shop:orders@{FIRST}", "production"],
        [f"shop:orders@{SECOND[:8]}", "production", "--expect", FIRST[:8]],
        ["shop:orders@production", "production"],
        ["shop:orders@production", "staging", "--expect", "none"],
        ["shop:orders", "production", "--remove"],
    ):
        assert main(["store-label", *arguments, *options]) == 0
        lines.append(capsys.readouterr().out.strip())

    assert lines == [
        f"shop//shop:orders  production now stands for {FIRST[:12]}",
        f"shop//shop:orders  production now stands for {SECOND[:12]}, and stood for {FIRST[:12]}",
        f"shop//shop:orders  production stands for {SECOND[:12]} already",
        f"shop//shop:orders  staging now stands for {SECOND[:12]}",
        f"shop//shop:orders  production stands for nothing any more, and stood for {SECOND[:12]}",
    ]
    assert store.labels(ORDERS) == {"staging": SECOND}


def test_the_command_prints_json_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = fill(open_store(str(tmp_path / "store")), tmp_path / "plans")

    assert main(["store-label", f"shop//shop:orders@{FIRST}", "v1", "--store", store.url, "--output", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "label_move_version": 1,
        "project": "shop",
        "address": "shop:orders",
        "label": "v1",
        "previous": None,
        "version": FIRST,
        "is_changed": True,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["shop//shop:orders", "other", "--remove"], "is not there. Its labels are: production", id="remove"),
        pytest.param(
            ["shop//shop:orders", "production", "--expect", SECOND], f"stands for {FIRST}, where {SECOND}", id="expect"
        ),
        pytest.param(["shop//shop:orders", "latest"], "cannot be called so", id="latest"),
        pytest.param(["shop//shop:order", "production"], "Did you mean 'shop//shop:orders'?", id="dataset"),
    ],
)
def test_the_command_says_why_a_label_was_not_moved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    store = fill(open_store(str(tmp_path / "store")), tmp_path / "plans")
    store.move_label(ORDERS, "production", FIRST)

    assert main(["store-label", *arguments, "--store", store.url]) == 1
    assert message in capsys.readouterr().err
    assert store.labels(ORDERS) == {"production": FIRST}
