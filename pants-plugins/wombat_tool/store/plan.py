"""What is to be published: the document that the plugin hands to the tool."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wombat_tool.errors import StoreError
from wombat_tool.store.fields import Fields, Mistake, read_document
from wombat_tool.store.lineage import lineage_json, lineage_of
from wombat_tool.store.manifest import Facts, FileInfo, read_facts, read_file, version_of_tree
from wombat_tool.store.paths import check_path, check_tree

PLAN_VERSION = 1


@dataclass(frozen=True)
class PlannedDataset:
    """A dataset to publish.

    :param path: where its files lie, below the directory of the plan.
    :param files: in the order of their paths; exactly one unless it is a directory.
    """

    facts: Facts
    path: str
    is_directory: bool
    files: tuple[FileInfo, ...]


@dataclass(frozen=True)
class Plan:
    """Datasets to publish together.

    :param lineage: the document of what stands upstream of them; None if that is not recorded.
    """

    datasets: tuple[PlannedDataset, ...]
    lineage: bytes | None


def read_plan_file(path: Path) -> Plan:
    """The plan in a file.

    :raises StoreError: if there is none, or it is not right.
    """
    try:
        return read_plan(path.read_bytes())
    except OSError as err:
        raise StoreError(
            f"The publish plan {path}", problem=f"cannot be read: {err.strerror or err}.", mend="Correct the path."
        ) from err
    except Mistake as err:
        raise StoreError(
            f"The publish plan {path}",
            problem=f"is not as it must be: {err}",
            mend="`./pants publish` writes a right one; a path of a dataset that cannot be published must be changed "
            "where the dataset is made.",
        ) from err


def read_plan(content: bytes) -> Plan:
    """The plan that a document holds.

    :raises Mistake: if it holds none, or one of another version.
    """
    fields = read_document(content, "plan_version", PLAN_VERSION)
    lineage = fields.optional_inner("lineage")
    if lineage:
        lineage_of(lineage)
    datasets = tuple(_dataset(one) for one in fields.inner_items("datasets"))
    seen = set()
    for one in datasets:
        version = (one.facts.dataset, one.facts.version)
        if version in seen:
            raise Mistake(f"its field 'datasets' has the version {version[1]} of {version[0]} twice.")
        seen.add(version)
    return Plan(datasets, lineage_json(lineage.document) if lineage else None)


def _dataset(fields: Fields) -> PlannedDataset:
    facts = read_facts(fields)
    path = check_path(fields.get("path"), fields.path("path"))
    is_directory = fields.truth("is_directory")
    files = tuple(sorted((read_file(one) for one in fields.inner_items("files")), key=lambda file: file.path))
    check_tree(file.path for file in files)
    if not is_directory and len(files) != 1:
        raise fields.wrong("files", "have one file where 'is_directory' is false")
    version = version_of_tree(files) if is_directory else files[0].sha256
    if version != facts.version:
        raise fields.wrong("version", f"be that of the files, {version},")
    if sum(file.size_bytes for file in files) != facts.size_bytes:
        raise fields.wrong("size_bytes", "be the size of all files")
    return PlannedDataset(facts, path, is_directory, files)
