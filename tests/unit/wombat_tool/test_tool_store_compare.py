"""What changed between two versions."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from store_memory import MemoryBackend
from store_plans import COMMIT, publish_content, version_of
from wombat_tool.__main__ import main
from wombat_tool.store.commits import Commits, commits_between
from wombat_tool.store.compare import compare
from wombat_tool.store.compare_command import compared_lines
from wombat_tool.store.manifest import Git, Manifest
from wombat_tool.store.opening import open_backend
from wombat_tool.store.store import Store


def producer(*, files: dict[str, str], requirements: list[str] | None = None, **key: Any) -> dict[str, Any]:
    code = {"files": files, "requirements": requirements or ["pyarrow==1"], "interpreter": "CPython 3.11"}
    return {"address": "shop:step", "key": {"entry_point": "a.py:f", "code": code, **key}}


LEFT: dict[str, Any] = {
    "rows": 1000,
    "columns": [["id", "int32"], ["old", "string"], ["name", "string"]],
    "params": {"limit": 600, "same": [1]},
    "overrides": ["step.limit=600"],
    "metrics": {"auc": 0.5, "same": 1.0},
    "inputs": [{"parameter": "orders", "project": "shop", "address": "shop:raw", "version": "1" * 64}],
    "producer": producer(files={"a.py": "1", "gone.py": "2", "same.py": "3"}),
    "contract": {"file": "a.odcs.yaml", "object": "orders", "version": "1.0.0"},
    "validation": {"status": "passed", "violations": []},
    "profile": {"columns": [{"name": "id", "nulls": 0, "min": 1}, {"name": "old", "nulls": 3}]},
    "git": {"commit": COMMIT, "is_clean": True},
    "environment": "production",
}
RIGHT: dict[str, Any] = {
    "rows": 1200,
    "columns": [["name", "string"], ["id", "int64"], ["new", "bool"]],
    "params": {"limit": 700, "same": [1], "seed": 1},
    "overrides": [],
    "metrics": {"auc": 0.75, "same": 1.0, "rmse": 2.0},
    "inputs": [{"parameter": "orders", "project": "shop", "address": "shop:raw", "version": "2" * 64}],
    "producer": producer(files={"a.py": "9", "same.py": "3"}, requirements=["pyarrow==2"]),
    "contract": {"file": "a.odcs.yaml", "object": "orders", "version": "1.1.0"},
    "validation": {"status": "warned", "violations": [{"column": "id", "rule": "unique", "count": 5}]},
    "profile": {"columns": [{"name": "id", "nulls": 7, "min": 1}, {"name": "new", "nulls": 1}]},
    "git": {"commit": COMMIT[::-1], "is_clean": False},
    "environment": "production",
}


def two(directory: Path, left: dict[str, Any], right: dict[str, Any], *, store: Store | None = None) -> list[Manifest]:
    store = store or Store(MemoryBackend())
    return [
        publish_content(store, directory, content, now_s=1_000_000.0 + i * 60, **fields)
        for i, (content, fields) in enumerate(((b"left", left), (b"right!", right)))
    ]


def test_what_changed_is_told_by_sections(tmp_path: Path) -> None:
    left, right = two(tmp_path, LEFT, RIGHT)
    sections = compare(left, right, profiles=(LEFT["profile"], RIGHT["profile"]))

    lines = compared_lines(left, right, sections, Commits(), 100)

    assert lines == [
        f"left   shop//shop:orders  {version_of(b'left')[:12]}  1970-01-12 13:46:40",
        f"right  shop//shop:orders  {version_of(b'right!')[:12]}  1970-01-12 13:47:40",
        "",
        "data",
        "  rows: 1,000 → 1,200 (+20 %)",
        "  size_bytes: 4 B → 6 B (+50 %)",
        "",
        "columns",
        "  id: int32 → int64",
        "  - old: string",
        "  + new: bool",
        '  order: ["id", "name"] → ["name", "id"]',
        "",
        "profile",
        "  id nulls: 0 → 7",
        "",
        "inputs",
        "  orders: shop//shop:raw@111111111111 → shop//shop:raw@222222222222",
        "",
        "parameters",
        "  limit: 600 → 700 (+16.7 %)",
        "  + seed: 1",
        "",
        "overrides",
        "  - step.limit=600",
        "",
        "code",
        "  file a.py changed",
        "  - file gone.py: 2",
        "  - requirement pyarrow==1",
        "  + requirement pyarrow==2",
        "",
        "contract",
        "  version: 1.0.0 → 1.1.0",
        "",
        "validation",
        "  status: passed → warned",
        "  violations: 0 → 1",
        "  + id unique: 5",
        "",
        "metrics",
        "  auc: 0.5 → 0.75 (+50 %)",
        "  + rmse: 2",
        "",
        "published",
        "  published: 1970-01-12T13:46:40.000Z → 1970-01-12T13:47:40.000Z",
        f"  commit: {COMMIT} → {COMMIT[::-1]}",
        "  is_clean: true → false",
    ]


def test_sections_without_a_change_are_named_in_one_line(tmp_path: Path) -> None:
    left, right = two(tmp_path, LEFT, LEFT)

    lines = compared_lines(left, right, compare(left, right), Commits(), 200)

    assert lines[-1] == (
        "the same in both: columns, profile, inputs, parameters, overrides, code, contract, validation, metrics"
    )


def test_a_version_does_not_differ_from_itself(tmp_path: Path) -> None:
    left, _ = two(tmp_path, LEFT, RIGHT)

    sections = compare(left, left, profiles=(LEFT["profile"], LEFT["profile"]))

    assert not any(sections.values())
    assert "The content is the same." in compared_lines(left, left, sections, Commits(), 100)


@pytest.mark.parametrize(
    ("one", "other"), [pytest.param(1, True, id="true is no number"), pytest.param(1, 1.0, id="1.0 is not 1")]
)
def test_values_of_other_types_differ(tmp_path: Path, one: Any, other: Any) -> None:
    left, right = two(tmp_path, {"params": {"x": one}}, {"params": {"x": other}})

    assert len(compare(left, right)["parameters"]) == 1


def test_sources_and_unknown_facts_can_be_compared(tmp_path: Path) -> None:
    left, right = two(tmp_path, {}, RIGHT)

    lines = compared_lines(left, right, compare(left, right, profiles=(None, RIGHT["profile"])), Commits(), 100)

    assert "  rows: unknown → 1,200" in lines
    assert "  known columns: none → 3" in lines
    assert "  profile: none → one" in lines


def test_the_command_compares_for_people_and_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left, right = two(tmp_path, LEFT, RIGHT, store=Store(open_backend(str(tmp_path / "store"))))
    command = ["store-compare", "--store", str(tmp_path / "store"), "--project", "shop"]
    references = [f"shop:orders@{left.version[:8]}", f"shop:orders@{right.version}"]

    assert main([*command, *references]) == 0
    assert "  auc: 0.5 → 0.75 (+50 %)\n" in capsys.readouterr().out
    assert main([*command, "--output", "json", *references]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["changes"]["parameters"] == [
        {"what": "limit", "left": 600, "right": 700},
        {"what": "seed", "right": 1},
    ]
    assert document["changes"]["profile"] == [{"what": "id nulls", "left": 0, "right": 7}]
    assert document["commits"]["why_not"] == "No repository was named in which to look."


# --- Commits ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path) -> tuple[str, list[Git]]:
    """A repository with three commits, and a fourth beside the last; gives its path and all of them."""
    path = tmp_path / "repository"
    path.mkdir()

    def git(*arguments: str) -> str:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            **{f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        return subprocess.run(
            ["git", "-C", str(path), *arguments], check=True, capture_output=True, text=True, env=environment
        ).stdout.strip()

    git("init", "-q")
    commits = []
    for message in ("one", "two\n\nwith a body", "three", "beside"):
        if message == "beside":
            git("checkout", "-q", "HEAD~1")
        git("commit", "-q", "--allow-empty", "-m", message)
        commits.append(Git(git("rev-parse", "HEAD"), is_clean=True))
    return str(path), commits


def test_the_commits_between_two_versions_are_told(repository: tuple[str, list[Git]]) -> None:
    path, (one, two, three, _) = repository

    found = commits_between(one, three, path)

    assert [line.split(" ", 1)[1] for line in found.between] == ["three", "two"]
    assert (found.only_left, found.why_not) == ((), "")
    assert commits_between(two, two, path) == Commits()


def test_commits_of_the_left_version_alone_are_told_too(repository: tuple[str, list[Git]], tmp_path: Path) -> None:
    path, (_, _, three, beside) = repository

    found = commits_between(beside, three, path)

    assert [len(found.between), len(found.only_left)] == [1, 1]
    left, right = two(tmp_path, {}, {})
    lines = compared_lines(left, right, {}, found, 80)
    assert lines[3] == "commits between them"
    assert lines[6] == "commits of the left one alone"


def test_it_is_told_why_there_are_no_commits(repository: tuple[str, list[Git]], tmp_path: Path) -> None:
    path, (one, *_) = repository
    unknown = Git(COMMIT, is_clean=True)

    assert "No commit is recorded of the left version." == commits_between(None, one, path).why_not
    assert f"does not have the commit {COMMIT[:12]}. Fetch it" in commits_between(one, unknown, path).why_not
    assert "No repository was named" in commits_between(one, unknown, None).why_not
    assert "does not have the commit" in commits_between(one, unknown, str(tmp_path)).why_not


def test_without_git_it_is_told_so(repository: tuple[str, list[Git]], monkeypatch: pytest.MonkeyPatch) -> None:
    path, (one, two, *_) = repository
    monkeypatch.setenv("PATH", "")

    assert commits_between(one, two, path).why_not == "There is no program `git` here."
