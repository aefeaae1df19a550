"""Workflows of GitHub, run on this machine: by act, with stand-ins for the actions that lie on GitHub."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Mapping, Optional

_CHECKOUT = """\
name: Check out
inputs:
  fetch-depth: {default: "1"}
  persist-credentials: {default: "true"}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        DEPTH: ${{ inputs.fetch-depth }}
      run: |
        # A machine of GitHub begins with an empty directory.
        find . -mindepth 1 -delete
        git init -q .
        if [ "$DEPTH" != 0 ]; then depth="--depth=$DEPTH"; fi
        git fetch -q ${depth:-} "file://$STAND_IN_ORIGIN" HEAD
        git checkout -q FETCH_HEAD
"""
_SETUP_PYTHON = """\
name: Set up Python
inputs:
  python-version: {required: true}
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        # Each job has a machine of its own: what it computes the others can have by the remote cache only.
        own=$(mktemp -d "$STAND_IN_DIRECTORY/machines/$GITHUB_JOB.XXXXXX")
        cat >> "$GITHUB_ENV" <<MACHINE
        PANTS_LOCAL_STORE_DIR=${STAND_IN_STORE:-$own/store}
        PANTS_WORKDIR=$own/workdir
        PANTS_WOMBAT_RUNS_DIR=$own/runs
        BASH_ENV=$own/each_step
        MACHINE
        cat > "$own/each_step" <<'STEP'
        trap 'if [ -s "$GITHUB_STEP_SUMMARY" ]; then cp "$GITHUB_STEP_SUMMARY" "${BASH_ENV%/*}/summary.md"; fi' EXIT
        STEP
"""
_CACHE = """\
name: Cache
inputs:
  path: {required: true}
  key: {required: true}
  restore-keys: {default: ""}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        CALL: VERB ${{ inputs.path }} ${{ inputs.key }}
      run: echo "$GITHUB_JOB $CALL" >> "$STAND_IN_DIRECTORY/caches"
"""


@dataclass(frozen=True)
class JobRun:
    """What a job of a workflow left.

    :param records: the run records, in order.
    :param summary: what GitHub shows with the job.
    """

    job: str
    records: List[Mapping[str, object]]
    summary: str

    @property
    def ran(self) -> List[str]:
        """The addresses of the steps that ran, sorted."""
        steps = [step for record in self.records for step in record["steps"]]  # type: ignore[attr-defined]
        return sorted(step["address"] for step in steps if step["source"] == "ran")


@dataclass(frozen=True)
class WorkflowRun:
    """A run of a workflow.

    :param jobs: those in which Pants ran, by name.
    :param caches: calls of the actions for caches, each as job, verb, path and key.
    """

    exit_code: int
    log: str
    jobs: Mapping[str, List[JobRun]]
    caches: List[str]

    def succeeded(self) -> WorkflowRun:
        """This run, after making sure that it succeeded."""
        assert self.exit_code == 0, self.log
        return self

    @property
    def ran(self) -> List[str]:
        """The addresses of the steps that ran in any job, sorted; one that ran twice is there twice."""
        return sorted(step for runs in self.jobs.values() for run in runs for step in run.ran)


class GithubRunner:
    """act, on the machine itself.

    :param program: the program `act`.
    """

    def __init__(self, program: Path, directory: Path) -> None:
        self._program, self._directory = program, directory
        self._runs = 0
        for path, text in {
            "checkout/action.yml": _CHECKOUT,
            "setup-python/action.yml": _SETUP_PYTHON,
            "cache/action.yml": _CACHE.replace("VERB", "cache"),
            "cache/restore/action.yml": _CACHE.replace("VERB", "restore"),
            "cache/save/action.yml": _CACHE.replace("VERB", "save"),
        }.items():
            (directory / "actions" / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / "actions" / path).write_text(text)

    def run(
        self,
        repository: Path,
        event: str,
        *,
        inputs: Optional[Mapping[str, str]] = None,
        variables: Optional[Mapping[str, str]] = None,
        secrets: Optional[Mapping[str, str]] = None,
        store: Optional[Path] = None,
        timeout_s: float = 280,
    ) -> WorkflowRun:
        """Run the workflows that an event starts, on the commit that is checked out in the repository.

        :param repository: its directory.
        :param store: the store of Pants that jobs have in place of one each.
        """
        self._runs += 1
        directory = self._directory / f"run-{self._runs}"
        (directory / "machines").mkdir(parents=True)
        # The variables of the machine that Pants needs; GitHub's machines have their own.
        kept = ("HOME", "PATH", "PYENV_ROOT", "WOMBAT_CACHE_DIR", "WOMBAT_PYTHON", "XDG_CACHE_HOME", "PIP_CERT")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        given = {
            **environment,
            "STAND_IN_DIRECTORY": str(directory),
            "STAND_IN_ORIGIN": str(repository),
            **({} if store is None else {"STAND_IN_STORE": str(store)}),
        }
        actions = self._directory / "actions"
        versions = re.findall(
            r'uses: "(actions/([\w-]+))(?:/\w+)?@(\S+)"',
            "".join(path.read_text() for path in sorted(repository.glob(".github/**/*.yml"))),
        )
        arguments = [str(self._program), event, "-P", "ubuntu-24.04=-self-hosted", "--no-skip-checkout", "--json"]
        for repository_name, name, version in sorted(set(versions)):
            arguments += ["--local-repository", f"{repository_name}@{version}={actions / name}"]
        for option, values in (("--env", given), ("--input", inputs), ("--var", variables), ("--secret", secrets)):
            for name, value in sorted((values or {}).items()):
                arguments += [option, f"{name}={value}"]
        finished = subprocess.run(
            arguments,
            cwd=repository,
            env={**environment, "HOME": str(self._directory / "home"), "XDG_CACHE_HOME": str(self._directory / "act")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
        )
        return WorkflowRun(finished.returncode, _readable(finished.stdout), _jobs(directory), _lines(directory / "caches"))


def _readable(log: str) -> str:
    """What act printed, as lines with the job in front."""
    lines = []
    for line in log.splitlines():
        try:
            entry = json.loads(line)
            lines.append(f"[{entry.get('jobID', '')}] {entry.get('msg', '').rstrip()}")
        except ValueError:
            lines.append(line)
    return "\n".join(lines)


def _jobs(directory: Path) -> Dict[str, List[JobRun]]:
    found: Dict[str, List[JobRun]] = {}
    for machine in sorted((directory / "machines").iterdir()):
        records = [json.loads(path.read_text()) for path in sorted(machine.glob("runs/*.json"))]
        job = machine.name.rpartition(".")[0]
        summary = machine / "summary.md"
        found.setdefault(job, []).append(JobRun(job, records, summary.read_text() if summary.exists() else ""))
    return found


def _lines(path: Path) -> List[str]:
    return path.read_text().splitlines() if path.exists() else []
