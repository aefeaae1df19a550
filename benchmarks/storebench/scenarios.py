"""What is done with the contenders: the same data stored and fetched by each, a second version, many versions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from contractbench.engines import Use, median_use
from storebench.contenders import ALL, COPY, COPY_AND_DIGEST, DVC_FETCH, DVC_PUBLISH, FETCH, PUBLISH, Contenders
from storebench.data import StoredFile, change_data, read_data, size_below, write_data
from storebench.plans import DATA, version_of, write_plan, write_versions_plan

SHARED_ONE_IN = 10
"""One file of so many is new in the second version."""
KEPT_VERSIONS = 100
LIST = "store-versions"
DRY_RUN = "store-gc"
DELETE = "store-gc --delete"

_VERSION_BYTES = 64


@dataclass
class LayoutOutcome:
    """The same data, in so many files, stored and fetched by each contender.

    :param uses: of each repetition.
    :param wrong: what is wrong, a sentence each.
    """

    files: int
    size_bytes: int
    uses: dict[str, list[Use]] = field(default_factory=lambda: {name: [] for name in ALL})
    wrong: list[str] = field(default_factory=list)

    @property
    def medians(self) -> dict[str, Use]:
        """The medians of each contender."""
        return {name: median_use(found) for name, found in self.uses.items()}


@dataclass(frozen=True)
class SecondVersion:
    """A second version that shares most of its files with the first.

    :param stored_bytes: by how much that made the store or the remote larger.
    """

    size_bytes: int
    changed_bytes: int
    uses: dict[str, Use]
    stored_bytes: dict[str, int]


@dataclass
class VersionsOutcome:
    """Many versions of one dataset.

    :param uses: by command; one that the tool does not have is missing.
    """

    versions: int
    uses: dict[str, Use] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


class Layout:
    """Data in so many files, in a directory of its own."""

    def __init__(self, contenders: Contenders, directory: Path, *, files: int, size_bytes: int) -> None:
        self._contenders = contenders
        self._data = directory / DATA
        self._plan = directory / "publish.json"
        self._address = f"benchmark/store:files_{files}"
        self._files = write_data(self._data, files=files, size_bytes=size_bytes)
        self.outcome = LayoutOutcome(files, size_bytes)

    def measure(self) -> None:
        """Store and fetch it once with each contender, from nothing."""
        contenders = self._contenders
        contenders.clear()
        write_plan(self._plan, self._address, self._files)
        self._used(COPY, contenders.copy(self._data))
        self._used(COPY_AND_DIGEST, contenders.copy(self._data, digest=True))
        use, told = contenders.publish(self._plan)
        self._used(PUBLISH, use)
        self._expect(
            [one["version"] for one in told] == [version_of(self._files)] and told[0]["is_new"],
            f"store-publish says {told}.",
        )
        self._used(FETCH, contenders.fetch(self._address))
        self._compare(FETCH, contenders.fetched)
        _remove(contenders.fetched)
        shutil.copytree(self._data, contenders.dvc_data)
        self._used(DVC_PUBLISH, contenders.dvc_publish())
        self._used(DVC_FETCH, contenders.dvc_fetch())
        self._compare(DVC_FETCH, contenders.dvc_data)

    def measure_second_version(self) -> SecondVersion:
        """Change some of the files, and store the whole again where the first version is; after `measure`."""
        contenders = self._contenders
        before = self._files
        self._files = change_data(self._data, before, one_in=SHARED_ONE_IN)
        changed = [file for file, old in zip(self._files, before) if file != old]
        for file in changed:
            target = contenders.dvc_data / file.path
            target.unlink()
            shutil.copy(self._data / file.path, target)
        write_plan(self._plan, self._address, self._files)
        store, remote = size_below(contenders.store), size_below(contenders.remote)
        uses = {PUBLISH: contenders.publish(self._plan)[0], DVC_PUBLISH: contenders.dvc_publish()}
        return SecondVersion(
            size_bytes=self.outcome.size_bytes,
            changed_bytes=sum(file.size_bytes for file in changed),
            uses=uses,
            stored_bytes={
                PUBLISH: size_below(contenders.store) - store,
                DVC_PUBLISH: size_below(contenders.remote) - remote,
            },
        )

    def remove(self) -> None:
        """Remove the data."""
        shutil.rmtree(self._data.parent)

    def _used(self, name: str, use: Use) -> None:
        self.outcome.uses[name].append(use)

    def _compare(self, name: str, path: Path) -> None:
        files = read_data(path) if path.is_dir() else _as_only(self._files, read_data(path.parent), path.name)
        self._expect(files == self._files, f"{name} wrote other files than were stored.")

    def _expect(self, is_right: bool, otherwise: str) -> None:
        if not is_right:
            self.outcome.wrong.append(otherwise)


def measure_versions(
    contenders: Contenders, directory: Path, versions: int, progress: Callable[[str], None]
) -> VersionsOutcome:
    """Publish so many versions of a dataset, list them, and collect all but the last ones.

    :param directory: an empty one.
    """
    outcome = VersionsOutcome(versions)
    contenders.clear()
    plan, policy = directory / "publish.json", directory / "policy.json"
    files = write_data(directory / DATA, files=versions, size_bytes=versions * _VERSION_BYTES)
    write_versions_plan(plan, "benchmark/store:many", files)
    rule = {"keep_last": KEPT_VERSIONS, "keep_days": None}
    policy.write_text(json.dumps({"policy_version": 1, "grace_s": 0, "default": rule}))
    progress(f"{PUBLISH} of {versions:,} versions")
    outcome.uses[PUBLISH] = contenders.publish(plan)[0]
    goes = max(0, versions - KEPT_VERSIONS)
    if contenders.has_command(LIST):
        progress(LIST)
        outcome.uses[LIST], out = contenders.tool(LIST, "--output", "json")
        found = {file.sha256 for file in files if file.sha256.encode() in out}
        if len(found) != versions:
            outcome.wrong.append(f"{LIST} lists {len(found):,} versions, but must list {versions:,}.")
    if contenders.has_command(DRY_RUN):
        for name, arguments in ((DRY_RUN, ()), (DELETE, ("--delete",))):
            progress(name)
            outcome.uses[name], out = contenders.tool(DRY_RUN, "--policy", str(policy), "--output", "json", *arguments)
            document = json.loads(out)
            if (len(document["versions"]), document["blobs"]) != (goes, goes):
                outcome.wrong.append(
                    f"{name} names {len(document['versions']):,} versions and {document['blobs']:,} blobs, but must name "
                    f"{goes:,} of each."
                )
        left = sum(1 for _ in (contenders.store / "versions").rglob("*.json"))
        if left != versions - goes:
            outcome.wrong.append(f"{left:,} versions are left after {DELETE}, but {versions - goes:,} must be.")
    return outcome


def _as_only(expected: list[StoredFile], beside: list[StoredFile], name: str) -> list[StoredFile]:
    """A file that was fetched under another name, as if it had the name that it was stored under."""
    return [StoredFile(expected[0].path, file.sha256, file.size_bytes) for file in beside if file.path == name]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
