"""Tests of the benchmark of the artifact store: its data, its plans, what it measures, figures and command line."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

import pytest

import store
from contractbench.engines import Use
from storebench import report
from storebench.contenders import ALL, DVC_PUBLISH, PUBLISH, Contenders, added
from storebench.data import StoredFile, change_data, read_data, size_below, write_data
from storebench.plans import version_of, write_plan, write_versions_plan
from storebench.scenarios import (
    DELETE,
    DRY_RUN,
    KEPT_VERSIONS,
    LIST,
    Layout,
    LayoutOutcome,
    SecondVersion,
    VersionsOutcome,
    measure_versions,
)

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the benchmark reads /proc")


USE = Use(1.0, 1.0, 50.0, 0.0)


class DirectoryContenders:
    """Stores and fetches as the commands do, by content, and uses the same each time.

    :param spoils: whether what is fetched is cut off.
    :param loses: how many versions a listing leaves out, and a clean-up leaves behind.
    """

    def __init__(self, root: Path, *, spoils: bool = False, loses: int = 0) -> None:
        self.store, self.remote, self.fetched = root / "store", root / "remote", root / "fetched"
        self.dvc_data = root / "repository/data"
        self._root, self._spoils, self._loses = root, spoils, loses
        self._source = Path()
        self._files: List[Dict[str, Any]] = []

    def clear(self) -> None:
        shutil.rmtree(self._root, ignore_errors=True)
        (self._root / "repository").mkdir(parents=True)

    def copy(self, data: Path, *, digest: bool = False) -> Use:
        return USE

    def publish(self, plan: Path) -> Tuple[Use, List[Dict[str, Any]]]:
        datasets = json.loads(plan.read_text())["datasets"]
        self._source, self._files = plan.parent / datasets[0]["path"], datasets[0]["files"]
        for one in datasets:
            (self.store / "versions").mkdir(parents=True, exist_ok=True)
            (self.store / "versions" / f"{one['version']}.json").touch()
            for file in one["files"]:
                shutil.copy(self._source / file["path"], self.store / file["sha256"])
        return USE, [{"version": one["version"], "is_new": True} for one in datasets]

    def fetch(self, address: str) -> Use:
        for file in self._files:
            path = self.fetched if len(self._files) == 1 else self.fetched / file["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((self.store / file["sha256"]).read_bytes()[: -1 if self._spoils else None])
        return USE

    def dvc_publish(self) -> Use:
        self.remote.mkdir(exist_ok=True)
        for file in read_data(self.dvc_data):
            shutil.copy(self.dvc_data / file.path, self.remote / file.sha256)
        return USE

    def dvc_fetch(self) -> Use:
        return USE

    def has_command(self, command: str) -> bool:
        return True

    def tool(self, command: str, *arguments: str) -> Tuple[Use, bytes]:
        versions = sorted((self.store / "versions").iterdir())[self._loses :]
        if command == LIST:
            return USE, "".join(path.stem for path in versions).encode()
        goes = versions[KEPT_VERSIONS:]
        for path in goes if "--delete" in arguments else ():
            path.unlink()
        return USE, json.dumps({"versions": [path.stem for path in goes], "blobs": len(goes)}).encode()


def layout_of(files: int, **walls_s: float) -> LayoutOutcome:
    outcome = LayoutOutcome(files, 10_000_000)
    for name, wall_s in zip(ALL, walls_s.values()):
        outcome.uses[name].append(Use(wall_s, 1.0, 50.0, 0.2))
    return outcome


def goals_of(
    layouts: Sequence[LayoutOutcome], second: SecondVersion | None = None, versions: VersionsOutcome | None = None
) -> Dict[str, List[str]]:
    lines = report.goals_text(layouts, second, versions).splitlines()[1:]
    return {" ".join(line.split()[:-3]): line.split()[-3:] for line in lines}


@pytest.mark.parametrize("files", [1, 3, 1200])
def test_data_has_as_many_files_and_bytes_as_it_is_to_have(tmp_path: Path, files: int) -> None:
    written = write_data(tmp_path / "data", files=files, size_bytes=10_000)

    assert len(written) == len({file.sha256 for file in written}) == files
    assert sum(file.size_bytes for file in written) == size_below(tmp_path) == 10_000
    assert written == read_data(tmp_path / "data") == sorted(written, key=lambda file: file.path)


def test_one_of_ten_files_changes_and_the_others_stay(tmp_path: Path) -> None:
    before = write_data(tmp_path, files=40, size_bytes=4000)

    after = change_data(tmp_path, before, one_in=10)
    assert after == read_data(tmp_path)
    assert [number for number in range(40) if after[number] != before[number]] == [0, 10, 20, 30]
    assert [(file.path, file.size_bytes) for file in after] == [(file.path, file.size_bytes) for file in before]


def test_a_changed_file_leaves_alone_what_is_linked_to_it(tmp_path: Path) -> None:
    (file,) = write_data(tmp_path / "data", files=1, size_bytes=100)
    os.link(tmp_path / "data" / file.path, tmp_path / "linked")
    before = (tmp_path / "linked").read_bytes()

    change_data(tmp_path / "data", [file], one_in=1)
    assert (tmp_path / "linked").read_bytes() == before


def test_a_plan_names_the_files_and_their_version(tmp_path: Path) -> None:
    files = [StoredFile("a", "0" * 64, 3), StoredFile("b", "1" * 64, 4)]
    write_plan(tmp_path / "plan.json", "some:data", files)

    (planned,) = json.loads((tmp_path / "plan.json").read_text())["datasets"]
    assert planned["files"] == [
        {"path": "a", "sha256": "0" * 64, "size_bytes": 3},
        {"path": "b", "sha256": "1" * 64, "size_bytes": 4},
    ]
    assert planned["version"] == version_of(files)
    assert (planned["is_directory"], planned["size_bytes"]) == (True, 7)


def test_a_plan_of_versions_names_one_dataset_many_times(tmp_path: Path) -> None:
    files = [StoredFile("a", "0" * 64, 3), StoredFile("b", "1" * 64, 4)]
    write_versions_plan(tmp_path / "plan.json", "some:data", files)

    planned = json.loads((tmp_path / "plan.json").read_text())["datasets"]
    assert {one["address"] for one in planned} == {"some:data"}
    assert [(one["version"], one["is_directory"]) for one in planned] == [("0" * 64, False), ("1" * 64, False)]
    assert planned[0]["metrics"] != planned[1]["metrics"]


@pytest.mark.parametrize("files", [1, 20])
def test_a_layout_is_stored_and_fetched_by_each(tmp_path: Path, files: int) -> None:
    contenders: Any = DirectoryContenders(tmp_path / "contenders")
    layout = Layout(contenders, tmp_path / "layout", files=files, size_bytes=4000)

    layout.measure()
    layout.measure()
    assert layout.outcome.wrong == []
    assert {name: len(uses) for name, uses in layout.outcome.uses.items()} == dict.fromkeys(ALL, 2)


@pytest.mark.parametrize("files", [1, 20])
def test_fetched_data_that_is_not_right_is_told(tmp_path: Path, files: int) -> None:
    contenders: Any = DirectoryContenders(tmp_path / "contenders", spoils=True)
    layout = Layout(contenders, tmp_path / "layout", files=files, size_bytes=4000)

    layout.measure()
    assert layout.outcome.wrong == ["store-fetch wrote other files than were stored."]


def test_a_second_version_adds_only_what_changed(tmp_path: Path) -> None:
    contenders: Any = DirectoryContenders(tmp_path / "contenders")
    layout = Layout(contenders, tmp_path / "layout", files=20, size_bytes=4000)
    layout.measure()

    second = layout.measure_second_version()
    assert (second.size_bytes, second.changed_bytes) == (4000, 400)
    assert second.stored_bytes == {PUBLISH: 400, DVC_PUBLISH: 400}


def test_many_versions_are_listed_and_collected(tmp_path: Path) -> None:
    contenders: Any = DirectoryContenders(tmp_path / "contenders")

    outcome = measure_versions(contenders, tmp_path / "versions", KEPT_VERSIONS + 7, lambda text: None)
    assert outcome.wrong == []
    assert list(outcome.uses) == [PUBLISH, LIST, DRY_RUN, DELETE]


def test_versions_that_are_left_out_are_told(tmp_path: Path) -> None:
    contenders: Any = DirectoryContenders(tmp_path / "contenders", loses=2)

    outcome = measure_versions(contenders, tmp_path / "versions", KEPT_VERSIONS + 7, lambda text: None)
    assert outcome.wrong == [
        "store-versions lists 105 versions, but must list 107.",
        "store-gc names 5 versions and 5 blobs, but must name 7 of each.",
        "store-gc --delete names 5 versions and 5 blobs, but must name 7 of each.",
        "102 versions are left after store-gc --delete, but 100 must be.",
    ]


def test_uses_of_commands_one_after_the_other_are_added() -> None:
    both = added(Use(1.0, 0.5, 100.0, 0.0), Use(3.0, 2.0, 60.0, 1.0))

    assert both == Use(4.0, 2.5, 100.0, 0.75)


@on_linux
def test_a_copy_is_measured_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Contenders, "_dvc", lambda *_: None)
    contenders = Contenders(tmp_path, tool_python=sys.executable, dvc_python="none", plugins=tmp_path)
    write_data(tmp_path / "data", files=20, size_bytes=20_000)

    for digest in (False, True):
        assert contenders.copy(tmp_path / "data", digest=digest).wall_s > 0
    assert size_below(tmp_path / "contenders") == 0


def test_layouts_are_compared_with_a_plain_copy() -> None:
    outcome = layout_of(1, copy=2.0, digest=4.0, publish=5.0, dvc_publish=10.0, fetch=3.0, dvc_fetch=8.0)

    lines = report.layout_text(outcome).splitlines()
    assert [line.split("  ")[0] for line in lines] == ["1 file", *ALL]
    assert lines[1].split()[-6:] == "2.00 1.00 50 1.00 5 0.2".split()
    assert lines[3].split() == "store-publish 5.00 1.00 50 2.50 2 0.2".split()


def test_goals_of_layouts_are_met_or_missed() -> None:
    good = layout_of(1, copy=2.0, digest=4.0, publish=7.0, dvc_publish=10.0, fetch=3.0, dvc_fetch=8.0)
    slow = layout_of(1000, copy=2.0, digest=4.0, publish=11.0, dvc_publish=10.0, fetch=9.0, dvc_fetch=8.0)

    assert goals_of([good, slow]) == {
        "1 file: publish, times copy and digest": ["1.75", "2.00", "met"],
        "1 file: publish, times DVC": ["0.70", "1.00", "met"],
        "1 file: fetch, times DVC": ["0.38", "1.00", "met"],
        "1,000 files: publish, times DVC": ["1.10", "1.00", "MISSED"],
        "1,000 files: fetch, times DVC": ["1.12", "1.00", "MISSED"],
    }


def test_a_second_version_is_told_with_what_it_added() -> None:
    use = Use(1.0, 1.0, 50.0, 0.0)
    second = SecondVersion(
        100_000_000, 10_000_000, {PUBLISH: use, DVC_PUBLISH: use}, {PUBLISH: 11_000_000, DVC_PUBLISH: 12_500_000}
    )

    lines = report.second_text(second).splitlines()
    assert lines[1].split()[-3:] == ["11.0", "11.0", "%"]
    assert lines[2].split()[-3:] == ["12.5", "12.5", "%"]
    assert lines[3].split()[-3:] == ["10.0", "10.0", "%"]
    assert goals_of([], second) == {"second version: publish, times DVC": ["1.00", "1.00", "met"]}


def test_commands_that_the_tool_does_not_have_are_held_against_no_goal() -> None:
    outcome = VersionsOutcome(10_000, {PUBLISH: Use(60.0, 9.0, 80.0, 0.0), LIST: Use(2.0, 2.0, 80.0, 0.0)})

    assert [line.split("  ")[0] for line in report.versions_text(outcome).splitlines()] == ["10,000 versions", PUBLISH, LIST]
    assert goals_of([], None, outcome) == {"10,000 versions: store-versions, s wall": ["2.00", "10.00", "met"]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--size-mib", "0"], "--size-mib must be at least 1, but was 0", id="no-data"),
        pytest.param(["--files", "9"], "--files must be at least 10, but was 9", id="too-few-to-share-most"),
        pytest.param(["--versions", "-1"], "--versions must be at least 0, but was -1", id="less-than-none"),
        pytest.param(["--reps", "0"], "--reps must be at least 1, but was 0", id="no-repetition"),
    ],
)
def test_a_wrong_command_line_is_refused(arguments: List[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        store.main(arguments)

    assert message in capsys.readouterr().err
