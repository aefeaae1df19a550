"""Generated files in a working tree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from generated_paths import FOUND, LOST
from wombat.generated_files import find_files, remove_file, write_file
from wombat.graph.errors import GeneratedFileError
from wombat.graph.generated import with_header

TEXT = with_header("a: 1\n", address="shop:ci", launcher="./pants")


def _write(root: Path, path: str, text: str = TEXT) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def test_files_with_the_header_are_found_wherever_targets_may_have_them(tmp_path: Path) -> None:
    for path in (*FOUND, *LOST):
        _write(tmp_path, path)
    _write(tmp_path, "own.yml", "a: 1\n")
    _write(tmp_path, "module/x.yml")
    (tmp_path / "module/.git").write_text("gitdir: elsewhere\n")

    assert sorted(find_files(str(tmp_path), [])) == sorted(FOUND)


def test_a_file_that_is_to_be_written_is_found_whatever_it_is(tmp_path: Path) -> None:
    _write(tmp_path, "own.yml", "a: by hand\n")

    found = find_files(str(tmp_path), ["own.yml", "new.yml"])

    assert {path: file.address for path, file in found.items()} == {"own.yml": None}


def test_a_directory_or_link_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "deploy.yml").mkdir()
    (tmp_path / "link.yml").symlink_to("/etc/hosts")

    for path in ("deploy.yml", "link.yml"):
        with pytest.raises(GeneratedFileError, match="something that is not a file"):
            find_files(str(tmp_path), [path])


def test_bytes_that_are_no_text_are_read_and_not_lost(tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_bytes(b"a: \xff\n")

    found = find_files(str(tmp_path), ["own.yml"])["own.yml"]
    write_file(str(tmp_path), "copy.yml", found.text)

    assert (tmp_path / "copy.yml").read_bytes() == b"a: \xff\n"


def test_a_file_is_written_with_its_directories_and_keeps_its_mode(tmp_path: Path) -> None:
    write_file(str(tmp_path), "a/b/run.yml", "one\n")
    os.chmod(tmp_path / "a/b/run.yml", 0o640)

    write_file(str(tmp_path), "a/b/run.yml", "two\n")

    assert (tmp_path / "a/b/run.yml").read_text() == "two\n"
    assert (tmp_path / "a/b/run.yml").stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path / "a/b") == ["run.yml"]


def test_a_file_that_cannot_be_written_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    _write(tmp_path, "deploy", "a file\n")

    with pytest.raises(GeneratedFileError, match="deploy/run.yml cannot be written"):
        write_file(str(tmp_path), "deploy/run.yml", "text\n")

    assert os.listdir(tmp_path) == ["deploy"]


def test_a_file_is_removed_with_the_directories_that_it_leaves_empty(tmp_path: Path) -> None:
    _write(tmp_path, "a/b/c/run.yml")
    _write(tmp_path, "a/keep.txt")

    remove_file(str(tmp_path), "a/b/c/run.yml")

    assert os.listdir(tmp_path / "a") == ["keep.txt"]
