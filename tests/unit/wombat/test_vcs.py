"""What git knows of files as they were, in a repository of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from shutil import which
from typing import Dict, Sequence

import pytest

from wombat.graph.errors import ContractBaseError
from wombat.vcs import Checkout, changed_since, checkout_at

GIT = which("git") or ""
ENDINGS = (".odcs.yaml", ".odcs.yml")

pytestmark = pytest.mark.skipif(not GIT, reason="There is no git.")


class Repository:
    """A git repository."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        command = [GIT, *identity, *arguments]
        return subprocess.run(command, cwd=self.path, check=True, capture_output=True, text=True).stdout.strip()

    def write(self, **files: str) -> None:
        for relpath, content in files.items():
            self.file(relpath).write_text(content, encoding="utf-8")

    def file(self, relpath: str) -> Path:
        path = self.path / relpath
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def commit(self) -> str:
        """Commit everything; returns the revision."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "A change")
        return self.git("rev-parse", "HEAD")

    def changed_since(self, revision: str, *, below: str = "", files: Sequence[str] = ()) -> Dict[str, bytes]:
        return changed_since(GIT, str(self.path / below), revision, ENDINGS, files)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    found = Repository(tmp_path / "repository")
    found.write(**{"a/one.odcs.yaml": "one", "a/b/two.odcs.yml": "two", "three.odcs.yaml": "three", "a/own.yaml": "own"})
    found.commit()
    return found


def test_where_nothing_changed_there_is_nothing(repository: Repository) -> None:
    assert repository.changed_since("HEAD") == {}


def test_a_file_that_changed_is_as_it_was_at_the_revision(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    repository.write(**{"a/one.odcs.yaml": "second"})
    middle = repository.commit()
    repository.write(**{"a/one.odcs.yaml": "third"})
    repository.commit()

    assert repository.changed_since(base) == {"a/one.odcs.yaml": b"one"}
    assert repository.changed_since(middle) == {"a/one.odcs.yaml": b"second"}
    assert repository.changed_since("HEAD") == {}


def test_changes_that_are_not_committed_count(repository: Repository) -> None:
    repository.write(**{"a/one.odcs.yaml": "in the index"})
    repository.git("add", "-A")
    repository.write(**{"three.odcs.yaml": "in the worktree"})

    assert repository.changed_since("HEAD") == {"a/one.odcs.yaml": b"one", "three.odcs.yaml": b"three"}


def test_a_file_that_was_changed_back_has_not_changed(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    repository.write(**{"a/one.odcs.yaml": "second"})
    repository.commit()
    repository.write(**{"a/one.odcs.yaml": "one"})

    assert repository.changed_since(base) == {}


def test_a_file_that_was_only_touched_has_not_changed(repository: Repository) -> None:
    os.utime(repository.path / "a/one.odcs.yaml", (1, 1))

    assert repository.changed_since("HEAD") == {}


def test_a_file_that_is_gone_is_as_it_was(repository: Repository) -> None:
    (repository.path / "a/b/two.odcs.yml").unlink()
    repository.git("rm", "-q", "three.odcs.yaml")

    assert repository.changed_since("HEAD") == {"a/b/two.odcs.yml": b"two", "three.odcs.yaml": b"three"}


def test_a_new_file_has_no_former_self(repository: Repository) -> None:
    repository.write(**{"a/committed.odcs.yaml": "x"})
    base = repository.git("rev-parse", "HEAD")
    repository.commit()
    repository.write(**{"a/untracked.odcs.yaml": "x"})

    assert repository.changed_since(base) == {}


def test_a_file_with_another_name_is_gone_under_the_old_one(repository: Repository) -> None:
    repository.git("mv", "a/one.odcs.yaml", "a/first.odcs.yaml")
    repository.commit()

    assert repository.changed_since("HEAD~1") == {"a/one.odcs.yaml": b"one"}


def test_a_file_with_another_ending_counts_if_it_is_named(repository: Repository) -> None:
    repository.write(**{"a/own.yaml": "changed", "a/other.txt": "changed"})

    assert repository.changed_since("HEAD") == {}
    assert repository.changed_since("HEAD", files=("a/own.yaml", "a/missing.yaml")) == {"a/own.yaml": b"own"}


@pytest.mark.parametrize(
    "name",
    [
        "größe 漢.odcs.yaml",
        "two words.odcs.yaml",
        "it's \"so\".odcs.yaml",
        "back\\slash.odcs.yaml",
        "two\nlines.odcs.yaml",
        "tab\t.odcs.yaml",
        "*.odcs.yaml",
        "[x].odcs.yaml",
        "-x.odcs.yaml",
        ":(top)x.odcs.yaml",
        "..odcs.yaml",
        "@{-1}.odcs.yaml",
        os.fsdecode(b"caf\xe9.odcs.yaml"),
    ],
    ids=ascii,
)
@pytest.mark.parametrize("directory", ["", "a/{} b/"])
def test_a_file_of_any_name_is_read(tmp_path: Path, name: str, directory: str) -> None:
    if sys.platform == "darwin" and not name.isprintable():
        pytest.skip("This file system has no such names.")
    repository = Repository(tmp_path / "repository")
    path = f"{directory}{name}"
    repository.file(path).write_bytes(b"\xff\x00before\r\n")
    repository.commit()
    repository.file(path).write_bytes(b"after")

    assert repository.changed_since("HEAD") == {path: b"\xff\x00before\r\n"}
    assert changed_since(GIT, str(repository.path), "HEAD", [".nothing"], [path]) == {path: b"\xff\x00before\r\n"}


def test_paths_are_from_the_build_root_which_need_not_be_the_root_of_the_repository(repository: Repository) -> None:
    for name in ("three.odcs.yaml", "a/one.odcs.yaml", "a/b/two.odcs.yml", "a/own.yaml"):
        repository.write(**{name: "changed"})

    assert repository.changed_since("HEAD", below="a", files=["own.yaml"]) == {
        "one.odcs.yaml": b"one",
        "b/two.odcs.yml": b"two",
        "own.yaml": b"own",
    }


def test_the_settings_of_the_user_make_no_difference(repository: Repository) -> None:
    repository.write(**{".gitattributes": "*.yaml diff=upper\n"})
    for setting in (
        "diff.noprefix=true",
        "diff.external=false",
        "diff.upper.textconv=false",
        "diff.renames=copies",
        "diff.relative=false",
        "color.ui=always",
        "core.quotePath=true",
    ):
        repository.git("config", *setting.split("="))
    repository.write(**{"a/one.odcs.yaml": "changed"})

    assert repository.changed_since("HEAD", below="a") == {"one.odcs.yaml": b"one"}


@pytest.mark.parametrize("revision", ["main", "HEAD", "v1", "@", "HEAD@{0}"])
def test_a_revision_is_whatever_names_a_commit(repository: Repository, revision: str) -> None:
    repository.git("tag", "-a", "v1", "-m", "A tag with a message")
    repository.write(**{"a/one.odcs.yaml": "changed"})

    assert repository.changed_since(revision) == {"a/one.odcs.yaml": b"one"}


@pytest.mark.parametrize("revision", ["nowhere", "HEAD^{tree}", "HEAD~5", "0" * 40, "HEAD..HEAD", "HEAD:a", "HEAD main", ""])
def test_a_revision_that_is_not_there_is_an_error_with_the_option(repository: Repository, revision: str) -> None:
    with pytest.raises(ContractBaseError) as caught:
        repository.changed_since(revision)

    assert str(caught.value).startswith(f"The option `base` in [wombat-contracts] is {revision!r}, but git ")
    assert str(caught.value).endswith("`fetch-depth: 0`; or name another revision.")


@pytest.mark.parametrize("revision", ["--all", "-h", "--output=x", "^HEAD"])
def test_what_git_takes_for_something_else_is_no_revision(repository: Repository, revision: str) -> None:
    with pytest.raises(ContractBaseError, match="but that is no revision"):
        repository.changed_since(revision)

    assert not (repository.path / "x").exists()


def test_where_there_is_no_repository_git_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    with pytest.raises(ContractBaseError, match=r"is 'main', but git says: fatal: not a git repository"):
        changed_since(GIT, str(tmp_path), "main", ENDINGS, ())


def test_a_checkout_is_its_commit_and_its_remote(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repo")
    repository.write(**{"a.txt": "a"})
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "first")
    repository.git("remote", "add", "origin", "https://example.org/team/flights.git")

    clean = checkout_at(GIT, str(repository.path))
    repository.write(**{"new.txt": "b"})
    changed = checkout_at(GIT, str(repository.path))

    assert clean == Checkout(repository.git("rev-parse", "HEAD"), True, "https://example.org/team/flights.git")
    assert changed == replace(clean, is_clean=False)


def test_a_checkout_without_a_commit_or_a_remote_is_told(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repo")

    assert checkout_at(GIT, str(repository.path)) == Checkout(None, True, "")
    assert checkout_at(GIT, str(tmp_path)) == Checkout()
